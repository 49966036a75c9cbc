"""Matching at full size on both engines: ``python -m bench.match [SUBSCRIBERS]`` (a million by default).

Prints for each engine: first batch of the audience of a topic that 30% hold (limit 20 ms), the whole audience, and a
million standing phrases against one article (limit 2 ms).
"""

from __future__ import annotations

import tempfile

from bench.options import options_of
from tests.postgres import private_postgres

from tocsin.benches.match import bench_match
from tocsin.store.engine import Store
from tocsin.store.migrate import upgrade


def main() -> None:
    options = options_of(__doc__)
    options.add_argument("subscribers", nargs="?", type=int, default=1_000_000, help="readers in the store")
    subscribers = options.parse_args().subscribers
    with tempfile.TemporaryDirectory() as folder, private_postgres() as server, server.fresh() as url:
        for database in (f"sqlite:///{folder}/tocsin.sqlite3", url):
            store = Store(database)
            upgrade(store)
            print(bench_match(store, subscribers), flush=True)
            store.close()


if __name__ == "__main__":
    main()
