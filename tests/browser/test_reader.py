"""A reader signs up, confirms, and leaves, in a real browser; all works without scripts too."""

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.site import Site
from tocsin.store.subscribers import SubscriberState
from tocsin.subscribers.signing_up import reader_of

pytestmark = pytest.mark.browser

ERROR = "Please enter a valid email address"
THANKS = "Thanks for signing up to the Breaking News email"


def test_the_form_of_the_example(site: Site, page: Page) -> None:
    page.goto(site.base)
    call = "For free real time breaking news alerts sent straight to your inbox sign up to our breaking news emails"
    expect(page.get_by_text(call)).to_be_visible()
    offers = page.get_by_label("I would like to be emailed about offers, events and updates from The Daily Test")
    expect(offers).not_to_be_checked()
    expect(page.get_by_role("button", name="SIGN UP")).to_be_visible()
    page.get_by_role("link", name="Read our privacy notice").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Privacy notice")


@pytest.mark.parametrize("typed", ["", "not an address", "two@@signs.example", "reader@", "reader@nowhere"])
def test_the_error_stands_in_place_and_is_tied_to_the_field(site: Site, page: Page, typed: str) -> None:
    page.goto(f"{site.base}/signup")
    field = page.get_by_label("Email address")
    field.fill(typed)
    page.get_by_role("button", name="SIGN UP").click()
    expect(page.locator("#email-problem")).to_have_text(ERROR)
    field = page.get_by_label("Email address")
    expect(field).to_have_accessible_description(ERROR)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(field).to_have_value(typed)


def test_sign_up_confirm_and_unsubscribe(site: Site, page: Page, address: str) -> None:
    page.goto(site.base)
    page.get_by_label("Email address").fill(address)
    page.get_by_role("button", name="SIGN UP").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    # The browser that signed up need only open the link.
    page.goto(site.link_to(address, "/confirm/"))
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
    preferences = page.get_by_role("link", name="Choose what you get, and when").get_attribute("href")
    assert preferences is not None
    token = preferences.rpartition("/")[2]
    page.goto(f"{site.base}/unsubscribe/{token}")
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are unsubscribed")
    reader = reader_of(site.parts, token)
    assert reader is not None
    assert reader.state is SubscriberState.UNSUBSCRIBED


def test_another_browser_confirms_by_one_button(site: Site, page: Page, address: str) -> None:
    page.goto(site.base)
    page.get_by_label("Email address").fill(address)
    page.get_by_role("button", name="SIGN UP").click()
    link = site.link_to(address, "/confirm/")
    page.context.clear_cookies()
    page.goto(link)
    page.get_by_role("button", name="Yes, sign me up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)


def test_with_the_keyboard_alone(site: Site, page: Page, address: str) -> None:
    page.goto(site.base)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(address)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("I would like to be emailed about offers")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    page.context.clear_cookies()
    page.goto(site.link_to(address, "/confirm/"))
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Yes, sign me up")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)
