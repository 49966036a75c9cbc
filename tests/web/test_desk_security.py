"""The desk's cookie and sessions, as docs/security.md promises."""

from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from tests.fakes.site import Site
from tests.web.test_desk_pages import PASSWORD, at_desk
from tocsin.store.people import Role, person_named, sessions_of


def test_the_cookie_is_for_the_desk_only(site: Site) -> None:
    somebody = at_desk(site, Role.VIEWER)
    connection = HTTPConnection(urlsplit(site.base).netloc, timeout=20)
    form = urlencode({"name": somebody.name, "password": PASSWORD})
    connection.request("POST", "/desk/login", form, {"content-type": "application/x-www-form-urlencoded"})
    said = connection.getresponse().headers["set-cookie"].lower()
    connection.close()
    for part in ("httponly", "samesite=strict", "path=/desk"):
        assert part in said


def test_nobody_ends_a_session_of_somebody_else(site: Site) -> None:
    victim, other = at_desk(site, Role.VIEWER), at_desk(site, Role.ADMIN)
    with site.parts.store.read() as connection:
        person = person_named(connection, victim.name)
        assert person is not None
        (session,) = sessions_of(connection, person.id)
    assert other.ask("POST", "/desk/account/end", session=session.digest)[0] == 303
    assert victim.ask("GET", "/desk")[0] == 200
