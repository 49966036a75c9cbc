"""What every test may use: the data beside the checkout, and the machine's servers and browser when it has them."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """Return the folder of the data sets: ``TOCSIN_DATA``, else ``../shared/data`` beside the checkout."""
    return Path(os.environ.get("TOCSIN_DATA", ROOT.parent / "shared" / "data")).resolve()


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of the data sets."""
    return data_folder()
