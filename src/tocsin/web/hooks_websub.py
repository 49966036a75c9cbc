"""``/hooks/websub/{token}``: where hubs check that we asked for a feed's pushes, and where they push (W3C WebSub)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool

from tocsin.newsroom.pushed import keep_pushed, verified
from tocsin.web.hooks import answered, read_body, told
from tocsin.wiring import Parts


def router(parts: Parts) -> APIRouter:
    """Return the routes that hubs call."""
    routes = APIRouter()

    @routes.get("/hooks/websub/{token}", summary="A hub checks that we asked")
    async def check(token: str, request: Request) -> Response:
        """Answer the hub's challenge; 404 for a topic that was never asked for at this address."""
        challenge = await run_in_threadpool(verified, parts, token, dict(request.query_params))
        if challenge is None:
            return told(404, "nobody asked for this topic here")
        return PlainTextResponse(challenge, headers={"X-Content-Type-Options": "nosniff"})

    @routes.post("/hooks/websub/{token}", summary="A hub pushes a feed")
    async def push(token: str, request: Request) -> Response:
        """Take a feed with its new entries.

        Answers 202 when it was kept, 401 for a missing or wrong signature, 410 where nothing was asked for (so that the
        hub stops), 400 for what is no feed, 413 for one that is too large, 503 to try again.
        """
        return await answered(_pushed(parts, token, request))

    return routes


async def _pushed(parts: Parts, token: str, request: Request) -> JSONResponse:
    body = await read_body(request)
    signature, content_type = request.headers.get("x-hub-signature"), request.headers.get("content-type")
    new = await run_in_threadpool(keep_pushed, parts, token, signature, content_type, body)
    return told(410, "nobody asked for this") if new is None else told(202, f"{new} new")
