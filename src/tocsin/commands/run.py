"""``tocsin run``, and each role alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin import roles
from tocsin.commands.output import err
from tocsin.logs import log_to_stderr
from tocsin.settings import load_settings
from tocsin.wiring import assemble

Config = Annotated[Path | None, typer.Option("--config", help="The settings file (default: ./tocsin.toml).")]


def run(config: Config = None) -> None:
    """Run the service: the roles web, newsroom and send, each a process that is started again if it dies.

    One SQLite file holds everything unless `database` in tocsin.toml names a PostgreSQL. Stop with Ctrl-C or SIGTERM:
    what is in hand is finished first.
    """
    log_to_stderr()
    settings = load_settings(config)
    assemble(settings).store.close()
    err.print(f"Tocsin runs. Site: {settings.web.base_url}")
    roles.run_tree(roles.processes_of(settings), config)


def run_web(config: Config = None) -> None:
    """Run the web role alone: sign-up, preferences, public pages, hooks."""
    _play(roles.web, config)


def run_newsroom(config: Config = None) -> None:
    """Run the newsroom role alone: listen, read, judge. With several, one judges and the others stand by."""
    _play(roles.newsroom, config)


def run_send(config: Config = None) -> None:
    """Run the sender role alone, on as many machines as share the database."""
    _play(roles.send, config)


def run_mailroom(config: Config = None) -> None:
    """Run the mailroom role alone: take in bounces, complaints, and readers who leave or write by mail.

    By LMTP, SMTP or from a Maildir, as [returned] in tocsin.toml says. `tocsin run` runs it when one is set.
    """
    _play(roles.mailroom, config)


def _play(role: roles.Role, config: Path | None) -> None:
    log_to_stderr()
    roles.play(role, assemble(load_settings(config)))
