"""What an editor looks into: the sources and how fresh they are, and one reader's record."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from tocsin.lookup import delay_of, look_up
from tocsin.readers.addresses import BadAddress
from tocsin.readers.signup import Fields
from tocsin.store.intake import newest_items, polled_sources
from tocsin.store.people import Role
from tocsin.web.desk.seats import Guarded, field, guard, posted
from tocsin.web.desk.views import is_silent, lag
from tocsin.web.rendering import Pages

_ITEMS = 3


def watching(pages: Pages) -> APIRouter:
    """Return the routes."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    viewer, editor = Depends(guard(parts, Role.VIEWER)), Depends(guard(parts, Role.EDITOR))
    form = Depends(posted(parts, Role.EDITOR))

    @routes.get("/desk/sources")
    def sources(request: Request, who: Guarded = viewer) -> Response:
        now = parts.clock()
        with parts.store.read() as connection:
            rows = [
                (polling, is_silent(polling, now), newest_items(connection, polling.source.name, _ITEMS))
                for polling in polled_sources(connection)
            ]
        rows.sort(key=lambda row: not row[1])
        return pages.page(request, "desk_sources", who=who, rows=rows, now=now, lag=lag)

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
