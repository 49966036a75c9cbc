"""``/desk/new``: an editor starts an alert, from a page or in the desk's own words."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from tocsin.errors import TocsinError, WrongUse
from tocsin.newsroom import starting
from tocsin.readers.signup import Fields
from tocsin.store.people import Role
from tocsin.web.desk.edit import BANDS, MOST, band_in, own_words_in
from tocsin.web.desk.seats import Guarded, field, guard, posted, why
from tocsin.web.rendering import Pages
from tocsin.wiring import Parts

_MOST_URL = 2000


def new(pages: Pages) -> APIRouter:
    """Return the routes."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    editor = Depends(guard(parts, Role.EDITOR))
    form = Depends(posted(parts, Role.EDITOR))

    def shown(request: Request, who: Guarded, typed: Fields, status: int = 200, wrong: str = "") -> Response:
        given = {name: values[0] for name, values in typed.items()}
        return pages.page(request, "desk_new", status=status, who=who, typed=given, wrong=wrong, bands=BANDS, most=MOST)

    @routes.get("/desk/new")
    def empty(request: Request, who: Guarded = editor) -> Response:
        return shown(request, who, {})

    @routes.post("/desk/new")
    def begin(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        try:
            begun = _begun(parts, fields, who.name)
            with parts.store.write() as connection:
                number = starting.begin(parts, connection, begun, by=who.name, at=parts.clock())
        except TocsinError as error:
            return shown(request, who, fields, 422, why(error))
        return RedirectResponse(f"/desk/versions/{number}", 303)

    return routes


def _begun(parts: Parts, fields: Fields, by: str) -> starting.Begun:
    url = field(fields, "url")
    if len(url) > _MOST_URL:
        raise WrongUse("the link is too long")
    if "headline" not in fields:
        return starting.from_page(parts, url, band_in(fields), by=by)
    return starting.in_own_words(parts, own_words_in(fields), url, by=by)
