"""What readers do: sign up, confirm, choose, leave. Each is one transaction that also queues the letter it causes."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from sqlalchemy import Connection

from tocsin.readers.addresses import address_key
from tocsin.readers.consent import Act, Purpose
from tocsin.readers.interests import ALL_NEWS, Interest, InterestKind, Stop, StopKind
from tocsin.readers.preferences import Preferences
from tocsin.readers.signup import SignUp
from tocsin.readers.tokens import Purpose as TokenPurpose
from tocsin.readers.tokens import Tokens
from tocsin.sending.letters import queue_letter, turn_for
from tocsin.store.alerts import story_versions
from tocsin.store.consents import add_consent
from tocsin.store.letters import LetterKind, answered
from tocsin.store.preferences import choose, interests_of, resume, stop, stops_of
from tocsin.store.signups import StoredSignUp, mark_confirmed, put_sign_up, sign_up_of
from tocsin.store.stories import lasting_story
from tocsin.store.subscribers import (
    Subscriber,
    SubscriberState,
    activate,
    add_subscriber,
    change_subscriber,
    end,
    subscriber_at,
    subscriber_of,
)
from tocsin.store.suppressions import BY_CONFIRMING, lift
from tocsin.store.zones import keep_zone
from tocsin.subscribers.offers import tell_offers
from tocsin.wiring import Parts


@dataclass(frozen=True, slots=True)
class Visit:
    """Where and how a reader met the form.

    ``shown`` has the exact words of each consent, the version of the notice and the form's name: they become facts of
    the consent record. ``client`` is the network address; ``back`` the article to return to; ``worked`` says that the
    browser did the proof of work.
    """

    client: str
    language: str
    shown: Mapping[str, str]
    back: str | None = None
    worked: bool = False


class Confirmation(StrEnum):
    """What a confirmation link led to."""

    DONE = "done"
    WAITING = "waiting"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a confirmation link stands: what was asked, and by whom, unless the link is void."""

    confirmation: Confirmation
    asked: StoredSignUp | None = None
    reader: Subscriber | None = None


def sign_up(parts: Parts, form: SignUp, visit: Visit) -> None:
    """Take a sign-up: a new or former reader is asked to confirm, a present one is told so, both by a letter.

    Whoever asked learns nothing from it: nothing is returned, and nothing changes for a present reader.
    """
    with parts.store.write() as connection:
        known = subscriber_at(connection, address_key(parts.secret, form.address))
        present = known is not None and known.state is SubscriberState.ACTIVE
        kind = LetterKind.KNOWN if present else LetterKind.CONFIRM
        turn = turn_for(parts, connection, kind, form.address, visit.client, worked=visit.worked)
        if turn is None:
            return  # nothing is kept where nobody is written to; else all who ask again would be told apart by the time
        subscriber = _pending(parts, connection, form, visit) if known is None else known.id
        about = subscriber if present else _ask(parts, connection, subscriber, form, visit)
        language = known.language if known is not None and present else visit.language
        queue_letter(parts, connection, kind, about, to=form.address, language=language, client=visit.client, turn=turn)


def _ask(parts: Parts, connection: Connection, subscriber: int, form: SignUp, visit: Visit) -> int:
    return put_sign_up(
        connection,
        subscriber=subscriber,
        asked_at=parts.clock(),
        topics=form.topics,
        flash_only=form.flash_only,
        offers=form.offers,
        facts={**visit.shown, "network address": visit.client},
        language=visit.language,
        back=visit.back,
    )


def _pending(parts: Parts, connection: Connection, form: SignUp, visit: Visit) -> int:
    return add_subscriber(
        connection,
        address=form.address.written,
        address_key=address_key(parts.secret, form.address),
        language=visit.language,
        zone=parts.settings.newsroom.zone,
        at=parts.clock(),
    )


def waiting_for(parts: Parts, token: str) -> Standing:
    """Tell what a confirmation link stands for, and change nothing."""
    number = Tokens(parts.secret).read_timed(TokenPurpose.CONFIRM, token, parts.clock())
    with parts.store.read() as connection:
        return _standing(connection, number)


def confirm(parts: Parts, token: str, client: str, *, browser: str | None = None) -> Standing:
    """Confirm a sign-up: the reader becomes active with the consents they asked for, each on record.

    With ``browser`` only if that is the mark of the browser that signed up.
    """
    number = Tokens(parts.secret).read_timed(TokenPurpose.CONFIRM, token, parts.clock())
    with parts.store.write() as connection:
        standing = _standing(connection, number)
        asked, reader = standing.asked, standing.reader
        if standing.confirmation is not Confirmation.WAITING or asked is None or reader is None:
            return standing
        if browser is not None and not _same_browser(parts, reader, browser):
            return standing
        mark_confirmed(connection, asked.id, parts.clock())
        _begin(parts, connection, asked, reader, client)
        return _standing(connection, number)


def _standing(connection: Connection, number: int | None) -> Standing:
    asked = None if number is None else sign_up_of(connection, number)
    reader = None if asked is None else subscriber_of(connection, asked.subscriber)
    if asked is None or reader is None or reader.address is None:
        return Standing(Confirmation.VOID)
    if asked.confirmed_at is None:
        return Standing(Confirmation.WAITING, asked, reader)
    # A link that was used says thanks again, but never brings back somebody who has left since.
    active = reader.state is SubscriberState.ACTIVE
    return Standing(Confirmation.DONE, asked, reader) if active else Standing(Confirmation.VOID)


