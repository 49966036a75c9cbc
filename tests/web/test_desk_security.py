"""The desk's cookie and sessions, as docs/security.md promises."""

import re
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pyotp
import pytest

from tests.fakes.site import Site, ask
from tests.web.test_desk_pages import PASSWORD, Browser, at_desk
from tocsin.store.people import Role, forget_attempts, person_named, sessions_of


def test_the_cookie_is_for_the_desk_only(site: Site) -> None:
    somebody = at_desk(site, Role.VIEWER)
    connection = HTTPConnection(urlsplit(site.base).netloc, timeout=20)
    form = urlencode({"name": somebody.name, "password": PASSWORD})
    connection.request("POST", "/desk/login", form, {"content-type": "application/x-www-form-urlencoded"})
    session, device = map(str.lower, connection.getresponse().headers.get_all("set-cookie", []))
    connection.close()
    for part in ("httponly", "samesite=strict", "path=/desk"):
        assert part in session
    for part in ("httponly", "samesite=strict", "path=/desk/login"):
        assert part in device


def test_a_browser_that_has_logged_in_passes_where_strangers_guessed(site: Site) -> None:
    editor = at_desk(site, Role.EDITOR)
    stranger = Browser(site, editor.name)
    try:
        for _ in range(8):
            assert stranger.ask("POST", "/desk/login", name=editor.name, password="a guess")[0] == 403
        status, _, text = stranger.ask("POST", "/desk/login", name=editor.name, password=PASSWORD)
        assert (status, "log in where you have logged in before" in text) == (429, True)
        editor.ask("POST", "/desk/account/end")
        assert editor.ask("POST", "/desk/login", name=editor.name, password=PASSWORD)[0] == 303
    finally:
        with site.parts.store.write() as connection:
            forget_attempts(connection, datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC))


def test_a_throttled_log_in_says_when_to_try_again(site: Site) -> None:
    editor = at_desk(site, Role.EDITOR)
    form = urlencode({"name": editor.name, "password": "a guess"}).encode()
    try:
        for _ in range(8):
            assert ask(site, "POST", "/desk/login", form).status == 403
        answer = ask(site, "POST", "/desk/login", form)
        assert answer.status == 429
        assert 800 < int(answer.headers["retry-after"]) <= 900
        assert re.search(r"try again in 15 minutes, at \d\d:\d\d UTC", answer.text)
        for _ in range(8):
            assert editor.ask("POST", "/desk/account/factor", own="a guess")[0] == 422
        assert editor.ask("POST", "/desk/account/factor", own=PASSWORD)[0] == 429
    finally:
        with site.parts.store.write() as connection:
            forget_attempts(connection, datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC))


def test_the_account_tells_how_many_recovery_codes_are_left(site: Site) -> None:
    somebody = at_desk(site, Role.VIEWER)
    (secret,) = re.findall(r'class="secret">(\w+)<', somebody.ask("POST", "/desk/account/factor", own=PASSWORD)[2])
    text = somebody.ask("POST", "/desk/account/prove", code=pyotp.TOTP(secret).at(site.parts.clock()))[2]
    code = re.findall(r"<li><code>(\w+)</code>", text)[0]
    lost = Browser(site, somebody.name)
    assert lost.ask("POST", "/desk/login", name=somebody.name, password=PASSWORD, code=code)[0] == 303
    assert "9 recovery codes are left" in lost.ask("GET", "/desk/account")[2]


def test_nobody_ends_a_session_of_somebody_else(site: Site) -> None:
    victim, other = at_desk(site, Role.VIEWER), at_desk(site, Role.ADMIN)
    with site.parts.store.read() as connection:
        person = person_named(connection, victim.name)
        assert person is not None
        (session,) = sessions_of(connection, person.id)
    assert other.ask("POST", "/desk/account/end", session=session.digest)[0] == 303
    assert victim.ask("GET", "/desk")[0] == 200


def test_a_session_begun_by_somebody_else_is_not_taken_over(site: Site) -> None:
    """Logging in makes a new token, whatever cookie came along (session fixation)."""
    somebody = at_desk(site, Role.VIEWER)
    before = somebody.cookie
    somebody.cookie = "tocsin_desk=planted"
    assert somebody.ask("POST", "/desk/login", name=somebody.name, password=PASSWORD)[0] == 303
    assert somebody.cookie not in (before, "tocsin_desk=planted")


