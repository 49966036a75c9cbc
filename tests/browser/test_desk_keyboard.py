"""The desk without a mouse, and under a thumb: focus is seen and stays, nothing moves away, nothing unseen is sent."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.desk_pictures import a_story, furnished
from tests.browser.desk_pictures import log_in as log_in_furnished
from tests.browser.desk_pictures import version as waiting
from tests.browser.test_desk import bring_in_view, held, log_in, row_of, scripted, somebody, state
from tests.fakes.site import Site
from tests.fakes.stories import alert
from tocsin.desk.grace import hold
from tocsin.store.alerts import VersionState, schedule_version
from tocsin.store.people import Role

__all__ = ("scripted",)
pytestmark = pytest.mark.browser

# What has the focus: out of sight, under something else, or without an outline.
FAULTS = """() => {
  const each = document.activeElement, label = each.labels?.[0] ?? each, box = label.getClientRects()[0];
  if (each === document.body) return null;
  const told = `${each.localName} “${(each.textContent || each.name || each.title).trim().slice(0, 40)}”`;
  const x = Math.min(Math.max(box.left + 8, 1), innerWidth - 1), y = box.top + Math.min(box.height, 40) / 2;
  const there = document.elementFromPoint(x, y);
  const style = getComputedStyle(each);
  const faults = [];
  if (each.localName === "iframe") return { told, faults };  // a link within it has the focus
  if (y < 0 || y > innerHeight) faults.push("out of sight");
  else if (!label.contains(there) && !there?.contains(label)) faults.push(`under ${there?.className}`);
  if (each.localName !== "main" && style.outlineStyle === "none") faults.push("no outline");
  return { told, faults };
}"""


@pytest.fixture(scope="module")
def desk() -> Iterator[tuple[Site, dict[str, str]]]:
    with furnished() as found:
        for number in range(12):
            a_story(found[0], "m" * (12 + number), ((f"Paper {number}", f"Story {number} of the day, about a bridge"),))
        yield found


def test_the_focus_is_always_seen_and_leaves_every_page(desk: tuple[Site, dict[str, str]], browser: Browser) -> None:
    site, pages = desk
    found: dict[str, list[str]] = {}
    with browser.new_context(viewport={"width": 360, "height": 640}) as context:
        page = context.new_page()
        log_in_furnished(site, page)
        for name, path in pages.items():
            page.goto(site.base + path)
            if name != "board":
                page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
            found[name] = faults_of_a_walk(page)
    assert {name: faults for name, faults in found.items() if faults} == {}


def faults_of_a_walk(page: Page) -> list[str]:
    """Tab through a page and return what was wrong with the focus on the way; it must come to an end."""
    faults: list[str] = []
    for _ in range(250):
        page.keyboard.press("Tab")
        at = page.evaluate(FAULTS)
        if at is None:
            return faults
        faults += [f"{at['told']}: {fault}" for fault in at["faults"]]
    return [*faults, "the focus does not leave the page"]


def changed(site: Site, version: int, minutes: int = 5) -> None:
    """Let a version's row change: it sends itself in so many minutes."""
    with site.parts.store.write() as connection:
        schedule_version(connection, version, site.parts.clock() + timedelta(minutes=minutes), "rules")


def unchanged(site: Site, version: int) -> None:
    with site.parts.store.write() as connection:
        hold(connection, version, by="test", at=site.parts.clock())


def test_a_row_that_is_renewed_keeps_the_focus_on_the_same_link(site: Site, scripted: Page) -> None:
    a_story(site, "focused", (("Bay Post", "What the Bay Post says of the ferry"),))
    version = waiting(site, replace(alert(), story="focused"))
    log_in(site, scripted, somebody(site))
    row = scripted.locator("#row-focused")
    for focused in (row.get_by_role("heading").get_by_role("link"), row.locator("summary").first):
        focused.focus()
        changed(site, version)
        expect(row).to_contain_text("sends itself")
        expect(focused).to_be_focused()
        unchanged(site, version)
        expect(row).not_to_contain_text("sends itself")
        expect(focused).to_be_focused()


