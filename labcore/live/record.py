"""What came of a replay: the model's steps, and beside each what a browser really did."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from labcore.errors import unknown
from labcore.scenarios import Trace
from labcore.worded import Worded

RECORDINGS = Path(__file__).with_name("recordings.json")
BROWSERS = ("Chromium", "Firefox")


@dataclass(frozen=True)
class Row:
    """A step: what happens, what the model says of it, what the browser did.

    ``agrees`` is ``None`` where no browser decides, or where the step was not tried.
    """

    event: str
    model: str
    allowed: bool
    browser: str
    agrees: bool | None


@dataclass(frozen=True, repr=False)
class Replayed(Worded):
    """A scenario as it went in the model and in a browser.

    ``verdict`` and ``succeeded`` are the model's; they hold for the browser if it `agrees`.
    ``problem`` says why a replay has ended before its time.
    """

    name: str
    title: str
    policies: str
    browser: str
    rows: tuple[Row, ...]
    verdict: str
    succeeded: bool = False
    problem: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the browser did as the model at every step, to the end."""
        return not self.problem and all(each.agrees is not False for each in self.rows)

    @property
    def in_short(self) -> str:
        """The outcome in a sentence."""
        if self.problem:
            return f"The replay has ended early: {self.problem}."
        decided = sum(each.agrees is not None for each in self.rows)
        at = next((n for n, each in enumerate(self.rows, 1) if each.agrees is False), None)
        if at is not None:
            return f"{self.browser} goes another way than the model at step {at}."
        steps = f"{decided} steps" if decided != 1 else "the one step"
        return f"{self.browser} does as the model in {steps} that a browser decides. {self.verdict}"

    def _repr_html_(self) -> str:
        from labcore.live.shown import replayed_html

        return replayed_html(self)

    def __str__(self) -> str:
        lines = [f"{self.title} ({self.policies}), in {self.browser}"]
        for number, each in enumerate(self.rows, start=1):
            sign = {True: "=", False: "≠", None: " "}[each.agrees]
            lines += [f"{number}. {each.event}", f"   model: {each.model}"]
            lines.append(f" {sign} {self.browser}: {each.browser}")
        return "\n".join([*lines, self.in_short])


def from_dict(kept: dict[str, Any]) -> Replayed:
    """As it was."""
    return Replayed(**{**kept, "rows": tuple(Row(**each) for each in kept["rows"])})


def rows_of(replayed: Replayed) -> list[dict[str, Any]]:
    """Its steps as plain values, for a page to list."""
    shown = ("event", "model", "browser", "agrees")
    return [{name: getattr(each, name) for name in shown} for each in replayed.rows]


@cache
def every_recording() -> tuple[Replayed, ...]:
    """Every replay that the book's tests have recorded, those with careless pages first."""
    return tuple(map(from_dict, json.loads(RECORDINGS.read_text(encoding="utf-8"))))


@cache
def recordings() -> dict[tuple[str, str], Replayed]:
    """What was recorded by scenario and browser, with pages that let the attack succeed, if any."""
    found: dict[tuple[str, str], Replayed] = {}
    for each in every_recording():
        found.setdefault((each.name, browser_in(each.browser)), each)
    return found


def recording(scenario: str, browser: str = "Chromium") -> Replayed:
    """The replay of a scenario that was recorded in ``browser``, with careless pages.

    Raises `UnknownName` for a scenario without one.
    """
    if browser not in BROWSERS:
        raise unknown("browser", browser, BROWSERS)
    there = {name for name, of in recordings() if of == browser}
    if scenario not in there:
        raise unknown("recording", scenario, sorted(there))
    return recordings()[scenario, browser]


def recorded(trace: Trace, browser: str) -> Replayed | None:
    """What was recorded in ``browser`` of the very steps of ``trace``."""
    steps = [(str(each.event), str(each.decision)) for each in trace.steps]
    key = trace.scenario.name, browser
    kept = (each for each in every_recording() if (each.name, browser_in(each.browser)) == key)
    return next((each for each in kept if of_the_model(each) == steps), None)


def of_the_model(replayed: Replayed) -> list[tuple[str, str]]:
    """The steps of a replay as the model tells them."""
    return [(each.event, each.model) for each in replayed.rows]


def browser_of(user_agent: str) -> str:
    """The name and version of a browser by what it says of itself.

    >>> browser_of("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0")
    'Firefox 153'
    """
    known = (
        (r"Firefox/(\d+)", "Firefox"),
        (r"Edg/(\d+)", "Edge"),
        (r"(?:Headless)?Chrom(?:e|ium)/(\d+)", "Chromium"),
        (r"Version/(\d+).*Safari/", "Safari"),
    )
    for pattern, name in known:
        if found := re.search(pattern, user_agent):
            return f"{name} {found[1]}"
    return "an unknown browser"


def browser_in(named: str) -> str:
    """The preset by whose rules a browser goes: its own, or that of the engine that it has.

    Safari has rules of its own, which nobody has measured for this book; the nearest preset is
    taken, and the replay shows where it goes another way.
    """
    return "Firefox" if named.startswith("Firefox") else "Chromium"


def saved(replayed: Iterable[Replayed]) -> str:
    """Recordings as the text of their file, the same for the same recordings.

    Those of one scenario and browser stay in their order.
    """
    kept = sorted(map(asdict, replayed), key=lambda each: (each["name"], each["browser"]))
    return json.dumps(kept, indent=1, ensure_ascii=False) + "\n"
