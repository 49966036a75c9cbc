"""What ``tocsin why`` tells of a story: gates, points, support, and what would have had to be different."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from tocsin.commands.output import err, json_line, out, table
from tocsin.desk.leaving import left_out
from tocsin.model import Article, Origin, Reason, Verdict
from tocsin.newsroom.book import rules_of
from tocsin.replay.rows import origin_row, verdict_row
from tocsin.settings import installation
from tocsin.store.alerts import Version, story_versions
from tocsin.store.search import story_named, story_of_version, title_of
from tocsin.store.stories import articles_of, verdicts_of
from tocsin.stories.why import Explanation, decisive, explain
from tocsin.wiring import Parts, assemble

_VERSION = re.compile(r"v([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class _Story:
    id: str
    title: str
    verdicts: tuple[Verdict, ...]
    versions: tuple[Version, ...]
    articles: Mapping[str, Article]


def tell_why(story: str, config: Path | None, *, everything: bool, as_json: bool) -> None:
    """Print the verdict that counted, or ``everything`` that was decided about a story."""
    settings = installation(config)
    parts = assemble(settings)
    found = _found(parts, story)
    with parts.store.read() as connection:
        rules = rules_of(parts, connection)
    counted = decisive(found.verdicts)
    if counted is None:
        err.print(f"Nothing was decided about {story} yet.", markup=False)
        raise typer.Exit(3)
    if as_json:
        for verdict in found.verdicts:
            json_line(_row(found, verdict, explain(verdict, rules), counts=verdict is counted))
        return
    _show_story(found)
    for verdict in found.verdicts if everything else (counted,):
        _show(found, explain(verdict, rules))


def _found(parts: Parts, words: str) -> _Story:
    with parts.store.read() as connection:
        version = _VERSION.fullmatch(words)
        of_version = story_of_version(connection, int(version[1])) if version else None
        known = (of_version,) if of_version else story_named(connection, words)
        if len(known) > 1:
            table(("story", "began as"), ((one, title_of(connection, one)) for one in known))
            err.print("Several stories match: name one by its id.")
            raise typer.Exit(2)
        if not known:
            err.print(f"No story has this id, and none has “{words}” in its title.", markup=False)
            raise typer.Exit(3)
        [story] = known
        return _Story(
            story,
            title_of(connection, story),
            verdicts_of(connection, story),
            story_versions(connection, story),
            {one.article.id: one.article for one in articles_of(connection, story)},
        )


def _row(story: _Story, verdict: Verdict, told: Explanation, *, counts: bool) -> dict[str, Any]:
    """Return a row of verdicts.jsonl (as replay writes it) with origins, what came of it and what stood in the way."""
    article = story.articles.get(verdict.article)
    return {
        **verdict_row(verdict),
        "title": article.title if article else None,
        "origins": [origin_row(origin) for origin in verdict.origins],
        "outcome": told.outcome,
        "against": list(told.against),
        "counts": counts,
        "left_out": [one.article for one in left_out(story.versions)],
    }


# -- for people --------------------------------------------------------------------------------------------------------


def _show_story(story: _Story) -> None:
    out.print(story.title, style="bold", markup=False)
    out.print(f"story {story.id}: {len(story.verdicts)} verdicts, {len(story.versions)} versions", markup=False)
    for version in story.versions:
        note = f" ({version.reason})" if version.reason else ""
        out.print(f"  v{version.id}  {version.kind}, {version.state}{note}", markup=False)
    for one in left_out(story.versions):
        out.print(f"  left out by an editor since version {one.number}: {one.words}", markup=False)


def _show(story: _Story, told: Explanation) -> None:
    verdict = told.verdict
    article = story.articles.get(verdict.article)
    out.print()
    headline = f"“{article.title or article.text[:120]}” ({article.source})" if article else verdict.article
    out.print(f"{verdict.at:%Y-%m-%d %H:%M:%S} UTC  {headline}", style="bold", markup=False)
    out.print(f"{told.outcome}. {verdict.label}.", markup=False)
    if told.against:
        out.print("why not more:", style="bold")
        for line in told.against:
            out.print(f"  {line}", markup=False)
    out.print()
    table(("", "ground", "", "the words it stood on"), _grounds(verdict.reasons, told.points))
    if verdict.origins:
        out.print()
        table(("origin", "articles", "why these are one"), map(_origin, verdict.origins))


def _grounds(reasons: Sequence[Reason], points: Sequence[Reason]) -> Iterator[tuple[object, ...]]:
    for kind in ("gate", "support"):
        for reason in reasons:
            if reason.kind == kind:
                yield kind, reason.name, "holds" if reason.holds else "FAILS", reason.evidence
    for reason in points:
        yield "points", reason.name, f"{reason.points:+.1f}", reason.evidence


def _origin(origin: Origin) -> tuple[object, ...]:
    name = origin.name if origin.known else f"{origin.name} (unknown: counts for speed only)"
    return name, len(origin.articles), "; ".join(origin.evidence)
