"""An answer means one thing, and only an address that does not exist is the reader's own fault."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.delivery.outcomes import RETRY_LONGEST, Fault, Outcome, judge, retry_after
from tocsin.delivery.wire import Answer, Reply, Stage
from tocsin.model import DeliveryState

RCPT, END, MAIL = Stage.RCPT, Stage.END, Stage.MAIL


def of(stage: Stage, code: int, text: str, *, handed: bool = False) -> Outcome:
    return judge(Answer(stage, Reply(code, text), handed))


@pytest.mark.parametrize(
    ("stage", "code", "text", "fault"),
    [
        (RCPT, 550, "5.1.1 User unknown", Fault.ADDRESS),
        (RCPT, 550, "5.1.10 Recipient address has null MX", Fault.ADDRESS),
        (END, 550, "5.1.2 no such domain", Fault.ADDRESS),
        (RCPT, 550, "5.1.8 bad sender's system address", Fault.MAILBOX),
        (RCPT, 550, "5.1.0 sender rejected", Fault.MAILBOX),
        (RCPT, 550, "5.1.1 blocked by our policy", Fault.MAILBOX),
        (MAIL, 550, "5.1.1 go away", Fault.POLICY),
        (RCPT, 550, "5.7.1 you are on a blocklist", Fault.POLICY),
        (END, 554, "5.7.26 unauthenticated mail", Fault.POLICY),
        (RCPT, 552, "5.2.2 over quota", Fault.MAILBOX),
        (RCPT, 550, "No such user here", Fault.MAILBOX),
        (MAIL, 552, "5.3.4 too large", Fault.MESSAGE),
    ],
)
def test_a_refusal_is_told_to_whom_it_concerns(stage: Stage, code: int, text: str, fault: Fault) -> None:
    outcome = of(stage, code, text)
    assert (outcome.state, outcome.fault) == (DeliveryState.FAILED, fault)
    assert outcome.suppress == (fault is Fault.ADDRESS)


@pytest.mark.parametrize(
    ("stage", "code", "text"),
    [
        (RCPT, 450, "4.2.0 greylisted"),
        (END, 452, "4.2.2 full"),
        (MAIL, 421, "busy"),
        (MAIL, 503, "5.5.1 nested MAIL"),
        (MAIL, 530, "5.7.0 must authenticate"),
    ],
)
def test_what_may_pass_is_tried_again(stage: Stage, code: int, text: str) -> None:
    outcome = of(stage, code, text)
    assert outcome.state is DeliveryState.DEFERRED
    assert not outcome.suppress
    assert not outcome.maybe


def test_a_lost_reply_leaves_open_whether_it_arrived() -> None:
    assert of(END, 0, "connection lost", handed=True).maybe
    assert not of(MAIL, 0, "connection lost").maybe


def test_an_acceptance_is_told_apart_from_the_name_of_the_message() -> None:
    outcome = of(END, 250, "2.0.0 Ok: queued as 4F3X9k2mTnz")
    assert (outcome.text, outcome.queued_as) == ("2.0.0 Ok: queued as …", "4F3X9k2mTnz")


@given(st.integers(1, 60), st.floats(0, 1, exclude_max=True), st.sampled_from(Fault))
def test_tries_spread_and_never_wait_longer_than_the_limit(tries: int, chance: float, fault: Fault) -> None:
    wait = retry_after(Outcome(DeliveryState.DEFERRED, fault, 450, ""), tries, chance)
    assert timedelta(seconds=0.5) <= wait <= RETRY_LONGEST * 1.5


@given(st.integers(200, 599), st.text(max_size=60), st.sampled_from([MAIL, RCPT, Stage.DATA, END]))
def test_nothing_a_relay_says_suppresses_for_policy(code: int, text: str, stage: Stage) -> None:
    assert not of(stage, code, f"5.7.1 {text}").suppress
