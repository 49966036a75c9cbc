"""What the desk says about its own version: a correction or withdrawal that repeats nothing of what was wrong."""

from __future__ import annotations

from dataclasses import replace

from tocsin.alerts.subject import subject_of
from tocsin.errors import WrongUse
from tocsin.model import Draft, Reason, VersionKind

MOST_NOTE = 600
"""Characters of the desk's own words; more is an article."""
_LABELS = {VersionKind.CORRECTION: "Corrected", VersionKind.WITHDRAWAL: "Withdrawn"}


def amended(previous: Draft, kind: VersionKind, note: str) -> Draft:
    """Return the version that corrects or withdraws ``previous`` in the desk's own words, marked as such.

    It names the headline it is about, for readers know the story by it, and quotes nothing else again. Raises
    ``WrongUse`` without words, or with too many: readers must be told what was wrong, in short.
    """
    words = " ".join(note.split())
    if not words:
        raise WrongUse("say what was wrong, and what is right")
    if len(words) > MOST_NOTE:
        raise WrongUse(f"a note has at most {MOST_NOTE} characters, this one has {len(words)}")
    label = _LABELS[kind]
    return replace(
        previous,
        kind=kind,
        label=label,
        subject=subject_of(
            previous.headline,
            kind=kind,
            band=previous.band,
            label=label,
            publisher=previous.publisher,
            language=previous.language,
        ),
        note=words,
        lock_screen=words,
        reasons=(Reason("written by the desk", "support", evidence=words),),
        paragraphs=(),
        statements=(),
        origins=(),
        changes=(),
        reports=previous.reports[:1],
    )
