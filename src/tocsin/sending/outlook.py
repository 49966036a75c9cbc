"""When the last reader will have a version, told before it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from tocsin.delivery.limits import Bound, slowest
from tocsin.sending.standing import phrases_for
from tocsin.settings import Mail
from tocsin.store.alerts import Version
from tocsin.store.audience import Audience, audience_now
from tocsin.store.ledger import measured_rate, waiting_before
from tocsin.store.subscribers import subscribers
from tocsin.wiring import Parts


@dataclass(frozen=True, slots=True)
class Outlook:
    """What approving a version would come to.

    ``readers`` get it at once; ``ahead`` letters of versions at least as urgent go before. ``seconds`` is how long it
    takes until the relay has accepted the last one, None when nothing is known; ``because`` names what decides that.
    ``least`` is True when ``seconds`` comes from a limit alone, since no send was measured yet: it takes at least that.
    """

    readers: int
    ahead: int
    seconds: float | None
    because: str
    least: bool


def outlook(
    parts: Parts, connection: Connection, version: Version, at: datetime, *, readers: int | None = None
) -> Outlook:
    """Return how many readers a version would go to now, and when the last of them would have it.

    Whoever has counted the ``readers`` who get it at once says so: with a million of them counting takes a second.
    """
    audience = audience_now(version, at, phrases_for(parts.store, connection, version))
    if readers is None:
        readers = connection.execute(select(func.count()).select_from(audience.subquery())).scalar_one()
    ahead, rate = waiting_before(connection, version.id), measured_rate(connection)
    bounds = [*_limits(connection, parts.settings.mail, audience, readers + ahead)]
    if rate is not None:
        bounds.append(Bound("the speed of the last sends", readers + ahead, rate))
    found = slowest(bounds)
    if found is None:
        return Outlook(readers, ahead, None, "no send was measured yet", least=True)
    return Outlook(readers, ahead, found.seconds, found.name, least=rate is None)


def _limits(connection: Connection, mail: Mail, audience: Audience, everybody: int) -> Iterator[Bound]:
    if mail.per_second is not None:
        yield Bound(f"the limit of {mail.per_second:g} a second", everybody, mail.per_second)
    for domain, rate in mail.per_domain.items():
        yield Bound(f"the limit of {rate:g} a second for {domain}", _readers_at(connection, audience, domain), rate)


def _readers_at(connection: Connection, audience: Audience, domain: str) -> int:
    who = audience.subquery()
    here = func.lower(subscribers.c.address).like(f"%@{domain.lower()}")
    query = select(func.count()).select_from(who).join(subscribers, subscribers.c.id == who.c.subscriber).where(here)
    return connection.execute(query).scalar_one()
