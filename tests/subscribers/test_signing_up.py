"""What readers cause in the store: caps hold under attack, and nothing is kept of whom we don't write to."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from sqlalchemy import func, select

from tests.fakes.site import parts_on
from tocsin.readers.addresses import parse_address
from tocsin.readers.caps import LONGEST_WAIT
from tocsin.readers.signup import SignUp
from tocsin.settings import Readers
from tocsin.store.engine import Store
from tocsin.store.jobs import jobs
from tocsin.store.letters import letters
from tocsin.store.signups import signups
from tocsin.store.subscribers import subscribers
from tocsin.subscribers.signing_up import Visit, sign_up

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CAPS = Readers(per_client_an_hour=20, per_domain_an_hour=100)


def asks(address: str, *, offers: bool = False) -> SignUp:
    return SignUp(parse_address(address), (), flash_only=False, offers=offers)


def visit(client: str) -> Visit:
    return Visit(client, "en", {})


def bomb(store: Store, folder: Path, sign_ups: int, strangers: int, clients: int) -> None:
    """Sign ``strangers`` up from ``clients`` within ten minutes, and check what they would be sent."""
    now = NOON
    parts = parts_on(store, folder, clock=lambda: now, readers=CAPS)
    for number in range(sign_ups):
        now = NOON + timedelta(minutes=10) * number / sign_ups
        stranger = number * 7 % strangers
        sign_up(parts, asks(f"stranger{stranger}@domain{stranger % 12}.example"), visit(f"192.0.2.{number % clients}"))
    with store.read() as connection:
        sent = connection.execute(select(letters)).all()
        queued = connection.execute(select(func.count()).select_from(jobs)).scalar_one()
        kept = connection.execute(select(func.count()).select_from(subscribers)).scalar_one()
    assert queued == len(sent) == kept > 0
    assert max(Counter(row.mailbox for row in sent).values()) == 1
    assert max(row.send_after for row in sent) <= now + LONGEST_WAIT
    for column, cap in (("client", CAPS.per_client_an_hour), ("domain", CAPS.per_domain_an_hour)):
        turns = defaultdict(list)
        for row in sent:
            turns[getattr(row, column)].append(row.send_after)
        for times in map(sorted, turns.values()):
            assert all(late - early >= timedelta(hours=1) for early, late in zip(times, times[cap:], strict=False))


def test_list_bombing_reaches_each_stranger_once_at_most_and_keeps_within_the_caps(
    store: Store, tmp_path: Path
) -> None:
    """``bench/list_bombing.py`` does the same with 10,000 sign-ups of 5,000 strangers from 50 addresses."""
    bomb(store, tmp_path, 600, 300, 3)


def test_asking_again_keeps_nothing_more(store: Store, tmp_path: Path) -> None:
    parts = parts_on(store, tmp_path, clock=lambda: NOON, readers=CAPS)
    for _ in range(5):
        sign_up(parts, asks("stranger@small.example"), visit("192.0.2.1"))
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(signups)).scalar_one() == 1


def test_large_providers_have_no_cap_of_their_own(store: Store, tmp_path: Path) -> None:
    parts = parts_on(store, tmp_path, clock=lambda: NOON, readers=Readers(per_domain_an_hour=2))
    for number in range(5):
        sign_up(parts, asks(f"reader{number}@gmail.com"), visit(f"192.0.2.{number}"))
        sign_up(parts, asks(f"reader{number}@small.example"), visit(f"192.0.2.{number}"))
    with store.read() as connection:
        at_once = connection.execute(
            select(letters.c.domain, func.count()).where(letters.c.send_after == NOON).group_by(letters.c.domain)
        ).all()
    assert dict(map(tuple, at_once)) == {"gmail.com": 5, "small.example": 2}


def test_one_ipv6_customer_is_one_client(store: Store, tmp_path: Path) -> None:
    parts = parts_on(store, tmp_path, clock=lambda: NOON, readers=Readers(per_client_an_hour=1))
    for number in range(3):
        sign_up(parts, asks(f"reader{number}@example.com"), visit(f"2001:db8::{number}"))
    with store.read() as connection:
        turns = sorted(connection.execute(select(letters.c.send_after)).scalars())
    assert [late - early for early, late in pairwise(turns)] == [timedelta(hours=1)] * 2
