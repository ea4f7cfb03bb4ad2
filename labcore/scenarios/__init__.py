"""The attacks of the book as data: `SCENARIOS` by name, `hijacking` for a page of your own."""

from collections.abc import Mapping

from labcore.errors import unknown
from labcore.scenarios.cross_window import CROSS_WINDOW
from labcore.scenarios.gadget_hijacking import GADGET_HIJACKING
from labcore.scenarios.own_page import hijacking
from labcore.scenarios.scenario import (
    Goal,
    Scenario,
    Step,
    Trace,
    attacker_knows,
    attacker_shows_in,
    shows,
)
from labcore.scenarios.script_or_frame import GADGET_AS_FRAME, GADGET_AS_SCRIPT
from labcore.scenarios.sibling_navigation import SIBLING_NAVIGATION, THROUGH_THE_PARENT
from labcore.scenarios.stolen_password import SCRIPT_INJECTION, STOLEN_PASSWORD
from labcore.scenarios.top_level_redirect import TOP_LEVEL_REDIRECT


class Scenarios(dict[str, Scenario]):
    """Scenarios by name; a wrong name is answered with the nearest right one."""

    def __missing__(self, name: object) -> Scenario:
        raise unknown("scenario", name, self)


SCENARIOS: Mapping[str, Scenario] = Scenarios(
    {
        scenario.name: scenario
        for scenario in (
            STOLEN_PASSWORD,
            SCRIPT_INJECTION,
            GADGET_AS_SCRIPT,
            GADGET_AS_FRAME,
            CROSS_WINDOW,
            GADGET_HIJACKING,
            SIBLING_NAVIGATION,
            TOP_LEVEL_REDIRECT,
        )
    }
)

__all__ = [
    "SCENARIOS",
    "THROUGH_THE_PARENT",
    "Goal",
    "Scenario",
    "Step",
    "Trace",
    "attacker_knows",
    "attacker_shows_in",
    "hijacking",
    "shows",
]
