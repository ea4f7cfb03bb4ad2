"""The attacks of the book as data: `SCENARIOS` by name, `hijacking` for a page of your own."""

from collections.abc import Mapping

from labcore.errors import unknown
from labcore.scenarios.cross_window import CROSS_WINDOW
from labcore.scenarios.fragment_channel import (
    FRAGMENT_OVERWRITING,
    FRAGMENT_READING,
    LOST_FRAGMENT,
    REPLAYED_FRAGMENT,
)
from labcore.scenarios.gadget_hijacking import GADGET_HIJACKING
from labcore.scenarios.handshakes import HANDSHAKE, LOWE_ANOMALY, SMASH_ATTACK, SMASH_CHANNEL
from labcore.scenarios.own_page import hijacking
from labcore.scenarios.post_message import (
    COMM_REQUEST,
    HIDDEN_LISTENER,
    ORIGIN_CHECK,
    RECURSIVE_MASHUP,
    REPLAY_BY_RELOAD,
    REPLY_RACE,
    SOURCE_CHECK,
    STOLEN_LOGIN,
)
from labcore.scenarios.scenario import (
    Goal,
    Scenario,
    Step,
    Trace,
    accepts,
    attacker_knows,
    attacker_shows_in,
    shows,
)
from labcore.scenarios.script_or_frame import GADGET_AS_FRAME, GADGET_AS_SCRIPT
from labcore.scenarios.sibling_navigation import SIBLING_NAVIGATION, THROUGH_THE_PARENT
from labcore.scenarios.stolen_password import SCRIPT_INJECTION, STOLEN_PASSWORD
from labcore.scenarios.top_level_redirect import TOP_LEVEL_REDIRECT
from labcore.scenarios.watched_frame import (
    DENIAL_OF_SERVICE,
    FALSE_ALARM,
    WATCHED_EARLY,
    WATCHED_LATE,
)


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
            FRAGMENT_READING,
            FRAGMENT_OVERWRITING,
            LOST_FRAGMENT,
            REPLAYED_FRAGMENT,
            HANDSHAKE,
            LOWE_ANOMALY,
            SMASH_CHANNEL,
            SMASH_ATTACK,
            STOLEN_LOGIN,
            ORIGIN_CHECK,
            SOURCE_CHECK,
            HIDDEN_LISTENER,
            REPLAY_BY_RELOAD,
            RECURSIVE_MASHUP,
            REPLY_RACE,
            COMM_REQUEST,
            WATCHED_LATE,
            WATCHED_EARLY,
            FALSE_ALARM,
            DENIAL_OF_SERVICE,
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
    "accepts",
    "attacker_knows",
    "attacker_shows_in",
    "hijacking",
    "shows",
]
