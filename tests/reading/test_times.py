"""Golden sentences of times, written for this project, and what a user would notice besides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tocsin.model import TimeMention
from tocsin.reading.times import find_times

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "times"


@dataclass(frozen=True)
class Sentence:
    language: str
    published: str | None
    text: str
    expected: tuple[str, ...]


def sentences() -> list[Sentence]:
    """Read the golden files: published | sentence | text=value with its signs; …"""
    found = []
    for path in sorted(GOLDEN.glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            if not line.startswith("#"):
                published, text, expected = (column.strip() for column in line.split("|"))
                wanted = tuple(part.strip() for part in expected.split(";") if part.strip())
                found.append(Sentence(path.stem, None if published == "-" else published, text, wanted))
    return found


def written(mention: TimeMention) -> str:
    """Write a mention as the golden files do."""
    signs = ("*" if mention.background else "") + ("~" if mention.kind == "span" else "")
    return f"{mention.text}={mention.value or '?'}{signs}" + (f"@{mention.zone}" if mention.zone else "")


@pytest.mark.parametrize("sentence", sentences(), ids=lambda sentence: f"{sentence.language}: {sentence.text[:60]}")
def test_golden(sentence: Sentence) -> None:
    found = find_times(sentence.text, sentence.language, sentence.published)
    assert tuple(written(mention) for mention in found) == sentence.expected


def test_there_are_enough_golden_sentences() -> None:
    count = {language: sum(s.language == language for s in sentences()) for language in ("en", "uk", "ru")}
    assert count["en"] >= 80
    assert count["uk"] >= 30
    assert count["ru"] >= 30
