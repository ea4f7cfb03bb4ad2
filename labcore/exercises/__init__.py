"""Exercises: the reader writes a function, `grade` checks it on everything small.

A wrong function is answered with the smallest browser on which it is wrong, and why.
What was passed is remembered until Python ends; `progress` says which objectives are
met by it.
"""

from dataclasses import replace
from typing import Any

from labcore.errors import unknown
from labcore.exercises.catalogue import (
    EXERCISES,
    NEWS,
    OBJECTIVES,
    PORTAL,
    own_page,
)
from labcore.exercises.grading import (
    SESSION,
    Case,
    Exercise,
    Grade,
    Objective,
    Progress,
    check,
    standing,
)

__all__ = [
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


def grade(exercise: str | Exercise, function: Any) -> Grade:
    """Check ``function``, written for ``exercise``, and remember whether it passed.

    Raises `UnknownName` for an exercise that does not exist. Whatever the function
    does, the grade explains it.

    >>> print(grade("window-stops-it", lambda browser, attempt: False).verdict)
    not yet
    """
    chosen = EXERCISES[exercise] if isinstance(exercise, str) else exercise
    result = check(chosen, function)
    return replace(result, misses=SESSION.note(result, function))


def progress(chapter: str | int) -> Progress:
    """Which objectives of ``chapter`` are met by now. Raises `UnknownName`."""
    return standing(chapter, OBJECTIVES, EXERCISES.values())


def answered(chapter: str, objective: int) -> None:
    """Remember that a quiz's questions about an objective are answered.

    Raises `UnknownName`.
    """
    known = {str(each.number) for each in progress(chapter).objectives}
    if str(objective) not in known:
        raise unknown("objective", str(objective), sorted(known))
    SESSION.answered.add((progress(chapter).chapter, objective))


def reset_progress() -> None:
    """Forget all that was tried and reached in this session."""
    SESSION.passed.clear()
    SESSION.missed.clear()
    SESSION.answered.clear()
