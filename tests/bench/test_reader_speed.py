"""How long a reader waits: a step, a toggle, a first picture, beside the usual ways in one run.

In real JupyterLab in headless Chromium. Each time runs from the click or key, somewhere in a frame,
to the first frame that shows the new picture or text: the fastest answer takes half a frame on
average. *Run All* runs from the command to the first frame in which every code cell has run and
every widget and picture stands. The aims: a step within one frame (16 ms), a toggle within 150 ms.
"""

import math
import statistics
import time
from pathlib import Path

import pytest
from browser.lab import Notebook, jupyterlab

SAMPLES = 16
FRESH = 8
CHAPTERS = ("00", "05", "12", "15")
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

CELLS = (
    """\
import ipywidgets
from itertools import cycle
from IPython.display import display
from labcore import PRESETS, SCENARIOS, Browser, Navigate, frame, hijacking, window
from labcore.widgets import *
count = ipywidgets.Label("0")
button = ipywidgets.Button(description="empty")
button.on_click(lambda _: setattr(count, "value", str(int(count.value) + 1)))
ipywidgets.VBox([button, count]).add_class("bench-button")""",
    """\
Stepper("gadget-hijacking", "Firefox 2").add_class("bench-stepper")""",
    f"""\
for n in range({FRESH}):
    page = Browser.of(window(f"https://integrator-{{n}}.example/",
        frame("https://attacker.example/ad", label="ad"),
        frame("https://maps.example/", label="maps"), label="integrator"))
    display(Stepper(hijacking(page, "ad", "maps"), "Firefox 2").add_class(f"bench-fresh-{{n}}"))""",
    f"""\
weak, anomaly = PRESETS["IE 7"].but(handshake="Windows Live Channels"), SCENARIOS["lowe-anomaly"]
for n in range({FRESH}):
    last = Navigate("attacker", "contacts", f"https://contacts.example/#N_C,delete {{n}} contacts")
    stepper = Stepper(anomaly, weak, plan=[*anomaly.plan[:-1], last])
    display(stepper.add_class(f"bench-says-{{n}}"))""",
    """\
Builder().add_class("bench-builder")""",
    """\
Console("JSON by PUT")""",
    """\
Principals()""",
    f"""\
asked = [Question(f"{{n}}?", right="r", because="b", wrong={{"w": "n"}}) for n in range({SAMPLES})]
Quiz(*asked)""",
    """\
import matplotlib.pyplot as plt
from labcore.figures import draw_screen, draw_tree
worlds = SCENARIOS["gadget-hijacking"].run(PRESETS["Firefox 2"]).worlds
def draw(step):
    _, (left, right) = plt.subplots(1, 2, figsize=(9, 4.6))
    draw_screen(worlds[step], ax=left)
    draw_tree(worlds[step].browser, ax=right)
    plt.show()
choice = ipywidgets.ToggleButtons(options=range(len(worlds)))
shown = ipywidgets.interactive(draw, step=choice).add_class("bench-interact")
shown""",
)

MEASURE = """async ({ target, seen, at, value }) => {
  const frame = () => new Promise(requestAnimationFrame);
  const look = () => [...document.querySelectorAll(seen)]
    .map((each) => each.src ?? each.outerHTML).join();
  const element = [...document.querySelectorAll(target)].at(at);
  const before = look();
  const waiting = () => look() === before || !look()
    || [...document.querySelectorAll(seen)].some((each) => each.complete === false);
  await frame();
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 16)); // anywhere in a frame
  const start = performance.now();
  if (value === null) element.click();
  else {
    element.value = value;
    element.dispatchEvent(new Event('input'));
  }
  do await frame(); while (waiting() && performance.now() < start + 10_000);
  if (look() === before) throw new Error(`${target} changed nothing`);
  return performance.now() - start;
}"""
COMPLETE = """() => {
  const all = (wanted) => [...document.querySelectorAll(wanted)];
  return all('.jp-OutputArea img').every((each) => each.complete)
    && all("[data-mime-type*='widget-view']")
      .every((each) => each.innerText.trim() || each.querySelector('img, input'));
}"""
PAINTED = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
PICTURE = ".labcore-screen img:not(.labcore-hidden)"


@pytest.mark.browser
def test_what_a_reader_waits_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    with jupyterlab(tmp_path_factory.mktemp("lab"), NOTEBOOKS) as lab:
        with lab.notebook(lab.write("bench.ipynb", *CELLS)) as notebook:
            notebook.run_all()
            for name in (f"fresh-{FRESH - 1}", f"says-{FRESH - 1}", "stepper"):
                notebook.page.locator(f".bench-{name} {PICTURE}").wait_for()
            notebook.page.locator(".bench-interact img").wait_for()
            notebook.page.wait_for_timeout(1_000)
            rows = measure(notebook)
        painted = {}
        for path in sorted(lab.folder.glob("*.ipynb")):
            if path.name.startswith(CHAPTERS):
                with lab.notebook(path.name) as chapter:
                    painted[path.stem] = first_paint(chapter)
    report(rows, painted)


