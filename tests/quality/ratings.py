"""The rated items of the open streams, in order of time."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from tocsin.model import Article

STREAMS = {"en": "alerts-en-2017-03-to-06.jsonl", "ru": "telegram-ru-until-2024-11-30.jsonl"}


@dataclass(frozen=True)
class Rated:
    """An article and its rating (0–4)."""

    article: Article
    rating: int


def rated(data: Path, language: str) -> list[Rated]:
    """Return the rated items of one language's stream, the earliest first."""
    folder = data / "streams"
    with (folder / f"ratings-{language}.tsv").open(encoding="utf-8") as table:
        ratings = {row["id"]: int(row["a"]) for row in csv.DictReader(table, delimiter="\t")}
    items = [item for item in articles(folder / STREAMS[language]) if item.id in ratings]
    return [Rated(item, ratings[item.id]) for item in sorted(items, key=lambda item: item.published or "")]


def articles(stream: Path) -> list[Article]:
    """Return the rows of a recorded stream as articles, without the labels of the data set."""
    rows = (json.loads(line) for line in stream.read_text("utf-8").splitlines())
    return [
        Article(
            id=row["id"], source=row["source"], title=row["title"], text=row["text"], published=row["published"],
            language=row["lang"],
        )
        for row in rows
    ]  # fmt: skip
