"""The subject line: the headline verbatim, who says so, and no urgency that is not ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.alerts.subject import MOST_HEADLINE, MOST_WHO, subject_of
from tocsin.model import Band, VersionKind

FERRY = "The ferry sinks off the northern cape with hundreds on board"
BRIDGE = "The old harbour bridge of Alderton fell into the river early on Friday"


def subject(
    headline: str,
    label: str = "One report",
    publisher: str = "Northern Wire",
    kind: VersionKind = VersionKind.ALERT,
    band: Band = Band.ALERT,
    language: str = "en",
) -> str:
    return subject_of(headline, kind=kind, band=band, label=label, publisher=publisher, language=language)


@pytest.mark.parametrize(
    ("headline", "label", "wanted"),
    [
        ("Dam breached", "One report", "Dam breached — Northern Wire"),
        ("Dam breached.", "Reported by 3", "Dam breached — Northern Wire"),
        ("Dam breached, Northern Wire reports", "One report", "Dam breached, Northern Wire reports"),
        ("Dam breached", "Claimed by Oslo", "Dam breached, says Oslo"),
        ("Dam breached", "Claimed by military officials", "Dam breached, say military officials"),
        ("Oslo: dam breached", "Claimed by Oslo", "Oslo: dam breached"),
        ("Osloers flee", "Claimed by Oslo", "Osloers flee, says Oslo"),
        ("Who breached the dam?", "Claimed by Oslo", "Who breached the dam? — Oslo"),
        ("BREAKING: Dam breached", "One report", "Dam breached — Northern Wire"),
        ("⚡️❗JUST IN - Dam breached", "One report", "Dam breached — Northern Wire"),
        ("Breaking the dam took years", "One report", "Breaking the dam took years — Northern Wire"),
        ("BREAKING", "One report", "BREAKING — Northern Wire"),
    ],
)
def test_the_headline_stands_verbatim_with_its_attribution(headline: str, label: str, wanted: str) -> None:
    assert subject(headline, label) == wanted


@pytest.mark.parametrize(
    ("kind", "band", "language", "wanted"),
    [
        (VersionKind.ALERT, Band.FLASH, "en", "BREAKING: Dam breached — Northern Wire"),
        (VersionKind.ALERT, Band.ALERT, "en", "Dam breached — Northern Wire"),
        (VersionKind.UPDATE, Band.FLASH, "en", "Update: Dam breached — Northern Wire"),
        (VersionKind.CORRECTION, Band.FLASH, "en", "Correction: Dam breached — Northern Wire"),
        (VersionKind.WITHDRAWAL, Band.ALERT, "uk", "Відкликано: Dam breached — Northern Wire"),
        (VersionKind.CORRECTION, Band.ALERT, "ru-RU", "Исправление: Dam breached — Northern Wire"),
        (VersionKind.CORRECTION, Band.ALERT, "pt", "Correction: Dam breached — Northern Wire"),
    ],
)
def test_a_fixed_word_says_what_kind_of_message_it_is(
    kind: VersionKind, band: Band, language: str, wanted: str
) -> None:
    assert subject("Dam breached", kind=kind, band=band, language=language) == wanted


def test_a_very_long_headline_is_cut_at_a_word_and_keeps_who_says_so() -> None:
    long = "The dam above the town gave way early in the morning after three days of rain, " * 3
    line = subject(long, "Claimed by the regional governor of the upper valley")
    assert line.endswith("… — the regional governor of the upper valley")
    assert long.startswith(line.split("…")[0])


@pytest.mark.parametrize(
    ("headline", "shown"),
    [
        (f"{FERRY}, among them a class of children and their teachers…", FERRY),
        ("Harbour bridge falls into the river on Friday after a freighter lost its rudder and hit it", ""),
        (f"{BRIDGE} after a freighter lost its rudder and hit a pier, the mayor said", BRIDGE),
    ],
    ids=["a sentence cut already", "a headline that has room", "a headline too long"],
)  # fmt: skip
def test_what_must_be_cut_is_cut_at_a_clause_with_room_for_who_says_so(headline: str, shown: str) -> None:
    line = subject(headline, "Claimed by the northern coast guard", band=Band.FLASH)
    wanted = f"{shown}… —" if shown else f"{headline}, says"
    assert line == f"BREAKING: {wanted} the northern coast guard"


@given(st.text(max_size=400), st.text(max_size=200), st.sampled_from(VersionKind), st.sampled_from(Band))
def test_any_headline_gives_one_bounded_line(headline: str, who: str, kind: VersionKind, band: Band) -> None:
    for label in ("One report", f"Claimed by {who}"):
        line = subject(headline, label, publisher=who, kind=kind, band=band)
        assert "\n" not in line
        assert "\r" not in line
        assert len(line) <= MOST_HEADLINE + MOST_WHO + 30


def test_braces_in_a_headline_are_just_braces() -> None:
    assert subject("{who} {0} {headline.__class__}", "Claimed by {x}") == "{who} {0} {headline.__class__} — {x}"
