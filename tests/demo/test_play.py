"""The demo's clock and samples."""

from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from tocsin.demo.play import DemoClock
from tocsin.demo.publisher import load_samples
from tocsin.errors import BadInput


def test_the_clock_starts_on_the_day_and_never_goes_back() -> None:
    start = datetime(2022, 11, 11, tzinfo=UTC)
    clock = DemoClock(start)
    assert start <= clock() < start + timedelta(seconds=5)
    clock.ahead_to(start + timedelta(hours=8))
    clock.ahead_to(start)
    clock.ahead_to(None)
    assert clock() >= start + timedelta(hours=8)


def test_the_samples_are_in_order_and_the_record_s_form_is_removed() -> None:
    with as_file(files("tocsin.demo") / "samples") as folder:
        samples = load_samples(sorted(folder.iterdir(), reverse=True))
    assert [sample.name for sample in samples] == ["1-kherson", "2-opinion", "3-ferry", "4-ferry-toll"]
    twin = samples[0].article
    assert twin.published == "2022-11-11"
    assert "SIGN UP" not in twin.text
    assert "Please enter a valid email address" not in twin.text
    assert any("SIGN UP" in removed for removed in twin.removed)


@pytest.mark.data
def test_no_sentence_of_the_record_is_in_the_samples(data: Path) -> None:
    record = next((data / "seed").iterdir()).read_text(encoding="utf-8")
    words = record.split()
    with as_file(files("tocsin.demo") / "samples") as folder:
        twin = " ".join((folder / "1-kherson.txt").read_text(encoding="utf-8").split())
    form = " ".join(words[: words.index("Ukrainian")])
    body = [" ".join(words[i : i + 9]) for i in range(words.index("Ukrainian"), len(words) - 9)]
    assert [nine for nine in body if nine in twin] == []
    assert form not in twin


def test_a_file_that_is_no_article_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    with pytest.raises(BadInput):
        load_samples([empty])
