"""What others wrote commands no terminal, whichever command prints it."""

from dataclasses import replace

import pytest

from tests.commands.conftest import Call
from tests.commands.sent import DRAFT, held
from tests.commands.test_stories import judged
from tocsin.commands.output import plain
from tocsin.wiring import Parts

EVIL = "Bridge \x1b[2J\x1b]0;owned\x07 \x9b31m \u202edesolc\u2066 \u2028gone\x7f"
COMMANDS = "\x1b\x07\x9b\x7f\u202e\u2066\u2028"


@pytest.mark.parametrize(
    "words", [("alerts", "list"), ("why", "s1"), ("why", "s1", "--all"), ("why", EVIL), ("read", EVIL)]
)
def test_no_command_of_a_headline_reaches_the_terminal(parts: Parts, tocsin: Call, words: tuple[str, ...]) -> None:
    judged(parts, 1, story="s1", title=EVIL)
    held(parts, replace(DRAFT, subject=EVIL, headline=EVIL))
    said = tocsin(*words)
    assert "Bridge" in said.out + said.err
    assert not set(COMMANDS) & set(said.out + said.err)


def test_words_stay_as_they_are_written() -> None:
    for word in ("מים", "می\u200cخواهم", "👩\u200d🚒", "Zürich – “so”"):
        assert plain(word) == word
    assert plain("one\ttwo\r\nthree") == "one two  three"
