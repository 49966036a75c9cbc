"""The public alert log: the whole chain, nothing that was not sent, feeds that readers' programs take."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from lxml import etree, html
from sqlalchemy import delete

from tests.fakes.site import Site, ask
from tests.fakes.stories import AT, alert, correction, hebrew, told, ukrainian, update, withdrawal
from tocsin.store.alerts import VersionState, add_version, alerts, versions, versions_in

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@dataclass(frozen=True)
class Log:
    """A site with four alerts: a corrected chain, a withdrawn one, one in Hebrew, and one that was only held."""

    site: Site
    chain: int
    withdrawn: int
    hebrew: int
    held: int


@pytest.fixture(scope="module")
def log(site: Site) -> Iterator[Log]:
    hour = timedelta(hours=1)
    with site.parts.store.write() as connection:
        told(connection, alert(), AT)
        wrong = told(connection, update(), AT + hour)
        told(connection, correction(), AT + 2 * hour, wrong)
        told(connection, replace(alert(), story="exercise"), AT - 30 * hour)
        told(connection, replace(withdrawal(), story="exercise"), AT - 29 * hour)
        told(connection, hebrew(), AT - 60 * hour)
        add_version(
            connection, ukrainian(), published_at=AT, seen_at=AT, decided_at=AT, stages={}, held_until=None, reason=""
        )
    with site.parts.store.read() as connection:
        sent = versions_in(connection, VersionState.SENDING)
        held = versions_in(connection, VersionState.HELD)
    numbers = {version.draft.story: version.alert for version in (*sent, *held)}
    yield Log(site, numbers["a1"], numbers["exercise"], numbers["h1"], numbers["u1"])
    with site.parts.store.write() as connection:
        connection.execute(delete(versions))
        connection.execute(delete(alerts))


def visible(log: Log, path: str) -> str:
    answer = ask(log.site, "GET", path)
    assert answer.status == 200
    return " ".join(html.document_fromstring(answer.text).text_content().split())


def test_the_list_shows_the_newest_version_of_each_alert_by_day(log: Log) -> None:
    page = html.document_fromstring(ask(log.site, "GET", "/alerts").text)
    assert [day.text for day in page.iter("h2")] == ["20 November 2026", "19 November 2026", "18 November 2026"]
    assert [link.get("href") for link in page.xpath("//h3/a")] == [
        f"/alerts/{number}" for number in (log.chain, log.withdrawn, log.hebrew)
    ]
    assert page.xpath("//h3/a")[0].text == correction().headline


def test_a_language_that_was_chosen_is_kept_by_every_link_of_ours(log: Log) -> None:
    """Followed from page to page, no link leads back into the browser's language."""
    todo, seen = ["/alerts?lang=uk"], set[str]()
    while todo:
        path = todo.pop()
        seen.add(path)
        page = html.document_fromstring(ask(log.site, "GET", path).text)
        assert page.get("lang") == "uk", path
        links = {link.get("href", "") for link in page.xpath("//body//a[not(@hreflang)]")}
        todo += [
            one for one in links if re.match(r"/(?!\w+\.(atom|json))", one) and one not in seen and one not in todo
        ]
    assert {path.partition("?")[0] for path in seen} >= {"/", "/alerts", f"/alerts/{log.chain}", "/link", "/privacy"}
    plain = html.document_fromstring(ask(log.site, "GET", "/alerts").text)
    assert not [link for link in plain.xpath("//body//a[not(@hreflang)]/@href") if "lang=" in link]


def test_what_changed_is_quoted_as_the_page_s_language_quotes(log: Log) -> None:
    for language, first in (("ru", "«"), ("uk", "«"), ("en", "“")):
        page = html.document_fromstring(ask(log.site, "GET", f"/alerts/{log.chain}?lang={language}").text)
        assert {cell.text[0] for cell in page.xpath("//dl[@class='change']/dd")} == {first}


