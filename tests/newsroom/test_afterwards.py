"""The articles behind an alert are looked at again over real HTTP; a change raises one flag, and a hiccup none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.test_alerts import a_draft
from tests.desk.test_approval import held
from tests.desk.test_duty import Bell, Hands, bell, hands, on_duty, parts
from tests.fakes.publisher import Publisher
from tests.newsroom.test_starting import publisher
from tocsin.desk.approval import amend, approve
from tocsin.desk.duty import ring
from tocsin.model import Draft, Report, VersionKind
from tocsin.newsroom.afterwards import NoFlags, have_looked, look_again
from tocsin.store.alerts import VersionState, settle_version
from tocsin.store.audit import entries
from tocsin.store.watched import Flag, open_flags
from tocsin.wiring import Parts

__all__ = ["bell", "hands", "parts", "publisher"]

QUOTED = "Nine people were killed when the bridge fell into the harbour early on Monday, the mayor said."
REST = "The fire service said that divers were looking for others. " * 6


def page(title: str = "Nine killed as bridge falls", first: str = QUOTED, note: str = "") -> bytes:
    body = f"<h1>{title}</h1><p>{first}</p><p>{REST}</p>" + (f"<p>{note}</p>" if note else "")
    return f"<html lang=en><head><title>{title}</title></head><body><article>{body}</article></body></html>".encode()


def told(parts: Parts, url: str) -> int:
    report = Report("a1", "Harbour Post", "Nine killed as bridge falls", url)
    draft: Draft = replace(a_draft(), paragraphs=(QUOTED,), url=url, reports=(report,), articles=("a1",))
    with parts.store.write() as connection:
        version = held(connection, draft)
        approve(parts, connection, version, by="mara", at=parts.clock())
        settle_version(connection, version, VersionState.SENT, parts.clock())
    return version


def looked(parts: Parts, hands: Hands, minutes: float = 11) -> tuple[Flag, ...]:
    hands.at += timedelta(minutes=minutes)
    look_again(parts)
    with parts.store.read() as connection:
        return open_flags(connection)


@pytest.fixture
def article(publisher: Publisher) -> str:
    publisher.gives("/bridge", page(), Content_Type="text/html")
    return publisher.url("/bridge")


def test_a_changed_article_raises_a_flag_that_rings_until_somebody_has_looked(
    parts: Parts, hands: Hands, bell: Bell, publisher: Publisher, article: str
) -> None:
    on_duty(parts, bell, "mara")
    version = told(parts, article)
    assert looked(parts, hands) == ()
    publisher.gives("/bridge", page("Four killed as bridge falls"), Content_Type="text/html")
    assert looked(parts, hands) == (), "seen once it may be a hiccup"
    (flag,) = looked(parts, hands, 2)
    assert (flag.version, flag.kind) == (version, "title")
    assert (flag.before, flag.now) == ("Nine killed as bridge falls", "Four killed as bridge falls")
    assert looked(parts, hands) == (flag,), "raised once"
    assert ring(parts) == 1
    assert "has another title: Міст обвалився" in bell.rung[0][1]
    with parts.store.write() as connection:
        assert have_looked(parts, connection, version, by="mara") == 1
        with pytest.raises(NoFlags):
            have_looked(parts, connection, version, by="olaf")
        assert (entries(connection)[0].who, entries(connection)[0].act) == ("mara", "flags")
    hands.at += timedelta(minutes=3)
    assert ring(parts) == 0


def test_an_article_that_is_taken_down_is_flagged_and_a_correction_settles_it(
    parts: Parts, hands: Hands, publisher: Publisher, article: str
) -> None:
    version = told(parts, article)
    looked(parts, hands)
    publisher.gives("/bridge", b"", status="410 Gone")
    looked(parts, hands)
    (flag,) = looked(parts, hands, 2)
    assert (flag.kind, "410" in flag.now) == ("gone", True)
    asked = len(publisher.requests)
    assert looked(parts, hands) == (flag,)
    assert len(publisher.requests) == asked, "what is gone is not asked for again"
    with parts.store.write() as connection:
        amend(
            parts,
            connection,
            version,
            VersionKind.WITHDRAWAL,
            note="Its publisher took it back.",
            by="mara",
            at=hands.at,
        )
        assert open_flags(connection) == ()


def test_words_we_quoted_that_are_gone_are_flagged(
    parts: Parts, hands: Hands, publisher: Publisher, article: str
) -> None:
    told(parts, article)
    looked(parts, hands)
    quieter, note = QUOTED.replace("Nine", "Four"), "This article was amended on Monday: four people died, not nine."
    publisher.gives("/bridge", page(first=quieter, note=note), Content_Type="text/html")
    looked(parts, hands)
    flags = looked(parts, hands, 2)
    assert {flag.kind: (flag.before, flag.now) for flag in flags} == {"note": ("", note), "words": (QUOTED, quieter)}


def test_trouble_is_not_taken_for_a_change(parts: Parts, hands: Hands, publisher: Publisher, article: str) -> None:
    told(parts, article)
    looked(parts, hands)
    wall = b"<html><title>One moment</title><body>Are you human?</body></html>"
    for answer, status in ((b"", "503 Busy"), (b"", "403 Forbidden"), (wall, "200 OK"), (page("Hiccup"), "200 OK")):
        publisher.gives("/bridge", answer, status=status, Content_Type="text/html")
        assert looked(parts, hands) == ()
    publisher.gives("/bridge", page(), Content_Type="text/html")
    assert looked(parts, hands) == looked(parts, hands, 2) == ()


def test_a_page_is_asked_for_politely(parts: Parts, hands: Hands, publisher: Publisher, article: str) -> None:
    told(parts, article)
    with parts.store.write() as connection:
        other = held(connection, replace(a_draft("s2"), reports=(Report("a2", "Post", "B", publisher.url("/other")),)))
        approve(parts, connection, other, by="mara", at=hands.at)
    hands.at += timedelta(minutes=2)
    before = len(publisher.requests)
    assert look_again(parts) == 1, "one page of a host at a time"
    assert look_again(parts) == 1
    assert look_again(parts) == 0
    assert [request.path for request in publisher.requests[before:]] == ["/robots.txt", "/bridge", "/other"]
