"""What waits for a person rings a real webhook: at once, again, then everybody; it falls silent when dealt with."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.test_desk import grave, held
from tocsin.alerts.ringing import Shift, ring_of
from tocsin.desk import approve, drop, pause
from tocsin.duty import put_on_duty, ring, ring_test
from tocsin.errors import TocsinError
from tocsin.model import Source
from tocsin.settings import Intake, Settings
from tocsin.store.duty import ringing
from tocsin.store.intake import Polling, configure_sources, record_polling
from tocsin.wiring import Parts, assemble

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)


@dataclass
class Bell:
    """A webhook receiver that keeps what is posted to it."""

    url: str = ""
    status: int = 200
    rung: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def a_bell() -> Iterator[Bell]:
    bell = Bell()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            bell.rung.append((self.path, body.splitlines()[0]))
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
    for words in ("olaf asks for a second person", "A send is paused", "Nothing has left", "harbour is silent since"):
        assert words in told


def test_nobody_on_duty_rings_who_is_next_and_a_dead_channel_is_told(parts: Parts, bell: Bell) -> None:
    bell.status = 500
    on_duty(parts, bell, "olaf", start=7)
    with parts.store.write() as connection:
        held(connection)
    assert ring(parts) == 1
    with parts.store.read() as connection:
        (one,) = ringing(connection)
    assert one.error == "olaf: answers 500"


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
    ("person", "hours", "url"), [(" ", 1, "https://a.example"), ("a", 0, "https://a.example"), ("a", 1, "ftp://a")]
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
