"""Secrets of second factors are not readable in the database, old ones are sealed at the start, and still open."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from tests.desk.test_people import Clock, clock, enter, mara, parts, seat
from tocsin.desk import people
from tocsin.desk.people import NotLoggedIn
from tocsin.desk.sealing import opened, seal_all, sealed
from tocsin.store import people as kept
from tocsin.store.people import change_person, person_named
from tocsin.wiring import Parts

__all__ = ("clock", "mara", "parts")


def in_store(parts: Parts) -> str:
    with parts.store.read() as connection:
        return str(connection.execute(select(kept.people.c.totp)).scalars().one())


def enrolled(parts: Parts, clock: Clock) -> tuple[str, tuple[str, ...]]:
    at_desk = seat(parts, enter(parts))
    secret = people.enrol(parts, at_desk).secret
    codes = people.prove(parts, at_desk, pyotp.TOTP(secret).at(clock.now))
    clock.now += timedelta(seconds=30)
    return secret, codes


def test_the_database_does_not_tell_the_secret(parts: Parts, mara: str, clock: Clock) -> None:
    secret, _ = enrolled(parts, clock)
    assert secret not in in_store(parts)
    enter(parts, code=pyotp.TOTP(secret).at(clock.now))


def test_what_was_kept_in_plain_is_sealed_once_and_still_opens(parts: Parts, mara: str, clock: Clock) -> None:
    secret, _ = enrolled(parts, clock)
    with parts.store.write() as connection:
        person = person_named(connection, mara)
        assert person is not None
        change_person(connection, person.id, totp=secret)
    enter(parts, code=pyotp.TOTP(secret).at(clock.now))  # before the web role has sealed it
    assert seal_all(parts) == 1
    assert secret not in in_store(parts)
    assert seal_all(parts) == 0
    clock.now += timedelta(seconds=30)
    enter(parts, code=pyotp.TOTP(secret).at(clock.now))


def test_with_another_secret_file_no_code_opens_but_a_recovery_code_does(parts: Parts, mara: str, clock: Clock) -> None:
    secret, codes = enrolled(parts, clock)
    elsewhere = replace(parts, secret=b"another installation's, 32 bytes")
    with pytest.raises(NotLoggedIn):
        enter(elsewhere, code=pyotp.TOTP(secret).at(clock.now))
    enter(elsewhere, code=codes[0])


@pytest.mark.parametrize("damaged", ["v1.", "v1.AAAA", "v1.a", "v1.ä"])
def test_a_damaged_one_opens_nothing(damaged: str) -> None:
    assert opened(b"s" * 32, 7, damaged) is None


def test_it_is_bound_to_its_person_and_never_the_same_twice() -> None:
    secret = b"s" * 32
    one = sealed(secret, 7, "JBSWY3DPEHPK3PXP")
    assert opened(secret, 7, one) == "JBSWY3DPEHPK3PXP"
    assert opened(secret, 8, one) is None
    assert sealed(secret, 7, "JBSWY3DPEHPK3PXP") != one
