"""``/api/v1`` for programs with a key: the stories now, a version with its deliveries, and holding, dropping, sending.

The rules are the desk's: two people for a grave story (a key is its person, not a second one), and whoever sends says
how many readers it goes to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from tocsin.desk import approval as desk
from tocsin.desk import grace
from tocsin.desk.keys import Holder, Scope, holder_of
from tocsin.desk.reach import reach_of
from tocsin.errors import Refused
from tocsin.model import Origin
from tocsin.store.alerts import Version, version_of
from tocsin.store.deliveries import tally
from tocsin.web.desk.live import LiveBoard
from tocsin.web.desk.rows import Row
from tocsin.web.limits import Buckets
from tocsin.wiring import Parts

T = TypeVar("T")

PER_MINUTE = 300
FAILED_PER_MINUTE = 30
_REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "No key, or one that is not in force."},
    403: {"description": "The key lacks the scope."},
    429: {"description": "Too many requests; Retry-After says for how many seconds."},
}
_CONFLICT: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such version."},
    409: {"description": "It doesn't stand so any more; the detail says how it stands."},
}
Number = Annotated[int, Path(ge=1, le=2**62, description="The version's number.")]


@dataclass(frozen=True, slots=True)
class VersionNow:
    """A version at this moment. ``readers`` is its audience: what it would be while it is held, what it was then on.

    ``revision`` counts the changes of its words, ``deliveries`` those by state; *accepted* means accepted by the relay.
    """

    id: int
    alert: int
    kind: str
    band: str
    state: str
    headline: str
    subject: str
    held_until: datetime | None
    sends_at: datetime | None
    approved_at: datetime | None
    approved_by: str | None
    paused: bool
    readers: int
    deliveries: dict[str, int]
    revision: int


@dataclass(frozen=True, slots=True)
class Story:
    """A story of the board, the most urgent first; ``version`` is the number of the version shown with it."""

    story: str
    band: str
    label: str
    score: float | None
    headline: str
    reports: int
    origins: tuple[Origin, ...]
    version: int | None
    state: str | None


@dataclass(frozen=True, slots=True)
class Done:
    """What an act came to; ``missing`` is how many more people must agree before it is sent."""

    state: str
    readers: int = 0
    missing: int = 0


def programs(parts: Parts, board: LiveBoard) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/api/v1", tags=["desk"], responses=_REFUSALS)
    reader, approver = Depends(_asks(parts, Scope.READ)), Depends(_asks(parts, Scope.APPROVE))

    @routes.get("/stories", summary="The stories now")
    def stories(who: Holder = reader) -> list[Story]:
        """Return the board, the most urgent story first. Scope ``read``."""
        return [_story(each.row) for each in board.look().shown]

    @routes.get("/versions/{number}", summary="One version")
    def version(number: Number, who: Holder = reader) -> VersionNow:
        """Return a version with the totals of its deliveries. Scope ``read``."""
        with parts.store.read() as connection:
            return _version(parts, connection, _known(connection, number))

    @routes.post("/versions/{number}/send", summary="Send a held version", responses=_CONFLICT)
    def send(
        number: Number,
        readers: Annotated[int, Body(embed=True, ge=0)],
        revision: Annotated[int | None, Body(embed=True, ge=0)] = None,
        who: Holder = approver,
    ) -> Done:
        """Approve a held version; ``readers`` must be the size of its audience. Scope ``approve``.

        With ``revision`` it is sent only as it was looked at: 409 when an editor has changed its words since.
        """
        with parts.store.read() as connection:  # counting a million readers would hold up every other writer
            size = _readers(parts, connection, _known(connection, number))
        if readers != size:
            raise HTTPException(409, "this is not the number of readers it goes to")
        with parts.store.write() as connection:
            by, at = who.person.name, parts.clock()
            done = _or_refused(lambda: desk.approve(parts, connection, number, by=by, at=at, seen=revision))
            return Done(_known(connection, number).state, done.audience, done.missing)

    @routes.post("/versions/{number}/hold", summary="Hold it for a decision", responses=_CONFLICT)
    def hold(number: Number, who: Holder = approver) -> Done:
        """Keep a held version from sending itself, for twenty minutes more. Scope ``approve``."""
        with parts.store.write() as connection:
            _or_refused(lambda: grace.hold(connection, number, by=who.person.name, at=parts.clock()))
            return Done(_known(connection, number).state)

    @routes.post("/versions/{number}/drop", summary="Drop it", responses=_CONFLICT)
    def drop(number: Number, who: Holder = approver) -> Done:
        """Decide that a held version is not sent. Scope ``approve``."""
        with parts.store.write() as connection:
            _or_refused(lambda: desk.drop(connection, number, by=who.person.name, at=parts.clock()))
            return Done(_known(connection, number).state)

    return routes


def _asks(parts: Parts, scope: Scope) -> Callable[..., Holder]:
    """Return the dependency of a route for keys with a scope."""
    bearer = Depends(HTTPBearer(auto_error=False, description="A key: Authorization: Bearer tocsin_…"))
    asked, failed = Buckets(PER_MINUTE), Buckets(FAILED_PER_MINUTE)

    def holder(request: Request, given: HTTPAuthorizationCredentials | None = bearer) -> Holder:
        who = holder_of(parts, given.credentials) if given else None
        if who is None:
            failed.take(request.client.host if request.client else "")
            raise HTTPException(401, "a key is needed", {"www-authenticate": "Bearer"})
        asked.take(str(who.key.id))
        if not who.may(scope):
            raise HTTPException(403, f"the scope {scope} is needed")
        return who

    return holder


def _or_refused(act: Callable[[], T]) -> T:
    try:
        return act()
    except Refused as error:
        raise HTTPException(409, str(error)) from error


def _known(connection: Connection, number: int) -> Version:
    version = version_of(connection, number)
    if version is None:
        raise HTTPException(404)
    return version


def _readers(parts: Parts, connection: Connection, version: Version) -> int:
    return reach_of(parts.store, connection, version, parts.clock()).readers


def _version(parts: Parts, connection: Connection, version: Version) -> VersionNow:
    counts = {str(state): count for state, count in tally(connection, version.id).items()}
    held = version.approved_at is None
    return VersionNow(
        id=version.id,
        alert=version.alert,
        kind=version.kind,
        band=version.band,
        state=version.state,
        headline=version.draft.headline,
        subject=version.draft.subject,
        held_until=version.held_until,
        sends_at=version.sends_at,
        approved_at=version.approved_at,
        approved_by=version.approved_by,
        paused=version.paused_at is not None,
        readers=_readers(parts, connection, version) if held else sum(counts.values()),
        deliveries=counts,
        revision=version.revision,
    )


def _story(row: Row) -> Story:
    version, story = row.version, row.story
    return Story(
        story=row.key,
        band=row.band,
        label=version.draft.label if version else story.verdict.label if story else "",
        score=story.verdict.score if story else None,
        headline=version.draft.headline if version else story.headline if story else "",
        reports=story.reports if story else 0,
        origins=story.verdict.origins if story else version.draft.origins if version else (),
        version=version.id if version else None,
        state=version.state if version else None,
    )
