"""The CORS console in JupyterLab, as readers use it: by mouse, by keyboard, by ear.

Screenshots go to the folder that the environment variable SCREENSHOTS names, if it is set.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import LOOKS, Lab, Notebook
from playwright.sync_api import Locator, expect

CONSOLE = """\
import time
from labcore.widgets import Console

def unfinished(origin, credentials, response):
    len(origin) < 4

pause_s = 0
console = Console(own={"cors": [unfinished]})
console.desk.on_msg(lambda *_: time.sleep(pause_s))
console"""

FIELDS = (
    "Page",
    "URL",
    "Method",
    "Mode",
    "Credentials",
    "Request headers",
    "Request body",
    "Cookies the browser holds",
    "Status",
    "Answer body",
    "Answer headers",
    "To a preflight",
    "Preflight status",
    "Preflight headers",
)
EVIL = "<img src=x onerror=document.title='owned'>"
READS = "The page reads the answer"
CLOSED = "Sent, but the page cannot read the answer"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def opened(lab: Lab) -> Iterator[Notebook]:
    path = lab.write("console.ipynb", "'a cell above'", CONSOLE, "'a cell below'")
    with lab.notebook(path, height=1500) as notebook:
        notebook.run_all()
        yield notebook
        assert not notebook.complaints


@pytest.fixture
def console(opened: Notebook, request: pytest.FixtureRequest) -> Iterator[Locator]:
    """The console with a plain GET in it."""
    root = opened.page.locator(".labcore-console")
    expect(root).to_be_visible()
    take(root, "a header too many")
    take(root, "a plain GET")
    expect(verdict(root)).to_contain_text("The response has no Access-Control-Allow-Origin.")
    yield root
    if folder := os.environ.get("SCREENSHOTS"):
        name = re.sub(r"\W+", " ", request.node.name)
        opened.page.screenshot(path=Path(folder) / f"{name}.png")


def field(root: Locator, name: str) -> Locator:
    return root.get_by_label(name, exact=True)


def verdict(root: Locator) -> Locator:
    return root.locator(".labcore-verdict")


def steps(root: Locator) -> Locator:
    return root.get_by_role("list", name="The browser's algorithm").get_by_role("listitem")


def exchanges(root: Locator) -> Locator:
    return root.locator(".labcore-exchange")


def take(root: Locator, example: str) -> None:
    field(root, "Example").select_option(example)
    root.get_by_role("button", name="Reset").click()
    expect(field(root, "Example")).to_have_value(example)


def pause(notebook: Notebook, seconds: float) -> None:
    """Have the kernel wait after each message of the console's before it takes the next."""
    notebook.page.evaluate(
        "(code) => jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code }).done.then(() => null)",
        f"pause_s = {seconds}",
    )


def test_what_is_typed_changes_verdict_exchanges_and_steps(
    opened: Notebook, console: Locator
) -> None:
    expect(verdict(console)).to_contain_text(CLOSED)
    field(console, "Answer headers").focus()
    opened.page.keyboard.press("Control+End")
    opened.page.keyboard.type("\nAccess-Control-Allow-Origin: *")
    expect(verdict(console)).to_contain_text(READS)
    expect(steps(console).last).to_contain_text("CORS check")
    expect(steps(console).last.get_by_role("img", name="passed")).to_be_visible()
    expect(exchanges(console)).to_contain_text("Access-Control-Allow-Origin: *")
    field(console, "Method").fill("PUT")
    expect(verdict(console)).to_contain_text("Not sent: the preflight fails")
    expect(verdict(console)).to_contain_text("does not name PUT")
    expect(exchanges(console)).to_contain_text("OPTIONS https://api.example/prices")
    expect(steps(console).last.get_by_role("img", name="failed")).to_be_visible()


