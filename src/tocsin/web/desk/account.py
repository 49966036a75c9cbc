"""Logging in and out, the second factor, and one's own sessions."""

from __future__ import annotations

from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Request
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from tocsin.desk import keys, people
from tocsin.desk.people import CodeNeeded, Enrolment
from tocsin.errors import Refused, TocsinError
from tocsin.readers.signup import Fields
from tocsin.store.people import Role, recovery_codes_left, sessions_of
from tocsin.web.desk.devices import device_name
from tocsin.web.desk.seats import (
    DEVICE,
    LOGIN,
    Guarded,
    field,
    guard,
    logged_in,
    logged_out,
    posted,
    refused,
    typed,
    why,
)
from tocsin.web.forms import number_in, posted_form
from tocsin.web.rendering import Pages

_OVER = "Your session was over: nothing was done. Log in, look, and do it again."


def account(pages: Pages) -> APIRouter:
    """Return the routes of an account at the desk."""
    routes = APIRouter(include_in_schema=False)
    for add in (_entrance, _sessions, _factor, _secrets):
        add(routes, pages)
    return routes


def _entrance(routes: APIRouter, pages: Pages) -> None:
    parts = pages.parts

    @routes.get(LOGIN)
    def login(request: Request) -> Response:
        asked = request.query_params
        wrong, to = _OVER if "over" in asked else "", asked.get("to", "")
        return pages.page(request, "desk_login", wrong=wrong, code=False, typed="", leads_to=to)

    @routes.post(LOGIN)
    def enter(request: Request, fields: Annotated[Fields, Depends(posted_form)]) -> Response:
        # A form without a session has no mark: that it is our own page's, browsers say themselves (Fetch Metadata).
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise HTTPException(403)
        name, to = field(fields, "name"), field(fields, "to")
        client = request.client.host if request.client else ""
        try:
            token = people.enter(
                parts,
                name=name,
                password=typed(fields, "password"),
                code=field(fields, "code"),
                client=client,
                agent=request.headers.get("user-agent", ""),
                device=request.cookies.get(DEVICE, ""),
            )
        except Refused as error:
            code = isinstance(error, CodeNeeded) or bool(field(fields, "code"))
            page = pages.page(request, "desk_login", status=403, wrong=why(error), code=code, typed=name, leads_to=to)
            return refused(page, error)
        return logged_in(parts, token, name, to)


def _sessions(routes: APIRouter, pages: Pages) -> None:
    parts = pages.parts
    viewer, form = Depends(guard(parts, Role.VIEWER)), Depends(posted(parts, Role.VIEWER))

    @routes.get("/desk/account")
    def show(request: Request, who: Guarded = viewer) -> Response:
        return _account(pages, request, who)

    @routes.post("/desk/account/end")
    def end(posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        chosen = field(fields, "session")
        if chosen and chosen != who.seat.session:
            people.leave(parts, who.seat, digest=chosen)
            return RedirectResponse("/desk/account", 303)
        people.leave(parts, who.seat, everywhere=not chosen)
        return logged_out()


def _factor(routes: APIRouter, pages: Pages) -> None:
    parts, form = pages.parts, Depends(posted(pages.parts, Role.VIEWER))

    @routes.post("/desk/account/factor")
    def enrol(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        try:
            people.sure(parts, who.seat, typed(fields, "own"))
            return _account(pages, request, who, enrolment=people.enrol(parts, who.seat))
        except TocsinError as error:
            return refused(_account(pages, request, who, status=422, wrong=why(error)), error)

    @routes.post("/desk/account/prove")
    def prove(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        try:
            codes = people.prove(parts, who.seat, field(fields, "code"))
        except Refused:
            begun = people.enrolment_of(parts, who.seat)
            return _account(pages, request, who, status=422, enrolment=begun, wrong="That is not the code of now.")
        return _account(pages, request, who, codes=codes)

    @routes.post("/desk/account/codes")
    def codes(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        try:
            people.sure(parts, who.seat, typed(fields, "own"))
            return _account(pages, request, who, codes=people.renew_codes(parts, who.seat))
        except TocsinError as error:
            return refused(_account(pages, request, who, status=422, wrong=why(error)), error)


def _secrets(routes: APIRouter, pages: Pages) -> None:
    parts, form = pages.parts, Depends(posted(pages.parts, Role.VIEWER))

    @routes.post("/desk/account/password")
    def password(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        try:
            people.sure(parts, who.seat, typed(fields, "own"))
            people.change_password(parts, name=who.name, password=typed(fields, "password"), by=who.name)
        except TocsinError as error:
            return refused(_account(pages, request, who, status=422, wrong=why(error)), error)
        return logged_out()  # of every browser, this one too

    @routes.post("/desk/account/keys")
    def key(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        try:
            if number := field(fields, "end"):
                keys.end(parts, number_in(number) or 0, by=who.name, person=who.name)
                return RedirectResponse("/desk/account", 303)
            people.sure(parts, who.seat, typed(fields, "own"))
            scopes = (keys.Scope.APPROVE,) if field(fields, "approve") else ()
            made = keys.make_key(parts, person=who.name, name=field(fields, "uses"), scopes=scopes, by=who.name)
        except TocsinError as error:
            return refused(_account(pages, request, who, status=422, wrong=why(error)), error)
        return _account(pages, request, who, made=made)


def _account(
    pages: Pages,
    request: Request,
    who: Guarded,
    *,
    status: int = 200,
    enrolment: Enrolment | None = None,
    codes: tuple[str, ...] = (),
    made: str = "",
    wrong: str = "",
) -> Response:
    with pages.parts.store.read() as connection:
        sessions = sessions_of(connection, who.seat.person.id)
        left = recovery_codes_left(connection, who.seat.person.id)
    return pages.page(
        request,
        "desk_account",
        status=status,
        who=who,
        sessions=sessions,
        enrolment=enrolment,
        qr_code=qr_code(enrolment.uri) if enrolment else "",
        device_name=device_name,
        codes=codes,
        codes_left=left,
        keys=[one for one, name in keys.keys(pages.parts) if name == who.name],
        made=made,
        least=people.LEAST_PASSWORD,
        wrong=wrong,
    )


def qr_code(text: str) -> Markup:
    """Return a QR code as SVG, black on white in the dark too, for that is what cameras read."""
    drawn = segno.make_qr(text, error="m").svg_inline(
        border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )
    return Markup(drawn)  # noqa: S704 - made of numbers alone
