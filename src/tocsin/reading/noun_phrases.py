"""Where the noun phrase beside a cue begins and ends: the whole source with its role and apposition."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.reading.lexicon import Lexicon
from tocsin.reading.tokens import Token

Range = tuple[int, int]
"""Half-open range of token indices."""

_WALL = frozenset(".;:?!…-/|•[]")
_LONGEST = 60
_SHORT_QUOTE = 40


def before(tokens: Sequence[Token], cue: int, lexicon: Lexicon) -> Range | None:
    """Return the subject that ends before the token ``cue``, or None when there is none on that side."""
    last = _skip_back(tokens, cue - 1, lexicon)
    if last < 0:
        return None
    token = tokens[last]
    if token.tag in "SR":
        return last, last + 1
    if token.lower == "that" and last and tokens[last - 1].tag in "NU":
        return last, last + 1
    if token.tag == "-":
        return _before_dashes(tokens, last, lexicon)
    if token.tag == ",":
        return _with_apposition(tokens, last, lexicon)
    if token.tag in _WALL or token.tag in "(PJC" or is_speech(token):
        return None
    return _with_open_apposition(tokens, _without_manner(tokens, _phrase_back(tokens, last, lexicon), lexicon), lexicon)


def _before_dashes(tokens: Sequence[Token], closing: int, lexicon: Lexicon) -> Range | None:
    """Return the noun phrase before "– who was there –"."""
    for opening in range(closing - 1, max(0, closing - _LONGEST), -1):
        if tokens[opening].tag == "-":
            inserted = closing - opening > 1 and tokens[opening + 1].tag in "RDPB"
            return _phrase_back(tokens, opening - 1, lexicon) if inserted else None
        if tokens[opening].tag in _WALL:
            return None
    return None


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


def _with_open_apposition(tokens: Sequence[Token], found: Range | None, lexicon: Lexicon) -> Range | None:
    """Take in the name before "…, a senior adviser to the ministry said", where no second comma closes the role."""
    if (
        found is None
        or found[0] < 2
        or tokens[found[0] - 1].tag != ","
        or tokens[found[0]].lower not in ("a", "an", "the")
    ):
        return found
    start = found[0] - 2
    while start >= 0 and tokens[start].tag == "U":
        start -= 1
    name = found[0] - 2 - start
    if name < 2 or not any(is_role(token, lexicon) for token in tokens[found[0] : found[1]]):
        return found
    return (start + 1, found[1]) if start < 0 or tokens[start].tag in ".;:,Q" else found


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
    end = _phrase_end(tokens, first, lexicon)
    while end < len(tokens) and tokens[end].tag == "," and end - first < _LONGEST:
        stop = _apposition_end(tokens, end + 1, lexicon)
        if stop is None or (leads and (stop >= len(tokens) or tokens[stop].tag != ",")):
            break
        end = stop
    return (first, end) if end > first else None


def antecedent(tokens: Sequence[Token], relative: int, lexicon: Lexicon) -> Range | None:
    """Return the noun phrase that the relative pronoun at ``relative`` stands for, or None."""
    last = relative - 1
    while last >= 0 and tokens[last].tag in ",C":
        last -= 1
    found = _phrase_back(tokens, last, lexicon) if last >= 0 and tokens[last].tag in "NU)" else None
    if found is None:
        return None
    agents = [k for k in range(*found) if tokens[k].lower in lexicon.words["by"]]
    return (agents[-1] + 1, found[1]) if agents and agents[-1] + 1 < found[1] else found


def is_speech(token: Token) -> bool:
    """Tell a quotation of what somebody said from a name or a word in quotation marks."""
    if token.quote is None:
        return False
    inner = token.text.strip("“”\"'„«»‘’ ")
    return len(inner) > _SHORT_QUOTE or inner[-1:] in ",.?!…—-" or inner.count(" ") > 3


def _skip_back(tokens: Sequence[Token], last: int, lexicon: Lexicon) -> int:
    """Step over auxiliaries, adverbs and times between a subject and its verb."""
    while last >= 0:
        token = tokens[last]
        if token.tag in "XB" or (token.tag == "G" and last and tokens[last - 1].tag == "S"):
            last -= 1
        elif token.lower in lexicon.words["floating"] and last and tokens[last - 1].tag in "NUX":
            last -= 1
        elif token.tag == "T" and last > 1 and tokens[last - 1].lower in lexicon.words["time_lead"]:
            if tokens[last - 2].lower.endswith(("ed", "en")):
                break
            last -= 2
        elif token.tag == "T" and last and token.text[0].isupper() and tokens[last - 1].tag in "NU":
            last -= 1
        elif token.lower in lexicon.words["to"] and last and tokens[last - 1].lower in lexicon.words["catenative"]:
            last -= 2
        elif token.tag == "," and last > 1 and tokens[last - 1].tag == "B" and tokens[last - 2].tag == ",":
            last -= 3
        else:
            break
    return last


def _phrase_back(tokens: Sequence[Token], last: int, lexicon: Lexicon) -> Range | None:
    first = last + 1
    index = last
    while index >= 0 and last - index < _LONGEST:
        token = tokens[index]
        if token.tag == ")":
            opening = _bracket_back(tokens, index)
            if opening is None:
                break
            index = first = opening
        elif token.lower in lexicon.words["participle"] and _is_reduced(tokens, index):
            first = index
        elif token.tag in "XV" or (token.lower in lexicon.verbs and index != last and _finite(tokens, index, lexicon)):
            relative = _relative_back(tokens, index)
            if relative is None:
                break
            index = first = relative
        elif token.tag == "C":
            if not _joins(tokens, index, lexicon):
                break
            first = index
        elif (
            token.tag in _WALL
            or token.tag in ",(JSR"
            or is_speech(token)
            or token.lower in lexicon.words["clause_link"]
        ):
            break
        elif token.tag == "D" and index and tokens[index - 1].tag in "NU":
            first = index
            break
        else:
            first = index
        index -= 1
    return _trim(tokens, first, last + 1, lexicon)


def _is_reduced(tokens: Sequence[Token], index: int) -> bool:
    """Tell the participle in "images taken on Thursday" from a verb."""
    return 0 < index < len(tokens) - 1 and tokens[index - 1].tag in "NU" and tokens[index + 1].tag == "P"


def _finite(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    form = lexicon.verbs[tokens[index].lower].form
    if form == "any":
        return True
    if form == "past" and index + 1 < len(tokens) and tokens[index + 1].tag == "P" and tokens[index].lower != "said":
        return index > 0 and tokens[index - 1].tag in "SRX"
    previous = tokens[index - 1] if index else None
    if form in ("past", "s"):
        return previous is not None and previous.tag in "SRUNXB" and not (form == "s" and previous.tag == "N")
    return previous is not None and (previous.tag in "SRX" or previous.lower == "to")


def _relative_back(tokens: Sequence[Token], index: int) -> int | None:
    """Return the index of the "who" that opens the clause this verb stands in, if no mark parts them."""
    for back in range(index - 1, max(-1, index - 15), -1):
        token = tokens[back]
        if token.tag == "R" or (token.lower == "that" and back and tokens[back - 1].tag in "NU"):
            return back if back and tokens[back - 1].tag in "NU)" else None
        if token.tag in _WALL or token.tag in ",QS":
            return None
    return None


def _bracket_back(tokens: Sequence[Token], index: int) -> int | None:
    for back in range(index - 1, max(-1, index - 10), -1):
        if tokens[back].tag == "(":
            return back
    return None


def _joins(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    """Tell whether the "and" at ``index`` joins two nouns of one subject, and not two clauses."""
    if tokens[index].lower == "&":
        return True
    if index == 0 or tokens[index - 1].tag not in "NUQ)":
        return False
    start = index - 1
    while start >= 0 and tokens[start].tag in "NU#DGP)(B":
        if tokens[start].lower in lexicon.verbs and _finite(tokens, start, lexicon):
            return False
        start -= 1
    if start >= 0 and tokens[start].tag in "XVSR":
        return False
    return tokens[start + 1].tag != "P"


def _trim(tokens: Sequence[Token], first: int, end: int, lexicon: Lexicon) -> Range | None:
    """Drop what leads up to the subject: "On Friday", "In Kyiv", "Last year", "But"."""
    while first < end:
        token = tokens[first]
        if token.lower in lexicon.words["seat"] and not any(t.tag == "T" for t in tokens[first:end]):
            first += 1
        elif token.tag == "P":
            first = _past_adverbial(tokens, first + 1, end, lexicon)
        elif token.tag in "CB," and token.lower not in ("both",):
            first += 1
        elif token.tag == "T" and first + 1 < end and tokens[first + 1].tag not in "GP":
            first += 1
        elif (
            token.lower in ("last", "next", "this", "late", "early")
            and first + 1 < end
            and tokens[first + 1].tag == "T"
        ):
            first += 2
        else:
            break
    if first + 1 == end and tokens[first].lower in lexicon.words["thing"]:
        return None
    return (first, end) if first < end else None


def _past_adverbial(tokens: Sequence[Token], first: int, end: int, lexicon: Lexicon) -> int:
    """Return where the noun phrase behind a preposition's own noun phrase starts."""
    index = first + 1
    while index < end:
        token, previous = tokens[index], tokens[index - 1]
        if (token.tag in "DS" and previous.tag not in "PGD") or previous.lower in lexicon.words["scene"]:
            return index
        if previous.tag == "T" and token.tag not in "T,#P":
            return index
        if token.lower in lexicon.words["title"] and token.tag == "U" and previous.tag in "NU":
            return index
        index += 1
    return first


