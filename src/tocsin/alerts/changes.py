"""What an update makes different, as a difference of quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.alerts.excerpt import same_words
from tocsin.model import Change, Draft

MOST_CHANGES = 4

# Two quotes are about one thing from this share of common words on (of the shorter one's).
_ABOUT_THE_SAME = 0.5

_WORD = re.compile(r"\w+")


def changes_between(previous: Draft, now: Draft) -> tuple[Change, ...]:
    """Return what ``now`` quotes that ``previous`` did not, each beside the old quote it replaces, if there is one."""
    before = list(_quotes(previous))
    fresh = [quote for quote in _quotes(now) if not any(_within(quote, old) for old in before)]
    return tuple(Change(quote, _nearest(quote, before)) for quote in fresh[:MOST_CHANGES])


def _quotes(draft: Draft) -> Iterator[str]:
    yield draft.headline
    yield from (statement.content for statement in draft.statements)
    if not draft.statements:
        yield from draft.paragraphs


def _within(quote: str, old: str) -> bool:
    return same_words(quote, old) or quote.rstrip("…").casefold() in old.casefold()


def _nearest(quote: str, before: list[str]) -> str | None:
    best = max(before, key=lambda old: _alike(quote, old), default=None)
    return best if best and _alike(quote, best) >= _ABOUT_THE_SAME else None


def _alike(one: str, other: str) -> float:
    ours, theirs = (frozenset(_WORD.findall(text.casefold())) for text in (one, other))
    return len(ours & theirs) / (min(len(ours), len(theirs)) or 1)
