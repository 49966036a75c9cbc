"""What ``tocsin check`` finds of files and folders: each that settings or sources name, there, closed, in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from tocsin.delivery.dkim_keys import new_key
from tocsin.delivery.doctor import Finding, Health
from tocsin.private_files import write_private
from tocsin.settings import Intake, Mail, PoolRelay, Readers, Returned, Settings
from tocsin.upkeep.checkup import examine_returned
from tocsin.upkeep.files import examine_files, examine_folder, named_paths


def about(settings: Settings) -> dict[str, Finding]:
    """Return what is found of each file that settings name, by the setting's name."""
    return {finding.text.partition(" is closed")[0].partition(":")[0]: finding for finding in examine_files(settings)}


def test_secrets_that_others_can_read_are_named(tmp_path: Path) -> None:
    key, missing = tmp_path / "dkim.pem", tmp_path / "none.pem"
    write_private(key, new_key("daily.example", "a").pem)
    write_private(tmp_path / "secret", bytes(32))
    settings = Settings(folder=tmp_path, mail=Mail(dkim_key_file=key, dkim_ed25519_key_file=missing))
    found = about(settings)
    assert found["mail.dkim_key_file"].health is found["secret"].health is Health.GOOD
    assert f"there is no {missing}; make a key with" in found["mail.dkim_ed25519_key_file"].text
    key.chmod(0o644)
    assert f"chmod 600 {key}" in about(settings)["mail.dkim_key_file"].text


def every_path(folder: Path) -> Settings:
    """Return settings in which each path is set, none of which is there."""
    return Settings(
        folder=folder / "var",
        rules=folder / "rules.toml",
        mail=Mail(password_file=folder / "a", dkim_key_file=folder / "b", dkim_ed25519_key_file=folder / "c"),
        relay=(PoolRelay(host="one"), PoolRelay(host="two", password_file=folder / "d")),
        returned=Returned(maildir=folder / "mail", postmark_login_file=folder / "e", mailgun_key_file=folder / "f"),
        readers=Readers(topics_file=folder / "topics.toml", offers_secret_file=folder / "g"),
        intake=Intake(sources=folder / "sources.toml", push_secret_file=folder / "h"),
    )


def paths_of(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Return the name of each setting that is a path, whatever is set."""
    for name, field in model.model_fields.items():
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if kind is Path:
                yield above + name
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from paths_of(kind, f"{above}{name}.")


def test_each_path_in_the_settings_is_examined(tmp_path: Path) -> None:
    settings = every_path(tmp_path)
    named = {name.replace("relay.1", "relay") for name, _ in named_paths(settings)}
    assert named == set(paths_of(Settings)), "a new setting belongs into every_path"
    found = [*examine_files(settings), *examine_returned(settings)]
    for name, path in named_paths(settings):
        if name != "folder":
            [one] = [finding for finding in found if finding.text.startswith(f"{name}:")]
            assert one.health is Health.BAD
            assert str(path) in one.text
            assert ";" in one.text, "what to do is said"


@pytest.mark.parametrize(
    ("setting", "content", "told"),
    [
        ("rules", b"alart = 50", "unknown rules: alart"),
        ("rules", b"\xff\xfe", "rules.toml"),
        ("intake.sources", b"[[source]]\nname = 'x'", "source 'x' needs one of url, path, mailbox"),
        ("intake.sources", b"[[source", "sources.toml"),
        ("readers.topics_file", b"[[topic]]", "topics.toml"),
        ("mail.dkim_key_file", b"no key", "DKIM key"),
        ("mail.password_file", b"\n", "is empty"),
        ("mail.password_file", b"\xff\xfe", "is not text"),
        ("returned.postmark_login_file", b"word", "user:password"),
        ("intake.push_secret_file", b"hunter2!", "whsec_"),
        ("readers.offers_secret_file", b"whsec_", "no secret"),
    ],
)
def test_a_file_that_does_not_hold_what_it_should_is_told(
    tmp_path: Path, setting: str, content: bytes, told: str
) -> None:
    settings = every_path(tmp_path)
    write_private(dict(named_paths(settings))[setting], content)
    found = about(settings)[setting]
    assert found.health is Health.BAD
    assert told in found.text


def test_a_folder_in_a_file_s_place_and_a_file_in_a_folder_s(tmp_path: Path) -> None:
    settings = every_path(tmp_path)
    (tmp_path / "rules.toml").mkdir()
    (tmp_path / "var").touch()
    assert "is a folder, and a file is needed" in about(settings)["rules"].text
    assert "is no folder" in examine_folder(settings.folder).text
    assert examine_folder(tmp_path / "new" / "var").health is Health.GOOD


def test_what_sources_name_is_looked_for_too(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(
        "[[source]]\nname = 'A'\npush = true\nsecret_file = 'a.secret'\n[[source]]\nname = 'B'\npath = 'records'\n"
    )
    told = [finding.text for finding in examine_files(every_path(tmp_path)) if finding.text.startswith("source ")]
    assert told == [
        f"source 'A', secret_file: there is no {tmp_path}/a.secret; correct the path, or put the file there",
        f"source 'B': {tmp_path}/records is not there; correct its path",
    ]


def test_a_topic_that_nobody_knows_is_named(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path, readers=Readers(topics=("medtop:16000000", "wether")))
    [found] = [finding for finding in examine_files(settings) if finding.name == "topics"]
    assert "nobody knows wether" in found.text


def test_all_that_is_wrong_with_one_file_is_told_at_once(tmp_path: Path) -> None:
    write_private(tmp_path / "key", b"no key")
    (tmp_path / "key").chmod(0o644)
    both = about(Settings(folder=tmp_path, mail=Mail(dkim_key_file=tmp_path / "key")))["mail.dkim_key_file"].text
    assert "chmod 600" in both
    assert "DKIM key" in both
