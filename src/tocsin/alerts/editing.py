"""Editing a draft: choosing and cutting among what was published, and the desk's own note beside it, marked as such.

Nothing that is quoted can be reworded here. What an editor may choose from is named by keys made of the words
themselves, so that a choice means the same words even if the story has grown meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from tocsin.alerts.compose import lock_screen_of
from tocsin.alerts.excerpt import one_line
from tocsin.alerts.selection import best_statements, report_of, speaker_of
from tocsin.alerts.subject import MOST_HEADLINE, subject_of
from tocsin.errors import WrongUse
from tocsin.model import Article, Band, Draft, Origin, Reading, Report, Statement

T = TypeVar("T")

MOST_OWN_NOTE = 600
MOST_PARAGRAPHS = 4
"""As many as a mail has room for."""
_OFFERED_PARAGRAPHS = 8
_MOST_PARAGRAPH = 700


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline that may be chosen, verbatim, with the report it stands in."""

    key: str
    text: str
    report: Report


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph that may be chosen, verbatim, and the article it stands in."""

    key: str
    text: str
    article: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What an editor may choose from. ``statements`` are by key; all of it is quoted.

    ``behind`` are the articles behind it by their ids, of which all but one may be left out; ``reports`` those of them
    that the mail lists.
    """

    headlines: tuple[Headline, ...]
    paragraphs: tuple[Paragraph, ...]
    statements: Mapping[str, Statement]
    behind: Mapping[str, Report]
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The articles that stay, and what they make of a draft: who says so, and by topics and places whom it goes to."""

    articles: tuple[str, ...]
    origins: tuple[Origin, ...]
    label: str
    topics: tuple[str, ...]
    places: tuple[str, ...]


def standing_of(draft: Draft) -> Standing:
    """Return what stands behind a draft as it is."""
    return Standing(draft.articles, draft.origins, draft.label, draft.topics, draft.places)


@dataclass(frozen=True, slots=True)
class Edit:
    """What an editor chose, by keys, the desk's note, and how urgent it is.

    ``without`` are the ids of articles that are not about this: they neither count nor speak.
    """

    headline: str
    paragraphs: tuple[str, ...]
    statements: tuple[str, ...]
    note: str
    band: Band
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What an edit made of one part of a draft; an empty side means that there was, or is, nothing."""

    what: str
    before: str
    now: str


def key_of(*words: str) -> str:
    """Return the key of a piece of text."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:12]


def choices_of(composed: Draft, read: Sequence[tuple[Article, Reading]]) -> Choices:
    """Return what may be chosen: what was composed, and what else its articles ``read`` say."""
    statements = _by_key((*composed.statements, *best_statements(read)))
    reports = {report.article: report for report in composed.reports}
    told = {article.id: report_of(article, one_line(article.title), {}) for article, _ in read}
    return Choices(
        tuple(_headlines(composed, reports, statements.values())),
        tuple(_paragraphs(composed, read)),
        statements,
        told | reports,
        composed.reports,
    )


def staying(composed: Draft, choices: Choices, edit: Edit) -> tuple[str, ...]:
    """Return the articles that an editor leaves in. Raises ``WrongUse`` when none is, or one was not offered."""
    without = {report.article for report in _chosen(choices.behind, edit.without)}
    stay = tuple(each for each in composed.articles if each not in without)
    if without and not stay:
        raise WrongUse("leave at least one article in")
    return stay


def edited(draft: Draft, choices: Choices, edit: Edit, standing: Standing | None = None) -> Draft:
    """Return the draft as it was edited, with what stands behind it now (None: as before).

    Raises ``WrongUse`` for what was not offered, or when nothing is left.
    """
    headline = _chosen({each.key: each for each in choices.headlines}, (edit.headline,))[0]
    paragraphs = _chosen({each.key: each for each in choices.paragraphs}, edit.paragraphs)
    if headline.report.article in edit.without:
        raise WrongUse(f"you leave the article of {headline.report.publisher} out: choose another headline")
    statements = tuple(
        each for each in _chosen(choices.statements, edit.statements) if each.article not in edit.without
    )
    if not paragraphs and not statements:
        raise WrongUse("choose a paragraph or a statement: a headline alone tells nobody who says so")
    if len(paragraphs) > MOST_PARAGRAPHS:
        raise WrongUse(f"a mail has room for {MOST_PARAGRAPHS} paragraphs")
    if foreign := [each for each in paragraphs if each.article != headline.report.article]:
        raise WrongUse(f"“{foreign[0].text[:60]}…” is not from {headline.report.publisher}, whose headline you chose")
    others = (each for each in choices.reports if each.article not in {headline.report.article, *edit.without})
    reports = (headline.report, *others)
    stands = standing or standing_of(draft)
    return _made(draft, headline, tuple(each.text for each in paragraphs), statements, edit, reports, stands)


def _made(
    draft: Draft,
    headline: Headline,
    paragraphs: tuple[str, ...],
    statements: tuple[Statement, ...],
    edit: Edit,
    reports: tuple[Report, ...],
    stands: Standing,
) -> Draft:
    report, kept = headline.report, {headline.text, *paragraphs, *(each.content for each in statements)}
    return replace(
        draft,
        band=edit.band,
        label=stands.label,
        origins=stands.origins,
        articles=stands.articles,
        topics=stands.topics,
        places=stands.places,
        subject=subject_of(
            headline.text,
            kind=draft.kind,
            band=edit.band,
            label=stands.label,
            publisher=report.publisher,
            language=draft.language,
        ),
        headline=headline.text,
        paragraphs=paragraphs,
        statements=statements,
        publisher=report.publisher,
        url=report.url,
        published=report.published,
        note=checked_note(edit.note),
        lock_screen=lock_screen_of(statements, paragraphs, headline.text),
        reports=reports,
        changes=tuple(change for change in draft.changes if change.now in kept),
    )


def checked_note(note: str) -> str:
    """Return the desk's note with its white space in order. Raises ``WrongUse`` when it is too long."""
    words = one_line(note)
    if len(words) > MOST_OWN_NOTE:
        raise WrongUse(f"a note has at most {MOST_OWN_NOTE} characters, this one has {len(words)}")
    return words


