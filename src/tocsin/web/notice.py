"""The privacy notice: its text makes its version, and each version shown is kept."""

from __future__ import annotations

import hashlib

from tocsin.i18n import languages
from tocsin.store.notices import keep_notice
from tocsin.web.rendering import Pages


def notice_of_today(pages: Pages, language: str) -> tuple[str, str]:
    """Return the version and the HTML of the notice that is shown now."""
    html = pages.render("notice", language, settings=pages.parts.settings)
    return hashlib.sha256(html.encode()).hexdigest()[:12], html


def keep_notices(pages: Pages) -> None:
    """Keep the notices that are shown now, in every language."""
    with pages.parts.store.write() as connection:
        for language in languages():
            version, html = notice_of_today(pages, language)
            keep_notice(connection, version, language, html, pages.parts.clock())
