"""A sample of what `make conformance` asks, for Firefox: it says what is expected of it."""

from typing import Any

import pytest
from browser.sampling import WRONG, answers, is_found_out, sample
from conformance_results import unexplained

BROWSER = "Firefox"

pytestmark = pytest.mark.firefox


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    return answers(BROWSER, sample())


def test_it_says_what_is_expected(said: dict[str, Any]) -> None:
    assert not [*unexplained(BROWSER, said)]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: ", ".join(wrong))
def test_a_wrong_model_is_found_out(said: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert is_found_out(BROWSER, said, wrong)
