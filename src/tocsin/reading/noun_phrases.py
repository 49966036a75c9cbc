"""The noun phrase beside a cue: the whole source with its role and apposition."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.reading.appositions import apposition_end, before_dashes, with_apposition, with_open_apposition
from tocsin.reading.lexicon import Lexicon
from tocsin.reading.phrase_ahead import phrase_end
from tocsin.reading.phrase_back import phrase_back
from tocsin.reading.phrase_words import LONGEST, WALL, Range, is_speech
from tocsin.reading.tokens import Token


def before(tokens: Sequence[Token], cue: int, lexicon: Lexicon) -> Range | None:
    """Return the subject that ends before the token ``cue``, or None when there is none on that side."""
    last = _skip_back(tokens, cue - 1, lexicon)
    if last < 0:
        return None
    token = tokens[last]
    if token.tag in "SR" or (token.lower == "that" and last and tokens[last - 1].tag in "NU"):
        return last, last + 1
    if token.tag == "-":
        return before_dashes(tokens, last, lexicon)
    if token.tag == ",":
        return with_apposition(tokens, last, lexicon)
    if token.tag in WALL or token.tag in "(PJC" or is_speech(token):
        return None
    return with_open_apposition(tokens, _without_manner(tokens, phrase_back(tokens, last, lexicon), lexicon), lexicon)


def after(tokens: Sequence[Token], first: int, lexicon: Lexicon, *, leads: bool = False) -> Range | None:
    """Return the noun phrase that starts at ``first``, with appositions and "who …" clauses, or None.

    ``leads`` is for a phrase that what is said follows ("According to X, a broker, Y"): there an apposition counts only
    when a comma closes it.
    """
    if first < len(tokens) and tokens[first].lower in lexicon.words["seat"]:
        first += 1
    if first >= len(tokens) or tokens[first].tag not in "DSUN#BTQ" or tokens[first].lower == "that":
        return None
    if tokens[first].tag == "Q" and is_speech(tokens[first]):
        return None
    if tokens[first].tag == "S":
        return first, first + 1
    end = phrase_end(tokens, first, lexicon)
    while end < len(tokens) and tokens[end].tag == "," and end - first < LONGEST:
        stop = apposition_end(tokens, end + 1, lexicon)
        if stop is None or (leads and not _closed(tokens, end, stop, lexicon)):
            break
        end = stop
    return (first, end) if end > first else None


def _closed(tokens: Sequence[Token], comma: int, stop: int, lexicon: Lexicon) -> bool:
    """Tell an apposition, which a comma closes, from a clause of what is said ("…, the attacks happened here, …")."""
    if stop >= len(tokens) or tokens[stop].tag != ",":
        return False
    return not any(
        tokens[k].tag == "N" and tokens[k].lower.endswith("ed") and tokens[k].lower not in lexicon.words["participle"]
        for k in range(comma + 2, stop)
    )


def antecedent(tokens: Sequence[Token], relative: int, lexicon: Lexicon) -> Range | None:
    """Return the noun phrase that the relative pronoun at ``relative`` stands for, or None."""
    last = relative - 1
    while last >= 0 and tokens[last].tag in ",C":
        last -= 1
    found = phrase_back(tokens, last, lexicon) if last >= 0 and tokens[last].tag in "NU)" else None
    if found is None:
        return None
    agents = [k for k in range(*found) if tokens[k].lower in lexicon.words["by"]]
    return (agents[-1] + 1, found[1]) if agents and agents[-1] + 1 < found[1] else found


def _without_manner(tokens: Sequence[Token], found: Range | None, lexicon: Lexicon) -> Range | None:
    """Leave out "in a statement" between a subject and its verb."""
    if found is None:
        return None
    for index in range(found[0] + 1, found[1]):
        ahead = tokens[index + 1 : min(index + 5, found[1])]
        shared = tokens[index - 1].lower.endswith(("ed", "en"))
        if tokens[index].tag == "P" and not shared and any(token.lower in lexicon.words["medium"] for token in ahead):
            names = tokens[index].lower in lexicon.words["inside"]
            return found if names else (found[0], index)
    return found


def _skip_back(tokens: Sequence[Token], last: int, lexicon: Lexicon) -> int:
    """Step over auxiliaries, adverbs and times between a subject and its verb."""
    while last >= 0:
        step = _between(tokens, last, lexicon)
        if step == 0:
            break
        last -= step
    return last


def _between(tokens: Sequence[Token], last: int, lexicon: Lexicon) -> int:
    """Return how many words, up to ``last``, stand between a subject and its verb as one adverbial; 0 for none."""
    token, before = tokens[last], tokens[last - 1] if last else None
    if before is None:
        return 1 if token.tag in "XB" else 0
    floats = token.lower in lexicon.words["floating"] and before.tag in "NUX"
    if token.tag in "XB" or floats:
        return 1
    if token.tag == "T":
        return _time_between(tokens, last, lexicon)
    if token.lower in lexicon.words["to"] and before.lower in lexicon.words["catenative"]:
        return 2
    return 3 if token.tag == "," and last > 1 and before.tag == "B" and tokens[last - 2].tag == "," else 0


def _time_between(tokens: Sequence[Token], last: int, lexicon: Lexicon) -> int:
    before = tokens[last - 1]
    if last > 1 and before.lower in lexicon.words["time_lead"]:
        return 0 if tokens[last - 2].lower.endswith(("ed", "en")) else 2
    return 1 if tokens[last].text[0].isupper() and before.tag in "NU" else 0
