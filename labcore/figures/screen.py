"""The screen: what the user sees, and in small grey italics what only we know.

Each window has a location bar, which names its top-level page and nothing else, and a lock. The
frames lie in it where `labcore.screen.layout` puts them. To the user a hijacked frame looks like
the frame that it replaced; the octagon around it, the URLs inside the windows and the line on what
the attacker knows are our annotations.
"""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.path import Path

from labcore.browser import Browser, Frame
from labcore.figures import theme
from labcore.figures.groups import MOST, Condensed, Group, condense
from labcore.figures.theme import ASIDE, BOLD, FINE, QUIET, Box, Type, ink, width_of, write
from labcore.figures.tree import (
    NOTE,
    browser_tints,
    draw_frame,
    host_of,
    inside_of,
    named,
    new_axes,
    notes_of,
    title_of,
)
from labcore.origin import Origin
from labcore.screen import HEADER, Rectangle, layout, location_bar, shows_lock
from labcore.world import World

CHROME, STRIP, GAP, LEADING = 25.0, 26.0, 12.0, 12.5
"""In points: a window's bar, the strip below, the gap between windows, from line to line."""

NARROW = 60.0
"""A frame that is less wide can hardly be read."""


class Line(NamedTuple):
    """A line of text in a frame. Where not all find room, those of the lowest ``rank`` stay."""

    rank: float
    text: str
    look: Type
    typed: bool = False


def draw_screen(
    shown: World | Browser,
    window: str | None = None,
    ax: Axes | None = None,
    *,
    actor: str | None = None,
    target: str | None = None,
    allowed: bool | None = None,
    attackers: Collection[str] = (),
    halo: str | None = None,
    origins: Sequence[Origin] = (),
) -> Axes:
    """Draw the windows as the user sees them, side by side, or only that of the frame ``window``.

    ``shown`` is a browser, or a world: then the picture also has what the user typed and what the
    attacker knows, and the attacker's frames need not be named. The other parameters are those of
    `draw_tree`.

    Returns the axes. Raises `UnknownName` for a label that is not in the browser.
    """
    browser = shown.browser if isinstance(shown, World) else shown
    named(browser, window, *attackers)
    kept = named(browser, actor, target, halo)
    ax = ax or new_axes(screen_size(shown, window))
    width, height = theme.paper(ax)
    strip = 0.0
    if isinstance(shown, World):
        attackers = {*attackers, *(label for label in browser.labels if shown.is_attackers(label))}
        strip = STRIP
    condensed, boxes, panes, unnamed = _placed(
        browser, window, width, height, strip, kept, attackers
    )
    small, groups = condensed.browser, condensed.groups
    for top, pane in panes.items():
        _chrome(ax, pane, location_bar(browser, top), shows_lock(browser, top), groups[top])
    tint = browser_tints(browser, attackers, origins)
    texts: list[Box] = []
    anchors: dict[str, Box] = {}
    for floor, (label, box) in enumerate(boxes.items()):
        each, group, hostile = small.frame(label), groups[label], label in attackers
        if min(box.width, box.height) < 4:
            continue
        zorder = 1 + floor / (4 * len(boxes))
        draw_frame(ax, box, each, group, tint, hostile, label == halo, zorder)
        room = _room(small, label, box)
        written: list[Box] = []
        if _nameable(box, room, hostile):
            lines = _lines(shown, each, group, hostile, box.width - (14 if hostile else 10))
            written = _fill(ax, box, room, lines, hostile)
        texts += written
        anchors[label] = _anchor(box, room, written)
    if actor is not None and target is not None and actor != target:
        start, end = (anchors.get(condensed.stands_in[each]) for each in (actor, target))
        if start is not None and end is not None and start != end:
            theme.arrow(ax, start, end, allowed, texts, (width, height - strip), dot=True)
    _below(ax, shown, condensed, unnamed, width, height)
    return ax


def screen_size(
    shown: World | Browser, window: str | None = None, **_: object
) -> tuple[float, float]:
    """The size in inches, margins left out, at which `draw_screen` shows ``shown`` best."""
    browser = shown.browser if isinstance(shown, World) else shown
    count = len(browser.windows) if window is None else 1
    depth = max((level for level, _ in browser.in_page_order()), default=0)
    if len(browser) > MOST:
        return 8.7, 5.5 + NOTE / 72
    columns = min(count, _columns(min(count, 60)))
    rows = math.ceil(min(count, 60) / columns) if columns else 1
    tall = 3.0 if depth < 2 else 4.0 if depth < 4 else 5.5
    return min(8.7, 4.2 * columns), min(9.0, rows * tall) + STRIP / 72


def _columns(count: int) -> int:
    return count if count <= 3 else math.ceil(math.sqrt(count))


