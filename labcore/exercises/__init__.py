"""Exercises: the reader writes a function, `grade` checks it on everything small.

A wrong function is answered with the smallest browser on which it is wrong, and why.
What was passed is remembered until Python ends; `progress` says which objectives are
met by it.
"""

from labcore.exercises.catalogue import (
    CHECKS,
    ERRANDS,
    EXERCISES,
    NEWS,
    OBJECTIVES,
    PORTAL,
    own_page,
)
from labcore.exercises.grading import Case, Exercise, Grade, Objective, Progress
from labcore.exercises.session import answered, grade, progress, reset_progress

__all__ = [
    "CHECKS",
    "ERRANDS",
    "EXERCISES",
    "NEWS",
    "OBJECTIVES",
    "PORTAL",
    "Case",
    "Exercise",
    "Grade",
    "Objective",
    "Progress",
    "answered",
    "grade",
    "own_page",
    "progress",
    "reset_progress",
]
