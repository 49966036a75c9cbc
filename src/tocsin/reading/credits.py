"""Signs of where an article's information began: credit lines, datelines, bylines, links, and who is cited."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from tocsin.model import Article, Credit, Span, Statement
from tocsin.reading.organisations import Organisation, OrganisationMention, find_organisations, lookup

_HEAD = 160
_TAIL = 700
_PUBLISHERS = frozenset({"wire", "outlet"})
_AUTHORITIES = frozenset({"ministry", "agency", "military", "police", "government", "body"})
_BRACKETED = re.compile(r"[(/]\s?([^()/\n]{2,40}?)\s?[)/]\.?\s*[-–—]?")
_BEFORE_DASH = re.compile(r"[-–—.]\s?([^\W\d_][^\n.–—/()]{1,30}?)\s?(?:\.\s|[-–—]\s|\.?$)")
_SIGN_OFF = re.compile(
    r"\((?:Additional )?[Rr]eporting by [^()\n]{3,200}[;,.] ?(?:[Ww]riting|[Ee]diting) by [^()\n]{3,200}\)"
)
_COPYRIGHT = re.compile(r"(?:©|\([cC]\)|Copyright)\s{0,2}(?:©\s{0,2})?(?:\d{4}\s{1,2})?([^\n.,;]{2,60})")
_SOURCE_LINE = re.compile(
    r"^[ \t]{0,4}(?:\w{1,20}\s)?"
    r"(?:[Ss]ource|[Vv]ia|[Cc]redit|[Oo]riginal|Источник|По материалам|Джерело|За матеріалами|Текст)"
    r"\s?[:—–-]\s?([^\n]{2,60})$",
    re.MULTILINE,
)
_CONTRIBUTED = re.compile(
    r"\b(?:[Ww]ith|[Aa]dditional reporting (?:by|from)|[Ii]ncludes? reporting (?:by|from))\s([^\n.]{2,80})"
)
_HELPED = re.compile(r"([^\n.]{2,80}) contributed to this (?:report|story|article)")
# Each sign with words that it can't do without: to look for those is cheap.
_TAIL_SIGNS = (
    (_COPYRIGHT, "wire", ("©", "(C)", "(c)", "Copyright")),
    (_SOURCE_LINE, "wire", (":", "—", "–", "-")),
    (_CONTRIBUTED, "attribution", ("ith ", "reporting")),
    (_HELPED, "attribution", ("contributed to this",)),
)
_PICTURE = re.compile(r"photo|image|picture|getty|фото|світлин", re.IGNORECASE)
_CITING = re.compile(r"cit(?:e|es|ed|ing)|quot(?:e|es|ed|ing)", re.IGNORECASE)


def find_credits(article: Article, statements: Sequence[Statement]) -> tuple[Credit, ...]:
    """Return the signs of where an article's information began; each evidence quotes the words, once per name and kind.

    ``name`` of a wire, dateline, feed source, link or attribution is whom the article goes back to, so a dateline
    "KYIV (Reuters) -" names Reuters. ``own`` is what was said to the article's own publisher.
    """
    found: dict[tuple[str, str], Credit] = {}
    for credit in _all(article, statements):
        found.setdefault((credit.kind, credit.name), credit)
    return tuple(found.values())


def _all(article: Article, statements: Sequence[Statement]) -> Iterator[Credit]:
    yield from _head(article.text)
    if article.credited:
        yield Credit(article.credited, "feed-source", article.credited)
    yield from _canonical(article)
    yield from _tail(article.text)
    yield from _bylines(article.authors)
    for statement in statements:
        yield from _cited(article, statement)
        yield from _authority(statement)


def _head(text: str) -> Iterator[Credit]:
    """Yield the wire of a dateline: "KYIV, Nov 11 (Reuters) -", "МОСКВА, 11 ноя — РИА Новости.", "/ТАСС/"."""
    line = text[:_HEAD].split("\n", 1)[0]
    for pattern in (_BRACKETED, _BEFORE_DASH):
        for sign in pattern.finditer(line[:110]):
            wire = _publisher(sign.group(1))
            place = line[: sign.start()].strip(" .,-–—")
            if wire is not None and _is_dateline(place):
                kind = "dateline" if place else "wire"
                yield Credit(wire.name, kind, *_words(text, (0, sign.end())))
                return


def _is_dateline(place: str) -> bool:
    """Tell "KYIV, Ukraine, Nov 11" from the beginning of a sentence."""
    words = re.findall(r"[^\W\d_]+", place)
    small = [word for word in words if word[0].islower()]
    return len(words) <= 7 and (len(small) <= 1 or any(character.isdigit() for character in place))


def _tail(text: str) -> Iterator[Credit]:
    start = max(0, len(text) - _TAIL)
    tail = text[start:]
    signed = _SIGN_OFF.search(tail)
    if signed:
        # Reuters signs its reports so; no other wire does.
        yield Credit("Reuters", "wire", *_words(text, _moved(signed.span(), start)))
    for pattern, kind, needed in _TAIL_SIGNS:
        for line in pattern.finditer(tail) if any(word in tail for word in needed) else ():
            if not _PICTURE.search(tail, tail.rfind("\n", 0, line.start()) + 1, line.end()):
                yield from _named_in(line.group(1), kind, *_words(text, _moved(line.span(), start)))


def _named_in(words: str, kind: str, evidence: str, span: Span | None = None) -> Iterator[Credit]:
    for mention in find_organisations(words):
        if mention.organisation.kind in _PUBLISHERS:
            yield Credit(mention.organisation.name, kind, evidence, span)


def _bylines(authors: Sequence[str]) -> Iterator[Credit]:
    for author in authors:
        wires = list(_named_in(author, "wire", author))
        yield from wires or [Credit(author, "byline", author)]


def _canonical(article: Article) -> Iterator[Credit]:
    original, here = _site(article.canonical_url), _site(article.url)
    if original and here and original != here:
        known = lookup(original)
        yield Credit(known.name if known else original, "canonical", article.canonical_url or original)


def _site(url: str | None) -> str | None:
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return host.removeprefix("www.").removeprefix("m.").removeprefix("amp.") if host else None


def _cited(article: Article, statement: Statement) -> Iterator[Credit]:
    """Yield the outlets that a statement came through or from: "told Reuters", "Reuters reported", "citing TASS"."""
    if statement.via:
        outlet = _publisher(statement.via)
        if _is_own(article, statement.via, outlet):
            yield Credit(outlet.name if outlet else statement.via, "own", *_words_with(article.text, statement))
        elif outlet is not None:
            yield Credit(outlet.name, "attribution", *_words_with(article.text, statement))
    spoke = _publisher(statement.speaker or "")
    if spoke is not None and not _is_own(article, statement.speaker or "", spoke):
        yield Credit(spoke.name, "attribution", *_words(article.text, statement.speaker_span, statement.cue_span))
    if _CITING.fullmatch(statement.cue):
        yield from _cited_outlets(article.text, statement)


def _cited_outlets(text: str, statement: Statement) -> Iterator[Credit]:
    evidence, span = _words(text, statement.cue_span, statement.content_span)
    for mention in find_organisations(statement.content[:80]):
        if mention.organisation.kind in _PUBLISHERS:
            yield Credit(mention.organisation.name, "attribution", evidence, span)


def _authority(statement: Statement) -> Iterator[Credit]:
    if statement.speaker is None or statement.kind != "said":
        return
    named: list[OrganisationMention] = list(find_organisations(statement.speaker))
    for mention in named[:1]:
        if mention.organisation.kind in _AUTHORITIES:
            yield Credit(mention.organisation.name, "authority", statement.speaker, statement.speaker_span)


def _is_own(article: Article, name: str, outlet: Organisation | None) -> bool:
    """Tell whether ``name`` is the article's publisher; a record without one names it in its own sign-up form."""
    publisher = article.publisher or article.site
    if publisher is None:
        return any(name in line for line in article.removed)
    known = lookup(publisher)
    return name.casefold() == publisher.casefold() or (known is not None and known == outlet)


def _publisher(name: str) -> Organisation | None:
    found = lookup(name) if name else None
    return found if found and found.kind in _PUBLISHERS else None


def _words_with(text: str, statement: Statement) -> tuple[str, Span]:
    """Return the words from the cue to the outlet's name, wherever each stands, and their span."""
    cue, via = statement.cue_span, statement.via or ""
    behind = text.find(via, cue[1], cue[1] + 300)
    at = behind if behind >= 0 else text.rfind(via, max(0, cue[0] - 300), cue[0])
    start = at if behind >= 0 else max(0, *(text.rfind(stop, 0, max(at, 0)) + 1 for stop in ("\n", ". ")))
    return _words(text, cue, (start, at + len(via)) if at >= 0 else cue)


def _words(text: str, *spans: Span | None) -> tuple[str, Span]:
    known = [span for span in spans if span is not None]
    start, end = min(start for start, _ in known), max(end for _, end in known)
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return words.strip(), (start, start + len(words.strip()))


def _moved(span: Span, by: int) -> Span:
    return span[0] + by, span[1] + by
