from importlib.resources import files

import pytest

from tocsin.intake.boilerplate import form_apart, is_boilerplate, phrases_in


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("Sign up to our newsletter", 2),
        ("SUBSCRIBE", 1),
        ("They subscribe to the view that prices fall", 1),
        ("Why readers subscribe", 0),
        ("Prosubscribe to nothing", 0),
        ("We use cookies. All rights reserved", 2),
        ("ПІДПИШІТЬСЯ на розсилку", 2),
        ("Follow us on Twitter", 1),
        ("Follow Reuters World on Twitter", 1),
        ("The council voted on Tuesday to close the bridge.", 0),
        ("", 0),
    ],
)
def test_phrases_are_counted_in_any_case_where_a_word_begins_and_some_only_where_a_text_does(
    text: str, phrases: int
) -> None:
    assert phrases_in(text) == phrases


def test_a_letter_that_is_longer_in_lower_case_does_not_move_what_is_cut() -> None:
    sentence = "The council of İzmir voted on Tuesday evening to close the old bridge."
    assert form_apart(f"{sentence} Sign up to our newsletter, straight to your inbox") == [
        sentence,
        "Sign up to our newsletter, straight to your inbox",
    ]


def test_a_line_of_form_words_is_boilerplate_and_a_report_that_mentions_one_is_not() -> None:
    assert is_boilerplate("Get our daily newsletter")
    assert not is_boilerplate(
        "Regulators fined the company on Monday because people could not manage cookies before its site had written "
        "them, a practice that the court had called unlawful two years ago in a ruling on another shop."
    )


def test_each_phrase_stands_in_a_line_of_its_own_in_lower_case() -> None:
    """Else it would be looked for in the wrong place, or never found."""
    lines = (files("tocsin.intake") / "phrases.txt").read_text("utf-8").splitlines()
    phrases = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in phrases if line != line.lower()] == []
    assert [line for line in phrases if "^" in line.replace("[^", "")[1:]] == []
