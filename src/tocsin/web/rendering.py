"""Pages: Jinja templates in the reader's language, with the newsroom's name, logo and colour."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tocsin.delivery.words import moment as told_moment
from tocsin.delivery.words import words_of, zone_of
from tocsin.i18n import languages, locale_of, negotiated, translations
from tocsin.web.notes import BY_STATUS, note
from tocsin.web.wording import wording
from tocsin.wiring import Parts

# Characters that turn the direction of the text behind them: with one, a headline reads otherwise than it is spelt.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def _unturned(value: object) -> object:
    """Return a text as mails show it: what comes from outside must not read otherwise at the desk than for readers."""
    if isinstance(value, str) and _TURNING.search(value):
        return type(value)(_TURNING.sub("", value))
    return value


@lru_cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        finalize=_unturned,
    )
    words = translations("pages", language)
    # The i18n extension adds this method when the environment is made, where types can not see it.
    environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return environment


@dataclass(frozen=True, slots=True)
class Pages:
    """Renders the pages of one installation."""

    parts: Parts

    def language_of(self, request: Request) -> str:
        """Return the language that ``?lang=`` or the browser asks for, else the newsroom's."""
        default = self.parts.settings.newsroom.language
        return chosen(request) or negotiated(request.headers.get("accept-language", ""), default)

    def page(
        self, request: Request, name: str, *, status: int = 200, language: str | None = None, **values: object
    ) -> HTMLResponse:
        """Return the page that the template ``name`` makes of ``values``."""
        # A page in a reader's own language offers no other.
        path = own_path(request) if language is None else None
        way = partial(linked, language or chosen(request))
        language = language or self.language_of(request)
        html = self.render(name, language, path=path, way=way, **values)
        headers = {"content-language": language, "vary": "accept-language", "cache-control": "no-store"}
        return HTMLResponse(html, status, headers)

    def message(
        self, request: Request, name: str, language: str | None = None, *, status: int = 200, **values: object
    ) -> HTMLResponse:
        """Return the short page with a name (``notes.py``)."""
        told_in = language or self.language_of(request)
        told = note(name, translations("pages", told_in).gettext)
        return self.page(request, "message", status=status, language=language, note=told, **values)

    def void_link(self, request: Request) -> HTMLResponse:
        """Return the page for a link that is not, or no longer, good."""
        return self.message(request, "void link", status=404, renew=True)

    def problem(self, request: Request, status: int) -> HTMLResponse:
        """Return the page for a request that can't be served."""
        return self.message(request, BY_STATUS.get(status, "no"), status=status)

    def render(self, name: str, language: str, **values: object) -> str:
        """Return a template's text in a language."""
        template = _environment(language).get_template(f"{name}.html")
        newsroom = self.parts.settings.newsroom
        return template.render(
            lang=language,
            languages={tag: _own_name(tag) for tag in languages()},
            newsroom=newsroom,
            wording=wording(language, newsroom),
            work=self.parts.settings.readers.proof_of_work,
            moment=partial(moment, language),
            served_at=self.parts.clock(),
            **values,
        )


def chosen(request: Request) -> str:
    """Return the language that ``?lang=`` asks for; empty where it asks for none that there is."""
    asked = request.query_params.get("lang", "")
    return asked if asked in languages() else ""


def linked(language: str, page: str) -> str:
    """Return the address of one of our pages, in the language that was chosen if one was."""
    return f"{page}{'&' if '?' in page else '?'}lang={language}" if language else page


def own_path(request: Request) -> str:
    """Return the path that was asked for, as a link that never leads to another site ("//elsewhere.example")."""
    return "/" + request.url.path.lstrip("/\\")


def fragment(name: str, language: str = "en", **values: object) -> Markup:
    """Return what a template makes of ``values`` alone: a piece of a page, the same for everybody."""
    made = _environment(language).get_template(f"{name}.html").render(**values)
    return Markup(made)  # noqa: S704 - a template has escaped what is not its own


def _own_name(language: str) -> str:
    name = locale_of(language).get_language_name(language) or language
    return _capital(name)


def moment(language: str, at: datetime, zone: str) -> str:
    """Return an instant to the minute in a zone, as the language writes it."""
    return told_moment(at, words_of(language), zone_of(zone))


def weekdays(language: str) -> list[str]:
    """Return the names of the days, Monday first."""
    names = locale_of(language).days["stand-alone"]["wide"]
    return [_capital(names[day]) for day in range(7)]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
