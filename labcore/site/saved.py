"""What a notebook's values show that a page cannot compute: `save` runs in the notebook's kernel.

A stepper is saved with what its scenario comes to under other rules. The states that a reader can
reach by few changes come first, up to `MOST_STATES`, with up to `MOST_PICTURES` pictures: of most
steppers that is every state, and none takes more than some seconds and megabytes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import singledispatch
from pathlib import Path
from typing import Any

from labcore.errors import PolicyError
from labcore.exercises import Grade, Progress
from labcore.figures import Picture, step_size, steps_of
from labcore.live.playing import Replay
from labcore.policies import PRESETS, TOGGLES, Policies
from labcore.policies.toggles import PAGE_CHOICES, label_of
from labcore.scenarios import Trace
from labcore.widgets import Builder, Console, Principals, Quiz, Stepper, words

MOST_STATES, MOST_PICTURES = 1300, 100

Saved = dict[str, Any]
"""Plain data for the page's script; ``kind`` says what it is."""


def save(values: Mapping[int, object], path: str) -> None:
    """Write what is saved of ``values``, a notebook's results by their numbers, to ``path``."""
    found = {number: kept for number, value in values.items() if (kept := saved(value))}
    Path(path).write_text(json.dumps(found), encoding="utf-8")


@singledispatch
def saved(value: object) -> Saved | None:
    """What the page's script needs for ``value``; nothing for what shows by itself."""
    return None


@saved.register(Builder)
@saved.register(Console)
@saved.register(Principals)
@saved.register(Replay)
def _(value: object) -> Saved:
    return {"kind": "live", "name": type(value).__name__.lower()}


@saved.register(Grade)
@saved.register(Progress)
def _(value: object) -> Saved:
    return {"kind": "graded", "name": type(value).__name__.lower()}


@saved.register
def _(quiz: Quiz) -> Saved:
    return {"kind": "quiz", "questions": quiz.questions}


@saved.register
def _(stepper: Stepper) -> Saved:
    moves = reached(stepper)
    runs = run_all(stepper, moves)
    told = with_pictures(runs)
    numbers = {said: number for number, said in enumerate(told.traces)}
    kept = {policies: numbers[said] for policies, (said, _) in runs.items() if said in numbers}
    varying = [
        toggle
        for toggle in TOGGLES
        if toggle in stepper.toggles.known or len({getattr(each, toggle) for each in kept}) > 1
    ]
    options = {toggle: values_of(stepper, kept, toggle) for toggle in varying}

    def place(policies: Policies) -> list[int]:
        values = ((options[toggle], getattr(policies, toggle)) for toggle in varying)
        return [known.index(value) if value in known else -1 for known, value in values]

    return {
        "kind": "stepper",
        "title": stepper.scenario.title,
        "ruled": stepper.stage.ruled,
        "index": stepper.stage.index,
        "menus": stepper.toggles.menus,
        "values": stepper.toggles.values,
        "pictures": list(told.pictures),
        "steps": list(map(json.loads, told.steps)),
        "traces": list(told.traces.values()),
        "options": {
            toggle: [shown(stepper, toggle, x) for x in options[toggle]] for toggle in varying
        },
        "pages": [toggle in PAGE_CHOICES for toggle in varying],
        "start": place(stepper.policies),
        "presets": {name: place(preset) for name, preset in PRESETS.items()},
        "states": {
            ",".join(map(str, place(policies))): [number, browsers(policies)]
            for policies, number in kept.items()
        },
        "follows": what_follows(runs, kept, moves),
    }


def reached(stepper: Stepper) -> dict[Policies, list[Policies]]:
    """The rules that a reader can set, fewest changes first, and what one change makes of each."""
    found: dict[Policies, list[Policies]] = {}
    seen, queue = {stepper.policies}, [stepper.policies]
    for policies in queue:
        found[policies] = list(changes(stepper, policies)) if stepper.stage.ruled else []
        new = dict.fromkeys(each for each in found[policies] if each not in seen)
        room = dict.fromkeys(list(new)[: MOST_STATES - len(queue)])
        seen.update(room)
        queue.extend(room)
    return found


