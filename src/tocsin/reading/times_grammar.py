"""The grammar of time expressions: patterns over word classes, tried in order at each place of a text.

A pattern is a regular expression whose lower-case words are classes of ``times_tokens`` and whose capitals are macros.
No pattern repeats without a bound, so matching is linear in the number of tokens. One grammar serves the three
languages: their orders of words ("November 11", "11 ноября 2022 года") are alternatives of a pattern, and a class that
a language has no word for costs it nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tocsin.reading.times_tokens import LETTERS, OTHER

_MACROS: Final = {
    "BEFORE": "(CLOCK comma? OF? (comma? weekday comma?)?)",
    "AROUND": "(comma? about? OF? about? CLOCK)",
    "DAY": "(isodate|weekday comma? OF? DATE|the? DATE|(the? REL)? weekday (OF? REL unit)?|the? HOLIDAY|the? deictic)",
    "CLOCK": "((the? clock|at digits hourword clockpart?|digits clockpart|nth clockpart|noon)( the? part)?( ZONE)?)",
    "ZONE": "(comma? (zone|zoneplace zonetime|of zoneplace zonetime?))",
    "DATE": "(MONTH the? (digits|nth) (dash (digits|nth))? (comma? YEAR)?"
    "|the? ((digits|nth) dash)? (digits|nth|ordinal) OF? MONTH (comma? YEAR)?)",
    "HOLIDAY": "(REL? (holiday (unit|eve|weekday)?|holiday_of (unit|weekday)|newyear (unit|units) (unit|eve))"
    "(comma? OF? YEAR)?)",
    "EDGE": "(the? edge dash? OF? the?|earlier OF?|later OF?)",
    "MONTH": "(month|abbr stop?)",
    "YEAR": "(year unit?|SPELLED)",
    "SPELLED": "(spelled NUM (dash? NUM)?)",
    "REL": "(this last|this next|last|this next?|next)",
    "COUNT": "(one vague (OF the)?|vague (OF the)?|number dash number|NUM number|NUM|one|HALF)",
    "HALF": "((NUM|one) dash? and dash? one? dash? half|half dash? one?)",
    "NUM": "(number|digits)",
    "YEARAGO": "(one? unit dash? (earlier|ago)|yearago)",
    "UNIT": "(unit|units|hourword)",
    "PART": "(part|clockpart)",
    "OF": "(of|at|from)",
}

_PATTERNS: Final[dict[str, tuple[str, ...]]] = {
    "date": ("(BEFORE OF? the?)? (the? PART OF?)? EDGE? DAY (the? PART)? (OF the? PART)? AROUND?",),
    "half_day": ("EDGE? (the? last|this|the? next) PART AROUND?", "EDGE? overnight"),
    "told_part": ("EDGE? the PART",),
    "anchored": (
        (
            "about? (COUNT|year) dash? UNIT (and so)? (after|before) "
            "(the? (DATE|weekday|MONTH year?|year|isodate|deictic))?"
        ),
        "(COUNT dash? UNIT|the unit) (after|before|from) (the? (DATE|weekday|deictic|isodate)|now)",
    ),
    "half": (
        "EDGE? the? (ordinal|nth|REL|latest) half OF the? fiscal? (YEAR|REL unit|unit)",
        "halfno comma? OF? YEAR",
    ),
    "quarter": (
        "the? (latest|REL)? fiscal? (ordinal|nth) dash? fiscal? quarter (OF? (the? fiscal? YEAR|REL unit|YEARAGO))?",
        "the? (year|REL unit) fiscal? ordinal? dash? (quarter|period)",
        "the? latest? YEARAGO fiscal? ordinal? dash? (quarter|period)",
        "the? yearago? (quarter|period) (OF? REL unit|YEARAGO)",
        "the? (latest|REL|fiscal) (quarter|period)",
        "the quarter",
        "quarterno (comma? OF? year)?",
    ),
    "ago": (
        "about? (COUNT dash? UNIT|units) (and so)? (ago|earlier|later|before)",
        "UNIT ago",
        "COUNT UNIT OF COUNT UNIT ago",
        "unit dash (ago|earlier)",
    ),
    "past_span": ("the? REL about? (COUNT|ordinal) dash? UNIT", "the? REL units", "the? about? COUNT dash? UNIT ahead"),
    "month": ("EDGE? (the? REL|the)? MONTH (comma? OF? the? (YEAR|REL unit|unit))?",),
    "year_end": ("unit dash? edge",),
    "unit": (
        "the? latest unit",
        "EDGE? OF? the? REL fiscal? unit (OF? year)?",
        "EDGE (OF the?)? fiscal? unit",
        "yearly",
    ),
    "weekend": ("EDGE? (the|REL) weekend",),
    "season": (
        "EDGE? OF? (the|REL) season (OF? (YEAR|REL unit))?",
        "EDGE? season OF? YEAR",
        "season OF REL unit",
        "EDGE the? season",
        "EDGE? REL? inseason (OF? (YEAR|REL unit))?",
    ),
    "decade": ("EDGE? the? decade", "(the|EDGE) decade_word"),
    "century": ("the? (nth|ordinal) unit",),
    "year": (
        "EDGE? OF? the? fiscal? unit? year (unit|fiscal unit)?",
        "the? unit? SPELLED",
        "the? unit NUM number (and? NUM)?",
    ),
    "the_unit": ("the fiscal? unit",),
    "duration": ("about? (COUNT and)? about? (COUNT|year) dash? UNIT (dash so)?",),
    "clock": ("CLOCK",),
}


def _compile(pattern: str) -> str:
    for name, macro in _MACROS.items():
        pattern = re.sub(rf"\b{name}\b", macro, pattern)
    pattern = re.sub(r"[a-z_]+", lambda name: LETTERS[name[0]], pattern)
    return pattern.replace(" ", "").replace("(", "(?:")


_ALTERNATIVES = "|".join(f"(?P<{name}>{_compile('|'.join(patterns))})" for name, patterns in _PATTERNS.items())
_GRAMMAR = re.compile(_ALTERNATIVES)
# Most tokens are of no class, and no expression holds one: to pass over them at once is most of the speed.
_RUN = re.compile(f"[^{OTHER}]+")
# Every pattern asks for one of these classes; a run of "in the" and "and one" holds none.
_TELLING: Final = """
clock isodate year decade quarterno halfno month abbr weekday season unit units quarter weekend part noon deictic
overnight decade_word hourword clockpart inseason spelled yearly yearago period holiday holiday_of newyear
"""
_CORE = re.compile("[" + "".join(LETTERS[name] for name in _TELLING.split()) + "]")


def matches(classes: str) -> Iterator[tuple[str, int, int]]:
    """Yield the expressions in a string of class letters: pattern's name, first token, and token behind the last."""
    for run in _RUN.finditer(classes):
        for match in _GRAMMAR.finditer(classes, *run.span()) if _CORE.search(classes, *run.span()) else ():
            yield match.lastgroup or "", match.start(), match.end()
