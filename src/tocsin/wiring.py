"""How the parts are put together: one function a command or a role begins with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tocsin.delivery.dkim import Signer, read_key
from tocsin.delivery.transport import Relay, this_host
from tocsin.errors import WrongUse
from tocsin.jobs.embedded import EmbeddedJobs
from tocsin.jobs.port import Jobs
from tocsin.secret import prove_secret
from tocsin.settings import Settings
from tocsin.store.clock import Clock
from tocsin.store.engine import Store
from tocsin.store.migrate import upgrade


@dataclass(frozen=True, slots=True)
class Parts:
    """What every role shares. ``clock`` is the store's, unless the demo lives on the day of its articles."""

    settings: Settings
    store: Store
    jobs: Jobs
    secret: bytes
    clock: Clock


def assemble(settings: Settings, clock: Clock | None = None) -> Parts:
    """Open the store, bring its schema up to date and put the parts together.

    Raises ``SecretLost`` or ``SecretDiffers`` for a secret that is not this database's.
    """
    store = up_to_date(settings)
    prove_secret(store, settings)
    parts = _parts_on(store, settings, clock or store.clock)
    parts.jobs.install()
    return parts


def up_to_date(settings: Settings) -> Store:
    """Open the store and bring its schema up to date, whatever it holds and whosever it is."""
    store = Store(settings.database_url)
    upgrade(store)
    return store


def open_parts(settings: Settings, clock: Clock | None = None) -> Parts:
    """Put the parts together for a process whose parent has brought the schema up to date."""
    store = Store(settings.database_url)
    return _parts_on(store, settings, clock or store.clock)


def _parts_on(store: Store, settings: Settings, clock: Clock) -> Parts:
    return Parts(settings, store, _jobs_on(store, clock), settings.secret(), clock)


def _jobs_on(store: Store, clock: Clock) -> Jobs:
    if store.embedded:
        return EmbeddedJobs(store, clock)
    from tocsin.jobs.cluster import ClusterJobs

    return ClusterJobs(store, clock)


def relays_of(settings: Settings) -> dict[str, Relay]:
    """Return the relays by name, passwords read, the first one first: those of the pool, or the one in ``[mail]``."""
    return {
        (getattr(one, "name", "") or one.host): Relay(
            one.host, one.port, one.security, one.user, _password(one.password_file), this_host()
        )
        for one in settings.relay or (settings.mail,)
    }


def _password(file: Path | None) -> str | None:
    try:
        return file.read_text(encoding="utf-8").strip() if file else None
    except UnicodeDecodeError as error:
        raise WrongUse(f"password_file {file}: it is not text") from error


def signers_of(settings: Settings) -> tuple[Signer, ...]:
    """Return the DKIM signers that the settings name: none, one, or two."""
    mail = settings.mail
    domain = mail.dkim_domain or mail.sender.rpartition("@")[2]
    named = (
        (mail.dkim_selector, mail.dkim_key_file),
        (mail.dkim_ed25519_selector, mail.dkim_ed25519_key_file),
    )
    return tuple(Signer(domain, selector, read_key(file.read_bytes())) for selector, file in named if file is not None)
