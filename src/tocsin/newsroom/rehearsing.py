"""Changed rules are rehearsed on yesterday before they are saved, in a process of its own: pages and sends go on.

The process is ``python -m tocsin.newsroom.rehearsing NUMBER`` with the settings on its standard input; what it finds
goes into the store, where the page that waits for it sees it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from tocsin.alerts.route import route_sources
from tocsin.errors import Refused, TocsinError, WrongUse
from tocsin.model import Article, Reading
from tocsin.newsroom.book import file_rules, rules_of, sources_of
from tocsin.reading.reader import read
from tocsin.settings import Settings
from tocsin.store.rehearsals import Rehearsal, begin_rehearsal, end_rehearsal, rehearsal_of, under_way
from tocsin.store.search import articles_between
from tocsin.store.stories import ReadArticle
from tocsin.stories.core import Core
from tocsin.stories.rehearse import Rehearsed, Seen, rehearse
from tocsin.stories.rules import changed_rules
from tocsin.wiring import Parts, open_parts

log = structlog.get_logger()

COUNTED = timedelta(hours=24)
WARM_UP = timedelta(hours=24)
"""What was told the day before is not news in the rehearsal either."""
LOST = timedelta(minutes=10)
"""A rehearsal that has said nothing for so long has died."""


class UnderWay(Refused):
    """A rehearsal is under way. Wait for it."""


def start(parts: Parts, changes: Mapping[str, float], *, by: str) -> int:
    """Begin a rehearsal of changes of the rules (all of the desk's, by name) and return its number.

    Raises ``WrongUse`` for rules that can't be, or that change nothing; ``UnderWay`` while another one runs.
    """
    now = parts.clock()
    with parts.store.write() as connection:
        if changed_rules(file_rules(parts), changes) == rules_of(parts, connection):
            raise WrongUse("nothing is changed")
        if under_way(connection, now - LOST):
            raise UnderWay
        number = begin_rehearsal(connection, dict(changes), by=by, at=now)
    threading.Thread(target=_run, args=(parts, number), name="rehearsal", daemon=True).start()
    return number


def _run(parts: Parts, number: int) -> None:
    command = [sys.executable, "-m", "tocsin.newsroom.rehearsing", str(number)]
    settings = parts.settings.model_copy(update={"database": parts.store.url}).model_dump_json()
    done = subprocess.run(command, input=settings.encode(), capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        error = (done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"status {done.returncode}"])[-1]
        log.error("rehearsal.failed", number=number, error=error)
        with parts.store.write() as connection:
            end_rehearsal(connection, number, parts.clock(), error=error[:500])


def rehearse_on(parts: Parts, connection: Connection, rehearsal: Rehearsal) -> Rehearsed:
    """Rehearse on what came in on the day before the rehearsal began."""
    sources = sources_of(parts, connection).by_name()
    readings: dict[str, Reading] = {}

    def reading_of(article: Article) -> Reading:
        return readings.get(article.id) or read(article)

    now = changed_rules(file_rules(parts), rehearsal.rules)
    cores = (Core(rules, sources, reading_of, route_sources) for rules in (rules_of(parts, connection), now))
    return rehearse(_stream(connection, rehearsal.began_at, readings), *cores)


def _stream(connection: Connection, until: datetime, readings: dict[str, Reading]) -> Iterator[Seen]:
    since = until - COUNTED
    for one in articles_between(connection, since - WARM_UP, until):
        readings[one.article.id] = one.reading
        yield Seen(one.article, _judged_at(one), one.primed, counts=one.seen_at >= since)


def _judged_at(one: ReadArticle) -> datetime:
    return one.judged_at or one.read_at


def main(number: int) -> None:
    """Do one rehearsal and keep what it came to."""
    os.nice(10)
    parts = open_parts(Settings.model_validate_json(sys.stdin.buffer.read()))
    with parts.store.read() as connection:
        rehearsal = rehearsal_of(connection, number)
        if rehearsal is None:
            raise WrongUse(f"there is no rehearsal {number}")
        result = rehearse_on(parts, connection, rehearsal)
    with parts.store.write() as connection:
        end_rehearsal(connection, number, parts.clock(), result=result)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]))
    except TocsinError as error:
        sys.exit(str(error))
