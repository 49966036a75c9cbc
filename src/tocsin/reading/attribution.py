"""Find in one sentence the cues of speech, who they belong to, and the words they report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from tocsin.model import Span
from tocsin.reading import noun_phrases
from tocsin.reading.lexicon import Frame, Lexicon, Verb
from tocsin.reading.noun_phrases import Range, is_speech
from tocsin.reading.tokens import Token

_ENDS = frozenset(".;?!…")
_TELLING = frozenset("tell inform remind assure ask urge warn convince persuade advise".split())
_WH = frozenset("whether if why how what who when where".split())
_MANNER = frozenset("in at on to via during through with by".split())


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue's tokens and the verb it is a form of."""

    tokens: Range
    verb: Verb


@dataclass(frozen=True, slots=True)
class Attribution:
    """One cue with its source (token range), the words between cue and content, and the content as offsets."""

    cue: Cue
    source: Range | None
    manner: Range
    content: Span | None


def find_attributions(tokens: Sequence[Token], lexicon: Lexicon) -> tuple[Attribution, ...]:
    """Return the attributions of one sentence in the order of their cues."""
    found: list[Attribution] = []
    for cue in _cues(tokens, lexicon):
        attribution = _attribute(tokens, cue, found, lexicon)
        if attribution is not None:
            found.append(attribution)
    return tuple(_without_overlap(tokens, found))


def _cues(tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Cue]:
    index = 0
    while index < len(tokens):
        cue = _cue_at(tokens, index, lexicon)
        if cue is not None:
            yield cue
            index = cue.tokens[1]
        else:
            index += 1


