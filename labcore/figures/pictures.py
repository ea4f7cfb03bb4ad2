"""Pictures as a notebook keeps them: an SVG image on a card of its own, and the same in words.

A `Picture` is shown as an ``<img>`` with alternative text, which JupyterLab keeps even in a
notebook that it does not trust. The bytes are the same on every machine: glyphs are paths from
matplotlib's own font, nothing is dated or random.
"""

import base64
import html
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
from labcore.figures.lessons import describe_needs, draw_needs, needs_size
from labcore.figures.matrix import draw_matrix, matrix_size
from labcore.figures.principals import describe_principals, draw_principals, principals_size
from labcore.figures.screen import draw_screen, screen_size
from labcore.figures.sequence import Plan, draw_plan, draw_sequence, plan_of, sequence_size
from labcore.figures.space import draw_space, space_size
from labcore.figures.story import sentences, speaks
from labcore.figures.theme import Box
from labcore.figures.tree import draw_tree, tree_size
from labcore.figures.words import describe, describe_event, describe_step
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
    draw_sequence: sequence_size,
    draw_space: space_size,
    draw_principals: principals_size,
    draw_needs: needs_size,
}

_WORDS: Mapping[Draw, Callable[..., str]] = {
    draw_principals: describe_principals,
    draw_needs: describe_needs,
}
"""Pictures whose words are not those of the thing that they show."""

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
    parts = [1 / len(drawings)] * len(drawings)
    if size is None:
        sizes = [best_size(draw, *args, **options) for draw, args, options in drawings]
        room = 2 * MARGIN / 72
        gaps = 2 * MARGIN / 72 * (len(sizes) - 1)
        width = sum(wide for wide, _ in sizes)
        share = min(1.0, (9.0 - room - gaps) / width)
        size = (width * share + gaps + room, max(high for _, high in sizes) + room)
        parts = [wide / width for wide, _ in sizes]
    wide, high = (math.ceil(each * 100) / 100 for each in size)
    alt = " ".join(_WORDS.get(draw, describe)(*args, **options) for draw, args, options in drawings)
    return Picture(_render((wide, high), tuple(parts), drawings), alt)


def best_size(draw: Draw, *args: Any, **options: Any) -> tuple[float, float]:
    """The size in inches, margins left out, at which ``draw(*args, **options)`` can be read."""
    return _SIZES[draw](*args, **options) if draw in _SIZES else (5.0, 4.0)


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
    browser = world.browser
    named = frames_of(event) if event is not None else ()
    frames = [label if label in browser else None for label in named]
    marks: dict[str, Any] = {"allowed": decision.allowed if decision is not None else None}
    if isinstance(event, Navigate | Script):
        marks["actor"], marks["target"] = frames[:2]
        marks["halo"] = frames[0] if len(set(frames)) == 1 else None
    elif frames:
        marks["halo"] = frames[0]
    witness = decision.witness if decision is not None else None
    witness = witness if witness in browser else None
    marks["origins"] = tuple(origins)
    seen = World(
        browser,
        attacker=world.attacker,
        on_the_network=world.on_the_network,
        pending=world.pending,
        typed=world.typed,
        knowledge=world.knowledge,
    )
    svg = _step_svg(seen, witness, tuple(marks.items()), size)
    return Picture(svg, describe_step(world, event, decision))


def step_pictures(trace: Trace) -> tuple[Picture, ...]:
    """A picture of the start of ``trace`` and of each step, with one colour an origin."""
    seen = (each.document.origin for world in trace.worlds for each in world.browser.frames)
    draw = steps_of(trace, tuple(dict.fromkeys(seen)), step_size(trace))
    return tuple(map(draw, range(len(trace.steps) + 1)))


def steps_of(
    trace: Trace, origins: Sequence[Origin], size: tuple[float, float]
) -> Callable[[int], Picture]:
    """The function that draws ``trace`` after so many steps.

    Where frames speak to each other that is the sequence diagram so far, else a `step_picture`.
    """
    steps = [(None, None, trace.worlds[0]), *trace.steps]
    if not speaks(trace):
        return lambda step: step_picture(
            steps[step][2], *steps[step][:2], origins=origins, size=size
        )
    plan = plan_of(trace, origins=origins)
    scale = plan.scale(*(72 * each - 2 * MARGIN for each in size))

    def draw(step: int) -> Picture:
        said = [describe_event(*steps[step][:2]), *sentences(plan.rows, step)]
        return Picture(_sequence_svg(plan.until(step), scale, size), " ".join(said))

    return draw


def step_size(trace: Trace) -> tuple[float, float]:
    """The size in inches at which all steps of ``trace`` can be read."""
    if speaks(trace):
        wide, high = (each + 2 * MARGIN / 72 for each in sequence_size(trace))
        return max(wide, STEP_SIZE[0]), max(high, STEP_SIZE[1])
    many = max(len(each.browser) for each in trace.worlds) > MANY
    return LARGE_STEP_SIZE if many else STEP_SIZE


@lru_cache(maxsize=512)
def _sequence_svg(plan: Plan, scale: float, size: tuple[float, float]) -> str:
    """The image of a sequence diagram, kept by all that it shows."""
    return _render(size, (1.0,), [(draw_plan, (plan, scale), {})])


@lru_cache(maxsize=512)
def _step_svg(
    world: World,
    witness: str | None,
    marked: tuple[tuple[str, Any], ...],
    size: tuple[float, float],
) -> str:
    """The image of a step, kept by all that it shows."""
    attackers = tuple(label for label in world.browser.labels if world.is_attackers(label))
    marks = dict(marked)
    screen = (draw_screen, (world,), marks)
    tree = (draw_tree, (world.browser,), {**marks, "witness": witness, "attackers": attackers})
    return _render(size, (0.5, 0.5), [screen, tree])


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
    look: Any = {"facecolor": theme.PAPER, "edgecolor": theme.EDGE, "linewidth": 1, "zorder": -1}
    figure.add_artist(PathPatch(outline, transform=figure.dpi_scale_trans, **look))
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
            undated = dict.fromkeys(("Date", "Creator", "Format", "Type"))
            blank: Any = {"facecolor": "none", "edgecolor": "none"}
            figure.savefig(out, format="svg", dpi=72, metadata=undated, **blank)
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
