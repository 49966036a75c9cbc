"""Who a speaker is: role and affiliation in a source phrase, and whom a pronoun or "the minister" means."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tocsin.reading.lexicon import Lexicon
from tocsin.reading.phrase_words import is_role
from tocsin.reading.tokens import Token


@dataclass(frozen=True, slots=True)
class Speaker:
    """A source phrase taken apart.

    ``name`` is the phrase without its role, ``nouns`` the words by which it may come again; ``pronoun`` is set when
    the phrase is one, ``again`` when it is a bare "the minister".
    """

    name: str
    role: str | None
    affiliation: str | None
    nouns: frozenset[str]
    person: bool
    plural: bool
    pronoun: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Parts:
    """The tokens of a source phrase: title or description, name, and apposition; each may be empty."""

    title: Sequence[Token]
    name: Sequence[Token]
    apposition: Sequence[Token]


def describe(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Speaker:
    """Take the source phrase made of ``tokens`` apart."""
    parts = _parts(tokens, lexicon)
    named = parts.name or tokens
    role = _role(text, parts, lexicon)
    return Speaker(
        name=text[named[0].start : named[-1].end],
        role=role,
        affiliation=_affiliation(text, parts, role, lexicon),
        nouns=frozenset(token.lower for token in tokens if token.tag in "NU"),
        person=_is_person(parts, lexicon),
        plural=_is_plural(named, lexicon),
        pronoun=tokens[0].lower if len(tokens) == 1 and tokens[0].tag in "SR" else None,
        again=_is_again(tokens, lexicon),
    )


def is_evidence(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    """Tell whether a source phrase is a recording, an image, a document or an eyewitness and not somebody speaking."""
    head = next((k for k, token in enumerate(tokens) if k and token.tag in "P,R("), len(tokens))
    return any(token.lower in lexicon.words["evidence"] for token in tokens[:head])


def _parts(tokens: Sequence[Token], lexicon: Lexicon) -> _Parts:
    cut = next((k for k, token in enumerate(tokens) if k and token.tag in ",(R"), len(tokens))
    head, rest = tokens[:cut], tokens[cut + (cut < len(tokens) and tokens[cut].tag == ",") :]
    if _is_bare_name(rest) and (head[0].tag == "D" or any(is_role(token, lexicon) for token in head)):
        return _Parts(head, rest, ())
    split = _name_start(head, lexicon)
    return _Parts(head[:split], head[split:], rest)


def _is_bare_name(tokens: Sequence[Token]) -> bool:
    return 2 <= len(tokens) <= 5 and all(token.tag == "U" for token in tokens)


def _name_start(head: Sequence[Token], lexicon: Lexicon) -> int:
    """Return where the name begins behind a title ("Defence Minister | Ben Wallace"), or 0."""
    if head[-1].tag != "U" or is_role(head[-1], lexicon):
        return 0
    titles = [k for k, token in enumerate(head[:-1]) if is_role(token, lexicon)]
    if not titles or any(token.tag in "PG" for token in head[titles[-1] + 1 :]):
        return 0
    start = len(head)
    while start > titles[-1] + 1 and head[start - 1].tag == "U":
        start -= 1
    long = len(head) - start > 2 and not head[-1].text.isascii()
    return len(head) - 2 if long or start > titles[-1] + 1 else start


def _role(text: str, parts: _Parts, lexicon: Lexicon) -> str | None:
    apposition = parts.apposition
    if len(apposition) > 2 and apposition[0].tag == "#":
        apposition = apposition[2:]
    if apposition and apposition[0].tag in "DNU":
        return _without_article(text, apposition)
    if parts.title:
        return _without_honorific(text, parts.title, lexicon)
    words = parts.name
    link = next((k for k, token in enumerate(words) if token.tag == "P"), 0)
    return _without_article(text, words) if any(is_role(token, lexicon) for token in words[: min(link, 4)]) else None


def _without_honorific(text: str, title: Sequence[Token], lexicon: Lexicon) -> str | None:
    """Return a title without "Mr" and "Dr", which name no role."""
    first = next((k for k, token in enumerate(title) if token.lower not in lexicon.words["honorific"]), None)
    return None if first is None else _without_article(text, title[first:])


def _without_article(text: str, tokens: Sequence[Token]) -> str:
    first = 1 if tokens[0].tag == "D" and len(tokens) > 1 else 0
    return text[tokens[first].start : tokens[-1].end]


def _affiliation(text: str, parts: _Parts, role: str | None, lexicon: Lexicon) -> str | None:
    """Return for whom somebody speaks: what follows "of" or "for" in the role, or the name before "spokesman"."""
    if role is None:
        return None
    padded = f"{role} "
    for link in lexicon.words["belongs"]:
        before, found, after = padded.partition(f" {link} ")
        if found and before:
            return after.strip()
    if len(parts.title) > 1 and parts.title[-1].lower in lexicon.words["agent"]:
        names = [token for token in parts.title[:-1] if token.tag == "U"]
        return text[names[0].start : names[-1].end] if names else None
    return None


def _is_person(parts: _Parts, lexicon: Lexicon) -> bool:
    if parts.title:
        return True
    if any(token.lower in lexicon.words["body"] for token in parts.name):
        return False
    if parts.apposition and (parts.apposition[0].tag in "R#" or any(is_role(t, lexicon) for t in parts.apposition)):
        return True
    if all(token.tag == "U" for token in parts.name):
        return len(parts.name) > 1
    return any(token.lower in lexicon.words["title"] for token in parts.name)


def _is_plural(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    last = tokens[-1]
    many = last.lower in lexicon.words["plural"] or (last.tag == "N" and last.lower.endswith("s"))
    return many or any(token.tag == "C" for token in tokens)


def _is_again(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    described = all(token.tag == "N" for token in tokens[1:])
    return len(tokens) > 1 and tokens[0].lower in lexicon.words["definite"] and described


_REMEMBERED = 100


class Memory:
    """Whom an article has named so far, for resolving those that come again as a pronoun or a role."""

    def __init__(self) -> None:
        self._seen: deque[Speaker] = deque(maxlen=_REMEMBERED)

    def note(self, speaker: Speaker) -> None:
        """Remember somebody the article names, whether they speak or not."""
        if speaker.pronoun is None and not (self._seen and self._seen[-1] == speaker):
            self._seen.append(speaker)

    def resolve(self, speaker: Speaker) -> str | None:
        """Return the name of whom a pronoun or "the minister" means, or None for a name of its own."""
        fits = _means(speaker) if speaker.again else _FITS.get(speaker.pronoun or "")
        return next((other.name for other in reversed(self._seen) if fits(other)), None) if fits else None


def _means(again: Speaker) -> Callable[[Speaker], bool]:
    def fits(other: Speaker) -> bool:
        shared = bool(again.nouns & other.nouns) if other.person else again.nouns <= other.nouns
        return shared and not other.again

    return fits


def _is_he(other: Speaker) -> bool:
    return other.person and not other.plural


def _is_they(other: Speaker) -> bool:
    return other.plural or not other.person


def _is_it(other: Speaker) -> bool:
    return not other.person and not other.plural


_FITS: dict[str, Callable[[Speaker], bool]] = {
    **dict.fromkeys(("he", "she", "він", "вона", "он", "она"), _is_he),
    **dict.fromkeys(("they", "вони", "они"), _is_they),
    **dict.fromkeys(("it", "воно", "оно"), _is_it),
}
