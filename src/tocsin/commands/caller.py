"""Who calls a command, as the audit log has it."""

from __future__ import annotations

import getpass
import os


def caller() -> str:
    """Return the name of whoever calls.

    Behind ``sudo -u tocsin`` that is the person, not the service's account: two people who must agree would be one.
    """
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as containers have; Python 3.13 raises the latter
        return f"user {os.getuid()}"
