"""Standing phrases of all readers, kept in memory by each process that approves, and what of them an alert holds."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from sqlalchemy import Connection

from tocsin.alerts.audience import Phrases
from tocsin.store.alerts import Version
from tocsin.store.engine import Store
from tocsin.store.preferences import phrases_after
from tocsin.store.stories import articles_of

_AGAIN = 200
"""Numbers looked at again: of two phrases asked for at once the one with the lower number may be committed later."""


class StandingPhrases:
    """The phrases that readers ever asked for; one that nobody wants any more finds nobody."""

    def __init__(self) -> None:
        self._phrases = Phrases()
        self._newest = 0
        self._lock = Lock()

    def found_in(self, connection: Connection, text: str) -> tuple[str, ...]:
        """Return the phrases that stand in ``text``, after learning those that came since the last time."""
        with self._lock:
            for number, phrase in phrases_after(connection, self._newest - _AGAIN):
                self._phrases.add(phrase)
                self._newest = max(self._newest, number)
            return tuple(found.phrase for found in self._phrases.find(text))


@lru_cache(maxsize=8)
def standing_phrases(store: Store) -> StandingPhrases:
    """Return the phrases of a store, the same for all in this process."""
    return StandingPhrases()


def phrases_for(store: Store, connection: Connection, version: Version) -> tuple[str, ...]:
    """Return the standing phrases in the articles of a version's story."""
    draft = version.draft
    articles = articles_of(connection, draft.story)
    texts = (draft.headline, *draft.paragraphs, *(f"{one.article.title}\n{one.article.text}" for one in articles))
    return standing_phrases(store).found_in(connection, "\n".join(texts))
