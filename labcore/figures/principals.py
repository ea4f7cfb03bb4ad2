"""Principals: which documents a browser takes for one, whatever their origins (COP).

A column is an origin, a band below the header a principal. So a region, around all that belongs to
one principal, cuts across origins where it joins them, and a column has frames in two bands where
an origin is split. No band holds frames of another principal, so no region swallows a stranger.
"""

import itertools
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path

from labcore.browser import Browser, Document, Frame
from labcore.figures import theme
from labcore.figures.groups import MOST, Group
from labcore.figures.theme import BOLD, FINE, QUIET, Box, Tint, counted, ink, width_of, write
from labcore.figures.tree import (
    browser_tints,
    draw_frame,
    host_of,
    named,
    new_axes,
    notes_of,
    title_of,
)
from labcore.figures.words import IN_FULL, _listed, _short
from labcore.origin import Origin
from labcore.principals import is_configured
from labcore.world import World

HEADER, TITLE, PAD, GAP, NOTE = 19.0, 15.0, 7.0, 8.0, 16.0
"""In points: the heights of a column's header and of a band's title, inside a region, between
columns, bands and cards, and the height of the line that says what was left out."""

MOST_COLUMNS, MOST_BANDS, MOST_PERMUTED = 8, 8, 6
"""So many origins and principals are drawn one by one; of so many all orders are compared."""

DEFAULT, ALONE, MORE = "default", "alone", "more"
"""The bands that are no region: of default principals, of documents that belong to nobody else, of
the principals for which there is no room."""

OPAQUE, OTHERS = "opaque", "others"
"""The columns of what has no origin of its own, and of the origins for which there is no room."""


class Card(NamedTuple):
    """A frame, or a group of them that ``each`` stands for."""

    each: Frame
    group: Group
    hostile: bool = False


class Style(NamedTuple):
    """A size of card; ``lines`` is 1 where everything shares a line."""

    width: float
    height: float
    lines: int


@dataclass(frozen=True)
class Grid:
    """What stands where: the keys of columns and bands, in their order, and the cards of each cell.

    ``names`` are the titles of columns and bands.
    """

    columns: tuple[Hashable, ...]
    bands: tuple[Hashable, ...]
    cells: Mapping[tuple[Hashable, Hashable], tuple[Card, ...]]
    names: Mapping[Hashable, str]
    note: str

    def spanned(self, band: Hashable) -> list[int]:
        """The numbers of the columns that have frames in ``band``."""
        return [at for at, each in enumerate(self.columns) if (band, each) in self.cells]


@dataclass(frozen=True)
class Plan:
    """Where columns, bands and cards go; ``scale`` is below 1 only where nothing else fits."""

    columns: Sequence[tuple[float, float]]
    bands: Sequence[tuple[float, float]]
    cards: Mapping[tuple[Hashable, Hashable], Sequence[Box]]
    style: Style
    width: float
    height: float
    scale: float = 1.0


def draw_principals(
    shown: World | Browser,
    ax: Axes | None = None,
    *,
    attackers: Collection[str] = (),
    halo: str | None = None,
    origins: Sequence[Origin] = (),
    principals: Sequence[Origin] = (),
) -> Axes:
    """Draw which documents belong to which principal, across origins and windows.

    Parameters
    ----------
    shown:
        What to draw. A world knows the IDs of its principals and who the attacker is; of a browser
        alone the labels are shown. More than `MOST` frames are drawn as groups.
    ax:
        Where to draw, laid out for its present size; a new figure if not given.
    attackers:
        The labels of the attacker's frames, beside those that a world knows.
    halo:
        A frame to which something happens.
    origins:
        The order in which origins take their colours, where pictures are to agree.
    principals:
        The labels of principals in the order in which regions take their looks, likewise.

    Returns
    -------
    The axes.

    Raises
    ------
    UnknownName
        For a label that is not in the browser.
    """
    browser, hostile = _seen(shown, attackers)
    named(browser, halo, *hostile)
    ax = ax or new_axes(principals_size(shown, attackers=attackers))
    width, height = theme.paper(ax)
    grid, plan = _fitted(shown, hostile, width, height)
    tints = browser_tints(browser, hostile, origins)
    _draw_columns(ax, grid, plan, tints)
    for number, band in enumerate(grid.bands):
        _draw_band(ax, grid, plan, number, width, principals)
        for column in grid.columns:
            cards = grid.cells.get((band, column), ())
            for card, box in zip(cards, plan.cards.get((band, column), ()), strict=True):
                marked = halo is not None and card.each.label == halo
                draw_frame(ax, box, card.each, card.group, tints, card.hostile, marked)
                _write_card(ax, box, card, column, plan)
    write(ax, width / 2, height - 5, grid.note, theme.ASIDE, width=width - 8, align="center")
    return ax


