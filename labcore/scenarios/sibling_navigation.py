"""Sibling navigation: what propagation permits, an attacker could do in two steps (§3.4)."""

from labcore.actions import Navigate, Script
from labcore.browser import Browser, frame, window
from labcore.scenarios.gadget_hijacking import ATTACKER
from labcore.scenarios.scenario import Scenario, attacker_shows_in, shows
from labcore.world import World

_HIJACK = Navigate("helper", "maps", "https://attacker.example/maps")

SIBLING_NAVIGATION = Scenario(
    name="sibling-navigation",
    title="Navigating a sibling through the parent",
    story=(
        "The attacker's page holds a map and a second frame of the attacker's own. That frame "
        "does not contain the map, but it has the origin of the page that does."
    ),
    source="Barth et al. 2008, §3.4",
    start=World(
        Browser.of(
            window(
                "https://attacker.example/",
                frame("https://attacker.example/helper", label="helper"),
                frame("https://maps.example/", label="maps"),
                label="page",
            )
        ),
        attacker=frozenset({ATTACKER}),
    ),
    plan=(_HIJACK,),
    goal=attacker_shows_in("maps"),
    honest=(Navigate("page", "maps", "https://maps.example/rome"),),
    works=shows("maps", "https://maps.example/rome"),
)

THROUGH_THE_PARENT = (
    Script("helper", "page", run=Navigate("page", "maps", "https://attacker.example/maps")),
)
"""The same attack without propagation: script the parent, and let the parent navigate."""
