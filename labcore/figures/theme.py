"""How every picture looks: colours, type, and the few shapes that all of them are made of.

A picture is laid out in *points* (1/72 inch), with the origin at the top left: `paper` gives an
axes that scale. So a text can be measured before it is placed, and is abbreviated rather than cut.
Origins differ in colour and in lightness. What matters most is never said by colour alone: the
attacker has an octagon, a refusal a dashed arrow.
"""

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any, Literal, NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from labcore.origin import Origin

PAPER = "#fdfdfb"
EDGE = "#d3d8de"
INK = "#1b2530"
MUTED = "#55616e"
FAINT = "#eef1f4"
ALLOWED = "#00694e"
REFUSED = "#b3261e"
ATTACKER = "#a63a00"
HALO = "#ffc83d"

BODY = 9.0
"""The size of most text, in points. Nothing is smaller than `SMALL` as long as there is room."""

SMALL = 8.5


class Type(NamedTuple):
    """How a text is set: its size in points, its style and its colour."""

    size: float = BODY
    style: str = "plain"
    color: str = INK

    def scaled(self, scale: float) -> "Type":
        """The same, larger or smaller."""
        return self._replace(size=self.size * scale)


PLAIN, BOLD = Type(), Type(style="bold")
FINE, QUIET, ASIDE = Type(SMALL), Type(SMALL, color=MUTED), Type(SMALL, "italic", MUTED)


class Tint(NamedTuple):
    """The colours of one origin: of a card's face, and of its border."""

    face: str
    edge: str


HOSTILE = Tint("#fbd9c6", ATTACKER)
OPAQUE = Tint("#eceff2", "#6b7682")
CROWD = Tint("#f4f5f7", "#8a95a1")
"""For what has no colour of its own: an origin beyond the palette, a group of several."""

PALETTE = (
    Tint("#cfe3f3", "#0a6aa8"),
    Tint("#fdedc4", "#b27a00"),
    Tint("#e3bfd6", "#94447a"),
    Tint("#f8f5b8", "#8a8000"),
    Tint("#a9d8c6", "#00694e"),
    Tint("#d8d3ef", "#5a4fa3"),
    Tint("#b5cbd3", "#33606f"),
    Tint("#e9dfd3", "#7a5c3a"),
)
"""After Okabe and Ito: tellable apart by the colour-blind, and, by their lightness, in grey."""


# --- text that may be shown ---

LONGEST = 300
"""No text longer than this is worth measuring; the middle of a longer one goes first."""

_FONTS = FilePath(matplotlib.get_data_path()) / "fonts" / "ttf"
_FILES = {
    "plain": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
    "italic": "DejaVuSans-Oblique.ttf",
}


def clean(text: str, longest: int = LONGEST) -> str:
    """``text`` as it may be shown: not too long, with a sign for every invisible character.

    Control characters become their pictures (``␀``); what could turn the line around, or stand for
    no character at all, becomes ``�``.
    """
    if len(text) > longest:
        text = f"{text[: longest // 2]}…{text[-longest // 2 :]}"
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc":
        code = ord(character)
        return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else "�"
    if category[0] == "C" or category in ("Zl", "Zp"):
        return "�"
    return " " if category == "Zs" else character


@lru_cache(maxsize=256)
def font(style: str, size: float) -> FontProperties:
    """Matplotlib's own DejaVu Sans: the same file on every machine."""
    return FontProperties(fname=str(_FONTS / _FILES[style]), size=size)


@lru_cache(maxsize=8)
def _glyphs(style: str) -> frozenset[int]:
    return frozenset(get_font(str(_FONTS / _FILES[style])).get_charmap())


def printable(text: str, style: str) -> str:
    """``text``, cleaned, with ``�`` for what the font has no glyph for: that would warn."""
    known = _glyphs(style)
    return "".join(c if ord(c) in known else "�" for c in clean(text))