def report(rows: dict[str, list[float]], painted: dict[str, float]) -> None:
    empty, usual = (statistics.median(rows[name]) for name in (EMPTY, USUAL))
    header = f"{'median':>9}{'p95':>9}{'× button':>10}{'× interact':>12}"
    print(f"\n{'milliseconds until it is shown':<46}{header}")
    for name, times in rows.items():
        median = statistics.median(times)
        p95 = sorted(times)[math.ceil(0.95 * len(times)) - 1]
        print(f"{name:<46}{median:>9.1f}{p95:>9.1f}{median / empty:>10.2f}{median / usual:>12.2f}")
    print(f"\n{'seconds from Run All until all is painted':<46}{'':>9}")
    for name, seconds in painted.items():
        print(f"{name:<46}{seconds:>9.1f}")


def first_paint(chapter: Notebook) -> float:
    """Seconds from Run All until every cell has run and what they show stands on the page."""
    start = time.perf_counter()
    chapter.run_all(limit_s=300)
    chapter.page.wait_for_function(COMPLETE, timeout=60_000)
    chapter.page.evaluate(PAINTED)
    return time.perf_counter() - start


EMPTY = "empty button: round trip to the kernel"
USUAL = "usual way, interact and matplotlib: step"


def measure(notebook: Notebook) -> dict[str, list[float]]:
    page = notebook.page

    def once(
        target: str, seen: str, value: str | None = None, at: int = 0, pause_ms: int = 150
    ) -> float:
        given = {"target": target, "seen": seen, "value": value, "at": at}
        took: float = page.evaluate(MEASURE, given)
        page.wait_for_timeout(pause_ms)
        return took

    def rule(root: str, value: str, pause_ms: int = 150) -> float:
        seen = f"{root} .labcore-verdict, {root} {PICTURE}"
        return once(f"{root} input[value='{value}']", seen, pause_ms=pause_ms)

    def steps(root: str) -> list[float]:
        back, forth = (f"{root} .labcore-controls button:nth-of-type({n})" for n in (1, 3))
        return [once((back, forth)[n % 2], f"{root} {PICTURE}") for n in range(SAMPLES)]

    def named(root: str, name: str, seen: str) -> float:
        buttons = page.locator(f"{root} button").all_inner_texts()
        at = next(n for n, text in enumerate(buttons) if text.strip().endswith(name))
        return once(f"{root} button", seen, at=at)

    def pairs(root: str, names: tuple[str, str], seen: str) -> list[float]:
        return [named(root, names[n % 2], f"{root} {seen}") for n in range(SAMPLES)]

    to_the_end = "each => { each.value = each.max; each.dispatchEvent(new Event('input')); }"
    for slider in page.locator("[class*=bench-] .labcore-controls input").all():
        slider.evaluate(to_the_end)
    for value in ("descendant", "window"):
        rule(".bench-stepper", value)
    page.locator(".bench-stepper .labcore-controls input").evaluate(to_the_end)
    rows = {
        EMPTY: [
            once(".bench-button button", ".bench-button .widget-label") for _ in range(SAMPLES + 2)
        ][2:],
        USUAL: [
            once(".bench-interact .widget-toggle-button", ".bench-interact img", at=n % 4)
            for n in range(1, SAMPLES + 3)
        ][2:],
        "Stepper: step": steps(".bench-stepper"),
        "Stepper: toggle, pictures drawn before": [
            rule(".bench-stepper", ("descendant", "window")[n % 2]) for n in range(SAMPLES)
        ],
        "Stepper: toggle, nothing drawn before": [
            rule(f".bench-fresh-{n}", "descendant", 600) for n in range(FRESH)
        ],
        "Stepper, sequence diagram: step": steps(".bench-says-0"),
        "Stepper, sequence diagram: toggle": [
            rule(f".bench-says-{n}", "secure messaging", 1_500) for n in range(FRESH)
        ],
        "Quiz: answer": [
            once(
                f".labcore-quiz [data-question='{n}'] button",
                f".labcore-quiz [data-question='{n}']",
            )
            for n in range(SAMPLES)
        ],
    }
    root = ".bench-builder"
    rows["Builder: step, words"] = pairs(root, ("Add window", "Undo"), ".labcore-outline")
    rows["Builder: step, pictures"] = pairs(root, ("Add window", "Undo"), "img")
    rows["Builder: toggle"] = [
        once(f"{root} input[value='{value}']", f"{root} .labcore-note")
        for _ in range(SAMPLES // 2)
        for value in ("permissive", "descendant")
    ]
    rows["Console: key"] = [
        once(
            ".labcore-console [data-field=page]",
            ".labcore-console .labcore-verdict, .labcore-console .labcore-wire",
            value=f"https://{'shop' if n % 2 else 'shops'}.example/",
        )
        for n in range(SAMPLES)
    ]
    rows["Principals: step, words"] = pairs(
        ".labcore-principals", ("Create", "Undo"), ".labcore-outline"
    )
    rows["Principals: step, picture"] = pairs(
        ".labcore-principals", ("Create", "Undo"), ".labcore-regions"
    )
    return rows
