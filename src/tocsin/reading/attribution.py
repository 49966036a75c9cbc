"""Find in one sentence who its cues of speech belong to and what they report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest

from tocsin.model import Span
from tocsin.reading import noun_phrases
from tocsin.reading.content import content_of, leading_content, manner_end, resumes, sentence_end, span
from tocsin.reading.cues import Cue, find_cues, opens_content
from tocsin.reading.lexicon import Lexicon
from tocsin.reading.phrase_words import Range, is_speech
from tocsin.reading.speakers import is_evidence
from tocsin.reading.tokens import Token

_LONGEST_OUTLET = 12
_MOST_CUES = 20
"""More cues than these in a sentence are no language; the bound keeps hostile input cheap."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """One cue with its source (token range), the words on how and when (token range), and the content as offsets.

    ``through`` is the outlet that quotes the source; ``quoted`` is set when the content is a quotation before the cue.
    """

    cue: Cue
    source: Range | None
    manner: Range
    content: Span | None
    through: Range | None = None
    quoted: bool = False


def find_attributions(tokens: Sequence[Token], lexicon: Lexicon) -> tuple[Attribution, ...]:
    """Return the attributions of one sentence in the order of their cues."""
    found: list[Attribution] = []
    for cue in islice(find_cues(tokens, lexicon), _MOST_CUES):
        attribution = _quoted_as_saying(tokens, cue, found, lexicon)
        if attribution is not None:
            found.pop()
        else:
            attribution = _attribute(tokens, cue, found, lexicon)
        if attribution is not None:
            found.append(_with_outlet(tokens, attribution, lexicon))
    return tuple(_cut(tokens, found, lexicon))


def _quoted_as_saying(
    tokens: Sequence[Token], cue: Cue, earlier: Sequence[Attribution], lexicon: Lexicon
) -> Attribution | None:
    """Read "X quoted Y as saying": Y speaks, through X."""
    first, end = cue.tokens
    if cue.verb.form != "ing" or tokens[first - 1].lower not in lexicon.words["as"] or not earlier or first < 2:
        return None
    quoting = earlier[-1]
    if quoting.cue.verb.lemma not in lexicon.words["quoting"] or quoting.source is None:
        return None
    source = noun_phrases.after(tokens, quoting.cue.tokens[1], lexicon)
    if source is None or source[1] > first:
        return None
    manner = manner_end(tokens, end, cue.verb, lexicon)
    follows = manner < sentence_end(tokens)
    start = min(quoting.source[0], quoting.cue.tokens[0])
    content = content_of(tokens, cue, source, manner, lexicon) if follows else leading_content(tokens, start, manner)
    return Attribution(cue, (source[0], min(source[1], first - 1)), (end, manner), content, quoting.source)


def _with_outlet(tokens: Sequence[Token], attribution: Attribution, lexicon: Lexicon) -> Attribution:
    """Note the outlet of "X, quoted by Y, said" and "X was quoted by Y as saying"."""
    cue = attribution.cue.tokens[0]
    for index in range(max(0, cue - _LONGEST_OUTLET), cue - 2):
        verb = lexicon.verbs.get(tokens[index].lower)
        if verb and verb.lemma in lexicon.words["quoting"] and tokens[index + 1].lower in lexicon.words["by"]:
            outlet = noun_phrases.after(tokens, index + 2, lexicon)
            return replace(attribution, through=outlet) if outlet and outlet[1] <= cue else attribution
    return attribution


def _attribute(
    tokens: Sequence[Token], cue: Cue, earlier: Sequence[Attribution], lexicon: Lexicon
) -> Attribution | None:
    if cue.verb.frame == "before":
        return _by_phrase(tokens, cue, earlier, lexicon)
    if _passive(tokens, cue, lexicon):
        return _by_agent(tokens, cue, lexicon)
    end = cue.tokens[1]
    source = None if _content_leads(tokens, cue, lexicon) else _source(tokens, cue, earlier, lexicon)
    if source is None:
        inverted = _inverted(tokens, cue, lexicon)
        if inverted is not None:
            return inverted
    manner = manner_end(tokens, end, cue.verb, lexicon)
    if not _reports(tokens, cue, source, manner, lexicon):
        return None
    return Attribution(cue, source, (end, manner), content_of(tokens, cue, source, manner, lexicon))


def _content_leads(tokens: Sequence[Token], cue: Cue, lexicon: Lexicon) -> bool:
    """Tell whether only behind a cue its speaker can stand.

    So it is after a quotation, in Slavic languages after a comma, and in "…, said Name." where no clause follows.
    """
    first, end = cue.tokens
    if first == 0 or cue.verb.form == "ing":
        return False
    before, following = tokens[first - 1], tokens[min(end, len(tokens) - 1)]
    if is_speech(before) or (cue.verb.form == "any" and before.tag in ",-" and following.tag in "NU"):
        return True
    if before.tag != "," or cue.verb.lemma not in lexicon.words["bare"]:
        return False
    name = noun_phrases.after(tokens, end, lexicon)
    return name is not None and tokens[name[0]].tag != "S" and name[1] >= sentence_end(tokens)


def _by_phrase(
    tokens: Sequence[Token], cue: Cue, earlier: Sequence[Attribution], lexicon: Lexicon
) -> Attribution | None:
    """Read "according to X, Y" and "Y, according to X"."""
    first, end = cue.tokens
    leads = all(token.tag in "BCJ," for token in tokens[_behind_dateline(tokens, first) : first])
    source = noun_phrases.after(tokens, end, lexicon, leads=leads)
    if source is None:
        return None
    stop = source[1]
    if leads:
        stop = manner_end(tokens, stop, cue.verb, lexicon)
        content = span(tokens, stop, sentence_end(tokens))
    elif stop < len(tokens) and tokens[stop].tag == "," and resumes(tokens, stop + 1):
        content = span(tokens, 0, sentence_end(tokens))
    else:
        before = earlier[-1].content if earlier else None
        shared = before is not None and before[1] <= tokens[first].start
        content = before if shared else leading_content(tokens, first, len(tokens))
    return Attribution(cue, source, (source[1], stop), content)


def _behind_dateline(tokens: Sequence[Token], first: int) -> int:
    """Return the index behind "KYIV, Nov. 11 -", where the sentence begins."""
    dash = next((k for k in range(min(first, 9)) if tokens[k].tag == "-"), -1)
    return dash + 1 if all(token.tag in "U,.#TX()" for token in tokens[: max(dash, 0)]) else 0


def _by_agent(tokens: Sequence[Token], cue: Cue, lexicon: Lexicon) -> Attribution | None:
    """Read "as reported by X" and "he was told that …", which names nobody."""
    end = cue.tokens[1]
    if end < len(tokens) and tokens[end].lower in lexicon.words["by"]:
        source = noun_phrases.after(tokens, end + 1, lexicon)
        if source is None or cue.verb.frame != "speech":
            return None
        start = 0 if tokens[0].tag != "J" else source[1]
        content = span(tokens, start, sentence_end(tokens) if start else _before_participle(tokens, cue))
        return Attribution(cue, source, (source[1], source[1]), content)
    if cue.verb.lemma not in lexicon.words["passive"]:
        return None
    manner = manner_end(tokens, end, cue.verb, lexicon)
    if manner >= len(tokens) or not (opens_content(tokens[manner], lexicon) or tokens[manner].tag in "JP"):
        return None
    return Attribution(cue, None, (end, manner), content_of(tokens, cue, None, manner, lexicon))


def _before_participle(tokens: Sequence[Token], cue: Cue) -> int:
    end = cue.tokens[0]
    while end and tokens[end - 1].tag in "BX,":
        end -= 1
    return end


def _inverted(tokens: Sequence[Token], cue: Cue, lexicon: Lexicon) -> Attribution | None:
    """Read "…,” said Name" and "…, said Name, a role"."""
    first, end = cue.tokens
    if first == 0 or cue.verb.form == "ing" or cue.verb.frame == "object":
        return None
    if _only_leads(tokens[:first], lexicon):
        return _after_lead(tokens, cue, lexicon)
    before = first - 1
    while before > 0 and tokens[before].tag in ",-":
        before -= 1
    quoted = is_speech(tokens[before])
    if not quoted and (before == first - 1 or cue.verb.frame != "speech"):
        return None
    while end < len(tokens) and tokens[end].lower in lexicon.words["dative"]:
        end += 1
    source = noun_phrases.after(tokens, end, lexicon)
    if source is None:
        return None
    if not quoted and (tokens[source[0]].tag == "S" or _goes_on(tokens, source[1])):
        return None
    manner = manner_end(tokens, source[1], cue.verb, lexicon)
    return Attribution(cue, source, (source[1], manner), leading_content(tokens, first, manner))


def _only_leads(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    """Tell whether only "as", "of this" or "of the blast" stands before a cue: its speaker follows."""
    if tokens[0].lower in lexicon.words["topic"] and all(token.tag not in ",-:Q" for token in tokens):
        return True
    leads = lexicon.words["as"] | lexicon.words["thing"]
    return any(token.lower in leads for token in tokens) and all(t.lower in leads or t.tag in "PB" for t in tokens)


def _after_lead(tokens: Sequence[Token], cue: Cue, lexicon: Lexicon) -> Attribution | None:
    """Read "as X said, Y" and, verb first, "of the blast reported X" or "of this", which is the sentence before."""
    first, end = cue.tokens
    source = noun_phrases.after(tokens, end, lexicon, leads=True)
    if source is None:
        return None
    manner = manner_end(tokens, source[1], cue.verb, lexicon)
    topic = tokens[0].lower in lexicon.words["topic"] and tokens[1].lower not in lexicon.words["thing"]
    content = (0, first) if topic else (manner, sentence_end(tokens))
    return Attribution(cue, source, (source[1], manner), span(tokens, *content))


def _goes_on(tokens: Sequence[Token], index: int) -> bool:
    return index < len(tokens) and tokens[index].tag in "XVN#SD"


def _source(tokens: Sequence[Token], cue: Cue, earlier: Sequence[Attribution], lexicon: Lexicon) -> Range | None:
    first = cue.tokens[0]
    participle = cue.verb.form == "ing" and not (first and tokens[first - 1].tag == "X")
    direct = None if participle else noun_phrases.before(tokens, first, lexicon)
    if direct is None and cue.verb.frame == "evidence":
        return _scene(tokens, first, lexicon)
    if direct is None and (participle or _coordinated(tokens, first, lexicon)):
        return _shared(tokens, first, earlier, lexicon)
    return direct


def _scene(tokens: Sequence[Token], first: int, lexicon: Lexicon) -> Range | None:
    """Return the recording in which something is seen or heard ("in the video …")."""
    index = next((k for k in range(first) if tokens[k].lower in lexicon.words["scene"]), None)
    return None if index is None else (index, index + 1)


def _coordinated(tokens: Sequence[Token], first: int, lexicon: Lexicon) -> bool:
    index = first - 1
    while index >= 0 and tokens[index].tag in "BX":
        index -= 1
    return index >= 0 and (tokens[index].tag == "C" or tokens[index].lower in lexicon.words["but"])


def _shared(tokens: Sequence[Token], first: int, earlier: Sequence[Attribution], lexicon: Lexicon) -> Range | None:
    """Return the subject that a later verb shares: that of the last cue, else the sentence's own."""
    for attribution in reversed(earlier):
        if attribution.source is not None:
            return attribution.source
    for index in range(1, first):
        token = tokens[index]
        if token.tag in "XV" or (token.tag == "N" and token.lower.endswith("ed")):
            subject = noun_phrases.before(tokens, index, lexicon)
            if subject is not None:
                return subject
    if first > 1 and tokens[first - 1].tag == ",":
        subject = noun_phrases.before(tokens, first - 1, lexicon)
        return subject if subject and subject[0] == 0 else None
    return None


