"""Words of forms, consent, sharing and navigation, told from an article's by what they say."""

from __future__ import annotations

import re

_FORM = (
    r"sign(?:ing|ed)? up (?:to|for|here|now|today|with)\b",
    r"^sign up\b",
    r"subscrib(?:e|ing) (?:to|now|today|here|for)\b",
    r"^subscribe\b",
    r"(?:enter|provide) (?:a |your )?(?:valid )?e-?mail",
    r"\byour inbox\b",
    r"^(?:the )?(?:\w+ ){0,4}newsletters?$",
    r"(?:our|free|daily|weekly|morning|evening) (?:\w+ ){0,3}(?:newsletters?|emails?)\b",
    r"like to be e-?mailed",
    r"thanks? (?:you )?for (?:signing up|subscribing)",
    r"offers, events and updates",
    r"processing your (?:subscription|request)",
    r"^unsubscribe\b",
    r"become a (?:member|subscriber)",
    r"create (?:an |your )?(?:free )?account",
    r"already (?:a (?:member|subscriber)|have an account|registered|subscribed)",
    r"^(?:log|sign) ?in\b",
    r"^register (?:now|for free)\b",
)
_CONSENT = (
    r"privacy (?:notice|policy|settings|preferences)",
    r"terms (?:of (?:use|service)|and conditions|& conditions)",
    r"\b(?:use[sd]?|using|our|accept|manage) (?:of )?cookies\b",
    r"cookie (?:policy|settings|preferences|notice)",
    r"^accept (?:all|and)\b",
    r"all rights reserved",
    r"^(?:©|copyright)\b.{0,3}",
    r"©\s*\w* ?\d{4}",
)
_NAVIGATION = (
    r"^(?:share|tweet|print|e-?mail|comments?|copy link|whatsapp|pinterest|facebook|twitter|reddit|linkedin|telegram)$",
    r"^\d* ?shares?$",
    r"share (?:this|on|via)\b",
    r"(?:follow|like) (?:us|me|him|her|them|[A-Z@]\w+(?: \w+)?) on\b",
    r"^(?:read (?:more|next|also)|see (?:more|also)|related(?: \w+)?|more|also|watch)\s*:",
    r"^(?:read (?:more|next|also)|related (?:articles?|stories|content|topics?|news))$",
    r"^advertise(?:ment)?(?: with us)?$",
    r"^skip to\b",
    r"^most (?:read|popular|viewed|shared)\b",
    r"^(?:recommended|trending|you (?:may|might) also (?:like|enjoy)|more (?:from|on|stories|news))\b",
    r"click here (?:to (?:get|subscribe|sign|download)|for more)",
    r"^(?:continue reading|load more|show more|view (?:all|more)|back to top|leave a (?:comment|reply)|don'?t miss)\b",
    r"join the (?:conversation|discussion)",
    r"download (?:the|our) (?:\w+ )?app\b",
    r"may be reached at|^have a (?:news )?tip\b",
    r"^filed under\b|^tags?:",
    r"^(?:home|menu|search|close|next|previous|contact us|about us|sitemap|help)$",
    r"^\d+ min(?:ute)?s? read$|^(?:reading time|tempo de leitura|lesezeit)\b",
)
_PHRASES = re.compile("|".join((*_FORM, *_CONSENT, *_NAVIGATION)), re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…。！？۔؟][\"'”’»)\]]*$|[\"”»]$")


def phrases_in(text: str) -> int:
    """Return how many boilerplate phrases a text holds."""
    return sum(1 for _ in _PHRASES.finditer(text))


def is_boilerplate(line: str) -> bool:
    """Return whether a line's words are mostly those of forms, consent, sharing or navigation."""
    found = phrases_in(line)
    return found > 0 and len(line.split()) < (18 if ends_a_sentence(line) else 30) * found


_FORM_TAIL = re.compile(
    r"(?:\W+(?:\w+\W+){0,5}?(?:[Ee]-?mails?|[Nn]ewsletters?|list)\b)?(?:[^\w“\"'‘«]+[a-z]+\b){0,3}[^\w“\"'‘«]*"
)


def form_apart(line: str) -> list[str]:
    """Return a form's words and the article's sentence that they run into as two parts, any other line as one.

    A form before a sentence has at least two of its phrases. What follows the last one up to the next capital letter
    belongs to it: the name of the newsletter is often markup of its own and missing in a record.
    """
    found = list(_PHRASES.finditer(line))
    if not found:
        return [line]
    before, after = line[: found[0].start()].rstrip(), line[found[0].start() :]
    if reads_as_prose(before) and is_boilerplate(after):
        return [before, after]
    tail = _FORM_TAIL.match(line, found[-1].end())
    form, sentence = (line[: tail.end()].rstrip(), line[tail.end() :]) if tail else (line, "")
    return [form, sentence] if len(found) > 1 and reads_as_prose(sentence) else [line]


def ends_a_sentence(line: str) -> bool:
    """Return whether a line ends as a sentence does."""
    return _SENTENCE_END.search(line) is not None


def reads_as_prose(line: str) -> bool:
    """Return whether a line ends like a sentence and is long enough to be one (also in scripts without spaces)."""
    return (len(line.split()) >= 8 or (line[-1:] in "。！？" and len(line) >= 20)) and ends_a_sentence(line)
