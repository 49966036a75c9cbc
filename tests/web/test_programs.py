"""``/api/v1`` with a key: reading the desk, deciding under the desk's own rules, and no more often than is good."""

import json
from dataclasses import replace
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from tests.contract.test_alerts import a_draft
from tests.desk.test_approval import an_edit, grave
from tests.fakes.site import Site, signed_up
from tests.web.test_api import held
from tests.web.test_desk_pages import PASSWORD, at_desk
from tocsin.desk.editing import edit
from tocsin.desk.keys import Scope, make_key
from tocsin.store.people import Role
from tocsin.web.limits import Buckets


def ask(site: Site, method: str, path: str, key: str = "", **body: object) -> tuple[int, Any, dict[str, str]]:
    connection = HTTPConnection(urlsplit(site.base).netloc, timeout=20)
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    connection.request(method, f"/api/v1{path}", json.dumps(body) if body else None, headers)
    answer = connection.getresponse()
    told = answer.status, json.loads(answer.read()), {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    return told


def key_of(site: Site, role: Role, *scopes: Scope) -> str:
    return make_key(site.parts, person=at_desk(site, role).name, name="test", scopes=scopes, by="test")


def test_without_a_key_or_its_scope_there_is_nothing(site: Site) -> None:
    version = held(site, a_draft())
    reading = key_of(site, Role.APPROVER)
    for method, path in (("GET", "/stories"), ("GET", f"/versions/{version}"), ("POST", f"/versions/{version}/drop")):
        for key in ("", "tocsin_made-up"):
            status, told, headers = ask(site, method, path, key)
            assert (status, "key" in told["detail"], headers["www-authenticate"]) == (401, True, "Bearer")
    assert ask(site, "POST", f"/versions/{version}/drop", reading)[0] == 403
    assert ask(site, "GET", "/versions/99999", reading)[0] == 404


def test_a_body_is_bounded_before_anybody_is_asked_for_a_key(site: Site) -> None:
    connection = HTTPConnection(urlsplit(site.base).netloc, timeout=20)
    connection.putrequest("POST", "/api/v1/versions/1/send")
    connection.putheader("content-type", "application/json")
    connection.putheader("content-length", str(1 << 40))
    connection.endheaders()
    connection.send(b" " * 40_000)
    assert connection.getresponse().status == 413
    connection.close()


def test_the_desk_is_read(site: Site) -> None:
    version = held(site, a_draft())
    key = key_of(site, Role.VIEWER)
    told = ask(site, "GET", "/stories", key)[1]
    (story,) = (one for one in told if one["version"] == version)
    assert story["state"] == "held"
    assert ask(site, "GET", f"/versions/{version}", key)[1]["headline"] == story["headline"]


def test_a_program_sends_by_the_desks_rules(site: Site, address: str) -> None:
    signed_up(site, address)
    version, serious = held(site, replace(a_draft(), story="sent")), held(site, replace(grave(), story="grave"))
    key = key_of(site, Role.APPROVER, Scope.APPROVE)
    readers = ask(site, "GET", f"/versions/{version}", key)[1]["readers"]
    assert readers >= 1
    assert ask(site, "POST", f"/versions/{version}/send", key, readers=readers + 1)[0] == 409
    assert ask(site, "POST", f"/versions/{version}/hold", key)[1]["state"] == "held"
    assert ask(site, "POST", f"/versions/{version}/send", key, readers=readers)[1] == {
        "state": "sending", "readers": readers, "missing": 0,
    }  # fmt: skip
    status, told, _ = ask(site, "POST", f"/versions/{version}/drop", key)
    assert (status, "is sending" in told["detail"]) == (409, True)
    assert sum(ask(site, "GET", f"/versions/{version}", key)[1]["deliveries"].values()) == readers
    size = ask(site, "GET", f"/versions/{serious}", key)[1]["readers"]
    for _ in range(2):  # a key is one person, however often it asks
        told = ask(site, "POST", f"/versions/{serious}/send", key, readers=size)[1]
        assert told.get("missing") == 1, told


def test_the_document_describes_what_a_key_opens(site: Site) -> None:
    document = ask(site, "GET", "/openapi.json")[1]
    send = document["paths"]["/api/v1/versions/{number}/send"]["post"]
    assert {"200", "401", "403", "409", "429"} <= send["responses"].keys()
    assert send["security"]
    assert "HTTPBearer" in document["components"]["securitySchemes"]


def test_a_key_is_made_shown_once_and_ended_at_the_desk(site: Site) -> None:
    somebody = at_desk(site, Role.APPROVER)
    assert somebody.ask("POST", "/desk/account/keys", uses="wall", own="wrong")[0] == 422
    text = somebody.ask("POST", "/desk/account/keys", uses="wall", own=PASSWORD, approve="1")[2]
    key = text.partition('class="secret">')[2].partition("<")[0]
    assert ask(site, "GET", "/stories", key)[0] == 200
    text = somebody.ask("GET", "/desk/account")[2]
    assert key not in text
    assert "wall" in text
    number = text.partition('name="end" value="')[2].partition('"')[0]
    assert somebody.ask("POST", "/desk/account/keys", end=number)[0] == 303
    assert ask(site, "GET", "/stories", key)[0] == 401


def test_a_bucket_empties_and_fills_again() -> None:
    now = [0.0]
    buckets = Buckets(60, lambda: now[0])
    assert [buckets.wait_s("a") for _ in range(61)] == [*[0.0] * 60, 1.0]
    assert buckets.wait_s("b") == 0
    now[0] = 1.5
    assert [buckets.wait_s("a"), buckets.wait_s("a")] == [0.0, 0.5]


def test_who_guesses_keys_is_slowed_down(site: Site) -> None:
    statuses = [ask(site, "GET", "/stories", f"tocsin_{number}") for number in range(45)]
    refused = [headers for status, _, headers in statuses if status == 429]
    assert refused
    assert int(refused[0]["retry-after"]) >= 1


def test_what_was_edited_since_a_program_looked_is_not_sent_unseen(site: Site) -> None:
    version = held(site, replace(a_draft(), story="edited"))
    key = key_of(site, Role.APPROVER, Scope.APPROVE)
    seen = ask(site, "GET", f"/versions/{version}", key)[1]
    with site.parts.store.write() as connection:
        edit(
            connection, version, an_edit(connection, version, note="Not so."), seen=0, by="mara", at=site.parts.clock()
        )
    status, told, _ = ask(
        site, "POST", f"/versions/{version}/send", key, readers=seen["readers"], revision=seen["revision"]
    )
    assert (status, "by mara" in told["detail"]) == (409, True)
    now = ask(site, "GET", f"/versions/{version}", key)[1]
    assert (now["state"], now["revision"]) == ("held", seen["revision"] + 1)
    sent = ask(site, "POST", f"/versions/{version}/send", key, readers=now["readers"], revision=now["revision"])
    assert sent[1]["state"] in ("sending", "sent")
