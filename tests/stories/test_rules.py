from pathlib import Path

import pytest

from tocsin.errors import BadInput, WrongUse
from tocsin.model import Band
from tocsin.stories.rules import Rules, load_rules


def load(folder: Path, text: str) -> Rules:
    path = folder / "rules.toml"
    path.write_text(text, "utf-8")
    return load_rules(path)


def test_bands_begin_at_their_scores() -> None:
    rules = Rules(flash=70, alert=45, watch=25)
    assert [rules.band(score) for score in (70, 69.9, 45, 44.9, 25, 24.9)] == [
        *(Band.FLASH, Band.ALERT, Band.ALERT, Band.WATCH, Band.WATCH, Band.NONE)
    ]


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    rules = load(tmp_path, 'alert = 60\n[weights.en]\nbase = 5\n[weights.en.features]\n"deaths" = 9\n')
    assert rules.alert == 60
    assert rules.flash == Rules().flash
    assert rules.weights_of("en").features == {"deaths": 9.0}
    assert rules.weights_of("ru") == Rules().weights_of("ru")


@pytest.mark.parametrize("text", ["alert = ", "[weights]\nen = 3", "\x00"])
def test_what_is_no_rules_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput):
        load(tmp_path, text)


@pytest.mark.parametrize("text", ["alarm = 3", 'alert = "high"', "alert = true", "flash = 10\nalert = 40"])
def test_unknown_and_impossible_rules_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(WrongUse):
        load(tmp_path, text)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        load_rules(tmp_path / "none.toml")
