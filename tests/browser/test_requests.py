"""Requests across origins: what the cases of `make conformance` do not say."""

from collections import Counter

import pytest
from browser.requests_rig import RequestsRig, differences, told_by_model
from request_cases import CASES, FRAMING_CASES, KNOWN_DIFFERENCES, PAGE, A

from labcore import PRESETS, Policies
from labcore.http import Request, Response
from labcore.policies.cookies import Asking

BROWSERS = {"Chromium": RequestsRig.chromium, "Firefox": RequestsRig.firefox}
MARKS = {"Chromium": pytest.mark.browser, "Firefox": pytest.mark.firefox}


@pytest.mark.parametrize("browser", [pytest.param(each, marks=MARKS[each]) for each in BROWSERS])
def test_what_the_user_asks_for_comes_of_nobody(browser: str) -> None:
    """The browser's first page, which its command line names."""
    with BROWSERS[browser]() as rig:
        first = rig.first
    page = Request("GET", f"{A}/", mode="navigate", credentials="include", destination="document")
    fetched = PRESETS[browser].fetched(Asking(None), page, lambda _: Response(200))
    [[sent, *_]] = fetched.exchanges
    assert first is not None
    for name in ("Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"):
        assert first.get(name) == sent.headers.get(name)
    assert sent.headers["Sec-Fetch-Site"] == "none"


@pytest.mark.browser
def test_chromium_sends_third_parties_their_cookies_if_it_is_set_to() -> None:
    policies = PRESETS["Chromium"].but(third_party_cookies="sent")
    about = ("cookies that go along", "cookies in company")
    cases = [case for case in CASES if case.subject in about]
    with RequestsRig.chromium_for_third_parties() as rig:
        page = rig.open(PAGE)
        real = {case.name: rig.told(page, case)["cookies"] for case in cases}
    said = {case.name: told_by_model(PAGE, case, policies)["cookies"] for case in cases}
    assert {name for name in said if said[name] != real[name]} == {"Partitioned, and at home"}


def test_there_are_many_cases_each_with_a_name_of_its_own() -> None:
    assert len(CASES) > 800
    names = Counter(case.name for case in (*CASES, *FRAMING_CASES))
    assert max(names.values()) == 1
    for reasons in KNOWN_DIFFERENCES.values():
        explained = Counter(name for why in reasons.values() for name in why)
        assert explained.keys() <= names.keys()
        assert max(explained.values()) == 1


def test_what_differs_is_said() -> None:
    case = next(each for each in CASES if each.name == "PUT, allowed methods 'DELETE'")
    told = told_by_model(PAGE, case, Policies())
    other = told_by_model(PAGE, case, Policies(cors="no check"))
    assert told["sent"] == ["OPTIONS b/x"]
    assert differences(told, told) == ""
    assert differences(told, other) == "sent = PUT b/x · asked =  · answer = 200 text from b/x"
