"""The desk over HTTP: who may open and post what, people, sources, one reader's record, starting an alert, the rota."""

import re
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from itertools import count
from urllib.parse import urlencode, urlsplit

import pytest

from tests.desk.test_duty import a_bell
from tests.desk.test_editing import STRAY, as_it_is, drafted
from tests.fakes.site import Site, signed_up
from tocsin.desk import people
from tocsin.desk.editing import edit
from tocsin.model import Item, Source
from tocsin.store.alerts import VersionState, known_version, version_of
from tocsin.store.audit import entries
from tocsin.store.intake import Polling, add_items, configure_sources, record_polling
from tocsin.store.people import Role, person_named
from tocsin.store.refused import RefusedMail, note_refused

PASSWORD = "a long and honest one"
_NUMBERS = count(1)


@dataclass
class Browser:
    """Somebody logged in, without a browser."""

    site: Site
    name: str
    cookie: str = ""
    mark: str = ""
    told: str = ""
    device: str = ""

    def ask(self, method: str, path: str, **form: str) -> tuple[int, str, str]:
        """Return status, location and text."""
        connection = HTTPConnection(urlsplit(self.site.base).netloc, timeout=20)
        body = urlencode({"mark": self.mark, **form}) if method == "POST" else None
        headers = {
            "cookie": f"{self.cookie}; {self.told}; {self.device}",
            "content-type": "application/x-www-form-urlencoded",
        }
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        told = answer.status, answer.headers.get("location", ""), answer.read().decode()
        for cookie in (each.partition(";")[0] for each in answer.headers.get_all("set-cookie", [])):
            if cookie.startswith("tocsin_told_"):
                self.told = cookie
            elif cookie.startswith("tocsin_device="):
                self.device = cookie
            else:
                self.cookie = cookie
        connection.close()
        return told

    def post(self, path: str, **form: str) -> str:
        """Post a form that is taken, and return the text of the page to which it leads."""
        status, where, _ = self.ask("POST", path, **form)
        assert status == 303
        return self.ask("GET", where)[2]


def at_desk(site: Site, role: Role) -> Browser:
    browser = Browser(site, f"{role}-{next(_NUMBERS)}")
    people.hire(site.parts, name=browser.name, role=role, password=PASSWORD, by="test")
    status, where, _ = browser.ask("POST", "/desk/login", name=browser.name, password=PASSWORD)
    assert (status, where) == (303, "/desk")
    found = re.search(r'name="mark" value="(\w+)"', browser.ask("GET", "/desk/account")[2])
    assert found is not None
    browser.mark = found[1]
    return browser


