"""The board as everybody sees it at one moment, and what has changed since another; pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from tocsin.web.desk.rows import Row, urgency

_EMPTY = Markup()
_REMEMBERED = 2000
"""So many removed rows are remembered, for desks that were away."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One row with its HTML; ``changed`` is the number of the snapshot in which it became so."""

    row: Row
    html: Markup
    changed: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The board: its rows in order, its head (warnings and counts), and when rows were taken out.

    ``number`` counts the changes; ``sessions`` are the hashes of those who may look.
    """

    number: int = 0
    shown: tuple[Shown, ...] = ()
    head: Markup = _EMPTY
    head_changed: int = 0
    gone: Mapping[str, int] = field(default_factory=dict)
    sessions: frozenset[str] = frozenset()


def advanced(
    before: Snapshot, rows: Sequence[Row], head: Markup, sessions: frozenset[str], render: Callable[[Row], Markup]
) -> Snapshot:
    """Return the next snapshot: only rows that differ are rendered; the number stays when nothing has changed."""
    number, known = before.number + 1, {each.row.key: each for each in before.shown}
    shown = tuple(_shown(known.get(row.key), row, number, render) for row in rows)
    keys = {row.key for row in rows}
    gone = {key: at for key, at in before.gone.items() if key not in keys}
    gone |= {key: number for key in known if key not in keys}
    changed = head != before.head or gone != before.gone or any(each.changed == number for each in shown)
    return Snapshot(
        number if changed else before.number,
        shown,
        head,
        number if head != before.head else before.head_changed,
        dict(list(gone.items())[-_REMEMBERED:]),
        sessions,
    )


def _shown(before: Shown | None, row: Row, number: int, render: Callable[[Row], Markup]) -> Shown:
    if before is not None and (before.row is row or before.row == row):
        return before
    html = render(row)
    same = before is not None and before.html == html and urgency(before.row) == urgency(row)
    return Shown(row, html, before.changed if before is not None and same else number)


def changes(now: Snapshot, since: int | None) -> str:
    """Return what brings a desk that knows the snapshot ``since`` (None: nothing) up to ``now``, as JSON on one line.

    ``rows`` are those that changed, in order, each with the row before it: a row that did not change keeps its place
    among the others (``rows.urgency``). ``all`` says that what is not among them is gone.
    """
    whole = since is None or since > now.number or now.number - since > _REMEMBERED
    known = -1 if whole or since is None else since
    after: str | None = None
    rows = []
    for each in now.shown:
        if each.changed > known:
            rows.append({"key": each.row.key, "after": after, "html": each.html})
        after = each.row.key
    told: dict[str, object] = {"rows": rows, "gone": [key for key, at in now.gone.items() if at > known], "all": whole}
    if now.head_changed > known:
        told["head"] = now.head
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
