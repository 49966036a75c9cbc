"""What waits for a person rings a real webhook: at once, again, then everybody; it falls silent when dealt with."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection

from tests.contract.test_alerts import a_draft
from tests.delivery.test_webpush import opened, verified
from tests.delivery.test_webpush import text as b64
from tests.desk.test_approval import grave, held, put
from tocsin.alerts.afterwards import Finding
from tocsin.alerts.ringing import Shift, ring_of
from tocsin.delivery.webpush import channel_of, public_octets
from tocsin.desk.approval import approve, drop, pause
from tocsin.desk.duty import RingsNoMore, be_on_it, causes, put_on_duty, ring, ring_test
from tocsin.errors import TocsinError
from tocsin.model import DeliveryState, Source
from tocsin.readers.interests import ALL_NEWS
from tocsin.settings import Intake, Settings
from tocsin.store.alerts import VersionState, settle_version
from tocsin.store.audit import entries
from tocsin.store.claims import pause_all
from tocsin.store.duty import ringing
from tocsin.store.intake import Polling, configure_sources, record_polling
from tocsin.store.preferences import choose
from tocsin.store.relays import mark_away
from tocsin.store.subscribers import activate, add_subscriber
from tocsin.store.watched import Watched, raise_flag
from tocsin.wiring import Parts, assemble

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)


@dataclass
class Bell:
    """A webhook receiver that keeps what is posted to it."""

    url: str = ""
    status: int = 200
    rung: list[tuple[str, str]] = field(default_factory=list)
    raw: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def a_bell() -> Iterator[Bell]:
    bell = Bell()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            bell.raw.append(({name.lower(): value for name, value in self.headers.items()}, body))
            bell.rung.append((self.path, body.decode("utf-8", "replace").splitlines()[0]))
            self.send_response(bell.status)
            self.end_headers()

        def log_message(self, *told: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    bell.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield bell
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bell() -> Iterator[Bell]:
    with a_bell() as given:
        yield given


@dataclass
class Hands:
    """A clock whose hands the test moves."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def parts(database_url: str, tmp_path: Path, hands: Hands) -> Parts:
    intake = Intake(networks=("127.0.0.0/8",))
    return assemble(Settings(folder=tmp_path / "var", database=database_url, intake=intake), hands)


def reader(parts: Parts, connection: Connection, number: int) -> None:
    key = f"key{number}"
    who = add_subscriber(
        connection, address=f"{number}@example.org", address_key=key, language="en", zone="UTC", at=NOW
    )
    activate(connection, who, NOW)
    choose(connection, who, (ALL_NEWS,))


def on_duty(parts: Parts, bell: Bell, person: str, start: int = -1, hours: int = 8) -> Shift:
    since = NOW + timedelta(hours=start)
    shift = Shift(person, since, since + timedelta(hours=hours), f"{bell.url}/{person}")
    with parts.store.write() as connection:
        put_on_duty(parts, connection, shift, by="test")
    return shift


def test_a_hold_rings_until_it_is_dealt_with_and_after_three_times_everybody(
    parts: Parts, hands: Hands, bell: Bell
) -> None:
    on_duty(parts, bell, "mara")
    on_duty(parts, bell, "olaf", start=7)
    with parts.store.write() as connection:
        version = held(connection)
    heard = []
    for _ in range(5):
        before = len(bell.rung)
        ring(parts)
        ring(parts)  # a second look rings nobody twice
        heard.append(sorted(path for path, _ in bell.rung[before:]))
        hands.at += timedelta(minutes=2)
    assert heard == [["/mara"], ["/mara"], ["/mara"], ["/mara", "/olaf"], ["/mara", "/olaf"]]
    assert "alert waits for you: Міст обвалився" in bell.rung[0][1]
    with parts.store.write() as connection:
        drop(connection, version, by="mara", at=hands.at)
    assert ring(parts) == 0
    with parts.store.read() as connection:
        assert ringing(connection) == ()


