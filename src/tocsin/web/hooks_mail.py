"""``POST /hooks/mail/…``: what mail services tell of bounces and complaints; each route only where it is set up."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from tocsin.delivery.addresses import Tags
from tocsin.delivery.notices import Notice
from tocsin.delivery.providers import read_mailgun, read_postmark, read_ses, verify_basic
from tocsin.delivery.sns import SnsKind, SnsMessage, amazons, read_sns, verify_sns
from tocsin.errors import BadInput, Permanent, Refused
from tocsin.intake.fetch import Fetched, Limits, Validators, fetch, open_session
from tocsin.intake.guard import Guard
from tocsin.mailroom.returned import take_notice
from tocsin.problems import text_of
from tocsin.web.hooks import answered, read_body, told
from tocsin.wiring import Parts

log = structlog.get_logger()

_LIMITS = Limits(body_bytes=64 * 1024, redirects=0)
_MOST_CERTIFICATES = 8

Get = Callable[[str], Awaitable[bytes]]
"""Fetches an address of Amazon's, through the guard."""


class _Take(Protocol):
    async def __call__(self, request: Request, body: bytes) -> None:
        """Act on an event. Raises ``Refused``, ``BadInput``, ``Temporary``."""
        ...


def router(parts: Parts, get: Get | None = None) -> APIRouter:
    """Return the routes that the settings ask for. ``get`` fetches certificates; by default through the guard."""
    routes, settings = APIRouter(), parts.settings.returned
    if settings.ses_topics:
        _route(routes, "ses", _Ses(parts, get or _guarded))
    if settings.postmark_login_file is not None:
        _route(routes, "postmark", _Postmark(parts, _secret(settings.postmark_login_file)))
    if settings.mailgun_key_file is not None:
        _route(routes, "mailgun", _Mailgun(parts, _secret(settings.mailgun_key_file)))
    return routes


def _secret(file: Path) -> str:
    return text_of(file, BadInput).strip()


def _route(routes: APIRouter, name: str, take: _Take) -> None:
    @routes.post(f"/hooks/mail/{name}", summary=f"What {name} tells of bounces and complaints", name=f"mail_{name}")
    async def hook(request: Request) -> JSONResponse:
        """Answer 200 when it was acted on, now or before; 401 when it is not proved whose it is, 503 to try again."""
        return await answered(_taken(name, take, request))


async def _taken(name: str, take: _Take, request: Request) -> JSONResponse:
    body = await read_body(request)
    try:
        await take(request, body)
    except Refused as error:
        log.warning("hook.refused", provider=name, error=str(error))
        raise
    return told(200, "taken")


def _act(parts: Parts, provider: str, name: str, notices: tuple[Notice, ...]) -> None:
    for number, notice in enumerate(notices):
        key = hashlib.sha256(f"{provider} {name} {number}".encode("utf-8", "replace")).hexdigest()
        take_notice(parts, notice, key=key, via=provider, trusted=True)


class _Ses:
    def __init__(self, parts: Parts, get: Get) -> None:
        self._parts, self._get = parts, get
        self._whose = Tags(parts.secret).read
        self._certificates: dict[str, bytes] = {}

    async def __call__(self, request: Request, body: bytes) -> None:
        checked = read_sns(body, self._parts.settings.returned.ses_topics)
        message = checked.message
        await self._verify(message, checked.certificate_url)
        if message.type is SnsKind.CONFIRM:
            await self._get(amazons(message.subscribe_u_r_l or ""))
            log.info("hook.confirmed", topic=message.topic_arn)
        elif message.type is SnsKind.EVENT:
            notices = read_ses(message.message, self._whose)
            await run_in_threadpool(_act, self._parts, "ses", message.message_id, notices)

    async def _verify(self, message: SnsMessage, url: str) -> None:
        """Check a message against its certificate, which is kept only while it fits: a broken one is fetched anew."""
        certificate = self._certificates.pop(url, None) or await self._get(url)
        verify_sns(message, certificate, self._parts.clock())
        if len(self._certificates) >= _MOST_CERTIFICATES:
            self._certificates.clear()
        self._certificates[url] = certificate


class _Postmark:
    def __init__(self, parts: Parts, login: str) -> None:
        self._parts, self._login = parts, login

    async def __call__(self, request: Request, body: bytes) -> None:
        verify_basic(request.headers.get("authorization"), self._login)
        name, notices = read_postmark(body, Tags(self._parts.secret).read)
        await run_in_threadpool(_act, self._parts, "postmark", name, notices)


class _Mailgun:
    def __init__(self, parts: Parts, key: str) -> None:
        self._parts, self._key = parts, key

    async def __call__(self, request: Request, body: bytes) -> None:
        name, notices = read_mailgun(body, self._key, self._parts.clock(), Tags(self._parts.secret).read)
        await run_in_threadpool(_act, self._parts, "mailgun", name, notices)


async def _guarded(url: str) -> bytes:
    """Fetch from public addresses only, whatever the operator allows for sources; what fails may work later."""
    async with open_session(Guard()) as session:
        try:
            answer = await fetch(session, url, Validators(), _LIMITS)
        except Permanent as error:
            raise Refused(f"{url}: {error}") from error
    if not isinstance(answer, Fetched):
        raise Refused(f"{url} gave nothing")
    return answer.body
