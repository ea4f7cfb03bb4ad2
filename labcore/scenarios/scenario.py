"""Scenarios: an attack as data, and the trace that comes of running it.

A scenario holds where it starts, what the attacker does, what the user does, what the attacker
wants, and what the page needs to do in order to work at all. The last is there because an attack
that a policy stops together with the page is no success of the policy.

A *plan* is a schedule: a tuple of events. What a plan mentions happens where the plan puts it. What
it leaves out happens as soon as it can: a navigation commits right after it has begun, and the user
acts last.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from labcore.actions import Commit, Event, Open, UserTypes, frames_of
from labcore.browser import Box, fresh_labels, short_host
from labcore.errors import unknown
from labcore.policies import Decision, Policies
from labcore.policies.toggles import policies_of
from labcore.step import step
from labcore.worded import Worded
from labcore.world import World


@dataclass(frozen=True)
class Goal:
    """Something that may hold in a world, with the sentence that says so."""

    sentence: str
    holds: Callable[[World], bool]


def attacker_knows(secret: str) -> Goal:
    """The attacker has learnt ``secret``."""
    return Goal(f"the attacker knows {secret}", lambda world: secret in world.knowledge)


def attacker_shows_in(label: str) -> Goal:
    """The frame ``label`` shows a document of the attacker's."""
    return Goal(
        f"{label} shows a page of the attacker's",
        lambda world: label in world.browser and world.is_attackers(label),
    )


def shows(label: str, url: str) -> Goal:
    """The frame ``label`` shows ``url``."""
    return Goal(
        f"{label} shows {url}",
        lambda world: label in world.browser and world.browser.document(label).url == url,
    )


class Step(NamedTuple):
    """One event of a trace, what the policies said, and the world after it."""

    event: Event
    decision: Decision
    world: World


@dataclass(frozen=True)
class Scenario:
    """An attack, told once.

    ``plan`` are the attacker's moves, ``user`` what the user does, ``goal`` what the attacker
    wants. ``honest`` is what the page's own scripts must be able to do, and ``works`` how to tell
    that they did. ``toggles`` are the policies that make a difference. Raises `UnknownName` where a
    plan names a frame that never exists.
    """

    name: str
    title: str
    story: str
    source: str
    start: World
    plan: tuple[Event, ...]
    goal: Goal
    user: tuple[UserTypes, ...] = ()
    honest: tuple[Event, ...] = ()
    works: Goal = Goal("the page works", lambda world: True)
    toggles: tuple[str, ...] = ("navigation", "origin_propagation", "top_level")

    def __post_init__(self) -> None:
        for plan in (self.plan, self.user, self.honest):
            self._check(plan)

    def _check(self, plan: Iterable[Event]) -> None:
        """Raise `UnknownName` for a frame that is not there and that no page or window brings."""
        plan = tuple(plan)
        known = {*self.start.browser.labels, *labels_in(self.start.pages)}
        known |= {each.name or short_host(each.url) for each in plan if isinstance(each, Open)}
        for event in plan:
            for label in frames_of(event):
                if label not in known and re.sub(r"-\d+$", "", label) not in known:
                    raise unknown("frame", label, sorted(known))

    def run(
        self, policies: Policies | str | None = None, plan: Iterable[Event] | None = None
    ) -> "Trace":
        """What happens under ``policies`` if the attacker follows ``plan``, or the scenario's.

        ``policies`` may be the name of a preset.
        """
        policies = policies_of(policies)
        moves = self.plan if plan is None else tuple(plan)
        self._check(moves)
        honest = play(self.start, self.honest, policies)
        works = self.works.holds(honest[-1].world if honest else self.start)
        steps = play(
            self.start, (*moves, *(act for act in self.user if act not in moves)), policies
        )
        return Trace(self, policies, steps, works)


@dataclass(frozen=True, repr=False)
class Trace(Worded):
    """A scenario run under some policies.

    ``page_works`` says whether the page's own scripts could do their work under the same policies.
    """

    scenario: Scenario
    policies: Policies
    steps: tuple[Step, ...]
    page_works: bool

    @property
    def worlds(self) -> tuple[World, ...]:
        """The world at the start and after each step."""
        return (self.scenario.start, *(each.world for each in self.steps))

    @property
    def end(self) -> World:
        """The world after the last step."""
        return self.worlds[-1]

    @property
    def succeeded(self) -> bool:
        """Whether the attacker's goal holds at the end."""
        return self.scenario.goal.holds(self.end)

    @property
    def refused(self) -> Step | None:
        """The first step that was refused."""
        return next((each for each in self.steps if not each.decision), None)

    @property
    def verdict(self) -> str:
        """The outcome in a sentence or two."""
        goal = self.scenario.goal.sentence
        page = (
            ""
            if self.page_works
            else " But the page does not work either: its own scripts are refused too."
        )
        if self.succeeded:
            return f"The attack succeeds: {goal}.{page}"
        why = (
            f" {self.refused.decision.rule}: {self.refused.decision.reason}."
            if self.refused
            else ""
        )
        return f"The attack is stopped.{why}{page}"

    def __str__(self) -> str:
        lines = [f"{self.scenario.title} ({self.policies})"]
        for number, each in enumerate(self.steps, start=1):
            lines.append(f"{number}. {each.event}")
            lines.append(f"   {each.decision}")
        return "\n".join([*lines, self.verdict])


def play(start: World, plan: Iterable[Event], policies: Policies) -> tuple[Step, ...]:
    """Run ``plan`` from ``start``; navigations that it does not mention commit at once."""
    steps: list[Step] = []
    todo = list(plan)
    world = start
    while todo or world.pending:
        due = (Commit(each.target) for each in world.pending)
        event = next((commit for commit in due if commit not in todo), None) or todo.pop(0)
        steps.append(taken(world, event, policies))
        world = steps[-1].world
    return tuple(steps)


def taken(world: World, event: Event, policies: Policies) -> Step:
    """One step; an event whose frames are not there (any more) cannot happen."""
    for label in frames_of(event):
        if label not in world.browser:
            missing = Decision(
                False, "there is no frame {gone} at this time", words=(("gone", label),)
            )
            return Step(event, missing.settled("no such frame", event), world)
    return Step(event, *step(world, event, policies))


def labels_in(boxes: Iterable[Box]) -> set[str]:
    """All labels that frames of ``boxes`` can get."""
    return {label for box in boxes for label in fresh_labels(box.frames, set(), unique=False)}
