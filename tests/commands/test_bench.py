"""``tocsin bench`` mails made-up readers only: a database that anybody lives in is refused."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert

from tests.commands.conftest import Call
from tests.fakes.relay import Relay, running
from tocsin.store.subscribers import subscribers
from tocsin.wiring import Parts

AT = datetime(2026, 11, 30, tzinfo=UTC)


def test_a_database_with_readers_is_refused_and_nobody_is_mailed(parts: Parts, tocsin: Call) -> None:
    real = {"address": "real@elsewhere.example", "address_key": "k", "state": "active", "language": "en", "zone": "UTC"}
    with parts.store.write() as connection:
        connection.execute(insert(subscribers).values(id=900, created_at=AT, **real))
    with running(Relay()) as relay:
        place = f"127.0.0.1:{relay.port}"
        send = ("bench", "send", "--recipients", "5", "--smtp", place, "--sign", "none", "--database", parts.store.url)
        said = tocsin(*send)
        assert said.status == 2
        assert "not empty" in said.err
        said = tocsin("bench", "match", "--subscribers", "100", "--database", parts.store.url)
        assert said.status == 2
        assert "not empty" in said.err
    assert not relay.received
