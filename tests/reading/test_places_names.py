"""Readers meet a place under the name it has in their language."""

from __future__ import annotations

import pytest

from tocsin.reading.places_names import full_place_label, place_label


@pytest.mark.parametrize(
    ("key", "language", "label", "full"),
    [
        ("UA", "uk", "Україна", "Україна"),
        ("UA/Kherson", "en", "Kherson", "Kherson, Ukraine"),
        ("UA/Kherson", "uk", "Херсон", "Херсон, Україна"),
        ("UA/Kherson region", "ru", "Херсонская область", "Херсонская область, Украина"),
        ("UA/Kherson", "de", "Kherson", "Kherson, Ukraine"),
        ("UA/Nowhere", "uk", "Nowhere", "Nowhere, Україна"),
        ("ZZZ", "en", "ZZZ", "ZZZ"),
        ("UA", "no such language", "UA", "UA"),
    ],
)
def test_a_place_is_called_as_its_readers_call_it(key: str, language: str, label: str, full: str) -> None:
    assert (place_label(key, language), full_place_label(key, language)) == (label, full)
