"""The table of answers stays small, whatever relays say, on both engines."""

from __future__ import annotations

from itertools import product

from sqlalchemy import func, select

from tocsin.delivery.outcomes import for_our_sake
from tocsin.store.engine import Store
from tocsin.store.replies import MOST, ReplyBook, replies


def words(count: int) -> list[str]:
    """Words that don't look made for anybody."""
    return ["".join(letters) for letters in product("abcdefghijklmnop", repeat=3)][:count]


def test_answers_that_differ_in_what_is_made_for_each_letter_are_one(store: Store) -> None:
    with store.write() as connection:
        ids = {
            ReplyBook().id_of(connection, 452, f"4.2.2 {n} of 100 MB used; job 8f3a{n:08x}@mx{n}.example.org")
            for n in range(50)
        }
    assert len(ids) == 1


def test_a_relay_that_says_something_else_to_each_letter_fills_no_table(store: Store) -> None:
    with store.write() as connection:
        before = ReplyBook().id_of(connection, 250, "2.0.0 Ok")
        book = ReplyBook()
        for word in words(MOST + 200):
            book.id_of(connection, 250, f"2.0.0 taken by {word}")
        lots = {book.id_of(connection, 550, f"5.7.1 {word} says no") for word in words(MOST + 200)}
        known = {row.id: row for row in connection.execute(select(replies).where(replies.c.id.in_(lots)))}
        assert connection.execute(select(func.count()).select_from(replies)).scalar_one() <= 2 * MOST + 2
        assert ReplyBook().id_of(connection, 250, "2.0.0 Ok") == before
        assert ReplyBook().id_of(connection, 451, "4.3.0 later") not in lots, "one code's flood is no other's"
    assert all(for_our_sake(row.code, row.text) for row in known.values()), "what is left says whose fault it was"


def test_not_even_made_up_statuses_fill_it(store: Store) -> None:
    with store.write() as connection:
        book = ReplyBook()
        for word, status in zip(words(3 * MOST), product("245", range(50), range(10)), strict=True):
            book.id_of(connection, 250, f"{'.'.join(map(str, status))} {word}")
        assert connection.execute(select(func.count()).select_from(replies)).scalar_one() <= 2 * MOST + 1
