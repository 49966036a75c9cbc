"""Dates as feeds and pages write them, turned into ISO 8601 with what is known and nothing more.

A bare date stays a bare date; a time without a zone stays without one; what can't be read is None, never "now".
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_tz

_LONGEST = 80
_FIRST_YEAR = 1971
"""Years before stand for "not set" (0001, 1970): no page or feed is so old."""

_ISO = re.compile(
    r"(?P<day>\d{4}(?:-?\d{2}(?:-?\d{2})?)?)"
    r"(?:[T\s]\s*(?P<hour>\d{1,2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{0,2})?)?",
    re.IGNORECASE,
)
_NAMED_ZONES = {
    "bst": 60,
    "ist": 330,
    "cet": 60,
    "cest": 120,
    "eet": 120,
    "eest": 180,
    "msk": 180,
    "jst": 540,
    "kst": 540,
    "aest": 600,
    "aedt": 660,
    "wet": 0,
    "west": 60,
    "hst": -600,
    "akst": -540,
    "akdt": -480,
    "sgt": 480,
}
_FULL_MONTHS = re.compile(r"\b(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]+\b", re.IGNORECASE)


def iso_date(text: str | None) -> str | None:
    """Return ISO 8601 as fine as the text (``2004``, ``2004-05-06``, ``2004-05-06T07:08:09-05:00``), or None."""
    cleaned = " ".join((text or "").split())
    if not cleaned or len(cleaned) > _LONGEST:
        return None
    matched = _ISO.fullmatch(cleaned)
    date = _from_iso(matched) if matched else _from_mail(cleaned)
    return date if date and int(date[:4]) >= _FIRST_YEAR else None


def _from_iso(matched: re.Match[str]) -> str | None:
    digits = matched["day"].replace("-", "")
    if len(digits) not in (4, 6, 8):
        return None
    day = "-".join(part for part in (digits[:4], digits[4:6], digits[6:8]) if part)
    try:
        moment = datetime(int(digits[:4]), int(digits[4:6] or 1), int(digits[6:8] or 1))  # noqa: DTZ001 - zone follows
        if matched["hour"] is None or len(digits) < 8:
            return day
        clock = timedelta(
            hours=int(matched["hour"]), minutes=int(matched["minute"]), seconds=int(matched["second"] or 0)
        )
        return _with_zone(moment + clock, matched["zone"], seconds=matched["second"] is not None)
    except (ValueError, OverflowError):
        return None


def _with_zone(moment: datetime, zone: str | None, *, seconds: bool) -> str:
    text = moment.isoformat(timespec="seconds" if seconds else "minutes")
    if not zone:
        return text
    if zone.upper() in ("Z", "UTC", "GMT"):
        return text + "Z"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return text + _offset(int(digits[:2]) * 60 + int(digits[2:]), zone[0])


def _offset(minutes: int, sign: str) -> str:
    if minutes >= 24 * 60:
        raise ValueError(minutes)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}"


def _from_mail(text: str) -> str | None:
    """Read RFC 822 and its relatives (weekday wrong or absent, two-digit years, zone names, full month names)."""
    shortened = _FULL_MONTHS.sub(r"\1", text)
    parts = parsedate_tz(shortened)
    if parts is None:
        return None
    zone = parts[9]
    named = _NAMED_ZONES.get(shortened.split()[-1].lower())
    if named is not None:
        zone = named * 60
    try:
        moment = datetime(*parts[:6])  # noqa: DTZ001 - the zone follows
        if zone is None:
            return moment.isoformat() if ":" in text else moment.date().isoformat()
        return moment.replace(tzinfo=timezone(timedelta(seconds=zone))).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return None


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_IN_WORDS = (
    re.compile(rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>(?:19|20)\d\d)\b", re.IGNORECASE),
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? {_MONTH},? (?P<year>(?:19|20)\d\d)\b", re.IGNORECASE),
    re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)\b"),
)


def date_in_words(line: str) -> str | None:
    """Return the first whole date that a line of text names, as a bare ISO date; None when it names none."""
    for pattern in _IN_WORDS:
        found = pattern.search(line)
        if found:
            named = found.groupdict()
            number = int(named["number"]) if "number" in named else _MONTHS.index(named["month"][:3].lower()) + 1
            return iso_date(f"{named['year']}-{number:02}-{int(named['day']):02}")
    return None
