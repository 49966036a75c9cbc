"""What tells an article's lines from the rest of its page, as numbers: a line by itself, then among its neighbours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tocsin.intake.boilerplate import ends_a_sentence, phrases_in
from tocsin.intake.lines import FUNCTION_WORDS

Array = npt.NDArray[np.float64]

OWN = (
    "2 words", "4 words", "8 words", "15 words", "30 words", "60 words", "sentence", "prose", "cut off", "commas",
    "lower", "upper", "capitals", "digits", "phrases", "phrase density", "date", "credit", "signs", "comment",
    "repeated", "function words", "sentences", "colon", "quoted", "question", "me and you", "goes on", "numbered",
    "no spaces", "dash", "word length",
)  # fmt: skip
"""Names of the columns of ``own_features``."""

_WINDOWS = (1, 3, 8, 20)
_SIDES = (3, 10)
_NEAR = ("density", "share of best")
CONTEXT = (
    *(f"{what} {width}" for width in _WINDOWS for what in ("density", "share of best", "words")),
    *(f"{what} {side} {width}" for width in _SIDES for side in ("left", "right") for what in _NEAR),
    "in main run", "lines before it", "lines after it", "before it", "after it", "shared words", "shared words in it",
    "own", "own in main run", "words so far", "short in it", "phrases in it", "position",
    "density", "prose in dense", "own in dense", "sentence among prose", "own among prose",
)  # fmt: skip
"""Names of the columns of ``context_features``."""

_WORD = re.compile(r"\w+")
_NO_SPACES = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]")
_CUT_OFF = re.compile(r"(?:\.\.\.|…|\[…\]|»|›|→|\bmore)$")
_SENTENCE_ENDS = re.compile(r"[.!?]['\"”’)]*(?:\s|$)")
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}:\d\d\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d"
    r"|\b(?:ago|am|pm|edt|est|gmt|utc)\b",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"^(?:by|por|von|par|di|photos?|image|picture|credit|source|updated|published|posted|caption)\b"
    r"|\((?:photo|image|picture|credit)\b|\b(?:photo|image) (?:by|credit)|getty images|/getty|\bap photo\b",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"[|»›→•©®@#]|https?:|www\.|\.com\b", re.IGNORECASE)
_COMMENT = re.compile(r"\b(?:repl(?:y|ies)|comments?|says:|wrote:|permalink|report abuse|upvote)\b", re.IGNORECASE)
_PERSONAL = frozenset({"i", "my", "me", "you", "your", "we", "our", "us"})
_MOST_PHRASES = 3


def own_features(lines: Sequence[str]) -> tuple[Array, Array]:
    """Return the features of each line by itself, shape (lines, len(OWN)), and each line's number of words."""
    times = Counter(lines)
    rows = [_own(line, times[line]) for line in lines]
    return np.array([row for row, _ in rows], dtype=float), np.array([words for _, words in rows], dtype=float)


def _own(line: str, times: int) -> tuple[list[float], int]:
    tokens = _WORD.findall(line)
    signs = len(_NO_SPACES.findall(line))
    words = len(tokens) + signs // 2 if signs > 4 else len(line.split())
    letters = [token for token in tokens if token[0].isalpha()]
    most = max(1, len(letters))
    lowered = [token.lower() for token in letters]
    is_cut = _CUT_OFF.search(line) is not None
    is_sentence = not is_cut and ends_a_sentence(line)
    phrases = phrases_in(line)
    is_short = words < 20
    row = [
        *(words >= least for least in (2, 4, 8, 15, 30, 60)),
        is_sentence,
        is_sentence and words >= 8,
        is_cut,
        min(1.0, line.count(",") / max(1, words) * 8),
        sum(token[0].islower() for token in letters) / most,
        sum(token[0].isupper() for token in letters) / most,
        sum(token.isupper() and len(token) > 1 for token in letters) / most,
        sum(token[0].isdigit() for token in tokens) / max(1, len(tokens)),
        min(phrases, _MOST_PHRASES),
        min(1.0, phrases / max(1, words) * 8),
        is_short and _DATE.search(line) is not None,
        _CREDIT.search(line) is not None,
        min(3, len(_SIGNS.findall(line))),
        is_short and _COMMENT.search(line) is not None,
        times > 1,
        sum(word in FUNCTION_WORDS for word in lowered) / most,
        min(4, len(_SENTENCE_ENDS.findall(line))),
        line.endswith(":"),
        line[0] in '"“‘«',
        line.endswith("?"),
        min(1.0, sum(word in _PERSONAL for word in lowered) / most * 5),
        line[0].islower(),
        line[0].isdigit() and re.match(r"\d+[.)]? ", line) is not None,
        signs > 4,
        line[0] in "-–—•*",
        min(12.0, sum(map(len, letters)) / most) / 6,
    ]
    return [float(value) for value in row], max(1, words)


