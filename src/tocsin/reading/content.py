"""Where the words about how, when and to whom end, and where what was said begins and ends."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.model import Span
from tocsin.reading.cues import Cue, opens_content
from tocsin.reading.lexicon import Lexicon, Verb
from tocsin.reading.phrase_words import Range, is_speech
from tocsin.reading.tokens import Token

_STOPS = frozenset(".;?!…")
_LONGEST_ADVERBIAL = 9


def manner_end(tokens: Sequence[Token], index: int, verb: Verb, lexicon: Lexicon) -> int:
    """Return where the adverbials that begin at ``index`` end: "on Friday", "in a statement to Reuters"."""
    if verb.lemma in lexicon.words["telling"]:
        index = _addressee_end(tokens, index, lexicon)
    while index < len(tokens):
        stop = _adverbial_end(tokens, index, verb, lexicon)
        if stop is None:
            break
        index = stop
    return index


def content_of(tokens: Sequence[Token], cue: Cue, source: Range | None, manner: int, lexicon: Lexicon) -> Span | None:
    """Return the span of what a cue with its subject before it reports, or None when that stands elsewhere."""
    before = cue.tokens[0] if source is None else min(source[0], cue.tokens[0])
    comma = before - 1
    while comma >= 0 and tokens[comma].tag in "BC":
        comma -= 1
    if comma >= 0 and cue.verb.form != "ing" and _leads(tokens, comma, manner, lexicon):
        return leading_content(tokens, comma + 1, manner)
    start = manner
    while start < len(tokens) and (tokens[start].tag in ":,-" or tokens[start].lower in lexicon.words["that"]):
        start += 1
    start = _past_that(tokens, start, lexicon)
    return span(tokens, start, sentence_end(tokens))


def _past_that(tokens: Sequence[Token], start: int, lexicon: Lexicon) -> int:
    """Step over "о том, что": words that only lead up to "that"."""
    index = start
    while index < len(tokens) and (tokens[index].lower in lexicon.words["that_lead"] or tokens[index].tag == ","):
        index += 1
    return index + 1 if start < index < len(tokens) and tokens[index].lower in lexicon.words["that"] else start


def leading_content(tokens: Sequence[Token], end: int, manner: int) -> Span | None:
    """Return what stands before ``end`` and, when the sentence takes it up again behind ``manner``, all up to its end.

    So “A,” he said, “B” and "A, he said, is B" are one content with the cue inside.
    """
    start = 0
    while start < end and tokens[start].tag in "C,":
        start += 1
    goes_on = _resumed(tokens, manner, spoken=end > 0 and is_speech(tokens[end - 1]))
    return span(tokens, start, sentence_end(tokens) if goes_on else end)


def span(tokens: Sequence[Token], first: int, end: int) -> Span | None:
    """Return the offsets of a range of tokens without the marks around it, or None when it is empty."""
    while end > first and tokens[end - 1].tag in ",:-":
        end -= 1
    while first < end and tokens[first].tag in ",:-":
        first += 1
    return (tokens[first].start, tokens[end - 1].end) if first < end else None


def sentence_end(tokens: Sequence[Token]) -> int:
    """Return the index behind the sentence's last word."""
    end = len(tokens)
    while end and tokens[end - 1].tag in ".;":
        end -= 1
    return end


def resumes(tokens: Sequence[Token], index: int) -> bool:
    """Tell whether the token at ``index`` goes on with what was interrupted by a cue: a quotation, a verb."""
    if index >= len(tokens):
        return False
    token = tokens[index]
    return token.tag in "QXV" or (token.tag == "N" and token.lower.endswith("ed"))


def _leads(tokens: Sequence[Token], comma: int, manner: int, lexicon: Lexicon) -> bool:
    """Tell whether the words before the speaker, which end at ``comma``, are what was said."""
    spoken = is_speech(tokens[comma]) or (tokens[comma].tag == "," and comma > 0 and is_speech(tokens[comma - 1]))
    if not spoken and tokens[comma].tag != ",":
        return False
    if not spoken and _new_quotation(tokens, manner):
        return False
    if not spoken and _only_adverbial(tokens, manner) and _has_verb(tokens[:comma]):
        return True
    if manner >= len(tokens) or tokens[manner].tag in _STOPS or tokens[manner].tag in ",-":
        return True
    return spoken and (is_speech(tokens[manner]) or not opens_content(tokens[manner], lexicon))


def _new_quotation(tokens: Sequence[Token], manner: int) -> bool:
    """Tell whether a quotation that begins a sentence of its own follows a comma ("Asked why, he said, “We …”")."""
    if manner + 1 >= len(tokens) or tokens[manner].tag != "," or not is_speech(tokens[manner + 1]):
        return False
    return tokens[manner + 1].text.lstrip("“\"„«‘' ")[:1].isupper()


