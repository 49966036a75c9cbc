"""List bombing at full size: 10,000 sign-ups of 5,000 strangers from 50 addresses, on both engines.

    python -m bench.list_bombing

Fails if a stranger would get more than one mail, or a domain or client more than its cap. Takes minutes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.options import options_of
from tests.postgres import private_postgres
from tests.subscribers.test_signing_up import bomb

from tocsin.store.engine import Store
from tocsin.store.migrate import upgrade


def main() -> None:
    options_of(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder, private_postgres() as server, server.fresh() as url:
        for database in (f"sqlite:///{folder}/tocsin.sqlite3", url):
            store = Store(database)
            upgrade(store)
            bomb(store, Path(folder), 10_000, 5_000, 50)
            print(f"{store.engine.dialect.name}: every stranger one mail at most, all caps kept")
            store.close()


if __name__ == "__main__":
    main()
