"""How many letters a stranger, a domain and a client may cause: list bombing is somebody else's inbox on fire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_WAIT = timedelta(hours=24)
"""A letter that would have to wait longer is not written: its reader has long gone, and asks again."""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``count`` letters within any ``window``."""

    count: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Used:
    """A cap with the time of the letter that is ``cap.count`` back from the newest; None when there are fewer."""

    cap: Cap
    at: datetime | None

    def free(self, now: datetime) -> datetime:
        """Return the earliest instant at which one more letter keeps within the cap.

        No letter waits longer than ``LONGEST_WAIT``: one that leaves later was queued by a clock that was ahead.
        """
        if self.at is None or self.at - now > LONGEST_WAIT:
            return now
        return max(now, self.at + self.cap.window)


def when_to_send(now: datetime, *, mailbox: Used, others: tuple[Used, ...]) -> datetime | None:
    """Return when a letter may leave, or None for never.

    A mailbox that had its share gets no more (the link it has is still good); a domain or client over its cap makes
    the letter wait for its turn.
    """
    if mailbox.free(now) > now:
        return None
    turn = max((used.free(now) for used in others), default=now)
    return turn if turn - now <= LONGEST_WAIT else None
