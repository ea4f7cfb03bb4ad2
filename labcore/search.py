"""The attack finder: the shortest plan that reaches an attacker's goal, or none within a bound.

The search goes breadth first through worlds. At each it tries whatever may happen next: that a
navigation commits, a page loads or polls, a message is dispatched, a timer fires, the user acts,
or the attacker makes a move. Worlds are values, so one that was met before is not looked at again.
Since plans with fewer moves of the attacker come first, and among those the ones with fewer events,
the first plan that reaches the goal is the shortest.

Four things keep the space small and lose no attack:

- *A script runs to its end.* What a script does in one go is one step of the search.
- *What nobody notices happens at once*, and does not count: the attacker reads what stands in its
  own fragment (to know more is never worse), a page loads to which that means nothing.
- *Only moves that change something count*, and a move that two of the attacker's pages can make is
  made by one of them (`labcore.attacker`).
- *The last move must bring what the goal needs.* If a page is to believe a word that no honest
  script holds, then the attacker has to say it. Where one move is left, only such moves are tried.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from labcore.actions import Attempt, Event, frames_of
from labcore.answers import (
    Attack,
    Bound,
    NoAttack,
    NothingToFind,
    TooLong,
    counted,
    goal_of,
    reached,
    refuse_what_is_vacuous,
    scenario_of,
)
from labcore.arrivals import forget_answers
from labcore.attacker import as_seen_by, attacker_moves
from labcore.breadth_first import GaveUp, Moved, Reached, explore, no_garbage, path_to
from labcore.errors import unknown
from labcore.policies import Policies
from labcore.policies.toggles import policies_of
from labcore.reactions import unnoticed
from labcore.scenarios.scenario import MOST_STEPS, Scenario, play
from labcore.step import in_no_frame, step
from labcore.vocabulary import Vocabulary, holds, said_by
from labcore.world import World


class Node(NamedTuple):
    """A state of the search.

    A world, how often the user and the honest page have acted, how many honest pages the attacker
    has brought, how many frames have been added, and whether the word that the goal needs has been
    said.
    """

    world: World
    acted: tuple[int, int] = (0, 0)
    brought: int = 0
    added: int = 0
    said: bool = False

    def then(self, world: World, **changes: Any) -> "Node":
        """The state with ``world`` after this one."""
        added = self.added + max(0, len(world.browser) - len(self.world.browser))
        return self._replace(world=world, added=added, **changes)


Tries = Callable[..., Iterator[Event]]
"""All that the attacker may try in a world: `attacker_moves`, or less, or more."""


def find_attack(
    scenario: Scenario | str,
    policies: Policies | str | None = None,
    attacker: str = "gadget",
    **bound: Any,
) -> Attack | NoAttack:
    """The shortest plan that reaches the goal of ``scenario``: fewest moves, then fewest events.

    ``scenario`` may be the name of one in `SCENARIOS`, ``policies`` that of a browser in `PRESETS`.

    ``attacker`` is the threat model, ``"gadget"`` or ``"web"``; ``bound`` are fields of `Bound`.
    Raises `NothingToFind` where an answer would say nothing, `TooLong` where the bound is too wide,
    `ScriptError` for a script that fails.
    """
    for name in bound:
        if name not in Bound.__dataclass_fields__:
            raise unknown("bound", name, Bound.__dataclass_fields__)
    return Search(scenario_of(scenario), policies_of(policies), attacker, Bound(**bound)).result()


@dataclass
class Search:
    """A search under way; what it has met stays in ``came_from``, to be drawn.

    ``tries`` are the attacker's moves. Without ``reduced`` no short cut is taken.
    """

    scenario: Scenario
    policies: Policies
    attacker: str = "gadget"
    bound: Bound = field(default_factory=Bound)
    reduced: bool = True
    tries: Tries = attacker_moves
    came_from: dict[Node, tuple[Node | None, Event | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.goal = goal_of(self.scenario)
        seen = as_seen_by(self.scenario.start, self.attacker)
        self.scenario = replace(self.scenario, start=seen)
        self.start = self.scenario.starts(self.policies)
        refuse_what_is_vacuous(self.scenario, self.start, self.policies)
        honest = self.scenario.honest_run(self.policies)
        self.words = Vocabulary.of(self.start, self.goal, honest, self.scenario.embeds)
        self.must_say = next(iter(self.goal.words), None) if self.reduced else None
        if any(holds(script, self.must_say) for _, script in self.start.scripts):
            self.must_say = None
        self.most_added = len(self.scenario.embeds) + self.bound.frames

    def result(self) -> Attack | NoAttack:
        """Search all that takes no move of the attacker's, then what takes one, and so on.

        Raises `TooLong`, `BadGoal`, and `NothingToFind` for a goal that holds only in passing.
        """
        self.came_from.clear()
        forget_answers()
        self.began, self.tried, self.in_passing = time.perf_counter(), 0, False
        try:
            with no_garbage():
                attack = self._level_by_level()
        except GaveUp:
            return NoAttack(self.scenario, self.policies, self.bound, len(self.came_from), False)
        if attack is None and self.in_passing:
            raise NothingToFind(
                f"the goal of {self.scenario.name!r} can hold, but not in the end: "
                f"{self.goal.sentence}",
                "in passing",
            )
        return attack or NoAttack(self.scenario, self.policies, self.bound, len(self.came_from))

    def _level_by_level(self) -> Attack | None:
        start = Node(self._settled(self.start), said=self.must_say is None)
        level, attack = self._searched([(0, start, None, None)])
        for moves in range(1, self.bound.moves + 1):
            if attack is not None or not level:
                break
            self._refuse_what_takes_too_long(moves, level)
            met, attack = self._searched(self._moved(level, needed=True))
            if attack is None and moves < self.bound.moves:
                more, attack = self._searched(self._moved(level, needed=False))
                level = met + more
        return attack

    def _searched(
        self, frontier: Iterable[Moved[Node]]
    ) -> tuple[list[Reached[Node]], Attack | None]:
        """All that comes of ``frontier`` without another move, up to the first attack."""
        met: list[Reached[Node]] = []
        for events, node in explore(frontier, self._nexts, self.came_from, self.bound.worlds):
            met.append((events, node))
            if reached(self.goal, node.world) and (attack := self._attack(node)):
                return met, attack
        return met, None

    def _refuse_what_takes_too_long(self, moves: int, level: list[Reached[Node]]) -> None:
        """Raise `TooLong` if the next level looks too large, judged by a sample of this one."""
        if moves < 2 or not level:
            return
        sample = [node for _, node in level[:: max(1, len(level) // 10)]]
        passes = (True,) if moves == self.bound.moves else (True, False)
        tried = sum(1 for node in sample for needed in passes for _ in self._moves(node, needed))
        guess = round(len(level) * tried / len(sample) * max(1, len(level) / max(1, self.tried)))
        if guess > self.bound.worlds:
            states = len(self.came_from)
            seconds = guess / states * (time.perf_counter() - self.began)
            raise TooLong(
                f"{counted(moves, 'move')} could take some {guess:,} states, about {seconds:,.0f} "
                f"s. There is no attack with at most {counted(moves - 1, 'move')} ({states:,} "
                f"states, all explored). Ask for moves={moves - 1}, or with worlds={2 * guess:,}"
            )

    def _moves(self, node: Node, needed: bool) -> Iterator[tuple[Event, int]]:
        """The attacker's moves with the pages brought then; ``needed`` are those that must be said.

        Where all has been said, every move is needed.
        """
        if node.said and not needed:
            return
        needs = self.must_say if needed and not node.said else None
        room = self.most_added - node.added
        tries = self.tries if self.bound.displaces else partial(self.tries, displaces=False)
        bound, world = self.bound, node.world
        for move in tries(world, self.words, self.policies, room, bound.windows, needs):
            brought = node.brought + self.words.brings_page(world.browser, move)
            if brought <= bound.pages:
                yield move, brought

    def _moved(self, level: Iterable[Reached[Node]], needed: bool) -> Iterator[Moved[Node]]:
        """Each node of ``level`` after each move."""
        for events, node in level:
            for move, brought in self._moves(node, needed):
                if after := self._after(node.world, move):
                    said = node.said or any(holds(x, self.must_say) for x in said_by(move))
                    self.tried += 1
                    yield events + 1, node.then(after[1], brought=brought, said=said), node, move

    def _nexts(self, node: Node) -> Iterator[tuple[int, Node, Event]]:
        """All that may happen next without the attacker, with the number of events it takes."""
        world = node.world
        acts = () if world.agenda else self._acts(node)
        happens = ((event, node.acted) for event in (*world.due(), *world.timers()))
        for event, acted in (*happens, *acts):
            after = self._after(world, event)
            if after is None:
                continue
            then = node.then(after[1], acted=acted)
            if then.added <= self.most_added:
                yield after[0], then, event

    def _acts(self, node: Node) -> Iterator[tuple[Event, tuple[int, int]]]:
        """What the user does next, and the honest page: each in its own order.

        The user acts in a frame of the page as it was at first, or in one that stands in such a
        frame. What an honest page does, no page of the attacker's does in its place.
        """
        users, pages = node.acted
        for act in self.scenario.user[users : users + 1]:
            if act.target in node.world.browser and (
                act.target in self.start.browser
                or node.world.browser.parent(act.target) in self.start.browser
            ):
                yield act, (users + 1, pages)
        for deed in self.scenario.honest[pages : pages + 1]:
            if in_no_frame(node.world, deed) is None and not self._taken_over(node.world, deed):
                yield deed, (users, pages + 1)

    def _taken_over(self, world: World, deed: Event) -> bool:
        """Whether a page of the attacker's is where an honest page was that does ``deed``."""
        actor = frames_of(deed)[0]
        was = actor in self.start.browser and self.start.is_attackers(actor)
        return world.is_attackers(actor) and not was

    def _after(self, world: World, event: Event) -> tuple[int, World] | None:
        """How many events follow from ``event``, and the world then; ``None`` if nothing does."""
        decision, after = step(world, event, self.policies)
        if not decision and after == world:
            return None
        if not self.reduced:
            return 1 - unnoticed(world, event), after
        events = 1
        while after.agenda:
            after = step(after, after.agenda[0], self.policies)[1]
            events += 1
            if events > MOST_STEPS:
                raise GaveUp
        return events, self._settled(after)

    def _settled(self, world: World) -> World:
        """The world once all has happened that nobody notices."""
        while self.reduced:
            quiet = (event for event in world.due() if unnoticed(world, event))
            if (event := next(quiet, None)) is None:
                break
            world = step(world, event, self.policies)[1]
        return world

    # --- from a node back to a plan ---

    def _attack(self, end: Node) -> Attack | None:
        """The attack that ends in ``end``, as a plan that says no more than it needs to."""
        path = path_to(end, self.came_from)
        plan = [event for node, event in path if not node.world.agenda]
        for place, (node, _) in enumerate((*path, (end, None))):
            plan += [each for each in node.world.due() if each not in plan[place:]]
        if not self._reaches(plan):
            self.in_passing = True
            return None
        for place in reversed(range(len(plan))):
            shorter = plan[:place] + plan[place + 1 :]
            if not isinstance(plan[place], Attempt) and self._reaches(shorter):
                plan = shorter
        scenario = replace(self.scenario, plan=tuple(plan))
        return Attack(scenario, self.policies, self.bound, len(self.came_from))

    def _reaches(self, plan: list[Event]) -> bool:
        """Whether the goal holds when the rest happens by itself."""
        user = [act for act in self.scenario.user if act not in plan]
        steps = play(self.start, plan, self.policies, user)
        return bool(steps) and reached(self.goal, steps[-1].world)
