"""The stories of today as the desk shows them: origins with their copies, who says what, how fast it grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from tocsin.alerts.selection import best_statements, speaker_of
from tocsin.model import Article, Origin, Statement, Verdict
from tocsin.store.stories import ReadArticle
from tocsin.web.desk.similar import words_of

_MOST_COPIES = 12
_BARS = 24


@dataclass(frozen=True, slots=True)
class Begun:
    """One independent origin: its first report, and the copies of it, as they came."""

    name: str
    first: ReadArticle
    copies: tuple[ReadArticle, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Saying:
    """A statement, who made it, and a link that opens its article at these words."""

    who: str
    statement: Statement
    url: str | None


@dataclass(frozen=True, slots=True)
class StoryNow:
    """A story of today with its newest verdict.

    ``lag`` is how long after its publication the first report was seen, None when that time is unknown; ``bars`` are
    the heights (0–100) of the plot of reports over the story's life, oldest first. ``words`` are the stems by which it
    is compared with alerts.
    """

    verdict: Verdict
    headline: str
    language: str
    origins: tuple[Begun, ...]
    sayings: tuple[Saying, ...]
    reports: int
    first_at: datetime
    newest_at: datetime
    lag: timedelta | None
    bars: tuple[int, ...]
    words: frozenset[str]


def story_now(verdict: Verdict, read: Sequence[ReadArticle]) -> StoryNow:
    """Return a story from its newest verdict and its articles, first seen first."""
    first, latest = read[0], read[-1]
    published = first.article.published_at if "T" in (first.article.published or "") else None
    return StoryNow(
        verdict=verdict,
        headline=_headline(latest.article),
        language=latest.article.language or latest.reading.language,
        origins=tuple(_begun(verdict.origins, read)),
        sayings=tuple(_sayings(read)),
        reports=len(read),
        first_at=first.seen_at,
        newest_at=latest.seen_at,
        lag=None if published is None else first.seen_at - published,
        bars=velocity([one.seen_at for one in read]),
        words=words_of(latest.article),
    )


def velocity(seen: Sequence[datetime]) -> tuple[int, ...]:
    """Return how many reports came in each 24th of the time from the first to the newest, in per cent of the most.

    A bar stands for a minute at least. The plot depends on the reports alone, not on when it is looked at.
    """
    begun, counts = min(seen), [0] * _BARS
    width = max((max(seen) - begun) / _BARS, timedelta(minutes=1))
    for at in seen:
        counts[min(int((at - begun) / width), _BARS - 1)] += 1
    return tuple(100 * count // max(counts) for count in counts)


def words_at(url: str | None, words: str) -> str | None:
    """Return a link that opens a page at these words (a text fragment: WICG Scroll to Text Fragment)."""
    if url is None:
        return None
    each = words.split()
    ends = [" ".join(each)] if len(each) <= 8 else [" ".join(each[:4]), " ".join(each[-4:])]
    return f"{url.partition('#')[0]}#:~:text={','.join(quote(end, safe='').replace('-', '%2D') for end in ends)}"


def _headline(article: Article) -> str:
    return article.title or article.text[:120]


def _begun(origins: Iterable[Origin], read: Sequence[ReadArticle]) -> Iterator[Begun]:
    """Give each origin with its articles; what no origin names (it came later) stands for itself.

    One article may stand behind two origins: its own reporting, and what a ministry told a wire in it.
    """
    known = {one.article.id: one for one in read}
    named: set[str] = set()
    for origin in origins:
        mine = sorted((known[each] for each in origin.articles if each in known), key=lambda one: one.seen_at)
        named.update(origin.articles)
        if mine:
            yield Begun(origin.name, mine[0], tuple(mine[1 : 1 + _MOST_COPIES]), origin.evidence)
    for one in read:
        if one.article.id not in named:
            yield Begun(one.article.publisher or one.article.source, one, (), ())


def _sayings(read: Sequence[ReadArticle]) -> Iterator[Saying]:
    urls = {one.article.id: one.article.url for one in read}
    for statement in best_statements([(one.article, one.reading) for one in read]):
        who = speaker_of(statement)
        yield Saying(who, statement, words_at(urls.get(statement.article or ""), statement.content))
