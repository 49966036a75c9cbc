"""The role ``send``: a sender that finds many who wait calls others for help."""

from __future__ import annotations

from sqlalchemy import select

from tests.fakes.relay import Relay
from tests.sending.steps import approved, words
from tocsin.jobs.port import Job
from tocsin.sending.sender import HELP_FROM, SEND, Sender
from tocsin.store.jobs import jobs
from tocsin.wiring import Parts


def test_help_is_called_for_those_who_wait_and_not_for_those_who_have_it(parts: Parts, relay: Relay) -> None:
    """With one reader put off, each look at a large version woke sixteen senders."""
    relay.policy = lambda stage, to: "450 4.2.1 later" if stage == "rcpt" and to.startswith("r7@") else None
    version = approved(parts, 2 * HELP_FROM)

    def waiting() -> list[str]:
        with parts.store.read() as connection:
            return sorted(connection.execute(select(jobs.c.payload)).scalars())

    sender = Sender(parts, words)
    sender.do(Job(SEND, str(version), 1))
    assert waiting() == [str(version), f"{version}/1", f"{version}/2"]
    with parts.store.write() as connection:
        connection.execute(jobs.delete())
    sender.do(Job(SEND, str(version), 1))
    assert waiting() == [str(version)]
