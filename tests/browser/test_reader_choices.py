"""A reader chooses, stops, leaves, and takes or erases all that is kept, with the keyboard alone; scripts or none."""

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fakes.site import Site, signed_up
from tests.fakes.stories import AT, alert, told
from tocsin.readers.interests import Interest, InterestKind
from tocsin.store.subscribers import Subscriber, SubscriberState
from tocsin.subscribers.signing_up import preferences_of, reader_of, stops_of_reader

pytestmark = pytest.mark.browser

MOST_TABS = 150


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until ``wanted`` has the focus."""
    for _ in range(MOST_TABS):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {wanted}")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    reach(page, wanted)
    page.keyboard.press(key)


def reader(site: Site, token: str) -> Subscriber:
    found = reader_of(site.parts, token)
    assert found is not None
    return found


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def test_preferences_are_chosen_kept_and_shown_again(site: Site, page: Page, address: str) -> None:
    token = signed_up(site, address)
    page.goto(f"{site.base}/preferences/{token}")
    press(page, page.get_by_label("All breaking news", exact=True), "Space")
    press(page, page.locator("summary", has_text="Topics"))
    press(page, page.locator("input[value='medtop:11000000']"), "Space")
    press(page, page.locator("summary", has_text="Places and phrases"))
    for label, typed in (("Add places", "Kherson\nNowhereatall"), ("Phrases", "nuclear plant")):
        reach(page, page.get_by_label(label))
        page.keyboard.type(typed)
    press(page, page.get_by_label("At once, when it breaks"), "ArrowDown")
    press(page, page.get_by_label("A flash may wake me"), "ArrowUp")
    reach(page, page.get_by_label("At most a day"))
    page.keyboard.type("3")
    press(page, page.get_by_role("button", name="Save"))
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_role("status")).to_contain_text("Nowhereatall")
    expect(page.get_by_label("Phrases")).to_have_value("nuclear plant")
    wanted = preferences_of(site.parts, reader(site, token))
    assert (wanted.pace, wanted.quiet_override, wanted.daily_cap) == ("daily", "none", 3)
    assert set(wanted.interests) == {
        Interest(InterestKind.TOPIC, "medtop:11000000"),
        Interest(InterestKind.PLACE, "UA/Kherson"),
        Interest(InterestKind.PHRASE, "nuclear plant"),
    }


def test_a_story_is_stopped_and_taken_back(site: Site, page: Page, address: str) -> None:
    token, draft = signed_up(site, address), alert(story=f"story-{address}")
    with site.parts.store.write() as connection:
        told(connection, draft, AT)
    page.goto(f"{site.base}/preferences/{token}?stop_story={draft.story}")
    expect(page.get_by_text(draft.headline)).to_be_visible()
    press(page, page.get_by_role("button", name="Stop them"))
    expect(page.get_by_role("status")).to_contain_text("Stopped.")
    assert [stop.value for stop in stops_of_reader(site.parts, reader(site, token).id)] == [draft.story]
    press(page, page.get_by_role("button", name="again"))
    expect(page.get_by_role("status")).to_contain_text("You will get these again.")
    assert stops_of_reader(site.parts, reader(site, token).id) == ()


def test_leaving_takes_one_button_and_offers_another(site: Site, page: Page, address: str) -> None:
    token = signed_up(site, address, offers="on")
    page.goto(f"{site.base}/unsubscribe/{token}")
    press(page, page.get_by_role("button", name="Unsubscribe"))
    expect(heading(page)).to_have_text("You are unsubscribed")
    assert reader(site, token).offers
    press(page, page.get_by_role("button", name="Stop these too"))
    expect(heading(page)).to_have_text("These emails have ended")
    assert not reader(site, token).offers


def test_lost_access_export_move_and_erasure(site: Site, page: Page, address: str) -> None:
    token = signed_up(site, address)
    page.goto(f"{site.base}/link")
    reach(page, page.get_by_label("Email address"))
    page.keyboard.type(address)
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Check your inbox")
    account = site.link_to(address, "/account/")
    page.goto(account)
    expect(page.get_by_text(address)).to_be_visible()
    with page.expect_download() as download:
        press(page, page.get_by_role("button", name="Download everything (JSON)"))
    assert json.loads(download.value.path().read_text(encoding="utf-8"))["subscriber"]["address"] == address
    reach(page, page.get_by_label("New address"))
    page.keyboard.type(f"new-{address}")
    press(page, page.get_by_role("button", name="Send a link there"))
    expect(heading(page)).to_have_text("Check the inbox of the new address")
    page.goto(site.link_to(f"new-{address}", "/move/"))
    press(page, page.get_by_role("button", name="Yes, use this address"))
    expect(heading(page)).to_have_text("Your address is changed")
    assert reader(site, token).address == f"new-{address}"
    page.goto(account)
    press(page, page.get_by_role("button", name="Erase everything"))
    expect(heading(page)).to_have_text("Everything is erased")
    assert (reader(site, token).state, reader(site, token).address) == (SubscriberState.ERASED, None)


def test_the_public_log_and_its_chain_open_without_a_mouse(site: Site, page: Page, address: str) -> None:
    draft = alert(story=f"log-{address}", headline=f"A headline of {address}")
    with site.parts.store.write() as connection:
        told(connection, draft, AT)
    page.goto(f"{site.base}/alerts")
    press(page, page.get_by_role("link", name=draft.headline))
    expect(heading(page)).to_have_text(draft.headline)
