"""Plays of the desk with the world around it: a drill, a bell that rings, a wrong alert in the middle of its send."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from tests.browser.test_desk import PASSWORD, log_in, row_of, scripted, somebody, state
from tests.conftest import ENGINES
from tests.desk.test_duty import a_bell
from tests.fakes.site import Site, running_site, signed_up
from tests.fakes.stories import alert
from tests.sending.steps import approved, send_version
from tests.test_corrected_midway import received
from tocsin.desk.drills import DRILL, send_drill
from tocsin.desk.duty import ring
from tocsin.jobs.port import Job
from tocsin.settings import Desk, Intake
from tocsin.store.alerts import VersionState, add_version, expire_holds, versions_of
from tocsin.store.deliveries import deliveries
from tocsin.store.engine import Store
from tocsin.store.jobs import jobs

__all__ = ("PASSWORD", "scripted")
pytestmark = pytest.mark.browser

READER, EDITOR = "reader@example.com", "mara@daily.example"
READERS, BEFORE = 20_000, 3_000


@pytest.fixture
def lively(store: Store, tmp_path: Path) -> Iterator[Site]:
    """Give a site with a drill audience that may ring on loopback: the test runs once on each engine."""
    desk, intake = Desk(drill_audience=(EDITOR, READER)), Intake(networks=("127.0.0.0/8",))
    with running_site(store, tmp_path, desk=desk, intake=intake) as site:
        yield site


def aside(act: Callable[[], object]) -> threading.Thread:
    """Do something in a thread of its own: an event loop runs in this one while a browser is there."""
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_a_drill_cannot_reach_a_live_address(lively: Site, page: Page) -> None:
    signed_up(lively, READER)
    before = len(lively.letters_to(READER))
    log_in(lively, page, somebody(lively))
    page.goto(f"{lively.base}/desk/drill")
    expect(page.get_by_role("main")).to_contain_text("left out: a reader has this address")
    page.get_by_role("button", name="Send the DRILL").click()
    expect(page.get_by_role("status")).to_contain_text("DRILL")
    with lively.parts.store.read() as connection:
        waiting = connection.execute(select(jobs.c.payload).where(jobs.c.name == DRILL)).scalars().all()
    for payload in waiting:
        send_drill(lively.parts, Job(DRILL, payload, 1))
    (letter,) = lively.letters_to(EDITOR)
    assert str(letter.message["Subject"]).startswith("[DRILL] ")
    assert len(lively.letters_to(READER)) == before
    with lively.parts.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(deliveries)).scalar_one() == 0


def test_a_hold_rings_a_real_receiver_and_expires(lively: Site, page: Page) -> None:
    log_in(lively, page, somebody(lively))
    with a_bell() as bell:
        page.goto(f"{lively.base}/desk/duty")
        tomorrow = lively.parts.clock() + timedelta(days=1)
        page.get_by_label("Until").fill(f"{tomorrow:%Y-%m-%dT%H:%M}")
        page.get_by_label("Channel").fill(f"{bell.url}/night")
        page.get_by_role("button", name="Put on duty").click()
        expect(page.get_by_text("on duty", exact=True)).to_be_visible()
        version = held_for(lively, timedelta(minutes=1))
        aside(lambda: ring(lively.parts)).join(20)
        assert bell.rung == [("/night", f"alert waits for you: {alert().headline}")]
        page.goto(f"{lively.base}/desk/duty")
        expect(page.get_by_text("rung once")).to_be_visible()
        page.goto(f"{lively.base}/desk")
        expect(row_of(page, version)).to_contain_text(re.compile("0:|until"))
        with lively.parts.store.write() as connection:
            expire_holds(connection, lively.parts.clock() + timedelta(minutes=2))
        page.goto(f"{lively.base}/desk")
        expect(row_of(page, version)).to_contain_text("expired without a decision")
        expect(page.locator("#head")).to_contain_text("1 expired without a decision")
        aside(lambda: ring(lively.parts)).join(20)
        page.goto(f"{lively.base}/desk/duty")
        expect(page.get_by_text("Nothing rings.")).to_be_visible()
    assert len(bell.rung) == 1
    assert state(lively, version) is VersionState.EXPIRED


def held_for(site: Site, span: timedelta) -> int:
    """Keep a version that waits for a decision for so long."""
    now = site.parts.clock()
    with site.parts.store.write() as connection:
        return add_version(
            connection,
            alert(),
            published_at=now,
            seen_at=now,
            decided_at=now,
            stages={},
            held_until=now + span,
            reason="test",
        )


@contextmanager
def a_sink(log: Path) -> Iterator[int]:
    """Run a relay that notes who got what, and give its port."""
    command = [sys.executable, "-m", "tests.fakes.sink", "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sink:
        try:
            assert sink.stdout is not None
            yield int(sink.stdout.readline())
        finally:
            sink.kill()


@pytest.mark.parametrize("engine", ENGINES, scope="module")
def test_a_wrong_alert_is_corrected_in_the_middle_of_a_send_of_20_000(
    store: Store, tmp_path: Path, browser: Browser
) -> None:
    log = tmp_path / "relay.log"
    with a_sink(log) as port, running_site(store, tmp_path) as site, browser.new_context() as context:
        site.parts.settings.mail.port, site.parts.settings.mail.connections = port, 2
        page = context.new_page()
        log_in(site, page, somebody(site))
        wrong = approved(site.parts, READERS)
        page.goto(f"{site.base}/desk/versions/{wrong}")
        page.get_by_text("It was wrong").click()
        page.get_by_label("What was wrong, and what is right").fill("Four people were hurt, not fourteen.")
        sending = aside(lambda: send_version(site.parts, wrong))
        while log.read_bytes().count(b"\n") < BEFORE:
            time.sleep(0.01)
        page.get_by_role("button", name="Send the correction").click()
        expect(page.get_by_role("status")).to_contain_text("The correction is on its way to", timeout=30_000)
        sending.join(60)
        with site.parts.store.read() as connection:
            (right,) = (each.id for each in versions_of(connection, 1) if each.id != wrong)
        aside(lambda: send_version(site.parts, right)).join(60)
        got = received(log, site.parts)
        page.goto(f"{site.base}/desk/versions/{right}")
        expect(page.locator("#progress")).to_contain_text(f"{READERS} accepted")
    assert len(got) == READERS
    both = [one for one in got.values() if one == [wrong, right]]
    only = [one for one in got.values() if one == [right]]
    assert len(both) + len(only) == READERS
    assert BEFORE <= len(both) < READERS
    assert only
