"""The sequence diagram: who says what to whom, who reads it, and what the attacker learns.

Every frame that matters has a column with its lifeline, in the colour of the origin that it shows;
so has every server that is asked, to the right of them all. Time runs downwards, and the rows have
the numbers of the trace's steps. An arrow begins where something is sent and ends where it is read:
one that slants has had something happen in between.
"""

import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path

from labcore.figures import story, theme
from labcore.figures.requests import Sent
from labcore.figures.story import Row, Shown
from labcore.figures.theme import ASIDE, BOLD, FINE, QUIET, Box, Type, fit, ink, width_of
from labcore.figures.tree import new_axes
from labcore.origin import Origin
from labcore.scenarios import Trace

MOST_ROWS = 30
"""So many rows are drawn; a line says how many steps are left out."""

WIDEST, KNOWS, LINE = 628.0, 82.0, 10.6
"""In points: the picture, the column of what the attacker knows, from line to line."""

CHANNEL, NARROW, SERVER, TALLEST = 144.0, 110.0, 120.0, 1600.0
"""In points: what lies between frames and servers, the same beside four frames and more, a server's
column, and all rows together."""

NOW = "#fff3cd"
"""Behind the row that has just happened."""

BAD, BY = FINE._replace(color=theme.REFUSED), Type(theme.SMALL, "bold", theme.ATTACKER)
ABOUT = ASIDE._replace(color=theme.MUTED)
Lines = tuple[tuple[str, Type], ...]


class Leg(NamedTuple):
    """Where an arrow between a frame and a server goes, with the words around it.

    What the server ``does`` before stands in a box of its own, from ``top`` on.
    """

    top: float
    y: float
    does: Lines
    above: Lines
    below: Lines


@dataclass(frozen=True)
class Band:
    """The part of the paper that a row takes.

    Its arrow is at ``y``, and the words above and below it keep ``off`` that far. ``legs`` are the
    arrows to servers and back; below them, at ``shows``, stands what frames show from then on.
    """

    top: float
    y: float
    height: float
    above: Lines = ()
    below: Lines = ()
    off: tuple[float, float] = (0.0, 0.0)
    legs: tuple[Leg, ...] = ()
    shows: float = 0.0

    @property
    def bottom(self) -> float:
        """Where the next row begins."""
        return self.top + self.height


@dataclass(frozen=True)
class Plan:
    """Where everything goes: the same for all steps of a trace, but that rows are left out."""

    labels: tuple[str, ...]
    start: tuple[Shown, ...]
    gap: float
    gutter: float
    head: float
    rows: tuple[Row, ...]
    bands: tuple[Band, ...]
    known: tuple[str, ...] | None
    note: str = ""
    servers: tuple[Shown, ...] = ()
    now: int | None = None
    """The row that has just happened."""

    def x(self, label: str) -> float:
        """Where the lifeline of ``label`` is."""
        return self.gutter + self.gap * (self.labels.index(label) + 0.5)

    def server_x(self, origin: str) -> float:
        """Where the lifeline of the server at ``origin`` is."""
        place = [each.label for each in self.servers].index(origin)
        return self.right - SERVER * (len(self.servers) - place - 0.5)

    @property
    def right(self) -> float:
        """The right end of the lifelines' columns."""
        frames = self.gutter + self.gap * len(self.labels)
        return frames + room_for(len(self.servers), len(self.labels))

    @property
    def channel(self) -> tuple[float, float]:
        """From where to where the words of requests go: from the last frame to the first server."""
        return self.x(self.labels[-1]) + 24, self.server_x(self.servers[0].label) - 8

    @property
    def size(self) -> tuple[float, float]:
        """How wide and high all of it is."""
        bottom = self.bands[-1].bottom if self.bands else self.head + 10
        if self.servers:
            bottom = max([bottom, *(box.y + box.height for _, box in chips(self))])
        return self.right + 4 + KNOWS * (self.known is not None), bottom + (22 if self.note else 8)

    def scale(self, width: float, height: float) -> float:
        """How much smaller it must be drawn to fit in ``width`` and ``height`` points."""
        return min(1.0, width / self.size[0], height / self.size[1])

    def until(self, step: int) -> "Plan":
        """What of it shows after ``step`` steps, the row marked in which that step is told."""
        rows = [row.until(step) for row in self.rows if row.first <= step]
        told = rows and step <= self.rows[len(rows) - 1].last
        note = self.note if len(rows) == len(self.rows) else ""
        return replace(
            self,
            rows=tuple(rows),
            bands=self.bands[: len(rows)],
            note=note,
            now=len(rows) - 1 if told else None,
        )


