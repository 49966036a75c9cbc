"""axe-core finds no WCAG 2.2 AA violation on any reader page, light or dark, nor in the mails."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.pictures import LOOKS, reader_pages, site_of_pictures
from tests.fakes.site import Site
from tests.fakes.stories import IDENTITY, WHY, alert, correction
from tocsin.delivery.render import render
from tocsin.model import Draft

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture(scope="module")
def pictured() -> Iterator[Site]:
    with site_of_pictures() as site:
        yield site


@pytest.fixture(scope="module")
def paths(pictured: Site) -> dict[str, str]:
    return reader_pages(pictured, "en")


@pytest.fixture(params=LOOKS)
def looking(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    with browser.new_page(color_scheme=request.param, locale="en-GB") as page:
        yield page


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def test_every_page(pictured: Site, paths: dict[str, str], looking: Page) -> None:
    found = {}
    for name, path in paths.items():
        looking.goto(pictured.base + path.removeprefix(pictured.base))
        found[name] = violations(looking)
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_the_form_with_its_error(pictured: Site, looking: Page) -> None:
    looking.goto(pictured.base)
    looking.get_by_role("button", name="SIGN UP").click()
    assert violations(looking) == []


def test_every_kind_of_letter(pictured: Site, paths: dict[str, str], looking: Page) -> None:
    letters = {str(one.message["Subject"]): one.body("html") for one in pictured.inbox.messages}
    assert len(letters) >= 3
    for html in letters.values():
        looking.set_content(html)
        assert violations(looking) == []


@pytest.mark.parametrize("draft", [alert(), correction()], ids=["alert", "correction"])
def test_the_mail_of_an_alert(looking: Page, draft: Draft) -> None:
    page = f"{IDENTITY.base_url}/alerts/1"
    mail = render(draft, IDENTITY, language="en", zone="Europe/Kyiv", why=WHY, page_url=page, number=1)
    looking.set_content(mail.html)
    assert violations(looking) == []
