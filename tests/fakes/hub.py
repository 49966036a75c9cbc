"""A real WebSub hub on a loopback socket: takes subscriptions, checks them with the subscriber, pushes signed feeds."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web


@dataclass
class Hub:
    """Answers ``/`` as a hub, ``/moved/{status}`` with a redirect to it, ``/shut`` with 403."""

    lease_s: int = 600
    asked: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    port: int = 0
    _checks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Hub:
        app = web.Application()
        app.router.add_post("/", self._take)
        app.router.add_post("/moved/{status}", self._moved)
        app.router.add_post("/shut", self._shut)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._checks, return_exceptions=True)
        await self._runner.cleanup()

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def _take(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        check = asyncio.create_task(self._check(form))
        self._checks.add(check)
        return web.Response(status=202)

    async def _moved(self, request: web.Request) -> web.Response:
        return web.Response(status=int(request.match_info["status"]), headers={"Location": "/"})

    async def _shut(self, _: web.Request) -> web.Response:
        return web.Response(status=403, text="not you")

    async def _check(self, form: dict[str, str]) -> None:
        query = {"hub.mode": "subscribe", "hub.topic": form["hub.topic"], "hub.challenge": "c1"}
        self.answers.append(await self.call(form["hub.callback"], query | {"hub.lease_seconds": str(self.lease_s)}))

    async def call(self, callback: str, query: dict[str, str]) -> tuple[int, str]:
        """Check a subscription; return status and body of the answer."""
        async with aiohttp.ClientSession() as session, session.get(callback, params=query) as answer:
            return answer.status, await answer.text()

    async def push(self, form: dict[str, str], body: bytes, algorithm: str | None = "sha256", secret: str = "") -> int:
        """Push a feed to whom asked with ``form``; return the status of the answer."""
        key = (secret or form["hub.secret"]).encode()
        signed = {"X-Hub-Signature": f"{algorithm}={hmac.new(key, body, algorithm).hexdigest()}"} if algorithm else {}
        headers = {"Content-Type": "application/rss+xml", **signed}
        async with (
            aiohttp.ClientSession() as session,
            session.post(form["hub.callback"], data=body, headers=headers) as answer,
        ):
            return answer.status
