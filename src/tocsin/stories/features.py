"""What one report says, as named features with the words each of them stood on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tocsin.model import Article
from tocsin.stories.events import Toll, tolls
from tocsin.stories.lexicon import Hit, Token, lexicon, tokens_of
from tocsin.stories.terms import stems_of

HEADLINE_TOKENS = 45
LEAD_TOKENS = 60
_LONGEST_TEXT = 2_000
_SHORTEST_SENTENCE = 25

_MARKDOWN_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_ONLY_LINKS = re.compile(r"^[\W_]*(?:!?\[[^\]]*\]\([^)]*\)[\W_]*)+$")
_ADDRESS = re.compile(r"https?://\S+|\b(?:www\.|t\.me/)\S+|(?<!\w)@\w+")
_EMPHASIS = re.compile(r"\*\*|__|~~|`")
_HASHTAG = re.compile(r"#(\w+)")
_HUMP = re.compile(r"(?<=[a-zа-яіїєґ0-9])(?=[A-ZА-ЯІЇЄҐ])|_|(?<=[^\W\d])(?=\d)")
_LONG_QUOTE = re.compile(r"[\"“«‘][^\"”»’]{15,}[\"”»’]")
_COLON = re.compile(r":(?:\s|$)")
_DASH = re.compile(r"[\s,][—–-]{1,2}\s+(?=[^—–]{2,60}$)")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"»”)]*\s+(?=[\"«“(—]?[A-ZА-ЯІЇЄҐ0-9])")

# Two concepts that mean more together than apart: a leader and a resignation, a court and a ruling.
PAIRS = (
    ("leader", "exit"), ("leader", "arrest"), ("leader", "death_of"), ("leader", "winning"), ("leader", "appoint"),
    ("leader", "deaths"), ("official", "exit"), ("official", "appoint"), ("official", "arrest"), ("official", "deaths"),
    ("celebrity", "death_of"), ("celebrity", "deaths"), ("court", "verdict"), ("court", "leader"), ("court", "decision"),
    ("legislature", "decision"), ("election", "winning"), ("attack", "soft_target"), ("attack", "deaths"),
    ("attack", "injuries"), ("attack", "security"), ("attack", "power"), ("attack", "nation_unrest"), ("attack", "hedge"),
    ("strike", "deaths"), ("strike", "power"), ("strike", "nation_unrest"), ("crash", "deaths"), ("crash", "missing"),
    ("disaster", "deaths"), ("disaster", "emergency"), ("missile", "strike"), ("missile", "decision"), ("missile", "security"),
    ("deaths", "nation_unrest"), ("deaths", "militant"), ("deaths", "mass"), ("deaths", "soft_target"), ("deaths", "security"),
    ("market", "first"), ("decision", "first"), ("outage", "first"), ("power", "rupture"), ("power", "deal"),
    ("power", "decision"), ("offensive", "militant"), ("suspect", "arrest"), ("suspect", "deaths"), ("hostage", "attack"),
    ("decision", "leader"), ("deal", "decision"), ("sanctions", "decision"), ("freed", "arrest"), ("toll_rises", "deaths"),
    ("coup", "leader"), ("inquiry", "leader"), ("plan", "leader"), ("says", "leader"), ("attack", "recalled"),
    ("market", "level"), ("says", "media"), ("deaths", "recalled"), ("missile", "launch"), ("peace", "decision"), ("legislature", "exit"),
    ("wreck", "deaths"), ("wreck", "missing"), ("wreck", "soft_target"), ("captured", "militant"), ("captured", "power"), ("cyber", "first"),
    ("cyber", "power"), ("hostage", "freed"), ("sanctions", "first"), ("sanctions", "power"), ("strike", "first"), ("attack", "aftermath"),
    ("deaths", "aftermath"), ("disaster", "aftermath"), ("attack", "nothing"), ("disaster", "nothing"), ("call", "leader"), ("court", "power"),
    ("decision", "first_ever"), ("attack", "militant"), ("deaths", "strike"), ("call", "plan"), ("peace", "plan"), ("strike", "nothing"),
    ("arrest", "attack"), ("freed", "power"), ("official", "death_of"), ("rupture", "plan"), ("captured", "nation_unrest"), ("outage", "infrastructure"), ("cyber", "infrastructure"), ("strike", "infrastructure"), ("attack", "infrastructure"),
    ("attack", "city"), ("deaths", "city"), ("emergency", "city"), ("attack", "live"), ("deaths", "live"), ("attack", "inquiry"), ("attack", "routine"), ("attack", "reaction"),
    ("attack", "plan"), ("deaths", "reaction"), ("deaths", "plan"), ("deaths", "inquiry"), ("exit", "plan"),
    ("exit", "reaction"), ("decision", "plan"), ("decision", "reaction"), ("deal", "plan"), ("disaster", "plan"),
)  # fmt: skip
TOLL_STEPS = (1, 5, 10, 20, 50, 100)


class Found(NamedTuple):
    """A feature of a report: its value and the span in ``Report.text`` of the words it stood on."""

    name: str
    value: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Report:
    """A report's own words, cleaned: headline and lead in one text, its features, its tolls, its headline's stems.

    ``stems`` maps each stem to the span of its first appearance in ``text``; ``names`` are those written with a capital
    inside the headline.
    """

    text: str
    language: str
    headline_end: int
    features: tuple[Found, ...]
    concepts: frozenset[str]
    tolls: tuple[Toll, ...]
    stems: dict[str, tuple[int, int]]
    names: frozenset[str]

    @property
    def headline(self) -> str:
        """Return the headline: the title, or the first paragraph of a report that has none."""
        return self.text[: self.headline_end]


def report_of(article: Article) -> Report:
    """Return what ``article`` says in its headline and lead; text beyond these is not looked at."""
    headline, lead = _headline_and_lead(article)
    language = article.language or "en"
    words = lexicon(language)
    head = tokens_of(headline, HEADLINE_TOKENS)
    text = f"{headline}\n{lead}" if lead else headline
    rest = [
        Token(token.form, token.start + len(headline) + 1, token.end + len(headline) + 1)
        for token in tokens_of(lead, LEAD_TOKENS)
    ]
    hits, lead_hits = words.find(head), words.find(rest)
    counted = tolls(head, hits, words.numbers) or tolls(rest, lead_hits, words.numbers)
    concepts = frozenset(hit.concept for hit in hits)
    features = (
        *_concept_features(hits, head, ""),
        *_concept_features(lead_hits, rest, " in the lead"),
        *_pair_features(concepts, hits, head),
        *_toll_features(counted),
        *_shape_features(headline, head, hits),
    )
    stems = _stems(head, language)
    names = frozenset(stem for stem, (start, _) in stems.items() if start and text[start].isupper())
    return Report(text, language, len(headline), features, concepts, counted, stems, names)


def _headline_and_lead(article: Article) -> tuple[str, str]:
    title, text = plain(article.title), plain(article.text[:_LONGEST_TEXT])
    if title:
        return title, text
    paragraph, _, rest = text.partition("\n")
    end = next(
        (m.start() for m in _SENTENCE_END.finditer(paragraph) if m.start() >= _SHORTEST_SENTENCE), len(paragraph)
    )
    return paragraph[:end].strip(), f"{paragraph[end:].strip()}\n{rest}".strip()


def plain(text: str) -> str:
    """Return ``text`` without the marks of a post: links, handles, emphasis, footers of links alone; #tags as words."""
    if "](" in text:
        lines = (line for line in text.split("\n") if not _ONLY_LINKS.match(line))
        text = _MARKDOWN_LINK.sub(r"\1", "\n".join(lines))
    if "**" in text or "__" in text or "~~" in text or "`" in text:
        text = _EMPHASIS.sub("", text)
    if "/" in text or "@" in text:
        text = _ADDRESS.sub("", text)
    if "#" in text:
        text = _HASHTAG.sub(lambda match: _HUMP.sub(" ", match[1]), text)
    return text.strip()