def differences(before: Draft, now: Draft) -> tuple[Difference, ...]:
    """Return what ``now`` says otherwise than ``before``, part by part."""
    single = (
        ("urgency", before.band, now.band),
        ("headline", before.headline, now.headline),
        ("publisher", before.publisher, now.publisher),
        ("note", before.note, now.note),
        ("who says so", _stands(before), _stands(now)),
    )
    return (
        *(Difference(what, was, became) for what, was, became in single if was != became),
        *_cut_and_added("paragraph", before.paragraphs, now.paragraphs),
        *_cut_and_added("statement", _told(before.statements), _told(now.statements)),
        *_cut_and_added("article", _behind(before, now), _behind(now, before)),
    )


def _cut_and_added(what: str, before: Sequence[str], now: Sequence[str]) -> Iterable[Difference]:
    yield from (Difference(what, text, "") for text in before if text not in now)
    yield from (Difference(what, "", text) for text in now if text not in before)


def _stands(draft: Draft) -> str:
    return " · ".join((draft.label, *(origin.name for origin in draft.origins)))


def _behind(draft: Draft, other: Draft) -> tuple[str, ...]:
    known = {each.article: f"{each.publisher}: {each.headline}" for each in (*other.reports, *draft.reports)}
    return tuple(known.get(each, each) for each in draft.articles)


def _told(statements: Sequence[Statement]) -> tuple[str, ...]:
    return tuple(f"{speaker_of(each)}: {each.content}" for each in statements)


def _headlines(composed: Draft, reports: Mapping[str, Report], statements: Iterable[Statement]) -> Iterable[Headline]:
    first = composed.reports[0] if composed.reports else _report_of(composed)
    offered = {composed.headline: first}
    for report in reports.values():
        offered.setdefault(one_line(report.headline), report)
    for statement in statements:
        text = f"{speaker_of(statement)}: {one_line(statement.content)}"
        told_in = reports.get(statement.article or "")
        if _heads(statement) and told_in and len(text) <= MOST_HEADLINE:
            offered.setdefault(text, told_in)
    return (Headline(key_of(text), text, report) for text, report in offered.items() if text)


def _heads(statement: Statement) -> bool:
    """Tell whether a statement can be a headline: who says it is known, and without its cue it means the same."""
    plain = statement.kind == "said" and not statement.denied and not statement.hedged
    return plain and bool(speaker_of(statement))


def _report_of(draft: Draft) -> Report:
    article = next(iter(draft.articles), draft.story)
    return Report(article, draft.publisher, draft.headline, draft.url, draft.published)


def _paragraphs(composed: Draft, read: Sequence[tuple[Article, Reading]]) -> Iterable[Paragraph]:
    quoted = composed.reports[0].article if composed.reports else next(iter(composed.articles), composed.story)
    yield from (Paragraph(key_of(quoted, text), text, quoted) for text in composed.paragraphs)
    for article, _ in read:
        texts = [text.strip() for text in article.text.split("\n\n")[:_OFFERED_PARAGRAPHS]]
        for text in texts:
            told = article.id == quoted and any(text == each for each in composed.paragraphs)
            if text and not told and len(text) <= _MOST_PARAGRAPH:
                yield Paragraph(key_of(article.id, text), text, article.id)


def key_of_statement(statement: Statement) -> str:
    """Return the key of a statement."""
    return key_of(speaker_of(statement), statement.content)


def _by_key(found: Iterable[Statement]) -> dict[str, Statement]:
    kept: dict[str, Statement] = {}
    for each in found:
        kept.setdefault(key_of_statement(each), each)
    return kept


def _chosen(offered: Mapping[str, T], keys: Iterable[str]) -> list[T]:
    """Return what was chosen, in the order in which it was offered."""
    wanted = set(keys)
    if not wanted <= offered.keys():
        raise WrongUse("what was chosen is not offered any more: look at the draft again")
    return [each for key, each in offered.items() if key in wanted]
