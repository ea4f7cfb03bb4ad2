"""Top-level redirect: a gadget takes the whole window away, as the paper leaves open (§6)."""

from labcore.actions import Navigate, UserTypes
from labcore.scenarios.gadget_hijacking import ATTACKER, MASHUP
from labcore.scenarios.scenario import Scenario, attacker_knows, shows
from labcore.world import World

TOP_LEVEL_REDIRECT = Scenario(
    name="top-level-redirect",
    title="Taking the window away",
    story=(
        "The advertisement navigates not its neighbour but the window itself, to a copy of the "
        "whole mashup. The location bar now names the attacker, but this user does not look at it."
    ),
    source="Barth et al. 2008, §6",
    start=World(MASHUP, attacker=frozenset({ATTACKER})),
    plan=(Navigate("ad", "integrator", "https://attacker.example/mashup"),),
    user=(UserTypes("integrator", "the password"),),
    goal=attacker_knows("the password"),
    honest=(Navigate("integrator", "maps", "https://maps.example/rome"),),
    works=shows("maps", "https://maps.example/rome"),
)
