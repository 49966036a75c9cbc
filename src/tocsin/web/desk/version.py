"""A version's page, and the acts: send, drop, correct, withdraw, pause, stop."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from tocsin.alerts.holds import nearly_over
from tocsin.alerts.own_words import LABEL
from tocsin.desk import approval as desk
from tocsin.desk.drafting import may_draft
from tocsin.desk.leaving import left_out
from tocsin.desk.reach import reach_of
from tocsin.errors import TocsinError
from tocsin.model import VersionKind
from tocsin.newsroom.afterwards import have_looked
from tocsin.readers.signup import Fields
from tocsin.sending.messages import preview
from tocsin.store.alerts import Version, VersionState, version_of
from tocsin.store.deliveries import owed_count
from tocsin.store.ledger import progress_of
from tocsin.store.people import Role
from tocsin.store.watched import flags_of
from tocsin.web.desk import views
from tocsin.web.desk.composer import composer_of, lasts
from tocsin.web.desk.flash import told_at, told_before, told_once
from tocsin.web.desk.seats import Guarded, field, guard, is_secure, posted, why
from tocsin.web.forms import Number, number_in
from tocsin.web.rendering import Pages
from tocsin.wiring import Parts

TYPED_FROM = 100
"""From so many readers on, whoever sends types how many it goes to."""

_FEW_CAME, _SHARE_CAME = 10, 0.02
"""So many readers, or this share of them, may have come or gone since the page was made."""

_EDITORS = ("drop", "stands")
_KEPT = ("note", "alone")
"""What was typed stays when an act is refused; how many readers there are is typed anew."""
_SAFE_MAIL = {
    "content-security-policy": (
        "sandbox allow-same-origin; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    ),
    "x-frame-options": "SAMEORIGIN",
    "cache-control": "no-store",
}

Act = Callable[[Connection, int, Guarded, Fields], str]


class WrongCount(TocsinError):
    """Type the number of readers to send it; that is how a test is told from a live send."""


def version(pages: Pages) -> APIRouter:
    """Return the routes of a version."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    viewer = Depends(guard(parts, Role.VIEWER))

    @routes.get("/desk/versions/{number}")
    def look(request: Request, number: Number, who: Guarded = viewer) -> Response:
        if who.seat.person.role.may(Role.EDITOR):
            _opened(parts, number)
        return told_once(request, _version(pages, request, number, who, told=told_before(request)))

    @routes.get("/desk/versions/{number}/mail")
    def mail(number: Number, look: str = "light", who: Guarded = viewer) -> Response:
        return framed_mail(preview(parts, _known(pages, number)).html, look)

    @routes.get("/desk/versions/{number}/progress")
    def progress(request: Request, number: Number, who: Guarded = viewer) -> Response:
        version = _known(pages, number)
        if version.approved_at is None:
            raise HTTPException(404)
        with parts.store.read() as connection:
            sending, so_far = views.sending_of(connection, version), progress_of(connection, version, parts.clock())
        return pages.page(request, "desk_progress", version=version, sending=sending, progress=so_far, lasts=lasts)

    for name, act in _acts(pages).items():
        _route(routes, pages, name, act)
    return routes


def _acts(pages: Pages) -> dict[str, Act]:
    parts = pages.parts

    def approve(connection: Connection, number: int, who: Guarded, fields: Fields) -> str:
        alone = field(fields, "alone") or None
        seen = number_in(field(fields, "revision"))
        done = desk.approve(parts, connection, number, by=who.name, at=parts.clock(), alone=alone, seen=seen)
        return (
            f"Noted; it waits for {done.missing} more." if done.missing else f"On its way to {readers(done.audience)}."
        )

    def drop(connection: Connection, number: int, who: Guarded, fields: Fields) -> str:
        desk.drop(connection, number, by=who.name, at=parts.clock())
        return "Dropped. It is not sent."

    def amend(kind: VersionKind) -> Act:
        def act(connection: Connection, number: int, who: Guarded, fields: Fields) -> str:
            note, seen = field(fields, "note"), number_in(field(fields, "amended"))
            done = desk.amend(parts, connection, number, kind, note=note, by=who.name, at=parts.clock(), seen=seen)
            return f"The {kind} is on its way to {readers(done.audience)}."

        return act

    def pause(on: bool) -> Act:
        def act(connection: Connection, number: int, who: Guarded, fields: Fields) -> str:
            desk.pause(parts, connection, number, by=who.name, at=parts.clock(), on=on)
            return "Paused. Nothing leaves until you resume." if on else "It goes on."

        return act

    def stop(connection: Connection, number: int, who: Guarded, fields: Fields) -> str:
        spared = desk.stop(connection, number, by=who.name, at=parts.clock())
        return f"Stopped before it reached {readers(spared)}."

    def stands(connection: Connection, number: int, who: Guarded, fields: Fields) -> str:
        have_looked(parts, connection, number, by=who.name)
        return "Noted: you have looked, and the alert stands."

    return {
        "approve": approve,
        "drop": drop,
        "stands": stands,
        "correct": amend(VersionKind.CORRECTION),
        "withdraw": amend(VersionKind.WITHDRAWAL),
        "pause": pause(True),
        "resume": pause(False),
        "stop": stop,
    }


