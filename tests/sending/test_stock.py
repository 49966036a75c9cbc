"""What is claimed leaves in its order, each delivery once, whatever is drafted, stopped or sorted meanwhile."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.delivery.addresses import recipient
from tocsin.delivery.message import Unsigned
from tocsin.sending.messages import UnsignedLetter
from tocsin.sending.stock import Stock
from tocsin.store.claims import Claimed


def delivery(number: int, version: int = 1) -> Claimed:
    return Claimed(version, number, 0, 1, f"r{number}@example.org", "en", "UTC")


def draft(one: Claimed) -> UnsignedLetter:
    return UnsignedLetter(one.subscriber, "bounce@news.example", recipient(one.address), Unsigned((), b"", (), False))


def drawn(stock: Stock, most: int) -> list[int]:
    taken = stock.draw(most)
    assert [one.letter.key for one in taken] == [one.delivery.subscriber for one in taken]
    return [one.delivery.subscriber for one in taken]


def numbers(deliveries: list[Claimed]) -> list[int]:
    return [one.subscriber for one in deliveries]


def test_what_is_drafted_already_waits_behind_what_is_timed_and_is_stopped_with_the_rest() -> None:
    stock = Stock(draft)
    stock.add((), [delivery(number) for number in range(1, 200)])
    assert drawn(stock, 2) == [1, 2]
    stock.add([delivery(900)], [delivery(500)])
    assert drawn(stock, 2) == [900, 3]
    assert numbers(stock.take_out(lambda one: one.subscriber in (4, 180))) == [4, 180]
    assert numbers(stock.take(2)) == [5, 6]
    assert drawn(stock, 300) == [*range(7, 180), *range(181, 200), 500]
    assert not stock


def test_a_more_urgent_version_goes_first_and_one_that_is_not_wanted_comes_out() -> None:
    stock = Stock(draft)
    stock.add((), [delivery(1, 1), delivery(2, 1), delivery(3, 2), delivery(4, 3)])
    assert drawn(stock, 1) == [1]
    assert numbers(stock.sort((2, 1))) == [4]
    assert drawn(stock, 9) == [3, 2]


def test_a_delivery_without_a_letter_is_passed_over() -> None:
    stock = Stock(lambda one: None if one.subscriber % 2 else draft(one))
    stock.add((), [delivery(number) for number in range(1, 400)])
    assert drawn(stock, 70) == list(range(2, 141, 2))


@given(st.lists(st.one_of(st.integers(1, 90), st.sampled_from("stsa")), max_size=30))
def test_nothing_is_lost_or_doubled(steps: list[int | str]) -> None:
    stock, out, fresh = Stock(draft), list[int](), iter(range(10_000))
    for step in steps:
        if isinstance(step, int):
            out += drawn(stock, step)
            stock.add((), [delivery(next(fresh), 1 + step % 2) for _ in range(step)])
        elif step == "t":
            stock.add([delivery(next(fresh), 2)], ())
        elif step == "s":
            out += numbers(stock.sort((2,)))
        else:
            out += numbers(stock.take(3))
    out += numbers(list(stock))
    assert sorted(out) == list(range(next(fresh)))