def _passive(tokens: Sequence[Token], cue: Cue, lexicon: Lexicon) -> bool:
    if cue.verb.form != "past":
        return False
    first, end = cue.tokens
    if end < len(tokens) and tokens[end].lower in lexicon.words["by"]:
        return True
    index = first - 1
    while index >= 0 and tokens[index].tag in "XB" and tokens[index].lower not in lexicon.words["be"]:
        index -= 1
    return index >= 0 and tokens[index].lower in lexicon.words["be"]


def _reports(tokens: Sequence[Token], cue: Cue, source: Range | None, manner: int, lexicon: Lexicon) -> bool:
    """Tell whether a verb that may report speech does so here."""
    if source is None:
        return cue.verb.lemma in lexicon.words["alone"]
    if _unsaid(tokens, cue, source, lexicon) or _governed(tokens, cue, lexicon) or _is_on_the_spot(tokens, cue):
        return False
    if any(
        token.lower in lexicon.idioms.get(cue.verb.lemma, ()) for token in tokens[cue.tokens[1] : cue.tokens[1] + 5]
    ):
        return False
    shows = cue.verb.frame == "evidence" or cue.verb.lemma in lexicon.words["showing"]
    if shows and is_evidence(tokens[slice(*source)], lexicon):
        return _shows_something(tokens, manner, lexicon)
    if cue.verb.frame == "clause":
        return _shows_content(tokens, cue, source, manner, lexicon)
    return cue.verb.frame != "evidence"


