"""The board: rows in order of urgency, what changed and nothing else, the same row made once for all who look."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from tests.fakes.stories import WIRE, WIRE_READING, alert, verdict
from tocsin.model import Band, Origin, Route, Verdict
from tocsin.store.alerts import VersionState, add_version, adopt_alert, schedule_version
from tocsin.store.approvals import agree
from tocsin.store.engine import Store
from tocsin.store.stories import ReadArticle, add_article, fold_story, record_verdict
from tocsin.web.desk.gathering import SHOWN_FOR, Gatherer
from tocsin.web.desk.rows import Row, urgency
from tocsin.web.desk.similar import Told, similar, words_of
from tocsin.web.desk.snapshot import Snapshot, advanced, changes
from tocsin.web.desk.stories import story_now

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
NOBODY = frozenset[str]()


def reported(store: Store, number: int, story: str, *, minutes: float = 0, score: float = 50.0) -> None:
    """Let an article join a story."""
    at = NOW + timedelta(minutes=minutes)
    article = replace(WIRE, id=f"a{number}")
    kept = ReadArticle(number, article, WIRE_READING, at, at, primed=True)
    judged = Verdict(at, article.id, story, 40.0, score, Band.ALERT, Route.DIGEST, "One report", (Origin("x", ()),))
    with store.write() as connection:
        add_article(connection, kept)
        record_verdict(connection, kept, judged, ())


def held(store: Store, story: str, band: Band = Band.ALERT, minutes: int = 20) -> int:
    with store.write() as connection:
        return add_version(
            connection,
            replace(alert(), story=story, band=band),
            published_at=NOW,
            seen_at=NOW,
            decided_at=NOW,
            stages={},
            held_until=NOW + timedelta(minutes=minutes),
            reason="",
        )


def rows_of(store: Store, gatherer: Gatherer, minutes: float = 1) -> tuple[Row, ...]:
    with store.read() as connection:
        return gatherer.rows(connection, NOW + timedelta(minutes=minutes))


def test_what_sends_itself_comes_first_then_what_waits_then_the_score(store: Store) -> None:
    reported(store, 1, "quiet", score=46.0)
    reported(store, 2, "loud", score=80.0)
    reported(store, 3, "waits")
    held(store, "waits")
    held(store, "flash", Band.FLASH)
    soon = held(store, "soon")
    with store.write() as connection:
        schedule_version(connection, soon, NOW + timedelta(minutes=2), "rules")
    assert [row.key for row in rows_of(store, Gatherer())] == ["soon", "flash", "waits", "loud", "quiet"]


def test_only_what_changed_is_made_again(store: Store) -> None:
    gatherer = Gatherer()
    for number, story in enumerate(("one", "other"), 1):
        reported(store, number, story)
    before = {row.key: row for row in rows_of(store, gatherer)}
    reported(store, 3, "other", minutes=1)
    after = {row.key: row for row in rows_of(store, gatherer)}
    assert after["one"] is before["one"]
    assert after["other"].story is not None
    assert after["other"].story.reports == 2
    version = held(store, "one")
    with store.write() as connection:
        agree(connection, version, "mara", NOW)
    (first, _) = rows_of(store, gatherer)
    assert first.waiting is not None
    assert (first.key, first.waiting.agreed) == ("one", ("mara",))


def test_a_merged_story_leaves_and_its_reports_are_the_others(store: Store) -> None:
    gatherer = Gatherer()
    for number, story in enumerate(("older", "newer"), 1):
        reported(store, number, story)
    rows_of(store, gatherer)
    with store.write() as connection:
        fold_story(connection, "older", "newer")
    (row,) = rows_of(store, gatherer)
    assert row.story is not None
    assert (row.key, row.story.reports) == ("older", 2)


def test_the_board_forgets_after_half_a_day_but_not_what_waits(store: Store) -> None:
    gatherer = Gatherer()
    reported(store, 1, "old")
    held(store, "waits", minutes=100_000)
    assert len(rows_of(store, gatherer)) == 2
    late = SHOWN_FOR.total_seconds() / 60 + 1
    assert [row.key for row in rows_of(store, gatherer, late)] == ["waits"]


def test_a_clock_that_was_ahead_takes_nothing_from_the_board(store: Store) -> None:
    reported(store, 1, "a")
    gatherer = Gatherer()
    assert [row.key for row in rows_of(store, gatherer)] == ["a"]
    assert rows_of(store, gatherer, minutes=60 * 24 * 30) == ()
    assert [row.key for row in rows_of(store, gatherer, minutes=2)] == ["a"]


def test_an_alert_that_joins_a_story_is_shown_with_it(store: Store) -> None:
    gatherer = Gatherer()
    held(store, "begun")
    reported(store, 1, "heard")
    assert {row.key for row in rows_of(store, gatherer)} == {"begun", "heard"}
    with store.write() as connection:
        adopt_alert(connection, "begun", "heard")
    (row,) = rows_of(store, gatherer)
    assert row.version is not None
    assert (row.key, row.version.state) == ("heard", VersionState.HELD)


def test_an_alert_of_the_day_about_the_same_is_shown_its_own_is_not() -> None:
    words = words_of(WIRE)
    same = Told(
        1, "other", NOW, "Dam breached", "sent", words_of(replace(WIRE, title="Dam above Alderton has breached"))
    )
    apart = Told(2, "third", NOW, "Football", "sent", words_of(replace(WIRE, title="Cup final drawn", text="Nil all.")))
    assert similar("mine", words, [same, apart]) == (same,)
    assert similar("other", words, [same, apart]) == ()


# ---- What an open desk is sent brings it to the board as it is, from whatever it had.


class OpenDesk:
    """What a browser does with the events (``desk.js``)."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []
        self.head = ""
        self.known: int | None = None

    def take(self, told: dict[str, Any], number: int) -> None:
        self.known, self.head = number, told.get("head", self.head)
        kept = {row["key"] for row in told["rows"]}
        self.rows = [row for row in self.rows if (row[0] in kept if told["all"] else row[0] not in told["gone"])]
        for row in told["rows"]:
            self.rows = [each for each in self.rows if each[0] != row["key"]]
            keys = [each[0] for each in self.rows]
            at = 0 if row["after"] is None else keys.index(row["after"]) + 1
            self.rows.insert(at, (row["key"], row["html"]))


