"""A first search for attacks: try all that the attacker's pages can do, shortest plans first.

`find_plan` looks breadth first through the worlds that an attacker can bring about. Its pages may
navigate any frame to a page of the attacker's, write a fragment, post a message, embed a page, and
read any document, as far as the policies let them. Where scripts run, everything that is due may
happen in any order, and the attacker may act in between. At the end the user acts.
"""

from collections.abc import Iterable, Iterator, Sequence

from labcore.actions import Embed, Event, Navigate, PostMessage, Script, UserConfirms, UserTypes
from labcore.policies import Policies
from labcore.scenarios.scenario import Goal, play
from labcore.step import step
from labcore.world import World

Node = tuple[World, tuple[Event, ...]]


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

    Shortest is the plan with the fewest moves, then with the fewest events. ``says`` are the texts
    that the attacker may send; with ``embeds`` it may embed any page that has a script. Without
    scripts each move's navigation commits before the next move.
    """
    seen = {start}
    frontier: list[Node] = [(start, ())]
    for _ in range(moves + 1):
        frontier = list(_with_all_orders(frontier, policies, seen))
        for world, plan in frontier:
            if goal.holds(_after(world, user, policies) if user else world):
                return plan
        following: list[Node] = []
        for world, plan in frontier:
            for move in () if world.agenda else attacker_moves(world, says, embeds):
                after = _moved(world, move, policies)
                if after not in seen:
                    seen.add(after)
                    following.append((after, (*plan, move)))
        frontier = following
    return None


def _with_all_orders(
    frontier: Iterable[Node], policies: Policies, seen: set[World]
) -> Iterator[Node]:
    """The worlds of ``frontier``, and those that come of them without the attacker."""
    layer = list(frontier)
    while layer:
        yield from layer
        following: list[Node] = []
        for world, plan in layer:
            for event in world.due() if world.scripts else ():
                _, after = step(world, event, policies)
                if after not in seen:
                    seen.add(after)
                    following.append((after, (*plan, event)))
        layer = following


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
