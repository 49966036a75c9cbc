"""Mailboxes as they are read: an IMAP folder stays as it is, a Maildir's mails are moved once they are taken."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from tocsin.intake.fetch import Unreachable
from tocsin.intake.guard import Guard
from tocsin.intake.imap import Declined, Imap
from tocsin.intake.mailbox import LARGEST, is_imap, place_of
from tocsin.maildir import ASIDE, TAKEN, clear_taken, new_mails, put, read_mail

MOST = 20
"""Mails of one look; the first look at an IMAP folder takes so many of the newest as known."""
_ENOUGH = 3 * LARGEST
"""Octets of one look, beside its last mail."""
KEEP_TAKEN = timedelta(days=7)
CLEAR_EVERY_S = 3600.0
_LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail, or only its head when it is too large (``whole`` is False); ``key`` is where it lies.

    ``cursor`` is how far the mailbox is read once this mail and those before it are settled.
    """

    key: str
    raw: bytes
    whole: bool
    cursor: str


@dataclass(frozen=True, slots=True)
class Look:
    """New mails, the oldest first, and how far the mailbox is read once all are settled."""

    mails: tuple[Arrived, ...]
    cursor: str


class Box(Protocol):
    """An open mailbox. ``lasting`` tells whether it gives word of new mail; any other is asked again later."""

    lasting: bool

    async def look(self, cursor: str | None) -> Look:
        """Return what is new since ``cursor`` (None: nobody has looked before), some of it when it is much."""
        ...

    async def settle(self, mails: Sequence[Arrived], now: datetime) -> None:
        """Take note that mails were kept or refused for good."""
        ...

    async def wait(self, seconds: float) -> None:
        """Return when a mail may have come, or after ``seconds``."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


async def open_box(mailbox: str, password: str, guard: Guard) -> Box:
    """Open a mailbox. Raises ``TocsinError`` with what is wrong."""
    if not is_imap(mailbox):
        if not (Path(mailbox) / "new").is_dir():
            raise Unreachable(f"{mailbox} is no Maildir: it has no folder new")
        return MaildirBox(Path(mailbox))
    place = place_of(mailbox)
    imap = await Imap.open(place, password, guard)
    try:
        return ImapBox(imap, *await imap.examine(place.folder))
    except BaseException:
        imap.drop()
        raise


class ImapBox:
    """An IMAP folder. The cursor is ``UIDVALIDITY:UID``; of one that was numbered anew the newest are read again."""

    def __init__(self, imap: Imap, validity: int, count: int) -> None:
        self._imap, self._validity, self._count = imap, validity, count
        self.lasting = imap.idles

    async def look(self, cursor: str | None) -> Look:
        """Return what is new; of a folder nobody has looked at, the newest mails."""
        validity, _, last = (cursor or "").partition(":")
        known = int(last) if validity == str(self._validity) else None
        found = await (self._imap.newest(self._count, MOST) if known is None else self._imap.after(known))
        uids = found[:MOST]
        sizes = await self._imap.sizes(uids) if uids else {}
        mails: list[Arrived] = []
        for uid in uids:
            whole = sizes.get(uid, 0) <= LARGEST
            raw = await self._mail(uid, whole=whole) if uid in sizes else None
            if raw is not None:
                mails.append(Arrived(str(uid), raw, whole and len(raw) <= LARGEST, f"{self._validity}:{uid}"))
            if sum(len(mail.raw) for mail in mails) > _ENOUGH:
                return Look(tuple(mails), mails[-1].cursor)
        return Look(tuple(mails), f"{self._validity}:{uids[-1] if uids else known or 0}")

    async def _mail(self, uid: int, *, whole: bool) -> bytes | None:
        """Return a mail; nothing of one that the server can't give, which must not stop those behind it."""
        try:
            return await self._imap.mail(uid, whole=whole)
        except Declined:
            return b""

    async def settle(self, mails: Sequence[Arrived], now: datetime) -> None:
        """Nothing: the folder stays as it is."""

    async def wait(self, seconds: float) -> None:
        """Wait for the server's word."""
        await self._imap.wait(seconds)

    async def close(self) -> None:
        """Log out."""
        await self._imap.close()


class MaildirBox:
    """A Maildir that something else delivers into; what was taken is moved aside and removed after a week."""

    lasting = True

    def __init__(self, maildir: Path) -> None:
        self._maildir = maildir
        self._waiting: deque[Path] = deque()
        self._clear_at = time.monotonic()

    async def look(self, cursor: str | None) -> Look:
        """Return what lies in ``new``; the folder is read again once all that it had was given.

        To read it each time took 1.5 s a look with 50,000 mails in it, beside other programs.
        """
        try:
            return Look(tuple(await asyncio.to_thread(self._new)), "read")
        except OSError as error:
            raise Unreachable(f"{self._maildir}: {error.strerror or error}") from error

    def _new(self) -> Iterable[Arrived]:
        read = 0
        if not self._waiting:
            self._waiting.extend(new_mails(self._maildir))
        for _ in range(min(MOST, len(self._waiting))):
            file = self._waiting.popleft()
            try:
                raw = read_mail(file, LARGEST + 1)
            except FileNotFoundError:  # somebody else has taken it meanwhile
                continue
            except OSError:  # no plain file, or one that can't be read: for a person
                put(file, ASIDE)
                continue
            yield Arrived(file.name, raw, len(raw) <= LARGEST, "read")
            read += len(raw)
            if read > _ENOUGH:
                return

    async def settle(self, mails: Sequence[Arrived], now: datetime) -> None:
        """Move mails out of ``new``, and remove those that were taken a week ago."""
        if mails:
            await asyncio.to_thread(self._move, mails, now)

    def _move(self, mails: Sequence[Arrived], now: datetime) -> None:
        try:
            for mail in mails:
                put(self._maildir / "new" / mail.key, TAKEN)
            if time.monotonic() >= self._clear_at:  # a week's mail is too much to look through each time
                self._clear_at = time.monotonic() + CLEAR_EVERY_S
                clear_taken(self._maildir, now, KEEP_TAKEN)
        except OSError as error:
            raise Unreachable(f"{self._maildir}: {error.strerror or error}") from error

    async def wait(self, seconds: float) -> None:
        """Look into ``new`` now and then."""
        for _ in range(int(seconds / _LOOK_EVERY_S)):
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                if await asyncio.to_thread(new_mails, self._maildir):
                    return
            except OSError:  # the next look tells
                return

    async def close(self) -> None:
        """Nothing is held."""
