"""Counts the independent beginnings of information behind a story: origins, not outlets.

Each article either stands for its own publisher or goes back to others: to the wire it credits, to the publisher its
feed names, to the outlet it links or cites, to the article whose words it repeats. An article that mixes two wires goes
back to both and adds nothing. When it is unclear, fewer origins are counted, since too many would confirm a rumour.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from tocsin.model import Article, Credit, Origin, Reading
from tocsin.stories.containment import Overlap, ShingleIndex, Templates, TemplatesState, shared_runs

COPY: Final = 0.3
# Below this two texts share phrases; between the two they are copies only if rare figures, or whole sentences of
# narrative, are shared too: lists of names and one sentence of an agency's statement are not enough.
REWORDED: Final = 0.12
RARE_FIGURES: Final = 2
SENTENCES: Final = 2
SENTENCE_WORDS: Final = 12
# From a fifth on, one long sentence of narrative is enough: two reporters do not write the same one.
LARGE: Final = 0.2
LONG_SENTENCE_WORDS: Final = 16

_DERIVED: Final = frozenset({"wire", "dateline", "feed-source", "canonical", "attribution"})
_WORDS: Final[Mapping[str, str]] = {
    "wire": "credits",
    "dateline": "has the dateline of",
    "feed-source": "is named in its feed as coming from",
    "canonical": "links as its original to",
    "attribution": "cites",
}
# Its first digit comes first, so that the search passes over all else at once.
_FIGURE: Final = re.compile(r"\d(?<![\w.,]\d)(?:\d{0,2}(?:[.,]\d{1,3}){1,4}(?!\w)|\d{2,8}(?![\w.,]\d|\w))")
_YEAR: Final = re.compile(r"(?:1[5-9]|20)\d\d")

Family = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Link:
    """Why an article goes back to somewhere: to a publisher's family (``to``) or to another article (``article``)."""

    evidence: str
    to: str | None = None
    article: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    """An article as the index keeps it: ``own`` is its publisher's family, ``reports`` quotes its own reporting."""

    article: Article
    name: str
    own: str
    credits: tuple[Link, ...]
    reports: str | None
    order: tuple[float, int]
    text: str
    figures: frozenset[str]
    overlaps: tuple[Overlap, ...]


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry as it is written down: ``text`` None is that of the article."""

    article: str
    name: str
    own: str
    credits: tuple[Link, ...]
    reports: str | None
    place: int
    text: str | None
    overlaps: tuple[Overlap, ...]


@dataclass(frozen=True, slots=True)
class OriginsState:
    """What an index knows, without the articles' texts."""

    count: int
    names: dict[str, str]
    entries: list[KeptEntry]
    templates: TemplatesState


def count_origins(
    articles: Sequence[tuple[Article, Reading]],
    *,
    family: Family | None = None,
    known: Callable[[Article], bool] | None = None,
    templates: Templates | None = None,
) -> tuple[Origin, ...]:
    """Return the origins of a story, the best attested first; every article belongs to one at least.

    ``family`` gives the owner of a publisher's name or web domain, or None when it does not know it. ``known`` says
    which articles come from a publisher that counts for confirmation; an origin without one has ``known`` False.
    ``templates`` are lines learned from what these outlets published before.
    """
    index = OriginIndex(family=family, templates=templates or Templates())
    for article, reading in articles:
        index.add(article, reading)
    return index.origins([article.id for article, _ in articles], known=known)