def draw_sequence(
    trace: Trace,
    ax: Axes | None = None,
    *,
    upto: int | None = None,
    only: Collection[str] | None = None,
    origins: Sequence[Origin] = (),
) -> Axes:
    """Draw what the frames of ``trace`` say to each other, and what the attacker learns of it.

    Parameters
    ----------
    trace:
        What happened.
    ax:
        Where to draw, laid out for its present size; a new figure if not given.
    upto:
        How many steps to draw. The last is marked, and those to come keep their place.
    only:
        The labels of the frames to draw; those that send, receive or change if not given.
    origins:
        The order in which origins take their colours, where pictures are to agree.

    Returns
    -------
    The axes.
    """
    ax = ax or new_axes(sequence_size(trace, only=only))
    plan = plan_of(trace, only, origins)
    scale = plan.scale(*theme.paper(ax))
    return draw_plan(plan if upto is None else plan.until(upto), scale, ax)


def sequence_size(
    trace: Trace, *, only: Collection[str] | None = None, **_: object
) -> tuple[float, float]:
    """The size in inches, margins left out, at which `draw_sequence` shows ``trace`` best."""
    plan = plan_of(trace, only)
    scale = plan.scale(WIDEST, math.inf)
    return plan.size[0] * scale / 72, plan.size[1] * scale / 72


# --- where it goes ---


def plan_of(
    trace: Trace, only: Collection[str] | None = None, origins: Sequence[Origin] = ()
) -> Plan:
    """The layout of all of ``trace``."""
    told = story.told(trace, origins)
    labels = tuple(each for each in told.frames if only is None or each in only)
    kept = [place for place, row in enumerate(told.rows) if {*row.frames} <= {*labels}]
    rows = [told.rows[place] for place in kept[:MOST_ROWS]]
    rows = [row if row.since is None else replace(row, since=kept.index(row.since)) for row in rows]
    learns = story.secrets_matter(trace)
    gutter = 12 + max(width_of(each, BOLD) for each in ("10–11", *map(steps_of, rows)))
    asked = {str(each.server) for row in rows for each in row.asked}
    servers = tuple(each for each in told.servers if each.label in asked)
    room = WIDEST - gutter - 4 - KNOWS * learns
    room -= room_for(len(servers), len(labels))
    start = tuple(each for each in told.start if each.label in labels)
    hosts = [part for each in start if servers for part in re.split(r"(?<=[.])", each.host)]
    least = max([62.0, *(min(width_of(part, FINE) + 19, 100.0) for part in hosts)])
    gap = min(max(room / max(len(labels), 1), least), 196.0)
    heights = [len(heading(each, gap - 18)) for each in start]
    heights += [len(server_heading(each)) for each in servers]
    head = 11.0 * max([*heights, 2]) + (16 if servers else 12)
    known = tuple(sorted(trace.scenario.start.knowledge)) if learns else None
    plan = Plan(labels, start, gap, gutter, head, tuple(rows), (), known, servers=servers)
    bands: list[Band] = []
    y = plan.head + 8
    for place, row in enumerate(rows):
        band = _with_legs(_band(row, y, plan, _crossed(plan, place)), row, plan)
        if bands and band.bottom > TALLEST:
            break
        bands.append(band)
        y = band.bottom
    rows = rows[: len(bands)]
    left = len(trace.steps) - rows[-1].last if len(rows) < len(kept) else 0
    note = f"… {theme.counted(left, 'more step')}, not drawn." if left else ""
    return replace(plan, rows=tuple(rows), bands=tuple(bands), note=note)


