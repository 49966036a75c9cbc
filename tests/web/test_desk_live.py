"""An open desk is sent what changed within a second, catches up after a break, and ends with its session."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from tests.desk.test_approval import held
from tests.fakes.site import Site
from tests.web.test_desk_pages import Browser, at_desk
from tocsin.desk import people
from tocsin.store.people import Role


@contextmanager
def stream_of(browser: Browser, last: str = "") -> Iterator[HTTPResponse]:
    connection = HTTPConnection(urlsplit(browser.site.base).netloc, timeout=20)
    known = {"last-event-id": last} if last else {}
    connection.request("GET", "/desk/events", headers={"cookie": browser.cookie, **known})
    stream = connection.getresponse()
    assert stream.headers["content-type"].startswith("text/event-stream")
    yield stream
    connection.close()


def next_event(stream: HTTPResponse) -> tuple[str, dict[str, Any]]:
    """Return the id of the next event, and what it says."""
    name = ""
    while line := stream.readline().decode():
        if line.startswith("id: "):
            name = line[4:].strip()
        if line.startswith("data: "):
            return name, json.loads(line[6:])
    raise AssertionError("the stream ended")


def committed(site: Site) -> str:
    with site.parts.store.write() as writing:
        return f"/desk/versions/{held(writing)}"


def told(stream: HTTPResponse, link: str) -> str:
    """Wait until an event has a link, and return the event's id."""
    while True:
        name, said = next_event(stream)
        if any(link in row["html"] for row in said["rows"]):
            return name


def test_what_is_committed_is_on_an_open_desk_within_a_second(site: Site) -> None:
    def seconds() -> float:
        link = committed(site)
        began = time.monotonic()
        told(stream, link)
        return time.monotonic() - began

    with stream_of(at_desk(site, Role.EDITOR)) as stream:
        _, whole = next_event(stream)
        assert whole["all"]
        time.sleep(1)  # a desk that has been open for a while, with all news told
        assert median(seconds() for _ in range(5)) < 1.0


def test_who_comes_back_is_sent_what_was_missed_and_nothing_else(site: Site) -> None:
    editor = at_desk(site, Role.EDITOR)
    first = committed(site)
    with stream_of(editor) as stream:
        last = told(stream, first)
    missed = committed(site)
    with stream_of(editor, last) as stream:
        name, said = next_event(stream)
    assert not said["all"]
    html = "".join(row["html"] for row in said["rows"])
    assert missed in html
    assert name != last
    for of_another_process in ("0123abcd-1", "made up", "-", "x" * 5000):
        with stream_of(editor, of_another_process) as stream:
            assert next_event(stream)[1]["all"]


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgres"], scope="module")
def test_an_open_desk_goes_on_when_the_database_comes_back(site: Site) -> None:
    others = "pid <> pg_backend_pid() AND datname = current_database()"
    with stream_of(at_desk(site, Role.EDITOR)) as stream:
        next_event(stream)
        with site.parts.store.write() as connection:
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
        told(stream, committed(site))


def test_a_stream_ends_with_its_session(site: Site) -> None:
    editor = at_desk(site, Role.EDITOR)
    with stream_of(editor) as stream:
        next_event(stream)
        people.change_role(site.parts, name=editor.name, role=None, by="test")
        began = time.monotonic()
        while stream.readline():
            assert time.monotonic() - began < 10
    assert editor.ask("GET", "/desk/events")[:2] == (303, "/desk/login")
