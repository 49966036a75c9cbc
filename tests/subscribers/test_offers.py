"""Whoever mails the offers is told of every change of consent, signed, and can ask for the whole list."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.fakes.site import parts_on
from tocsin.intake.webhook import verify
from tocsin.jobs.port import Job
from tocsin.readers.addresses import parse_address
from tocsin.readers.signup import SignUp
from tocsin.readers.tokens import Purpose, Tokens
from tocsin.sending.letters import CONFIRM_LIFE
from tocsin.settings import Readers
from tocsin.store.engine import Store
from tocsin.store.jobs import jobs
from tocsin.store.signups import signups
from tocsin.store.subscribers import subscriber_of
from tocsin.subscribers import accounts
from tocsin.subscribers import signing_up as subscribers
from tocsin.subscribers.offers import OFFERS, OffersUnreachable, offer_readers, push_offers
from tocsin.subscribers.signing_up import Visit
from tocsin.wiring import Parts

SECRET = "whsec_" + "c2VjcmV0" * 4
ADDRESS = parse_address("reader@example.com")


@contextmanager
def mailer(status: int, leads_to: str | None = None) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """Run whoever mails the offers: its address, and what it was sent."""
    taken: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(status)
            if leads_to is not None:
                self.send_header("Location", leads_to)
            self.end_headers()

        def log_message(self, *what: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/consents", taken
    server.shutdown()
    thread.join()
    server.server_close()


def newsroom(store: Store, folder: Path, url: str | None) -> Parts:
    secret = folder / "offers.secret"
    secret.write_text(SECRET)
    return parts_on(store, folder, readers=Readers(offers_url=url, offers_secret_file=secret))


def consent(parts: Parts, *, offers: bool = True) -> int:
    subscribers.sign_up(parts, SignUp(ADDRESS, (), flash_only=False, offers=offers), Visit("192.0.2.1", "en", {}))
    with parts.store.read() as connection:
        number = connection.execute(select(signups.c.id)).scalar_one()
    token = Tokens(parts.secret).timed(Purpose.CONFIRM, number, parts.clock(), CONFIRM_LIFE)
    reader = subscribers.confirm(parts, token, "192.0.2.1").reader
    assert reader is not None
    return reader.id


def pushes(parts: Parts) -> list[Job]:
    with parts.store.read() as connection:
        rows = connection.execute(select(jobs.c.payload).where(jobs.c.name == OFFERS).order_by(jobs.c.id))
        return [Job(OFFERS, payload, 1) for payload in rows.scalars()]


def test_every_change_is_pushed_signed(store: Store, tmp_path: Path) -> None:
    with mailer(204) as (url, taken):
        parts = newsroom(store, tmp_path, url)
        reader = consent(parts)
        subscribers.refuse_offers(parts, reader, "test")
        for job in pushes(parts):
            push_offers(parts, job)
        told = [json.loads(body) for _, body in taken]
        for headers, body in taken:
            assert verify(SECRET, headers, body, parts.clock())
    assert [one["type"] for one in told] == ["offers.given", "offers.withdrawn"]
    assert {one["data"]["email"] for one in told} == {ADDRESS.written}


def test_an_erasure_is_told_too(store: Store, tmp_path: Path) -> None:
    parts = newsroom(store, tmp_path, "http://127.0.0.1:1/")
    number = consent(parts)
    with store.read() as connection:
        reader = subscriber_of(connection, number)
    assert reader is not None
    accounts.erase(parts, reader)
    assert [json.loads(job.payload)["type"] for job in pushes(parts)] == ["offers.given", "offers.withdrawn"]


def test_a_mailer_that_is_away_is_tried_again(store: Store, tmp_path: Path) -> None:
    with mailer(503) as (url, _):
        parts = newsroom(store, tmp_path, url)
        consent(parts)
        with pytest.raises(OffersUnreachable):
            push_offers(parts, pushes(parts)[0])


def test_where_nobody_is_named_nobody_is_told_and_the_list_is_there(store: Store, tmp_path: Path) -> None:
    parts = newsroom(store, tmp_path, None)
    consent(parts)
    assert pushes(parts) == []
    with store.read() as connection:
        [listed] = offer_readers(parts, connection)
    assert listed.email == ADDRESS.written
    assert listed.unsubscribe.endswith("?from=offers")


def test_signing_up_again_takes_no_consent_back_that_outlived_the_alerts(store: Store, tmp_path: Path) -> None:
    parts = newsroom(store, tmp_path, "http://127.0.0.1:1/")
    number = consent(parts)
    subscribers.unsubscribe(parts, number, "test")
    assert consent(parts, offers=False) == number
    with store.read() as connection:
        assert [one.email for one in offer_readers(parts, connection)] == [ADDRESS.written]
    assert [json.loads(job.payload)["type"] for job in pushes(parts)] == ["offers.given"]
    subscribers.refuse_offers(parts, number, "test")
    assert [json.loads(job.payload)["type"] for job in pushes(parts)] == ["offers.given", "offers.withdrawn"]


def test_no_redirect_takes_readers_addresses_elsewhere(store: Store, tmp_path: Path) -> None:
    with mailer(200) as (elsewhere, strayed), mailer(307, elsewhere) as (url, taken):
        parts = newsroom(store, tmp_path, url)
        consent(parts)
        with pytest.raises(OffersUnreachable, match="307"):
            push_offers(parts, pushes(parts)[0])
    assert (len(taken), strayed) == (1, [])
