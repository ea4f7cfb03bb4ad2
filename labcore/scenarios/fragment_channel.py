"""The bare fragment channel: what it keeps secret, and what it does not (§4.1)."""

from collections.abc import Mapping
from dataclasses import replace

from labcore.actions import Navigate, Poll, Script, Traverse
from labcore.browser import Browser, frame, window
from labcore.protocols import Reads, Writes
from labcore.scenarios.gadget_hijacking import ATTACKER
from labcore.scenarios.scenario import Goal, Scenario, accepts, attacker_knows
from labcore.scripts import PageScript
from labcore.world import World

INTEGRATOR, MAPS = "https://integrator.example", "https://maps.example"

_PAGE = Browser.of(
    window(
        f"{INTEGRATOR}/",
        frame(f"{MAPS}/", label="maps"),
        frame("https://attacker.example/ad", label="ad"),
        label="integrator",
    )
)


def _says(*texts: str) -> Mapping[str, PageScript]:
    return {f"{INTEGRATOR}/": Writes(f"{MAPS}/", texts), f"{MAPS}/": Reads(INTEGRATOR)}


def _lost(text: str) -> Goal:
    return Goal(
        f"maps never sees “{text}”",
        lambda world: ("maps", text, INTEGRATOR) not in world.accepted,
    )


FRAGMENT_READING = Scenario(
    name="fragment-reading",
    title="Reading a fragment",
    story=(
        "The integrator writes a secret behind the # of the map's URL. The advertisement tries to "
        "read it there."
    ),
    source="Barth et al. 2008, §4.1",
    start=World(_PAGE, attacker=frozenset({ATTACKER}), secrets=frozenset({"the route home"})),
    scripts=lambda policies: _says("the route home"),
    plan=(Script("ad", "maps"),),
    goal=attacker_knows("the route home"),
    works=accepts("maps", "the route home", INTEGRATOR),
    toggles=("scripting", "navigation"),
)

FRAGMENT_OVERWRITING = replace(
    FRAGMENT_READING,
    name="fragment-overwriting",
    title="Overwriting a fragment",
    story=(
        "The integrator tells the map what to show. The advertisement writes something else behind "
        "the # of the map's URL, and the map cannot tell who did."
    ),
    start=World(_PAGE, attacker=frozenset({ATTACKER})),
    scripts=lambda policies: _says("show Rome"),
    plan=(Poll("maps"), Navigate("ad", "maps", f"{MAPS}/#show nothing"), Poll("maps")),
    goal=accepts("maps", "show nothing", INTEGRATOR),
    works=accepts("maps", "show Rome", INTEGRATOR),
    toggles=("navigation",),
)

LOST_FRAGMENT = replace(
    FRAGMENT_OVERWRITING,
    name="lost-fragment",
    title="A message that is lost",
    story=(
        "The integrator writes two messages, one right after the other. The map looks at its "
        "fragment only now and then. Nobody attacks."
    ),
    scripts=lambda policies: _says("show Rome", "show Oslo"),
    plan=(Poll("maps"),),
    goal=_lost("show Rome"),
    works=accepts("maps", "show Oslo", INTEGRATOR),
)

_MARK_TWO = Navigate("integrator", "maps", f"{MAPS}/#mark two")

REPLAYED_FRAGMENT = replace(
    FRAGMENT_OVERWRITING,
    name="replayed-fragment",
    title="A message from the past",
    story=(
        "The integrator asks the map to mark a restaurant, and then to mark a second one. The "
        "advertisement steps back in the session history, which belongs to the whole window. The "
        "first request stands in the fragment again."
    ),
    start=World(_PAGE, attacker=frozenset({ATTACKER}), past=()),
    plan=(
        Poll("maps"),
        _MARK_TWO,
        Poll("maps"),
        Traverse("ad", -1),
        Poll("maps"),
    ),
    scripts=lambda policies: _says("mark one"),
    goal=Goal(
        "maps shows a request of the past as if it were new",
        lambda world: world.accepted.count(("maps", "mark one", INTEGRATOR)) > 1,
    ),
    honest=(_MARK_TWO,),
    works=accepts("maps", "mark one", INTEGRATOR),
)
