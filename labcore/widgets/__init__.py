"""Something to click: a `Stepper` shows a scenario step by step, a `Quiz` asks."""

from labcore.widgets.builder import Builder
from labcore.widgets.console import Console
from labcore.widgets.principals import Principals
from labcore.widgets.quiz import BadQuestion, Question, Quiz
from labcore.widgets.stage import Stage
from labcore.widgets.stepper import Stepper
from labcore.widgets.toggles import Toggles

__all__ = [
    "BadQuestion",
    "Builder",
    "Console",
    "Principals",
    "Question",
    "Quiz",
    "Stage",
    "Stepper",
    "Toggles",
]