def test_a_head_that_is_renewed_keeps_the_focus(site: Site, scripted: Page) -> None:
    log_in(site, scripted, somebody(site))
    link = scripted.get_by_role("link", name="Say who is awake")
    link.focus()
    before = scripted.locator("#head h1").inner_text()
    held(site)
    expect(scripted.locator("#head h1")).not_to_have_text(before)
    expect(link).to_be_focused()


def top_of(row: Locator) -> float:
    return float(row.evaluate("each => each.getBoundingClientRect().top"))


def test_what_comes_in_above_moves_nothing_under_the_thumb_and_is_told(site: Site, scripted: Page) -> None:
    for _ in range(12):
        held(site)
    log_in(site, scripted, somebody(site))
    row = scripted.locator("#rows .row").last
    row.get_by_role("radio").check()
    bring_in_view(row)
    before = top_of(row)
    newest = held(site, headline="A dam has burst above the town")
    changed(site, newest)
    expect(row_of(scripted, newest)).to_contain_text("sends itself in")
    expect(scripted.locator("#above")).to_contain_text("A dam has burst above the town")
    assert abs(top_of(row) - before) < 2
    scripted.get_by_role("link", name="New above").click()
    expect(row_of(scripted, newest)).to_be_in_viewport()


def test_a_story_out_of_sight_is_not_sent(site: Site, scripted: Page) -> None:
    versions = [held(site) for _ in range(12)]
    log_in(site, scripted, somebody(site))
    row_of(scripted, versions[0]).get_by_role("radio").check()
    bring_in_view(row_of(scripted, versions[10]))
    scripted.mouse.wheel(0, 2000)
    expect(row_of(scripted, versions[0])).not_to_be_in_viewport()
    scripted.get_by_role("button", name="Drop").click()
    expect(scripted.locator("#told")).to_contain_text("out of sight")
    assert {state(site, each) for each in versions} == {VersionState.HELD}
    expect(row_of(scripted, versions[0])).to_be_in_viewport()
    scripted.get_by_role("button", name="Drop").click()
    expect(scripted.locator("#told")).to_contain_text("Dropped")
    assert state(site, versions[0]) is VersionState.DROPPED


def test_letters_can_be_switched_off(site: Site, scripted: Page) -> None:
    version = held(site)
    log_in(site, scripted, somebody(site, Role.EDITOR))
    scripted.keyboard.press("?")
    scripted.get_by_label("Letters act").uncheck()
    scripted.reload()
    row_of(scripted, version).get_by_role("radio").check()
    scripted.keyboard.press("d")
    scripted.get_by_role("button", name="Hold").click()
    expect(scripted.locator("#told")).to_contain_text("Held")
    assert state(site, version) is VersionState.HELD


def test_escape_puts_the_menu_away(site: Site, scripted: Page) -> None:
    log_in(site, scripted, somebody(site))
    menu = scripted.locator(".deskmenu")
    scripted.get_by_text("Menu").press("Enter")
    expect(menu.get_by_role("link", name="Status")).to_be_visible()
    scripted.keyboard.press("Tab")
    scripted.keyboard.press("Escape")
    expect(menu.get_by_role("link", name="Status")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_after_an_act_the_focus_is_on_what_it_came_to(site: Site, page: Page) -> None:
    version = held(site)
    log_in(site, page, somebody(site))
    page.goto(f"{site.base}/desk/versions/{version}")
    page.get_by_role("button", name="Drop it").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Dropped")
    expect(page.get_by_role("status")).to_be_focused()


def test_enter_opens_the_chosen_story(site: Site, page: Page) -> None:
    version = held(site)
    log_in(site, page, somebody(site))
    row_of(page, version).get_by_role("radio").check()
    row_of(page, version).get_by_role("radio").press("Enter")
    page.wait_for_url(f"**/desk/versions/{version}")
