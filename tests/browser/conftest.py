"""One JupyterLab and one Chromium for all tests that need them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab, jupyterlab

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab over a copy of the book."""
    with jupyterlab(
        tmp_path_factory.mktemp("lab"), NOTEBOOKS if NOTEBOOKS.is_dir() else None
    ) as running:
        yield running
