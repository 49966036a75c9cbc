"""Mail that comes back ends in the right state, for the right reader, once."""

from __future__ import annotations

import asyncio
import os
import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from itertools import repeat
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.delivery.test_bounces import ARF, dsn
from tests.delivery.test_returned_shapes import shape
from tests.fakes import returned
from tests.fakes.relay import Relay, running
from tests.fakes.returned import Standing, accepted, add_reader
from tests.fakes.stories import alert, told
from tocsin.delivery.addresses import Tags
from tocsin.delivery.forward import enclose
from tocsin.delivery.notices import Kind, Notice
from tocsin.jobs.embedded import EmbeddedJobs
from tocsin.jobs.port import Job
from tocsin.mailroom.intake import mailroom, take_new
from tocsin.mailroom.returned import FORWARD, MOST_AN_HOUR, StillInHand, pass_on, take_mail, take_notice
from tocsin.model import DeliveryState
from tocsin.readers.addresses import address_key, parse_address
from tocsin.readers.tokens import Tokens
from tocsin.settings import Settings
from tocsin.store.deliveries import deliveries
from tocsin.store.engine import Store
from tocsin.store.jobs import jobs
from tocsin.store.paces import closed
from tocsin.store.returned import PersonsMail, forget_returned, newest_returned, person_of
from tocsin.store.subscribers import SubscriberState, subscribers
from tocsin.store.suppressions import Suppressed
from tocsin.wiring import Parts

NOON = datetime(2022, 11, 11, 12, tzinfo=UTC)
SECRET = b"s" * 32
TAG = Tags(SECRET).tag(7, 42)
KEY = address_key(SECRET, parse_address("r@example.org"))
BOUNCES = f"bounces+{TAG}@localhost"


@pytest.fixture
def parts(store: Store, tmp_path: Path) -> Parts:
    with store.write() as connection:
        add_reader(connection, SECRET, NOON)
        accepted(connection, 7)
    return Parts(Settings(folder=tmp_path), store, EmbeddedJobs(store, lambda: NOON), SECRET, lambda: NOON)


def back(parts: Parts, raw: str, to: str = BOUNCES) -> Notice:
    return take_mail(parts, raw.encode(), to, "lmtp")


def standing(parts: Parts) -> Standing:
    return returned.standing(parts, 7)


def test_a_bounce_fails_the_delivery_and_suppresses_an_address_that_is_none(parts: Parts) -> None:
    for _ in range(2):
        assert back(parts, dsn("failed", "5.1.1", "550 5.1.1 no such user")).kind is Kind.FAILED
    assert standing(parts) == ({DeliveryState.BOUNCED: 1}, SubscriberState.ACTIVE, Suppressed.BOUNCED)


def test_a_full_mailbox_is_not_suppressed(parts: Parts) -> None:
    back(parts, dsn("failed", "5.2.2", "552 5.2.2 mailbox full"))
    assert standing(parts) == ({DeliveryState.BOUNCED: 1}, SubscriberState.ACTIVE, None)


def test_a_delay_is_no_failure(parts: Parts) -> None:
    back(parts, dsn("delayed", "4.4.1", "timed out"))
    assert standing(parts) == ({DeliveryState.ACCEPTED: 1}, SubscriberState.ACTIVE, None)


def test_a_complaint_ends_everything(parts: Parts) -> None:
    back(parts, dsn("failed", "5.2.2", "552 5.2.2 mailbox full"))
    back(parts, ARF.format(kind="abuse", tag=TAG), "bounces@localhost")
    assert standing(parts) == ({DeliveryState.COMPLAINED: 1}, SubscriberState.COMPLAINED, Suppressed.COMPLAINED)


def test_unsubscribing_by_mail(parts: Parts) -> None:
    token = Tokens(SECRET).mailed(42)
    back(parts, f"From: r@example.org\nSubject: unsubscribe {token}\n\n", "bounces+unsubscribe@localhost")
    assert standing(parts) == ({DeliveryState.ACCEPTED: 1}, SubscriberState.UNSUBSCRIBED, None)


def test_what_is_not_signed_changes_nothing(parts: Parts) -> None:
    back(parts, dsn("failed", "5.1.1", "550 no such user"), "bounces+7-2a-000000000000@localhost")
    assert standing(parts) == ({DeliveryState.ACCEPTED: 1}, SubscriberState.ACTIVE, None)
    with parts.store.read() as connection:
        assert connection.execute(select(deliveries.c.reply)).scalar() is None


