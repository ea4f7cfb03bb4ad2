"""The screen: where each frame is painted, and who could paint over whom.

A window is a pile of rectangles. Every frame has one, somewhere inside the rectangle that its
embedder gave it, and a place in the pile. A document may draw anywhere within its own rectangle,
and above whatever lies on that rectangle because of it; the browser clips the rest. *Pixel
delegation* (Barth et al. 2008, §3.4) is what follows from this geometry. `may_paint_over` looks at
rectangles and heights only: it never asks who embeds whom.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from labcore.browser import Browser

MARGIN = 0.06
"""The part of a frame's width and height that its own content keeps on each side."""

HEADER = 0.16
"""The part of a frame's height that its own content keeps at the top."""

GAP = 0.04
"""The part of a cell's width and height that stays empty on each side of the frame in it."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A frame's place on its window's screen, in units of the window's width and height.

    ``top`` is less than ``bottom``, as on screens. ``floor`` and ``ceiling`` are its place in the
    pile: its content lies at ``floor``, what it draws over other content may rise to ``ceiling``.
    """

    window: str
    left: float
    top: float
    right: float
    bottom: float
    floor: int
    ceiling: int

    def holds(self, x: float, y: float) -> bool:
        """Whether the point lies in the rectangle."""
        return self.left < x < self.right and self.top < y < self.bottom


Screen = Mapping[str, Rectangle]
"""The rectangle of every frame, by label."""


def layout(browser: Browser) -> Screen:
    """A plain page layout: each frame's children in a grid inside it, piled up in page order."""
    screen: dict[str, Rectangle] = {}
    order = [each.label for _, each in browser.in_page_order()]
    ceilings = _ceilings(browser, order)
    for floor, label in enumerate(order):
        parent = browser.parent(label)
        place = (0.0, 0.0, 1.0, 1.0)
        if parent is not None:
            siblings = browser.children(parent)
            place = _cell(screen[parent], siblings.index(label), len(siblings))
        screen[label] = Rectangle(browser.root(label), *place, floor, ceilings[label])
    return screen


def may_paint_over(screen: Screen, actor: str, target: str) -> bool:
    """Could ``actor`` cover pixels that now belong to ``target``?

    A pixel belongs to the highest rectangle that it lies in. The actor can draw on the pixels of
    its own rectangle, and as high as its ``ceiling``.
    """
    over, under = screen[actor], screen[target]
    if over.window != under.window or over.ceiling < under.floor:
        return False
    higher = [r for r in screen.values() if r.window == under.window and r.floor > under.floor]
    xs = _middles(
        over.left, over.right, under.left, under.right, [(r.left, r.right) for r in higher]
    )
    ys = _middles(
        over.top, over.bottom, under.top, under.bottom, [(r.top, r.bottom) for r in higher]
    )
    return any(not any(r.holds(x, y) for r in higher) for x in xs for y in ys)


def _middles(
    start: float, end: float, other_start: float, other_end: float, edges: list[tuple[float, float]]
) -> list[float]:
    """One point in each stretch that two intervals share and that no edge divides."""
    low, high = max(start, other_start), min(end, other_end)
    inner = {edge for pair in edges for edge in pair if low < edge < high}
    cuts = sorted(inner | {low, high}) if low < high else []
    return [(a + b) / 2 for a, b in pairwise(cuts)]


def location_bar(browser: Browser, window: str) -> str:
    """What the location bar of ``window`` says: the URL of its top-level frame only (§3)."""
    return browser.document(browser.root(window)).url


def shows_lock(browser: Browser, window: str) -> bool:
    """Whether ``window`` shows a lock: every frame came over HTTPS, from whatever host (§3)."""
    root = browser.root(window)
    inside = (root, *browser.descendants(root))
    return all(came_over_https(browser, label) for label in inside)


def came_over_https(browser: Browser, label: str) -> bool:
    """Whether the document was fetched over HTTPS, or was made by one that was."""
    url = browser.document(label).url
    if url.startswith(("about:", "data:", "javascript:")):
        parent = browser.parent(label)
        return parent is not None and came_over_https(browser, parent)
    return url.startswith(("https:", "blob:https:"))


def _cell(parent: Rectangle, index: int, count: int) -> tuple[float, float, float, float]:
    """The place of the ``index``-th of ``count`` children in a grid inside ``parent``."""
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    width, height = parent.right - parent.left, parent.bottom - parent.top
    left, top = parent.left + MARGIN * width, parent.top + HEADER * height
    cell_width = (width - 2 * MARGIN * width) / columns
    cell_height = (height - (HEADER + MARGIN) * height) / rows
    row, column = divmod(index, columns)
    return (
        left + (column + GAP) * cell_width,
        top + (row + GAP) * cell_height,
        left + (column + 1 - GAP) * cell_width,
        top + (row + 1 - GAP) * cell_height,
    )


def _ceilings(browser: Browser, order: list[str]) -> dict[str, int]:
    """For each frame, the floor of the last frame that is piled on it in page order."""
    ceilings = {label: floor for floor, label in enumerate(order)}
    for label in reversed(order):
        parent = browser.parent(label)
        if parent is not None:
            ceilings[parent] = max(ceilings[parent], ceilings[label])
    return ceilings
