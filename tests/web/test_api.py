"""The public interface for programs: what was sent and nothing else, by the document it publishes."""

import json
from dataclasses import replace

from tests.fakes.site import Site, ask
from tests.fakes.stories import alert
from tocsin.desk.approval import approve
from tocsin.model import Draft
from tocsin.store.alerts import add_version, version_of


def held(site: Site, draft: Draft) -> int:
    now = site.parts.clock()
    with site.parts.store.write() as connection:
        return add_version(
            connection, draft, published_at=now, seen_at=now, decided_at=now, stages={}, held_until=None, reason=""
        )


def test_what_was_sent_is_there_and_what_is_held_is_not(site: Site) -> None:
    sent, waiting = held(site, replace(alert(), story="sent")), held(site, replace(alert(), story="held"))
    with site.parts.store.write() as connection:
        approve(site.parts, connection, sent, by="mara", at=site.parts.clock())
        versions = [version_of(connection, each) for each in (sent, waiting)]
    numbers = [version.alert for version in versions if version is not None]
    told = json.loads(ask(site, "GET", "/api/v1/alerts").text)
    assert [each["alert"] for each in told] == [numbers[0]]
    assert told[0]["headline"] == alert().headline
    assert told[0]["statements"][0]["speaker"] == alert().statements[0].speaker
    assert told[0]["page"] == f"{site.base}/alerts/{numbers[0]}"
    assert json.loads(ask(site, "GET", f"/api/v1/alerts/{numbers[0]}").text) == told
    assert ask(site, "GET", f"/api/v1/alerts/{numbers[1]}").status == 404


def test_wrong_questions_are_refused(site: Site) -> None:
    for path in ("/api/v1/alerts?most=0", "/api/v1/alerts?most=x", "/api/v1/alerts/0", "/api/v1/alerts/9" + "9" * 30):
        assert ask(site, "GET", path).status == 422


def test_the_document_describes_the_interface(site: Site) -> None:
    document = json.loads(ask(site, "GET", "/api/v1/openapi.json").text)
    assert {"/api/v1/alerts", "/api/v1/alerts/{alert}"} <= document["paths"].keys()
    assert not [path for path in document["paths"] if path.startswith("/desk")]
