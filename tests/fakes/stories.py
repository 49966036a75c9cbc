"""Made-up stories with their readings, as drafts, versions and mails are tried on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from tocsin.alerts.amended import amended
from tocsin.alerts.compose import compose
from tocsin.delivery.foot import Identity, Why
from tocsin.model import (
    Article,
    Band,
    Draft,
    Origin,
    PlaceMention,
    Reading,
    Route,
    Source,
    Statement,
    Verdict,
    VersionKind,
)
from tocsin.store.alerts import add_version, approve_version

AT = datetime(2026, 11, 20, 13, 41, tzinfo=UTC)

SOURCES = {
    "wire": Source("wire", "Northern Wire", "northern", tier=1, may_alert_alone=True),
    "courier": Source("courier", "The Alder Courier", "courier", tier=2),
    "channel": Source("channel", "Alder Live", "alder-live", tier=4, known=False),
}

IDENTITY = Identity(
    "The Alder Courier",
    "Breaking News",
    "1 Quay Street, Alderton AL1 2QS",
    "desk@courier.example",
    "https://news.courier.example",
)
WHY = Why("topic", "disaster", "medtop:20000148", "disaster")

_WIRE = """The dam above the town of Alderton gave way early on Friday and sent a wall of water down the valley, the \
regional governor said, adding that four villages were being cleared.

Drone footage posted by residents showed two arches of the old road bridge lying in the river. The water had reached \
the railway station by seven.

The operator of the dam denied that its sluices had failed and blamed a landslide on the eastern slope."""

_COURIER = """Four villages below the Alderton dam are being evacuated after it was breached before dawn.

“We heard it before we saw it,” said Mara Olsen, who runs the ferry at Nether Quay. The fire service told the Courier \
that eleven people had been brought to safety by boat and nobody was known to be missing."""


def said(text: str, speaker: str, cue: str, content: str, **more: object) -> Statement:
    """Return a statement with its spans looked up in ``text``."""
    spans = {
        "speaker_span": _span(text, speaker),
        "cue_span": _span(text, cue),
        "content_span": _span(text, content),
    }
    return replace(Statement("said", speaker, None, cue, (0, 0), content, (0, 0)), **spans, **more)  # type: ignore[arg-type]


def _span(text: str, piece: str) -> tuple[int, int]:
    at = text.index(piece)
    return at, at + len(piece)


WIRE = Article(
    "a1", "wire", "Dam above Alderton breached, four villages evacuated", _WIRE, "2026-11-20T05:52:00+00:00", "en",
    "https://wire.example/2026/11/20/alderton-dam",
)  # fmt: skip
WIRE_READING = Reading(
    "en",
    (
        said(_WIRE, "the regional governor", "said", "The dam above the town of Alderton gave way early on Friday and "
             "sent a wall of water down the valley", said="2026-11-20", role="governor"),
        replace(
            said(_WIRE, "Drone footage posted by residents", "showed", "two arches of the old road bridge lying in the "
                 "river"), kind="evidence",
        ),
        said(_WIRE, "The operator of the dam", "denied", "its sluices had failed", denied=True),
    ),
    places=(PlaceMention("Alderton", (26, 34), "Alderton", "GB", 54.9, -2.1),),
)  # fmt: skip
COURIER = Article(
    "a2", "courier", "Villages cleared as Alderton dam fails", _COURIER, "2026-11-20T06:10:00+00:00", "en",
    "https://courier.example/dam",
)  # fmt: skip
COURIER_READING = Reading(
    "en",
    (
        said(_COURIER, "Mara Olsen, who runs the ferry at Nether Quay", "said", "We heard it before we saw it",
             quoted=True, resolved_to="Mara Olsen", role="who runs the ferry at Nether Quay"),
        said(_COURIER, "The fire service", "told", "eleven people had been brought to safety by boat and nobody was "
             "known to be missing", via="the Courier"),
    ),
)  # fmt: skip
READ = ((WIRE, WIRE_READING), (COURIER, COURIER_READING))

_LATER = """The number of people missing after the breach of the Alderton dam rose to nine on Friday afternoon, the \
fire service said in a statement.

