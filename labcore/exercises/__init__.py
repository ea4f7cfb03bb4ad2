"""Exercises: the reader writes a function, `grade` checks it on everything small.

A wrong function is answered with the smallest browser on which it is wrong, and why.
What was passed is remembered until Python ends; `progress` says which objectives are
met by it. `save_grades` writes a file of it for an instructor, who reads a folder of
them with `collect_grades`.
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
from labcore.exercises.grades import BadGrades, Grades, collect_grades, save_grades
from labcore.exercises.grading import Case, Exercise, Grade, Objective, Progress
from labcore.exercises.session import answered, grade, progress, reset_progress

__all__ = [
    "CHECKS",
    "ERRANDS",
    "EXERCISES",
    "NEWS",
    "OBJECTIVES",
    "PORTAL",
    "BadGrades",
    "Case",
    "Exercise",
    "Grade",
    "Grades",
    "Objective",
    "Progress",
    "answered",
    "collect_grades",
    "grade",
    "own_page",
    "progress",
    "reset_progress",
    "save_grades",
]
