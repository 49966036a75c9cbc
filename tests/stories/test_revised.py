import pytest

from tests.stories.reports import report


@pytest.mark.parametrize(
    ("language", "headline", "number"),
    [
        ("en", "Death toll in mall fire revised to 18 from 25", 18),
        ("en", "Death toll in mall fire revised down from 25 to 18", 18),
        ("en", "Officials lower the death toll by seven to 18", 18),
        ("en", "Mall fire killed 18, not 25, police say", 18),
        ("en", "Police correct number of dead in mall fire to nine", 9),
        ("ru", "Число погибших при пожаре в торговом центре уточнено: 18 вместо 25", 18),
        ("ru", "МЧС снизило число жертв пожара с 25 до 18", 18),
        ("ru", "При пожаре погибли 18 человек, а не 25", 18),
        ("uk", "Кількість загиблих уточнили: 18 замість 25", 18),
        ("uk", "Унаслідок пожежі загинули 18 людей, а не 25", 18),
    ],
)
def test_a_toll_is_corrected(language: str, headline: str, number: int) -> None:
    assert report(headline, language).revised == number


@pytest.mark.parametrize(
    ("language", "headline"),
    [
        ("en", "At least 18 dead in mall fire"),
        ("en", "Jobs figures revised down to 18,000 from 25,000"),
        ("en", "Parliament lowers voting age to 16"),
        ("en", "Death toll in mall fire revised up to 40"),
        ("en", "Death toll in mall fire revised to 25 from 18"),
        ("en", "Council cuts speed to 20 after two killed in bus crash"),
        ("en", "18 killed, more than 40 hurt in mall fire"),
        ("en", "Death toll in mall fire revised after several bodies were counted twice"),
        ("ru", "При пожаре погибли 18 человек, уточнил губернатор"),
        ("ru", "При пожаре погибли 18 человек, не менее 40 ранены"),
        ("ru", "Число пострадавших при пожаре уточнено: 18 вместо 25"),
        ("uk", "Після удару 16 загиблих, уточнив мер"),
        ("de", "Zahl der Toten auf 18 korrigiert statt 25"),
    ],
)
def test_no_toll_is_corrected(language: str, headline: str) -> None:
    assert report(headline, language).revised == 0


def test_the_lead_may_say_that_the_headlines_number_is_a_correction() -> None:
    said = "The ministry revised the death toll down from 25 after checking its lists."
    assert report("Mall fire killed 18, ministry says", text=said).revised == 18
    assert report("Mall fire killed 18, ministry says", text="Smoke rose over the city.").revised == 0
