"""Alembic's entry: migrations run on the connection that the store hands over."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import TypeDecorator

from tocsin.store.schema import metadata


def plain(kind: str, thing: Any, autogenerate: Any) -> str | Literal[False]:
    """Write a column's storage type, not ours: an old migration must not change with today's code."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_item=plain,
    transactional_ddl=False,  # the caller's transaction holds all of it
)
context.run_migrations()