def _only_adverbial(tokens: Sequence[Token], index: int) -> bool:
    """Tell whether nothing but "after his speech" is left of the sentence."""
    rest = tokens[index : sentence_end(tokens)]
    return 1 < len(rest) <= _LONGEST_ADVERBIAL and rest[0].tag == "P" and all(token.tag in "PDNUGB#T" for token in rest)


def _has_verb(tokens: Sequence[Token]) -> bool:
    return any(token.tag in "XV" or (token.tag == "N" and token.lower.endswith("ed")) for token in tokens)


def _resumed(tokens: Sequence[Token], manner: int, *, spoken: bool) -> bool:
    """Tell whether what was said goes on behind ``manner``; what was ``spoken`` goes on with a quotation only."""
    index = manner
    while index < len(tokens) and tokens[index].tag in ",.:-":
        index += 1
    marked = index > manner or (index < len(tokens) and tokens[index].tag == "Q")
    return marked and resumes(tokens, index) and (not spoken or tokens[index].tag == "Q")


def _addressee_end(tokens: Sequence[Token], first: int, lexicon: Lexicon) -> int:
    known = _known_addressee_end(tokens, first, lexicon)
    for index in range(first, min(len(tokens), first + _LONGEST_ADVERBIAL)):
        token = tokens[index]
        if token.lower in lexicon.words["that"] and index > first:
            return index
        if token.tag not in "DNUPG#&C":
            break
    return known


def _known_addressee_end(tokens: Sequence[Token], first: int, lexicon: Lexicon) -> int:
    index = first
    while index < len(tokens) and index - first < _LONGEST_ADVERBIAL:
        token = tokens[index]
        if token.lower in lexicon.words["audience"] and token.tag != "D":
            return index + 1
        noun = token.tag == "N" and index > first and tokens[index - 1].tag in "DUG"
        joins = token.lower in lexicon.words["joining"] and index > first and index + 1 < len(tokens)
        if not (
            noun
            or (joins and tokens[index + 1].tag in "UD")
            or token.tag in "UG"
            or (token.tag == "D" and index == first)
        ):
            break
        index += 1
    return index


def _adverbial_end(tokens: Sequence[Token], index: int, verb: Verb, lexicon: Lexicon) -> int | None:
    """Return the end of one adverb or prepositional phrase, or None when content starts here."""
    token = tokens[index]
    if token.tag == "(":
        return _bracketed_time_end(tokens, index)
    if token.tag == "B" and not _is_adverb(tokens, index, lexicon):
        return None
    if token.tag in "BT" or (token.lower in lexicon.words["early"] and _time_near(tokens, index)):
        return index + 1
    quantity = index + 1 < len(tokens) and tokens[index + 1].lower in lexicon.words["quantity"]
    if token.tag != "P" or quantity:
        return None
    end = index + 1
    while end < len(tokens) and end - index < _LONGEST_ADVERBIAL and tokens[end].tag in "DNUB#TG":
        if tokens[end].lower in lexicon.words["that"] or (tokens[end].tag == "D" and tokens[end - 1].tag == "T"):
            break
        end += 1
    words = tokens[index + 1 : end]
    return end if words and _is_adverbial(tokens, index, end, verb, lexicon) else None


def _is_adverbial(tokens: Sequence[Token], index: int, end: int, verb: Verb, lexicon: Lexicon) -> bool:
    word, words = tokens[index].lower, tokens[index + 1 : end]
    if any(token.tag == "T" for token in words) and word in lexicon.words["when"]:
        return True
    if word not in lexicon.words["manner"]:
        return False
    if any(token.lower in lexicon.words["medium"] for token in words):
        return True
    named = words[0].tag in "DU" or words[0].lower in lexicon.words["audience"]
    if verb.frame == "object" or (word in lexicon.words["to"] and not named):
        return False
    if end < len(tokens) and tokens[end].tag == "P":
        return _adverbial_end(tokens, end, verb, lexicon) is not None
    return end >= len(tokens) or tokens[end].tag in "Q,:." or tokens[end].lower in lexicon.words["that"]


def _is_adverb(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    """Tell "said angrily" from "said quarterly revenue"."""
    known = tokens[index].lower in lexicon.words["adverb"]
    return known or index + 1 >= len(tokens) or tokens[index + 1].tag not in "NB"


def _bracketed_time_end(tokens: Sequence[Token], opening: int) -> int | None:
    """Return the index behind "(March 26)", or None when the brackets hold anything else than a time."""
    closing = next((k for k in range(opening, min(len(tokens), opening + 7)) if tokens[k].tag == ")"), None)
    inside = tokens[opening + 1 : closing] if closing else ()
    timed = any(token.tag == "T" for token in inside) and all(token.tag in "T#U.,P" for token in inside)
    return closing + 1 if closing and timed else None


def _time_near(tokens: Sequence[Token], index: int) -> bool:
    return any(token.tag == "T" for token in tokens[index + 1 : index + 3])
