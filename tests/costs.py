"""Measure what isolation costs (Cao et al. 2013, "lightweight-ness"), for the book to show.

Run it on a quiet machine, some four minutes: `python tests/costs.py`. It stores two things.

*In real browsers*: a page reads and writes a property three objects deep, `state.user.address.city`
of a frame, by turns. Either directly, `frame.contentWindow.state.user.address.city`, as two
documents of one principal can; or through a small library over `postMessage`, `await
remote.get("user.address.city")`, as strangers must. The library is used in three ways: each access
is awaited before the next, 100 are under way at once, or 100 go in one message. The frame has the
page's origin, another origin of its site, or is of another site: the last two may run in a process
of their own. Every answer is checked. Times are per access, of rounds long enough for a coarse
clock. Each round runs every way once, so that load on the machine hits all alike; beside the
medians stand the fastest rounds, since load only ever adds.

The source found native access twice as fast as such a library, in a WebKit of 2013, and says
neither what was read and written nor how the library was used. Here a message costs hundreds of
native accesses, and even shared by a hundred accesses it leaves more than a factor of two.

*In the model*: how much longer its decisions take where the browser looks at principals (COP)
instead of origins, all documents having the default ones. Processor time, both ways by turns, of
the fastest rounds; median and quartiles are those of the single rounds' ratios. Two rows are for
comparison: how far a rule differs from itself, and a browser whose fetches do not even look for the
header that names a principal.
"""

import gc
import json
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

from browser.rig import Page, Rig

from labcore import Browser, Policies, Request, Response, frame, window
from labcore.policies.fetching import Fetching
from labcore.small_scope import Scope, browsers

STORED = Path(__file__).resolve().parents[1] / "notebooks" / "data" / "costs.json"

# --- in real browsers ---

RIGS = {
    "Chromium": (Rig.chromium, ("chromium", "chromium-browser", "google-chrome")),
    "Firefox": (Rig.firefox, ("firefox-esr", "firefox")),
}
"""How each is started, and what its program may be called."""

PAGE = Browser.of(
    window(
        "http://mail.owner.localhost/",
        frame("http://mail.owner.localhost/", label="same origin"),
        frame("http://docs.owner.localhost/", label="same site"),
        frame("http://friend.localhost/", label="other site"),
        label="page",
    )
)
FRAMES = PAGE.children("page")
NATIVE = "same origin"
"""The only frame of which the page can reach the objects directly."""

SERVER = """
heard.push = () => 0;  // the rig keeps no record of these messages
const access = (object, path, ...value) => {
  const names = path.split("."), last = names.pop();
  for (const name of names) object = object[name];
  if (value.length) object[last] = value[0];
  return object[last];
};
window.state = {user: {address: {city: "none"}}};
window.serve = (friend) => addEventListener("message", ({data, origin, source}) => {
  if (origin !== friend || !data.calls) return;
  const results = data.calls.map((call) => access(state, ...call));
  source.postMessage({id: data.id, results}, friend);
});
"""
"""The library where the objects are: it answers ``friend``, and nobody else."""

CLIENT = """
heard.push = () => 0;
window.remoteIn = (frame, friend) => {
  const waiting = new Map();
  let last = 0;
  addEventListener("message", ({data, origin, source}) => {
    if (source !== frame || origin !== friend || !waiting.has(data.id)) return;
    waiting.get(data.id)(data.results);
    waiting.delete(data.id);
  });
  const all = (calls) => new Promise((come) => {
    waiting.set(++last, come);
    frame.postMessage({id: last, calls}, friend);
  });
  const one = async (...call) => (await all([call]))[0];
  return {all, get: (path) => one(path), set: (path, value) => one(path, value)};
};
"""
"""The library where they are wanted: it believes ``friend`` in ``frame``, and nobody else."""

