"""A real IMAP server (Dovecot) on loopback; each account's INBOX is a Maildir that tests deliver into."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.lacks import dovecot as program

PASSWORD = "geheim"

_SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
disable_plaintext_auth = no
auth_mechanisms = plain
auth_failure_delay = 0
first_valid_uid = 0
mail_location = maildir:{folder}/%u
{more}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
service imap-login {{
  {chroot}
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  {chroot}
}}
"""
_NOBODY = 65534
_AS_SELF = "default_internal_user = {user}\ndefault_login_user = {user}\ndefault_internal_group = {group}"


@dataclass(frozen=True)
class Account:
    """One user's INBOX as a source names it, and the Maildir behind it."""

    url: str
    maildir: Path

    def deliver(self, *mails: bytes) -> None:
        """Deliver mails as a mail server does: whole, by a rename."""
        deliver(self.maildir, *mails)


@dataclass
class Dovecot:
    """The running server: its ports (``tls_port`` 0 without a certificate)."""

    port: int
    tls_port: int
    folder: Path
    _count: int = 0

    def account(self) -> Account:
        """Return a new, empty account."""
        self._count += 1
        name = f"press{self._count}@desk.example"
        deliver(self.folder / name)
        if os.getuid() == 0:  # no mail is read as root
            for place in (self.folder / name, *(self.folder / name).iterdir()):
                os.chown(place, _NOBODY, _NOBODY)
        return Account(f"imap://{name}@127.0.0.1:{self.port}", self.folder / name)


def deliver(maildir: Path, *mails: bytes) -> None:
    """Deliver mails into a Maildir."""
    for part in ("tmp", "new", "cur"):
        (maildir / part).mkdir(parents=True, exist_ok=True)
    for mail in mails:
        name = f"{time.time_ns()}.{os.getpid()}.{os.urandom(4).hex()}"
        (maildir / "tmp" / name).write_bytes(mail)
        (maildir / "tmp" / name).chmod(0o644)
        (maildir / "tmp" / name).rename(maildir / "new" / name)


@contextmanager
def running_dovecot(*, more: str = "ssl = no", tls: bool = False) -> Iterator[Dovecot]:
    """Serve IMAP for as long as the block lasts; ``more`` are settings, such as a certificate for ``tls``."""
    with TemporaryDirectory(prefix="dovecot-") as name:
        yield from _serving(Path(name), more, tls=tls)


def _serving(folder: Path, more: str, *, tls: bool) -> Iterator[Dovecot]:
    server = Dovecot(_free_port(), _free_port() if tls else 0, folder)
    (folder / "run").mkdir()
    as_root = os.getuid() == 0
    uid, gid = (_NOBODY, _NOBODY) if as_root else (os.getuid(), os.getgid())
    folder.chmod(0o755)
    own = "" if as_root else _AS_SELF.format(user=getpass.getuser(), group=os.getgid())
    (folder / "dovecot.conf").write_text(
        _SETTINGS.format(
            folder=folder,
            more=f"{more}\n{own}",
            password=PASSWORD,
            uid=uid,
            gid=gid,
            chroot="" if as_root else "chroot =",
            port=server.port,
            tls_port=server.tls_port,
        )
    )
    command = [str(program()), "-F", "-c", str(folder / "dovecot.conf")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(server.port, folder)
        yield server
    finally:
        process.terminate()
        process.wait(20)


def _await(port: int, folder: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0 and probe.recv(4) == b"* OK":
                return
        time.sleep(0.02)
    raise AssertionError((folder / "log").read_text() if (folder / "log").exists() else "Dovecot did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