def _route(routes: APIRouter, pages: Pages, name: str, act: Act) -> None:
    form = Depends(posted(pages.parts, Role.EDITOR if name in _EDITORS else Role.APPROVER))

    def post(request: Request, number: Number, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        try:
            if name == "approve":
                _check_count(pages.parts, number, fields)
            with pages.parts.store.write() as connection:
                told = act(connection, number, who, fields)
        except TocsinError as error:
            typed = {each: field(fields, each) for each in _KEPT}
            return _version(pages, request, number, who, status=409, wrong=why(error), tried=name, typed=typed)
        return told_at(f"/desk/versions/{number}", told, secure=is_secure(pages.parts))

    routes.add_api_route(f"/desk/versions/{{number}}/{name}", post, methods=["POST"])


def _opened(parts: Parts, number: int) -> None:
    """Give an editor who has opened a version the time to read it: only a hold that is nearly over is written."""
    now = parts.clock()
    with parts.store.read() as connection:
        version = version_of(connection, number)
    if version is not None and version.state is VersionState.HELD and nearly_over(version.held_until, now):
        with parts.store.write() as connection:
            desk.open_hold(connection, number, now)


def readers(count: int) -> str:
    """Return so many readers in words."""
    return "1 reader" if count == 1 else f"{count} readers"


def framed_mail(html: str, look: str) -> Response:
    """Return a mail for a frame that can do nothing, as a phone in the dark shows it, or in the light."""
    shown = html.replace("(prefers-color-scheme: dark)", "all" if look == "dark" else "not all")
    return HTMLResponse(shown, headers=_SAFE_MAIL)


def _check_count(parts: Parts, number: int, fields: Fields) -> None:
    """Raise ``WrongCount`` unless the count was typed as the page told it, and still holds but for a few who came.

    Counting takes seconds with a million readers, so it is done before the write that it would hold up.
    """
    with parts.store.read() as connection:
        waiting = version_of(connection, number)
        if waiting is None or waiting.state is not VersionState.HELD:
            return
        size = reach_of(parts.store, connection, waiting, parts.clock()).readers
    typed, counted = field(fields, "readers"), field(fields, "counted") or str(size)
    told = number_in(counted)
    off = told is None or abs(size - told) > max(_FEW_CAME, size * _SHARE_CAME)
    if size >= TYPED_FROM and (typed != counted or off):
        raise WrongCount(f"it goes to {size} readers")


def _known(pages: Pages, number: int) -> Version:
    with pages.parts.store.read() as connection:
        version = version_of(connection, number)
    if version is None:
        raise HTTPException(404)
    return version


def _version(
    pages: Pages,
    request: Request,
    number: int,
    who: Guarded,
    *,
    status: int = 200,
    told: str = "",
    wrong: str = "",
    tried: str = "",
    typed: dict[str, str] | None = None,
) -> Response:
    version, parts = _known(pages, number), pages.parts
    now, held = parts.clock(), version.state is VersionState.HELD
    with parts.store.read() as connection:
        chain = views.chain_of(connection, version)
        return pages.page(
            request,
            "desk_version",
            status=status,
            who=who,
            version=version,
            waiting=views.waiting_of(connection, version),
            composer=composer_of(parts, connection, version, now) if held else None,
            sending=views.sending_of(connection, version) if version.approved_at else None,
            chain=chain,
            left_out=left_out(each for each in chain if each.number <= version.number),
            may_draft=chain[-1].id == number and version.draft.label != LABEL and may_draft(chain),
            flags=flags_of(connection, [each.id for each in chain]),
            owed=owed_count(connection, version.id) if version.approved_at else 0,
            progress=progress_of(connection, version, now) if version.approved_at else None,
            typed_from=TYPED_FROM,
            lasts=lasts,
            mail=preview(parts, version),
            amendments=desk.amendments(chain, version),
            told=told,
            wrong=wrong,
            tried=tried,
            typed=typed or dict.fromkeys(_KEPT, ""),
        )
