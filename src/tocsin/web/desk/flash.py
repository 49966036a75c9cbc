"""What an act came to is told on the page it leads to: neither a reload nor the way back does the act again.

The words travel in a cookie for that one page, for a minute, and are gone once they were shown.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

_KEPT_S = 60


def told_at(page: str, text: str, *, secure: bool) -> Response:
    """Return the answer that leads to ``page``, which will tell ``text``."""
    answer = RedirectResponse(page, 303)
    answer.set_cookie(
        _cookie(page), quote(text), max_age=_KEPT_S, path=page, httponly=True, samesite="strict", secure=secure
    )
    return answer


def told_before(request: Request) -> str:
    """Return what the act that led to this page came to, empty if none did."""
    return unquote(request.cookies.get(_cookie(request.url.path), ""))


def told_once(request: Request, answer: Response) -> Response:
    """Return the answer to a page that has told it."""
    page = request.url.path
    if _cookie(page) in request.cookies:
        answer.delete_cookie(_cookie(page), path=page)
    return answer


def _cookie(page: str) -> str:
    """Return the name of a page's cookie: what is told on the board is sent along to all pages beneath it."""
    return f"tocsin_told{page.replace('/', '_')}"
