"""How much of one text runs word for word in another: 5-word shingles and an inverted index over a window of articles.

MinHash and SimHash miss a wire that was cut to a third; the share of the smaller text's shingles that the larger one
holds does not (measured: EVIDENCE, section 4). What is quoted is left out first, since reporters of one press
conference share it, and so are the lines that an outlet repeats under all its articles.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice
from typing import Final
from zlib import crc32

SHINGLE: Final = 5
# Longer texts are compared by their beginning, so that one insertion is bounded.
MAX_WORDS: Final = 4000
# The first holders of a shingle suffice to find a copy; more of them is a phrase everyone uses.
MAX_HOLDERS: Final = 12
# Fewer shared shingles than this are one common sentence at most.
MIN_SHARED: Final = 8

_QUOTED: Final = re.compile(r"“[^“”]{1,800}”|«[^«»]{1,800}»|„[^„“”]{1,800}[“”]|\"[^\"\n]{1,800}\"")
_WORD: Final = re.compile(r"\w+")


def shingles(text: str) -> frozenset[int]:
    """Return the hashes of all runs of five words outside quotations (of this process only: they are seeded)."""
    words = _WORD.findall(_QUOTED.sub(" ", text).casefold())[:MAX_WORDS]
    return frozenset(map(hash, zip(*(words[start:] for start in range(SHINGLE)), strict=False)))


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another text that shares shingles: its key, how many, and the share of the smaller text that they are."""

    key: str
    shared: int
    containment: float


@dataclass(slots=True)
class ShingleIndex:
    """The texts of a window; the oldest leave when it is full. ``limit`` is how many it holds."""

    limit: int = 20_000
    _texts: OrderedDict[str, frozenset[int]] = field(default_factory=OrderedDict)
    _holders: dict[int, list[str]] = field(default_factory=dict)

    def add(self, key: str, text: str) -> tuple[Overlap, ...]:
        """Put a text into the window and return what of it runs in texts that came before, the fullest first.

        A key that is there already is replaced. Costs time linear in the text's length.
        """
        self.remove(key)
        mine = shingles(text)
        found = self._overlaps(mine)
        self._put(key, mine)
        while len(self._texts) > self.limit:
            self.remove(next(iter(self._texts)))
        return found

    def resume(self, key: str, text: str) -> None:
        """Put a text that was in the window before into it again."""
        self._put(key, shingles(text))

    def remove(self, key: str) -> None:
        """Take a text out of the window, if it is there."""
        for shingle in self._texts.pop(key, frozenset()):
            holders = self._holders.get(shingle, [])
            if key in holders:
                holders.remove(key)
            if not holders:
                self._holders.pop(shingle, None)

    def _put(self, key: str, mine: frozenset[int]) -> None:
        self._texts[key] = mine
        for shingle in mine:
            holders = self._holders.get(shingle)
            if holders is None:
                self._holders[shingle] = [key]
            elif len(holders) < MAX_HOLDERS:
                holders.append(key)

    def _overlaps(self, mine: frozenset[int]) -> tuple[Overlap, ...]:
        known = self._holders
        shared = Counter(chain.from_iterable(map(known.__getitem__, filter(known.__contains__, mine))))
        overlaps = (
            Overlap(key, count, count / min(len(mine), len(self._texts[key])))
            for key, count in shared.items()
            if count >= MIN_SHARED
        )
        return tuple(sorted(overlaps, key=lambda overlap: (-overlap.containment, overlap.key)))


@dataclass(frozen=True, slots=True)
class TemplatesState:
    """What ``Templates`` learned: articles seen, and of each line its outlet, checksum, count and last article."""

    articles: int
    lines: list[tuple[str, int, int, int]]


@dataclass(slots=True)
class Templates:
    """The lines that an outlet repeats under all its articles, learned as they pass.

    A line is a template once ``_REPEATS`` articles of one outlet carry it that are otherwise different: a new version
    of an article repeats most of the old one, and teaches nothing.
    """

    limit: int = 200_000
    _seen: OrderedDict[tuple[str, int], tuple[int, int]] = field(default_factory=OrderedDict)
    _articles: int = 0

    def state(self) -> TemplatesState:
        """Return what was learned."""
        return TemplatesState(self._articles, [(*line, *seen) for line, seen in self._seen.items()])

    def resume(self, state: TemplatesState) -> None:
        """Take up what was learned."""
        self._articles = state.articles
        self._seen = OrderedDict(((outlet, line), (count, last)) for outlet, line, count, last in state.lines)

    def strip(self, outlet: str, text: str) -> str:
        """Return ``text`` without the outlet's template lines, and learn from it."""
        lines = [line for line in text.split("\n") if line.strip()]
        keys = [(outlet, crc32(line.strip().encode("utf-8", "replace"))) for line in lines]
        kept = [line for line, key in zip(lines, keys, strict=True) if self._seen.get(key, (0, 0))[0] < _REPEATS]
        self._learn(keys)
        return "\n".join(kept)

    def _learn(self, keys: Sequence[tuple[str, int]]) -> None:
        self._articles += 1
        unique = dict.fromkeys(keys)
        last_in = Counter(self._seen[key][1] for key in unique if key in self._seen)
        version = any(2 * count > len(unique) for count in last_in.values())
        for key in unique:
            count = self._seen.pop(key, (0, 0))[0]
            self._seen[key] = (max(count, 1) if version else count + 1, self._articles)
        while len(self._seen) > self.limit:
            self._seen.popitem(last=False)


_REPEATS: Final = 2


@dataclass(frozen=True, slots=True)
class SharedRun:
    """Words that one text shares with another in one piece; ``plain`` counts those that are no names or figures."""

    text: str
    words: int
    plain: int

    def tells(self, words: int) -> bool:
        """Say whether the run is narrative of at least so many plain words, and not a list of names."""
        return self.plain >= words and self.plain >= 0.6 * self.words


@lru_cache(maxsize=1024)
def shared_runs(text: str, other: str) -> tuple[SharedRun, ...]:
    """Return the runs of five words and more that ``text`` shares with ``other`` outside quotations, the longest first.

    Each is given as it stands in ``text``, at most ``MAX_WORDS`` words into it.
    """
    theirs = shingles(other)
    matches = list(islice(_WORD.finditer(_QUOTED.sub(lambda quote: " " * len(quote[0]), text)), MAX_WORDS))
    words = [match[0].casefold() for match in matches]
    runs: list[tuple[int, int]] = []
    for start in range(len(words) - SHINGLE + 1):
        if hash(tuple(words[start : start + SHINGLE])) in theirs:
            begin = runs.pop()[0] if runs and runs[-1][1] >= start + SHINGLE - 1 else start
            runs.append((begin, start + SHINGLE))
    runs.sort(key=lambda run: run[0] - run[1])
    return tuple(
        SharedRun(
            text[matches[begin].start() : matches[end - 1].end()],
            end - begin,
            sum(match[0].islower() for match in matches[begin:end]),
        )
        for begin, end in runs
    )
