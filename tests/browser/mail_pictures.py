"""Pictures of mails: ``python -m tests.browser.mail_pictures FOLDER``, 360 and 800 px, light, dark and forced dark."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.pictures import Look
from tests.fakes.stories import AT, IDENTITY, WHY, alert, correction, hebrew, ukrainian, update, withdrawal
from tests.lacks import chromium
from tocsin.delivery.digest import render_digest
from tocsin.delivery.message import Rendered
from tocsin.delivery.render import render
from tocsin.model import Digest, DigestEntry

WIDTHS = (360, 800)
# Some programs (Outlook, Gmail's app) invert the colours of a mail whatever it asks for.
_INVERTED = "html{filter:invert(1) hue-rotate(180deg);background:#000}"


def mails() -> Iterator[tuple[str, Rendered]]:
    """Return each kind of mail with its name."""
    page = f"{IDENTITY.base_url}/alerts/1"
    told = (("alert", alert()), ("update", update()), ("correction", correction()), ("withdrawal", withdrawal()))
    for number, (name, draft) in enumerate(told, 1):
        yield name, render(draft, IDENTITY, language="en", zone="Europe/Kyiv", why=WHY, page_url=page, number=number)
    for name, draft, language in (("ukrainian", ukrainian(), "uk"), ("hebrew", hebrew(), "ru")):
        yield name, render(draft, IDENTITY, language=language, zone="Europe/Kyiv", why=WHY, page_url=page, number=1)
    entries = (DigestEntry(3, 1, AT, ukrainian()), DigestEntry(1, 3, AT, correction()), DigestEntry(2, 1, AT, alert()))
    yield "digest", render_digest(Digest(entries, 2), IDENTITY, language="en", zone="Europe/Kyiv")


def take(browser: Browser, name: str, html: str, folder: Path) -> None:
    """Write the pictures of one mail."""
    looks: tuple[tuple[str, Look, str], ...] = (
        ("light", "light", ""),
        ("dark", "dark", ""),
        ("inverted", "light", _INVERTED),
    )
    for look, scheme, style in looks:
        for width in WIDTHS:
            with browser.new_page(viewport={"width": width, "height": 640}, color_scheme=scheme) as page:
                page.set_content(html)
                if style:
                    page.add_style_tag(content=style)
                page.screenshot(path=folder / f"{name}-{look}-{width}.png", full_page=True)


def main(folder: Path) -> None:
    """Write all pictures into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for name, mail in mails():
            take(browser, name, mail.html, folder)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
