"""Which characters of a text from outside are seen: the others reorder it, forge a line, or command a terminal."""

from __future__ import annotations

import unicodedata

# Control, format, unpaired and separator characters. Joiners are part of words in Persian and Hindi, and of emoji.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
# No characters at all, and forbidden in XML.
_NONE = frozenset("\ufffe\uffff")


def is_seen(sign: str) -> bool:
    """Tell whether a character is seen, or is white space."""
    if sign.isspace() or sign in _JOINERS:
        return True
    return sign not in _NONE and unicodedata.category(sign) not in _UNSEEN
