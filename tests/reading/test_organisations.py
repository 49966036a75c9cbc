"""Organisations that speak or publish: found in texts, looked up by name or domain, with family and country."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.reading.organisations import family, find_organisations, lookup


def found(text: str) -> list[tuple[str, str, str | None]]:
    mentions = find_organisations(text)
    return [(one.text, one.organisation.kind, one.organisation.country) for one in mentions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Russia's defence ministry said", [("Russia's defence ministry", "ministry", "RU")]),
        ("Egypt’s Foreign Ministry told the Associated Press",
         [("Egypt’s Foreign Ministry", "ministry", "EG"), ("Associated Press", "wire", "US")]),
        ("the Israeli military and Hamas", [("Israeli military", "military", "IL"), ("Hamas", "military", "PS")]),
        ("South Korean police told Yonhap", [("South Korean police", "police", "KR"), ("Yonhap", "wire", "KR")]),
        ("(Reuters) - BBC News reported", [("Reuters", "wire", "GB"), ("BBC News", "outlet", "GB")]),
        ("TASSEL and RIAlto and a BBCode", []),
        ("", []),
    ],
)  # fmt: skip
def test_in_english(text: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Об этом сообщает ТАСС", "TASS"),
        ("по данным Минобороны России", "Russian Defence Ministry"),
        ("в Следственном комитете заявили", "Investigative Committee"),
        ("пресс-секретарь Кремля", "Kremlin"),
        ("у Генштабі ЗСУ повідомили", "General Staff of Ukraine"),
        ("за даними Української правди", "Ukrainska Pravda"),
        ("сообщила Медуза", "Meduza"),
        ("в Укренерго сообщили", "Ukrenergo"),
    ],
)
def test_in_ukrainian_and_russian(text: str, name: str) -> None:
    assert [one.organisation.name for one in find_organisations(text)] == [name]


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("Reuters", "Thomson Reuters"),
        ("the guardian", "Scott Trust"),
        ("edition.cnn.com", "Warner Bros. Discovery"),
        ("www.thesun.co.uk", "News Corp"),
        ("The Times of London", "News Corp"),
        ("РИА Новости", "Rossiya Segodnya"),
        ("Sputnik", "Rossiya Segodnya"),
    ],
)
def test_outlets_belong_to_families(name: str, owner: str) -> None:
    assert family(name) == owner


@pytest.mark.parametrize("name", ["", ".", "the", "A Blog Nobody Knows", "example.org", "com", "co.uk"])
def test_what_is_not_known_has_no_family(name: str) -> None:
    assert lookup(name) is None
    assert family(name) is None


@given(st.text(alphabet="ReutsTASРИАКремль'’.()- \n", max_size=80))
def test_spans_hold_in_any_text(text: str) -> None:
    for one in find_organisations(text):
        assert text[slice(*one.span)] == one.text
