"""Alerts as the public sees them: the newest of each, and a whole chain of versions with what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tocsin.delivery.view import AlertView, alert_view
from tocsin.delivery.words import Words, clock_time, day_name, moment, words_of, zone_of
from tocsin.model import VersionKind
from tocsin.settings import Settings
from tocsin.store.alerts import Version


@dataclass(frozen=True, slots=True)
class Told:
    """One version as it was told; ``wrong`` if a later version corrects or withdraws it.

    ``at`` is the day and the minute with the zone named, ``clock`` the minute alone.
    """

    alert: int
    number: int
    kind: VersionKind
    approved_at: datetime
    at: str
    clock: str
    view: AlertView
    topics: tuple[str, ...]
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """The alerts last told on one day of the newsroom's zone."""

    name: str
    alerts: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Teller:
    """Puts versions into one language and the newsroom's zone."""

    newsroom: str
    words: Words
    zone: ZoneInfo

    @classmethod
    def of(cls, settings: Settings, language: str) -> Teller:
        """Return the teller of an installation in a language."""
        return cls(settings.newsroom.name, words_of(language), zone_of(settings.newsroom.zone))

    def chain(self, versions: Iterable[Version]) -> tuple[Told, ...]:
        """Return an alert's approved versions, first to last; those that a later one takes back are ``wrong``."""
        approved = [version for version in versions if version.approved_at is not None]
        return tuple(
            self.told(version, wrong=any(_takes_back(later, version) for later in approved[i + 1 :]))
            for i, version in enumerate(approved)
        )

    def told(self, version: Version, *, wrong: bool = False) -> Told:
        """Return one approved version."""
        at = version.approved_at or version.decided_at
        view = alert_view(version.draft, self.newsroom, self.words, self.zone, version.number)
        return Told(
            version.alert,
            version.number,
            version.kind,
            at,
            moment(at, self.words, self.zone),
            clock_time(at, self.words, self.zone),
            view,
            version.draft.topics,
            wrong,
        )

    def days(self, newest: Sequence[Version]) -> tuple[Day, ...]:
        """Return the newest version of each alert, given newest first, by day."""
        days: dict[str, list[Told]] = {}
        for version in newest:
            told = self.told(version)
            days.setdefault(day_name(told.approved_at.astimezone(self.zone).date(), self.words), []).append(told)
        return tuple(Day(name, tuple(alerts)) for name, alerts in days.items())


def _takes_back(later: Version, version: Version) -> bool:
    """Tell whether a later version says that this one is wrong; a withdrawal takes back all that came before it."""
    if later.kind is VersionKind.CORRECTION:
        return later.refers_to in (None, version.id)
    return later.kind is VersionKind.WITHDRAWAL
