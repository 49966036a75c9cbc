"""Whatever editors, rules, clocks, senders and crashes do, in whatever order: nobody is sent what must not be sent.

A machine plays a newsroom against the real store and the real ledger of sending. Beside it stands a small model that
knows only what people did: who agreed to which words, what was taken back, what was dropped. Each letter that the
ledger hands out is held against the model.
"""

import itertools
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, text

from tests.desk.test_approval import grave, held
from tests.postgres import Postgres
from tocsin.alerts.editing import Edit, key_of
from tocsin.desk.approval import amend, approve, drop, pause, stop
from tocsin.desk.editing import edit
from tocsin.desk.grace import end_grace, hold, send_soon, take_back
from tocsin.errors import Refused
from tocsin.jobs.port import Job
from tocsin.model import Band, DeliveryState, Draft, VersionKind
from tocsin.readers.interests import ALL_NEWS
from tocsin.secret import renew_secret
from tocsin.sending.ledger import Ledger
from tocsin.settings import Settings
from tocsin.store.alerts import (
    Version,
    VersionState,
    adopt_alert,
    drop_holds,
    expire_holds,
    swap_alerts,
    version_of,
    versions_in,
    versions_of,
)
from tocsin.store.audit import verify_audit
from tocsin.store.claims import Claimed, Settled, milliseconds
from tocsin.store.preferences import choose
from tocsin.store.subscribers import activate, add_subscriber
from tocsin.wiring import Parts, assemble, up_to_date

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
READERS = 4
PEOPLE = st.sampled_from(["mara", "olaf", "ines"])
STORIES = st.sampled_from(["s1", "s2"])
WHICH = st.sampled_from([0, 0, 0, 0, 1, 1, 2])
"""Which version, the newest first: what is new is what people act on."""
RARELY = st.sampled_from([False] * 5 + [True])
EVERY_STATE = tuple(VersionState)


class Crash(Exception):
    """The process dies before its transaction is committed."""


@dataclass
class Known:
    """What the model knows of a version: who agreed to its words, and what it then was when it was sent."""

    needs: int
    agreed: set[str] = field(default_factory=set)
    approved: Draft | None = None
    over: str = ""


