"""The dead-man check: would an alert be delivered now? Whoever watches from elsewhere is told so, or hears nothing."""

from __future__ import annotations

from datetime import timedelta

from tocsin.delivery.doctor import Health, examine_relay
from tocsin.errors import Temporary
from tocsin.store.alerts import VersionState, versions_in
from tocsin.store.health import STUCK_S, health_of
from tocsin.unreached import why_unreached
from tocsin.upkeep.asking import status_of
from tocsin.wiring import Parts, relays_of

SLOW = timedelta(minutes=15)
"""A send that has not reached its first reader in so long stands still."""
MOST_SILENT = 0.5
"""Share of the polled sources that may be silent before it is not them but us."""
_PATIENCE_S = 10.0


class NotTold(Temporary):
    """The watcher could not be told."""


def troubles(parts: Parts) -> tuple[str, ...]:
    """Return what would keep an alert from its readers now; nothing when all is well."""
    now = parts.clock()
    try:
        with parts.store.read() as connection:
            health, sending = health_of(connection, now), versions_in(connection, VersionState.SENDING)
    except Temporary as error:
        return (str(error),)
    found = [
        f"version {version.id} was approved {now - version.approved_at} ago and has reached nobody"
        for version in sending
        if version.approved_at and not version.paused_at and version.audience and version.accepted_at is None
        if now - version.approved_at > SLOW
    ]
    if health.oldest_wait_s > STUCK_S:
        found.append(f"an item has waited {health.oldest_wait_s:.0f} s to be read: is the newsroom running?")
    if health.sources and health.silent_sources > MOST_SILENT * health.sources:
        found.append(f"{health.silent_sources} of {health.sources} sources are silent")
    found += _relays_in_the_way(parts)
    return tuple(found)


def _relays_in_the_way(parts: Parts) -> list[str]:
    """Return what is wrong with the relays; nothing as long as one of them takes letters."""
    wrong: list[str] = []
    for relay in relays_of(parts.settings).values():
        bad = [finding.text for finding in examine_relay(relay.patient(_PATIENCE_S)) if finding.health is Health.BAD]
        if not bad:
            return []
        wrong += bad
    return wrong


def ping(url: str) -> None:
    """Tell the watcher, at the operator's own address and nowhere else: no redirect is followed. Raises ``NotTold``."""
    try:
        status = status_of(url, _PATIENCE_S)
    except OSError as error:
        raise NotTold(f"{url}: {why_unreached(error)}") from error
    if not 200 <= status < 300:
        raise NotTold(f"{url} answers {status}")
