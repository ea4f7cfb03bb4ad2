"""Grades to hand in: what was reached, as a JSON file, and what a class has reached.

The file comes from the student's own kernel, and whoever can run Python can write one. It says what
a student wants it to say; where that matters, run the student's notebook yourself.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labcore.errors import ReadersError, WrongValue, shown
from labcore.exercises import session
from labcore.exercises.catalogue import EXERCISES, OBJECTIVES
from labcore.exercises.grading import Progress

FORMAT = "labcore grades 1"


class BadGrades(ReadersError, ValueError):
    """A file that holds no grades; the message says which, and why."""


@dataclass(frozen=True)
class Grades:
    """What a student has reached: exercises ``passed``, and how many tries missed them.

    ``answered`` are the objectives about which the quiz was answered: (chapter, number).
    """

    student: str
    passed: frozenset[str]
    misses: Mapping[str, int]
    answered: frozenset[tuple[str, int]]

    def progress(self, chapter: str | int) -> Progress:
        """Which objectives of ``chapter`` are met. Raises `UnknownName`."""
        return session.progress_of(chapter, self.passed, self.answered)

    @property
    def met(self) -> dict[str, int]:
        """How many objectives are met, chapter by chapter."""
        each = {chapter: self.progress(chapter).objectives for chapter in OBJECTIVES}
        return {chapter: sum(one.met for one in all_) for chapter, all_ in each.items()}


def save_grades(path: str | Path, student: str) -> Path:
    """Write what this session has reached to a JSON file, to be handed in.

    Raises `WrongValue` without a name, and `BadGrades` where nothing can be written.
    """
    if not isinstance(student, str) or not student.strip():
        raise WrongValue(f"whose grades are they? student is a name, not {shown(student, 60)}")
    kept = {
        "format": FORMAT,
        "student": student.strip(),
        "passed": sorted(session.PASSED & EXERCISES.keys()),
        "misses": {name: len(missed) for name, missed in sorted(session.MISSED.items()) if missed},
        "answered": sorted(map(list, session.ANSWERED)),
    }
    file = Path(path)
    try:
        file.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise BadGrades(f"{shown(str(path), 80)} cannot be written: {error.strerror}") from error
    return file


def collect_grades(folder: str | Path) -> list[Grades]:
    """The grades in every ``.json`` file of a folder, by the students' names.

    Raises `BadGrades` for a file that holds none, and for a student who is there twice.
    """
    if not Path(folder).is_dir():
        raise BadGrades(f"{shown(str(folder), 80)} is no folder")
    found: dict[str, Grades] = {}
    for file in sorted(Path(folder).glob("*.json")):
        grades = read_grades(file)
        if grades.student in found:
            raise BadGrades(f"{file.name} is the second file of {grades.student!r}")
        found[grades.student] = grades
    return [found[name] for name in sorted(found)]


def read_grades(file: Path) -> Grades:
    """The grades in one file. Raises `BadGrades`."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        grades = _understood(kept)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadGrades(f"{file.name} holds no grades of this book: {error}") from error
    return grades


def _understood(kept: Any) -> Grades:
    if kept["format"] != FORMAT:
        raise ValueError(f"its format is {shown(kept['format'], 60)}, not {FORMAT!r}")
    passed, misses = frozenset(map(str, kept["passed"])), dict(kept["misses"])
    for name in sorted(passed | misses.keys()):
        EXERCISES[name]
    if not all(type(count) is int and count >= 0 for count in misses.values()):
        raise ValueError("misses are counted in whole numbers")
    answered = frozenset((str(chapter), int(number)) for chapter, number in kept["answered"])
    for chapter, number in sorted(answered):
        if not 1 <= number <= len(OBJECTIVES[chapter]):
            raise ValueError(f"chapter {chapter} has no objective {number}")
    if not isinstance(kept["student"], str) or not kept["student"].strip():
        raise ValueError("no student is named")
    return Grades(kept["student"].strip(), passed, misses, answered)
