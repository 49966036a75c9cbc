"""Who says what in an article: statements with the span of each part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tocsin.model import Span, Statement, TimeMention
from tocsin.reading import lexicon as lexicons
from tocsin.reading import noun_phrases
from tocsin.reading.attribution import Attribution, find_attributions
from tocsin.reading.content import sentence_end
from tocsin.reading.content import span as span_of
from tocsin.reading.gloss import find_gloss
from tocsin.reading.headlines import find_headline
from tocsin.reading.lexicon import Lexicon
from tocsin.reading.manner import medium_of, said_at, via_of
from tocsin.reading.phrase_words import is_speech
from tocsin.reading.quotes import find_quotes, part_insertions
from tocsin.reading.sentences import paragraphs, split_paragraph
from tocsin.reading.speakers import Memory, describe, is_evidence
from tocsin.reading.tokens import Token, tokenise

# Longer runs of words are no sentences (lists, tables, hostile input); cutting them bounds the work per word.
_LONGEST_SENTENCE = 300


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One sentence of a text; ``opens`` tells whether it begins its paragraph, ``headline`` whether it is one."""

    text: str
    tokens: list[Token]
    opens: bool
    headline: bool

    @property
    def span(self) -> Span:
        """Where the sentence stands in its text."""
        return self.tokens[0].start, self.tokens[-1].end

    def words(self, tokens: Sequence[Token]) -> tuple[str, Span]:
        """Return the text of a run of tokens and its span."""
        span = (tokens[0].start, tokens[-1].end)
        return self.text[slice(*span)], span


def find_statements(text: str, language: str, *, times: Sequence[TimeMention] = ()) -> tuple[Statement, ...]:
    """Return the statements of ``text`` in the order of their sentences; cost is linear in its length.

    ``times`` are the article's time mentions: those beside a cue say when the statement was made. A quotation without
    a cue of its own carries the attribution it goes on with. A language without a lexicon is read with the English one.
    """
    lexicon = lexicons.load(language)
    memory = Memory()
    found: list[Statement] = []
    previous: _Sentence | None = None
    unsure = any(word in text for word in lexicon.unverified_words)
    for sentence in _sentences(text, lexicon):
        attributions = _attributions(sentence, lexicon)
        if not attributions and found and _goes_on(sentence.tokens, found[-1]):
            _go_on(sentence, found)
        if unsure and found and lexicon.unverified.search(text, *sentence.span):
            found[-1] = replace(found[-1], hedged=True)
        for attribution in attributions:
            whole = _with_content(attribution, sentence, previous, lexicon)
            found.append(_statement(sentence, whole, lexicon, memory, times))
        previous = sentence
        _note_subject(sentence, lexicon, memory)
    return tuple(statement for statement in found if statement.content)


def _sentences(text: str, lexicon: Lexicon) -> Iterator[_Sentence]:
    for number, (start, end) in enumerate(paragraphs(text)):
        quotes = find_quotes(text, start, end)
        following = 0
        for span in split_paragraph(text, start, end, quotes):
            first = following
            while following < len(quotes) and quotes[following].start < span[1]:
                following += 1
            inside = tuple(part_insertions(text, quotes[first:following], lexicon.verbs.__contains__))
            tokens = tokenise(text, span, inside, lexicon.vocabulary)
            headline = number == 0 and span == (start, end)
            for cut in range(0, len(tokens), _LONGEST_SENTENCE):
                piece = tokens[cut : cut + _LONGEST_SENTENCE]
                yield _Sentence(text, piece, opens=span[0] == start, headline=headline)


def _attributions(sentence: _Sentence, lexicon: Lexicon) -> tuple[Attribution, ...]:
    found = find_attributions(sentence.tokens, lexicon)
    if found or not sentence.headline:
        return found
    headline = find_headline(sentence.tokens, lexicon)
    return (headline,) if headline else ()


