"""Which standing phrases an article holds: a million of them against its words, changed without a rebuild."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tocsin.alerts.words import Word, other_stem, stem, tokens_of, words_of

# Every run of up to so many words is looked up; a longer phrase is found by its first words and then compared.
WINDOW = 3
MOST_WORDS = 12


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
        for phrase in phrases:
            self.add(phrase)

    def add(self, phrase: str) -> None:
        """Listen for a phrase from now on; one without a word, or of more than ``MOST_WORDS``, is never found."""
        tokens = tokens_of(phrase)
        book = self._short if len(tokens) <= WINDOW else self._long
        for key in _keys(tokens):
            kept = book.get(key)
            if kept is None:
                book[key] = phrase
            elif phrase not in (known := _several(kept)):
                book[key] = (*known, phrase)

    def remove(self, phrase: str) -> None:
        """Listen for a phrase no more."""
        tokens = tokens_of(phrase)
        book = self._short if len(tokens) <= WINDOW else self._long
        for key in _keys(tokens):
            rest = tuple(known for known in _several(book.get(key, ())) if known != phrase)
            if not rest:
                book.pop(key, None)
            else:
                book[key] = rest if len(rest) > 1 else rest[0]

    def find(self, text: str) -> tuple[Found, ...]:
        """Return the phrases that stand in ``text``, each once, in the order of their first words."""
        words = words_of(text)
        found: dict[str, Found] = {}
        for first, start, end, key in _runs(words):
            if (hit := self._short.get(key)) is not None:
                for phrase in _several(hit):
                    found.setdefault(phrase, Found(phrase, text[start:end]))
            if self._long and (hit := self._long.get(key)) is not None:
                for phrase in _several(hit):
                    if over := _end_of(phrase, words, first):
                        found.setdefault(phrase, Found(phrase, text[start:over]))
        return tuple(found.values())


def _runs(words: list[Word]) -> Iterator[tuple[int, int, int, str]]:
    """Return each run of up to ``WINDOW`` words: number of its first word, its span in the text, its key."""
    for i, first in enumerate(words):
        key, start = first.stem, first.start
        yield i, start, first.end, key
        for word in words[i + 1 : i + WINDOW]:
            key = f"{key} {word.stem}"
            yield i, start, word.end, key


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


def _end_of(phrase: str, words: list[Word], first: int) -> int:
    """Return where a long phrase ends in the text, 0 when the words after the window are not its own."""
    wanted = [stem(token) for token in tokens_of(phrase)]
    there = words[first : first + len(wanted)]
    whole = [word.stem for word in there[WINDOW:]] == wanted[WINDOW:]
    return there[-1].end if whole else 0
