"""What one report says, as named features with the words each of them stood on."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

import msgspec

from tocsin.model import Article
from tocsin.stories.actors import actors
from tocsin.stories.events import Toll, magnitude, tolls
from tocsin.stories.frequencies import BACKGROUND
from tocsin.stories.lexicon import TUNED, Hit, Words, lexicon
from tocsin.stories.meant import meant
from tocsin.stories.mention import FREE_ORDER, mentioned_from, told
from tocsin.stories.plain import headline_and_lead
from tocsin.stories.revised import revised_to
from tocsin.stories.shape import Found, shape_features

HEADLINE_TOKENS = 45
LEAD_TOKENS = 60
TOLL_STEPS = (1, 5, 10, 20, 50, 100)
MAGNITUDE_STEPS = (6, 7, 8)
_NO_DAILY_TOLL = 20
_BLOWS = frozenset({"attack", "strike", "missile"})

# "what", "who" and "will" say little inside a headline; an army, a place or a person's name only beside an event.
_NOT_ALONE = frozenset(
    (
        *("question", "army", "enters", "country", "key_city"),
        *("famous", "treaty", "terrorism", "steps_down", "convicted", "walks_free"),
        *("arrested", "classroom", "gunfire", "space", "let_go", "dismisses", "slays", "government"),
        *("elected", "royals", "royal_life", "top_court", "court_acts", "acts", "un_council"),
        *("conquest", "acquisition", "billions", "ship", "ex_leader", "dies"),
    )
)
# What colours a headline when it opens it, and less when it is said in a clause at its end.
_EARLY = 7
# Who was shot, sacked or freed stands beside the verb; further off the verb is somebody else's.
_NEAR = 3
_AT_ONCE = 1
# What is reacted to, supposed or negated before anything has been told counts three tenths (chosen on folds in time).
_MENTIONED = 0.3
_WEAKER_LATER = frozenset(
    (
        *("plan", "says", "reaction", "routine", "recalled", "opinion", "study", "soft", "sport", "inquiry"),
        *("money_routine", "military_routine", "legal_routine", "live", "promotion", "anniversary", "aftermath"),
        "nothing",
    )
)

_TITLE_CASE = 0.75
# What concepts list names themselves.
NAMING = frozenset(
    (
        *("city", "key_city", "country", "power", "nation_unrest", "major_place", "landmark"),
        *("known_leader", "militant_leader", "celebrity", "famous"),
    )
)

# Concepts that colour a headline; they count in full also where what they colour is only mentioned.
_COLOURS = _WEAKER_LATER | {"question", "denied", "hedge", "local", "negated"}


class Report(msgspec.Struct, frozen=True, gc=False):
    """A report's own words, cleaned: headline and lead in one text, its features, its tolls, its headline's stems.

    ``concepts`` and ``words`` are the headline's. ``stems`` maps each stem to its first word's place; ``names`` are
    those written with a capital, the headline's first word only if a lexicon was asked and does not explain it.
    ``revised`` is the number of dead to which a toll was corrected, 0 where none was.
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
    revised: int = 0

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
    hits, lead_hits = meant(head, known.find(head.known)), known.find(rest.known)
    hits = told(head, [*hits, *actors(head, hits)])
    mentioned = mentioned_from(head, hits, language)
    counted = tolls(head, hits) or tolls(rest, lead_hits)
    only_mentioned = range(head.start(mentioned), len(headline)) if mentioned < len(head) else range(0)
    stems = _stems(head)
    features = (
        *_headline_concepts(hits, head, mentioned),
        *_lead_concepts(lead_hits, rest),
        *_pairs_in(hits, head, mentioned, language in FREE_ORDER),
        *_toll_steps(counted, only_mentioned, in_unrest=_of_civilians({hit.concept for hit in hits})),
        *_magnitude_steps(head, hits),
        *shape_features(headline, head, hits, language),
    )
    return Report(
        text=text,
        language=language,
        headline_end=len(headline),
        features=features,
        concepts=frozenset([hit.concept for hit in hits]),
        tolls=counted,
        words=head,
        stems=stems,
        names=_names(head, stems, hits, tuned=language in TUNED),
        revised=revised_to((head, hits), (rest, lead_hits)),
    )


class Pair(NamedTuple):
    """Two concepts that mean more, or less, together than apart.

    ``joined`` is "+" anywhere in the headline, "near" with few words between them, "then" for whom it happens to: the
    second follows the first at once ("Truss quits"), or stands on either side where the order is free.
    """

    name: str
    other: str
    joined: str


@cache
def pairs() -> dict[str, tuple[Pair, ...]]:
    """Return the pairs to look for by their first concept: those that the prior names, "leader + exit" and the like."""
    prior = resources.files("tocsin.stories").joinpath("weights/item_any.toml").read_text("utf-8")
    found: dict[str, tuple[Pair, ...]] = {}
    for name in tomllib.loads(prior)["features"]:
        for joined in ("+", "near", "then"):
            one, between, other = name.partition(f" {joined} ")
            if between:
                found[one] = (*found.get(one, ()), Pair(name, other, joined))
    return found


