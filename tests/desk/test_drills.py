"""A drill reaches the drill audience over real SMTP, is marked from end to end, and can't reach a reader."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.fakes.site import Site, running_site, signed_up
from tocsin.alerts.own_words import OwnWords
from tocsin.desk.drills import COLOUR, audience_of_drill, send_drill, start_drill
from tocsin.errors import WrongUse
from tocsin.jobs.port import Job
from tocsin.model import Band
from tocsin.settings import Desk
from tocsin.store.audit import entries
from tocsin.store.deliveries import deliveries
from tocsin.store.engine import Store
from tocsin.store.jobs import jobs

WORDS = OwnWords("The bell is rung", "Tell the desk when this has reached you.", "Drill desk", Band.FLASH)
READER, EDITOR = "reader@example.com", "mara@daily.example"


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Site]:
    with running_site(store, tmp_path, desk=Desk(drill_audience=(EDITOR, READER))) as site:
        yield site


def queued(site: Site) -> list[Job]:
    with site.parts.store.read() as connection:
        rows = connection.execute(select(jobs.c.payload).where(jobs.c.name == "drill"))
        return [Job("drill", row.payload, 1) for row in rows]


def test_it_reaches_the_drill_audience_and_no_reader(site: Site) -> None:
    signed_up(site, READER)
    with site.parts.store.write() as connection:
        drill = start_drill(site.parts, connection, WORDS, by="mara", at=site.parts.clock())
    assert (drill.to, drill.left_out) == ((EDITOR,), (READER,))
    before = len(site.letters_to(READER))
    for job in queued(site):
        send_drill(site.parts, job)
    (mail,) = site.letters_to(EDITOR)
    assert str(mail.message["Subject"]).startswith("[DRILL] ")
    for body in (mail.body("plain"), mail.body("html")):
        assert body.count("DRILL") >= 4
    assert COLOUR in mail.body("html")
    assert len(site.letters_to(READER)) == before
    with site.parts.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(deliveries)).scalar_one() == 0
        assert entries(connection)[0].act == "drill"


def test_an_address_that_became_a_readers_meanwhile_is_left_out(site: Site) -> None:
    with site.parts.store.write() as connection:
        assert start_drill(site.parts, connection, WORDS, by="mara", at=site.parts.clock()).to == (EDITOR, READER)
    waiting = queued(site)
    signed_up(site, READER)
    before = len(site.letters_to(READER))
    for job in waiting:
        send_drill(site.parts, job)
    assert len(site.letters_to(READER)) == before


def test_nobody_to_drill_is_told(site: Site) -> None:
    site.parts.settings.desk.drill_audience = ()
    with site.parts.store.write() as connection, pytest.raises(WrongUse, match="drill_audience"):
        start_drill(site.parts, connection, WORDS, by="mara", at=site.parts.clock())
    with site.parts.store.read() as connection:
        assert audience_of_drill(site.parts, connection).to == ()
