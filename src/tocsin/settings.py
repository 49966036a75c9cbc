"""What an operator sets: ``tocsin.toml``, overruled by ``TOCSIN_…`` variables; secrets come from files.

Every setting has a safe default: nothing listens beyond loopback, no private address is fetched, nothing is sent
before the operator turns the service live.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from tocsin.errors import WrongUse
from tocsin.private_files import write_private
from tocsin.problems import in_words, toml_of


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise ValueError(f"{name!r} is no time zone, such as Europe/Kyiv") from error
    return name


def _address(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", text):
        raise ValueError(f"{text!r} is no mail address, such as alerts@news.example")
    return text


def _site(address: str) -> str:
    wrong = ValueError(f"{address!r} is no address of a site, such as https://news.example")
    try:
        parts = urlsplit(address)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:  # a port that can't be one, a bracket that is not closed
        raise wrong from error
    if not fine or re.search(r"[\s;,'\"<>?#]", address):
        raise wrong
    return address.rstrip("/")


def _listener(place: str) -> str:
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"{place!r} is not HOST:PORT, such as 127.0.0.1:2424")
    return place


def _network(text: str) -> str:
    ip_network(text)  # its ValueError says what is wrong
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Address = Annotated[str, AfterValidator(_address)]
Site = Annotated[str, AfterValidator(_site)]
Network = Annotated[str, AfterValidator(_network)]
Listener = Annotated[str, AfterValidator(_listener)]


class Table(BaseModel):
    """A table of the file. A name that it does not know is an error: a mistyped setting would hold its default."""

    model_config = ConfigDict(extra="forbid")


PLACEHOLDER_ADDRESS = "Street, town, country"
"""What `tocsin init` writes for the operator to replace."""
_PLACEHOLDER_DOMAINS = ("@localhost", "@example.org")


def is_placeholder(address: str) -> bool:
    """Tell whether a mail address is nobody's: a default, or what `tocsin init` wrote for the operator to replace."""
    return address.endswith(_PLACEHOLDER_DOMAINS)


class Newsroom(Table):
    """Who sends: told in every mail and on every page."""

    name: str = "Tocsin"
    product: str = "Breaking News"
    postal_address: str = "Set newsroom.postal_address in tocsin.toml"
    contact: str = "editor@localhost"
    language: Literal["en", "uk", "ru"] = "en"
    zone: Zone = "UTC"
    logo: str | None = None
    colour: str = Field(default="#b3121d", pattern=r"^#(?:[0-9a-fA-F]{3}){1,2}$")


