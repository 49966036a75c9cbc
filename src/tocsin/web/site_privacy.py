"""The privacy notice, as it is today and as it was when a consent was given."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from tocsin.store.notices import notice_of
from tocsin.web.forms import LOOK
from tocsin.web.notice import notice_of_today
from tocsin.web.rendering import Pages


def privacy(pages: Pages) -> APIRouter:
    """Return the routes of the privacy notice."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/privacy", methods=LOOK)
    def today(request: Request) -> Response:
        version, notice = notice_of_today(pages, pages.language_of(request))
        return pages.page(request, "privacy", version=version, notice=notice)

    @routes.api_route("/privacy/{version}", methods=LOOK)
    def then(request: Request, version: str) -> Response:
        with pages.parts.store.read() as connection:
            notice = notice_of(connection, version[:16])
        if notice is None:
            return pages.problem(request, 404)
        return pages.page(request, "privacy", language=notice.language, version=version, notice=notice.html)

    return routes