def principals_size(
    shown: World | Browser, *, attackers: Collection[str] = (), **_: object
) -> tuple[float, float]:
    """The size in inches, margins left out, at which `draw_principals` shows ``shown`` best."""
    grid, plan = _fitted(shown, _seen(shown, attackers)[1], 620.0, 900.0)
    names = max((_title_width(grid, each) for each in grid.bands), default=0.0)
    width = max(plan.width, min(names, 420.0), 220.0)
    return (width + 1) / 72, (plan.height + (NOTE if grid.note else 0.0) + 1) / 72


def _seen(shown: World | Browser, attackers: Collection[str]) -> tuple[Browser, frozenset[str]]:
    """The browser that is drawn, and the labels of the attacker's frames."""
    if isinstance(shown, Browser):
        return shown, frozenset(attackers)
    known = (label for label in shown.browser.labels if shown.is_attackers(label))
    return shown.browser, frozenset((*attackers, *known))


# --- in words ---

SPOKEN: Mapping[Hashable, str] = {DEFAULT: "By default, by origin", ALONE: "Each for itself"}


def describe_principals(
    shown: World | Browser, *_: object, attackers: Collection[str] = (), **__: object
) -> str:
    """The picture in plain sentences: which documents belong together, and what is split."""
    browser, hostile = _seen(shown, attackers)
    grid = _grid(shown, hostile, grouped=len(browser) > MOST)
    windows, frames = counted(len(browser.windows), "window"), counted(len(browser), "frame")
    bands = {band_of(each.document) for each in browser.frames}
    created = sum(isinstance(band, Origin) for band in bands)
    said = [f"Principals in {windows} with {frames}: pages have created {created or 'none'}."]
    for band in grid.bands:
        held = [
            f"{_listed(map(_card_in_words, cards))} of {_short(grid.names[column])}"
            for column in grid.columns
            if (cards := grid.cells.get((band, column)))
        ]
        if isinstance(band, Origin):
            detail = f" ({band})" if _detail(grid, band) else ""
            said.append(f"{_short(grid.names[band])}{detail} holds {_listed(held)}.")
        else:
            start: dict[Hashable, str] = {
                DEFAULT: "By default, by origin",
                ALONE: "Each for itself",
            }
            said.append(f"{start.get(band, grid.names[band])}: {'; '.join(held)}.")
    split = [
        _short(grid.names[column])
        for column in grid.columns
        if isinstance(column, Origin)
        and sum((band, column) in grid.cells for band in grid.bands) > 1
    ]
    said += [f"Split between principals: {_listed(split)}."] if split else []
    said += [f"{grid.note[0].upper()}{_short(grid.note[1:])}."] if grid.note else []
    return " ".join(said)


def _card_in_words(card: Card) -> str:
    notes = [IN_FULL[note] for note in _notes(card)]
    said = _short(_title(card))
    return said + (f" ({', '.join(notes)})" if notes else "")


# --- what stands where ---


def band_of(document: Document) -> Hashable:
    """The label of the principal that somebody has created for it, or `DEFAULT`, or `ALONE`."""
    if is_configured(document.principal):
        return document.principal
    return ALONE if document.principal.is_opaque else DEFAULT


def column_of(document: Document) -> Hashable:
    """The origin; one column holds all that have none of their own."""
    return OPAQUE if document.origin.is_opaque else document.origin


def name_of_principal(shown: World | Browser, label: Origin) -> str:
    """The ID of a principal if ``shown`` is a world that knows it, else its label."""
    principals = shown.principals if isinstance(shown, World) else ()
    return next((each.id for each in principals if each.label == label), str(label))


