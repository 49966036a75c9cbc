"""An editor changes a held draft: one transaction, with a lock that loses nobody's work unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from tocsin.alerts.compose import about
from tocsin.alerts.editing import (
    Choices,
    Difference,
    Edit,
    Standing,
    choices_of,
    differences,
    edited,
    standing_of,
    staying,
)
from tocsin.alerts.own_words import LABEL, OwnWords, rewritten
from tocsin.alerts.topics import Topics, shipped_topics
from tocsin.desk.approval import ChangedMeanwhile, held_version, open_hold
from tocsin.desk.leaving import of_those
from tocsin.errors import WrongUse
from tocsin.model import Article, Draft, Reading, Source
from tocsin.store.alerts import Version, redraft_version, schedule_version
from tocsin.store.approvals import forget_agreed
from tocsin.store.audit import add_entry
from tocsin.store.intake import active_sources
from tocsin.store.search import story_named, story_of_version
from tocsin.store.stories import articles_of


def choices_for(connection: Connection, version: Version) -> Choices:
    """Return what an editor may choose from for a version: what its articles say."""
    return choices_of(version.composed or version.draft, _read(connection, version))


def _read(connection: Connection, version: Version) -> list[tuple[Article, Reading]]:
    """Return the articles from which a version was composed, as they came."""
    composed = version.composed or version.draft
    stories = story_named(connection, story_of_version(connection, version.id) or composed.story)
    read = (one for story in stories[:1] for one in articles_of(connection, story))
    return [(one.article, one.reading) for one in read if one.article.id in composed.articles]


def edit(
    connection: Connection,
    version_id: int,
    wanted: Edit | OwnWords,
    *,
    seen: int,
    by: str,
    at: datetime,
    topics: Topics | None = None,
) -> tuple[Difference, ...]:
    """Change the draft of a held version by choosing and cutting, or the desk's own words, and return the difference.

    ``topics`` are those assigned, by default the shipped ones. Who had agreed must agree again. Raises ``NotHeld``;
    ``ChangedMeanwhile`` when the draft is no longer the revision ``seen``; ``WrongUse`` for what is not offered.
    """
    version = held_version(connection, version_id, at, seen=seen)
    draft = _redrafted(connection, version, wanted, topics or shipped_topics())
    found = differences(version.draft, draft)
    if not found:
        return ()
    if not redraft_version(connection, version, draft):
        raise ChangedMeanwhile
    forget_agreed(connection, version_id)
    schedule_version(connection, version_id, None, None)  # whoever sent it, or the rules, meant the words of before
    open_hold(connection, version_id, at)
    told = "; ".join(f"{each.what}: “{each.before}” → “{each.now}”" for each in found)
    add_entry(connection, at=at, who=by, act="edit", subject=f"version {version_id}", detail=told)
    return found


def _redrafted(connection: Connection, version: Version, wanted: Edit | OwnWords, topics: Topics) -> Draft:
    if isinstance(wanted, Edit):
        composed, read = version.composed or version.draft, _read(connection, version)
        choices = choices_of(composed, read)
        stay = staying(composed, choices, wanted)
        if stay == composed.articles:
            return edited(version.draft, choices, wanted, standing_of(composed))
        sources = {polling.source.name: polling.source for polling in active_sources(connection)}
        kept = [one for one in read if one[0].id in stay]
        return edited(version.draft, choices, wanted, _standing(composed, stay, kept, sources, topics))
    if version.draft.label != LABEL:
        raise WrongUse("what was published is quoted: choose and cut, and put your own words into the note")
    return rewritten(version.draft, wanted)


def _standing(
    composed: Draft,
    stay: tuple[str, ...],
    kept: Sequence[tuple[Article, Reading]],
    sources: Mapping[str, Source],
    topics: Topics,
) -> Standing:
    """Return what stands behind a draft of which only the articles ``kept`` stay, as if no other had come.

    Raises ``WrongUse`` when they are not there any more to be counted.
    """
    if len(kept) != len(stay):
        raise WrongUse("its articles are not kept any more: nothing of it can be left out")
    counted = of_those(kept, sources, corrected=composed.label == "Corrected")
    place = {report.article: number for number, report in enumerate(composed.reports)}
    best = sorted(kept, key=lambda one: place.get(one[0].id, len(place)))
    return Standing(stay, *counted, *about(best, composed.reasons, topics))
