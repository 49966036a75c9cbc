"""An editor changes a held draft: one transaction, with a lock that loses nobody's work unseen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from tocsin.alerts.editing import Choices, Difference, Edit, choices_of, differences, edited
from tocsin.alerts.own_words import LABEL, OwnWords, rewritten
from tocsin.desk.approval import ChangedMeanwhile, held_version, open_hold
from tocsin.errors import WrongUse
from tocsin.model import Draft
from tocsin.store.alerts import Version, redraft_version, schedule_version
from tocsin.store.approvals import forget_agreed
from tocsin.store.audit import add_entry
from tocsin.store.search import story_named, story_of_version
from tocsin.store.stories import articles_of


def choices_for(connection: Connection, version: Version) -> Choices:
    """Return what an editor may choose from for a version: what its articles say."""
    composed = version.composed or version.draft
    stories = story_named(connection, story_of_version(connection, version.id) or composed.story)
    read = (one for story in stories[:1] for one in articles_of(connection, story))
    return choices_of(composed, [(one.article, one.reading) for one in read if one.article.id in composed.articles])


def edit(
    connection: Connection, version_id: int, wanted: Edit | OwnWords, *, seen: int, by: str, at: datetime
) -> tuple[Difference, ...]:
    """Change the draft of a held version by choosing and cutting, or the desk's own words, and return the difference.

    Who had agreed must agree again. Raises ``NotHeld``; ``ChangedMeanwhile`` when the draft is no longer the revision
    ``seen``; ``WrongUse`` for what is not offered.
    """
    version = held_version(connection, version_id, at, seen=seen)
    draft = _redrafted(connection, version, wanted)
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


def _redrafted(connection: Connection, version: Version, wanted: Edit | OwnWords) -> Draft:
    if isinstance(wanted, Edit):
        return edited(version.draft, choices_for(connection, version), wanted)
    if version.draft.label != LABEL:
        raise WrongUse("what was published is quoted: choose and cut, and put your own words into the note")
    return rewritten(version.draft, wanted)
