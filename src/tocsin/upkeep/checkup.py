"""What ``tocsin check`` examines: the settings, this machine, DNS, the relay, the site; each with what to do."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import shutil
import socket
import struct
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from tocsin.delivery.doctor import Finding, Health, Lookup, examine_address, examine_dns, examine_relay
from tocsin.errors import TocsinError
from tocsin.intake.guard import Guard
from tocsin.mailroom.intake import host_and_port
from tocsin.model import Source
from tocsin.newsroom.mailboxes import open_mailbox
from tocsin.readers.tokens import Tokens
from tocsin.settings import PLACEHOLDER_ADDRESS, Newsroom, Settings, is_placeholder
from tocsin.unreached import why_unreached
from tocsin.upkeep.asking import status_of
from tocsin.upkeep.files import examine_files, examine_folder, open_to_others, sources_in
from tocsin.upkeep.sources import examine_feeds
from tocsin.wiring import assemble, relays_of, signers_of

LEAST_FREE = 1 << 30
"""Bytes that should be free on the disk of the database: a day of busy feeds, with room to clean up."""
MOST_OFFSET_S = 2.0
"""A clock that is further off makes "on Friday" and signatures' times wrong, and ages of news too."""
NOBODY = 0
"""No subscriber has this number: a link made for it changes nothing."""

_MAILDIR = "make the Maildir where your mail server delivers it, or correct the path"
_NTP_EPOCH = 2_208_988_800
_PATIENCE_S = 5.0

T = TypeVar("T")

Clock = Callable[[], float]
"""Returns how many seconds this machine's clock is behind a trusted one. Raises ``OSError``."""


def check_up(settings: Settings, lookup: Lookup, clock: Clock, *, feeds: bool = True) -> Iterator[Finding]:
    """Examine everything, cheapest first; each finding is given as soon as it is known, and none ends the rest."""
    yield from examine_newsroom(settings)
    yield examine_folder(settings.folder)
    yield from examine_disk(settings.folder)
    yield examine_store(settings)
    yield from examine_files(settings)
    yield examine_clock(clock)
    yield from _examine_mail(settings, lookup)
    yield from examine_returned(settings)
    yield from examine_mailboxes(settings)
    if feeds:
        yield from examine_feeds(settings)
    yield from examine_site(settings.web.base_url, Tokens(_secret_of(settings)).mailed(NOBODY))


def _secret_of(settings: Settings) -> bytes:
    try:
        return settings.secret()
    except OSError:  # told of the file itself; the site answers a token of another secret too
        return bytes(32)


def examine_newsroom(settings: Settings) -> Iterator[Finding]:
    """Examine what the law and mail providers ask of every mail; what `tocsin init` wrote in its place is no answer."""
    newsroom, mail = settings.newsroom, settings.mail
    if newsroom.postal_address in (Newsroom().postal_address, PLACEHOLDER_ADDRESS):
        yield Finding("address", Health.BAD, "set newsroom.postal_address: every mail must name one")
    if is_placeholder(newsroom.contact):
        yield Finding("contact", Health.BAD, "set newsroom.contact: readers write to it")
    for name, address in (("sender", mail.sender), ("return_path", mail.return_path)):
        if is_placeholder(address):
            yield Finding("mail", Health.BAD, f"set mail.{name}: {address} is nobody's")


def examine_disk(folder: Path) -> Iterator[Finding]:
    """Examine whether there is room for the database and its journals."""
    there = next(one for one in (folder, *folder.resolve().parents) if one.is_dir())
    free = shutil.disk_usage(there).free
    told = f"{free / (1 << 30):.1f} GB free in {there.resolve()}"
    fine = free >= LEAST_FREE
    yield Finding("disk", Health.GOOD if fine else Health.BAD, told if fine else f"{told}; make room for 1 GB at least")


def examine_store(settings: Settings) -> Finding:
    """Examine whether the database opens and can be brought up to date."""
    try:
        assemble(settings).store.close()
    except TocsinError as error:
        return Finding("database", Health.BAD, str(error))
    except OSError as error:
        return Finding("database", Health.BAD, f"{error.filename}: {error.strerror}; correct folder in tocsin.toml")
    return Finding("database", Health.GOOD, "it opens and is up to date")


def examine_clock(clock: Clock) -> Finding:
    """Compare this machine's clock with a trusted one."""
    try:
        behind = clock()
    except OSError as error:
        return Finding("clock", Health.WARNING, f"no time server could be asked: {why_unreached(error)}")
    fine = abs(behind) <= MOST_OFFSET_S
    told = f"{abs(behind):.2f} s {'behind' if behind > 0 else 'ahead'}{'' if fine else '; let NTP set it'}"
    return Finding("clock", Health.GOOD if fine else Health.BAD, told)


