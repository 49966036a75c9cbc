"""Typing mistakes in well-known mail domains: suggested, never corrected."""

from __future__ import annotations

WELL_KNOWN = (
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "hotmail.de",
    "live.com", "live.co.uk", "msn.com", "yahoo.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "yahoo.co.in",
    "yahoo.co.jp", "ymail.com", "aol.com", "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com",
    "fastmail.com", "zoho.com", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de", "freenet.de",
    "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "btinternet.com", "sky.com", "talktalk.net",
    "virginmedia.com", "comcast.net", "verizon.net", "att.net", "libero.it", "wp.pl", "o2.pl", "onet.pl",
    "interia.pl", "seznam.cz", "ukr.net", "i.ua", "meta.ua", "mail.ru", "bk.ru", "list.ru", "inbox.ru",
    "yandex.ru", "yandex.com", "rambler.ru", "qq.com", "163.com", "126.com", "naver.com", "mail.com",
    "email.com", "mail.de", "hey.com", "tutanota.com", "gmx.at", "gmx.ch", "live.fr", "yahoo.it", "yahoo.es",
    "yahoo.ca",
)  # fmt: skip
"""Large providers: suggested for near misses, and exempt from the cap per domain."""

_KNOWN = frozenset(WELL_KNOWN)


def suggested_domain(domain: str) -> str | None:
    """Return the well-known domain that ``domain`` is one slip of the finger away from, or None.

    A slip is a letter left out, added, changed, or two swapped (Damerau's four, which he found in 80% of misspellings:
    CACM 7(3), 1964). Short domains differ by one letter from other real ones too often: below seven characters none
    is suggested. The commonest provider comes first.
    """
    if domain in _KNOWN or len(domain) < 7:
        return None
    return next((known for known in WELL_KNOWN if len(known) >= 7 and _one_slip(domain, known)), None)


def _one_slip(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, wanted = one[start:], other[start:]
    swapped = rest[1::-1] + rest[2:] if len(rest) > 1 else rest
    return rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:] or swapped == wanted
