"""The nouns of Tocsin, as typed values that steps take and return.

Everything here is immutable and knows nothing of storage, sockets or clocks. Instants are aware datetimes in UTC. Spans
are half-open ``(start, end)`` offsets in code points of the text they belong to. Ids are strings; an article's id is
unique in its installation (or in its replayed stream), and a story is named after its first article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

import msgspec

Span = tuple[int, int]

_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]{1,30})?")


def bare_language(tag: str | None) -> str | None:
    """Return the language of a tag as weights and words know it: ``en`` of ``en-US``, nothing of what is no tag."""
    found = _TAG.fullmatch((tag or "").strip())
    return found[1].lower() if found else None


def instant(iso: str | None) -> datetime | None:
    """Return the earliest instant of an ISO 8601 text, in UTC.

    A bare date means its midnight; a missing zone means UTC. Text that is no date gives None: an unknown time stays
    unknown (it must never become "now"). So does one at either end of the calendar, which stands for "none" in
    programs, and of which no time of another zone, nor one an hour before it, can be told.
    """
    if not iso:
        return None
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return None
    if not 1 < moment.year < 9999:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


class Band(StrEnum):
    """How urgent a story is."""

    FLASH = "flash"
    ALERT = "alert"
    WATCH = "watch"
    NONE = "none"


class Route(StrEnum):
    """What happens to a story now."""

    SEND = "send"
    HOLD = "hold"
    DIGEST = "digest"
    DROP = "drop"


class VersionKind(StrEnum):
    """What a message about a story does; CAP's Alert, Update and Cancel with references are the model."""

    ALERT = "alert"
    UPDATE = "update"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"


class DeliveryState(StrEnum):
    """Where one version is on its way to one subscriber.

    *Accepted* means accepted by the relay. *Unknown* is a message whose reply was lost.
    """

    PENDING = "pending"
    IN_HAND = "in hand"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPERSEDED = "superseded"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Source:
    """Something Tocsin listens to, and who stands behind it.

    ``tier`` runs from 1 (an agency or authority) to 4 (unproven); ``known`` is False for a publisher that no
    configuration names: it counts for speed, never for confirmation. ``mailbox`` is an IMAP folder's address or the
    folder of a Maildir, ``senders`` the addresses and domains whose mails in it are this source's.
    """

    name: str
    publisher: str
    family: str
    url: str | None = None
    path: str | None = None
    push: bool = False
    tier: int = 4
    may_alert_alone: bool = False
    language: str | None = None
    remit: tuple[str, ...] = ()
    known: bool = True
    mailbox: str | None = None
    senders: tuple[str, ...] = ()
    password_file: str | None = None

    @property
    def is_asked(self) -> bool:
        """Tell whether there is anything to ask for news; a source without only pushes."""
        return bool(self.url or self.path or self.mailbox)


@dataclass(frozen=True, slots=True)
class Item:
    """One entry as it came from a source. ``key`` is the entry's own identity (guid, Atom id, or its link).

    ``content`` is the fullest HTML or text the entry carries; ``credited`` is the true publisher named by RSS
    ``<source>``; ``published`` is ISO 8601 with what is known; ``draft`` marks what its publisher has not released.
    """

    source: str
    key: str
    title: str
    url: str | None = None
    summary: str = ""
    content: str = ""
    published: str | None = None
    updated: str | None = None
    language: str | None = None
    authors: tuple[str, ...] = ()
    credited: str | None = None
    urgency: int | None = None
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Article:
    """The clean text of an item: paragraphs separated by one blank line.

    ``published`` is ISO 8601 with what is known: ``2022-11-11`` stays a bare date. ``removed`` holds what was taken
    out as boilerplate, in order. ``marks`` names what the page says of itself: ``live-blog``, ``paywall``, ``preview``,
    ``opinion``. ``urgency`` is the wire's (1 flash … 8), None when not given.
    """

    id: str
    source: str
    title: str
    text: str
    published: str | None = None
    language: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    publisher: str | None = None
    site: str | None = None
    authors: tuple[str, ...] = ()
    credited: str | None = None
    urgency: int | None = None
    removed: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    @property
    def published_at(self) -> datetime | None:
        """Earliest instant of ``published``, or None when it is unknown."""
        return instant(self.published)


