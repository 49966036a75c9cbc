"""Settings: safe by default, wrong ones named, the environment last."""

import os
from pathlib import Path

import pytest

from tocsin.errors import WrongUse
from tocsin.settings import installation, load_settings


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


def test_relative_paths_start_at_the_settings_folder(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text('[mail]\ndkim_key_file = "keys/dkim.pem"\n[intake]\npush_secret_file = "/etc/push.secret"\n')
    settings = load_settings(file)
    assert settings.folder == tmp_path / "var"
    assert settings.intake.sources == tmp_path / "sources.toml"
    assert settings.mail.dkim_key_file == tmp_path / "keys" / "dkim.pem"
    assert settings.intake.push_secret_file == Path("/etc/push.secret")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[newsrom]\nname = 'x'", r"newsrom: there is no such setting; is newsroom meant\?"),
        ("[newsroom]\nnmae = 'x'", r"newsroom\.nmae: there is no such setting; is name meant\?"),
        ("[[relay]]\nhost = 'a'\nprot = 25", r"relay\.0\.prot: there is no such setting; is port meant\?"),
        ("[newsroom]\nzone = 'Mars/Base'", r"newsroom\.zone: 'Mars/Base' is no time zone"),
        ("[newsroom]\ncolour = 'red;}'", r"newsroom\.colour"),
        ("[web]\nbase_url = 'news.example'", r"web\.base_url: 'news.example' is no address of a site"),
        ("[mail]\nsender = 'Tocsin'", r"mail\.sender: 'Tocsin' is no mail address"),
        ("[mail]\nreturn_path = ''", r"mail\.return_path: '' is no mail address"),
        ("[desk]\ndrill_audience = ['kim']", r"desk\.drill_audience\.0: 'kim' is no mail address"),
        ("[intake]\nnetworks = ['10.0']", r"intake\.networks\.0"),
        ("[readers]\nembedded_in = ['https://a.example; x']", r"readers\.embedded_in\.0"),
    ],
)
def test_a_mistyped_setting_is_told_and_never_silently_its_default(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text(text)
    with pytest.raises(WrongUse, match=told):
        load_settings(file)


def test_links_have_one_slash_however_the_site_s_address_ends(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text("[web]\nbase_url = 'https://news.example/'")
    assert load_settings(file).web.base_url == "https://news.example"


def test_where_no_installation_is_a_command_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TOCSIN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WrongUse, match=r"no tocsin\.toml in this folder"):
        installation()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("TOCSIN_FOLDER", str(tmp_path / "data"))  # as in a container: settings without a file
    assert installation().folder == tmp_path / "data"


def test_settings_that_windows_saved_are_read(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_bytes("[web]\r\nport = 8123\r\n".encode("utf-8-sig"))
    assert load_settings(tmp_path / "tocsin.toml").web.port == 8123
