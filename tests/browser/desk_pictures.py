"""Pictures of every page of the desk: ``python -m tests.browser.desk_pictures FOLDER``.

At 360, 800 and 1440 px, light and dark, with a desk that has something to do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.pictures import LOOKS, WIDTHS, Look, site_of_pictures
from tests.fakes.site import Site, signed_up
from tests.fakes.stories import alert, update
from tests.lacks import chromium
from tocsin.alerts.afterwards import Finding
from tocsin.alerts.ringing import Shift
from tocsin.desk import approval as desk
from tocsin.desk import duty, people
from tocsin.model import Article, Band, Draft, Origin, Reason, Route, Source, Verdict
from tocsin.reading.reader import read
from tocsin.store.alerts import add_version, expire_holds, schedule_version
from tocsin.store.duty import set_causes
from tocsin.store.intake import Polling, configure_sources, record_polling
from tocsin.store.people import Role
from tocsin.store.refused import RefusedMail, note_refused
from tocsin.store.rehearsals import begin_rehearsal, end_rehearsal
from tocsin.store.relays import mark_away
from tocsin.store.rests import Rest, rest
from tocsin.store.stories import ReadArticle, add_article, record_verdict
from tocsin.store.watched import Watched, raise_flag
from tocsin.stories.rehearse import Rehearsed, Would

NAME, PASSWORD = "mara", "a long and honest one"
GRAVE = Reason("a person decides", "support", holds=False, evidence="a named person's death")
REASONS = (
    Reason("explosion", points=31.5, evidence="an explosion shook the harbour"),
    Reason("people killed", points=22.0, evidence="at least nine people were killed"),
    Reason("an official says so", points=6.4, evidence="the mayor said"),
    Reason("fresh", "gate", evidence="2 minutes old"),
    Reason("two known origins", "support", holds=False, evidence="one known origin"),
)
REPORTS = (
    ("Harbour Gazette", "Explosion at the north harbour kills nine, mayor says"),
    ("Coast Radio", "Nine dead after blast in harbour, according to the mayor"),
    ("Evening Mail", "Explosion at the north harbour kills nine, mayor says"),
    ("Harbour Gazette", "Harbour blast: what is known"),
)
DAM = (
    ("Northern Wire", "Dam above Alderton breached, four villages evacuated"),
    ("Alder Courier", "Villages cleared as Alderton dam fails"),
    ("Coast Radio", "Dam above Alderton breached, four villages evacuated"),
)
TEXT = (
    "An explosion shook the north harbour on Friday morning. “At least nine people were killed,” the mayor said.\n\n"
    "The fire service said that the fire was under control. Witnesses reported smoke above the grain terminal."
)

KEPT_OUT = (
    ("press@ministry.example", "Statement on the bridge", "it is not signed by ministry.example (DKIM)"),
    ("", "", "no source names this sender in its from = […]"),
    (
        "somebody-with-a-long-address@department-of-long-names.ministry.example",
        "Urgent_statement_without_a_single_space_" * 4,
        "it is signed by elsewhere.example, not by ministry.example",
    ),
)


def furnish(site: Site) -> dict[str, str]:
    """Put something of every kind on the desk and return its pages by name."""
    people.hire(site.parts, name=NAME, role=Role.ADMIN, password=PASSWORD, by="pictures")
    people.hire(site.parts, name="olaf", role=Role.EDITOR, password=PASSWORD, by="pictures")
    signed_up(site, "anna@example.com")
    a_story(site, "harbour", REPORTS)
    listened(site)
    sent = version(site, replace(alert(), story="sent"))
    expired = version(site, replace(alert(), story="expired"), minutes=-1)
    now = site.parts.clock()
    with site.parts.store.write() as connection:
        desk.approve(site.parts, connection, sent, by=NAME, at=now)
        expire_holds(connection, now)
    a_story(site, "dam", DAM)
    held = version(site, replace(alert(), story="dam", band=Band.FLASH, reasons=(GRAVE, *REASONS)))
    soon = version(site, replace(alert(), story="soon", headline="Ferry stays in harbour, operator says"))
    with site.parts.store.write() as connection:
        schedule_version(connection, soon, now + timedelta(seconds=28), desk.RULES)
    newer = version(site, replace(update(), story="newer", reasons=REASONS))
    flagged(site, sent)
    stuck(site)
    return {
        "board": "/desk",
        "story": "/desk/stories/harbour",
        "held": f"/desk/versions/{held}",
        "update": f"/desk/versions/{newer}",
        "edit": f"/desk/versions/{held}/edit",
        "sent": f"/desk/versions/{sent}",
        "expired": f"/desk/versions/{expired}",
        "new": "/desk/new",
        "drill": "/desk/drill",
        "duty": "/desk/duty",
        "people": "/desk/people",
        "sources": "/desk/sources",
        "topics": "/desk/topics",
        "rules": "/desk/rules",
        "rehearsal": f"/desk/rules/{rehearsed(site)}",
        "status": "/desk/alive",
        "reader": "/desk/reader",
        "audit": "/desk/audit",
        "account": "/desk/account",
    }


def flagged(site: Site, sent: int) -> None:
    """Flag the article behind a version that was sent, and put somebody on duty, who rings."""
    now = site.parts.clock()
    page = Watched(sent, "https://wire.example/2026/11/20/alderton-dam", "a1", now, None, ())
    with site.parts.store.write() as connection:
        raise_flag(connection, page, Finding("title", alert().headline, "Sluice above Alderton fails"), now)
        raise_flag(connection, page, Finding("note", "", "Correction: it was the sluice that failed."), now)
        shift = Shift(NAME, now - timedelta(hours=1), now + timedelta(hours=7), "https://ntfy.example/desk")
        duty.put_on_duty(site.parts, connection, shift, by="pictures")
        set_causes(connection, dict(duty.causes(connection, now)), now)


def stuck(site: Site) -> None:
    """Let a domain rest and a relay be left alone."""
    now = site.parts.clock()
    why = "550 5.7.1 mail of your network is not accepted here"
    with site.parts.store.write() as connection:
        rest(connection, Rest("inbox.example", now, now + timedelta(minutes=30), why))
        mark_away(
            connection, site.parts.settings.mail.host, "421 4.3.2 shutting down", now, now + timedelta(minutes=20)
        )


def rehearsed(site: Site) -> int:
    """Keep a rehearsal that is over and return its number."""
    now = site.parts.clock()
    would = (
        Would(
            "s1", "Ferry with 80 aboard adrift off Nether Quay", "Coast Radio", now, "held", "sent", "47 points, alert"
        ),
        Would("s2", "Grain terminal stays closed", "Harbour Gazette", now, "sent", "neither", "41 points, watch"),
    )
    with site.parts.store.write() as connection:
        number = begin_rehearsal(connection, {"alert": 45.0}, by=NAME, at=now)
        end_rehearsal(connection, number, now, result=Rehearsed(1210, 3, 3, 17, would))
    return number


def version(site: Site, draft: Draft, minutes: int = 14) -> int:
    """Keep a held version."""
    now = site.parts.clock()
    with site.parts.store.write() as connection:
        return add_version(
            connection,
            draft,
            published_at=now - timedelta(minutes=2),
            seen_at=now,
            decided_at=now,
            stages={},
            held_until=now + timedelta(minutes=minutes),
            reason="two known origins; a person decides",
        )


def a_story(site: Site, story: str, reports: Sequence[tuple[str, str]]) -> None:
    """Keep a judged story of reports, the third of which copies the first."""
    now = site.parts.clock()
    with site.parts.store.write() as connection:
        for number, (publisher, title) in enumerate(reports):
            seen = now - timedelta(minutes=12 - 4 * number)
            article = Article(
                f"{story}-{number}",
                publisher,
                title,
                TEXT,
                published=(seen - timedelta(minutes=1)).isoformat(),
                language="en",
                url=f"https://news.example/{story}/{number}",
                publisher=publisher,
            )
            kept = ReadArticle(number + 1 + 100 * len(story), article, read(article), seen, seen, primed=True)
            add_article(connection, kept)
            told = tuple(f"{story}-{each}" for each in range(number + 1))
            record_verdict(connection, kept, verdict_of(story, told, seen=kept.seen_at), ())


def verdict_of(story: str, told: tuple[str, ...], seen: datetime) -> Verdict:
    """Return what is judged of a story when the last of ``told`` joins it."""
    first = tuple(each for each in told if each[-1] in "023")
    second = tuple(each for each in told if each not in first)
    mayor = Origin("the mayor", first, ("the same words: “nine people were killed”",))
    origins = (mayor, Origin("Coast Radio", second)) if second else (mayor,)
    return Verdict(seen, told[-1], story, 62.0, 74.0, Band.ALERT, Route.HOLD, "Two origins", origins, REASONS)


def listened(site: Site) -> None:
    """Keep three sources: one well, one failing, one silent."""
    now = site.parts.clock()
    named = {name: Source(name, name, name, url=f"https://{name}.example/feed", tier=2) for name in "abc"}
    named["a"] = replace(named["a"], name="a", may_alert_alone=True, tier=1)
    with site.parts.store.write() as connection:
        configure_sources(connection, named.values())
        record_polling(connection, Polling(named["a"], worked_at=now, item_at=now, rate=0.01))
        record_polling(connection, Polling(named["b"], worked_at=now - timedelta(hours=3), failures=7, error="404"))
        for number, (sender, subject, reason) in enumerate(KEPT_OUT):
            note_refused(
                connection, RefusedMail("imaps://press@mail.example/INBOX", f"{number}", now, sender, subject, reason)
            )


def log_in(site: Site, page: Page) -> None:
    """Log in."""
    page.goto(f"{site.base}/desk/login")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


@contextmanager
def furnished() -> Iterator[tuple[Site, dict[str, str]]]:
    """Serve a desk that has something to do, with its pages by name."""
    with site_of_pictures() as site:
        yield site, furnish(site)


def take(browser: Browser, site: Site, folder: Path, pages: dict[str, str], look: Look) -> None:
    """Take every page's pictures in one look."""
    with browser.new_page(color_scheme=look, locale="en-GB") as page:
        page.goto(f"{site.base}/desk/login")
        at_each_width(page, folder / f"login-{look}")
        log_in(site, page)
        for name, path in pages.items():
            page.set_viewport_size({"width": WIDTHS[0], "height": 800})
            page.goto(site.base + path)
            page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
            at_each_width(page, folder / f"{name}-{look}")
        page.get_by_label("Your password").first.fill(PASSWORD)
        page.get_by_role("button", name="Set one up").click()
        at_each_width(page, folder / f"enrolment-{look}")


def at_each_width(page: Page, file: Path) -> None:
    """Take a page's pictures."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=f"{file}-{width}.png", full_page=True)


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with furnished() as (site, pages), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for look in LOOKS:
            take(browser, site, folder, pages, look)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
