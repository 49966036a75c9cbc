"""Taking a page's forms, consent banners, newsletter boxes and hover cards out before its text is extracted."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

_NAMES = re.compile(
    r"newsletter|sign-?up|subscri(?:be|ption)-?(?:box|form|widget|banner|prompt)|cookie|consent|gdpr|onetrust|didomi"
    r"|rollover|hovercard|popover|tooltip|share-?(?:bar|buttons?|tools)|social-?(?:share|bar|links|buttons)|recirc|outbrain|taboola",
    re.IGNORECASE,
)
_MOST_WORDS = 150
"""A longer element is no widget, whatever its name: some sites put ``newsletter`` on the whole page."""


def remove_widgets(tree: HtmlElement) -> list[str]:
    """Remove the page's widgets from the tree and return the words of each, in order."""
    removed = []
    for element in list(tree.iter("form", "div", "section", "aside", "span", "ul", "dialog")):
        if not _is_named_so(element) or _stands_in_removed(element, tree):
            continue
        words = " ".join(" ".join(element.itertext()).split())
        if len(words.split()) <= _MOST_WORDS:
            element.drop_tree()
            removed.append(words)
    return [words for words in removed if words]


def _is_named_so(element: HtmlElement) -> bool:
    if element.tag == "dialog":
        return True
    return _NAMES.search(f"{element.get('class', '')} {element.get('id', '')}") is not None


def _stands_in_removed(element: HtmlElement, tree: HtmlElement) -> bool:
    return element.getroottree().getroot() is not tree
