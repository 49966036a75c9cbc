"""Reading schema.org data as JSON-LD writes it in the wild: single objects, lists, ``@graph``, nested nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Node = Mapping[str, Any]

_MAX_NODES = 2000
_LISTS = ("@graph", "articles", "items", "mainEntity", "mainEntityOfPage", "liveBlogUpdate", "itemListElement", "item")


def nodes_of(data: object) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Yield each object of a JSON-LD document with its types (lower case, without the vocabulary), outermost first.

    Bounded in nodes and without recursion, since pages are hostile.
    """
    waiting = [data]
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        current = waiting.pop(0)
        if isinstance(current, list):
            waiting.extend(current[:_MAX_NODES])
        elif isinstance(current, dict):
            yield current, types_of(current)
            waiting.extend(current[name] for name in _LISTS if isinstance(current.get(name), dict | list))


def types_of(node: Node) -> tuple[str, ...]:
    """Return a node's types in lower case, without ``schema.org/`` or a prefix."""
    given = node.get("@type")
    listed = given if isinstance(given, list) else [given]
    return tuple(
        each.rstrip("/").replace(":", "/").rsplit("/", 1)[-1].lower() for each in listed if isinstance(each, str)
    )


def text_of(node: Node, *names: str) -> str:
    """Return the first non-empty text among these properties: a string, a node's name or url, or a list's first."""
    for name in names:
        found = _text(node.get(name))
        if found:
            return found
    return ""


def _text(value: object, depth: int = 3) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list) and depth:
        return next((text for each in value[:20] if (text := _text(each, depth - 1))), "")
    if isinstance(value, dict) and depth:
        return next(
            (text for name in ("@value", "name", "url", "@id") if (text := _text(value.get(name), depth - 1))), ""
        )
    return ""


def people_of(value: object) -> tuple[str, ...]:
    """Return the names of authors given as a string, a node, or a list of either; no name twice."""
    listed = value if isinstance(value, list) else [value]
    names = (_text(each["name"]) if isinstance(each, dict) and "name" in each else _text(each) for each in listed[:50])
    return tuple(dict.fromkeys(name for name in names if name and not name.startswith(("http://", "https://"))))