def test_the_list_goes_on_to_the_first_alert_there_was(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tocsin.web.alert_pages.SHOWN", 2)
    path, found = "/alerts", list[str]()
    for _ in range(2):
        page = html.document_fromstring(ask(log.site, "GET", path).text)
        found += page.xpath("//h3/a/@href")
        path = next(iter(page.xpath("//a[@rel='next']/@href")), "")
    assert found == [f"/alerts/{number}" for number in (log.chain, log.withdrawn, log.hebrew)]
    assert path == "", "the last page leads no further"
    for odd in ("x", "999999999", "9" * 40, str(log.held)):
        assert ask(log.site, "GET", f"/alerts?before={odd}").status == 200


def test_an_alert_shows_its_whole_chain_newest_first(log: Log) -> None:
    page = html.document_fromstring(ask(log.site, "GET", f"/alerts/{log.chain}").text)
    headlines = [" ".join(h.text_content().split()) for h in page.xpath("//h1|//li/h3")]
    assert headlines == [correction().headline, update().headline, alert().headline]
    assert [" ".join(s.text_content().split()) for s in page.xpath("//li/h3/s")] == [update().headline], (
        "only what the correction refers to is struck"
    )
    text = visible(log, f"/alerts/{log.chain}")
    for wanted in (
        "Written by the desk of The Daily Test",
        "We told you that nine people were missing.",
        "Taken back by a later version.",
        "Mara Olsen, who runs the ferry at Nether Quay",
        "Evidence, not verified by Tocsin",
        "2 independent origins",
        "Sent 20 November 2026, 15:41 (UTC)",
    ):
        assert wanted in text


def test_every_version_can_be_linked_to(log: Log) -> None:
    page = html.document_fromstring(ask(log.site, "GET", f"/alerts/{log.chain}").text)
    assert page.xpath("//@id[starts-with(., 'v')]") == ["v3", "v2", "v1"]


def test_a_withdrawn_alert_is_clearly_marked(log: Log) -> None:
    page = html.document_fromstring(ask(log.site, "GET", f"/alerts/{log.withdrawn}").text)
    assert page.xpath("//h1/s")[0].text == alert().headline
    assert page.xpath("//*[contains(@class, 'badge')]")[0].text == "Withdrawn"
    assert "This was an exercise" in visible(log, f"/alerts/{log.withdrawn}")
    assert "Withdrawn" in visible(log, "/alerts")


@pytest.mark.parametrize(
    "path", ["0", "999999999", "-1", "1e3", "x", "%D9%A3", "9" * 18, "9" * 40, "1%00", "../alerts"]
)
def test_what_was_never_sent_is_not_found(log: Log, path: str) -> None:
    assert ask(log.site, "GET", f"/alerts/{path}").status == 404


def test_a_held_version_is_not_public(log: Log) -> None:
    assert ask(log.site, "GET", f"/alerts/{log.held}").status == 404
    for path in ("/alerts", "/alerts.atom", "/alerts.json"):
        assert ukrainian().headline not in ask(log.site, "GET", path).text


@pytest.mark.parametrize("path", ["/alerts", "/alerts.atom", "/alerts.json"])
def test_a_copy_that_is_still_good_is_not_sent_again(log: Log, path: str) -> None:
    first = ask(log.site, "GET", path)
    assert first.status == 200
    assert "max-age=10" in first.headers["cache-control"]
    assert first.headers["set-cookie"] is None
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = ask(log.site, "GET", path, if_none_match=known)
        assert (again.status, again.body) == (304, b"")
    assert ask(log.site, "GET", path, if_none_match='"other"').status == 200
    head = ask(log.site, "HEAD", path)
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", tag)


def test_the_pages_need_no_script_and_load_nothing_of_others(log: Log) -> None:
    for path in ("/alerts", f"/alerts/{log.chain}"):
        page = html.document_fromstring(ask(log.site, "GET", path).text)
        assert not page.xpath("//script|//iframe|//img|//*[@style]")
        assert all(link.attrib["href"].startswith("/") for link in page.iter("link"))


def test_the_atom_feed_has_what_its_standard_asks(log: Log) -> None:
    answer = ask(log.site, "GET", "/alerts.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = etree.fromstring(answer.body)
    ids = feed.xpath("//a:entry/a:id/text()", namespaces=ATOM)
    base = log.site.base
    assert ids[:3] == [f"{base}/alerts/{log.chain}#v{number}" for number in (3, 2, 1)]
    assert len(ids) == len(set(ids)) == 6
    for wanted in ("a:id", "a:title", "a:updated", "a:author/a:name", "a:link[@rel='self']"):
        assert feed.xpath(wanted, namespaces=ATOM), wanted
    for entry in feed.xpath("//a:entry", namespaces=ATOM):
        for wanted in ("a:id", "a:title", "a:updated", "a:summary", "a:link[@rel='alternate']"):
            assert len(entry.xpath(wanted, namespaces=ATOM)) == 1, wanted
        for stamp in entry.xpath("a:updated/text()|a:published/text()", namespaces=ATOM):
            assert datetime.fromisoformat(stamp).tzinfo
    assert feed.xpath("a:updated/text()", namespaces=ATOM) == feed.xpath("a:entry[1]/a:updated/text()", namespaces=ATOM)


def test_the_json_feed_has_what_its_standard_asks(log: Log) -> None:
    answer = ask(log.site, "GET", "/alerts.json")
    assert answer.headers["content-type"] == "application/feed+json"
    feed = json.loads(answer.body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == f"{log.site.base}/alerts.json"
    assert len(feed["items"]) == 6
    first = feed["items"][0]
    assert first["title"] == correction().subject
    assert first["external_url"] == correction().url
    assert "the fire service · said · 20 November 2026: Two people are missing" in first["content_text"]
    assert all(isinstance(item["id"], str) and item["content_text"] for item in feed["items"])


def test_hostile_words_of_a_report_stay_words(site: Site) -> None:
    nasty = "<script>alert(1)</script>\u202e\x00\ufffe & \"'>"
    draft = replace(alert(), story="hostile", headline=nasty, subject=nasty, publisher=nasty, url="javascript:alert(1)",
                    paragraphs=(nasty,), language=nasty)  # fmt: skip
    with site.parts.store.write() as connection:
        told(connection, draft, AT + timedelta(days=1))
    for path in ("/alerts", "/alerts.atom"):
        answer = ask(site, "GET", path)
        assert "<script" not in answer.text
        assert "javascript:" not in answer.text
    assert etree.fromstring(ask(site, "GET", "/alerts.atom").body) is not None
    assert "javascript:" not in ask(site, "GET", "/alerts.json").text


def test_a_character_that_xml_can_not_hold_does_not_void_the_feed(site: Site) -> None:
    with site.parts.store.write() as connection:
        told(connection, replace(alert(), story="odd", subject="Bridge\x08 closed\ufffe"), AT)
    feed = etree.fromstring(ask(site, "GET", "/alerts.atom").body)
    assert "Bridge closed" in feed.xpath("//a:title/text()", namespaces=ATOM)
    with site.parts.store.write() as connection:
        connection.execute(delete(versions))
        connection.execute(delete(alerts))