def _with_content(
    attribution: Attribution, sentence: _Sentence, previous: _Sentence | None, lexicon: Lexicon
) -> Attribution:
    """Give "об этом сообщил X", and a bare "X said." inside a paragraph, the sentence before as its content."""
    if attribution.content is not None or previous is None:
        return attribution
    pointing = any(token.lower in lexicon.words["thing"] for token in sentence.tokens[: attribution.cue.tokens[0]])
    if not pointing and (sentence.opens or sentence.tokens[-1].tag == ":"):
        return attribution
    whole = span_of(previous.tokens, 0, sentence_end(previous.tokens))
    if whole is None:
        return attribution
    return replace(attribution, content=_unquoted(previous.tokens, whole), quoted=_is_quoted(previous.tokens, whole))


def _statement(
    sentence: _Sentence, attribution: Attribution, lexicon: Lexicon, memory: Memory, times: Sequence[TimeMention]
) -> Statement:
    tokens = sentence.tokens
    cue, cue_span = sentence.words(tokens[slice(*attribution.cue.tokens)])
    content_span = _unquoted(tokens, attribution.content or (cue_span[1], cue_span[1]))
    around = _around(tokens, attribution, lexicon)
    statement = Statement(
        kind="said",
        speaker=None,
        speaker_span=None,
        cue=cue,
        cue_span=cue_span,
        content=sentence.text[slice(*content_span)],
        content_span=content_span,
        quoted=attribution.quoted or _is_quoted(tokens, content_span),
        denied=attribution.cue.verb.lemma in lexicon.words["denial"],
        hedged=bool(lexicon.hedges.search(sentence.text, *sentence.span)),
        medium=medium_of(sentence.text, around, lexicon),
        via=_through(sentence, attribution) or via_of(around, lexicon),
        said=said_at(times, around),
    )
    return _with_gloss(sentence, _with_speaker(sentence, statement, attribution, lexicon, memory))


def _through(sentence: _Sentence, attribution: Attribution) -> str | None:
    """Return the outlet of "X quoted Y as saying"."""
    return sentence.words(sentence.tokens[slice(*attribution.through)])[0] if attribution.through else None


def _with_speaker(
    sentence: _Sentence, statement: Statement, attribution: Attribution, lexicon: Lexicon, memory: Memory
) -> Statement:
    if attribution.source is None:
        return statement
    words = sentence.tokens[slice(*attribution.source)]
    phrase, span = sentence.words(words)
    speaker = describe(sentence.text, words, lexicon)
    resolved = memory.resolve(speaker) or _before_who(sentence, attribution.source[0], lexicon)
    memory.note(speaker)
    evidence = is_evidence(words, lexicon)
    return replace(
        statement,
        kind="evidence" if evidence else "said",
        speaker=phrase,
        speaker_span=span,
        resolved_to=resolved,
        role=speaker.role,
        affiliation=speaker.affiliation,
        medium=medium_of(sentence.text, [words[1:]], lexicon) if evidence else statement.medium,
    )


def _before_who(sentence: _Sentence, index: int, lexicon: Lexicon) -> str | None:
    """Return the name that a relative pronoun takes up."""
    if sentence.tokens[index].tag != "R":
        return None
    found = noun_phrases.antecedent(sentence.tokens, index, lexicon)
    return describe(sentence.text, sentence.tokens[slice(*found)], lexicon).name if found else None


def _around(tokens: Sequence[Token], attribution: Attribution, lexicon: Lexicon) -> list[Sequence[Token]]:
    """Return the runs of words that tell how, when and to whom: behind the cue, and before the speaker.

    The words before count only when they are not what was said ("Speaking to The Independent he said …").
    """
    first, end = attribution.cue.tokens
    manner = attribution.manner
    runs = [tokens[first : manner[1]] if manner[0] == end else tokens[slice(*manner)]]
    if attribution.source is not None:
        start = attribution.source[0]
        runs.append(tokens[attribution.source[1] : first])
        if attribution.content is None or attribution.content[0] >= tokens[start].start:
            runs.append(tokens[:start])
    return [run for run in runs if run and (run is runs[0] or not _has_clause(run, lexicon))]


