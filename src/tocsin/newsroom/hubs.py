"""Asking the hubs that feeds name for pushes (WebSub); ``pushed.py`` takes what they send. Polling goes on behind."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp
import structlog

from tocsin.errors import Refused, TocsinError
from tocsin.intake.fetch import Limits
from tocsin.intake.websub import Asked, Hub, ask, request_for, why_ask
from tocsin.store.websub import (
    HubSubscription,
    hub_subscription,
    keep_hub_subscription,
    settle_hub_subscription,
)
from tocsin.wiring import Parts

log = structlog.get_logger()

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def to_ask(parts: Parts, source: str, hub: Hub) -> HubSubscription | None:
    """Note that the hub is asked now for the source's pushes, and return with what; None when there is no need.

    A site on loopback can't be called back from elsewhere, so only a hub on loopback is asked then.
    """
    if _host(parts.settings.web.base_url) in _LOOPBACK and _host(hub.url) not in _LOOPBACK:
        return None
    now = parts.clock()
    with parts.store.write() as connection:
        before = hub_subscription(connection, source)
        asked = _asked(before) if before else None
        why = why_ask(asked, hub, now)
        if why is None:
            return None
        made = _renewed(before, now) if before and asked and asked.hub == hub else _new(source, hub, now)
        keep_hub_subscription(connection, made)
    log.info("hub.asked", source=source, hub=hub.url, why=why)
    return made


def named_before(parts: Parts, source: str) -> Hub | None:
    """Return the hub that a feed named when it last said something, or None."""
    with parts.store.read() as connection:
        before = hub_subscription(connection, source)
    return Hub(before.hub, before.topic) if before else None


def _renewed(before: HubSubscription, now: datetime) -> HubSubscription:
    """Keep token and secret, so that what the hub sends meanwhile still counts."""
    return replace(before, asked_at=now, error=None, state="active" if before.state == "active" else "asked")


def _new(source: str, hub: Hub, now: datetime) -> HubSubscription:
    token, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
    return HubSubscription(source, hub.url, hub.topic, token, secret, "asked", now)


def _asked(before: HubSubscription) -> Asked:
    return Asked(Hub(before.hub, before.topic), before.state, before.asked_at, before.until)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def callback_of(parts: Parts, subscription: HubSubscription) -> str:
    """Return the address that the hub calls."""
    return f"{parts.settings.web.base_url.rstrip('/')}/hooks/websub/{subscription.token}"


async def ask_hub(parts: Parts, session: aiohttp.ClientSession, subscription: HubSubscription) -> None:
    """Ask the hub; one that can't be asked is noted, and never disturbs the polling."""
    hub = Hub(subscription.hub, subscription.topic)
    form = request_for(hub, callback_of(parts, subscription), subscription.secret)
    try:
        await ask(session, subscription.hub, form, Limits())
    except TocsinError as error:
        log.warning("hub.failed", source=subscription.source, error=str(error))
        with parts.store.write() as connection:
            state = "denied" if isinstance(error, Refused) else "failed"
            settle_hub_subscription(connection, subscription.token, state, error=str(error))
