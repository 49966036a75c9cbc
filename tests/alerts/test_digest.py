"""Digests: one fresh summary, without what has been superseded or withdrawn."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.stories import AT, alert, correction, update, withdrawal
from tocsin.alerts.digest import MOST_ENTRIES, digest_of
from tocsin.model import Band, DigestEntry, VersionKind

FIRST, SECOND, THIRD = (
    DigestEntry(1, 1, AT, alert()),
    DigestEntry(1, 2, AT, update()),
    DigestEntry(1, 3, AT, correction()),
)


def test_of_an_alert_only_the_newest_version_is_told() -> None:
    digest = digest_of([(FIRST, THIRD, SECOND)])
    assert digest
    assert digest.entries == (THIRD,)


def test_a_withdrawn_alert_is_not_told() -> None:
    assert digest_of([(FIRST, DigestEntry(1, 2, AT, withdrawal()))]) is None


def test_nothing_held_back_is_no_digest() -> None:
    assert digest_of([]) is None
    assert digest_of([()]) is None


def test_the_most_urgent_come_first_then_the_newest() -> None:
    flash = DigestEntry(2, 1, AT - timedelta(hours=5), alert(band=Band.FLASH))
    older, newer = DigestEntry(3, 1, AT - timedelta(hours=2), alert()), DigestEntry(4, 1, AT, alert())
    digest = digest_of([(older,), (flash,), (newer,)])
    assert digest
    assert [entry.alert for entry in digest.entries] == [2, 4, 3]


_DRAFTS = st.builds(
    lambda kind, band: replace(alert(), kind=kind, band=band), st.sampled_from(VersionKind), st.sampled_from(Band)
)
_ENTRIES = st.lists(
    st.builds(
        DigestEntry,
        st.integers(1, 40),
        st.integers(1, 5),
        st.integers(0, 999).map(lambda minutes: AT - timedelta(minutes=minutes)),
        _DRAFTS,
    ),
    max_size=40,
)  # fmt: skip


@given(_ENTRIES)
def test_every_standing_alert_is_told_once_or_counted(entries: list[DigestEntry]) -> None:
    chains = {number: [entry for entry in entries if entry.alert == number] for number in range(1, 41)}
    digest = digest_of(chains.values())
    told = digest.entries if digest else ()
    standing = [
        chain
        for chain in chains.values()
        if chain and max(chain, key=lambda entry: entry.number).draft.kind is not VersionKind.WITHDRAWAL
    ]
    assert len(told) + (digest.more if digest else 0) == len(standing)
    assert len({entry.alert for entry in told}) == len(told) <= MOST_ENTRIES
    assert all(entry.number == max(e.number for e in chains[entry.alert]) for entry in told)
