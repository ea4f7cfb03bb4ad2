"""`Builder`: a browser to edit, its pictures, and the Python that builds it.

The page tells what its reader selects and edits in numbered messages, which keep their order. An
edit selects too: the kernel sends its frames and its selection as one trait, with the number of the
last message that it has seen. While that is not the page's last, the reader's selection holds.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, count
from typing import Any

import ipywidgets
import traitlets as t

from labcore.browser import Box, Browser, Frame, frame, window
from labcore.errors import ReadersError, WrongType, shown
from labcore.figures import draw_matrix, draw_screen, draw_tree, picture
from labcore.figures.pictures import Draw, Picture
from labcore.figures.tree import browser_tints, host_of
from labcore.origin import Origin
from labcore.policies import Matrix, Policies, navigation_matrix
from labcore.policies.toggles import policies_of
from labcore.widgets.base import STATIC, Widget, script
from labcore.widgets.boxes import added, box_of, changed, code_of, reloaded, removed, settings_of
from labcore.widgets.stepper import in_words
from labcore.widgets.toggles import Own, Toggles
from labcore.widgets.words import setting

SIDE_BY_SIDE = 12
"""So many frames fit in pictures of one size; more need a size of their own."""

SIZE = (4.5, 4.1)


def rows_of(browser: Browser, origins: tuple[Origin, ...]) -> list[dict[str, Any]]:
    """Every frame for the page: its place, its settings, what comes of them."""
    tints = browser_tints(browser, (), origins)
    return [
        {
            "depth": depth,
            "window": each.parent is None,
            "url": each.document.url,
            **settings_of(box_of(each, browser)),
            "host": host_of(each),
            "colours": list(tints[each.document.origin]),
            "about": about(each),
        }
        for depth, each in browser.in_page_order()
    ]


def about(each: Frame) -> str:
    """What comes of a frame's settings: its origin, what a sandbox takes from it."""
    document = each.document
    opaque = document.origin.is_opaque
    said = "Opaque origin, equal to no other" if opaque else f"Origin {document.origin}"
    said += "" if document.scripts_run else "; no script runs"
    attribute = None if each.parent is None else each.sandbox
    said += "" if document.sandbox == attribute else "; inherits a sandbox"
    return said + "."


@lru_cache(maxsize=128)
def drawn(draw: Draw, browser: Browser, origins: tuple[Origin, ...]) -> dict[str, str]:
    """Screen or tree for the page."""
    size = SIZE if len(browser) <= SIDE_BY_SIDE else None
    return sent(picture(draw, browser, size=size, origins=origins))


def sent(shown: Picture) -> dict[str, str]:
    """A picture as the page needs it."""
    return {"src": shown.data_uri, "alt": shown.alt}


def colour_order(before: tuple[Origin, ...], browser: Browser) -> tuple[Origin, ...]:
    """The origins in the order of their colours: one that stays keeps its own."""
    origins = (each.document.origin for each in browser.frames)
    now = dict.fromkeys(origin for origin in origins if not origin.is_opaque)
    new = iter([origin for origin in now if origin not in before])
    return (*(each if each in now else next(new, each) for each in before), *new)


class Workbench(Widget):
    """Outline, form, pictures and code. What the reader does comes back as messages."""

    _esm = script("builder")
    _css = Widget._css + (STATIC / "builder.css").read_text(encoding="utf-8")

    outline = t.Dict().tag(sync=True)
    """The ``rows``, the label ``selected``, the number of the last message ``answered``."""
    code = t.Unicode().tag(sync=True)
    undo = t.Unicode().tag(sync=True)
    redo = t.Unicode().tag(sync=True)
    """What undo would take back and redo bring back; empty if there is nothing."""
    screen = t.Dict().tag(sync=True)
    tree = t.Dict().tag(sync=True)
    matrix = t.Dict().tag(sync=True)
    note = t.Unicode().tag(sync=True)
    error = t.Dict().tag(sync=True)
    """What was wrong: the ``label`` and ``field`` that it is about, the ``text``."""


@dataclass(frozen=True)
class Moment:
    """A browser in a builder's history, how it came about, what is selected in it."""

    browser: Browser
    said: str = ""
    selected: str = ""
    new: str = ""
    """The frame that was just added, whose label follows its URL."""


EXAMPLE = Browser.of(
    window(
        "https://integrator.example/",
        frame("https://attacker.example/ad", label="ad"),
        frame("https://maps.example/"),
    )
)
NEW_HOSTS = ("news", "chat", "video", "shop", "weather", "login", "bank", "mail")
TOGGLED = ("navigation", "origin_propagation", "top_level")


