"""Statements in the forms of headlines: "Kremlin: no new mobilisation" and "Three killed in blast - police"."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.reading.attribution import Attribution
from tocsin.reading.content import span
from tocsin.reading.cues import Cue
from tocsin.reading.lexicon import Lexicon, Verb
from tocsin.reading.phrase_words import Range, is_role, is_speech
from tocsin.reading.tokens import Token

_LONGEST_SPEAKER = 6
_LONGEST_HEADLINE = 30


def find_headline(tokens: Sequence[Token], lexicon: Lexicon) -> Attribution | None:
    """Return the attribution of a headline, whose cue is a colon behind or a dash before the speaker, or None."""
    if tokens and tokens[-1].tag == "." and not tokens[0].text.isascii():
        tokens = tokens[:-1]  # posts of Ukrainian and Russian channels end so
    if not 2 <= len(tokens) <= _LONGEST_HEADLINE or tokens[-1].tag == ".":
        return None
    for index, token in enumerate(tokens[1:], start=1):
        if token.tag == ":" and _speaks(
            tokens, (0, index), lexicon, quoted=is_speech(tokens[min(index + 1, len(tokens) - 1)])
        ):
            return _attribution(tokens, index, (0, index), (index + 1, len(tokens)))
    for index in range(len(tokens) - 2, max(1, len(tokens) - 2 - _LONGEST_SPEAKER), -1):
        sure = tokens[index - 1].tag == "," or is_speech(tokens[index - 1])
        if tokens[index].tag == "-" and _speaks(tokens, (index + 1, len(tokens)), lexicon, quoted=sure):
            return _attribution(tokens, index, (index + 1, len(tokens)), (0, index))
    return None


def _attribution(tokens: Sequence[Token], mark: int, source: Range, content: Range) -> Attribution:
    cue = Cue((mark, mark + 1), Verb(tokens[mark].text, "speech", "any"))
    return Attribution(cue, source, (mark, mark), span(tokens, *content))


def _speaks(tokens: Sequence[Token], source: Range, lexicon: Lexicon, *, quoted: bool) -> bool:
    """Tell a speaker from a subject ("Floods in Spain: dozens missing") and from a label ("Live updates:")."""
    words = tokens[slice(*source)]
    if not 1 <= len(words) <= _LONGEST_SPEAKER or any(token.tag not in "DNUGP&" for token in words):
        return False
    if any(token.lower in lexicon.words["label"] for token in words):
        return False
    if quoted:
        return words[0].tag in "DU"
    return any(token.lower in lexicon.words["metonym"] or is_role(token, lexicon) for token in words) or any(
        token.lower in lexicon.words["body"] for token in words
    )
