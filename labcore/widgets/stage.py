"""`Stage`: the picture, the log, the verdict and the controls of a trace.

Everything it shows is sent once, so stepping needs no kernel. A picture goes by what it holds and
travels once, under a key of its own in the widget's state, however many steps and runs show it. The
one that the reader looks at goes first.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import traitlets as t

from labcore.figures import step_size, steps_of
from labcore.origin import Origin
from labcore.scenarios import Trace
from labcore.widgets import words
from labcore.widgets.base import Widget, script


class Stage(Widget):
    """A trace to step through. ``index`` counts the steps taken: 0 is the start."""

    _esm = script("stage")

    title = t.Unicode().tag(sync=True)
    steps: t.List[words.Words] = t.List().tag(sync=True)
    shown: t.List[list[str]] = t.List().tag(sync=True)
    """Each step's picture: its key (empty while it is not there yet) and its description."""
    index = t.Int(0).tag(sync=True)
    verdict = t.Dict().tag(sync=True)
    note = t.Unicode().tag(sync=True)
    error = t.Unicode().tag(sync=True)
    ruled = t.Bool(True).tag(sync=True)
    """Whether there are rules to change."""

    def __init__(self, trace: Trace, ruled: bool = True) -> None:
        self._pictures: dict[str, str] = {}
        self._origins: dict[Origin, None] = {}
        self._size = step_size(trace)
        super().__init__(title=trace.scenario.title, ruled=ruled)
        self.show(trace)
        self.show_rest()

    def show(self, trace: Trace, index: int = 0, note: str = "") -> None:
        """Show ``trace`` after ``index`` of its steps, for now without the pictures of the others.

        Raises what a reader's policy raises as its sentences are read, and then shows nothing new.
        """
        log, verdict = words.log(trace), words.verdict(trace)
        shown = [["", ""] for _ in log]
        frames = (frame for world in trace.worlds for frame in world.browser.frames)
        self._origins.update(dict.fromkeys(frame.document.origin for frame in frames))
        wide, high = step_size(trace)
        self._size = max(wide, self._size[0]), max(high, self._size[1])
        self._draw = steps_of(trace, tuple(self._origins), self._size)
        shown[index] = self._picture(index)
        with self.hold_sync(), self.hold_trait_notifications():
            self.steps, self.shown, self.index = log, shown, index
            self.verdict, self.note, self.error = verdict, note, ""

    def show_rest(self) -> None:
        """Send the pictures that the trace still lacks."""
        self.shown = [self._picture(each) for each in range(len(self.steps))]

    def _picture(self, index: int) -> list[str]:
        """The key and the description of a step's picture, which is sent if it has not been."""
        picture = self._draw(index)
        key = f"picture {blake2b(picture.data_uri.encode(), digest_size=8).hexdigest()}"
        if key not in self._pictures:
            self._pictures[key] = picture.data_uri
            self.send_state(key)
        return [key, picture.alt]

    def get_state(
        self, key: str | Iterable[str] | None = None, drop_defaults: bool = False
    ) -> dict[str, Any]:
        """The traits, and the pictures beside them."""
        if key is None:
            return {**super().get_state(drop_defaults=drop_defaults), **self._pictures}
        keys = [key] if isinstance(key, str) else list(key)
        pictures = {each: self._pictures[each] for each in keys if each in self._pictures}
        others = [each for each in keys if each not in pictures]
        return {**super().get_state(others, drop_defaults), **pictures}

    @t.validate("index")
    def _inside(self, proposal: Any) -> int:
        return int(min(max(proposal["value"], 0), max(len(self.steps) - 1, 0)))
