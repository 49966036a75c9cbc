"""Listening to mailboxes: from the first look to word of each new mail.

One connection serves all sources that share a mailbox: the first of them by name, once it is due, listens for all. It
stays connected and holds its claim by saying every few seconds that it lives; when it fails, the schedule of every
source decides when it is tried again. How far a mailbox was read is noted in the transaction that keeps what it gave.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from tocsin.delivery.doctor import look_up
from tocsin.errors import Refused, Temporary, TocsinError, WrongUse
from tocsin.intake.boxes import Arrived, Box, Look, open_box
from tocsin.intake.guard import Guard
from tocsin.intake.mail import Head, read_head, take_apart
from tocsin.intake.mail_proof import KeyUnknown, TextRecords
from tocsin.intake.schedule import Load
from tocsin.model import Item, Source
from tocsin.newsroom.keeping import PATIENCE, Stumbled, failed, keep, scheduled, worked
from tocsin.store.intake import Polling, record_polling, root_rates, sources_in
from tocsin.store.refused import RefusedMail, note_refused
from tocsin.wiring import Parts

log = structlog.get_logger()

HEARTBEAT_S = 10.0
"""So often a listener says that it lives, and looks even without word of new mail."""
UNDECIDED_FOR = timedelta(minutes=30)
"""A mail waits so long for DNS to give the key it is signed with; then it is kept out."""


def text_records(name: str) -> tuple[str, ...]:
    """Ask the system's DNS for the TXT records of a name. Raises ``OSError`` when it does not answer."""
    return look_up(name, "TXT")


async def open_mailbox(source: Source, guard: Guard) -> Box:
    """Open the mailbox of a source. Raises ``TocsinError`` with what is wrong."""
    password = ""
    if source.password_file:
        try:
            password = Path(source.password_file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise WrongUse(f"password_file {source.password_file}: {error.strerror}") from error
        except UnicodeError as error:
            raise WrongUse(f"password_file {source.password_file}: it is not text") from error
    return await open_box(source.mailbox or "", password, guard)


@dataclass(frozen=True, slots=True)
class Watch:
    """Listening to one mailbox; ``undecided`` says since when a mail's key can't be asked for."""

    parts: Parts
    source: Source
    records: TextRecords
    undecided: dict[str, datetime] = field(default_factory=dict)

    async def run(self, guard: Guard, stop: asyncio.Event) -> None:
        """Listen until ``stop`` is set or something fails; nothing it does may end the listening to others."""
        try:
            if self._leads(await asyncio.to_thread(self._group)):
                box = await open_mailbox(self.source, guard)
                try:
                    await self._attend(box, stop)
                finally:
                    await box.close()
        except TocsinError as error:
            log.warning("source.failed", source=self.source.name, error=str(error))
            await asyncio.to_thread(self._note_failure, error)
        except Exception as error:  # the boundary: a defect of ours must be seen on the desk
            log.exception("source.failed", source=self.source.name)
            await asyncio.to_thread(self._note_failure, Stumbled(repr(error)[:200]))

    async def _attend(self, box: Box, stop: asyncio.Event) -> None:
        """Take what is new again and again, for as long as this source leads its mailbox and nothing of it changed."""
        while self._leads(group := await asyncio.to_thread(self._group)) and not stop.is_set():
            look = await box.look(_cursor(group))
            settled = await asyncio.to_thread(self._take, look, group, lasting=box.lasting)
            await box.settle(settled, self.parts.clock())
            if len(settled) < len(look.mails):
                await _either(stop, asyncio.sleep(HEARTBEAT_S))
            elif not look.mails and box.lasting:
                await _either(stop, box.wait(HEARTBEAT_S))
            elif not look.mails:
                return
        await asyncio.to_thread(self._let_go)

    def _group(self) -> tuple[Polling, ...]:
        with self.parts.store.read() as connection:
            return sources_in(connection, self.source.mailbox or "")

    def _leads(self, group: Sequence[Polling]) -> bool:
        return bool(group) and group[0].source == self.source

    def _take(self, look: Look, group: Sequence[Polling], *, lasting: bool) -> list[Arrived]:
        """Keep what mails say, or why they are refused, with how far the mailbox is read; return those settled."""
        now, sources = self.parts.clock(), [polling.source for polling in group]
        fates = [(mail, self._fate(mail, sources, now)) for mail in look.mails]
        items = [fate for _, fate in fates if isinstance(fate, Item)]
        with self.parts.store.write() as connection:
            added = keep(self.parts, connection, items, primed=_cursor(group) is not None)
            for _, fate in fates:
                if isinstance(fate, RefusedMail):
                    note_refused(connection, fate)
            arrived = Counter(stored.item.source for stored in added)
            load, cursor = Load(root_rates(connection)), _reached(look, fates, _cursor(group))
            for polling in group:
                told = replace(worked(polling, arrived[polling.source.name], now), asked_at=now, cursor=cursor)
                held = replace(told, due_at=now + PATIENCE, why_due="its mailbox is listened to")
                record_polling(connection, held if lasting else scheduled(told, load, now))
        return [mail for mail, fate in fates if fate is not None]

    def _fate(self, mail: Arrived, sources: Sequence[Source], now: datetime) -> Item | RefusedMail | None:
        """Return a mail as an item, or why it is none; None when that can't be decided now."""
        head = Head()
        try:
            head = read_head(mail.raw)
            return take_apart(mail.raw, sources, self.records, whole=mail.whole)
        except KeyUnknown as error:
            if now - self.undecided.setdefault(mail.key, now) < UNDECIDED_FOR:
                log.warning("mail.undecided", mailbox=self.source.name, error=str(error))
                return None
            reason = str(error)
        except Refused as error:
            reason = str(error)
        self.undecided.pop(mail.key, None)
        log.info("mail.refused", source=self.source.name, reason=reason)
        where, key = self.source.mailbox or "", f"{mail.cursor}/{mail.key}"
        return RefusedMail(where, key, now, head.sender, head.subject, reason)

    def _let_go(self) -> None:
        """Leave the mailbox to whoever comes next, at once."""
        now = self.parts.clock()
        with self.parts.store.write() as connection:
            for polling in sources_in(connection, self.source.mailbox or ""):
                record_polling(connection, replace(polling, due_at=now))

    def _note_failure(self, error: TocsinError) -> None:
        now = self.parts.clock()
        try:
            with self.parts.store.write() as connection:
                load = Load(root_rates(connection))
                for polling in sources_in(connection, self.source.mailbox or ""):
                    told = replace(failed(polling, error, now), asked_at=now)
                    record_polling(connection, scheduled(told, load, now))
        except Temporary as busy:  # the claim runs out and the mailbox is opened again
            log.warning("listening.store", source=self.source.name, error=str(busy))


def _cursor(group: Sequence[Polling]) -> str | None:
    """Return how far a mailbox was read; a source that joins it later has no word of its own."""
    return next((polling.cursor for polling in group if polling.cursor), None)


def _reached(look: Look, fates: Sequence[tuple[Arrived, object]], before: str | None) -> str | None:
    """Return how far a mailbox is read: up to the first mail that is undecided, unless nobody looked before."""
    if before is None:
        return look.cursor
    for mail, fate in fates:
        if fate is None:
            return before
        before = mail.cursor
    return look.cursor


async def _either(stop: asyncio.Event, waiting: Awaitable[None]) -> None:
    """Wait for what is awaited, or for the end of all listening."""
    tasks = {asyncio.ensure_future(waiting), asyncio.ensure_future(stop.wait())}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
