"""Read one article: its language, statements, times, places and credits."""

from __future__ import annotations

from tocsin.model import Article, Reading
from tocsin.reading.credits import find_credits
from tocsin.reading.language import detect
from tocsin.reading.places import find_places
from tocsin.reading.statements import find_statements
from tocsin.reading.times import find_times


def read(article: Article) -> Reading:
    """Return all that can be read in ``article``; every span points into its text."""
    language = detect(article.text, article.language)
    times = find_times(article.text, language, article.published)
    statements = find_statements(article.text, language, times=times)
    return Reading(
        language=language,
        statements=statements,
        times=times,
        places=find_places(article.text, language),
        credits=find_credits(article, statements),
    )
