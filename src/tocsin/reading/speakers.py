"""Who a speaker is: role and affiliation in a source phrase, and whom a pronoun or "the minister" means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tocsin.reading.lexicon import Lexicon
from tocsin.reading.tokens import Token


@dataclass(frozen=True, slots=True)
class Speaker:
    """A source phrase taken apart.

    ``name`` is the phrase without its role; ``nouns`` are the words that could name it again ("the minister");
    ``pronoun`` is set when the phrase is one; ``again`` when it is a bare "the minister".
    """

    name: str
    role: str | None
    affiliation: str | None
    nouns: frozenset[str]
    person: bool
    plural: bool
    pronoun: str | None = None
    again: bool = False


def describe(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Speaker:
    """Take the source phrase made of ``tokens`` apart."""
    head_end = next((k for k, token in enumerate(tokens) if token.tag in ",(R" and k), len(tokens))
    head, rest = tokens[:head_end], tokens[head_end + 1 :]
    titled = _title_end(head, lexicon)
    role = _role(text, head, titled, rest)
    person = _is_person(head, titled, rest, lexicon)
    return Speaker(
        name=text[head[titled].start : head[-1].end],
        role=role,
        affiliation=_affiliation(text, head, titled, role),
        nouns=frozenset(token.lower for token in tokens if token.tag in "NU"),
        person=person,
        plural=_is_plural(head),
        pronoun=head[0].lower if len(head) == 1 and head[0].tag in "SR" else None,
        again=len(head) > 1
        and head[0].lower in ("the", "that", "this")
        and all(token.tag == "N" for token in head[1:]),
    )


def _title_end(head: Sequence[Token], lexicon: Lexicon) -> int:
    """Return where the name begins behind a title ("Defence Minister | Ben Wallace"), or 0."""
    if head[-1].tag != "U":
        return 0
    titles = [k for k, token in enumerate(head[:-1]) if token.lower in lexicon.words["title"]]
    if not titles or any(token.tag in "PG" for token in head[titles[-1] + 1 :]):
        return 0
    return titles[-1] + 1


def _is_person(head: Sequence[Token], titled: int, rest: Sequence[Token], lexicon: Lexicon) -> bool:
    if titled or (rest and (rest[0].tag in "R#" or any(token.lower in lexicon.words["title"] for token in rest))):
        return True
    if any(token.lower in lexicon.words["body"] for token in head):
        return False
    if all(token.tag == "U" for token in head):
        return len(head) > 1
    return head[-1].lower in lexicon.words["title"]


def _role(text: str, head: Sequence[Token], titled: int, rest: Sequence[Token]) -> str | None:
    if rest and rest[0].tag == "#" and len(rest) > 2:
        rest = rest[2:]
    if rest and rest[0].tag in "DNU":
        first = 1 if rest[0].tag == "D" and len(rest) > 1 else 0
        return text[rest[first].start : rest[-1].end]
    if titled:
        first = 1 if head[0].tag == "D" and titled > 1 else 0
        return text[head[first].start : head[titled - 1].end]
    return None


def _affiliation(text: str, head: Sequence[Token], titled: int, role: str | None) -> str | None:
    """Return whom somebody speaks for: what follows "of" or "for" in the role, or what stands before the title."""
    if role is None:
        return None
    for link in (" of ", " for ", " to ", " at ", " with "):
        if link in role:
            return role.split(link, 1)[1]
    before = [token for token in head[: max(0, titled - 1)] if token.tag == "U"]
    return text[before[0].start : before[-1].end] if before else None


def _is_plural(head: Sequence[Token]) -> bool:
    last = head[-1].lower
    return (
        last in ("they", "police", "people")
        or (head[-1].tag == "N" and last.endswith("s"))
        or any(token.tag == "C" for token in head)
    )


class Memory:
    """The speakers of an article so far, for resolving those that come as a pronoun or a role."""

    def __init__(self) -> None:
        self._seen: list[Speaker] = []
        self._last: str | None = None

    def resolve(self, speaker: Speaker) -> str | None:
        """Return the name of whom a pronoun or "the minister" means, or None for a name of its own; remember both."""
        found = self._antecedent(speaker)
        if speaker.pronoun is None:
            self._seen.append(speaker)
        self._last = found or (speaker.name if speaker.pronoun is None else self._last)
        return found

    def last(self) -> str | None:
        """Return the name of the last speaker."""
        return self._last

    def _antecedent(self, speaker: Speaker) -> str | None:
        if speaker.pronoun is not None:
            fits = _FITS.get(speaker.pronoun)
            return next((other.name for other in reversed(self._seen) if fits(other)), None) if fits else None
        if not speaker.again:
            return None
        return next((other.name for other in reversed(self._seen) if not other.again and _means(speaker, other)), None)


def _means(again: Speaker, other: Speaker) -> bool:
    return bool(again.nouns & other.nouns) and (other.person or again.nouns <= other.nouns)


_FITS: dict[str, Callable[[Speaker], bool]] = {
    "he": lambda other: other.person and not other.plural,
    "she": lambda other: other.person and not other.plural,
    "they": lambda other: other.plural or not other.person,
    "it": lambda other: not other.person and not other.plural,
}
