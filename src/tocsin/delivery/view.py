"""What is shown of a draft, as clean bounded strings in the reader's language: one view for mail, text and page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tocsin.delivery.clean import line, link
from tocsin.delivery.words import Words, published_at, said_at
from tocsin.model import Band, Change, Draft, Report, Statement, VersionKind

MOST_HEADLINE = 400
MOST_NAME = 160
MOST_NAMES = 8
MOST_IN_A_LINK = 70


@dataclass(frozen=True, slots=True)
class Room:
    """How much of a draft is shown: characters of a quote and of the note, and how many there are of each thing."""

    quote: int = 700
    note: int = 1500
    paragraphs: int = 4
    said: int = 6
    evidence: int = 2
    changes: int = 4
    reports: int = 4


ROOMS = (Room(), Room(240, 600, 1, 3, 1, 1, 0), Room(0, 160, 0, 0, 0, 0, 0))
"""From all there is room for down to the headline with its links."""

RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ku", "ps", "sd", "ug", "ur", "yi"})

# Their badge says what their label would.
_AMENDING = frozenset({VersionKind.CORRECTION, VersionKind.WITHDRAWAL})

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}\Z")
_QUOTATION_MARK = re.compile(r"[\"“”„«»]")
_COUNTED = re.compile(r"Reported by (\d+)\Z")
_NAMED = re.compile(r"(Claimed|Confirmed) by (.+)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Said:
    """One statement: who, how and when it was said, and the words, in quotation marks where the report has them."""

    who: str
    how: str
    words: str


@dataclass(frozen=True, slots=True)
class Reported:
    """What one publisher reports somebody to have said."""

    publisher: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another report of the story."""

    publisher: str
    headline: str
    url: str | None
    published: str


@dataclass(frozen=True, slots=True)
class AlertView:
    """A draft as templates show it.

    ``struck`` says that the headline is what the desk takes back, ``silent`` that the report quotes nobody.
    """

    subject: str
    preheader: str
    kind: VersionKind
    urgent: bool
    struck: bool
    silent: bool
    badge: str
    label: str
    headline: str
    short: str
    language: str
    direction: str
    publisher: str
    published: str
    url: str | None
    note_title: str
    note: str
    paragraphs: tuple[str, ...]
    said: tuple[Reported, ...]
    evidence: tuple[Reported, ...]
    changes: tuple[Change, ...]
    origins: tuple[str, ...]
    origin_count: int
    reports: tuple[Elsewhere, ...]


def alert_view(
    draft: Draft, newsroom: str, words: Words, zone: ZoneInfo, number: int, room: Room = ROOMS[0]
) -> AlertView:
    """Return what is shown of a draft; ``number`` is the version's place in its alert's chain, from 1."""
    said = [s for s in draft.statements if s.kind == "said"][: room.said]
    evidence = [s for s in draft.statements if s.kind == "evidence"][: room.evidence]
    amends = draft.kind in _AMENDING
    label = "" if amends else label_of(draft.label, words)
    headline = line(draft.headline, MOST_HEADLINE)
    return AlertView(
        subject=line(draft.subject, MOST_HEADLINE),
        preheader=line(" · ".join(filter(None, (label, draft.lock_screen))), 200),
        kind=draft.kind,
        urgent=draft.band is Band.FLASH or amends,
        struck=amends and not draft.paragraphs,
        silent=not said and not (amends and not draft.paragraphs),
        badge=badge_of(draft, words, number),
        label=label,
        headline=headline,
        short=line(headline, MOST_IN_A_LINK),
        language=language_tag(draft.language),
        direction=direction_of(draft.language),
        publisher=line(draft.publisher, MOST_NAME),
        published=published_at(draft.published, words, zone),
        url=link(draft.url),
        note_title=words.gettext("Written by the desk of %(newsroom)s") % {"newsroom": newsroom},
        note=line(draft.note, room.note),
        paragraphs=tuple(line(p, room.quote) for p in draft.paragraphs[: room.paragraphs]),
        said=_reported(said, draft, words, room),
        evidence=_reported(evidence, draft, words, room),
        changes=tuple(_change(change, room) for change in draft.changes[: room.changes]),
        origin_count=len(draft.origins),
        origins=tuple(line(origin.name, MOST_NAME) for origin in draft.origins[:MOST_NAMES]),
        reports=tuple(_elsewhere(report, words, zone) for report in draft.reports[1 : 1 + room.reports]),
    )