@lru_cache(maxsize=8192)
def width_of(text: str, look: Type = PLAIN) -> float:
    """How wide ``text`` will be, in points, with a little to spare."""
    shown, face = printable(text, look.style), font(look.style, look.size)
    return float(text_to_path.get_text_width_height_descent(shown, face, False)[0]) * 1.02


def fit(text: str, width: float, look: Type = PLAIN) -> str:
    """``text``, abbreviated in the middle if it is wider than ``width`` points."""
    return _fit(printable(text, look.style), round(width, 1), look._replace(color=INK))


@lru_cache(maxsize=8192)
def _fit(text: str, width: float, look: Type) -> str:
    if width_of(text, look) <= width:
        return text
    fewest, most = 0, len(text)
    while fewest < most:
        kept = (fewest + most + 1) // 2
        if width_of(_shortened(text, kept), look) <= width:
            fewest = kept
        else:
            most = kept - 1
    return _shortened(text, fewest) if fewest else ""


def _shortened(text: str, kept: int) -> str:
    tail = kept * 2 // 5
    return f"{text[: kept - tail].rstrip(' .')}…{text[len(text) - tail :].lstrip(' .')}"


# --- paper and pens ---


class Box(NamedTuple):
    """A place on the paper, in points from its top left."""

    x: float
    y: float
    width: float
    height: float

    @property
    def center(self) -> tuple[float, float]:
        """The point in the middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def inset(self, by: float) -> "Box":
        """The box that lies ``by`` points inside this one (outside, if negative)."""
        return Box(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)


def paper(ax: Axes) -> tuple[float, float]:
    """Make ``ax`` an empty sheet measured in points; gives its width and height."""
    extent = ax.get_window_extent()
    scale = 72 / ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    width, height = round(extent.width * scale, 2), round(extent.height * scale, 2)
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="auto", facecolor=PAPER)
    ax.xaxis.set_visible(False)
    ax.yaxis.set_visible(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return width, height


def write(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    look: Type = PLAIN,
    *,
    width: float = math.inf,
    align: Literal["left", "center", "right"] = "left",
    rotation: float = 0,
) -> Box:
    """Write ``text`` on the baseline ``y``, abbreviated to ``width``; gives the place it takes."""
    shown = fit(text, width, look)
    wide = width_of(shown, look) if shown else 0.0
    left = x - {"left": 0.0, "center": wide / 2, "right": wide}[align]
    if shown:
        line = Line(round(left, 2), round(y, 2), shown, parse_math=False, zorder=5)
        line.set(fontproperties=font(look.style, look.size), color=look.color)
        line.set(rotation=rotation, rotation_mode="anchor")
        ax.add_artist(line)
    return Box(left, y - 0.8 * look.size, wide, look.size)


class Line(Text):
    """One line of text, its left end on the baseline. Drawn without laying it out again."""

    def set_clip_path(self, path: Any, transform: Any = None) -> None:
        """Nothing is cut off, and not to ask saves time."""

    def draw(self, renderer: Any) -> None:
        """Draw the text where it stands."""
        x, y = self.get_transform().transform(self.get_position())
        y = renderer.get_canvas_width_height()[1] - y if renderer.flipy() else y
        pen = renderer.new_gc()
        pen.set_foreground(self.get_color())
        renderer.draw_text(
            pen, x, y, self.get_text(), self.get_fontproperties(), self.get_rotation(), ismath=False
        )
        pen.restore()


class Stroke(PathPatch):
    """A path with a pen."""

    def set_clip_path(self, path: Any, transform: Any = None) -> None:
        """Nothing is cut off, and not to ask saves time."""


def ink(
    ax: Axes,
    path: Path,
    face: str = "none",
    edge: str = "none",
    *,
    width: float = 1.0,
    dashes: tuple[float, float] | None = None,
    zorder: float = 2,
) -> None:
    """Fill ``path`` with the colour ``face``, and draw along it with a pen of the colour ``edge``.

    The pen is ``width`` points wide, and makes ``dashes`` of that length and distance.
    """
    style: Any = (0, dashes) if dashes else "solid"
    look = {"facecolor": face, "edgecolor": edge, "linewidth": width, "linestyle": style}
    ax.add_artist(Stroke(path, zorder=zorder, **look))


def rounded(box: Box, radius: float = 5.0) -> Path:
    """A rectangle with round corners."""
    x, y, w, h = (round(each, 2) for each in box)
    r = min(radius, w / 2, h / 2)
    a, b, c, d, z, u = x + r, x + w - r, y + r, y + h - r, x + w, y + h
    points = [
        (a, y), (b, y), (z, y), (z, c), (z, d), (z, u), (b, u), (a, u), (x, u), (x, d), (x, c),
        (x, y), (a, y), (a, y),
    ]  # fmt: skip
    return Path(points, [1, 2, 3, 3, 2, 3, 3, 2, 3, 3, 2, 3, 3, 79])


def disc(x: float, y: float, radius: float) -> Path:
    """A circle, or near enough."""
    return rounded(Box(x - radius, y - radius, 2 * radius, 2 * radius), radius)


def square(box: Box) -> Path:
    """A rectangle with plain corners, for what is many and small."""
    x, y, z, u = (round(each, 1) for each in (box.x, box.y, box.x + box.width, box.y + box.height))
    return Path([(x, y), (z, y), (z, u), (x, u), (x, y)], [1, 2, 2, 2, 79])


def octagon(box: Box, cut: float = 8.0) -> Path:
    """A rectangle with its corners cut off: the shape of what is the attacker's."""
    x, y, w, h = (round(each, 2) for each in box)
    c = min(cut, w / 3, h / 3)
    a, b, d, e = x + c, x + w - c, y + c, y + h - c
    z, u = x + w, y + h
    points = [(a, y), (b, y), (z, d), (z, e), (b, u), (a, u), (x, e), (x, d), (a, y)]
    return Path(points, [1, 2, 2, 2, 2, 2, 2, 2, 79])


