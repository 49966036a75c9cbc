"""How fast this machine sends, by the real path, beside the limit that its signatures set in the same run."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import resource
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import insert, literal, select, text

from tocsin.benches.empty import refuse_if_used
from tocsin.errors import Temporary
from tocsin.model import Band, Draft, Origin, Statement, VersionKind
from tocsin.private_files import write_private
from tocsin.sending.messages import Press
from tocsin.sending.sender import SEND, run_sender
from tocsin.settings import Mail, Newsroom, Settings, Web
from tocsin.store.alerts import Version, VersionState, add_version, approve_version, version_of
from tocsin.store.claims import Claimed
from tocsin.store.deliveries import freeze
from tocsin.store.subscribers import subscribers
from tocsin.wiring import Parts, assemble, open_parts, signers_of, up_to_date

Signing = Literal["rsa", "ed25519", "none"]

SIGN_FOR = 2.0
"""Seconds for which the processes only sign, before the send and again after it: no machine is always equally fast."""
_SETTLE_S = 1.0
"""Seconds between the signing and the alert: senders in service wait for work, these have to begin to."""
_LOOK_EVERY = 0.2
"""Seconds between two looks whether all is sent. Looking takes from the same cores; times are those in the store."""
CONNECTIONS = int(Mail.model_fields["connections"].default)
_ZONES = ("UTC", "Europe/Kyiv", "America/New_York")


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run measured. Times since approval; CPU (user and system) in microseconds per message.

    ``store_bytes`` is by how much the store has grown for each delivery.
    """

    recipients: int
    seconds: float
    per_second: float
    first_accepted_ms: float
    limit_per_second: float | None
    ratio: float | None
    sender_cpu_us: float
    signature_cpu_us: float | None
    message_bytes: int
    sender_rss_mb: float
    store_bytes: float


@dataclass(frozen=True, slots=True)
class _Limit:
    """Signatures of one process in ``SIGN_FOR`` seconds, and the CPU seconds they took."""

    signatures: int
    cpu: float


@dataclass(frozen=True, slots=True)
class _Spent:
    """CPU seconds of one sender, and its largest size in MB."""

    cpu: float
    rss: float


def bench_send(
    recipients: int,
    host: str,
    port: int,
    *,
    sign: Signing = "rsa",
    processes: int = 1,
    connections: int = CONNECTIONS,
    database: str = "",
) -> Figures:
    """Send one alert to ``recipients`` made-up readers through the relay at ``host:port``, and measure.

    ``database`` names an empty database to use; without one it is a SQLite file that is removed afterwards. Raises
    ``WrongUse`` for one that holds anything: its readers would be sent the made-up alert.
    """
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        settings = bench_settings(Path(folder), host, port, sign, database, connections)
        refuse_if_used(up_to_date(settings))
        parts = assemble(settings)
        add_readers(parts, recipients)
        empty = _store_size(parts)
        crew = _Crew(settings, processes)
        try:
            before = crew.sign() if sign != "none" else ()
            time.sleep(_SETTLE_S)
            crew.spent()
            done = _until_sent(parts, approve_sample(parts))
            spent = crew.spent()
            limits = (*before, *(crew.sign() if sign != "none" else ()))
        finally:
            crew.end()
        grown = (_store_size(parts) - empty) / recipients
        return _figures(recipients, done, limits, spent, _message_bytes(parts, done), grown)


def _figures(
    recipients: int, done: Version, limits: tuple[_Limit, ...], spent: tuple[_Spent, ...], size: int, grown: float
) -> Figures:
    assert done.approved_at and done.accepted_at and done.done_at, "a version that was sent"  # noqa: S101, PT018
    seconds = (done.done_at - done.approved_at).total_seconds()
    signatures = sum(limit.signatures for limit in limits)
    limit = signatures / (2 * SIGN_FOR) if limits else None
    return Figures(
        recipients=recipients,
        seconds=round(seconds, 3),
        per_second=round(recipients / seconds, 1),
        first_accepted_ms=round((done.accepted_at - done.approved_at) / timedelta(milliseconds=1), 1),
        limit_per_second=round(limit, 1) if limit else None,
        ratio=round(recipients / seconds / limit, 3) if limit else None,
        sender_cpu_us=round(sum(one.cpu for one in spent) / recipients * 1e6, 1),
        signature_cpu_us=round(sum(one.cpu for one in limits) / signatures * 1e6, 1) if signatures else None,
        message_bytes=size,
        sender_rss_mb=round(max(one.rss for one in spent), 1),
        store_bytes=round(grown, 1),
    )


# -- the set-up --------------------------------------------------------------------------------------------------------


