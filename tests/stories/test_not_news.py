"""Opinion, explainers, anniversaries, questions, promotions and live programmes in all three languages: no alert."""

from datetime import timedelta

import pytest

from tests.stories.reports import NOON, article, report
from tocsin.stories.gates import gates
from tocsin.stories.rules import Rules
from tocsin.stories.score import item_score


def is_an_event(title: str, language: str) -> bool:
    one = article(title, language=language)
    checked = gates(one, report(title, language), NOON, primed=True, fresh=timedelta(hours=6))
    return all(gate.holds for gate in checked)


def score(title: str, language: str) -> float:
    return item_score(report(title, language), Rules().weights_of(language)).raw


NOT_NEWS = [
    ("en", "Opinion: the bombing that changed us"),
    ("en", "Analysis: why the president was ousted"),
    ("en", "Explained: how the coup failed"),
    ("en", "What we know about the airport attack"),
    ("en", "Why did the bridge collapse?"),
    ("en", "Anniversary of the attack that killed 52"),
    ("en", "On this day: the wall fell"),
    ("en", "WATCH LIVE: briefing on the explosion"),
    ("en", "Live: prime minister on the deadly blast"),
    ("en", "Podcast: the hunt for the bomber"),
    ("en", "Subscribe to our breaking newsletter"),
    ("en", "Sign up for alerts on attacks"),
    ("ru", "Мнение: взрыв, который изменил страну"),
    ("ru", "Аналитик объяснил причины отставки президента"),
    ("ru", "Что известно о взрыве на заводе"),
    ("ru", "Почему рухнул мост?"),
    ("ru", "Годовщина теракта: погибли 52 человека"),
    ("ru", "Смотрите прямую трансляцию: брифинг о взрыве"),
    ("ru", "Подписывайтесь: срочные новости о взрывах"),
    ("uk", "Думка: вибух, що змінив країну"),
    ("uk", "Що відомо про вибух на заводі"),
    ("uk", "Чому впав міст?"),
    ("uk", "Річниця теракту: загинули 52 людини"),
    ("uk", "Наживо: брифінг про вибух"),
    ("uk", "Підписуйтесь: термінові новини про вибухи"),
]


@pytest.mark.parametrize(("language", "title"), NOT_NEWS)
def test_what_is_no_event_fails_the_gate(language: str, title: str) -> None:
    assert not is_an_event(title, language)


@pytest.mark.parametrize(
    "title", ["WHO declares pandemic", "May resigns as prime minister", "Live ammunition kills six"]
)
def test_words_that_only_look_like_it_do_not_stop_news(title: str) -> None:
    assert is_an_event(title, "en")
    assert "plan" not in report(title).concepts


@pytest.mark.parametrize(
    ("language", "plain", "hedged"),
    [
        ("en", "Prime minister resigns", "Prime minister could resign"),
        ("ru", "Президент ушёл в отставку", "Президент может уйти в отставку"),
        ("ru", "Взрыв на рынке: 12 погибших", "Путин прокомментировал взрыв на рынке"),
        ("uk", "Президент подав у відставку", "Президент може піти у відставку"),
        ("uk", "Вибух на ринку: 12 загиблих", "Президент прокоментував вибух на ринку"),
    ],
)
def test_plans_and_reactions_are_worth_less_than_the_event(language: str, plain: str, hedged: str) -> None:
    assert score(plain, language) > score(hedged, language) + 10


def test_an_announced_departure_is_news_and_no_plan() -> None:
    assert score("Prime minister to resign in October", "en") >= Rules().alert
    assert score("Prime minister may resign in October", "en") < Rules().alert
