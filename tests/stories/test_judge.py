import pytest

from tests.stories.reports import article, report, source
from tocsin.model import Reading, Reason, Statement
from tocsin.stories.baseline import Velocity
from tocsin.stories.judge import StoryFacts, busy_day, high_harm, story_points, worn_subject
from tocsin.stories.rules import Rules

RULES = Rules()


ALONE, UNREAD = StoryFacts(), Reading("en")


def points(
    title: str = "Bridge falls",
    *,
    known: bool = True,
    facts: StoryFacts = ALONE,
    urgency: int | None = None,
    reading: Reading = UNREAD,
) -> dict[str, float]:
    one = article(title, urgency=urgency)
    who = source("Wire") if known else source("Wire", known=False)
    return {r.name: r.points for r in story_points(one, report(title), reading, who, facts, RULES)}


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Former president dies at 92", "a named person's death"),
        ("Missiles strike the harbour", "incoming missiles"),
        ("Group claims responsibility for blast", "blame for an attack"),
        ("Exit poll: she wins the election", "an election call"),
        ("Robin Williams found dead at home", "a named person's death"),
        ("Hezbollah leader killed in strike", "a named person's death"),
        ("Voters back leaving the union: election result", "an election call"),
        ("Central bank raises interest rates to 8%", "market-moving"),
        ("Airline files for bankruptcy", "market-moving"),
        ("Bridge collapses, 12 dead", ""),
    ],
)
def test_high_harm_kinds(title: str, kind: str) -> None:
    assert high_harm(report(title)) == kind


def test_a_wire_flash_counts_most_and_only_from_a_known_publisher() -> None:
    assert points(urgency=1) == {"wire urgency": 40}
    assert points(urgency=2) == {"wire urgency": 30}
    assert points(urgency=1, known=False) == {}


def test_breaking_counts_from_a_known_publisher() -> None:
    assert points("BREAKING bridge falls") == {"marked as breaking": 20}
    assert points("BREAKING bridge falls", known=False) == {}


def test_independent_origins_count_known_publishers_only() -> None:
    assert points(facts=StoryFacts(origins=3, known_origins=2)) == {"independent origins": 10}
    assert points(facts=StoryFacts(origins=9, known_origins=1)) == {}


def test_velocity_needs_three_families_and_surprise() -> None:
    fast, slow = Velocity(4, 60, 0.1, 1e-5, 2.0), Velocity(4, 60, 4.0, 0.6, 2.0)
    assert points(facts=StoryFacts(fast)) == {"velocity": 20}
    assert points(facts=StoryFacts(slow)) == {"velocity": 1.1}
    assert points(facts=StoryFacts(Velocity(2, 60, 0.1, 1e-5, 2.0))) == {}


def test_a_party_alone_is_worth_less() -> None:
    claim = Statement("said", "The ministry", (0, 3), "said", (3, 4), "x", (4, 5), party="RU")
    assert points(reading=Reading("en", (claim,))) == {"only a party says so": -15}
    assert points(reading=Reading("en", (claim,)), facts=StoryFacts(origins=2)) == {}


def test_a_busy_day_raises_the_bar() -> None:
    assert busy_day(RULES.alerts_a_day, RULES) == ()
    (reason,) = busy_day(RULES.alerts_a_day + 2, RULES)
    assert reason == Reason(
        "a busy day", points=-2 * RULES.busy_points, evidence=f"{RULES.alerts_a_day + 2} alerts in 24 hours"
    )


def test_each_message_on_one_subject_makes_the_next_one_harder() -> None:
    assert worn_subject(0, RULES) == ()
    costs = [worn_subject(messages, RULES)[0].points for messages in range(1, 6)]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] == -RULES.subject_points
    assert costs[4] < 5 * costs[0]