def room_for(servers: int, frames: int) -> float:
    """The width that servers take up, beside so many frames."""
    return (CHANNEL if frames < 4 else NARROW) + SERVER * servers if servers else 0.0


def steps_of(row: Row) -> str:
    """The numbers of the steps that a row tells."""
    return f"{row.first}" if row.first == row.last else f"{row.first}–{row.last}"


def heading(shown: Shown, width: float) -> Lines:
    """The lines at the head of a lifeline."""
    attacker = (("attacker", BY),) if shown.hostile else ()
    return (shown.label, BOLD), *wrapped(shown.host, width), *attacker


def server_heading(shown: Shown) -> Lines:
    """The lines at the head of a server's lifeline."""
    what = ("attacker's server", BY) if shown.hostile else ("server", FINE)
    return *wrapped(shown.host, SERVER - 22, BOLD), what


def wrapped(
    text: str, width: float, look: Type = FINE, most: float = 5, breaks: str = r"(?<=[./])"
) -> Lines:
    """``text`` in a few lines of ``width`` points; a long host is broken at its dots."""
    lines = [""]
    for word in fit(text, most * width, look).split():
        parts = [word] if width_of(word, look) <= width else re.split(breaks, word)
        for place, part in enumerate(parts):
            longer = " ".join((lines[-1], part)) if lines[-1] and not place else lines[-1] + part
            if width_of(longer, look) <= width:
                lines[-1] = longer
            else:
                lines.append(fit(part, width, look))
    return tuple((line, look) for line in lines if line)


def _crossed(plan: Plan, place: int) -> bool:
    """Whether an arrow slants past the row at ``place``, left of its frame and not right of it."""
    here = plan.x(plan.rows[place].source)
    slants = [
        (plan.x(row.source), plan.x(row.target))
        for row in plan.rows[place + 1 :]
        if row.since is not None and row.since < place
    ]
    return any(min(each) < here for each in slants) and all(max(each) <= here for each in slants)


def _band(row: Row, top: float, plan: Plan, crossed: bool) -> Band:
    """The lines of a row, and how much room they take; a ``crossed`` aside goes to the right."""
    if row.asked and row.note and not row.text:
        return Band(top, top + 10, 0.0)
    if row.note:
        quiet = row.note == story.QUIET
        room = min(max(plan.gap, 160.0), plan.right - plan.gutter) - 14
        beside = plan.right - plan.x(row.source) - 9
        if quiet and crossed and beside > 70:
            room = min(room, beside)
        lines = wrapped(row.text, room, ABOUT if quiet else FINE) if row.text else ()
        lines += wrapped(row.why, room, BAD) if row.why else ()
        lines += wrapped(f"in truth from {row.truth}", room, BY) if row.truth else ()
        high = len(lines) * LINE + (5 if quiet else 14) + (18 if row.note == story.ASKS else 0)
        return Band(top, top + 10, high + (22 if row.shows and not row.asked else 0), lines)
    left, right = free(plan, row)
    off = (3.0, 3.0) if row.fate == story.STOPPED else (0.0, 0.0)
    room = right - left
    if room < 100 and any(each.is_new for each in row.shows):
        room, off = plan.gap - 16, (13.0, 0.0)
    above = wrapped(row.text, room) if row.since is None else ()
    below = wrapped(f"as {row.claims[0]}", right - left, BY) if row.claims[0] else ()
    why = {story.LOST: f"lost: {row.why}", story.WAITS: "still under way"}.get(row.fate, row.why)
    below += (
        wrapped(why, max(right - left, 120.0), BAD) if why and row.arrives == story.NEVER else ()
    )
    y = top + (16 if row.since is not None else 7 + off[0] + len(above) * LINE)
    under = 10 + off[1] + len(below) * LINE
    if row.shows:
        under = max(under, 30.0)
    return Band(top, y, y - top + under + 3, above, below, off)


