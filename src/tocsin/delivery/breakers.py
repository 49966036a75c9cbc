"""When to stop because what comes back is about us and not about readers: pure counting of the newest answers."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta

from tocsin.delivery.outcomes import Fault

EVERYBODY = ""
"""The scope of a stop for all mail; any other is a recipient's domain."""
SAMPLE, DOMAIN_SAMPLE = 40, 20
"""Answers by which all mail, and one domain, are judged."""
SPIKE = 0.5
"""Share of bad ones among them that is no accident."""
STRIKES = 5
"""Answers in a row that say "too busy" after which a domain is given a rest."""
BUSY_REST = timedelta(minutes=1)
REFUSED_REST = timedelta(minutes=30)
"""How long a domain that refuses us is left alone before it is asked again."""
_OTHERS = 5
"""Answers from elsewhere that are needed before one domain alone is to blame."""

_OURS = frozenset({Fault.POLICY, Fault.LOGIN})
_BAD = _OURS | {Fault.ADDRESS}


@dataclass(frozen=True, slots=True)
class Trip:
    """What must stop: all mail until a person lets it go on, or a domain for ``rest``; and why."""

    scope: str
    rest: timedelta
    reason: str


class Breakers:
    """The newest answers of all, and of each domain that gave trouble."""

    def __init__(self) -> None:
        self._newest: deque[tuple[str, Fault]] = deque(maxlen=SAMPLE)
        self._domains: dict[str, deque[Fault]] = {}
        self._strikes: Counter[str] = Counter()

    def note(self, recipient: str, fault: Fault) -> Trip | None:
        """Take note of the answer to a letter; return what must stop now, if anything."""
        if fault is Fault.NONE and not self._domains:  # nearly always
            self._newest.append(("", fault))
            return None
        domain = recipient.rpartition("@")[2].lower()
        self._newest.append((domain, fault))
        if fault is Fault.NONE and domain not in self._domains:
            return None
        window = self._domains.setdefault(domain, deque(maxlen=DOMAIN_SAMPLE))
        window.append(fault)
        if len(window) == DOMAIN_SAMPLE and not any(one is not Fault.NONE for one in window):
            del self._domains[domain]
            return None
        return self._busy(domain, fault) or self._domain_trips(domain, window) or self._all_trip(fault)

    def _busy(self, domain: str, fault: Fault) -> Trip | None:
        if fault is not Fault.BUSY:
            self._strikes.pop(domain, None)
            return None
        self._strikes[domain] += 1
        if self._strikes[domain] < STRIKES:
            return None
        del self._strikes[domain]
        return Trip(domain, BUSY_REST, "it says that we send too much")

    def _domain_trips(self, domain: str, window: deque[Fault]) -> Trip | None:
        """Stop one domain that refuses us while others do not, or that knows hardly any of our readers any more."""
        what = _spike(window)
        elsewhere = [fault for other, fault in self._newest if other != domain]
        fine = len(elsewhere) >= _OTHERS and not _spike(deque(elsewhere, len(elsewhere)))
        if not what or not fine:
            return None
        self._forget(domain)
        return Trip(domain, REFUSED_REST, what)

    def _all_trip(self, fault: Fault) -> Trip | None:
        what = _spike(deque((one for _, one in self._newest), SAMPLE)) if fault in _BAD else ""
        if not what:
            return None
        self._newest.clear()
        self._domains.clear()
        return Trip(EVERYBODY, timedelta(0), what)

    def _forget(self, domain: str) -> None:
        del self._domains[domain]
        kept = [one for one in self._newest if one[0] != domain]
        self._newest.clear()
        self._newest.extend(kept)


def _spike(window: deque[Fault]) -> str:
    """Return what most of a full sample of answers say; nothing for a sample that is not full, or not bad."""
    if window.maxlen is None or len(window) < window.maxlen:
        return ""
    counts = Counter(window)
    if sum(counts[fault] for fault in _OURS) >= SPIKE * len(window):
        return "the relay refuses us"
    if counts[Fault.ADDRESS] >= SPIKE * len(window):
        return "most addresses are said not to exist"
    return ""
