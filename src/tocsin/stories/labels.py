"""Labels: what may be said of a story, never "verified"."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.model import Origin, Reading, Source, Statement
from tocsin.stories.lexicon import lexicon


def label_of(
    origins: Sequence[Origin], source: Source, reading: Reading, *, corrected: bool, within_remit: bool = False
) -> str:
    """Return the label of a story with these origins.

    ``source`` and ``reading`` are those of the newest article;
    ``within_remit`` says that it is an authority for what it reports.
    """
    if corrected:
        return "Corrected"
    said = [statement for statement in reading.statements if statement.kind == "said" and statement.speaker]
    independent = sum(origin.known for origin in origins)
    if independent >= 2 and any(statement.denied for statement in said):
        return "Disputed"
    if within_remit:
        return f"Confirmed by {source.publisher}"
    confirms = lexicon(reading.language).wording.confirms
    confirmer = next((s for s in said if s.cue.lower().startswith(confirms) and not s.hedged), None)
    if confirmer:
        return f"Confirmed by {_name(confirmer)}"
    if independent >= 2:
        return f"Reported by {independent}"
    party = next((s for s in said if s.party), None)
    return f"Claimed by {_name(party)}" if party else "One report"


def _name(statement: Statement) -> str:
    return statement.resolved_to or statement.speaker or ""