def browser_mark(parts: Parts, form: SignUp) -> str:
    """Return the mark that the browser which signs up keeps, to be known again when it opens the link."""
    return Tokens(parts.secret).browser(address_key(parts.secret, form.address))


def _same_browser(parts: Parts, reader: Subscriber, mark: str) -> bool:
    return hmac.compare_digest(mark.encode(), Tokens(parts.secret).browser(reader.address_key or "").encode())


def _begin(parts: Parts, connection: Connection, asked: StoredSignUp, reader: Subscriber, client: str) -> None:
    activate(connection, reader.id, parts.clock())
    # A box left empty gives no consent, but takes none back either that outlived the alerts (refuse_offers does).
    offers = asked.offers or reader.offers
    change_subscriber(connection, reader.id, language=asked.language, flash_only=asked.flash_only, offers=offers)
    choose(connection, reader.id, _interests(asked.topics))
    lift(connection, reader.address_key or "", *BY_CONFIRMING)
    answered(connection, reader.address_key or "", LetterKind.CONFIRM, LetterKind.KNOWN)
    facts = {
        **asked.facts,
        "address": reader.address or "",
        "asked at": asked.asked_at.isoformat(),
        "topics": ", ".join(asked.topics),
        "confirmed by": "the link mailed to the address",
        "network address of the confirmation": client,
    }
    record(parts, connection, reader.id, Purpose.ALERTS, Act.GIVEN, facts)
    if asked.offers:
        record(parts, connection, reader.id, Purpose.OFFERS, Act.GIVEN, facts)


def _interests(topics: tuple[str, ...]) -> tuple[Interest, ...]:
    return tuple(Interest(InterestKind.TOPIC, topic) for topic in topics) or (ALL_NEWS,)


def record(
    parts: Parts, connection: Connection, subscriber: int, purpose: Purpose, act: Act, facts: Mapping[str, str]
) -> None:
    """Put an act of consent on record, and tell whoever mails offers if it is about these."""
    add_consent(connection, subscriber=subscriber, at=parts.clock(), purpose=purpose, act=act, facts=facts)
    if purpose is Purpose.OFFERS:
        tell_offers(parts, connection, subscriber, act, facts)


def reader_of(parts: Parts, token: str) -> Subscriber | None:
    """Return the reader whose mailed token this is; None for a forged one. An erased reader has no address."""
    number = Tokens(parts.secret).read_mailed(token)
    if number is None:
        return None
    with parts.store.read() as connection:
        return subscriber_of(connection, number)


def unsubscribe(parts: Parts, subscriber: int, how: str) -> None:
    """End a reader's alerts; a second time changes nothing. ``how`` goes on record."""
    with parts.store.write() as connection:
        if end(connection, subscriber, SubscriberState.UNSUBSCRIBED, parts.clock()):
            record(parts, connection, subscriber, Purpose.ALERTS, Act.WITHDRAWN, {"how": how})


def refuse_offers(parts: Parts, subscriber: int, how: str) -> None:
    """Withdraw the consent to offers; a second time changes nothing."""
    with parts.store.write() as connection:
        known = subscriber_of(connection, subscriber)
        if known is not None and known.offers:
            change_subscriber(connection, subscriber, offers=False)
            record(parts, connection, subscriber, Purpose.OFFERS, Act.WITHDRAWN, {"how": how})


def preferences_of(parts: Parts, reader: Subscriber) -> Preferences:
    """Return a reader's preferences."""
    with parts.store.read() as connection:
        wanted = interests_of(connection, reader.id)
    columns = {one.name: getattr(reader, one.name) for one in fields(Preferences) if one.name != "interests"}
    return Preferences(wanted, **columns)


def prefer(parts: Parts, reader: int, wanted: Preferences) -> None:
    """Make ``wanted`` a reader's preferences."""
    columns = {one.name: getattr(wanted, one.name) for one in fields(Preferences) if one.name != "interests"}
    with parts.store.write() as connection:
        change_subscriber(connection, reader, **columns)
        keep_zone(connection, wanted.zone, parts.clock())
        choose(connection, reader, wanted.interests)


def stop_hearing(parts: Parts, reader: int, stopped: Stop) -> None:
    """Stop a story or a topic for a reader."""
    with parts.store.write() as connection:
        stop(connection, reader, _by_now(connection, stopped), parts.clock())


def hear_again(parts: Parts, reader: int, stopped: Stop) -> None:
    """Take a stop back."""
    with parts.store.write() as connection:
        resume(connection, reader, (_by_now(connection, stopped),))


def _by_now(connection: Connection, stopped: Stop) -> Stop:
    """Return what a link in a mail stops by now: its story may have been merged into another since."""
    if stopped.kind is StopKind.TOPIC:
        return stopped
    return Stop(stopped.kind, lasting_story(connection, stopped.value))


def stops_of_reader(parts: Parts, reader: int) -> tuple[Stop, ...]:
    """Return what a reader has stopped."""
    with parts.store.read() as connection:
        return stops_of(connection, reader)


def headline_of(parts: Parts, story: str) -> str | None:
    """Return the headline of a story's newest alert, or None."""
    with parts.store.read() as connection:
        told = story_versions(connection, lasting_story(connection, story))
    return told[-1].draft.headline if told else None
