"""Charts of a replay as inline SVG: drawn by hand, coloured by the page's own style, readable without scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape

from tocsin.model import Band, Route
from tocsin.replay.tally import Row

WIDTH = 960
_LEFT, _RIGHT, _BOTTOM = 40, 10, 22
_MANY = 250
_GAP = timedelta(days=100)
_INNER = WIDTH - _LEFT - _RIGHT


@dataclass(frozen=True, slots=True)
class Frame:
    """The time axis of a chart."""

    start: datetime
    end: datetime

    def x(self, at: datetime) -> float:
        """Return the horizontal place of an instant."""
        span = max((self.end - self.start).total_seconds(), 1.0)
        return round(_LEFT + _INNER * (at - self.start).total_seconds() / span, 1)


def main_stretch(hours: Counter[datetime]) -> Counter[datetime]:
    """Return the hours to draw: where there are gaps of months, those between two gaps that hold the most items.

    One row with a wrong date must not make a page of a thousand years.
    """
    stretches: list[Counter[datetime]] = []
    last: datetime | None = None
    for hour in sorted(hours):
        if last is None or hour - last > _GAP:
            stretches.append(Counter())
        stretches[-1][hour], last = hours[hour], hour
    return max(stretches, key=lambda stretch: stretch.total(), default=Counter())


def timeline(hours: Counter[datetime], rows: Sequence[Row]) -> str:
    """Return the stream over time: items as an area, each alert as a mark at its score; empty for no items."""
    if not hours:
        return ""
    frame = Frame(min(hours), max(hours) + timedelta(hours=1))
    height, floor = 260, 260 - _BOTTOM
    parts = [_area(hours, frame, floor), _score_lines(floor), _ticks(frame, floor)]
    small = len(rows) > _MANY
    parts += [_mark(row, frame, floor, small) for row in rows]
    return _svg(height, "".join(parts), "Items and alerts over time; the height of a mark is its score")


def per_day(rows: Sequence[Row], days: Sequence[date]) -> str:
    """Return bars of new alerts per day, split into sent and held."""
    if len(days) < 2:
        return ""
    counts: Counter[tuple[date, bool]] = Counter(
        (row.proposed.at.date(), row.route is Route.SEND) for row in rows if row.is_new
    )
    most = max((counts[day, True] + counts[day, False] for day in days), default=0) or 1
    height, floor, step = 150, 150 - _BOTTOM, _INNER / len(days)
    parts = []
    for i, day in enumerate(days):
        sent, held = counts[day, True], counts[day, False]
        x, width = _LEFT + i * step, max(1.0, step - 1.5)
        title = f"<title>{day:%a %d %b %Y}: {sent} sent, {held} held</title>"
        tall, low = (sent + held) / most * (floor - 12), sent / most * (floor - 12)
        parts.append(
            _rect("held", x, floor - tall, width, tall, title) + _rect("sent", x, floor - low, width, low, title)
        )
    parts += [_level(level, floor - level / most * (floor - 12)) for level in sorted({most, most // 2})]
    midnight = datetime.combine(days[0], datetime.min.time())
    frame = Frame(midnight, midnight + timedelta(days=len(days)))
    return _svg(height, "".join(parts) + _ticks(frame, floor), "New alerts per day")


def histogram(scores: Counter[int], lines: Sequence[tuple[str, float]]) -> str:
    """Return how item scores are spread, in steps of five (heights are roots, so that the few high ones show)."""
    most = max(scores.values(), default=0) ** 0.5 or 1.0
    height, floor, step = 150, 150 - _BOTTOM, _INNER / 21
    parts = []
    for bucket in range(21):
        count = scores[bucket]
        tall = count**0.5 / most * (floor - 14)
        title = f"<title>{bucket * 5}–{bucket * 5 + 4}: {count} items</title>"
        parts.append(_rect("bar", _LEFT + bucket * step, floor - tall, step - 2, tall, title))
        if bucket % 2 == 0:
            parts.append(f'<text x="{_LEFT + bucket * step:.1f}" y="{height - 6}">{bucket * 5}</text>')
    parts += [_vertical(name, _LEFT + score / 5 * step, floor) for name, score in lines]
    return _svg(height, "".join(parts), "How item scores are spread")


def _rect(kind: str, x: float, y: float, width: float, height: float, title: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" {place}>{title}</rect>'


def _vertical(name: str, x: float, floor: int) -> str:
    line = f'<line class="bar-line" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{floor}"/>'
    return f'{line}<text x="{x + 4:.1f}" y="14">{escape(name)}</text>'


def _svg(height: int, body: str, label: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}">{body}</svg>'


def _area(hours: Counter[datetime], frame: Frame, floor: int) -> str:
    """Return the items per hour, or per day where there are too many hours to draw."""
    step = timedelta(hours=1) if (frame.end - frame.start) <= timedelta(days=10) else timedelta(days=1)
    counts: Counter[datetime] = Counter()
    for hour, items in hours.items():
        counts[frame.start + step * int((hour - frame.start) / step)] += items
    most = max(counts.values())
    points, at = [f"{_LEFT},{floor}"], frame.start
    while at < frame.end:
        points.append(f"{frame.x(min(at + step / 2, frame.end))},{floor - counts[at] / most * 60:.1f}")
        at += step
    unit = "hour" if step == timedelta(hours=1) else "day"
    shape = f'<polygon class="items" points="{" ".join([*points, f"{WIDTH - _RIGHT},{floor}"])}"/>'
    return f'{shape}<text x="{_LEFT + 4}" y="12">grey: up to {most} items a {unit}</text>'


def _score_lines(floor: int) -> str:
    return "".join(_level(score, _y(score, floor)) for score in (40, 60, 80, 100))


def _level(value: int, y: float) -> str:
    line = f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return f'{line}<text x="4" y="{y + 4:.1f}">{value}</text>'


def _y(score: float, floor: int) -> float:
    return floor - 14 - (min(score, 100.0) - 30) / 70 * (floor - 34)


def _mark(row: Row, frame: Frame, floor: int, small: bool) -> str:
    message = row.proposed
    kind = "flash" if message.band is Band.FLASH else "alert"
    route = "sent" if row.route is Route.SEND else "held"
    size = (5 if row.is_new else 3) - 1.5 * small
    title = f"{message.at:%d %b %H:%M} · {message.score:.0f} · {route} · {message.lead.title or message.lead.text[:90]}"
    return (
        f'<circle class="{kind} {route}{"" if row.is_new else " follow"}" cx="{frame.x(message.at)}" '
        f'cy="{_y(message.score, floor):.1f}" r="{size}"><title>{escape(title)}</title></circle>'
    )


def _ticks(frame: Frame, floor: int) -> str:
    span = frame.end - frame.start
    if span <= timedelta(days=2):
        step, form = timedelta(hours=3), "%H:%M"
    elif span <= timedelta(days=12):
        step, form = timedelta(days=1), "%a %d %b"
    else:
        step, form = timedelta(days=max(1, span.days // 10)), "%d %b %y"
    marks, at = [], frame.start.replace(hour=0, minute=0)
    while at <= frame.end:
        if at >= frame.start:
            marks.append(f'<text x="{frame.x(at)}" y="{floor + 16}">{at:{form}}</text>')
        at += step
    return "".join(marks)
