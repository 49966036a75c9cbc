"""Pictures of every reader page: ``python -m tests.browser.pictures FOLDER [LANGUAGE…]``.

At 360, 800 and 1440 px, light and dark, in each language (all by default).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.fakes.site import Site, ask, running_site, signed_up
from tests.fakes.stories import alert
from tests.lacks import chromium
from tocsin.i18n import languages
from tocsin.store.alerts import add_version
from tocsin.store.engine import Store
from tocsin.store.migrate import upgrade

WIDTHS = (360, 800, 1440)
LOOKS = ("light", "dark")


def reader_pages(site: Site, language: str) -> dict[str, str]:
    """Return every page a reader can meet, by name; where it takes a mail to get there, one is sent."""
    address = f"anna.{language}@example.com"
    tongue = {"accept_language": language}
    before = len(site.inbox.messages)
    ask(site, "POST", "/signup", {"email": address, "offers": "on", "topics": "medtop:11000000"}, **tongue)
    confirm = site.link_to(address, "/confirm/", before)
    token = ask(site, "POST", confirm).text.partition("/preferences/")[2][:32]
    stop_story(site)
    more = {"language": language, "new_places": "Kherson\nUkraine\nNowhereatall", "phrases": "nuclear plant"}
    shown = {"quiet_from": "22:30", "quiet_to": "07:00", "zone": "Europe/Kyiv", "topics": "medtop:11000000", **more}
    ask(site, "POST", f"/preferences/{token}", shown)
    ask(site, "POST", f"/preferences/{token}?stop_story={alert().story}")
    ask(site, "POST", "/signup", {"email": f"new.{address}", "offers": "on"}, **tongue)
    ask(site, "POST", "/link", {"email": address})
    account = site.link_to(address, "/account/")
    ask(site, "POST", f"{account}/move", {"email": f"moved.{address}"})
    gone = signed_up(site, f"gone.{address}", offers="on")
    ask(site, "POST", f"/unsubscribe/{gone}")
    return {
        "signup": "/",
        "signup-embedded": "/embed",
        "confirm": site.link_to(f"new.{address}", "/confirm/"),
        "thanks": confirm,
        "preferences": f"/preferences/{token}",
        "stop": f"/preferences/{token}?stop_story={alert().story}",
        "unsubscribe": f"/unsubscribe/{token}",
        "unsubscribed": f"/unsubscribe/{gone}",
        "link": "/link",
        "account": account,
        "move": site.link_to(f"moved.{address}", "/move/"),
        "privacy": "/privacy",
        "void": "/confirm/none",
        "missing": "/nowhere",
        "alerts": "/alerts",
    }


def stop_story(site: Site) -> None:
    """Keep an alert for the story that the stop page names."""
    at = site.parts.clock()
    with site.parts.store.write() as connection:
        add_version(
            connection, alert(), published_at=at, seen_at=at, decided_at=at, stages={}, held_until=None, reason=""
        )


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
        context = browser.new_context(color_scheme=look, locale=language)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(site.base + path.removeprefix(site.base))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=f"{file}-{look}-{width}.png", full_page=True)
        context.close()


def take_slip(browser: Browser, site: Site, file: Path, language: str) -> None:
    """Take the form with its error."""
    page = browser.new_page(locale=language, viewport={"width": 360, "height": 800})
    page.goto(site.base)
    page.locator("button.main").click()
    page.screenshot(path=f"{file}-light-360.png", full_page=True)
    page.close()


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
