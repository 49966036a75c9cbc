"""``/desk/sources``: what is listened to and how fresh it is; a feed is tried, and added without a restart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection
from starlette.responses import Response

from tocsin.errors import TocsinError, WrongUse
from tocsin.model import Source
from tocsin.newsroom.book import Tried, add_source, remove_source, try_source
from tocsin.readers.signup import Fields
from tocsin.store.intake import Polling, StoredItem, active_sources, newest_items
from tocsin.store.listed import listed_sources
from tocsin.store.people import Role
from tocsin.store.refused import refused_lately
from tocsin.web.desk.flash import told_at, told_before, told_once
from tocsin.web.desk.seats import Guarded, field, guard, is_secure, posted, why
from tocsin.web.desk.views import lag
from tocsin.web.rendering import Pages

_ITEMS, _REFUSED = 3, 20
_MOST = {"name": 200, "publisher": 200, "url": 2000, "language": 12}


@dataclass(frozen=True, slots=True)
class Row:
    """One source: how polling it stands, its newest items, and whether it was added at the desk."""

    polling: Polling
    silent: bool
    items: tuple[StoredItem, ...]
    ours: bool


def sources(pages: Pages) -> APIRouter:
    """Return the routes."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    viewer = Depends(guard(parts, Role.VIEWER))
    form, admins = Depends(posted(parts, Role.EDITOR)), Depends(posted(parts, Role.ADMIN))

    def shown(
        request: Request,
        who: Guarded,
        *,
        typed: Fields | None = None,
        tried: Tried | None = None,
        status: int = 200,
        told: str = "",
        wrong: str = "",
    ) -> Response:
        now = parts.clock()
        with parts.store.read() as connection:
            rows, waiting = rows_of(connection, now)
            refused = refused_lately(connection, _REFUSED)
        given = {name: field(typed or {}, name) for name in (*_MOST, "tier", "alone")}
        return pages.page(
            request,
            "desk_sources",
            status=status,
            who=who,
            rows=rows,
            waiting=waiting,
            refused=refused,
            now=now,
            lag=lag,
            given=given,
            tried=tried,
            told=told,
            wrong=wrong,
            most=_MOST,
        )

    def back(text: str) -> Response:
        return told_at("/desk/sources", text, secure=is_secure(parts))

    @routes.get("/desk/sources")
    def look(request: Request, who: Guarded = viewer) -> Response:
        return told_once(request, shown(request, who, told=told_before(request)))

    @routes.post("/desk/sources/try")
    def ask(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        try:
            return shown(request, who, typed=fields, tried=try_source(parts, _url(fields)))
        except TocsinError as error:
            return shown(request, who, typed=fields, status=422, wrong=why(error))

    @routes.post("/desk/sources/add")
    def add(request: Request, posted: tuple[Guarded, Fields] = admins) -> Response:
        who, fields = posted
        try:
            source = _source(fields)
            try_source(parts, source.url or "")
            with parts.store.write() as connection:
                add_source(parts, connection, source, by=who.name, at=parts.clock())
        except TocsinError as error:
            return shown(request, who, typed=fields, status=422, wrong=why(error))
        return back(f"{source.name} is listened to within a second or two.")

    @routes.post("/desk/sources/remove")
    def remove(request: Request, posted: tuple[Guarded, Fields] = admins) -> Response:
        who, fields = posted
        name = field(fields, "name")
        try:
            with parts.store.write() as connection:
                remove_source(connection, name, by=who.name, at=parts.clock())
        except TocsinError as error:
            return shown(request, who, status=422, wrong=why(error))
        return back(f"{name} is listened to no longer.")

    return routes


def rows_of(connection: Connection, now: datetime) -> tuple[list[Row], list[Source]]:
    """Return the sources, silent ones first, and those added that no newsroom has taken up yet."""
    ours = {source.name: source for source in listed_sources(connection)}
    rows = [
        Row(
            polling,
            polling.is_silent(now),
            newest_items(connection, polling.source.name, _ITEMS),
            polling.source.name in ours,
        )
        for polling in active_sources(connection)
    ]
    taken_up = {row.polling.source.name for row in rows}
    return sorted(rows, key=lambda row: not row.silent), [each for name, each in ours.items() if name not in taken_up]


def _url(fields: Fields) -> str:
    url = field(fields, "url")
    if len(url) > _MOST["url"]:
        raise WrongUse("the address is too long")
    return url


def _source(fields: Fields) -> Source:
    name, publisher, tier = field(fields, "name"), field(fields, "publisher"), field(fields, "tier")
    for each in ("name", "publisher", "language"):
        if len(field(fields, each)) > _MOST[each]:
            raise WrongUse(f"the {each} is too long")
    if tier not in ("1", "2", "3", "4"):
        raise WrongUse("choose a tier from 1 to 4")
    return Source(
        name=name,
        publisher=publisher or name,
        family=publisher or name,
        url=_url(fields),
        tier=int(tier),
        may_alert_alone=bool(field(fields, "alone")),
        language=field(fields, "language") or None,
    )
