"""What happens at the desk while a page of it is open: a send goes on, a session ends, somebody else acts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_desk import held, log_in, scripted, somebody
from tests.fakes.site import Site, signed_up
from tocsin.desk import people
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
