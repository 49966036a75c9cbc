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
from tocsin.web.desk.flash import told_at, told_before, told_once
from tocsin.web.desk.seats import Guarded, field, guard, is_secure, posted, why
from tocsin.web.desk.version import framed_mail
from tocsin.web.rendering import Pages

DESK = "Drill desk"
WORDS = OwnWords(
    "The bell is rung to see that it rings",
    "Tell the desk when this has reached you, and how long it took.",
    DESK,
    Band.ALERT,
)
"""What a drill says unless the editor says otherwise."""


def drill(pages: Pages) -> APIRouter:
    """Return the routes."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    editor = Depends(guard(parts, Role.EDITOR))
    form = Depends(posted(parts, Role.EDITOR))

    def shown(
        request: Request, who: Guarded, words: OwnWords = WORDS, status: int = 200, told: str = "", wrong: str = ""
    ) -> Response:
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
            headline=words.headline,
            text=words.text,
        )

    @routes.get("/desk/drill")
    def look(request: Request, who: Guarded = editor) -> Response:
        return told_once(request, shown(request, who, told=told_before(request)))

    @routes.get("/desk/drill/mail")
    def mail(look: str = "light", who: Guarded = editor) -> Response:
        return framed_mail(drills.drill_mail(parts, WORDS, parts.clock()).html, look)

    @routes.post("/desk/drill")
    def start(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        words = OwnWords(field(fields, "headline"), field(fields, "text"), DESK, Band.ALERT)
        try:
            with parts.store.write() as connection:
                begun = drills.start_drill(parts, connection, words, by=who.name, at=parts.clock())
        except TocsinError as error:
            return shown(request, who, words, 422, wrong=why(error))
        count = "1 address" if len(begun.to) == 1 else f"{len(begun.to)} addresses"
        return told_at("/desk/drill", f"The drill is on its way to {count}.", secure=is_secure(parts))

    return routes