def _with_legs(band: Band, row: Row, plan: Plan) -> Band:
    """The band with room for what servers are asked, and for what frames show after that."""
    if not row.asked:
        return band
    left, right = plan.channel
    legs, y = [], band.bottom
    for sent in row.asked:
        does = wrapped(sent.does, 220.0) if sent.does else ()
        above = _asked(sent.text, right - left, FINE if sent.is_answer else BOLD)
        above += _asked(sent.more, right - left, FINE)
        lines = [
            *((line, FINE) for line in sent.cookies),
            *((line, QUIET) for line in sent.headers),
        ]
        lines += [(sent.outcome, ABOUT), (sent.stopped, BAD)]
        below = tuple(each for line, look in lines for each in _asked(line, right - left, look))
        arrow = y + (len(does) * LINE + 12 if does else 0) + 6 + len(above) * LINE
        legs.append(Leg(y, arrow, does, above, below))
        y = arrow + 6 + len(below) * LINE + 2
    later = [_card(plan, each, 0).height for each in row.shows if _is_later(row, each)]
    shows, y = y + 1, y + (max(later) + 6 if later else 0)
    return replace(band, height=y + 3 - band.top, legs=tuple(legs), shows=shows)


def _asked(text: str, width: float, look: Type) -> Lines:
    """What stands on an arrow to a server: two lines, three of what is hard to break."""
    return wrapped(text, width, look, 1.9, r"(?<=[./?&,;=])") if text else ()


def _is_later(row: Row, shown: Shown) -> bool:
    """Whether a frame shows this only once a server has answered."""
    return bool(row.asked) and not (shown.is_new and shown.label == row.target)


def free(plan: Plan, row: Row) -> tuple[float, float]:
    """From where to where on an arrow there is room for words: between two lifelines."""
    x1, x2 = plan.x(row.source), plan.x(row.target)
    span, new = abs(x2 - x1), next((each for each in row.shows if each.is_new), None)
    room = min(span, max(plan.gap, 90.0)) - 16
    if new is not None:
        room = min(room, span - _card(plan, new, 0).width / 2 - 10)
    near = x1 + 8 if x2 > x1 else x1 - 8 - room
    return near, near + room


def _card_lines(plan: Plan, shown: Shown) -> Lines:
    if shown.is_new:
        return heading(shown, plan.gap - 26)
    return wrapped(shown.host, plan.gap - 26) if plan.servers else ((shown.host, FINE),)


def _card(plan: Plan, shown: Shown, y: float) -> Box:
    """Where the box stands that says what a frame shows from now on."""
    lines = _card_lines(plan, shown)
    wide = min(max(width_of(*each) for each in lines) + 16, plan.gap - 8)
    x, high = plan.x(shown.label) - wide / 2, 11.0 * len(lines) + 6
    return Box(x, y - high / 2 if shown.is_new else y + 8, wide, high)


# --- drawing ---


