"""A newsroom's colour becomes a shade that reads on its ground, and stays itself when it does already."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.delivery.colours import ENOUGH, _rgb, contrast, legible

WHITE, NIGHT = "#ffffff", "#16181d"


@pytest.mark.parametrize(("colour", "ground"), [("#b3121d", WHITE), ("#000000", WHITE), ("#ffffff", NIGHT)])
def test_a_legible_colour_is_kept(colour: str, ground: str) -> None:
    assert legible(colour, ground) == colour


def test_black_on_white_has_the_contrast_that_the_standard_says() -> None:
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)


@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"), st.sampled_from([WHITE, NIGHT]))
def test_any_colour_becomes_legible(colour: str, ground: str) -> None:
    assert contrast(_rgb(legible(colour, ground)), _rgb(ground)) >= ENOUGH - 0.05  # rounding to whole steps of 255


@pytest.mark.parametrize("colour", ["red", "", "#12", "#zzzzzz", "url(x)", "#fff;x:y"])
def test_what_is_no_colour_becomes_one(colour: str) -> None:
    assert legible(colour, WHITE).startswith("#")
    assert len(legible(colour, WHITE)) == 7
