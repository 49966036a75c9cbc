"""A local inbox: takes every message by real SMTP, shows it on the web and as JSON, sends nothing on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html import escape

from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import APIRouter
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

KEPT = 5000
"""Messages kept; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came: ``raw`` is the whole of it, ``to`` the envelope's recipients."""

    id: int
    to: tuple[str, ...]
    received: datetime
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """Return the message, parsed."""
        return BytesParser(policy=policy.default).parsebytes(self.raw)

    def body(self, kind: str) -> str:
        """Return the text of the part of ``kind`` (``plain`` or ``html``), empty if there is none."""
        part = self.message.get_body((kind,))
        return "" if part is None else str(part.get_content())


class Inbox:
    """An SMTP server on loopback that keeps what it is given, on a free ``port``; use it with ``async with``."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.messages: list[Received] = []
        self.port = 0
        self._clock = clock
        self._count = 0
        self._arrived = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Inbox:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *problem: object) -> None:
        if self._server is not None:
            self._server.close()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        """Keep a message and accept it."""
        self._count += 1
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self.messages.append(Received(self._count, tuple(envelope.rcpt_tos), self._clock(), content))
        del self.messages[:-KEPT]
        self._arrived.set()
        return f"250 2.0.0 Kept as {self._count}"

    async def wait_for(self, wanted: Callable[[Received], bool], timeout_s: float) -> Received | None:
        """Return the first message that is ``wanted``, waiting at most ``timeout_s`` for it."""
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    self._arrived.clear()
                    for message in list(self.messages):
                        if wanted(message):
                            return message
                    await self._arrived.wait()
        except TimeoutError:
            return None


def router(inbox: Inbox) -> APIRouter:
    """Return the pages of the inbox."""
    routes = APIRouter()

    @routes.get("/inbox", include_in_schema=False)
    def listed() -> HTMLResponse:
        rows = "".join(_row(message) for message in reversed(inbox.messages))
        return _page("Inbox", f"<ol reversed>{rows}</ol>" if rows else "<p>Nothing has come yet.</p>", refresh=True)

    @routes.get("/inbox/messages.json", include_in_schema=False)
    def as_json() -> list[dict[str, object]]:
        return [_told(message) for message in inbox.messages]

    @routes.get("/inbox/{number}", include_in_schema=False)
    def one(number: int) -> Response:
        message = _find(inbox, number)
        return _missing() if message is None else _page(str(message.message["subject"]), _shown(message))

    @routes.get("/inbox/{number}/html", include_in_schema=False)
    def html(number: int) -> Response:
        message = _find(inbox, number)
        if message is None:
            return _missing()
        # Whatever a message holds, it is drawn without scripts and without a request to anywhere.
        safe = {"Content-Security-Policy": "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'"}
        return HTMLResponse(message.body("html"), headers=safe)

    @routes.get("/inbox/{number}/source", include_in_schema=False)
    def source(number: int) -> Response:
        message = _find(inbox, number)
        return _missing() if message is None else PlainTextResponse(message.raw)

    return routes


def _find(inbox: Inbox, number: int) -> Received | None:
    return next((message for message in inbox.messages if message.id == number), None)


def _missing() -> Response:
    return PlainTextResponse("There is no such message.", status_code=404)


def _told(message: Received) -> dict[str, object]:
    parsed = message.message
    return {
        "id": message.id,
        "to": ", ".join(message.to),
        "from": str(parsed["from"]),
        "subject": str(parsed["subject"]),
        "received": message.received.isoformat(),
        "raw": message.raw.decode("utf-8", "replace"),
    }


def _row(message: Received) -> str:
    subject, to = escape(str(message.message["subject"])), escape(", ".join(message.to))
    return (
        f'<li><a href="/inbox/{message.id}">{subject}</a><small>to {to} · {message.received:%H:%M:%S} UTC</small></li>'
    )


def _shown(message: Received) -> str:
    head = "".join(f"<dt>{name}</dt><dd>{escape(str(message.message[name]))}</dd>" for name in ("From", "To", "Date"))
    return (
        f'<p><a href="/inbox">← Inbox</a> · <a href="/inbox/{message.id}/source">whole message</a></p><dl>{head}</dl>'
        f'<iframe src="/inbox/{message.id}/html" title="The message as HTML"></iframe>'
        f"<details><summary>As plain text</summary><pre>{escape(message.body('plain'))}</pre></details>"
    )


_STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{margin:0 auto;max-width:46rem;padding:1rem}
ol{padding-left:2.5rem}li{margin:.6rem 0}small{display:block;opacity:.75}iframe{width:100%;height:75vh;border:1px solid
#8888;border-radius:.5rem;background:#fff}pre{white-space:pre-wrap}dl{display:grid;grid-template-columns:auto 1fr;
gap:0 1rem}dt{opacity:.75}dd{margin:0;overflow-wrap:anywhere}
"""


def _page(title: str, body: str, *, refresh: bool = False) -> HTMLResponse:
    again = '<meta http-equiv="refresh" content="3">' if refresh else ""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">{again}'
    page = f'<!doctype html><html lang="en"><head>{head}<title>{escape(title)}</title><style>{_STYLE}</style></head>'
    policy_ = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"
    return HTMLResponse(
        f"{page}<body><h1>{escape(title)}</h1>{body}</body></html>", headers={"Content-Security-Policy": policy_}
    )
