"""What every answer bears so that a page can do no more than it must, and how much every request may bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tocsin.settings import Settings


def page_headers(settings: Settings) -> Mapping[str, str]:
    """Return the headers of every answer: no third party, no script but our own files, no referrer, no framing."""
    logo = urlsplit(settings.newsroom.logo or "")
    images = f" {logo.scheme}://{logo.netloc}" if logo.netloc else ""
    policy = (
        f"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:{images}; connect-src 'self'; "
        "font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "browsing-topics=(), camera=(), geolocation=(), microphone=()",
    }
    if settings.web.base_url.startswith("https:"):
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


def framed_by(settings: Settings, origins: Sequence[str]) -> Mapping[str, str]:
    """Return the headers of a page that these origins may put into a frame.

    The older X-Frame-Options knows no list; browsers pass over it where there is ``frame-ancestors``.
    """
    policy = page_headers(settings)["content-security-policy"]
    allowed = " ".join(origins) or "'none'"
    return {"content-security-policy": policy.replace("frame-ancestors 'none'", f"frame-ancestors {allowed}")}


class SecurityHeaders:
    """Adds ``headers`` to every answer that has not set them itself."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class BoundedBodies:
    """Refuses (413) a body of more than ``most`` octets as it comes, whoever reads it, but for paths in ``apart``.

    FastAPI reads a JSON body whole before it asks who sends it: a stranger's gigabyte would be in memory.
    """

    def __init__(self, app: ASGIApp, most: int, apart: str) -> None:
        self._app, self._most, self._apart = app, most, apart

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        taken = 0

        async def receive_within() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise HTTPException(413)
            return message

        bounded = scope["type"] == "http" and not scope["path"].startswith(self._apart)
        await self._app(scope, receive_within if bounded else receive, send)
