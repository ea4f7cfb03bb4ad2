"""The principals in JupyterLab, as readers use them: by mouse, by keyboard, by ear.

Screenshots go to the folder that the environment variable SCREENSHOTS names, if it is set.
"""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import LOOKS, Lab, Notebook
from playwright.sync_api import Locator, expect

WIDGET = """\
from labcore.widgets import Principals

widget = Principals()
widget"""
ID = "id-of-mail-and-docs"
EVIL = "<img src=x onerror=document.title='owned'>"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def opened(lab: Lab) -> Iterator[Notebook]:
    path = lab.write("principals.ipynb", "'a cell above'", WIDGET, "'a cell below'")
    with lab.notebook(path, height=1500) as notebook:
        notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        notebook.run_all()
        yield notebook
        assert not notebook.complaints


@pytest.fixture
def widget(opened: Notebook, request: pytest.FixtureRequest) -> Iterator[Locator]:
    """The widget as it was at first."""
    root = opened.page.locator(".labcore-principals")
    expect(root.locator(".labcore-regions img")).to_be_visible()
    if not looks(root).is_checked():
        looks(root).click()
        expect(looks(root)).to_be_checked()
    if button(root, "Reset").get_attribute("aria-disabled") == "false":
        button(root, "Reset").click()
        expect(code(root)).to_contain_text("actions = []")
    for label in ("docs", "mail"):  # what was typed goes with the selection
        select(root, label)
    yield root
    if folder := os.environ.get("SCREENSHOTS"):
        name = re.sub(r"\W+", " ", request.node.name)
        root.screenshot(path=Path(folder) / f"{name}.png")


def button(root: Locator, name: str) -> Locator:
    return root.get_by_role("button", name=name, exact=True)


def looks(root: Locator) -> Locator:
    return root.get_by_role("switch", name="The browser knows principals")


def line(root: Locator, label: str) -> Locator:
    return root.get_by_role("treeitem").filter(
        has=root.page.locator("strong").get_by_text(label, exact=True)
    )


def select(root: Locator, label: str) -> None:
    line(root, label).click()
    expect(line(root, label)).to_have_attribute("aria-selected", "true")
    expect(root.get_by_role("table")).to_contain_text(f"May {label} …")


def field(root: Locator, name: str) -> Locator:
    return root.get_by_role("textbox", name=name, exact=True)


def code(root: Locator) -> Locator:
    return root.get_by_role("textbox", name="What was done, as Python")


def verdict(root: Locator) -> Locator:
    return root.locator(".labcore-verdict")


def answers(root: Locator, label: str) -> list[str]:
    """The row of one frame: script, “/”, its origin, fetch, cookies."""
    row = root.get_by_role("row").filter(has=root.page.get_by_role("rowheader", name=label))
    return [each.strip() for each in row.locator(".labcore-now span:last-child").all_inner_texts()]


def create(root: Locator, id: str = ID, *members: str) -> None:
    field(root, "ID of the new principal").fill(id)
    for each in members:
        root.get_by_role("checkbox", name=each).check()
    button(root, "Create").click()


def merge(root: Locator) -> None:
    """Have mail create a principal that docs joins."""
    select(root, "mail")
    create(root, ID, "https://docs.example")
    expect(verdict(root)).to_contain_text("mail creates the principal")
    select(root, "docs")
    root.get_by_role("combobox", name="Principals that exist").select_option(ID)
    button(root, "Join").click()
    expect(verdict(root)).to_contain_text("docs joins the principal")


def test_a_created_and_joined_principal_shows_everywhere(widget: Locator) -> None:
    picture = widget.locator(".labcore-regions img")
    before = picture.get_attribute("src")
    assert answers(widget, "docs")[0] == "no"
    merge(widget)
    expect(verdict(widget)).to_contain_text("allowed")
    expect(line(widget, "docs")).to_contain_text(f"belongs to {ID}")
    expect(line(widget, "preview")).to_contain_text("belongs to its origin")
    expect(picture).not_to_have_attribute("src", before or "")
    assert f"{ID} (principal://" in (picture.get_attribute("alt") or "")
    assert answers(widget, "mail") == ["yes", "yes", "no", "yes", "none"]
    assert answers(widget, "preview") == ["no", "no", "yes", "yes", "none"]
    changed = widget.locator("td[data-changed]")
    expect(changed).to_have_count(7)  # of mail: all but one; of preview: scripting, “/”, cookies
    for each in changed.all():
        expect(each).to_contain_text("was ")
    expect(code(widget)).to_contain_text(f'Create("mail", "{ID}", ["https://docs.example"]),')


