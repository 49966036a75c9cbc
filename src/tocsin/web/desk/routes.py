"""All of the desk's routes, and what happens to who is not logged in."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tocsin.web.desk.account import account
from tocsin.web.desk.board import board
from tocsin.web.desk.drill import drill
from tocsin.web.desk.duty import duties
from tocsin.web.desk.edit import edit
from tocsin.web.desk.live import LiveBoard, live
from tocsin.web.desk.new import new
from tocsin.web.desk.people import staff
from tocsin.web.desk.programs import programs
from tocsin.web.desk.rules import rules
from tocsin.web.desk.seats import LogInFirst
from tocsin.web.desk.sources import sources
from tocsin.web.desk.status import status
from tocsin.web.desk.version import version
from tocsin.web.desk.watching import watching
from tocsin.web.rendering import Pages


def add_desk(app: FastAPI, pages: Pages) -> None:
    """Put the desk into the application."""
    made = (account, version, edit, new, drill, duties, staff, sources, rules, watching, status)
    shared = LiveBoard(pages.parts)
    for router in (
        live(pages.parts, shared),
        programs(pages.parts, shared),
        board(pages, shared),
        *(make(pages) for make in made),
    ):
        app.include_router(router)

    @app.exception_handler(LogInFirst)
    def to_login(request: Request, error: LogInFirst) -> Response:
        return RedirectResponse(error.where, 303)
