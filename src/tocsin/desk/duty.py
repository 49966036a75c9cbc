"""Somebody is awake: what waits for a person rings whoever is on duty until it is dealt with.

A job looks every few seconds: what must ring is read off the store, so that nothing has to remember to ring, and what
was dealt with falls silent by itself. A ring is noted before it is posted: a process that dies in between rings late,
never twice as often.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from tocsin.alerts.approval import people_needed
from tocsin.alerts.ringing import Shift, ring_of
from tocsin.delivery.breakers import REFUSED_REST
from tocsin.desk.channels import Bell, check_channel, name_of, ring_at
from tocsin.errors import Refused, WrongUse
from tocsin.intake.fetch import open_session
from tocsin.intake.guard import Guard
from tocsin.jobs.port import Job
from tocsin.model import DeliveryState
from tocsin.store.alerts import Version, VersionState, sent_lately, version_of, versions_in
from tocsin.store.approvals import agreed
from tocsin.store.audit import add_entry, entries_about
from tocsin.store.deliveries import tally
from tocsin.store.duty import add_shift, note_failure, note_ring, note_seen, ringing, set_causes, shifts_from
from tocsin.store.intake import active_sources
from tocsin.store.relays import standings
from tocsin.store.rests import resting
from tocsin.store.watched import Flag, open_flags
from tocsin.wiring import Parts

log = structlog.get_logger()

DUTY = "duty"
"""The job that looks and rings; it queues itself again."""

EVERY = timedelta(seconds=15)
_STUCK = timedelta(minutes=2)
_LATELY = timedelta(minutes=10)
_AWAY_LONG = timedelta(minutes=1)
"""A relay of a pool that is left alone for longer is worth a look; a hiccup is not."""
_FEW_LOST, _MANY_LOST = 5, 0.1
"""A send has failed when it did not reach this many readers, and this share of them."""
_PRIORITY = 60


class RingsNoMore(Refused):
    """This does not ring any more."""


@dataclass(frozen=True, slots=True)
class Call:
    """One ring to make."""

    cause: str
    text: str
    shift: Shift


def plan_duty(parts: Parts) -> None:
    """Queue the job, unless it waits already."""
    with parts.store.write() as connection:
        parts.jobs.enqueue(connection, DUTY, "", key=DUTY, priority=_PRIORITY)


def watch_over(parts: Parts, job: Job) -> None:
    """Look and ring (the handler of ``DUTY``), and queue the next look first, so that no failure ends the watch."""
    with parts.store.write() as connection:
        parts.jobs.enqueue(connection, DUTY, "", key=DUTY, priority=_PRIORITY, run_at=parts.clock() + EVERY)
    ring(parts)


def ring(parts: Parts) -> int:
    """Ring what is due now; return how many calls were made, whether or not they were answered."""
    now = parts.clock()
    with parts.store.write() as connection:
        set_causes(connection, dict(causes(connection, now)), now)
        calls = tuple(_due(connection, now))
        rota = tuple(shifts_from(connection, now).values())
    failed = _called(parts, calls)
    # Somebody whose bell does not ring is nobody on duty: the others are rung at once.
    others = tuple(_unheard(calls, failed, rota))
    _called(parts, others)
    return len(calls) + len(others)


def _called(parts: Parts, calls: tuple[Call, ...]) -> set[Call]:
    """Make the calls, note why some failed, and return these."""
    failed = asyncio.run(_call_all(parts, calls))
    for call, error in failed:
        log.warning("duty.unreachable", person=call.shift.person, cause=call.cause, error=error)
        with parts.store.write() as connection:
            note_failure(connection, call.cause, f"{call.shift.person}: {error}")
    return {call for call, _ in failed}


def _unheard(calls: tuple[Call, ...], failed: set[Call], rota: tuple[Shift, ...]) -> Iterator[Call]:
    """Give the calls to everybody else for each cause that rang at nobody's."""
    heard = {call.cause for call in calls if call not in failed}
    for cause, text in {call.cause: call.text for call in calls if call.cause not in heard}.items():
        tried = {call.shift.url for call in calls if call.cause == cause}
        others = {shift.url: shift for shift in rota if shift.url not in tried}
        yield from (Call(cause, text, shift) for shift in others.values())


def causes(connection: Connection, now: datetime) -> Iterator[tuple[str, str]]:
    """Give what must ring now, with a name that stays the same while it lasts."""
    for version in versions_in(connection, VersionState.HELD):
        if version.sends_at is None:
            yield _hold(connection, version)
    for version in versions_in(connection, VersionState.SENDING):
        yield from _sending(connection, version, now)
    for version in sent_lately(connection, now - _LATELY):
        yield from _failed(connection, version)
    for one in resting(connection, now):
        if one.until - one.since >= REFUSED_REST:
            yield f"rest:{one.domain}", f"Nothing leaves to {one.domain} until {one.until:%H:%M} UTC: {one.reason}"
    for name, standing in standings(connection, now).items():
        if standing.away_until is not None and standing.away_until - now > _AWAY_LONG:
            yield (
                f"relay:{name}",
                f"Relay {name} is left alone until {standing.away_until:%H:%M} UTC: {standing.reason}",
            )
    for flag in open_flags(connection):
        yield f"flag:{flag.version}:{flag.kind}", _flagged(connection, flag)
    yield from _silent(connection, now)


