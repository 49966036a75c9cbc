"""What general extraction leaves around an article: its own title, standfirsts, related links, the end of the page."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from tocsin.intake.blocks import Block
from tocsin.intake.boilerplate import ends_a_sentence, is_boilerplate, reads_as_prose

_HEAD = 5
"""How many blocks into the text a repeated title may stand."""


def sort_out(blocks: Iterable[Block], titles: Iterable[str], links: Collection[str]) -> tuple[list[str], list[str]]:
    """Return an article's paragraphs, and what was taken from between them, both in order.

    ``titles`` are the page's headlines (they are no part of the text), ``links`` the texts of all its links.
    """
    listed = list(blocks)
    stays = _stays(listed, {_squeezed(title) for title in titles}, links)
    kept = [block.text for block, stay in zip(listed, stays, strict=True) if stay]
    removed = [block.text for block, stay in zip(listed, stays, strict=True) if not stay]
    return kept, removed


def _stays(blocks: list[Block], titles: set[str], links: Collection[str]) -> list[bool]:
    first = next((at for at, block in enumerate(blocks) if block.kind != "head"), len(blocks))
    prose = [at for at, block in enumerate(blocks) if reads_as_prose(block.text)]
    last = prose[-1] if prose else len(blocks)
    return [
        not (
            at < min(first, last)
            or (at < _HEAD and _repeats(block, titles))
            or is_boilerplate(block.text)
            or _is_related(block, links, at_end=at > last)
            or (at > last and block.kind == "head")
        )
        for at, block in enumerate(blocks)
    ]


def _repeats(block: Block, titles: set[str]) -> bool:
    text = _squeezed(block.text)
    return len(text) > 8 and any(text == title or (len(text) > 20 and text in title) for title in titles)


def _is_related(block: Block, links: Collection[str], *, at_end: bool) -> bool:
    """Return whether a block is nothing but a link to another page: a teaser, not a paragraph."""
    if block.text not in links or ends_a_sentence(block.text) or "://" in block.text:
        return False
    return at_end or (block.kind == "p" and len(block.text.split()) >= 5)


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()
