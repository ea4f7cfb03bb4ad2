"""Something to click: a `Stepper` shows a scenario step by step, the rules that matter below it."""

from labcore.widgets.stage import Stage
from labcore.widgets.stepper import Stepper
from labcore.widgets.toggles import Toggles

__all__ = ["Stage", "Stepper", "Toggles"]
