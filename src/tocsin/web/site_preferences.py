"""Preferences by a mailed token: what a reader gets, when, and what no more. Address and data are out of its reach."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from tocsin.readers.interests import InterestKind, Stop, StopKind
from tocsin.readers.preferences import Preferences, read_preferences, zones
from tocsin.readers.signup import Fields
from tocsin.reading.places_names import full_place_label
from tocsin.store.subscribers import Subscriber, SubscriberState
from tocsin.subscribers import signing_up as subscribers
from tocsin.web.forms import LOOK, posted_form
from tocsin.web.offer import Choice, Shelf
from tocsin.web.rendering import Pages, weekdays

Form = Annotated[Fields, Depends(posted_form)]
_LONGEST = 300


def preferences(pages: Pages, shelf: Shelf) -> APIRouter:
    """Return the routes of the preferences."""
    routes = APIRouter(include_in_schema=False)
    parts = pages.parts

    @routes.api_route("/preferences/{token}", methods=LOOK)
    def look(request: Request, token: str) -> Response:
        reader = subscribers.reader_of(parts, token)
        if reader is None or reader.state is not SubscriberState.ACTIVE:
            return _not_here(pages, request, reader, token)
        named = _named(request)
        if named is not None:
            return pages.page(
                request,
                "stop",
                language=reader.language,
                stop=named,
                label=_label(pages, shelf, named, reader.language),
                token=token,
            )
        return _show(pages, shelf, request, reader, token)

    @routes.post("/preferences/{token}")
    def change(request: Request, token: str, fields: Form) -> Response:
        reader = subscribers.reader_of(parts, token)
        if reader is None or reader.state is not SubscriberState.ACTIVE:
            return _not_here(pages, request, reader, token)
        stopped, again = _named(request), _stop_in(fields, "again")
        if stopped is not None:
            subscribers.stop_hearing(parts, reader.id, stopped)
            return _show(pages, shelf, request, reader, token, done="stopped", stop=stopped)
        if again is not None:
            subscribers.hear_again(parts, reader.id, again)
            return _show(pages, shelf, request, reader, token, done="again")
        return _save(pages, shelf, request, reader, token, fields)

    return routes


def _save(pages: Pages, shelf: Shelf, request: Request, reader: Subscriber, token: str, fields: Fields) -> Response:
    present = subscribers.preferences_of(pages.parts, reader)
    chosen = read_preferences(fields, present, shelf.offer(), pages.parts.clock())
    subscribers.prefer(pages.parts, reader.id, chosen.preferences)
    if "refuse_offers" in fields:
        subscribers.refuse_offers(pages.parts, reader.id, "the preferences page")
    saved = subscribers.reader_of(pages.parts, token) or reader
    return _show(
        pages, shelf, request, saved, token, done="saved", unknown=chosen.unknown_places, half_quiet=chosen.half_quiet
    )


def _show(pages: Pages, shelf: Shelf, request: Request, reader: Subscriber, token: str, **values: Any) -> Response:
    wanted = subscribers.preferences_of(pages.parts, reader)
    language = wanted.language
    stopped = subscribers.stops_of_reader(pages.parts, reader.id)
    told: dict[str, Any] = {"done": None, "unknown": (), "half_quiet": False, **values}
    return pages.page(
        request,
        "preferences",
        language=language,
        token=token,
        reader=reader,
        wanted=wanted,
        topics=_topics(shelf, wanted, language),
        places={key: full_place_label(key, language) for key in wanted.named(InterestKind.PLACE)},
        stopped=[(stop, _label(pages, shelf, stop, language)) for stop in stopped],
        zones=sorted(zones()),
        weekdays=weekdays(language),
        paused_until=_day(wanted),
        **told,
    )


def _day(wanted: Preferences) -> str:
    if wanted.paused_until is None:
        return ""
    return wanted.paused_until.astimezone(ZoneInfo(wanted.zone)).date().isoformat()


def _topics(shelf: Shelf, wanted: Preferences, language: str) -> list[Choice]:
    known = shelf.all(language)
    others = [one for one in wanted.named(InterestKind.TOPIC) if one not in {choice.id for choice in known}]
    return [*known, *shelf.choices(others, language)]


def _label(pages: Pages, shelf: Shelf, stop: Stop, language: str) -> str:
    if stop.kind is StopKind.TOPIC:
        return shelf.choices((stop.value,), language)[0].label
    return subscribers.headline_of(pages.parts, stop.value) or stop.value


def _named(request: Request) -> Stop | None:
    """Return the story or topic that the address of the page names, as links in mails do."""
    for kind in StopKind:
        value = request.query_params.get(f"stop_{kind}", "").replace("\0", "").strip()
        if value:
            return Stop(kind, value[:_LONGEST])
    return None


def _stop_in(fields: Fields, name: str) -> Stop | None:
    kind, _, value = next(iter(fields.get(name, ())), "").partition(":")
    return Stop(StopKind(kind), value[:_LONGEST]) if kind in set(StopKind) and value else None


def _not_here(pages: Pages, request: Request, reader: Subscriber | None, token: str) -> Response:
    if reader is None:
        return pages.void_link(request)
    language, offers = reader.language, reader.offers
    return pages.page(request, "unsubscribe", language=language, active=False, offers=offers, token=token)