WORKLOAD = """
const cities = ["Evanston", "Princeton", "Redmond"], path = "user.address.city";
const calls = [], expected = [];
for (let n = 0; n < 50; n++) {
  const city = cities[n % 3];
  calls.push([path, city], [path]);  // a write, and a read of what was written
  expected.push(city, city);
}
const ask = (remote, [path, ...city]) => city.length ? remote.set(path, city[0]) : remote.get(path);
const library = {
  "one by one": async (remote) => {
    const results = [];
    for (const call of calls) results.push(await ask(remote, call));
    return results;
  },
  "100 under way": (remote) => Promise.all(calls.map((call) => ask(remote, call))),
  "100 in a message": (remote) => remote.all(calls),
};
const timed = async (work) => {
  const start = performance.now(), right = await work();
  return [performance.now() - start, right];
};
window.throughLibrary = (way, remote, count) => timed(async () => {
  let right = 0;
  for (let done = 0; done < count; done += calls.length)
    (await library[way](remote)).forEach((city, n) => { right += city === expected[n]; });
  return right;
});
window.natively = (frame, count) => timed(() => {
  let right = 0;
  for (let n = 0; n < count; n += 2) {
    const city = cities[n % 3];
    frame.contentWindow.state.user.address.city = city;
    if (frame.contentWindow.state.user.address.city === city) right += 2;
  }
  return right;
});
"""
"""A round of each way: how many milliseconds it took, and how many answers were right."""

ACCESSES = {
    "native": 400_000,
    "one by one": 2_000,
    "100 under way": 5_000,
    "100 in a message": 40_000,
}
WAYS = tuple(ACCESSES)[1:]
ROUNDS, WARM_UP = 21, 3


def prepare(page: Page) -> None:
    """Put the library into the frames of `PAGE` and connect its page with each."""
    page.run("page", CLIENT + WORKLOAD + "window.remotes = {}")
    friend = page.rig.address(PAGE.document("page").url, "")
    for number, label in enumerate(FRAMES):
        page.run(label, f"{SERVER} serve({json.dumps(friend)})")
        address = json.dumps(page.rig.address(PAGE.document(label).url, ""))
        page.run("page", f"remotes[{json.dumps(label)}] = remoteIn(frames[{number}], {address})")


def round_of(page: Page, label: str, way: str, accesses: int) -> float:
    """Microseconds an access, in one round. Raises `ValueError` for a wrong answer."""
    if way == "native":
        code = f"natively(document.querySelectorAll('iframe')[{FRAMES.index(label)}], {accesses})"
    else:
        code = f"throughLibrary({json.dumps(way)}, remotes[{json.dumps(label)}], {accesses})"
    milliseconds, right = page.run("page", f"return await {code}")
    if right != accesses:
        raise ValueError(f"{way}, {label}: {right} of {accesses} answers are right")
    return 1000 * milliseconds / accesses


def in_browser(rig: Rig, rounds: int = ROUNDS) -> dict[str, Any]:
    """Times and ratios of all ways, in one browser."""
    page = rig.open(PAGE)
    prepare(page)
    cells = [(NATIVE, "native"), *((label, way) for way in WAYS for label in FRAMES)]
    times: dict[tuple[str, str], list[float]] = {cell: [] for cell in cells}
    for number in range(WARM_UP + rounds):
        for cell in cells:
            took = round_of(page, *cell, ACCESSES[cell[1]])
            if number >= WARM_UP:
                times[cell].append(took)
    page.close()
    native = times[NATIVE, "native"]
    return {
        "native": spread(native),
        "library": {
            way: {
                label: {
                    **spread(times[label, way]),
                    "times_native": rounded(
                        statistics.median(times[label, way]) / statistics.median(native)
                    ),
                    "times_native_fastest": rounded(min(times[label, way]) / min(native)),
                }
                for label in FRAMES
            }
            for way in WAYS
        },
    }


def spread(times: list[float]) -> dict[str, float]:
    """The median, the quartiles and the fastest round, in microseconds."""
    low, middle, high = map(rounded, statistics.quantiles(times, n=4))
    return {
        "median_us": middle,
        "lower_quartile_us": low,
        "upper_quartile_us": high,
        "fastest_us": rounded(min(times)),
    }


def rounded(value: float) -> float:
    """Three digits, which is more than the measurement is worth."""
    return float(f"{value:.3g}")


def version_of(programs: tuple[str, ...]) -> str:
    """What the browser says that it is."""
    program = next(filter(None, map(shutil.which, programs)))
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return said.stdout.strip()


