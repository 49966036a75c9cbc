"""The desk in a real browser: an editor at 5 a.m. with a phone, with and without scripts, with the keyboard alone."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.site import Site, signed_up
from tests.fakes.stories import alert
from tocsin import people
from tocsin.model import DeliveryState, Draft, Reason
from tocsin.store.alerts import VersionState, add_version, version_of
from tocsin.store.deliveries import tally
from tocsin.store.people import Role, person_named

pytestmark = pytest.mark.browser

PASSWORD = "a long and honest one"
GRAVE = Reason("a person decides", "support", holds=False, evidence="a named person's death")
_NUMBERS = count(1)


def somebody(site: Site, role: Role = Role.APPROVER) -> str:
    name = f"{role}{next(_NUMBERS)}"
    people.hire(site.parts, name=name, role=role, password=PASSWORD, by="test")
    return name


def held(site: Site, **more: Any) -> int:
    now = site.parts.clock()
    draft: Draft = replace(alert(), story=f"story{next(_NUMBERS)}", **more)
    with site.parts.store.write() as connection:
        return add_version(
            connection, draft, published_at=now, seen_at=now, decided_at=now, stages={}, held_until=None, reason="test"
        )


def state(site: Site, version: int) -> VersionState:
    with site.parts.store.read() as connection:
        found = version_of(connection, version)
    assert found is not None
    return found.state


def sent_to(site: Site, version: int) -> int:
    with site.parts.store.read() as connection:
        return sum(tally(connection, version).values())


def log_in(site: Site, page: Page, name: str, code: str | None = None) -> None:
    page.goto(f"{site.base}/desk")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    if code is not None:
        page.get_by_label("Code of your second factor").fill(code)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()


@pytest.fixture
def scripted(browser: Browser) -> Iterator[Page]:
    """Give a page with scripts, of the size of a phone."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def test_a_held_story_is_sent(site: Site, page: Page, address: str) -> None:
    signed_up(site, address)
    version = held(site)
    log_in(site, page, somebody(site))
    page.locator(f'a[href="/desk/versions/{version}"]').first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(alert().headline)
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("status")).to_contain_text("On its way to")
    assert state(site, version) is VersionState.SENDING
    assert sent_to(site, version) >= 1


def test_it_is_dropped_from_the_board(site: Site, page: Page) -> None:
    version = held(site)
    log_in(site, page, somebody(site, Role.EDITOR))
    page.locator(f'form[action^="/desk/versions/{version}/drop"] button').click()
    expect(page.locator(f'form[action^="/desk/versions/{version}/drop"]')).to_have_count(0)
    assert state(site, version) is VersionState.DROPPED


def test_a_held_story_is_sent_with_the_keyboard_alone(site: Site, scripted: Page, address: str) -> None:
    signed_up(site, address)
    version = held(site)
    log_in(site, scripted, somebody(site))
    expect(scripted.locator(".row").first).to_be_visible()
    row = scripted.locator(f'.row[data-open="/desk/versions/{version}"]')
    for _ in range(20):
        scripted.keyboard.press("j")
        if row.evaluate("row => row === document.activeElement"):
            break
    scripted.keyboard.press("o")
    expect(scripted.get_by_role("button", name="Send it")).to_be_visible()
    for _ in range(30):
        scripted.keyboard.press("Tab")
        if scripted.evaluate("document.activeElement.textContent") == "Send it":
            break
    scripted.keyboard.press("Enter")
    expect(scripted.get_by_role("status")).to_contain_text("On its way to")
    assert state(site, version) is VersionState.SENDING


