"""Labels: what may be said of a story, never "verified"."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.model import Origin, Reading, Source, Statement

_CONFIRMS = ("confirm", "подтверд", "підтверд")


def label_of(origins: Sequence[Origin], known: int, source: Source, reading: Reading, *, corrected: bool) -> str:
    """Return the label of a story with these origins, of which ``known`` have a known publisher.

    ``source`` and ``reading`` are those of the newest article.
    """
    if corrected:
        return "Corrected"
    said = [statement for statement in reading.statements if statement.kind == "said" and statement.speaker]
    if known >= 1 and any(statement.denied for statement in said):
        return "Disputed"
    if source.remit and source.tier == 1:
        return f"Confirmed by {source.publisher}"
    confirmer = next((s for s in said if s.cue.lower().startswith(_CONFIRMS) and not s.hedged), None)
    if confirmer:
        return f"Confirmed by {_name(confirmer)}"
    if len(origins) >= 2:
        return f"Reported by {len(origins)}"
    party = next((s for s in said if s.party), None)
    return f"Claimed by {_name(party)}" if party else "One report"


def _name(statement: Statement) -> str:
    return statement.resolved_to or statement.speaker or ""
