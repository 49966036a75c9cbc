"""Lines out of markup: a break where an element of its own line stands, and no character that no tree or page holds."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

_UNFIT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def fit(text: str | None) -> str:
    """Return the text with spaces for control characters.

    Editors paste them from word processors, and HTML may name them (``&#11;``): a tree that was parsed with one raises
    when the same text is put back into it.
    """
    return _UNFIT.sub(" ", text or "")


def break_lines(tree: HtmlElement, tags: Iterable[str], before: str = "\n", after: str = "\n") -> None:
    """Put ``before`` at the beginning of each of these elements, and ``after`` behind its end."""
    for element in tree.iter(*tags):
        element.text, element.tail = before + fit(element.text), after + fit(element.tail)
