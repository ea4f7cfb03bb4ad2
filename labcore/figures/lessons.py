"""What each chapter asks of its readers: chapters read before, time, and a kernel's memory.

All of it is computed from the chapters: the first paragraph says what to know, the words and the
exercises take time, and the kernel's memory was measured (``data/footprints.json``).
"""

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path

from labcore.errors import unknown
from labcore.exercises import EXERCISES
from labcore.figures import theme
from labcore.figures.reference import read_chapters
from labcore.figures.theme import BOLD, PLAIN, QUIET, ink, write
from labcore.figures.tree import new_axes

WORDS_A_MINUTE, EXERCISE_MIN, QUIZ_MIN = 150, 10, 5
"""How long readers take: words of a technical text, an exercise, a quiz; the last two in minutes.
Rough figures, on the slow side. What they add up to is a plan, not a measurement."""

NAME, LINK = re.compile(r"^# \d+ · (.+)$", re.M), re.compile(r"\]\((\d\d)_")
BEFORE, KNOWN = "**Before you start.**", "You know"
ROW, LEFT, TEXT, REACH = 22.0, 8.0, 300.0, 22.0
"""The height of a chapter's line, where its text begins and ends, how far an arc reaches a line."""


@dataclass(frozen=True)
class Lesson:
    """A chapter as a teacher sees it.

    ``needs`` are the chapters without which it cannot be followed, ``helps`` those that it comes
    back to; ``words`` are those of its text, ``exercises`` its graded ones. ``peak_mb`` is the most
    memory that its kernel held, in MB, and ``cpu_s`` the processor time that it takes to run, in
    seconds; both are 0 where they were not measured.
    """

    number: str
    title: str
    needs: tuple[str, ...]
    helps: tuple[str, ...]
    words: int
    exercises: tuple[str, ...]
    peak_mb: int = 0
    cpu_s: float = 0.0

    @property
    def minutes(self) -> int:
        """How long it takes to work through, in minutes, rounded up to five."""
        read = self.words / WORDS_A_MINUTE
        return math.ceil((read + len(self.exercises) * EXERCISE_MIN + QUIZ_MIN) / 5) * 5


def lessons(folder: str | FilePath = ".") -> tuple[Lesson, ...]:
    """The chapters in ``folder`` that teach something: all but the welcome."""
    measured = FilePath(folder, "data", "footprints.json")
    taken = json.loads(measured.read_text(encoding="utf-8")) if measured.is_file() else {}
    found = []
    for chapter in read_chapters(folder):
        text = "\n\n".join(chapter.cells_of("markdown"))
        if BEFORE not in text:
            continue
        told = text.partition(BEFORE)[2].partition("\n\n")[0]
        needs = linked(s for s in sentences(told) if s.startswith(KNOWN))
        exercises = tuple(x.name for x in EXERCISES.values() if x.chapter == chapter.number)
        title = NAME.search(text)
        found.append(
            Lesson(
                chapter.number,
                title[1] if title else chapter.name,
                needs,
                tuple(each for each in linked(sentences(told)) if each not in needs),
                len(text.split()),
                exercises,
                **taken.get(chapter.name.removesuffix(".ipynb"), {}),
            )
        )
    return tuple(found)


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph."""
    return [each.strip() for each in re.split(r"(?<=\.)\s+", text)]


def linked(texts: Iterable[str]) -> tuple[str, ...]:
    """The chapters to which texts link, in order."""
    return tuple(sorted({number for each in texts for number in re.findall(LINK, each)}))


def needed(chapter: str | int, all_: Sequence[Lesson]) -> tuple[str, ...]:
    """The chapters to read before ``chapter``, also before those, in order. Raises `UnknownName`.

    >>> needed("02", [Lesson("01", "", (), (), 0, ()), Lesson("02", "", ("01",), (), 0, ())])
    ('01',)
    """
    needs = {each.number: each.needs for each in all_}
    key = f"{chapter:02}" if isinstance(chapter, int) else str(chapter)
    if key not in needs:
        raise unknown("chapter", chapter, needs)
    before = {number for each in needs[key] for number in (each, *needed(each, all_))}
    return tuple(sorted(before))


# --- drawn ---


def draw_needs(all_: Sequence[Lesson], ax: Axes | None = None) -> Axes:
    """Draw which chapter needs which: a line a chapter, an arc from each to those that need it.

    What follows from other arcs is left out. A dashed arc leads to a chapter that comes back to
    another one, and can do without it.
    """
    ax = ax if ax is not None else new_axes(needs_size(all_))
    theme.paper(ax)
    rows = {each.number: (n + 0.8) * ROW for n, each in enumerate(all_)}
    for each in all_:
        y = rows[each.number]
        write(ax, LEFT, y + 3, each.number, BOLD)
        write(ax, LEFT + 24, y + 3, each.title, PLAIN, width=TEXT - LEFT - 90)
        write(ax, TEXT - 8, y + 3, f"{each.minutes} min", QUIET, align="right")
    for before, after, firm in arcs(all_):
        bow(ax, rows[before], rows[after], firm)
    return ax


def needs_size(all_: Sequence[Lesson]) -> tuple[float, float]:
    """The size in inches at which the chapters and their arcs can be read."""
    place = {each.number: n for n, each in enumerate(all_)}
    far = max((place[after] - place[before] for before, after, _ in arcs(all_)), default=0)
    return (TEXT + reach(far) + 12) / 72, (len(all_) + 0.6) * ROW / 72


def arcs(all_: Sequence[Lesson]) -> list[tuple[str, str, bool]]:
    """From which chapter to which an arc leads, and whether the second needs the first."""
    found = []
    for each in all_:
        implied = {number for need in each.needs for number in needed(need, all_)}
        found += [(need, each.number, True) for need in each.needs if need not in implied]
        told = {*each.needs, *implied}
        found += [(other, each.number, False) for other in each.helps if other not in told]
    return found


def reach(lines: float) -> float:
    """How far to the right an arc over so many lines goes, in points."""
    return REACH * (1 + math.sqrt(lines)) if lines else 0.0


def bow(ax: Axes, start: float, end: float, firm: bool) -> None:
    """An arc on the right of the text, from one line down to another."""
    wide = reach((end - start) / ROW) * 4 / 3
    start, end = start + 3, end - 3
    points = [(TEXT, start), (TEXT + wide, start), (TEXT + wide, end), (TEXT + 5, end)]
    color = theme.INK if firm else theme.MUTED
    line = Path(np.round(points, 2), [1, 4, 4, 4])
    ink(ax, line, edge=color, width=1.3, dashes=None if firm else (3, 3))
    tip = [(TEXT, end), (TEXT + 6, end - 3), (TEXT + 6, end + 3), (TEXT, end)]
    ink(ax, Path(tip, [1, 2, 2, 79]), face=color)


def describe_needs(all_: Sequence[Lesson]) -> str:
    """The same in words."""
    said = []
    for each in all_:
        needs = f"needs {listed(each.needs)}" if each.needs else "needs no other chapter"
        comes = f", and comes back to {listed(each.helps)}" if each.helps else ""
        said.append(f"Chapter {each.number}, {each.title}, {needs}{comes}.")
    return " ".join(said)


def listed(numbers: Sequence[str]) -> str:
    """``01, 03 and 05``."""
    *others, last = numbers
    return f"{', '.join(others)} and {last}" if others else last
