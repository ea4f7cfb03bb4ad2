"""Nonsense at every entry: a little of it here, and as much as is wanted by ``make fuzz``."""

from collections.abc import Callable
from typing import Any

import pytest
from fuzz.entries import ENTRIES, Entry, obey
from hypothesis import HealthCheck, Phase, given, settings

EXAMPLES = 40


def law_of(entry: Entry) -> Callable[[], None]:
    """The law of ``entry``, to be tried on inputs that Hypothesis makes."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(entry.given)
    def law(given: tuple[Any, ...]) -> None:
        obey(entry, given)

    return law


@pytest.mark.parametrize("name", ENTRIES)
def test_a_value_or_a_readers_error(name: str) -> None:
    law_of(ENTRIES[name])()