The governor called in the army."""
LATER = Article(
    "a3", "wire", "Nine missing after dam above Alderton breached", _LATER, "2026-11-20T13:40:00+00:00", "en",
    "https://wire.example/2026/11/20/alderton-dam-missing",
)  # fmt: skip
LATER_READING = Reading(
    "en",
    (
        said(_LATER, "the fire service", "said", "The number of people missing after the breach of the Alderton dam "
             "rose to nine on Friday afternoon", medium="statement", said="2026-11-20T13"),
    ),
)  # fmt: skip


def verdict(label: str = "Reported by 2", band: Band = Band.ALERT, origins: int = 2) -> Verdict:
    """Return a verdict of the dam story."""
    named = (Origin("Northern Wire", ("a1",)), Origin("The Alder Courier", ("a2",)))
    return Verdict(AT, "a1", "a1", 61.0, 66.0, band, Route.SEND, label, named[:origins])


def alert(**more: object) -> Draft:
    """Return the first alert of the dam story; ``more`` overrules fields."""
    draft = compose("a1", VersionKind.ALERT, verdict(), READ, SOURCES)
    return replace(draft, **more)  # type: ignore[arg-type]


def update() -> Draft:
    """Return the update: nine missing."""
    read = (*READ, (LATER, LATER_READING))
    return compose("a1", VersionKind.UPDATE, verdict(), read, SOURCES, previous=alert())


def correction() -> Draft:
    """Return the correction of the update: two missing, not nine."""
    text = "Two people are missing after the breach of the Alderton dam, the fire service said, correcting itself."
    article = Article("a4", "wire", "Two, not nine, missing after dam breach: fire service", text,
                      "2026-11-20T15:02:00+00:00", "en", "https://wire.example/2026/11/20/alderton-dam-2")  # fmt: skip
    content = "Two people are missing after the breach of the Alderton dam"
    reading = Reading("en", (said(text, "the fire service", "said", content, said="2026-11-20"),))
    note = "We told you that nine people were missing. The fire service had counted seven people twice."
    read = (*READ, (LATER, LATER_READING), (article, reading))
    draft = compose("a1", VersionKind.CORRECTION, verdict("Corrected"), read, SOURCES, previous=update())
    return replace(draft, note=note)


def withdrawal() -> Draft:
    """Return the withdrawal of the story."""
    note = "This was an exercise of the fire service that we took for the real thing. We are sorry."
    return amended(alert(), VersionKind.WITHDRAWAL, note)


_ORDINARY = "Дамба над містом прорвана, чотири села евакуюють"
_UKRAINIAN = """Дамбу вище за течією прорвало рано-вранці у п'ятницю, повідомив голова області. За його словами, \
чотири села евакуюють.

«Ми почули це раніше, ніж побачили», — сказала місцева мешканка."""


def ukrainian() -> Draft:
    """Return an alert whose article is in Ukrainian."""
    article = Article("u1", "courier", _ORDINARY, _UKRAINIAN, "2026-11-20T06:10:00+00:00", "uk",
                      "https://courier.example/uk/damba")  # fmt: skip
    content = "Дамбу вище за течією прорвало рано-вранці у п'ятницю"
    reading = Reading("uk", (said(_UKRAINIAN, "голова області", "повідомив", content, said="2026-11-20"),))
    return compose("u1", VersionKind.ALERT, verdict("One report", Band.FLASH, 1), ((article, reading),), SOURCES)


def hebrew() -> Draft:
    """Return an alert whose article is written from right to left."""
    text = "הסכר מעל העיר נפרץ לפנות בוקר, אמר המושל. ארבעה כפרים מפונים."
    article = Article(
        "h1", "wire", "הסכר נפרץ וארבעה כפרים מפונים", text, "2026-11-20", "he", "https://wire.example/he"
    )
    reading = Reading("he", (said(text, "המושל", "אמר", "הסכר מעל העיר נפרץ לפנות בוקר"),))
    return compose("h1", VersionKind.ALERT, verdict("One report", origins=1), ((article, reading),), SOURCES)


def told(connection: Connection, draft: Draft, at: datetime, refers_to: int | None = None) -> int:
    """Keep a version as sent at ``at`` and return its number."""
    number = add_version(
        connection, draft, published_at=at, seen_at=at, decided_at=at, stages={}, held_until=None, reason="",
        refers_to=refers_to,
    )  # fmt: skip
    assert approve_version(connection, number, "the desk", at)
    return number
