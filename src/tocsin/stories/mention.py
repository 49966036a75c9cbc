"""What a headline tells, and what it only mentions: reacted to, supposed, denied, or worn as an attribute."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.stories.lexicon import Hit, Words

HAPPENINGS = frozenset({"attack", "deaths", "crash", "disaster", "exit", "strike", "missile", "peace", "arrest"})
HAPPENED = HAPPENINGS | {
    *("coup", "verdict", "captured", "wreck", "rupture", "call", "death_of", "emergency", "hostage", "outage", "cyber"),
    *("freed", "winning", "legislature", "war", "rates", "bankruptcy", "impeach", "harmed", "flees", "alliance"),
    *("pandemic", "aboard", "advance", "key_city_entered", "evacuation", "nuclear_test", "space_first", "title_won"),
    *("money_crisis", "takeover"),
}
FREE_ORDER = frozenset({"ru", "uk"})  # what stands first there says little about who acts

_REACTING = 6
_PARTIES = frozenset({"leader", "known_leader", "official", "top_official", "power", "someone"})
_NEGATED_REACH = 5
_TURNED = frozenset(
    (
        *("exit", "arrest", "verdict", "impeach", "captured", "freed", "hostage", "retreat", "announced"),
        *("steps_down", "convicted", "walks_free", "arrested"),
    )
)
_WORN = _TURNED | {"appoint", "decision", "agreed", "destroyed", "coup"}
_EXITS = frozenset({"exit", "impeach"})
_TURNED_PARTIES = _PARTIES | {"celebrity", "militant_leader"}
_TURNED_REACH = 3


def reaction_before(hits: Sequence[Hit], first: int) -> Hit | None:
    """Return a named party's reaction that comes before the word ``first``: "Minister condemns blast that …"."""
    for hit in hits:
        if hit.concept == "reaction" and hit.last <= _REACTING and hit.last < first:
            named = any(other.concept in _PARTIES and other.last < hit.first for other in hits)
            return hit if named else None
    return None


def mentioned_from(words: Words, hits: Sequence[Hit], language: str) -> int:
    """Return the word from which a headline only mentions what it speaks of; its length if it tells all.

    Before that word nothing has been told to have happened, and somebody reacts to it, supposes or negates it.
    """
    end = len(words)
    if language in FREE_ORDER:
        return end
    first = min([hit.first for hit in hits if hit.concept in HAPPENED], default=end)
    before = enumerate(words.known[:first])
    places = [place for place, word in before if word.form in words.wording.supposed and not word.capital]
    places += [
        hit.last for hit in hits if hit.concept == "negated" and hit.last < first and first - hit.last <= _NEGATED_REACH
    ]
    if first < end and (reaction := reaction_before(hits, first)):
        places.append(reaction.last)
    return min(places) + 1 if places else end


def told(words: Words, hits: list[Hit]) -> list[Hit]:
    """Return ``hits`` without what only says who somebody is: "ousted president arrested" tells an arrest."""
    hits = [hit for hit in hits if hit.concept not in _WORN or not _is_full(hit, words)]
    worn = {hit.first for hit in hits if _is_worn(hit, words, hits)}
    return [hit for hit in hits if hit.first not in worn or hit.concept not in _TURNED] if worn else hits


def _is_full(hit: Hit, words: Words) -> bool:
    """Tell what somebody was before, by a full participle: "задержанный министр", not "министр задержан"."""
    return hit.first == hit.last and words[hit.first].form.endswith(words.wording.full_participles)


def _is_worn(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    wording, after = words.wording, words.known[hit.last + 1 : hit.last + 3]
    of_former = len(after) > 1 and after[0].form in wording.of and after[1].form in wording.former
    if of_former and hit.concept in _EXITS:
        return True  # "the void left by the impeachment of former president …"
    if hit.concept not in _TURNED or hit.first != hit.last or not words[hit.first].form.endswith(wording.past):
        return False
    return _begins_a_noun(hit.first, words, hits) and any(
        other.concept in _TURNED_PARTIES and 0 < other.first - hit.last <= _TURNED_REACH for other in hits
    )


def _begins_a_noun(place: int, words: Words, hits: Sequence[Hit]) -> bool:
    if place == 0 or words[place - 1].form in words.wording.before_a_noun:
        return True
    return any(other.concept in {"reaction", "says"} and other.last == place - 1 for other in hits)
