"""Requests across origins: the presets of today against Chromium and Firefox themselves."""

from collections import Counter
from collections.abc import Iterator

import pytest
from request_cases import CASES, FRAMING_CASES, KNOWN_DIFFERENCES, PAGE, A, Case
from requests_rig import RequestsRig, Told, differences, told_by_model
from rig import Page

from labcore import PRESETS, Policies
from labcore.http import Request, Response
from labcore.policies.cookies import Asking
from labcore.policies.cors import cors_check

BROWSERS = {"Chromium": RequestsRig.chromium, "Firefox": RequestsRig.firefox}
MARKS = {"Chromium": pytest.mark.browser, "Firefox": pytest.mark.firefox}
SUBJECTS = list(dict.fromkeys(case.subject for case in CASES))


class Measured:
    """A browser, and what it has told of the cases that somebody wanted to know."""

    def __init__(self, name: str, rig: RequestsRig, page: Page) -> None:
        self.name, self.rig, self.page = name, rig, page
        self.told: dict[str, Told] = {}

    def of(self, case: Case) -> Told:
        if case.name not in self.told:
            self.told[case.name] = self.rig.told(self.page, case)
        return self.told[case.name]

    def differences(self, subject: str, policies: Policies) -> dict[str, str]:
        """What it does otherwise than the model with ``policies``, case by case."""
        cases = [case for case in CASES if case.subject == subject]
        differ = {
            each.name: differences(told_by_model(PAGE, each, policies), self.of(each))
            for each in cases
        }
        return {name: what for name, what in differ.items() if what}


@pytest.fixture(scope="module", params=[pytest.param(n, marks=MARKS[n]) for n in BROWSERS])
def measured(request: pytest.FixtureRequest) -> Iterator[Measured]:
    with BROWSERS[request.param]() as rig:
        yield Measured(request.param, rig, rig.open(PAGE))


def known(browser: str, subject: str) -> dict[str, str]:
    """What that browser is known to do otherwise."""
    names = {case.name for case in CASES if case.subject == subject}
    entries = [each for why in KNOWN_DIFFERENCES[browser].values() for each in why.items()]
    return {name: what for name, what in entries if name in names}


def forgets_credentials(origin: str, credentials: bool, response: Response) -> str | bool:
    """A wrong rule for CORS."""
    return cors_check(origin, False, response) or True


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_browser_does_as_its_preset(measured: Measured, subject: str) -> None:
    policies = PRESETS[measured.name]
    assert measured.differences(subject, policies) == known(measured.name, subject)


@pytest.mark.parametrize(
    ("subject", "toggles"),
    [
        ("navigations", {"same_site_default": "strict"}),
        ("cookies that go along", {"third_party_cookies": "sent"}),
        ("CORS check", {"cors": forgets_credentials}),
        ("preflight", {"cors": "no check"}),
        ("types of style sheets", {"styles": "any type"}),
    ],
)
def test_a_wrong_model_is_found_out(
    measured: Measured, subject: str, toggles: dict[str, object]
) -> None:
    wrong = PRESETS[measured.name].but(**toggles)
    assert len(measured.differences(subject, wrong)) > len(known(measured.name, subject))


def test_what_the_user_asks_for_comes_of_nobody(measured: Measured) -> None:
    """The browser's first page, which its command line names."""
    page = Request("GET", f"{A}/", mode="navigate", credentials="include", destination="document")
    fetched = PRESETS[measured.name].fetched(Asking(None), page, lambda _: Response(200))
    [[sent, *_]] = fetched.exchanges
    assert measured.rig.first is not None
    for name in ("Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"):
        assert measured.rig.first.get(name) == sent.headers.get(name)
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