def _grid(
    shown: World | Browser,
    hostile: frozenset[str],
    grouped: bool,
    most_columns: int = MOST_COLUMNS,
    most_bands: int = MOST_BANDS,
) -> Grid:
    """The cells of the picture; with ``grouped`` each holds one card for all of a kind."""
    browser = shown.browser if isinstance(shown, World) else shown
    frames = [each for _, each in browser.in_page_order()]
    bands = _bands(shown, frames, most_bands)
    columns = _columns(frames, most_columns)
    found: dict[tuple[Hashable, Hashable], list[Frame]] = {}
    for each in frames:
        band, column = band_of(each.document), column_of(each.document)
        band = band if band in bands else MORE
        column = column if column in columns else OTHERS
        found.setdefault((band, column), []).append(each)
    cells = {place: tuple(_cards(each, hostile, grouped)) for place, each in found.items()}
    cards = sum(map(len, cells.values()))
    unseen = len({band_of(each.document) for each in frames} - {*bands}) if MORE in bands else 0
    folded = len({column_of(each.document) for each in frames} - {*columns})
    names: dict[Hashable, str] = {
        DEFAULT: "default principals: one for each origin",
        ALONE: "each belongs to itself alone",
        MORE: f"{counted(unseen, 'more principal')}",
        OPAQUE: "opaque origins",
        OTHERS: counted(folded, "other origin"),
    }
    names |= {each: name_of_principal(shown, each) for each in bands if isinstance(each, Origin)}
    names |= {each: short_origin(each) for each in columns if isinstance(each, Origin)}
    notes = [f"{counted(len(frames), 'frame')} shown as {counted(cards, 'group')}"]
    notes = notes if cards < len(frames) else []
    if isinstance(shown, World) and (empty := _deserted(shown)):
        notes.append(f"nobody belongs to {', '.join(empty)}")
    return Grid(_side_by_side(columns, bands, found), bands, cells, names, "; ".join(notes))


def short_origin(origin: Origin) -> str:
    """An origin as short as can be: the host alone where it is reached over HTTPS as usual."""
    return str(origin).removeprefix("https://")


def _deserted(world: World) -> list[str]:
    """The IDs of the principals to which no document belongs."""
    inhabited = {each.document.principal for each in world.browser.frames}
    return [each.id for each in world.principals if each.label not in inhabited]


def _bands(shown: World | Browser, frames: Sequence[Frame], most: int) -> tuple[Hashable, ...]:
    """Default principals first, then those that were created, in that order; last the lonely."""
    found = dict.fromkeys(band_of(each.document) for each in frames)
    known = (each.label for each in shown.principals) if isinstance(shown, World) else ()
    created = [each for each in dict.fromkeys((*known, *found)) if each in found]
    regions = [each for each in created if isinstance(each, Origin)]
    return (
        *([DEFAULT] if DEFAULT in found else []),
        *regions[:most],
        *([MORE] if regions[most:] else []),
        *([ALONE] if ALONE in found else []),
    )


def _columns(frames: Sequence[Frame], most: int) -> tuple[Hashable, ...]:
    """The origins in page order; where they are too many, those of regions and of many frames."""
    counts: dict[Hashable, list[int]] = {}
    for each in frames:
        told = counts.setdefault(column_of(each.document), [0, 0])
        told[0] += is_configured(each.document.principal)
        told[1] += 1
    if len(counts) <= most:
        return tuple(counts)
    kept = sorted(counts, key=lambda each: counts[each], reverse=True)[: most - 1]
    return (*(each for each in counts if each in kept), OTHERS)


def _side_by_side(
    columns: tuple[Hashable, ...],
    bands: tuple[Hashable, ...],
    cells: Collection[tuple[Hashable, Hashable]],
) -> tuple[Hashable, ...]:
    """``columns`` in the order in which regions are narrowest, and else as they were."""
    groups = [
        [column for column in columns if (band, column) in cells]
        for band in bands
        if isinstance(band, Origin)
    ]
    joined = list(dict.fromkeys(column for group in groups if len(group) > 1 for column in group))
    if len(joined) < 2:
        return columns
    rest = [each for each in columns if each not in joined]
    first = min(map(columns.index, joined))
    at = sum(columns.index(each) < first for each in rest)
    orders: Iterable[tuple[Hashable, ...]] = [tuple(joined)]
    if len(joined) <= MOST_PERMUTED:
        in_page_order = [each for each in columns if each in joined]
        orders = itertools.permutations(in_page_order)

    def width(order: tuple[Hashable, ...]) -> int:
        places = ([order.index(each) for each in group if each in order] for group in groups)
        return sum(max(each) - min(each) for each in places if each)

    return (*rest[:at], *min(orders, key=width), *rest[at:])


