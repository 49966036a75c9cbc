"""Write the next migration from what the tables say: ``python -m tocsin.store.migrations.new "what changes"``.

Until 0.1.0 is released the first migration is rewritten instead: ``… new --first``. Format the result with ruff.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from tocsin.store.engine import Store
from tocsin.store.migrate import configuration


def main(arguments: list[str]) -> None:
    """Compare an empty database, brought to the newest migration, with the tables, and write the difference."""
    first = arguments == ["--first"]
    folder = Path(__file__).parent / "versions"
    if first:
        (folder / "0001_first.py").unlink(missing_ok=True)
    message = "first" if first else " ".join(arguments)
    number = f"{len(list(folder.glob('0*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as scratch:
        store = Store(f"sqlite:///{scratch}/empty.sqlite3")
        with store.write() as connection:
            command.upgrade(configuration(connection), "head")
            command.revision(configuration(connection), message, autogenerate=True, rev_id=number)
        store.close()


if __name__ == "__main__":
    main(sys.argv[1:])
