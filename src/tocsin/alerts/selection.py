"""Which article of a story is quoted, and which of its statements are told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tocsin.model import Article, Reading, Report, Source, Statement

MOST_SAID = 6
MOST_EVIDENCE = 2

# Points of an article's own words from which it may speak for an alert (the bar of 53 takes other reports, too).
_SPEAKS = 40.0
# An article whose words deserve so many points less than another's is about what came before the news.
_BEFORE = 10.0

# A statement shorter than this says little on its own (a shout, a single word in quotation marks).
_FEW_WORDS = 4
# Two statements are one from this share of common words on (of the shorter one's): an agency's copy in two papers.
_SAME = 0.8

_LATEST = datetime.max.replace(tzinfo=UTC)
_WORD = re.compile(r"\w+")


def publisher_of(article: Article, sources: Mapping[str, Source]) -> str:
    """Return who published an article: the true publisher a feed credits, the configured one, else its own word."""
    source = sources.get(article.source)
    configured = source.publisher if source and source.known else None
    return article.credited or configured or article.publisher or article.site or article.source


def report_of(article: Article, headline: str, sources: Mapping[str, Source]) -> Report:
    """Return what a reader needs to check an article."""
    publisher = publisher_of(article, sources)
    return Report(article.id, publisher, headline, article.url or article.canonical_url, article.published)


def ranked(
    articles: Sequence[Article], sources: Mapping[str, Source], worth: Mapping[str, float] | None = None
) -> list[Article]:
    """Return the articles, the best to quote first.

    News before live blogs and opinion, then what an alert may be about by its own words (``worth``: points of an
    article by its id) before what came before the news, then tier, then an article with a headline, then an exact
    time, then the earliest; equal ones stay in their order.
    """
    points = worth or {}
    bar = min(_SPEAKS, max((points.get(article.id, 0.0) for article in articles), default=0.0) - _BEFORE)

    def rank(article: Article) -> tuple[bool, bool, int, bool, bool, datetime]:
        source = sources.get(article.source)
        exact = bool(article.published and "T" in article.published)
        at = article.published_at or _LATEST
        before = points.get(article.id, bar) < bar
        return bool(article.marks), before, source.tier if source else 5, not article.title.strip(), not exact, at

    return sorted(articles, key=rank)


def best_statements(read: Sequence[tuple[Article, Reading]]) -> tuple[Statement, ...]:
    """Return the statements to tell, those of the first article first, each with its article's id.

    Every side and every speaker is heard once before anyone is heard twice; a copy of a statement in another article
    is left out. What is said comes before evidence; within each, the order is the texts'.
    """
    found = [replace(s, article=article.id) for article, reading in read for s in reading.statements]
    told = _distinct(found)
    said = [s for s in told if s.kind == "said"]
    evidence = [s for s in told if s.kind == "evidence"]
    return (*_chosen(said, MOST_SAID), *_chosen(evidence, MOST_EVIDENCE))


def speaker_of(statement: Statement) -> str:
    """Return whom a statement is from: whom a pronoun means, else the speaker as written; empty when unknown."""
    return statement.resolved_to or statement.speaker or ""


def _distinct(statements: Iterable[Statement]) -> list[Statement]:
    kept: list[tuple[frozenset[str], Statement]] = []
    for statement in statements:
        words = _words(statement.content)
        if words and not any(_same_content(words, other) for other, _ in kept):
            kept.append((words, statement))
    return [statement for _, statement in kept]


def _same_content(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether two statements are copies; a different figure makes a different statement."""
    alike = len(one & other) >= _SAME * min(len(one), len(other))
    return alike and not any(word.isdecimal() for word in one ^ other)


def _chosen(statements: Sequence[Statement], most: int) -> list[Statement]:
    turns = _turns(statements)
    order = sorted(range(len(statements)), key=lambda i: (turns[i], -_weight(statements[i]), i))
    return [statements[i] for i in sorted(order[:most])]


def _turns(statements: Sequence[Statement]) -> list[int]:
    """Return for each statement how often its speaker was heard before; a short one waits two turns more."""
    voices: list[tuple[str, ...]] = []
    turns: list[int] = []
    for statement in statements:
        voice = _voice(speaker_of(statement))
        heard = sum(_same_voice(voice, other) for other in voices)
        voices.append(voice)
        turns.append(heard + 2 * (len(_words(statement.content)) < _FEW_WORDS))
    return turns


def _voice(speaker: str) -> tuple[str, ...]:
    """Return the words of a speaker's name: up to the first comma, where role and apposition begin."""
    return tuple(_WORD.findall(speaker.casefold().split(",")[0]))


def _same_voice(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether two names are one speaker's: "Lind" is "Ada Lind", but "Norway" is not "Norway's navy"."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == 1:
        return shorter == longer[-1:]
    return set(shorter) <= set(longer)


def _weight(statement: Statement) -> int:
    named = bool(statement.resolved_to or statement.role or statement.affiliation or statement.party)
    return 2 * statement.denied + 2 * named + statement.quoted + bool(statement.medium or statement.via)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))