def _headline_concepts(hits: Sequence[Hit], words: Words, mentioned: int) -> Iterator[Found]:
    for hit in _firsts(hits).values():
        if hit.concept not in _NOT_ALONE:
            later = hit.first >= _EARLY and hit.concept in _WEAKER_LATER
            name = f"{hit.concept} later" if later else hit.concept
            weight = _MENTIONED if hit.first >= mentioned and hit.concept not in _COLOURS else 1.0
            yield Found(name, weight, hit.first, hit.last, words)


def _lead_concepts(hits: Sequence[Hit], words: Words) -> Iterator[Found]:
    for hit in _firsts(hits).values():
        if hit.concept not in _NOT_ALONE:
            yield Found(f"{hit.concept} in the lead", 1.0, hit.first, hit.last, words)


def _pairs_in(hits: Sequence[Hit], words: Words, mentioned: int, free_order: bool) -> Iterator[Found]:
    of_concept: dict[str, list[Hit]] = {}
    for hit in hits:
        of_concept.setdefault(hit.concept, []).append(hit)
    known, said = pairs(), of_concept.get("says", ())
    for one, ones in of_concept.items():
        for name, other, joined in known.get(one, ()):
            if (others := of_concept.get(other)) and (found := _joined(joined, ones, others, words, free_order)):
                start, end = min(found[0].first, found[1].first), max(found[0].last, found[1].last)
                if said and joined != "+" and any(start < says.first and says.last < end for says in said):
                    continue  # "Khan says captured pilot …": not what happened to Khan
                is_told = end < mentioned or one in _COLOURS or other in _COLOURS
                yield Found(name, 1.0 if is_told else _MENTIONED, start, end, words)


def _joined(
    joined: str, ones: Sequence[Hit], others: Sequence[Hit], words: Words, free_order: bool
) -> tuple[Hit, Hit] | None:
    """Return the two hits that stand together as a pair asks for."""
    if joined == "+":
        return ones[0], others[0]
    if joined == "near":
        found = _nearest(ones, others)
        return found if _gap(*found) <= _NEAR else None
    return next(((one, other) for one in ones for other in others if _happens_to(one, other, words, free_order)), None)


def _happens_to(one: Hit, other: Hit, words: Words, free_order: bool) -> bool:
    """Tell "Truss quits" from "wife of Truss charged" and "arrests outside Trump hotel"."""
    if _gap(one, other) > _AT_ONCE or (one.first and words[one.first - 1].form in words.wording.belonging):
        return False
    if any(word.form in words.wording.kin for word in words.known[: one.first]):
        return False
    return free_order or one.last < other.first


def _nearest(ones: Sequence[Hit], others: Sequence[Hit]) -> tuple[Hit, Hit]:
    return min(((one, other) for one in ones for other in others), key=lambda pair: _gap(*pair))


def _gap(one: Hit, other: Hit) -> int:
    """Return how many words stand between two hits; 0 when they touch or overlap."""
    return max(0, max(one.first, other.first) - min(one.last, other.last) - 1)


def _of_civilians(concepts: set[str]) -> bool:
    """Tell a blow that kills many where war is daily from the armies' own counts."""
    return "nation_unrest" in concepts and not _BLOWS.isdisjoint(concepts) and "army" not in concepts


def _toll_steps(counted: Sequence[Toll], mentioned: range, *, in_unrest: bool) -> Iterator[Found]:
    for toll in counted:
        weight = _MENTIONED if toll.start in mentioned else 1.0
        for step in TOLL_STEPS:
            if toll.value >= step:
                yield Found(f"{step}+ {toll.what}", weight, toll.start, toll.end)
        if in_unrest and toll.what == "dead" and toll.value >= _NO_DAILY_TOLL:
            yield Found(f"{_NO_DAILY_TOLL}+ dead in unrest", weight, toll.start, toll.end)


def _magnitude_steps(words: Words, hits: Sequence[Hit]) -> Iterator[Found]:
    strength, place = magnitude(words, hits)
    for step in MAGNITUDE_STEPS:
        if strength >= step:
            yield Found(f"a quake of {step}", 1.0, place, place, words)


def _firsts(hits: Sequence[Hit]) -> dict[str, Hit]:
    found: dict[str, Hit] = {}
    for hit in hits:
        found.setdefault(hit.concept, hit)
    return found


def _stems(words: Words) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, word in enumerate(words.known):
        for stem in word.stems:
            found.setdefault(stem, place)
    return found


def _names(words: Words, stems: dict[str, int], hits: Sequence[Hit], *, tuned: bool) -> frozenset[str]:
    """Return the stems of names.

    The first word is one if a lexicon was asked and does not explain it. Where Most Words Have A Capital, those are
    that are not of every day, nor explained as a thing.
    """
    known = words.known
    capitals = [stem for stem, place in stems.items() if known[place].capital]
    if 2 * len(capitals) > len(stems) and len(capitals) > _TITLE_CASE * sum([stem[0] != "#" for stem in stems]):
        things = {place for hit in hits if hit.concept not in NAMING for place in range(hit.first, hit.last + 1)}
        usual = BACKGROUND.counts
        return frozenset([stem for stem in capitals if stems[stem] not in things and stem not in usual])
    explained = not tuned or (bool(hits) and hits[0].first == 0)
    return frozenset([stem for stem in capitals if stems[stem] or not explained])
