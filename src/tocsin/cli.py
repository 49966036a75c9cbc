"""The command line: ``tocsin --help`` lists what there is; a command loads only what it needs."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from io import TextIOWrapper
from types import FrameType
from typing import Any, NoReturn

import typer
from rich.markup import escape

from tocsin import __version__
from tocsin.collector import uncollected
from tocsin.errors import TocsinError, WrongUse
from tocsin.problems import in_words

GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "Begin": {
        "demo": ("demo:demo", "See it work: a story breaks, and the alert arrives in a local inbox."),
        "init": ("init:init", "Begin a new installation: settings, secrets, the first admin."),
        "check": ("check:check", "Examine the set-up: would mail from here arrive, and what to change?"),
        "dkim": ("dkim:app", "Make keys that sign mails."),
        "mode": ("mode:set_mode", "Tell or set whether alerts leave by themselves (shadow, live)."),
    },
    "Run": {
        "run": ("run:run", "Run the service: web, newsroom and sender."),
        "web": ("run:run_web", "Run the web role alone."),
        "newsroom": ("run:run_newsroom", "Run the newsroom role alone: listen, read, judge."),
        "send": ("run:run_send", "Run the sender role alone, on as many machines as you like."),
        "mailroom": ("run:run_mailroom", "Run the mailroom role alone: take bounces, complaints and replies in."),
        "deadman": ("deadman:deadman", "Tell a watcher elsewhere that all is well; keep silent when it is not."),
        "move": ("move:move_to_postgresql", "Move everything from the one file to PostgreSQL."),
        "secret": ("secret:app", "Begin with a new secret, where the old one is lost or known to others."),
        "retention": ("retention:app", "Forget what is kept for some days only."),
    },
    "Read and judge": {
        "read": ("read:read_files", "Read articles: clean text, who says what, when, where."),
        "origins": ("origins:print_origins", "Count the independent origins behind a story's articles."),
        "sources": ("sources:app", "List the sources: how fresh, when due, what is wrong; try, add, import."),
        "why": ("why:why", "Explain a decision about a story: gates, points, the words they stood on; also why not."),
        "record": ("record:record", "Write what came in as a stream for replay."),
        "replay": ("replay:replay_stream", "Replay a recorded stream through the live code, with a report."),
        "calibrate": ("calibrate:calibrate_rules", "Fit the weights to your own marks, and see what that changes."),
    },
    "The desk": {
        "alerts": ("alerts:app", "See what is held, and approve or drop it."),
        "people": ("people:app", "Say who may sit at the desk."),
        "audit": ("people:audit", "See what was done at the desk, and that the log is whole."),
    },
    "Sending": {
        "deliveries": ("deliveries:show_deliveries", "See how a version reaches its readers: rate, times, answers."),
        "pause": ("sends:pause", "Pause a send in the middle of it."),
        "resume": ("sends:resume", "Let a paused send go on."),
        "retry": ("sends:retry", "Try again whom the relay refused for our sake, once that is put right."),
        "stop": ("sends:stop", "Stop a send for good."),
        "relays": ("relays:show_relays", "See what each relay of a pool takes, and why not more."),
        "returned": ("returned:app", "See bounces, complaints and what readers write; take mail in."),
        "suppressions": ("suppressions:app", "See what bounced, and undo what was a mistake."),
        "bench": ("bench:app", "Measure how fast this machine sends and matches."),
    },
    "Readers": {
        "reader": ("reader:show_reader", "Tell one reader's whole story, and why something was left out."),
        "import": ("bring_in:import_readers", "Bring readers in from another list, with the proof of their consent."),
        "consent": ("consent:app", "See what readers agreed to, that no record was changed, and who wants offers."),
    },
}
"""What a person may want to do, and each command for it: its place in ``tocsin.commands`` and its line in the list."""

COMMANDS = {name: place for group in GROUPS.values() for name, (place, _) in group.items()}
"""Each command's place in ``tocsin.commands``."""


def build(called: str | None) -> typer.Typer:
    """Return the command line, in which only the ``called`` command is loaded; the others are lines of the list."""
    app = typer.Typer(
        no_args_is_help=True, add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False
    )
    app.callback(invoke_without_command=True)(_tocsin)
    for group, commands in GROUPS.items():
        for name, (place, line) in commands.items():
            command = _load(place) if name == called else _unloaded
            if isinstance(command, typer.Typer):
                app.add_typer(command, name=name, help=line, rich_help_panel=group)
            else:
                app.command(name, help=None if name == called else line, rich_help_panel=group)(command)
    return app


def _load(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(f"tocsin.commands.{module}"), attribute)


def _unloaded() -> None:
    """Stand in the list for a command that was not called."""


def _tocsin(version: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
    """Breaking-news alerts by e-mail: what happened, who says so, how many independent origins.

    Begin with `tocsin demo`. `tocsin COMMAND --help` explains each command.
    """
    if version:
        typer.echo(f"tocsin {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line. Exit statuses: 0 done, 1 failed, 2 wrong use, 3 nothing to show.

    What is named and is not there is wrong use of a command that would change it, and nothing to show otherwise.
    """
    called = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    signal.signal(signal.SIGTERM, _end)
    _accept_any_terminal()
    try:
        with uncollected():
            command_line = build(called)
            _keep_logs_apart(called)
        sys.exit(command_line(standalone_mode=False))
    except typer.TyperException as error:
        if error.format_message():  # without a message, help was printed already
            _blame(f"{_told(error)} See: {_place_of(error, called)} --help")
        sys.exit(error.exit_code)
    except TocsinError as error:
        _blame(str(error))
        sys.exit(2 if isinstance(error, WrongUse) else 1)
    except typer.Abort:
        if sys.stdin.isatty():
            sys.exit(130)
        _blame(f"There is no terminal to ask on: give everything as options. See: tocsin {called} --help")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        # A file that is missing or closed to us, a full disk: the machine's matter, told in a line.
        if error.strerror is None:
            raise
        _blame(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
        sys.exit(1)


def _keep_logs_apart(called: str | None) -> None:
    """Keep what is logged while a command works off the standard output, which is the command's own."""
    if called in COMMANDS and "--help" not in sys.argv:
        from tocsin.logs import log_to_stderr

        log_to_stderr("warning", for_good=False)


def _accept_any_terminal() -> None:
    """Print "?" for what the terminal's encoding does not know, in place of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _end(number: int, _: FrameType | None) -> NoReturn:
    """End as if by Ctrl-C, but silently: half a file is taken away, and whoever works for us is told."""
    sys.exit(128 + number)


def _told(error: typer.TyperException) -> str:
    """Return what is wrong with an option or argument, as a sentence; what Pydantic said of it, in our words."""
    found = getattr(error.__cause__, "errors", None)
    if found is not None:
        error.message = in_words(found()[0])
    told = error.format_message()
    return told if not told or told.endswith((".", "?")) else f"{told}."


def _place_of(error: typer.TyperException, called: str | None) -> str:
    """Return the command, with those above it, that could not be understood."""
    context = getattr(error, "ctx", None)
    return context.command_path if context else f"tocsin {called}" if called in COMMANDS else "tocsin"


def _blame(text: str) -> None:
    from tocsin.commands.output import err

    err.print(f"[bold red]tocsin:[/] {escape(text)}")
