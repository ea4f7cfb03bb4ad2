"""Pictures as a notebook keeps them: an SVG image on a card of its own, and the same in words.

A `Picture` is shown as an ``<img>`` with alternative text, which JupyterLab keeps even in a
notebook that it does not trust. The bytes are the same on every machine: glyphs are paths from
matplotlib's own font, nothing is dated or random.
"""

import base64
import html
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from io import StringIO
from threading import Lock
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from labcore.actions import Event, Navigate, Script, frames_of
from labcore.figures import theme
from labcore.figures.matrix import draw_matrix, matrix_size
from labcore.figures.screen import draw_screen, screen_size
from labcore.figures.theme import Box
from labcore.figures.tree import draw_tree, tree_size
from labcore.figures.words import describe, describe_step
from labcore.origin import Origin
from labcore.policies import Decision
from labcore.scenarios import Trace
from labcore.world import World

Draw = Callable[..., Axes]
"""``draw(thing, ax, **options)``, like `draw_tree`."""

Drawing = tuple[Draw, Sequence[Any], Mapping[str, Any]]
"""A draw function, its arguments, and its options."""

STEP_SIZE, LARGE_STEP_SIZE, MANY = (9.0, 4.1), (9.0, 7.0), 10
"""The sizes of a `step_picture` in inches: the usual, and that for more than ``MANY`` frames."""

MARGIN = 10.0
"""Between a picture and the edge of its card, in points."""

_SIZES: Mapping[Draw, Callable[..., tuple[float, float]]] = {
    draw_tree: tree_size,
    draw_screen: screen_size,
    draw_matrix: matrix_size,
}

_one_at_a_time = Lock()


