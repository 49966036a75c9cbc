"""An editor changes a draft, in a browser without scripts, by keyboard, and beside another editor."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_desk import held, log_in, scripted, somebody, state
from tests.desk.test_editing import drafted
from tests.fakes.site import Site, signed_up
from tests.fakes.stories import alert
from tocsin.alerts.own_words import LABEL
from tocsin.store.alerts import VersionState, version_of
from tocsin.store.people import Role

__all__ = ("scripted",)
pytestmark = pytest.mark.browser


def test_a_draft_is_cut_with_the_keyboard_alone_and_sent_as_it_was_cut(site: Site, page: Page, address: str) -> None:
    signed_up(site, address)
    version = held(site)
    log_in(site, page, somebody(site))
    page.goto(f"{site.base}/desk/versions/{version}/edit")
    page.locator('input[name="statement"]').first.focus()
    page.keyboard.press("Space")
    page.get_by_label("The desk’s own note").focus()
    page.keyboard.type("We have asked the operator.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Changed by an editor")).to_be_visible()
    expect(page.frame_locator(".mail.light").get_by_text("We have asked the operator.")).to_be_visible()
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("status")).to_contain_text("On its way to")
    with site.parts.store.read() as connection:
        sent = version_of(connection, version)
    assert sent is not None
    assert alert().statements[0] not in sent.draft.statements
    assert len(sent.draft.statements) == len(alert().statements) - 1


def test_who_looked_at_the_draft_of_before_is_stopped(site: Site, page: Page, browser: Browser, address: str) -> None:
    signed_up(site, address)
    version = held(site)
    log_in(site, page, somebody(site))
    page.goto(f"{site.base}/desk/versions/{version}")
    second = browser.new_context(java_script_enabled=False).new_page()
    editor = somebody(site, Role.EDITOR)
    log_in(site, second, editor)
    second.goto(f"{site.base}/desk/versions/{version}/edit")
    second.get_by_role("radio", name="Villages cleared as Alderton dam fails").check()
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_role("alert")).to_contain_text("is not from The Alder Courier")
    expect(second.get_by_role("radio", name="Villages cleared as Alderton dam fails")).to_be_checked()
    for box in second.get_by_role("group", name="What happened, by Northern Wire").get_by_role("checkbox").all():
        box.uncheck()
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("Villages cleared as Alderton dam fails")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("alert")).to_contain_text(editor)
    assert state(site, version) is VersionState.HELD
    expect(page.get_by_role("heading", level=1)).to_have_text("Villages cleared as Alderton dam fails")
    second.context.close()


def test_an_article_about_something_else_is_left_out_of_the_mail(site: Site, scripted: Page) -> None:
    with site.parts.store.write() as connection:
        version = drafted(connection, site.parts.clock())
    page = scripted
    log_in(site, page, somebody(site))
    page.goto(f"{site.base}/desk/versions/{version}")
    mail = page.frame_locator(".mail.light")
    expect(mail.get_by_text("3 independent origins")).to_be_visible()
    page.get_by_role("link", name="Edit the draft").click()
    page.get_by_text("An article is about something else").click()
    page.get_by_label("Lorry closes ring road at Riverton").last.check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Changed by an editor")).to_be_visible()
    expect(mail.get_by_text("2 independent origins")).to_be_visible()
    expect(mail.get_by_text("Coast Radio")).to_have_count(0)


def test_the_desks_own_words_are_edited_as_words(site: Site, page: Page) -> None:
    version = held(site, label=LABEL)
    log_in(site, page, somebody(site, Role.EDITOR))
    page.goto(f"{site.base}/desk/versions/{version}/edit")
    page.get_by_label("Who says so").fill("the harbour master")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("the harbour master").first).to_be_visible()