def bench_settings(
    folder: Path, host: str, port: int, sign: Signing, database: str, connections: int = CONNECTIONS
) -> Settings:
    """Return settings for a relay without TLS, with a key made for the run."""
    key_file: Path | None = None
    if sign != "none":
        key_file = folder / "dkim.pem"
        key = rsa.generate_private_key(65537, 2048) if sign == "rsa" else ed25519.Ed25519PrivateKey.generate()
        write_private(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    mail = Mail(
        host=host, port=port, security="none", sender="alerts@news.example", return_path="bounces@news.example",
        dkim_domain="news.example", dkim_key_file=key_file, connections=connections,
    )  # fmt: skip
    room = Newsroom(name="The Bench", postal_address="1 Main Street, Anytown")
    return Settings(
        folder=folder, database=database, mail=mail, newsroom=room, web=Web(base_url="https://news.example")
    )


def add_readers(parts: Parts, count: int) -> None:
    """Add ``count`` confirmed readers at a hundred domains, in three zones."""
    now = parts.clock()
    for start in range(0, count, 10_000):
        rows = [
            {
                "id": number,
                "address": f"reader{number}@inbox{number % 100}.example",
                "address_key": f"{number:064x}",
                "state": "active",
                "language": "en",
                "zone": _ZONES[number % len(_ZONES)],
                "created_at": now,
            }
            for number in range(start + 1, min(start + 10_000, count) + 1)
        ]
        with parts.store.write() as connection:
            connection.execute(insert(subscribers), rows)


def sample_draft() -> Draft:
    """Return a draft whose mail takes about 8 KB."""
    said = tuple(
        Statement("said", f"{who} of the city", (0, 4), "said", (5, 9), f"The bridge {what}", (10, 20), quoted=True)
        for who, what in (("The mayor", "is closed until further notice"), ("A spokesman", "will be inspected today"))
    )
    return Draft(
        story="bench",
        kind=VersionKind.ALERT,
        band=Band.ALERT,
        label="One report",
        subject="City: main bridge is closed until further notice",
        headline="Main bridge is closed until further notice",
        paragraphs=("The main bridge over the river is closed, the city said on Friday.",),
        statements=said,
        origins=(Origin("The city", ("a1",)),),
        publisher="The Bench",
        url="https://news.example/bridge",
        published="2022-11-11T12:00:00+00:00",
        language="en",
        topics=("disaster and accident",),
        lock_screen="The mayor of the city: The bridge is closed until further notice",
    )


def approve_sample(parts: Parts) -> int:
    """Approve the sample for all readers, as the desk does; return the version."""
    with parts.store.write() as connection:
        now = parts.clock()
        version = add_version(
            connection,
            sample_draft(),
            published_at=now,
            seen_at=now,
            decided_at=now,
            stages={},
            held_until=None,
            reason="",
        )
        approve_version(connection, version, "bench", now)
        freeze(connection, version, select(subscribers.c.id.label("subscriber"), literal(0).label("why")))
        parts.jobs.enqueue(connection, SEND, str(version), key=f"{SEND}:{version}")
    return version


def _until_sent(parts: Parts, version: int) -> Version:
    while True:
        with parts.store.read() as connection:
            found = version_of(connection, version)
        if found is not None and found.state is VersionState.SENT:
            return found
        time.sleep(_LOOK_EVERY)


def _store_size(parts: Parts) -> int:
    """Return how many octets the database takes, dead rows included."""
    pages = (
        "SELECT (page_count - freelist_count) * page_size"
        " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
    )
    size = pages if parts.store.embedded else "SELECT pg_database_size(current_database())"
    with parts.store.read() as connection:
        return int(connection.execute(text(size)).scalar_one())


def _message_bytes(parts: Parts, version: Version) -> int:
    return len(Press(parts).letter(1, version, Claimed(version.id, 1, 0, 1, "r@inbox.example", "en", "UTC")).message)


# -- the senders -------------------------------------------------------------------------------------------------------


class _Crew:
    """Sender processes, warm and waiting for a word."""

    def __init__(self, settings: Settings, processes: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Pipe] = []
        self._processes = []
        for _ in range(processes):
            mine, theirs = context.Pipe()
            process = context.Process(target=_member, args=(theirs, settings), daemon=True)
            process.start()
            theirs.close()  # else the end of a sender that failed would never be noticed
            self._pipes.append(mine)
            self._processes.append(process)
        self._answers()

    def sign(self) -> tuple[_Limit, ...]:
        """Let all sign at once, as fast as they can."""
        return tuple(self._ask("sign"))

    def spent(self) -> tuple[_Spent, ...]:
        """Return what it took since this was last asked."""
        return tuple(self._ask("spent"))

    def _ask(self, word: str) -> list[Any]:
        for pipe in self._pipes:
            pipe.send(word)
        return self._answers()

    def _answers(self) -> list[Any]:
        try:
            return [pipe.recv() for pipe in self._pipes]
        except EOFError as error:
            raise Temporary("a sender process ended: what it said stands above") from error

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.join()


def _member(pipe: Pipe, settings: Settings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is heard by whoever measures, and ends us
    parts = open_parts(settings)
    pipe.send("ready")
    asyncio.run(_serve(pipe, parts))


async def _serve(pipe: Pipe, parts: Parts) -> None:
    loop, stop, began = asyncio.get_running_loop(), asyncio.Event(), _cpu()

    def obey() -> None:
        nonlocal began
        try:
            word = pipe.recv()
        except EOFError:  # whoever measured was killed: nobody else would end us
            loop.remove_reader(pipe.fileno())
            stop.set()
            return
        if word == "sign":
            pipe.send(_sign(parts))
        else:
            pipe.send(_Spent(_cpu() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
            began = _cpu()

    loop.add_reader(pipe.fileno(), obey)
    await run_sender(parts, stop)


def _sign(parts: Parts) -> _Limit:
    sign: Callable[[bytes], bytes] = signers_of(parts.settings)[0].key.sign
    digest = hashlib.sha256(b"bench").digest()
    count, cpu, until = 0, _cpu(), time.perf_counter() + SIGN_FOR
    while time.perf_counter() < until:
        sign(digest)
        count += 1
    return _Limit(count, _cpu() - cpu)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
