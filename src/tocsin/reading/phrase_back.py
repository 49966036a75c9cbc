"""Where the noun phrase that ends at a given word begins."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.reading.lexicon import Lexicon
from tocsin.reading.phrase_words import LONGEST, WALL, Range, is_finite, is_speech
from tocsin.reading.tokens import Token


def phrase_back(tokens: Sequence[Token], last: int, lexicon: Lexicon) -> Range | None:
    """Return the noun phrase whose last word is at ``last``, without adverbials before it, or None.

    It reaches back over "the head of", "who was there" and "(D-Va.)" up to a mark, a verb or a conjunction.
    """
    first = last + 1
    while first > 0 and last - first < LONGEST:
        if first <= last and tokens[first].tag == "D" and tokens[first - 1].tag in "NU":
            break
        start = _taken_in(tokens, first - 1, last, lexicon)
        if start is None:
            break
        first = start
    return _trim(tokens, first, last + 1, lexicon)


def _taken_in(tokens: Sequence[Token], index: int, last: int, lexicon: Lexicon) -> int | None:
    """Return where the phrase begins once it takes in the word at ``index``, or None when it doesn't."""
    token = tokens[index]
    if token.tag == ")":
        return _bracket_back(tokens, index)
    if token.lower in lexicon.words["participle"] and _is_reduced(tokens, index):
        return index
    if token.tag in "XV" or _is_verb(tokens, index, last, lexicon):
        return _relative_back(tokens, index)
    if token.tag == "C":
        return index if _joins(tokens, index, lexicon) else None
    outside = token.tag in WALL or token.tag in ",(JSR" or token.lower in lexicon.words["clause_link"]
    return None if outside or is_speech(token) else index


def _is_verb(tokens: Sequence[Token], index: int, last: int, lexicon: Lexicon) -> bool:
    """Tell a verb inside the phrase; as its last word only a form that no noun shares is one ("police report")."""
    verb = lexicon.verbs.get(tokens[index].lower)
    return verb is not None and (verb.form == "any" or index != last) and is_finite(tokens, index, lexicon)


def _is_reduced(tokens: Sequence[Token], index: int) -> bool:
    """Tell the participle in "images taken on Thursday" from a verb."""
    return 0 < index < len(tokens) - 1 and tokens[index - 1].tag in "NU" and tokens[index + 1].tag == "P"


def _relative_back(tokens: Sequence[Token], index: int) -> int | None:
    """Return the index of the "who" that opens the clause this verb stands in, if no mark parts them."""
    for back in range(index - 1, max(-1, index - 15), -1):
        token = tokens[back]
        if token.tag == "R" or (token.lower == "that" and back and tokens[back - 1].tag in "NU"):
            return back if back and tokens[back - 1].tag in "NU)" else None
        if token.tag in WALL or token.tag in ",QS":
            return None
    return None


def _bracket_back(tokens: Sequence[Token], index: int) -> int | None:
    for back in range(index - 1, max(-1, index - 10), -1):
        if tokens[back].tag == "(":
            return back
    return None


def _joins(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    """Tell whether the "and" at ``index`` joins two nouns of one subject, and not two clauses."""
    if tokens[index].lower == "&":
        return True
    if index == 0 or tokens[index - 1].tag not in "NUQ)":
        return False
    start = index - 1
    while start >= 0 and tokens[start].tag in "NU#DGP)(B":
        if tokens[start].lower in lexicon.verbs and is_finite(tokens, start, lexicon):
            return False
        start -= 1
    if start >= 0 and tokens[start].tag in "XVSR":
        return False
    return tokens[start + 1].tag != "P"


def _trim(tokens: Sequence[Token], first: int, end: int, lexicon: Lexicon) -> Range | None:
    """Drop what leads up to the subject: "On Friday", "In Kyiv", "Last year", "But"."""
    while first < end:
        step = _lead(tokens, first, end, lexicon)
        if step == first:
            break
        first = step
    if first + 1 == end and tokens[first].lower in lexicon.words["thing"]:
        return None
    return (first, end) if first < end else None


def _lead(tokens: Sequence[Token], first: int, end: int, lexicon: Lexicon) -> int:
    """Return the index behind one leading word or adverbial, or ``first`` when the subject begins there."""
    token = tokens[first]
    if token.lower in lexicon.words["topic"]:
        return end  # "о взрыве сообщили …" says of what, not who
    if token.lower in lexicon.words["seat"] and not any(each.tag == "T" for each in tokens[first:end]):
        return first + 1
    if token.tag == "P":
        return _past_adverbial(tokens, first + 1, end, lexicon)
    following = tokens[first + 1].tag if first + 1 < end else "."
    if token.lower == "that" and following in "NUD#" and first and tokens[first - 1].tag in "NU,)":
        return first + 1  # "the strike that officials said …"
    if token.lower in lexicon.words["time_lead"] and following == "T":
        return first + 2
    loose = token.tag == "T" and following not in "GP."
    return first + 1 if loose or token.tag in "CB," else first


def _past_adverbial(tokens: Sequence[Token], first: int, end: int, lexicon: Lexicon) -> int:
    """Return where the noun phrase behind a preposition's own noun phrase starts."""
    index = first + 1
    while index < end:
        token, previous = tokens[index], tokens[index - 1]
        if (token.tag in "DS" and previous.tag not in "PGD") or previous.lower in lexicon.words["scene"]:
            return index
        if previous.tag == "T" and token.tag not in "T,#P":
            return index
        if token.lower in lexicon.words["title"] and token.tag == "U" and previous.tag in "NU":
            return index
        index += 1
    return first
