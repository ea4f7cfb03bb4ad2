"""The tree: which frame holds which, as a graph; every window is a tree of its own.

Parents stand centred above their children. Where that would get too wide, the lowest families hang
from their parent instead, one below the other, and so on upwards, until the tree fits; in the end
it is an outline.
"""

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.path import Path

from labcore.arrivals import ERROR_PAGE
from labcore.browser import Browser, Frame
from labcore.figures import theme
from labcore.figures.groups import MOST, Condensed, Group, condense
from labcore.figures.theme import BOLD, FINE, QUIET, Box, Tint, ink, write
from labcore.origin import Origin

PAD, BAR, GAP = 9.0, 18.0, 12.0
"""Inside a window's border; the height of its title bar; between two cards or windows."""

NOTE = 18.0
"""The height of the line that says what was left out."""


class Style(NamedTuple):
    """A size of card; ``lines`` is 1 where label and host share a line."""

    width: float
    height: float
    lines: int


@dataclass(frozen=True)
class Plan:
    """Where every card and window goes. ``scale`` is below 1 only where nothing else fits."""

    cards: Mapping[str, Box]
    windows: Mapping[str, Box]
    hanging: frozenset[str]
    style: Style
    width: float
    height: float
    scale: float = 1.0


def draw_tree(
    browser: Browser,
    ax: Axes | None = None,
    *,
    actor: str | None = None,
    target: str | None = None,
    witness: str | None = None,
    allowed: bool | None = None,
    attackers: Collection[str] = (),
    halo: str | None = None,
    origins: Sequence[Origin] = (),
) -> Axes:
    """Draw which frame holds which.

    Parameters
    ----------
    browser:
        What to draw. More than `MOST` frames are drawn as groups, with a note that says so.
    ax:
        Where to draw, laid out for its present size; a new figure if not given.
    actor, target, witness, allowed:
        An arrow from ``actor`` to ``target``: green with a check mark if ``allowed``, red and
        dashed with a cross if not, grey if that is ``None``. ``witness`` made the difference.
    attackers:
        The labels of the attacker's frames; they get an octagon and say so.
    halo:
        A frame to which something happens.
    origins:
        The order in which origins take their colours, where pictures are to agree.

    Returns
    -------
    The axes.

    Raises
    ------
    UnknownName
        For a label that is not in ``browser``.
    """
    named(browser, *attackers)
    kept = named(browser, actor, target, witness, halo)
    ax = ax or new_axes(tree_size(browser, attackers=attackers))
    width, height = theme.paper(ax)
    condensed, plan = _fitted(browser, width, height, kept, attackers, witness)
    small, groups = condensed.browser, condensed.groups
    left = max(0.0, (width - plan.width) / 2)
    cards = {label: _moved(box, plan.scale, left) for label, box in plan.cards.items()}
    for label, box in plan.windows.items():
        outline = _moved(box, plan.scale, left)
        top = small.frame(label)
        _window(ax, outline, said_of_window(top, groups[label], small.has_groups), plan.scale)
    lines = _edges(ax, small, cards, plan)
    tint = browser_tints(browser, attackers, origins)
    for each in small.frames:
        group, box, hostile = groups[each.label], cards[each.label], each.label in attackers
        draw_frame(ax, box, each, group, tint, hostile, each.label == halo)
        notes = [*notes_of(each, hostile, each.label == witness), *inside_of(group)]
        _write_card(ax, box, each, group, plan, notes)
    if actor is not None and target is not None and actor != target:
        start, end = cards[condensed.stands_in[actor]], cards[condensed.stands_in[target]]
        if start != end:
            others = [box.inset(-2) for box in cards.values() if box not in (start, end)]
            inner = [start.inset(2), end.inset(2)]
            theme.arrow(ax, start, end, allowed, others + inner + lines, (width, height))
    note, middle = condensed.note, width / 2
    write(ax, middle, height - 5, note, theme.ASIDE, width=width - 8, align="center")
    return ax


