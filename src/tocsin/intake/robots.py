"""robots.txt (RFC 9309): which pages of a host may be fetched. Feeds that the operator named are not asked about."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
from protego import Protego

from tocsin.errors import Permanent, TocsinError
from tocsin.intake.decode import decode
from tocsin.intake.fetch import AGENT, Fetched, Limits, NotThere, Permit, RedirectLoop, Validators, fetch

MOST_HOSTS = 2000
"""Hosts whose rules are remembered; those not asked about for longest are forgotten first."""
GOOD_FOR = timedelta(hours=12)
"""RFC 9309, 2.4: at most a day."""
FAILED_FOR = timedelta(minutes=5)
_LIMITS = Limits(connect_s=2.0, read_s=2.0, total_s=3.0, body_bytes=2 * 1024 * 1024)
_READ = 512 * 1024
"""Bytes that are read of a file; RFC 9309, 2.5 asks for 500 KiB at least."""


class NotWelcome(Permanent):
    """The site's robots.txt keeps programs out of this page."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one host said, and until when it holds; ``said`` is None where it could not be asked: nothing is allowed."""

    said: Protego | None
    until: datetime

    def permit(self, url: str) -> bool:
        """Tell whether the page may be fetched."""
        return self.said is not None and bool(self.said.can_fetch(url, AGENT))


class Manners:
    """Asks each host once for its rules, and remembers them. May be shared by threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Rules] = OrderedDict()
        self._lock = threading.Lock()

    def permit(self, session: aiohttp.ClientSession, now: datetime) -> Permit:
        """Return what ``fetch`` asks before each hop.

        It raises NotWelcome when the rules of the page's host forbid it, or the host can't say (RFC 9309, 2.3.1.4).
        """
        return lambda url: self._check(session, url, now)

    async def _check(self, session: aiohttp.ClientSession, url: str, now: datetime) -> None:
        host = _host(url)
        rules = self._remembered(host, now)
        if rules is None:
            rules = await _asked(session, host, now)
            self._remember(host, rules)
        if not rules.permit(url):
            raise NotWelcome(url[:200] if rules.said else f"{host}/robots.txt can't be had, so nothing is allowed")

    def _remembered(self, host: str, now: datetime) -> Rules | None:
        with self._lock:
            rules = self._known.get(host)
            if rules is None or rules.until <= now:
                return None
            self._known.move_to_end(host)
            return rules

    def _remember(self, host: str, rules: Rules) -> None:
        with self._lock:
            self._known[host] = rules
            self._known.move_to_end(host)
            if len(self._known) > MOST_HOSTS:
                self._known.popitem(last=False)


async def _asked(session: aiohttp.ClientSession, host: str, now: datetime) -> Rules:
    """Return a host's rules: none where there is no such file (any 4xx but 429), all closed where it fails."""
    try:
        got = await fetch(session, f"{host}/robots.txt", Validators(), _LIMITS)
    except (NotThere, RedirectLoop):
        return Rules(Protego.parse(""), now + GOOD_FOR)
    except TocsinError:
        return Rules(None, now + FAILED_FOR)
    said = decode(got.body[:_READ], got.content_type) if isinstance(got, Fetched) else ""
    return Rules(Protego.parse(said), now + GOOD_FOR)


def _host(url: str) -> str:
    """Return scheme, host and port, without credentials."""
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}"
