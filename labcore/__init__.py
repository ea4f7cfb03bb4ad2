"""A compact model of how browsers isolate frames, and of how frames attack each other.

Build a `Browser` from windows and frames, choose `Policies`, and ask them; or run one of the
`SCENARIOS`.
"""

from labcore.actions import Commit, Navigate, Open, Script, SetDomain, UserTypes
from labcore.browser import Browser, frame, window
from labcore.errors import PolicyError, UnknownName
from labcore.origin import InvalidURL, Origin, same_origin, same_site
from labcore.policies import (
    PRESETS,
    TABLE_2,
    Decision,
    Matrix,
    Policies,
    decide,
    navigation_matrix,
    scripting_matrix,
)
from labcore.scenarios import SCENARIOS, Scenario, Trace, hijacking
from labcore.step import step
from labcore.world import World

__all__ = [
    "PRESETS",
    "SCENARIOS",
    "TABLE_2",
    "Browser",
    "Commit",
    "Decision",
    "InvalidURL",
    "Matrix",
    "Navigate",
    "Open",
    "Origin",
    "Policies",
    "PolicyError",
    "Scenario",
    "Script",
    "SetDomain",
    "Trace",
    "UnknownName",
    "UserTypes",
    "World",
    "decide",
    "frame",
    "hijacking",
    "navigation_matrix",
    "same_origin",
    "same_site",
    "scripting_matrix",
    "step",
    "window",
]
