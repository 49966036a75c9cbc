"""The installation's own secret, and the mark by which its database knows it.

Links in mails, return paths and second factors are good with one secret alone. Two machines on one database with two
secrets would refuse each other's links, and nobody would notice but readers who can't leave. So the database keeps a
mark of its secret, which tells nothing about it, and is served with no other.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import Connection

from tocsin.errors import Refused
from tocsin.private_files import replace_private
from tocsin.settings import Settings
from tocsin.store.engine import Store
from tocsin.store.subscribers import has_readers
from tocsin.store.switches import remove, switch, turn

_MARK = "secret"
"""The switch that holds the mark."""


class SecretLost(Refused):
    """The secret is missing, and links in mails are good with it alone: copy it from the first machine or a backup."""


class SecretDiffers(Refused):
    """This database belongs to another secret, and links in mails are good with that one alone."""


def prove_secret(store: Store, settings: Settings) -> None:
    """Take note of the secret of a database that knows none yet; refuse one that is missing, or another.

    Raises ``SecretLost`` and ``SecretDiffers``.
    """
    file = settings.secret_file.absolute()
    with store.read() as connection:
        known, served = switch(connection, _MARK, ""), has_readers(connection)
    if (known or served) and not file.exists():
        raise SecretLost(f"{file}. Where it is lost for good: tocsin secret new")
    if not known:
        with store.write() as connection:
            known = switch(connection, _MARK, "")
            if not known:
                known = _note(connection, settings.secret())
    if not hmac.compare_digest(known, mark_of(settings.secret())):
        raise SecretDiffers(
            f"copy it to {file} from the first machine or a backup. Where it is lost: tocsin secret new"
        )


def renew_secret(store: Store, settings: Settings) -> None:
    """Begin with a new secret; what was signed or sealed with the old one is good no longer.

    The file comes first: killed in between, the database knows another secret, says so, and this can be done again.
    """
    replace_private(settings.secret_file, secrets.token_bytes(32))
    with store.write() as connection:
        _note(connection, settings.secret())


def mark_of(secret: bytes) -> str:
    """Return what a database keeps to know a secret by: HMAC-SHA256, 128 bits of it in hexadecimal."""
    return hmac.new(secret, b"tocsin: the mark of this secret", hashlib.sha256).hexdigest()[:32]


def forget_mark(connection: Connection) -> None:
    """Let a database belong to no secret."""
    remove(connection, _MARK)


def _note(connection: Connection, secret: bytes) -> str:
    mark = mark_of(secret)
    turn(connection, _MARK, mark)
    return mark