def behind_ntp(server: str, port: int = 123, *, now: Callable[[], float] = time.time) -> float:
    """Ask a time server by SNTP (RFC 4330) and return how many seconds this clock is behind; raise ``OSError``."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(_PATIENCE_S)
        asking.connect((server, port))  # takes answers from there only, and hears when nobody listens
        asked = now()
        asking.send(b"\x23" + 47 * b"\0")
        answer = asking.recv(512)
        heard = now()
    if len(answer) < 48 or answer[1] == 0:
        raise OSError(f"{server} gave no time")
    received, sent = _ntp_time(answer[32:40]), _ntp_time(answer[40:48])
    return ((received - asked) + (sent - heard)) / 2


def _ntp_time(field: bytes) -> float:
    whole, part = struct.unpack("!II", field)
    return float(whole - _NTP_EPOCH + part / 2**32)


def _examine_mail(settings: Settings, lookup: Lookup) -> Iterator[Finding]:
    signers, relays = _readable(signers_of, settings) or (), _readable(relays_of, settings) or {}
    try:
        yield from examine_dns(settings.mail.sender, settings.mail.return_path, signers, lookup)
        for relay in relays.values():
            yield from _examine_addresses(relay.host, lookup)
    except OSError as error:
        yield Finding("DNS", Health.BAD, f"DNS does not answer: {error}")
    for relay in relays.values():
        yield from examine_relay(relay)
    if not relays:
        yield Finding("relay", Health.BAD, "not asked: its password_file can't be read")


def _readable(read: Callable[[Settings], T], settings: Settings) -> T | None:
    """Return what is read from the files that settings name; what is wrong with a file is told of the file itself."""
    try:
        return read(settings)
    except (OSError, TocsinError):
        return None


def examine_returned(settings: Settings) -> Iterator[Finding]:
    """Examine whether bounces, complaints and unsubscribing by mail have a way in."""
    ways = settings.returned
    for name, place in (("lmtp", ways.lmtp), ("smtp", ways.smtp)):
        if place is not None:
            yield _examine_listener(name, place)
    if ways.maildir is not None:
        there = os.access(ways.maildir / "new", os.R_OK | os.W_OK)
        fault = "can't be read and written" if (ways.maildir / "new").exists() else "is not there"
        told = f"{ways.maildir} is watched" if there else f"returned.maildir: {ways.maildir}/new {fault}; {_MAILDIR}"
        yield Finding("returned mail", Health.GOOD if there else Health.BAD, told)
    hooks = [ways.ses_topics, ways.postmark_login_file, ways.mailgun_key_file]
    if any(hooks):
        yield Finding("returned mail", Health.GOOD, "mail services tell of bounces at /hooks/mail/…")
    if not ways.mailroom and not any(hooks):
        told = "bounces and complaints have no way in: set one under [returned] (docs/returned-mail.md)"
        yield Finding("returned mail", Health.WARNING, told)


def examine_mailboxes(settings: Settings) -> Iterator[Finding]:
    """Examine whether each mailbox that sources listen to opens, and whether its password is closed to others."""
    intake = settings.intake
    named = {source.mailbox: source for source in sources_in(intake.sources).all if source.mailbox}
    for mailbox, source in named.items():
        if source.password_file and (told := open_to_others(Path(source.password_file))):
            yield Finding("mailbox", Health.BAD, f"source {source.name!r}, password_file: {told}")
            continue
        try:
            lasting = asyncio.run(_opens(source, Guard.allowing(intake.networks)))
        except TocsinError as error:
            yield Finding("mailbox", Health.BAD, f"{mailbox}: {error}")
            continue
        told = "gives word of new mail at once" if lasting else "gives no word of new mail (IDLE): it is asked by turns"
        yield Finding("mailbox", Health.GOOD, f"{mailbox} opens and {told}")


async def _opens(source: Source, guard: Guard) -> bool:
    box = await open_mailbox(source, guard)
    await box.close()
    return box.lasting


def _examine_listener(name: str, place: str) -> Finding:
    try:
        with socket.create_connection(host_and_port(place), _PATIENCE_S) as asking:
            asking.settimeout(_PATIENCE_S)
            greeted = asking.recv(512).startswith(b"220")
    except OSError as error:
        told = f"nobody listens by {name} at {place} ({why_unreached(error)}); start `tocsin mailroom`"
        return Finding("returned mail", Health.BAD, told)
    told = f"the mailroom listens by {name} at {place}" if greeted else f"what listens at {place} is no mailroom"
    return Finding("returned mail", Health.GOOD if greeted else Health.BAD, told)


def _examine_addresses(host: str, lookup: Lookup) -> Iterator[Finding]:
    """Examine the public addresses of the relay; of a relay on a private one only it knows where it sends from."""
    try:
        found = {str(place[4][0]) for place in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError as error:
        yield Finding("PTR", Health.BAD, f"{host}: {why_unreached(error)}")
        return
    public = sorted(address for address in found if ipaddress.ip_address(address).is_global)
    yield from (examine_address(address, lookup) for address in public)
    if not public:
        yield Finding("PTR", Health.WARNING, f"{host} is a private address: check the one it sends from")


def examine_site(base_url: str, token: str) -> Iterator[Finding]:
    """Examine whether the site is where mails say, and whether leaving works: one click, no cookie, no redirect."""
    if not base_url.startswith("https://"):
        yield Finding("site", Health.BAD, f"{base_url}: one-click unsubscribing asks for https (RFC 8058)")
    leave = urllib.request.Request(  # noqa: S310 (the operator's own address)
        f"{base_url}/unsubscribe/{token}", data=b"List-Unsubscribe=One-Click", method="POST"
    )
    try:
        status = status_of(leave, _PATIENCE_S)
    except OSError as error:
        yield Finding(
            "site", Health.BAD, f"{base_url} does not answer: {why_unreached(error)}; is `tocsin run` running?"
        )
        return
    if status in (200, 404):  # 404: it got through, and there is no such reader
        yield Finding("site", Health.GOOD, f"{base_url} answers; unsubscribing by one click gets through")
    else:
        yield Finding("site", Health.BAD, f"unsubscribing by one click at {base_url} is answered {status}")
