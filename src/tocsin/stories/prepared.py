"""What can be found out about an article by itself, before anything is known of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

import msgspec

from tocsin.model import Article
from tocsin.stories.features import Report, report_of
from tocsin.stories.terms import Terms, terms_of

_AT_ONCE = 64

T = TypeVar("T")


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """An article with its terms, by which it is grouped, and its report, by which it is judged."""

    article: Article
    terms: Terms
    report: Report


def prepare(article: Article) -> Prepared:
    """Return an article with its terms and its report."""
    return Prepared(article, terms_of(article), report_of(article))


def prepared(
    stream: Iterable[T], article_of: Callable[[T], Article], at_once: int = _AT_ONCE
) -> Iterator[tuple[T, Prepared]]:
    """Yield each element of a recorded stream with its article prepared, ``at_once`` of them ahead.

    One step for 64 articles in a row, and then the next, takes much less than all steps for each in turn: its code and
    its tables stay in the processor's cache. Nothing of an article bears on how another is prepared.
    """
    stream = iter(stream)
    while some := list(islice(stream, at_once)):
        articles = list(map(article_of, some))
        terms = list(map(terms_of, articles))
        yield from zip(some, map(Prepared, articles, terms, list(map(report_of, articles))), strict=True)
