"""Drills: a test alert that can't be taken for a real one and can't reach a reader.

A drill is no version: it has no row in the tables that sending reads, and nothing here can ask for an audience. It goes
to the addresses that the settings name, one letter each, and to none of them that belongs to a reader.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from tocsin.alerts.own_words import OwnWords, checked, written
from tocsin.delivery.foot import Why
from tocsin.delivery.message import Rendered
from tocsin.delivery.render import render
from tocsin.errors import BadInput, Temporary, WrongUse
from tocsin.jobs.port import Job
from tocsin.model import Article, Band, DeliveryState
from tocsin.readers.addresses import address_key, parse_address
from tocsin.readers.letters import compose_letter
from tocsin.sending.letters import paper_of, post
from tocsin.sending.messages import identity_of
from tocsin.store.audit import add_entry
from tocsin.store.subscribers import subscriber_at
from tocsin.wiring import Parts

DRILL = "drill"
"""The job that sends one drill letter; its payload names the address and the words."""

PREFIX = "[DRILL]"
COLOUR = "#6a1b9a"
_LABEL = "DRILL — this is a test, nothing has happened"
_PRIORITY = 40


class _Letter(msgspec.Struct, frozen=True):
    to: str
    headline: str
    text: str
    who: str
    band: Band
    at: datetime


class DrillDeferred(Temporary):
    """The relay did not take the drill yet."""


@dataclass(frozen=True, slots=True)
class Drill:
    """Who gets a drill, and who of the drill audience does not because the address is a reader's."""

    to: tuple[str, ...]
    left_out: tuple[str, ...]


def audience_of_drill(parts: Parts, connection: Connection) -> Drill:
    """Return whom a drill would reach: the drill audience of the settings without anybody who is a reader."""
    to: list[str] = []
    left_out: list[str] = []
    for address in parts.settings.desk.drill_audience:
        key = address_key(parts.secret, parse_address(address, smtputf8=True))
        (to if subscriber_at(connection, key) is None else left_out).append(address)
    return Drill(tuple(to), tuple(left_out))


def start_drill(parts: Parts, connection: Connection, words: OwnWords, *, by: str, at: datetime) -> Drill:
    """Queue a drill's letters and return whom they go to. Raises ``WrongUse`` when there is nobody to drill."""
    words, drill = checked(words), audience_of_drill(parts, connection)
    if not drill.to:
        raise WrongUse("nobody is in the drill audience: set desk.drill_audience to addresses that are no readers'")
    for address in drill.to:
        letter = _Letter(address, words.headline, words.text, words.who, words.band, at)
        parts.jobs.enqueue(connection, DRILL, msgspec.json.encode(letter).decode(), priority=_PRIORITY)
    detail = f"{words.headline}; to {len(drill.to)}, {len(drill.left_out)} left out"
    add_entry(connection, at=at, who=by, act="drill", subject="drill audience", detail=detail)
    return drill


def send_drill(parts: Parts, job: Job) -> None:
    """Send one drill letter (the handler of ``DRILL``), if the address is still no reader's."""
    letter = msgspec.json.decode(job.payload, type=_Letter)
    with parts.store.read() as connection:
        allowed = letter.to in audience_of_drill(parts, connection).to
    if not allowed:
        return
    words = OwnWords(letter.headline, letter.text, letter.who, letter.band)
    mail, settings = drill_mail(parts, words, letter.at), parts.settings
    message = compose_letter(
        mail.subject,
        mail.text,
        mail.html,
        paper_of(settings),
        to=letter.to,
        language=settings.newsroom.language,
        at=letter.at,
        message_id=f"<drill.{letter.at.timestamp():.0f}@{settings.mail.sender.rpartition('@')[2]}>",
    )
    try:
        outcome = post(parts, letter.to, message, letter.at)
    except BadInput:
        return
    if outcome.state is DeliveryState.DEFERRED:
        raise DrillDeferred(f"{outcome.code} {outcome.text}")


def drill_mail(parts: Parts, words: OwnWords, at: datetime) -> Rendered:
    """Return a drill as a mail: the same template as a real one, in another colour and marked from end to end."""
    room = parts.settings.newsroom
    marked = replace(words, headline=f"{PREFIX} {words.headline}", text=f"{_LABEL}\n\n{words.text}\n\n{_LABEL}")
    article = Article("drill", "desk", marked.headline, marked.text, at.isoformat(), room.language)
    draft = replace(written(article, marked, by="drill", harm=""), label=_LABEL, subject=f"{PREFIX} {words.headline}")
    mail = render(
        draft,
        replace(identity_of(parts), product=f"{PREFIX} {room.product}", colour=COLOUR),
        language=room.language,
        zone=room.zone,
        why=Why("all"),
        page_url=parts.settings.web.base_url,
        number=1,
        token="drill",  # noqa: S106 (no reader's: its links lead nowhere)
    )
    return replace(mail, subject=f"{PREFIX} {words.headline}")