def test_a_viewer_looks_and_cannot_send(site: Site, page: Page) -> None:
    version = held(site)
    log_in(site, page, somebody(site, Role.VIEWER))
    page.goto(f"{site.base}/desk/versions/{version}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    answer = page.request.post(f"{site.base}/desk/versions/{version}/approve", form={"mark": "x"})
    assert answer.status == 403
    assert state(site, version) is VersionState.HELD


def test_a_form_of_another_site_changes_nothing(site: Site, page: Page) -> None:
    version = held(site)
    log_in(site, page, somebody(site, Role.ADMIN))
    expect(page.get_by_role("navigation", name="Desk")).to_be_visible()
    for mark in ("", "0" * 40):
        answer = page.request.post(f"{site.base}/desk/versions/{version}/approve", form={"mark": mark})
        assert answer.status == 403
    assert state(site, version) is VersionState.HELD


def test_two_people_are_needed_for_a_named_death(site: Site, page: Page, browser: Browser, address: str) -> None:
    signed_up(site, address)
    version = held(site, reasons=(GRAVE,), origins=())
    log_in(site, page, somebody(site))
    page.goto(f"{site.base}/desk/versions/{version}")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("status")).to_contain_text("waits for 1 more")
    assert sent_to(site, version) == 0
    second = browser.new_context().new_page()
    log_in(site, second, somebody(site))
    second.goto(f"{site.base}/desk/versions/{version}")
    second.get_by_role("button", name="Send it").click()
    expect(second.get_by_role("status")).to_contain_text("On its way to")
    second.context.close()


def test_a_wrong_alert_is_corrected(site: Site, page: Page, address: str) -> None:
    signed_up(site, address)
    version = held(site)
    log_in(site, page, somebody(site))
    page.goto(f"{site.base}/desk/versions/{version}")
    page.get_by_role("button", name="Send it").click()
    page.get_by_text("It was wrong").click()
    page.get_by_label("What was wrong, and what is right").fill("Four people were hurt, not fourteen.")
    page.get_by_role("button", name="Send the correction").click()
    expect(page.get_by_role("status")).to_contain_text("The correction is on its way to")
    with site.parts.store.read() as connection:
        assert tally(connection, version).keys() == {DeliveryState.SUPERSEDED}


def test_a_second_factor_is_set_up_and_a_recovery_code_opens(site: Site, page: Page) -> None:
    name = somebody(site)
    log_in(site, page, name)
    page.goto(f"{site.base}/desk/account")
    page.get_by_role("button", name="Set one up").click()
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Code").fill(pyotp.TOTP(secret).at(site.parts.clock()))
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_role("status")).to_contain_text("It is in force")
    recovery = page.locator(".codes li").first.inner_text()
    page.get_by_role("button", name="End all of them").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in to the desk")
    log_in(site, page, name, recovery)
    expect(page.get_by_role("navigation", name="Desk")).to_contain_text(name)
    with site.parts.store.read() as connection:
        person = person_named(connection, name)
    assert person is not None
    assert person.totp_at is not None


def test_an_ended_session_is_out_at_once(site: Site, page: Page) -> None:
    name = somebody(site)
    log_in(site, page, name)
    expect(page.get_by_role("navigation", name="Desk")).to_contain_text(name)
    people.change_role(site.parts, name=name, role=Role.EDITOR, by="test")
    page.goto(f"{site.base}/desk")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in to the desk")


def test_a_new_story_appears_by_itself_also_after_a_lost_connection(site: Site, scripted: Page) -> None:
    log_in(site, scripted, somebody(site))
    expect(scripted.get_by_role("navigation", name="Desk")).to_be_visible()
    first = held(site)
    expect(scripted.locator(f'.row[data-open="/desk/versions/{first}"]')).to_be_visible()
    scripted.context.set_offline(True)
    second = held(site)
    scripted.wait_for_timeout(1500)
    scripted.context.set_offline(False)
    expect(scripted.locator(f'.row[data-open="/desk/versions/{second}"]')).to_be_visible()


def test_wrong_passwords_are_told_and_then_wait(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/desk/login")
    page.get_by_label("Name").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("name, password or code is not right")
    expect(page.get_by_label("Name")).to_have_value("nobody")
