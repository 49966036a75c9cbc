"""``tocsin run``, and each role alone."""

from __future__ import annotations

import socket
from pathlib import Path

from tocsin.commands.options import Config


def run(config: Config = None) -> None:
    """Run the service: the roles web, newsroom and send, each a process that is started again if it dies.

    One SQLite file holds everything unless `database` in tocsin.toml names a PostgreSQL. Stop with Ctrl-C or SIGTERM:
    what is in hand is finished first.
    """
    from tocsin.commands.output import err
    from tocsin.logs import log_to_stderr
    from tocsin.roles.tree import processes_of, run_tree
    from tocsin.settings import installation
    from tocsin.wiring import assemble

    settings = installation(config)
    log_to_stderr()
    assemble(settings).store.close()
    err.print(f"Tocsin runs. Site: {settings.web.base_url}", markup=False)
    if _is_taken(settings.web.host, settings.web.port):
        err.print(
            f"Another program listens at {settings.web.host}, port {settings.web.port}: does Tocsin run already? "
            "The site waits for it to end; else set port under [web] in tocsin.toml.",
            markup=False,
        )
    run_tree(processes_of(settings), config)


def _is_taken(host: str, port: int) -> bool:
    """Tell whether somebody listens there: the role that is to would say so only in its log."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def run_web(config: Config = None) -> None:
    """Run the web role alone: sign-up, preferences, public pages, hooks."""
    _play("web", config)


def run_newsroom(config: Config = None) -> None:
    """Run the newsroom role alone: listen, read, judge. With several, one judges and the others stand by."""
    _play("newsroom", config)


def run_send(config: Config = None) -> None:
    """Run the sender role alone, on as many machines as share the database."""
    _play("send", config)


def run_mailroom(config: Config = None) -> None:
    """Run the mailroom role alone: take in bounces, complaints, and readers who leave or write by mail.

    By LMTP, SMTP or from a Maildir, as [returned] in tocsin.toml says. `tocsin run` runs it when one is set.
    """
    _play("mailroom", config)


def _play(role: str, config: Path | None) -> None:
    from tocsin.logs import log_to_stderr
    from tocsin.roles.play import play, role_called
    from tocsin.settings import installation
    from tocsin.wiring import assemble

    settings = installation(config)
    log_to_stderr()
    play(role_called(role), assemble(settings))
