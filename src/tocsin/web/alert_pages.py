"""The public log of alerts: what was sent, every version of it, and the same as Atom and JSON Feed."""

from __future__ import annotations

import hashlib
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from tocsin.alerts.topics import load_topics
from tocsin.store.alerts import Version, public_alerts, public_versions, versions_of
from tocsin.web.alert_feeds import Channel, atom_feed, json_feed
from tocsin.web.alert_views import Teller, Told
from tocsin.web.forms import LOOK, number_in
from tocsin.web.rendering import Pages, chosen, linked

SHOWN = 100
"""Alerts on a page of the list, and versions in the feeds."""

# Short, for a correction must be seen soon; long enough that a crowd after an alert meets the cache.
_FRESH = "public, max-age=10, stale-while-revalidate=30"


def alert_pages(pages: Pages) -> APIRouter:
    """Return the routes of the public alert log."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/alerts", methods=LOOK)
    def newest(request: Request) -> Response:
        before = number_in(request.query_params.get("before", ""))
        with pages.parts.store.read() as connection:
            found = public_alerts(connection, SHOWN + 1, before)
        shown, older = found[:SHOWN], found[SHOWN:]
        days = _teller(pages, request).days(shown)
        return _page(pages, request, "alerts", days=days, older=shown[-1].id if older else None)

    @routes.api_route("/alerts.atom", methods=LOOK)
    def atom(request: Request) -> Response:
        document = atom_feed(_channel(pages), _told(pages))
        return _answer(request, document, "application/atom+xml; charset=utf-8")

    @routes.api_route("/alerts.json", methods=LOOK)
    def feed(request: Request) -> Response:
        return _answer(request, json_feed(_channel(pages), _told(pages)), "application/feed+json")

    @routes.api_route("/alerts/{number}", methods=LOOK)
    def alert(request: Request, number: str) -> Response:
        known = number_in(number)
        chain = () if known is None else _teller(pages, request).chain(_versions(pages, known))
        if not chain:
            return pages.problem(request, 404)
        return _page(pages, request, "alert", latest=chain[-1], earlier=chain[-2::-1])

    return routes


def _newest(pages: Pages) -> tuple[Version, ...]:
    with pages.parts.store.read() as connection:
        return public_versions(connection, SHOWN)


def _versions(pages: Pages, alert: int) -> tuple[Version, ...]:
    with pages.parts.store.read() as connection:
        return versions_of(connection, alert)


def _teller(pages: Pages, request: Request) -> Teller:
    return Teller.of(pages.parts.settings, pages.language_of(request))


def _told(pages: Pages) -> tuple[Told, ...]:
    teller = Teller.of(pages.parts.settings, pages.parts.settings.newsroom.language)
    return tuple(teller.told(version) for version in _newest(pages))


def _channel(pages: Pages) -> Channel:
    settings = pages.parts.settings
    room = settings.newsroom
    topics = load_topics(settings.readers.topics_file)
    return Channel(f"{room.name} {room.product}", room.name, settings.web.base_url, room.language, topics)


def _page(pages: Pages, request: Request, name: str, **values: object) -> Response:
    language = pages.language_of(request)
    html = pages.render(name, language, path=request.url.path, way=partial(linked, chosen(request)), **values)
    answer = _answer(request, html.encode(), "text/html; charset=utf-8")
    answer.headers["content-language"] = language
    answer.headers["vary"] = "accept-language"
    return answer


def _answer(request: Request, body: bytes, media_type: str) -> Response:
    """Return the body, or 304 without one when the reader's copy is still good (RFC 9110 section 13.1.2)."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": _FRESH, "access-control-allow-origin": "*"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