class Web(Table):
    """Where pages are served, and under which address readers find them.

    ``proxies`` are addresses and networks whose word (X-Forwarded-For) is taken for who asks. Were it not taken from a
    proxy on this machine, all the world would be one client there, and share its caps.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    base_url: Site = "http://127.0.0.1:8000"
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")


class Mail(Table):
    """The relay and how messages to it look. ``return_path`` takes bounces; its local part gets ``+…`` (VERP)."""

    sender: Address = "alerts@localhost"
    return_path: Address = "bounces@localhost"
    host: str = "127.0.0.1"
    port: int = Field(default=25, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    user: str | None = None
    password_file: Path | None = None
    dkim_domain: str | None = None
    dkim_selector: str = "tocsin"
    dkim_key_file: Path | None = None
    dkim_ed25519_selector: str = "tocsin-ed"
    dkim_ed25519_key_file: Path | None = None
    # For each sender process. Where a relay has no CHUNKING one carries one letter at a time.
    connections: int = Field(default=16, ge=1, le=64)
    # Sender processes of ``tocsin run``: signing takes a core each. Those with nothing to do cost next to nothing.
    senders: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=64)
    # Letters a second: to everybody, and to single domains; they hold over all senders on all machines.
    per_second: float | None = Field(default=None, gt=0)
    per_domain: dict[str, float] = Field(default_factory=dict)


class WarmUp(Table):
    """How a new relay is made known to mail providers: ``first_day`` letters, ``growth`` times as many each day."""

    begins: date
    first_day: int = Field(ge=1)
    growth: float = Field(default=2.0, ge=1.0, le=10.0)


class PoolRelay(Table):
    """One of several relays (``[[relay]]``), in place of the one in ``[mail]``; ``share`` is its weight among them.

    Quotas hold over all senders on all machines, in any sixty minutes and any 24 hours.
    """

    name: str = Field(default="", max_length=60)
    host: str
    port: int = Field(default=25, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    user: str | None = None
    password_file: Path | None = None
    share: float = Field(default=1.0, ge=0)
    per_hour: int | None = Field(default=None, ge=1)
    per_day: int | None = Field(default=None, ge=1)
    warm_up: WarmUp | None = None


class Returned(Table):
    """Where mail that comes back is taken in (docs/returned-mail.md); nothing is by default.

    ``lmtp`` and ``smtp`` are addresses to listen on (``127.0.0.1:2424``), for the mail server in front. They take mail
    for ``mail.return_path``, for ``mail.sender``, and for the other ``addresses`` named here. ``forward`` sends what
    people write on to ``newsroom.contact``.
    """

    lmtp: Listener | None = None
    smtp: Listener | None = None
    maildir: Path | None = None
    addresses: tuple[str, ...] = ()
    forward: bool = True
    # Amazon SES: the topics that may tell us of bounces; any other is somebody else's.
    ses_topics: tuple[str, ...] = ()
    # Postmark: a file with ``user:password``, as in the address given to it.
    postmark_login_file: Path | None = None
    # Mailgun: a file with the HTTP webhook signing key.
    mailgun_key_file: Path | None = None

    @property
    def mailroom(self) -> bool:
        """Tell whether there is something to listen on or to watch."""
        return bool(self.lmtp or self.smtp or self.maildir)


class Readers(Table):
    """What readers are offered and how their sign-ups are bounded.

    ``topics`` are offered on the form, by their ids (none: everybody gets everything); ``topics_file`` adds the
    operator's own. ``embedded_in`` lists the origins
    (``https://news.example``) whose pages hold the form. ``smtputf8`` says that the relay takes local parts beyond
    ASCII. Caps count letters that strangers may cause; large mail providers have no cap per domain.
    """

    topics: tuple[str, ...] = (
        "medtop:16000000",
        "medtop:03000000",
        "medtop:11000000",
        "medtop:04000000",
        "medtop:02000000",
        "medtop:07000000",
        "medtop:13000000",
        "medtop:17000000",
    )
    topics_file: Path | None = None
    embedded_in: tuple[Site, ...] = ()
    smtputf8: bool = False
    proof_of_work: int = Field(default=0, ge=0, le=24)
    per_mailbox_a_day: int = Field(default=1, ge=1)
    per_domain_an_hour: int = Field(default=100, ge=1)
    per_client_an_hour: int = Field(default=20, ge=1)
    offers_url: str | None = None
    offers_secret_file: Path | None = None
    keep_unconfirmed_days: int = Field(default=7, ge=1)
    keep_networks_days: int = Field(default=30, ge=1)
    keep_deliveries_days: int = Field(default=90, ge=1)


class Intake(Table):
    """What is listened to. ``networks`` lists private networks (CIDR) that sources may be in; none by default."""

    sources: Path = Path("sources.toml")
    networks: tuple[Network, ...] = ()
    push_secret_file: Path | None = None


class Desk(Table):
    """The editors' desk. ``drill_audience`` lists whom drills go to: the newsroom's own addresses, never readers'.

    ``grace_s`` says for each band how many seconds a message that the rules send waits for an editor's second thought;
    none by default, and never for a flash. ``undo_s`` is how long what an editor sends by one key, without opening it,
    can be undone.
    """

    drill_audience: tuple[Address, ...] = Field(default=(), max_length=50)
    grace_s: dict[Literal["alert", "watch"], Annotated[int, Field(ge=0, le=600)]] = Field(default_factory=dict)
    undo_s: float = Field(default=5.0, ge=0, le=60)


class Settings(BaseSettings):
    """All settings of one installation."""

    model_config = SettingsConfigDict(env_prefix="TOCSIN_", env_nested_delimiter="__", extra="forbid")

    folder: Path = Path("var")
    database: str = ""
    rules: Path | None = None
    newsroom: Newsroom = Newsroom()
    web: Web = Web()
    mail: Mail = Mail()
    relay: tuple[PoolRelay, ...] = ()
    returned: Returned = Returned()
    readers: Readers = Readers()
    intake: Intake = Intake()
    desk: Desk = Desk()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Rank the environment above what the file said (the file arrives as ``init``)."""
        return env_settings, init_settings

    @field_validator("relay")
    @classmethod
    def names_differ(cls, relays: tuple[PoolRelay, ...]) -> tuple[PoolRelay, ...]:
        """Refuse two relays of one name: their letters would be counted as one's."""
        names = [one.name or one.host for one in relays]
        if len(set(names)) < len(names):
            raise ValueError("each [[relay]] needs a name of its own")
        return relays

    @property
    def database_url(self) -> str:
        """The database's URL: one SQLite file in ``folder`` unless set."""
        return self.database or f"sqlite:///{self.folder.resolve() / 'tocsin.sqlite3'}"

    @property
    def secret_file(self) -> Path:
        """Where the installation's own secret lies."""
        return self.folder / "secret"

    def secret(self) -> bytes:
        """Return the installation's own secret (32 bytes) for tokens, made on first use, readable by its owner only."""
        if not self.secret_file.exists():
            write_private(self.secret_file, secrets.token_bytes(32))
        return self.secret_file.read_bytes()


Section = TypeVar("Section", bound=BaseModel)


class WrongSettings(WrongUse):
    """The settings are not right."""

    def __init__(self, file: Path, problems: tuple[str, ...]) -> None:
        super().__init__(f"{file}: {'; '.join(problems)}")
        self.problems = problems


def load_settings(file: Path | None = None) -> Settings:
    """Read the settings; ``file`` must exist when it is named, ``./tocsin.toml`` is read if it is there.

    Relative paths start at the folder of the file, wherever the command is called from. Raises ``WrongUse`` with the
    setting's name for anything unknown or out of range.
    """
    chosen = file or Path("tocsin.toml")
    content: dict[str, Any] = {}
    if file is not None or chosen.exists():
        content = toml_of(chosen, WrongUse)
    try:
        settings = Settings(**content)
    except ValidationError as error:
        raise WrongSettings(chosen, tuple(_told(dict(one)) for one in error.errors())) from error
    return _placed(settings, chosen.parent)


def installation(file: Path | None = None) -> Settings:
    """Read the settings of an installation that is there already, for a command that asks or changes something.

    Without it such a command would make an empty store in whatever folder it was called in, and answer from that.
    Raises ``WrongUse`` where ``load_settings`` does, and where there is nothing.
    """
    settings = load_settings(file)
    told = file is not None or Path("tocsin.toml").exists() or any(map(_sets, os.environ))
    if not told and not (settings.folder / "tocsin.sqlite3").exists():
        raise WrongUse(
            "there is no tocsin.toml in this folder: go to the installation's, or name it with --config; "
            "`tocsin init` makes a new one"
        )
    return settings


def _sets(variable: str) -> bool:
    """Tell whether a variable of the environment is a setting: others begin with TOCSIN_ too."""
    name = variable.removeprefix("TOCSIN_").lower().partition("__")[0]
    return variable.startswith("TOCSIN_") and name in Settings.model_fields


def _told(problem: Mapping[str, Any]) -> str:
    """Return one problem that Pydantic found, by the setting's name and in words for whoever wrote it."""
    place = tuple(map(str, problem["loc"]))
    if problem["type"] != "extra_forbidden":
        return f"{'.'.join(place)}: {in_words(problem)}"
    near = get_close_matches(place[-1], _names_in(place[:-1]), n=1)
    return f"{'.'.join(place)}: there is no such setting{f'; is {near[0]} meant?' if near else ''}"


def _names_in(place: tuple[str, ...]) -> list[str]:
    """Return the names of the settings that a table may hold."""
    model: Any = Settings
    for name in place:
        if not name.isdigit():
            kind = model.model_fields[name].annotation
            model = next((one for one in (kind, *getattr(kind, "__args__", ())) if hasattr(one, "model_fields")), Table)
    return list(model.model_fields)


def _placed(section: Section, folder: Path) -> Section:
    """Return the settings with every path, also of their sections, seen from ``folder``."""
    moved: dict[str, Any] = {}
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, Path):
            moved[name] = folder / value
        elif isinstance(value, BaseModel):
            moved[name] = _placed(value, folder)
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            moved[name] = tuple(_placed(one, folder) for one in value)
    return section.model_copy(update=moved)