def test_an_example_fills_the_fields_and_reset_brings_it_back(console: Locator) -> None:
    take(console, "with cookies and *")
    expect(field(console, "Credentials")).to_have_value("include")
    expect(exchanges(console)).to_contain_text("Cookie: session=a1")
    expect(verdict(console)).to_contain_text("* does not count where cookies may go along")
    field(console, "Credentials").select_option("omit")
    expect(verdict(console)).to_contain_text(READS)
    console.get_by_role("button", name="Reset").click()
    expect(field(console, "Credentials")).to_have_value("include")
    expect(verdict(console)).to_contain_text(CLOSED)
    take(console, "redirect to another origin")
    expect(exchanges(console)).to_have_count(2)
    expect(exchanges(console).last).to_contain_text("Origin: null")


def test_the_preflights_own_answer_can_be_written_where_it_has_one(console: Locator) -> None:
    expect(field(console, "Preflight headers")).to_be_disabled()
    field(console, "Method").fill("DELETE")
    field(console, "Answer headers").fill("Access-Control-Allow-Origin: *")
    field(console, "To a preflight").select_option("own answer")
    field(console, "Preflight headers").fill(
        "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: DELETE"
    )
    expect(verdict(console)).to_contain_text(READS)
    expect(exchanges(console)).to_have_count(2)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("URL", "api.example", "did you mean 'https://api.example'?"),
        ("Page", "", "is not a URL"),
        ("Method", "GE T", "'GE T' is no method"),
        ("Request headers", "X-A: 1\nfoo", "line 2 is 'foo', without a colon"),
        ("Request headers", "X-A: ☃", "which stands for no byte"),
        ("Request body", "x", "a GET request has no body"),
        ("Status", "99", "a number from 100 to 599, not 99"),
        ("Answer headers", f"{EVIL}: 1", "is no header name"),
        ("Cookies the browser holds", "a=☃", "which stands for no byte"),
    ],
)
def test_nonsense_is_answered_beside_its_field_and_the_last_outcome_stays(
    console: Locator, name: str, value: str, message: str
) -> None:
    before = exchanges(console).inner_text(), steps(console).all_inner_texts()
    field(console, name).fill(value)
    expect(field(console, name)).to_have_accessible_description(re.compile(re.escape(message)))
    expect(field(console, name)).to_have_attribute("aria-invalid", "true")
    expect(verdict(console)).to_contain_text("Not current")
    expect(verdict(console)).to_contain_text(CLOSED)
    assert (exchanges(console).inner_text(), steps(console).all_inner_texts()) == before
    console.get_by_role("button", name="Reset").click()
    expect(field(console, name)).to_have_attribute("aria-invalid", "false")
    expect(verdict(console)).not_to_contain_text("Not current")


def test_what_anybody_writes_is_text(opened: Notebook, console: Locator) -> None:
    field(console, "Method").fill("PUT")
    for name in ("URL", "Page"):
        field(console, name).fill(f"https://api.example/?{EVIL}")
    for name in ("Request headers", "Answer headers"):
        field(console, name).fill(f"X-Evil: {EVIL}")
    for name in ("Request body", "Answer body", "Cookies the browser holds"):
        field(console, name).fill(EVIL)
    expect(exchanges(console)).to_contain_text(f"X-Evil: {EVIL}")
    field(console, "Status").fill(EVIL)
    expect(field(console, "Status")).to_have_attribute("aria-invalid", "true")
    assert console.locator("img, [onerror]").count() == 0
    assert "owned" not in opened.page.title()


def test_a_megabyte_is_shortened_and_can_be_taken_back(console: Locator) -> None:
    field(console, "Answer headers").evaluate(
        "each => { each.value = 'X-Long: ' + 'y'.repeat(1e6);"
        " each.dispatchEvent(new Event('input')); }"
    )
    expect(exchanges(console)).to_contain_text("(1,000,000 characters)", timeout=15_000)
    assert console.evaluate("each => each.querySelector('.labcore-came').textContent.length") < 3000
    console.get_by_role("button", name="Reset").click()
    expect(field(console, "Answer headers")).to_have_value("Content-Type: application/json")


