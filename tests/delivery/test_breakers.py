"""A breaker stops what trouble is with, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.delivery.breakers import BUSY_REST, DOMAIN_SAMPLE, EVERYBODY, REFUSED_REST, SAMPLE, STRIKES, Breakers, Trip
from tocsin.delivery.outcomes import Fault


def trips(*answers: tuple[str, Fault]) -> list[Trip]:
    breakers = Breakers()
    return [trip for domain, fault in answers if (trip := breakers.note(f"r@{domain}", fault)) is not None]


def mixed(bad: Fault, count: int) -> Sequence[tuple[str, Fault]]:
    return [one for _ in range(count) for one in (("big.example", bad), ("other.example", Fault.NONE))]


@pytest.mark.parametrize("fault", [Fault.POLICY, Fault.LOGIN, Fault.ADDRESS])
def test_one_domain_that_refuses_us_rests_while_others_get_their_mail(fault: Fault) -> None:
    (trip,) = trips(*mixed(fault, DOMAIN_SAMPLE))
    assert (trip.scope, trip.rest) == ("big.example", REFUSED_REST)
    assert trip.reason


@pytest.mark.parametrize("fault", [Fault.POLICY, Fault.ADDRESS])
def test_a_relay_that_refuses_everything_stops_everything(fault: Fault) -> None:
    found = trips(*((f"d{n % 7}.example", fault) for n in range(SAMPLE)))
    assert [trip.scope for trip in found] == [EVERYBODY]


def test_a_single_domain_is_no_proof_that_it_alone_is_to_blame() -> None:
    assert [trip.scope for trip in trips(*[("only.example", Fault.POLICY)] * SAMPLE)] == [EVERYBODY]


def test_five_times_busy_in_a_row_is_a_minute_of_rest() -> None:
    busy = ("big.example", Fault.BUSY)
    assert trips(*[busy] * (STRIKES - 1), ("big.example", Fault.NONE), *[busy] * (STRIKES - 1)) == []
    (trip,) = trips(*[busy] * STRIKES)
    assert (trip.scope, trip.rest) == ("big.example", BUSY_REST)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from([Fault.NONE, Fault.MAILBOX, Fault.LOST]))))
def test_readers_own_troubles_stop_nothing(answers: list[tuple[str, Fault]]) -> None:
    assert trips(*answers) == []


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(Fault)), max_size=300))
def test_nothing_stops_without_a_spike(answers: list[tuple[str, Fault]]) -> None:
    bad = sum(fault in (Fault.POLICY, Fault.LOGIN, Fault.ADDRESS) for _, fault in answers)
    if bad < DOMAIN_SAMPLE / 2:
        assert all(trip.rest == BUSY_REST for trip in trips(*answers))
