"""How many people must agree before a version is sent, and why: the two-person rule, scaled by risk."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.model import Draft, VersionKind

HIGH_HARM = "a person decides"
"""The reason by which routing marks a story of a high-harm kind (a named death, an election call, …)."""


@dataclass(frozen=True, slots=True)
class Need:
    """How many different people must approve, and the reason told to them."""

    people: int
    reason: str


def people_needed(draft: Draft) -> Need:
    """Return how many people must approve a version that routing has held.

    A high-harm story needs two independent origins and a person, or two people. A correction or withdrawal needs one:
    every minute that a wrong version stands does harm.
    """
    if draft.kind in (VersionKind.CORRECTION, VersionKind.WITHDRAWAL):
        return Need(1, "a wrong version must not wait")
    grave = next((reason for reason in draft.reasons if reason.name == HIGH_HARM and not reason.holds), None)
    if grave is None:
        return Need(1, "one person decides")
    if len(draft.origins) >= 2:
        return Need(1, f"{grave.evidence}: {len(draft.origins)} independent origins and one person")
    return Need(2, f"{grave.evidence}: one origin only, so two people")
