"""Composition: from a story and its verdict to the message about it. Extractive only: every word is quoted.

What Tocsin adds is fixed words (``lexicons/``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from tocsin.alerts.changes import changes_between
from tocsin.alerts.excerpt import cut, first_sentences, one_line, same_words, sentences
from tocsin.alerts.lexicon import lexicon
from tocsin.alerts.selection import best_statements, publisher_of, ranked, report_of, speaker_of
from tocsin.alerts.subject import MOST_HEADLINE, subject_of
from tocsin.alerts.topics import Topics, place_keys, places_about, shipped_topics
from tocsin.errors import WrongUse
from tocsin.model import Article, Draft, Reading, Reason, Report, Source, Statement, Verdict, VersionKind

# A line on a locked telephone shows about this many characters.
MOST_LOCK_SCREEN = 130
MOST_PLACES = 24


def compose(
    story: str,
    kind: VersionKind,
    verdict: Verdict,
    read: Sequence[tuple[Article, Reading]],
    sources: Mapping[str, Source],
    *,
    previous: Draft | None = None,
    topics: Topics | None = None,
    worth: Mapping[str, float] | None = None,
) -> Draft:
    """Return the draft of a version of ``story``, quoting the best of its articles ``read``.

    After ``previous`` only what came since is told, and how it differs. ``topics`` are those assigned, by default the
    shipped ones; ``worth`` are the points of each article's own words by its id: one that deserved no alert does not
    speak for it. What the desk says in its own words is composed elsewhere (``amended``). Raises
    ``WrongUse`` when there is nothing to quote.
    """
    if not read:
        raise WrongUse(f"story {story} has no article to quote")
    everything = _ranked(read, sources, worth)
    fresh = _ranked(_since(previous, everything), sources, worth) or everything
    draft = _composed(story, kind, verdict, fresh, sources)
    assigned, places = about(everything, verdict.reasons, topics or shipped_topics())
    return replace(
        draft,
        changes=changes_between(previous, draft) if previous else (),
        reasons=verdict.reasons,
        articles=tuple(article.id for article, _ in read),
        topics=assigned,
        places=places,
    )


def about(
    read: Sequence[tuple[Article, Reading]], reasons: Sequence[Reason], topics: Topics
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the topics and places of a story with these articles, the quoted one first."""
    return _topics(read, reasons, topics), _places(read)


def headline_of(article: Article, language: str | None) -> str:
    """Return an article's headline verbatim: its title, else the first sentence of its text, cut where it is long.

    A title that is that sentence is no headline that somebody wrote: it is cut just so.
    """
    words = lexicon(language)
    title, sentence = one_line(article.title), one_line(next(sentences(article.text.strip(), words), ""))
    if title and not same_words(title, sentence):
        return title
    return cut(title or sentence, MOST_HEADLINE, words.openers)


def _composed(
    story: str,
    kind: VersionKind,
    verdict: Verdict,
    read: Sequence[tuple[Article, Reading]],
    sources: Mapping[str, Source],
) -> Draft:
    best, reading = read[0]
    language = best.language or reading.language
    headline = headline_of(best, language)
    publisher = publisher_of(best, sources)
    label = "Corrected" if kind is VersionKind.CORRECTION else verdict.label
    paragraphs = first_sentences(best.text, lexicon(language), after=headline)
    statements = best_statements(read)
    return Draft(
        story=story,
        kind=kind,
        band=verdict.band,
        label=label,
        subject=subject_of(headline, kind=kind, band=verdict.band, label=label, publisher=publisher, language=language),
        headline=headline,
        paragraphs=paragraphs,
        statements=statements,
        origins=verdict.origins,
        publisher=publisher,
        url=best.url or best.canonical_url,
        published=best.published,
        language=language,
        lock_screen=lock_screen_of(statements, paragraphs, headline),
        reports=_reports(read, sources),
    )


def _ranked(
    read: Sequence[tuple[Article, Reading]], sources: Mapping[str, Source], worth: Mapping[str, float] | None
) -> list[tuple[Article, Reading]]:
    readings = {article.id: reading for article, reading in read}
    return [(article, readings[article.id]) for article in ranked([article for article, _ in read], sources, worth)]


def _since(previous: Draft | None, read: Sequence[tuple[Article, Reading]]) -> list[tuple[Article, Reading]]:
    """Return what readers of ``previous`` were not told yet."""
    told = frozenset(previous.articles) if previous else frozenset()
    return [(article, reading) for article, reading in read if article.id not in told]


def _topics(read: Sequence[tuple[Article, Reading]], reasons: Sequence[Reason], topics: Topics) -> tuple[str, ...]:
    """Return the topics of the quoted article; those of the next one where it has none."""
    for article, reading in read:
        language = article.language or reading.language
        headline = headline_of(article, language)
        if assigned := topics.assign(headline, article.text, language, reading.places, reasons):
            return tuple(one.topic for one in assigned)
    return ()


def _places(read: Sequence[tuple[Article, Reading]]) -> tuple[str, ...]:
    """Return the keys of the places that the story's articles are about, those of the quoted one first."""
    about = (places_about(reading.places, article.title) for article, reading in read)
    return place_keys(chain.from_iterable(about))[:MOST_PLACES]


def _reports(read: Sequence[tuple[Article, Reading]], sources: Mapping[str, Source]) -> tuple[Report, ...]:
    return tuple(
        report_of(article, headline_of(article, article.language or reading.language), sources)
        for article, reading in read
    )


def lock_screen_of(statements: Sequence[Statement], paragraphs: Sequence[str], headline: str) -> str:
    """Return who says what, first, if it is more than the headline says; else what happened, first."""
    said = [s for s in statements if s.kind == "said" and speaker_of(s) and s.content not in headline]
    if said:
        return cut(one_line(f"{speaker_of(said[0])}: {said[0].content}"), MOST_LOCK_SCREEN)
    return cut(one_line(paragraphs[0] if paragraphs else headline), MOST_LOCK_SCREEN)
