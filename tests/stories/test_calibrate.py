from datetime import timedelta
from pathlib import Path

import pytest

from tests.stories.reports import NOON, article, report
from tocsin.errors import WrongUse
from tocsin.stories.calibrate import FEWEST_MARKS, SHOULD, SHOULD_NOT, Marked, calibrate, rules_table
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
    made = calibrate(marked(), Rules())
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
    with pytest.raises(WrongUse, match="all earlier marks say the same"):
        calibrate([Marked(one.article, SHOULD) for one in marked()], Rules())


def test_what_is_saved_loads_as_the_same_rules(tmp_path: Path) -> None:
    made = calibrate(marked(), Rules()).rules
    (tmp_path / "rules.toml").write_text(rules_table(made), "utf-8")
    again = load_rules(tmp_path / "rules.toml")
    assert score(LOCKS[0], again) == score(LOCKS[0], made)