# -- found without a tag -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "queued_as"),
    [
        ("postfix-by-queue-id", "4N7xQk1vYTz9sQ"),
        ("amazon-no-such-user", "0102018467059f11-5a6b7c8d-0000"),
    ],
)
def test_a_bounce_is_found_by_the_relays_own_name(parts: Parts, name: str, queued_as: str) -> None:
    version = sent_as(parts, "something else")
    take_mail(parts, shape(name), "bounces@localhost", "lmtp")
    assert suppressed(parts) is None, "a name that is not ours is no proof"
    sent_as(parts, queued_as, version)
    found = take_mail(parts, shape(name) + b"\n", "bounces@localhost", "lmtp")
    assert (found.version, found.subscriber) == (version, 42)
    assert suppressed(parts) is Suppressed.BOUNCED


def test_the_failure_of_an_address_that_mail_is_forwarded_to_suppresses_nobody(parts: Parts) -> None:
    take_mail(parts, shape("postfix-forwarded-elsewhere"), BOUNCES, "lmtp")
    assert standing(parts) == ({DeliveryState.BOUNCED: 1}, SubscriberState.ACTIVE, None)


def test_a_complaint_that_lost_all_but_its_link_ends_everything(parts: Parts) -> None:
    take_mail(parts, shape("complaint-redacted"), "complaints@localhost", "lmtp")
    assert standing(parts) == ({DeliveryState.ACCEPTED: 1}, SubscriberState.COMPLAINED, Suppressed.COMPLAINED)


def test_only_who_has_proved_who_it_is_may_name_a_reader_by_the_address(parts: Parts) -> None:
    notice = Notice(Kind.COMPLAINT, recipient="R@Example.ORG")
    take_notice(parts, notice, key="a", via="lmtp")
    assert standing(parts)[1] == SubscriberState.ACTIVE
    take_notice(parts, notice, key="b", via="ses", trusted=True)
    assert standing(parts)[1:] == (SubscriberState.COMPLAINED, Suppressed.COMPLAINED)


def test_an_erased_reader_stays_erased(parts: Parts) -> None:
    with parts.store.write() as connection:
        connection.execute(update(subscribers).values(state="erased", address=None, address_key=None))
    take_mail(parts, shape("complaint"), "complaints@localhost", "lmtp")
    take_mail(parts, shape("postfix-no-such-user"), BOUNCES, "lmtp")
    assert standing(parts)[1:] == (SubscriberState.ERASED, None)


def test_a_bounce_that_is_faster_than_the_record_comes_again(parts: Parts) -> None:
    with parts.store.write() as connection:
        connection.execute(update(deliveries).values(state=1))
    with pytest.raises(StillInHand):
        take_mail(parts, shape("postfix-no-such-user"), BOUNCES, "lmtp")
    with parts.store.write() as connection:
        connection.execute(update(deliveries).values(state=2))
    take_mail(parts, shape("postfix-no-such-user"), BOUNCES, "lmtp")
    assert standing(parts)[0] == {DeliveryState.BOUNCED: 1}


def test_a_domain_that_delays_us_for_too_much_mail_rests(parts: Parts) -> None:
    take_mail(parts, shape("gmail-full"), BOUNCES, "lmtp")
    with parts.store.read() as connection:
        assert closed(connection, NOON) == ()
    take_mail(parts, shape("postfix-delayed"), BOUNCES, "lmtp")
    with parts.store.read() as connection:
        assert closed(connection, NOON) == ("example.org",)
    assert standing(parts)[0] == {DeliveryState.ACCEPTED: 1}


# -- people ------------------------------------------------------------------------------------------------------------


def test_what_a_person_writes_reaches_the_newsroom_once_and_an_answer_goes_to_them(parts: Parts) -> None:
    with running(Relay()) as relay:
        parts.settings.mail.port, parts.settings.mail.security = relay.port, "none"
        for _ in range(2):
            take_mail(parts, shape("human"), "alerts@localhost", "lmtp")
        for _ in range(2):
            take_mail(parts, shape("vacation"), "alerts@localhost", "lmtp")
        (job,) = waiting(parts)
        pass_on(parts, job)
        (passed,) = relay.accepted
    assert passed.recipient == parts.settings.newsroom.contact
    mail = message_from_bytes(passed.message, policy=policy.default)
    assert mail["Reply-To"] == "r@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    words = mail.get_body(("plain",))
    assert words is not None
    assert "It is the other bridge" in words.get_content()
    (attached,) = mail.iter_attachments()
    assert attached.get_content() == shape("human")
    with parts.store.read() as connection:
        person, robot = sorted(newest_returned(connection, 9), key=lambda one: one.kind != Kind.HUMAN)
        assert (person.version, person.subscriber, robot.kind) == (7, 42, Kind.AUTOMATIC)
        assert (person.passed_on or "").startswith("accepted")
        assert person_of(connection, person.id) == PersonsMail(shape("human"), NOON)
        assert person_of(connection, robot.id) is None
    # Should it ever come back to us, it is nobody's.
    assert take_mail(parts, passed.message, "alerts@localhost", "lmtp").kind is Kind.AUTOMATIC


