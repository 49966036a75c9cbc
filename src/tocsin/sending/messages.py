"""From a delivery in hand to the letter for its reader: rendered and compiled once, filled in and signed for each."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import msgspec

from tocsin.alerts.topics import load_topics
from tocsin.delivery.addresses import Recipient, Tags, recipient
from tocsin.delivery.foot import Identity, Why
from tocsin.delivery.message import TOKEN_MARK, Compiled, Letterhead, Reader, Rendered, Unsigned
from tocsin.delivery.render import render
from tocsin.delivery.wire import Letter
from tocsin.model import Band, Draft, VersionKind
from tocsin.readers.interests import Interest, InterestKind
from tocsin.readers.tokens import Tokens
from tocsin.reading.places_names import place_label
from tocsin.store.alerts import Version
from tocsin.store.claims import Claimed
from tocsin.store.preferences import interest_of
from tocsin.wiring import Parts, signers_of

KEPT = 256
"""Compiled messages kept: as many languages, zones and reasons as are likely in flight, some 10 MB."""

_SAMPLE = Draft(
    story="",
    kind=VersionKind.ALERT,
    band=Band.ALERT,
    label="One report",
    subject="A sample",
    headline="A sample",
    paragraphs=("A sample.",),
    statements=(),
    origins=(),
    publisher="Nobody",
    url=None,
    published="2022-11-11T12:00:00Z",
    language="en",
)

Render = Callable[[Version, Claimed], Rendered]
"""Words for a version in the language and zone of one of its readers, and with the reason."""


class UnsignedLetter(msgspec.Struct, frozen=True, gc=False):
    """A letter but for its signatures."""

    key: int
    sender: str
    to: Recipient
    unsigned: Unsigned


def sign_all(drafts: Sequence[UnsignedLetter]) -> list[Letter]:
    """Return the letters signed: all signatures in a row, which keeps the processor's caches warm."""
    signatures = [draft.unsigned.signatures() for draft in drafts]
    return [
        Letter(
            draft.key,
            draft.sender,
            draft.to.address,
            draft.unsigned.signed(signed),
            draft.to.utf8,
            draft.unsigned.dots,
        )
        for draft, signed in zip(drafts, signatures, strict=True)
    ]


class Press:
    """Makes letters. Not for several threads."""

    def __init__(self, parts: Parts, words: Render | None = None) -> None:
        """``words`` renders a version; by default the newsroom's templates do."""
        self._parts = parts
        self._words = words or self._rendered
        self._tokens = Tokens(parts.secret)
        self.tags = Tags(parts.secret)
        self._signers = signers_of(parts.settings)
        self._compiled: OrderedDict[tuple[int, str, str, int], Compiled] = OrderedDict()
        self._return_user, _, self._return_domain = parts.settings.mail.return_path.rpartition("@")

    def letter(self, key: int, version: Version, delivery: Claimed) -> Letter:
        """Return the signed letter of one delivery; raise ``BadInput`` if its address can't stand in an envelope."""
        return sign_all([self.draft(key, version, delivery)])[0]

    def draft(self, key: int, version: Version, delivery: Claimed) -> UnsignedLetter:
        """Return a letter that lacks its signatures; raise ``BadInput`` as ``letter`` does."""
        to = recipient(delivery.address)
        tag = self.tags.tag(delivery.version, delivery.subscriber)
        reader = Reader(to.address, self._tokens.mailed(delivery.subscriber), tag)
        sender = f"{self._return_user}+{tag}@{self._return_domain}"
        return UnsignedLetter(key, sender, to, self._compile(version, delivery).prepare(reader))

    def warm(self) -> None:
        """Render a mail for nobody, so that templates, words and topics are there when the first alert needs them."""
        room = self._parts.settings.newsroom
        load_topics(self._parts.settings.readers.topics_file)
        render(
            _SAMPLE,
            identity_of(self._parts),
            language=room.language,
            zone=room.zone,
            why=Why("all"),
            page_url=self._parts.settings.web.base_url,
            number=1,
        )

    def _compile(self, version: Version, delivery: Claimed) -> Compiled:
        key = (version.id, delivery.language, delivery.zone, delivery.why)
        found = self._compiled.get(key)
        if found is None:
            rendered = self._words(version, delivery)
            found = Compiled(rendered, letterhead(self._parts, version, delivery.language), self._signers)
            self._compiled[key] = found
            if len(self._compiled) > KEPT:
                self._compiled.popitem(last=False)
        return found

    def _rendered(self, version: Version, delivery: Claimed) -> Rendered:
        with self._parts.store.read() as connection:
            interest = interest_of(connection, delivery.why)
        return render(
            version.draft,
            identity_of(self._parts),
            language=delivery.language,
            zone=delivery.zone,
            why=why_of(self._parts, version, interest, delivery.language),
            page_url=f"{self._parts.settings.web.base_url}/alerts/{version.alert}",
            number=version.number,
        )


def preview(parts: Parts, version: Version) -> Rendered:
    """Return a version as a reader in the newsroom's own language and zone, who gets all news, would have it."""
    room = parts.settings.newsroom
    return render(
        version.draft,
        identity_of(parts),
        language=room.language,
        zone=room.zone,
        why=why_of(parts, version, None, room.language),
        page_url=f"{parts.settings.web.base_url}/alerts/{version.alert}",
        number=version.number,
    )


def why_of(parts: Parts, version: Version, interest: Interest | None, language: str) -> Why:
    """Return why a reader gets a version, in words of their language, with the topic they may stop."""
    topics = load_topics(parts.settings.readers.topics_file)
    followed = interest.value if interest and interest.kind is InterestKind.TOPIC else None
    topic = followed or next(iter(version.draft.topics), "")
    name = topics.label(topic, language)
    if version.refers_to is not None:
        return Why("sent", topic=topic, topic_name=name)
    if interest is None:
        return Why("all", topic=topic, topic_name=name)
    names = {InterestKind.TOPIC: name, InterestKind.PLACE: place_label(interest.value, language)}
    return Why(interest.kind, names.get(interest.kind, interest.value), topic, name)


def identity_of(parts: Parts) -> Identity:
    """Return who sends."""
    room = parts.settings.newsroom
    return Identity(
        room.name,
        room.product,
        room.postal_address,
        room.contact,
        parts.settings.web.base_url,
        room.colour,
        room.logo,
    )


def letterhead(parts: Parts, version: Version, language: str) -> Letterhead:
    """Return the headers of a version. Its date is that of its approval, so that a repeat is the same message."""
    mail, room, base = parts.settings.mail, parts.settings.newsroom, parts.settings.web.base_url
    domain = mail.sender.rpartition("@")[2]
    user, _, return_domain = mail.return_path.rpartition("@")
    topic = next(iter(version.draft.topics), "news").replace(":", " ")
    return Letterhead(
        sender=mail.sender,
        sender_name=f"{room.name} {room.product}",
        domain=domain,
        date=version.approved_at or version.decided_at,
        list_id=f"breaking-news.{urlsplit(base).hostname or domain}",
        list_name=room.product,
        help_url=f"{base}/privacy",
        unsubscribe_url=f"{base}/unsubscribe/{TOKEN_MARK}",
        unsubscribe_address=f"{user}+unsubscribe@{return_domain}",
        feedback=f"{topic}:{version.band}:{version.kind}:{domain}",
        language=language,
        thread=f"alert-{version.alert}",
    )
