"""A compact model of how browsers isolate frames, and of how frames attack each other.

Build a `Browser` from windows and frames, choose `Policies`, and ask them; or run one of the
`SCENARIOS`.
"""

from labcore.actions import (
    Accepts,
    Call,
    Commit,
    CommRequest,
    Deliver,
    Embed,
    Load,
    Navigate,
    Open,
    Poll,
    PostMessage,
    Refuses,
    Script,
    SetDomain,
    SetTimer,
    TimerFires,
    Traverse,
    UserConfirms,
    UserTypes,
)
from labcore.browser import Browser, frame, window
from labcore.errors import PolicyError, UnknownName
from labcore.http import BadHeader, BadRequest, Cookie, Headers, Jar, Request, Response
from labcore.messages import (
    ArrayBuffer,
    DataCloneError,
    InvalidTargetOrigin,
    parse_target_origin,
    structured_clone,
)
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
from labcore.scenarios import SCENARIOS, Goal, Scenario, Trace, hijacking
from labcore.scripts import MessageEvent, Page, ScriptError
from labcore.search import find_attack
from labcore.step import step
from labcore.world import World

__all__ = [
    "PRESETS",
    "SCENARIOS",
    "TABLE_2",
    "Accepts",
    "ArrayBuffer",
    "BadHeader",
    "BadRequest",
    "Browser",
    "Call",
    "CommRequest",
    "Commit",
    "Cookie",
    "DataCloneError",
    "Decision",
    "Deliver",
    "Embed",
    "Goal",
    "Headers",
    "InvalidTargetOrigin",
    "InvalidURL",
    "Jar",
    "Load",
    "Matrix",
    "MessageEvent",
    "Navigate",
    "Open",
    "Origin",
    "Page",
    "Policies",
    "PolicyError",
    "Poll",
    "PostMessage",
    "Refuses",
    "Request",
    "Response",
    "Scenario",
    "Script",
    "ScriptError",
    "SetDomain",
    "SetTimer",
    "TimerFires",
    "Trace",
    "Traverse",
    "UnknownName",
    "UserConfirms",
    "UserTypes",
    "World",
    "decide",
    "find_attack",
    "frame",
    "hijacking",
    "navigation_matrix",
    "parse_target_origin",
    "same_origin",
    "same_site",
    "scripting_matrix",
    "step",
    "structured_clone",
    "window",
]


SHOWN_AS_PICTURES = (
    ("labcore.exercises.grading", "Grade"),
    ("labcore.exercises.grading", "Progress"),
    ("labcore.browser", "Browser"),
    ("labcore.capture.table", "Capture"),
    ("labcore.policies.decision", "Decision"),
    ("labcore.policies.fetching", "Fetched"),
    ("labcore.policies.matrix", "Matrix"),
    ("labcore.policies.toggles", "Policies"),
    ("labcore.scenarios.scenario", "Trace"),
    ("labcore.answers", "Attack"),
    ("labcore.answers", "NoAttack"),
    ("labcore.network", "OnTheNetwork"),
    ("labcore.sweep", "Sweep"),
    ("labcore.small_scope", "Counterexample"),
    ("labcore.world", "World"),
)
"""The classes that `labcore.figures.notebook` draws, by name: most are imported only when used."""


def _show_in_notebooks() -> None:
    """Let IPython, where it runs, show the model's values as pictures (made on first display)."""
    import sys

    if "IPython" not in sys.modules or (shell := sys.modules["IPython"].get_ipython()) is None:
        return

    def drawn(value: object) -> object:
        from labcore.figures.notebook import show

        return show(value)

    html = shell.display_formatter.formatters["text/html"]
    for module, name in SHOWN_AS_PICTURES:
        html.for_type_by_name(module, name, drawn)


_show_in_notebooks()
