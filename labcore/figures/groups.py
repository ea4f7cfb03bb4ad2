"""A browser too large to draw, as a smaller one whose frames stand for many.

Siblings of one origin become one group, and so do their children; from the windows downwards, as
far as there is room. What lies deeper is counted in the group that holds it. The result is an
ordinary `Browser`, so that what draws a small page draws a large one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from labcore.browser import Browser
from labcore.figures.theme import counted

MOST = 60
"""So many frames are drawn one by one."""


@dataclass(frozen=True)
class Group:
    """What one frame of a condensed browser stands for.

    ``members`` are side by side, ``inside`` are frames within them that are not drawn; ``hosts`` is
    how many different hosts the members have.
    """

    members: int = 1
    inside: int = 0
    hosts: int = 1

    @property
    def frames(self) -> int:
        """How many frames that is."""
        return self.members + self.inside


@dataclass(frozen=True)
class Condensed:
    """A browser small enough to draw; ``stands_in`` says which frame stands for which."""

    browser: Browser
    groups: Mapping[str, Group]
    stands_in: Mapping[str, str]
    frames: int

    @property
    def note(self) -> str:
        """What a picture must say about what it leaves out; empty if it shows every frame."""
        if self.frames == len(self.browser):
            return ""
        return f"{counted(self.frames, 'frame')} shown as {counted(len(self.browser), 'group')}"


def condense(
    browser: Browser, most: int = MOST, keep: Collection[str] = (), attackers: Collection[str] = ()
) -> Condensed:
    """``browser`` with ``most`` frames; those in ``keep`` stand for themselves, come what may."""
    if len(browser) <= most:
        alone = {label: label for label in browser.labels}
        return Condensed(browser, dict.fromkeys(alone, Group()), alone, len(browser))
    hostile, apart = frozenset(attackers), frozenset(keep)
    shown: dict[str, tuple[str, ...]] = {}
    parents: dict[str, str | None] = {}
    todo: list[tuple[int, int, str | None, tuple[str, ...]]] = [(0, 0, None, browser.windows)]
    while todo:
        depth, _, above, frames = heappop(todo)
        room = most - len(shown)
        for members in _merged(browser, frames, room, apart, hostile):
            shown[members[0]] = members
            parents[members[0]] = above
            children = tuple(inner for each in members for inner in browser.children(each))
            if children:
                heappush(todo, (depth + 1, len(shown), members[0], children))
    stands_in = {label: group for group, members in shown.items() for label in members}
    inside = dict.fromkeys(shown, 0)
    for _, each in browser.in_page_order():
        if each.label in stands_in:
            continue
        above = None if each.parent is None else stands_in[each.parent]
        if each.label in apart or above is None:
            shown[each.label], parents[each.label], inside[each.label] = (each.label,), above, 0
            stands_in[each.label] = each.label
        else:
            stands_in[each.label] = above
            inside[above] += 1
    drawn = tuple(replace(browser.frame(label), parent=parents[label]) for label in shown)
    groups = {
        label: Group(len(members), inside[label], len({_host(browser, each) for each in members}))
        for label, members in shown.items()
    }
    return Condensed(Browser(drawn), groups, stands_in, len(browser))


def _merged(
    browser: Browser,
    frames: tuple[str, ...],
    room: int,
    apart: frozenset[str],
    hostile: frozenset[str],
) -> list[tuple[str, ...]]:
    """``frames`` by origin; where that is more than ``room``, the smallest together as one."""
    alike: dict[object, list[str]] = {}
    for label in frames:
        kind = (_host(browser, label), label in hostile, browser.origin(label).is_opaque)
        alike.setdefault(label if label in apart else kind, []).append(label)
    groups = [tuple(members) for members in alike.values()]
    if len(groups) <= room:
        return groups
    if room < 1:
        return []
    by_size = sorted(groups, key=lambda members: (members[0] not in apart, -len(members)))
    chosen = set(by_size[: room - 1])
    rest = tuple(label for members in groups if members not in chosen for label in members)
    return [*(members for members in groups if members in chosen), rest]


def _host(browser: Browser, label: str) -> tuple[str, str, int | None]:
    """What tells apart the groups: the origin, but that all opaque ones are alike."""
    origin = browser.origin(label)
    return origin.scheme, origin.host, origin.port