def _cards(frames: Sequence[Frame], hostile: frozenset[str], grouped: bool) -> Iterator[Card]:
    """A card a frame; or one for all of an origin, the attacker's apart."""
    if not grouped:
        yield from (Card(each, Group(), each.label in hostile) for each in frames)
        return
    for is_hostile in (False, True):
        alike = [each for each in frames if (each.label in hostile) == is_hostile]
        if alike:
            hosts = len({host_of(each) for each in alike})
            yield Card(alike[0], Group(len(alike), 0, hosts), is_hostile)


# --- where it goes ---


def _fitted(
    shown: World | Browser, hostile: frozenset[str], width: float, height: float
) -> tuple[Grid, Plan]:
    """The largest cards, and only then groups and fewer columns, with which everything fits."""
    browser = shown.browser if isinstance(shown, World) else shown
    counts = (MOST_COLUMNS, 7, 6, 5, 4, 3)
    grids = [(False, most, MOST_BANDS) for most in counts] if len(browser) <= MOST else []
    grids += [(True, most, most) for most in counts]
    for grouped, most_columns, most_bands in grids:
        grid = _grid(shown, hostile, grouped, most_columns, most_bands)
        room = height - (NOTE if grid.note else 0.0)
        for plan in _plans(grid):
            if plan.width <= width and plan.height <= room:
                return grid, _moved(plan, 1.0, (width - plan.width) / 2)
    scale = min(width / plan.width, room / plan.height)
    return grid, _moved(plan, scale, (width - plan.width * scale) / 2)


def _plans(grid: Grid) -> Iterator[Plan]:
    """Ways to lay out a grid, the best first."""
    cards = [card for cell in grid.cells.values() for card in cell]
    tall = 44.0 if any(map(_notes, cards)) else 32.0
    styles = [Style(wide, tall, 2) for wide in (112, 98, 86, 74)]
    styles += [Style(wide, 17, 1) for wide in (150, 112, 86, 74)]
    for style in styles:
        for side_by_side in (1, 2, 3) if style.lines == 2 else (1, 2, 3, 4):
            yield _plan(grid, style, side_by_side)


def _plan(grid: Grid, style: Style, side_by_side: int) -> Plan:
    """The grid with cards of one style, at most so many of a cell side by side."""
    gap = 6.0 if style.lines == 2 else 4.0
    columns: list[tuple[float, float]] = []
    x = 0.0
    for column in grid.columns:
        most = max(len(grid.cells.get((band, column), ())) for band in grid.bands)
        across = min(side_by_side, most)
        wide = across * (style.width + gap) - gap + 2 * (PAD + 3)
        columns.append((x, wide))
        x += wide + GAP
    bands: list[tuple[float, float]] = []
    cards: dict[tuple[Hashable, Hashable], list[Box]] = {}
    y = HEADER
    for band in grid.bands:
        deepest = 0
        for column, (left, _) in zip(grid.columns, columns, strict=True):
            boxes = cards[band, column] = []
            for n in range(len(grid.cells.get((band, column), ()))):
                down, across = divmod(n, side_by_side)
                deepest = max(deepest, down + 1)
                dx, dy = across * (style.width + gap), down * (style.height + gap)
                boxes.append(
                    Box(left + PAD + 3 + dx, y + TITLE + PAD + dy, style.width, style.height)
                )
        high = TITLE + 2 * PAD + deepest * (style.height + gap) - gap
        bands.append((y, high))
        y += high + GAP
    return Plan(columns, bands, cards, style, max(x - GAP, 0.0) + 2, y)


