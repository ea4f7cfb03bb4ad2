"""What headers stop: every attack of the book, with a server's header and without.

A defence counts only against an attack that succeeds without it, and only if the page still works.
That is found out by running each scenario twice (chapter 15).
"""

from collections.abc import Iterator, Mapping
from enum import Enum

from labcore.policies import TOGGLES, Policies
from labcore.policies.toggles import label_of
from labcore.scenarios import CARELESS, SCENARIOS, Scenario

HEADERS = ("opener_policy", "embedder_policy", "resource_policy", "framing_headers")
"""The choices of servers that are headers which keep others away."""

UNWARY = CARELESS.but(
    navigation="permissive",
    addressing="*",
    origin_check="none",
    source_check="none",
    handshake="SMash",
    cors_headers="reflected origin",
    styles="any type",
    plugin="Flash Player",
)
"""A browser that heeds every header and prevents little else, and pages that are careless."""


class Effect(Enum):
    """What becomes of an attack when a defence is put up."""

    NONE = "succeeds all the same"
    STOPS = "stopped"
    BREAKS = "stopped, and the page is broken"
    NEEDLESS = "does not succeed anyway"


Defence = tuple[str, str]
"""A toggle, and one of its values."""


def effect(scenario: Scenario, defence: Defence, policies: Policies = UNWARY) -> Effect:
    """What ``defence`` does to the attack of ``scenario`` under ``policies``."""
    toggle, value = defence
    if not scenario.run(policies).succeeded:
        return Effect.NEEDLESS
    trace = scenario.run(policies.but(**{toggle: value}))
    if trace.succeeded:
        return Effect.NONE
    return Effect.STOPS if trace.page_works else Effect.BREAKS


def defences() -> Iterator[Defence]:
    """Every value of the headers that says anything, and the check of Fetch Metadata."""
    for toggle in HEADERS:
        yield from ((toggle, label_of(value)) for value in list(TOGGLES[toggle])[1:])
    yield "request_check", "Sec-Fetch-Site"


def effects(policies: Policies = UNWARY) -> Mapping[str, Mapping[Defence, Effect]]:
    """By scenario: what each defence does to its attack, where that succeeds at all."""
    attacks = {
        name: each for name, each in SCENARIOS.items() if each.attacked and each.goal is not None
    }
    return {
        name: {defence: effect(each, defence, policies) for defence in defences()}
        for name, each in attacks.items()
        if each.run(policies).succeeded
    }
