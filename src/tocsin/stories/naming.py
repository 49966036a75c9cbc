"""Whom and what a report names, nations apart: what tells one event from another of its kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tocsin.stories.features import LEAD_TOKENS, NAMING, Report
from tocsin.stories.lexicon import Hit, Words, lexicon

_NATIONS = frozenset({"power", "country", "nation_unrest"})
_ALONE = NAMING - _NATIONS
_CITIES = frozenset({"city", "key_city"})
_ENDED = frozenset(".!?…:\n")


class Names(NamedTuple):
    """The stems of the names of a report's headline and lead: nations, and all others; ``head`` are the headline's."""

    others: frozenset[str]
    nations: frozenset[str]
    head: frozenset[str]


NAMELESS = Names(frozenset(), frozenset(), frozenset())


def names_of(report: Report) -> Names:
    """Return what a report names in headline and lead. It costs too much for every report: ask when it matters."""
    known = lexicon(report.language)
    lead = Words(report.text[report.headline_end :], LEAD_TOKENS, known)
    hits = known.find(report.words.known)
    nations = {*_nations(report.words, hits), *_nations(lead, known.find(lead.known))}
    names = _in_headline(report, hits).union(_in_running_text(lead))
    return Names(names - nations, names & nations, frozenset(report.stems))


def _in_headline(report: Report, hits: Sequence[Hit]) -> frozenset[str]:
    """Return the names of a headline; of its first word only if it is known to be one, and no nation."""
    first = next((place for place, word in enumerate(report.words.known) if word.form[0].isalpha()), None)
    if first is None:
        return report.names
    if any(hit.first == first and hit.concept in _ALONE for hit in hits):
        return report.names.union(report.words[first].stems)
    return report.names.difference(report.words[first].stems)


def _nations(words: Words, hits: Sequence[Hit]) -> Iterator[str]:
    """Yield the stems of nations; London and Paris are powers too, but cities here."""
    cities = {hit.first for hit in hits if hit.concept in _CITIES}
    for hit in hits:
        if hit.concept in _NATIONS and hit.first not in cities:
            for word in words.known[hit.first : hit.last + 1]:
                yield from word.stems


def _in_running_text(words: Words) -> Iterator[str]:
    """Yield the stems of words with a capital that no sentence begins with, unless most words have one."""
    capitals = [place for place, word in enumerate(words.known) if word.capital]
    if 2 * len(capitals) > len(words):
        return
    for place in capitals:
        if place and _ENDED.isdisjoint(words.before(place)):
            yield from words[place].stems
