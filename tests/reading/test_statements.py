"""Statements: golden sentences in three languages, properties on any text, bounds on hostile text."""

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tocsin.model import Statement
from tocsin.reading.statements import find_statements
from tocsin.reading.times import find_times

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "sentences"
DEFAULTS: dict[str, object] = {"kind": "said", "quoted": False, "denied": False, "hedged": False}
FIELDS = (
    "kind", "speaker", "resolved_to", "role", "affiliation", "cue", "content", "quoted", "denied", "hedged", "medium",
    "via", "said", "gloss",
)  # fmt: skip


def _cases() -> list[Any]:
    cases = []
    for language in ("en", "uk", "ru"):
        data = tomllib.loads((GOLDEN / f"{language}.toml").read_text(encoding="utf-8"))
        for number, case in enumerate(data["case"], start=1):
            name = f"{language}-{number}"
            cases.append(pytest.param(language, data["published"], case["text"], case["statements"], id=name))
    return cases


@pytest.mark.parametrize(("language", "published", "text", "wanted"), _cases())
def test_golden(language: str, published: str, text: str, wanted: list[dict[str, object]]) -> None:
    found = find_statements(text, language, times=find_times(text, language, published))
    assert [{name: getattr(statement, name) for name in FIELDS} for statement in found] == [
        {name: each.get(name, DEFAULTS.get(name)) for name in FIELDS} for each in wanted
    ]


def test_golden_set_is_as_large_as_promised() -> None:
    sizes = {
        name: len(tomllib.loads((GOLDEN / f"{name}.toml").read_text("utf-8"))["case"]) for name in ("en", "uk", "ru")
    }
    assert sizes["en"] >= 120
    assert sizes["uk"] >= 30
    assert sizes["ru"] >= 30


def spans_hold(text: str, statements: tuple[Statement, ...]) -> None:
    """Fail unless every span of every statement points at the words it claims."""
    for statement in statements:
        assert text[slice(*statement.cue_span)] == statement.cue != ""
        assert text[slice(*statement.content_span)] == statement.content
        assert (statement.speaker is None) == (statement.speaker_span is None)
        if statement.speaker_span is not None:
            assert text[slice(*statement.speaker_span)] == statement.speaker != ""
        if statement.gloss_span is not None:
            assert text[slice(*statement.gloss_span)] == statement.gloss != ""


_VOCABULARY = """
the minister said told Reuters that according to “ ” " ' « » , . : — ( ) who Kyiv citing he she they of in on Friday
videos showed could be heard shouting заявил сообщили в по словам что повідомив and but not 5am U.S. Mr. ’s '' 54 denied
"""
_WORDS = st.sampled_from([*_VOCABULARY.split(), "\n", "\n\n"])


@given(st.lists(_WORDS, max_size=60).map(" ".join), st.sampled_from(["en", "uk", "ru", "de"]))
@example("said", "en")
@example("“", "en")
@example(", said", "en")
@example("«а, — сказал", "ru")
@settings(max_examples=400, deadline=None)
def test_any_run_of_news_words_is_read_with_true_spans(text: str, language: str) -> None:
    spans_hold(text, find_statements(text, language))


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_with_true_spans(text: str) -> None:
    spans_hold(text, find_statements(text, "en"))


HOSTILE = {
    "marks": '"' * 33_000,
    "apostrophes": "'a " * 16_000,
    "single marks": "‘a" * 26_000,
    "open quotations": "“a " * 16_000,
    "guillemets": "«а, — сказал " * 3_000,
    "cues": "said " * 10_000,
    "inversions": ", said X, who said " * 2_000,
    "prepositions": "according to " * 4_000,
    "capitals": "Aa " * 20_000,
    "one word": "a" * 100_000,
    "joined": "a-" * 33_000,
    "dots": ". " * 20_000,
    "commas": "a, " * 20_000,
    "brackets": "(" * 33_000,
    "blank": " " * 66_000 + "a",
    "lines": "\n" * 66_000,
    "pronouns": "He said no.\n\n" * 3_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_cost_is_linear_in_hostile_text(name: str, language: str) -> None:
    text = HOSTILE[name]
    half = _cpu_seconds(text[: len(text) // 2], language)
    whole = _cpu_seconds(text, language)
    assert whole < max(4 * half, 0.05) + 0.2  # twice the text: a quadratic rule would take four times as long and more


def _cpu_seconds(text: str, language: str) -> float:
    """Return the cheaper of two runs: the first may load a lexicon, or meet a busy machine."""

    def once() -> float:
        start = time.process_time()
        find_statements(text, language)
        return time.process_time() - start

    return min(once(), once())


def test_megabyte_of_news_is_read_in_bounded_time() -> None:
    paragraph = (
        "The minister said on Friday that “the town is ours”, adding that he had told Reuters so. Snow had fallen on "
        "the hills in the night, and the roads to the border were closed to all but the army. No train has run.\n\n"
    )
    text = paragraph * (1_000_000 // len(paragraph))
    start = time.process_time()
    assert len(find_statements(text, "en")) > 8_000
    assert time.process_time() - start < 30


def test_quotation_over_several_paragraphs_stays_with_its_speaker() -> None:
    text = "Mayor Ana Lopez added: “It is gone.\n\n“We ask everybody to stay away.\n\n“Help is coming.”\n\nRain fell."
    found = find_statements(text, "en")
    assert [statement.speaker for statement in found] == ["Mayor Ana Lopez"] * 3
    assert found[2].content == "Help is coming."


def test_quotation_that_nobody_introduced_is_no_statement() -> None:
    assert find_statements("“Nobody knows who said this.”", "en") == ()


def test_reporting_verb_inside_a_quotation_is_not_the_articles() -> None:
    found = find_statements("“He said it would rain,” the farmer told us.", "en")
    assert [statement.speaker for statement in found] == ["the farmer"]


def test_pronoun_does_not_mean_an_institution() -> None:
    text = "Olga Brandt, a surgeon, arrived late.\n\nThe ministry said the road was closed.\n\nShe said two had died."
    assert find_statements(text, "en")[-1].resolved_to == "Olga Brandt"


def test_role_comes_again_without_its_name() -> None:
    text = "Defence Minister Karel Novy arrived on Friday.\n\nThe minister said the talks had failed."
    assert find_statements(text, "en")[-1].resolved_to == "Karel Novy"


def test_relative_pronoun_names_whom_it_takes_up() -> None:
    found = find_statements("The law was welcomed by Anna Weiss, who said it was overdue.", "en")
    assert (found[-1].speaker, found[-1].resolved_to) == ("who", "Anna Weiss")


def test_what_may_be_said_was_not_said() -> None:
    assert find_statements("The president will announce a plan if he says yes.", "en") == ()
