"""Which of the concepts that a headline's words stand for are meant there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tocsin.stories.lexicon import Hit, Words
from tocsin.stories.mention import HAPPENED

_HARM = frozenset({"deaths", "injuries", "missing", "harmed", "destroyed", "toll_rises", "death_of", "tsunami"})
_DENIED = 2
_TONES = frozenset({"plan", "routine", "soft", "sport", "money_routine", "military_routine", "study"})
_PHRASES = frozenset({"hedge", "says"})
_SPEAKERS = frozenset({"leader", "known_leader", "official"})
_OFFICES = frozenset({"leader", "known_leader", "top_official"})
_STRUCK = frozenset({"deaths", "injuries", "attack", "wreck", "disaster"})
_REACH = 3
_TO_A_TITLE = 5
_GAMES = frozenset({"sport", "sport_final", "title_won"})
_PEOPLE = frozenset({"known_leader", "militant_leader", "militant", "leader", "official"})
_WAGED = frozenset({"captured", "coup", "enters", "war"})
_SEIZED = frozenset({"coup", "takeover"})
_BY_NAME = frozenset({"known_leader", "famous", "militant_leader"})


def meant(words: Words, hits: list[Hit]) -> list[Hit]:
    """Return ``hits`` without harm that did not happen, the place of harm as a subject, and words of longer phrases."""
    concepts = {hit.concept for hit in hits}
    if "nothing" in concepts:
        hits = _happened([hit for hit in hits if hit.concept != "nothing" or not _put_down(hit, words, hits)])
    if not concepts.isdisjoint(_MISREAD):
        hits = [hit for hit in hits if (misread := _MISREAD.get(hit.concept)) is None or not misread(hit, words, hits)]
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


def _in_a_name(hit: Hit, _words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "fire department" and "law enforcement" from a fire and a law."""
    return any(other.concept == "security" and other.first <= hit.first and hit.last < other.last for other in hits)