def _panes(count: int, width: float, height: float) -> list[Box]:
    """Places for ``count`` windows."""
    columns = max(1, _columns(count))
    rows = max(1, math.ceil(count / columns))
    wide, high = (width - 2 - GAP * (columns - 1)) / columns, (height - 2 - GAP * (rows - 1)) / rows
    places = (divmod(i, columns) for i in range(count))
    return [
        Box(round(1 + column * (wide + GAP), 2), round(1 + row * (high + GAP), 2), wide, high)
        for row, column in places
    ]


def _placed(
    browser: Browser,
    window: str | None,
    width: float,
    height: float,
    strip: float,
    kept: Collection[str],
    attackers: Collection[str],
) -> tuple[Condensed, dict[str, Box], dict[str, Box], int]:
    """The places of frames and windows, and how many frames are too small to be named.

    A browser that must be condensed is condensed until most of its groups can be named.
    """
    for most in (MOST, 40, 26, 17, 11):
        condensed = condense(browser, most, kept, attackers)
        small, screen = condensed.browser, layout(condensed.browser)
        tops = small.windows if window is None else (condensed.stands_in[browser.root(window)],)
        for below in (strip, max(strip, NOTE)):
            panes = dict(zip(tops, _panes(len(tops), width, height - below), strict=True))
            boxes = {
                label: _within(panes[place.window], place)
                for label, place in screen.items()
                if place.window in panes
            }
            nameless = [
                label
                for label, box in boxes.items()
                if not _nameable(box, _room(small, label, box), label in attackers)
            ]
            if not nameless and not condensed.note:
                break
        narrow = sum(box.width < NARROW for box in boxes.values())
        if not condensed.note or narrow <= len(boxes) / 10:
            break
    return condensed, boxes, panes, sum(condensed.groups[label].frames for label in nameless)


def _within(pane: Box, place: Rectangle) -> Box:
    """Where a frame lies on the paper: its ``place`` in the window ``pane``, below the bar."""
    wide, high = pane.width - 8, pane.height - CHROME - 4
    x, y = pane.x + 4 + place.left * wide, pane.y + CHROME + place.top * high
    across, down = place.right - place.left, place.bottom - place.top
    return Box(round(x, 2), round(y, 2), across * wide, down * high)


def _room(browser: Browser, label: str, box: Box) -> float:
    """The height that a frame's text may take up: what lies above the frames in it."""
    return box.height * HEADER if browser.children(label) else box.height


def _nameable(box: Box, room: float, hostile: bool) -> bool:
    return box.width >= (36 if hostile else 32) and room >= (16 if hostile else 13)


def _chrome(ax: Axes, pane: Box, url: str, locked: bool, group: Group) -> None:
    """A window with its bar: the lock, and where the browser says that we are."""
    ink(ax, theme.rounded(pane, 7), theme.FAINT, "#aeb7c1", zorder=0.5)
    field = Box(pane.x + 7, pane.y + 5, pane.width - 14, CHROME - 10)
    ink(ax, theme.rounded(field, 7), "#ffffff", theme.EDGE, width=0.8, zorder=0.6)
    _lock(ax, field.x + 11, field.center[1], locked)
    said = url if group.members == 1 else f"{url} ×{group.members:,}"
    write(ax, field.x + 20, field.center[1] + 3.2, said, FINE, width=field.width - 27)


def _lock(ax: Axes, x: float, y: float, closed: bool) -> None:
    """A padlock: dark and closed, or pale and open."""
    color = theme.INK if closed else "#8a95a1"
    body = theme.rounded(Box(x - 3.6, y - 0.8, 7.2, 5.2), 1)
    ink(ax, body, color if closed else "#ffffff", color, zorder=4)
    dx = 0.0 if closed else 4.4
    hoop = [(-2.3, -0.8), (-2.3, -5.6), (2.3, -5.6), (2.3, -0.8 if closed else -2.6)]
    path = Path([(x + dx + px, y + py) for px, py in hoop], [1, 4, 4, 4])
    ink(ax, path, edge=color, width=1.3, zorder=4)


def _url(url: str, width: float, verb: str = "") -> str:
    """A URL, without its scheme if it would not fit otherwise."""
    short = url.removeprefix("https://").removesuffix("/")
    _, slash, path = short.partition("/")
    for shorter in (url, short):
        if width_of(verb + shorter, ASIDE) <= width:
            return theme.printable(verb + shorter, ASIDE.style)
    return verb + (f"…/{path}" if slash and short != url else short)


