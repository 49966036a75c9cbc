"""The desk's first page, and the audit log."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from tocsin.store.audit import entries, verify_audit
from tocsin.store.people import Role
from tocsin.web.desk import views
from tocsin.web.desk.seats import Guarded, guard
from tocsin.web.rendering import Pages


def board(pages: Pages) -> APIRouter:
    """Return the routes of the board."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    viewer = Depends(guard(parts, Role.VIEWER))

    @routes.get("/desk")
    def now(request: Request, who: Guarded = viewer) -> Response:
        with parts.store.read() as connection:
            shown = views.board_of(connection, parts.clock())
        template = "desk_board" if request.query_params.get("part") else "desk"
        return pages.page(request, template, who=who, board=shown, lag=views.lag)

    @routes.get("/desk/audit")
    def audit(request: Request, who: Guarded = viewer) -> Response:
        with parts.store.read() as connection:
            return pages.page(
                request, "desk_audit", who=who, entries=entries(connection), checked=verify_audit(connection)
            )

    return routes
