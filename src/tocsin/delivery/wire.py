"""What is said over SMTP (RFC 5321): letters, replies and what they answer, and how a relay's lines are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import msgspec

_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_SIZE = re.compile("[0-9]{1,20}")
_LINE = re.compile(rb"[2-5]\d\d(?:[ -]|\r?$)")


class Stage(StrEnum):
    """What an answer answers."""

    HELLO = "hello"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END = "end"
    RESET = "reset"


class Reply(msgspec.Struct, frozen=True, gc=False):
    """A server's reply: its code, and its lines joined by one space. Code 0 stands for no reply at all."""

    code: int
    text: str

    @property
    def good(self) -> bool:
        """Tell whether the command was carried out."""
        return 200 <= self.code < 300

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463) at the beginning of the text, or nothing."""
        found = _STATUS.match(self.text)
        return found[0] if found else ""


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What became of one letter: the reply that decided, to which command, and whether the text had left by then."""

    stage: Stage
    reply: Reply
    handed: bool


class Letter(msgspec.Struct, frozen=True, gc=False):
    """One message for one recipient. ``key`` is the caller's own; addresses hold no white space or angle bracket.

    The message comes in parts, so that what is the same for many readers need not be copied for each. ``dots`` False
    promises that it ends with a line end and that none of its lines begins with a dot.
    """

    key: int
    sender: str
    recipient: str
    parts: tuple[bytes, ...]
    utf8: bool = False
    dots: bool = True

    @property
    def message(self) -> bytes:
        """The whole message."""
        return b"".join(self.parts)

    @property
    def size(self) -> int:
        """The length of the message in octets."""
        return sum(map(len, self.parts))


@dataclass(frozen=True, slots=True)
class Offer:
    """What the relay offers in its answer to EHLO; ``size`` 0 means no limit is told."""

    extensions: frozenset[str] = frozenset()
    auth: frozenset[str] = frozenset()
    size: int = 0

    @classmethod
    def of(cls, lines: list[str]) -> Offer:
        """Read the lines of an EHLO reply, the greeting first."""
        words = [line.upper().replace("AUTH=", "AUTH ").split() for line in lines[1:] if line.strip()]
        by_name = {entry[0]: entry[1:] for entry in words}
        size = by_name.get("SIZE", [])
        return cls(
            frozenset(by_name),
            frozenset(by_name.get("AUTH", [])),
            int(size[0]) if size and _SIZE.fullmatch(size[0]) else 0,
        )


@lru_cache(maxsize=256)
def reply_of(lines: tuple[bytes, ...]) -> Reply:
    """Return the reply that lines make; the enhanced code that each line repeats is kept once."""
    first, *rest = texts_of(lines)
    status = _STATUS.match(first)
    if status:
        rest = [text.removeprefix(status[0]).strip() for text in rest]
    return Reply(int(lines[-1][:3]), " ".join((first, *rest)).strip())


@lru_cache(maxsize=256)
def is_reply(line: bytes) -> bool:
    """Tell whether a line is one that a relay may answer with."""
    return _LINE.match(line) is not None


def texts_of(lines: tuple[bytes, ...]) -> list[str]:
    """Return what the lines of a reply say, without their codes."""
    return [line[4:].decode("utf-8", "replace").strip() for line in lines]


def stuffed(letter: Letter) -> tuple[bytes, ...]:
    """Return a letter's message as DATA carries it, with the final dot (RFC 5321 section 4.5.2), in parts."""
    if not letter.dots:
        return (*letter.parts, b".\r\n")
    text = letter.message.replace(b"\r\n.", b"\r\n..")
    if text.startswith(b"."):
        text = b"." + text
    return (text, b".\r\n" if text.endswith(b"\r\n") else b"\r\n.\r\n")
