"""The local inbox takes mail by real SMTP and shows it without letting it do anything."""

import asyncio
import smtplib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage

import aiohttp
import uvicorn
from fastapi import FastAPI

from tocsin.demo.inbox import Inbox, router

HOSTILE = '<script>alert(1)</script><img src="https://evil.example/pixel.gif">'


def a_message(subject: str = "Ferry capsizes") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "alerts@post.example", "reader@demo.example", subject
    message.set_content("At least 14 people were killed.")
    message.add_alternative(f"<p>At least 14 people were killed.</p>{HOSTILE}", subtype="html")
    return message


def send(port: int, message: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as relay:
        relay.send_message(message)


@asynccontextmanager
async def served(inbox: Inbox) -> AsyncIterator[aiohttp.ClientSession]:
    """Serve the inbox's pages by real HTTP and give a client for them."""
    app = FastAPI()
    app.include_router(router(inbox))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve([listening]))
    async with aiohttp.ClientSession(f"http://127.0.0.1:{listening.getsockname()[1]}") as web:
        yield web
    server.should_exit = True
    await serving


def test_a_message_arrives_and_is_shown_as_list_page_and_json() -> None:
    asyncio.run(_arrives())


async def _arrives() -> None:
    async with Inbox(lambda: datetime(2022, 11, 11, 5, tzinfo=UTC)) as inbox:
        waiting = asyncio.create_task(inbox.wait_for(lambda one: "Ferry" in str(one.message["Subject"]), 10))
        await asyncio.to_thread(send, inbox.port, a_message())
        found = await waiting
        assert found is not None
        assert found.to == ("reader@demo.example",)
        async with served(inbox) as web:
            (told,) = await (await web.get("/inbox/messages.json")).json()
            assert list(told) == ["id", "to", "from", "subject", "received", "raw"]
            assert (told["to"], told["subject"]) == ("reader@demo.example", "Ferry capsizes")
            assert told["received"] == "2022-11-11T05:00:00+00:00"
            assert "At least 14 people" in told["raw"]
            assert "Ferry capsizes" in await (await web.get("/inbox")).text()
            assert "At least 14 people were killed." in await (await web.get("/inbox/1")).text()
            assert (await web.get("/inbox/2")).status == 404
            policy = (await web.get("/inbox/1/html")).headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "sandbox" in policy


def test_a_hostile_subject_is_shown_as_text() -> None:
    asyncio.run(_hostile())


async def _hostile() -> None:
    async with Inbox(lambda: datetime(2022, 11, 11, 5, tzinfo=UTC)) as inbox:
        await asyncio.to_thread(send, inbox.port, a_message(f"x{HOSTILE}"))
        async with served(inbox) as web:
            for page in ("/inbox", "/inbox/1"):
                assert "<script>alert" not in await (await web.get(page)).text()


def test_waiting_ends() -> None:
    async def wait() -> None:
        async with Inbox(lambda: datetime(2022, 11, 11, 5, tzinfo=UTC)) as inbox:
            assert await inbox.wait_for(lambda one: True, 0.05) is None

    asyncio.run(wait())
