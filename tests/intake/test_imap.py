"""An IMAP folder: over TLS, read without changing it, and servers that behave as badly as they can."""

from __future__ import annotations

import asyncio
import re
import socket
from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.fakes.dovecot import PASSWORD, Account, running_dovecot
from tests.fakes.mails import key, letter, release
from tocsin.errors import TocsinError
from tocsin.intake.boxes import MOST, Box, Look, open_box
from tocsin.intake.fetch import Broken, ForbiddenAddress, TooSlow, Unreachable
from tocsin.intake.guard import AddressInfo, Guard
from tocsin.intake.imap import LogInRefused
from tocsin.intake.mailbox import LARGEST

LOOPBACK = Guard.allowing(["127.0.0.0/8"])


async def looked(url: str, *, since: str | None = None, password: str = PASSWORD) -> Look:
    box = await open_box(url, password, LOOPBACK)
    try:
        return await box.look(since)
    finally:
        await box.close()


def certificate(folder: Path, host: str) -> Path:
    """Write a certificate of its own for a host, and the key beside it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key().public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key(), SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "cert.pem"


@pytest.mark.imap
def test_a_certificate_must_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cert = certificate(tmp_path, "localhost")
    with running_dovecot(more=f"ssl_cert = <{cert}\nssl_key = <{tmp_path / 'key.pem'}", tls=True) as server:
        its = server.account()
        its.deliver(release())
        user = its.url.removeprefix("imap://").rpartition("@")[0]
        with pytest.raises(Unreachable, match="certificate"):
            asyncio.run(looked(f"imaps://{user}@localhost:{server.tls_port}"))
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
        assert len(asyncio.run(looked(f"imaps://{user}@localhost:{server.tls_port}")).mails) == 1
        with pytest.raises(Unreachable, match="certificate"):
            asyncio.run(looked(f"imaps://{user}@127.0.0.1:{server.tls_port}"))


@pytest.mark.imap
def test_a_folder_is_read_in_order_by_and_by_and_left_as_it_is() -> None:
    with running_dovecot() as server:
        its = server.account()
        its.deliver(*(letter(f"Mail {number}") for number in range(MOST + 5)))
        first = asyncio.run(looked(its.url))
        assert len(first.mails) == MOST, "of a folder nobody has looked at, the newest"
        validity = first.cursor.partition(":")[0]
        early = asyncio.run(looked(its.url, since=f"{validity}:0"))
        rest = asyncio.run(looked(its.url, since=early.cursor))
        assert [int(mail.key) for mail in (*early.mails, *rest.mails)] == list(range(1, MOST + 6))
        assert asyncio.run(looked(its.url, since=rest.cursor)).mails == ()
        assert asyncio.run(looked(its.url, since="1:77")).cursor == rest.cursor, "it was numbered anew"
        flagged = [file for file in its.maildir.glob("*/*") if ",S" in file.name.rpartition(":2")[2]]
        assert flagged == [], "nothing is marked as read"


@pytest.mark.imap
def test_of_a_mail_that_is_too_large_only_the_head_is_fetched() -> None:
    with running_dovecot() as server:
        its = server.account()
        its.deliver(letter("Film", "x" * 70 + ("\r\n" + "x" * 70) * (LARGEST // 70)), release())
        large, small = asyncio.run(looked(its.url)).mails
    assert (large.whole, small.whole) == (False, True)
    assert b"Subject: Film" in large.raw
    assert len(large.raw) < 70_000


@pytest.mark.imap
def test_an_address_that_is_not_allowed_is_not_spoken_to() -> None:
    async def run(its: Account) -> None:
        with pytest.raises(ForbiddenAddress, match=r"\[intake\] networks"):
            await open_box(its.url, PASSWORD, Guard())

    with running_dovecot() as server:
        asyncio.run(run(server.account()))


# -- servers that behave badly -----------------------------------------------------------------------------------------

_ONE = b"* SEARCH 1\r\n"

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def met(talk: Talk, then: Callable[[Box], Awaitable[object]], password: str = "p") -> object:
    """Speak to a server that does as ``talk`` says."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        box = await open_box(f"imap://u@127.0.0.1:{server.sockets[0].getsockname()[1]}", password, LOOPBACK)
        try:
            return await then(box)
        finally:
            await box.close()


