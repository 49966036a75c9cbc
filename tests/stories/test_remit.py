import pytest

from tests.stories.reports import source
from tocsin.model import PlaceMention
from tocsin.stories.remit import within_remit

LINDHOLM = PlaceMention("Lindholm", (0, 8), "Lindholm", "SE")
OSLO = PlaceMention("Oslo", (0, 4), "Oslo", "NO")
NOWHERE = PlaceMention("Nowhere", (0, 7))


@pytest.mark.parametrize(
    ("remit", "concepts", "places", "within"),
    [
        (("weather",), {"disaster"}, (), True),
        (("Weather",), {"disaster", "deaths"}, (OSLO,), True),
        (("weather",), {"attack", "deaths"}, (), False),
        (("SE",), {"attack"}, (LINDHOLM,), True),
        (("lindholm",), {"attack"}, (LINDHOLM,), True),
        (("SE",), {"attack"}, (OSLO,), False),
        (("SE",), {"attack"}, (LINDHOLM, OSLO), False),
        (("SE",), {"attack"}, (), False),
        (("SE",), {"attack"}, (NOWHERE,), False),
        (("weather", "SE"), {"disaster"}, (LINDHOLM,), True),
        (("weather", "SE"), {"disaster"}, (OSLO,), False),
        (("weather", "SE"), {"attack"}, (LINDHOLM,), False),
        (("banking",), {"market"}, (), False),
        ((), {"disaster"}, (LINDHOLM,), False),
    ],
)
def test_an_authority_speaks_within_its_remit(
    remit: tuple[str, ...], concepts: set[str], places: tuple[PlaceMention, ...], within: bool
) -> None:
    assert within_remit(source("Office", 1, remit=remit), concepts, places) is within


def test_only_an_agency_or_authority_has_a_remit() -> None:
    assert not within_remit(source("Blog", 2, remit=("weather",)), {"disaster"}, ())
