"""A mailbox from the first look to a verdict: real IMAP, real DNS, a real Maildir; what goes wrong on the way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.fakes.dns import FAILS, Zone, dns_server
from tests.fakes.dovecot import PASSWORD, Account, Dovecot, deliver, running_dovecot
from tests.fakes.mails import DOMAIN, NOON, SELECTOR, letter, release, signed, zone
from tests.fakes.site import parts_on
from tests.fakes.wire import Wire, wire_to
from tocsin.delivery.doctor import look_up, resolver_at
from tocsin.jobs.port import Job
from tocsin.model import Source
from tocsin.newsroom.judging_room import JudgingRoom
from tocsin.newsroom.keeping import READ
from tocsin.newsroom.listening import Listener
from tocsin.newsroom.reading_room import ReadingRoom
from tocsin.settings import Intake
from tocsin.store.engine import Store
from tocsin.store.intake import Polling, active_sources, items, sources
from tocsin.store.refused import RefusedMail, refused_lately
from tocsin.store.stories import articles, verdicts
from tocsin.stories.rules import Rules
from tocsin.wiring import Parts

MINISTRY = Source(
    "Ministry", "Ministry", "Ministry", tier=1, may_alert_alone=True, language="en", senders=("ministry.example",)
)
POLICE = Source("Police", "Police", "Police", tier=2, language="en", senders=("press@police.example",))


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


def from_noon() -> Callable[[], datetime]:
    began = time.monotonic()
    return lambda: NOON + timedelta(minutes=1, seconds=time.monotonic() - began)


class Desk:
    """A newsroom's listening to a mailbox, and what came of it."""

    def __init__(self, store: Store, folder: Path, mailbox: str, *listed: Source) -> None:
        self.store = store
        self.parts: Parts = parts_on(store, folder, clock=from_noon(), intake=Intake(networks=("127.0.0.0/8",)))
        (folder / "password").write_text(PASSWORD)
        known = str(folder / "password")
        self.sources = [replace(one, mailbox=mailbox, password_file=known) for one in listed or (MINISTRY,)]

    @contextmanager
    def dns(self, records: Zone) -> Iterator[Callable[[str], tuple[str, ...]]]:
        with dns_server(records) as port:
            resolver = resolver_at("127.0.0.1", port)
            yield lambda name: partial(look_up, resolver=resolver)(name, "TXT")

    @asynccontextmanager
    async def listening(self, records: Zone | None = None) -> AsyncIterator[None]:
        with self.dns(zone() if records is None else records) as answers:
            stop = asyncio.Event()
            listening = asyncio.create_task(Listener(self.parts, self.sources, answers).run(stop))
            try:
                yield
            finally:
                stop.set()
                await asyncio.wait_for(listening, 30)

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not true():
                await asyncio.sleep(0.02)

    def kept(self) -> list[tuple[str, str, bool]]:
        """Return source, subject, and whether it may be news, of what was kept, in order."""
        with self.store.read() as connection:
            rows = connection.execute(select(items.c.item, items.c.primed).order_by(items.c.id))
            return [(item.source, item.title, primed) for item, primed in rows]

    def refused(self) -> tuple[RefusedMail, ...]:
        with self.store.read() as connection:
            return refused_lately(connection, 100)

    def polling(self) -> Polling:
        with self.store.read() as connection:
            return active_sources(connection)[0]

    def due_now(self) -> None:
        with self.store.write() as connection:
            connection.execute(update(sources).values(due_at=None))


@pytest.fixture(scope="module")
def imap() -> Iterator[Dovecot]:
    with running_dovecot() as server:
        yield server


@pytest.fixture
def box(imap: Dovecot) -> Account:
    """Give an empty account."""
    return imap.account()


@pytest.mark.imap
def test_a_release_is_seen_in_seconds_and_judged(store: Store, tmp_path: Path, box: Account) -> None:
    async def run() -> float:
        async with desk.listening():
            await desk.until(lambda: desk.polling().cursor)
            await asyncio.sleep(0.3)  # it is idling now
            began = time.monotonic()
            box.deliver(release())
            await desk.until(desk.kept)
            return time.monotonic() - began

    desk = Desk(store, tmp_path, box.url)
    seconds = asyncio.run(run())
    assert seconds < 5, "by IDLE, long before the next heartbeat"
    assert desk.kept() == [("Ministry", "Ferry capsizes in storm", True)]
    named = {source.name: source for source in desk.sources}
    ReadingRoom(desk.parts, named).read(Job(READ, "1", 1))
    assert JudgingRoom(desk.parts, named, Rules()).judge_waiting() == 1
    with store.read() as connection:
        article = connection.execute(select(articles.c.article)).scalar_one()
        verdict = connection.execute(select(verdicts.c.verdict)).scalar_one()
    assert article.title == "Ferry capsizes in storm"
    assert article.text.startswith("At least 14 people were killed")
    assert article.publisher == "Ministry"
    assert [origin.known for origin in verdict.origins] == [True]
    assert verdict.item_score > 30


