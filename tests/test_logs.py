"""What a service logs tells neither addresses nor tokens, wherever they stand."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tocsin.logs import log_to_stderr
from tocsin.readers.tokens import LOOK, Purpose, Tokens

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
TOKENS = Tokens(b"s" * 32)


@given(st.integers(min_value=0, max_value=2**32 - 1), st.sampled_from(Purpose))
def test_every_token_is_known_by_its_look(number: int, purpose: Purpose) -> None:
    for token in (TOKENS.mailed(number), TOKENS.timed(purpose, number, NOW, timedelta(days=7))):
        assert LOOK.fullmatch(token)
        assert LOOK.sub("…", f"GET /preferences/{token}?x") == "GET /preferences/…?x"


def test_texts_lose_them_and_keep_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr()
    log = structlog.get_logger("test")
    try:
        log.warning(
            "job.failed", error="450 4.1.1 <anna.q+x@example.org>: Recipient address rejected", to="b@c.example"
        )
        log.info(
            "seen", path=f"/unsubscribe/{TOKENS.mailed(7)}", url="https://news.example/a-long-headline-about-a-dam"
        )
        log.warning("broken", exc_info=ValueError("no such reader: имя@пошта.example"))
    finally:
        structlog.reset_defaults()
    told = capsys.readouterr().err
    for secret in ("anna", "example.org", "b@c", TOKENS.mailed(7), "имя", "пошта"):
        assert secret not in told, secret
    for kept in (
        "450 4.1.1",
        "Recipient address rejected",
        "/unsubscribe/…",
        "a-long-headline-about-a-dam",
        "ValueError",
    ):
        assert kept in told.replace("\\u2026", "…"), kept


@pytest.mark.parametrize("word", ["a", "@", "a@", "@a", "a.b@"])
def test_a_long_word_is_gone_through_once(capsys: pytest.CaptureFixture[str], word: str) -> None:
    log_to_stderr()
    began = time.process_time()
    try:
        structlog.get_logger("test").warning("broken", error=word * 300_000 + " ann@example.org", to="x")
    finally:
        structlog.reset_defaults()
    assert time.process_time() - began < 2
    assert "example.org" not in capsys.readouterr().err


def test_a_log_that_has_no_room_ends_no_service() -> None:
    code = (
        "from tocsin.logs import log_to_stderr; import structlog; log_to_stderr(); structlog.get_logger().info('seen')"
    )
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", f"{code}; print('goes on')"], stdout=PIPE, stderr=full, check=False
        )
    assert ended.stdout == b"goes on\n"