# --- in the model ---

SCOPE = Scope(frames=4, origins=3, windows=2)
MODEL_ROUNDS = 151
REQUEST = Request("GET", "https://answers.example/data")
ANSWER = Response(200, {"Access-Control-Allow-Origin": "*", "Content-Type": "text/plain"}, "data")
NO_LOOKING = patch.object(Fetching, "_owner", lambda self, response: None)


def model_work() -> dict[str, tuple[Any, ...]]:
    """What is compared: the work, its number of decisions, and the rules of both sides.

    Where a third thing stands, it holds for the first side.
    """
    small = list(browsers(SCOPE))
    frames = [(each, label) for each in small for label in each.labels]
    pairs = [
        (each, a, b, str(each.origin(a)))
        for each in small
        for a in each.labels
        for b in each.labels
    ]

    def scripts(rules: Policies) -> list[bool]:
        return [rules.may_script(page, a, b).allowed for page, a, b, _ in pairs]

    def delivers(rules: Policies) -> list[bool]:
        return [rules.delivers(page, a, b, meant).allowed for page, a, b, meant in pairs]

    def fetches(rules: Policies) -> list[bool]:
        answers = [rules.fetches(page, a, REQUEST, lambda _: ANSWER).readable for page, a in frames]
        assert all(answers)
        return answers

    sop = Policies()
    return {
        "scripting": (scripts, len(pairs), sop, Policies(scripting="COP")),
        "messaging": (delivers, len(pairs), sop, Policies(messaging="COP")),
        "fetching": (fetches, len(frames), sop, Policies(cors="COP")),
        "a rule and itself": (scripts, len(pairs), sop, Policies()),
        "fetching, beside no looking": (
            fetches,
            len(frames),
            sop,
            Policies(cors="COP"),
            NO_LOOKING,
        ),
    }


def in_model(rounds: int = MODEL_ROUNDS) -> dict[str, dict[str, float]]:
    """How much more the second side takes, in percent, and what a decision of the first takes."""
    rows = {}
    for name, (work, decisions, before, after, *around) in model_work().items():
        first = around[0] if around else nullcontext()
        sides = [(before, first), (after, nullcontext())]
        assert work(before) == work(after)
        times: list[list[float]] = [[], []]
        for number in range(rounds):
            for side in (0, 1) if number % 2 else (1, 0):
                rules, holds = sides[side]
                with holds:
                    times[side].append(processor_time(lambda w=work, r=rules: w(r)))
        ratios = [late / early for early, late in zip(*times, strict=True)]
        low, middle, high = (100 * (each - 1) for each in statistics.quantiles(ratios, n=4))
        rows[name] = {
            "percent": round(100 * (min(times[1]) / min(times[0]) - 1), 1),
            "median": round(middle, 1),
            "lower_quartile": round(low, 1),
            "upper_quartile": round(high, 1),
            "decision_us": rounded(1e6 * min(times[0]) / decisions),
        }
    return rows


def processor_time(work: Callable[[], object]) -> float:
    """Seconds of this process, others on the machine and the garbage collector left out."""
    gc.disable()
    try:
        begun = time.process_time()
        work()
        return time.process_time() - begun
    finally:
        gc.enable()


def costs() -> dict[str, Any]:
    """All that is stored."""
    found: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "load_before": load()},
        "accesses": ACCESSES,
        "rounds": ROUNDS,
        "browsers": {},
    }
    for name, (start, programs) in RIGS.items():
        with start() as rig:
            found["browsers"][name] = {"version": version_of(programs), **in_browser(rig)}
    found["model"] = {
        "scope": str(SCOPE),
        "browsers": sum(1 for _ in browsers(SCOPE)),
        "rounds": MODEL_ROUNDS,
        "cop_over_sop": in_model(),
    }
    found["machine"]["load_after"] = load()
    return found


def load() -> list[float]:
    """How many processes wanted a core in the last minute, five and fifteen."""
    return [round(each, 1) for each in os.getloadavg()]


if __name__ == "__main__":
    STORED.write_text(json.dumps(costs(), indent=1, ensure_ascii=False) + "\n", "utf-8")
