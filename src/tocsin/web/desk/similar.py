"""Alerts of the last day that may be about what a story is about, so that nobody is told twice by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tocsin.model import Article, Draft
from tocsin.stories.terms import terms_of

_MOST = 3
_LEAST_SHARED = 3
_ALIKE = 0.34
"""Share of the shorter one's stems; an editor decides, so a false one costs a glance, a missed one a second alert."""
_LEAD = 400
"""Characters of the text that are compared: what news is about stands at its beginning."""


@dataclass(frozen=True, slots=True)
class Told:
    """An alert of the last day: its version, what it was about, and the stems by which it is compared."""

    version: int
    story: str
    at: datetime
    headline: str
    state: str
    words: frozenset[str]


def words_of(article: Article) -> frozenset[str]:
    """Return the stems of an article's headline and lead."""
    lead = Article(article.id, article.source, article.title, article.text[:_LEAD], language=article.language)
    return frozenset(terms_of(lead).words)


def words_of_draft(draft: Draft) -> frozenset[str]:
    """Return the stems of a draft's headline and lead."""
    return words_of(Article("", "", draft.headline, " ".join(draft.paragraphs), language=draft.language))


def similar(story: str, words: frozenset[str], told: Iterable[Told]) -> tuple[Told, ...]:
    """Return up to three alerts that share most stems with a story, its own left out, the likest first."""
    scored = ((_likeness(words, one.words), one) for one in told if one.story != story)
    likely = sorted(((like, one) for like, one in scored if like >= _ALIKE), key=lambda pair: -pair[0])
    return tuple(one for _, one in likely[:_MOST])


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return 0.0 if shared < _LEAST_SHARED else shared / min(len(one), len(other))
