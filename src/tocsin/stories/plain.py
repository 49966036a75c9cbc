"""A report's own words without the marks of a post, as headline and lead."""

from __future__ import annotations

import re

from tocsin.model import Article

_LONGEST_TEXT = 2_000
_SHORTEST_SENTENCE = 25

# Each way to begin is a character of its own, so that a search passes over all others at once.
_MARKDOWN_LINK = re.compile(r"(?:!\[|\[)([^\]]*)\]\([^)]*\)")
_LETTER = re.compile(r"[^\W_]")
_ADDRESS = re.compile(r"https?://\S+|w(?<!\w.)ww\.\S+|t(?<!\w.)\.me/\S+|@(?<!\w.)\w+")
# What a law makes media add wherever a name stands: "(признан в РФ иноагентом)", "(запрещена в России)".
_LEGAL_LABEL = re.compile(
    r"\s*\([^()\n]{0,120}"
    r"(?:иноагент|экстремистск|нежелательн|террористическ\w+ организ|в рф террор|запрещ[её]н\w* (?:в|на) )"
    r"[^()\n]{0,120}\)",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"\*\*|__|~~|`")
_HASHTAG = re.compile(r"#(\w+)")
_HUMP = re.compile(r"(?<=[a-zа-яіїєґ0-9])(?=[A-ZА-ЯІЇЄҐ])|_|(?<=[^\W\d])(?=\d)")
_SENTENCE_END = re.compile(r"[.!?…](?=[\"»”)]*\s+[\"«“(—]?[A-ZА-ЯІЇЄҐ0-9])")


def headline_and_lead(article: Article) -> tuple[str, str]:
    """Return the title and the text's beginning; for a post without a title its first sentence, and what follows it."""
    title, text = plain(article.title), plain(article.text[:_LONGEST_TEXT])
    if title:
        return title, text
    paragraph, _, rest = text.partition("\n")
    mark = _SENTENCE_END.search(paragraph, _SHORTEST_SENTENCE - 1)
    end = mark.end() if mark else len(paragraph)
    return paragraph[:end].strip(), f"{paragraph[end:].strip()}\n{rest}".strip()


def plain(text: str) -> str:
    """Return ``text`` without links, handles, emphasis and footers of links alone; #HashTags become words."""
    if "](" in text:
        lines = (line for line in text.split("\n") if not _is_only_links(line))
        text = _MARKDOWN_LINK.sub(r"\1", "\n".join(lines))
    if "**" in text or "__" in text or "~~" in text or "`" in text:
        text = _EMPHASIS.sub("", text)
    if "/" in text or "@" in text:
        text = _ADDRESS.sub("", text)
    if "(" in text:
        text = _LEGAL_LABEL.sub("", text)
    if "#" in text:
        text = _HASHTAG.sub(lambda match: _HUMP.sub(" ", match[1]), text)
    return text.strip()


def _is_only_links(line: str) -> bool:
    """Tell whether a line has links, and not a letter beside them."""
    rest, links = _MARKDOWN_LINK.subn("", line)
    return links > 0 and _LETTER.search(rest) is None
