"""Work that was put aside, because it failed for good or workers died of it, is tried again when a person says so."""

from __future__ import annotations

from tocsin.errors import Refused
from tocsin.store.audit import add_entry
from tocsin.wiring import Parts


class NotAside(Refused):
    """This work is not put aside any more."""


def try_again(parts: Parts, number: int, *, by: str) -> None:
    """Queue a job that was put aside anew. Raises ``NotAside``."""
    with parts.store.write() as connection:
        if not parts.jobs.try_again(connection, number):
            raise NotAside
        add_entry(connection, at=parts.clock(), who=by, act="try again", subject=f"job {number}")