class Pen:
    """Writes and draws at a scale: what is laid out in points may have to be made smaller."""

    def __init__(self, ax: Axes, scale: float) -> None:
        self.ax, self.scale, self.ground = ax, scale, theme.PAPER
        width, height = theme.paper(ax)
        ax.set(xlim=(0, width / scale), ylim=(height / scale, 0))

    def write(
        self, x: float, y: float, text: str, look: Type = FINE, align: float = 0, cover: bool = True
    ) -> None:
        """Write ``text``, of which the part ``align`` stands left of ``x``, over what is there."""
        wide = width_of(text, look)
        if cover and text:
            under = Box(x - wide * align - 1, y - 0.82 * look.size, wide + 2, look.size * 1.1)
            self.fill(theme.square(under), self.ground, zorder=3)
        theme.write(self.ax, x - wide * align, y, text, look.scaled(self.scale))

    def fill(
        self, path: Path, face: str = "none", edge: str = "none", width: float = 1.0,
        dashes: tuple[float, float] | None = None, zorder: float = 4.4,
    ) -> None:  # fmt: skip
        """Fill ``path``, and draw along it."""
        ink(self.ax, path, face, edge, width=width * self.scale, dashes=dashes, zorder=zorder)

    def line(
        self, x1: float, y1: float, x2: float, y2: float, color: str, width: float = 1.4,
        dashes: tuple[float, float] | None = None, zorder: float = 4,
    ) -> None:  # fmt: skip
        """A straight line."""
        path = Path(np.round([(x1, y1), (x2, y2)], 2))
        self.fill(path, edge=color, width=width, dashes=dashes, zorder=zorder)

    def tip(self, x1: float, y1: float, x2: float, y2: float, color: str) -> None:
        """The head of an arrow that comes from the first point."""
        back = np.array([x2 - x1, y2 - y1]) / (np.hypot(x2 - x1, y2 - y1) or 1.0)
        side, end = np.array([-back[1], back[0]]), np.array([x2, y2])
        corners = [end, end - back * 8 + side * 3.6, end - back * 8 - side * 3.6, end]
        self.fill(Path(np.round(corners, 2), [1, 2, 2, 79]), color, zorder=4.1)

    def cross(self, x: float, y: float) -> None:
        """The sign of what is refused."""
        self.fill(theme.disc(x, y, 5.5), theme.PAPER, theme.REFUSED, zorder=4.6)
        for way in (-1, 1):
            self.line(
                x - 2.5, y - 2.5 * way, x + 2.5, y + 2.5 * way, theme.REFUSED, 1.6, zorder=4.7
            )

    def card(
        self, box: Box, shown: Shown, lines: Lines, shape: Callable[[Box], Path] = theme.rounded
    ) -> None:
        """A box in an origin's colour; the attacker's is an octagon with two borders."""
        face, edge = shown.tint
        shape = theme.octagon if shown.hostile else shape
        self.fill(shape(box), theme.PAPER if shown.hostile else face, edge)
        if shown.hostile:
            self.fill(theme.octagon(box.inset(2), 7), face, edge, 0.8)
        y = box.y + (box.height - 11 * len(lines)) / 2 + 8.6
        for number, (text, look) in enumerate(lines):
            text = fit(text, box.width - 8, look)
            self.write(box.center[0], y + 11 * number, text, look, 0.5, cover=False)


def draw_plan(plan: Plan, scale: float, ax: Axes) -> Axes:
    """Draw ``plan`` on ``ax``."""
    pen = Pen(ax, scale)
    bottom = (plan.bands[-1].bottom if plan.bands else plan.head + 8) + 2
    _lifelines(pen, plan, bottom)
    _servers(pen, plan, bottom)
    places = {row.since: place for place, row in enumerate(plan.rows) if row.since is not None}
    slants = [
        (plan.x(plan.rows[a].source), plan.bands[a].y, plan.x(plan.rows[a].target), plan.bands[b].y)
        for a, b in places.items()
    ]
    for place, (row, band) in enumerate(zip(plan.rows, plan.bands, strict=True)):
        pen.ground = NOW if place == plan.now else theme.PAPER
        if place == plan.now:
            now = Box(1, band.top, plan.right - 2, band.height)
            pen.fill(theme.rounded(now, 4), NOW, zorder=0.5)
        look = BOLD if place == plan.now else QUIET
        pen.write(plan.gutter - 7, band.y + 3, steps_of(row), look, 1, cover=False)
        if row.note:
            _note(pen, plan, row, band)
        elif row.since is None:
            end = plan.bands[places[place]].y if place in places else band.y
            _arrow(pen, plan, row, band, end, slants)
        else:
            _arrival(pen, plan, row, band)
        for sent, leg in zip(row.asked, band.legs, strict=False):
            _leg(pen, plan, sent, leg)
    pen.ground = theme.PAPER
    if plan.known is not None:
        _knowledge(pen, plan, bottom)
    pen.write(plan.gutter, bottom + 12, plan.note, ASIDE)
    return ax