def _lines(
    shown: World | Browser, each: Frame, group: Group, hostile: bool, width: float
) -> list[Line]:
    """What stands in a frame ``width`` points wide, in this order."""
    title, host = title_of(each, group), "" if group.members > 1 else host_of(each)
    lines = [Line(0, title, BOLD)]
    for said in inside_of(group):
        fits = width_of(said, FINE) <= width
        lines.append(Line(2.2, said if fits else f"+{group.inside:,}", QUIET))
    if notes := notes_of(each, hostile):
        look = Type(theme.SMALL, "bold", theme.ATTACKER) if hostile else QUIET
        said = " · ".join(notes)
        fits = width_of(said, look) <= width
        lines += [Line(1, note, look) for note in ([said] if fits else notes)]
    if host:
        lines.append(Line(3, host, FINE))
    if group.members > 1:
        return lines
    if each.parent is not None and each.document.url.removesuffix("/") != f"https://{host}":
        lines.append(Line(5, _url(each.document.url, width), ASIDE))
    if isinstance(shown, World):
        navigation, now = shown.pending_in(each.label), ASIDE._replace(color=theme.INK)
        if navigation is not None:
            loading = _url(navigation.url, width, "loading ")
            if "…" in loading:
                lines.append(Line(2.5, "loading", now))
                loading = _url(navigation.url, width)
            lines.append(Line(2.5, loading, now))
        typed = (secret for label, secret in sorted(shown.typed) if label == each.label)
        lines += [Line(2, secret, FINE, typed=True) for secret in typed]
    return lines


def _fill(ax: Axes, box: Box, room: float, lines: list[Line], hostile: bool) -> list[Box]:
    """Write as many lines as fit into the top ``room`` points of ``box``; gives their places."""
    inset = 7.0 if hostile else 5.0
    width, free = box.width - 2 * inset, room - (3.5 if hostile else 0.5)
    title = lines[0]
    joined: Line | None = None
    needed = width_of(title.text, BOLD)
    chosen: list[Line] = []
    for line in sorted(lines, key=lambda each: each.rank):
        high = 17.0 if line.typed else LEADING
        if high <= free + 0.5:
            chosen.append(line)
            free -= high
        elif joined is None and chosen and needed + 40 < width and line.rank in (1, 3):
            joined = line
    written = []
    x, y = box.x + inset, box.y + (4.5 if hostile else 2.0)
    for line in (each for each in lines if each in chosen):
        if line.typed:
            field = Box(x, y + 2.5, width, 14)
            ink(ax, theme.rounded(field, 3), "#ffffff", theme.MUTED, width=0.8, zorder=3)
            place = write(ax, x + 5, field.y + 10.2, line.text, line.look, width=width - 10)
        else:
            place = write(ax, x, y + 9.6, line.text, line.look, width=width)
        written.append(place)
        if line is title and joined is not None:
            end, rest = place.x + place.width + 7, width - place.width - 7
            written.append(write(ax, end, y + 9.6, joined.text, joined.look, width=rest))
        y += 17.0 if line.typed else LEADING
    return written


def _anchor(box: Box, room: float, written: Sequence[Box]) -> Box:
    """Where in a frame an arrow starts or ends: below its text, or beside it."""
    bottom = max((each.y + each.height for each in written), default=box.y)
    if room - (bottom - box.y) > 24:
        return Box(box.center[0] - 4, max(bottom + 8, box.y + 0.7 * room - 4), 8, 8)
    right = max((each.x + each.width for each in written), default=box.x)
    x = min(right + 12, box.x + box.width - 18)
    return Box(
        x, box.y + min(room, bottom - box.y + 4) / 2 - 4, max(8.0, box.x + box.width - 18 - x), 8
    )


def _below(
    ax: Axes,
    shown: World | Browser,
    condensed: Condensed,
    unnamed: int,
    width: float,
    height: float,
) -> None:
    """What the attacker knows, and what the picture leaves out."""
    left_out = [condensed.note] if condensed.note else []
    left_out += [f"{theme.counted(unnamed, 'frame')} too small to name"] if unnamed else []
    start, end = 4.0, width - 2
    if isinstance(shown, World):
        knows = ", ".join(sorted(shown.knowledge))
        sign = theme.octagon(Box(2, height - 14.5, 10, 10), 3)
        ink(ax, sign, theme.HOSTILE.face, theme.ATTACKER, zorder=4)
        look = Type(theme.SMALL, "bold", theme.ATTACKER) if knows else QUIET
        said = f"the attacker knows: {knows or 'nothing yet'}"
        room = width * 0.5 if left_out else width - 21
        for kept in range(len(shown.knowledge) - 1, 0, -1):
            if width_of(said, look) <= room:
                break
            words = ", ".join(sorted(shown.knowledge)[:kept])
            said = f"the attacker knows: {words} and {len(shown.knowledge) - kept} more"
        place = write(ax, 17, height - 6.5, said, look, width=room)
        start = place.x + place.width + 8
    said = "; ".join(left_out)
    if left_out and width_of(said, ASIDE) > end - start:
        said = left_out[0]
    write(ax, end, height - 6, said, ASIDE, width=end - start, align="right")
