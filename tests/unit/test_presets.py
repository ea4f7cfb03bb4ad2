"""The presets of today against what was measured in Chromium 156 and Firefox 153, without a user's
click."""

import pytest
from conformance_cases import Case as Conformance
from conformance_results import expected
from navigation_cases import CASES, PAGES, RANDOM_CASES, D

from labcore import PRESETS, Policies

MEASURED = {
    # the case: Chromium, Firefox
    "plain: b-d → b at d": (False, False),
    "plain: b → a at d": (False, False),
    "plain: top → b at d": (True, True),
    "plain: top → b-d at d": (True, True),
    "plain: a → b at d": (True, True),
    "plain: a → b-d at d": (True, True),
    "plain: b-a → b at d": (True, True),
    "plain: popup → b at d": (False, False),
    "plain: p-a → b at d": (True, True),
    "plain: top → p-d at d": (False, False),
    "plain: q-a → b-d at d": (True, True),
    "plain: b → top at d": (False, False),
    "plain: b → top at x.a": (True, False),
    "plain: b → top at a": (True, False),
    "plain: b → top at b": (False, False),
    "plain: b-d → top at a": (True, False),
    "plain: a → top at d": (True, True),
    "plain: xa → top at d": (False, False),
    "plain: b-a → top at d": (True, True),
    "plain: top → popup at d": (True, True),
    "plain: popup → top at d": (True, False),
    "plain: popup → top at a": (True, False),
    "plain: p-d → top at d": (False, False),
    "plain: p-a → top at d": (True, True),
    "plain: q-a → popup at d": (True, True),
    "plain: a → popup at d": (True, True),
    "plain: p-a → popup at d": (True, False),
    "plain: p-d → popup at d": (False, False),
    "plain: other → popup at d": (False, False),
    "plain: b → popup at d": (False, True),
    "popup of b: popup → b at d": (False, False),
    "popup of b: popup → top at d": (False, False),
    "popup of b: b → popup at d": (True, True),
    "popup of b: b-d → popup at d": (False, False),
    "popup of b: top → popup at d": (True, True),
    "popup of b: a → popup at d": (True, True),
    "popup on a: top → p-d at d": (True, True),
    "popup on a: b → p-d at d": (False, False),
    "popup on a: popup → b at d": (True, True),
    "popup on a: popup → top at d": (True, True),
    "popup on b: b → p-d at d": (True, True),
    "popup on b: popup → b-d at d": (True, True),
    "popup on b: popup → b at d": (True, True),
    "popup on b: popup → a at d": (False, False),
    "popup on a's site: popup → top at d": (True, True),
    "popup on a's site: xa → popup at d": (True, True),
    "popup on a's site: xa → p-d at d": (True, True),
    "scripts: boxed → boxed at d": (True, True),
    "scripts: boxed → in-b at d": (True, True),
    "scripts: boxed → sibling at d": (False, False),
    "scripts: boxed → top at d": (False, False),
    "scripts: boxed → top at a": (False, False),
    "scripts: in-a → boxed at d": (False, False),
    "scripts: in-a → in-b at d": (False, False),
    "scripts: top → boxed at d": (True, True),
    "scripts: top → in-b at d": (True, True),
    "scripts: sibling → boxed at d": (False, False),
    "scripts, on a: boxed → sibling at d": (False, False),
    "scripts, on a: boxed → top at d": (False, False),
    "same origin: boxed → sibling at d": (False, False),
    "same origin: boxed → top at d": (False, False),
    "same origin: boxed → in-b at d": (True, True),
    "same origin: in-a → in-b at d": (False, False),
    "same origin: sibling → in-b at d": (True, True),
    "same origin, on b: boxed → sibling at d": (False, False),
    "same origin, on b: sibling → boxed at d": (True, True),
    "same origin, on b: sibling → in-a at d": (True, True),
    "top: boxed → top at d": (True, True),
    "top: boxed → sibling at d": (False, False),
    "top: in-a → top at d": (True, True),
    "top, same origin: boxed → top at d": (True, True),
    "top, same origin: boxed → sibling at d": (False, False),
    "top by click: boxed → top at d": (False, False),
    "top by click: boxed → top at a": (False, False),
    "no scripts: top → boxed at d": (True, True),
    "no scripts: top → in-b at d": (True, True),
    "no scripts: sibling → boxed at d": (False, False),
    "its popup: boxed → popup at d": (True, True),
    "its popup: top → popup at d": (True, True),
    "its popup: popup → boxed at d": (False, False),
    "its popup: popup → top at d": (False, False),
    "top's popup: boxed → popup at d": (False, False),
    "top's popup: sibling → popup at d": (False, True),
    "top's popup: popup → boxed at d": (False, False),
    "top's popup, on a: boxed → popup at d": (True, False),
}


def test_every_case_has_been_measured():
    assert list(MEASURED) == [str(case) for case in CASES]


@pytest.mark.parametrize("preset", ["Chromium", "Firefox"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_browser_of_today_is_expected_to_do_as_was_measured(preset, case):
    """By its preset, or by an entry that says how it differs."""
    measured = dict(zip(("Chromium", "Firefox"), MEASURED[str(case)], strict=True))[preset]
    said = expected(Conformance("navigation", *case))[preset]
    assert said == ("allowed" if measured else "refused")


@pytest.mark.parametrize("preset", ["Chromium", "Firefox"])
@pytest.mark.parametrize(
    "change",
    [
        {"navigation": "permissive"},
        {"navigation": "window"},
        {"navigation": "child"},
        {"origin_propagation": False},
        {"top_level": "anyone"},
        {"top_level": "by opener"},
        {"top_level": "like sub-frames"},
        {"top_level": "not given"},
    ],
    ids=str,
)
def test_the_cases_tell_a_preset_of_today_from_a_wrong_one(preset, change):
    right, wrong = PRESETS[preset], PRESETS[preset].but(**change)
    assert told_apart(right, wrong, CASES) and told_apart(right, wrong, RANDOM_CASES)


def test_the_cases_tell_the_browsers_of_today_apart():
    assert told_apart(PRESETS["Chromium"], PRESETS["Firefox"], CASES)
    assert told_apart(PRESETS["Chromium"], PRESETS["Firefox"], RANDOM_CASES)


def told_apart(one: Policies, other: Policies, cases: list) -> bool:
    """Whether the two decide some of the cases otherwise."""
    return any(
        bool(one.may_navigate(PAGES[case.page], *case[1:]))
        is not bool(other.may_navigate(PAGES[case.page], *case[1:]))
        for case in cases
    )


@pytest.mark.parametrize("preset", ["Chromium", "Firefox"])
def test_a_click_lets_a_frame_take_its_window_away(preset):
    plain, click = PAGES["plain"], PAGES["top by click"]
    assert PRESETS[preset].may_navigate(plain, "b", "top", D, user_activation=True)
    assert not PRESETS[preset].may_navigate(plain, "b", "a", D, user_activation=True)
    assert PRESETS[preset].may_navigate(click, "boxed", "top", D, user_activation=True)