def _lifelines(pen: Pen, plan: Plan, bottom: float) -> None:
    """The frames' boxes and, down from them, their lines."""
    since: dict[str, tuple[Shown, float]] = {}
    for shown in plan.start:
        box = Box(plan.x(shown.label) - plan.gap / 2 + 4, 2, plan.gap - 8, plan.head - 4)
        pen.card(box, shown, heading(shown, plan.gap - 18))
        since[shown.label] = shown, box.y + box.height
    for row, band in zip(plan.rows, plan.bands, strict=True):
        for shown in (each for each in row.shows if each.label in plan.labels):
            x, y = plan.x(shown.label), band.y + (len(band.above) * LINE if row.note else 0)
            box = _card(plan, shown, y - (12 if row.note else 0))
            if _is_later(row, shown):
                box = box._replace(y=band.shows)
                y = band.shows
            if shown.label in since:
                _line(pen, x, *since.pop(shown.label), box.y if shown.host else y)
            if not shown.host:
                pen.line(x - 6, y, x + 6, y, theme.MUTED, 2)
                continue
            pen.card(box, shown, _card_lines(plan, shown))
            since[shown.label] = shown, box.y + box.height
    for label, (shown, y) in since.items():
        _line(pen, plan.x(label), shown, y, bottom)


def _servers(pen: Pen, plan: Plan, bottom: float) -> None:
    """The servers' lines, and at their heads stacks of boxes: no frame looks like that."""
    for shown in plan.servers:
        x = plan.server_x(shown.label)
        box = Box(x - SERVER / 2 + 4, 8, SERVER - 14, plan.head - 10)
        _line(pen, x, shown, box.y + box.height, bottom, (6.0, 2.0))
        shape = theme.octagon if shown.hostile else theme.square
        for back in (6, 3):
            behind = box._replace(x=box.x + back, y=box.y - back)
            pen.fill(shape(behind), shown.tint.face, shown.tint.edge, 0.8)
        pen.card(box, shown, server_heading(shown), shape)


def _line(
    pen: Pen, x: float, shown: Shown, top: float, bottom: float,
    dashes: tuple[float, float] | None = None,
) -> None:  # fmt: skip
    """A lifeline in an origin's colour; the attacker's is double."""
    for way in (-1.6, 1.6) if shown.hostile else (0.0,):
        width = 1.2 if shown.hostile else 2.2
        pen.line(x + way, top, x + way, bottom, shown.tint.edge, width, dashes, zorder=1)


def _arrow(
    pen: Pen, plan: Plan, row: Row, band: Band, end: float, slants: Sequence[tuple[float, ...]]
) -> None:
    """What is sent, with its words above and what became of it below."""
    x1, x2, y = plan.x(row.source), plan.x(row.target), band.y
    way = 1 if x2 > x1 else -1
    tip = x2 - way * 4
    if new := next((each for each in row.shows if each.is_new), None):
        tip = x2 - way * _card(plan, new, y).width / 2
    dashes = (5.0, 3.0) if row.navigates else None
    color = theme.ATTACKER if row.claims[0] else theme.INK
    width = 2.0 if row.claims[0] else 1.4
    if row.fate == story.STOPPED:
        color, dashes = theme.REFUSED, (3.0, 2.5)
    pen.fill(theme.disc(x1, y, 2.2), color)
    if row.fate in (story.LOST, story.WAITS) and not row.shows:
        far = x1 + (x2 - x1) * 0.8
        pen.line(x1, y, far, y, color, width, dashes)
        pen.line(far, y, x2 - way * 8, y, color, dashes=(1.2, 2.6))
        if row.fate == story.LOST:
            pen.cross(far, y)
    else:
        pen.line(x1, y, tip - way * 3, end, color, width, dashes)
        pen.tip(x1, y, tip, end, color)
    middle, lifted = _middle(plan, row, band, slants)
    if row.fate == story.STOPPED:
        pen.cross(middle, y)
    for number, (text, look) in enumerate(band.above):
        up = (len(band.above) - 1 - number) * LINE
        pen.write(lifted, y - 3.8 - band.off[0] - up, text, look, 0.5)
    under = _known_by_now(row, band)
    for number, (text, look) in enumerate(under):
        pen.write(middle, y + 12 + band.off[1] + number * LINE, text, look, 0.5)


