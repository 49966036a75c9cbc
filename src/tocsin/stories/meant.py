"""Which of the concepts that a headline's words stand for are meant there."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.stories.lexicon import Hit, Words

_HARM = frozenset({"deaths", "injuries", "missing", "harmed", "destroyed", "toll_rises", "death_of"})
_DENIED = 2
_TONES = frozenset({"plan", "routine", "soft", "sport"})
_PHRASES = frozenset({"hedge", "says"})
_IN_NAMES = frozenset({"disaster", "legislature", "emergency", "attack"})
_DOUBTFUL = _IN_NAMES | {"death_of"}
_SPEAKERS = frozenset({"leader", "known_leader", "official"})
_STRUCK = frozenset({"deaths", "injuries", "attack", "wreck", "disaster"})
_WHERE = frozenset({"at", "during", "into", "near", "outside", "inside"})
_REACH = 3


def meant(words: Words, hits: list[Hit]) -> list[Hit]:
    """Return ``hits`` without harm that did not happen, the place of harm as a subject, and words of longer phrases."""
    concepts = {hit.concept for hit in hits}
    if "nothing" in concepts:
        hits = _happened(hits)
    if not concepts.isdisjoint(_DOUBTFUL):
        hits = [hit for hit in hits if hit.concept not in _DOUBTFUL or not _is_another(hit, words, hits)]
    if not concepts.isdisjoint(_TONES):
        hits = [hit for hit in hits if hit.concept not in _TONES or not _only_looks_so(hit, words, hits)]
    return hits


def _happened(hits: list[Hit]) -> list[Hit]:
    """Leave out the harm that did not happen: "no casualties", "nobody was hurt"."""
    denied = [hit for hit in hits if hit.concept == "nothing"]
    return [
        hit
        for hit in hits
        if hit.concept not in _HARM or not any(no.first <= hit.first <= no.last + _DENIED for no in denied)
    ]


def _is_another(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "beaten to death" from a death, "fire department" from a fire and "minister blasts" from an explosion."""
    before = hit.first - 1
    if hit.concept == "death_of":
        return before >= 0 and words[hit.first].form == "death" and words[before].form == "to"
    if any(other.concept == "security" and other.first <= hit.first and hit.last < other.last for other in hits):
        return True
    return words[hit.first].form == "blasts" and any(
        other.last == before and other.concept in _SPEAKERS for other in hits
    )


def _only_looks_so(tone: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "appears to be", "according to a statement" and "kills 24 at wedding ceremony" from plans and soft news."""
    if any(hit.concept in _PHRASES and hit.first < hit.last and hit.first <= tone.first <= hit.last for hit in hits):
        return True
    before = words.known[max(0, tone.first - _REACH) : tone.first]
    return (
        tone.concept != "plan"
        and any(word.form in _WHERE for word in before)
        and any(hit.concept in _STRUCK and hit.last < tone.first for hit in hits)
    )
