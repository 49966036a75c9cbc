"""The example that started it deserves an alert on its own words, and so does its twin; an opinion piece does not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from tocsin.alerts.route import route_sources
from tocsin.demo.publisher import Sample, load_samples
from tocsin.model import Band, Route, Source
from tocsin.reading.reader import read
from tocsin.stories.core import Core, Decision
from tocsin.stories.rules import Rules

TRUSTED = Source("Post", "Post", "Post", tier=1, may_alert_alone=True)


@pytest.fixture(scope="module")
def samples() -> Iterator[dict[str, Sample]]:
    with as_file(files("tocsin.demo") / "samples") as folder:
        yield {sample.name: sample for sample in load_samples(sorted(folder.iterdir()))}


def decide(*samples: Sample) -> list[Decision]:
    """Return what is decided when a trusted source publishes these, each read two seconds after its publication."""
    core = Core(Rules(), {"Post": TRUSTED}, read, route_sources)
    decisions = []
    for sample in samples:
        assert sample.article.published_at is not None
        at = sample.article.published_at + timedelta(seconds=2)
        article = replace(sample.article, id=sample.name, source="Post", published=at.isoformat())
        decisions.append(core.observe(article, at))
    return decisions


@pytest.mark.data
def test_the_record_is_sent(data: Path) -> None:
    (decision,) = decide(*load_samples(sorted((data / "seed").iterdir())))
    assert decision.verdict.band in (Band.ALERT, Band.FLASH)
    assert decision.verdict.route is Route.SEND


def test_its_twin_is_sent(samples: dict[str, Sample]) -> None:
    (decision,) = decide(samples["1-kherson"])
    assert decision.verdict.band in (Band.ALERT, Band.FLASH)
    assert decision.verdict.route is Route.SEND


def test_an_opinion_is_not(samples: dict[str, Sample]) -> None:
    (decision,) = decide(samples["2-opinion"])
    assert decision.verdict.route is Route.DROP


def test_a_toll_up_by_half_updates_the_same_story(samples: dict[str, Sample]) -> None:
    first, second = decide(samples["3-ferry"], samples["4-ferry-toll"])
    assert first.verdict.story == second.verdict.story
    assert first.message is not None
    assert second.message is not None
    assert (first.message.kind, second.message.kind) == ("alert", "update")
