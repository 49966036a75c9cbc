"""A wrong alert is corrected in the middle of a send to 20,000 readers: the relay's own record shows who got what."""

import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

from tests.sending.steps import approved, of, send_version, states
from tocsin.delivery.addresses import Tags
from tocsin.desk.approval import amend
from tocsin.model import VersionKind
from tocsin.settings import Mail, Settings
from tocsin.store.alerts import VersionState
from tocsin.store.clock import wall_clock
from tocsin.wiring import Parts, assemble

READERS = 20_000
BEFORE = 4_000
"""Messages that have left before the editor corrects."""


def received(log: Path, parts: Parts) -> dict[str, list[int]]:
    """Return for each recipient the versions that came, in order: the relay noted the address and the Message-ID."""
    tags, got = Tags(parts.secret), defaultdict(list)
    for line in log.read_text().splitlines():
        recipient, message_id, _ = line.split()
        known = tags.read(message_id.strip("<>").partition("@")[0])
        assert known is not None
        got[recipient].append(known[0])
    return got


def test_each_reader_ends_with_what_is_right_and_nobody_gets_anything_twice(tmp_path: Path) -> None:
    log = tmp_path / "relay.log"
    sink = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.sink", "--log", str(log)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert sink.stdout is not None
        mail = Mail(host="127.0.0.1", port=int(sink.stdout.readline()), security="none", connections=2)
        parts = assemble(Settings(folder=tmp_path, mail=mail))
        wrong = approved(parts, READERS)
        sending = threading.Thread(target=send_version, args=(parts, wrong))
        sending.start()
        while log.read_bytes().count(b"\n") < BEFORE:
            time.sleep(0.01)
        with parts.store.write() as connection:
            right = amend(
                parts, connection, wrong, VersionKind.CORRECTION, note="Four, not fourteen.", by="mara", at=wall_clock()
            ).version.id
        sending.join(60)
        send_version(parts, right)
        got = received(log, parts)
    finally:
        sink.kill()
        sink.wait()
    assert len(got) == READERS
    assert of(parts, right).state is VersionState.SENT
    both = [one for one in got.values() if one == [wrong, right]]
    only = [one for one in got.values() if one == [right]]
    assert len(both) + len(only) == READERS, states(parts, wrong)
    assert BEFORE <= len(both) < READERS
    assert only
