"""The web role's application: the readers' site, and the routers of other parts beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, FastAPI
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from tocsin import __version__
from tocsin.delivery.colours import legible
from tocsin.errors import Temporary
from tocsin.web.alert_pages import alert_pages
from tocsin.web.api import api
from tocsin.web.desk.routes import add_desk
from tocsin.web.forms import MOST_OCTETS
from tocsin.web.notice import keep_notices
from tocsin.web.offer import Shelf
from tocsin.web.rendering import Pages
from tocsin.web.security import BoundedBodies, SecurityHeaders, page_headers
from tocsin.web.site import site
from tocsin.web.site_account import account, links, moving
from tocsin.web.site_embed import embed
from tocsin.web.site_preferences import preferences
from tocsin.web.site_privacy import privacy
from tocsin.wiring import Parts

_LIGHT, _DARK = "#fdfcfa", "#1a1c21"


def create_app(parts: Parts, *, more: Sequence[APIRouter] = ()) -> FastAPI:
    """Return the application; ``more`` are routers that go beside the site's own."""
    app = FastAPI(
        title="Tocsin",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,  # it names the host of the request: a proxy's inner one, or a stranger's
    )
    pages = Pages(parts)
    keep_notices(pages)
    app.add_middleware(BoundedBodies, most=MOST_OCTETS, apart="/hooks/")  # hooks take more, and bound it themselves
    app.add_middleware(SecurityHeaders, headers=page_headers(parts.settings))
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    shelf = Shelf(parts)
    readers = (site(pages, shelf), preferences(pages, shelf), account(pages), moving(pages), links(pages), embed(pages))
    for router in (*readers, privacy(pages), alert_pages(pages), api(parts), *more):
        app.include_router(router)
    add_desk(app, pages)
    _brand(app, pages)
    _errors(app, pages)
    return app


def _brand(app: FastAPI, pages: Pages) -> None:
    colour = pages.parts.settings.newsroom.colour
    light, dark = legible(colour, _LIGHT), legible(colour, _DARK)
    css = (
        f":root{{--brand:{light};--brand-ink:#fff}}"
        f"@media (prefers-color-scheme:dark){{:root{{--brand:{dark};--brand-ink:{_DARK}}}}}"
    )

    @app.get("/brand.css", include_in_schema=False)
    async def brand() -> Response:
        return Response(css, media_type="text/css", headers={"cache-control": "public, max-age=3600"})


def _without_slash(request: Request) -> str:
    """Return the path asked for without the slash at its end, on this very site (``//`` would begin another's name)."""
    path = "/" + quote(request.url.path.strip("/"))
    return f"{path}?{request.url.query}" if request.url.query else path


def _errors(app: FastAPI, pages: Pages) -> None:
    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        path = request.url.path
        if path.startswith("/api/"):
            return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
        if error.status_code == 404 and path.strip("/") and path.endswith("/"):
            return RedirectResponse(_without_slash(request), 307)
        answer = pages.problem(request, error.status_code)
        answer.headers.update(error.headers or {})  # which methods are allowed, when to come again
        return answer

    @app.exception_handler(RequestValidationError)
    async def mistyped(request: Request, error: RequestValidationError) -> Response:
        if request.url.path.startswith("/api/"):
            return await request_validation_exception_handler(request, error)
        return pages.problem(request, 404)

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=400)  # nobody reads it; a reader who closes the page is no defect to log

    @app.exception_handler(Temporary)
    def busy(request: Request, error: Temporary) -> Response:
        answer = pages.problem(request, 503)
        answer.headers["retry-after"] = "5"
        return answer