def answering(**told: bytes) -> Talk:
    """Answer each command as an IMAP server does, but by ``told`` where it names the command."""
    usual = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n",
        "EXAMINE": b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n",
        **{name.upper(): reply for name, reply in told.items()},
    }

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(usual.get("GREETING", b"* OK hello\r\n"))
        while line := await reader.readline():
            tag, _, rest = line.strip().partition(b" ")
            words = rest.decode().split()
            name = words[1] if words and words[0] == "UID" else words[0] if words else ""
            if name == "AUTHENTICATE":
                writer.write(b"+ \r\n")
                await reader.readline()
            writer.write(usual.get(name, b""))
            writer.write(tag + b" OK done\r\n")
            await writer.drain()
        writer.close()

    return talk


@pytest.mark.parametrize(
    ("talk", "error"),
    [
        (answering(greeting=b"220 smtp ready\r\n"), "declines"),
        (answering(greeting=b"* BYE busy\r\n"), "declines"),
        (answering(greeting=b"x" * 3_000_000), "made no sense"),
        (answering(capability=b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n"), "app password"),
        (answering(examine=b"* 3 EXISTS\r\n"), "UIDVALIDITY"),
        (
            answering(search=_ONE, fetch=b"* 1 FETCH (UID 1 BODY[] {9999999999}\r\n"),
            "more than it was asked",
        ),
        (
            answering(search=_ONE, fetch=b"* 1 X {1}\r\na" + b" {1}\r\na" * 50),
            "more than it was asked",
        ),
        (answering(search=b"* 1 X\r\n" * 120_000), "without end"),
    ],
    ids=["smtp", "busy", "endless greeting", "no log-in", "no validity", "literal", "literals", "responses"],
)
def test_a_server_that_makes_no_sense_is_an_error_in_words(talk: Talk, error: str) -> None:
    with pytest.raises(TocsinError, match=error):
        asyncio.run(met(talk, lambda box: box.look(None)))


@pytest.mark.parametrize(
    ("password", "said"),
    [("geheim", b'LOGIN "u" "geheim"'), ('a "b\\c', rb'LOGIN "u" "a \"b\\c"'), ("пароль", None), ("a\r\nT9 X", None)],
)
def test_a_server_without_plain_is_logged_in_to_by_its_own_command(password: str, said: bytes | None) -> None:
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK hello\r\n")
        while line := await reader.readline():
            tag, _, rest = line.strip().partition(b" ")
            heard.append(rest)
            writer.write(b"* CAPABILITY IMAP4rev1 IDLE\r\n" if rest == b"CAPABILITY" else b"")
            writer.write(b"* OK [UIDVALIDITY 7] ok\r\n" if rest.startswith(b"EXAMINE") else b"")
            writer.write(tag + b" OK done\r\n")
        writer.close()

    if said is None:
        with pytest.raises(LogInRefused, match="ASCII"):
            asyncio.run(met(talk, lambda box: box.look(None), password))
        assert heard == [b"CAPABILITY"]
    else:
        asyncio.run(met(talk, lambda box: box.look(None), password))
        assert heard[1] == said


def test_a_server_that_says_strange_things_gives_no_mails() -> None:
    odd = answering(
        search=b"* SEARCH\r\n* SEARCH 5 x -3 99999999999999999999 2 2\r\n* 9 RECENT\r\n",
        fetch=b"* 2 FETCH (FLAGS ())\r\n* 2 FETCH (UID 2 RFC822.SIZE 10)\r\n* 9 FETCH (UID 9 BODY[] {3}\r\nabc)\r\n",
    )
    look = asyncio.run(met(odd, lambda box: box.look("7:1")))
    assert isinstance(look, Look)
    assert look.mails == ()
    assert look.cursor == "7:5"


def numbered(uids: Sequence[int], *, tells_next: bool = True) -> Talk:
    """Answer as a server whose folder has these UIDs, all of those that are asked for in one line."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK hello\r\n")
        while line := await reader.readline():
            tag, _, rest = line.strip().partition(b" ")
            if rest.startswith(b"CAPABILITY"):
                writer.write(b"* CAPABILITY IMAP4rev1\r\n")
            elif rest.startswith(b"EXAMINE"):
                writer.write(b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n" % len(uids))
                writer.write(b"* OK [UIDNEXT %d] ok\r\n" % (uids[-1] + 1) if tells_next else b"")
            elif rest == b"FETCH * (UID)":
                writer.write(b"* %d FETCH (UID %d)\r\n" % (len(uids), uids[-1]))
            elif asked := re.fullmatch(rb"UID SEARCH UID (\d+):(\d+|\*)", rest):
                first, last = int(asked[1]), uids[-1] if asked[2] == b"*" else int(asked[2])
                found = uids[bisect_left(uids, first) : bisect_right(uids, last)]
                found = uids[-1:] if not found and asked[2] == b"*" else found
                writer.write(b"* SEARCH " + b" ".join(b"%d" % uid for uid in found) + b"\r\n")
            elif asked := re.match(rb"UID FETCH (\S+) \(UID RFC822.SIZE", rest):
                writer.writelines(b"* 1 FETCH (UID %b RFC822.SIZE 8)\r\n" % uid for uid in bytes(asked[1]).split(b","))
            elif asked := re.match(rb"UID FETCH (\d+) ", rest):
                writer.write(b"* 1 FETCH (UID %b BODY[] {8}\r\nFrom: x\n)\r\n" % asked[1])
            writer.write(tag + b" OK done\r\n")
        writer.close()

    return talk


@pytest.mark.parametrize(
    ("uids", "known", "found"),
    [
        (range(1, 1_000_001), 0, range(1, MOST + 1)),
        (range(1, 1_000_001), 999_990, range(999_991, 1_000_001)),
        ([3, 5_000_000], 3, [5_000_000]),
        ([3, 5_000_000], 5_000_000, []),
    ],
    ids=["a million behind", "a few behind", "a great gap", "nothing behind"],
)
@pytest.mark.parametrize("tells_next", [True, False], ids=["with UIDNEXT", "without"])
def test_a_folder_of_a_million_mails_is_read_on_from_wherever_it_was_left(
    uids: Sequence[int], known: int, found: Sequence[int], tells_next: bool
) -> None:
    look = asyncio.run(met(numbered(uids, tells_next=tells_next), lambda box: box.look(f"7:{known}")))
    assert isinstance(look, Look)
    assert [int(mail.key) for mail in look.mails] == list(found)
    assert look.cursor == f"7:{found[-1] if found else known}"


def test_a_mail_that_the_server_cannot_give_does_not_stop_those_behind_it() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told = {
            b"CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n%b OK\r\n",
            b"AUTHENTICATE": b"+ \r\n",
            b"EXAMINE": b"* OK [UIDVALIDITY 7] ok\r\n%b OK\r\n",
            b"UID SEARCH": b"* SEARCH 1 2\r\n%b OK\r\n",
            b"UID FETCH 1,2": b"* 1 FETCH (UID 1 RFC822.SIZE 9)\r\n* 2 FETCH (UID 2 RFC822.SIZE 9)\r\n%b OK\r\n",
            b"UID FETCH 1": b"%b NO [SERVERBUG] it is damaged\r\n",
            b"UID FETCH 2": b"* 2 FETCH (UID 2 BODY[] {9}\r\nFrom: x\r\n)\r\n%b OK\r\n",
        }
        writer.write(b"* OK hello\r\n")
        asked = tag = b""
        while line := await reader.readline():
            if asked == b"AUTHENTICATE":
                asked, reply = b"", b"%b OK\r\n"
            else:
                tag, _, rest = line.strip().partition(b" ")
                known = [(name, say) for name, say in told.items() if rest.startswith(name)]
                asked, reply = known[0] if known else (b"", b"%b OK\r\n")
            writer.write(reply.replace(b"%b", tag))
        writer.close()

    look = asyncio.run(met(talk, lambda box: box.look("7:0")))
    assert isinstance(look, Look)
    assert [(mail.key, mail.raw) for mail in look.mails] == [("1", b""), ("2", b"From: x\r\n")]
    assert look.cursor == "7:2"


def test_a_server_that_hangs_up_in_the_middle_of_a_mail_is_no_loss() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK hello\r\n* CAPABILITY x\r\n")
        await reader.readline()
        writer.write(b"T1 OK\r\n* 1 FETCH {100}\r\nhalf")
        writer.close()

    with pytest.raises((Broken, TooSlow, TocsinError)):
        asyncio.run(met(talk, lambda box: box.look(None)))


def test_an_address_that_swallows_all_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host of two addresses of which one, IPv6 as a rule, leads nowhere."""
    monkeypatch.setattr("tocsin.intake.imap._PATIENCE_S", 3.0)

    async def run() -> None:
        async with await asyncio.start_server(answering(), "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with socket.socket() as hole, socket.socket() as first, socket.socket() as second:
                hole.bind(("127.0.0.2", port))
                hole.listen(0)  # filled, it answers nobody
                for filling in (first, second):
                    filling.setblocking(False)
                    filling.connect_ex(("127.0.0.2", port))

                async def both(*_: object, **__: object) -> list[AddressInfo]:
                    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
                    return [(*kind, (f"127.0.0.{last}", port)) for last in (2, 1)]

                monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
                await (await open_box(f"imap://u@localhost:{port}", "p", LOOPBACK)).close()

    asyncio.run(run())
