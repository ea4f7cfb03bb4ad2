"""The table of chapter 15: which attack each header stops, found out by running both."""

import pytest

from labcore import SCENARIOS, Policies
from labcore.defences import UNWARY, Effect, defences, effect, effects

COOP = [("opener_policy", each) for each in ("same-origin-allow-popups", "same-origin")]
CORP = [("resource_policy", each) for each in ("same-origin", "same-site", "cross-origin")]
FRAMING = [each for each in defences() if each[0] == "framing_headers"]
METADATA = ("request_check", "Sec-Fetch-Site")


@pytest.fixture(scope="module")
def table():
    return effects()


def stopped(row):
    return {defence for defence, what in row.items() if what is Effect.STOPS}


def test_opener_policies_stop_what_rests_on_a_reference_across_windows_and_nothing_else(table):
    stops = {
        name for name, row in table.items() if row["opener_policy", "same-origin"] is Effect.STOPS
    }
    assert stops == {"cross-window", "opened-window", "tabnabbing"}
    broken = {
        name for name, row in table.items() if row["opener_policy", "same-origin"] is Effect.BREAKS
    }
    assert broken == {"stolen-login"}, "a login window that answers its opener of another origin"
    assert table["tabnabbing"][COOP[0]] is Effect.NONE


def test_a_resource_policy_stops_reading_and_not_sending(table):
    assert stopped(table["css-theft"]) >= {*CORP[:2]}
    assert {table["jsonp-theft"][each] for each in CORP[:2]} == {Effect.BREAKS}
    for forged in ("csrf-form", "csrf-image", "login-csrf"):
        assert {table[forged][each] for each in CORP} == {Effect.NONE}
        assert table[forged][METADATA] is Effect.STOPS
    image = SCENARIOS["csrf-image"].run(UNWARY.but(resource_policy="same-origin"))
    refused = image.refused.decision
    assert image.succeeded and refused.rule == "Cross-origin resource policy check"
    assert refused.reason.startswith("sent, but Cross-Origin-Resource-Policy is same-origin")


def test_no_embedder_policy_stops_an_attack_of_the_book(table):
    embedder = {d: w for row in table.values() for d, w in row.items() if d[0] == "embedder_policy"}
    assert set(embedder) == {
        ("embedder_policy", "credentialless"),
        ("embedder_policy", "require-corp"),
    }
    for row in table.values():
        assert not {each for each in stopped(row) if each[0] == "embedder_policy"}


def test_framing_headers_stop_clickjacking_and_nothing_else(table):
    says_something = {each for each in FRAMING if each[1] != "X-Frame-Options: ALLOW-FROM"}
    stops = {name: stopped(row) & {*FRAMING} for name, row in table.items()}
    assert {name for name, found in stops.items() if found} == {
        "clickjacking",
        "nested-clickjacking",
    }
    assert stops["clickjacking"] == says_something


def test_what_does_not_succeed_anyway_is_no_merit_of_a_defence():
    theft = SCENARIOS["stolen-password"]
    assert effect(theft, ("opener_policy", "same-origin")) is Effect.NEEDLESS
    assert theft.name not in effects(Policies())
    ignored = UNWARY.but(isolation="ignored")
    assert (
        effect(SCENARIOS["cross-window"], ("opener_policy", "same-origin"), ignored) is Effect.NONE
    )
