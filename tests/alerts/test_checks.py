"""What a colleague would ask before a message is sent."""

from typing import Any

import pytest

from tests.fakes.stories import alert
from tocsin.alerts.checks import checks, shouted
from tocsin.model import Band


def wrong(**more: Any) -> dict[str, str]:
    return {check.name: check.seen for check in checks(alert(**more)) if not check.well}


def test_a_good_alert_has_nothing_to_look_at() -> None:
    assert wrong() == {}


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("length", {"subject": "Dam breached, says Northern Wire " * 5}),
        ("length", {"headline": "Dam breached"}),
        ("link", {"url": None}),
        ("attribution", {"subject": "Dam above Alderton breached, four villages evacuated"}),
        ("statements", {"statements": ()}),
        ("urgent words", {"headline": "BREAKING: Dam above Alderton breached"}),
        ("urgent words", {"headline": "ТЕРМІНОВО! Дамбу прорвано вище за течією", "language": "uk"}),
        ("capitals", {"headline": "DAM ABOVE ALDERTON BREACHED, VILLAGES CLEARED"}),
        ("question", {"headline": "Did the dam above Alderton give way?"}),
        ("exclamation", {"headline": "The dam above Alderton gave way!"}),
    ],
)
def test_what_is_looked_at(name: str, more: dict[str, Any]) -> None:
    assert name in wrong(**more)


def test_a_flash_may_say_that_it_is_breaking() -> None:
    assert "urgent words" not in wrong(headline="BREAKING: Dam above Alderton breached", band=Band.FLASH)


@pytest.mark.parametrize("headline", ["NATO and OSCE meet in Vienna", "IAEA: all quiet", "12 000", "", "חירום בעיר"])
def test_names_of_organisations_do_not_shout(headline: str) -> None:
    assert not shouted(headline)
