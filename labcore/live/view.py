"""The replay as it shows in a notebook: a link to start it, and the steps as they come."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets as t

from labcore.live.record import BROWSERS, Replayed, recorded, rows_of
from labcore.widgets import base

if TYPE_CHECKING:
    from labcore.live.playing import Replay

STATIC = Path(__file__).with_name("static")

HOSTED = ("JUPYTERHUB_SERVICE_PREFIX", "BINDER_SERVICE_HOST", "BINDER_LAUNCH_HOST")
"""What is set where a kernel runs on somebody else's machine."""


class View(base.Widget):
    """The steps of a replay, in the model and in the browser.

    Where the reader's browser is on another machine than the kernel, it shows what was recorded:
    the loopback addresses of a replay lead nowhere there.
    """

    _esm = base.script_of((STATIC / "view.js").read_text(encoding="utf-8"))
    _css = base.Widget._css + (STATIC / "view.css").read_text(encoding="utf-8")

    title = t.Unicode().tag(sync=True)
    url = t.Unicode().tag(sync=True)
    state = t.Unicode("waiting").tag(sync=True)
    hosted = t.Bool(False).tag(sync=True)
    browser = t.Unicode().tag(sync=True)
    rows: Any = t.List().tag(sync=True)
    said = t.Unicode().tag(sync=True)
    recorded: Any = t.Dict().tag(sync=True)
    ended = t.Bool(False).tag(sync=True)

    def __init__(self, replay: "Replay") -> None:
        self.replay = replay
        kept = {of: shown(each) for of in BROWSERS if (each := recorded(replay.told(of), of))}
        hosted = any(name in os.environ for name in HOSTED)
        super().__init__(title=replay.scenario.title, url=replay.url, recorded=kept, hosted=hosted)
        replay.on_change = self.refresh
        self.refresh()

    def refresh(self) -> None:
        """Show what there is by now (called from the replay's thread)."""
        result, over = self.replay.result, self.replay.state == "over"
        with self.hold_sync():
            self.state, self.browser = self.replay.state, self.replay.browser
            self.rows, self.said = rows_of(result), result.in_short if over else ""

    @t.observe("ended")
    def _end(self, _: Any) -> None:
        if self.ended:
            self.replay.close()

    def __repr__(self) -> str:
        return repr(self.replay)


def shown(replayed: Replayed) -> dict[str, Any]:
    """A recording as plain values."""
    return {"browser": replayed.browser, "rows": rows_of(replayed), "said": replayed.in_short}
