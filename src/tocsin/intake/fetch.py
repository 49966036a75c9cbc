"""Asking a server for a feed or page: guarded, bounded, conditional.

Every bound is on what the other side may cost Tocsin: connections, time, hops, bytes on the wire and after
decompression. ``fetch`` raises typed errors; whether another try can help is part of the type.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import aiohttp

from tocsin import __version__
from tocsin.errors import Permanent, Temporary
from tocsin.intake.guard import Guard
from tocsin.intake.inflate import ENCODINGS, Inflater

AGENT = "Tocsin"
"""The name by which a robots.txt may call us."""
USER_AGENT = f"{AGENT}/{__version__} (breaking-news alerts; one request at a time)"

_MAX_304_IN_A_ROW = 40
"""After so many unchanged answers one request goes without validators, in case the server's are stuck."""

_REDIRECTS = (301, 302, 303, 307, 308)
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.8, */*;q=0.1"
)


class Unreachable(Temporary):
    """The server can't be reached."""


class TooSlow(Temporary):
    """The server took too long."""


class Broken(Temporary):
    """The server's answer broke off or made no sense."""


class ServerBusy(Temporary):
    """The server asks to come back later."""

    def __init__(self, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class NotThere(Permanent):
    """The server doesn't give this page."""

    def __init__(self, detail: str, status: int = 404) -> None:
        super().__init__(detail)
        self.status = status


class TooLarge(Permanent):
    """The answer is larger than allowed."""


class BadAddress(Permanent):
    """The address can't be fetched."""


class ForbiddenAddress(BadAddress):
    """The address leads to a network that isn't public."""


ALLOW_IT = "allow its network under [intake] networks if you mean it"
"""What the operator can do about a ForbiddenAddress."""


class RedirectLoop(Permanent):
    """The server redirects without end."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost: seconds, bytes after decompression, hops."""

    connect_s: float = 5.0
    read_s: float = 10.0
    total_s: float = 20.0
    body_bytes: int = 12 * 1024 * 1024
    redirects: int = 6


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask "has it changed?" with, and how often in a row it said no."""

    etag: str | None = None
    last_modified: str | None = None
    unchanged: int = 0

    def headers(self) -> dict[str, str]:
        """Return the headers of a conditional request."""
        if self.unchanged >= _MAX_304_IN_A_ROW:
            return {}
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole answer. ``moved_to`` is where permanent redirects led (to be remembered), None when there were none.

    ``links`` are its ``Link`` headers, of which a feed's hub may be one.
    """

    url: str
    body: bytes
    content_type: str | None
    validators: Validators
    moved_to: str | None = None
    max_age_s: float | None = None
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotModified:
    """Nothing new since the validators were given."""

    validators: Validators
    max_age_s: float | None = None


Permit = Callable[[str], Awaitable[None]]
"""Asked whether an address may be fetched; raises when it may not."""


def open_session(guard: Guard, *, per_host: int = 2, total: int = 200) -> aiohttp.ClientSession:
    """Return a session that connects only where ``guard`` permits, holds no cookies and uses no proxy.

    ``per_host`` and ``total`` bound connections. Must be called inside a running event loop.
    """
    connector = aiohttp.TCPConnector(
        socket_factory=guard.open_socket, limit=total, limit_per_host=per_host, ttl_dns_cache=60
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers={"User-Agent": USER_AGENT, "Accept": _ACCEPT, "Accept-Encoding": ENCODINGS},
    )


async def fetch(
    session: aiohttp.ClientSession, url: str, validators: Validators, limits: Limits, permit: Permit | None = None
) -> Fetched | NotModified:
    """Return what ``url`` gives, following redirects, or that it has not changed.

    ``permit`` is asked before each hop, and raises where it may not be made.
    Raises Unreachable, TooSlow, Broken, ServerBusy (temporary) or NotThere, TooLarge, BadAddress, ForbiddenAddress,
    RedirectLoop (permanent).
    """
    try:
        async with asyncio.timeout(limits.total_s):
            answer = await _follow(session, url, validators, limits, permit)
            if isinstance(answer, NotModified) and _is_stuck(validators, answer.validators):
                answer = await _follow(session, url, Validators(), limits, permit)
    except TimeoutError as error:
        raise TooSlow(f"{_bare(url)}, limit {limits.total_s:g} s") from error
    except aiohttp.ClientConnectorError as error:
        if error.os_error.errno == errno.EACCES:
            raise ForbiddenAddress(f"{error.host}; {ALLOW_IT}") from error
        raise Unreachable(f"{error.host}: {error.os_error}") from error
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
        raise BadAddress(_bare(url)) from error
    except aiohttp.ClientConnectionError as error:
        raise Unreachable(f"{_bare(url)}: {error}") from error
    except aiohttp.ClientError as error:
        raise Broken(f"{_bare(url)}: {type(error).__name__}") from error
    if isinstance(answer, Fetched):
        return replace(answer, validators=_trusted(validators, answer.validators))
    return answer


async def _follow(
    session: aiohttp.ClientSession, url: str, validators: Validators, limits: Limits, permit: Permit | None
) -> Fetched | NotModified:
    """Ask, hop by hop; each hop connects through the guarded session."""
    current, moved_to, permanent, seen = url, None, True, {url}
    for _ in range(limits.redirects + 1):
        if permit is not None:
            await permit(check_address(current))
        hop = await _ask(session, current, validators, limits)
        if not isinstance(hop, _Redirect):
            return replace(hop, moved_to=moved_to) if isinstance(hop, Fetched) else hop
        current = next_hop(current, hop.location)
        permanent = permanent and hop.permanent
        moved_to = current if permanent else moved_to
        if current in seen:
            break
        seen.add(current)
    raise RedirectLoop(_bare(url))


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str
    permanent: bool


async def _ask(
    session: aiohttp.ClientSession, url: str, validators: Validators, limits: Limits
) -> Fetched | NotModified | _Redirect:
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=limits.connect_s, sock_read=limits.read_s)
    async with session.get(
        check_address(url), headers=validators.headers(), timeout=timeout, allow_redirects=False
    ) as answer:
        headers, status = answer.headers, answer.status
        if status in _REDIRECTS and "Location" in headers:
            return _Redirect(headers["Location"], permanent=status in (301, 308))
        if status == 304:
            return NotModified(_unchanged(validators, headers), max_age_s(headers))
        _raise_for(status, url, headers)
        return Fetched(
            url=url,
            body=await _read(answer, limits.body_bytes),
            content_type=headers.get("Content-Type"),
            validators=Validators(headers.get("ETag"), headers.get("Last-Modified")),
            max_age_s=max_age_s(headers),
            links=tuple(headers.getall("Link", ())[:20]),
        )


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    """Return the decompressed body, refusing it as soon as it passes ``limit`` bytes before or after decompression."""
    declared = answer.content_length
    if declared is not None and declared > limit:
        raise TooLarge(f"{declared} bytes announced, limit {limit}")
    inflater = Inflater(answer.headers.get("Content-Encoding", ""))
    body, received = bytearray(), 0
    async for chunk in answer.content.iter_chunked(64 * 1024):
        received += len(chunk)
        body += inflater.feed(chunk, limit + 1 - len(body))
        if received > limit or len(body) > limit:
            raise TooLarge(f"more than {limit} bytes")
    inflater.finish()
    return bytes(body)


def check_address(url: str) -> str:
    """Return the URL if it is http(s) with a host, else raise BadAddress."""
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadAddress(_bare(url))
    return url


def next_hop(current: str, location: str) -> str:
    """Return where a redirect leads.

    Credentials in ``current`` go along to the same scheme and host only; a redirect that would carry them in the
    clear, or brings its own, raises BadAddress.
    """
    here = _split(current)
    there = _split(_joined(urlunsplit(here._replace(netloc=here.netloc.rpartition("@")[2])), location))
    if there.username is not None:
        raise BadAddress("a redirect that carries credentials")
    if here.username is None:
        return urlunsplit(there._replace(fragment=""))
    if here.scheme == "https" and there.scheme == "http":
        raise BadAddress("a redirect from https to http of a source with credentials")
    if (here.scheme, here.hostname, here.port) == (there.scheme, there.hostname, there.port):
        there = there._replace(netloc=here.netloc)
    return urlunsplit(there._replace(fragment=""))


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location.strip())
    except ValueError as error:
        raise BadAddress(location[:100]) from error


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise BadAddress(url[:100]) from error
    return parts


def _bare(url: str) -> str:
    """Return the URL without credentials, short enough for a message."""
    return url.rsplit("@", maxsplit=1)[-1][:200] if "@" in url.partition("?")[0] else url[:200]


def _raise_for(status: int, url: str, headers: Mapping[str, str]) -> None:
    if status in (429, 503):
        raise ServerBusy(f"{_bare(url)} answers {status}", retry_after_s(headers))
    if status >= 500 or status in (408, 425):
        raise Broken(f"{_bare(url)} answers {status}")
    if status != 200:
        raise NotThere(f"{_bare(url)} answers {status}", status)


def _unchanged(asked_with: Validators, headers: Mapping[str, str]) -> Validators:
    return Validators(
        headers.get("ETag", asked_with.etag),
        headers.get("Last-Modified", asked_with.last_modified),
        asked_with.unchanged + 1,
    )


def _is_stuck(asked_with: Validators, answered: Validators) -> bool:
    """Return whether a 304 contradicts itself: it names a later modification than the one we hold."""
    before, after = http_date(asked_with.last_modified), http_date(answered.last_modified)
    return before is not None and after is not None and after > before


def _trusted(before: Validators, now: Validators) -> Validators:
    """Drop an ETag that stayed while Last-Modified moved on: with it the next change would be missed."""
    stuck = before.etag is not None and before.etag == now.etag and _is_stuck(before, now)
    return replace(now, etag=None) if stuck else now


def http_date(text: str | None) -> datetime | None:
    """Return the instant of an HTTP date, or None."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a Retry-After header asks for, or None; a date counts from the answer's own Date."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until, now = http_date(text), http_date(headers.get("Date"))
    return max(0.0, (until - now).total_seconds()) if until and now else None


def max_age_s(headers: Mapping[str, str]) -> float | None:
    """Return Cache-Control's max-age in seconds, None when absent or when caching is forbidden."""
    directives = [each.strip().lower() for each in headers.get("Cache-Control", "").split(",")]
    if "no-cache" in directives or "no-store" in directives:
        return None
    for each in directives:
        name, _, value = each.partition("=")
        given = value.strip('"')
        if name == "max-age" and given.isascii() and given.isdigit():
            return float(given[:9])
    return None