def _is_on_the_spot(tokens: Sequence[Token], cue: Cue) -> bool:
    """Tell "X, reporting from Tunis, said" from what is reported."""
    end = cue.tokens[1]
    return cue.verb.lemma == "report" and cue.verb.form == "ing" and end < len(tokens) and tokens[end].tag == "P"


def _shows_something(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    """Tell whether words follow a recording's verb that say what it shows ("showed crowds", "видно, как …")."""
    if index >= len(tokens):
        return False
    clause = lexicon.words["question"] | lexicon.words["that"]
    opens = index + 1 < len(tokens) and tokens[index + 1].lower in clause
    return opens or tokens[index].tag not in ".,"


def _governed(tokens: Sequence[Token], cue: Cue, lexicon: Lexicon) -> bool:
    """Tell whether the cue belongs to another before it ("refused to say")."""
    first = cue.tokens[0]
    return first > 1 and tokens[first - 1].lower == "to" and tokens[first - 2].lower in lexicon.verbs


def _shows_content(tokens: Sequence[Token], cue: Cue, source: Range, manner: int, lexicon: Lexicon) -> bool:
    before = tokens[source[0] - 1] if source[0] else None
    if before is not None and is_speech(before):
        return True
    comma = before is not None and before.tag == ","
    if manner >= len(tokens) or tokens[manner].tag == ".":
        return comma
    behind = tokens[manner]
    if behind.tag in ":QS" or behind.lower in lexicon.words["that"] or behind.lower in lexicon.words["question"]:
        return True
    following = tokens[manner + 1] if manner + 1 < len(tokens) else None
    if behind.tag == ",":
        return comma or (following is not None and (is_speech(following) or following.lower in lexicon.words["that"]))
    naming = cue.verb.lemma in lexicon.words["naming"]
    return naming and any(token.tag == "Q" for token in tokens[manner : manner + 5])


def _unsaid(tokens: Sequence[Token], cue: Cue, source: Range, lexicon: Lexicon) -> bool:
    """Tell what may or will be said, and "if he says", from what was said."""
    group = cue.tokens[0]
    while group and tokens[group - 1].tag in "XB":
        group -= 1
        if tokens[group].lower in lexicon.words["unsaid"]:
            return True
    if tokens[source[0]].lower == "you":
        return True
    before = tokens[source[0] - 1].lower if source[0] else ""
    return before in lexicon.words["unreal"] and cue.verb.lemma not in lexicon.words["naming"]


def _cut(tokens: Sequence[Token], found: Sequence[Attribution], lexicon: Lexicon) -> Iterator[Attribution]:
    """End a content where the next cue of the sentence begins a clause of its own (", adding that …")."""
    for attribution, following in zip_longest(found, found[1:]):
        stop = None if following is None else _clause_before(tokens, attribution, following, lexicon)
        content = attribution.content
        if content is None or stop is None or not content[0] < tokens[stop - 1].end < content[1]:
            yield attribution
        else:
            yield replace(attribution, content=(content[0], tokens[stop - 1].end))


def _clause_before(
    tokens: Sequence[Token], attribution: Attribution, following: Attribution, lexicon: Lexicon
) -> int | None:
    """Return the index behind the first attribution's content when ``following`` is not part of it."""
    content, first = attribution.content, following.cue.tokens[0]
    if content is None or content[0] < tokens[attribution.cue.tokens[0]].start:
        return None
    if following.source == attribution.source:
        return _without_links(tokens, first, lexicon)
    if following.content is not None and following.content[0] <= tokens[attribution.cue.tokens[0]].start:
        return next((k for k in range(len(tokens)) if tokens[k].end >= following.content[1]), first - 1) + 1
    start = following.source[0] if following.source else first
    linked = _without_links(tokens, start, lexicon)
    return linked if linked < start - 1 and tokens[linked].tag == "," else None


def _without_links(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> int:
    while index and (tokens[index - 1].tag in ",CB" or tokens[index - 1].lower in lexicon.words["but"]):
        index -= 1
    return index
