"""How likely an article and a story are about one event: channels compared apart, fused by fitted weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.resources import files

import msgspec

from tocsin.stories.terms import Terms
from tocsin.stories.window import Frequencies, Story, Vector

_MOST_WORDS = 200
_PRIOR_ARTICLES = 100.0
_LEAST_RARITY = 0.05
_NEUTRAL = 0.3


class Weights(msgspec.Struct, frozen=True):
    """A logistic model: what each thing that an article and a story have in common adds to the log-odds.

    ``centre`` weighs the cosine to the sum of the story's articles, ``mean`` the mean cosine to each, ``best`` that to
    the two nearest kept ones (to one alone, a story would drift along a chain). ``head``, ``names`` and ``figures``
    weigh how much of the article's headline, names and numbers the story has, from -0.3 (nothing) to 0.7 (all), 0 for
    an article without them. ``gap`` weighs the logarithm of the hours since the story was last joined, ``size`` that of
    its number of articles, ``extent`` that of the number of the article's terms (long articles share some with any).
    """

    bias: float
    centre: float
    mean: float
    best: float
    head: float
    names: float
    figures: float
    gap: float
    size: float
    extent: float


class Foreign(msgspec.Struct, frozen=True):
    """The model for articles in a language the story is not yet told in: shared names and figures, and time."""

    bias: float
    keys: float
    figures: float
    gap: float


class GroupingWeights(msgspec.Struct, frozen=True):
    """All that grouping weighs; set by hand on what ``bench/fit_grouping.py`` measures, which can search for better.

    ``join`` and ``second_look`` are the probabilities from which an article joins a story or is taken for an alerted
    one. Two stories are one when their centres are as similar as ``merge_centre``, and ``merge_extent`` more for each
    e-fold of the smaller story's terms, and their articles, on the mean, as similar as ``merge_mean``.
    """

    same_language: Weights
    foreign: Foreign
    join: float
    second_look: float
    merge_centre: float
    merge_extent: float
    merge_mean: float


class Background(msgspec.Struct, frozen=True):
    """In how many of ``articles`` everyday articles each stem occurs, before anything was seen."""

    articles: int
    counts: dict[str, int]


def _shipped(name: str) -> bytes:
    return files("tocsin.stories").joinpath("weights", name).read_bytes()


SHIPPED = msgspec.json.decode(_shipped("grouping.json"), type=GroupingWeights)
BACKGROUND = msgspec.json.decode(_shipped("background.json"), type=Background)


def vector_of(terms: Terms, language: str, frequencies: Frequencies, weights: GroupingWeights) -> Vector:
    """Return the article's vector: each term weighed by how rare it is so far (inverse document frequency)."""
    rarity = _rarities([*terms.words, *terms.keys], frequencies)
    words = {term: weight * rarity[term] for term, weight in terms.words.items()}
    if len(words) > _MOST_WORDS:
        words = dict(sorted(words.items(), key=lambda pair: -pair[1])[:_MOST_WORDS])
    model, figures = weights.same_language, _shares(terms.figures, rarity)
    channels = (
        (model.head, _shares(terms.head, rarity)),
        (model.names, _shares(terms.names, rarity)),
        (model.figures, figures),
    )
    return Vector(
        words=_unit(words),
        bonus=_bonus(channels),
        base=model.bias
        + model.extent * math.log(1 + len(words))
        - _NEUTRAL * sum([weight for weight, shares in channels if shares]),
        keys=_surprises(terms.keys, rarity, frequencies),
        figures=figures,
        language=language,
    )


def _rarities(terms: Iterable[str], frequencies: Frequencies) -> dict[str, float]:
    seen, usual = frequencies.counts, BACKGROUND.counts
    articles, log, least = _articles(frequencies), math.log, _LEAST_RARITY
    return {
        term: rarity if (rarity := log(articles / (1 + seen.get(term, 0) + usual.get(term, 0)))) > least else least
        for term in terms
    }


def _bonus(channels: Iterable[tuple[float, dict[str, float]]]) -> dict[str, float]:
    bonus: dict[str, float] = {}
    for weight, shares in channels:
        for term, share in shares.items():
            bonus[term] = bonus.get(term, 0.0) + weight * share
    return bonus


