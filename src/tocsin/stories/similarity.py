"""How likely an article and a story are about one event: channels compared apart, fused by fitted weights."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from heapq import nlargest
from importlib.resources import files
from itertools import islice
from operator import itemgetter

import msgspec

from tocsin.stories.frequencies import Frequencies
from tocsin.stories.terms import Terms
from tocsin.stories.window import Story, Vector

_MOST_WORDS = 200
_MOST_TELLING, _MOST_KEYS = 100, 8
_KEY_SHARE = 0.5
PRIOR_ARTICLES = 100.0
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


def _shipped(name: str) -> bytes:
    return files("tocsin.stories").joinpath("weights", name).read_bytes()


SHIPPED = msgspec.json.decode(_shipped("grouping.json"), type=GroupingWeights)


def vector_of(terms: Terms, language: str, frequencies: Frequencies, weights: GroupingWeights) -> Vector:
    """Return the article's vector: each term weighed by how rare it is so far (inverse document frequency)."""
    articles = PRIOR_ARTICLES + frequencies.articles
    rarity = _rarities([*terms.words, *terms.keys], articles, frequencies.counts)
    words, keys = _unit(terms.words, rarity), _surprises(terms.keys, rarity, articles)
    model, figures = weights.same_language, _shares(terms.figures, rarity)
    channels = [
        (model.head, _shares(terms.head, rarity)),
        (model.names, _shares(terms.names, rarity)),
        (model.figures, figures),
    ]
    return Vector(
        words=words,
        telling=_telling(words, keys),
        bonus=_bonus(channels),
        base=model.bias
        + model.extent * math.log(1 + len(words))
        - _NEUTRAL * sum([weight for weight, shares in channels if shares]),
        keys=keys,
        figures=figures,
        language=language,
    )


def _rarities(terms: list[str], articles: float, counts: Mapping[str, int]) -> dict[str, float]:
    most, log, least, count = math.log(articles), math.log, _LEAST_RARITY, counts.get
    return {term: rarity if (rarity := most - log(1 + count(term, 0))) > least else least for term in terms}


def _unit(words: dict[str, float], rarity: Mapping[str, float]) -> dict[str, float]:
    """Return the weightiest terms, the weightiest first, scaled to unit length: 1 + logarithm, times rarity."""
    log = math.log
    found = [(term, (1.0 + log(weight)) * rarity[term]) for term, weight in words.items()]
    found.sort(key=itemgetter(1), reverse=True)
    del found[_MOST_WORDS:]
    length = math.sqrt(sum([weight * weight for _, weight in found])) or 1.0
    return {term: weight / length for term, weight in found}


def _telling(words: dict[str, float], keys: dict[str, float]) -> dict[str, float]:
    found = {term: weight * weight for term, weight in islice(words.items(), _MOST_TELLING)}
    for key in nlargest(_MOST_KEYS, keys, key=keys.__getitem__) if len(keys) > _MOST_KEYS else keys:
        found[key] = keys[key] * _KEY_SHARE
    return found


def _bonus(channels: Iterable[tuple[float, dict[str, float]]]) -> dict[str, float]:
    bonus: dict[str, float] = {}
    for weight, shares in channels:
        for term, share in shares.items():
            bonus[term] = bonus.get(term, 0.0) + weight * share
    return bonus


def _surprises(keys: Iterable[str], rarity: Mapping[str, float], articles: float) -> dict[str, float]:
    """Return the square of each key's rarity over that of one never seen: 0–1, near 0 for names of every day."""
    most = math.log(articles)
    return {key: (rarity[key] / most) ** 2 for key in keys}


def _shares(terms: Collection[str], rarity: Mapping[str, float]) -> dict[str, float]:
    """Return each term's share of the channel, by the square of its rarity as in a cosine."""
    if not terms:
        return {}
    squares = [rarity[term] ** 2 for term in terms]
    total = sum(squares)
    return {term: square / total for term, square in zip(terms, squares, strict=True)}


def likelihood(vector: Vector, story: Story, at: datetime, weights: GroupingWeights) -> float:
    """Return the probability that an article seen ``at`` is about the story's event."""
    model, words, sums, bonus = weights.same_language, vector.words, story.sums, vector.bonus
    shared = list(filter(sums.__contains__, vector.words))
    centre = sum([words[term] * sums[term] for term in shared]) / story.length
    score = (
        vector.base
        + (model.centre + model.mean * story.coherence) * centre
        + model.best * (_nearest_two(words, shared, story.exemplars) if story.exemplars else centre)
        + sum([bonus[term] for term in filter(bonus.__contains__, shared)])
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
    words, sums = vector.words, story.sums
    found = [(words[term] * sums[term], term) for term in filter(sums.__contains__, words)]
    found.sort(key=itemgetter(0), reverse=True)
    terms = [term for _, term in found[:most]] or islice(filter(story.keys.__contains__, vector.keys), most)
    return tuple([term.lstrip("#=") for term in terms])


def _gap(story: Story, at: datetime) -> float:
    return math.log1p(max(0.0, (at - story.last).total_seconds()) / 3600)


def _nearest_two(words: dict[str, float], shared: list[str], exemplars: list[dict[str, float]]) -> float:
    """Return the mean cosine to the two nearest of ``exemplars``; nothing but the terms ``shared`` can count."""
    cosines = [sum([words[term] * one[term] for term in filter(one.__contains__, shared)]) for one in exemplars]
    cosines.sort()
    return (cosines[-1] + cosines[-2]) / 2


def _dot(one: dict[str, float], other: dict[str, float]) -> float:
    if len(one) > len(other):
        one, other = other, one
    return sum([weight * other[term] for term, weight in one.items() if term in other])


def _covered(shares: dict[str, float], story: Mapping[str, object]) -> float:
    """Return how much of a channel the story has: 0–1."""
    return sum([share for term, share in shares.items() if term in story])
