"""What a sender has claimed and not handed over yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from tocsin.sending.messages import UnsignedLetter
from tocsin.store.claims import Claimed

DRAFTED_AT_ONCE = 64
"""Letters drafted in a row, while code and data are in the caches: 30 µs each, and 40 in eights between signatures."""


class Drafted(msgspec.Struct, frozen=True, gc=False):
    """A delivery and its letter, which lacks its signatures."""

    delivery: Claimed
    letter: UnsignedLetter


class Stock:
    """Claimed deliveries, the most urgent first, of which the next to leave are drafted."""

    def __init__(self, draft: Callable[[Claimed], UnsignedLetter | None]) -> None:
        """``draft`` makes a letter, or returns None where it has dealt with a delivery that none can be made for."""
        self._draft = draft
        self._claimed: deque[Claimed] = deque()
        self._drafted: deque[Drafted] = deque()

    def __len__(self) -> int:
        """How many deliveries wait."""
        return len(self._claimed) + len(self._drafted)

    def __iter__(self) -> Iterator[Claimed]:
        """Yield what waits, in order."""
        yield from (one.delivery for one in self._drafted)
        yield from self._claimed

    def add(self, timed: Sequence[Claimed], others: Sequence[Claimed]) -> None:
        """Take in what was claimed: ``timed``, whose turn is now, before all else."""
        if timed:
            self._hold((*timed, *self))
        self._claimed.extend(others)

    def draw(self, most: int) -> list[Drafted]:
        """Take out the next letters; fewer than ``most`` when there are no more."""
        while len(self._drafted) < most and self._claimed:
            self._draft_some()
        return [self._drafted.popleft() for _ in range(min(most, len(self._drafted)))]

    def take(self, most: int) -> list[Claimed]:
        """Take out the next deliveries without a letter."""
        waiting = list(self)
        self._hold(waiting[most:])
        return waiting[:most]

    def take_out(self, unwanted: Callable[[Claimed], bool]) -> list[Claimed]:
        """Take out what must not leave."""
        waiting = list(self)
        self._hold(one for one in waiting if not unwanted(one))
        return [one for one in waiting if unwanted(one)]

    def clear(self) -> None:
        """Forget what waits."""
        self._hold(())

    def sort(self, live: Sequence[int]) -> list[Claimed]:
        """Put first what belongs to the first of the ``live`` versions, and take out what belongs to none."""
        places = {version: place for place, version in enumerate(live)}
        versions = {delivery.version for delivery in self}
        if len(versions) <= 1 and versions <= places.keys():
            return []
        out = self.take_out(lambda delivery: delivery.version not in places)
        self._hold(sorted(self, key=lambda delivery: places[delivery.version]))
        return out

    def _hold(self, deliveries: Iterable[Claimed]) -> None:
        self._claimed = deque(deliveries)
        self._drafted.clear()

    def _draft_some(self) -> None:
        for _ in range(min(DRAFTED_AT_ONCE, len(self._claimed))):
            delivery = self._claimed.popleft()
            letter = self._draft(delivery)
            if letter is not None:
                self._drafted.append(Drafted(delivery, letter))
