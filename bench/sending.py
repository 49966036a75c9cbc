"""Tocsin beside what else sends mail, into the same sinks in the same run, as a page of numbers.

``python -m bench.sending [--recipients 100000] [--processes 2] [--rounds 3] [--out docs/sending-numbers.md]``

Sinks: our own over epoll with CHUNKING, and Postfix's smtp-sink where it is installed. Each figure is the median of the
rounds; everything shares the machine's cores with its sink.
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
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tocsin.bench_send import Figures, Signing, bench_send

ROOT = Path(__file__).resolve().parent.parent
PEER_MESSAGES = 400


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


def smtp_source_per_second(port: int, messages: int = 20_000) -> float:
    """Send prebuilt, unsigned messages of 8 KB with Postfix's own generator over 16 sessions."""
    command = f"{_program('smtp-source')} -s 16 -l 8192 -m {messages} -f a@b.example -t c@d.example 127.0.0.1:{port}"
    began = time.perf_counter()
    subprocess.run(command.split(), check=True)
    return messages / (time.perf_counter() - began)


def tocsin(port: int, chosen: argparse.Namespace, sign: Signing) -> Figures:
    """Return the round with the median rate."""
    rounds = [
        bench_send(chosen.recipients, "127.0.0.1", port, sign=sign, processes=chosen.processes)
        for _ in range(chosen.rounds)
    ]
    return sorted(rounds, key=lambda figures: figures.per_second)[len(rounds) // 2]


def rows(name: str, port: int, chosen: argparse.Namespace) -> Iterator[str]:
    for sign in ("rsa", "none"):
        found = tocsin(port, chosen, sign)
        spent = f"{found.sender_cpu_us}" + (f" / {found.signature_cpu_us}" if found.signature_cpu_us else "")
        first = f"{found.first_accepted_ms:.0f} ms"
        yield _row(
            f"Tocsin, {sign}", name, found.per_second, f"{found.ratio or ''}", first, spent, f"{found.sender_rss_mb}"
        )
    peers = [("EmailMessage + dkimpy + smtplib, rsa", smtplib_per_second)]
    if Path(_program("smtp-source")).exists():
        peers.append(("smtp-source, unsigned", smtp_source_per_second))
    for peer, measure in peers:
        yield _row(peer, name, statistics.median(measure(port) for _ in range(chosen.rounds)))


def _row(*cells: object) -> str:
    shown = [f"{cell:,.0f}" if isinstance(cell, float) else str(cell) for cell in cells]
    return "| " + " | ".join([*shown, *[""] * (7 - len(shown))]) + " |"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--recipients", type=int, default=100_000)
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--out", type=Path)
    chosen = options.parse_args()
    command = f"python -m bench.sending --recipients {chosen.recipients} --processes {chosen.processes}"
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, medians of {chosen.rounds}"
    page = [
        "# Sending, measured",
        "",
        f"`{command}`: {machine}.",
        "Ratio: messages a second beside the raw RSA-2048 signatures that as many processes make in the same run.",
        "",
        "| sender | sink | messages/s | ratio | first accepted | CPU µs: message / signature | MB |",
        "|---|---|---|---|---|---|---|",
    ]
    sinks = [("fast sink", fast_sink)]
    if Path(_program("smtp-sink")).exists():
        sinks.append(("smtp-sink", smtp_sink))
    for name, sink in sinks:
        with sink() as port:
            page.extend(rows(name, port, chosen))
    text = "\n".join(page) + "\n"
    print(text)
    if chosen.out:
        chosen.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
