"""The words that report speech in a sentence: a verb told from the noun or adjective of the same form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tocsin.reading.lexicon import Lexicon, Verb
from tocsin.reading.phrase_words import Range, is_speech
from tocsin.reading.tokens import Token


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue's tokens and the verb it is a form of."""

    tokens: Range
    verb: Verb


def find_cues(tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Cue]:
    """Yield what may be cues of speech, in order; whether each reports anything depends on the words around it."""
    behind = 0
    verbs, phrases = lexicon.verbs, lexicon.phrases
    for index, token in enumerate(tokens):
        if index < behind or (token.lower not in verbs and token.lower not in phrases):
            continue
        cue = _cue_at(tokens, index, lexicon)
        if cue is not None:
            yield cue
            behind = cue.tokens[1]


def opens_content(token: Token, lexicon: Lexicon) -> bool:
    """Tell whether what is said can only begin here: a quotation, a colon, "that"."""
    return token.tag == ":" or (token.tag == "Q" and is_speech(token)) or token.lower in lexicon.words["that"]


def _cue_at(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> Cue | None:
    word = tokens[index].lower
    for words, frame in lexicon.phrases.get(word, ()):
        if tuple(token.lower for token in tokens[index : index + len(words)]) == words and not _is_noun(tokens, index):
            return Cue((index, index + len(words)), Verb(" ".join(words), frame, "any"))
    verb = lexicon.verbs.get(word)
    if verb is None or not _is_verb(tokens, index, verb, lexicon):
        return None
    return Cue((index, index + 1), verb)


def _is_noun(tokens: Sequence[Token], index: int) -> bool:
    return index > 0 and tokens[index - 1].tag in "GD"


def _is_verb(tokens: Sequence[Token], index: int, verb: Verb, lexicon: Lexicon) -> bool:
    if verb.form == "any":
        return True
    if index == 0:
        return verb.form == "ing"
    if _is_named(tokens, index, lexicon):
        return False
    previous = tokens[index - 1]
    if verb.form == "past":
        return previous.tag != "P" and not (previous.tag == "#" and _tag_at(tokens, index + 1) == "N")
    if verb.form == "ing":
        return _is_participle(tokens, index, lexicon)
    return _is_present(tokens, index, verb, lexicon)


def _is_participle(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    previous = tokens[index - 1]
    if tokens[index].lower in lexicon.words["adjective"]:
        return previous.tag in ",CX-Q"
    return previous.tag != "P" or previous.lower in lexicon.words["by"] or _opens_at(tokens, index + 1, lexicon)


def _is_named(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    """Tell a noun, or a part of a name, by what stands before it: "the claims", "Kyiv's report", "United States"."""
    previous = tokens[index - 1]
    if tokens[index].text[0].isupper() and not _title_case(tokens):
        return True
    return previous.tag == "G" or (previous.tag == "D" and previous.lower not in lexicon.words["pronoun"])


def _is_present(tokens: Sequence[Token], index: int, verb: Verb, lexicon: Lexicon) -> bool:
    """Tell "they report that" from "reports of": a noun of the same form needs a subject and a content beside it."""
    previous = tokens[index - 1]
    if previous.tag == "P" or (previous.tag == "X" and verb.form == "s"):
        return previous.lower in lexicon.words["to"]
    if verb.lemma not in lexicon.words["noun"] or previous.tag in "SRX":
        return previous.tag != "," or verb.form == "s"
    if _tag_at(tokens, index + 1) == "," and previous.tag == "U":
        return _tag_at(tokens, index - 2) == ","
    if not _object_at(tokens, index + 1, lexicon):
        return False
    if verb.form == "base":
        return previous.tag == "T" or (previous.tag in "UN#" and _is_plural(previous))
    return previous.tag in "U)BC," or (previous.tag == "N" and not _is_plural(previous))


def _object_at(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    if index >= len(tokens):
        return False
    token = tokens[index]
    if token.lower == "to":
        return _tag_at(tokens, index + 1) not in "DU#"
    if index + 1 < len(tokens) and tokens[index + 1].lower in lexicon.words["quantity"]:
        return True
    return token.tag in "DSU#Q" or token.lower in lexicon.words["question"] or _opens_at(tokens, index, lexicon)


def _opens_at(tokens: Sequence[Token], index: int, lexicon: Lexicon) -> bool:
    return index < len(tokens) and opens_content(tokens[index], lexicon)


def _tag_at(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].tag if 0 <= index < len(tokens) else "."


def _is_plural(token: Token) -> bool:
    return token.lower.endswith("s") or token.tag == "#" or token.lower in _PLURALS


_PLURALS = frozenset({"police", "people", "men", "women", "many", "some", "others", "%"})


def _title_case(tokens: Sequence[Token]) -> bool:
    """Tell a headline in Title Case, where a capital says nothing of a word."""
    words = [token for token in tokens if token.text[:1].isalpha() and len(token.text) > 3]
    return sum(token.text[0].isupper() for token in words) > 0.7 * len(words)