@dataclass(frozen=True, slots=True)
class Statement:
    """Who says what: every span points into the article's text.

    ``kind`` is ``said``, or ``evidence`` for what videos, photographs, documents … show. ``speaker`` is the whole
    source phrase with role and apposition, a pronoun as written; ``resolved_to`` whom a pronoun or "the minister"
    means. ``medium`` is how it was said ("statement", "Telegram"), ``via`` to or through whom ("Reuters"), ``said``
    the value of the time at which it was said. ``party`` is the side of the event the speaker belongs to, as an
    ISO 3166 country or an organisation's name. ``gloss`` explains a quoted word (“ZSU”, "the acronym for …").
    ``article`` is the id of the article it stands in, set where statements of several articles stand together.
    """

    kind: Literal["said", "evidence"]
    speaker: str | None
    speaker_span: Span | None
    cue: str
    cue_span: Span
    content: str
    content_span: Span
    resolved_to: str | None = None
    role: str | None = None
    affiliation: str | None = None
    party: str | None = None
    quoted: bool = False
    denied: bool = False
    hedged: bool = False
    medium: str | None = None
    via: str | None = None
    said: str | None = None
    gloss: str | None = None
    gloss_span: Span | None = None
    article: str | None = None


@dataclass(frozen=True, slots=True)
class TimeMention:
    """A time expression and its value at the precision the text gives, never a finer one.

    ``value`` is ISO 8601 (``2022-11-11T05``, ``2022-03``, ``2022-W45``, ``2022-Q4``, ``P8M``) or None when it can't
    be resolved; ``background`` tells a time of the past that the article merely recalls.
    """

    text: str
    span: Span
    value: str | None
    precision: str
    kind: Literal["point", "span", "duration"]
    background: bool = False
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place name as written, and which place it is; all of ``name`` … ``lon`` are None when unresolved."""

    text: str
    span: Span
    name: str | None = None
    country: str | None = None
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """A sign in one article of where its information began.

    ``kind`` is ``wire``, ``dateline``, ``byline``, ``feed-source``, ``canonical``, ``attribution`` ("told Reuters"),
    ``authority`` (a ministry's own words) or ``own`` (the publisher's own reporting). ``evidence`` quotes the words.
    """

    name: str
    kind: str
    evidence: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """All that reading found in one article."""

    language: str
    statements: tuple[Statement, ...] = ()
    times: tuple[TimeMention, ...] = ()
    places: tuple[PlaceMention, ...] = ()
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """An independent beginning of information inside a story; ``evidence`` says why articles were merged into it.

    ``known`` is False when none of the articles comes from a known publisher: it counts for speed, never confirmation.
    """

    name: str
    articles: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    known: bool = True


class Reason(msgspec.Struct, frozen=True, gc=False):
    """One named ground of a decision.

    ``points`` is what it adds to the score; ``kind`` is ``gate`` (must hold), ``points``, or ``support`` (needed for
    sending without a person). ``holds`` is False for a gate or support that fails. ``evidence`` quotes the words.
    """

    name: str
    kind: Literal["gate", "points", "support"] = "points"
    points: float = 0.0
    holds: bool = True
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of a story at the moment one article joined it.

    ``item_score`` (0–100) is what the article deserves on its own words, before anything is counted; ``score`` adds
    what is known of the story. ``label`` is what may be said of it: *One report*, *Claimed by X*, … never "verified".
    """

    at: datetime
    article: str
    story: str
    item_score: float
    score: float
    band: Band
    route: Route
    label: str
    origins: tuple[Origin, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One article behind a draft, as a reader may check it: its publisher, own headline, link and time."""

    article: str
    publisher: str
    headline: str
    url: str | None = None
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What an update or correction makes different, as quotes; ``before`` is None for what was not told yet."""

    now: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A version before it is approved: the extractive message about a story.

    Every ``paragraph`` and statement is quoted from an article; ``subject`` is the headline verbatim with its
    attribution. ``lock_screen`` is the line a phone shows. ``note`` is the desk's own words on a correction or
    withdrawal, shown as such. ``reports`` are the articles behind it, the quoted one first.
    """

    story: str
    kind: VersionKind
    band: Band
    label: str
    subject: str
    headline: str
    paragraphs: tuple[str, ...]
    statements: tuple[Statement, ...]
    origins: tuple[Origin, ...]
    publisher: str
    url: str | None
    published: str | None
    language: str
    topics: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    note: str = ""
    lock_screen: str = ""
    articles: tuple[str, ...] = field(default=())
    reports: tuple[Report, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """One story of a digest: its alert and the newest version of it, approved at ``at``."""

    alert: int
    number: int
    at: datetime
    draft: Draft


@dataclass(frozen=True, slots=True)
class Digest:
    """What was held back from a reader, as one fresh summary; ``more`` counts the stories that found no room."""

    entries: tuple[DigestEntry, ...]
    more: int = 0
