"""The words of a mail: its plain text, or its HTML as text, without signature, footer and what only a browser shows."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from email.message import Message

from lxml.html import HtmlElement

from tocsin.errors import BadInput
from tocsin.intake.breaks import break_lines, fit
from tocsin.intake.decode import decode
from tocsin.intake.extract import parse_html

_LONGEST = 200_000
"""Characters of a mail's text that are taken."""
_WRAPPED = 55
"""A line so long was broken by a mail program, and goes on in the next."""
_BULLET = re.compile(r"[-*•–—·‣]\s|\d{1,3}[.)]\s")
_SIGNATURE = re.compile(r"--")
# The line by which a press release ends: notes to editors and contacts follow.
_END = re.compile(r"\W{0,8}(?:#\s?#\s?#|ends?|кінець|конец)\W{0,8}", re.IGNORECASE)
_FOOTER = re.compile(
    r"\bunsubscribe\b|no longer (?:wish|want) to (?:receive|get)|you(?:'|’)?(?: a)?re receiving this|"
    r"(?:view|read|open|see) (?:this|it|the) ?(?:e-?mail|message|newsletter|online)?.{0,12}(?:browser|online)|"
    r"(?:update|manage|change) your (?:e-?mail )?(?:preferences|subscription)|add us to your address book|"
    r"відписатис[яь]|отписаться|вы получили это письмо|ви отримали цей лист|(?:у|в) (?:вашому )?браузер[іе]",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_UNSHOWN = ("script", "style", "head", "title", "template", "noscript", "img", "svg", "form")
_BLOCKS = ("p", "div", "br", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "tr", "td", "table", "ul",
           "ol", "section", "article", "hr")  # fmt: skip


def words_of(message: Message) -> str:
    """Return a mail's text as escaped lines, one a paragraph; "" when it has none. Attachments are not read.

    The plain text is preferred, unless it is a mere hint at the HTML.
    """
    parts = [part for part in _shown(message) if part.get_content_type() in ("text/plain", "text/html")]
    plain = _joined(_unwrapped(_text(part)) for part in parts if part.get_content_type() == "text/plain")
    rich = _joined(_visible(_text(part)) for part in parts if part.get_content_type() == "text/html")
    return html.escape(fit(plain if 2 * len(plain) >= len(rich) else rich), quote=False)


def _shown(message: Message) -> Iterator[Message]:
    """Yield the parts that a mail program shows in place; mails within the mail are somebody else's words."""
    if message.get_content_disposition() == "attachment" or message.get_content_maintype() == "message":
        return
    if message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _shown(part)
    else:
        yield message


def _text(part: Message) -> str:
    body = part.get_payload(decode=True)
    charset = part.get_content_charset()
    return decode(body, f"text/plain; charset={charset}" if charset else None) if isinstance(body, bytes) else ""


def _joined(texts: Iterator[list[str]]) -> str:
    return "\n".join(line for lines in texts for line in _without_end(lines))[:_LONGEST]


def _without_end(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if _SIGNATURE.fullmatch(line) or _END.fullmatch(line):
            return
        if not line.startswith(">") and not (len(line) < 250 and _FOOTER.search(line)):
            yield line


def _unwrapped(text: str) -> list[str]:
    """Return the paragraphs of a plain text whose lines a mail program may have broken."""
    lines, goes_on = [""], False
    for raw in text.splitlines():
        line = " ".join(raw.split())
        begins = not line or not goes_on or _BULLET.match(line) or _SIGNATURE.fullmatch(line)
        if begins:
            lines.append(line)
        else:
            lines[-1] += f" {line}"
        goes_on = len(line) >= _WRAPPED
    return [line for line in lines if line]


def _visible(markup: str) -> list[str]:
    """Return the lines that a browser would show of an HTML part; none of one that can't be read."""
    try:
        tree = parse_html(markup)
    except BadInput:
        return []
    for element in [each for each in tree.iter() if _is_unshown(each)]:
        if element.getparent() is not None:
            element.drop_tree()
    break_lines(tree, _BLOCKS)
    return [line for raw in fit(tree.text_content()).split("\n") if (line := " ".join(raw.split()))]


def _is_unshown(element: HtmlElement) -> bool:
    if element.tag in _UNSHOWN or element.get("hidden") is not None:
        return True
    return _HIDDEN.search(element.get("style", "")) is not None
