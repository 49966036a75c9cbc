"""Letters in the store, on both engines: counted for mailbox, domain and client, and forgotten when sent."""

from datetime import UTC, datetime, timedelta

from tocsin.readers.caps import Cap
from tocsin.store.engine import Store
from tocsin.store.letters import (
    LetterKind,
    add_letter,
    answered,
    finish_letter,
    forget_letters,
    letter_of,
    used_by_client,
    used_by_domain,
    used_by_mailbox,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def add(store: Store, mailbox: str, kind: LetterKind = LetterKind.CONFIRM, minutes: int = 0) -> int:
    with store.write() as connection:
        return add_letter(
            connection,
            kind=kind,
            about=1,
            recipient=f"{mailbox}@example.com",
            language="en",
            mailbox=mailbox,
            domain="example.com",
            client="client",
            asked_at=NOON,
            send_after=NOON + timedelta(minutes=minutes),
        )


def test_the_nth_letter_back_tells_when_there_is_room(store: Store) -> None:
    for minutes in (0, 10, 20):
        add(store, "one", minutes=minutes)
    add(store, "two", LetterKind.LINK, minutes=30)
    with store.read() as connection:
        assert used_by_mailbox(connection, "one", LetterKind.CONFIRM, Cap(4, HOUR)).at is None
        assert used_by_mailbox(connection, "one", LetterKind.CONFIRM, Cap(3, HOUR)).at == NOON
        assert used_by_mailbox(connection, "two", LetterKind.CONFIRM, Cap(1, HOUR)).at is None
        assert used_by_domain(connection, "example.com", Cap(2, HOUR)).at == NOON + timedelta(minutes=20)
        assert used_by_client(connection, "client", Cap(4, HOUR)).at == NOON


def test_a_letter_that_was_acted_on_no_longer_counts_for_its_mailbox(store: Store) -> None:
    add(store, "one")
    with store.write() as connection:
        answered(connection, "one", LetterKind.CONFIRM)
        assert used_by_mailbox(connection, "one", LetterKind.CONFIRM, Cap(1, HOUR)).at is None
        assert used_by_client(connection, "client", Cap(1, HOUR)).at == NOON


def test_where_a_letter_went_is_forgotten(store: Store) -> None:
    sent, waiting = add(store, "one"), add(store, "one")
    with store.write() as connection:
        finish_letter(connection, sent, "accepted: 250 " + "x" * 500, NOON)
        forget_letters(connection, "one")
        for number in (sent, waiting):
            letter = letter_of(connection, number)
            assert letter is not None
            assert letter.recipient is None
