"""Who may navigate whom: the presets of today against Chromium and Firefox themselves."""

from collections.abc import Iterator

import pytest
from navigation_cases import CASES, KNOWN_DIFFERENCES, PAGES, RANDOM_CASES, A, B
from rig import Page, Rig, Unreachable

from labcore import PRESETS, Browser, window


@pytest.fixture(scope="module")
def chromium() -> Iterator[Rig]:
    with Rig.chromium() as rig:
        yield rig


@pytest.fixture(scope="module")
def firefox() -> Iterator[Rig]:
    with Rig.firefox() as rig:
        yield rig


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_chromium_decides_as_its_preset(chromium: Rig, name: str) -> None:
    check(chromium, "Chromium", name)


@pytest.mark.firefox
@pytest.mark.parametrize("name", PAGES)
def test_firefox_decides_as_its_preset(firefox: Rig, name: str) -> None:
    check(firefox, "Firefox", name)


def check(rig: Rig, preset: str, name: str) -> None:
    """Try every case of the page ``name`` for real, and compare."""
    browser, page = PAGES[name], rig.open(PAGES[name])
    cases = [case for case in CASES + RANDOM_CASES if case.page == name]
    tried = {str(case): page.navigates(*case[1:]) for case in cases}
    page.close()
    decisions = {str(case): PRESETS[preset].may_navigate(browser, *case[1:]) for case in cases}
    wrong = {case: str(said) for case, said in decisions.items() if bool(said) != tried[case]}
    known = KNOWN_DIFFERENCES[preset].keys() & tried.keys()
    assert wrong.keys() == known, f"{preset} does otherwise than its preset says: {wrong}"


def test_an_attempt_for_which_there_is_no_reference_is_no_refusal() -> None:
    page = Page(Rig(), Browser.of(window(A, label="here"), window(B, label="there")))
    with pytest.raises(Unreachable, match="no script can give here a reference"):
        page.reference("here", "there")
