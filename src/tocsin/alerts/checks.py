"""What to look at before a message is sent: its length, its tone, and whether it says who says so.

Nothing here stops a person: each finding names what an editor would be asked by a colleague.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.alerts.afterwards import Answer
from tocsin.alerts.lexicon import lexicon
from tocsin.alerts.selection import speaker_of
from tocsin.alerts.subject import names, without_urgency
from tocsin.model import Band, Draft, VersionKind

LONG_SUBJECT = 110
"""A Reuters alert is about 100 characters (EVIDENCE §5); telephones cut a subject long before."""
SHORT_HEADLINE = 15
_SHOUTED = 0.5
_FEW_LETTERS = 12
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: its name, whether it is well, and what was seen."""

    name: str
    well: bool
    seen: str


def checks(draft: Draft, link: Answer | None = None) -> tuple[Check, ...]:
    """Return what was looked at, what is not well first; ``link`` is how the article's page answered last."""
    looked_at = (*_link(link), *_length(draft), *_attribution(draft), *_tone(draft))
    return tuple(sorted(looked_at, key=lambda check: check.well))


def _link(answer: Answer | None) -> Iterator[Check]:
    """Say how the article's link answered when it was looked at while the draft waited; nothing before that.

    A page that is closed to programs may well open for readers.
    """
    if answer is None:
        return
    at = f"{answer.at:%H:%M} UTC"
    match answer.how:
        case "gone":
            yield Check("link", False, f"the article's link is dead ({at}): {answer.told}")
        case "fails":
            yield Check("link", False, f"the article's link did not open at {at}: {answer.told}")
        case "closed":
            yield Check("link", True, f"the article's link is closed to programs ({at}): {answer.told}")
        case "opens" if answer.leads_to:
            yield Check("link", False, f"the article's link leads to another site ({at}): {answer.leads_to}")
        case "opens":
            yield Check("link", True, f"the article's link opens ({at})")


def _length(draft: Draft) -> Iterator[Check]:
    count = len(draft.subject)
    well = count <= LONG_SUBJECT and len(draft.headline) >= SHORT_HEADLINE
    yield Check("length", well, f"{count} characters in the subject, about 100 is right")
    if not draft.url and draft.kind is not VersionKind.WITHDRAWAL:
        yield Check("link", False, "no article to read on")


def _attribution(draft: Draft) -> Iterator[Check]:
    named = [who for who in (draft.publisher, *map(speaker_of, draft.statements)) if who and names(draft.subject, who)]
    told = f"the subject names {named[0]}" if named else "the subject doesn't say who says so"
    yield Check("attribution", bool(named) or draft.label.startswith("Claimed by "), told)
    if draft.kind is VersionKind.ALERT and not draft.statements:
        yield Check("statements", False, "nobody is quoted")


def _tone(draft: Draft) -> Iterator[Check]:
    bare = without_urgency(draft.headline, lexicon(draft.language))
    if bare != draft.headline and draft.band is not Band.FLASH:
        yield Check("urgent words", False, "the headline says that it is breaking news; the band is no flash")
    capitals = shouted(bare)
    yield Check("capitals", not capitals, "the headline shouts in capitals" if capitals else "no shouting")
    asks = "?" in draft.headline or "؟" in draft.headline
    yield Check("question", not asks, "the headline asks instead of telling" if asks else "it tells, it does not ask")
    if "!" in draft.headline:
        yield Check("exclamation", False, "the headline has an exclamation mark")


def shouted(headline: str) -> bool:
    """Tell whether most of a headline is written in capitals; short names of organisations are not shouting."""
    letters = "".join(word for word in _WORD.findall(headline) if len(word) > 3)
    cased = [letter for letter in letters if letter.upper() != letter.lower()]
    return len(cased) >= _FEW_LETTERS and sum(letter.isupper() for letter in cased) > _SHOUTED * len(cased)
