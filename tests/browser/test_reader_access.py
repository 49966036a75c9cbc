"""axe-core finds no WCAG 2.2 AA violation on any reader page in any language, nor by night, nor in any mail."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.mail_pictures import mails
from tests.browser.pictures import LOOKS, UNFOLD, reader_pages, site_of_pictures
from tests.fakes.site import Site
from tocsin.delivery.message import Rendered
from tocsin.i18n import languages
from tocsin.store.letters import LetterKind

pytestmark = pytest.mark.browser

_SEEN = [*((language, "light") for language in languages()), (languages()[0], "dark")]
"""Which languages are looked at in which light: words are as wide by night, colours the same in all languages."""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture(scope="module")
def pictured() -> Iterator[Site]:
    with site_of_pictures() as site:
        yield site


@pytest.fixture(scope="module")
def pages(pictured: Site) -> dict[str, dict[str, str]]:
    """Give the paths of every page that a reader of each language can meet."""
    return {language: reader_pages(pictured, language) for language in languages()}


@pytest.fixture(params=LOOKS)
def looking(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    with browser.new_page(color_scheme=request.param, locale="en-GB") as page:
        yield page


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize(("language", "looking"), _SEEN, indirect=["looking"])
def test_every_page(pictured: Site, pages: dict[str, dict[str, str]], language: str, looking: Page) -> None:
    looking.set_extra_http_headers({"Accept-Language": language})
    found = {}
    for name, path in pages[language].items():
        looking.goto(pictured.base + path.removeprefix(pictured.base))
        looking.eval_on_selector_all("details", UNFOLD)
        found[name] = violations(looking)
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_the_form_with_its_error(pictured: Site, looking: Page) -> None:
    looking.goto(pictured.base)
    looking.get_by_role("button", name="SIGN UP").click()
    assert violations(looking) == []


@pytest.mark.usefixtures("pages")
def test_every_kind_of_letter(pictured: Site, looking: Page) -> None:
    letters = {str(one.message["Subject"]): one.body("html") for one in pictured.inbox.messages}
    assert len(letters) >= len(LetterKind) * len(languages())
    for subject, html in letters.items():
        looking.set_content(html)
        assert violations(looking) == [], subject


@pytest.mark.parametrize(("name", "mail"), [*mails()], ids=lambda value: value if isinstance(value, str) else "")
def test_every_kind_of_alert_and_the_digest(looking: Page, name: str, mail: Rendered) -> None:
    looking.set_content(mail.html)
    assert violations(looking) == []
