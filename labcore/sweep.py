"""Sweeps: every scenario under every browser, searched, as one table.

A cell needs nothing but its scenario and its policies, so cells can be filled anywhere: in this
process, by a pool of processes, or on a cluster, through any executor of `concurrent.futures`. What
a reader wrote in a notebook travels along. If a worker dies or the reader interrupts, what is done
is kept, and a second call fills what is missing.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from labcore.answers import Attack, NoAttack, scenario_of
from labcore.errors import ReadersError, not_in_a_page
from labcore.policies import Policies
from labcore.policies.toggles import policies_of
from labcore.progress import progress
from labcore.scenarios.scenario import Scenario
from labcore.search import find_attack
from labcore.worded import Worded

Place = tuple[str, str]
"""A scenario's name and a column's."""

Cell = Attack | NoAttack | ReadersError | str
"""What a search came to, or why it could not be made; in a sweep that was stored, a word for it."""


@dataclass(frozen=True, repr=False)
class Sweep(Worded):
    """A row a scenario, a column a set of policies; cells by (row, column), as far as filled."""

    scenarios: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell] = field(default_factory=dict)

    def __getitem__(self, place: tuple[str, str]) -> Cell:
        return self.cells[place]

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """The cells that are not filled."""
        places = ((row, column) for row in self.scenarios for column in self.columns)
        return tuple(place for place in places if place not in self.cells)

    def word(self, row: str, column: str) -> str:
        """A cell in a word: how many moves the attack takes, ``none``, or why nothing is known."""
        match self.cells.get((row, column)):
            case Attack(moves=moves):
                return str(len(moves))
            case NoAttack(exhausted=exhausted):
                return "none" if exhausted else "gave up"
            case None:
                return "missing"
            case str(word):
                return word
            case error:
                return getattr(error, "in_short", type(error).__name__)

    @property
    def words(self) -> dict[str, dict[str, str]]:
        """All cells in words, by row and column: what can be stored."""
        return {
            row: {column: self.word(row, column) for column in self.columns}
            for row in self.scenarios
        }

    @classmethod
    def of_words(cls, words: Mapping[str, Mapping[str, str]]) -> "Sweep":
        """A sweep as it was stored."""
        columns = tuple(next(iter(words.values()), {}))
        cells = {(row, column): words[row][column] for row in words for column in columns}
        return cls(tuple(words), columns, cells)

    def __str__(self) -> str:
        rows = [("", *self.columns)]
        rows += [(row, *(self.word(row, each) for each in self.columns)) for row in self.scenarios]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        missing = [f"{len(self.missing)} cells are missing"] if self.missing else []
        return "\n".join([*lines, *missing])


def sweep(
    scenarios: Iterable[Scenario | str],
    policies: Mapping[str, Policies | str] | Iterable[str],
    executor: Executor | None = None,
    done: Sweep | None = None,
    attacker: str = "gadget",
    **bound: Any,
) -> Sweep:
    """Search each of ``scenarios`` under each of ``policies`` (by name, or names of browsers).

    Cells of an earlier sweep, ``done``, are kept; browsers with the same rules share a search.
    Without an ``executor`` the cells are filled here, one after the other. An interrupt ends the
    sweep early: what is missing is in `missing`. Raises `UnknownName` for a browser that is none.
    """
    rows = {each.name: each for each in map(scenario_of, scenarios)}
    if not isinstance(policies, Mapping):
        policies = {name: name for name in policies}
    columns = {name: policies_of(each) for name, each in policies.items()}
    cells = dict(done.cells) if done else {}
    alike: dict[tuple[str, Policies], list[Place]] = {}
    for row in rows:
        for name, rules in columns.items():
            if (row, name) not in cells:
                alike.setdefault((row, rules), []).append((row, name))
    todo = {
        places[0]: (rows[row], rules, attacker, bound) for (row, rules), places in alike.items()
    }
    filled = _here(todo) if executor is None else _by(executor, todo)
    try:
        for (row, name), cell in _with_progress(filled, len(todo)):
            for place in alike[row, columns[name]]:
                cells[place] = cell
    except KeyboardInterrupt:
        pass
    return Sweep(tuple(rows), tuple(columns), cells)


Task = tuple[Scenario, Policies, str, Mapping[str, Any]]


def found(task: Task) -> Cell:
    """What fills one cell."""
    scenario, policies, attacker, bound = task
    try:
        return find_attack(scenario, policies, attacker, **bound)
    except ReadersError as error:
        return error


def _here(todo: Mapping[Place, Task]) -> Iterator[tuple[Place, Cell]]:
    for place, task in todo.items():
        yield place, found(task)


def _by(executor: Executor, todo: Mapping[Place, Task]) -> Iterator[tuple[Place, Cell]]:
    """The cells as workers fill them; those of a worker that dies stay missing."""
    import cloudpickle

    not_in_a_page("a sweep by workers", "a page starts no threads or processes; leave executor out")
    waiting: dict[Future[bytes], Place] = {}
    try:
        with suppress(BrokenExecutor):
            for place, task in todo.items():
                waiting[executor.submit(_travelled, cloudpickle.dumps(task))] = place
        for future in as_completed(waiting):
            if future.exception() is None:
                yield waiting[future], cloudpickle.loads(future.result())
    finally:
        for future in waiting:
            future.cancel()


def _travelled(task: bytes) -> bytes:
    """The same elsewhere: functions from a notebook come and go by value."""
    import cloudpickle

    result: bytes = cloudpickle.dumps(found(cloudpickle.loads(task)))
    return result


def _with_progress(
    filled: Iterator[tuple[Place, Cell]], total: int
) -> Iterator[tuple[Place, Cell]]:
    """``filled``, with a bar for a reader who has waited three seconds."""
    return iter(progress(filled, total=total, desc="searching", unit="cell", delay=3, leave=False))
