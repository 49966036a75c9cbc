"""Pictures of every reader page: ``python -m tests.browser.pictures FOLDER [LANGUAGE…]``.

At 360, 800 and 1440 px, light and dark, in each language (all by default).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.fakes.site import Site, ask, running_site, signed_up
from tests.fakes.stories import alert, correction, hebrew, told, ukrainian, update, withdrawal
from tests.lacks import chromium
from tocsin.i18n import languages
from tocsin.store.alerts import public_versions
from tocsin.store.engine import Store
from tocsin.store.migrate import upgrade

WIDTHS = (360, 800, 1440)
Look = Literal["light", "dark"]
LOOKS: tuple[Look, ...] = ("light", "dark")
OPENED = "-opened"
"""In a page's name: with all that can be unfolded on it."""
UNFOLD = "all => all.forEach(one => { one.open = true })"


def reader_pages(site: Site, language: str) -> dict[str, str]:
    """Return every page a reader can meet, by name; where it takes a mail to get there, one is sent."""
    address = f"anna.{language}@example.com"
    tongue = {"accept_language": language}
    before = len(site.inbox.messages)
    ask(site, "POST", "/signup", {"email": address, "offers": "on", "topics": "medtop:11000000"}, **tongue)
    confirm = site.link_to(address, "/confirm/", before)
    token = ask(site, "POST", confirm).text.partition("/preferences/")[2][:32]
    tell_stories(site)
    more = {"language": language, "new_places": "Kherson\nUkraine\nNowhereatall", "phrases": "nuclear plant"}
    shown = {"quiet_from": "22:30", "quiet_to": "07:00", "zone": "Europe/Kyiv", "topics": "medtop:11000000", **more}
    ask(site, "POST", f"/preferences/{token}", shown)
    ask(site, "POST", f"/preferences/{token}?stop_story={alert().story}")
    ask(site, "POST", "/signup", {"email": f"new.{address}", "offers": "on"}, **tongue)
    ask(site, "POST", "/link", {"email": address})
    account = site.link_to(address, "/account/")
    ask(site, "POST", f"{account}/move", {"email": f"moved.{address}"})
    gone = signed_up(site, f"gone.{address}", offers="on")
    ask(site, "POST", f"/preferences/{gone}", {"language": language})
    ask(site, "POST", f"/unsubscribe/{gone}")
    _move_once(site, address, language)
    return {
        "signup": "/",
        "signup-embedded": "/embed",
        "confirm": site.link_to(f"new.{address}", "/confirm/"),
        "thanks": confirm,
        "preferences": f"/preferences/{token}",
        "stop": f"/preferences/{token}?stop_story={alert().story}",
        "unsubscribe": f"/unsubscribe/{token}",
        "offers": f"/unsubscribe/{token}?from=offers",
        "unsubscribed": f"/unsubscribe/{gone}",
        "link": "/link",
        "account": account,
        "move": site.link_to(f"moved.{address}", "/move/"),
        "privacy": "/privacy",
        "void": "/confirm/none",
        "missing": "/nowhere",
        "alerts": "/alerts",
        "alert": "/alerts/1",
        "alert-withdrawn": "/alerts/2",
        "snippet": "/snippet",
        f"signup{OPENED}": "/",
        f"alert{OPENED}": "/alerts/1",
    }


def _move_once(site: Site, address: str, language: str) -> None:
    """Let a reader sign up again and change the address, for the letters about it."""
    old, new = f"old.{address}", f"newer.{address}"
    ask(site, "POST", f"/preferences/{signed_up(site, old)}", {"language": language})
    ask(site, "POST", "/signup", {"email": old})
    ask(site, "POST", "/link", {"email": old})
    ask(site, "POST", f"{site.link_to(old, '/account/')}/move", {"email": new})
    before = len(site.inbox.messages)
    ask(site, "POST", site.link_to(new, "/move/"))
    site.wait_for(lambda letter: letter.id > before and old in letter.to)


def tell_stories(site: Site) -> None:
    """Let four stories have been told lately: one updated and corrected, one withdrawn, two in other languages."""
    now, hour = site.parts.clock(), timedelta(hours=1)
    with site.parts.store.write() as connection:
        if public_versions(connection, 1):
            return
        told(connection, alert(), now - 9 * hour)
        wrong = told(connection, update(), now - 8 * hour)
        told(connection, correction(), now - 7 * hour, wrong)
        told(connection, replace(alert(), story="exercise"), now - 30 * hour)
        told(connection, replace(withdrawal(), story="exercise"), now - 29 * hour)
        told(connection, ukrainian(), now - 28 * hour)
        told(connection, hebrew(), now - 60 * hour)


def main(folder: Path, chosen: tuple[str, ...]) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with site_of_pictures() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for language in chosen:
            for name, path in reader_pages(site, language).items():
                take(browser, site, folder / f"{name}-{language}", path, language)
            take_slip(browser, site, folder / f"signup-error-{language}", language)
        browser.close()


def take(browser: Browser, site: Site, file: Path, path: str, language: str) -> None:
    """Take one page's pictures."""
    for look in LOOKS:
        context = browser.new_context(color_scheme=look, locale=language)
        page = context.new_page()
        page.goto(site.base + path.removeprefix(site.base))
        if OPENED in file.name:
            page.eval_on_selector_all("details", UNFOLD)
        _at_each_width(page, f"{file}-{look}")
        context.close()


def take_slip(browser: Browser, site: Site, file: Path, language: str) -> None:
    """Take the form with its error."""
    for look in LOOKS:
        page = browser.new_page(locale=language, color_scheme=look)
        page.goto(site.base)
        page.locator("button.main").click()
        _at_each_width(page, f"{file}-{look}")
        page.close()


def _at_each_width(page: Page, file: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=f"{file}-{width}.png", full_page=True)


@contextmanager
def site_of_pictures() -> Iterator[Site]:
    """Serve a site on a fresh SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/tocsin.sqlite3")
        upgrade(store)
        with running_site(store, Path(folder)) as site:
            yield site
        store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(sys.argv[2:]) or languages())
