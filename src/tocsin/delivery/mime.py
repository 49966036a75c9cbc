"""Text on the wire: header values that can't break out of their header, bodies that are their own canonical form."""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import b2a_qp

WIDTH = 76
"""Longest line that is written, in octets (RFC 2045 section 6.7)."""

_CONTROLS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_SPACES = re.compile(rb"(?<=[ \t])[ \t]|[ \t]$|\t", re.MULTILINE)


def one_line(text: str) -> str:
    """Return the text with every run of white space and control characters made one space, ends stripped."""
    return _CONTROLS.sub(" ", text.encode("utf-8", "replace").decode()).strip()


def header(name: str, value: str) -> bytes:
    """Return an unstructured header field, folded, with its line end; words outside ASCII as RFC 2047 says."""
    return name.encode("ascii") + b": " + encoded_text(value, len(name) + 2) + b"\r\n"


def encoded_text(value: str, used: int) -> bytes:
    """Return header text folded at 76 octets, ``used`` of which stand on the first line already."""
    text = one_line(value)
    plain = text.isascii() and "=?" not in text and max(map(len, text.split()), default=0) < WIDTH - used
    return _folded(text, used) if plain else _encoded_words(text, used)


def mailbox(name: str, address: str) -> bytes:
    """Return ``name <address>`` for a From field; the name may hold anything."""
    text = one_line(name)
    if re.fullmatch(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]{1,60}", text) and "=?" not in text:
        shown = text.encode()
    else:
        shown = _encoded_words(text, 10)
    return (shown + b"\r\n <" if len(shown) > 60 else shown + b" <") + address.encode() + b">"


def _folded(text: str, used: int) -> bytes:
    lines, room = [""], WIDTH - used
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
            room = WIDTH - 1
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return "\r\n ".join(lines).encode("ascii")


def _encoded_words(text: str, used: int) -> bytes:
    chunks, chunk = [], b""
    room = (WIDTH - used - 12) // 4 * 3
    for character in text:
        octets = character.encode()
        if len(chunk) + len(octets) > room:
            chunks.append(chunk)
            chunk, room = b"", (WIDTH - 1 - 12) // 4 * 3
        chunk += octets
    return b"\r\n ".join(b"=?utf-8?b?" + b64encode(part) + b"?=" for part in (*chunks, chunk))


def quoted_printable(text: str, mark: bytes) -> bytes:
    """Return ``text`` as quoted-printable lines, each occurrence of ``mark`` whole.

    White space at line ends and after white space is encoded too, and the text ends with exactly one line end, so that
    DKIM's relaxed form of the result (RFC 6376 section 3.4.4) is the result itself. So is a dot that begins a line.
    """
    lines = text.encode("utf-8", "replace").replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n").split(b"\n")
    return b"".join(_wrapped(_quoted(line), mark) for line in lines)


def _quoted(line: bytes) -> bytes:
    octets = b2a_qp(line, quotetabs=False, istext=False).replace(b"=\n", b"")
    if octets.startswith(b"."):
        octets = b"=2E" + octets[1:]
    return _SPACES.sub(lambda blank: b"=%02X" % ord(blank[0]), octets)


def _wrapped(line: bytes, mark: bytes) -> bytes:
    pieces, start = [], 0
    while len(line) - start > WIDTH:
        end = _break(line, start, mark)
        pieces.append(line[start:end])
        start = end
    return b"=\r\n".join((*pieces, line[start:])) + b"\r\n"


def _break(line: bytes, start: int, mark: bytes) -> int:
    """Return where the line may be broken: neither inside ``=XX``, nor inside the mark, nor before or after a blank.

    Nor before a dot, if that can be helped: lines that begin with one must be changed for DATA.
    """
    end = start + WIDTH - 1
    if line[end : end + 1] == b".":
        end -= 1
    at = line.find(mark, max(start, end - len(mark) + 1), end + len(mark) - 1)
    if start < at < end:
        end = at
    escape = line.rfind(b"=", end - 2, end)
    if escape > start:
        end = escape
    return end
