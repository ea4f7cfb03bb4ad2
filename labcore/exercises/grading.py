"""An exercise, its grade, and what the reader has reached in this session.

An exercise is a row of *cases*, the smallest first: what the reader's function is
called with, what it should answer, and why. The first that goes wrong is the
counterexample.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from labcore.actions import Event
from labcore.browser import Browser
from labcore.errors import unknown
from labcore.exercises.running import Lent, Printed, Runner, Trouble, name_of
from labcore.policies import Decision

Rows = Iterable[Sequence[str]]

HINT_AFTER, SOLUTION_AFTER = 2, 3
"""How many different misses it takes."""


@dataclass(frozen=True)
class Case:
    """One call of the reader's function, the answer it should give, and the reason.

    ``attempt`` or ``asked`` says the question in words, ``browser`` where it is asked,
    ``facts`` gives a table about it.
    """

    arguments: tuple[Any, ...]
    expected: bool | str
    because: Decision
    browser: Browser | None = None
    attempt: Event | None = None
    asked: str = ""
    facts: Callable[[], Rows] = tuple

    @property
    def question(self) -> str:
        """What was asked, in words."""
        return self.asked or str(self.attempt)


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
    parameters: tuple[str, ...]
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


@dataclass(frozen=True)
class Grade:
    """What came of checking the reader's function; true if it passed.

    ``count`` is how many browsers (or what else the exercise goes by) it was right on.
    ``counterexample`` is the smallest case that went wrong: ``yours`` is what the
    function answered there, or ``trouble`` why it did not. ``misses`` counts the
    different functions that have missed so far.
    """

    exercise: Exercise
    name: str
    count: int = 0
    counterexample: Case | None = None
    yours: Decision | str | None = None
    why: str = ""
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
        unit, units, name = self.exercise.unit, self.exercise.units, self.name
        if self.unfinished:
            return f"{self.exercise.task} So far {name} gives no answer: {self.trouble}."
        if self.passed:
            checked = f"all {self.count:,} {units} {self.exercise.family}"
            return f"{name} is right on {checked}."
        if self.trouble:
            return f"{name} gives no answer: {self.trouble}"
        before = f", after {self.count:,} on which it is right" if self.count else ""
        return f"The {unit} on which {name} is wrong{before}:"

    @property
    def answers(self) -> tuple[tuple[str, str, str], ...]:
        """Who says what and why: the reader's function, and the rule."""
        case = self.counterexample
        if case is None:
            return ()
        ours = ("should be", said(case.expected, case.attempt), case.because.reason)
        if self.yours is None:
            return (ours,) if case.because.text else ()
        yours = said(self.yours if isinstance(self.yours, str) else bool(self.yours),
                     case.attempt)  # fmt: skip
        return (("yours", yours, self.why), ours)

    @property
    def hint(self) -> str:
        """The hint, once it is due."""
        due = not self.passed and self.misses >= HINT_AFTER
        return self.exercise.hint if due else ""

    @property
    def solution(self) -> str:
        """Where the solution is, once it is due."""
        due = not self.passed and self.misses >= SOLUTION_AFTER
        return self.exercise.solution if due else ""

    def __str__(self) -> str:
        lines = [f"{'✓' if self else '✗'} {self.exercise.name}: {self.verdict}"]
        lines.append(self.headline)
        case = None if self.unfinished else self.counterexample
        if case is not None:
            if case.browser is not None:
                lines += [f"    {line}" for line in str(case.browser).splitlines()]
            lines.append(f"asked: {case.question}")
            lines += aligned(case.facts())
            lines += [
                f"{who}: {what}" + (f", because {why}" if why else "")
                for who, what, why in self.answers
            ]
        lines += [f"Hint: {self.hint}"] if self.hint else []
        lines += [f"A solution is in {self.solution}"] if self.solution else []
        if printed := str(self.printed):
            lines += ["It printed:", *(f"    {x}" for x in printed.splitlines())]
        return "\n".join(map(visible, lines))

    __repr__ = __str__


