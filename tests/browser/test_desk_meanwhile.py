"""What happens at the desk while a page of it is open: a send goes on, a session ends, somebody else acts."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from tests.browser.test_desk import PASSWORD, held, log_in, row_of, scripted, somebody, state
from tests.fakes.site import Site, signed_up
from tests.fakes.stories import hebrew
from tocsin.desk import people
from tocsin.desk.approval import amend
from tocsin.model import VersionKind
from tocsin.store.alerts import VersionState, schedule_version, version_of, versions, versions_of
from tocsin.store.deliveries import expire_waiting
from tocsin.store.people import Role

__all__ = ("scripted",)
pytestmark = pytest.mark.browser


def test_the_figures_of_a_send_renew_themselves(site: Site, scripted: Page, address: str) -> None:
    signed_up(site, address)
    version = held(site)
    log_in(site, scripted, somebody(site))
    scripted.goto(f"{site.base}/desk/versions/{version}")
    scripted.get_by_role("button", name="Send it").click()
    expect(scripted.locator("#progress")).to_contain_text("0 % settled")
    with site.parts.store.write() as connection:
        expire_waiting(connection, version)
    expect(scripted.locator("#progress")).to_contain_text("100 % settled")


def test_a_board_whose_session_has_ended_leads_to_the_log_in(site: Site, scripted: Page) -> None:
    name = somebody(site)
    log_in(site, scripted, name)
    expect(scripted.locator("#board")).to_be_visible()
    people.change_role(site.parts, name=name, role=Role.EDITOR, by="test")
    expect(scripted.get_by_role("heading", level=1)).to_have_text("Log in to the desk")


def test_what_was_sent_is_told_once_and_a_reload_sends_nothing(site: Site, page: Page, address: str) -> None:
    signed_up(site, address)
    version = held(site)
    log_in(site, page, somebody(site))
    page.goto(f"{site.base}/desk/versions/{version}")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("status")).to_contain_text("On its way to")
    assert page.url == f"{site.base}/desk/versions/{version}"
    page.get_by_text("It was wrong").click()
    page.get_by_label("What was wrong, and what is right").fill("Four people were hurt, not fourteen.")
    page.get_by_role("button", name="Send the correction").click()
    expect(page.get_by_role("status")).to_contain_text("The correction is on its way to")
    page.reload()
    expect(page.get_by_text("The correction is on its way to")).to_have_count(0)
    assert len(kinds_of(site, version)) == 2


def test_a_correction_that_somebody_sent_meanwhile_is_not_sent_twice_and_the_words_are_kept(
    site: Site, page: Page, address: str
) -> None:
    signed_up(site, address)
    version, other = held(site), "somebody else"
    log_in(site, page, somebody(site))
    page.goto(f"{site.base}/desk/versions/{version}")
    page.get_by_role("button", name="Send it").click()
    page.get_by_text("It was wrong").click()
    note = page.get_by_label("What was wrong, and what is right")
    note.fill("Four people were hurt, not fourteen.")
    with site.parts.store.write() as connection:
        amend(site.parts, connection, version, VersionKind.CORRECTION, note="Four.", by=other, at=site.parts.clock())
    page.get_by_role("button", name="Send the correction").click()
    expect(page.get_by_role("alert")).to_contain_text("a correction by somebody else")
    assert kinds_of(site, version) == ["alert", "correction"]
    expect(note).to_be_visible()
    expect(note).to_have_value("Four people were hurt, not fourteen.")
    page.get_by_role("button", name="Send the correction").click()
    expect(page.get_by_role("status")).to_contain_text("The correction is on its way to")


def kinds_of(site: Site, version: int) -> list[str]:
    with site.parts.store.read() as connection:
        found = version_of(connection, version)
        assert found is not None
        return [str(each.kind) for each in versions_of(connection, found.alert)]


def test_a_key_for_a_row_that_has_gone_meets_no_other_row(site: Site, scripted: Page) -> None:
    first, second = held(site), held(site)
    log_in(site, scripted, somebody(site, Role.EDITOR))
    row_of(scripted, second).get_by_role("radio").check()
    with site.parts.store.write() as connection:
        long_ago = site.parts.clock() - timedelta(days=2)
        gone = {"state": VersionState.DROPPED, "decided_at": long_ago}
        connection.execute(update(versions).where(versions.c.id == second).values(gone))
    expect(row_of(scripted, second)).to_have_count(0)
    third = held(site)
    expect(row_of(scripted, third)).to_be_visible()
    scripted.keyboard.press("d")
    expect(scripted.locator("#told")).to_contain_text("Choose a story first")
    assert [state(site, each) for each in (first, third)] == [VersionState.HELD] * 2


def test_what_is_left_is_told_by_the_clock_of_the_service(site: Site, scripted: Page) -> None:
    version, now = held(site), site.parts.clock()
    with site.parts.store.write() as connection:
        schedule_version(connection, version, now + timedelta(minutes=5), "rules")
    scripted.clock.set_fixed_time(now + timedelta(minutes=20))
    log_in(site, scripted, somebody(site, Role.EDITOR))
    expect(row_of(scripted, version)).to_contain_text("sends itself in 4:5")


def test_a_browser_is_offered_as_a_bell(site: Site, scripted: Page) -> None:
    faults: list[object] = []
    scripted.on("pageerror", lambda error: faults.append(error.message))
    log_in(site, scripted, somebody(site, Role.EDITOR))
    scripted.goto(f"{site.base}/desk/duty")
    expect(scripted.get_by_role("button", name="Ring this browser instead")).to_be_visible()
    assert faults == []


FAKE_PUSH = """
  const given = (key) => ({
    options: { applicationServerKey: key.buffer },
    toJSON: () => ({ endpoint: "https://push.example/1", keys: { p256dh: `key${key.length}`, auth: "auth" } }),
    unsubscribe: async () => { window.left = true; window.before = null; },
  });
  window.before = given(new Uint8Array([4, 1, 2, 3]));
  PushManager.prototype.getSubscription = async () => window.before;
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    if (window.before) throw new DOMException("a subscription with another key exists", "InvalidStateError");
    return given(applicationServerKey);
  };
