"""A real Chromium, with and without JavaScript."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.lacks import chromium


@pytest.fixture(scope="module", params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    """Name one engine: a page can't know which it is. What both must do is tested without a browser."""
    return str(request.param)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a headless Chromium. Its event loop runs in this thread while it is there: for one file's tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Say whether the page runs JavaScript: the test runs once with it and once without."""
    return bool(request.param)


@pytest.fixture
def page(scripts: bool, browser: Browser) -> Iterator[Page]:
    """Give a page in a fresh context."""
    context = browser.new_context(java_script_enabled=scripts, locale="en-GB")
    context.set_default_timeout(10_000)
    page = context.new_page()
    yield page
    context.close()
