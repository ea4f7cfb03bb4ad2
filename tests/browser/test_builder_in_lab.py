"""The builder in JupyterLab, as readers use it: by mouse, by keyboard, by ear.

Screenshots go to the folder that the environment variable SCREENSHOTS names, if it is set.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab, Notebook
from playwright.sync_api import Locator, expect

BUILDER = """\
import time
from labcore.widgets import Builder

def unfinished(browser, attempt):
    len(attempt.target) < 4

pause_s = 0
builder = Builder(own={"navigation": [unfinished]})
builder.bench.on_msg(lambda *_: time.sleep(pause_s))
builder"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def opened(lab: Lab) -> Iterator[Notebook]:
    path = lab.write("builder.ipynb", "'a cell above'", BUILDER, "'a cell below'")
    with lab.notebook(path, height=1400) as notebook:
        notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        notebook.run_all()
        yield notebook
        assert not notebook.complaints


@pytest.fixture
def builder(opened: Notebook, request: pytest.FixtureRequest) -> Iterator[Locator]:
    """The builder as it was at first."""
    root = opened.page.locator(".labcore-builder")
    expect(root.locator(".labcore-matrix img")).to_be_visible()
    undo = button(root, "Undo")
    while undo.get_attribute("aria-disabled") == "false":
        undo.evaluate("button => button.click()")  # it may be disabled by now: nothing to wait for
        root.page.wait_for_timeout(200)
    line(root, "integrator").click()
    expect(line(root, "integrator")).to_have_attribute("aria-selected", "true")
    await_pictures(root)
    yield root
    if folder := os.environ.get("SCREENSHOTS"):
        opened.page.screenshot(path=Path(folder) / f"{request.node.name}.png")


def button(root: Locator, name: str) -> Locator:
    return root.get_by_role("button", name=name)


def line(root: Locator, label: str) -> Locator:
    return root.get_by_role("treeitem").filter(
        has=root.page.locator("strong").get_by_text(label, exact=True)
    )


def field(root: Locator, name: str) -> Locator:
    return root.get_by_role("textbox", name=name, exact=True)


def code(root: Locator) -> str:
    return root.locator(".labcore-code").inner_text()


def sources(root: Locator) -> list[str | None]:
    return [image.get_attribute("src") for image in root.get_by_role("img").all()]


def await_pictures(root: Locator) -> None:
    """Wait until the pictures of the last change have all arrived: the last comes last."""
    before: list[str | None] = []
    while (now := sources(root)) != before:
        before = now
        root.page.wait_for_timeout(400)


def pause(notebook: Notebook, seconds: float) -> None:
    """Have the kernel wait after each message of the builder's before it takes the next."""
    notebook.page.evaluate(
        "(code) => jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code }).done.then(() => null)",
        f"pause_s = {seconds}",
    )


def test_a_new_frame_shows_everywhere_and_its_url_wants_to_be_typed(
    opened: Notebook, builder: Locator
) -> None:
    before = sources(builder)
    line(builder, "maps").click()
    button(builder, "Add frame inside").click()
    expect(line(builder, "news")).to_have_attribute("aria-selected", "true")
    expect(field(builder, "URL")).to_be_focused()
    expect(builder.get_by_role("status")).to_contain_text("Added news inside maps.")
    for n, src in enumerate(before):
        image = builder.get_by_role("img").nth(n)
        expect(image).not_to_have_attribute("src", src or "")
        assert "news" in (image.get_attribute("alt") or "")
    opened.page.keyboard.type("https://tiles.example")
    opened.page.keyboard.press("Enter")
    expect(line(builder, "tiles")).to_have_attribute("aria-level", "3")
    expect(field(builder, "URL")).to_have_value("https://tiles.example/")
    assert 'frame("https://maps.example/", frame("https://tiles.example/"))' in code(builder)