class Builder(ipywidgets.VBox):  # type: ignore[misc]
    """A browser to build, who may navigate whom in it, and the Python that makes it.

    Parameters
    ----------
    browser
        The browser to begin with, a small page if not given; taken as freshly loaded.
    policies
        The rules to begin with: `Policies`, or the name of a browser in `PRESETS`.
    own
        Policies of your own for the menus: ``{"navigation": [my_policy]}``.

    ``browser``, ``policies`` and ``selected`` can be read and set, ``code`` read. Every
    change of the browser can be undone.

    Examples
    --------
    >>> builder = Builder(policies="Chromium")
    >>> builder.add_frame("ad", "https://cdn.example/", sandbox="allow-scripts")
    'cdn'
    >>> builder.remove("maps")
    >>> print(builder.code)
    Browser.of(
        window(
            "https://integrator.example/",
            frame(
                "https://attacker.example/ad",
                frame("https://cdn.example/", sandbox="allow-scripts"),
                label="ad",
            ),
        )
    )
    """

    browser = t.Instance(Browser)

    def __init__(
        self,
        browser: Browser | None = None,
        policies: Policies | str | None = None,
        *,
        own: Own | None = None,
    ) -> None:
        start = EXAMPLE if browser is None else browser
        if not isinstance(start, Browser):
            raise WrongType(f"a builder begins with a Browser, not {shown(start)}")
        chosen = self._policies = policies_of(policies)
        self._matrix = navigation_matrix(start, chosen)
        self._origins: tuple[Origin, ...] = ()
        self._past: list[Moment] = []
        self._future: list[Moment] = []
        self._answered = 0
        self._moment = Moment(reloaded(start), selected=first(start))
        self.bench = Workbench()
        self.toggles = Toggles(TOGGLED, chosen, own)
        super().__init__([self.bench, self.toggles])
        self._enter(self._moment, "")
        self.bench.on_msg(self._asked)
        self.toggles.observe(self._choose, "values")

    # --- editing ---

    def add_window(self, url: str | None = None, *frames: Box, **settings: Any) -> str:
        """Add what `window` makes of this, or some page, and return its label."""
        url = new_url(self.browser) if url is None else url
        return self._add(window(url, *frames, **settings))

    def add_frame(self, parent: str, url: str | None = None, *frames: Box, **settings: Any) -> str:
        """Add what `frame` makes of this, inside ``parent``, as `add_window` does."""
        url = new_url(self.browser) if url is None else url
        return self._add(frame(url, *frames, **settings), parent)

    def change(self, which: str, /, **changes: Any) -> None:
        """Change ``url``, ``name``, ``label``, ``sandbox`` or ``opener`` of a frame.

        Raises `UnknownName`, `InvalidURL` or another `ValueError`, and changes nothing.
        """
        after, label = changed(self.browser, which, **changes)
        told = [told_of(*each) for each in changes.items() if each != ("label", None)]
        if after != self.browser:
            self._edit(Moment(after, f"{label}: {', '.join(told)}.", label))

    def remove(self, label: str) -> None:
        """Remove a frame with all inside it."""
        inside = len(list(self.browser.descendants(label)))
        also = f" and the {inside} inside" if inside else ""
        after = removed(self.browser, label)
        near = self.browser.parent(label) or first(after)
        self._edit(Moment(after, f"Removed {label}{also}.", near))

    def undo(self) -> None:
        """Take the last change back, if there is one."""
        if self._past:
            self._future.append(self._moment)
            self._enter(self._past.pop(), f"Undone: {self._moment.said}")

    def redo(self) -> None:
        """Make the change again that was undone last."""
        if self._future:
            self._past.append(self._moment)
            self._enter(self._future[-1], f"Done again: {self._future.pop().said}")

    @property
    def code(self) -> str:
        """The Python that builds the browser, with the names of `labcore`."""
        return code_of(self.browser)

    @property
    def selected(self) -> str | None:
        """The label of the selected frame."""
        return self._moment.selected or None

    @selected.setter
    def selected(self, label: str) -> None:
        self._moment = replace(self._moment, selected=self.browser.frame(label).label)
        self._show_outline()

    @property
    def policies(self) -> Policies:
        """The rules in force. If a policy fails, everything stays as it was."""
        return self._policies

    @policies.setter
    def policies(self, policies: Policies) -> None:
        try:
            matrix = navigation_matrix(self.browser, policies)
        except Exception as error:
            self.bench.error = {"field": "rules", "text": in_words(error)}
            self.toggles.show(self.policies)
            raise
        changes = [
            f"{toggle.replace('_', ' ')}: {setting(self.policies, toggle)} → {now}"
            for toggle in TOGGLED
            if (now := setting(policies, toggle)) != setting(self.policies, toggle)
        ]
        self._policies, self.bench.error = policies, {}
        self._show_matrix(matrix, "; ".join(changes) + ".")
        self.toggles.show(policies)

    # --- what follows from an edit ---

    def _add(self, box: Box, parent: str | None = None) -> str:
        after, label = added(self.browser, box, parent)
        where = "as a window" if parent is None else f"inside {parent}"
        self._edit(Moment(after, f"Added {label} {where}.", label, label))
        return label

    def _edit(self, moment: Moment) -> None:
        """Go on to ``moment``; what was can come back."""
        self._past.append(self._moment)
        self._future.clear()
        self._enter(moment, moment.said)

    def _enter(self, moment: Moment, said: str) -> None:
        """Show ``moment``: words first, then screen, tree and matrix."""
        self._moment = moment
        self.browser = browser = moment.browser
        self._origins = colour_order(self._origins, browser)
        try:
            code = code_of(browser)
        except ValueError as error:
            code = f"# {error}"
        with self.bench.hold_sync():
            self._show_outline()
            self.bench.code, self.bench.error = code, {}
            self.bench.undo = moment.said if self._past else ""
            self.bench.redo = self._future[-1].said if self._future else ""
        self.bench.screen = drawn(draw_screen, browser, self._origins)
        self.bench.tree = drawn(draw_tree, browser, self._origins)
        try:
            self._show_matrix(navigation_matrix(browser, self.policies), said)
        except Exception as error:
            self.bench.matrix, self.bench.note = {"text": in_words(error)}, said

    def _show_outline(self) -> None:
        """Send the frames, the selection, and up to which message the page is answered."""
        self.bench.outline = {
            "rows": rows_of(self.browser, self._origins),
            "selected": self._moment.selected,
            "answered": self._answered,
        }

    def _show_matrix(self, matrix: Matrix, said: str) -> None:
        """Draw who may navigate whom, and say how many may who could not before."""
        before, self._matrix = self._matrix, matrix
        image = sent(picture(draw_matrix, matrix)) if matrix.labels else {}
        now, then = counted(matrix), counted(before)
        was = f" (before: {then})" if said and then != now else ""
        with self.bench.hold_sync():
            self.bench.matrix = image
            self.bench.note = f"{said} Navigation is allowed in {now}{was}.".strip()

    @t.validate("browser")
    def _loaded(self, proposal: Any) -> Browser:
        given: Browser = proposal["value"]
        return given if given is self._moment.browser else reloaded(given)

    @t.observe("browser")
    def _assigned(self, change: Any) -> None:
        if change.new != self._moment.browser:
            self._edit(Moment(change.new, "Another browser.", first(change.new)))

    # --- what the reader does ---

    def _asked(self, _: object, asked: dict[str, Any], buffers: object) -> None:
        """Do what the page asks for; what is wrong with it is said beside the field."""
        self._answered, error = asked["number"], {}
        try:
            match asked:
                case {"do": "select", "label": label}:
                    if label in self.browser:
                        self._moment = replace(self._moment, selected=label)
                    return
                case {"do": "add window"}:
                    self.add_window()
                case {"do": "add frame", "label": label}:
                    self.add_frame(label)
                case {"do": "remove", "label": label}:
                    self.remove(label)
                case {"do": "undo"}:
                    self.undo()
                case {"do": "redo"}:
                    self.redo()
                case {"do": "change", "label": label, "field": field, "value": value}:
                    changes = {field: value}
                    if field == "url" and label == self._moment.new:
                        changes["label"] = None
                    self.change(label, **changes)
        except (ReadersError, ValueError, TypeError) as wrong:
            error = {"field": "", **asked, "text": str(wrong)}
        self.bench.error = error
        self._show_outline()

    def _choose(self, change: Any) -> None:
        """The reader has changed a rule."""
        chosen = self.toggles.chosen(change.old, self.policies)
        if chosen == self.policies:
            self.toggles.show(chosen)
            return
        with suppress(Exception):
            self.policies = chosen

    def __repr__(self) -> str:
        return (
            "A builder: run this notebook to build a browser of your own; "
            "the next cell shows it as pictures."
        )

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return {**super()._repr_mimebundle_(**options), "text/plain": repr(self)}


def first(browser: Browser) -> str:
    """The label of the first window, empty if there is none."""
    return next(iter(browser.windows), "")


def new_url(browser: Browser) -> str:
    """A page that ``browser`` does not show yet."""
    shown = {each.document.origin.host for each in browser.frames}
    hosts = (f"{each}.example" for each in chain(NEW_HOSTS, count(1)))
    return next(f"https://{each}/" for each in hosts if each not in shown)


def told_of(field: str, value: object) -> str:
    """A changed setting in a sentence."""
    said = f"“{value}”" if value else "none" if value is None else "empty"
    return f"{'URL' if field == 'url' else field} {said}"


def counted(matrix: Matrix) -> str:
    """How many pairs of frames a matrix allows."""
    size = len(matrix.labels)
    return f"{matrix.count():,} of {size * (size - 1):,} pairs"
