"""axe-core finds no WCAG 2.2 AA violation on any page of the desk, light or dark, and none is wider than a phone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.desk_pictures import furnished, log_in
from tests.browser.pictures import LOOKS
from tests.browser.test_reader_access import violations
from tests.fakes.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk() -> Iterator[tuple[Site, dict[str, str]]]:
    with furnished() as found:
        yield found


@pytest.fixture(params=LOOKS)
def looking(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    with browser.new_page(color_scheme=request.param, locale="en-GB", viewport={"width": 360, "height": 740}) as page:
        yield page


def test_every_page(desk: tuple[Site, dict[str, str]], looking: Page) -> None:
    site, pages = desk
    looking.goto(f"{site.base}/desk/login")
    found = {"login": violations(looking)}
    log_in(site, looking)
    for name, path in pages.items():
        looking.goto(site.base + path)
        looking.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        wide = looking.evaluate("document.documentElement.scrollWidth > innerWidth")
        found[name] = violations(looking) + (["wider than the phone"] if wide else [])
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_the_mail_is_shown_in_both_looks(desk: tuple[Site, dict[str, str]], looking: Page) -> None:
    site, pages = desk
    log_in(site, looking)
    looking.goto(site.base + pages["held"])
    grounds = []
    for look in LOOKS:
        mail = looking.frame_locator(f".mail.{look}")
        mail.get_by_role("link", name="Unsubscribe").first.wait_for()
        ground = mail.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
        grounds.append(sum(map(int, re.findall(r"\d+", ground))))
    assert grounds[0] > 600
    assert grounds[1] < 150


def test_no_page_is_wider_than_a_small_phone_with_text_of_twice_the_size(
    desk: tuple[Site, dict[str, str]], browser: Browser
) -> None:
    site, pages = desk
    wide = []
    with browser.new_page(locale="en-GB", viewport={"width": 320, "height": 640}) as page:
        log_in(site, page)
        for name, path in pages.items():
            page.goto(site.base + path)
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            if page.evaluate("document.documentElement.scrollWidth") > 320:
                wide.append(name)
    assert wide == []
