"""Consents to offers: Tocsin mails none, so it tells whoever does, by a signed push or as a list."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from sqlalchemy import Connection

from tocsin.errors import Temporary
from tocsin.intake.webhook import sign
from tocsin.jobs.port import Job
from tocsin.readers.consent import Act
from tocsin.readers.tokens import Tokens
from tocsin.store.subscribers import offered, subscriber_of
from tocsin.wiring import Parts

OFFERS = "offers"
"""The job that pushes one change of a consent to offers; its payload is the body."""

_PATIENCE_S = 20.0


class OffersUnreachable(Temporary):
    """Whoever mails the offers did not take a change of consent."""


@dataclass(frozen=True, slots=True)
class OfferReader:
    """Somebody who consented to offers ``since`` then, with the link by which they stop them."""

    email: str
    language: str
    since: datetime
    unsubscribe: str


def tell_offers(parts: Parts, connection: Connection, subscriber: int, act: Act, facts: Mapping[str, str]) -> None:
    """Queue a push about a consent to offers, if the operator named somebody to tell."""
    reader = subscriber_of(connection, subscriber)
    if parts.settings.readers.offers_url is None or reader is None:
        return
    address = facts.get("new address", reader.address)
    body = {
        "type": f"offers.{act}",
        "timestamp": parts.clock().isoformat(),
        "data": {"email": address, "old_email": facts.get("old address"), "language": reader.language}
        | {"unsubscribe": _unsubscribe(parts, subscriber)},
    }
    parts.jobs.enqueue(connection, OFFERS, json.dumps(body))


def push_offers(parts: Parts, job: Job) -> None:
    """Push one change (the handler of ``OFFERS``) with Standard Webhooks headers; raises ``Temporary`` to try again."""
    readers = parts.settings.readers
    if readers.offers_url is None or readers.offers_secret_file is None:
        return
    secret = readers.offers_secret_file.read_text(encoding="ascii").strip()
    body, at = job.payload.encode(), str(int(parts.clock().timestamp()))
    name = f"offers_{hashlib.sha256(body).hexdigest()[:32]}"
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": at,
        "webhook-signature": sign(secret, name, at, body),
    }
    asyncio.run(_post(readers.offers_url, headers, body))


async def _post(url: str, headers: dict[str, str], body: bytes) -> None:
    patience = aiohttp.ClientTimeout(total=_PATIENCE_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=patience) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            if not 200 <= answer.status < 300:
                raise OffersUnreachable(f"answered {answer.status}")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OffersUnreachable(type(error).__name__) from error


def offer_readers(parts: Parts, connection: Connection) -> Iterator[OfferReader]:
    """Give all who consent to offers now, in the order of their sign-up."""
    for reader, since in offered(connection):
        if reader.address is not None:
            yield OfferReader(reader.address, reader.language, since, _unsubscribe(parts, reader.id))


def _unsubscribe(parts: Parts, subscriber: int) -> str:
    token = Tokens(parts.secret).mailed(subscriber)
    return f"{parts.settings.web.base_url}/unsubscribe/{token}?from=offers"
