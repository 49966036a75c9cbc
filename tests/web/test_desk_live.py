"""An open desk is told within a second of what is committed, and finds it there."""

import time
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

from tests.fakes.site import Site
from tests.test_desk import held
from tests.web.test_desk_pages import at_desk
from tocsin.store.people import Role


def next_event(stream: HTTPResponse) -> str:
    """Return the id of the next event."""
    while not (line := stream.readline().decode()).startswith("id:"):
        assert line
    return line.strip()


def test_what_is_committed_is_on_an_open_desk_within_a_second(site: Site) -> None:
    editor = at_desk(site, Role.EDITOR)
    connection = HTTPConnection(urlsplit(site.base).netloc, timeout=20)
    connection.request("GET", "/desk/events", headers={"cookie": editor.cookie})
    stream = connection.getresponse()
    assert stream.headers["content-type"].startswith("text/event-stream")
    known = next_event(stream)
    time.sleep(1.5)  # a desk that has been open for a while, with all news told
    began = time.monotonic()
    with site.parts.store.write() as writing:
        number = held(writing)
    while next_event(stream) == known:
        assert time.monotonic() - began < 5
    board = editor.ask("GET", "/desk?part=board")[2]
    took = time.monotonic() - began
    connection.close()
    assert f"/desk/versions/{number}" in board
    assert took < 1.0
