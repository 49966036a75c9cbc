"""The words of mails in one language: ``locale/<lang>/mail.po`` and the way times are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from gettext import NullTranslations
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time

from tocsin.i18n import SOURCE_LANGUAGE, languages, locale_of, translations
from tocsin.model import instant

_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_MIDNIGHT = re.compile(r"\A\d{4}-\d\d-\d\d[T ]00:00(:00(\.0+)?)?(Z|[+-]\d\d:?\d\d)?\Z")
_MONTH = re.compile(r"\d{4}-\d\d\Z")
_YEAR = re.compile(r"\d{4}\Z")
_HOUR = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d)(?::(\d\d))?")


@dataclass(frozen=True, slots=True)
class Words:
    """One language's translations and locale."""

    language: str
    translations: NullTranslations
    locale: Locale

    def gettext(self, message: str) -> str:
        """Return the message in this language."""
        return self.translations.gettext(message)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """Return the message in this language's plural form for ``number``."""
        return self.translations.ngettext(one, many, number)


@cache
def words_of(language: str) -> Words:
    """Return the words of a language (``uk``, ``en-GB``); English where there is no catalogue."""
    primary = language.replace("_", "-").split("-")[0].lower()
    known = primary if primary in languages() else SOURCE_LANGUAGE
    return Words(known, translations("mail", known), locale_of(known))


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return the named time zone; UTC for a name this machine doesn't know, which the mail then says."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def published_at(value: str | None, words: Words, zone: ZoneInfo) -> str:
    """Return a publication time in the reader's zone, named; a bare date stays a date, an unknown time is said so.

    Midnight sharp is what a publisher that knows the day alone puts where a time must stand: it is told as that day.
    """
    at = instant(value)
    if not value or at is None:
        return words.gettext("time not given")
    if _DAY.match(value) or _MIDNIGHT.search(value):
        return day_name(date.fromisoformat(value[:10]), words)
    return moment(at, words, zone)


def moment(at: datetime, words: Words, zone: ZoneInfo) -> str:
    """Return an instant to the minute in a zone, with the zone named: "11 November 2022, 14:05 (Kyiv, UTC+2)"."""
    return f"{day_name(at.astimezone(zone).date(), words)}, {clock_time(at, words, zone)}"


def clock_time(at: datetime, words: Words, zone: ZoneInfo) -> str:
    """Return the minute of an instant in a zone, with the zone named: "14:05 (Kyiv, UTC+2)"."""
    local = at.astimezone(zone)
    return f"{format_time(local, 'HH:mm', locale=words.locale)} ({zone_name(local, words)})"


def zone_name(local: datetime, words: Words) -> str:
    """Return how the zone of a local time is called: its city, and what it is ahead of UTC."""
    zone = local.tzinfo
    offset = _offset(local)
    if not isinstance(zone, ZoneInfo) or zone.key in {"UTC", "Etc/UTC", "GMT"}:
        return offset
    return f"{_city(zone.key, words.locale)}, {offset}"


@cache
def _city(zone: str, locale: Locale) -> str:
    """Return the city a zone is named after; CLDR has some under an older key, such as Europe/Kiev for Europe/Kyiv."""
    aliases: Mapping[str, str] = get_global("zone_aliases")
    key = aliases.get(zone, zone)
    for name in (key, *(old for old, new in aliases.items() if new == key)):
        if city := locale.time_zones.get(name, {}).get("city"):
            return str(city)
    return key.rpartition("/")[2].replace("_", " ")


def _offset(local: datetime) -> str:
    delta = local.utcoffset()
    minutes = int(delta.total_seconds()) // 60 if delta else 0
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "−"
    return "UTC" if not minutes else f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def said_at(value: str | None, words: Words) -> str:
    """Return when something was said, as precisely as the text tells and no finer; empty when it doesn't."""
    if not value:
        return ""
    if hour := _HOUR.match(value):
        day, clock = _date(hour[1]), f"{hour[2]}:{hour[3] or '00'}"
        return f"{day_name(day, words)}, {clock}" if day else ""
    if _DAY.match(value) and (day := _date(value)):
        return day_name(day, words)
    if _MONTH.match(value) and (day := _date(f"{value}-01")):
        return format_skeleton("yMMMM", day, locale=words.locale)
    return value if _YEAR.match(value) else ""


def _date(value: str) -> date | None:
    at = instant(value)
    return at.date() if at else None


def day_name(day: date, words: Words) -> str:
    """Return a day in full: "11 November 2022"."""
    return format_date(day, "long", locale=words.locale)