def test_every_field_has_a_name_and_the_keyboard_reaches_it(
    opened: Notebook, console: Locator
) -> None:
    field(console, "To a preflight").select_option("own answer")
    for name in FIELDS:
        expect(field(console, name)).to_have_accessible_name(name)
    field(console, "Example").focus()
    reached = []
    for _ in range(len(FIELDS) + 4):
        reached.append(
            opened.page.evaluate(
                "() => { const e = document.activeElement; return e.getAttribute('aria-label')"
                " || e.labels?.[0]?.textContent || e.textContent.trim(); }"
            )
        )
        opened.page.keyboard.press("Tab")
    assert reached == [
        "Example",
        "Reset",
        *FIELDS,
        "Over the network",
        "The browser's algorithm",
    ]


def test_the_keyboard_alone_is_enough(opened: Notebook, console: Locator) -> None:
    press = opened.page.keyboard.press
    field(console, "Example").focus()
    press("ArrowDown")
    expect(field(console, "Example")).to_have_value("a plain GET, open to all")
    expect(verdict(console)).to_contain_text(READS)
    expect(field(console, "Example")).to_be_focused()
    for _ in range(3):
        press("Tab")
    expect(field(console, "URL")).to_be_focused()
    opened.page.keyboard.type("https://shop.example/x")
    expect(verdict(console)).to_contain_text("https://shop.example is the page's own origin")
    for _ in range(3):
        press("Tab")
    press("ArrowDown")  # credentials
    expect(field(console, "Credentials")).to_have_value("include")
    press("Tab")
    opened.page.keyboard.type("X-A: 1")
    press("Enter")
    opened.page.keyboard.type("X-B: 2")
    expect(exchanges(console)).to_contain_text("X-B: 2")
    expect(field(console, "Request headers")).to_have_value("X-A: 1\nX-B: 2")


@pytest.mark.parametrize("pause_s", [0, 0.3])
def test_keys_quicker_than_the_kernel_are_all_kept(
    opened: Notebook, console: Locator, pause_s: float
) -> None:
    pause(opened, pause_s)
    text = "Access-Control-Allow-Origin: https://shop.example"
    field(console, "Answer headers").fill("")
    opened.page.keyboard.type(text)
    field(console, "Answer body").fill("late")
    expect(field(console, "Answer headers")).to_have_value(text)
    expect(exchanges(console)).to_contain_text("late")
    expect(verdict(console)).to_contain_text(READS)
    expect(field(console, "Answer headers")).to_have_value(text)
    field(console, "Answer body").fill("gone")
    console.get_by_role("button", name="Reset").click()
    expect(field(console, "Answer body")).to_have_value('{"price": 12}')
    expect(verdict(console)).to_contain_text(CLOSED)
    opened.page.wait_for_timeout(int(pause_s * 2000))
    expect(field(console, "Answer body")).to_have_value('{"price": 12}')
    pause(opened, 0)


def test_no_key_pressed_in_it_is_a_command_of_jupyterlab(
    opened: Notebook, console: Locator
) -> None:
    before = [cell["source"] for cell in opened.state()]
    places = (
        field(console, "Method"),
        field(console, "Credentials"),
        field(console, "Answer headers"),
        verdict(console),
        console.get_by_role("button", name="Reset"),
        console.get_by_role("list", name="The browser's algorithm"),
    )
    for place in places:
        place.click()
        for key in ("Escape", "d", "d", "x", "a", "b", "m", "Shift+Enter", "Control+Enter"):
            opened.page.keyboard.press(key)
    assert [cell["source"] for cell in opened.state()] == before


def test_the_verdict_is_announced(console: Locator) -> None:
    expect(verdict(console)).to_have_attribute("aria-live", "polite")
    expect(verdict(console)).to_have_attribute("role", "status")


def test_a_rule_changes_the_verdict_and_one_that_fails_changes_nothing(
    opened: Notebook, console: Locator
) -> None:
    rules = opened.page.locator(".labcore-toggles")
    rules.get_by_role("radio", name="no check").click()
    expect(verdict(console)).to_contain_text(READS)
    rules.get_by_role("radio", name="unfinished").click()
    expect(verdict(console)).to_contain_text("is a 'return' missing")
    expect(rules.get_by_role("radio", name="no check")).to_be_checked()
    rules.get_by_role("combobox", name="browser").select_option("Chromium")
    expect(verdict(console)).to_contain_text(CLOSED)
    expect(verdict(console)).not_to_contain_text("is a 'return' missing")


