"""The cases of Ukrainian and Russian place names, made from the nominative by its ending.

The endings follow the regular declensions (school grammar); a form too many does no harm, since the word must still be
capitalised and stand alone, a form too few leaves a name unread.
"""

from __future__ import annotations

from typing import Final

_ADJECTIVES: Final = {
    "ru": {
        "ская": "ской скую скою",
        "цкая": "цкой цкую цкою",
        "ная": "ной ную ною",
        "вая": "вой вую вою",
        "лая": "лой лую лою",
        "кий": "кого кому ким ком",
        "ский": "ского скому ским ском",
        "ный": "ного ному ным ном",
        "жный": "жного жному жным жном",
        "ое": "ого ому ым ом",
        "ие": "их им ими",
        "ые": "ых ым ыми",
        "ой": "ого ому ым ом",
    },
    "uk": {
        "ська": "ської ській ську ською",
        "цька": "цької цькій цьку цькою",
        "зька": "зької зькій зьку зькою",
        "ецька": "ецької ецькій ецьку ецькою",
        "на": "ної ній ну ною",
        "ний": "ного ному ним нім",
        "ий": "ого ому им",
        "ій": "ього ьому ім",
        "ське": "ського ському ським",
        "не": "ного ному ним",
        "ові": "ових овим овими",
        "ські": "ських ським ськими",
    },
}
_NOUNS: Final = {
    "ru": {
        "ия": "ии ию ией",
        "ья": "ьи ье ью ьей",
        "ка": "ки ке ку кой",
        "ха": "хи хе ху хой",
        "га": "ги ге гу гой",
        "ша": "ши ше шу шей",
        "ча": "чи че чу чей",
        "жа": "жи же жу жей",
        "а": "ы е у ой",
        "я": "и е ю ей",
        "ье": "ья ью ьем",
        "ие": "ия ию ием ии",
        "ово": "ова ову овом ове",
        "ево": "ева еву евом еве",
        "ино": "ина ину ином ине",
        "ль": "ля лю лем ле ли лью",
        "нь": "ни нью ня ню нем не",
        "рь": "ри рью ря рю рем ре",
        "ь": "и ью я ю ем е",
        "й": "я ю ем е",
        "ец": "ца цу цом це",
        "ы": "ам ами ах",
        "и": "ам ами ах ей",
        "": "а у ом е ым",
    },
    "uk": {
        "ія": "ії ію ією",
        "ка": "ки ці ку кою",
        "га": "ги зі гу гою",
        "ха": "хи сі ху хою",
        "жа": "жі жу жею",
        "ча": "чі чу чею",
        "ша": "ші шу шею",
        "а": "и і у ою",
        "я": "і ю ею",
        "ня": "ні ню нею",
        "ів": "ова ову овом ові",
        "їв": "єва єву євом єві",
        "иїв": "иєва иєву иєвом иєві",
        "ніпро": "ніпра ніпру ніпром ніпрі",
        "ово": "ова ову овом ові",
        "ине": "иного иному иним",
        "ь": "я ю ем і лі ні",
        "й": "я ю єм ї",
        "и": "ам ами ах",
        "і": "ів ям ями ях",
        "иж": "ижа ижу ижем ижі",
        "": "а у ом і",
        "о": "а у ом і",
    },
}
_VOWEL_LOSS: Final = {"пец": "пц", "ів": "ов"}


def forms(name: str, language: str) -> set[str]:
    """Return ``name`` and its oblique cases; each word of a name of several words is put into the same case."""
    words = name.split(" ")
    cases = [_word_forms(word, language, lone=len(words) == 1) for word in words]
    if len(words) == 1:
        return {name, *cases[0]}
    if len(words) > 3:
        return {name}
    return {name, *_agreeing(words, cases)}


def _agreeing(words: list[str], cases: list[list[str]]) -> set[str]:
    made = {""}
    for word, listed in zip(words, cases, strict=True):
        made = {f"{start} {form}".strip() for start in made for form in (listed or [word])}
    return made


def _word_forms(word: str, language: str, *, lone: bool) -> list[str]:
    adjective = _longest(word, _ADJECTIVES[language])
    if adjective and (not lone or len(adjective) > 2):
        return _inflect(word, adjective, _ADJECTIVES[language])
    if not word[0].isupper() and word not in _GENERIC:
        return []
    if word[-1] in "еєіїуюэ" and _longest(word, _NOUNS[language]) in {"", None}:
        return []
    ending = _longest(word, _NOUNS[language])
    if ending is None or (ending == "" and word[-1] in "аеёиоуыэюяєіїьй"):
        return []
    return _inflect(word, ending, _NOUNS[language])


_GENERIC: Final = frozenset({"область", "край", "море", "острова", "річка", "река", "острів", "остров", "міст", "мост"})


def _longest(word: str, endings: dict[str, str]) -> str | None:
    return max((ending for ending in endings if word.endswith(ending)), key=len, default=None)


def _inflect(word: str, ending: str, endings: dict[str, str]) -> list[str]:
    stem = word[: len(word) - len(ending)]
    return [stem + oblique for oblique in endings[ending].split()]
