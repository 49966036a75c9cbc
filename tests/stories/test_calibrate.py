import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stories.reports import NOON, article, report
from tocsin.errors import WrongUse
from tocsin.stories.calibrate import (
    FEWEST_MARKS,
    SHOULD,
    SHOULD_NOT,
    Calibration,
    Effect,
    Marked,
    calibrate,
    rules_table,
)
from tocsin.stories.rules import Rules, load_rules
from tocsin.stories.score import item_score

# An editor of a harbour town, for whom a closed lock is the news of the day.
LOCKS = [
    "Lock closed to ships after leak",
    "Leak found: lock closed",
    "Lock closed, ships wait",
    "Third lock closed for ships",
]
COUNCIL = ["Mayor opens new library", "Council debates parking", "Choir sings at town hall", "School wins award"]


def marked(many: int = 40) -> list[Marked]:
    titles = [(LOCKS[i % 4], SHOULD) if i % 2 else (COUNCIL[i % 4], SHOULD_NOT) for i in range(many)]
    return [
        Marked(article(title, key=str(i), published=(NOON + timedelta(hours=i)).isoformat()), mark)
        for i, (title, mark) in enumerate(titles)
    ]


def score(title: str, rules: Rules) -> float:
    return item_score(report(title), rules.weights_of("en")).value


def test_marks_move_the_weights_and_the_effect_is_measured_on_marks_not_fitted() -> None:
    made = calibrate(marked(200), Rules())
    assert made.before.reached == 0
    assert made.after.deserved > 0
    assert made.after.missed < made.before.missed
    assert score(LOCKS[0], made.rules) > score(LOCKS[0], Rules()) + 10
    assert made.moved


def test_nothing_else_is_overturned_by_a_few_marks() -> None:
    made = calibrate(marked(), Rules())
    assert score("At least 40 people killed as train derails", made.rules) > Rules().alert


def test_too_few_marks_or_marks_that_all_agree_are_refused() -> None:
    with pytest.raises(WrongUse, match="too few"):
        calibrate(marked(FEWEST_MARKS - 1), Rules())
    with pytest.raises(WrongUse, match="40 of 40 marks say that an alert was deserved"):
        calibrate([Marked(one.article, SHOULD) for one in marked()], Rules())
    with pytest.raises(WrongUse, match="all earlier marks say the same"):
        calibrate([replace(one, mark=SHOULD if i < 30 else SHOULD_NOT) for i, one in enumerate(marked())], Rules())


OTHERS = [
    "At least 40 people killed as train derails near the capital",
    "Festival opens with a choir",
    "Prime minister resigns after defeat in parliament",
    "Ten tips for a better garden",
    "Council debates parking",
    "Explosion kills 12 in factory, police say",
]


def test_a_few_marks_do_not_change_how_many_alerts_there_are() -> None:
    stream = [article(title, key=f"o{i}") for i, title in enumerate(OTHERS * 10)]
    cautious = [replace(one, mark=min(one.mark, 2)) if i % 4 else one for i, one in enumerate(marked(24))]
    cautious[:5] = [replace(one, mark=SHOULD) for one in cautious[:5]]
    made = calibrate(cautious, Rules(), stream)
    alerts = [sum(score(title, rules) >= rules.alert for title in OTHERS) for rules in (Rules(), made.rules)]
    assert alerts[0] == alerts[1] == 3


def test_what_marks_change_is_told_by_title_and_by_bar() -> None:
    made = calibrate(marked(200), Rules())
    assert {crossing.title for crossing in made.crossed} <= set(LOCKS)
    assert made.crossed
    assert all(crossing.before < Rules().alert <= crossing.after for crossing in made.crossed)
    reached = [effect.reached for _, effect in made.bars]
    assert reached == sorted(reached, reverse=True)
    assert made.better is True
    assert (made.fitted, made.tried) == (140, 60)


def test_marks_at_random_are_not_called_better() -> None:
    drawn = random.Random(7)
    noise = [replace(one, mark=drawn.choice((SHOULD, SHOULD_NOT))) for one in marked(60)]
    assert calibrate(noise, Rules()).better is not True


@pytest.mark.parametrize(
    ("before", "after", "better"),
    [
        (Effect(5, 4, 6, 0.80), Effect(7, 6, 4, 0.90), True),
        (Effect(5, 4, 6, 0.80), Effect(0, 0, 10, 0.95), False),  # everything in order, and nothing is ever sent
        (Effect(5, 4, 6, 0.80), Effect(3, 1, 9, 0.90), None),
        (Effect(5, 4, 6, 0.80), Effect(5, 2, 8, 0.70), False),
        (Effect(0, 0, 9, 0.80), Effect(0, 0, 9, 0.90), True),
        (Effect(5, 4, 6, 0.80), Effect(5, 4, 6, 0.802), None),
    ],
)
def test_new_weights_are_praised_for_what_they_do_at_the_bar_too(
    before: Effect, after: Effect, better: bool | None
) -> None:
    assert Calibration(Rules(), before, after, (), (), (), 70, 30).better is better


def test_what_is_saved_loads_as_the_same_rules(tmp_path: Path) -> None:
    made = calibrate(marked(), Rules()).rules
    (tmp_path / "rules.toml").write_text(rules_table(made), "utf-8")
    again = load_rules(tmp_path / "rules.toml")
    assert score(LOCKS[0], again) == score(LOCKS[0], made)


def test_numbers_that_were_changed_before_are_saved_too(tmp_path: Path) -> None:
    made = calibrate(marked(), replace(Rules(), alert=50.0, updates_most=3)).rules
    (tmp_path / "rules.toml").write_text(rules_table(made), "utf-8")
    again = load_rules(tmp_path / "rules.toml")
    assert (again.alert, again.updates_most, again.flash) == (50.0, 3, Rules().flash)
