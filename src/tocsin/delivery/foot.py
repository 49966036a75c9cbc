"""The end of a mail: why it came, and the ways to get less of it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from tocsin.delivery.clean import line
from tocsin.delivery.view import MOST_NAME
from tocsin.delivery.words import Words


@dataclass(frozen=True, slots=True)
class Identity:
    """Who sends: name, product, address and colour of the newsroom; ``logo`` is an image's https address, or None."""

    name: str
    product: str
    postal_address: str
    contact: str
    base_url: str
    colour: str = "#b3121d"
    logo: str | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """Why a reader gets a version, and the topic that "stop this topic" stops.

    ``kind`` is ``topic``, ``place``, ``phrase``, ``all``, ``sent`` (an earlier version was) or ``digest``; ``name`` is
    what the reader calls it. ``topic`` is the id of a topic of the story, empty when it has none, ``topic_name`` its
    label.
    """

    kind: str
    name: str = ""
    topic: str = ""
    topic_name: str = ""


@dataclass(frozen=True, slots=True)
class Foot:
    """The words and links below a mail; ``stop_story`` and ``stop_topic`` are None when there is nothing to stop."""

    why: str
    topic: str
    unsubscribe: str
    preferences: str
    stop_story: str | None
    stop_topic: str | None


def foot_of(identity: Identity, words: Words, why: Why, token: str, story: str | None = None) -> Foot:
    """Return the foot of a mail, with ``token`` for the reader's own in its links."""
    base = identity.base_url.rstrip("/")
    preferences = f"{base}/preferences/{token}"
    return Foot(
        why=why_of(why, words),
        topic=line(why.topic_name or why.topic, MOST_NAME),
        unsubscribe=f"{base}/unsubscribe/{token}",
        preferences=preferences,
        stop_story=f"{preferences}?stop_story={quote(story, safe='')}" if story else None,
        stop_topic=f"{preferences}?stop_topic={quote(why.topic, safe='')}" if why.topic else None,
    )


def why_of(why: Why, words: Words) -> str:
    """Return the sentence that tells a reader why this came."""
    sentences = {
        "topic": words.gettext("You get this because you follow the topic “%(name)s”."),
        "place": words.gettext("You get this because you follow news from %(name)s."),
        "phrase": words.gettext("You get this because you asked for news with the words “%(name)s”."),
        "sent": words.gettext("You get this because you were sent an earlier version of this alert."),
        "digest": words.gettext(
            "You get this summary because alerts waited: for your digest, quiet hours, pause or cap."
        ),
    }
    everything = words.gettext("You get this because you asked for all our breaking news.")
    return sentences.get(why.kind, everything) % {"name": line(why.name, MOST_NAME)}
