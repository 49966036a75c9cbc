"""Letters to one reader: queued with what caused them, put into words when they leave, handed to the relay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from tocsin.delivery.addresses import recipient as on_the_wire
from tocsin.delivery.message import signed
from tocsin.delivery.notices import without_names
from tocsin.delivery.outcomes import Outcome, pause_after
from tocsin.delivery.render import brand_of, fill
from tocsin.errors import BadInput
from tocsin.i18n import translations
from tocsin.jobs.port import Job
from tocsin.model import DeliveryState
from tocsin.readers.addresses import Address, address_key, client_key, parse_address
from tocsin.readers.caps import Cap, when_to_send
from tocsin.readers.letters import (
    Paper,
    Words,
    compose_letter,
    confirm_words,
    known_words,
    link_words,
    move_words,
    moved_words,
)
from tocsin.readers.suggest import WELL_KNOWN
from tocsin.readers.tokens import Purpose, Tokens
from tocsin.sending.messages import identity_of
from tocsin.sending.relaying import hand_over_one
from tocsin.settings import Mail, Settings
from tocsin.store.dialect import queue_up
from tocsin.store.letters import (
    Letter,
    LetterKind,
    add_letter,
    finish_letter,
    letter_of,
    used_by_client,
    used_by_domain,
    used_by_mailbox,
)
from tocsin.store.moves import move_of
from tocsin.store.signups import sign_up_of
from tocsin.store.subscribers import subscriber_of
from tocsin.store.suppressions import BY_CONFIRMING, suppression_of
from tocsin.wiring import Parts, signers_of

log = structlog.get_logger()

LETTER = "letter"
"""The job that writes the letter whose number is its payload."""

CONFIRM_LIFE = timedelta(days=7)
ACCOUNT_LIFE = timedelta(minutes=30)
MOVE_LIFE = timedelta(hours=24)
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_PRIORITY = 30
_LINKS_A_DAY = 3
"""Letters with a reader's links that anybody may cause in a day; one that was used does not count."""


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a letter; ``again`` tells that it may go later."""

    text: str
    again: bool = False


def turn_for(
    parts: Parts, connection: Connection, kind: LetterKind, to: Address, client: str, *, worked: bool = False
) -> datetime | None:
    """Return when the caps let a letter leave, None for never. ``client`` is who asks, a network address.

    Whoever ``worked`` for it (readers/proof.py) is not held to the client's cap. Until the transaction ends nobody
    else is given a turn.
    """
    queue_up(connection, "letters")
    mailbox, caps = address_key(parts.secret, to), parts.settings.readers
    if suppression_of(connection, mailbox) not in (None, *BY_CONFIRMING):
        return None
    asker = client_key(parts.secret, client)
    others = [] if worked else [used_by_client(connection, asker, Cap(caps.per_client_an_hour, _HOUR))]
    if to.domain not in WELL_KNOWN:
        others.append(used_by_domain(connection, to.domain, Cap(caps.per_domain_an_hour, _HOUR)))
    count = _LINKS_A_DAY if kind is LetterKind.LINK else caps.per_mailbox_a_day
    mine = used_by_mailbox(connection, mailbox, kind, Cap(count, _DAY))
    return when_to_send(parts.clock(), mailbox=mine, others=tuple(others))


def queue_letter(
    parts: Parts,
    connection: Connection,
    kind: LetterKind,
    about: int,
    *,
    to: Address,
    language: str,
    client: str,
    turn: datetime,
) -> None:
    """Queue a letter to leave at its turn; ``about`` is the number that its link names."""
    number = add_letter(
        connection,
        kind=kind,
        about=about,
        recipient=to.written,
        language=language,
        mailbox=address_key(parts.secret, to),
        domain=to.domain,
        client=client_key(parts.secret, client),
        asked_at=parts.clock(),
        send_after=turn,
    )
    parts.jobs.enqueue(connection, LETTER, str(number), priority=_PRIORITY, run_at=turn)


def write_letter(parts: Parts, job: Job) -> None:
    """Write and hand over one letter (the handler of ``LETTER``); what is no longer wanted is not sent.

    One that the relay puts off is tried again after as long as it has waited so far, a quarter of an hour at most, and
    for two days. Raises ``Temporary`` when no relay takes it now.
    """
    with parts.store.read() as connection:
        letter = letter_of(connection, int(job.payload))
        if letter is None or letter.recipient is None:
            return
        wanted = _is_theirs(parts, connection, letter, letter.recipient)
        words = _words(parts, connection, letter) if wanted else None
    said = Said("no longer wanted") if words is None else _hand_over(parts, letter, letter.recipient, words)
    now = parts.clock()
    pause = pause_after(now - letter.asked_at) if said.again else None
    with parts.store.write() as connection:
        if pause is not None:
            parts.jobs.enqueue(connection, LETTER, job.payload, priority=_PRIORITY, run_at=now + pause)
        else:
            finish_letter(connection, letter.id, said.text, now)


def _is_theirs(parts: Parts, connection: Connection, letter: Letter, to: str) -> bool:
    """Tell whether an address may still be written to, and is still that of the reader whose links a letter bears.

    Between asking and leaving may lie a day of caps and a relay that is away: time to move, to leave, to be erased.
    """
    key = address_key(parts.secret, parse_address(to, smtputf8=True))
    if suppression_of(connection, key) not in (None, *BY_CONFIRMING):
        return False
    match letter.kind:
        case LetterKind.CONFIRM:
            asked = sign_up_of(connection, letter.about)
            whose = None if asked is None else asked.subscriber
        case LetterKind.KNOWN | LetterKind.LINK:
            whose = letter.about
        case LetterKind.MOVE | LetterKind.MOVED:  # to an address that is not the reader's yet, or no longer
            return True
    reader = None if whose is None else subscriber_of(connection, whose)
    return reader is not None and reader.address_key == key


def _words(parts: Parts, connection: Connection, letter: Letter) -> Words | None:
    """Return what a letter says by now, with links made for the occasion; None when it is no longer wanted."""
    base, tokens, now = parts.settings.web.base_url, Tokens(parts.secret), parts.clock()
    _ = translations("pages", letter.language).gettext
    paper = paper_of(parts.settings)
    preferences_url = f"{base}/preferences/{tokens.mailed(letter.about)}"
    match letter.kind:
        case LetterKind.CONFIRM:
            asked = sign_up_of(connection, letter.about)
            if asked is None or asked.confirmed_at is not None:
                return None
            token = tokens.timed(Purpose.CONFIRM, asked.id, now, CONFIRM_LIFE)
            return confirm_words(_, paper, f"{base}/confirm/{token}", offers=asked.offers)
        case LetterKind.KNOWN:
            return known_words(_, paper, preferences_url)
        case LetterKind.LINK:
            token = tokens.timed(Purpose.ACCOUNT, letter.about, now, ACCOUNT_LIFE)
            return link_words(_, paper, preferences_url, f"{base}/account/{token}")
        case LetterKind.MOVE:
            token = tokens.timed(Purpose.MOVE, letter.about, now, MOVE_LIFE)
            return move_words(_, paper, f"{base}/move/{token}") if move_of(connection, letter.about) else None
        case LetterKind.MOVED:
            return moved_words(_, paper, parts.settings.newsroom.contact)


def _hand_over(parts: Parts, letter: Letter, to: str, words: Words) -> Said:
    settings, now = parts.settings, parts.clock()
    mail = fill("letter", words.subject, letter.language, letter=words, brand=brand_of(identity_of(parts)))
    # The same for each try: a repeat after a lost reply shows once.
    name = f"letter.{letter.id}.{client_key(parts.secret, str(letter.id))[:16]}"
    try:
        message = compose_letter(
            mail.subject,
            mail.text,
            mail.html,
            paper_of(settings),
            to=on_the_wire(to).address,
            language=letter.language,
            at=now,
            message_id=f"<{name}@{_domain(settings.mail)}>",
        )
        outcome = post(parts, to, message, now)
    except BadInput as error:
        return Said(f"failed: {error}")
    if outcome.state is DeliveryState.DEFERRED:
        return Said(f"put off: {outcome.code} {without_names(outcome.text)}", again=True)
    return Said(f"{outcome.state}: {outcome.code}")


def post(parts: Parts, to: str, message: bytes, at: datetime) -> Outcome:
    """Sign a letter and hand it over; raises as ``hand_over_one`` does."""
    return hand_over_one(parts, parts.settings.mail.return_path, to, signed(message, signers_of(parts.settings), at))


def _domain(mail: Mail) -> str:
    return mail.sender.rpartition("@")[2]


def paper_of(settings: Settings) -> Paper:
    """Return what the newsroom's letters bear."""
    newsroom = settings.newsroom
    return Paper(newsroom.name, newsroom.product, settings.mail.sender)
