"""Honest scripts: what a page's own script remembers, and what it does when something happens.

A script is a function ``script(memory, happened) → (memory, actions)``. It has no state of its own
and changes nothing; `labcore.step` keeps its memory and carries out its actions, one by one, before
anything else can happen. What has happened says in which `Page`: the windows as that script sees
them.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from labcore.actions import Attempt, Refuses
from labcore.browser import Browser, Document
from labcore.errors import ReadersError, UnknownName, called, shown


class ScriptError(ReadersError, RuntimeError):
    """A page's script raised, or answered with something else than a memory and actions."""


@dataclass(frozen=True)
class Page:
    """The windows that a script in the frame ``label`` can name, each by our label for it.

    ``parent``, ``top``, ``opener`` and ``frames`` are what a script calls them. ``load`` counts the
    documents with scripts that the frame has shown, ``rank`` the frames whose labels begin alike.
    """

    browser: Browser
    label: str
    load: int = 1
    rank: int = 1

    @property
    def document(self) -> Document:
        """The page's own document."""
        return self.browser.document(self.label)

    @property
    def parent(self) -> str:
        """The frame that embeds this one, or itself at the top."""
        return self.browser.parent(self.label) or self.label

    @property
    def top(self) -> str:
        """The top-level frame of the window."""
        return self.browser.root(self.label)

    @property
    def opener(self) -> str | None:
        """The frame whose script opened this window; in a frame of it a script sees none."""
        return self.browser.frame(self.label).opener

    @property
    def frames(self) -> "Frames":
        """The frames in this page, by number or by name: ``frames[0]``, ``frames["maps"]``."""
        return Frames(self.browser.children(self.label), self.browser)

    def nonce(self, number: int = 1) -> str:
        """A symbol for a random value that nobody can guess, never the same for two.

        The first of the frame ``maps`` is ``N_M``, its second ``N_M′``. After a reload it begins
        with ``N_M²``; that of another frame with an M is ``N_M₂``.
        """
        rank = str(self.rank).translate(_SUBSCRIPTS) if self.rank > 1 else ""
        load = str(self.load).translate(_SUPERSCRIPTS) if self.load > 1 else ""
        return f"N_{self.label[0].upper()}{rank}{load}" + "′" * (number - 1)


_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Frames(tuple[str, ...]):
    """The labels of a page's frames, which can also be asked for by name."""

    browser: Browser

    def __new__(cls, labels: Iterable[str], browser: Browser) -> "Frames":
        """Keep the browser, to look up names in."""
        frames = super().__new__(cls, labels)
        frames.browser = browser
        return frames

    def __getitem__(self, place: Any) -> Any:
        """Raise `UnknownName` for a frame that is not there."""
        named = {self.browser.frame(label).name: label for label in reversed(tuple(self))}
        if isinstance(place, str) and place and place in named:
            return named[place]
        if isinstance(place, int) and 0 <= place < len(self):
            return super().__getitem__(place)
        there = ", ".join(map(repr, (*filter(None, named), *range(len(self))))) or "none"
        raise UnknownName(f"there is no frames[{place!r}] in this page; there are {there}")


@dataclass(frozen=True)
class Loaded:
    """The ``load`` event of the page, or of ``frame``, which it embeds."""

    page: Page
    frame: str


@dataclass(frozen=True)
class FragmentRead:
    """A poll has found a new fragment."""

    page: Page
    text: str


@dataclass(frozen=True)
class MessageEvent:
    """A message: what was said, the origin of who said it, and the window it came from."""

    page: Page
    data: Any
    origin: str
    source: str


@dataclass(frozen=True)
class Called:
    """A script of the same origin has called this one."""

    page: Page
    text: str


@dataclass(frozen=True)
class TimeIsUp:
    """The timer that the script has set fires."""

    page: Page


@dataclass(frozen=True)
class Answered:
    """The page has asked for ``url``; ``body`` is the answer, ``None`` if it may not be read."""

    page: Page
    url: str
    body: str | None


@dataclass(frozen=True)
class Clicked:
    """The user has clicked on the page's button."""

    page: Page


Happened = Loaded | FragmentRead | MessageEvent | Called | TimeIsUp | Answered | Clicked

MOST_ACTIONS = 100
"""How much a script may do at once: one that would never end is stopped there."""

PageScript = Callable[[Any, Any], tuple[Hashable, Iterable[Attempt]]]
"""``script(memory, happened) → (memory, actions)``; the memory is ``None`` at first."""


def hears_loads(script: PageScript | None, own: bool) -> bool:
    """Whether ``script`` cares for ``load`` events: its own page's, or those of frames in it.

    A script that does not says so with an attribute ``hears_loads``, ``"own"`` or ``"none"``; then
    there is no step for what would change nothing. In the same way ``hears`` may name the kinds of
    happenings that mean something to it.
    """
    heard = getattr(script, "hears_loads", "all")
    return script is not None and (heard == "all" or (own and heard == "own"))


@dataclass(frozen=True)
class Running:
    """A script and its memory in the document that ``label`` shows now.

    ``seen`` is the fragment that it saw last, ``waits`` how long its timer takes, ``""`` if none is
    set. ``loading`` holds until the document's load event.
    """

    label: str
    memory: Hashable = None
    seen: str = ""
    waits: str = ""
    loading: bool = True


def react(
    script: PageScript, running: Running, happened: Happened
) -> tuple[Running, tuple[Attempt, ...]]:
    """What ``script`` remembers and does. Raises `ScriptError` if it fails.

    A script that asks for a frame which is not there stops, as one in a browser does.
    """
    name = called(script)
    try:
        memory, actions = script(running.memory, happened)
        actions = tuple(islice(actions, MOST_ACTIONS + 1))
        hash((memory, actions))
    except UnknownName as error:
        return running, (Refuses(running.label, f"the script stops: {error}"),)
    except ReadersError:
        raise
    except Exception as error:
        raise ScriptError(
            f"the script {name!r} in {running.label!r} failed at {type(happened).__name__}: "
            f"{type(error).__name__}: {error}; "
            "a script returns (memory, actions), a hashable value and a list"
        ) from error
    if len(actions) > MOST_ACTIONS:
        raise ScriptError(
            f"the script {name!r} in {running.label!r} does more than {MOST_ACTIONS} things at "
            f"{type(happened).__name__}"
        )
    for action in actions:
        if not isinstance(action, Attempt) or action.actor != running.label:
            raise ScriptError(
                f"the script {name!r} in {running.label!r} can act for itself only, "
                f"not with {shown(action)}"
            )
    return replace(running, memory=memory), actions
