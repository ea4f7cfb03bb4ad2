"""The space of a search: every state a dot, and how it was first reached.

Each line of the paper holds the states after as many moves of the attacker's, from left to right
those that took more events. The way to the attack is drawn on top. What is not on that way was
looked at too: that is what makes the answer sure.
"""

from collections import defaultdict

import networkx as nx
from matplotlib.axes import Axes

from labcore.actions import Attempt
from labcore.breadth_first import path_to
from labcore.errors import WrongValue
from labcore.figures import theme
from labcore.figures.theme import ASIDE, BOLD, FINE, Type, write
from labcore.figures.tree import new_axes
from labcore.search import Node, Search

MOST_STATES, COLUMN, ROW, LEFT, TOP, GAP = 600, 74.0, 7.0, 96.0, 30.0, 26.0
"""How many states are drawn at most; the rest are measures in points."""


def draw_space(search: Search, ax: Axes | None = None) -> Axes:
    """Draw the states that ``search`` has met, after `Search.result`.

    Raises `WrongValue` for a search that has met none yet, or too many to be drawn.
    """
    if not search.came_from or len(search.came_from) > MOST_STATES:
        raise WrongValue(
            f"a space of 1 to {MOST_STATES} states can be drawn, not {len(search.came_from):,}: "
            + ("lower the bound" if search.came_from else "call result() first")
        )
    ax = ax if ax is not None else new_axes(space_size(search))
    theme.paper(ax)
    graph, places = _graph(search)
    end = next((node for node in graph if search.goal.holds(node.world)), None)
    way = [node for node, _ in path_to(end, search.came_from)] + [end] if end else []
    for before, after in graph.edges:
        on_way = before in way and after in way
        (x1, y1), (x2, y2) = places[before], places[after]
        moved = graph.nodes[before]["moves"] != graph.nodes[after]["moves"]
        color = theme.ATTACKER if moved else theme.MUTED
        width, alpha = (2.2, 1.0) if on_way else (0.6, 0.5)
        ax.plot([x1, x2], [y1, y2], color=color, linewidth=width, alpha=alpha, zorder=3 * on_way)
    for node, (x, y) in places.items():
        on_way, found = node in way, node is end
        color = theme.REFUSED if found else theme.INK if on_way else theme.MUTED
        size = 9.0 if found else 5.0 if on_way else 3.0
        ax.plot([x], [y], "8" if found else "o", color=color, markersize=size, zorder=4)
    for moves, y in _lines(graph, places).items():
        write(ax, 8, y + 3, f"{moves} move{'' if moves == 1 else 's'}", BOLD)
        count = sum(graph.nodes[node]["moves"] == moves for node in graph)
        write(ax, 8, y + 15, f"{count} states", FINE)
    write(ax, LEFT, 14, "events →", ASIDE)
    said = "the attack" if end else "no attack among them"
    note = Type(FINE.size, color=theme.REFUSED if end else theme.ALLOWED)
    write(ax, LEFT + 70, 14, f"{len(graph)} states, {said}", note)
    return ax


def space_size(search: Search) -> tuple[float, float]:
    """The size in inches at which the space can be read."""
    _, places = _graph(search)
    wide = max(x for x, _ in places.values()) + 30
    high = max(y for _, y in places.values()) + GAP
    return max(wide, 320.0) / 72, high / 72


def _graph(search: Search) -> tuple["nx.DiGraph[Node]", dict[Node, tuple[float, float]]]:
    """The states with the moves and events that led to them, and where each stands."""
    graph: nx.DiGraph[Node] = nx.DiGraph()
    for node, (before, event) in search.came_from.items():
        above = graph.nodes[before] if before is not None else {"moves": 0, "events": -1}
        by_attacker = (
            before is not None
            and isinstance(event, Attempt)
            and event not in search.scenario.honest
        )
        graph.add_node(node, moves=above["moves"] + by_attacker, events=above["events"] + 1)
        if before is not None:
            graph.add_edge(before, node)
    rows: dict[tuple[int, int], list[Node]] = defaultdict(list)
    for node, told in graph.nodes.items():
        rows[told["moves"], told["events"]].append(node)
    places: dict[Node, tuple[float, float]] = {}
    y = TOP
    for moves in sorted({moves for moves, _ in rows}):
        columns = [(events, each) for (line, events), each in rows.items() if line == moves]
        for events, nodes in columns:
            for number, node in enumerate(nodes):
                places[node] = LEFT + events * COLUMN, y + number * ROW
        y += max(len(nodes) for _, nodes in columns) * ROW + GAP
    return graph, places


def _lines(graph: "nx.DiGraph[Node]", places: dict[Node, tuple[float, float]]) -> dict[int, float]:
    """Where the states after so many moves begin."""
    lines: dict[int, float] = {}
    for node, (_, y) in places.items():
        moves = graph.nodes[node]["moves"]
        lines[moves] = min(y, lines.get(moves, y))
    return lines