def test_a_mail_that_no_relay_takes_is_passed_on_later_after_pauses_that_grow(parts: Parts) -> None:
    take_mail(parts, shape("human"), "alerts@localhost", "lmtp")
    (job,) = waiting(parts)
    parts.settings.mail.port, parts.settings.mail.security = 1, "none"  # nobody listens there
    pauses = []
    for hours in (0, 0.1, 3, 49):
        late = replace(parts, clock=repeat(NOON + timedelta(hours=hours)).__next__)
        with parts.store.write() as connection:
            connection.execute(jobs.delete())
        pass_on(late, job)
        with parts.store.read() as connection:
            rows = connection.execute(select(jobs.c.name, jobs.c.payload, jobs.c.run_at)).all()
            (person,) = newest_returned(connection, 9)
        assert (person.passed_on or "").startswith("deferred: ")
        pauses += [(row.run_at - late.clock()).total_seconds() for row in rows if row[:2] == (job.name, job.payload)]
    assert pauses == [10, 360, 900]


def test_a_flood_of_mails_is_kept_and_not_passed_on(parts: Parts) -> None:
    for number in range(MOST_AN_HOUR + 3):
        take_mail(parts, shape("human") + str(number).encode(), "alerts@localhost", "lmtp")
    assert len(waiting(parts)) == MOST_AN_HOUR
    with parts.store.read() as connection:
        assert "more than" in (newest_returned(connection, 1)[0].passed_on or "")


@pytest.mark.parametrize("subject", [b"=?utf-8?q?a=0D=0ABcc:_x@y?=", b"a\r\n\tBcc: x@y", b"\xff\x00\x1b[2J"])
def test_a_strangers_head_gets_nothing_into_ours(parts: Parts, subject: bytes) -> None:
    raw = b"From: =?utf-8?q?x=0D=0ATo:_z@y?= <r@example.org>\r\nSubject: " + subject + b"\r\n\r\nHello\r\n"
    mail = message_from_bytes(
        enclose(raw, sender="a@d.example", to="desk@d.example", number=1, at=NOON), policy=policy.default
    )
    assert mail["Bcc"] is None
    assert mail.get_all("To") == ["desk@d.example"]


def test_what_came_back_is_forgotten_in_time(parts: Parts) -> None:
    take_mail(parts, shape("postfix-no-such-user"), BOUNCES, "lmtp")
    with parts.store.write() as connection:
        assert forget_returned(connection, NOON) == 0
        assert forget_returned(connection, NOON + timedelta(seconds=1)) == 1


# -- the mailroom ------------------------------------------------------------------------------------------------------


