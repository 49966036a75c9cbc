"""The garbage collector is held off for a while, and never left off."""

import gc

import pytest

from tocsin.collector import made_to_stay, uncollected


def test_it_is_on_again_whatever_happens_within() -> None:
    with uncollected():
        assert not gc.isenabled()
        with made_to_stay():
            assert not gc.isenabled()
        assert not gc.isenabled()
    with pytest.raises(ValueError, match="within"), uncollected():
        raise ValueError("within")
    assert gc.isenabled()
