"""The garbage collector, kept from walking through what lives long: it would, again and again, and find nothing."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles meanwhile: loading a role's libraries takes a sixth less, a replay a fifth."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@contextmanager
def made_to_stay() -> Iterator[None]:
    """Keep the collector from walking, now and later, through what is made here and lives for days."""
    with uncollected():
        yield
        gc.freeze()


def spare_what_stays() -> None:
    """Have the collector look for cycles among what is new, and hardly ever walk the stories of three days.

    Stories make no cycles, and a walk through them takes the better part of a second.
    """
    gc.set_threshold(20_000, 10, 1_000)
