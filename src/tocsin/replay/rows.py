"""The rows of verdicts.jsonl and alerts.jsonl, as other programs read them."""

from __future__ import annotations

from datetime import UTC, datetime

from tocsin.model import Origin, Reason, Verdict
from tocsin.replay.tally import Row, subject


def verdict_row(verdict: Verdict) -> dict[str, object]:
    """Return the row of one item's verdict."""
    return {
        "id": verdict.article,
        "at": iso(verdict.at),
        "story": verdict.story,
        "item_score": verdict.item_score,
        "score": verdict.score,
        "band": verdict.band,
        "route": verdict.route,
        "label": verdict.label,
        "reasons": [reason_row(reason) for reason in verdict.reasons],
    }


def alert_row(row: Row) -> dict[str, object]:
    """Return the row of one alert; a hold that was sent later is one row with the route ``send`` and ``sent_at``."""
    message = row.proposed
    return {
        "at": iso(message.at),
        "story": message.story,
        "items": list(message.articles),
        "kind": "new" if row.is_new else str(message.kind),
        "band": message.band,
        "route": row.route,
        "score": message.score,
        "label": message.label,
        "origins": [origin_row(origin) for origin in message.origins],
        "reasons": [reason_row(reason) for reason in message.reasons],
        "subject": subject(message.lead),
        **({"sent_at": iso(row.sent_at)} if row.sent_at else {}),
    }


def reason_row(reason: Reason) -> dict[str, object]:
    """Return a reason: points have ``points``, gates and supports say whether they hold."""
    row: dict[str, object] = {"name": reason.name, "kind": reason.kind}
    if reason.kind == "points":
        row["points"] = reason.points
    else:
        row["holds"] = reason.holds
    if reason.evidence:
        row["evidence"] = reason.evidence
    return row


def origin_row(origin: Origin) -> dict[str, object]:
    """Return an origin with the articles that go back to it and why."""
    return {
        "name": origin.name,
        "articles": list(origin.articles),
        "evidence": list(origin.evidence),
        "known": origin.known,
    }


def iso(at: datetime) -> str:
    """Return an instant as ISO 8601 in UTC with Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
