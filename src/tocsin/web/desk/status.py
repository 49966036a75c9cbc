"""``/desk/alive``: would an alert arrive now, does mail flow, what is stuck and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection
from starlette.responses import Response

from tocsin.delivery.notices import without_names
from tocsin.delivery.relays import Standing
from tocsin.desk.aside import try_again
from tocsin.errors import TocsinError
from tocsin.model import DeliveryState
from tocsin.readers.signup import Fields
from tocsin.sending.incidents import wake_domain
from tocsin.store.alerts import Version, VersionState, sent_lately, versions_in
from tocsin.store.jobs import Aside
from tocsin.store.ledger import Answer, Progress, answers_of, progress_of
from tocsin.store.people import Role
from tocsin.store.relays import standings
from tocsin.store.rests import Rest, resting
from tocsin.store.switches import LIVE, MODE, SHADOW, switch
from tocsin.upkeep.deadman import troubles
from tocsin.web.desk.composer import lasts
from tocsin.web.desk.flash import told_at, told_before, told_once
from tocsin.web.desk.seats import Guarded, field, guard, is_secure, posted, why
from tocsin.web.forms import number_in
from tocsin.web.rendering import Pages
from tocsin.wiring import Parts, relays_of

_LATELY = timedelta(hours=12)
_MOST_SENDS, _MOST_ANSWERS, _MOST_ASIDE = 6, 3, 10
_WELL = (DeliveryState.ACCEPTED, DeliveryState.IN_HAND, DeliveryState.PENDING)


@dataclass(frozen=True, slots=True)
class Send:
    """A version under way or sent lately, and the commonest answers of relays to what is not accepted."""

    version: Version
    progress: Progress
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class MailNow:
    """How mail flows: sends, the relays by name, the domains to which nothing leaves for a while, jobs put aside.

    A relay has a standing where several share the mail; what the one of ``[mail]`` takes is not counted.
    """

    live: bool
    sends: tuple[Send, ...]
    relays: dict[str, Standing | None]
    resting: tuple[Rest, ...]
    aside: tuple[Aside, ...]


def mail_now(parts: Parts, connection: Connection, now: datetime) -> MailNow:
    """Return how mail flows at ``now``."""
    leaving = versions_in(connection, VersionState.SENDING)
    lately = sorted(sent_lately(connection, now - _LATELY), key=lambda each: each.id, reverse=True)
    known = standings(connection, now)
    several = bool(parts.settings.relay)
    return MailNow(
        live=switch(connection, MODE, SHADOW) == LIVE,
        sends=tuple(_send(connection, version, now) for version in (*leaving, *lately)[:_MOST_SENDS]),
        relays={name: known.get(name, Standing()) if several else None for name in relays_of(parts.settings)},
        resting=resting(connection, now),
        aside=tuple(
            replace(one, payload=without_names(one.payload)[:80], error=without_names(one.error))
            for one in parts.jobs.aside(connection, _MOST_ASIDE)
        ),
    )


def _send(connection: Connection, version: Version, now: datetime) -> Send:
    answers = (each for each in answers_of(connection, version.id) if each.state not in _WELL)
    return Send(version, progress_of(connection, version, now), tuple(answers)[:_MOST_ANSWERS])


def status(pages: Pages) -> APIRouter:
    """Return the routes."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    viewer, form = Depends(guard(parts, Role.VIEWER)), Depends(posted(parts, Role.APPROVER))

    def shown(request: Request, who: Guarded, *, status: int = 200, told: str = "", wrong: str = "") -> Response:
        now = parts.clock()
        with parts.store.read() as connection:
            mail = mail_now(parts, connection, now)
        return pages.page(
            request,
            "desk_alive",
            status=status,
            who=who,
            troubles=troubles(parts),
            mail=mail,
            now=now,
            lasts=lasts,
            told=told,
            wrong=wrong,
        )

    @routes.get("/desk/alive")
    def alive(request: Request, who: Guarded = viewer) -> Response:
        return told_once(request, shown(request, who, told=told_before(request)))

    @routes.post("/desk/alive")
    def again(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        try:
            told = _again(parts, field(fields, "domain"), field(fields, "job"), who.name)
        except TocsinError as error:
            return shown(request, who, status=409, wrong=why(error))
        return told_at("/desk/alive", told, secure=is_secure(parts))

    return routes


def _again(parts: Parts, domain: str, job: str, by: str) -> str:
    """Let mail leave to a domain again, or work be done again that was put aside; return what to tell."""
    if job:
        try_again(parts, number_in(job) or 0, by=by)
        return "It is tried again now."
    wake_domain(parts, domain, by=by)
    return f"Mail leaves to {domain} again."