def changes(stepper: Stepper, policies: Policies) -> Iterator[Policies]:
    """What each choice in a menu makes of ``policies``."""
    pages = {choice: getattr(policies, choice) for choice in PAGE_CHOICES}
    yield from (preset.but(**pages) for preset in PRESETS.values())
    for toggle, known in stepper.toggles.known.items():
        yield from (policies.but(**{toggle: value}) for value in known.values())


def run_all(stepper: Stepper, each: Iterable[Policies]) -> dict[Policies, tuple[str, Trace]]:
    """What each run says, and the run; without those in which a reader's own policy fails."""
    runs = {}
    for policies in each:
        with suppress(PolicyError):
            trace = stepper.scenario.run(policies, stepper.plan)
            runs[policies] = json.dumps([words.log(trace), words.verdict(trace)]), trace
    return runs


@dataclass
class Told:
    """What some runs say. A step that several tell alike, and its picture, is kept once."""

    pictures: dict[str, int] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    """Each step's words, the number of its picture, and the picture's words, as JSON."""
    traces: dict[str, Saved] = field(default_factory=dict)
    """By what a run says: the numbers of its steps, and its verdict."""

    def add(self, said: str, pictures: list[Picture]) -> None:
        """Keep what a run says, with a picture for each of its steps."""
        log, verdict = json.loads(said)
        numbers = []
        for step, picture in zip(log, pictures, strict=True):
            shown = self.pictures.setdefault(picture.svg, len(self.pictures))
            told = json.dumps([step, shown, picture.alt])
            numbers.append(self.steps.setdefault(told, len(self.steps)))
        self.traces[said] = {"steps": numbers, "verdict": verdict}


def with_pictures(runs: Mapping[Policies, tuple[str, Trace]]) -> Told:
    """What the runs say, with pictures, as long as these are not too many."""
    told: dict[str, Trace] = {}
    for said, trace in runs.values():
        told.setdefault(said, trace)
    worlds = [world for trace in told.values() for world in trace.worlds]
    origins = tuple(dict.fromkeys(f.document.origin for w in worlds for f in w.browser.frames))
    sizes = [step_size(trace) for trace in told.values()]
    size = max(wide for wide, _ in sizes), max(high for _, high in sizes)
    kept = Told()
    for said, trace in told.items():
        draw = steps_of(trace, origins, size)
        pictures = [draw(index) for index in range(len(trace.steps) + 1)]
        all_pictures = kept.pictures.keys() | {picture.svg for picture in pictures}
        if not kept.traces or len(all_pictures) <= MOST_PICTURES:
            kept.add(said, pictures)
    return kept


def values_of(stepper: Stepper, kept: Iterable[Policies], toggle: str) -> list[Any]:
    """The values that ``toggle`` has in ``kept``, or may have."""
    offered = stepper.toggles.known.get(toggle, {}).values()
    return list(dict.fromkeys([*offered, *(getattr(policies, toggle) for policies in kept)]))


def shown(stepper: Stepper, toggle: str, value: Any) -> str | bool:
    """How ``value`` stands in the menu of ``toggle``, or would."""
    if isinstance(value, bool):
        return value
    known = stepper.toggles.known.get(toggle, {})
    return next((label for label, each in known.items() if each == value), label_of(value))


def browsers(policies: Policies) -> list[str]:
    """The browsers that have these rules."""
    return [name for name, preset in PRESETS.items() if preset == policies.rules]


def what_follows(
    runs: Mapping[Policies, tuple[str, Trace]],
    kept: Mapping[Policies, int],
    moves: Mapping[Policies, list[Policies]],
) -> dict[str, str]:
    """For two runs, by their numbers, that are one change apart: what that change does."""
    found: dict[str, str] = {}
    for before, number in kept.items():
        for after in moves[before]:
            pair = f"{number},{kept.get(after)}"
            if after in kept and pair not in found:
                found[pair] = words.what_follows(runs[before][1], runs[after][1])
    return found
