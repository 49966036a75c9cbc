"""Several sender processes under one domain's limit, and the rate at which letters for it really arrive."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.killing import Squad, logging_sink, wait_until_sent
from tocsin.benches.send import add_readers, approve_sample, bench_settings
from tocsin.wiring import assemble

DOMAIN = "inbox7.example"
"""One of the hundred domains of the bench's readers."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What arrived at the limited domain: how many letters, and the most within any one second.

    ``per_second`` is the rate after three seconds, in the first of which the message is still being made;
    ``longest_gap_s`` the longest time without a letter; ``others_per_second`` the rate at all other domains meanwhile.
    """

    letters: int
    per_second: float
    most_in_a_second: int
    longest_gap_s: float
    others_per_second: float


def pace_of(folder: Path, letters: int, rate: float, *, processes: int, database: str = "") -> Pace:
    """Send a version to ``letters`` readers at a domain that takes ``rate`` a second, and 99 times as many others."""
    log = folder / "sink.log"
    with logging_sink(log) as port:
        settings = bench_settings(folder, "127.0.0.1", port, "none", database)
        mail = settings.mail.model_copy(update={"per_domain": {DOMAIN: rate}})
        settings = settings.model_copy(update={"mail": mail})
        parts = assemble(settings)
        add_readers(parts, letters * 100)
        with Squad(settings, processes):
            wait_until_sent(parts, approve_sample(parts))
        parts.store.close()
    lines = [line.split() for line in log.read_text().splitlines()]
    mine = sorted(float(at) for recipient, _, at in lines if recipient.endswith(f"@{DOMAIN}"))
    steady = [at for at in mine if at >= mine[0] + 3]
    others = sorted(float(at) for recipient, _, at in lines if not recipient.endswith(f"@{DOMAIN}"))
    return Pace(
        letters=len(mine),
        per_second=round((len(steady) - 1) / (steady[-1] - steady[0]), 2),
        most_in_a_second=max(sum(start <= at < start + 1 for at in mine) for start in mine),
        longest_gap_s=round(max(after - before for before, after in pairwise(mine)), 3),
        others_per_second=round(len(others) / (others[-1] - others[0]), 1),
    )