class Newsroom(RuleBasedStateMachine):
    """Editors, rules, a clock and a sender, on a database whose URL the test gives."""

    url: Callable[[], str]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.at = NOW
        options = Settings(folder=Path(self.folder.name) / "var", database=type(self).url())
        renew_secret(up_to_date(options), options)  # the database has readers of the example before
        self.parts: Parts = assemble(options, lambda: self.at)
        self.parts.settings.desk.undo_s = 8
        self.known: dict[int, Known] = {}
        self.got: dict[tuple[int, int], int] = defaultdict(int)
        self.maybe: dict[tuple[int, int], int] = defaultdict(int)
        self.hand: list[Claimed] = []
        with self.parts.store.write() as connection:
            for table in ("deliveries", "approvals", "versions", "alerts", "audit", "preferences", "subscribers"):
                connection.execute(text(f"DELETE FROM {table}"))
            for number in range(READERS):
                self._reader(connection, number)
        self.ledger = self._sender()
        self._propose("s1", VersionKind.ALERT, serious=True)

    def teardown(self) -> None:
        with self.parts.store.read() as connection:
            assert verify_audit(connection).broken == ()
        self.parts.store.close()
        self.folder.cleanup()

    def _reader(self, connection: Connection, number: int) -> None:
        reader = add_subscriber(
            connection, address=f"{number}@example.org", address_key=f"k{number}", language="en", zone="UTC", at=NOW
        )
        activate(connection, reader, NOW)
        choose(connection, reader, (ALL_NEWS,))

    def _sender(self) -> Ledger:
        ledger = Ledger(self.parts, Path(self.folder.name) / f"none-{next(_NUMBERS)}.log")
        ledger.join()
        return ledger

    # -- what people and rules do ------------------------------------------------------------------------------------

    def _act(self, which: int, act: Callable[[Connection, int], object], *, crash: bool = False) -> Version | None:
        """Do something to a version, unless it is refused or the process dies; return the version if it was done."""
        number = sorted(self.known, reverse=True)[which % len(self.known)]
        try:
            with self.parts.store.write() as connection:
                act(connection, number)
                _die_if(crash)
        except (Refused, Crash):
            return None
        return self._version(number)

    def _version(self, number: int) -> Version:
        with self.parts.store.read() as connection:
            version = version_of(connection, number)
        assert version is not None
        return version

    @rule(story=STORIES, serious=st.booleans(), update=st.booleans())
    def propose(self, story: str, serious: bool, update: bool) -> None:
        """The newsroom proposes a version, which takes the place of what still waits."""
        self._propose(story, VersionKind.UPDATE if update else VersionKind.ALERT, serious=serious)

    def _propose(self, story: str, kind: VersionKind, *, serious: bool) -> None:
        draft = replace(grave(), kind=kind, story=story, reasons=grave().reasons if serious else ())
        with self.parts.store.write() as connection:
            drop_holds(connection, story, self.at)
            number = held(connection, replace(draft, band=Band.ALERT))
            connection.execute(
                text("UPDATE versions SET held_until = :until WHERE id = :id"),
                {"until": (self.at + timedelta(minutes=20) - EPOCH) // timedelta(microseconds=1), "id": number},
            )
        self.known[number] = Known(2 if serious else 1)

    @rule(which=WHICH, who=PEOPLE, alone=RARELY, unseen=RARELY, crash=RARELY)
    def approve(self, which: int, who: str, alone: bool, unseen: bool, crash: bool) -> None:
        """Somebody approves; ``unseen``: the words of an hour ago, which is done only if they are still the same."""

        def act(connection: Connection, number: int) -> None:
            why, seen = "nobody is there" if alone else None, 0 if unseen else None
            approve(self.parts, connection, number, by=who, at=self.at, alone=why, seen=seen)

        version = self._act(which, act, crash=crash)
        if version is not None:
            assert not unseen or version.revision == 0
            self.known[version.id].agreed.add(who)
            self._sent_by_people(version, alone=alone)

    def _sent_by_people(self, version: Version, *, alone: bool = False) -> None:
        known = self.known[version.id]
        if version.state is VersionState.HELD:
            return
        assert alone or len(known.agreed) >= known.needs, "sent without enough people"
        known.approved = version.draft

    @rule(which=WHICH, who=PEOPLE, note=st.sampled_from(["", "A.", "B."]), crash=RARELY)
    def edit(self, which: int, who: str, note: str, crash: bool) -> None:
        def act(connection: Connection, number: int) -> None:
            version = version_of(connection, number)
            assert version is not None
            draft = version.draft
            paragraphs = tuple(key_of(draft.story, each) for each in draft.paragraphs)
            wanted = Edit(key_of(draft.headline), paragraphs, (), note, draft.band)
            if edit(connection, number, wanted, seen=version.revision, by=who, at=self.at):
                changed.append(number)

        changed: list[int] = []
        if self._act(which, act, crash=crash) is not None:
            for number in changed:
                self.known[number].agreed.clear()

    @rule(which=WHICH, who=PEOPLE)
    def send_soon(self, which: int, who: str) -> None:
        version = self._act(which, lambda c, n: send_soon(self.parts, c, n, by=who, at=self.at))
        if version is not None:
            self.known[version.id].agreed.add(who)

    @rule(which=WHICH, what=st.sampled_from([drop, hold, take_back]), crash=RARELY)
    def change_mind(self, which: int, what: Callable[..., object], crash: bool) -> None:
        """Somebody drops a version, keeps it for a decision, or takes back what was decided."""
        version = self._act(which, lambda c, n: what(c, n, by="mara", at=self.at), crash=crash)
        if version is not None and what is drop:
            self.known[version.id].over = "dropped"
        if version is not None and what is take_back:
            self.known[version.id].agreed.clear()
            self.known[version.id].over = ""

    @rule(which=WHICH, correct=st.booleans(), crash=RARELY)
    def amend(self, which: int, correct: bool, crash: bool) -> None:
        kind = VersionKind.CORRECTION if correct else VersionKind.WITHDRAWAL
        made: list[int] = []

        def act(connection: Connection, number: int) -> None:
            done = amend(self.parts, connection, number, kind, note="It was wrong.", by="mara", at=self.at)
            made.append(done.version.id)

        wrong = self._act(which, act, crash=crash)
        if wrong is not None:
            self.known[wrong.id].over = str(kind)
            self.known[made[-1]] = Known(1, {"mara"}, self._version(made[-1]).draft)

    @rule(which=WHICH, what=st.sampled_from(["stop", "pause", "resume", "merge", "swap"]))
    def do_what_is_rare(self, which: int, what: str) -> None:
        """Stop or pause a send, let it go on; or two stories turn out to be one, or exchange their alerts."""
        if what == "stop":
            version = self._act(which, lambda c, n: stop(c, n, by="mara", at=self.at))
            if version is not None:
                self.known[version.id].over = "stopped"
        elif what in ("pause", "resume"):
            self._act(which, lambda c, n: pause(self.parts, c, n, by="mara", at=self.at, on=what == "pause"))
        else:
            with self.parts.store.write() as connection:
                (adopt_alert if what == "merge" else swap_alerts)(connection, "s1", "s2")

    @rule(seconds=st.sampled_from([1, 9, 150, 1300]))
    def wait(self, seconds: int) -> None:
        """Time passes: what sends itself does, and what nobody has decided expires."""
        self.at += timedelta(seconds=seconds)
        for number in sorted(self.known):
            before = self._version(number)
            end_grace(self.parts, Job("grace", str(number), 1))
            after = self._version(number)
            if before.state is VersionState.HELD and after.state is VersionState.SENDING:
                assert before.sends_at is not None
                assert before.sends_at <= self.at
                self._sent_by_people(after)
        with self.parts.store.write() as connection:
            expire_holds(connection, self.at)

    # -- what senders do ---------------------------------------------------------------------------------------------

    @rule(want=st.integers(1, 3))
    def claim(self, want: int) -> None:
        """The sender takes letters in hand and gives them to the relay: from here on they may arrive."""
        taken = self.ledger.exchange((), (), {}, want, set())
        for delivery in taken.deliveries if taken else ():
            self._may_be_sent(delivery)
            self.hand.append(delivery)

    def _may_be_sent(self, delivery: Claimed) -> None:
        version, known = self._version(delivery.version), self.known[delivery.version]
        key = (delivery.version, delivery.subscriber)
        assert known.approved is not None, "nobody approved it"
        assert version.draft == known.approved, "it is not what was approved"
        assert known.over == "", f"it was {known.over}"
        assert version.paused_at is None
        with self.parts.store.read() as connection:
            chain = versions_of(connection, version.alert)
        newer = [each.id for each in chain if each.number > version.number and self.known[each.id].approved]
        assert not newer, "a newer version has taken its place"
        assert self.got[key] == 0, "it came already"
        self.maybe[key] += 1

    @rule(accepted=st.booleans(), crash=RARELY)
    def settle(self, accepted: bool, crash: bool) -> None:
        """The relay answers, and the answers are kept; or the sender dies first, and another buries it."""
        if crash:
            self.hand.clear()
            self.at += timedelta(seconds=60)
            self.ledger = self._sender()
            return
        state = DeliveryState.ACCEPTED if accepted else DeliveryState.DEFERRED
        outcomes = [self._outcome(delivery, state) for delivery in self.hand]
        if outcomes:
            self.ledger.exchange(outcomes, (), {}, 0, set())
        for delivery in self.hand:
            self.got[delivery.version, delivery.subscriber] += accepted
        self.hand.clear()
        self.ledger.finish(())

    def _outcome(self, delivery: Claimed, state: DeliveryState) -> Settled:
        approved_at = self._version(delivery.version).approved_at
        assert approved_at is not None
        took = milliseconds(self.at - approved_at)
        code, due = (250, None) if state is DeliveryState.ACCEPTED else (451, took)
        return Settled(
            delivery.version, delivery.subscriber, state, took, took, due, False, code, "said", None, suppress=False
        )

    # -- what is always true -----------------------------------------------------------------------------------------

    @invariant()
    def only_what_people_approved_is_under_way(self) -> None:
        with self.parts.store.read() as connection:
            for version in versions_in(connection, *EVERY_STATE):
                assert (version.approved_at is not None) == (self.known[version.id].approved is not None)
                if version.state in (VersionState.DROPPED, VersionState.EXPIRED, VersionState.HELD):
                    assert version.approved_at is None
            rows = connection.execute(text("SELECT DISTINCT version FROM deliveries")).scalars().all()
            assert set(rows) <= {number for number, known in self.known.items() if known.approved}


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBERS = itertools.count(1)
_QUIETLY = [HealthCheck.too_slow, HealthCheck.filter_too_much]


def _die_if(crash: bool) -> None:
    if crash:
        raise Crash


def machine_on(url: Callable[[], str]) -> type[Newsroom]:
    return type("NewsroomOn", (Newsroom,), {"url": staticmethod(url)})


@pytest.mark.timeout(600)
def test_no_sequence_sends_what_must_not_be_sent(migrated_sqlite: Path, tmp_path: Path) -> None:
    def fresh() -> str:
        file = tmp_path / f"{next(_NUMBERS)}.sqlite3"
        file.write_bytes(migrated_sqlite.read_bytes())
        return f"sqlite:///{file}"

    run_state_machine_as_test(
        machine_on(fresh),
        settings=settings(max_examples=30, stateful_step_count=60, deadline=None, suppress_health_check=_QUIETLY),
    )


@pytest.mark.postgres
@pytest.mark.timeout(600)
def test_nor_on_postgresql(postgres: Postgres) -> None:
    with postgres.fresh() as url:
        run_state_machine_as_test(
            machine_on(lambda: url),
            settings=settings(max_examples=3, stateful_step_count=40, deadline=None, suppress_health_check=_QUIETLY),
        )
