"""``/desk/drill``: the test alert, which looks different and reaches the drill audience only."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from tocsin.alerts.own_words import OwnWords
from tocsin.desk import drills
from tocsin.errors import TocsinError
from tocsin.model import Band
from tocsin.readers.signup import Fields
from tocsin.store.people import Role
from tocsin.web.desk.seats import Guarded, field, guard, posted
from tocsin.web.desk.version import framed_mail
from tocsin.web.rendering import Pages

HEADLINE = "The bell is rung to see that it rings"
TEXT = "Tell the desk when this has reached you, and how long it took."
DESK = "Drill desk"


def drill(pages: Pages) -> APIRouter:
    """Return the routes."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    editor = Depends(guard(parts, Role.EDITOR))
    form = Depends(posted(parts, Role.EDITOR))

    def shown(request: Request, who: Guarded, status: int = 200, told: str = "", wrong: str = "") -> Response:
        with parts.store.read() as connection:
            audience = drills.audience_of_drill(parts, connection)
        return pages.page(
            request,
            "desk_drill",
            status=status,
            who=who,
            audience=audience,
            told=told,
            wrong=wrong,
            headline=HEADLINE,
            text=TEXT,
        )

    @routes.get("/desk/drill")
    def look(request: Request, who: Guarded = editor) -> Response:
        return shown(request, who)

    @routes.get("/desk/drill/mail")
    def mail(look: str = "light", who: Guarded = editor) -> Response:
        words = OwnWords(HEADLINE, TEXT, DESK, Band.ALERT)
        return framed_mail(drills.drill_mail(parts, words, parts.clock()).html, look)

    @routes.post("/desk/drill")
    def start(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        words = OwnWords(field(fields, "headline"), field(fields, "text"), DESK, Band.ALERT)
        try:
            with parts.store.write() as connection:
                begun = drills.start_drill(parts, connection, words, by=who.name, at=parts.clock())
        except TocsinError as error:
            return shown(request, who, 422, wrong=str(error))
        return shown(request, who, told=f"The drill is on its way to {len(begun.to)} addresses.")

    return routes