def _concept_features(hits: Sequence[Hit], tokens: Sequence[Token], suffix: str) -> Iterable[Found]:
    seen: set[str] = set()
    for hit in hits:
        if hit.concept not in seen and hit.concept != _ONLY_AS_OPENER:
            seen.add(hit.concept)
            later = " later" if not suffix and hit.first >= _EARLY and hit.concept in _WEAKER_LATER else ""
            yield Found(hit.concept + (suffix or later), 1.0, tokens[hit.first].start, tokens[hit.last].end)


def _pair_features(concepts: frozenset[str], hits: Sequence[Hit], tokens: Sequence[Token]) -> Iterable[Found]:
    for one, other in PAIRS:
        if one in concepts and other in concepts:
            first = next(hit for hit in hits if hit.concept in {one, other})
            wanted = other if first.concept == one else one
            second = next(hit for hit in hits if hit.concept == wanted)
            ends = max(tokens[first.last].end, tokens[second.last].end)
            yield Found(f"{one} + {other}", 1.0, tokens[first.first].start, ends)


def _toll_features(counted: Sequence[Toll]) -> Iterable[Found]:
    for toll in counted:
        for step in TOLL_STEPS:
            if toll.value >= step:
                yield Found(f"{step}+ {toll.what}", 1.0, toll.start, toll.end)


