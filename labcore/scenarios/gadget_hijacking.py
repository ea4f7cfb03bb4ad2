"""Gadget hijacking: a gadget replaces its neighbour (Barth et al. 2008, §3.3, Figure 2)."""

from labcore.actions import Navigate, UserTypes
from labcore.browser import Browser, frame, window
from labcore.origin import Origin
from labcore.scenarios.scenario import Scenario, attacker_knows, shows
from labcore.world import World

ATTACKER = Origin.of("https://attacker.example/")

MASHUP = Browser.of(
    window(
        "https://integrator.example/",
        frame("https://attacker.example/ad", label="ad"),
        frame("https://maps.example/", label="maps", name="map"),
        label="integrator",
    )
)

GADGET_HIJACKING = Scenario(
    name="gadget-hijacking",
    title="Gadget hijacking",
    story=(
        "A mashup shows a map and an advertisement side by side. The advertisement is the "
        "attacker's. It navigates the map's frame to a page that looks the same, and the user "
        "types an address into it."
    ),
    source="Barth et al. 2008, §3.3",
    start=World(MASHUP, attacker=frozenset({ATTACKER})),
    plan=(Navigate("ad", "maps", "https://attacker.example/maps"),),
    user=(UserTypes("maps", "the home address", location="https://integrator.example/"),),
    goal=attacker_knows("the home address"),
    honest=(Navigate("integrator", "maps", "https://maps.example/rome"),),
    works=shows("maps", "https://maps.example/rome"),
)
