"""The desk in a real browser: an editor at 5 a.m. with a phone, with and without scripts, with the keyboard alone."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.desk_pictures import a_story
from tests.fakes.site import Site, signed_up
from tests.fakes.stories import alert
from tests.fakes.wire import wire_to
from tocsin.desk import people
from tocsin.desk.grace import end_grace
from tocsin.jobs.port import Job
from tocsin.model import DeliveryState, Draft, Reason
from tocsin.store.alerts import VersionState, add_version, schedule_version, version_of
from tocsin.store.audit import entries
from tocsin.store.deliveries import tally
from tocsin.store.merges import merges_waiting
from tocsin.store.people import Role, person_named
from tocsin.wiring import Parts

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


def story_of(site: Site, version: int) -> str:
    with site.parts.store.read() as connection:
        found = version_of(connection, version)
    assert found is not None
    return found.draft.story


def row_of(page: Page, version: int) -> Locator:
    """Return a version's row of the board."""
    return page.locator(".row").filter(has=page.locator(f'a[href="/desk/versions/{version}"]'))


def bring_in_view(row: Locator) -> None:
    """Scroll to a row at once: one that is renewed while Playwright waits for it to stand still would be an error."""
    row.evaluate("each => each.scrollIntoView({ block: 'nearest' })")


def choose(page: Page, version: int) -> None:
    """Go to a version's row by the keys j and k."""
    radio = row_of(page, version).get_by_role("radio")
    for key in "k" * 20 + "j" * 40:
        if radio.is_checked():
            return
        page.keyboard.press(key)
    raise AssertionError("the keys do not lead to it")


def over(site: Site, version: int) -> None:
    """Let the moment in which a send can be undone be over."""
    later = replace(site.parts, clock=lambda: site.parts.clock() + timedelta(seconds=30))
    end_grace(later, Job("grace", str(version), 1))


def log_in(site: Site, page: Page, name: str, code: str | None = None) -> None:
    page.goto(f"{site.base}/desk")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    if code is not None:
        page.get_by_label("Code of your second factor").fill(code)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state("load")


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


def test_it_is_dropped_from_the_board_and_the_drop_is_undone(site: Site, page: Page, scripts: bool) -> None:
    version = held(site)
    log_in(site, page, somebody(site, Role.EDITOR))
    row_of(page, version).get_by_role("radio").check()
    page.get_by_role("button", name="Drop").click()
    told = page.locator("#told" if scripts else "#before")
    expect(told).to_contain_text("Dropped, it is not sent")
    assert state(site, version) is VersionState.DROPPED
    undo = page.get_by_role("button", name="Undo")
    if scripts:
        undo.click()
    else:  # what the new page tells is first, and Undo one key further
        expect(told.get_by_role("status")).to_be_focused()
        page.keyboard.press("Tab")
        expect(undo).to_be_focused()
        page.keyboard.press("Enter")
    expect(told).to_contain_text("waits for a decision")
    assert state(site, version) is VersionState.HELD
    expect(page.get_by_role("button", name="Send")).to_have_count(0)  # an editor drops, an approver sends


def test_a_held_story_is_sent_with_the_keyboard_alone_and_can_be_undone(
    site: Site, scripted: Page, address: str
) -> None:
    signed_up(site, address)
    version = held(site)
    log_in(site, scripted, somebody(site))
    choose(scripted, version)
    scripted.keyboard.press("s")
    expect(scripted.locator("#told")).to_contain_text("Leaves for")
    scripted.keyboard.press("u")
    expect(scripted.locator("#told")).to_contain_text("Taken back")
    over(site, version)
    assert (state(site, version), sent_to(site, version)) == (VersionState.HELD, 0)
    bring_in_view(row_of(scripted, version))
    scripted.keyboard.press("s")
    expect(scripted.locator("#told")).to_contain_text("Leaves for")
    over(site, version)
    expect(row_of(scripted, version)).to_contain_text("leaving")
    assert state(site, version) is VersionState.SENDING
    assert sent_to(site, version) >= 1


def test_one_key_holds_what_would_send_itself(site: Site, scripted: Page) -> None:
    version, now = held(site), site.parts.clock()
    with site.parts.store.write() as connection:
        schedule_version(connection, version, now + timedelta(minutes=5), "rules")
    log_in(site, scripted, somebody(site, Role.EDITOR))
    expect(row_of(scripted, version)).to_contain_text("sends itself in 4:5")
    choose(scripted, version)
    scripted.keyboard.press("h")
    expect(row_of(scripted, version)).not_to_contain_text("sends itself")
    expect(scripted.locator("#told")).to_contain_text("Held")


def test_two_stories_are_merged_with_the_keyboard(site: Site, scripted: Page) -> None:
    for story in ("older", "newest"):
        a_story(site, story, ((f"{story} Post", f"What {story} says of the bridge"),))
    log_in(site, scripted, somebody(site, Role.EDITOR))
    for story in ("newest", "older"):
        scripted.locator(f"#row-{story}").get_by_role("radio").check()
        scripted.keyboard.press("m")
    expect(scripted.locator("#told")).to_contain_text("Merged")
    with site.parts.store.read() as connection:
        (merge,) = merges_waiting(connection)
    assert (merge.one, merge.other) == ("newest", "older")


