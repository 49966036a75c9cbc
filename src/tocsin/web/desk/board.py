"""``/desk``: the stories now, one story, and what one key or button does to the chosen one."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from fastapi import APIRouter, Depends, Request
from markupsafe import Markup
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from tocsin.desk.drafting import draft_story, may_draft
from tocsin.desk.leaving import left_out
from tocsin.errors import TocsinError
from tocsin.newsroom import merging
from tocsin.readers.signup import Fields
from tocsin.store.alerts import story_versions
from tocsin.store.audit import entries, verify_audit
from tocsin.store.people import Role
from tocsin.store.stories import articles_of, lasting_story, verdicts_of
from tocsin.web.desk.acts import MERGED, Elsewhere, Told, done, picked
from tocsin.web.desk.flash import told_at, told_before, told_once
from tocsin.web.desk.live import LiveBoard
from tocsin.web.desk.seats import Guarded, field, guard, is_secure, posted, why
from tocsin.web.desk.similar import words_of
from tocsin.web.desk.snapshot import Snapshot
from tocsin.web.desk.stories import story_now
from tocsin.web.desk.views import lag
from tocsin.web.rendering import Pages

_MOST_OTHERS = 40
_MOST_CHARS = 200
"""Of a headline, in a cookie: browsers take 4 KB, in which a letter beyond ASCII takes six to nine."""


def board(pages: Pages, live: LiveBoard) -> APIRouter:
    """Return the routes of the board."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    viewer = Depends(guard(parts, Role.VIEWER))
    form = Depends(posted(parts, Role.EDITOR))

    @routes.get("/desk")
    def now(request: Request, who: Guarded = viewer) -> Response:
        return told_once(request, _board(pages, live, request, who, told=_unpacked(told_before(request))))

    @routes.post("/desk/act")
    def act(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        alone = request.headers.get("accept") == "text/x-told"
        try:
            told = done(parts, picked(field(fields, "row")), field(fields, "act"), who)
        except TocsinError as error:
            if alone:
                return pages.page(request, "desk_told", status=409, who=who, told=None, wrong=why(error), more="")
            return _board(pages, live, request, who, status=409, wrong=why(error))
        if isinstance(told, Elsewhere):
            return RedirectResponse(told.address, 303)
        if alone:
            return pages.page(request, "desk_told", who=who, told=told, wrong="", more="")
        return told_at("/desk", _packed(told), secure=is_secure(parts))

    @routes.get("/desk/audit")
    def audit(request: Request, who: Guarded = viewer) -> Response:
        with parts.store.read() as connection:
            return pages.page(
                request, "desk_audit", who=who, entries=entries(connection), checked=verify_audit(connection)
            )

    _stories(routes, pages, live)
    return routes


def _stories(routes: APIRouter, pages: Pages, live: LiveBoard) -> None:
    parts = pages.parts
    viewer, form = Depends(guard(parts, Role.VIEWER)), Depends(posted(parts, Role.EDITOR))

    @routes.get("/desk/stories/{story}")
    def look(request: Request, story: str, who: Guarded = viewer) -> Response:
        with parts.store.read() as connection:
            lasting = lasting_story(connection, story)
        if lasting != story:  # it was merged since this link was made
            part = "?part=1" if request.query_params.get("part") else ""
            return RedirectResponse(f"/desk/stories/{lasting}{part}", 303)
        return _story(pages, live, request, story, who)

    @routes.post("/desk/stories/{story}")
    def decide(request: Request, story: str, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        try:
            with parts.store.write() as connection:
                story = lasting_story(connection, story)
                return _decided(pages, connection, story, who, fields)
        except TocsinError as error:
            return _story(pages, live, request, story, who, status=409, wrong=why(error))


def _decided(pages: Pages, connection: Connection, story: str, who: Guarded, fields: Fields) -> Response:
    """Do what the form of a story's page says and lead to where to look next."""
    at = pages.parts.clock()
    if field(fields, "act") == "draft":
        number = draft_story(pages.parts, connection, story, by=who.name, at=at)
        return RedirectResponse(f"/desk/versions/{number}", 303)
    merging.ask_merge(connection, story, field(fields, "other"), by=who.name, at=at)
    return told_at("/desk", _packed(Told(MERGED)), secure=is_secure(pages.parts))


def _packed(told: Told) -> str:
    """Return what an act came to as the text that travels to the board's next page."""
    return msgspec.json.encode(replace(told, headline=told.headline[:_MOST_CHARS])).decode()


def _unpacked(text: str) -> Told | None:
    """Return what the act before this page came to, if there was one."""
    try:
        return msgspec.json.decode(text, type=Told) if text else None
    except msgspec.MsgspecError:  # not a cookie of ours
        return None


def _board(
    pages: Pages,
    live: LiveBoard,
    request: Request,
    who: Guarded,
    *,
    status: int = 200,
    told: Told | None = None,
    wrong: str = "",
) -> Response:
    shown, role = live.look(), who.seat.person.role
    return pages.page(
        request,
        "desk",
        status=status,
        who=who,
        at=live.mark(shown),
        head=shown.head,
        rows=Markup().join(each.html for each in shown.shown),
        waiting=sum(each.row.waiting is not None for each in shown.shown),
        may_act=role.may(Role.EDITOR),
        may_send=role.may(Role.APPROVER),
        undo_s=pages.parts.settings.desk.undo_s,
        told=told,
        wrong=wrong,
        more="",
    )


def _story(
    pages: Pages,
    live: LiveBoard,
    request: Request,
    story: str,
    who: Guarded,
    *,
    status: int = 200,
    wrong: str = "",
) -> Response:
    with pages.parts.store.read() as connection:
        read, verdicts = articles_of(connection, story), verdicts_of(connection, story)
        versions = story_versions(connection, story)
    if not read or not verdicts:
        raise HTTPException(404)
    shown = story_now(verdicts[-1], read)
    if request.query_params.get("part"):
        return pages.page(request, "desk_story", story=shown, left_out=left_out(versions), lag=lag)
    return pages.page(
        request,
        "desk_about",
        status=status,
        who=who,
        story=shown,
        versions=versions,
        left_out=left_out(versions),
        may_draft=may_draft(versions),
        others=_others(live.look(), story, words_of(read[-1].article)),
        chosen=request.query_params.get("with", ""),
        lag=lag,
        wrong=wrong,
    )


def _others(shown: Snapshot, story: str, words: frozenset[str]) -> list[tuple[str, str, int]]:
    """Return the other stories of the board, those that share most words first."""
    stories = [each.row.story for each in shown.shown if each.row.story and each.row.key != story]
    scored = [(each.verdict.story, each.headline, len(words & each.words)) for each in stories]
    return sorted(scored, key=lambda one: -one[2])[:_MOST_OTHERS]
