"""How often a program may ask: a bucket of tokens for each key or network address, in this process's memory."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from starlette.exceptions import HTTPException

from tocsin.readers.addresses import customer_of

_MOST = 10_000
"""Askers remembered; the one longest silent is forgotten first, and its bucket was full again anyway."""


class Buckets:
    """Lets each asker ask ``per_minute`` times a minute, all at once if it likes."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._size, self._rate, self._clock = float(per_minute), per_minute / 60, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, asker: str) -> float:
        """Take a token and return 0, or how many seconds it is until there is one."""
        now = self._clock()
        with self._lock:
            left, at = self._left.pop(asker, (self._size, now))
            left = min(self._size, left + (now - at) * self._rate)
            wait = 0.0 if left >= 1 else (1 - left) / self._rate
            self._left[asker] = (left - 1 if wait == 0 else left, now)
            if len(self._left) > _MOST:
                self._left.popitem(last=False)
        return wait

    def take(self, asker: str) -> None:
        """Take a token. Raises ``HTTPException`` 429 with Retry-After when there is none."""
        if wait := self.wait_s(customer_of(asker)):
            raise HTTPException(429, "too many requests", {"retry-after": str(math.ceil(wait))})
