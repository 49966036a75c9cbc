"""The process tree of ``tocsin run``."""

import os

from tocsin.roles import processes_of
from tocsin.settings import Mail, Settings


def test_a_machine_has_a_sender_for_each_core_unless_told_otherwise() -> None:
    cores = os.cpu_count() or 1
    assert processes_of(Settings()) == ("web", "newsroom", *["send"] * cores)
    assert processes_of(Settings(mail=Mail(senders=3))) == ("web", "newsroom", "send", "send", "send")
