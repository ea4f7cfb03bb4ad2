"""A first search for attacks: try all that the attacker's pages can do, shortest plans first.

`find_plan` looks breadth first through the worlds that an attacker can bring about. Its pages may
navigate any frame to a page of the attacker's, write a fragment, post a message, embed a page, and
read any document, as far as the policies let them. Where scripts run, everything that is due may
happen in any order, and the attacker may act in between. At the end the user acts.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush

from labcore.actions import Embed, Event, Navigate, PostMessage, Script, UserConfirms, UserTypes
from labcore.errors import ReadersError
from labcore.policies import Policies
from labcore.scenarios.scenario import MOST_STEPS, Goal, play
from labcore.step import step
from labcore.world import World

Node = tuple[World, tuple[Event, ...]]

MOST_WORLDS = 20_000
"""How many worlds are looked at before the search gives up."""


class GaveUp(ReadersError, RuntimeError):
    """The search has looked at too many worlds, and can say neither yes nor no."""


def find_plan(
    start: World,
    goal: Goal,
    policies: Policies,
    user: Sequence[UserTypes | UserConfirms] = (),
    moves: int = 2,
    says: Sequence[str] = (),
    embeds: bool = False,
) -> tuple[Event, ...] | None:
    """The shortest plan with at most ``moves`` moves of the attacker, or ``None``.

    Shortest is the plan with the fewest moves, then with the fewest events in all. ``says`` are the
    texts that the attacker may send; with ``embeds`` it may embed any page that has a script.
    Without scripts each move's navigation commits before the next move. Raises `GaveUp`.
    """
    seen = set[World]()
    frontier: list[Node] = [(start, ())]
    for _ in range(moves + 1):
        reached: list[Node] = []
        for world, plan in _in_all_orders(frontier, policies, seen):
            if goal.holds(_after(world, user, policies) if user else world):
                return plan
            reached.append((world, plan))
        frontier = [
            (_moved(world, move, policies), (*plan, move))
            for world, plan in reached
            for move in (() if world.agenda else attacker_moves(world, says, embeds))
        ]
    return None


def _in_all_orders(
    frontier: Iterable[Node], policies: Policies, seen: set[World]
) -> Iterator[Node]:
    """The worlds of ``frontier`` and those that come of them without the attacker, each once.

    Those that took fewer events come first.
    """
    number = itertools.count()
    waiting = [(len(plan), next(number), world, plan) for world, plan in frontier]
    heapify(waiting)
    while waiting:
        length, _, world, plan = heappop(waiting)
        if world in seen:
            continue
        if len(seen) == MOST_WORLDS or length > MOST_STEPS:
            raise GaveUp(
                f"gave up after {len(seen):,} worlds and {length} events: "
                "the scripts seem to go on for ever"
            )
        seen.add(world)
        yield world, plan
        timers = () if world.agenda else world.timers()
        for event in (*world.due(), *timers) if world.scripts else ():
            _, after = step(world, event, policies)
            if after not in seen:
                heappush(waiting, (length + 1, next(number), after, (*plan, event)))


def attacker_moves(
    world: World, says: Sequence[str] = (), embeds: bool = False
) -> Iterator[Embed | Navigate | Script | PostMessage]:
    """All that the attacker's scripts can try in ``world``."""
    browser = world.browser
    for actor in browser.labels:
        if not world.is_attackers(actor) or not browser.document(actor).scripts_run:
            continue
        yield from (Embed(actor, url) for url, _ in world.scripts if embeds)
        for target in browser.labels:
            if world.is_attackers(target):
                continue
            yield Navigate(actor, target, hostile_page(world))
            yield Script(actor, target)
            for text in says:
                yield Navigate(actor, target, f"{browser.document(target).page}#{text}")
                yield PostMessage(actor, target, text, "*")


def hostile_page(world: World) -> str:
    """A page on a server of the attacker's, or one that it forges on the network."""
    return min(map(str, world.attacker), default="http://hostile.example") + "/hostile"


def _moved(world: World, move: Event, policies: Policies) -> World:
    """The world after a move; where scripts run, what it brings about is still to come."""
    return step(world, move, policies)[1] if world.scripts else _after(world, (move,), policies)


def _after(world: World, events: Sequence[Event], policies: Policies) -> World:
    steps = play(world, events, policies)
    return steps[-1].world if steps else world
