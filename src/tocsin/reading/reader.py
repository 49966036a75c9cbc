"""Read one article: its language, statements, times, places and credits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tocsin.model import Article, PlaceMention, Reading, Statement
from tocsin.reading.credits import find_credits
from tocsin.reading.language import detect
from tocsin.reading.organisations import find_organisations
from tocsin.reading.places import find_places
from tocsin.reading.statements import find_statements
from tocsin.reading.times import find_times


def read(article: Article) -> Reading:
    """Return all that can be read in ``article``; every span points into its text. Cost is linear in its length."""
    language = detect(article.text, article.language)
    times = find_times(article.text, language, article.published)
    places = find_places(article.text)
    statements = _with_parties(find_statements(article.text, language, times=times), places)
    return Reading(
        language=language,
        statements=statements,
        times=times,
        places=places,
        credits=find_credits(article, statements),
    )


def _with_parties(statements: Sequence[Statement], places: Sequence[PlaceMention]) -> tuple[Statement, ...]:
    """Give each speaker the country that its phrase names; one who comes again as "he" keeps it."""
    countries = {place.span[0]: place.country for place in places if place.country}
    named: dict[str, str] = {}
    found: list[Statement] = []
    for statement in statements:
        party = _party(statement, countries) or named.get(statement.resolved_to or "")
        if party is not None:
            named.update(dict.fromkeys(filter(None, (statement.resolved_to, statement.speaker)), party))
        found.append(replace(statement, party=party) if party else statement)
    return tuple(found)


def _party(statement: Statement, countries: Mapping[int, str]) -> str | None:
    if statement.speaker is None or statement.speaker_span is None or statement.kind != "said":
        return None
    for mention in find_organisations(statement.speaker):
        if mention.organisation.country and mention.organisation.kind not in ("wire", "outlet"):
            return mention.organisation.country
    start, end = statement.speaker_span
    return next((countries[offset] for offset in range(start, end) if offset in countries), None)