def a_row(key: int, score: int) -> Row:
    at = ReadArticle(1, WIRE, WIRE_READING, NOW, NOW, primed=True)
    return Row(f"s{key}", story_now(replace(verdict(), score=float(score)), (at,)))


def made(row: Row) -> Markup:
    return Markup(f"{row.key} {row.story.verdict.score if row.story else ''}")


BOARDS = st.lists(st.dictionaries(st.integers(0, 6), st.integers(0, 5), max_size=6), min_size=1, max_size=8)


@given(BOARDS, st.data())
@settings(deadline=None, max_examples=40)
def test_every_desk_comes_to_the_board_whatever_it_missed(boards: list[dict[int, int]], data: st.DataObject) -> None:

    now, desk = Snapshot(), OpenDesk()
    for board in boards:
        rows = sorted((a_row(key, score) for key, score in board.items()), key=urgency)
        now = advanced(now, rows, Markup(len(rows)), NOBODY, made)
        if data.draw(st.booleans()):
            since = desk.known if data.draw(st.booleans()) else None
            desk.take(json.loads(changes(now, since)), now.number)
            assert desk.rows == [(row.key, made(row)) for row in rows]
            assert desk.head == str(len(rows))


def test_nothing_new_is_no_news() -> None:
    rows = [a_row(1, 3)]
    first = advanced(Snapshot(), rows, Markup("x"), NOBODY, made)
    again = advanced(first, [a_row(1, 3)], Markup("x"), frozenset(["somebody"]), made)
    assert again.number == first.number
    assert json.loads(changes(again, first.number)) == {"rows": [], "gone": [], "all": False}
