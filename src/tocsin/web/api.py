"""``/api/v1``: what the public log holds, for programs. Its OpenAPI document is at ``/api/v1/openapi.json``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.exceptions import HTTPException

from tocsin.model import Origin, Statement
from tocsin.store.alerts import Version, public_versions, versions_of
from tocsin.web.limits import Buckets
from tocsin.wiring import Parts

MOST = 200
PER_MINUTE = 600
"""Requests of one network address: a newsroom behind one, and a little more."""


@dataclass(frozen=True, slots=True)
class Said:
    """Who says what, as quoted; ``kind`` is ``said``, or ``evidence`` for what videos, photographs … show."""

    kind: str
    speaker: str | None
    cue: str
    content: str
    medium: str | None
    via: str | None
    said: str | None


@dataclass(frozen=True, slots=True)
class PublicVersion:
    """One version of an alert as it was sent; ``label`` says what may be said of it, never "verified"."""

    alert: int
    number: int
    kind: str
    band: str
    label: str
    headline: str
    subject: str
    publisher: str
    url: str | None
    language: str
    published: str | None
    sent: datetime
    note: str
    paragraphs: tuple[str, ...]
    statements: tuple[Said, ...]
    origins: tuple[Origin, ...]
    page: str


def api(parts: Parts) -> APIRouter:
    """Return the routes."""
    asked, base = Buckets(PER_MINUTE), parts.settings.web.base_url

    def limited(request: Request) -> None:
        asked.take(request.client.host if request.client else "")

    many: dict[int | str, dict[str, Any]] = {429: {"description": "Too many requests; see Retry-After."}}
    routes = APIRouter(prefix="/api/v1", tags=["alerts"], dependencies=[Depends(limited)], responses=many)

    @routes.get("/alerts", summary="The newest versions")
    def newest(most: Annotated[int, Query(ge=1, le=MOST, description="How many.")] = 50) -> list[PublicVersion]:
        """Return the versions that were sent, the newest first."""
        with parts.store.read() as connection:
            return [_public(version, base) for version in public_versions(connection, most)]

    @routes.get("/alerts/{alert}", summary="One alert", responses={404: {"description": "There is no such alert."}})
    def chain(alert: Annotated[int, Path(ge=1, le=2**62, description="The alert's number.")]) -> list[PublicVersion]:
        """Return an alert's whole chain of versions that were sent, first to last."""
        with parts.store.read() as connection:
            found = [version for version in versions_of(connection, alert) if version.approved_at is not None]
        if not found:
            raise HTTPException(404)
        return [_public(version, base) for version in found]

    return routes


def _public(version: Version, base: str) -> PublicVersion:
    draft = version.draft
    return PublicVersion(
        alert=version.alert,
        number=version.number,
        kind=version.kind,
        band=version.band,
        label=draft.label,
        headline=draft.headline,
        subject=draft.subject,
        publisher=draft.publisher,
        url=draft.url,
        language=draft.language,
        published=draft.published,
        sent=version.approved_at or version.decided_at,
        note=draft.note,
        paragraphs=draft.paragraphs,
        statements=tuple(map(_said, draft.statements)),
        origins=draft.origins,
        page=f"{base}/alerts/{version.alert}",
    )


def _said(statement: Statement) -> Said:
    return Said(
        statement.kind,
        statement.speaker,
        statement.cue,
        statement.content,
        statement.medium,
        statement.via,
        statement.said,
    )