@pytest.mark.imap
def test_what_lay_there_at_the_first_look_is_known_but_no_news(store: Store, tmp_path: Path, box: Account) -> None:
    async def run() -> None:
        async with desk.listening():
            await desk.until(lambda: desk.polling().cursor)
            assert len(desk.kept()) == 2
            box.deliver(release("Third"))
            await desk.until(lambda: len(desk.kept()) == 3)

    desk = Desk(store, tmp_path, box.url)
    box.deliver(release("First"), release("Second"))
    asyncio.run(run())
    assert [(title, primed) for _, title, primed in desk.kept()] == [
        ("First", False), ("Second", False), ("Third", True),
    ]  # fmt: skip


@pytest.mark.imap
def test_each_mail_is_its_senders_and_a_forged_or_strange_one_is_kept_out_with_the_reason(
    store: Store, tmp_path: Path, box: Account
) -> None:
    police = letter("Road closed", sender="press@police.example")
    forged = letter("Minister resigns")
    stranger = signed(letter("Buy now", sender="ad@shop.example"), "shop.example")

    async def run() -> None:
        async with desk.listening({**zone(), **zone("police.example"), **zone("shop.example")}):
            await desk.until(lambda: desk.polling().cursor)
            box.deliver(forged, stranger, signed(police, "police.example"), release())
            await desk.until(lambda: len(desk.kept()) == 2 and len(desk.refused()) == 2)

    desk = Desk(store, tmp_path, box.url, POLICE, MINISTRY)
    asyncio.run(run())
    assert {(source, title) for source, title, _ in desk.kept()} == {
        ("Police", "Road closed"), ("Ministry", "Ferry capsizes in storm"),
    }  # fmt: skip
    told = {mail.subject: (mail.sender, mail.reason) for mail in desk.refused()}
    assert told["Minister resigns"][0] == "press@ministry.example"
    assert "not signed by ministry.example" in told["Minister resigns"][1]
    assert "no source names this sender" in told["Buy now"][1]
    with store.read() as connection:
        fresh = {one.source.name: one.worked_at is not None for one in active_sources(connection)}
    assert fresh == {"Ministry": True, "Police": True}, "both sources of the mailbox are fresh"


@pytest.mark.imap
def test_after_a_cut_wire_it_connects_again_and_nothing_is_lost_or_repeated(
    store: Store, tmp_path: Path, imap: Dovecot, box: Account
) -> None:
    async def run(wire: Wire) -> None:
        async with desk.listening():
            await desk.until(lambda: desk.polling().cursor)
            box.deliver(release("First"))
            await desk.until(lambda: len(desk.kept()) == 1)
            wire.cut()
            box.deliver(release("Second"))
            await desk.until(lambda: desk.polling().failures)
            assert desk.polling().error
            wire.mend()
            desk.due_now()
            await desk.until(lambda: len(desk.kept()) == 2)
            await desk.until(lambda: not desk.polling().failures)

    with wire_to(imap.port) as wire:
        desk = Desk(store, tmp_path, box.url.replace(str(imap.port), str(wire.port)))
        asyncio.run(run(wire))
    assert [title for _, title, _ in desk.kept()] == ["First", "Second"]


@pytest.mark.imap
def test_a_restart_and_a_renumbered_folder_repeat_nothing(store: Store, tmp_path: Path, box: Account) -> None:
    async def run() -> None:
        async with desk.listening():
            await desk.until(lambda: desk.polling().cursor)
            box.deliver(release("First"), letter("Forged"))
            await desk.until(lambda: desk.kept() and desk.refused())
        box.deliver(release("Second"))
        async with desk.listening():
            await desk.until(lambda: len(desk.kept()) == 2)
        with store.write() as connection:
            connection.execute(update(sources).values(cursor="1:99"))  # the server has numbered anew
        box.deliver(release("Third"))
        async with desk.listening():
            await desk.until(lambda: len(desk.kept()) == 3)
        assert (desk.polling().cursor or "").endswith(":4")

    desk = Desk(store, tmp_path, box.url)
    asyncio.run(run())
    assert [title for _, title, _ in desk.kept()] == ["First", "Second", "Third"]


