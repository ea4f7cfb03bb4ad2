"""Who may frame whom: the presets of today against Chromium and Firefox themselves."""

from collections import Counter
from collections.abc import Iterator

import pytest
from request_cases import FRAMES, FRAMING_CASES, KNOWN_DIFFERENCES
from requests_rig import RequestsRig, is_shown

from labcore import PRESETS, Policies

BROWSERS = {"Chromium": RequestsRig.chromium, "Firefox": RequestsRig.firefox}
MARKS = {"Chromium": pytest.mark.browser, "Firefox": pytest.mark.firefox}
NAMES = [case.name for case in FRAMING_CASES]


@pytest.fixture(scope="module", params=[pytest.param(n, marks=MARKS[n]) for n in BROWSERS])
def preset(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def shown(preset: str) -> Iterator[dict[str, bool]]:
    """Which pages that browser shows, all of them measured at once."""
    with BROWSERS[preset]() as rig:
        yield dict(zip(NAMES, rig.shows(rig.open(FRAMES), FRAMING_CASES), strict=True))


def differing(shown: dict[str, bool], policies: Policies) -> dict[str, str]:
    """What the browser does otherwise than the model."""
    return {
        case.name: "shown" if shown[case.name] else "not shown"
        for case in FRAMING_CASES
        if shown[case.name] != is_shown(FRAMES, case, policies)
    }


def test_a_browser_shows_what_its_preset_shows(preset: str, shown: dict[str, bool]) -> None:
    known = [each for why in KNOWN_DIFFERENCES[preset].values() for each in why.items()]
    assert differing(shown, PRESETS[preset]) == {n: what for n, what in known if n in NAMES}


@pytest.mark.parametrize("rule", ["top only", "ignored"])
def test_a_wrong_model_is_found_out(preset: str, shown: dict[str, bool], rule: str) -> None:
    wrong, right = differing(shown, PRESETS[preset].but(framing=rule)), PRESETS[preset]
    assert len(wrong) > len(differing(shown, right))


def test_there_are_many_cases_each_with_a_name_of_its_own() -> None:
    assert len(FRAMING_CASES) > 150
    assert max(Counter(NAMES).values()) == 1
    shown = [is_shown(FRAMES, case, PRESETS["Chromium"]) for case in FRAMING_CASES]
    assert sum(shown) > 60 < len(shown) - sum(shown)
