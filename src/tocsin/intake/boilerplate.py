"""Words of forms, consent, sharing and navigation, told from an article's by a lexicon and by shape."""

from __future__ import annotations

import re

_PHRASES = re.compile(
    r"sign(?:ing|ed)? up (?:to|for|here|now|today)|^sign up\b|subscrib\w+ (?:to|now|today|here|for)|^subscribe\b"
    r"|(?:enter|provide) (?:a |your )?(?:valid )?e-?mail|your (?:e-?mail|inbox)|straight to your inbox|newsletters?\b"
    r"|like to be e-?mailed|privacy (?:notice|policy)"
    r"|terms (?:of (?:use|service)|and conditions|& conditions)|cookies?\b"
    r"|thanks? (?:you )?for (?:signing up|subscribing)"
    r"|log ?in\b|^(?:share|tweet|print|e-?mail|comments?|copy link|whatsapp)\b"
    r"|share (?:this|on|via)|follow us|read (?:more|next|also)\b|related (?:articles?|stories|content|topics?)"
    r"|all rights reserved|©|copyright \d{4}|advertis\w+|skip to (?:main )?content|most (?:read|popular|viewed)"
    r"|recommended|trending|more from|you (?:may|might) also like|click here|download (?:the|our) app|accept all"
    r"|unsubscribe|create (?:an )?account|already (?:a|have) "
    r"|become a (?:member|subscriber)|support (?:us|our journalism)"
    r"|^(?:home|menu|search|close|next|previous|back to top|load more|show more|view (?:all|more)|contact us|about us)$"
    r"|sign in\b|register\b.{0,20}(?:now|free)|leave a (?:comment|reply)|join the (?:conversation|discussion)"
    r"|please enter|offers, events and updates|privacy settings|manage preferences",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*$|[\"”»]$")


def phrases_in(text: str) -> int:
    """Return how many boilerplate phrases a text holds."""
    return sum(1 for _ in _PHRASES.finditer(text))


def is_boilerplate(line: str) -> bool:
    """Return whether a line's words are mostly those of forms, consent, sharing or navigation."""
    words = len(line.split())
    found = phrases_in(line)
    return found > 0 and words < (16 if _SENTENCE_END.search(line) else 30) * found


def reads_as_prose(line: str) -> bool:
    """Return whether a line ends like a sentence and is long enough to be one."""
    return len(line.split()) >= 8 and _SENTENCE_END.search(line) is not None
