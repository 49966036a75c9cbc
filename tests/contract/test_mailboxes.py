"""How far mailboxes are read and what was kept out of them, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tocsin.model import Item, Source
from tocsin.store.engine import Store
from tocsin.store.intake import (
    add_items,
    claim_due_sources,
    configure_sources,
    knows_any,
    record_polling,
    sources_in,
)
from tocsin.store.refused import KEPT, RefusedMail, note_refused, refused_lately

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
BOX = "imaps://press@mail.example"
FIRST = Source("Army", "Army", "Army", mailbox=BOX, senders=("army.example",), password_file="/p")
SECOND = Source("Ministry", "Ministry", "Ministry", mailbox=BOX, senders=("ministry.example",), password_file="/p")
OTHER = Source("Post", "Post", "Post", url="https://post.example/feed")


def refused(number: int, mailbox: str = BOX) -> RefusedMail:
    return RefusedMail(mailbox, f"1:{number}", NOW, "a@b.example", f"Mail {number}", "not signed")


def test_sources_of_one_mailbox_stand_together_by_name_and_are_asked(store: Store) -> None:
    with store.write() as connection:
        configure_sources(connection, [SECOND, OTHER, FIRST])
        together = sources_in(connection, BOX)
        record_polling(connection, replace(together[0], cursor="7:12"))
    assert [polling.source for polling in together] == [FIRST, SECOND]
    with store.read() as connection:
        assert [polling.cursor for polling in sources_in(connection, BOX)] == ["7:12", None]
    assert len(claim_due_sources(store, NOW, NOW + timedelta(seconds=30), 10)) == 3


def test_a_mail_is_kept_out_once_and_the_newest_stay_listed(store: Store) -> None:
    with store.write() as connection:
        for number in (1, 2, 1):
            note_refused(connection, refused(number))
        note_refused(connection, replace(refused(1, "/var/mail/press"), subject="x" * 5000, sender="y" * 5000))
        assert [mail.key for mail in refused_lately(connection, 10)] == ["1:1", "1:2", "1:1"]
        for number in range(3, KEPT + 10):
            note_refused(connection, refused(number))
        listed = refused_lately(connection, 1000)
    assert len(listed) == KEPT + 1, "each mailbox has its own"
    assert listed[0].key == f"1:{KEPT + 9}"


def test_one_known_item_is_enough_to_know_a_page(store: Store) -> None:
    with store.write() as connection:
        add_items(connection, [Item("Post", "1", "One")], NOW, primed=True)
        assert knows_any(connection, "Post", ["2", "1"])
        assert not knows_any(connection, "Post", ["2", "3"])
        assert not knows_any(connection, "Wire", ["1"])
        assert not knows_any(connection, "Post", [])
