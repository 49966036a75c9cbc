"""Bytes to text: which encoding a document is in, and documents that would expand without bound."""

from __future__ import annotations

import codecs
import html
import re
from email.message import Message

from tocsin.errors import BadInput

MAX_EXPANSION = 256 * 1024
"""Characters that a document's own entities may add to it."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WITHOUT_BOM = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
_DECLARED_XML = re.compile(r"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""", re.IGNORECASE)
_DECLARED_HTML = re.compile(r"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
# What the web means by these names (WHATWG Encoding Standard), and names Python lacks.
_MEANT = {
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
    "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949", "x-sjis": "cp932", "iso-8859-9": "cp1254",
    "windows_1252": "cp1252", "utf8": "utf-8", "u16": "utf-16", "unicode": "utf-16", "x-user-defined": "cp1252",
}  # fmt: skip


_UNFIT = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
"""Codecs of Python's that no document is written in; some take the square of its length."""


class EntityBomb(BadInput):
    """The document defines entities that could expand without bound."""


def charset_of(content_type: str | None) -> str | None:
    """Return the charset parameter of a Content-Type header, or None."""
    if not content_type or "charset" not in content_type.lower():
        return None
    message = Message()
    message["content-type"] = content_type
    return message.get_content_charset()


def decode(body: bytes, content_type: str | None = None) -> str:
    """Return the document's text: by its byte order mark, the header, its own declaration, UTF-8, else Windows-1252, or
    Windows-1251 where the letters that are not ASCII stand in whole words.

    Never fails: bytes that fit no claim become U+FFFD. A declaration that contradicts the bytes is not believed.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    for name in _claims(body, content_type):
        text = _strictly(body, name)
        if text is not None:
            return text
    if _mostly_utf8(body):
        return body.decode("utf-8", "replace")
    return body.decode("cp1251" if _looks_cyrillic(body) else "cp1252", "replace")


def _claims(body: bytes, content_type: str | None) -> list[str]:
    width = next((name for start, name in _WITHOUT_BOM if body.startswith(start)), None)
    head = body[:4096].decode(width or "latin-1", "replace")
    declared = _DECLARED_XML.search(head) or (
        None if head.lstrip().startswith("<?xml") else _DECLARED_HTML.search(head)
    )
    claims = [width, charset_of(content_type), declared.group(1) if declared else None, "utf-8"]
    return [claim for claim in claims if claim]


def _strictly(body: bytes, name: str) -> str | None:
    """Return the text when the bytes fit the encoding, None when they speak against it.

    Any bytes fit Windows-1252, but text in it is hardly ever valid UTF-8 by chance, so UTF-8 has precedence there.
    """
    meant = _MEANT.get(name.lower(), name)
    if meant == "cp1252":
        return _strictly(body, "utf-8") or body.decode("cp1252", "replace")
    try:
        text = None if codecs.lookup(meant).name.replace("-", "_") in _UNFIT else body.decode(meant)
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if text is None or ("\0" in text[:200] and b"\0" in body[:200]) else text.removeprefix("\ufeff")


_CYRILLIC_WORD = re.compile(rb"[\xa8\xaa\xaf\xb2-\xb4\xb8\xba\xbf-\xff]{4,}")


def _looks_cyrillic(body: bytes) -> bool:
    """Return whether most foreign bytes stand in runs: Western languages have one or two of them in a word."""
    sample = body[:65536]
    foreign = sum(byte >= 0x80 for byte in sample)
    return 2 * sum(map(len, _CYRILLIC_WORD.findall(sample))) > foreign


def _mostly_utf8(body: bytes) -> bool:
    """Return whether a few damaged bytes spoil what is UTF-8 otherwise (fewer than one bad in ten non-ASCII ones)."""
    sample = body[:65536]
    foreign = sum(1 for byte in sample if byte >= 0x80)
    bad = sample.decode("utf-8", "replace").count("\ufffd")
    return bad * 10 < foreign


_DOCTYPE = re.compile(r"<!DOCTYPE\b[^\[>]{0,1000}(\[)?", re.IGNORECASE)
_SUBSET_END = re.compile(r"\]\s*>")
_ENTITY = re.compile(r"""<!ENTITY\s+([\w.:-]+)\s+(?:"([^"]*)"|'([^']*)')\s*>""")
_REFERENCE = re.compile(r"&([A-Za-z][\w.:-]{0,60}|#(?:1[2-5]\d|[xX][89][\da-fA-F]));")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})


def plain_xml(text: str) -> str:
    """Return the XML without declaration and document type, its named entities replaced by their characters.

    HTML's names are known, and numbers 128 to 159 are meant as Windows-1252's, as HTML has it; entities of the
    document's own may hold plain text only. Raises EntityBomb when one refers to another or outside, or when all uses
    would add more than MAX_EXPANSION characters.
    """
    text = _DECLARATION.sub("", text, count=1)
    own: dict[str, str] = {}
    start = _DOCTYPE.search(text[:20000])
    if start:
        text, own = _without_doctype(text, start)
    return _REFERENCE.sub(_Expansion(own), text)


def _without_doctype(text: str, start: re.Match[str]) -> tuple[str, dict[str, str]]:
    if not start.group(1):
        end = text.find(">", start.start())
        return text[: start.start()] + (text[end + 1 :] if end >= 0 else ""), {}
    finish = _SUBSET_END.search(text, start.end())
    if finish is None:
        raise BadInput("its document type has no end")
    subset = text[start.end() : finish.start()]
    if len(subset) > MAX_EXPANSION:
        raise EntityBomb("its document type is too long")
    own = {name: one or two for name, one, two in _ENTITY.findall(subset)}
    if len(own) != subset.count("<!ENTITY") or any(
        "&" in value.replace("&#", "") or "%" in value for value in own.values()
    ):
        raise EntityBomb("an entity refers to another, or to a file")
    return text[: start.start()] + text[finish.end() :], own


class _Expansion:
    """Replaces references, keeping count of what the document's own entities add."""

    def __init__(self, own: dict[str, str]) -> None:
        self._own = own
        self._added = 0

    def __call__(self, reference: re.Match[str]) -> str:
        name = reference.group(1)
        if name in self._own:
            self._added += len(self._own[name])
            if self._added > MAX_EXPANSION:
                raise EntityBomb(f"more than {MAX_EXPANSION} characters")
            return self._own[name]
        if name in _XML_ENTITIES:
            return reference.group()
        return html.unescape(reference.group())
