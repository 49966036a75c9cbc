"""``POST /hooks/articles``: a publisher pushes an article, signed, and it goes through at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from tocsin.errors import BadInput, Refused, Temporary, TocsinError
from tocsin.intake.webhook import ForgedPush, parse_push, verify
from tocsin.model import Item
from tocsin.newsroom.keeping import keep
from tocsin.problems import text_of
from tocsin.sources import Mark, Sources, load_sources, mark_of
from tocsin.store.intake import first_push
from tocsin.wiring import Parts

log = structlog.get_logger()

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
        return cls(tuple((name, text_of(file, BadInput).strip()) for name, file in files if file))

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


class SourcesUnread(Temporary):
    """Nobody may push before the sources and their secrets can be read again."""


class Pushing:
    """Who may push now: ``sources.toml`` and the secrets are read again when one of their files has changed."""

    def __init__(self, sources: Path, shared: Path | None) -> None:
        """Read them. Raises ``TocsinError`` with what is wrong."""
        self._sources, self._shared = sources, shared
        self._marks, self._signers = self._read()

    def now(self) -> Signers:
        """Return who may push. Raises ``SourcesUnread`` while that can't be told: who was taken off must stay off."""
        if any(mark_of(file) != mark for file, mark in self._marks.items()):
            try:
                self._marks, self._signers = self._read()
            except TocsinError as error:
                log.warning("hooks.unreadable", error=str(error))
                raise SourcesUnread from error
            log.info("hooks.renewed", sources=len(self._signers.secrets))
        return self._signers

    def _read(self) -> tuple[dict[Path, Mark | None], Signers]:
        """Return who may push, and the files that say so as they were before they were read."""
        marks: dict[Path, Mark | None] = {self._sources: mark_of(self._sources)}
        sources = load_sources(self._sources)
        secrets = [own or self._shared for _, own in sources.secret_files]
        marks |= {file: mark_of(file) for file in secrets if file}
        return marks, Signers.of(sources, self._shared)


def router(parts: Parts, who_may: Callable[[], Signers]) -> APIRouter:
    """Return the route, for the sources that may push; ``who_may`` is asked at each push."""
    routes = APIRouter()

    @routes.post("/hooks/articles", summary="Push an article")
    async def push(request: Request) -> JSONResponse:
        """Take one article (plain JSON or schema.org NewsArticle), or a list of them, with Standard Webhooks headers.

        Answers 202 when it was kept, 200 when this id had come before, 401 for a wrong signature or an old timestamp,
        400 for a body that is no article, 413 for one that is too large, 503 to try again.
        """
        return await answered(_pushed(parts, who_may, request))

    return routes


async def _pushed(parts: Parts, who_may: Callable[[], Signers], request: Request) -> JSONResponse:
    body = await read_body(request)
    signers = await run_in_threadpool(who_may)
    push_id, source = signers.verify(request, body, parts)
    items = tuple(replace(item, source=source) for item in parse_push(body, source))
    kept = await run_in_threadpool(_keep, parts, f"{source}:{push_id}", items)
    return told(200, "known already") if kept is None else told(202, f"{kept} new")


def _keep(parts: Parts, push_id: str, items: tuple[Item, ...]) -> int | None:
    with parts.store.write() as connection:
        if not first_push(connection, push_id, parts.clock()):
            return None
        return len(keep(parts, connection, items))


class TooLarge(BadInput):
    """This is more than is taken at once."""


async def read_body(request: Request) -> bytes:
    """Return the body. Raises ``TooLarge`` as soon as it is larger than allowed."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLarge(f"at most {MAX_BYTES} bytes")
    return bytes(body)


async def answered(act: Awaitable[JSONResponse]) -> JSONResponse:
    """Return what a hook's act answers, or why it was refused.

    That is 401 where it is not proved who calls, 413 or 400 for what can't be taken, 503 to come again.
    """
    try:
        return await act
    except Refused as error:
        return told(401, str(error))
    except TooLarge as error:
        return told(413, str(error))
    except BadInput as error:
        return told(400, str(error))
    except Temporary as error:
        return told(503, str(error))


def told(status: int, what: str) -> JSONResponse:
    """Return an answer that says what happened."""
    return JSONResponse({"detail": what}, status_code=status)
