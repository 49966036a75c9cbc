"""Tocsin beside what else sends mail, into the same sinks in the same run, as a page of numbers.

``python -m bench.sending [--recipients 100000] [--processes 2] [--rounds 3] [--mailman] [--out FILE.md]``

Sinks: our own over epoll with CHUNKING, Postfix's smtp-sink, and a private Postfix that discards what it takes, where
they are installed (the last needs root). ``--mailman`` installs Mailman (GPL) into a venv that is removed afterwards.
Each figure is the median of the rounds; everything shares the machine's cores with its sink.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from pathlib import Path

import dkim
from bench.options import options_of
from bench.postfix import here, private_postfix
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tocsin.benches.send import Figures, Signing, bench_send
from tocsin.settings import Mail

ROOT = Path(__file__).resolve().parent.parent
PEER_MESSAGES = 400
SIZE = 7990
"""Octets of Tocsin's message without a signature."""
SESSIONS = 8
"""Of Postfix's own generator."""
POSTFIX_MESSAGES = 4000
"""A Postfix writes each message to its disk: some hundreds a second."""

Peer = tuple[str, Callable[[int], float]]
"""A sender's name, and messages a second into a port."""


@contextmanager
def fast_sink() -> Iterator[int]:
    """Run our own sink; give its port."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.sink"], stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as sink:
        assert sink.stdout is not None
        try:
            yield int(sink.stdout.readline())
        finally:
            sink.kill()


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Run Postfix's smtp-sink; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen(
        [_program("smtp-sink"), *user, "-c", f"127.0.0.1:{port}", "512"], stdout=subprocess.DEVNULL
    ) as sink:
        try:
            _await_port(port)
            yield port
        finally:
            sink.kill()


def _program(name: str) -> str:
    return shutil.which(name) or f"/usr/sbin/{name}"


def _await_port(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


def smtplib_per_second(port: int) -> float:
    """Send as a plain Python program would: a message built, signed by dkimpy and sent for each reader."""
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as relay:
        for number in range(PEER_MESSAGES):
            message = EmailMessage(policy=SMTP)
            message["From"], message["To"] = "alerts@news.example", f"reader{number}@inbox.example"
            message["Subject"], message["Message-ID"] = "Main bridge is closed", f"<{number}@news.example>"
            message["List-Unsubscribe"] = f"<https://news.example/unsubscribe/{number:032}>"
            message.set_content("The main bridge is closed.\n" * 80)
            message.add_alternative("<p>The main bridge is closed.</p>\n" * 170, subtype="html")
            raw = message.as_bytes()
            signature = dkim.sign(raw, b"s", b"news.example", key, canonicalize=(b"relaxed", b"relaxed"))
            relay.sendmail("b@news.example", [message["To"]], signature + raw)
    return PEER_MESSAGES / (time.perf_counter() - began)


def smtp_source_per_second(port: int, sessions: int, messages: int = 20_000) -> float:
    """Send one prebuilt, unsigned message of Tocsin's size with Postfix's own generator, each to another recipient."""
    many = f"-d -N -s {sessions} -l {SIZE} -m {messages}"
    command = f"{_program('smtp-source')} {many} -f a@b.example -t c@d.example 127.0.0.1:{port}"
    began = time.perf_counter()
    subprocess.run(command.split(), check=True)
    return messages / (time.perf_counter() - began)


@contextmanager
def mailman() -> Iterator[Peer]:
    """Install Mailman into a venv of its own; give its personalised delivery."""
    with tempfile.TemporaryDirectory(prefix="tocsin-mailman-") as folder:
        python = f"{folder}/bin/python"
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "mailman"], check=True)

        def deliver(port: int) -> float:
            command = [python, str(ROOT / "bench/mailman_deliver.py"), str(port), str(PEER_MESSAGES)]
            done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
            return float(done.stdout.split()[-1])

        yield "Mailman, personalised, unsigned", deliver


def rows(name: str, port: int, recipients: int, crew: tuple[int, int], rounds: int, peers: list[Peer]) -> Iterator[str]:
    """Give the rows of one sink: ``rounds`` in each of which all senders take their turn; the medians are told.

    Every second round goes the other way about: what one leaves behind costs the next.

    ``crew`` is how many sender processes with how many connections each.
    """
    ours: dict[Signing, list[Figures]] = {"rsa": [], "none": []}
    theirs: dict[str, list[float]] = {peer: [] for peer, _ in peers}

    def ours_in_turn(sign: Signing) -> None:
        ours[sign].append(bench_send(recipients, "127.0.0.1", port, sign=sign, processes=crew[0], connections=crew[1]))

    def theirs_in_turn(peer: str, measure: Callable[[int], float]) -> None:
        theirs[peer].append(measure(port))

    turns = [*(partial(ours_in_turn, sign) for sign in ours), *(partial(theirs_in_turn, *peer) for peer in peers)]
    for number in range(rounds):
        for turn in turns if number % 2 == 0 else reversed(turns):
            turn()
    middle = {sign: sorted(found, key=lambda one: one.per_second)[rounds // 2] for sign, found in ours.items()}
    for sign, one in middle.items():
        spent = f"{one.sender_cpu_us}" + (f" / {one.signature_cpu_us}" if one.signature_cpu_us else "")
        first = f"{one.first_accepted_ms:.0f} ms"
        cells = (one.per_second, "", f"{one.ratio or ''}", first, spent, f"{one.sender_rss_mb}")
        yield _row(f"Tocsin, {sign}, {crew[0]} × {crew[1]} connections", name, *cells)
    for peer, found_there in theirs.items():
        there = statistics.median(found_there)
        times = middle["none" if "unsigned" in peer else "rsa"].per_second / there
        yield _row(peer, name, there, f"{times:.2f}")


def _row(*cells: object) -> str:
    shown = [f"{cell:,.0f}" if isinstance(cell, float) else str(cell) for cell in cells]
    return "| " + " | ".join([*shown, *[""] * (8 - len(shown))]) + " |"


def lines(chosen: argparse.Namespace, list_manager: Peer | None) -> Iterator[str]:
    """Give the rows of all sinks that this machine has."""
    crew = (chosen.processes, Mail().connections)
    name = f"smtp-source, {SESSIONS} sessions, unsigned"
    source: list[Peer] = []
    if _has("smtp-source"):
        source = [(name, lambda port: smtp_source_per_second(port, SESSIONS))]
    peers = [("EmailMessage + dkimpy + smtplib, rsa", smtplib_per_second), *([list_manager] if list_manager else [])]
    with fast_sink() as port:
        yield from rows("fast sink", port, chosen.recipients, crew, chosen.rounds, [*peers, *source])
    if _has("smtp-sink"):
        with smtp_sink() as port:
            yield from rows("smtp-sink", port, chosen.recipients, crew, chosen.rounds, [*peers, *source])
    if here():
        yield from _into_postfix(min(chosen.recipients, POSTFIX_MESSAGES), name, chosen.rounds)


def _into_postfix(messages: int, name: str, rounds: int) -> Iterator[str]:
    """Give the rows of a private Postfix, which decides the rate: one sender has time enough for all connections."""
    generator: Peer = (name, lambda port: smtp_source_per_second(port, SESSIONS, messages))
    with private_postfix() as port:
        smtp_source_per_second(port, SESSIONS, 500)  # its processes are there
        yield from rows("private Postfix", port, messages, (1, Mail().connections), rounds, [generator])


def _has(program: str) -> bool:
    return Path(_program(program)).exists()


def main() -> None:
    options = options_of(__doc__)
    options.add_argument("--recipients", type=int, default=100_000, help="letters of each run")
    options.add_argument("--processes", type=int, default=2, help="senders of Tocsin")
    options.add_argument("--rounds", type=int, default=3, help="rounds in which all take turns; the median counts")
    options.add_argument(
        "--mailman", action="store_true", help="install Mailman in a venv for this run, and measure it"
    )
    options.add_argument("--out", type=Path, help="file to write the page to as well")
    chosen = options.parse_args()
    command = f"python -m bench.sending --recipients {chosen.recipients} --processes {chosen.processes}"
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, medians of {chosen.rounds}"
    page = [
        "# Sending, measured",
        "",
        f"`{command}`: {machine}.",
        "Ratio: messages a second beside the raw RSA-2048 signatures that as many processes make in the same run.",
        "Times: how often Tocsin's rate, signed or unsigned as the peer, is that of the peer.",
        "",
        "| sender | sink | messages/s | times | ratio | first accepted | CPU µs: message / signature | MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    with mailman() if chosen.mailman else nullcontext(None) as list_manager:
        for line in lines(chosen, list_manager):
            print(line, file=sys.stderr, flush=True)
            page.append(line)
    text = "\n".join(page) + "\n"
    print(text)
    if chosen.out:
        chosen.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
