"""A real Chromium, with and without JavaScript."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.lacks import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a headless Chromium. Its event loop runs in this thread while it is there: for one file's tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=["scripts", "no scripts"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """Give a page in a fresh context: the test runs once with JavaScript and once without."""
    context = browser.new_context(java_script_enabled=request.param == "scripts", locale="en-GB")
    context.set_default_timeout(10_000)
    page = context.new_page()
    yield page
    context.close()
