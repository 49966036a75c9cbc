"""The mailroom role: bounces, complaints and replies come in."""

from __future__ import annotations

import asyncio

from tocsin.errors import WrongUse
from tocsin.mailroom import intake
from tocsin.wiring import Parts


async def mailroom(parts: Parts, stop: asyncio.Event) -> None:
    """Take returned mail in until ``stop`` is set."""
    if not parts.settings.returned.mailroom:
        raise WrongUse("nothing to take mail in by: set lmtp, smtp or maildir under [returned] in tocsin.toml")
    await intake.mailroom(parts, stop)
