"""Where the noun phrase that begins at a given word ends."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.reading.lexicon import Lexicon
from tocsin.reading.phrase_words import LONGEST, WALL, is_finite, is_speech
from tocsin.reading.tokens import Token


def phrase_end(tokens: Sequence[Token], first: int, lexicon: Lexicon) -> int:
    """Return the index behind the noun phrase that begins at ``first``; a "who …" clause belongs to it."""
    index = first
    in_clause = False
    while index < len(tokens) and index - first < LONGEST:
        token = tokens[index]
        if token.tag in WALL or token.tag == "," or is_speech(token):
            break
        if token.tag == "(":
            closing = next((k for k in range(index, min(len(tokens), index + 9)) if tokens[k].tag == ")"), None)
            if closing is None:
                break
            index = closing
        elif token.tag == "R" and token.lower != "which":
            in_clause = True
        elif not in_clause and (token.tag in "XVJ" or _ends_phrase(tokens, index, first, lexicon)):
            break
        index += 1
    return index


def _ends_phrase(tokens: Sequence[Token], index: int, first: int, lexicon: Lexicon) -> bool:
    token = tokens[index]
    if token.tag == "C":
        return index + 1 < len(tokens) and (tokens[index + 1].tag in "XVSB" or tokens[index + 1].lower in lexicon.verbs)
    if token.tag == "T":
        return index > first and not (tokens[index - 1].tag in "DP" and tokens[index - 1].lower != "on")
    if token.tag in "SR":
        return index > first
    if token.tag != "P":
        return index > first and token.tag == "N" and token.lower in lexicon.verbs and is_finite(tokens, index, lexicon)
    return _adverbial(tokens, index, first, lexicon)


def _adverbial(tokens: Sequence[Token], index: int, first: int, lexicon: Lexicon) -> bool:
    """Tell whether the preposition at ``index`` opens a manner, place or time and not a part of the noun phrase."""
    word = tokens[index].lower
    if word in lexicon.words["inside"]:
        return False
    if word in lexicon.words["outside"]:
        return True
    ahead = tokens[index + 1 : index + 5]
    if any(token.tag == "T" for token in ahead[:2]) or any(token.lower in lexicon.words["medium"] for token in ahead):
        return True
    return word in lexicon.words["where"] and all(token.tag in "U." for token in tokens[first:index])
