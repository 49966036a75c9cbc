"""A real round trip: a test mail goes out by the real path, and what arrived is held against what was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from lxml import html

from tocsin.delivery.dkim import relaxed_header
from tocsin.delivery.doctor import Finding, Health
from tocsin.delivery.outcomes import Outcome
from tocsin.delivery.transport import send_one
from tocsin.errors import BadInput
from tocsin.messages import Press
from tocsin.model import Band, Draft, VersionKind
from tocsin.settings import write_secret
from tocsin.store.alerts import Version, VersionState
from tocsin.store.deliveries import Claimed
from tocsin.wiring import Parts, relay_of

_SPACES, _ENDS = re.compile(rb"[ \t]+"), re.compile(rb"[ \t]+(?=\r\n)")
_RESULT = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*(\w+)", re.IGNORECASE)


def send_test(parts: Parts, address: str) -> Outcome:
    """Send a test mail, made, signed and handed over as an alert is; keep a copy to hold the arrived one against."""
    room, now = parts.settings.newsroom, parts.clock()
    draft = Draft(
        story="check",
        kind=VersionKind.ALERT,
        band=Band.ALERT,
        label="Test",
        subject=f"TEST: {room.name} checks its mail, {now:%Y-%m-%d %H:%M:%S} UTC",
        headline="This is a test, and no news",
        paragraphs=("Somebody at the newsroom asked for it with `tocsin check --send`. Nothing happened.",),
        statements=(),
        origins=(),
        publisher=room.name,
        url=parts.settings.web.base_url,
        published=now.isoformat(),
        language=room.language,
    )
    version = Version(0, 0, 1, draft.kind, draft.band, VersionState.SENDING, draft, now, now, now, {}, approved_at=now)
    claimed = Claimed(0, 0, 0, 1, address, room.language, room.zone)
    letter = Press(parts).letter(1, version, claimed)
    copy = _copy(parts)
    copy.unlink(missing_ok=True)
    write_secret(copy, letter.message)
    return send_one(relay_of(parts.settings), letter.sender, letter.recipient, letter.message)


def _copy(parts: Parts) -> Path:
    return parts.settings.folder / "check" / "sent.eml"


def compare_test(parts: Parts, arrived: bytes) -> tuple[Finding, ...]:
    """Hold an arrived test mail against the one that was sent last. Raises ``BadInput`` when it is another mail."""
    try:
        sent = _copy(parts).read_bytes()
    except FileNotFoundError:
        raise BadInput("no test was sent from here; begin with `tocsin check --send ADDRESS`") from None
    return tuple(_compare(sent, re.sub(rb"\r?\n", b"\r\n", arrived)))


def _compare(sent: bytes, arrived: bytes) -> Iterator[Finding]:
    before, after = _parsed(sent), _parsed(arrived)
    if after["message-id"] != before["message-id"]:
        raise BadInput(f"this is not the test that was sent last ({before['message-id']})")
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
