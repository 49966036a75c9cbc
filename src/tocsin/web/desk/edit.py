"""``/desk/versions/N/edit``: an editor chooses and cuts what a draft quotes, and adds the desk's own note."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from tocsin.alerts.editing import MOST_OWN_NOTE, Edit, key_of, key_of_statement
from tocsin.alerts.own_words import LABEL, MOST_HEADLINE, MOST_TEXT, MOST_WHO, OwnWords
from tocsin.alerts.topics import load_topics
from tocsin.desk.approval import NotHeld
from tocsin.desk.editing import choices_for
from tocsin.desk.editing import edit as change_draft
from tocsin.errors import TocsinError, WrongUse
from tocsin.model import Band, Draft
from tocsin.readers.signup import Fields
from tocsin.store.alerts import Version, VersionState, version_of
from tocsin.store.people import Role
from tocsin.web.desk.flash import told_at
from tocsin.web.desk.seats import Guarded, field, guard, is_secure, posted, why
from tocsin.web.forms import Number, number_in
from tocsin.web.rendering import Pages

BANDS = (Band.FLASH, Band.ALERT, Band.WATCH)
MOST = {"headline": MOST_HEADLINE, "text": MOST_TEXT, "who": MOST_WHO, "note": MOST_OWN_NOTE}


def edit(pages: Pages) -> APIRouter:
    """Return the routes."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    editor = Depends(guard(parts, Role.EDITOR))
    form = Depends(posted(parts, Role.EDITOR))

    def shown(
        request: Request, number: int, who: Guarded, typed: Fields, status: int = 200, wrong: str = ""
    ) -> Response:
        with parts.store.read() as connection:
            version = _known(connection, number)
            if version.state is not VersionState.HELD:
                return RedirectResponse(f"/desk/versions/{number}", 303)
            return pages.page(
                request,
                "desk_edit",
                status=status,
                who=who,
                version=version,
                own=version.draft.label == LABEL,
                choices=choices_for(connection, version),
                chosen=_chosen(version.draft, version.composed or version.draft, typed),
                bands=BANDS,
                most=MOST,
                wrong=wrong,
            )

    @routes.get("/desk/versions/{number}/edit")
    def look(request: Request, number: Number, who: Guarded = editor) -> Response:
        return shown(request, number, who, {})

    @routes.post("/desk/versions/{number}/edit")
    def change(request: Request, number: Number, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        topics = load_topics(parts.settings.readers.topics_file)
        try:
            with parts.store.write() as connection:
                wanted, seen = _wanted(fields), number_in(field(fields, "revision"))
                seen = -1 if seen is None else seen  # a form that does not say what it has seen has seen no revision
                change_draft(connection, number, wanted, seen=seen, by=who.name, at=parts.clock(), topics=topics)
        except NotHeld as error:
            # Decided or over meanwhile: its page says how it stands; for what is not there that is "nothing here".
            return told_at(f"/desk/versions/{number}", f"Nothing was changed. {error}.", secure=is_secure(parts))
        except TocsinError as error:
            return shown(request, number, who, fields, 409, why(error))
        return RedirectResponse(f"/desk/versions/{number}", 303)

    return routes


def _known(connection: Connection, number: int) -> Version:
    version = version_of(connection, number)
    if version is None:
        raise HTTPException(404)
    return version


def _wanted(fields: Fields) -> Edit | OwnWords:
    if "text" in fields:
        return own_words_in(fields)
    chosen = (fields.get("paragraph") or (), fields.get("statement") or ())
    headline, note, band = field(fields, "headline"), field(fields, "note"), band_in(fields)
    return Edit(headline, *chosen, note, band, fields.get("without") or ())


def band_in(fields: Fields) -> Band:
    """Return the band that a form chose. Raises ``WrongUse`` when it is none that an alert may have."""
    band = field(fields, "band")
    if band not in BANDS:
        raise WrongUse("choose how urgent it is")
    return Band(band)


def own_words_in(fields: Fields) -> OwnWords:
    """Return the desk's own words as they were typed. Raises ``WrongUse`` as ``band_in`` does."""
    text = field(fields, "text").replace("\r\n", "\n")
    return OwnWords(field(fields, "headline"), text, field(fields, "who"), band_in(fields))


def _chosen(draft: Draft, composed: Draft, typed: Fields) -> dict[str, object]:
    """Return what the form shows as chosen: what was posted, so that no refusal loses it, else the draft as it is."""
    if typed:
        words = {name: field(typed, name) for name in ("headline", "band", "note", "text", "who", "revision")}
        several = {"paragraphs": "paragraph", "statements": "statement", "without": "without"}
        return words | {name: typed.get(each, ()) for name, each in several.items()}
    quoted = draft.reports[0].article if draft.reports else next(iter(draft.articles), draft.story)
    own = draft.label == LABEL
    return {
        "headline": draft.headline if own else key_of(draft.headline),
        "band": draft.band,
        "note": draft.note,
        "text": "\n\n".join(draft.paragraphs),
        "who": draft.publisher,
        "paragraphs": tuple(key_of(quoted, text) for text in draft.paragraphs),
        "statements": tuple(key_of_statement(each) for each in draft.statements),
        "without": tuple(each for each in composed.articles if each not in draft.articles),
        "revision": "",
    }