@dataclass(slots=True)
class OriginIndex:
    """The articles of the live window, each compared once with those before it; the oldest leave when it is full."""

    family: Family | None = None
    templates: Templates = field(default_factory=Templates)
    limit: int = 20_000
    _entries: dict[str, _Entry] = field(default_factory=dict)
    _shingles: ShingleIndex = field(default_factory=ShingleIndex)
    _names: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    def add(self, article: Article, reading: Reading) -> None:
        """Take in one article; the cost is linear in its length. An article that is there already is replaced."""
        self._entries.pop(article.id, None)
        self._count += 1
        reports = next((credit for credit in reading.credits if credit.kind == "own"), None)
        name, own = self._publisher(article, reports)
        text = self.templates.strip(own, _own_text(article))
        self._entries[article.id] = _Entry(
            article=article,
            name=name,
            own=own,
            credits=tuple(self._links(article, reading.credits, name, own)),
            reports=f"{name} reports itself: “{reports.evidence}”" if reports else None,
            order=(_when(article), self._count),
            text=text,
            figures=_figures(text),
            overlaps=self._shingles.add(article.id, text),
        )
        while len(self._entries) > self.limit:
            oldest = next(iter(self._entries))
            del self._entries[oldest]
            self._shingles.remove(oldest)

    def state(self, live: Collection[str]) -> OriginsState:
        """Return what the index knows of the ``live`` articles."""
        entries = [self._entries[key] for key in self._entries if key in live]
        return OriginsState(self._count, self._names, [_kept(entry) for entry in entries], self.templates.state())

    def resume(self, state: OriginsState, articles: Mapping[str, Article]) -> None:
        """Take up what an index knew, given the articles that it named."""
        self._count, self._names = state.count, dict(state.names)
        self.templates.resume(state.templates)
        for kept in state.entries:
            entry = _again(kept, articles[kept.article])
            self._entries[kept.article] = entry
            self._shingles.resume(kept.article, entry.text)

    def origins(self, ids: Iterable[str], *, known: Callable[[Article], bool] | None = None) -> tuple[Origin, ...]:
        """Return the origins of a story made of these articles; ids that have left the window are passed over."""
        story = {key: self._entries[key] for key in ids if key in self._entries}
        return _Story(story, self._names).origins(known)

    def _publisher(self, article: Article, reports: Credit | None) -> tuple[str, str]:
        """Return the name of an article's publisher and the key of its family, by the most certain of its names."""
        own = reports.name if reports else None
        names = [name for name in (article.publisher, article.site, own, _domain(article.url), article.source) if name]
        name = names[0] if names else article.id
        owner = next((owner for one in names if (owner := self._owner(one))), name)
        return name, self._key(owner, name)

    def _owner(self, name: str) -> str | None:
        return self.family(name) if self.family else None

    def _key(self, owner: str, name: str) -> str:
        key = owner.casefold().removeprefix("the ")
        if self._names.get(key, "").islower():  # a web domain; a proper name is better
            del self._names[key]
        self._names.setdefault(key, name)
        return key

    def _links(self, article: Article, credits_found: Iterable[Credit], name: str, own: str) -> Iterable[Link]:
        """Yield where an article says that it comes from, other than its own publisher."""
        credited = [credit for credit in credits_found if credit.kind in _DERIVED]
        if article.credited:
            credited.append(Credit(article.credited, "feed-source", article.credited))
        original, here = _domain(article.canonical_url), _domain(article.url)
        if original and here and original != here:
            credited.append(Credit(original, "canonical", article.canonical_url or ""))
        for credit in credited:
            if credit.kind == "attribution" and credit.name.islower():
                continue  # "reporters" and "state television" are nobody in particular
            key = self._key(self._owner(credit.name) or credit.name, credit.name)
            if key != own:
                yield Link(f"{name} {_WORDS[credit.kind]} {credit.name}: “{credit.evidence}”", to=key)


def _kept(entry: _Entry) -> KeptEntry:
    text = None if entry.text == _own_text(entry.article) else entry.text
    return KeptEntry(
        entry.article.id, entry.name, entry.own, entry.credits, entry.reports, entry.order[1], text, entry.overlaps
    )  # fmt: skip


def _again(kept: KeptEntry, article: Article) -> _Entry:
    text = _own_text(article) if kept.text is None else kept.text
    order = (_when(article), kept.place)
    return _Entry(
        article, kept.name, kept.own, kept.credits, kept.reports, order, text, _figures(text), kept.overlaps
    )  # fmt: skip


def _own_text(article: Article) -> str:
    return article.text or article.title


def _when(article: Article) -> float:
    """Return the publication time as a number to sort by; what has none comes last."""
    return article.published_at.timestamp() if article.published_at else float("inf")


def _domain(url: str | None) -> str | None:
    """Return a URL's host without ``www.``, or None when it has none."""
    try:
        host = urlsplit(url).hostname if url else None
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def _figures(text: str) -> frozenset[str]:
    """Return the figures of a text that are neither round nor a year: the ones two reporters seldom both find."""
    found = (match[0].replace(",", "") for match in _FIGURE.finditer(text))
    return frozenset(figure for figure in found if not figure.endswith("00") and not _YEAR.fullmatch(figure))


