"""What one key or button does to the chosen row, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from tocsin.desk import approval as desk
from tocsin.desk import grace
from tocsin.desk.drafting import draft_story
from tocsin.desk.reach import reach_of
from tocsin.errors import Refused, WrongUse
from tocsin.newsroom import merging
from tocsin.store.alerts import Version, VersionState, version_of
from tocsin.store.people import Role
from tocsin.web.desk.rows import digest_of
from tocsin.web.desk.seats import Guarded
from tocsin.web.desk.version import TYPED_FROM, readers
from tocsin.web.forms import number_in
from tocsin.wiring import Parts

MERGED = "Merged. The next article follows the older story."
_DRAFTS = ("send", "hold")
_GONE = (VersionState.EXPIRED, VersionState.DROPPED)


class Changed(Refused):
    """It was changed since you looked; look again."""


@dataclass(frozen=True, slots=True)
class Pick:
    """The row an act is meant for, as its form was shown it: the story, and the version in that wording, if any.

    ``other`` is the second story of a merge.
    """

    story: str
    version: int | None = None
    wording: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The act has a page of its own, which is at ``address``."""

    address: str


@dataclass(frozen=True, slots=True)
class Told:
    """What an act came to: in words, about which headline, when it takes effect, and whether it can be undone."""

    text: str
    headline: str = ""
    language: str = ""
    pick: str = ""
    at: datetime | None = None
    undo: bool = False


def picked(typed: str) -> Pick:
    """Return what a form's ``row`` means. Raises ``WrongUse`` when nothing was chosen."""
    row, _, other = typed.partition(" ")
    version, _, rest = row.partition(".")
    wording, _, story = rest.partition(".")
    number = number_in(version)
    if not story or (version and number is None):
        raise WrongUse("choose a story first")
    return Pick(story, number, wording, other.rpartition(".")[2])


def done(parts: Parts, pick: Pick, act: str, who: Guarded) -> Told | Elsewhere:
    """Do what a key says to a row and tell of it, or where it is done.

    Raises ``Changed`` when the row does not look any more as it was
    shown, ``HTTPException`` 403 for who may not, and what the act itself refuses with.
    """
    if act == "send" and not who.seat.person.role.may(Role.APPROVER):
        raise HTTPException(403)
    if act == "open":
        return Elsewhere(f"/desk/versions/{pick.version}" if pick.version else f"/desk/stories/{pick.story}")
    if act == "merge" and not pick.other:
        return Elsewhere(f"/desk/stories/{pick.story}#merge")
    size = _size(parts, pick) if act == "send" else 0
    with parts.store.write() as connection:
        if act == "merge":
            merging.ask_merge(connection, pick.story, pick.other, by=who.name, at=parts.clock())
            return Told(MERGED)
        version = None if pick.version is None else _shown(connection, pick, act)
        if version is None or (version.state in _GONE and act in _DRAFTS):
            return _to_story(parts, connection, pick, act, who)
        return _to_version(parts, connection, version, act, who, size)


def _size(parts: Parts, pick: Pick) -> int:
    """Count the readers of a version before the write that counting a million would hold up."""
    with parts.store.read() as connection:
        version = version_of(connection, pick.version or 0)
        held = version is not None and version.state is VersionState.HELD
        return reach_of(parts.store, connection, version, parts.clock()).readers if version and held else 0


def _to_story(parts: Parts, connection: Connection, pick: Pick, act: str, who: Guarded) -> Told:
    """Draft a story of which nothing waits or went: nothing is sent of it before somebody has seen the words."""
    if act not in _DRAFTS:
        raise WrongUse("nothing of this story waits")
    version = version_of(connection, draft_story(parts, connection, pick.story, by=who.name, at=parts.clock()))
    if version is None:
        raise HTTPException(404)
    return _told("Drafted and held. Look at it before you send it:", version)


def _shown(connection: Connection, pick: Pick, act: str) -> Version:
    version = version_of(connection, pick.version or 0)
    if version is None:
        raise HTTPException(404)
    if act != "undo" and digest_of(version.draft) != pick.wording:
        raise Changed(version.draft.headline)
    return version


def _to_version(
    parts: Parts, connection: Connection, version: Version, act: str, who: Guarded, size: int
) -> Told | Elsewhere:
    at, by = parts.clock(), who.name
    match act:
        case "send":
            return _sent(parts, connection, version, by, at, size)
        case "hold" if version.state is not VersionState.HELD:
            raise desk.NotHeld(f"it is {version.state}")
        case "hold":
            until = grace.hold(connection, version.id, by=by, at=at)
            return _told(f"Held until {until:%H:%M} UTC:" if until else "Held:", version)
        case "drop":
            desk.drop(connection, version.id, by=by, at=at)
            return _told("Dropped, it is not sent:", version, undo=True)
        case "undo":
            grace.take_back(connection, version.id, by=by, at=at)
            return _told("Taken back, it waits for a decision:", version)
    raise WrongUse("say what to do")


def _sent(parts: Parts, connection: Connection, version: Version, by: str, at: datetime, size: int) -> Told | Elsewhere:
    if size >= TYPED_FROM:
        return Elsewhere(f"/desk/versions/{version.id}#decide")
    sent = grace.send_soon(parts, connection, version.id, by=by, at=at)
    if sent.missing:
        return _told(f"Noted; it waits for {sent.missing} more:", version)
    after = version_of(connection, version.id) or version
    if after.state is VersionState.SENDING:
        return _told(f"On its way to {readers(sent.audience)}:", after)
    return _told(f"Leaves for {readers(size)}", after, undo=True, when=after.sends_at)


def _told(text: str, version: Version, *, undo: bool = False, when: datetime | None = None) -> Told:
    draft = version.draft
    pick = f"{version.id}.{digest_of(draft)}.{draft.story}"
    return Told(text, draft.headline, draft.language, pick, when, undo)
