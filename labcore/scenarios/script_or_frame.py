"""Script or frame: two ways to put somebody's map into a page (Barth et al. 2008, §4)."""

from dataclasses import replace

from labcore.actions import Script, UserTypes
from labcore.browser import Browser, frame, window
from labcore.origin import Origin
from labcore.scenarios.scenario import Scenario, attacker_knows
from labcore.world import World

_MAPS = "https://maps.example/api"
_TYPED = UserTypes("reviews", "the card number", location="https://reviews.example/")

GADGET_AS_SCRIPT = Scenario(
    name="gadget-as-script",
    title="A map included as a script",
    story=(
        "A page of restaurant reviews includes a map as a script. The script runs in the page. The "
        "people who run the map have turned hostile."
    ),
    source="Barth et al. 2008, §4",
    start=World(
        Browser.of(window("https://reviews.example/", label="reviews", scripts=[_MAPS])),
        attacker=frozenset({Origin.of(_MAPS)}),
    ),
    plan=(_TYPED, Script("reviews", "reviews")),
    user=(_TYPED,),
    goal=attacker_knows("the card number"),
    toggles=("scripting",),
)

GADGET_AS_FRAME = replace(
    GADGET_AS_SCRIPT,
    name="gadget-as-frame",
    title="A map included in a frame",
    story=(
        "The same page shows the map in a frame. The map's script runs in that frame, and the "
        "people who run it have turned hostile."
    ),
    start=World(
        Browser.of(window("https://reviews.example/", frame(_MAPS, label="maps"), label="reviews")),
        attacker=frozenset({Origin.of(_MAPS)}),
    ),
    plan=(_TYPED, Script("maps", "reviews")),
)