@pytest.mark.imap
def test_while_dns_fails_a_mail_waits_and_those_behind_it_go_on(store: Store, tmp_path: Path, box: Account) -> None:
    silent = {**zone("police.example"), (f"{SELECTOR}._domainkey.{DOMAIN}", "TXT"): FAILS}

    async def run() -> None:
        async with desk.listening(silent):
            await desk.until(lambda: desk.polling().cursor)
            box.deliver(release("Waits"), signed(letter("Goes on", sender="press@police.example"), "police.example"))
            await desk.until(desk.kept)
            assert [title for _, title, _ in desk.kept()] == ["Goes on"]
        async with desk.listening({**zone(), **zone("police.example")}):
            await desk.until(lambda: len(desk.kept()) == 2)

    desk = Desk(store, tmp_path, box.url, MINISTRY, POLICE)
    asyncio.run(run())
    assert [title for _, title, _ in desk.kept()] == ["Goes on", "Waits"]
    assert desk.refused() == ()


@pytest.mark.imap
def test_a_first_look_while_dns_fails_makes_nothing_later_old(store: Store, tmp_path: Path, box: Account) -> None:
    silent = {**zone("police.example"), (f"{SELECTOR}._domainkey.{DOMAIN}", "TXT"): FAILS}

    async def run() -> None:
        async with desk.listening(silent):
            await desk.until(lambda: desk.polling().cursor)
        async with desk.listening():
            box.deliver(release("Later"))
            await desk.until(desk.kept)

    box.deliver(release("There before"))
    desk = Desk(store, tmp_path, box.url)
    asyncio.run(run())
    assert desk.kept() == [("Ministry", "Later", True)]


@pytest.mark.imap
def test_a_server_without_idle_is_asked_by_turns(store: Store, tmp_path: Path) -> None:
    async def run() -> None:
        async with desk.listening():
            await desk.until(lambda: desk.polling().cursor)
            assert desk.polling().why_due != "its mailbox is listened to"
            its.deliver(release())
            desk.due_now()
            await desk.until(desk.kept)

    with running_dovecot(more="ssl = no\nimap_capability = IMAP4rev1 AUTH=PLAIN") as server:
        its = server.account()
        desk = Desk(store, tmp_path, its.url)
        asyncio.run(run())
    assert desk.kept() == [("Ministry", "Ferry capsizes in storm", True)]


@pytest.mark.imap
def test_a_wrong_password_is_a_failing_source_and_never_told(
    store: Store, tmp_path: Path, box: Account, capfd: pytest.CaptureFixture[str]
) -> None:
    async def run() -> None:
        async with desk.listening():
            await desk.until(lambda: desk.polling().failures)

    desk = Desk(store, tmp_path, box.url)
    (tmp_path / "password").write_text("wrong-and-secret")
    asyncio.run(run())
    assert "check user and password_file" in (desk.polling().error or "")
    assert "wrong-and-secret" not in f"{capfd.readouterr()}{desk.polling()}"


@pytest.mark.imap
def test_a_mailbox_in_a_network_that_is_not_allowed_is_not_connected_to(
    store: Store, tmp_path: Path, box: Account
) -> None:
    async def run() -> None:
        async with desk.listening():
            await desk.until(lambda: desk.polling().failures)

    desk = Desk(store, tmp_path, box.url)
    desk.parts = parts_on(store, tmp_path, clock=from_noon())
    asyncio.run(run())
    assert "allow its network under [intake] networks" in (desk.polling().error or "")


def test_a_maildir_is_listened_to_and_emptied(store: Store, tmp_path: Path) -> None:
    async def run() -> None:
        async with desk.listening():
            await desk.until(lambda: desk.polling().cursor)
            deliver(maildir, release(), letter("Forged"), b"no mail at all", b"\0" * 2000)
            await desk.until(lambda: len(desk.refused()) == 3)

    maildir = tmp_path / "mail"
    deliver(maildir)
    desk = Desk(store, tmp_path, str(maildir))
    asyncio.run(run())
    assert desk.kept() == [("Ministry", "Ferry capsizes in storm", True)]
    assert [file.name for file in (maildir / "new").iterdir()] == []
    assert len(list((maildir / "taken").iterdir())) == 4


def test_a_mail_that_was_kept_before_a_crash_is_not_kept_again(store: Store, tmp_path: Path) -> None:
    """The crash fell between the commit and the move: the mail still lies in ``new``."""

    async def run() -> None:
        for _ in range(2):
            deliver(maildir, release())
            async with desk.listening():
                await desk.until(lambda: not list((maildir / "new").iterdir()))

    maildir = tmp_path / "mail"
    deliver(maildir)
    desk = Desk(store, tmp_path, str(maildir))
    asyncio.run(run())
    assert len(desk.kept()) == 1


def test_a_maildir_that_is_none_says_so(store: Store, tmp_path: Path) -> None:
    async def run() -> None:
        async with desk.listening():
            await desk.until(lambda: desk.polling().failures)

    desk = Desk(store, tmp_path, str(tmp_path / "nothing"))
    asyncio.run(run())
    assert "is no Maildir" in (desk.polling().error or "")