def said(answer: bool | str, attempt: object) -> str:
    """An answer in words: a policy allows or refuses, other functions return."""
    if isinstance(answer, str) or attempt is None:
        return repr(answer)
    return "allowed" if answer else "refused"


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
    from tqdm import tqdm

    count, case, lent, printed = 0, None, None, Printed()
    made = partial(Grade, exercise, name_of(function), printed=printed)
    try:
        runner = Runner(function, exercise.parameters, printed)
        unit = f" {exercise.units}"
        groups = tqdm(exercise.cases(), exercise.name, unit=unit, delay=3, leave=False)
        for cases in groups:
            asked, wrong = False, None
            for case in cases:
                asked = True
                if case.browser is not None and (lent is None or lent.it is not case.browser):
                    lent = Lent(case.browser)
                answer = understood(runner(*case.arguments), runner, case)
                if plain(answer) != case.expected:
                    wrong = made(count, case, answer, reason_of(answer, runner, case))
                    break
            if lent is not None and not lent.is_untouched:
                raise Trouble(CHANGES)
            if wrong is not None:
                return wrong
            count += asked
    except Trouble as trouble:
        unfinished = trouble.unfinished and count == 0
        if case is not None and lent is not None:
            case = replace(case, browser=lent.as_it_was)
        return made(count, case, trouble=str(trouble), unfinished=unfinished)
    return made(count)


CHANGES = (
    "it changes the browser that it was given, behind the model's back. Compute the "
    "answer from the browser, and leave it as it is."
)


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
        raise Trouble("it returns nothing (is a 'return' missing?)", unfinished=True)
    raise Trouble(f"it returns {runner.shown(answer)}. The answer is {wanted}.")


def plain(answer: Decision | str) -> bool | str:
    """What the answer comes to."""
    return answer if isinstance(answer, str) else answer.allowed


def reason_of(answer: Decision | str, runner: Runner, case: Case) -> str:
    """The reason that the reader's function gives, if it gives one."""
    if isinstance(answer, str) or not answer.text:
        return ""
    if case.attempt is None:
        return runner.safely(lambda: answer.reason)
    complete = answer.settled(runner.name, case.attempt)
    return runner.safely(lambda: complete.reason)


# --- the session ---


@dataclass
class Session:
    """What has been tried and reached since Python was started."""

    passed: set[str] = field(default_factory=set)
    missed: dict[str, set[object]] = field(default_factory=dict)
    answered: set[tuple[str, int]] = field(default_factory=set)

    def note(self, grade: Grade, function: Any) -> int:
        """Remember ``grade``; gives back how many different functions have missed."""
        name = grade.exercise.name
        misses = self.missed.setdefault(name, set())
        if grade:
            self.passed.add(name)
        elif not grade.unfinished:
            code = getattr(function, "__code__", None)
            misses.add(code if isinstance(code, type(check.__code__)) else id(function))
        return len(misses)


SESSION = Session()


@dataclass(frozen=True)
class Objective:
    """One objective of a chapter: whether it is met, and by what (or what is to do)."""

    number: int
    words: str
    met: bool
    by: str


@dataclass(frozen=True)
class Progress:
    """A chapter's objectives as they stand now."""

    chapter: str
    objectives: tuple[Objective, ...]

    def __str__(self) -> str:
        met = sum(each.met for each in self.objectives)
        lines = [f"Chapter {self.chapter}: {met} of {len(self.objectives)} objectives met"]
        lines += [
            f"{'✓' if each.met else '○'} {each.number}. {each.words} ({each.by})"
            for each in self.objectives
        ]
        return "\n".join(lines)

    __repr__ = __str__


def standing(
    chapter: object,
    objectives: Mapping[str, Sequence[str]],
    exercises: Iterable[Exercise],
) -> Progress:
    """How far the reader has come in ``chapter``.

    An objective with exercises is met when all of them are passed; one without, when
    the quiz's questions about it are answered.
    """
    key = f"{chapter:02}" if isinstance(chapter, int) else str(chapter)
    if key not in objectives:
        raise unknown("chapter", chapter, objectives)
    found = []
    own = [each for each in exercises if each.chapter == key]
    for number, words in enumerate(objectives[key], start=1):
        names = [each.name for each in own if each.objective == number]
        todo = [name for name in names if name not in SESSION.passed]
        met = not todo if names else (key, number) in SESSION.answered
        shown = todo or names
        by = f"exercise{'s'[: len(shown) - 1]} {', '.join(shown)}" if names else "quiz"
        found.append(Objective(number, words, met, by))
    return Progress(key, tuple(found))
