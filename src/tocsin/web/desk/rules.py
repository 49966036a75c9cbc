"""``/desk/rules``: the numbers that judging decides by, and what changed ones would have done yesterday."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from tocsin.errors import TocsinError, WrongUse
from tocsin.newsroom import rehearsing
from tocsin.newsroom.book import desk_rules, file_rules, rules_of, save_rules
from tocsin.readers.signup import Fields
from tocsin.store.people import Role
from tocsin.store.rehearsals import Rehearsal, rehearsal_of
from tocsin.stories.rules import changed_rules
from tocsin.web.desk.flash import told_at, told_before, told_once
from tocsin.web.desk.seats import Guarded, field, guard, is_secure, posted, why
from tocsin.web.forms import Number
from tocsin.web.rendering import Pages
from tocsin.wiring import Parts

TOLD = {
    "flash": "points from which a story is a flash",
    "alert": "points from which a story is an alert",
    "watch": "points from which a story is on watch",
    "fresh_hours": "hours after which a report is no news",
    "hold_minutes": "minutes that a hold waits",
    "wire_flash_points": "points for a wire's flash",
    "wire_bulletin_points": "points for a wire's bulletin",
    "breaking_points": "points for “breaking” from a known publisher",
    "velocity_points": "most points for how fast a story grows",
    "velocity_minutes": "minutes in which growth is measured",
    "velocity_families": "families that must tell a story before its growth counts",
    "second_origin_points": "points for a second origin",
    "third_origin_points": "points for a third origin",
    "only_a_party_points": "points when only a party says so",
    "burst_minutes": "minutes in which alerts are a burst",
    "updates_most": "most updates of a story",
    "update_gap_minutes": "minutes between two updates",
    "follow_hours": "hours for which a story is followed",
    "alerts_a_day": "alerts a day after which the bar rises",
    "busy_points": "points by which it rises for each more",
    "subject_points": "points taken off for each earlier message on the same subject",
    "subject_hours": "hours in which messages are on the same subject",
    "subject_most": "most messages on one subject",
}
"""What each rule means."""


def rules(pages: Pages) -> APIRouter:
    """Return the routes."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    viewer = Depends(guard(parts, Role.VIEWER))
    tries, saves = Depends(posted(parts, Role.APPROVER)), Depends(posted(parts, Role.ADMIN))

    def shown(
        request: Request, who: Guarded, typed: Fields, status: int = 200, wrong: str = "", told: str = ""
    ) -> Response:
        with parts.store.read() as connection:
            now, desk = rules_of(parts, connection).numbers(), desk_rules(connection)
        values = {name: field(typed, name) or f"{value:g}" for name, value in now.items()}
        return pages.page(
            request,
            "desk_rules",
            status=status,
            who=who,
            values=values,
            file=file_rules(parts).numbers(),
            desk=desk,
            meanings=TOLD,
            wrong=wrong,
            told=told,
        )

    @routes.get("/desk/rules")
    def look(request: Request, who: Guarded = viewer) -> Response:
        return told_once(request, shown(request, who, {}, told=told_before(request)))

    @routes.post("/desk/rules")
    def rehearse(request: Request, posted: tuple[Guarded, Fields] = tries) -> Response:
        who, fields = posted
        try:
            number = rehearsing.start(parts, _changes(parts, fields), by=who.name)
        except TocsinError as error:
            return shown(request, who, fields, 422, why(error))
        return RedirectResponse(f"/desk/rules/{number}", 303)

    @routes.get("/desk/rules/{number}")
    def result(request: Request, number: Number, who: Guarded = viewer) -> Response:
        return _shown(pages, request, number, "desk_rehearsal", who)

    @routes.get("/desk/rules/{number}/part")
    def part(request: Request, number: Number, who: Guarded = viewer) -> Response:
        return _shown(pages, request, number, "desk_rehearsed", who)

    @routes.post("/desk/rules/{number}/save")
    def save(number: Number, posted: tuple[Guarded, Fields] = saves) -> Response:
        who, _ = posted
        found = _found(parts, number)
        if found.result is None:
            raise HTTPException(409)
        would = f"rehearsal {number}: {found.result.sent_before} → {found.result.sent_now} sent"
        with parts.store.write() as connection:
            save_rules(parts, connection, found.rules, by=who.name, at=parts.clock(), why=would)
        return _back(pages, "They are in force: the newsroom takes them up within a second or two.")

    @routes.post("/desk/rules/reset")
    def reset(posted: tuple[Guarded, Fields] = saves) -> Response:
        who, _ = posted
        with parts.store.write() as connection:
            save_rules(parts, connection, {}, by=who.name, at=parts.clock(), why="the desk's changes are taken back")
        return _back(pages, "What was changed at the desk is taken back.")

    return routes


def _back(pages: Pages, text: str) -> Response:
    return told_at("/desk/rules", text, secure=is_secure(pages.parts))


def _shown(pages: Pages, request: Request, number: int, template: str, who: Guarded) -> Response:
    parts = pages.parts
    with parts.store.read() as connection:
        now = rules_of(parts, connection).numbers()
    found = _found(parts, number)
    changed = changed_rules(file_rules(parts), found.rules).numbers()
    differ = [(name, TOLD.get(name, name), was, changed[name]) for name, was in now.items() if changed[name] != was]
    lost = found.done_at is None and parts.clock() - found.began_at > rehearsing.LOST
    return pages.page(request, template, rehearsal=found, differ=differ, lost=lost, who=who)


def _found(parts: Parts, number: int) -> Rehearsal:
    with parts.store.read() as connection:
        found = rehearsal_of(connection, number)
    if found is None:
        raise HTTPException(404)
    return found


def _changes(parts: Parts, fields: Fields) -> dict[str, float]:
    """Return what was typed otherwise than the file has it."""
    changes = {}
    for name, value in file_rules(parts).numbers().items():
        typed = field(fields, name)
        try:
            number = float(typed) if typed else value
        except ValueError as error:
            raise WrongUse(f"{TOLD.get(name, name)}: {typed[:20]!r} is no number") from error
        if number != value:
            changes[name] = number
    return changes
