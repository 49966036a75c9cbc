"""A reader's data and address, behind a link that was mailed a moment ago; and "send me my link"."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from tocsin.readers.addresses import Address, BadAddress, parse_address
from tocsin.readers.signup import Fields, Filled, filled
from tocsin.readers.tokens import Tokens
from tocsin.subscribers import accounts
from tocsin.subscribers.accounts import Moved
from tocsin.web.forms import LOOK, posted_form
from tocsin.web.rendering import Pages
from tocsin.web.site import client_of

Form = Annotated[Fields, Depends(posted_form)]


def account(pages: Pages) -> APIRouter:
    """Return the routes of a reader's data and address."""
    routes = APIRouter(include_in_schema=False)
    parts = pages.parts

    @routes.api_route("/account/{token}", methods=LOOK)
    def look(request: Request, token: str) -> Response:
        return _account(pages, request, token)

    @routes.post("/account/{token}/export")
    def export(request: Request, token: str) -> Response:
        known = accounts.account_of(parts, token)
        if known is None:
            return pages.void_link(request)
        content = msgspec.json.format(msgspec.json.encode(accounts.export(parts, known)), indent=2)
        headers = {"content-disposition": 'attachment; filename="my-data.json"', "cache-control": "no-store"}
        return Response(content, media_type="application/json", headers=headers)

    @routes.post("/account/{token}/erase")
    def erase(request: Request, token: str) -> Response:
        known = accounts.account_of(parts, token)
        if known is None:
            return pages.void_link(request)
        accounts.erase(parts, known.reader)
        return pages.message(request, "erased", known.reader.language)

    @routes.post("/account/{token}/move")
    def move(request: Request, token: str, fields: Form) -> Response:
        known = accounts.account_of(parts, token)
        if known is None:
            return pages.void_link(request)
        form = filled(fields)
        address = _address(pages, form)
        if address is None:
            return _account(pages, request, token, form)
        accounts.ask_to_move(parts, known.reader, address, client_of(request))
        return pages.message(request, "move asked", known.reader.language)

    return routes


def moving(pages: Pages) -> APIRouter:
    """Return the routes by which a new address is confirmed."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/move/{token}", methods=LOOK)
    def look(request: Request, token: str) -> Response:
        moved, waiting = accounts.move_waiting(pages.parts, token)
        if moved is Moved.VOID or waiting is None:
            return pages.void_link(request)
        return pages.page(request, "move", address=waiting.address)

    @routes.post("/move/{token}")
    def move(request: Request, token: str) -> Response:
        match accounts.move(pages.parts, token):
            case Moved.DONE:
                return pages.message(request, "moved")
            case Moved.TAKEN:
                return pages.message(request, "taken", status=409)
            case _:
                return pages.void_link(request)

    return routes


def links(pages: Pages) -> APIRouter:
    """Return the routes of "send me my link"."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/link", methods=LOOK)
    def form(request: Request) -> Response:
        return pages.page(request, "link", filled=Filled(), wrong=False)

    @routes.post("/link")
    def send(request: Request, fields: Form) -> Response:
        form = filled(fields)
        address = _address(pages, form)
        if address is None:
            return pages.page(request, "link", status=422, filled=form, wrong=True)
        accounts.send_link(pages.parts, address, client_of(request))
        return pages.message(request, "link sent")

    return routes


def _address(pages: Pages, form: Filled) -> Address | None:
    try:
        return parse_address(form.email, smtputf8=pages.parts.settings.readers.smtputf8)
    except BadAddress:
        return None


def _account(pages: Pages, request: Request, token: str, wrong: Filled | None = None) -> Response:
    known = accounts.account_of(pages.parts, token)
    if known is None:
        return pages.void_link(request)
    return pages.page(
        request,
        "account",
        status=200 if wrong is None else 422,
        language=known.reader.language,
        reader=known.reader,
        records=known.records,
        token=token,
        preferences=f"/preferences/{Tokens(pages.parts.secret).mailed(known.reader.id)}",
        filled=wrong or Filled(),
        wrong=wrong is not None,
    )