def hatching(box: Box, step: float = 6.0) -> Path:
    """Slanting lines across a box: an origin that is equal to no other."""
    x, y, w, h = box
    points: list[tuple[float, float]] = []
    for k in range(1, int((w + h) / step)):
        d = k * step
        points.append((x + min(d, w), y + max(0.0, d - w)))
        points.append((x + max(0.0, d - h), y + min(d, h)))
    return Path(np.round(points, 2), [1, 2] * (len(points) // 2)) if points else Path([(x, y)])


# --- who acts on whom ---


def arrow(
    ax: Axes,
    start: Box,
    end: Box,
    allowed: bool | None,
    obstacles: Sequence[Box],
    room: tuple[float, float],
    dot: bool = False,
) -> None:
    """An arrow from ``start`` to ``end`` that keeps off ``obstacles``, with the answer on it.

    Allowed: green, solid, a check mark. Refused: red, dashed, a cross. ``None``: nobody has
    decided; grey, no mark. A ``dot`` shows where the arrow starts.
    """
    curve = _route(start, end, obstacles, room)
    color = {True: ALLOWED, False: REFUSED, None: MUTED}[allowed]
    line = Path(np.round(curve, 2), [1, 4, 4, 4])
    ink(ax, line, edge=PAPER, width=5.0, zorder=6)
    dashes = (4, 2.5) if allowed is False else None
    ink(ax, line, edge=color, width=2.0, dashes=dashes, zorder=7)
    tip, back = curve[3], curve[3] - curve[2]
    back = back / (np.hypot(*back) or 1.0)
    side = np.array([-back[1], back[0]])
    corners = [tip + back * 1.5, tip - back * 7 + side * 4.2, tip - back * 7 - side * 4.2, tip]
    head = Path(np.round(corners, 2), [1, 2, 2, 79])
    ink(ax, head, color, PAPER, width=0.8, zorder=8)
    if dot:
        ink(ax, disc(curve[0, 0], curve[0, 1], 4), color, PAPER, zorder=8)
    if allowed is not None:
        mark(ax, *np.round(_MIDDLE @ curve, 2), allowed=allowed)


def mark(ax: Axes, x: float, y: float, *, allowed: bool) -> None:
    """A round badge with a check mark, or with a cross."""
    face, pen = (ALLOWED, PAPER) if allowed else (PAPER, REFUSED)
    ink(ax, disc(x, y, 7), face, pen, zorder=9)
    if allowed:
        points, codes = [(-0.45, 0.05), (-0.12, 0.4), (0.5, -0.38)], [1, 2, 2]
    else:
        points, codes = [(-0.4, -0.4), (0.4, 0.4), (-0.4, 0.4), (0.4, -0.4)], [1, 2, 1, 2]
    line = Path(np.round(np.array(points) * 7 + (x, y), 2), codes)
    ink(ax, line, edge=pen, width=1.8, zorder=9)


_STEPS = np.linspace(0.04, 0.96, 24)[:, None]
_WEIGHTS = np.hstack(
    [(1 - _STEPS) ** 3, 3 * (1 - _STEPS) ** 2 * _STEPS, 3 * (1 - _STEPS) * _STEPS**2, _STEPS**3]
)
_MIDDLE = np.array([1, 3, 3, 1]) / 8
_PORTS = np.array([(0.5, 1), (0.5, 0), (1, 0.5), (0, 0.5), (0.2, 1), (0.8, 1), (0.2, 0), (0.8, 0)])
_OUTWARDS = np.array([(0, 1), (0, -1), (1, 0), (-1, 0), (0, 1), (0, 1), (0, -1), (0, -1)])
_DETOUR = np.array([0, 0, 0, 0, 6, 6, 6, 6])


def _route(start: Box, end: Box, obstacles: Sequence[Box], room: tuple[float, float]) -> Any:
    """Of all curves from ``start`` to ``end``, the control points of that which covers least."""
    a = np.array(start[:2]) + _PORTS * start[2:]
    b = np.array(end[:2]) + _PORTS * end[2:] + _OUTWARDS * 2.0
    i, j = (each.ravel() for each in np.indices((len(a), len(b))))
    distance = np.hypot(*(b[j] - a[i]).T)
    bend = np.clip(0.45 * distance, 24.0, 46.0)[:, None]
    curves = np.stack([a[i], a[i] + _OUTWARDS[i] * bend, b[j] + _OUTWARDS[j] * bend, b[j]], axis=1)
    points = _WEIGHTS @ curves
    x, y = points[..., :1], points[..., 1:]
    blocks = np.array(
        [(o.x - 3, o.y - 3, o.x + o.width + 3, o.y + o.height + 3) for o in obstacles]
    )
    left, top, right, bottom = blocks.reshape(-1, 4).T
    hits = ((x > left) & (x < right) & (y > top) & (y < bottom)).sum(axis=(1, 2))
    edge = np.minimum(np.minimum(x, room[0] - x), np.minimum(y, room[1] - y))
    outside = (edge < 9).sum(axis=(1, 2)) + 9 * (edge < 4).sum(axis=(1, 2))
    length = np.hypot(*np.moveaxis(np.diff(points, axis=1), 2, 0)).sum(axis=1)
    u, v = (_MIDDLE @ curves).T[..., None]
    covered = ((u > left - 6) & (u < right + 6) & (v > top - 6) & (v < bottom + 6)).any(axis=1)
    cost = 40.0 * (hits + covered + outside) + 0.25 * length + np.maximum(0.0, 60.0 - length)
    cost += _DETOUR[i] + _DETOUR[j]
    return curves[int(np.argmin(np.round(cost, 3)))]


# --- colour by origin ---


def tints(origins: Iterable[Origin], hostile: Iterable[Origin] = ()) -> Mapping[Origin, Tint]:
    """A colour for each origin, by first appearance; the attacker's origins have their own."""
    chosen = {origin: HOSTILE for origin in hostile}
    free = iter(PALETTE)
    for origin in origins:
        if origin not in chosen:
            chosen[origin] = OPAQUE if origin.is_opaque else next(free, CROWD)
    return chosen


def counted(number: int, noun: str) -> str:
    """``1 frame``, ``2,000 frames``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
