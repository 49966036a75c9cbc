"""``/desk/duty``: who is on duty and when, what rings, and a test of the bell."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from tocsin.alerts.ringing import Shift
from tocsin.delivery.webpush import public_octets, sender_key
from tocsin.desk import duty
from tocsin.desk.channels import name_of
from tocsin.errors import TocsinError, WrongUse
from tocsin.model import instant
from tocsin.readers.signup import Fields
from tocsin.store.audit import add_entry
from tocsin.store.duty import remove_shift, ringing, shifts_from
from tocsin.store.people import Role
from tocsin.web.desk.flash import told_at, told_before, told_once
from tocsin.web.desk.seats import Guarded, field, guard, is_secure, posted, why
from tocsin.web.forms import number_in
from tocsin.web.rendering import Pages
from tocsin.wiring import Parts


def duties(pages: Pages) -> APIRouter:
    """Return the routes."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    viewer = Depends(guard(parts, Role.VIEWER))
    form = Depends(posted(parts, Role.EDITOR))

    def shown(
        request: Request, who: Guarded, typed: Fields, status: int = 200, told: str = "", wrong: str = ""
    ) -> Response:
        now = parts.clock()
        given = {"person": who.name, "since": f"{now:%Y-%m-%dT%H:%M}", "until": "", "url": ""}
        with parts.store.read() as connection:
            shifts, rings = shifts_from(connection, now), ringing(connection)
        return pages.page(
            request,
            "desk_duty",
            status=status,
            who=who,
            shifts=shifts,
            rings=rings,
            now=now,
            given={name: field(typed, name) or value for name, value in given.items()},
            told=told,
            wrong=wrong,
            name_of=name_of,
            push_key=urlsafe_b64encode(public_octets(sender_key(parts.secret))).rstrip(b"=").decode(),
        )

    @routes.get("/desk/duty")
    def look(request: Request, who: Guarded = viewer) -> Response:
        return told_once(request, shown(request, who, {}, told=told_before(request)))

    @routes.post("/desk/duty")
    def change(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        try:
            told = _changed(parts, fields, who.name)
        except TocsinError as error:
            return shown(request, who, fields, 422, wrong=why(error))
        return told_at("/desk/duty", told, secure=is_secure(parts))

    return routes


def _changed(parts: Parts, fields: Fields, by: str) -> str:
    if number := field(fields, "remove"):
        return _removed(parts, number, by)
    if number := field(fields, "test"):
        _, shift = _shift_numbered(parts, number)
        failed = duty.ring_test(parts, shift, by=by)
        if failed:
            raise WrongUse(f"the bell of {shift.person} does not ring: {failed}")
        return f"It rings at {shift.person}’s."
    if cause := field(fields, "seen"):
        with parts.store.write() as connection:
            duty.be_on_it(parts, connection, cause, by=by)
        return "You are on it: it is silent for ten minutes."
    since, until = (_moment(field(fields, name)) for name in ("since", "until"))
    with parts.store.write() as connection:
        duty.put_on_duty(parts, connection, Shift(field(fields, "person"), since, until, field(fields, "url")), by=by)
    return "It is in the rota."


def _removed(parts: Parts, number: str, by: str) -> str:
    known, shift = _shift_numbered(parts, number)
    with parts.store.write() as connection:
        remove_shift(connection, known)
        add_entry(connection, at=parts.clock(), who=by, act="duty", subject=shift.person, detail="taken off")
    return f"{shift.person} is off duty."


def _shift_numbered(parts: Parts, typed: str) -> tuple[int, Shift]:
    """Return the shift whose number a form names, with that number. Raises ``WrongUse`` when it is not in the rota."""
    with parts.store.read() as connection:
        shifts = shifts_from(connection, parts.clock())
    number = number_in(typed)
    if number is None or number not in shifts:
        raise WrongUse("this shift is over, or was taken off")
    return number, shifts[number]


def _moment(typed: str) -> datetime:
    at = instant(typed)
    if at is None:
        raise WrongUse("say from when to when, in UTC")
    return at.astimezone(UTC)
