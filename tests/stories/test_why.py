from tests.stories.reports import NOON
from tocsin.model import Band, Reason, Route, Verdict
from tocsin.stories.rules import Rules
from tocsin.stories.why import decisive, explain

RULES = Rules(flash=70, alert=45, watch=25)


def verdict(score: float, route: Route, *reasons: Reason) -> Verdict:
    return Verdict(NOON, "1", "s", score, score, RULES.band(score), route, "One report", reasons=reasons)


def test_the_first_message_counts_else_the_nearest_miss() -> None:
    near, far, sent = verdict(44, Route.DIGEST), verdict(3, Route.DROP), verdict(50, Route.HOLD)
    assert decisive([far, near]) is near
    assert decisive([far, sent, near]) is sent
    assert decisive([]) is None


def test_why_not_names_the_gate_and_the_missing_points() -> None:
    stale = Reason("fresh", "gate", holds=False, evidence="600 min old")
    made = explain(verdict(38, Route.DROP, stale, Reason("deaths", points=12, evidence="killed")), RULES)
    assert made.outcome == "dropped as watch with 38 points"
    assert made.against == ("gate “fresh” does not hold: 600 min old", "7 points short of alert (45)")
    assert [reason.name for reason in made.points] == ["deaths"]


def test_nothing_stands_against_a_flash_that_was_sent() -> None:
    made = explain(verdict(80, Route.SEND, Reason("supported", "support")), RULES)
    assert made.verdict.band is Band.FLASH
    assert made.against == ()
