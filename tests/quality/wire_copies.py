"""Labelled pairs of articles for the origins floor: real-style originals, and the copies that outlets make of a wire.

The originals are hand-written (``tests/golden/origins/events.txt``): two independent reporters per event, who share the
quotations of one press conference. Copies are made from them as outlets make theirs: cut to a third, reordered, edited
word by word, mixed from two wires, with paragraphs of their own.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path

from tocsin.model import Article

_ARTICLE = re.compile(r"^== (\w+)/(\w)\n(.*?)(?=^== |\Z)", re.MULTILINE | re.DOTALL)
_OWN_WORDS = (
    "Our newsroom has been following developments through the day and will add details here as they are confirmed.",
    "Readers with first-hand accounts can write to the desk; messages are answered in the order in which they arrive.",
    "Transport links in the wider area were not affected, the local operator said when we called it in the afternoon.",
    "A public meeting on the matter is planned for next week in the town hall, with about two hundred seats.",
)
_EDITS = {
    "said": "stated",
    "people": "persons",
    "after": "following",
    "more": "greater",
    "which": "that",
    "before": "prior to",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles and whether they have one origin; ``way`` names how the second came about."""

    one: Article
    other: Article
    same: bool
    way: str


def originals(path: Path) -> dict[str, list[str]]:
    """Return event → the paragraphs of its two reports, joined."""
    events: dict[str, list[str]] = {}
    for event, _, body in _ARTICLE.findall(path.read_text("utf-8")):
        events.setdefault(event, []).append(body.strip())
    return events


def cut(text: str) -> str:
    """Keep the first third of the paragraphs."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(paragraphs[: max(2, len(paragraphs) // 3)])


def reordered(text: str, chance: random.Random) -> str:
    """Shuffle the paragraphs."""
    paragraphs = text.split("\n\n")
    chance.shuffle(paragraphs)
    return "\n\n".join(paragraphs)


def edited(text: str, chance: random.Random) -> str:
    """Change about one word in nine, as a sub-editor does."""
    words = text.split(" ")
    return " ".join(
        _EDITS.get(word, word[:1] + "…" if chance.random() < 0.1 and word.isalpha() else word) for word in words
    )


def with_own(text: str, chance: random.Random) -> str:
    """Add two paragraphs of the outlet's own."""
    paragraphs = text.split("\n\n")
    for own in chance.sample(_OWN_WORDS, 2):
        paragraphs.insert(chance.randrange(1, len(paragraphs) + 1), own)
    return "\n\n".join(paragraphs)


def mixed(one: str, other: str, chance: random.Random) -> str:
    """Interleave half of each of two wires."""
    halves = [paragraph for text in (one, other) for paragraph in text.split("\n\n")[::2]]
    chance.shuffle(halves)
    return "\n\n".join(halves)


def article(name: str, outlet: str, text: str, hour: int) -> Article:
    """Make an article of an outlet."""
    return Article(
        id=name,
        source=outlet,
        publisher=outlet,
        title=f"{outlet} on {name}",
        text=text,
        published=f"2026-03-05T{hour:02}:00:00Z",
    )


def pairs(events: dict[str, list[str]], seed: int = 11) -> list[Pair]:
    """Return the labelled pairs made from the originals."""
    chance = random.Random(seed)
    made: list[Pair] = []
    names = list(events)
    for event, (first, second) in events.items():
        other_event = events[names[names.index(event) - 1]][0]
        wires = [article(f"{event}-a", "Wire A", first, 6), article(f"{event}-b", "Wire B", second, 6)]
        made.append(Pair(wires[0], wires[1], same=False, way="press conference"))
        mix = article(f"{event}-mix", "Daily Mix", mixed(first, second, chance), 9)
        made += [Pair(wire, mix, same=True, way="mixed") for wire in wires]
        for wire, text, rival in zip(wires, (first, second), reversed(wires), strict=True):
            for way, copy_text in _copies(text, chance):
                copy = article(f"{wire.id}-{way}", "Morning Copy", copy_text, 8)
                made.append(Pair(wire, copy, same=True, way=way))
                made.append(Pair(rival, copy, same=False, way=f"{way} of the other wire"))
                made.append(Pair(article("else", "Wire C", other_event, 7), copy, same=False, way="another event"))
    return made


def _copies(text: str, chance: random.Random) -> list[tuple[str, str]]:
    return [
        ("cut", cut(text)),
        ("reordered", reordered(text, chance)),
        ("edited", edited(text, chance)),
        ("own paragraphs", with_own(text, chance)),
        ("cut with own paragraphs", with_own(cut(text), chance)),
        ("reordered and edited", edited(reordered(text, chance), chance)),
        ("edited with own paragraphs", with_own(edited(text, chance), chance)),
    ]
