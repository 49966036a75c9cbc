"""What relays said, each text once: a million deliveries share a handful of answers."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Column, Connection, SmallInteger, String, Table, UniqueConstraint, select

from tocsin.store.dialect import insert_new
from tocsin.store.engine import Id, metadata

LONGEST = 500

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
        """Return the id of a reply, which is kept if it is new."""
        cell = self._known(code, text[:LONGEST])
        if not cell[0]:
            cell[0] = _kept(connection, code, text[:LONGEST])
        return cell[0]

    def forget(self) -> None:
        """Forget all ids: the transaction that made some of them was rolled back."""
        self._known.cache_clear()


def _kept(connection: Connection, code: int, text: str) -> int:
    query = select(replies.c.id).where(replies.c.code == code, replies.c.text == text)
    known = connection.execute(query).scalar()
    if known is None:
        connection.execute(insert_new(connection, replies).values(code=code, text=text))
        known = connection.execute(query).scalar_one()
    return int(known)
