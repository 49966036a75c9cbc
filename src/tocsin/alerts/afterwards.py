"""What became of an article after its alert: a new title, a correction, words that are gone, or the article itself.

A page is compared with how it looked at the first look after the alert, never with the feed: a feed's title and its
page's often differ from the beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tocsin.alerts.excerpt import one_line, same_words
from tocsin.model import Article, Draft

FIRST_LOOK = timedelta(minutes=1)
AGAIN = timedelta(minutes=2)
"""What was found is looked at a second time before anybody is rung: servers hiccup, and pages are changed in steps."""
WATCHED_FOR = timedelta(hours=48)
_PAUSES = (
    (timedelta(hours=1), timedelta(minutes=10)),
    (timedelta(hours=6), timedelta(minutes=30)),
    (WATCHED_FOR, timedelta(hours=3)),
)
_MOST_NOTE = 300

_CORRECTED = re.compile(
    r"^\W*(?:correction|corrections and clarifications|clarification|editor['’]s note|update and correction)\b"
    r"|\bthis (?:article|story|report|headline|post)\b.{0,60}\b(?:was|has been|is)\b.{0,20}"
    r"\b(?:corrected|amended|clarified|retracted|withdrawn)\b"
    r"|\ban earlier version of this\b|\bthis (?:article|story) (?:originally|previously|earlier) (?:said|stated|gave)\b"
    r"|^\W*(?:виправлення|виправлено|уточнення|від редакції|исправление|исправлено|уточнение|поправка|от редакции)\b"
    r"|\b(?:у|в) попередній версії (?:цієї|цього|статті|тексту)|\bв предыдущей версии (?:этого|этой|текста|статьи)"
    r"|\b(?:rectificatif|erratum|berichtigung|korrektur|corrección|errata|rettelse|oikaisu|korekta|sprostowanie)\b\W",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Looked:
    """How a page looked: its title, the quoted words that stand on it, and its note of correction."""

    title: str
    quotes: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One change of a page: what was there before and what is there now."""

    kind: Literal["gone", "title", "note", "words"]
    before: str
    now: str


def quotes_of(draft: Draft, article: str) -> tuple[str, ...]:
    """Return the words that a draft quotes from one article."""
    lead = draft.reports[0].article if draft.reports else None
    paragraphs = draft.paragraphs if article == lead else ()
    return (*paragraphs, *(each.content for each in draft.statements if each.article == article))


def look(page: Article, quotes: Iterable[str]) -> Looked:
    """Return how a page looks now, of the quotes those that stand on it."""
    text = _plain(f"{page.title}\n{page.text}")
    return Looked(one_line(page.title), tuple(each for each in quotes if _plain(each) in text), correction_in(page))


def changed(before: Looked, now: Looked) -> tuple[Finding, ...]:
    """Return what changed on a page."""
    return tuple(_changed(before, now))


def _changed(before: Looked, now: Looked) -> Iterator[Finding]:
    if now.title and before.title and not same_words(now.title, before.title):
        yield Finding("title", before.title, now.title)
    if now.note and now.note != before.note:
        yield Finding("note", before.note, now.note)
    yield from (Finding("words", each, "") for each in before.quotes if each not in now.quotes)


def correction_in(page: Article) -> str:
    """Return the paragraph in which a page says that it was corrected, empty if it has none."""
    paragraphs = (*page.text.split("\n\n"), *page.removed)
    found = (one_line(each) for each in paragraphs if _CORRECTED.search(one_line(each)))
    return next(found, "")[:_MOST_NOTE]


def next_look(alerted_at: datetime, now: datetime, *, suspected: bool) -> datetime | None:
    """Return when to look at a page again: soon when something was suspected, then ever more rarely; None for never."""
    if suspected:
        return now + AGAIN
    age = now - alerted_at
    return next((now + pause for until, pause in _PAUSES if age < until), None)


def _plain(text: str) -> str:
    return re.sub(r"[\s\"'“”„‘’«»]+", " ", text).casefold().strip()