def test_a_wrong_url_is_answered_beside_its_field_and_changes_nothing(
    opened: Notebook, builder: Locator
) -> None:
    line(builder, "maps").click()
    before, pictures = code(builder), sources(builder)
    field(builder, "URL").fill("maps.example")
    opened.page.keyboard.press("Enter")
    alert = builder.get_by_role("alert").filter(has_text="is not a URL")
    expect(alert).to_contain_text("did you mean 'https://maps.example'?")
    expect(field(builder, "URL")).to_have_attribute("aria-invalid", "true")
    expect(field(builder, "URL")).to_have_value("maps.example")
    assert (code(builder), sources(builder)) == (before, pictures)
    opened.page.keyboard.press("Escape")
    expect(alert).to_have_count(0)
    expect(field(builder, "URL")).to_have_value("https://maps.example/")


def test_undo_and_redo_bring_everything_back(builder: Locator) -> None:
    before = code(builder)
    line(builder, "ad").click()
    button(builder, "Remove").click()
    expect(line(builder, "ad")).to_have_count(0)
    button(builder, "Undo").click()
    expect(line(builder, "ad")).to_have_attribute("aria-selected", "true")
    assert code(builder) == before
    button(builder, "Redo").click()
    expect(line(builder, "ad")).to_have_count(0)


def test_sandbox_and_opener_are_set_in_the_form(builder: Locator) -> None:
    line(builder, "maps").click()
    builder.get_by_role("switch", name="Sandbox").click()
    expect(builder.locator(".labcore-code")).to_contain_text('sandbox=""')
    builder.get_by_role("checkbox", name="allow-scripts").click()
    expect(builder.locator(".labcore-code")).to_contain_text('sandbox="allow-scripts"')
    expect(builder.get_by_role("checkbox", name="allow-scripts")).to_be_focused()
    expect(builder.locator(".labcore-about")).to_contain_text("Opaque origin")
    button(builder, "Add window").click()
    builder.get_by_role("combobox", name="Opener").select_option("maps")
    expect(builder.locator(".labcore-code")).to_contain_text('opener="maps"')


def test_copy_takes_the_code_away(opened: Notebook, builder: Locator) -> None:
    button(builder, "Copy").click()
    expect(builder.get_by_role("status")).to_contain_text("Copied")
    assert opened.page.evaluate("navigator.clipboard.readText()") == code(builder)


def test_where_the_clipboard_is_closed_the_code_is_copied_or_selected(
    opened: Notebook, builder: Locator
) -> None:
    opened.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    button(builder, "Copy").click()
    expect(builder.get_by_role("status")).to_contain_text("opied")
    assert opened.page.evaluate("getSelection().toString()").strip() == code(builder).strip()
    opened.page.evaluate("() => delete navigator.clipboard.writeText")


def test_everything_can_be_done_by_keyboard(opened: Notebook, builder: Locator) -> None:
    press = opened.page.keyboard.press
    line(builder, "integrator").focus()
    for key, label in (
        ("ArrowDown", "ad"),
        ("End", "maps"),
        ("ArrowUp", "ad"),
        ("ArrowLeft", "integrator"),
        ("ArrowRight", "ad"),
        ("Home", "integrator"),
        ("ArrowDown", "ad"),
    ):
        press(key)
        expect(line(builder, label)).to_be_focused()
        expect(line(builder, label)).to_have_attribute("aria-selected", "true")
    press("Delete")
    expect(line(builder, "ad")).to_have_count(0)
    expect(line(builder, "integrator")).to_be_focused()
    press("Control+z")
    expect(line(builder, "ad")).to_be_focused()
    reached = []
    button(builder, "Add frame inside").focus()
    for _ in range(16):
        reached.append(
            opened.page.evaluate(
                "() => { const e = document.activeElement; return e.getAttribute('aria-label')"
                " || e.labels?.[0]?.textContent || e.textContent.trim(); }"
            )
        )
        press("Tab")
    for name in (
        "Add window",
        "Remove",
        "Undo",
        "Redo",
        "URL",
        "Label",
        "Name",
        "Sandbox",
    ):
        assert any(name in each for each in reached), name
    assert any("The Python" in each for each in reached)