def _moved(plan: Plan, scale: float, left: float) -> Plan:
    """The same plan, smaller, and so far from the left."""
    left = max(0.0, left)

    def moved(box: Box) -> Box:
        x, y = left + 1 + box.x * scale, 1 + box.y * scale
        return Box(round(x, 2), round(y, 2), box.width * scale, box.height * scale)

    return Plan(
        [(left + 1 + x * scale, wide * scale) for x, wide in plan.columns],
        [(1 + y * scale, high * scale) for y, high in plan.bands],
        {place: [moved(box) for box in boxes] for place, boxes in plan.cards.items()},
        plan.style,
        plan.width * scale,
        plan.height * scale,
        scale,
    )


# --- the drawing ---


def _draw_columns(ax: Axes, grid: Grid, plan: Plan, tints: Mapping[Origin, Tint]) -> None:
    """A pale stripe for each origin, its name above, underlined in its colour."""
    scale = plan.scale
    bottom = max((y + high for y, high in plan.bands), default=0.0)
    for column, (x, wide) in zip(grid.columns, plan.columns, strict=True):
        tint = tints[column] if isinstance(column, Origin) else theme.CROWD
        ink(ax, theme.rounded(Box(x, 1, wide, bottom + 1), 6), "#f3f5f7", zorder=0.1)
        place = write(
            ax, x + wide / 2, 1 + 12.5 * scale, grid.names[column], BOLD.scaled(scale),
            width=wide - 8, align="center",
        )  # fmt: skip
        y = round(place.y + place.height + 2.5 * scale, 2)
        line = Path([(round(place.x, 2), y), (round(place.x + place.width, 2), y)])
        ink(ax, line, edge=tint.edge, width=1.6, zorder=0.2)


def _draw_band(
    ax: Axes, grid: Grid, plan: Plan, number: int, paper: float, principals: Sequence[Origin]
) -> None:
    """A region around all that belongs to one principal, and its name."""
    band, scale = grid.bands[number], plan.scale
    top, high = plan.bands[number]
    spanned = grid.spanned(band)
    left = plan.columns[spanned[0]][0] + 3 * scale
    right = sum(plan.columns[spanned[-1]]) - 3 * scale
    region = Box(left, top + TITLE * scale, right - left, high - TITLE * scale)
    if isinstance(band, Origin):
        regions = (each for each in grid.bands if isinstance(each, Origin))
        draw_region(ax, region, [*dict.fromkeys((*principals, *regions))].index(band))
    elif band == DEFAULT:
        for at in spanned:
            if isinstance(grid.columns[at], Origin):
                x, wide = plan.columns[at]
                boxes = plan.cards[band, grid.columns[at]]
                below = max(box.y + box.height for box in boxes) + PAD * scale
                outline = Box(x + 3 * scale, region.y, wide - 6 * scale, below - region.y)
                ink(ax, theme.rounded(outline, 7), edge="#aab4bf", width=0.8, zorder=0.4)
    _write_title(ax, grid, band, region, top, scale, paper)


def _write_title(
    ax: Axes, grid: Grid, band: Hashable, region: Box, top: float, scale: float, paper: float
) -> None:
    """The name of a region above it: from its left edge if there is more room, else to its right.

    The label follows an ID where both fit.
    """
    look = (BOLD if isinstance(band, Origin) else QUIET).scaled(scale)
    name, detail = grid.names[band], _detail(grid, band)
    y, room = top + 10.8 * scale, paper - region.x - 4
    if _title_width(grid, band) * scale <= room or room >= region.x + region.width:
        place = write(ax, region.x + 2, y, name, look, width=room)
        x = place.x + place.width + 6 * scale
        quiet = QUIET.scaled(scale)
        if detail and x + width_of(detail, quiet) <= paper - 2:
            write(ax, x, y, detail, quiet)
        return
    end = region.x + region.width - 2
    write(ax, end, y, name, look, width=end - 2, align="right")


def _detail(grid: Grid, band: Hashable) -> str:
    """The label of a principal that goes by its ID."""
    label = str(band) if isinstance(band, Origin) else ""
    return "" if grid.names[band] == label else label


def _title_width(grid: Grid, band: Hashable) -> float:
    detail = _detail(grid, band)
    look = BOLD if isinstance(band, Origin) else QUIET
    return width_of(grid.names[band], look) + (width_of(detail, QUIET) + 12 if detail else 4)


Hatching = Callable[[Box], Path]


