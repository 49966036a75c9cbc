"""What single words and marks do in a noun phrase."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.reading.lexicon import Lexicon
from tocsin.reading.tokens import Token

Range = tuple[int, int]
"""Half-open range of token indices."""

WALL = frozenset(".;:?!…-/|•[]")
"""Marks that no noun phrase goes across."""

LONGEST = 60
"""Words that a source phrase may have, appositions and all; a bound for hostile input."""

_SHORT_QUOTE = 40
_ROLE_ENDINGS = ("er", "or", "ist", "man", "woman", "ian", "ant", "ive", "head", "ee")


def is_speech(token: Token) -> bool:
    """Tell a quotation of what somebody said from a name or a word in quotation marks."""
    if token.quote is None:
        return False
    inner = token.text.strip("“”\"'„«»‘’ ")
    return len(inner) > _SHORT_QUOTE or inner[-1:] in ",.?!…—-" or inner.count(" ") > 3


def is_role(token: Token, lexicon: Lexicon) -> bool:
    """Tell whether a word names what somebody is: "minister", "vice-president", "baker"."""
    word = token.lower.rpartition("-")[2]
    if token.tag not in "NU":
        return False
    if word in lexicon.words["title"] or word.removesuffix("s") in lexicon.words["title"]:
        return True
    return token.tag == "N" and word.isascii() and word.endswith(_ROLE_ENDINGS)


def is_finite(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    """Tell a verb that reports speech, at ``index``, from the noun or participle of the same form."""
    form = lexicon.verbs[tokens[index].lower].form
    if form == "any":
        return True
    if form == "past" and index + 1 < len(tokens) and tokens[index + 1].tag == "P" and tokens[index].lower != "said":
        return index > 0 and tokens[index - 1].tag in "SRX"
    previous = tokens[index - 1] if index else None
    if form in ("past", "s"):
        return previous is not None and previous.tag in "SRUNXB" and not (form == "s" and previous.tag == "N")
    return previous is not None and (previous.tag in "SRX" or previous.lower == "to")
