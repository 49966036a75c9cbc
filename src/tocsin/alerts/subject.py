"""The subject line: the headline verbatim, who says so, and a fixed word when it is a flash, update or correction."""

from __future__ import annotations

import re

from tocsin.alerts.excerpt import cut, one_line
from tocsin.alerts.lexicon import Lexicon, lexicon
from tocsin.model import Band, VersionKind

# A Reuters alert is about 100 characters; a headline is kept whole up to this many before it is cut.
MOST_HEADLINE = 110
# One that is cut leaves room for who says so on the line that a locked telephone shows, but keeps this many itself.
MOST_LINE = 120
LEAST_HEADLINE = 70
MOST_WHO = 60

CLAIMED = "Claimed by "
_BARE = "{headline}"

_LEADING_SIGNS = re.compile(r"\A[\s!*•\u2600-\u27bf\ufe0f\U0001f300-\U0001faff]+")
_SEPARATOR = re.compile(r"\s*(?:[:|!⚡]+|\s[-–—]+\s)\s*")


def subject_of(
    headline: str, *, kind: VersionKind, band: Band, label: str, publisher: str, language: str | None
) -> str:
    """Return the subject line of a version, in the language of the headline.

    The headline stands verbatim but for an urgent word its publisher put before it ("BREAKING:"), which Tocsin may
    only repeat when the band is flash, and a closing full stop. One of more than ``MOST_HEADLINE`` characters, or one
    that is a sentence cut already, is cut so that the whole line has about ``MOST_LINE``.
    """
    words = lexicon(language)
    bare = _without_stop(without_urgency(one_line(headline), words))
    who = cut(one_line(label.removeprefix(CLAIMED) if label.startswith(CLAIMED) else publisher), MOST_WHO)
    pattern = words.subject.get("flash" if kind is VersionKind.ALERT and band is Band.FLASH else kind.value, _BARE)
    shown = _fitted(bare, MOST_LINE - len(pattern.format(headline=f" — {who}")), words)
    return pattern.format(headline=_attributed(shown, who, words, claimed=label.startswith(CLAIMED)))


def _fitted(headline: str, room: int, words: Lexicon) -> str:
    if len(headline) <= MOST_HEADLINE and not headline.endswith("…"):
        return headline
    return cut(headline.rstrip("…"), max(LEAST_HEADLINE, room), words.openers).rstrip("…") + "…"


def without_urgency(headline: str, words: Lexicon) -> str:
    """Return the headline without the urgent words and signs before it; a headline of nothing else stays as it is."""
    rest = _LEADING_SIGNS.sub("", headline)
    for urgent in words.urgent:
        if rest.casefold().startswith(urgent) and (mark := _SEPARATOR.match(rest, len(urgent))):
            rest = _LEADING_SIGNS.sub("", rest[mark.end() :])
            break
    return rest or headline


def _attributed(shown: str, who: str, words: Lexicon, *, claimed: bool) -> str:
    if not who or names(shown, who):
        return shown
    return _claim(shown, who, words) if claimed else f"{shown} — {who}"


def _claim(shown: str, who: str, words: Lexicon) -> str:
    # "Who did it?, says X" is wrong in every language: after a mark the attribution is set off by a dash.
    if not shown[-1:].isalnum():
        return f"{shown} — {who}"
    many = not words.many.isdisjoint(who.casefold().split()[-1:])
    return words.subject["say" if many else "says"].format(headline=shown, who=who)


def names(headline: str, who: str) -> bool:
    """Tell whether a headline names ``who``, in any case, as whole words."""
    return bool(re.search(rf"(?<!\w){re.escape(who.casefold())}(?!\w)", headline.casefold()))


def _without_stop(headline: str) -> str:
    return headline[:-1] if headline.endswith(".") and not headline.endswith("..") else headline
