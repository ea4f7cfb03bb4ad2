"""How long it takes from a key in the CORS console to the verdict that it leads to.

In real JupyterLab in headless Chromium: the key reaches the kernel, the model follows the Fetch
standard, and the page shows what came of it.
"""

import statistics

import pytest
from browser.lab import jupyterlab

SAMPLES = 30
MOST_MS = 150

CONSOLE = """\
from labcore.widgets import Console
Console("JSON by PUT")"""

TYPE = """async ([name, value]) => {
  const frame = () => new Promise(requestAnimationFrame);
  const field = document.querySelector(`.labcore-console [data-field=${name}]`);
  const look = () => ['.labcore-verdict', '.labcore-wire', '.labcore-steps']
    .map((each) => document.querySelector(`.labcore-console ${each}`).textContent).join();
  const before = look();
  await frame();
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 16)); // anywhere in a frame
  const start = performance.now();
  field.value = value;
  field.dispatchEvent(new Event('input'));
  do await frame(); while (look() === before && performance.now() < start + 10_000);
  if (look() === before) throw new Error(`${name} changed nothing`);
  return performance.now() - start;
}"""

ALLOWED = "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: PUT\n"
CHANGES = {
    "a letter in the page": ("page", "https://shop.example/", "https://shops.example/"),
    "a letter of a header": ("response_headers", f"{ALLOWED}A: b", f"{ALLOWED}A: c"),
    "a preflight more": ("request_headers", "", "X-A: 1"),
    "100 header lines": (
        "request_headers",
        *("\n".join(f"X-{v}-{n}: 1" for n in range(100)) for v in "ab"),
    ),
    "100,000 letters": ("response_body", "x" * 100_000, "y" * 100_000),
}


@pytest.mark.browser
def test_key_to_verdict(tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = {}
    with (
        jupyterlab(tmp_path_factory.mktemp("lab")) as lab,
        lab.notebook(lab.write("bench.ipynb", CONSOLE)) as notebook,
    ):
        notebook.run_all()
        page = notebook.page
        page.locator(".labcore-console").wait_for()
        for name, (field, *values) in CHANGES.items():
            now = page.locator(f".labcore-console [data-field={field}]").input_value()
            times = []
            for each in range(SAMPLES + 2):
                if (value := values[each % 2]) == now:
                    continue
                times.append(page.evaluate(TYPE, [field, value]))
                now = value
                page.wait_for_timeout(100)
            rows[name] = times[2:]
            page.get_by_role("button", name="Reset").click()
            page.wait_for_timeout(500)
    print(f"\n{'key until it is shown, milliseconds':<40}{'median':>8}{'worst':>8}")
    for name, times in rows.items():
        print(f"{name:<40}{statistics.median(times):>8.1f}{max(times):>8.1f}")
    assert all(statistics.median(times) < MOST_MS for times in rows.values())