@dataclass(frozen=True)
class Picture:
    """An SVG image with its alternative text ``alt``: how every picture is shown and kept."""

    svg: str
    alt: str

    @cached_property
    def data_uri(self) -> str:
        """The image as a URL that holds all of it."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg.encode()).decode()

    @cached_property
    def html(self) -> str:
        """The image as an HTML element."""
        alt = html.escape(self.alt)
        return f'<img alt="{alt}" style="max-width:100%;height:auto" src="{self.data_uri}">'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.alt}

    def __repr__(self) -> str:
        return self.alt


def picture(
    draw: Draw, *args: Any, size: tuple[float, float] | None = None, **options: Any
) -> Picture:
    """What ``draw(*args, **options)`` draws: ``size`` inches large, or as large as it needs to be.

    >>> from labcore import Browser, window
    >>> picture(draw_tree, Browser.of(window("https://news.example/"))).alt
    'One window with one frame. The window news shows news.example.'
    """
    return picture_row([(draw, args, options)], size)


def picture_row(
    drawings: Sequence[Drawing],
    size: tuple[float, float] | None = None,
) -> Picture:
    """Several drawings on one card, side by side. Raises `ValueError` if there are none."""
    if not drawings:
        raise ValueError("a row of pictures needs at least one drawing")
    if size is None:
        sizes = [
            _SIZES[draw](*args, **options) if draw in _SIZES else (5.0, 4.0)
            for draw, args, options in drawings
        ]
        room = 2 * MARGIN / 72
        gaps = 2 * MARGIN / 72 * (len(sizes) - 1)
        width = sum(wide for wide, _ in sizes)
        share = min(1.0, (9.0 - room - gaps) / width)
        size = (width * share + gaps + room, max(high for _, high in sizes) + room)
        parts = [wide / width for wide, _ in sizes]
    else:
        parts = [1 / len(drawings)] * len(drawings)
    svg = _render(
        (math.ceil(size[0] * 100) / 100, math.ceil(size[1] * 100) / 100), tuple(parts), drawings
    )
    alt = " ".join(describe(*args, **options) for _, args, options in drawings)
    return Picture(svg, alt)


def step_picture(
    world: World,
    event: Event | None = None,
    decision: Decision | None = None,
    *,
    origins: Sequence[Origin] = (),
    size: tuple[float, float] = STEP_SIZE,
) -> Picture:
    """One step of a trace: the screen as the user sees it, and the tree, with what just happened.

    ``world`` is the world after ``event``, which ``decision`` allowed or refused. ``origins`` is
    the order in which origins take their colours, ``size`` the picture's in inches; `step_pictures`
    chooses both to fit all steps of a trace.
    """
    named = frames_of(event) if event is not None else ()
    frames = [label if label in world.browser else None for label in named]
    actor = target = halo = None
    if isinstance(event, Navigate | Script):
        actor, target = frames
        halo = target if actor == target else None
    elif frames:
        halo = frames[0]
    witness = decision.witness if decision is not None else None
    witness = witness if witness in world.browser else None
    allowed = decision.allowed if decision is not None else None
    shown = replace(world, pages=())
    svg = _step_svg(shown, actor, target, witness, allowed, halo, tuple(origins), size)
    return Picture(svg, describe_step(world, event, decision))


def step_pictures(trace: Trace) -> tuple[Picture, ...]:
    """A `step_picture` of the start of ``trace`` and of each step, with one colour an origin."""
    seen = (each.document.origin for world in trace.worlds for each in world.browser.frames)
    alike: dict[str, Any] = {
        "origins": tuple(dict.fromkeys(seen)),
        "size": step_size(trace.worlds),
    }
    steps = (step_picture(each.world, each.event, each.decision, **alike) for each in trace.steps)
    return (step_picture(trace.scenario.start, **alike), *steps)


def step_size(worlds: Iterable[World]) -> tuple[float, float]:
    """The size in inches at which all of ``worlds`` can be read."""
    return LARGE_STEP_SIZE if max(len(each.browser) for each in worlds) > MANY else STEP_SIZE


@lru_cache(maxsize=512)
def _step_svg(
    world: World,
    actor: str | None,
    target: str | None,
    witness: str | None,
    allowed: bool | None,
    halo: str | None,
    origins: tuple[Origin, ...],
    size: tuple[float, float],
) -> str:
    """The image of a step, kept by all that it shows."""
    attackers = tuple(label for label in world.browser.labels if world.is_attackers(label))
    marks = {"actor": actor, "target": target, "allowed": allowed, "halo": halo, "origins": origins}
    return _render(
        size,
        (0.5, 0.5),
        [
            (draw_screen, (world,), marks),
            (draw_tree, (world.browser,), {**marks, "witness": witness, "attackers": attackers}),
        ],
    )


# --- from drawing to bytes ---


@lru_cache(maxsize=8)
def _sheet(size: tuple[float, float], parts: tuple[float, ...]) -> tuple[Figure, tuple[Axes, ...]]:
    """A card with axes side by side, used again for every picture of the same shape."""
    figure = Figure(figsize=size, dpi=72, facecolor="none")
    FigureCanvasSVG(figure)
    width, height = size[0] * 72, size[1] * 72
    room = width - 2 * MARGIN * len(parts)
    x = MARGIN
    axes = []
    for part in parts:
        place = (x / width, MARGIN / height, room * part / width, 1 - 2 * MARGIN / height)
        axes.append(figure.add_axes(place))
        x += room * part + 2 * MARGIN
    outline = theme.rounded(Box(0.5 / 72, 0.5 / 72, size[0] - 1 / 72, size[1] - 1 / 72), 10 / 72)
    sheet = PathPatch(
        outline,
        facecolor=theme.PAPER,
        edgecolor=theme.EDGE,
        linewidth=1,
        zorder=-1,
        transform=figure.dpi_scale_trans,
    )
    figure.add_artist(sheet)
    return figure, tuple(axes)


def _render(
    size: tuple[float, float],
    parts: tuple[float, ...],
    drawings: Sequence[Drawing],
) -> str:
    """Draw on a used sheet and give it back empty."""
    fixed: dict[Any, Any] = {
        "svg.hashsalt": "labcore",
        "svg.fonttype": "path",
        "path.sketch": None,
        "path.effects": [],
        "savefig.bbox": None,
    }
    with _one_at_a_time, matplotlib.rc_context(fixed):
        figure, axes = _sheet(size, parts)
        try:
            for ax, (draw, args, options) in zip(axes, drawings, strict=True):
                draw(*args, ax=ax, **options)
            out = StringIO()
            figure.savefig(
                out,
                format="svg",
                dpi=72,
                metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")),
                facecolor="none",
                edgecolor="none",
            )
        finally:
            for ax in axes:
                for artist in (*ax.patches, *ax.lines, *ax.texts, *ax.collections, *ax.artists):
                    artist.remove()
    return _smaller(out.getvalue())


_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)


def _smaller(svg: str) -> str:
    """The same image without comments, and with coordinates rounded to what can be seen."""
    svg = _COMMENT.sub("", svg[svg.index("<svg") :])
    return _NUMBER.sub(lambda found: f"{float(found[0]):.3f}".rstrip("0").rstrip("."), svg)
