"""Two wordings of one item, as its source gave it first and again."""

from __future__ import annotations

from dataclasses import replace

from tocsin.model import Item, instant


def same_wording(one: Item, other: Item) -> bool:
    """Tell whether a source gave the same words twice, and released them both times."""
    return (one.title, one.summary, one.content, one.draft) == (other.title, other.summary, other.content, other.draft)


def completed(one: Item, other: Item) -> Item:
    """Return one wording with what it leaves out of the other: a feed gives the beginning of what was pushed whole.

    Text of less than half the length is such a beginning; if so much was cut, the page tells.
    """
    return replace(
        one,
        title=one.title or other.title,
        summary=one.summary or other.summary,
        content=one.content if 2 * len(one.content) >= len(other.content) else other.content,
    )


def is_older(one: Item, other: Item) -> bool:
    """Tell whether an item says of itself that it is older than another: an old answer, or a replayed push."""
    mine, theirs = instant(one.updated), instant(other.updated)
    return mine is not None and theirs is not None and mine < theirs
