"""``sources.toml``: what Tocsin listens to, and who stands behind it.

One ``[[source]]`` table each, with one of ``url`` (a feed or a Telegram channel), ``path`` (a folder or file of raw
records), ``mailbox`` (an IMAP folder or a Maildir) or ``push = true``; ``name``, ``publisher``, ``family``, ``tier``
(1–4), ``may_alert_alone``, ``language``, ``remit``.
A pushing source may have a ``secret_file`` of its own: the secret that signed a push says which source it came from.
A mailbox needs ``from``, the addresses and domains whose mails are this source's; an IMAP folder a ``password_file``.
Several sources may share a mailbox.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from tocsin.errors import WrongUse
from tocsin.intake.mailbox import BadMailbox, is_imap, place_of, sender_of
from tocsin.model import Source
from tocsin.problems import toml_of


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    publisher: str | None = None
    family: str | None = None
    url: str | None = None
    path: str | None = None
    push: bool = False
    tier: Annotated[int, msgspec.Meta(ge=1, le=4)] = 4
    may_alert_alone: bool = False
    language: str | None = None
    remit: tuple[str, ...] = ()
    secret_file: str | None = None
    mailbox: str | None = None
    senders: tuple[str, ...] = msgspec.field(default=(), name="from")
    password_file: str | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    source: tuple[_Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """The configured sources, and the secret file of each that pushes (None: the installation's own)."""

    all: tuple[Source, ...] = ()
    secret_files: tuple[tuple[str, Path | None], ...] = ()

    def by_name(self) -> dict[str, Source]:
        """Return the sources by name."""
        return {source.name: source for source in self.all}


def load_sources(file: Path) -> Sources:
    """Read ``sources.toml``; a missing file means no sources. Raises ``WrongUse`` naming what is wrong."""
    if not file.exists():
        return Sources()
    try:
        rows = msgspec.convert(toml_of(file, WrongUse), _File).source
    except msgspec.ValidationError as error:
        raise WrongUse(f"{file}: {error}") from error
    twice = [name for name, count in Counter(row.name for row in rows).items() if count > 1]
    if twice:
        raise WrongUse(f"{file}: two sources are called {twice[0]!r}")
    for row in rows:
        _check(file, row)
    _check_shared(file, rows)
    secrets = tuple((row.name, file.parent / row.secret_file if row.secret_file else None) for row in rows if row.push)
    return Sources(tuple(_source(file, row) for row in rows), secrets)


def _check(file: Path, row: _Row) -> None:
    ways = [way for way in ("url", "path", "mailbox") if getattr(row, way)]
    if len(ways) > 1 or not (ways or row.push) or (row.mailbox and row.push):
        raise WrongUse(f"{file}: source {row.name!r} needs one of url, path, mailbox or push = true")
    if row.url and not row.url.startswith(("http://", "https://")):
        raise WrongUse(f"{file}: source {row.name!r}: url must begin with http:// or https://")
    try:
        _check_mailbox(row)
    except BadMailbox as error:
        raise WrongUse(f"{file}: source {row.name!r}: {error}") from error


def _check_mailbox(row: _Row) -> None:
    if not row.mailbox:
        if row.senders or row.password_file:
            raise BadMailbox("from and password_file belong to a mailbox")
        return
    if not row.senders:
        raise BadMailbox("name whose mails count, such as from = ['press@ministry.example', 'ministry.example']")
    for sender in row.senders:
        sender_of(sender)
    if is_imap(row.mailbox):
        place_of(row.mailbox)
        if not row.password_file:
            raise BadMailbox("password_file names the file that holds its password")


def _check_shared(file: Path, rows: tuple[_Row, ...]) -> None:
    """Refuse two sources that want the same mails, or log in to one mailbox differently."""
    taken: dict[tuple[str, str], str] = {}
    passwords: dict[str, str | None] = {}
    for row in rows:
        if row.mailbox is None:
            continue
        if passwords.setdefault(row.mailbox, row.password_file) != row.password_file:
            raise WrongUse(f"{file}: source {row.name!r} has another password_file than others of its mailbox")
        for sender in map(sender_of, row.senders):
            other = taken.setdefault((row.mailbox, sender), row.name)
            if other != row.name:
                raise WrongUse(f"{file}: sources {other!r} and {row.name!r} both take the mails of {sender}")


def _source(file: Path, row: _Row) -> Source:
    publisher = row.publisher or row.name
    return Source(
        name=row.name,
        publisher=publisher,
        family=row.family or publisher,
        url=row.url,
        path=str(file.parent / row.path) if row.path else None,
        push=row.push,
        tier=row.tier,
        may_alert_alone=row.may_alert_alone,
        language=row.language,
        remit=row.remit,
        mailbox=_mailbox(file, row.mailbox),
        senders=tuple(map(sender_of, row.senders)),
        password_file=str(file.parent / row.password_file) if row.password_file else None,
    )


def _mailbox(file: Path, mailbox: str | None) -> str | None:
    return mailbox if mailbox is None or is_imap(mailbox) else str(file.parent / mailbox)


def unknown_source(name: str) -> Source:
    """Return what is assumed of a source that no configuration names: it counts for speed, never for confirmation."""
    return Source(name=name, publisher=name, family=name, known=False)


Mark = tuple[int, int, int]
"""A file's time of change (ns), size and number: what differs when it has changed."""


def mark_of(file: Path) -> Mark | None:
    """Return the mark of a file; None when it is not there to be read."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