def context_features(chance: Array, words: Array, lines: Sequence[str], own: Array) -> Array:
    """Return the features of each line among its neighbours, shape (lines, len(CONTEXT)).

    ``chance`` is each line's own chance to be article, in (0, 1): with the number of words it gives the expected words
    of article around the line, absolutely, and against the best place of the text.
    """
    expected = chance * words
    columns = [*_windows(expected, words), *_sides(expected, words)]
    inside, before, after = _main_run(chance, words)
    shared = _shared_words(lines, inside)
    odds = np.log(chance / (1 - chance))
    columns += [inside, np.log1p(before), np.log1p(after), np.sign(before), np.sign(after)]
    columns += [shared, inside * shared]
    columns += [odds, odds * inside, np.cumsum(expected) / max(1.0, float(expected.sum()))]
    columns += [inside * (words < 12), inside * (own[:, OWN.index("phrases")] > 0), np.arange(len(lines)) / len(lines)]
    density = np.full(len(lines), float(expected.sum() / words.sum()))
    nearby = _around(expected, -5, 5) / _around(words, -5, 5)
    columns += [density, density * own[:, OWN.index("prose")], density * odds]
    columns += [nearby * own[:, OWN.index("sentence")], nearby * odds]
    return np.column_stack(columns)


def _windows(expected: Array, words: Array) -> list[Array]:
    columns = []
    for width in _WINDOWS:
        near = _around(expected, -width, width) - expected
        all_words = _around(words, -width, width) - words
        columns += [near / np.maximum(all_words, 1), near / max(1.0, near.max()), np.log1p(near) / 6]
    return columns


def _sides(expected: Array, words: Array) -> list[Array]:
    columns = []
    for width in _SIDES:
        for first, last in ((-width, -1), (1, width)):
            near = _around(expected, first, last)
            columns += [near / np.maximum(_around(words, first, last), 1), near / max(1.0, near.max())]
    return columns


def _around(values: Array, first: int, last: int) -> Array:
    """Return for each place the sum of the values from ``first`` to ``last`` places away."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(len(values))
    sums: Array = total[np.clip(places + last + 1, 0, len(values))] - total[np.clip(places + first, 0, len(values))]
    return np.maximum(sums, 0.0)


def _main_run(chance: Array, words: Array) -> tuple[Array, Array, Array]:
    """Return which lines are in the run with the largest sum of evidence, and how far the others are from it."""
    value = (chance - 0.5) * words
    value = np.where(value > 0, value, np.minimum(value, -4.0))
    best, current, start, run = 0.0, 0.0, 0, (0, len(value))
    for place, gain in enumerate(value):
        current += gain
        if current <= 0:
            current, start = 0.0, place + 1
        elif current > best:
            best, run = current, (start, place + 1)
    places = np.arange(len(value))
    inside = ((places >= run[0]) & (places < run[1])).astype(float)
    return inside, np.maximum(run[0] - places, 0.0), np.maximum(places - run[1] + 1.0, 0.0)


def _shared_words(lines: Sequence[str], inside: Array) -> Array:
    """Return the share of each line's longer words that the main run uses as well (in another line)."""
    vocabularies = [
        {word for word in _WORD.findall(line.lower()) if len(word) > 3 and word not in FUNCTION_WORDS} for line in lines
    ]
    used = Counter(word for vocabulary, is_in in zip(vocabularies, inside, strict=True) if is_in for word in vocabulary)
    return np.array(
        [
            sum(used[word] > is_in for word in vocabulary) / len(vocabulary) if vocabulary else 0.0
            for vocabulary, is_in in zip(vocabularies, inside, strict=True)
        ]
    )