def test_what_matters_asks_for_ones_own_password(site: Site) -> None:
    admin = at_desk(site, Role.ADMIN)
    for path, form in (
        ("/desk/people", {"act": "add", "name": "planted", "role": "admin", "password": "a long planted one"}),
        ("/desk/account/factor", {}),
        ("/desk/account/password", {"password": "another one of mine"}),
        ("/desk/account/keys", {"uses": "planted"}),
    ):
        status, _, text = admin.ask("POST", path, **form, own="a guess")
        assert (status, "your own password" in text) == (422, True), path


def test_a_new_password_ends_every_session_of_ones_own(site: Site) -> None:
    somebody = at_desk(site, Role.EDITOR)
    other = Browser(site, somebody.name)
    assert other.ask("POST", "/desk/login", name=somebody.name, password=PASSWORD)[0] == 303
    changed = somebody.ask("POST", "/desk/account/password", own=PASSWORD, password="quite another sentence")
    assert changed[:2] == (303, "/desk/login")
    assert other.ask("GET", "/desk")[:2] == (303, "/desk/login")
    assert other.ask("POST", "/desk/login", name=somebody.name, password="quite another sentence")[0] == 303


def test_on_https_an_admin_sets_up_a_second_factor_first_and_the_cookie_is_secure(site: Site) -> None:
    web, base = site.parts.settings.web, site.base
    admin, editor = at_desk(site, Role.ADMIN), at_desk(site, Role.EDITOR)
    connection = HTTPConnection(urlsplit(base).netloc, timeout=20)
    web.base_url = "https://desk.example"
    try:
        connection.request("GET", "/desk", headers={"cookie": admin.cookie})
        first = connection.getresponse()
        first.read()
        connection.request("GET", "/desk/account", headers={"cookie": admin.cookie})
        second = connection.getresponse()
        second.read()
        connection.request("GET", "/desk", headers={"cookie": editor.cookie})
        third = connection.getresponse()
        third.read()
        form = urlencode({"name": editor.name, "password": PASSWORD})
        connection.request("POST", "/desk/login", form, {"content-type": "application/x-www-form-urlencoded"})
        said = connection.getresponse().headers["set-cookie"].lower()
    finally:
        web.base_url = base
        connection.close()
    assert (first.status, first.headers["location"]) == (303, "/desk/account")
    assert (second.status, third.status) == (200, 200)
    assert "secure" in said


def test_pages_of_the_desk_are_not_kept_and_run_no_script_but_ours(site: Site) -> None:
    connection = HTTPConnection(urlsplit(site.base).netloc, timeout=20)
    connection.request("GET", "/desk", headers={"cookie": at_desk(site, Role.VIEWER).cookie})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert " style=" not in text
    assert "onclick" not in text
    assert text.count("<script") == text.count('<script src="/static/')


def test_another_site_can_not_log_somebody_in(site: Site) -> None:
    somebody = at_desk(site, Role.VIEWER)
    form = urlencode({"name": somebody.name, "password": PASSWORD})
    for said, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 303)):
        answer = ask(site, "POST", "/desk/login", form.encode(), sec_fetch_site=said)
        assert answer.status == status
        assert (answer.headers["set-cookie"] is not None) is (status == 303)


def test_a_mistyped_code_is_typed_again_without_a_new_secret(site: Site) -> None:
    somebody = at_desk(site, Role.VIEWER)
    text = somebody.ask("POST", "/desk/account/factor", own=PASSWORD)[2]
    (secret,) = re.findall(r'class="secret">(\w+)<', text)
    status, _, text = somebody.ask("POST", "/desk/account/prove", code="000000")
    assert (status, f'class="secret">{secret}<' in text) == (422, True)
    code = pyotp.TOTP(secret).at(site.parts.clock())
    assert "It is in force" in somebody.ask("POST", "/desk/account/prove", code=code)[2]
    assert secret not in somebody.ask("POST", "/desk/account/prove", code="000000")[2]


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "\u0663", "-1", "x"])
def test_a_number_that_is_none_of_ours_is_refused_and_breaks_nothing(site: Site, number: str) -> None:
    admin = at_desk(site, Role.ADMIN)
    for path, fields in (
        ("/desk/duty", {"remove": number}),
        ("/desk/account/keys", {"end": number}),
        ("/desk/alive", {"job": number}),
        ("/desk/act", {"row": f"{number}.wording.story", "act": "drop"}),
    ):
        assert admin.ask("POST", path, **fields)[0] in (409, 422), path
