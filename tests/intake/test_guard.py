"""Only public addresses are connected to, however an address is written."""

from __future__ import annotations

import errno
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.intake.guard import AddressRefused, Guard

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%lo",
    "fc00::1",
    "fec0::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::10.0.0.1",
    "64:ff9b:1:a9fe:a9:fe00:808:808",
    "2002:7f00:1::",
    "2001:0:0:0:0:0:80ff:fffe",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused(address: str) -> None:
    assert not Guard().permits(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_a_public_address_is_permitted(address: str) -> None:
    assert Guard().permits(address)


def test_the_operator_can_allow_loopback_and_nothing_else_opens() -> None:
    guard = Guard.allowing(["127.0.0.0/8"])
    assert guard.permits("127.0.0.1")
    assert guard.permits("::ffff:127.0.0.1")
    assert not guard.permits("10.0.0.1")
    assert not guard.permits("::1")


def test_a_refused_address_gets_no_socket() -> None:
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    with pytest.raises(AddressRefused) as caught:
        Guard().open_socket(info)
    assert caught.value.errno == errno.EACCES


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_ipv6_is_judged_by_what_it_leads_to(address: object) -> None:
    guard = Guard()
    assert guard.permits(f"::ffff:{address}") == guard.permits(str(address))
    assert guard.permits(f"64:ff9b::{address}") == guard.permits(str(address))


@given(st.text())
def test_what_is_no_address_is_refused(text: str) -> None:
    Guard().permits(text)
    assert not Guard().permits(f"x{text}")
