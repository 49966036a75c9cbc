"""``POST /hooks/articles``: a publisher pushes an article, signed, and it goes through at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from tocsin.errors import BadInput, Refused, Temporary
from tocsin.intake.webhook import ForgedPush, parse_push, verify
from tocsin.model import Item
from tocsin.newsroom.keeping import keep
from tocsin.sources import Sources
from tocsin.store.intake import first_push
from tocsin.wiring import Parts

MAX_BYTES = 2 * 1024 * 1024
"""The largest push; the text of a long article is a tenth of it."""


@dataclass(frozen=True, slots=True)
class Signers:
    """Who may push: each pushing source's name with its secret (``whsec_…``)."""

    secrets: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, sources: Sources, shared: Path | None) -> Signers:
        """Read the secret files; a source without one of its own signs with the ``shared`` one, or can't push."""
        files = ((name, own or shared) for name, own in sources.secret_files)
        return cls(tuple((name, file.read_text(encoding="ascii").strip()) for name, file in files if file))

    def verify(self, request: Request, body: bytes, parts: Parts) -> tuple[str, str]:
        """Return the push's id and its source; raises ``ForgedPush`` or ``StalePush``.

        Where sources share a secret, the header ``tocsin-source`` says which of them it is (the first by default).
        """
        named = request.headers.get("tocsin-source")
        wrong = ForgedPush("no source may push with this signature")
        for name, secret in self.secrets:
            if named is not None and named != name:
                continue
            try:
                return verify(secret, request.headers, body, parts.clock()), name
            except ForgedPush as error:  # perhaps another source's; a stale one is this source's, and is told
                wrong = error
        raise wrong


def router(parts: Parts, signers: Signers) -> APIRouter:
    """Return the route, for the sources that may push."""
    routes = APIRouter()

    @routes.post("/hooks/articles", summary="Push an article")
    async def push(request: Request) -> JSONResponse:
        """Take one article (plain JSON or schema.org NewsArticle), or a list of them, with Standard Webhooks headers.

        Answers 202 when it was kept, 200 when this id had come before, 401 for a wrong signature or an old timestamp,
        400 for a body that is no article, 413 for one that is too large, 503 to try again.
        """
        body = await read_body(request)
        if body is None:
            return told(413, f"a push is at most {MAX_BYTES} bytes")
        try:
            push_id, source = signers.verify(request, body, parts)
            items = tuple(replace(item, source=source) for item in parse_push(body, source))
            kept = await run_in_threadpool(_keep, parts, f"{source}:{push_id}", items)
        except Refused as error:
            return told(401, str(error))
        except BadInput as error:
            return told(400, str(error))
        except Temporary as error:
            return told(503, str(error))
        return told(200, "known already") if kept is None else told(202, f"{kept} new")

    return routes


def _keep(parts: Parts, push_id: str, items: tuple[Item, ...]) -> int | None:
    with parts.store.write() as connection:
        if not first_push(connection, push_id, parts.clock()):
            return None
        return len(keep(parts, connection, items))


async def read_body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is larger than allowed."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            return None
    return bytes(body)


def told(status: int, what: str) -> JSONResponse:
    """Return an answer that says what happened."""
    return JSONResponse({"detail": what}, status_code=status)