def test_who_was_not_named_is_refused_and_a_destroyed_principal_is_gone(widget: Locator) -> None:
    merge(widget)
    select(widget, "ad")
    button(widget, "Join").click()
    expect(verdict(widget)).to_contain_text("refused")
    other = field(widget, "Another ID to join")
    expect(other).to_have_accessible_description(
        re.compile("https://attacker.example is not among the origins that may join")
    )
    expect(line(widget, "ad")).to_contain_text("belongs to its origin")
    expect(code(widget)).to_contain_text(f'Join("ad", "{ID}"),  # refused')
    select(widget, "docs")
    button(widget, "Destroy its principal").click()
    expect(verdict(widget)).to_contain_text("docs destroys its principal: allowed")
    expect(line(widget, "mail")).to_contain_text("belongs to itself alone")
    expect(widget.get_by_role("combobox", name="Principals that exist")).to_have_text(
        "none exists yet"
    )


def test_in_a_legacy_browser_the_same_clicks_do_nothing_and_say_so(widget: Locator) -> None:
    merge(widget)
    looks(widget).click()
    expect(verdict(widget)).to_contain_text("of 2 actions it does 0")
    expect(line(widget, "docs")).to_contain_text("belongs to its origin")
    assert answers(widget, "mail")[:2] == ["no", "no"]
    create(widget, "id-of-the-documents")
    expect(verdict(widget)).to_contain_text("this browser knows no principals")
    expect(line(widget, "docs")).to_contain_text("belongs to its origin")
    looks(widget).click()
    expect(line(widget, "docs")).to_contain_text("belongs to id-of-the-documents")


def test_undo_takes_back_one_action_after_the_other(opened: Notebook, widget: Locator) -> None:
    merge(widget)
    button(widget, "Undo").click()
    expect(verdict(widget)).to_contain_text(f"Undone: docs joins the principal {ID}")
    expect(line(widget, "docs")).to_contain_text("belongs to its origin")
    line(widget, "docs").focus()
    opened.page.keyboard.press("Control+z")
    expect(line(widget, "mail")).to_contain_text("belongs to its origin")
    expect(button(widget, "Undo")).to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize(
    ("id", "message"), [("abc", "'abc' is none"), ("", "'' is none"), (EVIL, "is none")]
)
def test_a_wrong_id_is_answered_beside_its_field_and_changes_nothing(
    opened: Notebook, widget: Locator, id: str, message: str
) -> None:
    said, before = field(widget, "ID of the new principal"), verdict(widget).inner_text()
    create(widget, id)
    expect(said).to_have_accessible_description(re.compile(re.escape(message)))
    expect(said).to_have_attribute("aria-invalid", "true")
    expect(said).to_have_value(id)
    assert verdict(widget).inner_text() == before
    expect(code(widget)).to_contain_text("actions = []")
    assert "owned" not in opened.page.title()
    assert widget.locator("img").count() == 1


def test_an_id_that_exists_is_answered_beside_its_field(widget: Locator) -> None:
    merge(widget)
    create(widget, ID)
    said = field(widget, "ID of the new principal")
    expect(said).to_have_accessible_description(re.compile("one joins it"))
    expect(said).to_have_value(ID)


def test_an_id_is_at_hand_that_is_free(widget: Locator) -> None:
    said = field(widget, "ID of the new principal")
    expect(said).to_have_value(re.compile("^mail-[0-9a-f]{16}$"))
    before = said.input_value()
    button(widget, "Create").click()
    expect(line(widget, "mail")).to_contain_text(f"belongs to {before}")
    expect(said).not_to_have_value(before)


def test_everything_can_be_done_by_keyboard(opened: Notebook, widget: Locator) -> None:
    press, kind = opened.page.keyboard.press, opened.page.keyboard.type
    line(widget, "mail").focus()
    for key, label in (("ArrowDown", "preview"), ("End", "ad"), ("Home", "mail")):
        press(key)
        expect(line(widget, label)).to_be_focused()
    press("Tab")
    expect(field(widget, "ID of the new principal")).to_be_focused()
    press("Control+a")
    kind(ID)
    press("Tab")
    press("Space")
    expect(widget.get_by_role("checkbox", name="https://docs.example")).to_be_checked()
    field(widget, "ID of the new principal").focus()
    press("Enter")
    expect(line(widget, "mail")).to_contain_text(f"belongs to {ID}")
    line(widget, "mail").focus()
    press("End")
    press("ArrowUp")
    press("ArrowLeft")
    expect(line(widget, "docs")).to_be_focused()
    reached = []
    for _ in range(14):
        press("Tab")
        reached.append(
            opened.page.evaluate(
                "() => { const e = document.activeElement; return e.getAttribute('aria-label')"
                " || e.labels?.[0]?.textContent || e.textContent.trim(); }"
            )
        )
        if reached[-1] == "Another ID to join":
            kind(ID)
            press("Enter")
            expect(line(widget, "docs")).to_contain_text(f"belongs to {ID}")
    for name in (
        "Create",
        "Principals that exist",
        "Join",
        "Destroy its principal",
        "What the selected frame may do",
        "What was done, as Python",
        "Copy",
    ):
        assert name in reached