def _known_by_now(row: Row, band: Band) -> Lines:
    """The lines under an arrow that can be written by now."""
    claims = tuple(each for each in band.below if each[1] == BY and row.claims[0])
    if row.fate == story.WAITS and not row.shows:
        return claims or (("under way", ABOUT),)
    return claims + tuple(each for each in band.below if each[1] != BY)


def _middle(
    plan: Plan, row: Row, band: Band, slants: Sequence[tuple[float, ...]]
) -> tuple[float, float]:
    """Where the words below and above an arrow stand: between two lifelines, off what slants."""
    x1, x2 = plan.x(row.source), plan.x(row.target)
    left, right = free(plan, row)
    way = math.copysign(plan.gap, x2 - x1)
    wide = max([width_of(*line) for line in band.above], default=0.0) / 2 + 6
    where = (band.top + band.y) / 2

    def covered(x: float) -> float:
        over = (
            wide - abs(a + (b - a) * (where - y1) / (y2 - y1) - x)
            for a, y1, b, y2 in slants
            if y1 < where < y2
        )
        return sum(max(0.0, each) for each in over)

    gaps = range(round(abs(x2 - x1) / plan.gap))
    middle = min(((left + right) / 2 + way * k for k in gaps), key=covered)
    return middle, x1 + way / 2 if band.off[0] > 3 else middle


def _arrival(pen: Pen, plan: Plan, row: Row, band: Band) -> None:
    """The end of an arrow that began in a row above."""
    x = plan.x(row.target)
    if row.fate == story.TURNED_AWAY:
        pen.cross(x, band.y)
    side = -1 if plan.x(row.source) < x else 1
    for number, (text, look) in enumerate(band.below):
        y = band.y + 12 + number * LINE
        pen.write(x + side * 8, y, text, look, 1 if side < 0 else 0)


def _leg(pen: Pen, plan: Plan, sent: Sent, leg: Leg) -> None:
    """A request or an answer, with its words between frames and servers."""
    x, server, y = plan.x(sent.frame), plan.server_x(str(sent.server)), leg.y
    dashes = (5.0, 3.0) if sent.is_preflight else None
    if leg.does:
        wide, high = max(width_of(*line) for line in leg.does) + 14, len(leg.does) * LINE + 7
        box = Box(min(server - wide / 2, plan.right - wide - 3), leg.top + 2, wide, high)
        pen.fill(theme.square(box), "#ffffff", theme.INK, 1.8)
        for number, (text, look) in enumerate(leg.does):
            pen.write(box.center[0], box.y + 10.6 + number * LINE, text, look, 0.5, cover=False)
    start, end = (server, x) if sent.is_answer else (x, server)
    color = theme.INK
    if sent.stopped:
        end = x + 13
        color, dashes = (color, dashes) if sent.is_answer else (theme.REFUSED, (3.0, 2.5))
    way = 1 if end > start else -1
    pen.fill(theme.disc(start, y, 2.2), color)
    pen.line(start, y, end - way * (5 if sent.stopped else 7), y, color, 1.4, dashes)
    if sent.stopped:
        pen.cross(end, y)
    else:
        pen.tip(start, y, end - way * 4, y, color)
    left = plan.channel[0] if sent.is_answer or not sent.stopped else end + 11
    for number, (text, look) in enumerate(leg.above):
        pen.write(left, y - 3.8 - (len(leg.above) - 1 - number) * LINE, text, look)
    for number, (text, look) in enumerate(leg.below):
        pen.write(left, y + 11 + number * LINE, text, look)


