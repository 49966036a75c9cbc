"""A real round trip: a test mail goes out by the real path, and what arrived is held against what was sent."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, make_msgid
from pathlib import Path

from lxml import html

from tocsin.delivery.addresses import Tags
from tocsin.delivery.dkim import relaxed_header
from tocsin.delivery.doctor import Finding, Health
from tocsin.delivery.notices import Kind
from tocsin.delivery.outcomes import Outcome
from tocsin.delivery.transport import RelayUnavailable, send_one, this_host
from tocsin.delivery.wire import Letter
from tocsin.errors import BadInput
from tocsin.model import Band, DeliveryState, Draft, VersionKind
from tocsin.private_files import write_private
from tocsin.readers.tokens import Tokens
from tocsin.sending.messages import Press
from tocsin.store.alerts import Version, VersionState
from tocsin.store.claims import Claimed
from tocsin.store.returned import newest_returned
from tocsin.upkeep.checkup import NOBODY
from tocsin.wiring import Parts, relays_of

_SPACES, _ENDS = re.compile(rb"[ \t]+"), re.compile(rb"[ \t]+(?=\r\n)")
_RESULT = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Handed:
    """What a relay said to a test; ``outcome`` is None when it could not even be asked."""

    relay: str
    outcome: Outcome | None
    answer: str

    @property
    def accepted(self) -> bool:
        """Tell whether the relay took the test."""
        return self.outcome is not None and self.outcome.state is DeliveryState.ACCEPTED


def send_tests(parts: Parts, address: str) -> Iterator[Handed]:
    """Send a test mail by each relay, made, signed and handed over as an alert is; tell of each what it said.

    Copies are kept to hold the arrived ones against.
    """
    folder, now = _copies(parts), parts.clock()
    for old in folder.glob("*.eml"):
        old.unlink()
    for place, (name, relay) in enumerate(relays_of(parts.settings).items()):
        letter = _test(parts, address, name, now, int(now.timestamp()) * 100 + place)
        write_private(folder / f"{place}.eml", letter.message)
        try:
            outcome = send_one(relay, letter.sender, letter.recipient, letter.message)
        except RelayUnavailable as error:
            yield Handed(name, None, str(error))
        else:
            yield Handed(name, outcome, f"{outcome.code or ''} {outcome.text}".strip())


def _test(parts: Parts, address: str, relay: str, now: datetime, number: int) -> Letter:
    """Return a test mail for one relay; by its ``number`` it is told from all others: mailboxes show one mail once."""
    room = parts.settings.newsroom
    draft = Draft(
        story="check",
        kind=VersionKind.ALERT,
        band=Band.ALERT,
        label="Test",
        subject=f"TEST: {room.name} checks its mail by {relay}, {now:%Y-%m-%d %H:%M:%S} UTC",
        headline="This is a test, and no news",
        paragraphs=("Somebody at the newsroom asked for it with `tocsin check --send`. Nothing happened.",),
        statements=(),
        origins=(),
        publisher=room.name,
        url=parts.settings.web.base_url,
        published=now.isoformat(),
        language=room.language,
    )
    version = Version(
        number, 0, 1, draft.kind, draft.band, VersionState.SENDING, draft, now, now, now, {}, approved_at=now
    )
    return Press(parts).letter(1, version, Claimed(number, NOBODY, 0, 1, address, room.language, room.zone))


def _copies(parts: Parts) -> Path:
    return parts.settings.folder / "check"


def compare_test(parts: Parts, arrived: bytes) -> tuple[Finding, ...]:
    """Hold an arrived test mail against what was sent last. Raises ``BadInput`` when it is another mail."""
    copies = [file.read_bytes() for file in sorted(_copies(parts).glob("*.eml"))]
    if not copies:
        raise BadInput("no test was sent from here; begin with `tocsin check --send ADDRESS`")
    arrived = re.sub(rb"\r?\n", b"\r\n", arrived)
    name = _parsed(arrived)["message-id"]
    sent = next((copy for copy in copies if _parsed(copy)["message-id"] == name), None)
    if sent is None:
        raise BadInput(f"{name} is not a test that was sent last")
    return tuple(_compare(sent, arrived))


def _compare(sent: bytes, arrived: bytes) -> Iterator[Finding]:
    before, after = _parsed(sent), _parsed(arrived)
    yield _signature(sent, arrived, signed="dkim-signature" in before)
    yield from _results(after)
    yield _same("links", _found(before, "//@href"), _found(after, "//@href"), "were rewritten on the way")
    yield _same("pictures", _found(before, "//@src"), _found(after, "//@src"), "were added or changed: a pixel tracks")


def _parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def _signature(sent: bytes, arrived: bytes, *, signed: bool) -> Finding:
    """Tell whether our signatures still hold: all that they cover arrived in the same relaxed form (RFC 6376 §3.4)."""
    if not signed:
        there = b"\ndkim-signature:" in arrived.lower()
        told = "the relay signed" if there else "nobody signed: give Tocsin a key, or let the relay sign"
        return Finding("signature", Health.GOOD if there else Health.BAD, told)
    (head, _, body), (other_head, _, other_body) = sent.partition(b"\r\n\r\n"), arrived.partition(b"\r\n\r\n")
    lost = _fields(head) - _fields(other_head)
    if lost:
        names = ", ".join(sorted(field.partition(b":")[0].decode() for field in lost))
        return Finding("signature", Health.BAD, f"broken on the way: {names} changed")
    if _relaxed_body(body) != _relaxed_body(other_body):
        return Finding("signature", Health.BAD, "broken on the way: the body changed")
    return Finding("signature", Health.GOOD, "intact")


def _fields(head: bytes) -> set[bytes]:
    return {relaxed_header(field) for field in re.split(rb"\r\n(?![ \t])", head)}


def _relaxed_body(body: bytes) -> bytes:
    return _SPACES.sub(b" ", _ENDS.sub(b"", body)).rstrip(b"\r\n")


def _results(arrived: EmailMessage) -> Iterator[Finding]:
    """Tell what the receiver found (RFC 8601), as far as it says so."""
    for name, result in dict(_RESULT.findall(" ".join(arrived.get_all("authentication-results", [])))).items():
        good = result.lower() == "pass"
        yield Finding(f"receiver: {name.lower()}", Health.GOOD if good else Health.BAD, result.lower())


def _found(message: EmailMessage, what: str) -> list[str]:
    part = message.get_body(("html",))
    return sorted(map(str, html.fromstring(part.get_content()).xpath(what))) if part is not None else []


def _same(name: str, before: list[str], after: list[str], wrong: str) -> Finding:
    if before == after:
        return Finding(name, Health.GOOD, f"all {len(before)} as they were sent" if before else "none, as sent")
    strange = next(iter(set(after) - set(before)), "some are missing")
    return Finding(name, Health.BAD, f"{wrong}: {strange[:120]}")


# -- what must come back -----------------------------------------------------------------------------------------------

_PROBES = {Kind.FAILED: "bounces", Kind.UNSUBSCRIBE: "unsubscribing by mail"}


def send_probes(parts: Parts, relay: str) -> datetime:
    """Send a bounce and an unsubscription, for nobody, to our own return path by a relay, and return when.

    They change nothing: there is no reader with that number. Raises ``RelayUnavailable``.
    """
    now, (user, _, domain) = parts.clock(), parts.settings.mail.return_path.rpartition("@")
    tag, token = Tags(parts.secret).tag(NOBODY, NOBODY), Tokens(parts.secret).mailed(NOBODY)
    bounce, leaving = f"{user}+{tag}@{domain}", f"{user}+unsubscribe@{domain}"
    for to, message in ((bounce, _bounce(parts, bounce, now)), (leaving, _leaving(parts, leaving, token, now))):
        send_one(relays_of(parts.settings)[relay], parts.settings.mail.sender, to, message)
    return now


def _bounce(parts: Parts, to: str, now: datetime) -> bytes:
    report = MIMEMultipart("report")
    report.set_param("report-type", "delivery-status")
    report["Subject"] = "Undelivered: a test of tocsin check"
    report.attach(MIMEText("A test by `tocsin check --send`: it bounces for nobody.\n"))
    status, recipient = Message(), Message()
    status["Reporting-MTA"] = f"dns; {this_host()}"
    recipient["Final-Recipient"], recipient["Action"] = "rfc822; nobody@invalid", "failed"
    recipient["Status"], recipient["Diagnostic-Code"] = "5.1.1", f"smtp; 550 5.1.1 test of {now.isoformat()}"
    part = Message()
    part["Content-Type"] = "message/delivery-status"
    part.set_payload([status, recipient])
    report.attach(part)
    return _addressed(parts, report, to, now)


def _leaving(parts: Parts, to: str, token: str, now: datetime) -> bytes:
    # The text makes it another mail than that of the last check: the same one is taken once.
    message = MIMEText(f"A test by `tocsin check --send` at {now.isoformat()}: nobody leaves.\n")
    message["Subject"] = f"unsubscribe {token}"
    return _addressed(parts, message, to, now)


def _addressed(parts: Parts, message: Message, to: str, now: datetime) -> bytes:
    message["From"], message["To"], message["Date"] = parts.settings.mail.sender, to, format_datetime(now)
    message["Message-ID"] = make_msgid(domain=parts.settings.mail.sender.rpartition("@")[2])
    return message.as_bytes(policy=policy.SMTP)


def await_returns(parts: Parts, since: datetime, wait_s: float) -> Iterator[Finding]:
    """Wait for what ``send_probes`` sent to be taken in; tell of each whether it was."""
    deadline, found = time.monotonic() + wait_s, set[Kind]()
    while True:
        with parts.store.read() as connection:
            back = newest_returned(connection, 500)
        found |= {one.kind for one in back if one.subscriber == NOBODY and one.at >= since}
        if found >= _PROBES.keys() or time.monotonic() >= deadline:
            break
        time.sleep(0.2)
    for kind, name in _PROBES.items():
        if kind in found:
            yield Finding(name, Health.GOOD, "one sent to the return path came back")
        else:
            told = f"one sent to the return path did not come back in {wait_s:g} s: see docs/returned-mail.md"
            yield Finding(name, Health.BAD, told)