def tree_size(
    browser: Browser, *, attackers: Collection[str] = (), witness: str | None = None, **_: object
) -> tuple[float, float]:
    """The size in inches, margins left out, at which `draw_tree` shows ``browser`` best."""
    condensed, plan = _fitted(browser, 620.0, 900.0, (), attackers, witness)
    note = NOTE if condensed.note else 0.0
    return max(plan.width + 1, 200.0) / 72, (plan.height + note + 1) / 72


def named(browser: Browser, *labels: str | None) -> list[str]:
    """Those of ``labels`` that are given. Raises `UnknownName` for one that is of no frame."""
    return [browser.frame(label).label for label in labels if label is not None]


def new_axes(size: tuple[float, float]) -> Axes:
    """Axes that fill a new figure of ``size`` inches, one of pyplot's."""
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=size, facecolor=theme.PAPER)
    return figure.add_axes((0, 0, 1, 1))


# --- what a card says ---


def draw_frame(
    ax: Axes,
    box: Box,
    each: Frame,
    group: Group,
    tint: Mapping[Origin, Tint],
    attacker: bool,
    halo: bool,
    zorder: float = 2,
) -> None:
    """A frame or a group in its origin's colour; the attacker's, an octagon with two borders."""
    opaque, sandboxed = each.document.origin.is_opaque, each.document.sandbox is not None
    own = theme.HOSTILE if attacker else tint[each.document.origin]
    face, edge = theme.CROWD if group.hosts > 1 else own
    shape = theme.octagon if attacker else theme.rounded
    if halo:
        ink(ax, shape(box.inset(-3)), theme.HALO, theme.HALO, zorder=zorder)
    dashes = (4, 2) if sandboxed else None
    ink(ax, shape(box), theme.PAPER if attacker else face, edge, dashes=dashes, zorder=zorder)
    if attacker:
        ink(ax, theme.octagon(box.inset(2.5), 7), face, edge, width=0.8, zorder=zorder)
    if opaque:
        lines = theme.hatching(box.inset(2.5 if attacker else 0.5))
        ink(ax, lines, edge="#d5dae0", zorder=zorder)


def notes_of(each: Frame, attacker: bool = False, witness: bool = False) -> list[str]:
    """What is special about a frame, in a word each."""
    said = {
        "attacker": attacker,
        "witness": witness,
        "sandbox": each.document.sandbox is not None,
        "opaque": each.document.origin.is_opaque,
    }
    return [note for note, so in said.items() if so]


def host_of(each: Frame) -> str:
    """Where the document comes from, as short as can be: its host, or its URL's scheme."""
    of_url, own = Origin.of(each.document.url), each.document.origin
    scheme, _, rest = each.document.url.partition(":")
    name = f"about:{rest}" if scheme == "about" else f"{scheme}:"
    name = "an error page" if each.document.url == ERROR_PAGE else name
    return (of_url if of_url.is_opaque else own).host or of_url.host or name


def title_of(each: Frame, group: Group) -> str:
    """The label of a frame, or the host of a group and how many it is."""
    if group.members == 1:
        return each.label
    what = f"{group.hosts:,} hosts" if group.hosts > 1 else host_of(each)
    return f"{what} ×{group.members:,}"


def inside_of(group: Group) -> list[str]:
    """How many frames lie within a group and are not drawn."""
    return [f"+{group.inside:,} inside"] if group.inside else []


def browser_tints(
    browser: Browser, attackers: Collection[str] = (), origins: Sequence[Origin] = ()
) -> Mapping[Origin, Tint]:
    """The colour of every origin in ``browser``, those first that a picture of it shows."""
    hostile = [browser.origin(label) for label in attackers]
    shown = condense(browser, attackers=attackers).browser.frames
    found = (each.document.origin for each in (*shown, *browser.frames))
    return theme.tints([*origins, *found], hostile)


