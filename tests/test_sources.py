"""sources.toml: what is right is loaded, what is wrong is named."""

from pathlib import Path

import pytest

from tocsin.errors import WrongUse
from tocsin.sources import load_sources


def write(folder: Path, text: str) -> Path:
    file = folder / "sources.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_source_s_publisher_and_family_default_to_its_name(tmp_path: Path) -> None:
    (source,) = load_sources(write(tmp_path, '[[source]]\nname = "BBC"\nurl = "https://bbc.example/rss"\n')).all
    assert (source.publisher, source.family, source.tier, source.may_alert_alone, source.known) == (
        "BBC", "BBC", 4, False, True,
    )  # fmt: skip


def test_paths_start_at_the_file_s_folder(tmp_path: Path) -> None:
    sources = load_sources(
        write(
            tmp_path, '[[source]]\nname="A"\npath="records"\n[[source]]\nname="B"\npush=true\nsecret_file="b.secret"\n'
        )
    )
    assert sources.all[0].path == str(tmp_path / "records")
    assert sources.secret_files == (("B", tmp_path / "b.secret"),)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[[source]]\nname="A"\n', "one of url, path or push"),
        ('[[source]]\nname="A"\nurl="ftp://a"\n', "http"),
        ('[[source]]\nname="A"\nurl="https://a"\ntier=5\n', "tier"),
        ('[[source]]\nname="A"\nurl="https://a"\nteir=1\n', "teir"),
        ('[[source]]\nname="A"\npush=true\n[[source]]\nname="A"\npush=true\n', "two sources"),
        ("[[source]\n", "sources.toml"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(WrongUse, match=named):
        load_sources(write(tmp_path, text))


def test_no_file_means_no_sources(tmp_path: Path) -> None:
    assert load_sources(tmp_path / "none.toml").all == ()