def test_a_second_person_a_paused_send_a_stuck_one_and_a_silent_source_ring(
    parts: Parts, hands: Hands, bell: Bell
) -> None:
    on_duty(parts, bell, "mara")
    source = Source("harbour", "Harbour", "harbour", url="https://harbour.example/feed")
    with parts.store.write() as connection:
        asked, paused, stuck = held(connection, grave()), held(connection), held(connection)
        approve(parts, connection, asked, by="olaf", at=NOW)
        for version in (stuck, paused):
            approve(parts, connection, version, by="olaf", at=NOW)
        pause(parts, connection, paused, by="olaf", at=NOW, on=True)
        configure_sources(connection, [source])
        record_polling(connection, Polling(source, primed_at=NOW, worked_at=NOW, failures=3, error="answers 500"))
    hands.at += timedelta(hours=1, minutes=1)
    ring(parts)
    told = " / ".join(sorted(text for _, text in bell.rung))
    for words in (
        "olaf asks for a second person",
        "olaf has paused a send",
        "Nothing has left",
        "harbour is silent since",
    ):
        assert words in told


def test_a_tripped_breaker_a_failed_send_and_a_changed_article_ring(parts: Parts, hands: Hands, bell: Bell) -> None:
    on_duty(parts, bell, "mara")
    state = DeliveryState
    with parts.store.write() as connection:
        for number in range(10):
            reader(parts, connection, number)
        tripped, failed, well = held(connection), held(connection, a_draft("failed")), held(connection, a_draft("well"))
        for version in (tripped, failed, well):
            approve(parts, connection, version, by="olaf", at=NOW)
        put(connection, failed, *(state.ACCEPTED,) * 4, *(state.FAILED,) * 6)
        put(connection, well, *(state.ACCEPTED,) * 9, state.FAILED)
        for version in (failed, well):
            settle_version(connection, version, VersionState.SENT, NOW)
        pause_all(connection, "550 blocked", NOW)
        page = Watched(well, "https://a.example/", "a", NOW, None, ())
        raise_flag(connection, page, Finding("title", "Nine dead", "Four dead"), NOW)
    ring(parts)
    told = " / ".join(sorted(text for _, text in bell.rung))
    for words in ("The breaker has paused a send (550 blocked)", "6 of 10 readers were not reached", "another title"):
        assert words in told
    assert len(bell.rung) == 3
    with parts.store.write() as connection:
        be_on_it(parts, connection, f"failed:{failed}", by="mara")
        with pytest.raises(RingsNoMore):
            be_on_it(parts, connection, "failed:4711", by="mara")
    for minutes, rings in ((2, 2), (9, 2), (11, 2)):  # after ten minutes the send is no longer of late
        hands.at = NOW + timedelta(minutes=minutes)
        assert ring(parts) == rings
    with parts.store.read() as connection:
        assert entries(connection)[0].act == "on it"


def test_who_is_on_it_has_ten_minutes(parts: Parts, hands: Hands, bell: Bell) -> None:
    on_duty(parts, bell, "mara")
    with parts.store.write() as connection:
        version = held(connection)
    assert ring(parts) == 1
    with parts.store.write() as connection:
        be_on_it(parts, connection, f"hold:{version}", by="mara")
    for minutes, rings in ((3, 0), (9, 0), (11, 1)):
        hands.at = NOW + timedelta(minutes=minutes)
        assert ring(parts) == rings


def test_a_browser_rings_with_a_message_only_it_can_read(parts: Parts, bell: Bell) -> None:
    browser, auth = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"
    channel = channel_of(f"{bell.url}/push/1", b64(public_octets(browser)), b64(auth))
    shift = Shift("mara", NOW, NOW + timedelta(hours=1), channel)
    with parts.store.write() as connection:
        put_on_duty(parts, connection, shift, by="test")
        held(connection)
        assert "push" not in entries(connection)[0].detail, "the address of a browser is a secret"
    assert ring(parts) == 1
    headers, body = bell.raw[0]
    assert json.loads(opened(body, browser, auth))["body"].startswith("alert waits for you: Міст обвалився")
    assert verified(headers["authorization"])["aud"] == bell.url
    assert (headers["content-encoding"], headers["urgency"]) == ("aes128gcm", "high")
    for status, told in (
        (404, "takes no messages any more"),
        (410, "takes no messages any more"),
        (403, "another key"),
    ):
        bell.status = status
        assert told in ring_test(parts, shift, by="olaf")


