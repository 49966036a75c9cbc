"""The board's rows: a story of today with the version of it that waits, leaves or was sent, in order of urgency."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from tocsin.alerts.approval import Need
from tocsin.model import Band, DeliveryState, Draft
from tocsin.store.alerts import Version, VersionState
from tocsin.web.desk.similar import Told
from tocsin.web.desk.stories import StoryNow

BANDS = (Band.FLASH, Band.ALERT, Band.WATCH, Band.NONE)
_STILL = (DeliveryState.PENDING, DeliveryState.IN_HAND, DeliveryState.DEFERRED)
_FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a held version waits for: who must agree, and who did."""

    need: Need
    agreed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sending:
    """A version on its way, or there: deliveries by state, and the share that is settled."""

    tally: dict[DeliveryState, int]
    percent: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the board; it says all that is shown of it, so that equal rows look the same to everybody."""

    key: str
    story: StoryNow | None
    version: Version | None = None
    waiting: Waiting | None = None
    sending: Sending | None = None
    similar: tuple[Told, ...] = ()

    @property
    def band(self) -> Band:
        """How urgent it is."""
        return self.version.band if self.version else self.story.verdict.band if self.story else Band.NONE

    @property
    def pick(self) -> str:
        """What a form sends to say that this row, as it is shown, is meant."""
        version = self.version
        return f"..{self.key}" if version is None else f"{version.id}.{digest_of(version.draft)}.{self.key}"


def digest_of(draft: Draft) -> str:
    """Return what tells one wording of a draft from another."""
    return hashlib.sha256(msgspec.json.encode(draft)).hexdigest()[:12]


def urgency(row: Row) -> tuple[int, int, datetime, float, str]:
    """Return what rows are ordered by: what sends itself, what waits, what leaves, then the score of the story.

    It depends on nothing but the row, so that rows which have not changed keep their order among themselves.
    """
    version, score = row.version, row.story.verdict.score if row.story else 0.0
    if version is None or version.state not in (VersionState.HELD, VersionState.SENDING):
        undecided = version is not None and version.state is VersionState.EXPIRED
        return (3 if undecided else 4, 0, _FAR, -score, row.key)
    if version.state is VersionState.SENDING:
        return (2, BANDS.index(version.band), version.approved_at or _FAR, -score, row.key)
    deadline = version.sends_at or version.held_until or _FAR
    return (0 if version.sends_at else 1, BANDS.index(version.band), deadline, -score, row.key)


def newest_of(versions: Iterable[Version]) -> Version | None:
    """Return the version of an alert that the board shows: the newest, a dropped or expired one only if alone."""
    all_of_them = sorted(versions, key=lambda version: version.number)
    gone = (VersionState.DROPPED, VersionState.EXPIRED)
    live = [version for version in all_of_them if version.state not in gone]
    return next(reversed(live or all_of_them), None)


def progress(counts: dict[DeliveryState, int]) -> Sending:
    """Return how a send stands."""
    total, still = sum(counts.values()), sum(counts.get(state, 0) for state in _STILL)
    return Sending(counts, 100 if not total else (total - still) * 100 // total)
