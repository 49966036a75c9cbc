"""The channels that ring somebody: a webhook or ntfy topic, a browser (Web Push), or what Apprise knows.

The first two go through the guard, like every fetch: they never reach a private network that the settings do not name.
Apprise makes its own connections, which the guard does not see; it is there only if it was installed
(``pip install "tocsin[apprise]"``) and for addresses with its schemes, which an editor must type in full.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from tocsin.delivery.webpush import SCHEME, authorization, device_of, encrypted, sender_key
from tocsin.errors import BadInput, WrongUse
from tocsin.intake.fetch import BadAddress, check_address
from tocsin.wiring import Parts

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_KEEP_S = 600
"""How long a push service keeps a ring for a browser that is asleep; later it says nothing any more."""


_GONE = "this browser takes no messages any more: ring it anew on the duty page"
_OTHER_KEY = "this browser was added under another key, our secret has changed since: ring it anew on the duty page"
_PUSH_REFUSED = {
    "answers 404": _GONE,
    "answers 410": _GONE,
    "answers 401": _OTHER_KEY,
    "answers 403": _OTHER_KEY,
}
"""What push services say of a subscription that is over (RFC 8030, 7.3) or was given to another key (RFC 8292, 4.2)."""


@dataclass(frozen=True, slots=True)
class Bell:
    """What one ring says, and the page it leads to."""

    text: str
    link: str


def check_channel(url: str) -> None:
    """Raise ``WrongUse`` or ``BadAddress`` for a channel that could not ring."""
    scheme = urlsplit(url).scheme.lower()
    if url.startswith(SCHEME):
        device_of(url)
    elif scheme in ("http", "https", ""):
        check_address(url)
    elif not has_apprise():
        raise WrongUse(f"{scheme}:// needs Apprise: pip install 'tocsin[apprise]'")
    elif not _apprise().instantiate(url, suppress_exceptions=True):
        raise BadAddress(f"Apprise does not know this {scheme}:// address")


def has_apprise() -> bool:
    """Tell whether Apprise is installed."""
    return find_spec("apprise") is not None


def name_of(url: str) -> str:
    """Return a channel as it may be shown: its kind and host, for the rest of it is a secret."""
    if url.startswith(SCHEME):
        return f"browser at {urlsplit(device_of(url).endpoint).hostname}"
    parts = urlsplit(url)
    return parts.hostname or "" if parts.scheme in ("http", "https") else f"{parts.scheme}://…"


async def ring_at(parts: Parts, session: aiohttp.ClientSession, url: str, bell: Bell) -> str:
    """Ring a channel; return why that failed, or nothing."""
    try:
        if url.startswith(SCHEME):
            return await _push(parts, session, url, bell)
        if urlsplit(url).scheme in ("http", "https"):
            return await _post(session, url, bell)
        return await asyncio.to_thread(_by_apprise, url, bell)
    except (aiohttp.ClientError, TimeoutError, BadInput) as error:
        return f"{type(error).__name__}: {error}"[:200]


async def _post(session: aiohttp.ClientSession, url: str, bell: Bell) -> str:
    """Post one ring: the body is plain text and the rest stands in headers, which ntfy reads and any webhook can."""
    headers = {"Title": "Tocsin", "Priority": "urgent", "Tags": "rotating_light", "Click": bell.link}
    return await _answer(session, url, f"{bell.text}\n{bell.link}".encode(), headers)


async def _push(parts: Parts, session: aiohttp.ClientSession, url: str, bell: Bell) -> str:
    device, key = device_of(url), sender_key(parts.secret)
    told = msgspec.json.encode({"title": "Tocsin", "body": bell.text[:500], "url": bell.link})
    contact = f"mailto:{parts.settings.newsroom.contact}"
    headers = {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(_KEEP_S),
        "Urgency": "high",
        "Authorization": authorization(device, key, contact, parts.clock()),
    }
    body = encrypted(told, device, ec.generate_private_key(ec.SECP256R1()), os.urandom(16))
    error = await _answer(session, device.endpoint, body, headers)
    return _PUSH_REFUSED.get(error, error)


async def _answer(session: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> str:
    async with session.post(url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False) as answer:
        return "" if answer.status < 300 else f"answers {answer.status}"


def _by_apprise(url: str, bell: Bell) -> str:
    if not has_apprise():
        return "Apprise is not installed here: pip install 'tocsin[apprise]'"
    notifier = _apprise()()
    notifier.add(url)
    sent = notifier.notify(title="Tocsin", body=f"{bell.text}\n{bell.link}", notify_type="warning")
    return "" if sent else "Apprise could not deliver it"


def _apprise() -> Any:
    from apprise import Apprise  # a third of a second and 15 MB: only who uses it waits for it

    return Apprise
