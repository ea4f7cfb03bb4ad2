"""What the attack finder is asked and what it answers: a bound, an attack, or none within it."""

from dataclasses import dataclass

from labcore.actions import Attempt, Event
from labcore.errors import ReadersError, WrongType, WrongValue, shown
from labcore.policies import Policies
from labcore.scenarios import SCENARIOS
from labcore.scenarios.scenario import Goal, Scenario, Trace
from labcore.worded import Worded
from labcore.world import World


class NothingToFind(ReadersError, ValueError):
    """A search whose answer would say nothing; ``in_short`` says why in a word or two."""

    def __init__(self, message: str, in_short: str = "no question") -> None:
        super().__init__(message)
        self.in_short = in_short

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.args[0], self.in_short)


class BadGoal(ReadersError, RuntimeError):
    """A goal's function raised; the message says what."""

    in_short = "goal fails"


class TooLong(ReadersError, RuntimeError):
    """A search within this bound would take too long; the message says about how long."""

    in_short = "too long"


@dataclass(frozen=True)
class Bound:
    """How far a search looks.

    ``moves`` is the most that the attacker does, ``pages`` how many of them may bring an honest
    page, embedded or in the place of another one. ``frames`` is how many frames may be added.
    ``windows`` says whether the attacker opens windows, too, ``displaces`` whether it puts other
    pages in the place of those that are there. ``worlds`` is where the search gives up.
    """

    moves: int = 2
    pages: int = 1
    frames: int = 2
    windows: bool = False
    displaces: bool = True
    worlds: int = 200_000

    def __post_init__(self) -> None:
        for name in ("moves", "pages", "frames", "worlds"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise WrongValue(f"{name} is a number from 0 up, not {shown(value)}")

    def __str__(self) -> str:
        windows = "windows opened" if self.windows else "no window opened"
        windows += "" if self.displaces else ", no page displaced"
        pages = f"{counted(self.pages, 'honest page')} brought"
        added = f"{counted(self.frames, 'frame')} added"
        return f"{counted(self.moves, 'move')}, {pages}, {added}, {windows}"


def counted(number: int, noun: str) -> str:
    """``number`` and the noun that goes with it."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


@dataclass(frozen=True, repr=False)
class Attack(Worded):
    """The shortest attack: ``scenario`` with the ``plan`` that was found for it."""

    scenario: Scenario
    policies: Policies
    bound: Bound
    states: int

    @property
    def plan(self) -> tuple[Event, ...]:
        """What must happen, and in which order; all else happens by itself (`Scenario.run`)."""
        return self.scenario.plan

    @property
    def moves(self) -> tuple[Event, ...]:
        """What the attacker does."""
        return tuple(
            each
            for each in self.plan
            if isinstance(each, Attempt) and each not in self.scenario.honest
        )

    def run(self) -> Trace:
        """The attack as a trace, to be stepped through and drawn."""
        return self.scenario.run(self.policies)

    def __str__(self) -> str:
        goal = self.scenario.goal.sentence if self.scenario.goal else ""
        moves = counted(len(self.moves), "move")
        title = f"attack, {moves}, shortest" if self.moves else "no attacker is needed"
        lines = [f"{title} ({self.states:,} states)"]
        lines += [f"{number}. {each}" for number, each in enumerate(self.plan, start=1)]
        return "\n".join([*lines, f"so {goal}"])


@dataclass(frozen=True, repr=False)
class NoAttack(Worded):
    """There is no attack within ``bound``, if the search has ``exhausted`` it."""

    scenario: Scenario
    policies: Policies
    bound: Bound
    states: int
    exhausted: bool = True

    def __str__(self) -> str:
        if not self.exhausted:
            return f"gave up at {self.states:,} states, with no attack among them"
        return f"no attack with at most {self.bound} ({self.states:,} states, all explored)"


def scenario_of(value: Scenario | str) -> Scenario:
    """``value``, or the scenario of that name. Raises `UnknownName` and `WrongType`."""
    scenario = SCENARIOS[value] if isinstance(value, str) else value
    if not isinstance(scenario, Scenario):
        raise WrongType(f"a scenario is wanted, or the name of one, not {shown(value)}")
    return scenario


def goal_of(scenario: Scenario) -> Goal:
    """What the attacker of ``scenario`` wants. Raises `NothingToFind`."""
    if scenario.goal is None:
        raise NothingToFind(f"the scenario {scenario.name!r} has no goal to be reached", "no goal")
    return scenario.goal


def reached(goal: Goal, world: World) -> bool:
    """Whether ``goal`` holds. Raises `BadGoal` if it fails."""
    try:
        return goal.holds(world)
    except Exception as error:
        raise BadGoal(
            f"the goal {goal.sentence!r} raised {type(error).__name__}: {error}"
        ) from error


def refuse_what_is_vacuous(scenario: Scenario, start: World, policies: Policies) -> None:
    """Raise `NothingToFind` where any answer would be true and empty."""
    goal, name = goal_of(scenario), scenario.name
    asked = start.servers and start.attacker
    if not asked and not any(map(start.is_attackers, start.browser.labels)):
        raise NothingToFind(f"no page in the scenario {name!r} is the attacker's", "no attacker")
    if reached(goal, start):
        raise NothingToFind(f"the goal of {name!r} holds at the start: {goal.sentence}", "at once")
    if not scenario.page_works(policies):
        raise NothingToFind(
            f"the page of {name!r} does not work under these policies "
            f"({policies.where(scenario.toggles)}): "
            "that nobody can attack it would say nothing",
            "page fails",
        )