@dataclass(slots=True)
class _Story:
    """The articles of one story while their origins are worked out."""

    entries: Mapping[str, _Entry]
    names: Mapping[str, str]
    _roots: dict[str, frozenset[str]] = field(default_factory=dict)
    _why: dict[str, list[str]] = field(default_factory=dict)

    def origins(self, known: Callable[[Article], bool] | None) -> tuple[Origin, ...]:
        """Work out where each article goes back to, the earliest first, and gather them by it."""
        for key in sorted(self.entries, key=lambda key: self.entries[key].order):
            self._trace(self.entries[key])
        members: dict[str, list[str]] = {}
        for key in self.entries:
            for root in sorted(self._roots[key]):
                members.setdefault(root, []).append(key)
        made = [self._origin(root, keys, known) for root, keys in members.items()]
        return tuple(sorted(made, key=lambda origin: (not origin.known, -len(origin.articles))))

    def _trace(self, entry: _Entry) -> None:
        """Note which families an article goes back to, and why."""
        roots: set[str] = set()
        for link in (*entry.credits, *self._copied(entry)):
            found = {link.to} if link.to else self._roots[link.article or ""]
            for root in found:
                self._why.setdefault(root, []).append(link.evidence)
            roots |= found
        if entry.reports:
            self._why.setdefault(entry.own, []).append(entry.reports)
        if entry.reports or not roots:
            roots.add(entry.own)
        self._roots[entry.article.id] = frozenset(roots)

    def _copied(self, entry: _Entry) -> Iterable[Link]:
        """Yield the earlier articles whose words this one repeats."""
        for key, overlap in self._neighbours(entry).items():
            other = self.entries[key]
            if other.own != entry.own and (evidence := self._copy_evidence(entry, other, overlap)):
                yield Link(evidence, article=key)

    def _neighbours(self, entry: _Entry) -> dict[str, Overlap]:
        """Return the overlaps with articles traced before, whichever of the two came into the window first."""
        mine = {overlap.key: overlap for overlap in entry.overlaps}
        for key in self._roots:
            for overlap in self.entries[key].overlaps:
                if overlap.key == entry.article.id:
                    mine[key] = overlap
        return {key: found for key, found in mine.items() if key in self._roots and found.containment >= REWORDED}

    def _copy_evidence(self, entry: _Entry, other: _Entry, overlap: Overlap) -> str | None:
        """Return in words why one of two articles repeats the other, or None when it does not."""
        runs = shared_runs(entry.text, other.text)
        sentences = [run for run in runs if run.tells(SENTENCE_WORDS)]
        long = overlap.containment >= LARGE and any(run.tells(LONG_SENTENCE_WORDS) for run in runs)
        share = f"{entry.name} and {other.name} share {overlap.containment:.0%} of the words"
        if overlap.containment >= COPY or len(sentences) >= SENTENCES or long:
            return f"{share}: “{' '.join(runs[0].text.split()[:12])} …”" if runs else share
        figures = self._rare(entry, other)
        return f"{share}, and alone the figures {', '.join(sorted(figures))}" if len(figures) >= RARE_FIGURES else None

    def _rare(self, entry: _Entry, other: _Entry) -> frozenset[str]:
        """Return the figures that only these two publishers have, of all in the story."""
        elsewhere = (e.figures for e in self.entries.values() if e.own not in {entry.own, other.own})
        return (entry.figures & other.figures).difference(*elsewhere)

    def _origin(self, root: str, keys: list[str], known: Callable[[Article], bool] | None) -> Origin:
        evidence = dict.fromkeys(self._why.get(root, ()))
        relatives = dict.fromkeys(self.entries[key].name for key in keys if self.entries[key].own == root)
        if len(relatives) > 1:
            evidence[f"{', '.join(relatives)} belong to one family"] = None
        confirmed = known is None or any(known(self.entries[key].article) for key in keys)
        return Origin(self.names.get(root, root), tuple(keys), tuple(evidence), confirmed)
