"""How long it takes from a click to what it shows: the stepper, beside the usual ways, in one run.

In real JupyterLab in headless Chromium. Each time runs from the click, somewhere in a frame, to the
first frame that shows the new picture or text: the fastest answer takes half a frame on average.
"""

import statistics

import pytest
from browser.lab import Notebook, jupyterlab

SAMPLES = 15
FRESH = 8

BUTTON = """\
import ipywidgets
count = ipywidgets.Label("0")
button = ipywidgets.Button(description="empty")
button.on_click(lambda _: setattr(count, "value", str(int(count.value) + 1)))
ipywidgets.VBox([button, count]).add_class("bench-button")"""

STEPPER = """\
from labcore.widgets import Stepper
Stepper("gadget-hijacking", "Firefox 2").add_class("bench-stepper")"""

FRESH_STEPPERS = f"""\
from IPython.display import display
from labcore import Browser, frame, hijacking, window
for n in range({FRESH}):
    page = Browser.of(window(f"https://integrator-{{n}}.example/",
        frame("https://attacker.example/ad", label="ad"),
        frame("https://maps.example/", label="maps"), label="integrator"))
    display(Stepper(hijacking(page, "ad", "maps"), "Firefox 2").add_class(f"bench-fresh-{{n}}"))"""

MESSAGES = f"""\
from labcore import PRESETS, SCENARIOS, Navigate
weak, anomaly = PRESETS["IE 7"].but(handshake="Windows Live Channels"), SCENARIOS["lowe-anomaly"]
for n in range({FRESH}):
    last = Navigate("attacker", "contacts", f"https://contacts.example/#N_C,delete {{n}} contacts")
    stepper = Stepper(anomaly, weak, plan=[*anomaly.plan[:-1], last])
    display(stepper.add_class(f"bench-says-{{n}}"))"""

DRAWING = """\
import matplotlib.pyplot as plt
from labcore import PRESETS, SCENARIOS
from labcore.figures import draw_screen, draw_tree
worlds = SCENARIOS["gadget-hijacking"].run(PRESETS["Firefox 2"]).worlds
def draw(step):
    _, (left, right) = plt.subplots(1, 2, figsize=(9, 4.6))
    draw_screen(worlds[step], ax=left)
    draw_tree(worlds[step].browser, ax=right)
    plt.show()"""

OUTPUT = """\
from itertools import cycle
output, steps = ipywidgets.Output(), cycle(range(len(worlds)))
def again(_):
    with output:
        output.clear_output(wait=True)
        draw(next(steps))
button = ipywidgets.Button(description="draw")
button.on_click(again)
again(None)
ipywidgets.VBox([button, output]).add_class("bench-output")"""

INTERACT = """\
choice = ipywidgets.ToggleButtons(options=range(len(worlds)))
shown = ipywidgets.interactive(draw, step=choice).add_class("bench-interact")
shown"""

MEASURE = """async ([target, seen]) => {
  const frame = () => new Promise(requestAnimationFrame);
  const look = () => [...document.querySelectorAll(seen)]
    .map((each) => each.src ?? each.textContent).join();
  const before = look();
  const waiting = () => look() === before || !look()
    || [...document.querySelectorAll(seen)].some((each) => each.complete === false);
  await frame();
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 16)); // anywhere in a frame
  const start = performance.now();
  document.querySelector(target).click();
  const handled = performance.now() - start;
  const until = start + 10_000;
  do await frame(); while (waiting() && performance.now() < until);
  if (look() === before) throw new Error(`${target} changed nothing`);
  return [handled, performance.now() - start];
}"""


def times(
    notebook: Notebook, pairs: list[tuple[str, str]], pause_ms: int = 150
) -> list[list[float]]:
    measured = []
    for pair in pairs:
        measured.append(notebook.page.evaluate(MEASURE, list(pair)))
        notebook.page.wait_for_timeout(pause_ms)
    return measured


