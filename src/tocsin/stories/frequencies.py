"""How common each term is: in everyday articles at first, then more and more in what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib.resources import files

import msgspec


class Background(msgspec.Struct, frozen=True):
    """In how many of ``articles`` everyday articles each stem occurs, before anything was seen."""

    articles: int
    counts: dict[str, int]


_FILE = files("tocsin.stories").joinpath("weights/background.json")
BACKGROUND = msgspec.json.decode(_FILE.read_bytes(), type=Background)


class Frequencies(msgspec.Struct):
    """In how many of ``articles`` a term occurred, everyday ones included; with each window older ones count half."""

    since: datetime | None = None
    articles: int = BACKGROUND.articles
    counts: dict[str, int] = msgspec.field(default_factory=lambda: dict(BACKGROUND.counts))

    def turn(self, at: datetime, window: timedelta) -> None:
        """Halve what was counted when ``window`` has passed since the last turn; terms seen once are forgotten."""
        if self.since is None:
            self.since = at
        elif at - self.since >= window:
            usual = BACKGROUND.counts
            self.counts = {
                term: (count + usual.get(term, 0)) // 2
                for term, count in self.counts.items()
                if count > 1 or term in usual
            }
            self.articles, self.since = (self.articles + BACKGROUND.articles) // 2, at

    def count(self, terms: Iterable[str]) -> None:
        """Count the distinct terms of one more article."""
        self.articles += 1
        Counter.update(self.counts, terms)  # type: ignore[call-overload]  # a loop over the terms, in C; any dict will do