def _write_card(
    ax: Axes, box: Box, each: Frame, group: Group, plan: Plan, notes: list[str]
) -> None:
    scale, room = plan.scale, box.width - 14 * plan.scale
    title, subtitle = title_of(each, group), "" if group.members > 1 else host_of(each)
    said = " · ".join(notes)
    bold, fine, quiet = BOLD.scaled(scale), FINE.scaled(scale), QUIET.scaled(scale)
    noted = quiet._replace(color=theme.ATTACKER) if "attacker" in notes else quiet
    if plan.style.lines == 1:
        left, y = box.x + 7 * scale, box.y + box.height / 2 + 0.36 * bold.size
        end, gap = box.x + box.width - 7 * scale, 7 * scale
        left += write(ax, left, y, title, bold, width=room * (0.5 if said else 1)).width + gap
        if said:
            end = write(ax, end, y, said, noted, width=end - left, align="right").x - gap
        if subtitle and end - left > 36 * scale:
            write(ax, left, y, subtitle, quiet, width=end - left)
        return
    noted = noted._replace(style="bold" if "attacker" in notes else "plain")
    lines = [each for each in ((title, bold), (subtitle, fine), (said, noted)) if each[0]]
    leading = 12.0 * scale
    y = box.y + (box.height - leading * len(lines)) / 2 + 9.3 * scale
    for text, look in lines:
        write(ax, box.center[0], y, text, look, width=room, align="center")
        y += leading


# --- where it goes ---


def _fitted(
    browser: Browser,
    width: float,
    height: float,
    kept: Collection[str],
    attackers: Collection[str],
    witness: str | None,
) -> tuple[Condensed, Plan]:
    """The largest cards, and only then the fewest groups, with which the tree fits."""
    sandboxed = any(each.document.sandbox is not None for each in browser.frames)
    notes = sandboxed or bool(attackers or witness)
    most, plan = MOST, None
    while True:
        condensed = condense(browser, most, kept, attackers)
        room = height - (NOTE if condensed.note else 0)
        for plan in _plans(condensed.browser, width, notes):
            if plan.width <= width and plan.height <= room:
                return condensed, plan
        assert plan is not None
        if most <= 8:
            scale = min(width / plan.width, room / plan.height)
            wide, high = plan.width * scale, plan.height * scale
            return condensed, replace(plan, width=wide, height=high, scale=scale)
        most = min(most, len(condensed.browser)) * 9 // 10


def _plans(browser: Browser, width: float, notes: bool) -> Iterator[Plan]:
    """Ways to lay out the tree, the best first."""
    tall = 44.0 if notes else 32.0
    cards = [Style(wide, tall, 2) for wide in (116, 102, 88)]
    rows = [Style(wide, 17, 1) for wide in (240, 190, 150, 118)]
    if 1 < len(browser.windows) <= 4:
        for style in cards:
            yield _plan(browser, style, frozenset(), math.inf)
    heights = _heights(browser)
    levels = range(max(heights.values(), default=0) + 1)
    for sizes, hang in itertools.product((cards, rows), levels):
        hanging = frozenset(label for label, high in heights.items() if 0 < high <= hang)
        for style in sizes:
            yield _plan(browser, style, hanging, width)


def _heights(browser: Browser) -> dict[str, int]:
    """For each frame, how deep the tree below it is."""
    heights = dict.fromkeys(browser.labels, 0)
    for each in reversed(browser.frames):
        if each.parent is not None:
            heights[each.parent] = max(heights[each.parent], heights[each.label] + 1)
    return heights


def _plan(browser: Browser, style: Style, hanging: frozenset[str], room: float) -> Plan:
    """The tree with the families of ``hanging`` hung; windows in rows no wider than ``room``."""
    cards: dict[str, Box] = {}
    windows: dict[str, Box] = {}
    x = y = row = widest = 0.0
    for root in browser.windows:
        places, width, height = _family(browser, root, style, hanging)
        outer = Box(0, 0, width + 2 * PAD, height + 2 * PAD + BAR)
        if x and x + outer.width > room:
            x, y, row = 0.0, y + row + GAP, 0.0
        windows[root] = Box(x, y, outer.width, outer.height)
        for label, (dx, dy) in places.items():
            cards[label] = Box(x + PAD + dx, y + PAD + BAR + dy, style.width, style.height)
        x += outer.width + GAP
        row = max(row, outer.height)
        widest = max(widest, x - GAP)
    return Plan(cards, windows, hanging, style, widest + 2, y + row + 2)


