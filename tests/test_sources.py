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


MAIL = '[[source]]\nname="A"\nmailbox="imaps://press@mail.example"\n'


def test_a_mailbox_names_senders_and_a_password_file(tmp_path: Path) -> None:
    text = f'{MAIL}from=["Press@Ministry.example", "gov.example"]\npassword_file="press.password"\n'
    maildir = '[[source]]\nname="B"\nmailbox="mail"\nfrom=["army.example"]\n'
    imap, local = load_sources(write(tmp_path, text + maildir)).all
    assert imap.senders == ("press@ministry.example", "gov.example")
    assert imap.password_file == str(tmp_path / "press.password")
    assert (local.mailbox, local.password_file) == (str(tmp_path / "mail"), None)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[[source]]\nname="A"\n', "one of url, path, mailbox or push"),
        (MAIL + 'password_file="p"\n', "name whose mails count"),
        (MAIL + 'from=["ministry.example"]\n', "password_file"),
        (MAIL + 'from=["example"]\npassword_file="p"\n', "neither an address nor a domain"),
        (MAIL.replace("press@", "press:x@") + 'from=["a.example"]\npassword_file="p"\n', "password_file"),
        (MAIL + 'url="https://a"\nfrom=["a.example"]\npassword_file="p"\n', "one of url, path, mailbox"),
        ('[[source]]\nname="A"\nurl="https://a"\nfrom=["a.example"]\n', "belong to a mailbox"),
        (
            2 * (MAIL + 'from=["a.example"]\npassword_file="p"\n') + '[[source]]\nname="C"\npush=true',
            "two sources are called",
        ),
        (
            (MAIL + 'from=["a.example"]\npassword_file="p"\n')
            + (MAIL.replace('"A"', '"B"') + 'from=["A.example"]\npassword_file="p"\n'),
            "both take the mails of a.example",
        ),
        (
            (MAIL + 'from=["a.example"]\npassword_file="p"\n')
            + (MAIL.replace('"A"', '"B"') + 'from=["b.example"]\npassword_file="q"\n'),
            "another password_file",
        ),
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


def test_a_file_that_windows_saved_is_read(tmp_path: Path) -> None:
    """Its editors begin a UTF-8 file with a byte order mark and end lines with CR LF."""
    file = tmp_path / "sources.toml"
    file.write_bytes('# Джерела\r\n[[source]]\r\nname = "Пошта"\r\nurl = "https://a.example/"\r\n'.encode("utf-8-sig"))
    assert [source.name for source in load_sources(file).all] == ["Пошта"]
