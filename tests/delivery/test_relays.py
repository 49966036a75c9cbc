"""Letters are shared out as planned: by weight, within quotas, around who is away, and none too many."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.delivery.relays import Plan, Standing, WarmUp, away_for, next_step, share_out, step_of

NOON = datetime(2022, 11, 11, 12, 2, tzinfo=UTC)
A, B = Plan("a", 3), Plan("b", 1)
WARMING = Plan("w", warm_up=WarmUp(date(2022, 11, 10), 500, 2.0))


def counts(plans: tuple[Plan, ...], want: int, **standings: Standing) -> dict[str, int]:
    return {one.name: one.count for one in share_out(plans, standings, want, NOON)}


def test_by_weight() -> None:
    assert counts((A, B), 400) == {"a": 300, "b": 100}


def test_one_by_one_a_small_share_gets_its_turn() -> None:
    done = {"a": 0, "b": 0}
    for _ in range(40):
        given_now = counts((A, B), 1, a=Standing(hour=done["a"]), b=Standing(hour=done["b"]))
        done = {name: done[name] + given_now[name] for name in done}
    assert done == {"a": 30, "b": 10}


@pytest.mark.parametrize(
    ("plan", "standing", "room", "why"),
    [
        (Plan("p", per_hour=100), Standing(hour=40, day=40), 60, "40 of 100 an hour are used"),
        (Plan("p", per_hour=100, per_day=150), Standing(hour=0, day=140), 10, "140 of 150 a day are used"),
        (Plan("p", per_day=150), Standing(day=900), 0, "900 of 150 a day are used"),
        (WARMING, Standing(day=100), 900, "100 of 1,000 a day while it warms up are used"),
        (Plan("p"), Standing(away_until=NOON + timedelta(seconds=9), reason="no"), 0, "away until 12:02:09 UTC: no"),
    ],
)
def test_what_one_cannot_take_the_other_does(plan: Plan, standing: Standing, room: int, why: str) -> None:
    mine, other = share_out((plan, Plan("other")), {plan.name: standing}, 10_000, NOON)
    assert (mine.count, mine.reason, other.count) == (room, why, 10_000 - room)


def test_a_relay_that_is_back_takes_its_share_and_not_what_it_missed() -> None:
    assert counts((A, B), 400, b=Standing(hour=100_000)) == {"a": 300, "b": 100}


def test_a_spare_relay_takes_only_what_nobody_else_can() -> None:
    spare = Plan("spare", 0)
    assert counts((A, spare), 100) == {"a": 100, "spare": 0}
    assert counts((Plan("a", per_day=30), spare), 100) == {"a": 30, "spare": 70}


def test_a_relay_warms_up_day_by_day_and_is_warm_one_day() -> None:
    plan = WarmUp(date(2022, 11, 10), 500, 2.0)
    caps = [plan.cap(date(2022, 11, 9) + timedelta(days=days)) for days in (0, 1, 2, 3, 30, 40_000)]
    assert caps == [0, 500, 1000, 2000, None, None]


def test_failures_in_a_row_are_left_alone_longer() -> None:
    waits = [away_for(number).total_seconds() for number in range(1, 9)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (15, 600)


def test_steps_end_where_the_next_begins() -> None:
    assert next_step(NOON) == datetime(2022, 11, 11, 12, 5, tzinfo=UTC)
    assert step_of(next_step(NOON)) == step_of(NOON) + 1


_PLANS = st.lists(
    st.builds(
        Plan,
        st.sampled_from("abcde"),
        st.floats(0, 10),
        st.none() | st.integers(1, 500),
        st.none() | st.integers(1, 2000),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda plan: plan.name,
)


_STANDINGS = st.builds(Standing, st.integers(0, 600), st.integers(0, 2500))


@given(_PLANS, st.integers(0, 3000), st.dictionaries(st.sampled_from("abcde"), _STANDINGS))
def test_no_quota_is_exceeded_and_nothing_is_left_that_could_leave(
    plans: list[Plan], want: int, standings: dict[str, Standing]
) -> None:
    given_out = {one.name: one for one in share_out(plans, standings, want, NOON)}
    room = 0
    for plan in plans:
        used = standings.get(plan.name, Standing())
        mine = min(
            max(0, plan.per_hour - used.hour) if plan.per_hour else 10**7,
            max(0, plan.per_day - used.day) if plan.per_day else 10**7,
        )
        assert 0 <= given_out[plan.name].count <= mine
        assert given_out[plan.name].reason
        room += mine
    assert sum(one.count for one in given_out.values()) == min(want, room)