def _has_clause(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    return any(token.tag in "VJR" or _is_spoken(token, lexicon) for token in tokens)


def _is_spoken(token: Token, lexicon: Lexicon) -> bool:
    """Tell a verb of speech from "a post" and "the report", which say how."""
    return token.tag == "N" and token.lower in lexicon.verbs and token.lower not in lexicon.words["medium"]


def _unquoted(tokens: Sequence[Token], span: Span) -> Span:
    """Leave out the marks of content that begins and ends with a quotation."""
    first = next((token.quote for token in tokens if token.start == span[0]), None)
    last = next((token.quote for token in tokens if token.end == span[1]), None)
    return (first.inner[0], last.inner[1]) if first and last else span


def _is_quoted(tokens: Sequence[Token], span: Span) -> bool:
    """Tell whether at least half of the content is quoted."""
    inside = sum(min(t.end, span[1]) - max(t.start, span[0]) for t in tokens if t.quote and _overlaps(t, span))
    return inside * 2 >= span[1] - span[0] > 0


def _overlaps(token: Token, span: Span) -> bool:
    return token.start < span[1] and span[0] < token.end


def _with_gloss(sentence: _Sentence, statement: Statement) -> Statement:
    """Part a quoted word from the words that explain it."""
    quote = next((t.quote for t in sentence.tokens if t.quote and t.start == statement.content_span[0]), None)
    gloss = find_gloss(sentence.text, quote.inner[1], statement.content_span[1]) if quote else None
    if quote is None or gloss is None:
        return statement
    words = sentence.text[slice(*quote.inner)]
    explanation = sentence.text[slice(*gloss)]
    return replace(statement, content=words, content_span=quote.inner, quoted=True, gloss=explanation, gloss_span=gloss)


def _goes_on(tokens: Sequence[Token], last: Statement) -> bool:
    """Tell whether a sentence is nothing but what the last speaker said; after "X said:" any quotation is."""
    if not all(token.tag in "Q.,-" for token in tokens) or (last.kind == "evidence" and not last.quoted):
        return False
    quotes = [token for token in tokens if token.quote]
    return any(map(is_speech, quotes)) if last.content else bool(quotes)


def _go_on(sentence: _Sentence, found: list[Statement]) -> None:
    """Give a sentence that is nothing but quotation to the last speaker: what they said, more of it, or the next."""
    quotes = [token.quote for token in sentence.tokens if token.quote]
    last = found[-1]
    start, end = quotes[0].inner[0], quotes[-1].inner[1]
    follows = not sentence.opens and last.content_span[1] <= start
    if follows and last.content:
        start = min(last.content_span[0], start)
    words = sentence.text[start:end]
    whole = replace(last, content=words, content_span=(start, end), quoted=True, gloss=None, gloss_span=None)
    if follows or not last.content:
        found[-1] = replace(whole, quoted=last.quoted or not last.content)
    else:
        found.append(whole)


def _note_subject(sentence: _Sentence, lexicon: Lexicon, memory: Memory) -> None:
    """Remember the person a sentence is about: the next "he" may mean them."""
    tokens = sentence.tokens
    subject = noun_phrases.after(tokens, 0, lexicon)
    if subject is None:
        return
    start, end = subject
    names = [k for k in range(start + 1, end) if tokens[k - 1].tag == tokens[k].tag == "U"]
    if not names:
        return
    stop = next((k for k in range(names[0], end) if tokens[k].tag != "U"), end)
    speaker = describe(sentence.text, tokens[start : end if stop < end and tokens[stop].tag == "," else stop], lexicon)
    if speaker.person and speaker.role is not None:
        memory.note(speaker)
