"""The rate at one limited domain while several processes send, beside the limit.

``python -m bench.limits [--letters 300] [--rate 10] [--processes 4] [--database URL]``
"""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from bench.options import options_of
from tests.pacing import pace_of


def main() -> None:
    options = options_of(__doc__)
    options.add_argument(
        "--letters", type=int, default=300, help="readers at the limited domain; 99 times as many others"
    )
    options.add_argument("--rate", type=float, default=10.0, help="letters a second that the limit lets through")
    options.add_argument("--processes", type=int, default=4, help="senders at a time")
    options.add_argument("--database", default="", help="URL of an empty database; none: a SQLite file")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="tocsin-limits-") as folder:
        pace = pace_of(Path(folder), chosen.letters, chosen.rate, processes=chosen.processes, database=chosen.database)
    print(json.dumps(dataclasses.asdict(pace)))
    sys.exit(0 if abs(pace.per_second / chosen.rate - 1) <= 0.05 else 1)


if __name__ == "__main__":
    main()
