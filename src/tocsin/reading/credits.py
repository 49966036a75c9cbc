"""Signs of where an article's information began: wire credits, datelines, bylines, links, attribution to other outlets."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.model import Article, Credit, Statement


def find_credits(article: Article, statements: tuple[Statement, ...]) -> tuple[Credit, ...]:
    """Return the signs of an article's origin, the strongest first; each evidence quotes the article."""
    return tuple(dict.fromkeys(_all(article, statements)))


def _all(article: Article, statements: tuple[Statement, ...]) -> Iterator[Credit]:
    if article.credited:
        yield Credit(article.credited, "feed-source", article.credited)
    for statement in statements:
        if statement.via and statement.speaker_span:
            yield Credit(statement.via, "attribution", statement.via)
