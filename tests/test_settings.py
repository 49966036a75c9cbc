"""Settings: safe by default, wrong ones named, the environment last, secrets for the owner only."""

from pathlib import Path

import pytest

from tocsin.errors import WrongUse
from tocsin.settings import load_settings, write_secret


def test_nothing_listens_beyond_loopback_and_no_private_network_is_fetched_by_default(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text("")
    settings = load_settings(file)
    assert settings.web.host == "127.0.0.1"
    assert settings.intake.networks == ()
    assert settings.mail.security == "starttls"


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text("[web]\nport = 99999\n")
    with pytest.raises(WrongUse, match=r"web\.port"):
        load_settings(file)
    file.write_text("colour = 'red'\n")
    with pytest.raises(WrongUse, match="colour"):
        load_settings(file)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"absent\.toml"):
        load_settings(tmp_path / "absent.toml")


def test_the_environment_overrules_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text("[web]\nport = 8100\nhost = '127.0.0.2'\n")
    monkeypatch.setenv("TOCSIN_WEB__PORT", "8200")
    settings = load_settings(file)
    assert (settings.web.port, settings.web.host) == (8200, "127.0.0.2")


def test_a_secret_is_the_owner_s_only_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "secret"
    write_secret(file, b"first")
    write_secret(file, b"second")
    assert file.read_bytes() == b"first"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_relative_paths_start_at_the_settings_folder(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text('[mail]\ndkim_key_file = "keys/dkim.pem"\n[intake]\npush_secret_file = "/etc/push.secret"\n')
    settings = load_settings(file)
    assert settings.folder == tmp_path / "var"
    assert settings.intake.sources == tmp_path / "sources.toml"
    assert settings.mail.dkim_key_file == tmp_path / "keys" / "dkim.pem"
    assert settings.intake.push_secret_file == Path("/etc/push.secret")
