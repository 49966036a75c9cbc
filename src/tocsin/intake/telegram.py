"""The public preview of a Telegram channel (``https://t.me/s/NAME``): a web page without a key, twenty posts of it.

A post has no headline: its item has none either, and is read by its first sentence. An edited post keeps its key, so
it is no second item, just like an entry that a feed has changed.
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit, urlunsplit

from lxml import html as lxml_html
from lxml.etree import ParserError
from lxml.html import HtmlElement

from tocsin.errors import BadInput
from tocsin.intake.breaks import break_lines, fit
from tocsin.intake.dates import iso_date
from tocsin.intake.feed import Feed, web_url
from tocsin.model import Item

MAX_CHARS = 4_000_000
"""A longer page is refused; a real one has some hundred thousand."""

_HEAD = 20_000
_MAX_POST = 20_000  # Telegram allows 4,096
_NAME = re.compile(r"\w{1,64}/\d{1,15}", re.ASCII)
_CHANNEL = re.compile(r"/(?:s/)?(\w{1,64})(?:/\d+)?/?", re.ASCII)
_POST = re.compile(r"/(?:s/)?(\w{1,64})/(\d{1,15})/?", re.ASCII)
_BLOCKS = ("br", "div", "p", "pre", "blockquote", "li")
_OPEN, _CLOSE = "\ue000", "\ue001"
"""Where a link begins and ends while a text's lines are sorted; characters that no alphabet has."""
_LINKED = re.compile(f"{_OPEN}[^{_CLOSE}]*(?:{_CLOSE}|$)")
_ADDRESS = re.compile(r"https?://\S+")
_REPLY = "tgme_widget_message_reply"


class NoPreview(BadInput):
    """This Telegram page shows no posts."""


def is_telegram(start: str) -> bool:
    """Return whether a document that begins with ``start`` is one of Telegram's pages."""
    head = start[:_HEAD]
    return head.lstrip()[:9].lower().startswith(("<!doctype", "<html")) and re.search(r'["\s]tgme_', head) is not None


def read(text: str, url: str, source: str, limit: int) -> Feed:
    """Return the posts that have words, the newest first; ``earlier`` leads to those before them.

    Raises NoPreview, with what to do, for a page without posts.
    """
    tree = _parsed(text)
    history = _first(tree, "tgme_channel_history")
    if history is None:
        raise NoPreview(_advice(url))
    posts = history.xpath("descendant::*[@data-post][not(ancestor::*[@data-post])]")[-limit:]
    numbers = [int(name.rpartition("/")[2]) for post in posts if (name := _name(post))]
    items = [item for post in posts if (item := _item(post, source)) is not None]
    return Feed(
        title=_line(tree, "tgme_channel_info_header_title") or "",
        items=tuple(reversed(items)),
        earlier=_before(url, min(numbers, default=0)),
    )


def post_page(url: str) -> str | None:
    """Return the page on which a post (``https://t.me/NAME/NUMBER``) is the newest; None for another address.

    The post's own page shows no text, and is there for one that was deleted as well.
    """
    parts = urlsplit(url)
    post = _POST.fullmatch(parts.path)
    if post is None:
        return None
    name, number = post.groups()
    return urlunsplit((parts.scheme, parts.netloc, f"/s/{name}", f"before={int(number) + 1}", ""))


def post_in(feed: Feed, url: str) -> Item | None:
    """Return the post of an address among a page's posts; None when it is not there, or has lost its words."""
    post = _POST.fullmatch(urlsplit(url).path)
    key = _link("/".join(post.groups())) if post else ""
    return next((item for item in feed.items if item.key.casefold() == key.casefold()), None)


def _parsed(text: str) -> HtmlElement:
    if len(text) > MAX_CHARS:
        raise NoPreview(f"it has {len(text)} characters, at most {MAX_CHARS}")
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except ParserError as error:
        raise NoPreview("it is empty") from error


def _advice(url: str) -> str:
    named = _CHANNEL.fullmatch(urlsplit(url).path)
    if named is None:
        return f"{url[:200]}; give a channel's address as https://t.me/s/NAME"
    return (
        f"{url[:200]}; if https://t.me/s/{named[1]} shows posts in a browser, give that address; if not, there is no "
        "such channel, or it is private, or shows no preview, and can't be listened to this way"
    )


def _before(url: str, lowest: int) -> str | None:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, f"before={lowest}", "")) if lowest > 1 else None


def _item(post: HtmlElement, source: str) -> Item | None:
    """Return a post as an item; None when it has no words (a picture, a video, a poll) or is a notice of the channel's.

    A post that is nothing but a link is read as what Telegram shows of the page behind it, credited to that site.
    """
    name = _name(post)
    if name is None or "service_message" in post.get("class", "").split():
        return None
    times = post.xpath(".//time/@datetime")
    published = iso_date(str(times[-1])) if times else None
    words, links = _words(post)
    page = _first(post, "tgme_widget_message_link_preview")
    if not words and page is not None and (title := _line(page, "link_preview_title")):
        return Item(
            source=source,
            key=_link(name),
            title=title,
            url=web_url(page.get("href")) or _link(name),
            content=html.escape(_line(page, "link_preview_description") or "", quote=False),
            published=published,
            credited=_line(page, "link_preview_site_name"),
        )
    content = words or links
    if not content:
        return None
    return Item(
        source=source,
        key=_link(name),
        title="",
        url=_link(name),
        content=html.escape(content, quote=False),
        published=published,
        credited=_line(post, "tgme_widget_message_forwarded_from_name"),
    )


def _name(post: HtmlElement) -> str | None:
    """Return a post's name, ``channel/number``."""
    name = post.get("data-post", "")
    return name if _NAME.fullmatch(name) else None


def _link(name: str) -> str:
    return f"https://t.me/{name}"


def _words(post: HtmlElement) -> tuple[str, str]:
    """Return the lines of a post's text that are more than links, and those that are links with words; one a line."""
    own = [each for each in _all(post, "js-message_text") if not each.xpath(f"ancestor::*[{_has(_REPLY)}]")]
    if not own:
        return "", ""
    text = own[0]
    break_lines(text, ("a",), _OPEN, _CLOSE)
    break_lines(text, _BLOCKS)
    lines = [" ".join(line.split()) for line in fit(text.text_content()[:_MAX_POST]).split("\n")]
    more = [line for line in lines if _says_something(_LINKED.sub("", line))]
    links = [line for line in lines if line not in more and _says_something(_ADDRESS.sub("", line))]
    return _joined(more), _joined(links)


def _says_something(line: str) -> bool:
    return any(map(str.isalnum, line))


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).replace(_OPEN, "").replace(_CLOSE, "")


def _has(name: str) -> str:
    """Return the XPath condition of an element that has a class."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


def _all(tree: HtmlElement, name: str) -> list[HtmlElement]:
    found: list[HtmlElement] = tree.xpath(f"descendant::*[{_has(name)}]")
    return found


def _first(tree: HtmlElement, name: str) -> HtmlElement | None:
    return next(iter(_all(tree, name)), None)


def _line(tree: HtmlElement, name: str) -> str | None:
    """Return the text of the first element of a class on one line; None when there is none or it is empty."""
    found = _first(tree, name)
    return None if found is None else " ".join(found.text_content().split())[:500] or None
