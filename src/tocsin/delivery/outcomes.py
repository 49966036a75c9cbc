"""From a relay's answer to what it means for the reader: pure, and with its reason."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum

import msgspec

from tocsin.delivery.answers import parted
from tocsin.delivery.wire import Answer, Reply, Stage
from tocsin.model import DeliveryState

RETRY_FIRST = timedelta(seconds=10)
RETRY_LONGEST = timedelta(minutes=15)
TRIED_FOR = timedelta(days=2)
"""How long what is meant for one person alone is tried."""
AWAY_LONGEST = timedelta(seconds=15)
"""Who was put off because the relay could not be used waits no longer than this once it can be."""
LOST_FIRST = timedelta(seconds=1)
"""A connection that ended is no verdict on the reader: try again soon."""

# RFC 3463, 3.2: of the address statuses these speak of the recipient; X.1.7 and X.1.8 speak of the sender.
_ADDRESS = re.compile(r"5\.1\.(?:0|1|2|3|4|6|10)")
_ABOUT_US = re.compile(r"sender|policy|spam|blocked|blacklist|blocklist|reputation|authenticat", re.IGNORECASE)
_BUSY = frozenset({421, 450, 454, 503})


class Fault(StrEnum):
    """Whose fault a failure is; only an address that does not exist may be suppressed."""

    NONE = "none"
    ADDRESS = "address"
    MAILBOX = "mailbox"
    POLICY = "policy"
    LOGIN = "login"
    MESSAGE = "message"
    BUSY = "busy"
    LOST = "lost"
    AWAY = "away"


_OURS = frozenset({Fault.POLICY, Fault.LOGIN})


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What to record: ``state`` is accepted, deferred or failed.

    ``text`` is the reply's; of an acceptance without what differs from letter to letter. ``maybe`` is True when the
    message may have arrived although its reply was lost. ``queued_as`` is the relay's own name for the message.
    """

    state: DeliveryState
    fault: Fault
    code: int
    text: str
    maybe: bool = False
    queued_as: str = ""

    @property
    def suppress(self) -> bool:
        """Tell whether the address must not be written to again."""
        return self.fault is Fault.ADDRESS


def judge(answer: Answer) -> Outcome:
    """Return what an answer means."""
    reply = answer.reply
    if answer.stage is Stage.END and reply.good:
        text, name = parted(reply.text)
        return Outcome(DeliveryState.ACCEPTED, Fault.NONE, reply.code, text, False, name)
    if reply.code == 0:
        return Outcome(DeliveryState.DEFERRED, Fault.LOST, 0, reply.text, maybe=answer.handed)
    # 503 means that the conversation got out of step after somebody else's refusal: nobody's fault, try again.
    if reply.code < 500 or reply.code == 503:
        busy = reply.code in _BUSY or reply.status.startswith(("4.3.", "4.4.", "4.7."))
        fault = Fault.BUSY if busy else Fault.MAILBOX
        return Outcome(DeliveryState.DEFERRED, fault, reply.code, reply.text)
    fault = _permanent_fault(answer)
    # That we are not logged in says nothing of the reader: once it is put right, all get their mail.
    state = DeliveryState.DEFERRED if fault is Fault.LOGIN else DeliveryState.FAILED
    return Outcome(state, fault, reply.code, reply.text)


def _permanent_fault(answer: Answer) -> Fault:
    code, status, text = answer.reply.code, answer.reply.status, answer.reply.text
    if code in (530, 534, 535, 538):
        return Fault.LOGIN
    if status.startswith("5.7.") or (answer.stage is Stage.MAIL and not status.startswith(("5.3.4", "5.6."))):
        return Fault.POLICY
    if blames_address(status, text):
        return Fault.ADDRESS
    if status.startswith(("5.3.4", "5.6.")):
        return Fault.MESSAGE
    return Fault.MAILBOX


def blames_address(status: str, text: str) -> bool:
    """Tell whether a refusal says that the recipient's address does not exist; nothing else may suppress it."""
    return _ADDRESS.fullmatch(status) is not None and _ABOUT_US.search(text) is None


def for_our_sake(code: int, text: str) -> bool:
    """Tell whether a recorded refusal was about us (policy, login): to try again may help once that is right."""
    return code >= 500 and _permanent_fault(Answer(Stage.RCPT, Reply(code, text), handed=False)) in _OURS


def retry_after(outcome: Outcome, tries: int, chance: float) -> timedelta:
    """Return how long to wait before the next try after ``tries`` tries, doubled each time.

    ``chance`` in [0, 1) spreads the tries of many readers over half to one and a half of it.
    """
    first = LOST_FIRST if outcome.fault in (Fault.LOST, Fault.AWAY) else RETRY_FIRST
    longest = AWAY_LONGEST if outcome.fault is Fault.AWAY else RETRY_LONGEST
    doubled: timedelta = first * 2.0 ** min(tries - 1, 12)
    return min(doubled, longest) * (0.5 + chance)


def pause_after(waited: timedelta) -> timedelta | None:
    """Return how long a mail to one person that was put off waits again: as long as so far, or None when for good."""
    return min(max(waited, RETRY_FIRST), RETRY_LONGEST) if waited < TRIED_FOR else None
