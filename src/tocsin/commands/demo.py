"""``tocsin demo``: see it work."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from tocsin.commands.output import err, json_line, out, table
from tocsin.demo.play import EDITOR, FIRST_ALERT_S, PASSWORD, READER, Arrival, By, Demo, running
from tocsin.demo.publisher import Sample, load_samples
from tocsin.errors import BadInput, WrongUse
from tocsin.logs import log_to_stderr

PAUSE_S = 6.0
"""Seconds between two stories, so that a person can follow."""


@dataclass(frozen=True, slots=True)
class FirstAlert:
    """The line of ``--once --json``: stages in milliseconds since publication, and the message."""

    stages_ms: dict[str, float]
    total_ms: float
    subject: str
    message_id: str
    by: By


def demo(
    port: Annotated[int, typer.Option(help="Port of site and inbox; 0 takes a free one.", min=0, max=65535)] = 8000,
    articles: Annotated[
        list[Path] | None,
        typer.Option(help="Publish these pages or raw records, or all in a folder, instead of the samples."),
    ] = None,
    more: Annotated[list[Path] | None, typer.Argument(help="More articles, after --articles.", hidden=True)] = None,
    by: Annotated[By, typer.Option(help="Let the publisher push its stories, or only list them in its feed.")] = "push",
    once: Annotated[bool, typer.Option("--once", help="End with the first alert; exit 3 when none came.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One compact JSON line per alert.")] = False,
) -> None:
    """Run the real service on this machine: a demo publisher, one reader, a local inbox. Nothing leaves it.

    The reader signs up and confirms; then a story breaks, and the alert arrives. The clock starts on the day of the
    articles, so that "on Friday" means what it meant.

    ```
    tocsin demo
    tocsin demo --articles record.txt --once --json
    ```
    """
    chosen = [*(articles or ()), *(more or ())]
    if more and not articles:
        raise WrongUse("name articles with --articles")
    with as_file(files("tocsin.demo") / "samples") as folder:
        samples = load(chosen or sorted(folder.iterdir()))
    log_to_stderr("error" if as_json or once else "warning")
    try:
        arrived = asyncio.run(_play(samples, port, by, once=once, as_json=as_json))
    except asyncio.CancelledError:
        raise typer.Exit(128 + signal.SIGTERM) from None
    if once and not arrived:
        err.print("No alert came: the story did not deserve one, or something failed (see above).")
        raise typer.Exit(3)


def load(paths: Sequence[Path]) -> list[Sample]:
    """Return the articles of files and of folders. Raises BadInput for what is none, or not there."""
    try:
        return load_samples([file for path in paths for file in _files_of(path)])
    except OSError as error:
        raise BadInput(f"{error.filename}: {error.strerror}") from error


def _files_of(path: Path) -> list[Path]:
    """Return a file, or the files of a folder by name."""
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
    if not found:
        raise BadInput(f"{path}: there is no file in this folder")
    return found


async def _play(samples: Sequence[Sample], port: int, by: By, *, once: bool, as_json: bool) -> bool:
    # Told to end, the roles must be told first: what works for them in threads would go on, and be waited for.
    if (playing := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, playing.cancel)
    deadline = time.monotonic() + FIRST_ALERT_S
    async with running(samples, port, by) as demo:
        if not as_json:
            _welcome(demo)
        if not once:
            return await _show_all(demo, samples, by, as_json=as_json)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(deadline - time.monotonic(), 1.0)):
                return await _show_first(demo, samples, by, deadline, as_json=as_json)
        return False


async def _show_first(demo: Demo, samples: Sequence[Sample], by: By, deadline: float, *, as_json: bool) -> bool:
    """Publish until a first alert arrives, and tell whether one did."""
    await demo.sign_up(READER)
    await demo.ready()
    for sample in samples:
        left = deadline - time.monotonic()
        arrival = await demo.publish(sample, left if len(samples) == 1 or by == "feed" else min(left, 5.0))
        _tell(sample, arrival, by, as_json=as_json)
        if arrival is not None:
            return True
    return False


async def _show_all(demo: Demo, samples: Sequence[Sample], by: By, *, as_json: bool) -> bool:
    """Publish all, at a person's pace, and stay until Ctrl-C."""
    await demo.sign_up(READER)
    await demo.ready()
    if not as_json:
        out.print(f"{READER} has signed up and confirmed. The first story breaks in {PAUSE_S:.0f} s …\n")
        await asyncio.sleep(PAUSE_S)
    for sample in samples:
        wait_s = FIRST_ALERT_S if len(samples) == 1 or by == "feed" else 5.0
        _tell(sample, await demo.publish(sample, wait_s), by, as_json=as_json)
        await asyncio.sleep(PAUSE_S)
    if not as_json:
        out.print("That was all. The service goes on until Ctrl-C: sign up yourself and look around.")
    await asyncio.Event().wait()
    return True


def _welcome(demo: Demo) -> None:
    out.print(
        f"[bold]Tocsin's demo[/] lives on {demo.clock():%A %-d %B %Y}. Nothing leaves this machine.\n\n"
        f"  site    {demo.base}/\n  alerts  {demo.base}/alerts\n"
        f"  desk    {demo.base}/desk   ({EDITOR}, password: {PASSWORD})\n"
        f"  inbox   {demo.base}/inbox\n"
    )


def _tell(sample: Sample, arrival: Arrival | None, by: By, *, as_json: bool) -> None:
    if arrival is None:
        if not as_json:
            out.print(f"[bold]{sample.name}[/]: published, and no alert sent: not every story deserves one.\n")
        return
    message, stages = arrival.message.message, arrival.stages_ms()
    total = stages.get("first_accepted", max(stages.values()))
    if as_json:
        json_line(FirstAlert(stages, total, str(message["subject"]), str(message["message-id"]), by))
        return
    table(("stage", "ms"), ((name, f"{ms:,.0f}") for name, ms in stages.items()), title=str(message["subject"]))
    out.print()
