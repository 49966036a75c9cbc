"""The mail of a digest: one story a paragraph, each headline verbatim and a link to its live page."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tocsin.delivery.clean import line
from tocsin.delivery.foot import Identity, Why, foot_of
from tocsin.delivery.message import TOKEN_MARK, Rendered
from tocsin.delivery.render import brand_of, fill, first_that_fits
from tocsin.delivery.view import ROOMS, AlertView, Said, alert_view
from tocsin.delivery.words import Words, moment, words_of, zone_of
from tocsin.model import Digest, DigestEntry

MOST_SUBJECT = 110
SHORT = ROOMS[1]


@dataclass(frozen=True, slots=True)
class Row:
    """One story of a digest: its newest version, when that was sent, its live page, and the first who says so."""

    view: AlertView
    told: str
    url: str
    first: Said | None


def render_digest(digest: Digest, identity: Identity, *, language: str, zone: str, token: str = TOKEN_MARK) -> Rendered:
    """Return the mail of a digest in the reader's language and zone, below 100 KB.

    ``token`` is what stands for the reader's in the links, as in ``render``.
    """
    words, where, brand = words_of(language), zone_of(zone), brand_of(identity)
    foot, pages = foot_of(identity, words, Why("digest"), token), f"{identity.base_url.rstrip('/')}/alerts"

    def mail(most: int) -> Rendered:
        rows = tuple(_row(entry, identity.name, words, where, pages) for entry in digest.entries[:most])
        more = digest.more + len(digest.entries) - len(rows)
        subject = _subject(rows[0].view.headline, len(rows) - 1 + more, words)
        return fill("digest", subject, words.language, rows=rows, more=more, foot=foot, pages=pages, brand=brand)

    return first_that_fits(mail(most) for most in (len(digest.entries), 5, 1))


def _row(entry: DigestEntry, newsroom: str, words: Words, zone: ZoneInfo, pages: str) -> Row:
    view = alert_view(entry.draft, newsroom, words, zone, entry.number, SHORT)
    first = next((said for reported in view.said for said in reported.said), None)
    return Row(view, moment(entry.at, words, zone), f"{pages}/{entry.alert}", first)


def _subject(headline: str, others: int, words: Words) -> str:
    first = line(headline, MOST_SUBJECT)
    if not others:
        return words.gettext("Summary: %(headline)s") % {"headline": first}
    pattern = words.ngettext(
        "Summary: %(headline)s, and %(num)d more", "Summary: %(headline)s, and %(num)d more", others
    )
    return pattern % {"headline": first, "num": others}
