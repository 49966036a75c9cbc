"""The everyday words that ship are those that the committed command counts in the open data."""

import pytest
from bench.fit_grouping import background

from tocsin.stories.frequencies import BACKGROUND


@pytest.mark.data
def test_what_ships_is_what_the_command_counts() -> None:
    assert background() == {"articles": BACKGROUND.articles, "counts": BACKGROUND.counts}
