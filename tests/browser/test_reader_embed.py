"""The form pasted into an article of another site, with its script and without."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.fakes.site import Site, running_site
from tocsin.i18n import languages
from tocsin.settings import Readers
from tocsin.store.engine import Store
from tocsin.web.rendering import Pages
from tocsin.web.site_embed import plain_form

pytestmark = pytest.mark.browser

NEWS = "http://news.localhost:4444"
ARTICLE = f"{NEWS}/a-story"


@pytest.fixture
def embedded(store: Store, tmp_path: Path) -> Iterator[Site]:
    with running_site(store, tmp_path, readers=Readers(embedded_in=(NEWS,), proof_of_work=6)) as site:
        yield site


def open_article(site: Site, page: Page) -> None:
    form = plain_form(Pages(site.parts), languages()[0]).replace("ADDRESS OF THE ARTICLE", ARTICLE)
    article = f"<!doctype html><html lang=en><title>A story</title><h1>A story</h1><p>News.</p>{form}"

    def serve(route: Route) -> None:
        route.fulfill(body=article, content_type="text/html; charset=utf-8")

    page.route(ARTICLE, serve)
    page.goto(ARTICLE)


def test_signing_up_inside_an_article(embedded: Site, page: Page, address: str) -> None:
    open_article(embedded, page)
    page.get_by_label("Email address").fill("nonsense")
    page.get_by_role("button", name="SIGN UP").click()
    expect(page.get_by_role("alert")).to_have_text("Please enter a valid email address")
    page.get_by_label("Email address").fill(address)
    page.get_by_role("button", name="SIGN UP").click()
    expect(page.get_by_text("We have sent you an email.")).to_be_visible()
    assert embedded.link_to(address, "/confirm/")


def test_without_scripts_there_is_a_way_back_to_the_article(embedded: Site, page: Page, address: str) -> None:
    open_article(embedded, page)
    page.get_by_label("Email address").fill(address)
    page.get_by_role("button", name="SIGN UP").click()
    expect(page.get_by_text("We have sent you an email.")).to_be_visible()
    if page.url != ARTICLE:
        page.get_by_role("link", name="Back to the article").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A story")


def test_signing_up_in_a_frame(embedded: Site, page: Page, scripts: bool, address: str) -> None:
    frame = f'<iframe src="{embedded.base}/embed?lang=en" width=600 height=600></iframe>'
    article = f"<!doctype html><html lang=en><title>A story</title><h1>A story</h1>{frame}"
    page.route(ARTICLE, lambda route: route.fulfill(body=article, content_type="text/html; charset=utf-8"))
    # The browser itself would not let a page that it takes for one of the public net into this machine's frames.
    page.route(f"{embedded.base}/embed*", lambda route: route.fulfill(response=route.fetch()))
    page.goto(ARTICLE)
    form = page.frame_locator("iframe")
    form.get_by_label("Email address").fill(address)
    form.get_by_role("button", name="SIGN UP").click()
    assert embedded.link_to(address, "/confirm/")
    if not scripts:  # the frame sends the reader to a page of the newsroom's
        page.wait_for_url(f"{embedded.base}/**")
    asked = form if scripts else page
    expect(asked.get_by_text("We have sent you an email.")).to_be_visible()
