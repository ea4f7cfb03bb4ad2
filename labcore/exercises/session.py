"""What the reader has tried and reached since Python was started."""

from collections import defaultdict
from collections.abc import Set
from dataclasses import replace
from types import CodeType
from typing import Any

from labcore.errors import WrongType, shown, unknown
from labcore.exercises.catalogue import EXERCISES, OBJECTIVES
from labcore.exercises.grading import Exercise, Grade, Objective, Progress, check

PASSED: set[str] = set()
"""The exercises that were passed once."""

MISSED: dict[str, set[object]] = defaultdict(set)
"""For each exercise, the different functions that were wrong."""

ANSWERED: set[tuple[str, int]] = set()
"""The chapters' objectives about which the quiz was answered."""


def grade(exercise: str | Exercise, function: Any) -> Grade:
    """Check ``function``, written for ``exercise``, and remember whether it passed.

    Raises `UnknownName` for an exercise that does not exist, `WrongType` for what is
    none. Whatever the function does, the grade explains it.

    >>> print(grade("window-stops-it", lambda browser, attempt: False).verdict)
    not yet
    """
    chosen = EXERCISES[exercise] if isinstance(exercise, str) else exercise
    if not isinstance(chosen, Exercise):
        raise WrongType(f"an exercise is wanted, or the name of one, not {shown(chosen)}")
    result = check(chosen, function)
    if result:
        PASSED.add(chosen.name)
    elif not result.unfinished:
        code = getattr(function, "__code__", None)
        MISSED[chosen.name].add(code if isinstance(code, CodeType) else id(function))
    return replace(result, misses=len(MISSED[chosen.name]))


def progress(chapter: str | int) -> Progress:
    """Which objectives of ``chapter`` are met by now. Raises `UnknownName`.

    An objective with exercises is met when all of them are passed; one without, when
    the quiz's questions about it are answered.
    """
    return progress_of(chapter, PASSED, ANSWERED)


def progress_of(chapter: str | int, passed: Set[str], answered: Set[tuple[str, int]]) -> Progress:
    """The same for whoever has ``passed`` these exercises and ``answered`` these objectives."""
    key = f"{chapter:02}" if isinstance(chapter, int) else str(chapter)
    if key not in OBJECTIVES:
        raise unknown("chapter", chapter, OBJECTIVES)
    found = []
    for number, words in enumerate(OBJECTIVES[key], start=1):
        own = [x for x in EXERCISES.values() if (x.chapter, x.objective) == (key, number)]
        todo = [each for each in own if each.name not in passed]
        met = not todo if own else (key, number) in answered
        names = [each.name for each in todo or own]
        by = f"exercise{'s' if len(names) > 1 else ''} {', '.join(names)}" if own else "quiz"
        found.append(Objective(number, words, met, by))
    return Progress(key, tuple(found))


def answered(chapter: str, objective: int) -> None:
    """Remember that a quiz's questions about an objective are answered.

    Raises `UnknownName`.
    """
    asked = progress(chapter)
    known = [str(each.number) for each in asked.objectives]
    if str(objective) not in known:
        raise unknown("objective", str(objective), known)
    ANSWERED.add((asked.chapter, objective))


def reset_progress() -> None:
    """Forget all that was tried and reached in this session."""
    for kept in (PASSED, MISSED, ANSWERED):
        kept.clear()
