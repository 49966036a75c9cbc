"""``tocsin bench``: how fast this machine is, by the real path."""

from __future__ import annotations

import socket
from enum import StrEnum
from typing import Annotated

import typer

from tocsin.bench_send import Signing, bench_send
from tocsin.commands.output import err, json_line, table
from tocsin.errors import WrongUse

app = typer.Typer(no_args_is_help=True, help="Measure this machine, by the real path.")


class Sign(StrEnum):
    """How messages are signed."""

    RSA = "rsa"
    ED25519 = "ed25519"
    NONE = "none"


_SIGNING: dict[Sign, Signing] = {Sign.RSA: "rsa", Sign.ED25519: "ed25519", Sign.NONE: "none"}


@app.callback()
def bench() -> None:
    """Measure this machine, by the real path."""


@app.command("send")
def send(
    recipients: Annotated[int, typer.Option(help="How many readers.", min=1)],
    smtp: Annotated[str, typer.Option(metavar="HOST:PORT", help="The relay or sink to send to.")],
    sign: Annotated[Sign, typer.Option(help="How messages are signed.")] = Sign.RSA,
    processes: Annotated[int, typer.Option(help="Sender processes.", min=1)] = 1,
    database: Annotated[str, typer.Option(help="An empty database to use; a SQLite file by default.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One compact JSON line.")] = False,
) -> None:
    """Send one alert to made-up readers: store, claim, render, sign, SMTP, ledger.

    The limit is the raw signatures per second of as many processes signing at once, measured in the same run. Only ever
    name a sink of your own: every message is really sent.

      smtp-sink 127.0.0.1:2525 1000 &
      tocsin bench send --recipients 100000 --smtp 127.0.0.1:2525 --processes 2
    """
    host, port = _place(smtp)
    with err.status("sending …"):
        figures = bench_send(recipients, host, port, sign=_SIGNING[sign], processes=processes, database=database)
    if as_json:
        json_line(figures)
        return
    table(("figure", ""), ((name, getattr(figures, name)) for name in figures.__slots__))


def _place(smtp: str) -> tuple[str, int]:
    """Return the host and port, having seen that something listens there."""
    host, _, port = smtp.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise WrongUse(f"--smtp {smtp!r} is not HOST:PORT, such as 127.0.0.1:2525")
    host = host.strip("[]")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError as error:
        raise WrongUse(f"nothing answers at {smtp}: {error.strerror or error}") from error
    return host, int(port)