def _cue_at(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> Cue | None:
    word = tokens[index].lower
    for words, frame in lexicon.phrases.get(word, ()):
        if tuple(token.lower for token in tokens[index : index + len(words)]) == words and _opens_verb(tokens, index):
            return Cue((index, index + len(words)), Verb(" ".join(words), frame, "any"))
    verb = lexicon.verbs.get(word)
    if verb is None or not _is_verb(tokens, index, verb, lexicon):
        return None
    return Cue((index, index + 1), verb)


def _opens_verb(tokens: Sequence[Token], index: int) -> bool:
    return index == 0 or tokens[index - 1].tag not in "GD"


def _is_verb(tokens: Sequence[Token], index: int, verb: Verb, lexicon: Lexicon) -> bool:
    """Tell a verb from a noun or adjective of the same form ("police reports", "the alleged plot")."""
    if verb.form == "any":
        return True
    previous = tokens[index - 1] if index else None
    if previous is None:
        return verb.form == "ing"
    if tokens[index].text[0].isupper() and not _title_case(tokens):
        return False
    if previous.tag == "G" and not (index > 1 and tokens[index - 2].tag == "S"):
        return False
    if previous.tag == "D" and previous.lower not in lexicon.words["pronoun"]:
        return False
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if verb.form in ("base", "s"):
        return _finite_form(tokens[index - 2] if index > 1 else None, previous, following, verb, lexicon)
    if verb.form == "past":
        return previous.tag != "P" and not (previous.tag == "#" and following is not None and following.tag == "N")
    return previous.tag != "P" or previous.lower == "by" or (following is not None and _opens_content(following))


def _opens_content(token: Token) -> bool:
    return token.tag in "Q:" or token.lower == "that"


def _title_case(tokens: Sequence[Token]) -> bool:
    words = [token for token in tokens if token.text[:1].isalpha() and len(token.text) > 3]
    return sum(token.text[0].isupper() for token in words) > 0.7 * len(words)


def _finite_form(before: Token | None, previous: Token, following: Token | None, verb: Verb, lexicon: Lexicon) -> bool:
    """Tell "they report that" from "reports of": nouns of the same form need a subject and a content beside them."""
    if previous.tag == "P":
        return previous.lower == "to"
    if verb.lemma not in lexicon.words["noun"] or previous.tag in "SRX":
        return previous.tag != "," or verb.form == "s"
    if following is not None and following.tag == "," and previous.tag == "U":
        return before is not None and before.tag == ","
    if following is None or not (following.tag in "DSU#" or following.lower in _CONTENT_WORDS or _opens_content(following)):
        return False
    if verb.form == "base":
        return previous.tag in "UN#" and _plural(previous)
    return previous.tag in "U)BC," or (previous.tag == "N" and not _plural(previous))


_CONTENT_WORDS = frozenset("how why what to".split())


def _plural(token: Token) -> bool:
    return token.lower.endswith("s") or token.tag == "#" or token.lower in _PLURALS


_PLURALS = frozenset("police people men women many some others %".split())


def _attribute(
    tokens: Sequence[Token], cue: Cue, earlier: Sequence[Attribution], lexicon: Lexicon
) -> Attribution | None:
    first, end = cue.tokens
    if cue.verb.frame == "before":
        return _by_phrase(tokens, cue, lexicon)
    spoken = first > 0 and is_speech(tokens[first - 1]) and cue.verb.form != "ing"
    source = None if spoken else _source(tokens, cue, earlier, lexicon)
    if source is None:
        inverted = _inverted(tokens, cue, lexicon)
        if inverted is not None:
            return inverted
    passive = _passive(tokens, first)
    manner = _manner_end(tokens, end, cue.verb, lexicon)
    if passive and end < len(tokens) and tokens[end].lower == "by":
        source = noun_phrases.after(tokens, end + 1, lexicon)
        manner = source[1] if source else manner
    elif passive:
        source = None
    content = _content(tokens, cue, source, manner)
    if not _plausible(tokens, cue, source, manner, lexicon, passive=passive):
        return None
    return Attribution(cue, source, (end, manner), content)


def _by_phrase(tokens: Sequence[Token], cue: Cue, lexicon: Lexicon) -> Attribution | None:
    first, end = cue.tokens
    lead = all(token.tag in "BCJ," for token in tokens[:first])
    source = noun_phrases.after(tokens, end, lexicon, leads=lead)
    if source is None:
        return None
    stop = source[1]
    if lead:
        content = _span(tokens, stop + (stop < len(tokens) and tokens[stop].tag in ",:"), _last(tokens))
    elif stop < len(tokens) and tokens[stop].tag == "," and _resumes(tokens, stop + 1):
        content = _span(tokens, 0, _last(tokens))
    else:
        content = _span(tokens, _clause_start(tokens, first), first)
    return Attribution(cue, source, (stop, stop), content)


def _inverted(tokens: Sequence[Token], cue: Cue, lexicon: Lexicon) -> Attribution | None:
    """Read "…,” said Name" and "…, said Name, a role"."""
    first, end = cue.tokens
    before = first - 1
    if before < 0 or not (is_speech(tokens[before]) or tokens[before].tag in ",-"):
        return None
    if cue.verb.form == "ing" or cue.verb.frame == "object":
        return None
    source = noun_phrases.after(tokens, end, lexicon)
    if source is None:
        return None
    quoted = is_speech(tokens[before]) or (before > 0 and is_speech(tokens[before - 1]))
    behind = tokens[source[1]] if source[1] < len(tokens) else None
    if not quoted and (tokens[source[0]].tag == "S" or (behind is not None and behind.tag in "XVN#SD")):
        return None
    if not quoted and cue.verb.frame != "speech":
        return None
    manner = _manner_end(tokens, source[1], cue.verb, lexicon)
    resumed = _resumed(tokens, manner)
    start = _clause_start(tokens, before if tokens[before].tag != "Q" else first)
    content = _span(tokens, start, resumed or first)
    return Attribution(cue, source, (source[1], manner), content)


def _source(tokens: Sequence[Token], cue: Cue, earlier: Sequence[Attribution], lexicon: Lexicon) -> Range | None:
    first = cue.tokens[0]
    previous = tokens[first - 1] if first else None
    if cue.verb.form == "ing" and (previous is None or previous.tag not in "X"):
        direct = None
    else:
        direct = noun_phrases.before(tokens, first, lexicon)
    if direct is not None:
        return direct
    if cue.verb.form == "ing" or _coordinated(tokens, first):
        return _shared(tokens, first, earlier, lexicon)
    return None


def _coordinated(tokens: Sequence[Token], first: int) -> bool:
    index = first - 1
    while index >= 0 and tokens[index].tag in "BX":
        index -= 1
    return index >= 0 and (tokens[index].tag == "C" or tokens[index].lower == "but")


def _shared(tokens: Sequence[Token], first: int, earlier: Sequence[Attribution], lexicon: Lexicon) -> Range | None:
    """Return the subject that a later verb shares: that of the last cue, else the sentence's own."""
    for attribution in reversed(earlier):
        if attribution.source is not None:
            return attribution.source
    for index in range(first):
        token = tokens[index]
        if token.tag in "XV" or (token.tag == "N" and token.lower.endswith("ed") and index):
            subject = noun_phrases.before(tokens, index, lexicon)
            if subject is not None:
                return subject
    return None


def _passive(tokens: Sequence[Token], first: int) -> bool:
    index = first - 1
    while index >= 0 and tokens[index].tag == "B":
        index -= 1
    if index < 0:
        return False
    by = first + 1 < len(tokens) and tokens[first + 1].lower == "by"
    return tokens[index].lower in _BE or (tokens[index].lower == "as" and by)


_BE = frozenset("is are was were be been being".split())


def _manner_end(tokens: Sequence[Token], index: int, verb: Verb, lexicon: Lexicon) -> int:
    """Return where the words on how, when and to whom end behind a cue."""
    if verb.lemma in _TELLING:
        index = _addressee_end(tokens, index, lexicon)
    while index < len(tokens):
        token = tokens[index]
        if token.tag == "B" or (token.tag == "T" and token.lower not in ("may", "march")):
            index += 1
            continue
        stop = _adverbial_end(tokens, index, lexicon) if token.tag == "P" else None
        if stop is None:
            break
        index = stop
    return index


def _addressee_end(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> int:
    start = index
    while index < len(tokens) and index - start < 9:
        token = tokens[index]
        known = token.lower in lexicon.words["audience"]
        if known and token.tag != "D":
            index += 1
            break
        if token.tag == "U" or (token.tag in "D" and index == start) or token.lower in ("'s", "’s", "&"):
            index += 1
        elif token.tag == "N" and index > start and tokens[index - 1].tag in "DUG" and token.lower not in lexicon.verbs:
            index += 1
        else:
            break
    return index


def _adverbial_end(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> int | None:
    """Return the end of "on Friday", "in a statement", "to Reuters", or None when content starts here."""
    word = tokens[index].lower
    if word not in _MANNER and word not in ("after", "before", "late", "early", "of", "about", "from", "for"):
        return None
    end = index + 1
    while end < len(tokens) and end - index < 9 and tokens[end].tag in "DNU#TG" and tokens[end].lower != "that":
        end += 1
    words = tokens[index + 1 : end]
    if not words:
        return None
    if word in _MANNER and any(token.lower in lexicon.words["medium"] or token.tag == "T" for token in words):
        return end
    if word in ("after", "before", "late", "early") and any(token.tag == "T" for token in words):
        return end
    if word in ("to", "with", "in", "at", "on", "from", "for") and (
        end >= len(tokens) or tokens[end].tag in "Q,:.P" or tokens[end].lower == "that"
    ):
        return end
    return None


def _content(tokens: Sequence[Token], cue: Cue, source: Range | None, manner: int) -> Span | None:
    first = cue.tokens[0] if source is None else min(source[0], cue.tokens[0])
    behind = tokens[manner] if manner < len(tokens) else None
    comma = first - 1
    while comma >= 0 and tokens[comma].tag in "BC":
        comma -= 1
    leads = comma >= 0 and (tokens[comma].tag == "," or is_speech(tokens[comma])) and cue.verb.form != "ing"
    if leads and (
        behind is None or behind.tag in _ENDS or behind.tag in ",-" or is_speech(behind) and is_speech(tokens[comma])
    ):
        resumed = _resumed(tokens, manner)
        return _span(tokens, _clause_start(tokens, comma + (tokens[comma].tag == "Q")), resumed or comma + 1)
    start = manner
    while start < len(tokens) and (tokens[start].tag in ":,-" or tokens[start].lower in ("that", "as")):
        start += 1
    return _span(tokens, start, _content_end(tokens, start))


def _content_end(tokens: Sequence[Token], start: int) -> int:
    return _last(tokens)


def _resumed(tokens: Sequence[Token], manner: int) -> int | None:
    """Return the end of the content that goes on behind the cue (“A,” he said, “B”), or None."""
    if manner >= len(tokens) or tokens[manner].tag not in ",.:-Q":
        return None
    nxt = manner if tokens[manner].tag == "Q" else manner + 1
    if nxt >= len(tokens) or not _resumes(tokens, nxt):
        return None
    return _last(tokens)


def _resumes(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    if token.tag == "Q":
        return is_speech(token)
    return token.tag in "XVP" and token.lower not in ("including", "following", "after", "according")


def _clause_start(tokens: Sequence[Token], end: int) -> int:
    """Return where the words reported before ``end`` begin: the sentence's start, behind a linking word."""
    start = 0
    while start < end and tokens[start].tag in "C,":
        start += 1
    return start


def _last(tokens: Sequence[Token]) -> int:
    end = len(tokens)
    while end and tokens[end - 1].tag in ".;":
        end -= 1
    return end


def _span(tokens: Sequence[Token], first: int, end: int) -> Span | None:
    while end > first and tokens[end - 1].tag in ",:-":
        end -= 1
    while first < end and tokens[first].tag in ",:-":
        first += 1
    return (tokens[first].start, tokens[end - 1].end) if first < end else None


def _plausible(
    tokens: Sequence[Token], cue: Cue, source: Range | None, manner: int, lexicon: Lexicon, *, passive: bool
) -> bool:
    """Tell whether a verb that may report speech does so here."""
    frame: Frame = cue.verb.frame
    if source is not None and _unsaid(tokens, cue, source, lexicon):
        return False
    if passive and source is None:
        return frame == "speech" and cue.verb.lemma in ("say", "tell", "report") or cue.verb.lemma == "ask"
    if source is None:
        return frame == "speech" and cue.verb.lemma in ("say", "tell")
    if frame in ("speech", "object"):
        return True
    return _shows_content(tokens, cue, source, manner)


def _shows_content(tokens: Sequence[Token], cue: Cue, source: Range, manner: int) -> bool:
    behind = tokens[manner] if manner < len(tokens) else None
    before = source[0] - 1
    if before >= 0 and is_speech(tokens[before]):
        return True
    if behind is None or behind.tag == ".":
        return before >= 0 and tokens[before].tag == ","
    if behind.tag in ":Q" or behind.lower == "that" or behind.lower in _WH:
        return True
    if behind.tag == "," and manner + 1 < len(tokens) and (is_speech(tokens[manner + 1]) or tokens[manner + 1].lower == "that"):
        return True
    if behind.tag == "S":
        return True
    if behind.tag == "," and before >= 0 and tokens[before].tag == ",":
        return True
    return cue.verb.lemma in _NAMING and any(token.tag == "Q" for token in tokens[manner : manner + 5])


_NAMING = frozenset("call describe label brand".split())


def _unsaid(tokens: Sequence[Token], cue: Cue, source: Range, lexicon: Lexicon) -> bool:
    """Tell what may or will be said, and "if he says", from what was said."""
    group = cue.tokens[0]
    while group and tokens[group - 1].tag in "XBG":
        group -= 1
        if tokens[group].lower in lexicon.words["unsaid"]:
            return True
    if tokens[source[0]].lower == "you":
        return True
    before = tokens[source[0] - 1] if source[0] else None
    naming = cue.verb.lemma in _NAMING
    return before is not None and before.lower in lexicon.words["unreal"] and not naming


def _without_overlap(tokens: Sequence[Token], found: Sequence[Attribution]) -> Iterator[Attribution]:
    """Cut a content where the next cue of the sentence begins its own clause (", adding that …")."""
    for attribution, following in zip_longest(found, found[1:]):
        content = attribution.content
        if content is None or following is None or following.cue.tokens[0] < attribution.cue.tokens[1]:
            yield attribution
            continue
        stop = tokens[following.cue.tokens[0]].start
        separate = following.source == attribution.source and content[0] < stop < content[1]
        if separate and content[0] >= tokens[attribution.cue.tokens[1] - 1].end:
            index = following.cue.tokens[0]
            while index and tokens[index - 1].tag in ",CJB":
                index -= 1
            yield replace(attribution, content=(content[0], max(content[0] + 1, tokens[index - 1].end)))
        else:
            yield attribution
