"""A first search for attacks: try all that the attacker's pages can do, shortest plans first.

`find_plan` looks breadth first through the worlds that an attacker can bring about. Its pages may
navigate any frame to a page of the attacker's, and read any document, as far as the policies let
them; then the user acts.
"""

from collections.abc import Iterator

from labcore.actions import Event, Navigate, Script, UserTypes
from labcore.policies import Policies
from labcore.scenarios.scenario import Goal, play
from labcore.world import World


def find_plan(
    start: World,
    goal: Goal,
    policies: Policies,
    user: tuple[UserTypes, ...] = (),
    moves: int = 2,
) -> tuple[Event, ...] | None:
    """The shortest plan of at most ``moves`` moves that reaches ``goal``, or ``None``.

    The user acts after the last move. Each move's navigation commits before the next move.
    """
    seen = {start}
    frontier: list[tuple[World, tuple[Event, ...]]] = [(start, ())]
    for _ in range(moves + 1):
        for world, plan in frontier:
            if goal.holds(_after(world, user, policies)):
                return plan
        following = []
        for world, plan in frontier:
            for move in attacker_moves(world):
                after = _after(world, (move,), policies)
                if after not in seen:
                    seen.add(after)
                    following.append((after, (*plan, move)))
        frontier = following
    return None


def attacker_moves(world: World) -> Iterator[Navigate | Script]:
    """All that the attacker's scripts can try in ``world``."""
    browser = world.browser
    for actor in browser.labels:
        if not world.is_attackers(actor) or not browser.document(actor).scripts_run:
            continue
        for target in browser.labels:
            if not world.is_attackers(target):
                yield Navigate(actor, target, hostile_page(world))
                yield Script(actor, target)


def hostile_page(world: World) -> str:
    """A page on a server of the attacker's, or one that it forges on the network."""
    return min(map(str, world.attacker), default="http://hostile.example") + "/hostile"


def _after(world: World, events: tuple[Event, ...], policies: Policies) -> World:
    steps = play(world, events, policies)
    return steps[-1].world if steps else world