def test_the_keys_are_shown_and_enter_opens_what_is_chosen(site: Site, scripted: Page) -> None:
    version = held(site)
    log_in(site, scripted, somebody(site))
    expect(scripted.locator("#board")).to_be_visible()
    scripted.keyboard.press("?")
    expect(scripted.get_by_text("undo what has not left")).to_be_visible()
    choose(scripted, version)
    scripted.keyboard.press("Enter")
    scripted.wait_for_url(f"**/desk/versions/{version}")
    assert state(site, version) is VersionState.HELD


def test_a_viewer_looks_and_cannot_send(site: Site, page: Page) -> None:
    version = held(site)
    log_in(site, page, somebody(site, Role.VIEWER))
    page.goto(f"{site.base}/desk/versions/{version}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    page.goto(f"{site.base}/desk")
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
    page.get_by_label("Your password").first.fill(PASSWORD)
    page.get_by_role("button", name="Set one up").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).at(site.parts.clock()))
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


def test_recovery_codes_are_renewed_for_the_password_and_the_old_ones_open_nothing(site: Site, page: Page) -> None:
    name = somebody(site)
    log_in(site, page, name)
    page.goto(f"{site.base}/desk/account")
    page.get_by_label("Your password").first.fill(PASSWORD)
    page.get_by_role("button", name="Set one up").click()
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).at(site.parts.clock()))
    page.get_by_role("button", name="Put it in force").click()
    old = page.locator(".codes li").first.inner_text()
    page.goto(f"{site.base}/desk/account")
    page.get_by_text("New recovery codes").click()
    page.get_by_label("Your password").first.fill("a guess")
    page.get_by_role("button", name="Make ten new ones").click()
    expect(page.get_by_role("alert")).to_contain_text("your own password")
    page.get_by_text("New recovery codes").click()
    page.get_by_label("Your password").first.fill(PASSWORD)
    page.get_by_role("button", name="Make ten new ones").click()
    expect(page.locator(".codes li")).to_have_count(10)
    new = page.locator(".codes li").first.inner_text()
    page.get_by_role("button", name="End all of them").click()
    log_in(site, page, name, old)
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in to the desk")
    log_in(site, page, name, new)
    expect(page.get_by_role("navigation", name="Desk")).to_contain_text(name)
    with site.parts.store.read() as connection:
        acts = [entry.act for entry in entries(connection) if entry.who == name]
    assert "new recovery codes" in acts


def test_an_ended_session_is_out_at_once(site: Site, page: Page) -> None:
    name = somebody(site)
    log_in(site, page, name)
    expect(page.get_by_role("navigation", name="Desk")).to_contain_text(name)
    people.change_role(site.parts, name=name, role=Role.EDITOR, by="test")
    page.goto(f"{site.base}/desk")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in to the desk")


def test_a_session_that_ended_before_the_button_was_pressed_is_told_and_leads_back(site: Site, page: Page) -> None:
    version, name = held(site), somebody(site)
    log_in(site, page, name)
    page.goto(f"{site.base}/desk/versions/{version}")
    people.change_role(site.parts, name=name, role=Role.APPROVER, by="test")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing was done")
    assert state(site, version) is VersionState.HELD
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Send it")).to_be_visible()
    assert page.url == f"{site.base}/desk/versions/{version}"


def test_a_key_pressed_without_a_connection_is_told_not_to_have_an_answer(site: Site, scripted: Page) -> None:
    version = held(site)
    log_in(site, scripted, somebody(site))
    row_of(scripted, version).get_by_role("radio").check()
    scripted.context.set_offline(True)
    scripted.get_by_role("button", name="Drop").click()
    expect(scripted.get_by_role("alert").filter(has_text="No answer")).to_contain_text(alert().headline)
    assert state(site, version) is VersionState.HELD
    scripted.context.set_offline(False)
    scripted.get_by_role("button", name="Drop").click()
    expect(scripted.locator("#told")).to_contain_text("Dropped, it is not sent")


def test_a_new_story_appears_within_a_second_also_after_a_lost_connection(site: Site, scripted: Page) -> None:
    with wire_to(int(site.base.rpartition(":")[2])) as wire:
        log_in(replace(site, parts=based(site, f"http://127.0.0.1:{wire.port}")), scripted, somebody(site))
        expect(scripted.locator("#board")).to_be_visible()
        scripted.wait_for_timeout(500)
        began = time.monotonic()
        first = held(site)
        row_of(scripted, first).wait_for()
        assert time.monotonic() - began < 1.0
        wire.cut()
        second = held(site)
        expect(scripted.get_by_text("The connection is lost")).to_be_visible()
        expect(row_of(scripted, second)).to_have_count(0)
        wire.mend()
        expect(row_of(scripted, second)).to_be_visible(timeout=15_000)
        expect(row_of(scripted, first)).to_be_visible()
        expect(scripted.get_by_text("The connection is lost")).to_be_hidden()


def based(site: Site, base: str) -> Parts:
    """Return a site's parts as if it were at another address."""
    settings = site.parts.settings
    return replace(
        site.parts, settings=settings.model_copy(update={"web": settings.web.model_copy(update={"base_url": base})})
    )


def test_wrong_passwords_are_told_and_then_wait(site: Site, page: Page) -> None:
    page.goto(f"{site.base}/desk/login")
    page.get_by_label("Name").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("name, password or code is not right")
    expect(page.get_by_label("Name")).to_have_value("nobody")
