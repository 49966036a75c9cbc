"""From a draft to the mail: subject, hand-made plain text and HTML in the reader's language and zone.

A mail is rendered once per version, language, zone and reason; only the token in its links differs per reader.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, select_autoescape

from tocsin.delivery.colours import legible
from tocsin.delivery.foot import Identity, Why, foot_of
from tocsin.delivery.message import TOKEN_MARK, Rendered
from tocsin.delivery.view import ROOMS, Room, alert_view
from tocsin.delivery.words import words_of, zone_of
from tocsin.model import Draft

LIGHT, DARK = "#ffffff", "#16181d"
WIDTH = 72
MOST_OCTETS = 96_000
"""Gmail clips a message at 102 KB, headers and all."""


@dataclass(frozen=True, slots=True)
class Brand:
    """The newsroom as templates show it: its colour in the shades that read on the light and on the dark ground."""

    name: str
    product: str
    postal_address: str
    contact: str
    logo: str | None
    light: str
    dark: str


def render(
    draft: Draft,
    identity: Identity,
    *,
    language: str,
    zone: str,
    why: Why,
    page_url: str,
    number: int,
    token: str = TOKEN_MARK,
) -> Rendered:
    """Return the mail about a draft.

    ``language`` and ``zone`` are the reader's, ``page_url`` is the alert's live page, ``number`` the version's place in
    the chain from 1, ``token`` what stands for the reader's in the links. Below 100 KB whatever the draft.
    """
    words = words_of(language)
    foot, brand = foot_of(identity, words, why, token, draft.story), brand_of(identity)

    def mail(room: Room) -> Rendered:
        view = alert_view(draft, identity.name, words, zone_of(zone), number, room)
        return fill("alert", view.subject, words.language, view=view, foot=foot, page=page_url, brand=brand)

    return first_that_fits(mail(room) for room in ROOMS)


def first_that_fits(mails: Iterable[Rendered]) -> Rendered:
    """Return the first mail of at most ``MOST_OCTETS``, or the last if none is."""
    for mail in mails:
        if octets_of(mail) <= MOST_OCTETS:
            break
    return mail


def octets_of(mail: Rendered) -> int:
    """Return about how many octets a mail's two bodies take in quoted-printable: three for each beyond ASCII."""
    plain = sum(len(body.encode("ascii", "ignore")) for body in (mail.html, mail.text))
    return 3 * (len(mail.html.encode()) + len(mail.text.encode())) - 2 * plain


def fill(name: str, subject: str, language: str, **values: object) -> Rendered:
    """Return the mail that the template pair ``name`` makes of ``values``."""
    environment = _environment(language)
    html = environment.get_template(f"{name}.html").render(subject=subject, lang=language, **values)
    text = environment.get_template(f"{name}.txt").render(subject=subject, lang=language, **values)
    return Rendered(subject, html, text)


def brand_of(identity: Identity) -> Brand:
    """Return the newsroom as templates show it."""
    return Brand(
        identity.name,
        identity.product,
        identity.postal_address,
        identity.contact,
        identity.logo,
        light=legible(identity.colour, LIGHT),
        dark=legible(identity.colour, DARK),
    )


class _Templates(BaseLoader):
    """The templates beside this file, also from inside a zipped package."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, None, None]:
        file = files(__package__) / "templates" / template
        if not file.is_file():
            raise TemplateNotFound(template)
        return file.read_text(encoding="utf-8"), None, None


@cache
def _environment(language: str) -> Environment:
    words = words_of(language)
    environment = Environment(
        loader=_Templates(),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # The i18n extension adds this method when the environment is made, where types can not see it.
    environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["wrapped"] = wrapped
    return environment


def wrapped(text: str, indent: str = "") -> str:
    """Return text in lines of at most ``WIDTH`` characters, each beginning with ``indent``; links stay whole."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
