"""To whom a follow-up goes, by what became of the versions before it for each reader (DESIGN, decision 10)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from tocsin.model import DeliveryState, VersionKind

MAY_HAVE_READ = frozenset({DeliveryState.ACCEPTED, DeliveryState.BOUNCED, DeliveryState.UNKNOWN})
"""The version was, or may have been, in the reader's hands."""

STILL_TO_COME = frozenset({DeliveryState.PENDING, DeliveryState.DEFERRED})
"""The version has not left, or was turned away for now; it can still be stopped."""


class Standing(StrEnum):
    """Whether a reader may be written to at all."""

    ACTIVE = "active"
    SUPPRESSED = "suppressed"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    ERASED = "erased"


class Step(StrEnum):
    """What happens for one reader."""

    SEND = "send"
    WAIT = "wait"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a follow-up means for one reader; ``supersedes`` stops the earlier versions that are still to come."""

    step: Step
    supersedes: bool
    reason: str


def follow_up(
    kind: VersionKind, earlier: Collection[DeliveryState], standing: Standing, *, wanted: bool = False
) -> FollowUp:
    """Return what a follow-up means for a reader.

    ``earlier`` are the states of the versions it follows (for a correction: of those that were wrong) for this reader,
    none when there was no delivery; ``wanted`` says that the reader's interests ask for it and no stop forbids it.

    A correction goes exactly to those who were, or may have been, sent what was wrong, whether they still want it or
    not, and in place of it to those it was still on its way to. A withdrawal stops what is on its way and goes to
    those who may have read it. An update goes to those who want it. Nothing goes to readers who left; what is in hand
    resolves first, since nobody knows yet on which side it falls.
    """
    stops = not STILL_TO_COME.isdisjoint(earlier)
    if standing is not Standing.ACTIVE:
        return FollowUp(Step.SKIP, stops, f"the reader is {standing}")
    if kind in {VersionKind.ALERT, VersionKind.UPDATE}:
        return _for_news(stops, wanted)
    if DeliveryState.IN_HAND in earlier:
        return FollowUp(Step.WAIT, stops, "an earlier version is in hand")
    if not MAY_HAVE_READ.isdisjoint(earlier):
        return FollowUp(Step.SEND, stops, "was, or may have been, sent the earlier version")
    if stops and kind is VersionKind.CORRECTION:
        return FollowUp(Step.SEND, True, "gets the right version in place of the wrong one")
    return FollowUp(Step.SKIP, stops, "was never sent the earlier version")


def _for_news(stops: bool, wanted: bool) -> FollowUp:
    if not wanted:
        return FollowUp(Step.SKIP, False, "does not want this story")
    return FollowUp(Step.SEND, stops, "gets the newer version in place of the older" if stops else "wants this story")
