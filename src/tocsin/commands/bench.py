"""``tocsin bench``: how fast this machine is, by the real path."""

from __future__ import annotations

import socket
import tempfile
from typing import Annotated

import typer

from tocsin.benches.match import bench_match
from tocsin.benches.send import Signing, bench_send
from tocsin.commands.output import err, json_line, table
from tocsin.errors import WrongUse
from tocsin.store.engine import Store
from tocsin.store.migrate import upgrade
from tocsin.unreached import why_unreached

app = typer.Typer(no_args_is_help=True, help="Measure this machine, by the real path.")


@app.callback()
def bench() -> None:
    """Measure this machine, by the real path."""


@app.command("send")
def send(
    recipients: Annotated[int, typer.Option(help="How many readers.", min=1)],
    smtp: Annotated[str, typer.Option(metavar="HOST:PORT", help="The relay or sink to send to.")],
    sign: Annotated[Signing, typer.Option(help="How messages are signed.")] = "rsa",
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
        figures = bench_send(recipients, host, port, sign=sign, processes=processes, database=database)
    if as_json:
        json_line(figures)
        return
    table(("figure", ""), ((name, getattr(figures, name)) for name in figures.__slots__))


@app.command("match")
def match(
    subscribers: Annotated[int, typer.Option(help="How many readers, five preferences each.", min=100)] = 1_000_000,
    database: Annotated[str, typer.Option(help="An empty PostgreSQL to use; a SQLite file by default.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One compact JSON line.")] = False,
) -> None:
    """Find the readers of a topic that 30% hold, and as many standing phrases in an article.

    Prints how soon the first readers are there (first_batch_ms), the whole audience, and one article's phrases. A
    million readers take a minute to make up, and about 500 MB of disk.

    ```
    tocsin bench match --subscribers 100000
    ```
    """
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        store = Store(database or f"sqlite:///{folder}/tocsin.sqlite3")
        try:
            upgrade(store)
            with err.status(f"making up {subscribers:,} readers and measuring …"):
                figures = bench_match(store, subscribers)
        finally:
            store.close()
    if as_json:
        json_line(figures)
        return
    table(("figure", ""), ((name, _rounded(getattr(figures, name))) for name in figures.__slots__))


def _rounded(figure: object) -> str:
    return f"{figure:,.2f}" if isinstance(figure, float) else f"{figure:,}" if isinstance(figure, int) else str(figure)


def _place(smtp: str) -> tuple[str, int]:
    """Return the host and port, having seen that something listens there."""
    host, _, port = smtp.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise WrongUse(f"--smtp {smtp!r} is not HOST:PORT, such as 127.0.0.1:2525")
    host = host.strip("[]")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError as error:
        raise WrongUse(f"nothing answers at {smtp}: {why_unreached(error)}") from error
    return host, int(port)
