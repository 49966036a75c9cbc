"""Where mails are listened to, and whose: an IMAP account's folder or a Maildir, and the senders a source names."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import idna

from tocsin.errors import Permanent
from tocsin.model import Source

LARGEST = 10 * 1024 * 1024
"""Octets: a larger mail is refused. A signature can be checked of a whole mail only."""
LONGEST_HEAD = 64 * 1024


class BadMailbox(Permanent):
    """The mailbox can't be listened to as it is written."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a folder is. Without ``tls`` only a server on this very machine is spoken to."""

    host: str
    port: int
    user: str
    folder: str
    tls: bool


def place_of(url: str) -> Place:
    """Read ``imaps://user@host[:port][/folder]`` (RFC 5092); raise BadMailbox, with what to write, for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadMailbox("a mailbox is imaps://USER@HOST/FOLDER") from error
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
        raise BadMailbox("a mailbox is imaps://USER@HOST/FOLDER, or the folder of a Maildir")
    if parts.password is not None:
        raise BadMailbox("a mailbox's password belongs into a file: password_file")
    tls = parts.scheme == "imaps"
    if not tls and not _is_here(parts.hostname):
        raise BadMailbox("imap:// goes to this machine only (127.0.0.1): write imaps://")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    if not folder.isascii() or not folder.isprintable():
        raise BadMailbox("a mailbox folder's name must be ASCII")
    return Place(parts.hostname, port or (993 if tls else 143), unquote(parts.username), folder, tls)


def _is_here(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def is_imap(mailbox: str) -> bool:
    """Return whether a mailbox is an IMAP folder; any other is the folder of a Maildir."""
    return "://" in mailbox


def source_of(sender: str, sources: Iterable[Source]) -> tuple[Source, str] | None:
    """Return the source that takes mails of a sender, and the domain that must sign them; the closest name counts."""
    found = [(len(name) + 1000 * ("@" in name), source, name) for source in sources for name in source.senders]
    fitting = [(rank, source, name) for rank, source, name in found if _fits(sender, name)]
    if not sender or not fitting:
        return None
    _, source, name = max(fitting, key=lambda one: one[0])
    return source, name.rpartition("@")[2]


def _fits(sender: str, name: str) -> bool:
    return sender == name if "@" in name else is_within(sender.rpartition("@")[2], name)


def is_within(domain: str, other: str) -> bool:
    """Return whether a domain is another one or beneath it."""
    return bool(other) and (domain == other or domain.endswith(f".{other}"))


def sender_of(text: str) -> str:
    """Return an address or domain of ``from = […]`` as mails are held against it; raise BadMailbox for what is none."""
    local, at, domain = text.strip().rpartition("@")
    written = mail_domain(domain)
    if "." not in written or bool(at) != bool(local):
        raise BadMailbox(f"from: {text!r} is neither an address nor a domain, such as press@ministry.example")
    return f"{local.lower()}{at}{written}"


def mail_domain(text: str) -> str:
    """Return a domain in lower case and ASCII; "" for what is none."""
    try:
        return idna.encode(text.strip().strip("."), uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return ""
