"""Who sits at the desk: the session cookie, the role a page asks for, and forms that come from our own pages."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from tocsin.desk.guessing import TooManyTries, device_of
from tocsin.desk.people import Seat, seat_of
from tocsin.errors import TocsinError, WrongUse
from tocsin.readers.signup import Fields
from tocsin.store.people import Role
from tocsin.web.forms import posted_form
from tocsin.wiring import Parts

COOKIE = "tocsin_desk"
DEVICE = "tocsin_device"
_DEVICE_S = 180 * 86_400
LOGIN = "/desk/login"
ACCOUNT = "/desk/account"
_PAGE = re.compile(r"/desk/(?:versions/\d{1,18}|stories/[A-Za-z0-9_-]{1,64})", re.ASCII)


class LogInFirst(HTTPException):
    """Somebody without a session, or an admin without a second factor, opened a page of the desk."""

    def __init__(self, where: str) -> None:
        super().__init__(303, headers={"location": where})
        self.where = where


def entrance(request: Request) -> str:
    """Return where to log in, so as to come back here; a form that came too late is told that it did nothing."""
    page = _PAGE.match(request.url.path)
    then = {"to": page[0]} if page else {}
    over = {"over": "1"} if request.method == "POST" else {}
    asked = urlencode({**then, **over})
    return f"{LOGIN}?{asked}" if asked else LOGIN


def page_after(to: str) -> str:
    """Return the page to go to after logging in: a version's or a story's that was asked for, else the board."""
    return to if _PAGE.fullmatch(to) else "/desk"


@dataclass(frozen=True, slots=True)
class Guarded:
    """A request of somebody who may make it; ``mark`` goes into every form of the page."""

    seat: Seat
    mark: str

    @property
    def name(self) -> str:
        """Name of who asks, as the audit log has it."""
        return self.seat.person.name


Guard = Callable[[Request], Guarded]


def guard(parts: Parts, least: Role) -> Guard:
    """Return the dependency of a page for people with at least the role ``least``."""

    def looked(request: Request) -> Guarded:
        seat = seat_of(parts, request.cookies.get(COOKIE))
        if seat is None:
            raise LogInFirst(entrance(request))
        if not seat.person.role.may(least):
            raise HTTPException(403)
        if factor_first(parts, seat) and not request.url.path.startswith(ACCOUNT):
            raise LogInFirst(ACCOUNT)
        return Guarded(seat, form_mark(parts, seat))

    return looked


def factor_first(parts: Parts, seat: Seat) -> bool:
    """Tell whether somebody must set up a second factor first: an admin, where the desk is open to the net (https)."""
    return is_secure(parts) and seat.person.role is Role.ADMIN and seat.person.totp_at is None


def is_secure(parts: Parts) -> bool:
    """Tell whether the desk is served over https, so that its cookies must never go another way."""
    return urlsplit(parts.settings.web.base_url).scheme == "https"


def posted(parts: Parts, least: Role) -> Callable[..., Awaitable[tuple[Guarded, Fields]]]:
    """Return the dependency of a form for people with at least the role ``least``: who, and the fields.

    Refuses a form that does not carry its session's mark (403), so that no other site can post in somebody's name.
    """
    looked = Depends(guard(parts, least))

    async def read(request: Request, who: Guarded = looked) -> tuple[Guarded, Fields]:
        fields = await posted_form(request)
        if not hmac.compare_digest(typed(fields, "mark").encode(), who.mark.encode()):
            raise HTTPException(403)
        return who, fields

    return read


def form_mark(parts: Parts, seat: Seat) -> str:
    """Return what proves that a form was made for this session."""
    return hmac.new(parts.secret, f"desk form {seat.session}".encode(), hashlib.sha256).hexdigest()[:40]


def logged_in(parts: Parts, token: str, name: str, to: str = "") -> Response:
    """Return the answer that begins a session: the cookie is for the desk only, and never sent along by other sites.

    A second one, for the log-in alone, lets this browser in again while strangers guess at the name.
    """
    answer, secure = RedirectResponse(page_after(to), 303), is_secure(parts)
    answer.set_cookie(COOKIE, token, path="/desk", httponly=True, samesite="strict", secure=secure)
    device = device_of(parts.secret, name)
    answer.set_cookie(DEVICE, device, max_age=_DEVICE_S, path=LOGIN, httponly=True, samesite="strict", secure=secure)
    return answer


def logged_out() -> Response:
    """Return the answer that ends a session."""
    answer = RedirectResponse(LOGIN, 303)
    answer.delete_cookie(COOKIE, path="/desk")
    return answer


def why(error: TocsinError) -> str:
    """Return why an act was refused, as a page tells it: of wrong use what is wrong alone, for commands say more."""
    if not (isinstance(error, WrongUse) and error.args):
        return str(error)
    told = str(error.args[0])
    return f"{told[:1].upper()}{told[1:]}" + ("" if told.endswith((".", "…", "!", "?")) else ".")


def refused(answer: Response, error: TocsinError) -> Response:
    """Return the page that tells of a refusal: where it was tried too often, with when to try again (429)."""
    if isinstance(error, TooManyTries):
        answer.status_code = 429
        answer.headers["retry-after"] = str(math.ceil(error.wait.total_seconds()))
    return answer


def field(fields: Fields, name: str) -> str:
    """Return a field's first value without white space at its ends, empty if there is none."""
    return typed(fields, name).strip()


def typed(fields: Fields, name: str) -> str:
    """Return a field's first value as it was typed: in a password white space at its ends counts."""
    return (fields.get(name) or ("",))[0]
