"""The words of one language that statements are found by, read once from ``lexicons/<language>.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from tocsin.reading.tokens import Vocabulary

Frame = Literal["speech", "clause", "object", "evidence", "before"]
Form = Literal["base", "s", "past", "ing", "any"]

LANGUAGES = ("en", "uk", "ru")
_ENTRY = re.compile(r"([^\s(|]+)(?:\(([^)]*)\)|\|(\S*))?")
_CLASSES = {
    "determiner": "D",
    "calendar": "K",
    "time": "T",
    "preposition": "P",
    "subordinator": "J",
    "subject": "S",
    "relative": "R",
    "conjunction": "C",
    "auxiliary": "X",
    "adverb": "B",
    "verb": "V",
}
"""The word class of each list, in falling precedence; see ``tokens.tokenise``."""
_VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Verb:
    """What one written form of a cue means: its base form, what it needs beside it, and which form it is."""

    lemma: str
    frame: Frame
    form: Form


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All word lists of one language; words are in lower case.

    One of ``unverified_words`` is in whatever ``unverified`` matches, save what is written in capitals.
    """

    language: str
    vocabulary: Vocabulary
    verbs: Mapping[str, Verb]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], Frame], ...]]
    hedges: re.Pattern[str]
    unverified: re.Pattern[str]
    unverified_words: frozenset[str]
    idioms: Mapping[str, frozenset[str]]
    words: Mapping[str, frozenset[str]]
    media: re.Pattern[str]


@lru_cache(maxsize=len(LANGUAGES))
def load(language: str) -> Lexicon:
    """Return the lexicon of ``language``; a language without one gets the English lexicon."""
    name = language if language in LANGUAGES else "en"
    data = tomllib.loads((files("tocsin.reading") / "lexicons" / f"{name}.toml").read_text(encoding="utf-8"))
    words = {key: frozenset(_inflect(value)) for key, value in data["words"].items()}
    return Lexicon(
        language=name,
        vocabulary=Vocabulary(_classes(words)),
        verbs=_verbs(data["verbs"], name),
        phrases=_phrases(data["phrases"]),
        hedges=_any_of([*data["phrases"]["hedge"], *data["phrases"]["unverified"]], re.IGNORECASE),
        unverified=_any_of(data["phrases"]["unverified"], re.IGNORECASE),
        unverified_words=frozenset(max(each.split(), key=len) for each in data["phrases"]["unverified"]),
        idioms={verb: frozenset(objects.split()) for verb, objects in data.get("idioms", {}).items()},
        words=words,
        media=_any_of(data["manner"]["medium"]),
    )


def _inflect(words: str) -> Iterator[str]:
    """Yield the words of a list; ``stem|ending|ending`` stands for one word per ending."""
    for word in words.split():
        stem, *endings = word.split("|")
        yield from (stem + ending for ending in endings or [""])


def _classes(words: Mapping[str, frozenset[str]]) -> dict[str, str]:
    found = dict.fromkeys(words.get("not_adverb", ()), "N")
    for name, tag in reversed(_CLASSES.items()):
        found.update(dict.fromkeys(words.get(name, ()), tag))
    return found


def _verbs(data: Mapping[str, str], language: str) -> dict[str, Verb]:
    found: dict[str, Verb] = {}
    for frame in ("evidence", "object", "clause", "speech"):
        found.update(_expand(data[frame], frame, language))
    return found


def _phrases(data: Mapping[str, list[str]]) -> dict[str, tuple[tuple[tuple[str, ...], Frame], ...]]:
    found: dict[str, list[tuple[tuple[str, ...], Frame]]] = {}
    frames: tuple[tuple[str, Frame], ...] = (("speech", "speech"), ("object", "object"), ("before_speaker", "before"))
    for key, frame in frames:
        for phrase in data[key]:
            words = tuple(phrase.split())
            found.setdefault(words[0], []).append((words, frame))
    return {first: tuple(sorted(group, key=lambda entry: -len(entry[0]))) for first, group in found.items()}


def _any_of(phrases: Iterable[str], flags: int = 0) -> re.Pattern[str]:
    ordered = sorted(phrases, key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(map(re.escape, ordered)) + r")\b", flags)


def _expand(entries: str, frame: Any, language: str) -> Iterator[tuple[str, Verb]]:
    for entry in _ENTRY.finditer(entries):
        base, forms, endings = entry.groups()
        if endings is not None:
            yield from ((base + end, Verb(base, frame, "any")) for end in endings.split("|"))
        elif language == "en":
            yield from _english(base, forms, frame)
        else:
            yield from ((word, Verb(base, frame, "any")) for word in [base, *(forms or "").split()])


def _english(base: str, irregular: str | None, frame: Frame) -> Iterator[tuple[str, Verb]]:
    yield base, Verb(base, frame, "base")
    for word in irregular.split() if irregular else _inflected(base):
        form: Form = "ing" if word.endswith("ing") else "s" if word.endswith("s") else "past"
        yield word, Verb(base, frame, form)


def _inflected(base: str) -> tuple[str, str, str]:
    if base.endswith("e"):
        return base + "s", base + "d", base[:-1] + "ing"
    if base.endswith("y") and base[-2] not in _VOWELS:
        return base[:-1] + "ies", base[:-1] + "ied", base + "ing"
    if base.endswith(("s", "sh", "ch", "x", "z")):
        return base + "es", base + "ed", base + "ing"
    return base + "s", base + "ed", base + "ing"