def _note(pen: Pen, plan: Plan, row: Row, band: Band) -> None:
    """What happens in one frame."""
    x = plan.x(row.source)
    wide = max(width_of(*line) for line in band.above) + 14 if band.above else 0.0
    if row.note == story.QUIET:
        side = 1 if x + wide - 5 <= plan.right else -1
        for number, (text, look) in enumerate(band.above):
            pen.write(x + 7 * side, band.y + 3 + number * LINE, text, look, side < 0)
        return
    asks = row.note == story.ASKS
    high = len(band.above) * LINE + (24 if asks else 7)
    x = min(max(x - wide / 2, plan.gutter), plan.right - wide)
    box = Box(x, band.top + 2, wide, high)
    edge = {story.IGNORES: theme.REFUSED, story.ASKS: theme.INK}.get(row.note, theme.MUTED)
    dashes = (3.0, 2.5) if row.note == story.IGNORES else None
    width = 1.8 if row.note in (story.ASKS, story.ACCEPTS) else 1.0
    outline = theme.rounded(box, 2 if asks else 7)
    pen.fill(outline, "#ffffff", theme.ATTACKER if row.truth else edge, width, dashes)
    for number, (text, look) in enumerate(band.above):
        pen.write(box.center[0], box.y + 11 + number * LINE, text, look, 0.5, cover=False)
    for word, left in (("No", -34), ("Yes", 2)) if asks else ():
        button = Box(box.center[0] + left, box.y + high - 17, 32, 13)
        pen.fill(theme.rounded(button, 3), theme.FAINT, theme.MUTED, 0.7)
        pen.write(button.center[0], button.y + 9.6, word, FINE, 0.5, cover=False)


def _knowledge(pen: Pen, plan: Plan, bottom: float) -> None:
    """The column of what the attacker knows: each secret where it is learnt."""
    x = plan.right + 4 + KNOWS / 2
    for number, text in enumerate(("the attacker", "knows")):
        pen.write(x, plan.head / 2 - 2 + number * 11, text, BY, 0.5)
    placed = chips(plan)
    if not placed:
        pen.write(x, plan.head + 8, "nothing yet", ABOUT, 0.5)
    for place, (lines, box) in enumerate(placed):
        if not place:
            pen.line(x, box.y, x, bottom, theme.ATTACKER, 1.0, (1.5, 2.5), zorder=1)
        pen.card(box, Shown("", 0, "", theme.HOSTILE), lines)


def chips(plan: Plan) -> list[tuple[Lines, Box]]:
    """What the attacker knows, in boxes: each where it is learnt, or as high as there is room."""
    if plan.known is None:
        return []
    words = [(word, 0.0) for word in plan.known]
    for row, band in zip(plan.rows, plan.bands, strict=True):
        y = band.legs[-1].y if band.legs else band.y
        words += [(word, y - 8) for word, _ in row.learnt]
    placed, free_from = [], plan.head - 2
    for word, y in words:
        lines = wrapped(word, KNOWS - 20, Type(theme.SMALL, "bold"), breaks=r"(?<=[./-])")
        wide, high = max(width_of(*each) for each in lines) + 14, 11 * len(lines) + 5
        x = plan.right + 4 + KNOWS / 2
        placed.append((lines, Box(x - wide / 2, max(y, free_from), wide, high)))
        free_from = placed[-1][1].y + high + 3
    return placed