def _family(
    browser: Browser, root: str, style: Style, hanging: frozenset[str]
) -> tuple[dict[str, tuple[float, float]], float, float]:
    """The places of a window's cards, from its top left, and how wide and high they are."""
    made: dict[str, tuple[dict[str, tuple[float, float]], float, float]] = {}
    roomy = style.lines == 2
    for label in reversed((root, *browser.descendants(root))):
        blocks = [made.pop(child) for child in browser.children(label)]
        places: dict[str, tuple[float, float]] = {}
        x, y, width, at = 0.0, style.height, style.width, 0.0
        if label in hanging:
            x = 14.0 if len(blocks) > 1 or not roomy else 0.0
            for inner, inner_width, inner_height in blocks:
                y += 7.0 if roomy else 4.0
                places |= {each: (dx + x, dy + y) for each, (dx, dy) in inner.items()}
                y += inner_height
                width = max(width, x + inner_width)
        elif blocks:
            y += 22.0 if roomy else 16.0
            for inner, inner_width, _ in blocks:
                places |= {each: (dx + x, dy + y) for each, (dx, dy) in inner.items()}
                width = max(width, x + inner_width)
                x += inner_width + GAP
            y += max(inner_height for _, _, inner_height in blocks)
            children = browser.children(label)
            at = (places[children[0]][0] + places[children[-1]][0]) / 2
        places[label] = (at, 0.0)
        made[label] = (places, width, y)
    return made[root]


def _moved(box: Box, scale: float, left: float) -> Box:
    x, y = left + 1 + box.x * scale, 1 + box.y * scale
    return Box(round(x, 2), round(y, 2), box.width * scale, box.height * scale)


# --- the rest of the drawing ---


def said_of_window(top: Frame, group: Group, has_groups: bool) -> str:
    """What its title bar says: who has opened it, and where windows are apart, in which group."""
    said = "window" if group.members == 1 else f"{group.members:,} windows"
    said += f" of group {top.group + 1}" if has_groups else ""
    return said + (f" opened by {top.opener}" if top.opener is not None else "")


def _window(ax: Axes, box: Box, said: str, scale: float) -> None:
    """The border of a window, with its title bar."""
    bar = BAR * scale
    ink(ax, theme.rounded(box, 7), "#ffffff", theme.EDGE, zorder=0.5)
    line = Path([(box.x, box.y + bar), (box.x + box.width, box.y + bar)])
    ink(ax, line, edge=theme.EDGE, width=0.8, zorder=0.6)
    x, y, room = box.x + 9 * scale, box.y + bar - 5.5 * scale, box.width - 16 * scale
    write(ax, x, y, said, QUIET.scaled(scale), width=room)


def _edges(ax: Axes, browser: Browser, cards: Mapping[str, Box], plan: Plan) -> list[Box]:
    """A line from each frame to those in it; the graph has a node at each bend, too.

    Gives the places of the bent lines.
    """
    graph: nx.Graph[Any] = nx.Graph()
    places: list[Box] = []
    at: dict[object, tuple[float, float]] = {}
    for each in browser.frames:
        inner = cards[each.label]
        at[each.label] = inner.center
        if each.parent is None:
            continue
        outer = cards[each.parent]
        if each.parent in plan.hanging and inner.x > outer.x + 1:
            x = outer.x + 7 * plan.scale
            bends = [(x, outer.center[1]), (x, inner.center[1])]
        else:
            y = inner.y - (11 if plan.style.lines == 2 else 8) * plan.scale
            bends = [(outer.center[0], y), (inner.center[0], y)]
        (x1, y1), (x2, y2) = bends
        places.append(Box(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2)))
        nodes = [(each.label, number) for number in range(2)]
        at.update(zip(nodes, bends, strict=True))
        nx.add_path(graph, [each.parent, *nodes, each.label])
    if graph:
        limits = ax.get_xlim(), ax.get_ylim()
        look: Any = {"arrows": False, "edge_color": "#9aa5b1", "width": 1.0, "node_size": 0}
        lines = nx.draw_networkx_edges(graph, at, ax=ax, hide_ticks=False, **look)
        lines.set(zorder=1, clip_on=False, capstyle="round")
        ax.set(xlim=limits[0], ylim=limits[1])
    return places
