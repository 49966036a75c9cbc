"""A bench writes and mails made-up readers: it takes no database that holds anything."""

from __future__ import annotations

from tocsin.errors import WrongUse
from tocsin.store.copying import filled
from tocsin.store.engine import Store


def refuse_if_used(store: Store) -> None:
    """Raise ``WrongUse`` when a database holds anything: its readers would be mailed, or mixed with made-up ones."""
    with store.read() as connection:
        held = filled(connection)
    if held:
        raise WrongUse(f"--database is not empty, it has {', '.join(held[:3])}; name an empty one for a bench")