@pytest.mark.parametrize("pause_s", [0, 0.3])
def test_keys_quicker_than_the_kernel_lose_neither_selection_nor_focus(
    opened: Notebook, builder: Locator, pause_s: float
) -> None:
    press = opened.page.keyboard.press
    line(builder, "integrator").focus()
    pause(opened, pause_s)
    remove_and_undo = ("ArrowDown", "Delete", "Control+z")
    for key in (*remove_and_undo, *remove_and_undo, "Control+y"):
        press(key)
    expect(builder.get_by_role("status")).to_contain_text("Done again: Removed maps.")
    expect(line(builder, "integrator")).to_be_focused()
    expect(line(builder, "ad")).to_have_count(1)
    press("Control+z")
    expect(line(builder, "maps")).to_be_focused()
    expect(line(builder, "maps")).to_have_attribute("aria-selected", "true")
    pause(opened, 0)


def test_when_the_last_window_goes_the_keyboard_can_still_bring_it_back(
    opened: Notebook, builder: Locator
) -> None:
    line(builder, "integrator").focus()
    opened.page.keyboard.press("Delete")
    expect(button(builder, "Add window")).to_be_focused()
    opened.page.keyboard.press("Control+z")
    expect(line(builder, "integrator")).to_have_attribute("aria-selected", "true")


def test_no_key_pressed_in_it_is_a_command_of_jupyterlab(
    opened: Notebook, builder: Locator
) -> None:
    before = [cell["source"] for cell in opened.state()]
    places = (
        line(builder, "maps"),
        builder.get_by_role("img").first,
        builder.locator(".labcore-code"),
        field(builder, "Name"),
        builder.get_by_role("switch", name="Sandbox"),
        button(builder, "Redo"),
    )
    for place in places:
        place.click(force=True)
        for key in ("d", "d", "a", "b", "x", "m", "ArrowUp", "ArrowDown", "d", "d"):
            opened.page.keyboard.press(key)
    assert [cell["source"] for cell in opened.state()] == before


def test_what_a_reader_types_is_text(opened: Notebook, builder: Locator) -> None:
    evil = "<img src=x onerror=document.title='owned'>"
    field(builder, "Name").fill(evil)
    opened.page.keyboard.press("Enter")
    expect(line(builder, "integrator")).to_contain_text(evil)
    field(builder, "Label").fill(evil)
    opened.page.keyboard.press("Enter")
    expect(line(builder, evil)).to_be_visible()
    assert "owned" not in opened.page.title()
    assert builder.locator("img[src=x]").count() == 0


def test_a_policy_that_fails_says_so_and_changes_nothing(
    opened: Notebook, builder: Locator
) -> None:
    before = sources(builder)
    rules = opened.page.locator(".labcore-toggles")
    rules.get_by_role("radio", name="unfinished").click()
    expect(builder.get_by_role("status")).to_contain_text("is a 'return' missing")
    expect(rules.get_by_role("radio", name="descendant")).to_be_checked()
    assert sources(builder) == before
    rules.get_by_role("radio", name="permissive").click()
    expect(builder.get_by_role("status")).to_contain_text("descendant → permissive")
    rules.get_by_role("radio", name="descendant").click()
    expect(builder.get_by_role("status")).to_contain_text("permissive → descendant")


@pytest.mark.parametrize(
    ("width", "theme"),
    [(480, "JupyterLab Light"), (1200, "JupyterLab Dark"), (1700, "JupyterLab Light")],
)
def test_it_can_be_read_in_either_theme_and_at_any_width(
    opened: Notebook, builder: Locator, theme: str, width: int
) -> None:
    page = opened.page
    opened.command("apputils:change-theme", theme=theme)
    page.set_viewport_size({"width": width, "height": 1400})
    if width < 600:
        opened.command("application:toggle-left-area")
    page.wait_for_timeout(500)
    assert builder.evaluate("(each) => each.scrollWidth <= each.clientWidth")
    if width < 600:
        assert builder.evaluate("(each) => each.clientWidth") <= 380
    if folder := os.environ.get("SCREENSHOTS"):
        builder.screenshot(path=Path(folder) / f"builder {width} {theme}.png")
    if width < 600:
        opened.command("application:toggle-left-area")
    page.set_viewport_size({"width": 1200, "height": 1400})
