"""What relays said, each kind of answer once: a million deliveries share a handful of them."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Column, Connection, SmallInteger, String, Table, UniqueConstraint, func, select

from tocsin.delivery.answers import LONGEST, kind_of
from tocsin.delivery.wire import Reply
from tocsin.store.dialect import insert_new
from tocsin.store.engine import Id, metadata

MOST = 500
"""Answers kept of each code. A relay whose answers differ from letter to letter in a way that is not seen through has
its further ones kept by their status, and when there are as many of those, by their code."""

replies = Table(
    "replies",
    metadata,
    Column("id", Id, primary_key=True),
    # 0 when there was no reply: the connection could not be made, or was lost.
    Column("code", SmallInteger, nullable=False),
    Column("text", String(LONGEST), nullable=False),
    UniqueConstraint("code", "text"),
)


class ReplyBook:
    """Finds the ids of replies, and remembers the newest thousand."""

    def __init__(self) -> None:
        self._known = lru_cache(maxsize=1000)(lambda code, text: [0])

    def id_of(self, connection: Connection, code: int, text: str) -> int:
        """Return the id of a reply of this kind, which is kept if it is new."""
        cell = self._known(code, kind_of(text))
        if not cell[0]:
            cell[0] = _kept(connection, code, kind_of(text))
        return cell[0]

    def forget(self) -> None:
        """Forget all ids: the transaction that made some of them was rolled back."""
        self._known.cache_clear()


def _kept(connection: Connection, code: int, text: str) -> int:
    status = Reply(code, text).status
    for said, most in ((text, MOST), (f"{status} …".strip(), 2 * MOST)):
        known = _id(connection, code, said)
        if known is None and _count(connection, code) < most:
            known = _added(connection, code, said)
        if known is not None:
            return known
    return _id(connection, code, "…") or _added(connection, code, "…")


def _id(connection: Connection, code: int, text: str) -> int | None:
    query = select(replies.c.id).where(replies.c.code == code, replies.c.text == text)
    return connection.execute(query).scalar()


def _added(connection: Connection, code: int, text: str) -> int:
    connection.execute(insert_new(connection, replies).values(code=code, text=text))
    return _id(connection, code, text) or 0


def _count(connection: Connection, code: int) -> int:
    return connection.execute(select(func.count()).where(replies.c.code == code)).scalar_one()
