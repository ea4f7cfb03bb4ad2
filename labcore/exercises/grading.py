"""An exercise, its grade, and the objectives that it shows to be met.

An exercise is a row of *cases*, the smallest first: what the reader's function is
called with, what it should answer, and why. The first that goes wrong is the
counterexample.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from labcore.actions import Event
from labcore.browser import Browser
from labcore.exercises.running import (
    NOTHING,
    Lent,
    Printed,
    Runner,
    Trouble,
    changes,
    name_of,
)
from labcore.policies import Decision
from labcore.progress import progress
from labcore.scenarios import Trace
from labcore.worded import Worded

Rows = Iterable[Sequence[str]]

HINT_AFTER, SOLUTION_AFTER = 2, 3
"""How many different misses it takes."""


@dataclass(frozen=True)
class Case:
    """One call of the reader's function, the answer it should give, and the reason.

    ``attempt`` or ``asked`` says the question in words, ``browser`` where it is asked,
    ``facts`` gives a table about it. Where several answers are right, ``judge`` says of
    one whether it is, and why not; ``expected`` is one that is.

    A function that is part of something larger is not called with ``arguments``, but
    handed to ``through``, which runs the larger thing; ``trace`` is what happened then.
    """

    arguments: tuple[Any, ...]
    expected: bool | str
    because: Decision
    browser: Browser | None = None
    attempt: Event | None = None
    asked: str = ""
    facts: Callable[[], Rows] = tuple
    judge: Callable[[str], Decision] | None = None
    through: Callable[[Callable[..., Any]], object] | None = None
    trace: Callable[[], Trace | None] = lambda: None

    def asked_of(self, function: Callable[..., Any]) -> object:
        """What ``function`` answers, or what comes of running it."""
        return self.through(function) if self.through else function(*self.arguments)

    @property
    def question(self) -> str:
        """What was asked, in words."""
        return self.asked or str(self.attempt)

    def judged(self, answer: bool | str) -> Decision:
        """Whether ``answer`` is right; where the case has a judge, also why not."""
        if self.judge is not None:
            return self.judge(str(answer))
        return Decision(answer == self.expected, "")

    def said(self, answer: bool | str) -> str:
        """An answer in words: a policy allows or refuses, other functions return."""
        if isinstance(answer, str) or self.attempt is None:
            return repr(answer)
        return "allowed" if answer else "refused"


class Answer(NamedTuple):
    """What the reader's function (or the rule) answered, and why."""

    who: str
    value: bool | str
    why: str


@dataclass(frozen=True)
class Exercise:
    """A function for the reader to write.

    ``objective`` is the number of the chapter's objective that it shows to be met.
    ``parameters`` are those of the function. ``cases`` gives what it is checked on,
    those about one browser (or other ``units``) together; ``family`` names them all.
    ``on_screen`` draws a counterexample as the user sees it.
    """

    name: str
    chapter: str
    objective: int
    task: str
    parameters: Sequence[str]
    cases: Callable[[], Iterable[Iterable[Case]]]
    family: str
    hint: str
    unit: str = "smallest browser"
    units: str = "browsers"
    on_screen: bool = False

    @property
    def solution(self) -> str:
        """The notebook that solves it, as seen from the chapters."""
        return f"solutions/{self.chapter}_solutions.ipynb"


@dataclass(frozen=True, repr=False)
class Grade(Worded):
    """What came of checking the reader's function; true if it passed.

    ``count`` is how many browsers (or what else the exercise goes by) it was right on.
    ``counterexample`` is the smallest case that went wrong: ``yours`` is what the function answered
    there, or ``trouble`` why it did not. ``misses`` counts the different functions that have missed
    so far.
    """

    exercise: Exercise
    name: str
    count: int = 0
    counterexample: Case | None = None
    yours: Answer | None = None
    trouble: str = ""
    unfinished: bool = False
    printed: Printed = field(default_factory=Printed)
    misses: int = 0

    @property
    def passed(self) -> bool:
        """Whether the function is right everywhere."""
        return self.counterexample is None and not self.trouble

    def __bool__(self) -> bool:
        return self.passed

    # --- in words ---

    @property
    def verdict(self) -> str:
        """One or two words."""
        return "passed" if self.passed else "your turn" if self.unfinished else "not yet"

    @property
    def headline(self) -> str:
        """What the check has found, in a sentence."""
        exercise, name = self.exercise, self.name
        if self.unfinished:
            return f"{exercise.task} So far {name} gives no answer: {self.trouble}."
        if self.trouble:
            return f"{name} gives no answer: {self.trouble}"
        if self.passed:
            return f"{name} is right on all {self.count:,} {exercise.units} {exercise.family}."
        before = f", after {self.count:,} on which it is right" if self.count else ""
        return f"The {exercise.unit} on which {name} is wrong{before}:"

    @property
    def shown(self) -> Case | None:
        """The counterexample, once there is a function to show it for."""
        return None if self.unfinished else self.counterexample

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Who says what to the counterexample: the reader's function, and the rule."""
        case = self.counterexample
        if case is None or not (self.yours or case.because.text):
            return ()
        yours = (self.yours,) if self.yours else ()
        if case.judge is not None:
            return yours
        return (*yours, Answer("should be", case.expected, case.because.reason))

    @property
    def hint(self) -> str:
        """The hint, once it is due."""
        return "" if self.passed or self.misses < HINT_AFTER else self.exercise.hint

    @property
    def solution(self) -> str:
        """Where the solution is, once it is due, if there are solutions beside the chapters."""
        due = not self.passed and self.misses >= SOLUTION_AFTER
        return self.exercise.solution if due and Path(self.exercise.solution).is_file() else ""

    def __str__(self) -> str:
        lines = [f"{'✓' if self else '✗'} {self.exercise.name}: {self.verdict}", self.headline]
        if (case := self.shown) is not None:
            lines += [f"    {line}" for line in str(case.browser or "").splitlines()]
            lines += [f"asked: {case.question}", *aligned(case.facts())]
            for who, value, why in self.answers:
                lines.append(f"{who}: {case.said(value)}" + (f", because {why}" if why else ""))
        lines += [f"Hint: {self.hint}"] if self.hint else []
        lines += [f"A solution is in {self.solution}"] if self.solution else []
        if printed := str(self.printed):
            lines += ["It printed:", *(f"    {x}" for x in printed.splitlines())]
        return "\n".join(map(visible, lines))


