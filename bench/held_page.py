"""What a held version's page counts: ``python -m bench.held_page [READERS]`` (a million by default), on both engines.

Prints the seconds until it is counted whom the version reaches, when it was not counted lately and when it was, and
beside them, in the same run, what the page did before it counted once: fates, then those at once, for the outlook.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench.options import options_of
from sqlalchemy import text
from tests.fakes.site import parts_on
from tests.fakes.stories import alert
from tests.postgres import private_postgres

from tocsin.benches.match import fill
from tocsin.sending.outlook import outlook
from tocsin.store.alerts import Version, add_version, version_of
from tocsin.store.audience import audience_counts
from tocsin.store.engine import Store
from tocsin.store.migrate import upgrade
from tocsin.web.desk.composer import composer_of
from tocsin.wiring import Parts


def held(parts: Parts, readers: int) -> Version:
    """Fill a store with readers, and hold a version for those of one topic."""
    now = datetime.now(UTC)
    draft = replace(alert(), topics=("topic1",), places=())
    with parts.store.write() as connection:
        fill(connection, readers)
        number = add_version(
            connection, draft, published_at=now, seen_at=now, decided_at=now, stages={}, held_until=None, reason=""
        )
        found = version_of(connection, number)
    assert found is not None
    with parts.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return found


def timed(act: Callable[[], object]) -> float:
    """Return the seconds that ``act`` takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def measured(parts: Parts, version: Version) -> dict[str, float]:
    """Return the seconds of each way."""
    now = datetime.now(UTC)
    with parts.store.read() as connection:
        fates = partial(audience_counts, connection, version, (), now)
        page = partial(composer_of, parts, connection, version, now)
        timed(fates)  # so that no way reads from a cold disk
        return {
            "twice": timed(lambda: (fates(), outlook(parts, connection, version, now))),
            "once": timed(page),
            "kept": timed(page),
        }


def main() -> None:
    """Measure on both engines."""
    options = options_of(__doc__)
    options.add_argument("readers", nargs="?", type=int, default=1_000_000, help="readers in the store")
    readers = options.parse_args().readers
    with tempfile.TemporaryDirectory() as folder, private_postgres() as server, server.fresh() as url:
        for database in (f"sqlite:///{folder}/tocsin.sqlite3", url):
            store = Store(database)
            upgrade(store)
            parts = parts_on(store, Path(folder))
            found = measured(parts, held(parts, readers))
            told = ", ".join(f"{name} {seconds:.3f} s" for name, seconds in found.items())
            print(f"{store.engine.dialect.name}: {readers} readers: {told}", flush=True)
            store.close()


if __name__ == "__main__":
    main()
