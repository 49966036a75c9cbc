"""Places: our own gazetteer in three languages, and what keeps other words apart from it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.reading.places import find_places
from tocsin.reading.places_cyrillic import forms
from tocsin.reading.places_gazetteer import gazetteer


def found(text: str) -> list[tuple[str, str | None, str | None]]:
    return [(place.text, place.name, place.country) for place in find_places(text)]


def names(text: str) -> list[str | None]:
    return [place.name for place in find_places(text)]


def test_a_river_and_a_region_are_not_the_city() -> None:
    assert found("They crossed the Dnipro river from Kherson to the Kherson region and Dnipro.") == [
        ("Dnipro river", "Dnipro River", "UA"),
        ("Kherson", "Kherson", "UA"),
        ("Kherson region", "Kherson region", "UA"),
        ("Dnipro", "Dnipro", "UA"),
    ]


def test_a_place_has_its_country_and_roughly_where_it_lies() -> None:
    place = find_places("Sirens wailed over Lviv.")[0]
    assert place.country == "UA"
    assert place.lat == pytest.approx(49.84, abs=0.1)
    assert place.lon == pytest.approx(24.03, abs=0.1)


@pytest.mark.parametrize(
    "text",
    [
        "Nigerian troops, Romanian buses and Omani coins",
        "turkey soup in georgia style, us and them",
        "Kyivstar and Moscowitz and Iranians",
        "Michael Jordan met Paris Hilton and Chad Smith",
        "Nice people said so.",
        "Prime Minister Denys Shmyhal, Boris Johnson and Volodymyr Zelenskyy",
        "",
    ],
)
def test_no_place_where_there_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Georgia's parliament in Tbilisi", [("Georgia", "Georgia", "GE"), ("Tbilisi", "Tbilisi", "GE")]),
        (
            "The Georgia Senate race drew voters in Atlanta",
            [("Georgia", "Georgia", "US"), ("Atlanta", "Atlanta", "US")],
        ),
        ("It happened in Georgia.", [("Georgia", None, None)]),
        (
            "He left Paris, Texas for Paris.",
            [("Paris", "Paris", "US"), ("Texas", "Texas", "US"), ("Paris", "Paris", "FR")],
        ),
        ("She moved to Moscow, Idaho.", [("Moscow", "Moscow", "US"), ("Idaho", "Idaho", "US")]),
        ("She flew to London, Ontario.", [("London", None, None), ("Ontario", "Ontario", "CA")]),
        (
            "voting in Alabama, Georgia, Texas",
            [("Alabama", "Alabama", "US"), ("Georgia", "Georgia", "US"), ("Texas", "Texas", "US")],
        ),
        ("Fighting in Tripoli, Libya", [("Tripoli", "Tripoli", "LY"), ("Libya", "Libya", "LY")]),
        ("From Beirut to Tripoli", [("Beirut", "Beirut", "LB"), ("Tripoli", "Tripoli", "LB")]),
        ("Tripoli was quiet.", [("Tripoli", None, None)]),
        ("Jordan said on Monday it would help.", [("Jordan", "Jordan", "JO")]),
        ("Washington condemned the raid.", [("Washington", "Washington", "US")]),
        ("Fires in Washington state", [("Washington state", "Washington state", "US")]),
        ("Ships left the Red Sea.", [("Red Sea", "Red Sea", None)]),
        ("They dug in along the Dnipro.", [("Dnipro", "Dnipro River", "UA")]),
        ("A trip to Nice", [("Nice", "Nice", "FR")]),
        (
            "KYIV, Nov 11 - The US and the UK",
            [("KYIV", "Kyiv", "UA"), ("US", "United States", "US"), ("UK", "United Kingdom", "GB")],
        ),
        ("North Korea and South Sudan", [("North Korea", "North Korea", "KP"), ("South Sudan", "South Sudan", "SS")]),
    ],
)
def test_namesakes_are_told_by_their_context(text: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Вибухи в Херсоні, Києві та Харківській області", ["Kherson", "Kyiv", "Kharkiv region"]),
        ("біля Куп’янська, на Луганщині й у Запоріжжі", ["Kupiansk", "Luhansk region", "Zaporizhzhia"]),
        ("з Нової Каховки до Львова, Дніпром і річкою", ["Nova Kakhovka", "Lviv", "Dnipro"]),
        ("В Одесі, на Чорному морі, у Сумах", ["Odesa", "Black Sea", "Sumy"]),
        ("Суми компенсацій зросли", []),
        ("В Москве, под Бахмутом и в Белгородской области", ["Moscow", "Bakhmut", "Belgorod region"]),
        ("из Ростова-на-Дону в Соединённых Штатах и Украине", ["Rostov-on-Don", "United States", "Ukraine"]),
        ("Владимир Путин прилетел из Владимира", ["Vladimir"]),
        ("власти Польши, Германии и Великобритании", ["Poland", "Germany", "United Kingdom"]),
        ("визит в Алжир", ["Algeria"]),
        ("США и КНР, в Сирии и на Украине", ["United States", "China", "Syria", "Ukraine"]),
    ],
)
def test_ukrainian_and_russian_cases(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("name", "language", "form"),
    [
        ("Москва", "ru", "Москве"),
        ("Белая Церковь", "ru", "Белой Церкви"),
        ("Нижний Новгород", "ru", "Нижнем Новгороде"),
        ("Київ", "uk", "Києва"),
        ("Харків", "uk", "Харкові"),
        ("Донецька область", "uk", "Донецькій області"),
        ("США", "ru", "США"),
    ],
)
def test_cases(name: str, language: str, form: str) -> None:
    assert form in forms(name, language)


def test_every_country_has_a_capital_or_is_its_own_city() -> None:
    places = {place for meanings in gazetteer().meanings for place in meanings}
    countries = {place.country for place in places if place.kind == "country"}
    assert len(countries) >= 195
    assert len({place.country for place in places if place.kind == "capital"}) >= 170
    assert all(-90 <= place.lat <= 90 and -180 <= place.lon <= 180 for place in places)


@given(st.text(alphabet="KyivHerson Киевхрон'’.,-\n", max_size=80))
def test_spans_hold_in_any_text(text: str) -> None:
    for place in find_places(text):
        assert text[slice(*place.span)] == place.text


@pytest.mark.parametrize("unit", ["Kyiv", "Kyiv ", "Georgia ", "Kherson region, ", "Нова Каховка ", "K"])
def test_cost_is_linear(unit: str) -> None:
    start = time.process_time()
    find_places(unit * (300_000 // len(unit)))
    assert time.process_time() - start < 5


@pytest.mark.data
def test_spans_point_at_their_words_in_every_article(data: Path) -> None:
    for path in sorted((data / "attribution" / "polnear").glob("[!.]*.txt")):
        text = path.read_text("utf-8")
        assert all(text[slice(*place.span)] == place.text for place in find_places(text))