def _with_apposition(tokens: Sequence[Token], comma: int, lexicon: Lexicon) -> Range | None:
    """Return "Name, a role …" when the comma before a verb closes such an insertion."""
    start = comma - 1
    while start >= 0 and tokens[start].tag not in _WALL and tokens[start].tag != "(" and not is_speech(tokens[start]):
        start -= 1
    start += 1
    while start < comma:
        stop = next((k for k in range(start, comma) if tokens[k].tag == ","), comma)
        if stop == comma:
            return None
        head = _head(tokens, start, stop, lexicon)
        if head is not None and _apposition_like(tokens, stop + 1, lexicon):
            return head[0], comma
        if head is not None and _insertion_like(tokens, stop + 1):
            return head
        start = stop + 1
    return None


def _head(tokens: Sequence[Token], start: int, stop: int, lexicon: Lexicon) -> Range | None:
    while start < stop and tokens[start].tag in "CJB":
        start += 1
    if start >= stop or tokens[start].tag not in "DUN#SQ":
        return None
    found = _phrase_back(tokens, stop - 1, lexicon) if tokens[stop - 1].tag not in "SR" else (stop - 1, stop)
    return found if found and found[0] <= start else None


def _apposition_like(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    if index >= len(tokens) or tokens[index].lower == "that":
        return False
    token = tokens[index]
    if token.tag in "RDU" or token.lower in lexicon.words["apposing"]:
        return True
    if token.tag == "#":
        return index + 1 >= len(tokens) or tokens[index + 1].tag in ",."
    if token.tag != "N" or token.lower.endswith(("ing", "ed")):
        return False
    return any(is_role(word, lexicon) for word in tokens[index : index + 6])


def is_role(token: Token, lexicon: Lexicon) -> bool:
    """Tell whether a word names what somebody is: "minister", "vice-president", "baker"."""
    word = token.lower.rpartition("-")[2]
    if token.tag not in "NU":
        return False
    if word in lexicon.words["title"] or word.removesuffix("s") in lexicon.words["title"]:
        return True
    return token.tag == "N" and word.isascii() and word.endswith(_ROLE_ENDINGS)


_ROLE_ENDINGS = ("er", "or", "ist", "man", "woman", "ian", "ant", "ive", "head", "ee")


def _insertion_like(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    return token.tag in "PBJ" or token.lower.endswith("ing")


def _phrase_end(tokens: Sequence[Token], first: int, lexicon: Lexicon) -> int:
    index = first
    in_clause = False
    while index < len(tokens) and index - first < _LONGEST:
        token = tokens[index]
        if token.tag in _WALL or token.tag == "," or is_speech(token):
            break
        if token.tag == "(":
            closing = next((k for k in range(index, min(len(tokens), index + 9)) if tokens[k].tag == ")"), None)
            if closing is None:
                break
            index = closing
        elif token.tag == "R" and token.lower != "which":
            in_clause = True
        elif not in_clause and (token.tag in "XVJ" or _ends_phrase(tokens, index, first, lexicon)):
            break
        index += 1
    return index


def _ends_phrase(tokens: Sequence[Token], index: int, first: int, lexicon: Lexicon) -> bool:
    token = tokens[index]
    if token.tag == "C":
        return index + 1 < len(tokens) and (tokens[index + 1].tag in "XVSB" or tokens[index + 1].lower in lexicon.verbs)
    if token.tag == "T":
        return index > first and not (tokens[index - 1].tag in "DP" and tokens[index - 1].lower != "on")
    if token.tag in "SR":
        return index > first
    if token.tag != "P":
        return index > first and token.tag == "N" and token.lower in lexicon.verbs and _finite(tokens, index, lexicon)
    return _adverbial(tokens, index, first, lexicon)


def _adverbial(tokens: Sequence[Token], index: int, first: int, lexicon: Lexicon) -> bool:
    """Tell whether the preposition at ``index`` opens a manner, place or time and not a part of the noun phrase."""
    word = tokens[index].lower
    if word in lexicon.words["inside"]:
        return False
    if word in lexicon.words["outside"]:
        return True
    ahead = tokens[index + 1 : index + 5]
    if any(token.tag == "T" for token in ahead[:2]) or any(token.lower in lexicon.words["medium"] for token in ahead):
        return True
    return word in lexicon.words["where"] and all(token.tag in "U." for token in tokens[first:index])


def _apposition_end(tokens: Sequence[Token], first: int, lexicon: Lexicon) -> int | None:
    if not _apposition_like(tokens, first, lexicon) or tokens[first].lower == "which":
        return None
    if tokens[first].tag == "R" or tokens[first].lower in lexicon.words["whose"]:
        end = first
        while (
            end < len(tokens) and tokens[end].tag not in _WALL and tokens[end].tag != "," and not is_speech(tokens[end])
        ):
            end += 1
        return end
    end = _phrase_end(tokens, first, lexicon)
    if end < len(tokens) and tokens[end].tag in "XVS":
        return None
    return end if end > first else None