def test_no_key_pressed_in_it_is_a_command_of_jupyterlab(opened: Notebook, widget: Locator) -> None:
    before = [cell["source"] for cell in opened.state()]
    places = (
        line(widget, "mail"),
        widget.get_by_role("img").first,
        code(widget),
        verdict(widget),
        field(widget, "Another ID to join"),
        button(widget, "Undo"),
        widget.get_by_role("table"),
    )
    for place in places:
        place.click(force=True)
        for key in ("Escape", "d", "d", "x", "a", "b", "m", "Shift+Enter", "Control+Enter"):
            opened.page.keyboard.press(key)
    assert [cell["source"] for cell in opened.state()] == before


def test_what_was_decided_is_announced(widget: Locator) -> None:
    expect(verdict(widget)).to_have_attribute("aria-live", "polite")
    expect(verdict(widget)).to_have_attribute("role", "status")


def test_copy_takes_the_actions_away(opened: Notebook, widget: Locator) -> None:
    merge(widget)
    button(widget, "Copy").click()
    expect(verdict(widget)).to_contain_text("Copied")
    text = opened.page.evaluate("navigator.clipboard.readText()")
    assert "Create(" in text and "Join(" in text
    compile(text, "pasted", "exec")


PLACES = """(root) => [
  '.labcore-outline', 'fieldset:first-child', 'fieldset:last-child', '.labcore-verdict',
  '.labcore-answers', '.labcore-regions', '.labcore-code', 'tbody tr:last-child']
  .map((one) => root.querySelector(one).getBoundingClientRect())
  .map(({ top, height }) => [top - root.getBoundingClientRect().top, height].map(Math.round))"""


@pytest.mark.parametrize("width", [480, 700, 1200, 1700])
def test_nothing_moves(opened: Notebook, widget: Locator, width: int) -> None:
    with resized(opened, width):
        before = widget.evaluate(PLACES)
        create(widget, "abc")
        expect(field(widget, "ID of the new principal")).to_have_attribute("aria-invalid", "true")
        assert widget.evaluate(PLACES) == before
        merge(widget)
        select(widget, "ad")
        button(widget, "Join").click()
        expect(verdict(widget)).to_contain_text("refused")
        assert widget.evaluate(PLACES) == before


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_it_can_be_read_in_either_theme_and_at_any_width(
    opened: Notebook, widget: Locator, theme: str, width: int
) -> None:
    opened.command("apputils:change-theme", theme=theme)
    with resized(opened, width):
        merge(widget)
        select(widget, "weather")
        button(widget, "Create").click()
        expect(verdict(widget)).to_contain_text("weather creates the principal")
        select(widget, "mail")
        assert widget.evaluate("(each) => each.scrollWidth <= each.clientWidth")
        if folder := os.environ.get("SCREENSHOTS"):
            time.sleep(0.3)
            widget.screenshot(path=Path(folder) / f"principals {width} {theme}.png")


class resized:
    """The window at another width, without the side bar where that is small."""

    def __init__(self, opened: Notebook, width: int) -> None:
        self.opened, self.width = opened, width

    def __enter__(self) -> None:
        self.opened.page.set_viewport_size({"width": self.width, "height": 2300})
        self._side_bar()
        self.opened.page.wait_for_timeout(500)

    def __exit__(self, *_: object) -> None:
        self._side_bar()
        self.opened.page.set_viewport_size({"width": 1200, "height": 1500})

    def _side_bar(self) -> None:
        if self.width < 800:
            self.opened.command("application:toggle-left-area")


def test_it_shows_what_it_has_without_a_kernel(opened: Notebook, widget: Locator) -> None:
    """Last: the kernel is not started again."""
    assert not opened.complaints
    opened.shut_down()
    line(widget, "docs").click()
    expect(line(widget, "docs")).to_have_attribute("aria-selected", "true")
    expect(widget).to_contain_text("the kernel is busy or not running", timeout=10_000)
    expect(widget.get_by_role("table")).to_be_visible()
    opened.complaints.clear()
