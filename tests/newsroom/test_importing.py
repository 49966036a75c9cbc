"""A subscription list becomes sources: each once, told apart by name, none of them twice."""

from tests.desk.test_duty import hands
from tests.newsroom.test_book import added, parts
from tocsin.intake.opml import Feed
from tocsin.model import Source
from tocsin.newsroom.book import sources_of
from tocsin.newsroom.importing import import_feeds
from tocsin.wiring import Parts

__all__ = ["hands", "parts"]


def imported(parts: Parts, *feeds: Feed) -> dict[str, str]:
    """Import feeds; return each with what was in its way."""
    with parts.store.write() as connection:
        done = list(import_feeds(parts, connection, feeds, tier=3, by="mara", at=parts.clock()))
    return {source.name: str(why_not or "") for source, why_not in done}


def known(parts: Parts) -> dict[str, Source]:
    with parts.store.read() as connection:
        return sources_of(parts, connection).by_name()


def test_feeds_of_one_site_are_listened_to_as_one_publisher(parts: Parts) -> None:
    assert imported(parts, Feed("https://pier.example/a", "Pier"), Feed("https://pier.example/b", "Pier sport")) == {
        "Pier": "",
        "Pier sport": "",
    }
    assert {known(parts)[name].publisher for name in ("Pier", "Pier sport")} == {"pier.example"}
    assert known(parts)["Pier"].tier == 3
    assert not known(parts)["Pier"].may_alert_alone


def test_done_twice_it_changes_nothing_that_was_changed_meanwhile(parts: Parts) -> None:
    feed = Feed("https://harbour.example/feed", "Harbour")
    imported(parts, feed)
    added(parts, tier=1, may_alert_alone=True)
    assert imported(parts, feed, Feed("https://wire.example/feed", "The Wire")) == {}
    assert known(parts)["Harbour"].may_alert_alone


def test_two_feeds_of_one_name_are_told_apart(parts: Parts) -> None:
    feeds = [Feed(f"https://{host}.example/{path}", "News") for host, path in (("a", "1"), ("b", "1"), ("b", "2"))]
    assert list(imported(parts, *feeds)) == ["News", "News (b.example)", "News (https://b.example/2)"]
    assert list(imported(parts, Feed("https://c.example/", "Wire"))) == ["Wire (c.example)"]


def test_what_is_no_address_stops_no_other(parts: Parts) -> None:
    found = imported(
        parts, Feed("https://[", "Broken"), Feed("file:///etc/passwd", "Local"), Feed("https://a.example/", "A")
    )
    assert found["Broken"]
    assert found["Local"]
    assert found["A"] == ""
    assert known(parts).keys() == {"Wire", "A"}
