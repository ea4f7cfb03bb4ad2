"""The matrix: who may act on whom, every actor a row and every target a column.

A filled cell with a check mark is allowed, an empty one refused, ``?`` stands where the source
gives no rule. Frames of one window stand together. Where there are too many frames to read, rows
and columns are origins, and a cell gives the share of the pairs that is allowed.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path

from labcore.browser import Browser
from labcore.figures import theme
from labcore.figures.groups import MOST
from labcore.figures.theme import BODY, FINE, QUIET, SMALL, Box, Type, width_of, write
from labcore.figures.tree import host_of, new_axes
from labcore.policies import Matrix
from labcore.policies.toggles import label_of

SMALLEST, LEGIBLE, LARGEST, APART = 9.0, 27.0, 34.0, 6.0
"""A cell in points: the smallest, with a number in it, the largest; the gap between windows."""

TITLE, LEGEND = 34.0, 10.0
HEADING, HEAD = Type(BODY + 1, "bold"), Type(SMALL, "bold")

ALLOWED_FACE = "#1f7a63"
ALONE_FACE = "#e3e7eb"


class Cell(NamedTuple):
    """The share of pairs allowed, here and in ``compare``; ``None`` where nobody knows."""

    share: float | None
    other: float | None
    same: bool


class Side(NamedTuple):
    """A row and a column: what it is called, its window, and the frames that it stands for."""

    title: str
    window: object
    members: tuple[str, ...]
    is_top: bool


def draw_matrix(
    matrix: Matrix,
    ax: Axes | None = None,
    *,
    compare: Matrix | None = None,
    title: str | None = None,
) -> Axes:
    """Draw who may act on whom.

    ``compare`` is a matrix of the same browser: a ``+`` marks what only ``matrix`` allows, a ``−``
    what only ``compare`` does. ``title`` is the rule's name if not given. Returns the axes. Raises
    `ValueError` if ``compare`` is about other frames.
    """
    if compare is not None and compare.labels != matrix.labels:
        raise ValueError(
            "two matrices are compared frame by frame: both must be about the same browser"
        )
    ax = ax or new_axes(matrix_size(matrix, compare=compare))
    width, height = theme.paper(ax)
    comparing = compare is not None
    sides, gutter, head, size = _sides(matrix, width, height, comparing)
    single = all(len(side.members) == 1 for side in sides)
    offsets = _offsets(sides, size)
    span = offsets[-1] + size if sides else 0.0
    left = max(0.0, (width - gutter - span) / 2) + gutter
    top = TITLE + head
    said = rule_of(matrix) if title is None else title
    x = max(2.0, min(left, width - width_of(said, HEADING) - 2))
    write(ax, x, 12, said, HEADING, width=width - 4)
    write(ax, left, 27, "target →", QUIET, width=width - left)
    write(ax, left - 8, top - 6, "actor ↓", QUIET, width=gutter - 8, align="right")
    for side, offset in zip(sides, offsets, strict=True):
        look, middle = HEAD if side.is_top else FINE, offset + size / 2 + 3.1
        write(ax, left - 7, top + middle, side.title, look, width=gutter - 9, align="right")
        write(ax, left + middle, top - 6, side.title, look, width=head - 10, rotation=90)
    pens: Pens = {}
    for i, row in enumerate(_cells(matrix, compare, sides)):
        for j, cell in enumerate(row):
            box = Box(left + offsets[j], top + offsets[i], size, size).inset(0.75)
            _cell(ax, pens, box, cell, single, comparing)
    for (face, edge, pen), paths in pens.items():
        theme.ink(ax, Path.make_compound_path(*paths), face, edge, **dict(pen))
    for number, line in enumerate(_legend(matrix, sides, comparing, width)):
        y = top + span + 17 + 12 * number
        write(ax, width / 2, y, line, QUIET, width=width - 8, align="center")
    return ax


def matrix_size(
    matrix: Matrix, *, compare: Matrix | None = None, **_: object
) -> tuple[float, float]:
    """The size in inches, margins left out, at which `draw_matrix` shows ``matrix`` best."""
    sides = _sides(matrix, 628.0, 700.0, compare is not None)[0]
    widest = _widest(sides)
    gaps = APART * len({side.window for side in sides})
    gutter, head = max(widest + 12, 52.0), widest + 14
    cell = min(25.0, (628 - gutter - gaps) / len(sides)) if len(sides[0].members) == 1 else 28.0
    span = len(sides) * cell + gaps
    title = width_of(rule_of(matrix), HEADING)
    width = min(max(span + gutter + 4, min(gutter + title, 300.0), 150.0), 628.0)
    legend = LEGEND + 12 * len(_legend(matrix, sides, compare is not None, width))
    return width / 72, (TITLE + head + span + legend) / 72


def rule_of(matrix: Matrix) -> str:
    """The rule that a matrix is about, as short as can be."""
    policies = matrix.policies
    if matrix.verb != "navigate":
        return label_of(policies.scripting)
    more = " + origin propagation" if policies.origin_propagation else ""
    return label_of(policies.navigation) + more


def _sides(
    matrix: Matrix, width: float, height: float, comparing: bool = False
) -> tuple[list[Side], float, float, float]:
    """Rows and columns (frames if they fit, else origins), room for titles, size of a cell."""
    browser = matrix.browser
    sides = [
        Side(each.label, browser.root(each.label), (each.label,), each.parent is None)
        for _, each in browser.in_page_order()
    ]
    gutter, head, size = _measured(matrix, sides, width, height, comparing)
    if len(sides) <= MOST and (size >= SMALLEST or len(sides) <= 3):
        return sides, gutter, head, size
    most = MOST
    while True:
        sides = by_origin(browser, most)
        gutter, head, size = _measured(matrix, sides, width, height, comparing)
        if size >= LEGIBLE or len(sides) <= 3:
            return sides, gutter, head, size
        most = max(3, min(len(sides) - 1, int(len(sides) * size / LEGIBLE)))


def by_origin(browser: Browser, most: int) -> list[Side]:
    """The frames by origin, the most frequent ones; the rest together."""
    found: dict[object, list[str]] = {}
    for each in browser.frames:
        origin = each.document.origin
        found.setdefault((origin.scheme, origin.host, origin.port), []).append(each.label)
    groups = sorted(found.values(), key=lambda members: -len(members))
    rest = groups[most - 1 :] if len(groups) > most else []
    sides = []
    for members in groups[: len(groups) - len(rest)]:
        first = browser.frame(members[0])
        what = "opaque" if first.document.origin.is_opaque else host_of(first)
        sides.append(Side(f"{what} ×{len(members):,}", None, tuple(members), False))
    if rest:
        others = tuple(label for members in rest for label in members)
        title = f"{len(rest):,} more origins ×{len(others):,}"
        sides.append(Side(title, None, others, False))
    return sides


def _measured(
    matrix: Matrix, sides: Sequence[Side], width: float, height: float, comparing: bool
) -> tuple[float, float, float]:
    """The room for titles at the left and at the top, and the size of a cell."""
    legend = len(_legend(matrix, sides, comparing, width))
    widest = _widest(sides)
    gutter = min(max(widest + 12, 52.0), max(0.36 * width, 60.0))
    head = min(widest + 14, max(0.3 * height, 40.0))
    gaps = APART * len({side.window for side in sides})
    free = min(width - gutter - gaps - 4, height - head - TITLE - LEGEND - 12 * legend - gaps)
    return gutter, head, min(LARGEST, max(free, 1.0) / max(len(sides), 1))


def _widest(sides: Sequence[Side]) -> float:
    """The width of the widest title, the longest of which are abbreviated."""
    return min(max((width_of(side.title, HEAD) for side in sides), default=0.0), 150.0)


def _offsets(sides: Sequence[Side], size: float) -> list[float]:
    offsets: list[float] = []
    at = 0.0
    for i, side in enumerate(sides):
        if i and side.window != sides[i - 1].window:
            at += APART
        offsets.append(at)
        at += size
    return offsets


def _cells(matrix: Matrix, compare: Matrix | None, sides: Sequence[Side]) -> list[list[Cell]]:
    """What each cell says."""
    place = matrix.browser.position
    masks = [sum(1 << place(label) for label in side.members) for side in sides]
    shares = _shares(matrix, sides, masks)
    others = _shares(compare, sides, masks) if compare is not None else shares
    count = range(len(sides))
    return [[Cell(shares[i][j], others[i][j], i == j) for j in count] for i in count]


def _shares(
    matrix: Matrix, sides: Sequence[Side], masks: Sequence[int]
) -> list[list[float | None]]:
    """The share of pairs allowed; a frame with itself counts only where there is no other."""
    place = matrix.browser.position
    unknown = sum(1 << place(label) for label in matrix.unknown)
    found: list[list[float | None]] = []
    for i, side in enumerate(sides):
        rows = [(matrix.rows[place(label)], 1 << place(label)) for label in side.members]
        shares: list[float | None] = []
        for j, mask in enumerate(masks):
            alone = i == j and len(side.members) == 1
            allowed = sum(
                (row & mask & (-1 if alone else ~itself)).bit_count() for row, itself in rows
            )
            pairs = len(rows) * mask.bit_count() - (len(rows) if i == j and not alone else 0)
            nobody_knows = mask & ~unknown == 0 and not allowed and not alone
            shares.append(None if nobody_knows else allowed / pairs)
        found.append(shares)
    return found


Pens = dict[tuple[str, str, tuple[tuple[str, Any], ...]], list[Path]]
"""What is drawn with each pen: a matrix of thousands of cells takes a handful of strokes."""


def _stroke(pens: Pens, path: Path, face: str, edge: str, **pen: Any) -> None:
    pens.setdefault((face, edge, tuple(pen.items())), []).append(path)


def _cell(ax: Axes, pens: Pens, box: Box, cell: Cell, single: bool, comparing: bool) -> None:
    """One cell: filled or not, with its sign."""
    stroke = partial(_stroke, pens)
    x, y = box.center
    share, other = cell.share or 0, cell.other or 0
    more, less = comparing and share > other, comparing and share < other
    square = theme.rounded(box, 2.5) if box.width > 14 else theme.square(box)
    if single and cell.same:
        stroke(square, ALONE_FACE, "none")
        if share:
            stroke(theme.disc(x, y, min(box.width * 0.09, 2.2)), "#8a95a1", "none")
    elif cell.share is None and not less:
        stroke(square, "#ffffff", "#8a95a1", width=0.8, dashes=(2, 2))
        write(ax, x, y + 3.3, "?", Type(color=theme.MUTED), align="center")
    elif single:
        edge = ALLOWED_FACE if share else theme.REFUSED if less else "#cbd2d9"
        stroke(square, ALLOWED_FACE if share else "#ffffff", edge, width=1.4 if less else 0.8)
        if share or less:
            sign = np.array(PLUS if more else MINUS if less else CHECK) * min(box.width * 0.26, 5.5)
            codes = [1, 2, 1, 2] if more else [1, 2, 2][: len(sign)]
            line = Path(np.round(sign + np.array((x, y)), 2), codes)
            stroke(line, "none", "#ffffff" if share else theme.REFUSED, width=1.6, zorder=3)
    else:
        stroke(square, _shade(share), "#cbd2d9", width=0.6)
        color = "#ffffff" if share > 0.55 else theme.INK if share else theme.MUTED
        said = _percent(share) + ("+" if more else "−" if less else "")
        look = Type(SMALL, color=color)
        write(ax, x, y + 3.1, said, look, width=box.width - 1, align="center")


CHECK, PLUS, MINUS = (
    [(-1, 0.1), (-0.25, 0.8), (1, -0.75)],
    [(-1, 0), (1, 0), (0, -1), (0, 1)],
    [(-1, 0), (1, 0)],
)


def _percent(share: float) -> str:
    """A share in full percent; never 0 or 100 unless it is exactly that."""
    if 0 < share < 0.01:
        return "<1"
    return str(math.floor(share * 100)) if share > 0.99 else f"{share * 100:.0f}"


def _shade(share: float) -> str:
    """From white to `ALLOWED_FACE`, quickly at first, so that a small share can be seen."""
    full = [int(ALLOWED_FACE[i : i + 2], 16) for i in (1, 3, 5)]
    part = 0.0 if share == 0 else 0.12 + 0.88 * share
    return "#" + "".join(f"{round(255 + (each - 255) * part):02x}" for each in full)


def _legend(matrix: Matrix, sides: Sequence[Side], comparing: bool, width: float) -> list[str]:
    """What the signs mean and what was put together, in lines no wider than ``width``."""
    if all(len(side.members) == 1 for side in sides):
        said = [f"✓ may {matrix.verb}", "empty: refused"]
        said += ["?: not given"] if matrix.unknown else []
        said += ["+ only here", "− only there"] if comparing else []
    else:
        frames = sum(len(side.members) for side in sides)
        said = [f"{theme.counted(frames, 'frame')} shown as {theme.counted(len(sides), 'group')}"]
        said += ["% of pairs allowed"] + (["+ more, − less than the other"] if comparing else [])
    lines = [said[0]]
    for part in said[1:]:
        longer = f"{lines[-1]}   {part}"
        if width_of(longer, FINE) <= width - 8:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines
