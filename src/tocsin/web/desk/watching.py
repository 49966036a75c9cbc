"""What an editor looks into: topics and how many want them, one reader's record."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from tocsin.alerts.topics import Topics, load_topics
from tocsin.readers.addresses import BadAddress
from tocsin.readers.interests import Interest, InterestKind
from tocsin.readers.signup import Fields
from tocsin.reading.places_names import place_label
from tocsin.store.people import Role
from tocsin.store.preferences import interest_sizes
from tocsin.store.subscribers import state_sizes
from tocsin.subscribers.lookup import delay_of, look_up
from tocsin.web.desk.seats import Guarded, field, guard, posted
from tocsin.web.rendering import Pages


def watching(pages: Pages) -> APIRouter:
    """Return the routes."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    viewer, editor = Depends(guard(parts, Role.VIEWER)), Depends(guard(parts, Role.EDITOR))
    form = Depends(posted(parts, Role.EDITOR))

    @routes.get("/desk/topics")
    def topics(request: Request, who: Guarded = viewer) -> Response:
        language = pages.language_of(request)
        with parts.store.read() as connection:
            sizes, states = interest_sizes(connection), state_sizes(connection)
        named = load_topics(parts.settings.readers.topics_file)
        rows = [(_told(named, one, language), one, count) for one, count in sizes]
        return pages.page(
            request, "desk_topics", who=who, rows=rows, states=states, offered=parts.settings.readers.topics
        )

    @routes.get("/desk/reader")
    def ask(request: Request, who: Guarded = editor) -> Response:
        return pages.page(request, "desk_reader", who=who, address="", story=None, wrong="", delay_of=delay_of)

    # An address is posted, never part of a link: links stand in logs and histories.
    @routes.post("/desk/reader")
    def reader(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        address, wrong, story = field(fields, "address"), "", None
        try:
            story = look_up(parts, address, by=who.name)
            wrong = "" if story else "Nothing is known of this address: no sign-up, no suppression."
        except BadAddress as error:
            wrong = str(error)
        return pages.page(request, "desk_reader", who=who, address=address, story=story, wrong=wrong, delay_of=delay_of)

    return routes


def _told(topics: Topics, interest: Interest, language: str) -> str:
    match interest.kind:
        case InterestKind.TOPIC:
            return topics.label(interest.value, language)
        case InterestKind.PLACE:
            return place_label(interest.value, language)
        case InterestKind.PHRASE:
            return "phrases of their own"
        case _:
            return "all news"