"""
"""A push service is not to be had offline: what the browser asks of it is answered here, as RFC 8030's would."""


def test_a_browser_that_was_added_under_another_key_is_added_anew(site: Site, scripted: Page) -> None:
    log_in(site, scripted, somebody(site, Role.EDITOR))
    scripted.add_init_script(FAKE_PUSH)
    scripted.goto(f"{site.base}/desk/duty")
    scripted.get_by_role("button", name="Ring this browser instead").click()
    expect(scripted.get_by_label("Channel")).to_have_value("webpush+https://push.example/1#p256dh=key65&auth=auth")
    assert scripted.evaluate("window.left") is True


def test_a_browser_that_may_not_ring_says_what_to_do(site: Site, scripted: Page) -> None:
    log_in(site, scripted, somebody(site, Role.EDITOR))
    scripted.add_init_script('Object.defineProperty(Notification, "permission", { get: () => "denied" });')
    scripted.goto(f"{site.base}/desk/duty")
    scripted.get_by_role("button", name="Ring this browser instead").click()
    expect(scripted.locator("#this-browser")).to_contain_text("allow notifications in its settings")
    expect(scripted.get_by_label("Channel")).to_have_value("")


def test_a_browser_that_cannot_ring_says_why(site: Site, scripted: Page) -> None:
    log_in(site, scripted, somebody(site, Role.EDITOR))
    scripted.add_init_script("delete window.PushManager;")
    scripted.goto(f"{site.base}/desk/duty")
    expect(scripted.locator("#this-browser")).to_contain_text("the desk on the home screen")
    expect(scripted.get_by_role("button", name="Ring this browser instead")).to_be_hidden()


def test_a_word_without_end_makes_no_page_wider_than_a_phone(site: Site, scripted: Page) -> None:
    word = "W" * 80
    version = held(site, headline=word, subject=word, lock_screen=word, paragraphs=(word,))
    log_in(site, scripted, somebody(site))
    for page in (f"/desk/versions/{version}", f"/desk/versions/{version}/edit", "/desk"):
        scripted.goto(site.base + page)
        assert scripted.evaluate("document.documentElement.scrollWidth") <= 360, page


def test_a_headline_in_hebrew_is_written_from_right_to_left(site: Site, scripted: Page) -> None:
    draft = hebrew()
    version = held(site, headline=draft.headline, language=draft.language)
    log_in(site, scripted, somebody(site))
    way = "each => getComputedStyle(each).direction"
    assert row_of(scripted, version).locator("h2").evaluate(way) == "rtl"
    scripted.goto(f"{site.base}/desk/versions/{version}")
    assert scripted.get_by_role("heading", level=1).evaluate(way) == "rtl"


def test_words_typed_into_a_form_that_came_too_late_are_there_again_after_logging_in(
    site: Site, scripted: Page
) -> None:
    version, name, words = held(site), somebody(site), "The mayor has called since."
    page, edit = scripted, f"{site.base}/desk/versions/{version}/edit"
    log_in(site, page, name)
    page.goto(edit)
    note = page.get_by_label("The desk’s own note")
    note.fill(words)
    people.change_role(site.parts, name=name, role=Role.APPROVER, by="test")
    page.get_by_role("button", name="Save and look at it").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing was done")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Edit the draft").click()
    expect(note).to_have_value(words)
    expect(page.get_by_role("status")).to_contain_text("not saved yet")
    page.get_by_role("button", name="Save and look at it").click()
    expect(page.get_by_role("heading", name="Decide")).to_be_visible()
    page.goto(edit)
    expect(note).to_have_value(words)
    expect(page.get_by_text("not saved yet")).to_have_count(0)
