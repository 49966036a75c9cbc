"""The demo's clock and samples."""

import asyncio
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from tocsin.commands.demo import load
from tocsin.demo.play import DemoClock
from tocsin.demo.publisher import Publisher, load_samples
from tocsin.errors import BadInput
from tocsin.intake.parse import parse_feed


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


def test_a_folder_s_files_have_pages_of_their_own_whatever_they_are_called(tmp_path: Path) -> None:
    for name in ("a & b #1.txt", "a & b #1.html", ".hidden"):
        (tmp_path / name).write_text("<p>The bridge is closed, the mayor said on Friday. It was built in 1980.</p>")

    async def served() -> list[str]:
        async with Publisher("Post") as publisher, aiohttp.ClientSession() as session:
            for sample in load([tmp_path]):
                publisher.publish(sample, datetime(2022, 11, 11, 6, tzinfo=UTC))
            async with session.get(f"{publisher.base}/feed.xml") as answer:
                feed = parse_feed(await answer.read(), None, publisher.base, "Post")
            links = [item.url or "" for item in feed.items]
            for link in links:
                async with session.get(URL(link, encoded=True)) as answer:
                    assert answer.status == 200
            return links

    assert len(set(asyncio.run(served()))) == 2
