"""Which passwords are too well known: those of every leaked list, however long they were made.

No list of breaches is shipped. What leaked lists have of twelve characters and more are, nearly all, a few common words
with digits around them, one thing repeated, and walks over the keyboard or the alphabet: those are refused by form.
"""

from __future__ import annotations

import re

_LEET = str.maketrans("013457@$!", "oieastasi")
_RUNS = tuple(
    """abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm qazwsxedcrfvtgbyhnujm 1qaz2wsx3edc4rfv5tgb
    1q2w3e4r5t6y7u8i9o0p йцукенгшщзхъ фывапролджэ""".split()  # noqa: SIM905 - read as what they are
)
_WORDS = """password passwort passwd parola пароль admin administrator root user login welcome letmein iloveyou monkey
dragon football baseball basketball superman batman princess sunshine shadow master michael jennifer charlie trustno
whatever starwars computer internet secret changeme default qwerty qwertz azerty abc pass test testing guest hello
freedom summer winter spring autumn liverpool chelsea arsenal barcelona google facebook linkedin samsung tocsin news
newsroom desk editor breaking alert привет любовь наташа"""
_COMMON = frozenset(_WORDS.split())
_LEAST_RUN = 4
_LEAST_LEFT = 5
"""Characters that must be left when all that is well known is taken away."""


def too_well_known(password: str, *names: str) -> bool:
    """Tell whether a password is made of nothing but what everybody tries; ``names`` are the person and newsroom."""
    text = password.casefold()
    left = min((_without_known(form, names) for form in (text, text.translate(_LEET))), key=len)
    return len(set(left)) < _LEAST_LEFT


def _without_known(text: str, names: tuple[str, ...]) -> str:
    """Return what is left of a text without common words, names, runs, digits and signs, each thing kept once."""
    words = sorted({*_COMMON, *(part for name in names for part in name.casefold().split())}, key=len, reverse=True)
    for run in (*_RUNS, *(run[::-1] for run in _RUNS)):
        for length in range(len(run), _LEAST_RUN - 1, -1):
            for start in range(len(run) - length + 1):
                text = text.replace(run[start : start + length], " ")
    for word in words:
        if len(word) > 2:
            text = text.replace(word, " ")
    text = re.sub(r"[\W\d_]+", " ", text)
    return re.sub(r"(.+?)\1+", r"\1", text).replace(" ", "")
