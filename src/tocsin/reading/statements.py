"""Who says what in an article: statements with the span of each part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tocsin.model import Span, Statement, TimeMention
from tocsin.reading import lexicon as lexicons
from tocsin.reading.attribution import Attribution, find_attributions
from tocsin.reading.evidence import find_evidence
from tocsin.reading.gloss import find_gloss
from tocsin.reading.lexicon import Lexicon
from tocsin.reading.manner import medium_of, said_at, via_of
from tocsin.reading.noun_phrases import is_speech
from tocsin.reading.quotes import find_quotes
from tocsin.reading.sentences import paragraphs, split_paragraph
from tocsin.reading.speakers import Memory, describe
from tocsin.reading.tokens import Token, tokenise


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One sentence; ``opens`` tells whether it begins its paragraph."""

    tokens: list[Token]
    opens: bool


def find_statements(text: str, language: str, *, times: Sequence[TimeMention] = ()) -> tuple[Statement, ...]:
    """Return the statements of ``text`` in the order of their sentences; cost is linear in its length.

    ``times`` are the article's time mentions: those beside a cue say when the statement was made. A language without
    a lexicon is read with the English one.
    """
    lexicon = lexicons.load(language)
    memory = Memory()
    found: list[Statement] = []
    for sentence in _sentences(text, lexicon):
        drafts = list(_drafts(text, sentence, lexicon, memory, times))
        if not drafts and _only_quotes(sentence.tokens):
            _continue(text, sentence, found, memory)
        found += drafts
    return tuple(found)


def _sentences(text: str, lexicon: Lexicon) -> Iterator[_Sentence]:
    for start, end in paragraphs(text):
        quotes = find_quotes(text, start, end)
        for span in split_paragraph(text, start, end, quotes):
            inside = tuple(quote for quote in quotes if span[0] <= quote.start and quote.end <= span[1])
            yield _Sentence(tokenise(text, span, inside, lexicon.classes), span[0] == start)


def _drafts(
    text: str, sentence: _Sentence, lexicon: Lexicon, memory: Memory, times: Sequence[TimeMention]
) -> Iterator[Statement]:
    tokens = sentence.tokens
    evidence = list(find_evidence(tokens, lexicon))
    taken = {attribution.cue.tokens[0] for attribution in evidence}
    for attribution in evidence:
        yield _statement(text, tokens, attribution, "evidence", lexicon, memory, times)
    for attribution in find_attributions(tokens, lexicon):
        if attribution.cue.tokens[0] not in taken:
            yield _statement(text, tokens, attribution, "said", lexicon, memory, times)


def _statement(
    text: str,
    tokens: Sequence[Token],
    attribution: Attribution,
    kind: Literal["said", "evidence"],
    lexicon: Lexicon,
    memory: Memory,
    times: Sequence[TimeMention],
) -> Statement:
    first, end = attribution.cue.tokens
    cue_span = (tokens[first].start, tokens[end - 1].end)
    content_span = _unquoted(tokens, attribution.content or (cue_span[1], cue_span[1]))
    zone = (
        tokens[first : max(end, attribution.manner[1])]
        if attribution.manner[0] == end
        else tokens[slice(*attribution.manner)]
    )
    lead = _lead(tokens, attribution)
    statement = Statement(
        kind=kind,
        speaker=None,
        speaker_span=None,
        cue=text[slice(*cue_span)],
        cue_span=cue_span,
        content=text[slice(*content_span)],
        content_span=content_span,
        quoted=_quoted(tokens, content_span),
        denied=attribution.cue.verb.lemma in lexicon.denials or tokens[first].lower in lexicon.denials,
        hedged=bool(lexicon.hedges.search(text, tokens[0].start, tokens[-1].end)),
        medium=_first(medium_of(text, _hull(part), lexicon) for part in (zone, lead) if part),
        via=_first(via_of(part, lexicon) for part in (zone, lead) if part),
        said=said_at(times, [_hull(part) for part in (zone, lead) if part]),
    )
    statement = _with_gloss(text, tokens, statement)
    if attribution.source is None:
        return statement
    words = tokens[slice(*attribution.source)]
    speaker = describe(text, words, lexicon)
    span = _hull(words)
    resolved = memory.resolve(speaker)
    return replace(
        statement,
        speaker=text[slice(*span)],
        speaker_span=span,
        resolved_to=resolved,
        role=speaker.role,
        affiliation=speaker.affiliation,
    )


def _with_gloss(text: str, tokens: Sequence[Token], statement: Statement) -> Statement:
    """Part a quoted word from the words that explain it."""
    quote = next((token.quote for token in tokens if token.quote and token.start == statement.content_span[0]), None)
    if quote is None or quote.end >= statement.content_span[1]:
        return statement
    gloss = find_gloss(text, quote.inner[1], statement.content_span[1])
    if gloss is None:
        return statement
    return replace(
        statement,
        content=text[slice(*quote.inner)],
        content_span=quote.inner,
        quoted=True,
        gloss=text[slice(*gloss)],
        gloss_span=gloss,
    )


def _first(values: Iterator[str | None]) -> str | None:
    return next((value for value in values if value is not None), None)


def _hull(tokens: Sequence[Token]) -> Span:
    return tokens[0].start, tokens[-1].end


def _lead(tokens: Sequence[Token], attribution: Attribution) -> Sequence[Token]:
    """Return the words before the speaker that are no content ("Speaking to The Independent he said")."""
    if attribution.source is None or attribution.content is None:
        return ()
    start = attribution.source[0]
    if attribution.content[0] < tokens[start].start:
        return ()
    return tokens[:start]


def _unquoted(tokens: Sequence[Token], span: Span) -> Span:
    """Leave out the marks of content that begins and ends with a quotation."""
    first = next((token for token in tokens if token.start == span[0] and token.quote), None)
    last = next((token for token in tokens if token.end == span[1] and token.quote), None)
    if first is None or last is None or first.quote is None or last.quote is None:
        return span
    return (first.quote.inner[0], last.quote.inner[1])


def _quoted(tokens: Sequence[Token], span: Span) -> bool:
    inside = sum(
        min(token.end, span[1]) - max(token.start, span[0])
        for token in tokens
        if token.quote and token.start < span[1] and token.end > span[0]
    )
    return inside * 2 >= span[1] - span[0] > 0


def _only_quotes(tokens: Sequence[Token]) -> bool:
    return bool(tokens) and any(is_speech(token) for token in tokens) and all(token.tag in "Q.,-" for token in tokens)


def _continue(text: str, sentence: _Sentence, found: list[Statement], memory: Memory) -> None:
    """Give a sentence that is nothing but quotation to the last speaker."""
    last = next((statement for statement in reversed(found) if statement.kind == "said"), None)
    if last is None:
        return
    quotes = [token.quote for token in sentence.tokens if token.quote]
    span = (quotes[0].inner[0], quotes[-1].inner[1])
    if not sentence.opens and last.content_span[1] <= span[0]:
        start = min(last.content_span[0], span[0]) if last.content else span[0]
        index = found.index(last)
        found[index] = replace(last, content=text[start : span[1]], content_span=(start, span[1]))
        return
    found.append(
        replace(
            last, content=text[slice(*span)], content_span=span, quoted=True, said=None, gloss=None, gloss_span=None
        )
    )
