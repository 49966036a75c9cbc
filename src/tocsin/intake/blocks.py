"""An extracted body as a sequence of text blocks: what each is, and how much of it is links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

_BLOCKS = frozenset({"body", "p", "head", "list", "item", "quote", "table", "row", "cell", "code", "ab", "lb", "div"})
_NAMED = frozenset({"p", "head", "item", "quote", "cell", "code"})


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading or list item on one line; ``linked`` is the share of its characters inside links."""

    text: str
    kind: str = "p"
    linked: float = 0.0


def blocks_of(body: etree._Element) -> Iterator[Block]:
    """Yield the blocks of a body as trafilatura builds it, in reading order."""
    pieces: list[str] = []
    kinds, links, linked = ["p"], 0, 0
    for event, element in etree.iterwalk(body, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _BLOCKS:
            yield from _block(pieces, kinds[-1], linked)
            pieces, linked = [], 0
        if event == "start":
            links += tag == "ref"
            text = element.text or ""
            if tag in _NAMED:
                kinds.append(tag)
        else:
            links -= tag == "ref"
            text = element.tail or ""
            if tag in _NAMED:
                kinds.pop()
        pieces.append(text)
        linked += len("".join(text.split())) if links else 0
    yield from _block(pieces, "p", linked)


def _block(pieces: list[str], kind: str, linked: int) -> Iterator[Block]:
    text = " ".join("".join(pieces).split())
    if text:
        yield Block(text, kind, linked / len(text.replace(" ", "")))