def radio(root: str, value: str) -> tuple[str, str]:
    return f"{root} input[value='{value}']", f"{root} .labcore-verdict, {root} {SHOWN}"


SHOWN = ".labcore-screen img:not(.labcore-hidden)"


@pytest.mark.browser
def test_click_to_picture(tmp_path_factory: pytest.TempPathFactory) -> None:
    cells = (BUTTON, STEPPER, FRESH_STEPPERS, MESSAGES, DRAWING, OUTPUT, INTERACT)
    with (
        jupyterlab(tmp_path_factory.mktemp("lab")) as lab,
        lab.notebook(lab.write("bench.ipynb", *cells)) as notebook,
    ):
        notebook.run_all()
        for last in (
            f".bench-fresh-{FRESH - 1} {SHOWN}",
            f".bench-says-{FRESH - 1} {SHOWN}",
            ".bench-output img",
            ".bench-interact img",
        ):
            notebook.page.locator(last).wait_for()
        notebook.page.wait_for_timeout(1_000)
        rows = measure(notebook)
    base = statistics.median(shown for _, shown in rows["empty button, round trip to the kernel"])
    print(
        f"\n{'click until it is shown, milliseconds':<52}{'median':>8}{'worst':>8}{'× button':>10}"
    )
    for name, measured in rows.items():
        shown = [each for _, each in measured]
        median = statistics.median(shown)
        print(f"{name:<52}{median:>8.1f}{max(shown):>8.1f}{median / base:>10.2f}")
    handled = statistics.median(each for each, _ in rows["stepper, a step"])
    print(f"A step's script takes {handled:.1f} ms; what remains is the wait for the next frame.")


def measure(notebook: Notebook) -> dict[str, list[list[float]]]:
    button = (".bench-button button", ".bench-button .widget-label")
    output = (".bench-output button", ".bench-output img")
    root = ".bench-stepper"
    controls = f"{root} .labcore-controls"
    forth, back = (f"{controls} button:nth-of-type({n})" for n in (3, 1))
    steps = [(each, f"{root} {SHOWN}") for _ in range(SAMPLES // 3 + 1) for each in (forth, back)]
    to_the_end = "each => { each.value = each.max; each.dispatchEvent(new Event('input')); }"
    for slider in notebook.page.locator("[class*=bench-] .labcore-controls input").all():
        slider.evaluate(to_the_end)
    cached = [
        radio(root, rule) for _ in range(SAMPLES // 2 + 2) for rule in ("descendant", "window")
    ]
    fresh = [radio(f".bench-fresh-{n}", "descendant") for n in range(FRESH)]
    says = [radio(f".bench-says-{n}", "secure messaging") for n in range(FRESH)]
    other = ".bench-says-0 .labcore-controls button:nth-of-type({})"
    told = [(other.format(n), f".bench-says-0 {SHOWN}") for n in (1, 3)] * (SAMPLES // 2 + 1)
    choices = [
        (f".bench-interact .widget-toggle-button:nth-of-type({n})", ".bench-interact img")
        for _ in range(SAMPLES // 4 + 1)
        for n in (2, 3, 4, 1)
    ]
    return {
        "empty button, round trip to the kernel": times(notebook, [button] * (SAMPLES + 2))[2:],
        "stepper, a step": times(notebook, [(back, f"{root} {SHOWN}"), *steps])[1:],
        "stepper, a rule, pictures drawn before": times(notebook, end(root) + cached)[4:],
        "stepper, a rule, nothing drawn before": times(notebook, fresh, 600),
        "sequence diagram, a step": times(notebook, told),
        "sequence diagram, a rule, nothing drawn before": times(notebook, says, 1_500),
        "usual way: Output and a fresh matplotlib figure": times(
            notebook, [output] * (SAMPLES + 2)
        )[2:],
        "usual way: interact and matplotlib": times(notebook, choices)[2:],
    }


def end(root: str) -> list[tuple[str, str]]:
    return [(f"{root} .labcore-controls button:nth-of-type(3)", f"{root} {SHOWN}")]
