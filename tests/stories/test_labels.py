from tests.stories.reports import source
from tocsin.model import Origin, Reading, Statement
from tocsin.stories.labels import label_of


def said(speaker: str, cue: str = "said", **more: object) -> Reading:
    statement = Statement("said", speaker, (0, 1), cue, (1, 2), "it", (2, 3), **more)  # type: ignore[arg-type]
    return Reading("en", statements=(statement,))


def origins(*known: bool) -> list[Origin]:
    return [Origin(str(i), (str(i),), known=one) for i, one in enumerate(known)]


WIRE, SILENT = source("Wire"), Reading("en")


def test_one_report() -> None:
    assert label_of(origins(True), WIRE, SILENT, corrected=False) == "One report"


def test_only_known_origins_are_counted() -> None:
    assert label_of(origins(True, True, False), WIRE, SILENT, corrected=False) == "Reported by 2"
    assert label_of(origins(False, False), WIRE, SILENT, corrected=False) == "One report"


def test_a_party_claims() -> None:
    assert label_of(origins(True), WIRE, said("the ministry", party="UA"), corrected=False) == "Claimed by the ministry"


def test_who_confirms_is_named_as_resolved() -> None:
    reading = said("he", "confirmed", resolved_to="Mayor Ada Lind")
    assert label_of(origins(True), WIRE, reading, corrected=False) == "Confirmed by Mayor Ada Lind"


def test_a_hedged_confirmation_confirms_nothing() -> None:
    assert label_of(origins(True), WIRE, said("he", "confirmed", hedged=True), corrected=False) == "One report"


def test_an_authority_within_its_remit_confirms() -> None:
    office = source("Met Office", tier=1, remit=("weather",))
    assert label_of(origins(True), office, SILENT, corrected=False, within_remit=True) == "Confirmed by Met Office"
    assert label_of(origins(True), office, SILENT, corrected=False) == "One report"


def test_a_denial_beside_another_origin_is_a_dispute() -> None:
    assert label_of(origins(True, True), WIRE, said("the army", denied=True), corrected=False) == "Disputed"


def test_a_correction_comes_before_all() -> None:
    assert label_of(origins(True, True), WIRE, said("the army", denied=True), corrected=True) == "Corrected"
