"""Short-hands of the judging tests: an article, its report, and what was found in it."""

from datetime import UTC, datetime

from tocsin.model import Article, Reading, Source
from tocsin.stories.features import Report, report_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def article(
    title: str, text: str = "", *, key: str = "1", source: str = "Wire", language: str = "en", **more: object
) -> Article:
    """Return an article published at noon."""
    fields: dict[str, object] = {"published": NOON.isoformat(), **more}
    return Article(key, source, title, text, language=language, **fields)  # type: ignore[arg-type]  # test short-hand


def report(title: str, language: str = "en", text: str = "") -> Report:
    """Return the report of a headline."""
    return report_of(article(title, text, language=language))


def found(title: str, language: str = "en", text: str = "") -> dict[str, str]:
    """Return the features of a headline with the words they stood on."""
    made = report(title, language, text)
    return {one.name: made.text[one.start : one.end] for one in made.features}


def unread(_: Article) -> Reading:
    """Return an empty reading."""
    return Reading("en")


def source(name: str, tier: int = 2, **more: object) -> Source:
    """Return a known source of its own family."""
    return Source(name, publisher=name, family=name, tier=tier, **more)  # type: ignore[arg-type]  # test short-hand
