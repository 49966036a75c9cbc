"""What one report says, as named features with the words each of them stood on."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from tocsin.model import Article
from tocsin.stories.events import Toll, tolls
from tocsin.stories.lexicon import Hit, Words, lexicon
from tocsin.stories.plain import headline_and_lead
from tocsin.stories.shape import Found, shape_features

HEADLINE_TOKENS = 45
LEAD_TOKENS = 60
TOLL_STEPS = (1, 5, 10, 20, 50, 100)

_ONLY_AS_OPENER = "question"  # "what", "who" and "will" say little inside a headline
# What colours a headline when it opens it, and less when it is said in a clause at its end.
_EARLY = 7
_WEAKER_LATER = frozenset(
    (
        *("plan", "says", "reaction", "routine", "recalled", "opinion", "study", "soft", "sport", "inquiry"),
        *("money_routine", "military_routine", "legal_routine", "live", "promotion", "anniversary", "aftermath"),
        "nothing",
    )
)


@dataclass(frozen=True, slots=True)
class Report:
    """A report's own words, cleaned: headline and lead in one text, its features, its tolls, its headline's stems.

    ``concepts`` and ``words`` are the headline's. ``stems`` maps each stem to its first word's place; ``names`` are
    those written with a capital, the headline's first word only if no concept explains it.
    """

    text: str
    language: str
    headline_end: int
    features: tuple[Found, ...]
    concepts: frozenset[str]
    tolls: tuple[Toll, ...]
    words: Words
    stems: dict[str, int]
    names: frozenset[str]

    @property
    def headline(self) -> str:
        """Return the headline: the title, or the first sentence of a report that has none."""
        return self.text[: self.headline_end]

    def spelled(self, stem: str) -> str:
        """Return the headline's first word of this stem as it is written there."""
        place = self.stems[stem]
        return self.text[self.words.start(place) : self.words.end(place)]


def report_of(article: Article) -> Report:
    """Return what ``article`` says in its headline and lead; text beyond these is not looked at."""
    headline, lead = headline_and_lead(article)
    language = article.language or "en"
    text = f"{headline}\n{lead}" if lead else headline
    known = lexicon(language)
    head, rest = Words(headline, HEADLINE_TOKENS, known), Words(lead, LEAD_TOKENS, known, len(headline) + 1)
    hits, lead_hits = known.find(head.known), known.find(rest.known)
    counted = tolls(head, hits) or tolls(rest, lead_hits)
    stems = _stems(head)
    features = (
        *_headline_concepts(hits, head),
        *_lead_concepts(lead_hits, rest),
        *_pairs_in(hits, head),
        *_toll_steps(counted),
        *shape_features(headline, head, hits),
    )
    return Report(
        text=text,
        language=language,
        headline_end=len(headline),
        features=features,
        concepts=frozenset(hit.concept for hit in hits),
        tolls=counted,
        words=head,
        stems=stems,
        names=_names(head, stems, hits),
    )


@cache
def pairs() -> dict[str, tuple[str, ...]]:
    """Return the pairs of concepts to look for: those that the prior names, ``leader + exit`` and the like."""
    prior = resources.files("tocsin.stories").joinpath("weights/item_any.toml").read_text("utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for name in tomllib.loads(prior)["features"]:
        one, plus, other = name.partition(" + ")
        if plus:
            found[one] = (*found.get(one, ()), other)
    return found


def _headline_concepts(hits: Sequence[Hit], words: Words) -> Iterator[Found]:
    for hit in _firsts(hits).values():
        if hit.concept != _ONLY_AS_OPENER:
            later = hit.first >= _EARLY and hit.concept in _WEAKER_LATER
            name = f"{hit.concept} later" if later else hit.concept
            yield Found(name, 1.0, hit.first, hit.last, words)


def _lead_concepts(hits: Sequence[Hit], words: Words) -> Iterator[Found]:
    for hit in _firsts(hits).values():
        if hit.concept != _ONLY_AS_OPENER:
            yield Found(f"{hit.concept} in the lead", 1.0, hit.first, hit.last, words)


def _pairs_in(hits: Sequence[Hit], words: Words) -> Iterator[Found]:
    firsts, partners = _firsts(hits), pairs()
    for one, hit in firsts.items():
        for other in partners.get(one, ()):
            if other in firsts:
                start, end = min(hit.first, firsts[other].first), max(hit.last, firsts[other].last)
                yield Found(f"{one} + {other}", 1.0, start, end, words)


def _toll_steps(counted: Sequence[Toll]) -> Iterator[Found]:
    for toll in counted:
        for step in TOLL_STEPS:
            if toll.value >= step:
                yield Found(f"{step}+ {toll.what}", 1.0, toll.start, toll.end)


def _firsts(hits: Sequence[Hit]) -> dict[str, Hit]:
    found: dict[str, Hit] = {}
    for hit in hits:
        found.setdefault(hit.concept, hit)
    return found


def _stems(words: Words) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, word in enumerate(words.known):
        for stem in word.stems:
            if stem not in found:
                found[stem] = place
    return found


def _names(words: Words, stems: dict[str, int], hits: Sequence[Hit]) -> frozenset[str]:
    explained = bool(hits) and hits[0].first == 0
    return frozenset(stem for stem, place in stems.items() if words[place].capital and (place or not explained))