def _sending(connection: Connection, version: Version, now: datetime) -> Iterator[tuple[str, str]]:
    headline = version.draft.headline
    if version.paused_at is not None:
        who = next((each.who for each in entries_about(connection, f"version {version.id}") if each.act == "pause"), "")
        why = f"{who} has paused a send" if who else f"The breaker has paused a send ({version.reason})"
        yield f"paused:{version.id}", f"{why}: {headline}"
    elif version.approved_at and version.handed_at is None and now - version.approved_at > _STUCK:
        yield f"stuck:{version.id}", f"Nothing has left for {_STUCK.seconds // 60} min: {headline}"


def _failed(connection: Connection, version: Version) -> Iterator[tuple[str, str]]:
    counts = tally(connection, version.id)
    lost = sum(counts.get(state, 0) for state in (DeliveryState.FAILED, DeliveryState.EXPIRED))
    if lost >= max(_FEW_LOST, _MANY_LOST * sum(counts.values())):
        yield (
            f"failed:{version.id}",
            f"{lost} of {sum(counts.values())} readers were not reached: {version.draft.headline}",
        )


def _flagged(connection: Connection, flag: Flag) -> str:
    version = version_of(connection, flag.version)
    what = {"gone": "is gone", "title": "has another title", "note": "was corrected", "words": "lacks words we quoted"}
    return f"The article behind an alert {what[flag.kind]}: {version.draft.headline if version else flag.url}"


def _silent(connection: Connection, now: datetime) -> Iterator[tuple[str, str]]:
    for polling in active_sources(connection):
        asked = (polling.source.url or polling.source.mailbox) and polling.primed_at is not None
        if asked and polling.worked_at is not None and polling.is_silent(now):
            since = f"is silent since {polling.worked_at:%H:%M} UTC: {polling.error or ''}"
            yield f"silent:{polling.source.name}", f"Source {polling.source.name} {since}"


def _hold(connection: Connection, version: Version) -> tuple[str, str]:
    need, said = people_needed(version.draft), agreed(connection, version.id)
    if said and len(said) < need.people:
        return f"second:{version.id}", f"{', '.join(said)} asks for a second person: {version.draft.headline}"
    return f"hold:{version.id}", f"{version.band} waits for you: {version.draft.headline}"


def _due(connection: Connection, now: datetime) -> Iterator[Call]:
    rota = tuple(shifts_from(connection, now).values())
    for one in ringing(connection):
        to = ring_of(rota, now, times=one.times, last_at=one.last_at, seen_at=one.seen_at).to
        if to:
            note_ring(connection, one.cause, now)
        yield from (Call(one.cause, one.text, shift) for shift in to)


async def _call_all(parts: Parts, calls: tuple[Call, ...]) -> list[tuple[Call, str]]:
    """Make the calls side by side; return those that failed, with the reason."""
    if not calls:
        return []
    async with open_session(Guard.allowing(parts.settings.intake.networks)) as session:
        link = f"{parts.settings.web.base_url}/desk"
        bells = (ring_at(parts, session, call.shift.url, Bell(call.text, link)) for call in calls)
        errors = await asyncio.gather(*bells)
    return [(call, error) for call, error in zip(calls, errors, strict=True) if error]


def put_on_duty(parts: Parts, connection: Connection, shift: Shift, *, by: str) -> int:
    """Put somebody into the rota. Raises ``WrongUse``, or ``BadAddress`` for a channel that is no web address."""
    if not shift.person.strip() or shift.until <= shift.since:
        raise WrongUse("a shift needs a person, and an end after its beginning")
    check_channel(shift.url)
    told = f"{shift.since:%Y-%m-%d %H:%M} to {shift.until:%Y-%m-%d %H:%M} UTC at {name_of(shift.url)}"
    add_entry(connection, at=parts.clock(), who=by, act="duty", subject=shift.person, detail=told)
    return add_shift(connection, shift)


def ring_test(parts: Parts, shift: Shift, *, by: str) -> str:
    """Ring somebody as a test; return why it failed, or nothing."""
    call = Call("test", f"A test by {by}: nothing has happened, the bell works.", shift)
    with parts.store.write() as connection:
        add_entry(connection, at=parts.clock(), who=by, act="ring test", subject=shift.person)
    failed = asyncio.run(_call_all(parts, (call,)))
    return failed[0][1] if failed else ""


def be_on_it(parts: Parts, connection: Connection, cause: str, *, by: str) -> None:
    """Let a cause be silent for a while because somebody is on it. Raises ``RingsNoMore``."""
    if not note_seen(connection, cause, by, parts.clock()):
        raise RingsNoMore(cause)
    add_entry(connection, at=parts.clock(), who=by, act="on it", subject=cause[:200])
