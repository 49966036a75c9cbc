"""What became of an article after its alert: a new title, a correction, words that are gone, or the article itself.

A page is compared with how it looked at the first look, never with the feed: a feed's title and its page's often differ
from the beginning. What a source gives a second time (a feed's entry, a channel's post, a push) is compared with what
it gave first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tocsin.alerts.excerpt import one_line, same_words, sentences
from tocsin.alerts.lexicon import lexicon
from tocsin.model import Article, Draft

FIRST_LOOK = timedelta(minutes=1)
"""After an alert; what is held is looked at right away, for somebody decides on it now."""
AGAIN = timedelta(minutes=2)
"""What was found is looked at a second time before anybody is rung: servers hiccup, and pages are changed in steps."""
WATCHED_FOR = timedelta(hours=48)
_PAUSES = (
    (timedelta(hours=1), timedelta(minutes=10)),
    (timedelta(hours=6), timedelta(minutes=30)),
    (WATCHED_FOR, timedelta(hours=3)),
)
_MOST_NOTE = 300
_ALIKE = 0.4
"""Sentences that share fewer of their words say something else."""
_WORD = re.compile(r"\w+")

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
class Answer:
    """How a page answered a look: it ``opens``, is ``gone``, ``fails``, or is ``closed`` to programs.

    ``leads_to`` is where a redirect ended, if that is another site.
    """

    at: datetime
    how: Literal["opens", "gone", "fails", "closed"]
    told: str = ""
    leads_to: str = ""


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


def changed(before: Looked, now: Looked, page: Article | None = None) -> tuple[Finding, ...]:
    """Return what changed on a page; ``page``, as it is now, gives what stands there instead of words that are gone."""
    return tuple(_changed(before, now, page))


def _changed(before: Looked, now: Looked, page: Article | None) -> Iterator[Finding]:
    if now.title and before.title and not same_words(now.title, before.title):
        yield Finding("title", before.title, now.title)
    if now.note and now.note != before.note:
        yield Finding("note", before.note, now.note)
    for each in before.quotes:
        if each not in now.quotes:
            yield Finding("words", each, _instead(each, page) if page else "")


def _instead(quote: str, page: Article) -> str:
    """Return the sentences of a page that say most nearly what a quote said; empty where none is like it."""
    words = lexicon(page.language)
    there = [one_line(each) for paragraph in page.text.split("\n\n") for each in sentences(paragraph, words)]
    plain = _plain(page.text)
    gone = [one_line(each) for each in sentences(quote, words) if _plain(each) not in plain]
    like = (max(there, key=lambda each: _likeness(each, sentence), default="") for sentence in gone)
    near = [each for each, sentence in zip(like, gone, strict=True) if _likeness(each, sentence) >= _ALIKE]
    return " ".join(dict.fromkeys(near))


def _likeness(one: str, other: str) -> float:
    """Return the share of words that two sentences have in common (Jaccard)."""
    mine, theirs = set(_WORD.findall(one.casefold())), set(_WORD.findall(other.casefold()))
    return len(mine & theirs) / max(len(mine | theirs), 1)


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
