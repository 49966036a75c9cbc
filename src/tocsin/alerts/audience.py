"""Which standing phrases an article holds: a million of them against its words, changed without a rebuild."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tocsin.alerts.words import other_stem, spans_of, stem, tokens_of

# Every run of up to so many words is looked up; a longer phrase is found by its first words and then compared.
WINDOW = 3
MOST_WORDS = 12
_MARKS = 1 << 24
"""Places for marks of two-word beginnings: with a million phrases one look in twenty goes on for nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """A standing phrase found in a text, and the words it was found by."""

    phrase: str
    evidence: str


class Phrases:
    """Standing phrases; two that differ only in case or endings are both found by either's words.

    A dict over runs of one to three words (EVIDENCE §1: under a millisecond for a million phrases and 800 words, where
    an automaton must be built anew for each change).
    """

    def __init__(self, phrases: Iterable[str] = ()) -> None:
        self._short: dict[str, str | tuple[str, ...]] = {}
        self._long: dict[str, str | tuple[str, ...]] = {}
        # How many keys begin with a word: most words of an article begin none, and cost one look.
        self._openers: dict[str, int] = {}
        # Which two words may begin a key, by their hash: nearly all pairs of an article begin none. Never unset.
        self._begun = bytearray(_MARKS)
        for phrase in phrases:
            self.add(phrase)

    def add(self, phrase: str) -> None:
        """Listen for a phrase from now on; one without a word, or of more than ``MOST_WORDS``, is never found."""
        tokens = tokens_of(phrase)
        book = self._short if len(tokens) <= WINDOW else self._long
        for key in _keys(tokens):
            known = _several(book.get(key, ()))
            if phrase not in known:
                book[key] = (*known, phrase) if known else phrase
                opener, *more = key.split(" ", 2)
                self._openers[opener] = self._openers.get(opener, 0) + 1
                if more:
                    self._begun[hash(f"{opener} {more[0]}") % _MARKS] = 1

    def remove(self, phrase: str) -> None:
        """Listen for a phrase no more."""
        tokens = tokens_of(phrase)
        book = self._short if len(tokens) <= WINDOW else self._long
        for key in _keys(tokens):
            known = _several(book.get(key, ()))
            if phrase in known:
                _put(book, key, tuple(one for one in known if one != phrase))
                _lower(self._openers, key.partition(" ")[0])

    def find(self, text: str) -> tuple[Found, ...]:
        """Return the phrases that stand in ``text``, each once, in the order of their first words."""
        stems = list(map(stem, tokens_of(text)))
        places = list(self._places(stems))
        spans = spans_of(text) if places else []
        found: dict[str, Found] = {}
        for first, after, phrase in places:
            found.setdefault(phrase, Found(phrase, text[spans[first][0] : spans[after - 1][1]]))
        return tuple(found.values())

    def _places(self, stems: list[str]) -> Iterator[tuple[int, int, str]]:
        """Return each phrase with the half-open run of words at which it stands."""
        openers, short, begun = self._openers, self._short, self._begun
        for first, opener in enumerate(stems):
            if opener not in openers:
                continue
            if known := short.get(opener):
                yield from ((first, first + 1, phrase) for phrase in _several(known))
            key = " ".join(stems[first : first + 2])
            if begun[hash(key) % _MARKS]:
                yield from self._longer(stems, first, key)

    def _longer(self, stems: list[str], first: int, key: str) -> Iterator[tuple[int, int, str]]:
        """Return the phrases of two words and more that begin at ``first``, with ``key``."""
        for after in range(first + 2, min(first + WINDOW, len(stems)) + 1):
            if after > first + 2:
                key = f"{key} {stems[after - 1]}"
            for phrase in _several(self._short.get(key, ())):
                yield first, after, phrase
        for phrase in _several(self._long.get(key, ())):
            wanted = list(map(stem, tokens_of(phrase)))
            if stems[first : first + len(wanted)] == wanted:
                yield first, first + len(wanted), phrase


def _put(book: dict[str, str | tuple[str, ...]], key: str, phrases: tuple[str, ...]) -> None:
    if phrases:
        book[key] = phrases if len(phrases) > 1 else phrases[0]
    else:
        del book[key]


def _lower(counts: dict[str, int], word: str) -> None:
    counts[word] -= 1
    if not counts[word]:
        del counts[word]


def _several(kept: str | tuple[str, ...]) -> tuple[str, ...]:
    return (kept,) if isinstance(kept, str) else kept


def _keys(tokens: list[str]) -> list[str]:
    """Return the keys of a phrase: the stems of its first words, and again for each name with a second stem."""
    if not 0 < len(tokens) <= MOST_WORDS:
        return []
    stems = [stem(token) for token in tokens[:WINDOW]]
    keys = [" ".join(stems)]
    for i, token in enumerate(tokens[:WINDOW]):
        if other := other_stem(token):
            keys.append(" ".join((*stems[:i], other, *stems[i + 1 :])))
    return keys
