"""Kill senders (-9) at random instants during a large send, and count who was missed and who was mailed twice.

``python -m bench.kill [--recipients 100000] [--kills 200] [--every 0.15] [--processes 2] [--database URL]``

With ``--tree`` the senders are those of ``tocsin run``, and its root is killed too. They take some seconds to start.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from bench.options import options_of
from tests.killing import under_fire


def main() -> None:
    options = options_of(__doc__)
    options.add_argument("--recipients", type=int, default=100_000, help="readers")
    options.add_argument("--kills", type=int, default=200, help="times that something is killed")
    options.add_argument("--every", type=float, default=0.15, help="mean seconds of sending before a kill")
    options.add_argument("--processes", type=int, default=2, help="senders at a time")
    options.add_argument("--database", default="", help="URL of an empty database; none: a SQLite file")
    options.add_argument("--sign", choices=("rsa", "ed25519", "none"), default="none", help="signature of each letter")
    options.add_argument("--tree", action="store_true", help="senders of a real process tree, whose root is killed too")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="tocsin-kill-") as folder:
        toll = under_fire(
            Path(folder),
            chosen.recipients,
            chosen.kills,
            every=chosen.every,
            processes=chosen.processes,
            database=chosen.database,
            sign=chosen.sign,
            tree=chosen.tree,
        )
    print(json.dumps(dataclasses.asdict(toll)))
    sys.exit(0 if toll.missed == 0 and toll.repeats <= toll.bound and toll.other_ids == 0 else 1)


if __name__ == "__main__":
    main()
