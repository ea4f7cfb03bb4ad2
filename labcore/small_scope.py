"""Every small browser: check a claim on all of them, and find the smallest one on which it fails.

A rule that holds on a drawn page may fail on the next. But the rules of this book depend on few
things: who embeds whom, who shares an origin or a site, who is sandboxed, who opened which window.
So the browsers with a handful of frames can be listed, all of them, and most mistakes already show
on one of those (the *small-scope hypothesis*).

Two browsers are the same if they differ only in the names of frames, hosts and in the order of
frames. `browsers` gives one of each kind, the smallest first: for every shape of frame trees it
runs through all ways to give the frames origins, sandboxes and openers, and keeps a way only if no
symmetry of the shape leads to an earlier one.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from labcore.browser import Box, Browser, frame, window
from labcore.errors import ReadersError, plural
from labcore.progress import progress

LIMIT = 50_000
"""How many browsers `check` looks at without being asked for more."""

Tree = tuple[Any, ...]
"""A frame tree without names: the tuple of the trees inside it."""


class TooMany(ReadersError, ValueError):
    """A check would look at more browsers than its limit."""


class BadScope(ReadersError, ValueError):
    """A scope's bounds make no sense."""


@dataclass(frozen=True)
class Scope:
    """Which browsers are small: the bounds of a check.

    ``frames``, ``origins`` and ``windows`` are upper bounds. ``same_site`` lets different origins
    share a site, ``openers`` lets frames have opened the other windows. ``sandboxes`` are the
    values that a frame's ``sandbox`` attribute may have, ``None`` for no attribute.
    """

    frames: int = 4
    origins: int = 3
    windows: int = 2
    same_site: bool = False
    openers: bool = False
    sandboxes: tuple[str | None, ...] = (None,)

    def __post_init__(self) -> None:
        for name in ("frames", "origins", "windows"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise BadScope(f"{name} is a number from 1 up, not {value!r}")
        if not self.sandboxes:
            raise BadScope("sandboxes needs at least one value; (None,) for no sandbox")

    def __str__(self) -> str:
        extras = [
            text
            for given, text in (
                (self.same_site, "some on one site"),
                (self.openers, "some windows opened by others"),
                (self.sandboxes != (None,), "some sandboxed"),
            )
            if given
        ]
        most = ("frame", self.frames), ("window", self.windows), ("origin", self.origins)
        bounds = (f"{number} {noun if number == 1 else plural(noun)}" for noun, number in most)
        return ", ".join([f"up to {', '.join(bounds)}", *extras])


@dataclass(frozen=True)
class Kind:
    """One way to fill a shape: for each frame in page order, by number."""

    origins: tuple[int, ...]
    sites: tuple[int, ...]
    sandboxes: tuple[int, ...]
    openers: tuple[int, ...]


@dataclass(frozen=True)
class Shape:
    """A forest of frame trees, one tree a window, and how it can be turned into itself."""

    parents: tuple[int, ...]
    forest: Tree

    @cached_property
    def symmetries(self) -> tuple[tuple[int, ...], ...]:
        """All renumberings of the frames that keep who embeds whom, the idle one left out."""
        places: dict[int, list[int]] = {}
        for number, parent in enumerate(self.parents):
            places.setdefault(parent, []).append(number)
        same = tuple(range(len(self.parents)))
        images = _symmetries(self.forest, places.get(-1, []), places)
        return tuple(tuple(image) for image in images if tuple(image) != same)

    @property
    def roots(self) -> tuple[int, ...]:
        """The frames at the top of a window."""
        return tuple(i for i, parent in enumerate(self.parents) if parent < 0)


def browsers(scope: Scope = Scope()) -> Iterator[Browser]:
    """Every browser in ``scope``, up to the names of frames and hosts, the smallest first."""
    return (build(shape, kind, scope) for shape, kind in kinds(scope))


def kinds(scope: Scope) -> Iterator[tuple[Shape, Kind]]:
    """Every shape with every way to fill it, no two alike."""
    for size in range(1, scope.frames + 1):
        for shape in shapes(size, scope.windows):
            for kind in fillings(shape, scope):
                if all(moved(kind, shape, s) >= _key(kind) for s in shape.symmetries):
                    yield shape, kind


def at_most(scope: Scope) -> int:
    """An upper bound on their number, without making them: all fillings, alike or not."""
    return sum(
        _origin_choices(size, scope)
        * len(scope.sandboxes) ** (size - len(shape.roots))
        * (math.prod(size - inside + 1 for inside in _window_sizes(shape)) if scope.openers else 1)
        for size in range(1, scope.frames + 1)
        for shape in shapes(size, scope.windows)
    )


def _origin_choices(size: int, scope: Scope) -> int:
    """How many ways there are to give ``size`` frames origins, and the origins sites."""
    parts = range(1, min(size, scope.origins) + 1)
    return sum(stirling(size, n) * (bell(n) if scope.same_site else 1) for n in parts)


@cache
def stirling(size: int, parts: int) -> int:
    """How many partitions ``size`` things have into exactly ``parts`` parts."""
    if size == 0 or parts == 0:
        return int(size == parts)
    return parts * stirling(size - 1, parts) + stirling(size - 1, parts - 1)


def bell(size: int) -> int:
    """How many partitions ``size`` things have."""
    return sum(stirling(size, parts) for parts in range(size + 1))


def _window_sizes(shape: Shape) -> list[int]:
    windows = list(_windows(shape))
    return [windows.count(root) for root in shape.roots]


# --- shapes: rooted trees and forests, up to the order of children ---


@cache
def trees(size: int) -> tuple[Tree, ...]:
    """Every rooted tree with ``size`` nodes (1, 1, 2, 4, 9, 20, …)."""
    return tuple(forests(size - 1, size))


@cache
def forests(size: int, largest: int) -> tuple[Tree, ...]:
    """Every multiset of rooted trees with ``size`` nodes in all, none larger than ``largest``."""
    if size == 0:
        return ((),)
    found = []
    for first in range(min(size, largest), 0, -1):
        for tree in trees(first):
            for rest in forests(size - first, first):
                if not rest or _rank(rest[0]) <= _rank(tree):
                    found.append((tree, *rest))
    return tuple(found)


def _rank(tree: Tree) -> tuple[int, Tree]:
    return (_size(tree), tree)


def _size(tree: Tree) -> int:
    return 1 + sum(map(_size, tree))


@cache
def shapes(size: int, windows: int) -> tuple[Shape, ...]:
    """Every forest with ``size`` frames in at most ``windows`` windows, few windows first."""
    some = (forest for forest in forests(size, size) if len(forest) <= windows)
    return tuple(_shape(forest) for forest in sorted(some, key=len))


def _shape(forest: Tree) -> Shape:
    parents: list[int] = []

    def place(tree: Tree, parent: int) -> None:
        number = len(parents)
        parents.append(parent)
        for inner in tree:
            place(inner, number)

    for tree in forest:
        place(tree, -1)
    return Shape(tuple(parents), forest)


def _symmetries(
    forest: Tree, at: Sequence[int], places: dict[int, list[int]]
) -> Iterator[list[int]]:
    """The symmetries of ``forest``, whose trees stand at the numbers ``at``, as images in order."""
    for order in itertools.permutations(range(len(forest))):
        if any(forest[i] != forest[j] for i, j in enumerate(order)):
            continue
        below = (
            [[at[j], *rest] for rest in _symmetries(forest[j], places.get(at[j], []), places)]
            for j in order
        )
        for parts in itertools.product(*below):
            yield [number for part in parts for number in part]


# --- fillings: who has which origin, site, sandbox and opener ---


def fillings(shape: Shape, scope: Scope) -> Iterator[Kind]:
    """Every way to fill ``shape``; origins and sites are numbered by first appearance."""
    size, roots = len(shape.parents), shape.roots
    boxes = [(0,) if i in roots else tuple(range(len(scope.sandboxes))) for i in range(size)]
    windows = list(_windows(shape))
    openers = [
        (-1, *(i for i in range(size) if windows[i] != root))
        if scope.openers and i in roots
        else (-1,)
        for i, root in enumerate(windows)
    ]
    for origins in partitions(size, scope.origins):
        count = max(origins) + 1
        for sites in partitions(count, count) if scope.same_site else [tuple(range(count))]:
            for sandboxes in itertools.product(*boxes):
                for opened_by in itertools.product(*openers):
                    if not _circular(opened_by, windows):
                        yield Kind(origins, sites, sandboxes, opened_by)


def partitions(size: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every partition of ``size`` things into at most ``parts`` parts, as part numbers."""
    if size == 0:
        yield ()
        return
    for first in partitions(size - 1, parts):
        for part in range(min(max(first, default=-1) + 2, parts)):
            yield (*first, part)


def _windows(shape: Shape) -> Iterator[int]:
    """The root of each frame's window."""
    roots: list[int] = []
    for i, parent in enumerate(shape.parents):
        roots.append(i if parent < 0 else roots[parent])
    return iter(roots)


def _circular(openers: Sequence[int], windows: Sequence[int]) -> bool:
    """Whether a window was opened, in the end, by itself."""
    for i, opener in enumerate(openers):
        seen = set[int]()
        while opener >= 0 and windows[opener] not in seen:
            seen.add(windows[opener])
            opener = openers[windows[opener]]
        if opener >= 0 or i in seen:
            return True
    return False


def _key(kind: Kind) -> tuple[Any, ...]:
    """What two kinds of one shape are ordered by."""
    return (kind.origins, kind.sites, kind.sandboxes, kind.openers)


def moved(kind: Kind, shape: Shape, symmetry: Sequence[int]) -> tuple[Any, ...]:
    """The key of ``kind`` once its frames are renumbered: ``symmetry[i]`` comes to be ``i``."""
    back = {old: new for new, old in enumerate(symmetry)}
    names: dict[int, int] = {}
    origins = tuple(names.setdefault(kind.origins[old], len(names)) for old in symmetry)
    again: dict[int, int] = {}
    sites = tuple(again.setdefault(kind.sites[old], len(again)) for old in names)
    sandboxes = tuple(kind.sandboxes[old] for old in symmetry)
    openers = tuple(back.get(kind.openers[old], -1) for old in symmetry)
    return (origins, sites, sandboxes, openers)


# --- from a kind to a browser ---


def build(shape: Shape, kind: Kind, scope: Scope) -> Browser:
    """A browser of this kind, with names made up."""
    labels = frame_labels(shape)
    boxes: list[Box] = [None] * len(labels)  # type: ignore[list-item]
    for i in reversed(range(len(labels))):
        inside = [boxes[j] for j, parent in enumerate(shape.parents) if parent == i]
        url = f"https://{host(kind.origins[i], kind.sites)}/"
        if shape.parents[i] < 0:
            opener = labels[kind.openers[i]] if kind.openers[i] >= 0 else None
            boxes[i] = window(url, *inside, label=labels[i], opener=opener)
        else:
            sandbox = scope.sandboxes[kind.sandboxes[i]]
            boxes[i] = frame(url, *inside, label=labels[i], sandbox=sandbox)
    return Browser.of(*(boxes[root] for root in shape.roots))


def frame_labels(shape: Shape) -> list[str]:
    """``window``, ``frame 1``, …: what to call the frames of a made-up browser."""
    tops = itertools.count(1)
    inner = itertools.count(1)
    several = len(shape.roots) > 1
    return [
        (f"window {next(tops)}" if several else "window") if parent < 0 else f"frame {next(inner)}"
        for parent in shape.parents
    ]


def host(origin: int, sites: Sequence[int]) -> str:
    """A host for an origin: ``a.example``, or ``www1.a.example`` for another on its site."""
    first = sites.index(sites[origin])
    name = f"{chr(ord('a') + sites[origin])}.example"
    return name if first == origin else f"www{origin}.{name}"


# --- checking ---


@dataclass(frozen=True)
class Holds:
    """A claim that holds on every browser in scope. True."""

    claim: str
    scope: Scope
    count: int

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return f"holds on all {self.count:,} browsers with {self.scope}: {self.claim}"

    __repr__ = __str__


@dataclass(frozen=True)
class Counterexample:
    """The smallest browser in scope on which a claim fails. False.

    ``found`` is what the claim returned there, ``count`` how many browsers it held on before.
    """

    claim: str
    scope: Scope
    count: int
    browser: Browser
    found: object

    def __bool__(self) -> bool:
        return False

    @property
    def pair(self) -> tuple[str, str] | None:
        """The frames that the claim fails for, where it returned an actor and a target."""
        match self.found:
            case (str() as actor, str() as target) if {actor, target} <= {*self.browser.labels}:
                return actor, target
        return None

    @property
    def sentence(self) -> str:
        """What fails, where, and after how many browsers."""
        found = " → ".join(self.pair) if self.pair else "" if self.found is False else self.found
        detail = f" ({found})" if found else ""
        smaller = f"; it holds on the {self.count:,} before this one" if self.count > 1 else ""
        return f"fails{detail}: {self.claim}. This is the smallest counterexample{smaller}."

    def __str__(self) -> str:
        return f"{self.sentence}\n{self.browser}"

    __repr__ = __str__


Claim = Callable[[Browser], object]
"""A claim about any browser: ``True`` where it holds, else ``False`` or what was found instead."""


def check(
    claim: Claim,
    frames: int = 4,
    origins: int = 3,
    windows: int = 2,
    *,
    limit: int = LIMIT,
    **more: Any,
) -> Holds | Counterexample:
    """Check ``claim`` on every browser with at most that many frames, origins and windows.

    ``more`` are further fields of a `Scope`. A check can be interrupted; nothing is kept of it.
    Raises `TooMany` before it starts if it would look at more than ``limit`` browsers.
    """
    scope = Scope(frames, origins, windows, **more)
    bound = at_most(scope)
    if bound > limit:
        raise TooMany(
            f"that is up to {bound:,} browsers ({scope}), more than the limit of {limit:,}; "
            f"ask for fewer frames, or for limit={bound}"
        )
    sentence = str(claim.__doc__ or getattr(claim, "__name__", "the claim")).strip().splitlines()[0]
    count = 0
    for browser in progress(
        browsers(scope), desc=sentence[:40], unit=" browsers", delay=3, leave=False
    ):
        found = claim(browser)
        if found is not True:
            return Counterexample(sentence, scope, count, browser, found)
        count += 1
    return Holds(sentence, scope, count)
