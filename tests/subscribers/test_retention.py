"""What the privacy notice says is forgotten after some days is forgotten after them, and not before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from tests.fakes.site import parts_on
from tests.fakes.stories import alert
from tocsin.alerts.afterwards import Finding
from tocsin.model import DeliveryState
from tocsin.readers.addresses import parse_address
from tocsin.readers.consent import Act, Purpose
from tocsin.readers.interests import ALL_NEWS
from tocsin.readers.signup import SignUp
from tocsin.store.alerts import VersionState, add_version, approve_version, settle_version, version_of
from tocsin.store.audience import freeze_audience
from tocsin.store.consents import add_consent, check_consents, consents_of
from tocsin.store.deliveries import deliveries, tally
from tocsin.store.engine import Store
from tocsin.store.letters import letters
from tocsin.store.preferences import choose
from tocsin.store.rehearsals import begin_rehearsal, rehearsal_of
from tocsin.store.retention import totals_of
from tocsin.store.subscribers import activate, add_subscriber, subscribers
from tocsin.store.watched import Watched, flags_of, raise_flag, settle_flags
from tocsin.subscribers.retention import Tidied, forget
from tocsin.subscribers.signing_up import Visit, sign_up
from tocsin.wiring import Parts

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def at(store: Store, folder: Path, days: float) -> Parts:
    return parts_on(store, folder, clock=lambda: NOON + timedelta(days=days))


def test_a_sign_up_that_is_not_confirmed_goes_after_seven_days(store: Store, tmp_path: Path) -> None:
    form = SignUp(parse_address("reader@example.com"), (), flash_only=False, offers=False)
    sign_up(at(store, tmp_path, 0), form, Visit("192.0.2.1", "en", {}))
    assert forget(at(store, tmp_path, 6.9)) == Tidied(0, 0, 0, 0)
    assert forget(at(store, tmp_path, 7.1)) == Tidied(1, 0, 0, 0)
    assert forget(at(store, tmp_path, 30.1)) == Tidied(0, 0, 1, 0)
    with store.read() as connection:
        assert connection.execute(select(subscribers)).all() == []
        assert connection.execute(select(letters)).all() == []


def test_network_addresses_go_after_thirty_days_and_the_proof_stays(store: Store, tmp_path: Path) -> None:
    facts = {"network address": "192.0.2.1", "address": "reader@example.com"}
    with store.write() as connection:
        add_consent(connection, subscriber=1, at=NOON, purpose=Purpose.ALERTS, act=Act.GIVEN, facts=facts)
    assert forget(at(store, tmp_path, 29.9)).networks == 0
    assert forget(at(store, tmp_path, 30.1)).networks == 1
    with store.read() as connection:
        assert check_consents(connection).broken == ()
        kept = consents_of(connection, 1)[0].facts
    assert (kept["network address"].value, kept["address"].value) == (None, "reader@example.com")


def test_who_was_sent_what_becomes_a_total_after_ninety_days(store: Store, tmp_path: Path) -> None:
    with store.write() as connection:
        reader = add_subscriber(connection, address="a", address_key="a", language="en", zone="UTC", at=NOON)
        activate(connection, reader, NOON)
        choose(connection, reader, (ALL_NEWS,))
        times = {"published_at": NOON, "seen_at": NOON, "decided_at": NOON}
        number = add_version(connection, replace(alert()), **times, stages={}, held_until=None, reason="")  # type: ignore[arg-type]
        approve_version(connection, number, "test", NOON)
        version = version_of(connection, number)
        assert version is not None
        freeze_audience(connection, version, NOON)
    assert forget(at(store, tmp_path, 91)).deliveries == 0, "it is still being sent"
    with store.write() as connection:
        settle_version(connection, number, VersionState.SENT, NOON)
        before = tally(connection, number)
    assert forget(at(store, tmp_path, 89.9)).deliveries == 0
    assert forget(at(store, tmp_path, 90.1)).deliveries == 1
    with store.read() as connection:
        assert connection.execute(select(deliveries)).all() == []
        assert totals_of(connection, number) == before == {DeliveryState.PENDING: 1}


def test_flags_somebody_looked_at_and_rehearsals_go_after_ninety_days(store: Store, tmp_path: Path) -> None:
    with store.write() as connection:
        number = add_version(
            connection, alert(), published_at=NOON, seen_at=NOON, decided_at=NOON, stages={}, held_until=None, reason=""
        )
        page = Watched(number, "https://wire.example/dam", "a1", NOON, None, ())
        raise_flag(connection, page, Finding("note", "", "Correction: a sluice."), NOON)
        settle_flags(connection, [number], "mara", NOON)
        raise_flag(connection, page, Finding("gone", "", "404"), NOON)
        rehearsal = begin_rehearsal(connection, {"alert": 45.0}, by="mara", at=NOON)
    for days, kinds in ((89.9, ["note", "gone"]), (90.1, ["gone"])):
        forget(at(store, tmp_path, days))
        with store.read() as connection:
            assert [flag.kind for flag in flags_of(connection, [number])] == kinds
            assert (rehearsal_of(connection, rehearsal) is None) == (days > 90)
