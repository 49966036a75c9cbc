"""The relays of an installation: one, as most have, or a pool whose quotas all senders on all machines share."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from tocsin.delivery.breakers import EVERYBODY
from tocsin.delivery.outcomes import Outcome
from tocsin.delivery.pool import Pool
from tocsin.delivery.postman import postman_to
from tocsin.delivery.relay_pool import RelayPool, RelaysSpent
from tocsin.delivery.relays import REFUSING_FOR, UNBOUNDED, Allowance, Plan, Standing, WarmUp, next_step, room_of
from tocsin.delivery.transport import Relay, RelayUnavailable
from tocsin.delivery.wire import Answer, Letter
from tocsin.settings import Settings
from tocsin.store.paces import hold
from tocsin.store.relays import mark_away, mark_back, reserve_letters, return_letters, standings
from tocsin.wiring import Parts, relays_of

log = structlog.get_logger()


_REMEMBERED = 10_000
"""Recipients whose refusal a sender remembers: theirs are given one more try, by whichever relay."""


def plans_of(settings: Settings) -> tuple[Plan, ...]:
    """Return what is planned for each relay of the pool; nothing for one relay without a pool."""
    return tuple(
        Plan(
            one.name or one.host,
            one.share,
            one.per_hour,
            one.per_day,
            WarmUp(one.warm_up.begins, one.warm_up.first_day, one.warm_up.growth) if one.warm_up else None,
        )
        for one in settings.relay
    )


def book_of(parts: Parts) -> RelayBook | None:
    """Return what a sender shares with the others about a pool of relays; None for one relay without a pool."""
    plans = plans_of(parts.settings)
    return RelayBook(parts, plans) if plans else None


def pool_of(
    relays: Mapping[str, Relay], book: RelayBook | None, most: int, answered: Callable[[Letter, Answer], None]
) -> Pool | RelayPool:
    """Return the connections that a sender hands letters over by, ``most`` to each relay."""
    if book is None:
        return Pool(next(iter(relays.values())), most, answered)
    return RelayPool(relays, most, answered, book)


class RelayBook:
    """The store's side of a pool of relays (``relay_pool.Book``): one transaction for each call."""

    def __init__(self, parts: Parts, plans: tuple[Plan, ...]) -> None:
        self._store, self._clock, self._plans = parts.store, parts.clock, plans
        self._refused: OrderedDict[str, None] = OrderedDict()
        self._reserved_at = parts.clock()

    def reserve(self, want: int, apart_from: Collection[str] = ()) -> tuple[Allowance, ...]:
        """Reserve letters; when there are none for anybody, nothing leaves before there may be some again.

        With ``apart_from`` only the other relays are asked, and nothing is held back.
        """
        now, plans = self._clock(), tuple(plan for plan in self._plans if plan.name not in apart_from)
        with self._store.write() as connection:
            given = reserve_letters(connection, plans, want, now)
            if not apart_from and not any(one.count for one in given):
                known = standings(connection, now)
                back = [one.away_until for one in known.values() if one.away_until is not None and one.away_until > now]
                hold(connection, EVERYBODY, min([next_step(now), *back]))
        self._reserved_at = now
        return given

    def give_back(self, unused: Mapping[str, int]) -> None:
        """Give back what was not used."""
        with self._store.write() as connection:
            return_letters(connection, unused, self._reserved_at)

    def away(self, name: str, reason: str, *, refuses: bool) -> datetime:
        """Leave a relay alone for a while, and return until when."""
        now = self._clock()
        with self._store.write() as connection:
            until = mark_away(connection, name, reason, now, now + REFUSING_FOR if refuses else None)
        log.warning("relay.away", relay=name, until=until.isoformat(), reason=reason)
        return until

    def back(self, name: str) -> None:
        """Note that a relay works again."""
        with self._store.write() as connection:
            mark_back(connection, name)
        log.info("relay.back", relay=name)

    def first_refusal(self, recipient: str) -> bool:
        """Tell whether a recipient's letter is refused for our sake for the first time, as far as this sender knows."""
        known = recipient in self._refused
        self._refused[recipient] = None
        if len(self._refused) > _REMEMBERED:
            self._refused.popitem(last=False)
        return not known


def hand_over_one(parts: Parts, sender: str, recipient: str, message: bytes) -> Outcome:
    """Hand over one message by the first relay that may take it; quotas count it too.

    Raises ``RelayUnavailable`` when no relay can be reached, ``RelaysSpent`` when none may take more, ``BadInput`` for
    an address that can't stand in an envelope.
    """
    relays, plans = relays_of(parts.settings), plans_of(parts.settings)
    if not plans:
        return postman_to(next(iter(relays.values()))).deliver(sender, recipient, message)
    book, last = RelayBook(parts, plans), None
    for _ in relays:
        given = book.reserve(1)
        name = next((one.name for one in given if one.count), None)
        if name is None:
            raise last or RelaysSpent("; ".join(f"{one.name}: {one.reason}" for one in given))
        try:
            return postman_to(relays[name]).deliver(sender, recipient, message)
        except RelayUnavailable as error:
            book.away(name, str(error), refuses=False)
            book.give_back({name: 1})
            last = error
    raise last or RelaysSpent("there is no relay")


@dataclass(frozen=True, slots=True)
class Room:
    """One relay of the pool: what is planned, what it took lately, and what it may take now."""

    plan: Plan
    standing: Standing
    allowance: Allowance

    @property
    def unbounded(self) -> bool:
        """Tell whether no quota bounds it."""
        return self.allowance.count >= UNBOUNDED


def rooms(parts: Parts) -> tuple[Room, ...]:
    """Return each relay of the pool as it stands now; nothing for one relay without a pool."""
    now = parts.clock()
    with parts.store.read() as connection:
        known = standings(connection, now)
    stand = [(plan, known.get(plan.name, Standing())) for plan in plans_of(parts.settings)]
    return tuple(Room(plan, standing, room_of(plan, standing, now)) for plan, standing in stand)
