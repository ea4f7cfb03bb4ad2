"""The rules of a browser: a module for each question that it must answer.

`scripting`, `navigation`, `top_level` and `sandboxing` hold the policies; `Policies` is one setting
for each, `PRESETS` are those of real browsers, and a `Matrix` is what a policy says of every pair
of frames.
"""

from labcore.policies.decision import Decision, Policy, decide
from labcore.policies.matrix import Matrix, navigation_matrix, scripting_matrix
from labcore.policies.navigation import NAVIGATION
from labcore.policies.presets import COP, PRESETS, TABLE_2
from labcore.policies.scripting import SCRIPTING
from labcore.policies.toggles import TOGGLES, Policies
from labcore.policies.top_level import TOP_LEVEL

__all__ = [
    "COP",
    "NAVIGATION",
    "PRESETS",
    "SCRIPTING",
    "TABLE_2",
    "TOGGLES",
    "TOP_LEVEL",
    "Decision",
    "Matrix",
    "Policies",
    "Policy",
    "decide",
    "navigation_matrix",
    "scripting_matrix",
]
