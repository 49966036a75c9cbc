"""Evidence: what videos, photographs, satellite images, documents and eyewitnesses show, as an article tells it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tocsin.reading import noun_phrases
from tocsin.reading.attribution import Attribution, Cue
from tocsin.reading.lexicon import Lexicon
from tocsin.reading.tokens import Token


def find_evidence(tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Attribution]:
    """Yield the attributions of one sentence whose source is a recording, an image, a document or a witness."""
    sources = lexicon.evidence_sources
    if not any(token.lower in sources for token in tokens):
        return
    for index, token in enumerate(tokens):
        verb = lexicon.evidence_verbs.get(token.lower)
        if verb is None or (verb.form == "base" and index and tokens[index - 1].tag == "D"):
            continue
        source = noun_phrases.before(tokens, index, lexicon)
        if source is None or not any(word.lower in sources for word in tokens[source[0] : source[1]]):
            continue
        if index + 1 < len(tokens) and tokens[index + 1].tag not in ",.":
            yield Attribution(Cue((index, index + 1), verb), source, (index + 1, index + 1), _rest(tokens, index + 1))


def _rest(tokens: Sequence[Token], first: int) -> tuple[int, int] | None:
    end = len(tokens)
    while end > first and tokens[end - 1].tag in ".;":
        end -= 1
    return (tokens[first].start, tokens[end - 1].end) if first < end else None