def test_apprise_rings_what_it_knows(parts: Parts, bell: Bell) -> None:
    shift = Shift("mara", NOW, NOW + timedelta(hours=1), f"json://{bell.url.removeprefix('http://')}/apprise")
    with parts.store.write() as connection:
        put_on_duty(parts, connection, shift, by="test")
    assert ring_test(parts, shift, by="olaf") == ""
    assert json.loads(bell.raw[0][1])["message"].startswith("A test by olaf")
    bell.status = 500
    assert ring_test(parts, shift, by="olaf") == "Apprise could not deliver it"


def test_nobody_on_duty_rings_who_is_next_and_a_dead_channel_is_told(parts: Parts, bell: Bell) -> None:
    bell.status = 500
    on_duty(parts, bell, "olaf", start=7)
    with parts.store.write() as connection:
        held(connection)
    assert ring(parts) == 1
    with parts.store.read() as connection:
        (one,) = ringing(connection)
    assert one.error == "olaf: answers 500"


def test_where_the_bell_of_who_is_on_duty_is_dead_the_others_are_rung_at_once(parts: Parts, bell: Bell) -> None:
    on_duty(parts, bell, "olaf", start=7)
    gone = Shift("mara", NOW, NOW + timedelta(hours=1), "http://127.0.0.1:1/mara")
    with parts.store.write() as connection:
        put_on_duty(parts, connection, gone, by="test")
        held(connection)
    assert ring(parts) == 2
    assert [path for path, _ in bell.rung] == ["/olaf"]
    with parts.store.read() as connection:
        (one,) = ringing(connection)
    assert one.error is not None
    assert one.error.startswith("mara: ")
    assert ring(parts) == 0


def test_a_test_rings_and_says_whether_it_did(parts: Parts, bell: Bell) -> None:
    shift = on_duty(parts, bell, "mara")
    assert ring_test(parts, shift, by="olaf") == ""
    assert bell.rung == [("/mara", "A test by olaf: nothing has happened, the bell works.")]
    bell.status = 410
    assert ring_test(parts, shift, by="olaf") == "answers 410"


def test_a_channel_in_a_private_network_is_not_posted_to(parts: Parts, bell: Bell, tmp_path: Path) -> None:
    shift = on_duty(parts, bell, "mara")
    closed = Parts(Settings(folder=tmp_path / "var"), parts.store, parts.jobs, parts.secret, parts.clock)
    assert "not a public address" in ring_test(closed, shift, by="olaf")
    assert bell.rung == []


@pytest.mark.parametrize(
    ("person", "hours", "url"),
    [(" ", 1, "https://a.example"), ("a", 0, "https://a.example"), ("a", 1, "ftp://a"), ("a", 1, "webpush+https://a")],
)
def test_a_shift_that_could_not_ring_is_refused(parts: Parts, person: str, hours: int, url: str) -> None:
    shift = Shift(person, NOW, NOW + timedelta(hours=hours), url)
    with parts.store.write() as connection, pytest.raises(TocsinError):
        put_on_duty(parts, connection, shift, by="test")


def test_each_channel_rings_once_however_often_it_is_in_the_rota() -> None:
    shift = Shift("mara", NOW, NOW + timedelta(hours=1), "https://a.example")
    later = replace(shift, since=shift.until, until=shift.until + timedelta(hours=1))
    assert ring_of((shift, later), NOW, times=5, last_at=None).to == (shift,)
    assert ring_of((), NOW, times=0, last_at=None).to == ()
    assert shift.covers(NOW)
    assert not shift.covers(shift.until)


def test_a_relay_that_is_away_for_long_rings_and_a_hiccup_does_not(parts: Parts) -> None:
    with parts.store.write() as connection:
        mark_away(connection, "own", "refuses us: 550 5.7.1 no", NOW, NOW + timedelta(minutes=15))
        mark_away(connection, "spare", "connection refused", NOW)
        rings = dict(causes(connection, NOW))
    assert "refuses us: 550 5.7.1 no" in rings["relay:own"]
    assert "relay:spare" not in rings
