"""The grammar of time expressions: patterns over word classes, tried in order at each place of a text.

A pattern is a regular expression whose lower-case words are classes of ``times_tokens`` and whose capitals are macros.
No pattern repeats without a bound, so matching is linear in the number of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tocsin.reading.times_tokens import LETTERS

_MACROS: Final = {
    "REL": "(this last|this next|last|this next?|next)",
    "EDGE": "(the? edge dash? of? the?|earlier of?|later of?)",
    "MONTH": "(month|abbr stop?)",
    "DATE": "(MONTH the? (digits|nth) (comma? year)?|the? (digits|nth|ordinal) of? MONTH (comma? year yearword?)?)",
    "DAY": "(isodate|weekday comma? of? DATE|DATE|(the? REL)? weekday (of? REL unit)?|(the? )?deictic)",
    "ZONE": "(zone|zoneplace zonetime|of zoneplace)",
    "CLOCK": "((the? clock|digits hourword|noon)( the? part)?( ZONE)?)",
    "COUNT": "(one vague (of the)?|vague (of the)?|number dash number|number number|number|digits|year|one)",
    "UNIT": "(unit|units)",
    "YEARAGO": "(one? unit dash? (earlier|ago)|yearago)",
}

_PATTERNS: Final = {
    "date": "(CLOCK comma? of? (comma? weekday comma?)? of? the?)? (the? part of)? EDGE? DAY (the? part)? (of the? part)? "
    "(comma? about? of? about? CLOCK)?",
    "half_day": "EDGE? (this|last) part (comma? about? of? about? CLOCK)?|EDGE? overnight",
    "anchored": "about? COUNT dash? UNIT (and so)? (after|before) (the? (DATE|weekday|MONTH year?|year|isodate))?",
    "quarter": "the? (latest|REL)? fiscal? ordinal dash? fiscal? quarter (of? (the? fiscal? year yearword?|REL unit|YEARAGO))?"
    "|the? (year|REL unit) fiscal? ordinal? dash? (quarter|period)"
    "|the? YEARAGO fiscal? ordinal? dash? (quarter|period)"
    "|the? yearago? (quarter|period) (of? REL unit|YEARAGO)"
    "|the? (latest|REL|fiscal) (quarter|period)|the quarter"
    "|quarterno (comma? of? year)?|ordinal quarter",
    "ago": "about? (COUNT|units) dash? UNIT? (and so)? (ago|earlier|later|before)|UNIT ago|COUNT? UNIT of COUNT? UNIT ago",
    "past_span": "the? REL about? (COUNT|ordinal) dash? UNIT|the? REL units|the? about? COUNT dash? UNIT ahead",
    "month": "EDGE? (the? REL)? MONTH (comma? of? the? (year yearword?|REL unit))?",
    "year_end": "unit dash? edge",
    "unit": "EDGE? of? the? REL fiscal? (unit) (of? year)?|EDGE of? the? fiscal? unit",
    "weekend": "EDGE? (the|REL) weekend",
    "season": "EDGE? of? (the|REL) season (of? (year yearword?|REL unit))?|EDGE? season of? (year yearword?)"
    "|season of REL unit",
    "decade": "EDGE? (the? decade|the decade_word)",
    "century": "(the? )?(nth|ordinal) unit",
    "duration": "about? (COUNT (and)? )?about? COUNT dash? UNIT (dash so)?",
    "year": "EDGE? of? the? fiscal? unit? year yearword?",
    "clock": "CLOCK",
}


def _compile(pattern: str) -> str:
    for _ in range(3):
        pattern = re.sub(r"[A-Z]+", lambda name: _MACROS[name[0]], pattern)
    pattern = re.sub(r"[a-z_]+", lambda name: LETTERS[name[0]], pattern)
    return pattern.replace(" ", "").replace("(", "(?:")


_GRAMMAR = re.compile("|".join(f"(?P<{name}>{_compile(pattern)})" for name, pattern in _PATTERNS.items()))


def matches(classes: str) -> Iterator[tuple[str, int, int]]:
    """Yield each expression in a string of class letters: the pattern's name, first token, and token behind the last."""
    for match in _GRAMMAR.finditer(classes):
        yield match.lastgroup or "", match.start(), match.end()
