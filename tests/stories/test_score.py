import pytest

from tests.stories.reports import report
from tocsin.errors import BadInput
from tocsin.stories.rules import Rules
from tocsin.stories.score import ItemWeights, item_reasons, item_score, item_weights, shipped_item_weights

NEWS = {
    "en": [
        "At least 58 people killed as gunman opens fire on concert crowd, police say",
        "Army seizes power and declares martial law",
        "Prime minister resigns after losing confidence vote",
        "Magnitude 8.1 earthquake strikes, tsunami warning issued, at least 40 dead",
        "Rebels enter the capital as president flees country",
    ],
    "ru": [
        "Президент объявил военное положение в стране",
        "Не менее 60 человек погибли при крушении самолета",
        "Премьер-министр подал в отставку после вотума недоверия",
        "Повстанцы вошли в столицу, президент бежал из страны",
    ],
    "uk": [
        "Щонайменше 40 людей загинули внаслідок ракетного удару по лікарні",
        "Президент подав у відставку",
    ],
}
NOT_NEWS = {
    "en": [
        "Why do we still love vinyl? Readers share their stories",
        "WATCH: meet the dog that learned to surf",
        "Ten tips for a better night's sleep",
        "Analyst: sanctions policy has failed, and here is what should come next",
        "Minister to visit trade fair next week, ahead of talks on cooperation",
    ],
    "ru": [
        "Почему мы любим старые фильмы? Подборка для выходных",
        "Скидки до 50% на все курсы, подпишись на канал",
        "Эксперт рассказал, как правильно хранить картофель",
        "Министр обсудит сотрудничество на форуме, который пройдёт завтра",
    ],
    "uk": ["Чому варто пити воду: поради експерта", "Подкаст про історію кіно: дивіться відео"],
}


@pytest.mark.parametrize("language", ["en", "ru", "uk"])
def test_what_deserves_an_alert_outranks_what_does_not(language: str) -> None:
    weights = shipped_item_weights(language)
    worst = min(NEWS[language], key=lambda title: item_score(report(title, language), weights).raw)
    best = max(NOT_NEWS[language], key=lambda title: item_score(report(title, language), weights).raw)
    low = item_score(report(worst, language), weights).value
    assert low > item_score(report(best, language), weights).value + 15, (worst, best)


def test_the_reasons_add_up_to_the_score_and_quote_their_words() -> None:
    made = report("Prime minister resigns after losing confidence vote")
    weights = shipped_item_weights("en")
    reasons = item_reasons(made, weights)
    assert sum(reason.points for reason in reasons) == pytest.approx(item_score(made, weights).raw, abs=2.5)
    assert {"leader + exit": "Prime minister resigns"}.items() <= {r.name: r.evidence for r in reasons}.items()


def test_points_stay_within_0_and_100() -> None:
    everything = ItemWeights(500.0)
    assert item_score(report("x"), everything).value == 100
    assert item_score(report("x"), ItemWeights(-500.0)).value == 0


def test_a_language_without_ratings_is_scored_by_the_prior() -> None:
    assert shipped_item_weights("pl") == shipped_item_weights("any")


@pytest.mark.parametrize("table", [{"base": "much"}, {"features": 3}, {"features": {"deaths": "many"}}])
def test_a_table_that_holds_no_weights_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        item_weights(table)


@pytest.mark.parametrize(
    ("headline", "small"),
    [
        ("Government troops enter the port city of Lindholm as rebels retreat", "Government troops enter a village"),
        ("Army marched into Lindholm, the capital, after invaders pulled out", "Army marched into a village"),
        ("Rebel forces liberated the regional capital Lindholm, army says", "Rebel forces liberated two villages"),
    ],
)
def test_a_front_that_collapses_clears_the_bar_and_a_village_does_not(headline: str, small: str) -> None:
    weights, bar = shipped_item_weights("en"), Rules().alert
    assert item_score(report(headline), weights).value > bar
    assert item_score(report(small), weights).value < bar
