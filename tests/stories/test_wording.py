import re
import tomllib
from dataclasses import fields
from importlib import resources

import pytest

from tocsin.errors import BadInput
from tocsin.stories.lexicon import TUNED, folded, lexicon
from tocsin.stories.wording import wording_of


def words() -> dict[str, object]:
    table = tomllib.loads(resources.files("tocsin.stories").joinpath("lexicons/en.toml").read_text("utf-8"))["words"]
    assert isinstance(table, dict)
    return table


@pytest.mark.parametrize("language", TUNED)
def test_each_language_has_its_own_lists(language: str) -> None:
    assert lexicon(language).wording.revises


def test_a_language_without_a_lexicon_has_empty_ones() -> None:
    assert not lexicon("de").wording.revises


def test_a_list_that_is_missing_is_named() -> None:
    table = words()
    del table["revises"], table["tolls"]
    with pytest.raises(BadInput, match="“pl” lacks: revises, tolls"):
        wording_of(table, "pl")


def test_a_list_that_no_rule_asks_for_is_named() -> None:
    with pytest.raises(BadInput, match="no rule asks for: revsies"):
        wording_of({**words(), "revsies": []}, "pl")


@pytest.mark.parametrize("entries", ["lower", ["lower", 3], {"lower": 1}])
def test_what_is_no_list_of_words_is_named(entries: object) -> None:
    with pytest.raises(BadInput, match=r"“revises” in \[words\] of the lexicon “pl” is no list of words"):
        wording_of({**words(), "revises": entries}, "pl")


@pytest.mark.parametrize(
    ("name", "entry", "kind"),
    [
        ("revises", "revis*", "words"),
        ("revises", "scaled back", "words"),
        ("revises", "", "words"),
        ("quakes", "earthquake", "beginnings of words"),
        ("quakes", "*", "beginnings of words"),
        ("past", "ed*", "endings of words"),
    ],
)
def test_an_entry_that_could_match_no_word_is_named(name: str, entry: str, kind: str) -> None:
    with pytest.raises(BadInput, match=f"“{name}”.+ holds “{re.escape(entry)}”: it is a list of {kind}"):
        wording_of({**words(), name: [entry]}, "pl")


@pytest.mark.parametrize("language", TUNED)
def test_words_are_written_as_they_are_compared(language: str) -> None:
    wording = lexicon(language).wording
    for field in fields(wording):
        if field.name != "names_too":
            assert all(entry == folded(entry) for entry in getattr(wording, field.name)), field.name
