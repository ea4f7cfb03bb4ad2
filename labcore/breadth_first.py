"""Breadth first: every state once, the nearest first, whatever the states are.

The attack finder searches worlds this way (`labcore.search`), and the states of a handshake on a
network (`labcore.network`).
"""

import gc
import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from heapq import heapify, heappop, heappush
from typing import Any, TypeVar

State = TypeVar("State", bound=Hashable)

Reached = tuple[int, State]
"""A state, and how many events it took to get there."""

Moved = tuple[int, State, State | None, Any]
"""The same, with the state before and the event that led from it."""


class GaveUp(Exception):
    """The search has met as many worlds as it may."""


def explore(
    frontier: Iterable[Moved[State]],
    nexts: Callable[[State], Iterable[tuple[int, State, Any]]],
    came_from: dict[State, tuple[State | None, Any]],
    most: int,
) -> Iterator[Reached[State]]:
    """The states of ``frontier`` and all that come of them, each once, the nearest first.

    ``nexts`` gives what may come of a state: how many events it takes, the state then, and what
    happened. Where a state was first reached from is noted in ``came_from``. Raises `GaveUp` when
    there are ``most`` of them.
    """
    number = itertools.count()
    waiting = [(events, next(number), *rest) for events, *rest in frontier]
    heapify(waiting)
    while waiting:
        events, _, state, before, event = heappop(waiting)
        if state in came_from:
            continue
        if len(came_from) == most:
            raise GaveUp
        came_from[state] = before, event
        yield events, state
        for more, then, happened in nexts(state):
            if then not in came_from:
                heappush(waiting, (events + more, next(number), then, state, happened))


def path_to(
    end: State, came_from: Mapping[State, tuple[State | None, Any]]
) -> list[tuple[State, Any]]:
    """The states on the way to ``end``, each with what happened there."""
    path: list[tuple[State, Any]] = []
    state, event = came_from[end]
    while state is not None:
        path.append((state, event))
        state, event = came_from[state]
    return path[::-1]


@contextmanager
def no_garbage() -> Iterator[None]:
    """Values without cycles need no garbage collector, which would take much of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
