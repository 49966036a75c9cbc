"""To whom a follow-up goes: exactly to those who were, or may have been, sent the wrong version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alerts.versions import MAY_HAVE_READ, STILL_TO_COME, Standing, Step, follow_up
from tocsin.model import DeliveryState, VersionKind

D = DeliveryState
C, W, U = VersionKind.CORRECTION, VersionKind.WITHDRAWAL, VersionKind.UPDATE


@pytest.mark.parametrize(
    ("kind", "earlier", "step", "supersedes"),
    [
        (C, {D.ACCEPTED}, Step.SEND, False),
        (C, {D.BOUNCED}, Step.SEND, False),
        (C, {D.UNKNOWN}, Step.SEND, False),
        (C, {D.IN_HAND}, Step.WAIT, False),
        (C, {D.PENDING}, Step.SEND, True),
        (C, {D.DEFERRED}, Step.SEND, True),
        (C, {D.ACCEPTED, D.PENDING}, Step.SEND, True),
        (C, {D.FAILED}, Step.SKIP, False),
        (C, {D.EXPIRED}, Step.SKIP, False),
        (C, set(), Step.SKIP, False),
        (W, {D.ACCEPTED}, Step.SEND, False),
        (W, {D.PENDING}, Step.SKIP, True),
        (W, {D.IN_HAND}, Step.WAIT, False),
    ],
)
def test_a_correction_follows_what_went_wrong(
    kind: VersionKind, earlier: set[DeliveryState], step: Step, supersedes: bool
) -> None:
    decided = follow_up(kind, earlier, Standing.ACTIVE)
    assert (decided.step, decided.supersedes) == (step, supersedes)
    assert decided.reason


def test_an_update_goes_to_those_who_want_it_and_takes_the_place_of_what_is_on_its_way() -> None:
    assert follow_up(U, {D.ACCEPTED}, Standing.ACTIVE, wanted=True).step is Step.SEND
    assert follow_up(U, {D.ACCEPTED}, Standing.ACTIVE, wanted=False).step is Step.SKIP
    assert follow_up(U, {D.PENDING}, Standing.ACTIVE, wanted=True).supersedes


_EARLIER = st.sets(st.sampled_from(DeliveryState), max_size=4)
_KINDS = st.sampled_from([C, W])


@given(_KINDS, _EARLIER, st.sampled_from(Standing), st.booleans())
def test_decision_ten_holds_for_every_reader(
    kind: VersionKind, earlier: set[DeliveryState], standing: Standing, wanted: bool
) -> None:
    decided = follow_up(kind, earlier, standing, wanted=wanted)
    assert decided == follow_up(kind, earlier, standing, wanted=not wanted), "what readers want now plays no part"
    assert decided.supersedes == bool(earlier & STILL_TO_COME), "nothing wrong is left on its way"
    if standing is not Standing.ACTIVE:
        assert decided.step is Step.SKIP, "never to those who left"
    elif D.IN_HAND in earlier:
        assert decided.step is Step.WAIT, "what is in hand resolves first"
    elif earlier & MAY_HAVE_READ:
        assert decided.step is Step.SEND
    elif not earlier & STILL_TO_COME:
        assert decided.step is Step.SKIP, "nobody learns of an error they never saw"
