"""Words of forms, consent, sharing and navigation, told from an article's by what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

_LISTED = (files("tocsin.intake") / "phrases.txt").read_text("utf-8").splitlines()
_PHRASES = [line for line in _LISTED if line and not line.startswith("#")]
# Apart, in lower case and only where a word begins: a tenth of the time of one expression for all, in any case.
_OPENING = re.compile("|".join(line for line in _PHRASES if line.startswith("^")))
_ANYWHERE = re.compile(rf"(?<!\w)(?:{'|'.join(line for line in _PHRASES if not line.startswith('^'))})")
_SENTENCE_END = re.compile(r"[.!?…。！？۔؟][\"'”’»)\]]*$|[\"”»]$")


def phrases_in(text: str) -> int:
    """Return how many boilerplate phrases a text holds."""
    return sum(1 for _ in _places(text))


def _places(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each phrase begins and ends, in order."""
    lowered = text.lower()
    if len(lowered) != len(text):  # "İ" becomes two characters
        lowered = "".join(low if len(low := each.lower()) == 1 else each for each in text)
    opening = _OPENING.match(lowered)
    if opening:
        yield opening.span()
    for found in _ANYWHERE.finditer(lowered, opening.end() if opening else 0):
        yield found.span()


def is_boilerplate(line: str) -> bool:
    """Return whether a line's words are mostly those of forms, consent, sharing or navigation."""
    found = phrases_in(line)
    return found > 0 and len(line.split()) < (18 if ends_a_sentence(line) else 30) * found


_FORM_TAIL = re.compile(
    r"(?:\W+(?:\w+\W+){0,5}?(?:[Ee]-?mails?|[Nn]ewsletters?|list)\b)?(?:[^\w“\"'‘«]+[a-z]+\b){0,3}[^\w“\"'‘«]*"
)


def form_apart(line: str) -> list[str]:
    """Return a form's words and the article's sentence that they run into as two parts, any other line as one.

    A form before a sentence has at least two of its phrases. What follows the last one up to the next capital letter
    belongs to it: the name of the newsletter is often markup of its own and missing in a record.
    """
    found = list(_places(line))
    if not found:
        return [line]
    (start, _), (_, end) = found[0], found[-1]
    before, after = line[:start].rstrip(), line[start:]
    if reads_as_prose(before) and is_boilerplate(after):
        return [before, after]
    tail = _FORM_TAIL.match(line, end)
    form, sentence = (line[: tail.end()].rstrip(), line[tail.end() :]) if tail else (line, "")
    return [form, sentence] if len(found) > 1 and reads_as_prose(sentence) else [line]


def ends_a_sentence(line: str) -> bool:
    """Return whether a line ends as a sentence does."""
    return _SENTENCE_END.search(line) is not None


def reads_as_prose(line: str) -> bool:
    """Return whether a line ends like a sentence and is long enough to be one (also in scripts without spaces)."""
    return (len(line.split()) >= 8 or (line[-1:] in "。！？" and len(line) >= 20)) and ends_a_sentence(line)
