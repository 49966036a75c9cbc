"""Why a story was decided as it was, and what would have had to be different."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.model import Band, Reason, Route, Verdict
from tocsin.stories.rules import Rules

_NEXT = {Band.NONE: "watch", Band.WATCH: "alert", Band.ALERT: "flash"}
_OUTCOMES = {
    Route.SEND: "to be sent by itself",
    Route.HOLD: "held for an editor",
    Route.DIGEST: "kept for the digest",
    Route.DROP: "dropped",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision in words: what it was (not what came of it), the points for and against, what stood against more."""

    verdict: Verdict
    outcome: str
    points: tuple[Reason, ...]
    against: tuple[str, ...]


def decisive(verdicts: Sequence[Verdict]) -> Verdict | None:
    """Return the verdict of a story that counts: the first that was sent or held, else the one nearest to it."""
    for verdict in verdicts:
        if verdict.route in {Route.SEND, Route.HOLD}:
            return verdict
    return max(verdicts, key=lambda verdict: verdict.score, default=None)


def explain(verdict: Verdict, rules: Rules) -> Explanation:
    """Return why a verdict is what it is, and why not more."""
    points = tuple(sorted((r for r in verdict.reasons if r.kind == "points" and r.points), key=lambda r: -r.points))
    outcome = f"{_OUTCOMES[verdict.route]} as {verdict.band} with {verdict.score:.0f} points"
    return Explanation(verdict, outcome, points, tuple(_against(verdict, rules)))


def _against(verdict: Verdict, rules: Rules) -> list[str]:
    found = [
        f"{'gate' if reason.kind == 'gate' else 'support'} “{reason.name}” does not hold: {reason.evidence}".rstrip(
            ": "
        )
        for reason in verdict.reasons
        if reason.kind != "points" and not reason.holds
    ]
    above = _NEXT.get(verdict.band)
    if above:
        bar: float = getattr(rules, above)
        found.append(f"{bar - verdict.score:.0f} points short of {above} ({bar:.0f})")
    return found
