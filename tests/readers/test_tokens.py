"""Tokens: only what this installation made, for this purpose, in time."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from tocsin.readers.tokens import MAILED_LENGTH, Purpose, Tokens

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TOKENS = Tokens(b"s" * 32)
NUMBERS = st.integers(min_value=0, max_value=2**48 - 1)
PURPOSES = st.sampled_from(Purpose)


@given(NUMBERS)
def test_a_mailed_token_names_its_subscriber_and_has_one_length(number: int) -> None:
    token = TOKENS.mailed(number)
    assert len(token) == MAILED_LENGTH
    assert TOKENS.read_mailed(token) == number


@given(NUMBERS, PURPOSES, PURPOSES)
def test_a_timed_token_serves_its_own_purpose_only(number: int, made: Purpose, asked: Purpose) -> None:
    token = TOKENS.timed(made, number, NOW, HOUR)
    assert TOKENS.read_timed(asked, token, NOW) == (number if made is asked else None)
    assert TOKENS.read_mailed(token) is None
    assert TOKENS.read_timed(made, TOKENS.mailed(number), NOW) is None


@given(NUMBERS, PURPOSES, st.integers(min_value=1, max_value=10**6))
def test_a_timed_token_expires(number: int, purpose: Purpose, seconds: int) -> None:
    token = TOKENS.timed(purpose, number, NOW, timedelta(seconds=seconds))
    assert TOKENS.read_timed(purpose, token, NOW + timedelta(seconds=seconds)) is None
    assert TOKENS.read_timed(purpose, token, NOW + timedelta(seconds=seconds - 1)) == number


@given(st.text(max_size=60))
def test_arbitrary_text_is_no_token(text: str) -> None:
    assert TOKENS.read_mailed(text) is None
    assert TOKENS.read_timed(Purpose.CONFIRM, text, NOW) is None


@given(NUMBERS, st.integers(min_value=0), st.characters(codec="ascii"))
def test_a_token_with_one_character_changed_is_forged(number: int, place: int, letter: str) -> None:
    for token, read in (
        (TOKENS.mailed(number), TOKENS.read_mailed),
        (
            TOKENS.timed(Purpose.ACCOUNT, number, NOW, HOUR),
            lambda text: TOKENS.read_timed(Purpose.ACCOUNT, text, NOW),
        ),
    ):
        at = place % len(token)
        assume(token[at] != letter)
        assert read(token[:at] + letter + token[at + 1 :]) is None
        assert read(token[:at] + letter + token[at:]) is None


@given(NUMBERS)
def test_another_installation_s_token_is_forged(number: int) -> None:
    other = Tokens(b"t" * 32)
    assert TOKENS.read_mailed(other.mailed(number)) is None
    assert TOKENS.read_timed(Purpose.MOVE, other.timed(Purpose.MOVE, number, NOW, HOUR), NOW) is None


@given(NUMBERS, NUMBERS, PURPOSES)
def test_the_seal_of_one_reader_s_token_opens_nobody_else_s(mine: int, other: int, purpose: Purpose) -> None:
    assume(mine != other)
    for make, read in (
        (TOKENS.mailed, TOKENS.read_mailed),
        (
            lambda number: TOKENS.timed(purpose, number, NOW, HOUR),
            lambda token: TOKENS.read_timed(purpose, token, NOW),
        ),
    ):
        body, seal = (urlsafe_b64decode(make(number)) for number in (other, mine))
        at = len(body) - 17
        assert read(urlsafe_b64encode(body[:at] + seal[at:]).decode()) is None
