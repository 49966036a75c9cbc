import pytest

from tests.stories.reports import source
from tocsin.alerts.route import route_sources
from tocsin.model import Band, Route, Source


def route(
    band: Band = Band.ALERT,
    *sources: Source,
    independent: int = 0,
    within_remit: bool = False,
    gates: bool = True,
    harm: str = "",
    burst: int = 0,
) -> Route:
    chosen, reasons = route_sources(
        band,
        sources,
        independent=independent,
        within_remit=within_remit,
        gates_hold=gates,
        high_harm=harm,
        burst=burst,
    )
    assert chosen is not Route.HOLD or any(not reason.holds for reason in reasons)
    return chosen


GOOD, FAIR, WEAK = source("Good", 1), source("Fair", 2), source("Weak", 4)
ALONE = source("Alone", 2, may_alert_alone=True)
OFFICE = source("Office", 1, remit=("weather",))
UNKNOWN = source("Unknown", known=False, may_alert_alone=True)


@pytest.mark.parametrize(
    ("band", "wanted"),
    [(Band.FLASH, Route.SEND), (Band.ALERT, Route.SEND), (Band.WATCH, Route.DIGEST), (Band.NONE, Route.DROP)],
)
def test_bands_lead_to_routes(band: Band, wanted: Route) -> None:
    assert route(band, ALONE, independent=1) is wanted


def test_points_alone_never_send() -> None:
    assert route(Band.FLASH, GOOD, independent=1) is Route.HOLD


def test_two_known_origins_of_which_one_is_proven_send() -> None:
    assert route(Band.ALERT, FAIR, WEAK, independent=2) is Route.SEND
    assert route(Band.ALERT, WEAK, source("Weaker", 4), independent=2) is Route.HOLD


def test_unknown_sources_are_held_whatever_they_claim_to_be() -> None:
    assert route(Band.FLASH, UNKNOWN, UNKNOWN) is Route.HOLD


def test_a_failed_gate_drops() -> None:
    assert route(Band.FLASH, ALONE, independent=2, gates=False) is Route.DROP


def test_high_harm_needs_a_person_unless_an_authority_speaks_within_its_remit() -> None:
    assert route(Band.FLASH, ALONE, FAIR, independent=2, harm="an election call") is Route.HOLD
    assert route(Band.FLASH, OFFICE, independent=1, within_remit=True, harm="incoming missiles") is Route.SEND
    assert route(Band.FLASH, OFFICE, independent=1, harm="incoming missiles") is Route.HOLD


def test_a_burst_is_held() -> None:
    assert route(Band.ALERT, ALONE, independent=1, burst=4) is Route.HOLD
