"""WebSub (W3C): finding a feed's hub, asking it for pushes, and checking what it sends. Pure, but for ``ask``.

A hub is somebody else's server: it dies silently, loses pushes, and may be impersonated. So polling goes on behind it,
every subscription has a secret of its own, and a push whose signature is missing or wrong changes nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin

import aiohttp

from tocsin.errors import BadInput, Refused, Temporary
from tocsin.intake.feed import web_url
from tocsin.intake.fetch import Limits, RedirectLoop, check_address, next_hop

LEASE = timedelta(days=7)
"""How long Tocsin asks to be sent to; the hub decides."""

ANSWER_WITHIN = timedelta(minutes=15)
"""A hub that has not verified what it accepted by then is asked again."""

AFTER_REFUSAL = timedelta(hours=12)
"""A hub that denied is asked again after this long."""

AFTER_FAILURE = timedelta(hours=1)
"""So is one that could not be reached or had trouble: many feeds name a hub that is gone for good."""

_SHORTEST_LEASE, _LONGEST_LEASE = timedelta(minutes=5), timedelta(days=30)
_LATER = (408, 425, 429)
_ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")
_LINK = re.compile(r"<([^<>\s]{1,2000})>([^<>]{0,500})")
_REL = re.compile(r";\s{0,4}rel\s{0,4}=\s{0,4}(?:\"([^\"]{0,200})\"|([^\s;,\"]{1,100}))", re.IGNORECASE)


class HubFailed(Temporary):
    """The hub can't take the subscription now."""


class HubRefuses(Refused):
    """The hub doesn't take the subscription."""


class OtherFeed(BadInput):
    """The pushed feed is another one than was asked for."""


class ForgedContent(Refused):
    """The push is not signed with this subscription's secret."""


@dataclass(frozen=True, slots=True)
class Hub:
    """Where a feed's pushes come from, and the topic they are asked for under."""

    url: str
    topic: str


@dataclass(frozen=True, slots=True)
class Asked:
    """How asking for a topic's pushes stands: ``state`` is ``asked``, ``active``, ``denied`` or ``failed``."""

    hub: Hub
    state: str
    asked_at: datetime
    until: datetime | None = None


def find_hub(links: Iterable[str], in_feed: Hub | None, url: str) -> Hub | None:
    """Return the hub of a feed fetched from ``url``, or None.

    ``links`` are its HTTP ``Link`` headers, which come before what the document says (W3C WebSub, section 4).
    """
    named: dict[str, str] = {}
    for rel, address in _relations(links):
        named.setdefault(rel, urljoin(url, address))
    hub = web_url(named.get("hub")) or (in_feed.url if in_feed else None)
    if hub is None:
        return None
    topic = web_url(named.get("self")) or (in_feed.topic if in_feed and in_feed.topic else url)
    return Hub(hub, topic)


def _relations(links: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in links:
        for link in _LINK.finditer(line[:8000]):
            rel = _REL.search(link[2])
            for word in ((rel[1] or rel[2] or "") if rel else "").lower().split():
                yield word, link[1]


def why_ask(asked: Asked | None, hub: Hub, now: datetime) -> str | None:
    """Return why the hub is to be asked (again) now, None when it is not."""
    if asked is None:
        return "the feed names a hub"
    if asked.hub != hub:
        return "the feed names another hub or topic"
    waited = now - asked.asked_at
    if asked.state == "asked":
        return "the hub never verified" if waited > ANSWER_WITHIN else None
    if asked.state == "active" and asked.until is not None:
        if now >= asked.until:
            return "the lease has ended" if waited > ANSWER_WITHIN else None
        # Well before the lease ends: the hub may take its time, and a poll comes only every few minutes.
        early = max((asked.until - asked.asked_at) / 5, timedelta(minutes=2))
        return "the lease ends soon" if now >= asked.until - early else None
    what, pause = ("failure", AFTER_FAILURE) if asked.state == "failed" else ("refusal", AFTER_REFUSAL)
    return f"asked again after a {what}" if waited > pause else None


def request_for(hub: Hub, callback: str, secret: str) -> dict[str, str]:
    """Return the form that asks a hub for a topic's pushes."""
    return {
        "hub.mode": "subscribe",
        "hub.topic": hub.topic,
        "hub.callback": callback,
        "hub.secret": secret,
        "hub.lease_seconds": str(int(LEASE.total_seconds())),
    }


def lease_end(seconds: str | None, now: datetime) -> datetime:
    """Return when a verified subscription ends, by the hub's ``hub.lease_seconds``; kept within minutes and a month."""
    known = seconds is not None and seconds.isascii() and seconds.isdigit()
    lease = timedelta(seconds=int(seconds[:9])) if known and seconds else LEASE
    return now + min(max(lease, _SHORTEST_LEASE), _LONGEST_LEASE)


def check_signature(secret: str, header: str | None, body: bytes) -> None:
    """Raise ForgedContent unless ``X-Hub-Signature`` is the body's HMAC with the secret (SHA-1, -256, -384 or -512)."""
    algorithm, _, given = (header or "").strip().partition("=")
    if algorithm.lower() not in _ALGORITHMS:
        raise ForgedContent("no X-Hub-Signature" if not header else "an unknown kind of signature")
    right = hmac.new(secret.encode("ascii"), body, getattr(hashlib, algorithm.lower())).hexdigest()
    if not hmac.compare_digest(right.encode(), given.strip().lower().encode("utf-8", "replace")):
        raise ForgedContent("the signature doesn't match")


def check_topic(topic: str, named: str | None) -> None:
    """Raise OtherFeed when a pushed feed ``named`` itself by an address that is not the topic's.

    A hub that mixes up two feeds would have one publisher speak for another. Scheme, "www." and a last slash may
    differ.
    """
    if named and _bare(named) != _bare(topic):
        raise OtherFeed(named[:200])


def _bare(url: str) -> str:
    return re.sub(r"^https?://(?:www\.)?", "", url.strip(), flags=re.IGNORECASE).rstrip("/").casefold()


async def ask(session: aiohttp.ClientSession, hub: str, form: Mapping[str, str], limits: Limits) -> None:
    """Post the form to a hub, through redirects.

    Raises HubRefuses when it doesn't take it, HubFailed when it can't now, BadAddress for what is no hub's address.

    ``session`` must be guarded: a feed may name any address as its hub.
    """
    try:
        async with asyncio.timeout(limits.total_s):
            await _posted(session, hub, form, limits)
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise HubFailed(f"{hub[:200]}: {error or type(error).__name__}") from error


async def _posted(session: aiohttp.ClientSession, hub: str, form: Mapping[str, str], limits: Limits) -> None:
    current = hub
    for _ in range(limits.redirects + 1):
        async with session.post(check_address(current), data=form, allow_redirects=False) as answer:
            if answer.status in (301, 302, 307, 308) and "Location" in answer.headers:
                current = next_hop(current, answer.headers["Location"])
                continue
            if not 200 <= answer.status < 300:
                said = (await answer.content.read(300)).decode("utf-8", "replace")
                kind = HubRefuses if answer.status in range(400, 500) and answer.status not in _LATER else HubFailed
                raise kind(f"{current[:200]} answers {answer.status}: {' '.join(said.split())}")
            return
    raise RedirectLoop(hub[:200])