def _shape_features(headline: str, tokens: Sequence[Token], hits: Sequence[Hit]) -> Iterable[Found]:
    end = len(headline)
    if headline.rstrip("\"'”’» )").endswith("?"):
        yield Found("ends as a question", 1.0, max(0, end - 40), end)
    if quote := _LONG_QUOTE.search(headline):
        yield Found("a long quotation", 1.0, *quote.span())
    if headline[:1] in "'\"‘“«" and headline:
        yield Found("opens with a quotation", 1.0, 0, min(end, 40))
    yield from _speaker_features(headline, tokens, hits)
    yield from _position_features(tokens, hits)
    if len(tokens) <= 5:
        yield Found("a short headline", 1.0, 0, end)
    if len(tokens) >= 25:
        yield Found("a long headline", 1.0, 0, end)
    if "..." in headline or "…" in headline:
        yield Found("breaks off", 1.0, max(0, end - 20), end)
    if "!" in headline:
        yield Found("an exclamation", 1.0, headline.index("!"), headline.index("!") + 1)
    letters = [c for c in headline[:60] if c.isalpha()]
    if len(letters) > 10 and sum(map(str.isupper, letters)) > 0.8 * len(letters):
        yield Found("in capitals", 1.0, 0, end)


_ONLY_AS_OPENER = "question"  # "what", "who" and "will" say little inside a headline
# What colours a headline when it opens it, and less when it is said in a clause at its end.
_EARLY = 7
_WEAKER_LATER = frozenset(
    """plan says reaction routine recalled opinion study soft sport inquiry money_routine military_routine live promotion
    anniversary legal_routine aftermath nothing""".split()
)
_ATTRIBUTING = frozenset({"security", "media", "hedge", "market", "breaking"})
_REFERRING = frozenset(
    "after following over since amid about from against for on before during после спустя фоне після тлі через".split()
)
_HAPPENINGS = frozenset({"attack", "deaths", "crash", "disaster", "exit", "strike", "missile", "peace", "arrest"})


def _speaker_features(headline: str, tokens: Sequence[Token], hits: Sequence[Hit]) -> Iterable[Found]:
    """Yield who is set off by a colon or a dash: a speaker, or the body or medium that a fact is attributed to."""
    colon = _COLON.search(headline)
    if colon and sum(token.end <= colon.start() for token in tokens) <= 4:
        yield Found(_speaker(tokens, hits, 0, colon.start(), "first"), 1.0, 0, colon.end())
        colon = None
    last = _DASH.search(headline) or colon
    if last and sum(token.start >= last.end() for token in tokens) <= 5:
        yield Found(_speaker(tokens, hits, last.end(), len(headline), "last"), 1.0, last.start(), len(headline))


def _speaker(tokens: Sequence[Token], hits: Sequence[Hit], start: int, end: int, where: str) -> str:
    inside = {hit.concept for hit in hits if tokens[hit.first].start >= start and tokens[hit.last].end <= end}
    if inside & _ATTRIBUTING and "leader" not in inside:
        return f"attributed {where}"
    return f"a speaker {where}"


_OPENERS = frozenset({"question", "live", "promotion", "opinion", "breaking", "says", "anniversary"})


def _position_features(tokens: Sequence[Token], hits: Sequence[Hit]) -> Iterable[Found]:
    """Yield what opens or closes a headline: "WATCH …", "Why …", "… police say" (an attribution, not a statement)."""
    seen: set[str] = set()
    for hit in hits:
        span = tokens[hit.first].start, tokens[hit.last].end
        if hit.first == 0 and hit.concept in _OPENERS and f"{hit.concept} first" not in seen:
            seen.add(f"{hit.concept} first")
            yield Found(f"opens with {hit.concept}", 1.0, *span)
        if hit.concept == "says" and hit.last >= len(tokens) - 4 and "last" not in seen:
            seen.add("last")
            before = {other.concept for other in hits if hit.first - 5 <= other.first <= hit.last + 5}
            yield Found("attributed last" if before & _ATTRIBUTING else "says last", 1.0, *span)
        if hit.concept in _HAPPENINGS and hit.first and "background" not in seen:
            if any(token.form in _REFERRING for token in tokens[max(0, hit.first - 3) : hit.first]):
                seen.add("background")
                yield Found("recalled as background", 1.0, *span)
        if (
            hit.concept in {"says", "reaction"}
            and hit.first <= 5
            and hit.last < len(tokens) - 4
            and "early" not in seen
        ):
            seen.add("early")
            yield Found("a statement first", 1.0, *span)
        if hit.concept in {"attack", "deaths", "crash", "disaster", "exit", "strike"} and hit.first <= 4:
            name = f"{hit.concept} at once"
            if name not in seen:
                seen.add(name)
                yield Found(name, 1.0, *span)


def _stems(tokens: Sequence[Token], language: str) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for token in tokens:
        for stem in stems_of(token.form, language):
            found.setdefault(stem, (token.start, token.end))
    return found
