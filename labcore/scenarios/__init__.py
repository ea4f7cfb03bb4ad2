"""The attacks of the book as data: `SCENARIOS` by name, `hijacking` for a page of your own."""

from labcore.errors import Named
from labcore.scenarios import (
    cross_window,
    fragment_channel,
    gadget_hijacking,
    handshakes,
    opened_windows,
    opting_in,
    post_message,
    principals,
    requests,
    script_or_frame,
    sibling_navigation,
    stolen_password,
    top_level_redirect,
    watched_frame,
)
from labcore.scenarios.own_page import hijacking, question
from labcore.scenarios.requests import CARELESS
from labcore.scenarios.scenario import (
    Goal,
    Scenario,
    Step,
    Trace,
    accepts,
    attacker_knows,
    attacker_shows_in,
    does,
    shows,
)
from labcore.scenarios.sibling_navigation import THROUGH_THE_PARENT

IN_ORDER = (
    stolen_password,
    script_or_frame,
    cross_window,
    gadget_hijacking,
    sibling_navigation,
    top_level_redirect,
    opened_windows,
    fragment_channel,
    handshakes,
    post_message,
    watched_frame,
    requests,
    opting_in,
    principals,
)
"""The files of attacks, in the order in which the book tells them."""


SCENARIOS = Named(
    "scenario",
    {
        value.name: value
        for module in IN_ORDER
        for value in vars(module).values()
        if isinstance(value, Scenario) and value.source
    },
)

__all__ = [
    "CARELESS",
    "SCENARIOS",
    "THROUGH_THE_PARENT",
    "Goal",
    "Scenario",
    "Step",
    "Trace",
    "accepts",
    "attacker_knows",
    "attacker_shows_in",
    "does",
    "hijacking",
    "question",
    "shows",
]
