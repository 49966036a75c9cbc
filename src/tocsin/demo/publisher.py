"""A demo publisher: a real web server with a feed and pages, which can push a story as it breaks."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

import aiohttp
from aiohttp import web

from tocsin.errors import BadInput, Temporary
from tocsin.intake.decode import decode
from tocsin.intake.extract import article_from_record, extract_page
from tocsin.intake.sniff import kind_of
from tocsin.intake.webhook import sign
from tocsin.model import Article

_TYPES = {"page": "text/html; charset=utf-8", "record": "text/plain; charset=utf-8"}


class PushRefused(Temporary):
    """The service did not take the push."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An article to publish: its file's bytes as served, and what they say of themselves."""

    name: str
    body: bytes
    content_type: str
    article: Article


def load_samples(paths: Sequence[Path]) -> list[Sample]:
    """Return the samples, earliest first. Raises BadInput for a file that is no article, OSError for one not there."""
    stems = [path.stem for path in paths]
    names = [f"{stem}-{at}" if stem in stems[:at] else stem for at, stem in enumerate(stems)]
    samples = [replace(_sample(path), name=name) for path, name in zip(paths, names, strict=True)]
    return sorted(samples, key=lambda sample: (sample.article.published or "", sample.name))


def _sample(path: Path) -> Sample:
    body = path.read_bytes()
    kind = kind_of(body)
    try:
        article = article_from_record(decode(body)) if kind == "record" else extract_page(body, None)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    return Sample(path.stem, body, _TYPES.get(kind, _TYPES["page"]), article)


class Publisher:
    """Serves ``/feed.xml`` and the pages of what it has published, on loopback; use it with ``async with``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self._published: list[tuple[Sample, datetime]] = []
        self._runner: web.AppRunner | None = None
        self.base = ""

    async def __aenter__(self) -> Publisher:
        app = web.Application()
        app.add_routes([web.get("/feed.xml", self._feed), web.get("/{name}", self._page)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.base = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *problem: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def publish(self, sample: Sample, at: datetime) -> None:
        """Put a sample into the feed, dated ``at``."""
        self._published.insert(0, (sample, at))

    async def push(self, sample: Sample, at: datetime, hook: str, source: str) -> None:
        """Push a sample to the service's ``hook``, signed by Standard Webhooks. Raises ``PushRefused``."""
        body = json.dumps(
            {
                "id": self._link(sample),
                "url": self._link(sample),
                "content": decode(sample.body),  # as raw as it is: cleaning it is the service's work
                "published": _dated(sample, at),
            }
        ).encode()
        message, stamp = f"msg_{secrets.token_hex(8)}", str(int(at.timestamp()))
        headers = {
            "content-type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(self.secret, message, stamp, body),
            "tocsin-source": source,
        }
        async with aiohttp.ClientSession() as session, session.post(hook, data=body, headers=headers) as answer:
            if answer.status not in (200, 202):
                raise PushRefused(f"{answer.status} {await answer.text()}")

    def _link(self, sample: Sample) -> str:
        return f"{self.base}/{quote(sample.name, safe='')}"

    async def _feed(self, request: web.Request) -> web.Response:
        items = "".join(self._entry(sample, at) for sample, at in self._published)
        channel = f"<title>{escape(self.name)}</title><link>{self.base}/</link><description>Demo</description>{items}"
        feed = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{channel}</channel></rss>'
        response = web.Response(text=feed, content_type="application/rss+xml")
        response.etag = known = str(len(self._published))
        if any(each.value == known for each in request.if_none_match or ()):
            return web.Response(status=304, headers={"ETag": f'"{known}"'})
        return response

    def _entry(self, sample: Sample, at: datetime) -> str:
        link = self._link(sample)
        dated = f"<guid>{link}</guid><pubDate>{format_datetime(datetime.fromisoformat(_dated(sample, at)))}</pubDate>"
        return f"<item><title>{escape(sample.article.title)}</title><link>{link}</link>{dated}</item>"

    async def _page(self, request: web.Request) -> web.Response:
        for sample, _ in self._published:
            if sample.name == request.match_info["name"]:
                return web.Response(body=sample.body, headers={"Content-Type": sample.content_type})
        raise web.HTTPNotFound


def _dated(sample: Sample, at: datetime) -> str:
    """Return when a sample published at ``at`` says it was: one that knows its day alone says midnight, as feeds do."""
    day = sample.article.published or ""
    return f"{day}T00:00:00+00:00" if day == at.date().isoformat() else at.isoformat()