def aligned(rows: Rows) -> list[str]:
    """A table in plain text, indented."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["    " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in table]


def visible(text: str) -> str:
    """``text`` with a sign for what a terminal would obey instead of showing it."""
    return "".join(each if each.isprintable() else "�" for each in text)


# --- grading ---


def check(exercise: Exercise, function: Any) -> Grade:
    """The grade of ``function``. It can be interrupted; nothing is kept of it then."""
    count, case, lent, printed = 0, None, None, Printed()
    made = partial(Grade, exercise, name_of(function), printed=printed)
    try:
        runner = Runner(function, exercise.parameters, printed)
        unit = f" {exercise.units}"
        groups = progress(exercise.cases(), desc=exercise.name, unit=unit, delay=3, leave=False)
        for cases in groups:
            asked, wrong = False, None
            for case in cases:
                asked = True
                if case.browser is not None and (lent is None or lent.it is not case.browser):
                    lent = Lent(case.browser)
                answer = understood(case.asked_of(runner), runner, case)
                value = answer if isinstance(answer, str) else answer.allowed
                if not (right := case.judged(value)):
                    why = right.reason or reason_of(answer, runner, case)
                    yours = Answer("yours", value, why)
                    wrong = made(count, case, yours)
                    break
            if lent is not None and not lent.is_untouched:
                raise Trouble(changes("browser"))
            if wrong is not None:
                return wrong
            count += asked
    except Trouble as trouble:
        unfinished = trouble.unfinished and count == 0
        if case is not None and lent is not None:
            case = replace(case, browser=lent.as_it_was)
        return made(count, case, trouble=str(trouble), unfinished=unfinished)
    return made(count)


def understood(answer: object, runner: Runner, case: Case) -> Decision | str:
    """The answer, if it is one. Raises `Trouble`."""
    if isinstance(case.expected, str):
        if type(answer) is str:
            return answer
        wanted = "a text"
    elif isinstance(answer, bool):
        return Decision(answer, "")
    elif isinstance(answer, Decision) and isinstance(answer.allowed, bool):
        return answer
    else:
        wanted = "True or False" + (", or decide(…)" if case.attempt else "")
    if answer is None or answer is ...:
        raise Trouble(NOTHING, unfinished=True)
    raise Trouble(f"it returns {runner.shown(answer)}. The answer is {wanted}.")


def reason_of(answer: Decision | str, runner: Runner, case: Case) -> str:
    """The reason that the reader's function gives, if it gives one."""
    if isinstance(answer, str) or not answer.text:
        return ""
    if case.attempt is None:
        return runner.safely(lambda: answer.reason)
    complete = answer.settled(runner.name, case.attempt)
    return runner.safely(lambda: complete.reason)


# --- objectives ---


@dataclass(frozen=True)
class Objective:
    """One objective of a chapter: whether it is met, and by what (or what is to do)."""

    number: int
    words: str
    met: bool
    by: str


@dataclass(frozen=True, repr=False)
class Progress(Worded):
    """A chapter's objectives as they stand now."""

    chapter: str
    objectives: tuple[Objective, ...]

    @property
    def headline(self) -> str:
        """How many are met."""
        met = sum(each.met for each in self.objectives)
        return f"{met} of {len(self.objectives)} objectives met"

    def __str__(self) -> str:
        lines = [f"Chapter {self.chapter}: {self.headline}"]
        for each in self.objectives:
            lines.append(f"{'✓' if each.met else '○'} {each.number}. {each.words} ({each.by})")
        return "\n".join(lines)