def _mirrored(box: Box) -> Path:
    """Lines that slant the other way."""
    path = theme.hatching(box, 9.0)
    x, y = np.asarray(path.vertices).T
    return Path(np.round(np.column_stack([2 * box.x + box.width - x, y]), 2), path.codes)


def _lines(across: bool) -> Hatching:
    """Lines from side to side, or from top to bottom."""

    def path(box: Box) -> Path:
        length = box.height if across else box.width
        ends = []
        for n in range(1, int(length / 7.0) + 1):
            at = n * 7.0 - 2
            if across:
                ends += [(box.x, box.y + at), (box.x + box.width, box.y + at)]
            else:
                ends += [(box.x + at, box.y), (box.x + at, box.y + box.height)]
        points = [(round(x, 2), round(y, 2)) for x, y in ends]
        return Path(points, [1, 2] * (len(points) // 2)) if points else Path([(box.x, box.y)])

    return path


HATCHES: tuple[Hatching, ...] = (
    lambda box: theme.hatching(box, 9.0),
    _mirrored,
    _lines(across=True),
    _lines(across=False),
)
FILLS = ("#e3e6f3", "#ece5dc", "#dfece6", "#f0e3ea")
LINES = ("#c9cee6", "#d9cdbc", "#bfd8cb", "#dfc6d3")
EDGES = ("#3d4a86", "#6a5233", "#2c6a52", "#7d3b5d")
DASHES = (None, (6.0, 2.5), (2.0, 1.8))


def draw_region(ax: Axes, box: Box, number: int) -> None:
    """A region: its hatching, its line and its fill differ from those of the others."""
    fill, edge = FILLS[number % len(FILLS)], EDGES[number % len(EDGES)]
    ink(ax, theme.rounded(box, 9), fill, zorder=0.5)
    hatch = HATCHES[number % len(HATCHES)](box.inset(2.5))
    ink(ax, hatch, edge=LINES[number % len(LINES)], width=0.9, zorder=0.6)
    dashes = DASHES[number % len(DASHES)]
    ink(ax, theme.rounded(box, 9), edge=edge, width=1.8, dashes=dashes, zorder=0.7)


def _notes(card: Card) -> list[str]:
    """What is special about a frame."""
    return notes_of(card.each, card.hostile)


def _title(card: Card) -> str:
    """The label; of a group how many it is."""
    many = card.group.members > 1
    return counted(card.group.members, "frame") if many else title_of(card.each, card.group)


def where_of(each: Frame) -> str:
    """Whether it is a window, or in which frame it is."""
    return "window" if each.parent is None else f"in {each.parent}"


def _write_card(ax: Axes, box: Box, card: Card, column: Hashable, plan: Plan) -> None:
    """Label, where the frame is, what is special; the host where the column does not say it."""
    scale = plan.scale
    stated = isinstance(column, Origin)
    title = _title(card)
    notes = " · ".join(each for each in _notes(card) if stated or each != "opaque")
    loud = QUIET._replace(color=theme.ATTACKER, style="bold") if card.hostile else QUIET
    bold, fine, quiet = BOLD.scaled(scale), FINE.scaled(scale), loud.scaled(scale)
    where = where_of(card.each) if stated else host_of(card.each)
    if card.group.members > 1:
        hosts = card.group.hosts
        where = "" if stated else counted(hosts, "host") if hosts > 1 else host_of(card.each)
    room = box.width - 12 * scale
    if plan.style.lines == 1:
        left, right = box.x + 6 * scale, box.x + box.width - 6 * scale
        y = box.y + box.height / 2 + 0.36 * bold.size
        left += write(ax, left, y, title, bold, width=room * (0.5 if notes else 1)).width
        rest, look = (notes, quiet) if notes else (where, QUIET.scaled(scale))
        if rest and right - left > 30 * scale:
            write(ax, right, y, rest, look, width=right - left - 6 * scale, align="right")
        return
    lines = [each for each in ((title, bold), (where, fine), (notes, quiet)) if each[0]]
    leading = 12.0 * scale
    y = box.y + (box.height - leading * len(lines)) / 2 + 9.3 * scale
    for text, look in lines:
        write(ax, box.center[0], y, text, look, width=room, align="center")
        y += leading
