"""A Maildir as a mailbox: mails move out once they are settled, and go after a week."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.fakes.dovecot import deliver
from tests.fakes.mails import release
from tocsin.intake.boxes import MOST, MaildirBox
from tocsin.intake.fetch import Unreachable


def test_a_settled_mail_is_moved_and_removed_after_a_week(tmp_path: Path) -> None:
    async def settle_all() -> int:
        box = MaildirBox(tmp_path)
        look = await box.look(None)
        await box.settle(look.mails, datetime.now(UTC))
        return len(look.mails)

    deliver(tmp_path, release("First"))
    assert asyncio.run(settle_all()) == 1
    (first,) = (tmp_path / "taken").iterdir()
    week_ago = (datetime.now(UTC) - timedelta(days=8)).timestamp()
    os.utime(first, (week_ago, week_ago))
    deliver(tmp_path, release("Second"))
    assert asyncio.run(settle_all()) == 1
    assert first not in (tmp_path / "taken").iterdir()
    assert asyncio.run(settle_all()) == 0


def test_many_mails_are_given_in_order_and_what_was_not_settled_again_behind_them(tmp_path: Path) -> None:
    async def subjects(box: MaildirBox, *, but: int = 0) -> list[str]:
        look = await box.look("read")
        await box.settle(look.mails[but:], datetime.now(UTC))
        return [str(message_from_bytes(mail.raw)["Subject"]) for mail in look.mails]

    async def read_all() -> list[list[str]]:
        box = MaildirBox(tmp_path)
        first = await subjects(box, but=1)
        deliver(tmp_path, release("Late"))
        return [first, *[await subjects(box) for _ in range(4)]]

    for number in range(2 * MOST + 5):
        deliver(tmp_path, release(f"Mail {number:02}"))
    looks = asyncio.run(read_all())
    in_order = [f"Mail {number:02}" for number in range(2 * MOST + 5)]
    assert [len(look) for look in looks] == [MOST, MOST, 5, 2, 0]
    assert [one for look in looks[:3] for one in look] == in_order
    assert looks[3] == ["Mail 00", "Late"]


def test_a_folder_among_the_mails_and_a_link_out_are_put_aside(tmp_path: Path) -> None:
    deliver(tmp_path, release())
    (tmp_path / "new" / "folder").mkdir()
    (tmp_path / "new" / "link").symlink_to("/etc/hostname")
    look = asyncio.run(MaildirBox(tmp_path).look(None))
    assert len(look.mails) == 1
    assert {file.name for file in (tmp_path / "aside").iterdir()} == {"folder", "link"}


def test_a_maildir_that_has_gone_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="No such file"):
        asyncio.run(MaildirBox(tmp_path / "gone").look(None))