def _articles(frequencies: Frequencies) -> float:
    return _PRIOR_ARTICLES + BACKGROUND.articles + frequencies.articles


def _surprises(keys: Iterable[str], rarity: Mapping[str, float], frequencies: Frequencies) -> dict[str, float]:
    """Return the square of each key's rarity over that of one never seen: 0–1, near 0 for names of every day."""
    most = math.log(_articles(frequencies))
    return {key: (rarity[key] / most) ** 2 for key in keys}


def _unit(weights: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum([weight * weight for weight in weights.values()])) or 1.0
    return {term: weight / length for term, weight in weights.items()}


def _shares(terms: Iterable[str], rarity: Mapping[str, float]) -> dict[str, float]:
    """Return each term's share of the channel, by the square of its rarity as in a cosine."""
    squares = {term: rarity[term] * rarity[term] for term in terms}
    total = sum(squares.values()) or 1.0
    return {term: square / total for term, square in squares.items()}


def likelihood(vector: Vector, story: Story, at: datetime, weights: GroupingWeights) -> float:
    """Return the probability that an article seen ``at`` is about the story's event."""
    model, sums, bonus = weights.same_language, story.sums, vector.bonus
    shared = [(term, weight) for term, weight in vector.words.items() if term in sums]
    centre = sum([weight * sums[term] for term, weight in shared]) / story.length
    score = (
        vector.base
        + (model.centre + model.mean * story.coherence) * centre
        + model.best * (_nearest_two(shared, story.exemplars) if story.exemplars else centre)
        + sum([bonus[term] for term, _ in shared if term in bonus])
        + model.gap * _gap(story, at)
        + model.size * math.log(story.count)
    )
    if vector.language not in story.languages:
        score = max(score, _foreign(vector, story, at, weights.foreign))
    return 1.0 / (1.0 + math.exp(-score))


def _foreign(vector: Vector, story: Story, at: datetime, weights: Foreign) -> float:
    """Return the score across languages: how many rare names are shared, times how many of the article's are."""
    shared = sum([surprise for key, surprise in vector.keys.items() if key in story.keys])
    return (
        weights.bias
        + weights.keys * shared * shared / (sum(vector.keys.values()) or 1.0)
        + weights.figures * (_covered(vector.figures, story.sums) - _NEUTRAL if vector.figures else 0.0)
        + weights.gap * _gap(story, at)
    )


def closeness(one: Story, other: Story) -> float:
    """Return the cosine of two stories' centres."""
    return _dot(one.sums, other.sums) / (one.length * other.length)


def same_story(one: Story, other: Story, weights: GroupingWeights) -> bool:
    """Return whether two stories have turned out to be one."""
    centre = closeness(one, other)
    extent = math.log(1 + min(len(one.sums), len(other.sums)))
    alike = centre >= weights.merge_centre + weights.merge_extent * extent
    return alike and centre * one.coherence * other.coherence >= weights.merge_mean


def shared_terms(vector: Vector, story: Story, most: int = 5) -> tuple[str, ...]:
    """Return the terms that an article and a story share, those that weigh most first."""
    words = ((weight * story.sums[term], term) for term, weight in vector.words.items() if term in story.sums)
    found = sorted(words, key=lambda pair: -pair[0]) or [
        (share, k) for k, share in vector.keys.items() if k in story.keys
    ]
    return tuple(term.lstrip("#=") for _, term in found[:most])


def _gap(story: Story, at: datetime) -> float:
    return math.log1p(max(0.0, (at - story.last).total_seconds()) / 3600)


def _nearest_two(shared: list[tuple[str, float]], exemplars: list[dict[str, float]]) -> float:
    """Return the mean cosine to the two nearest of ``exemplars``; nothing but the terms ``shared`` can count."""
    cosines = [sum([weight * one[term] for term, weight in shared if term in one]) for one in exemplars]
    cosines.sort()
    return (cosines[-1] + cosines[-2]) / 2


def _dot(one: dict[str, float], other: dict[str, float]) -> float:
    if len(one) > len(other):
        one, other = other, one
    return sum([weight * other[term] for term, weight in one.items() if term in other])


def _covered(shares: dict[str, float], story: Mapping[str, object]) -> float:
    """Return how much of a channel the story has: 0–1."""
    return sum([share for term, share in shares.items() if term in story])
