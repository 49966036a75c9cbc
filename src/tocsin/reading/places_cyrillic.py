"""The cases of Ukrainian and Russian place names, made from the nominative by its ending.

The endings follow the regular declensions (school grammar). A form too many does no harm, since the word must still be
capitalised and stand alone; a form too few leaves a name unread. ``0`` is the bare stem.
"""

from __future__ import annotations

from itertools import product
from typing import Final

_Endings = dict[str, str]

# Adjectives before a noun ("Нова Каховка"), by their ending.
_AGREEING: Final[dict[str, _Endings]] = {
    "ru": {
        "ая": "ой ую ою",
        "яя": "ей юю",
        "ий": "ого ему им ом его ем ому",
        "ый": "ого ому ым ом",
        "ой": "ого ому ым ом",
        "ое": "ого ому ым ом",
        "ее": "его ему им ем",
        "ие": "их им ими",
        "ые": "ых ым ыми",
    },
    "uk": {
        "а": "ої ій у ою",
        "я": "ьої ій ю ьою",
        "ий": "ого ому им",
        "ій": "ього ьому ім",
        "е": "ого ому им",
        "є": "ього ьому ім",
        "і": "их им ими",
    },
}
# Names that stand alone. Adjectives among them are told by longer endings.
_ALONE: Final[dict[str, _Endings]] = {
    "ru": {
        "ская": "ской скую",
        "ный": "ного ному ным ном",
        "ий": "ого ому им ом",
        "ной": "ного ному ным ном",
        "ная": "ной ную",
        "вая": "вой вую",
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
        "оре": "оря орю орем",
        "ство": "ства ству ством стве",
        "ово": "ова ову овом ове",
        "ево": "ева еву евом еве",
        "ино": "ина ину ином ине",
        "ковь": "кви ковью квям",
        "ь": "и ью я ю ем е",
        "й": "я ю ем е",
        "ец": "ца цу цом це",
        "ы": "0 ов ам ами ах",
        "и": "0 ов ам ами ах ей",
        "": "а у ом е ым",
    },
    "uk": {
        "ська": "ської ській ську ською",
        "кий": "кого кому ким",
        "ний": "ного ному ним",
        "ське": "ського ському ським",
        "ове": "ового овому овим",
        "ине": "иного иному иним",
        "ія": "ії ію ією",
        "ея": "еї ею еєю",
        "ка": "ки ці ку кою",
        "га": "ги зі гу гою",
        "ха": "хи сі ху хою",
        "жа": "жі жу жею",
        "ча": "чі чу чею",
        "ша": "ші шу шею",
        "а": "и і у ою",
        "я": "і ю ею ям",
        "ів": "ова ову овом ові",
        "їв": "єва єву євом єві",
        "оре": "оря орю орем орі",
        "ство": "ства ству ством стві",
        "ь": "я ю ем і",
        "й": "я ю єм ї",
        "и": "0 ів ам ами ах",
        "і": "0 ів ям ями ях",
        "о": "а у ом і",
        "": "а у ом і",
    },
}
_VOWELS: Final = frozenset("аеёиоуыэюяєіїь")


def forms(name: str, language: str) -> set[str]:
    """Return a name and its oblique cases.

    In a name of two words an adjective agrees with its noun ("Нова Каховка"); otherwise the first word is the noun and
    the rest stands in the genitive already ("Генштаб ЗСУ", "Служба безпеки України").
    """
    if "-на-" in name:
        head, tail = name.split("-", 1)
        return {f"{form}-{tail}" for form in forms(head, language)}
    words = name.split(" ")
    nouns = [_inflected(word, _ALONE[language]) for word in words]
    if len(words) == 1:
        return {name, *nouns[0]}
    if len(words) > 2 or not nouns[1]:
        return {name, *(" ".join([head, *words[1:]]) for head in nouns[0])}
    adjectives = _inflected(words[0], _AGREEING[language])
    return {name, *(f"{one} {other}" for one, other in product(adjectives, [*nouns[1], words[1]]))}


def _inflected(word: str, endings: _Endings) -> list[str]:
    """Return the cases of a word; none for an indeclinable one or an abbreviation."""
    if len(word) > 1 and word.isupper():
        return []
    ending = max((ending for ending in endings if word.endswith(ending)), key=len, default=None)
    if ending is None or (not ending and word[-1] in _VOWELS):
        return []
    stem = word[: len(word) - len(ending)]
    return [stem + oblique.replace("0", "") for oblique in endings[ending].split()]