PAGES = {
    "/desk": Role.VIEWER,
    "/desk/sources": Role.VIEWER,
    "/desk/topics": Role.VIEWER,
    "/desk/rules": Role.VIEWER,
    "/desk/alive": Role.VIEWER,
    "/desk/duty": Role.VIEWER,
    "/desk/audit": Role.VIEWER,
    "/desk/account": Role.VIEWER,
    "/desk/new": Role.EDITOR,
    "/desk/drill": Role.EDITOR,
    "/desk/drill/mail": Role.EDITOR,
    "/desk/reader": Role.EDITOR,
    "/desk/people": Role.ADMIN,
}
FORMS = {
    "/desk/new": Role.EDITOR,
    "/desk/drill": Role.EDITOR,
    "/desk/duty": Role.EDITOR,
    "/desk/reader": Role.EDITOR,
    "/desk/people": Role.ADMIN,
    "/desk/sources/try": Role.EDITOR,
    "/desk/sources/add": Role.ADMIN,
    "/desk/sources/remove": Role.ADMIN,
    "/desk/rules": Role.APPROVER,
    "/desk/rules/reset": Role.ADMIN,
    "/desk/versions/999999/edit": Role.EDITOR,
    "/desk/versions/999999/stands": Role.EDITOR,
    "/desk/act": Role.EDITOR,
    "/desk/stories/made-up": Role.EDITOR,
    "/desk/versions/999999/drop": Role.EDITOR,
    "/desk/versions/999999/approve": Role.APPROVER,
    "/desk/versions/999999/correct": Role.APPROVER,
    "/desk/versions/999999/withdraw": Role.APPROVER,
    "/desk/versions/999999/pause": Role.APPROVER,
    "/desk/versions/999999/stop": Role.APPROVER,
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_and_posts_what_it_may_and_nothing_else(site: Site, role: Role) -> None:
    somebody = at_desk(site, role)
    for path, least in PAGES.items():
        assert (somebody.ask("GET", path)[0] == 200) is role.may(least), path
    for path, least in FORMS.items():
        assert (somebody.ask("POST", path)[0] != 403) is role.may(least), path


def test_who_is_not_logged_in_is_sent_to_log_in(site: Site) -> None:
    nobody = Browser(site, "nobody", cookie="tocsin_desk=forged")
    for path in PAGES:
        assert nobody.ask("GET", path)[:2] == (303, "/desk/login")
    for path in FORMS:
        status, where, _ = nobody.ask("POST", path)
        assert (status, where.partition("?")[0]) == (303, "/desk/login")
        assert "nothing was done" in nobody.ask("GET", where)[2]


def test_logging_in_leads_back_to_the_story_that_was_asked_for_and_nowhere_else(site: Site) -> None:
    somebody = at_desk(site, Role.EDITOR)
    late = Browser(site, somebody.name)
    assert late.ask("POST", "/desk/versions/7/drop")[1] == "/desk/login?to=%2Fdesk%2Fversions%2F7&over=1"
    for to, leads in (
        ("/desk/versions/7", "/desk/versions/7"),
        ("/desk/stories/a_b-1", "/desk/stories/a_b-1"),
        ("https://elsewhere.example/", "/desk"),
        ("//elsewhere.example", "/desk"),
        ("/desk/versions/7/../../evil", "/desk"),
        ("", "/desk"),
    ):
        fields = {"name": somebody.name, "password": PASSWORD, "to": to}
        assert late.ask("POST", "/desk/login", **fields)[:2] == (303, leads)


def test_a_form_without_its_sessions_mark_is_refused(site: Site) -> None:
    admin, other = at_desk(site, Role.ADMIN), at_desk(site, Role.ADMIN)
    admin.mark = other.mark
    for path in FORMS:
        assert admin.ask("POST", path)[0] == 403


def test_version_and_story_say_what_an_editor_left_out(site: Site) -> None:
    with site.parts.store.write() as connection:
        number = drafted(connection, site.parts.clock())
        draft = known_version(connection, number).draft
        story = draft.story
        edit(
            connection, number, replace(as_it_is(draft), without=(STRAY.id,)),
            seen=0, by="mara", at=site.parts.clock(),
        )  # fmt: skip
    editor = at_desk(site, Role.EDITOR)
    left_out = "Coast Radio: Lorry closes ring road at Riverton"
    assert f"<dt>Left out</dt><dd><bdi>{left_out}</bdi>" in editor.ask("GET", f"/desk/versions/{number}")[2]
    for page in (f"/desk/stories/{story}", f"/desk/stories/{story}?part=1", "/desk"):
        assert f"neither counts nor speaks in any version: <bdi>{left_out}</bdi>." in editor.ask("GET", page)[2]


def test_an_admin_adds_promotes_and_disables_people(site: Site) -> None:
    admin, name = at_desk(site, Role.ADMIN), f"new-{next(_NUMBERS)}"
    for form, told in (
        ({"act": "add", "role": "viewer", "password": PASSWORD}, "may log in"),
        ({"act": "role", "role": "editor"}, "is editor now"),
        ({"act": "password", "password": f" {PASSWORD} "}, "a new password"),
        ({"act": "factor"}, "has no second factor"),
    ):
        assert told in admin.post("/desk/people", name=name, own=PASSWORD, **form), form
        assert told not in admin.ask("GET", "/desk/people")[2], "it is told once"
    hired = Browser(site, name)
    assert hired.ask("POST", "/desk/login", name=name, password=f" {PASSWORD} ")[0] == 303
    assert "log in any more" in admin.post("/desk/people", name=name, own=PASSWORD, act="disable")
    assert hired.ask("GET", "/desk")[:2] == (303, "/desk/login")
    for form in ({"act": "add", "role": "king", "password": PASSWORD}, {"act": ""}, {"act": "role", "role": "editor"}):
        assert admin.ask("POST", "/desk/people", name=f"{name}-missing", own=PASSWORD, **form)[0] == 422
    assert (
        admin.ask("POST", "/desk/people", name="x", act="add", role="viewer", own=PASSWORD, password="short")[0] == 422
    )
    with site.parts.store.read() as connection:
        assert person_named(connection, "x") is None


def test_sources_show_freshness_errors_items_and_trust(site: Site) -> None:
    now = site.parts.clock()
    good = Source("Good", "Good Wire", "good", url="https://good.example/", tier=1, may_alert_alone=True)
    bad = Source("Bad", "Bad Post", "bad", url="https://bad.example/")
    with site.parts.store.write() as connection:
        configure_sources(connection, [good, bad])
        record_polling(connection, Polling(good, worked_at=now, item_at=now))
        record_polling(connection, Polling(bad, failures=4, error="answers 404"))
        add_items(
            connection,
            [Item("Good", "k", "The bridge is open <again>, \u202elive\u202c"), Item("Good", "l", "A" * 9000)],
            now,
            primed=True,
        )
    text = at_desk(site, Role.VIEWER).ask("GET", "/desk/sources")[2]
    assert "may alert alone" in text
    assert "tier 1" in text
    assert "The bridge is open &lt;again&gt;, live" in text, "as spelt: marks that turn it would show “evil”"
    assert "A" * 300 not in text, "a title without end is cut"
    assert text.index("4 failures in a row: answers 404") < text.index("Good Wire"), "what is wrong comes first"


def test_a_source_that_only_pushes_is_never_called_silent(site: Site) -> None:
    pushing = Source("Agency", "Agency", "agency", push=True)
    with site.parts.store.write() as connection:
        configure_sources(connection, [pushing])
    viewer = at_desk(site, Role.VIEWER)
    assert "sources silent" not in viewer.ask("GET", "/desk")[2]
    text = viewer.ask("GET", "/desk/sources")[2]
    assert "Agency" in text
    assert "pushes" in text
    assert "silent" not in text
    assert "never answered" not in text


def test_mails_that_were_kept_out_are_shown_with_the_reason_and_as_plain_text(site: Site) -> None:
    ministry = Source("Ministry", "Ministry", "m", mailbox="/var/mail/press", senders=("ministry.example",))
    sender, subject = "press@ministry.example", "<b>Minister</b> resigns"
    forged = RefusedMail("/var/mail/press", "1", site.parts.clock(), sender, subject, "it is not signed")
    with site.parts.store.write() as connection:
        configure_sources(connection, [ministry])
        note_refused(connection, forged)
    text = at_desk(site, Role.VIEWER).ask("GET", "/desk/sources")[2]
    assert "by mail from ministry.example" in text
    assert "&lt;b&gt;Minister&lt;/b&gt; resigns" in text
    assert "it is not signed" in text


def test_a_readers_record_is_shown_and_the_look_up_audited(site: Site, address: str) -> None:
    signed_up(site, address)
    editor = at_desk(site, Role.EDITOR)
    assert "Confirmed" in editor.ask("POST", "/desk/reader", address=address)[2]
    assert "Nothing is known" in editor.ask("POST", "/desk/reader", address="nobody@example.org")[2]
    assert editor.ask("POST", "/desk/reader", address="no address")[0] == 200
    with site.parts.store.read() as connection:
        looked = [entry for entry in entries(connection) if (entry.who, entry.act) == (editor.name, "look up")]
    assert len(looked) == 2
    assert address not in "".join(entry.subject + entry.detail for entry in looked)


def test_an_alert_is_started_in_own_words_and_only_with_who_says_so(site: Site) -> None:
    editor = at_desk(site, Role.EDITOR)
    form = {"headline": "Ferry stays in harbour", "text": "It stays.", "band": "alert", "url": ""}
    status, _, text = editor.ask("POST", "/desk/new", **form, who=" ")
    assert (status, "say who says so" in text, "Ferry stays in harbour" in text) == (422, True, True)
    assert "command or setting" not in text
    for wrong in ({"band": "loud"}, {"url": "http://127.0.0.1/"}, {"url": "x" * 3000}):
        assert editor.ask("POST", "/desk/new", **{**form, "who": "the operator", **wrong})[0] == 422
    status, where, _ = editor.ask("POST", "/desk/new", **form, who="the operator")
    assert status == 303
    with site.parts.store.read() as connection:
        version = version_of(connection, int(where.rpartition("/")[2]))
    assert version is not None
    assert version.state is VersionState.HELD


def test_the_rota_is_kept_at_the_desk(site: Site) -> None:
    editor = at_desk(site, Role.EDITOR)
    with a_bell() as bell:
        form = {"person": "mara", "since": "2026-01-01T00:00", "until": "2999-01-01T00:00", "url": bell.url}
        assert "in the rota" in editor.post("/desk/duty", **form)
        text = editor.ask("GET", "/desk/duty")[2]
        assert "on duty" in text
        number = re.findall(r'name="test" value="(\d+)"', text)[-1]
        status, _, text = editor.ask("POST", "/desk/duty", test=number)
        assert (status, "not a public address" in text) == (422, True)
    assert "is off duty" in editor.post("/desk/duty", remove=number)
    for wrong in ({"remove": number}, {"test": "x"}, {**form, "since": "tomorrow"}, {**form, "url": "javascript:1"}):
        assert editor.ask("POST", "/desk/duty", **wrong)[0] == 422


def test_a_refused_form_keeps_what_was_typed(site: Site) -> None:
    admin = at_desk(site, Role.ADMIN)
    url = "https://ntfy.sh/the-night-desk"
    shift = {"person": "mara", "since": "2026-01-02T00:00", "until": "2026-01-01T00:00", "url": url}
    somebody = {"act": "add", "name": "olaf of the night", "role": "approver", "password": "short", "own": PASSWORD}
    drill = {"headline": "We ring tonight", "text": "x" * 2000}
    for page, form, kept in (
        ("/desk/duty", shift, (url, 'value="mara"', "2026-01-02T00:00")),
        ("/desk/people", somebody, ("olaf of the night", "<option selected>approver")),
        ("/desk/drill", drill, ("We ring tonight", "x" * 2000)),
    ):
        status, _, text = admin.ask("POST", page, **form)
        assert status == 422
        for each in kept:
            assert each in text, page


def test_a_number_that_none_can_be_leads_to_nothing_in_words(site: Site) -> None:
    editor = at_desk(site, Role.EDITOR)
    for number in ("0", "x", "9" * 30):
        for page in (f"/desk/versions/{number}", f"/desk/versions/{number}/edit", f"/desk/rules/{number}"):
            status, _, text = editor.ask("GET", page)
            assert (status, "There is nothing here" in text) == (404, True), page