@pytest.mark.parametrize("width", [480, 700, 1200, 1700])
def test_nothing_moves_while_something_wrong_is_typed(
    opened: Notebook, console: Locator, width: int
) -> None:
    page = opened.page
    page.set_viewport_size({"width": width, "height": 1500})
    if width < 800:
        opened.command("application:toggle-left-area")
    page.wait_for_timeout(500)
    before = console.evaluate(PLACES)
    for name, value in (
        ("Method", "GE T"),
        ("URL", EVIL),
        ("Status", "9"),
        ("Request headers", "x"),
    ):
        text = field(console, name).input_value()
        field(console, name).fill(value)
        expect(field(console, name)).to_have_attribute("aria-invalid", "true")
        assert console.evaluate(PLACES) == before
        field(console, name).fill(text)
        expect(field(console, name)).to_have_attribute("aria-invalid", "false")
    if width < 800:
        opened.command("application:toggle-left-area")
    page.set_viewport_size({"width": 1200, "height": 1500})


PLACES = """(root) => ['.labcore-verdict', '.labcore-wire', '.labcore-steps', '[data-field=url]']
  .map((one) => root.querySelector(one).getBoundingClientRect())
  .map(({ top, height }) => [top - root.getBoundingClientRect().top, height])"""


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_it_can_be_read_in_either_theme_and_at_any_width(
    opened: Notebook, console: Locator, theme: str, width: int
) -> None:
    page = opened.page
    opened.command("apputils:change-theme", theme=theme)
    page.set_viewport_size({"width": width, "height": 1500})
    if width < 800:
        opened.command("application:toggle-left-area")
    page.wait_for_timeout(500)
    take(console, "JSON by PUT")
    expect(exchanges(console)).to_have_count(2)
    assert console.evaluate("(each) => each.scrollWidth <= each.clientWidth")
    assert console.evaluate(OVERLAPPING) == []
    if folder := os.environ.get("SCREENSHOTS"):
        console.screenshot(path=Path(folder) / f"console {width} {theme}.png")
    if width < 800:
        opened.command("application:toggle-left-area")
    page.set_viewport_size({"width": 1200, "height": 1500})


OVERLAPPING = """(root) => {
  const parts = [...root.querySelectorAll(
    '.labcore-entry > *, .labcore-verdict, .labcore-wire, .labcore-steps, legend')]
    .filter((each) => each.offsetHeight);
  const boxes = parts.map((each) => each.getBoundingClientRect());
  const found = [];
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b, j) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && high > 1) found.push([parts[i].textContent, parts[i + 1 + j].textContent]);
  }));
  return found;
}"""


def test_two_views_show_the_same(lab: Lab) -> None:
    with lab.notebook(lab.write("twice.ipynb", CONSOLE, "console")) as notebook:
        notebook.run_all()
        both = notebook.page.locator(".labcore-console")
        expect(both).to_have_count(2)
        for one, other, text in ((0, 1, "first"), (1, 0, "second"), (0, 1, "third")):
            field(both.nth(one), "Answer body").fill(text)
            expect(field(both.nth(other), "Answer body")).to_have_value(text)
            expect(exchanges(both.nth(other))).to_contain_text(text)


def test_it_shows_what_it_has_without_a_kernel(opened: Notebook, console: Locator) -> None:
    """Last: the kernel is not started again."""
    assert not opened.complaints
    opened.shut_down()
    expect(verdict(console)).to_contain_text(CLOSED)
    field(console, "URL").fill("https://shop.example/")
    expect(console).to_contain_text("the kernel is busy or not running", timeout=10_000)
    expect(field(console, "URL")).to_have_value("https://shop.example/")
    opened.complaints.clear()
