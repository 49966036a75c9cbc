"""Lists of readers as other list managers write them, and as people spoil them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.readers.roster import NotARoster, roster

LISTMONK = """uuid,email,name,attributes,status,created_at,updated_at
7f,olena@example.org,Olena,"{""city"": ""Kyiv""}",enabled,2022-11-11T05:30:00.123456Z,2023-01-01T00:00:00Z
8a,left@example.org,Left,{},blocklisted,2022-11-11T05:30:00Z,2023-01-01T00:00:00Z
"""
MAILCHIMP = """Email Address;First Name;OPTIN_TIME;CONFIRM_TIME;LANG
olena@example.org;Olena;2022-11-11 05:30:00;2022-11-11 06:00:00;uk
"""
GHOST = """id,email,name,subscribed_to_emails,created_at,deleted_at
1,olena@example.org,Olena,true,2022-11-11T05:30:00.000Z,
2,stopped@example.org,,false,2022-11-11T05:30:00.000Z,
3,gone@example.org,,true,2022-11-11T05:30:00.000Z,2023-01-01T00:00:00.000Z
"""
PHPLIST = (
    "email\tconfirmed\tblacklisted\tentered\nolena@example.org\t1\t0\t2022-11-11 05:30:00\nno@example.org\t0\t0\t\n"
)


def entries(text: str) -> list[tuple[str, datetime | None, str]]:
    found = [line.entry for line in roster(text) if line.entry is not None]
    return [(one.address.written, one.given_at, one.language) for one in found]


@pytest.mark.parametrize(
    ("text", "given_at", "language", "others"),
    [
        (LISTMONK, datetime(2022, 11, 11, 5, 30, 0, 123456, UTC), "", 1),
        (MAILCHIMP, datetime(2022, 11, 11, 6, 0, tzinfo=UTC), "uk", 0),
        (GHOST, datetime(2022, 11, 11, 5, 30, tzinfo=UTC), "", 2),
        (PHPLIST, datetime(2022, 11, 11, 5, 30, tzinfo=UTC), "", 1),
        ("olena@example.org\r\n", None, "", 0),
        ('\ufeff"Olena",olena@example.org\n', None, "", 0),
    ],
    ids=["listmonk", "Mailchimp", "Ghost", "phpList", "Mailman", "name and address"],
)
def test_who_may_be_taken_over_and_who_has_left(
    text: str, given_at: datetime | None, language: str, others: int
) -> None:
    assert entries(text) == [("olena@example.org", given_at, language)]
    assert sum(bool(line.why_not) for line in roster(text)) == others


def test_lines_are_counted_as_an_editor_shows_them() -> None:
    found = list(roster('email,note\n\na@example.org,"two\nlines"\nno address,\nb@example.org,\n'))
    assert [(line.number, line.why_not != "") for line in found] == [(4, False), (5, True), (6, False)]


def test_a_time_that_is_none_stays_unknown() -> None:
    assert entries("email,created_at\na@example.org,soon\nb@example.org,2022-11-11\n") == [
        ("a@example.org", None, ""),
        ("b@example.org", datetime(2022, 11, 11, tzinfo=UTC), ""),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "name,city\nOlena,Kyiv\n", "<html></html>", '"' + "a" * 200_000])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(NotARoster):
        list(roster(text))


@given(st.text())
def test_any_text_is_a_list_or_refused(text: str) -> None:
    try:
        found = list(roster("email,status\n" + text))
    except NotARoster:
        return
    assert all((line.entry is None) == bool(line.why_not) for line in found)
