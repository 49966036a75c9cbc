"""Small recorded streams for the replay tests, in our own words."""

import json
from datetime import timedelta
from pathlib import Path

from tests.stories.reports import NOON

ROWS = [
    (0, "Agency", "Town council discusses new bus lanes"),
    (10, "Agency", "At least 40 people killed as express train derails near Lindholm, police say"),
    (14, "Daily", "Train derails near Lindholm, at least 40 dead"),
    (30, "Daily", "Why do trains derail? Five things to know"),
    (70, "Agency", "Lindholm train crash: death toll rises to 95, police say"),
    (1500, "Herald", "WATCH: a dog learns to surf"),
]


def row(key: int, minute: float, source: str, title: str, **more: object) -> dict[str, object]:
    """Return one row of a stream."""
    at = (NOON + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")
    return {"id": f"i{key}", "published": at, "source": source, "lang": "en", "title": title, "text": "", **more}


def write(path: Path, rows: list[object]) -> Path:
    """Write rows (texts as they are, others as JSON) and return the path."""
    lines = (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in rows)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def small(folder: Path) -> Path:
    """Write the small stream."""
    return write(folder / "small.jsonl", [row(i, *one) for i, one in enumerate(ROWS)])


def read(path: Path) -> list[dict[str, object]]:
    """Return the rows of a result file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
