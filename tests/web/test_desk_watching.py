"""Watching over HTTP: feeds are tried and added, rules rehearsed, topics counted; a draft is edited, flags are seen."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.publisher import Publisher
from tests.fakes.site import Site, signed_up
from tests.fakes.stories import alert
from tests.newsroom.test_book import FEED
from tests.newsroom.test_starting import publisher
from tests.web.test_desk_pages import at_desk
from tocsin.alerts.afterwards import Finding
from tocsin.alerts.editing import key_of, key_of_statement
from tocsin.desk import approval as desk
from tocsin.settings import Intake, PoolRelay
from tocsin.store.alerts import VersionState, add_version, expire_holds, extend_hold, settle_version, version_of
from tocsin.store.jobs import claim_job, give_up
from tocsin.store.ledger import Progress
from tocsin.store.listed import listed_sources
from tocsin.store.people import Role
from tocsin.store.relays import mark_away
from tocsin.store.rests import Rest, rest, resting
from tocsin.store.watched import Watched, open_flags, raise_flag
from tocsin.stories.rules import Rules
from tocsin.web.desk.rules import TOLD
from tocsin.web.rendering import fragment

__all__ = ["publisher"]


def held(site: Site, story: str) -> int:
    now = site.parts.clock()
    with site.parts.store.write() as connection:
        return add_version(
            connection,
            replace(alert(), story=story),
            published_at=now,
            seen_at=now,
            decided_at=now,
            stages={},
            held_until=None,
            reason="test",
        )


@pytest.fixture
def open_to_loopback(site: Site) -> None:
    site.parts.settings.intake = Intake(networks=("127.0.0.0/8",))


@pytest.mark.usefixtures("open_to_loopback")
def test_a_feed_is_tried_by_an_editor_and_added_and_taken_off_by_an_admin(site: Site, publisher: Publisher) -> None:
    publisher.gives("/feed", FEED, Content_Type="application/rss+xml")
    editor, admin = at_desk(site, Role.EDITOR), at_desk(site, Role.ADMIN)
    url = publisher.url("/feed")
    text = editor.ask("POST", "/desk/sources/try", url=url)[2]
    assert "The bridge is closed" in text
    form = {"url": url, "name": "Harbour", "publisher": "Harbour Post", "tier": "2", "alone": "yes"}
    assert editor.ask("POST", "/desk/sources/add", **form)[0] == 403
    text = admin.post("/desk/sources/add", **form)
    assert "Harbour is listened to within a second or two" in text
    assert "no newsroom has taken it up yet" in text
    with site.parts.store.read() as connection:
        (source,) = listed_sources(connection)
    assert (source.publisher, source.tier, source.may_alert_alone, source.known) == ("Harbour Post", 2, True, True)
    for wrong in ({"tier": "9"}, {"name": ""}, {"url": publisher.url("/404")}, {"url": "x" * 3000}, {"url": "ftp://a"}):
        status, _, text = admin.ask("POST", "/desk/sources/add", **{**form, **wrong})
        assert status == 422
        assert 'role="alert"' in text
    assert "is listened to no longer" in admin.post("/desk/sources/remove", name="Harbour")
    assert admin.ask("POST", "/desk/sources/remove", name="Harbour")[0] == 422


def test_rules_are_rehearsed_before_an_admin_saves_them(site: Site) -> None:
    approver, admin = at_desk(site, Role.APPROVER), at_desk(site, Role.ADMIN)
    for wrong in ({}, {"alert": "loud"}, {"alert": "99"}):
        assert approver.ask("POST", "/desk/rules", **wrong)[0] == 422
    status, where, _ = approver.ask("POST", "/desk/rules", alert="52")
    assert status == 303
    for _ in range(300):
        text = approver.ask("GET", f"{where}/part")[2]
        if "being judged again" not in text:
            break
        time.sleep(0.2)
    assert "No story would have fared otherwise" in text
    assert "An admin saves them" in text
    assert approver.ask("POST", f"{where}/save")[0] == 403
    assert "They are in force" in admin.post(f"{where}/save")
    assert 'name="alert" inputmode="decimal" autocomplete="off" value="52"' in approver.ask("GET", "/desk/rules")[2]
    assert "is taken back" in admin.post("/desk/rules/reset")
    assert approver.ask("GET", "/desk/rules/999999")[0] == 404


def test_topics_show_how_many_want_them_and_the_alive_page_says_what_is_wrong(site: Site, address: str) -> None:
    signed_up(site, address, topics="medtop:03000000")
    viewer = at_desk(site, Role.VIEWER)
    assert re.search(r"disaster.*?<td>topic</td><td>\d+", viewer.ask("GET", "/desk/topics")[2], re.DOTALL)
    assert "Would an alert arrive now?" in viewer.ask("GET", "/desk/alive")[2]


def test_a_draft_is_edited_over_http_and_the_second_of_two_is_told(site: Site, address: str) -> None:
    signed_up(site, address)
    number, draft = held(site, f"edited-{address}"), alert()
    mara, olaf = at_desk(site, Role.EDITOR), at_desk(site, Role.APPROVER)
    path = f"/desk/versions/{number}/edit"
    assert draft.statements[0].content in mara.ask("GET", path)[2]
    form = {"headline": key_of(draft.headline), "statement": key_of_statement(draft.statements[0]), "band": "alert"}
    status, where, _ = mara.ask("POST", path, revision="0", note="We asked.", **form)
    assert (status, where) == (303, f"/desk/versions/{number}")
    status, _, text = olaf.ask("POST", path, revision="0", note="Mine is kept.", **form)
    assert status == 409
    assert f"by {mara.name}" in text
    assert "Mine is kept." in text
    status, _, text = olaf.ask("POST", f"/desk/versions/{number}/approve", revision="0")
    assert (status, "Somebody else has changed this draft" in text) == (409, True)
    shown = olaf.ask("GET", where)[2]
    assert "Changed by an editor" in shown
    assert "We asked." in olaf.ask("GET", f"/desk/versions/{number}/mail")[2]
    assert "On its way to" in olaf.post(f"/desk/versions/{number}/approve", revision="1")
    assert f"version {number} is sending" in olaf.post(path, revision="1", **form)
    assert olaf.ask("GET", path)[:2] == (303, f"/desk/versions/{number}")
    text = olaf.ask("GET", f"/desk/versions/{number}/progress")[2]
    assert "settled" in text
    assert not re.search(r"\.[A-Z]", re.sub("<[^>]*>", "", text)), "between two sentences is a space"
    for wrong in ({"headline": "0"}, {"band": "loud"}, {"statement": "0"}):
        other = held(site, f"other-{address}-{wrong}")
        assert mara.ask("POST", f"/desk/versions/{other}/edit", revision="0", **{**form, **wrong})[0] == 409


def test_a_flag_is_shown_with_its_difference_until_somebody_has_looked(site: Site, address: str) -> None:
    number, now = held(site, f"flagged-{address}"), site.parts.clock()
    with site.parts.store.write() as connection:
        desk.approve(site.parts, connection, number, by="test", at=now)
        settle_version(connection, number, VersionState.SENT, now)
        raise_flag(
            connection, Watched(number, "https://a.example/", "a1", now, None, ()), Finding("title", "9", "4"), now
        )
    editor = at_desk(site, Role.EDITOR)
    assert f'href="/desk/versions/{number}" lang="en"><bdi>{alert().headline}' in editor.ask("GET", "/desk")[2]
    text = editor.ask("GET", f"/desk/versions/{number}")[2]
    assert "<del>9</del>" in text
    assert "<ins>4</ins>" in text
    assert "the alert stands" in editor.post(f"/desk/versions/{number}/stands")
    assert "the alert stands" not in editor.ask("GET", f"/desk/versions/{number}")[2], "it is told once"
    assert editor.ask("POST", f"/desk/versions/{number}/stands")[0] == 409
    with site.parts.store.read() as connection:
        assert open_flags(connection) == ()
        found = version_of(connection, number)
    assert found is not None


def test_what_expired_in_the_night_is_what_the_morning_sees_first(site: Site) -> None:
    number, now = held(site, "night"), site.parts.clock()
    with site.parts.store.write() as connection:
        extend_hold(connection, number, now)
        expire_holds(connection, now)
    text = at_desk(site, Role.VIEWER).ask("GET", "/desk")[2]
    assert text.index("expired without a decision") < text.index("<h1")
    assert f"/desk/versions/{number}" in text[: text.index("<h1")]


def test_a_live_send_to_many_needs_their_number_as_the_page_told_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.web.desk.version.TYPED_FROM", 1)
    number, approver = held(site, "typed"), at_desk(site, Role.APPROVER)
    path = f"/desk/versions/{number}"
    found = re.search(r'name="counted" value="(\d+)"', approver.ask("GET", path)[2])
    assert found is not None
    told = found[1]
    for wrong in ({}, {"readers": ""}, {"readers": "1000000"}, {"readers": "1000000", "counted": "1000000"}):
        status, _, text = approver.ask("POST", f"{path}/approve", **{"counted": told, **wrong})
        assert (status, "Type the number of readers" in text) == (409, True), wrong
    signed_up(site, "came-meanwhile@example.com")
    assert "On its way to" in approver.post(f"{path}/approve", counted=told, readers=told)


def test_every_rule_is_told_in_words() -> None:
    assert set(Rules().numbers()) <= set(TOLD)


def test_the_status_tells_what_work_was_put_aside_and_names_nobody(site: Site) -> None:
    jobs, now = site.parts.jobs, site.parts.clock()
    assert "put aside" not in at_desk(site, Role.VIEWER).ask("GET", "/desk/alive")[2]
    with site.parts.store.write() as connection:
        jobs.enqueue(connection, "read", "4711", run_at=now)
        taken = claim_job(connection, ("read",), "w", now, now)
        assert taken is not None
        give_up(connection, taken.id, "w", now, "no room for <b>reader@example.org</b>")
    text = at_desk(site, Role.VIEWER).ask("GET", "/desk/alive")[2]
    assert "4711" in text
    assert "no room for &lt;b&gt;…@example.org" in text
    assert "reader@" not in text
    assert "Try again" not in text
    assert at_desk(site, Role.EDITOR).ask("POST", "/desk/alive", job=str(taken.id))[0] == 403
    approver = at_desk(site, Role.APPROVER)
    assert "tried again now" in approver.post("/desk/alive", job=str(taken.id))
    assert "put aside" not in approver.ask("GET", "/desk/alive")[2]
    assert approver.ask("POST", "/desk/alive", job=str(taken.id))[0] == 409
    assert approver.ask("POST", "/desk/alive", job="9" * 40)[0] == 409


def test_the_status_tells_what_is_stuck_and_an_approver_lets_a_domain_try_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, why = site.parts.clock(), "550 5.7.1 mail of your network is not accepted here"
    pool = (PoolRelay(host="127.0.0.1"), PoolRelay(host="mx.news.example"))
    monkeypatch.setattr(site.parts.settings, "relay", pool)
    with site.parts.store.write() as connection:
        rest(connection, Rest("inbox.example", now, now + timedelta(minutes=30), why))
        mark_away(connection, "127.0.0.1", "421 4.3.2 shutting down", now, now + timedelta(minutes=9))
    text = at_desk(site, Role.VIEWER).ask("GET", "/desk/alive")[2]
    for told in ("inbox.example", why, "421 4.3.2 shutting down", "left alone until", "0 letters in the last hour"):
        assert told in text
    assert "Try again now" not in text
    assert at_desk(site, Role.EDITOR).ask("POST", "/desk/alive", domain="inbox.example")[0] == 403
    approver = at_desk(site, Role.APPROVER)
    assert "leaves to inbox.example again" in approver.post("/desk/alive", domain="inbox.example")
    assert approver.ask("POST", "/desk/alive", domain="inbox.example")[0] == 409
    with site.parts.store.read() as connection:
        assert resting(connection, now) == ()


def test_of_one_relay_nothing_is_told_that_is_not_counted(site: Site) -> None:
    text = at_desk(site, Role.VIEWER).ask("GET", "/desk/alive")[2]
    assert "takes all mail" in text
    assert "in the last hour" not in text


def test_how_far_a_send_has_come_is_told_in_sentences() -> None:
    so_far = Progress(1, {}, first=300, median=300, p99=300, last=300, per_second=3.2, left_s=None)
    version = {"id": 7, "state": "sent", "approved_by": "rules", "paused_at": None}
    version["approved_at"] = datetime(2026, 5, 1, tzinfo=UTC)
    sending = {"percent": 100, "tally": {"accepted": 1}}
    text = fragment("desk_progress", version=version, sending=sending, progress=so_far, lasts=lambda s: f"{s} s")
    assert "1 accepted.\n3.2 a second. Half had it 0.3 s after approval" in text
