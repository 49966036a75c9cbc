"""What a domain's DMARC record asks for, and whether mail from here meets it: alignment and the tree walk.

Alignment is RFC 7489 section 3.1. The organisational domain is found by walking up the tree of records (DMARCbis, which
takes the place of RFC 7489 section 3.2): it needs no list of public suffixes, which is out of date wherever it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Texts = Callable[[str], Sequence[str]]
"""Returns the TXT records of a name."""

_MOST_LABELS = 8
"""A longer name is cut to one label less before the walk goes on: nobody can make a checker ask without end."""


@dataclass(frozen=True, slots=True)
class Record:
    """A DMARC record, and the domain it was published for."""

    domain: str
    text: str
    tags: dict[str, str]

    def policy_for(self, domain: str) -> str:
        """Return what is asked for mail from ``domain`` that fails: none, quarantine or reject; nothing if not told."""
        policy = self.tags.get("p", "")
        return (policy if domain == self.domain else self.tags.get("sp", policy)).lower()

    def strict(self, tag: str) -> bool:
        """Tell whether ``adkim`` or ``aspf`` asks for the very same domain."""
        return self.tags.get(tag, "r").lower() == "s"


def record_at(domain: str, texts: Texts) -> Record | None:
    """Return a domain's own record; None without one, and with several, which count as none (RFC 7489, 6.6.3)."""
    found = [Record(domain, text, tags_of(text)) for text in texts(f"_dmarc.{domain}")]
    mine = [record for record in found if record.tags.get("v", "").upper() == "DMARC1"]
    return mine[0] if len(mine) == 1 else None


def record_for(domain: str, texts: Texts) -> Record | None:
    """Return the record that holds for mail from a domain: its own, or that of its organisational domain."""
    return record_at(domain, texts) or record_at(organisation_of(domain, texts), texts)


def organisation_of(domain: str, texts: Texts) -> str:
    """Return the organisational domain: the highest one with a record, below any that says it is a public suffix."""
    highest, below = domain, domain
    for name in _upwards(domain):
        record = record_at(name, texts)
        if record is not None and record.tags.get("psd", "").lower() == "y":
            return below
        if record is not None:
            highest = name
            if record.tags.get("psd", "").lower() == "n":
                break
        below = name
    return highest


def aligned(one: str, sender: str, texts: Texts, *, strict: bool) -> bool:
    """Tell whether a domain that signs, or takes bounces, is aligned with the sender's."""
    one, sender = one.lower(), sender.lower()
    return one == sender or (not strict and organisation_of(one, texts) == organisation_of(sender, texts))


def tags_of(record: str) -> dict[str, str]:
    """Return the tags of a DKIM or DMARC record."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs}


def _upwards(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    yield domain
    for count in range(min(len(labels), _MOST_LABELS) - 1, 0, -1):
        yield ".".join(labels[-count:])
