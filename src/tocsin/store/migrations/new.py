"""Write the next migration from what the tables say: ``python -m tocsin.store.migrations.new "what changes"``.

Format the result with ruff. A released one is never edited: there is no way back, and databases have seen it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from tocsin.store.engine import Store
from tocsin.store.migrations.running import configuration


def main(arguments: list[str]) -> None:
    """Compare an empty database, brought to the newest migration, with the tables, and write the difference."""
    folder = Path(__file__).parent / "versions"
    number = f"{len(list(folder.glob('0*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as scratch:
        store = Store(f"sqlite:///{scratch}/empty.sqlite3")
        with store.write() as connection:
            command.upgrade(configuration(connection), "head")
            command.revision(configuration(connection), " ".join(arguments), autogenerate=True, rev_id=number)
        store.close()


if __name__ == "__main__":
    main(sys.argv[1:])