def label_of(label: str, words: Words) -> str:
    """Return a label of a story or statement in the reader's language; a label unknown here stays as it is."""
    if counted := _COUNTED.match(label):
        number = int(counted[1])
        return words.ngettext("Reported by %(num)d", "Reported by %(num)d", number) % {"num": number}
    if named := _NAMED.match(label):
        who = line(named[2], MOST_NAME)
        claimed, confirmed = words.gettext("Claimed by %(who)s"), words.gettext("Confirmed by %(who)s")
        return (claimed if named[1] == "Claimed" else confirmed) % {"who": who}
    fixed = {
        "One report": words.gettext("One report"),
        "Disputed": words.gettext("Disputed"),
        "Corrected": words.gettext("Corrected"),
        "Withdrawn": words.gettext("Withdrawn"),
    }
    return fixed.get(label) or line(label, MOST_NAME)


def badge_of(draft: Draft, words: Words, number: int) -> str:
    """Return the one word that says what kind of message this is."""
    match draft.kind:
        case VersionKind.UPDATE:
            return words.gettext("Update %(num)d") % {"num": max(1, number - 1)}
        case VersionKind.CORRECTION:
            return words.gettext("Correction")
        case VersionKind.WITHDRAWAL:
            return words.gettext("Withdrawn")
        case VersionKind.ALERT:
            return words.gettext("Flash") if draft.band is Band.FLASH else words.gettext("Alert")


def language_tag(language: str) -> str:
    """Return a language as HTML's ``lang`` takes it; empty, which means unknown, for what is no tag."""
    return language if _LANGUAGE.match(language) else ""


def direction_of(language: str) -> str:
    """Return the direction in which a language is written, ``ltr`` or ``rtl``."""
    return "rtl" if language.replace("_", "-").split("-")[0].lower() in RIGHT_TO_LEFT else "ltr"


def _change(change: Change, room: Room) -> Change:
    return Change(line(change.now, room.quote), line(change.before, room.quote) if change.before else None)


def _elsewhere(report: Report, words: Words, zone: ZoneInfo) -> Elsewhere:
    at = published_at(report.published, words, zone)
    return Elsewhere(line(report.publisher, MOST_NAME), line(report.headline, 200), link(report.url), at)


def _reported(statements: Sequence[Statement], draft: Draft, words: Words, room: Room) -> tuple[Reported, ...]:
    publishers = {report.article: report.publisher for report in draft.reports}
    reported: dict[str, list[Said]] = {}
    for statement in statements:
        publisher = line(publishers.get(statement.article or "", draft.publisher), MOST_NAME)
        said = Said(_who(statement, words), _how(statement, words), _quotation(statement, room))
        reported.setdefault(publisher, []).append(said)
    return tuple(Reported(publisher, tuple(said)) for publisher, said in reported.items())


def _quotation(statement: Statement, room: Room) -> str:
    words = line(statement.content, room.quote)
    quoted = f"“{words}”" if statement.quoted and not _QUOTATION_MARK.search(words) else words
    return f"{quoted} ({line(statement.gloss, MOST_NAME)})" if statement.gloss else quoted


def _who(statement: Statement, words: Words) -> str:
    """Return the speaker as written, with role; where that is a pronoun, whom it means."""
    written, meant = statement.speaker or "", statement.resolved_to or ""
    named = written if meant in written else ", ".join(filter(None, (meant, statement.role)))
    return line(named, MOST_NAME) or words.gettext("A source the report does not name")


def _how(statement: Statement, words: Words) -> str:
    """Return the cue as written, then medium, recipient and time, as far as they are known."""
    parts = [line(statement.cue, 60), line(statement.medium or "", 60)]
    if statement.via:
        parts.append(words.gettext("via %(via)s") % {"via": line(statement.via, 60)})
    parts.append(said_at(statement.said, words))
    return " · ".join(part for part in parts if part)