@contextmanager
def mailroom_of(parts: Parts, kind: str) -> Iterator[int]:
    """Run the mailroom with an LMTP or SMTP server, and give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    setattr(parts.settings.returned, kind, f"127.0.0.1:{port}")
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(mailroom(parts, stop),))
    thread.start()
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.02)
    yield port
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize(("kind", "client"), [("lmtp", smtplib.LMTP), ("smtp", smtplib.SMTP)])
def test_a_mail_server_hands_a_bounce_over(parts: Parts, kind: str, client: type[smtplib.SMTP]) -> None:
    with mailroom_of(parts, kind) as port, client("127.0.0.1", port) as server:
        server.ehlo_or_helo_if_needed()
        server.docmd("MAIL FROM:<>")
        assert server.docmd(f"RCPT TO:<bounces+{TAG}@LOCALHOST>")[0] == 250
        assert server.docmd("RCPT TO:<bounces@localhost>")[0] == 452
        assert server.docmd("RCPT TO:<stranger@elsewhere.example>")[0] == 550
        assert server.data(shape("postfix-no-such-user").replace(b"Undelivered", b"x" * 5000))[0] == 250
    assert standing(parts) == ({DeliveryState.BOUNCED: 1}, SubscriberState.ACTIVE, Suppressed.BOUNCED)


def test_what_cannot_be_recorded_now_is_not_acknowledged(parts: Parts) -> None:
    with parts.store.write() as connection:
        connection.execute(update(deliveries).values(state=1))
    with mailroom_of(parts, "lmtp") as port, smtplib.LMTP("127.0.0.1", port) as server:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            server.sendmail("", [BOUNCES], shape("postfix-no-such-user"))
        assert refused.value.smtp_code == 451
        with parts.store.write() as connection:
            connection.execute(update(deliveries).values(state=2))
        server.sendmail("", [BOUNCES], shape("postfix-no-such-user"))
    assert standing(parts)[0] == {DeliveryState.BOUNCED: 1}


def test_what_cannot_be_taken_apart_is_kept_as_a_file(parts: Parts, tmp_path: Path) -> None:
    with mailroom_of(parts, "lmtp") as port, smtplib.LMTP("127.0.0.1", port) as server:
        for _ in range(2):
            server.sendmail("", ["bounces@localhost"], endless())
    (kept,) = (tmp_path / "returned" / "aside").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.read_bytes().startswith(b"Content-Type: multipart/mixed")


def test_a_file_that_cannot_be_written_is_not_acknowledged(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "returned").write_text("in the way of the folder", encoding="utf-8")
    with mailroom_of(parts, "lmtp") as port, smtplib.LMTP("127.0.0.1", port) as server:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            server.sendmail("", ["bounces@localhost"], endless())
        assert refused.value.smtp_code == 451


def endless() -> bytes:
    return b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000))


def test_a_maildir_is_emptied_and_nothing_is_lost_or_taken_twice(parts: Parts, tmp_path: Path) -> None:
    maildir = tmp_path / "Maildir"
    for folder in ("new", "cur", "tmp"):
        (maildir / folder).mkdir(parents=True)
    delivered = f"Delivered-To: {BOUNCES}\r\n".encode()
    (maildir / "new" / "1.bounce").write_bytes(delivered + shape("postfix-by-queue-id"))
    (maildir / "new" / "2.endless").write_bytes(endless())
    (maildir / "new" / "3.human").write_bytes(shape("human"))
    os.mkfifo(maildir / "new" / "4.fifo")
    (maildir / "new" / "5.link").symlink_to("/etc/passwd")
    (maildir / "new" / ".hidden").write_bytes(b"half written")
    assert take_new(parts, maildir) == 2
    # Whoever was killed between acting and moving finds the mail in new again.
    (maildir / "taken" / "3.human").rename(maildir / "new" / "3.human")
    assert take_new(parts, maildir) == 1
    assert {file.name for file in (maildir / "taken").iterdir()} == {"1.bounce", "3.human"}
    assert {file.name for file in (maildir / "aside").iterdir()} == {"2.endless", "4.fifo", "5.link"}
    assert standing(parts)[0] == {DeliveryState.BOUNCED: 1}
    assert len(waiting(parts)) == 1


def test_a_mail_that_must_wait_stays_new(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1").write_bytes(f"Delivered-To: {BOUNCES}\r\n".encode() + shape("postfix-no-such-user"))
    with parts.store.write() as connection:
        connection.execute(update(deliveries).values(state=1))
    assert take_new(parts, tmp_path) == 0
    with parts.store.write() as connection:
        connection.execute(update(deliveries).values(state=2))
    assert take_new(parts, tmp_path) == 1


def test_a_mail_stays_new_while_the_database_is_away(tmp_path: Path) -> None:
    away = Store("postgresql://nobody@/none?host=/nowhere")
    parts = Parts(Settings(folder=tmp_path), away, EmbeddedJobs(away, lambda: NOON), SECRET, lambda: NOON)
    (tmp_path / "new").mkdir()
    mail = tmp_path / "new" / "1"
    mail.write_bytes(f"Delivered-To: {BOUNCES}\r\n".encode() + shape("postfix-no-such-user"))
    assert take_new(parts, tmp_path) == 0
    assert mail.exists()


def test_two_watchers_take_a_mail_once(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for number in range(20):
        (tmp_path / "new" / str(number)).write_bytes(shape("human") + str(number).encode())
    watchers = [threading.Thread(target=take_new, args=(parts, tmp_path)) for _ in range(2)]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join(60)
    assert len(waiting(parts)) == 20
    assert list((tmp_path / "new").iterdir()) == []


# -- helpers -----------------------------------------------------------------------------------------------------------


def suppressed(parts: Parts) -> Suppressed | None:
    return standing(parts)[2]


def sent_as(parts: Parts, name: str, version: int | None = None) -> int:
    """Let the relay have named the one delivery, of a version that is really there."""
    with parts.store.write() as connection:
        if version is None:
            version = told(connection, alert(), NOON)
        connection.execute(update(deliveries).values(version=version, queued_as=name))
    return version


def waiting(parts: Parts) -> list[Job]:
    with parts.store.read() as connection:
        rows = connection.execute(select(jobs.c.payload).where(jobs.c.name == FORWARD)).scalars()
        return [Job(FORWARD, payload, 1) for payload in rows]
