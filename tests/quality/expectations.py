"""The feedparser suite's ``Expect`` lines, as far as they speak of what an item carries."""

from __future__ import annotations

import ast
import html
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tocsin.intake.dates import iso_date
from tocsin.intake.feed import Feed, plain_text, safe_html, web_url
from tocsin.model import Item, instant

HERE = "http://127.0.0.1:8097/"
_EXPECT = re.compile(rb"Expect:\s*(.*)")
_ENTRY = re.compile(r"entries\[(\d)\](?:\.|\[')(.+?)(?:'\])?$")


@dataclass(frozen=True)
class SuiteFile:
    """One feed of the suite: its path, its bytes, and the headers it is served with."""

    path: str
    body: bytes
    content_type: str | None
    base: str


@dataclass(frozen=True)
class Expectation:
    """One thing expected of a feed: the field of the suite (``entries[0]['title']``) and its value."""

    path: str
    field: str
    value: object


def suite(data: Path) -> list[SuiteFile]:
    """Return the suite's feeds (XML and JSON) by path."""
    with tarfile.open(data / "feeds" / "feedparser-suite.tar.gz") as archive:
        members = [member for member in archive if member.isfile() and member.name.endswith((".xml", ".json", ".amp"))]
        opened = [(member.name, archive.extractfile(member)) for member in members]
        return sorted((_file(name, file.read()) for name, file in opened if file), key=lambda each: each.path)


def _file(name: str, body: bytes) -> SuiteFile:
    return SuiteFile(
        path=name,
        body=body,
        content_type=_header(body, b"Content-type"),
        base=web_url(_header(body, b"Content-Location"), HERE) or HERE,
    )


def _header(body: bytes, name: bytes) -> str | None:
    found = re.search(rb"Header:\s*" + name + rb":\s*(.+)", body[:2000], re.IGNORECASE)
    return found.group(1).decode("latin-1").strip() if found else None


def expectations(file: SuiteFile) -> Iterator[Expectation]:
    """Yield the equalities in a file's ``Expect`` line whose right side is a plain value."""
    found = _EXPECT.search(file.body)
    if not found:
        return
    try:
        tree = ast.parse(found.group(1).decode("utf-8", "replace").strip(), mode="eval").body
    except SyntaxError:
        return
    for part in tree.values if isinstance(tree, ast.BoolOp) else [tree]:
        if isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Eq):
            try:
                value = ast.literal_eval(part.comparators[0])
            except ValueError:
                continue
            yield Expectation(file.path, ast.unparse(part.left), value)


def holds(expected: Expectation, feed: Feed) -> bool | None:
    """Return whether an expectation holds, None when it is not about titles, links, ids, dates, authors or summaries.

    Titles are compared as plain text; HTML after Tocsin's own cleaning of both sides, which is stricter than the
    suite's (it keeps no style); dates as instants; the texts of an entry wherever its publisher put them.
    """
    if expected.field in ("feed['title']", "feed['title_detail']['value']", "feed.title"):
        return feed.title == plain_text(str(expected.value))
    matched = _ENTRY.fullmatch(expected.field)
    if not matched:
        return None
    name = re.sub(r"\W+", " ", matched.group(2)).strip()
    number = int(matched.group(1))
    return _entry_holds(name, expected.value, feed.items[number] if number < len(feed.items) else None)


def _entry_holds(name: str, value: object, item: Item | None) -> bool | None:
    if name not in _FIELDS:
        return None
    return item is not None and _FIELDS[name](item, value)


def _published(item: Item, value: object) -> bool:
    return _date(item.published, value)


def _updated(item: Item, value: object) -> bool:
    return _date(item.updated or item.published, value)


def _source(item: Item, value: object) -> bool:
    return item.credited == plain_text(str(value))


def _language(item: Item, value: object) -> bool:
    return item.language == value


def _title(item: Item, value: object) -> bool:
    return item.title in (value, plain_text(str(value)))


def _words(item: Item, value: object) -> bool:
    written = (_clean(item.summary), _clean(item.content))
    return _clean(str(value)) in written or _clean(html.escape(str(value), quote=False)) in written


def _clean(markup: str) -> str:
    return " ".join(safe_html(markup, HERE).replace(" ", " ").split())


def _link(item: Item, value: object) -> bool:
    return item.url == web_url(str(value), HERE)


def _key(item: Item, value: object) -> bool:
    return item.key == value


def _author(item: Item, value: object) -> bool:
    """An author's name; the suite writes ``name (address)``, addresses are no part of an item."""
    name = re.sub(r"\s*\(?[\w.+-]+@[\w.-]+\)?", "", str(value)).strip()
    return name in item.authors or (not name and not item.authors)


def _date(kept: str | None, value: object) -> bool:
    if isinstance(value, tuple):
        moment = instant(kept)
        return moment is not None and moment.timetuple()[:6] == value[:6]
    return instant(kept) == instant(iso_date(str(value))) is not None


_FIELDS: dict[str, Callable[[Item, object], bool]] = {
    **dict.fromkeys(("title", "title_detail value"), _title),
    **dict.fromkeys(("description", "summary", "summary_detail value", "content 0 value"), _words),
    **dict.fromkeys(("link", "links 0 href"), _link),
    **dict.fromkeys(("id", "guid"), _key),
    **dict.fromkeys(("author", "author_detail name", "authors 0 name", "authors 1 name"), _author),
    **dict.fromkeys(("published", "published_parsed"), _published),
    **dict.fromkeys(("updated", "updated_parsed"), _updated),
    "source title": _source,
    "title_detail language": _language,
}