def _no_fire(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "artillery fire" and "under fire" from a fire."""
    wording = words.wording
    fired = words[hit.first].form in wording.fire and hit.first > 0 and words[hit.first - 1].form in wording.shots
    return fired or _in_a_name(hit, words, hits)


def _no_attack(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "knife-edge vote", "champions after shootout" and "minister blasts ruling" from an attack."""
    form, after, wording = words[hit.first].form, _after(hit, words), words.wording
    if form in wording.knife and not wording.edge.isdisjoint(after[:1]):
        return True
    if form.startswith(wording.shootouts) and any(one.concept in _GAMES for one in hits):
        return True
    blamed = form in wording.blasts and any(
        other.last == hit.first - 1 and other.concept in _SPEAKERS for other in hits
    )
    return blamed or _in_a_name(hit, words, hits)


def _no_death(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "beaten to death" and "death penalty" from somebody's death."""
    wording = words.wording
    if words[hit.first].form not in wording.death:
        return False
    beaten_to = hit.first > 0 and words[hit.first - 1].form in wording.to
    return beaten_to or not wording.of_many.isdisjoint(_after(hit, words)[:1]) or _known_of(hit, words, hits)


def _known_of(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "protests over George Floyd death" from a death that is told."""
    before = words.known[max(0, hit.first - _TO_A_TITLE) : hit.first]
    named = any(other.concept in _BY_NAME and other.last == hit.first - 1 for other in hits)
    return named and any(word.form in words.wording.referring for word in before)


def _no_market(hit: Hit, words: Words, _hits: Sequence[Hit]) -> bool:
    """Tell "plunges country into chaos" from a fall of prices."""
    wording = words.wording
    return words[hit.first].form.startswith(wording.plunges) and not wording.into.isdisjoint(_after(hit, words))


def _no_landmark(hit: Hit, words: Words, _hits: Sequence[Hit]) -> bool:
    """Tell the house from who speaks for it: "Kremlin critic", "embassy confirms"."""
    return not words.wording.spoken_for.isdisjoint(_after(hit, words)[:1])


def _no_verdict(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell rules from what a court rules, and who pleads not guilty from who is found so."""
    of_no_court = words[hit.first].form in words.wording.rules and not any(other.concept == "court" for other in hits)
    return of_no_court or _only_pleaded(hit, words, hits)


def _only_pleaded(hit: Hit, words: Words, _hits: Sequence[Hit]) -> bool:
    """Tell "pleads not guilty" from "found not guilty"."""
    wording, before = words.wording, [word.form for word in words.known[max(0, hit.first - 2) : hit.first + 1]]
    return not wording.pleads.isdisjoint(before) and not wording.not_so.isdisjoint(before)


def _no_exit(hit: Hit, words: Words, _hits: Sequence[Hit]) -> bool:
    """Tell "impeachment inquiry" from who is impeached."""
    wording = words.wording
    of_a_process = not wording.proceedings.isdisjoint(_after(hit, words)[:1])
    return of_a_process and words[hit.first].form in wording.impeachment


def _no_launch(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "sanctions over missile test" from a missile that is launched."""
    if words[hit.first].form not in words.wording.tests:
        return False
    of_a_missile = any(other.concept == "missile" and other.last == hit.first - 1 for other in hits)
    before = words.known[max(0, hit.first - _TO_A_TITLE) : hit.first]
    return of_a_missile and any(word.form in words.wording.referring for word in before)


def _no_missile(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell a rocket to the Moon from one that is fired at somebody."""
    return words[hit.first].form.startswith(words.wording.rockets) and any(other.concept == "space" for other in hits)


def _told_to_go(hit: Hit, _words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "told to evacuate" from what somebody told."""
    return any(other.concept == "evacuation" and other.first <= hit.first < other.last for other in hits)


def _said_afterwards(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "quits after army urges him to go" from who is urged to quit."""
    for place in range(max(1, hit.first - _REACH), hit.first):
        if words[place].form in words.wording.afterwards:
            return any(other.concept in HAPPENED and other.last < place for other in hits)
    return False


def _no_appointment(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "victim named as …" from who is named as prime minister."""
    victim = any(other.concept == "aftermath" and other.first <= hit.first < other.last for other in hits)
    return victim and not _to_an_office(hit, words, hits)


def _to_an_office(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "named as new prime minister" from a second day's "named as Ann Lee"."""
    near = (other.concept in _OFFICES and 0 < other.first - hit.first <= _TO_A_TITLE for other in hits)
    return words[hit.first].form in words.wording.named and any(near)


def _no_conquest(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "soldiers capture 20 militants" from a place that is captured."""
    wording = words.wording
    if not words[hit.first].form.startswith(wording.captures) or not wording.by.isdisjoint(_after(hit, words)):
        return False
    return any(other.concept == "militant" and 0 < other.first - hit.last <= _REACH for other in hits)


def _others_harmed(hit: Hit, words: Words, _hits: Sequence[Hit]) -> bool:
    """Tell those who are counted or grouped ("PM with those killed", "killed 100") from who is named beside them."""
    before = words[hit.first - 1] if hit.first else None
    if before is not None and (before.number or before.form in words.wording.grouped):
        return True
    return hit.last + 1 < len(words) and words[hit.last + 1].number > 0


def _after(hit: Hit, words: Words) -> list[str]:
    return [word.form for word in words.known[hit.last + 1 : hit.last + 1 + _REACH]]


def _no_anniversary(hit: Hit, words: Words, _hits: Sequence[Hit]) -> bool:
    """Tell "after 13 years on the run" from "ten years on"."""
    wording = words.wording
    return words[hit.last].form in wording.on and not wording.not_anniversaries.isdisjoint(_after(hit, words)[:2])


def _urged_afterwards(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell who urged somebody that has gone since from who urges them to go."""
    return any(other.concept == "let_go" and other.last < hit.first for other in hits) and _said_afterwards(
        hit, words, hits
    )


def _put_down(hit: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell who was liquidated from a fire that was put out: "лидер боевиков ликвидирован"."""
    if not words[hit.first].form.startswith(words.wording.put_down):
        return False
    return any(one.concept in _PEOPLE and abs(one.first - hit.first) <= _TO_A_TITLE for one in hits)


_MISREAD: Mapping[str, Callable[[Hit, Words, Sequence[Hit]], bool]] = {
    "disaster": _no_fire,
    "legislature": _in_a_name,
    "emergency": _in_a_name,
    "freed": _in_a_name,
    "attack": _no_attack,
    "death_of": _no_death,
    "market": _no_market,
    "level": _no_market,
    "landmark": _no_landmark,
    "verdict": _no_verdict,
    "convicted": _only_pleaded,
    "exit": _no_exit,
    "launch": _no_launch,
    "missile": _no_missile,
    "says": _told_to_go,
    "possibly": _said_afterwards,
    "reaction": _urged_afterwards,
    "appoint": _no_appointment,
    "aftermath": _to_an_office,
    "inquiry": _to_an_office,
    "captured": _no_conquest,
    "harmed": _others_harmed,
    "anniversary": _no_anniversary,
}


def _only_looks_so(tone: Hit, words: Words, hits: Sequence[Hit]) -> bool:
    """Tell "appears to be", "according to a statement" and "kills 24 at wedding ceremony" from plans and soft news."""
    if any(_is_part_of(tone, hit) for hit in hits):
        return True
    if tone.concept == "plan" and any(hit.concept == "elected" and _covers(hit, tone) for hit in hits):
        return True  # "to be next prime minister"
    if tone.concept == "sport" and {"wreck", "craft"} <= {hit.concept for hit in hits}:
        return True  # "plane carrying football team crashes"
    if tone.concept == "money_routine":  # "Банк России" is no company
        return any(hit.concept == "central_bank" and hit.first <= tone.first and tone.last <= hit.last for hit in hits)
    if tone.concept == "military_routine":  # "tanks roll into Prague", "military seizes power"
        return any(
            tone.first <= hit.last and hit.first - tone.last <= (_TO_A_TITLE if hit.concept in _SEIZED else 1)
            for hit in hits
            if hit.concept in _WAGED | _SEIZED
        )
    before = words.known[max(0, tone.first - _REACH) : tone.first]
    return (
        tone.concept != "plan"
        and any(word.form in words.wording.where for word in before)
        and any(hit.concept in _STRUCK and hit.last < tone.first for hit in hits)
    )


def _covers(longer: Hit, hit: Hit) -> bool:
    return longer.first <= hit.first and hit.last <= longer.last and longer.last - longer.first > hit.last - hit.first


def _is_part_of(tone: Hit, hit: Hit) -> bool:
    """Tell words of a longer phrase, "end to armed campaign" or "открыли огонь", from a campaign and a discovery."""
    if hit.first == hit.last or not hit.first <= tone.first <= hit.last:
        return False
    if hit.concept in _PHRASES:
        return True
    shorter = tone.last - tone.first < hit.last - hit.first
    return shorter and tone.last <= hit.last and hit.concept in HAPPENED and tone.concept != "plan"
