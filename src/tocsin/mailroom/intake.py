"""Where returned mail comes in: an LMTP or SMTP server for the mail server in front, and a Maildir that is watched.

A mail is acknowledged, or moved out of ``new``, only after it was acted on and noted. What can't be acted on now is
left where it is, with whoever brought it; what never can be is set aside for a person, so that nothing is lost.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from functools import partial
from pathlib import Path

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import OperationalError

from tocsin.errors import Temporary, WrongUse
from tocsin.maildir import ASIDE, TAKEN, clear_taken, new_mails, put, read_mail, recipients_in
from tocsin.mailroom.returned import take_mail
from tocsin.private_files import write_private
from tocsin.settings import Settings
from tocsin.wiring import Parts

log = structlog.get_logger()

LARGEST_MAIL = 25 * 1024 * 1024
LOOK_EVERY = 1.0
"""Seconds between two looks into the Maildir."""
CLEAR_EVERY = 3600.0
KEEP_TAKEN = timedelta(days=7)
_LONGEST_LINE = 100_000
"""Octets: what bounces quote is often beyond SMTP's thousand."""


async def mailroom(parts: Parts, stop: asyncio.Event) -> None:
    """Take returned mail in, by every way that the settings name, until ``stop`` is set."""
    settings = parts.settings.returned
    async with asyncio.TaskGroup() as tasks:
        for kind, place in (("lmtp", settings.lmtp), ("smtp", settings.smtp)):
            if place is not None:
                tasks.create_task(_serve(parts, kind, place, stop))
        if settings.maildir is not None:
            tasks.create_task(_watch(parts, settings.maildir, stop))


def own_addresses(settings: Settings) -> frozenset[str]:
    """Return the addresses that mail is taken in for, in lower case; ``+…`` behind a local part is the same one."""
    mail = settings.mail
    return frozenset(one.lower() for one in (mail.return_path, mail.sender, *settings.returned.addresses))


def bare(address: str) -> str:
    """Return an address in lower case without what a ``+`` adds to its local part."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


# -- LMTP and SMTP -----------------------------------------------------------------------------------------------------


async def _serve(parts: Parts, kind: str, place: str, stop: asyncio.Event) -> None:
    host, port = host_and_port(place)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(_conversation, parts, kind, loop), host, port)
    log.info("mailroom.listens", kind=kind, place=place)
    async with server:
        await stop.wait()


def host_and_port(place: str) -> tuple[str, int]:
    """Read ``HOST:PORT``; raise ``WrongUse`` for anything else."""
    host, _, port = place.rpartition(":")
    if not host or not port.isdigit():
        raise WrongUse(f"{place!r} is not HOST:PORT, such as 127.0.0.1:2424")
    return host.strip("[]"), int(port)


def _conversation(parts: Parts, kind: str, loop: asyncio.AbstractEventLoop) -> SMTP:
    speaks: Callable[..., SMTP] = _Lmtp if kind == "lmtp" else _Smtp
    return speaks(_Desk(parts, kind), data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, loop=loop, timeout=120)


class _Smtp(SMTP):
    line_length_limit = _LONGEST_LINE


class _Lmtp(LMTP):
    line_length_limit = _LONGEST_LINE


class _Desk:
    """What the server asks before it answers."""

    def __init__(self, parts: Parts, via: str) -> None:
        self._parts, self._via = parts, via
        self._own = own_addresses(parts.settings)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take mail for our own addresses only, and for one in each transaction: each gets an answer of its own."""
        if bare(address) not in self._own:
            return "550 5.1.1 Nobody here takes mail at this address"
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Say yes only to what was acted on and noted, or is kept as a file for a person."""
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        fate = await asyncio.to_thread(take, self._parts, raw, str(envelope.rcpt_tos[0]), self._via)
        if fate is Fate.LATER:
            return "451 4.3.0 Not now, please try again"
        if fate is Fate.ASIDE:
            try:
                keep_aside(self._parts.settings.folder, raw)
            except OSError as error:  # said yes to, it would be lost
                log.warning("mailroom.later", via=self._via, error=str(error))
                return "451 4.3.0 Not now, please try again"
        return "250 2.0.0 Taken"


class Fate(Enum):
    """What became of a mail that was brought."""

    TAKEN = "taken"
    LATER = "later"
    ASIDE = "aside"


def take(parts: Parts, raw: bytes, recipient: str | None, via: str) -> Fate:
    """Act on a mail, and tell what became of it, whatever it holds: the next one must come through.

    Whom it came to is read from its own fields if nobody says so. Trouble with the store or the disk is not the mail's:
    it is brought again.
    """
    try:
        take_mail(parts, raw, recipients_in(raw) if recipient is None else recipient, via)
    except (Temporary, OSError, OperationalError) as error:
        log.warning("mailroom.later", via=via, error=str(error))
        return Fate.LATER
    except Exception as error:  # noqa: BLE001 (the boundary: anybody may send us anything; it is kept for a person)
        # No traceback, which may run to a thousand frames that a stranger has chosen: the mail is there to try again.
        log.warning("mailroom.aside", via=via, error=repr(error)[:200])
        return Fate.ASIDE
    return Fate.TAKEN


def keep_aside(folder: Path, raw: bytes) -> None:
    """Keep a mail as a file of its own, readable by its owner only; the same one twice is one file."""
    write_private(folder / "returned" / ASIDE / f"{hashlib.sha256(raw).hexdigest()[:32]}.eml", raw)


# -- Maildir -----------------------------------------------------------------------------------------------------------


async def _watch(parts: Parts, maildir: Path, stop: asyncio.Event) -> None:
    clear_at = time.monotonic()
    while not stop.is_set():
        try:
            await asyncio.to_thread(take_new, parts, maildir)
            if time.monotonic() >= clear_at:  # a week's mail is too much to look through each second
                clear_at = time.monotonic() + CLEAR_EVERY
                await asyncio.to_thread(clear_taken, maildir, parts.clock(), KEEP_TAKEN)
        except OSError as error:
            log.warning("mailroom.maildir", maildir=str(maildir), error=str(error))
        try:
            await asyncio.wait_for(stop.wait(), LOOK_EVERY)
        except TimeoutError:
            continue


def take_new(parts: Parts, maildir: Path) -> int:
    """Act on what is new in a Maildir and count it; what must wait stays new. Raises ``OSError``."""
    count = 0
    for file in new_mails(maildir):
        try:
            raw = read_mail(file, LARGEST_MAIL)
        except FileNotFoundError:  # somebody else has taken it meanwhile
            continue
        except OSError as error:
            log.warning("mailroom.aside", file=file.name, error=str(error))
            put(file, ASIDE)
            continue
        fate = take(parts, raw, None, "maildir")
        if fate is not Fate.LATER:
            put(file, TAKEN if fate is Fate.TAKEN else ASIDE)
        count += fate is Fate.TAKEN
    return count
