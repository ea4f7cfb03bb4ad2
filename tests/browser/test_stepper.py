"""The stepper in JupyterLab, as readers use it: by mouse, by keyboard, by ear, without a kernel.

Screenshots go to the folder that the environment variable SCREENSHOTS names, if it is set.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab, Notebook, Stage
from playwright.sync_api import expect

STEPPER = """\
from labcore.widgets import Stepper

def short_names(browser, attempt):
    "Only frames with short names."
    return len(attempt.target) < 4

def unfinished(browser, attempt):
    len(attempt.target) < 4

stepper = Stepper("gadget-hijacking", "Firefox 2", own={"navigation": [short_names, unfinished]})
stepper"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def opened(lab: Lab) -> Iterator[Notebook]:
    path = lab.write("stepper.ipynb", "'a cell above'", STEPPER, "'a cell below'")
    with lab.notebook(path) as notebook:
        notebook.run_all()
        yield notebook
        assert not notebook.complaints


@pytest.fixture
def stage(opened: Notebook, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The stepper under Firefox 2's rules, at the start."""
    stage = opened.stages()[0]
    expect(stage.picture).to_be_visible()
    browser = stage.rules.get_by_role("combobox", name="browser")
    browser.select_option("IE 7")
    expect(stage.rule("top level", "anyone")).to_be_checked()
    browser.select_option("Firefox 2")
    expect(stage.rule("navigation", "window")).to_be_checked()
    expect(stage.root.get_by_role("status")).to_contain_text("Attack succeeds")
    stage.slider.fill("0")
    yield stage
    if folder := os.environ.get("SCREENSHOTS"):
        opened.page.screenshot(path=Path(folder) / f"{request.node.name}.png")


def test_it_opens_at_the_start_and_tells_the_outcome_at_the_end(opened: Notebook) -> None:
    """First: once told, the outcome stays."""
    stage = opened.stages()[0]
    expect(stage.picture).to_be_visible()
    assert (stage.index, stage.last) == (0, 3)
    assert "integrator" in (stage.picture.get_attribute("alt") or "")
    assert stage.root.get_by_role("listitem").count() == 4
    badge = stage.root.locator(".labcore-badge").first
    expect(badge).not_to_be_visible()
    for _ in range(stage.last):
        assert stage.verdict.startswith("What will come of it?\n")
        stage.button("Next").click()
    expect(badge).to_be_visible()
    assert stage.verdict.startswith("Attack succeeds\n")
    assert "the attacker knows the home address" in stage.verdict


def test_a_step_changes_picture_description_log_and_place(stage: Stage) -> None:
    source, alt = stage.picture.get_attribute("src"), stage.picture.get_attribute("alt")
    stage.button("Next").click()
    assert stage.picture.count() == 1
    assert stage.picture.get_attribute("src") != source
    assert stage.picture.get_attribute("alt") != alt
    current = stage.root.locator("[aria-current=step]")
    expect(current).to_contain_text("ad navigates maps to https://attacker.example/maps")
    expect(current).to_contain_text("allowed")
    expect(stage.root.locator(".labcore-count")).to_have_text("Step 1 of 3")
    stage.button("Previous").click()
    assert stage.picture.get_attribute("src") == source


def test_the_slider_goes_to_any_step(stage: Stage) -> None:
    stage.slider.fill("2")
    expect(stage.root.locator("[aria-current=step]")).to_contain_text("the new document in maps")
    assert stage.slider.get_attribute("aria-valuetext") == "Step 2 of 3"


def test_play_stops_at_the_end(stage: Stage) -> None:
    stage.slider.fill("2")
    stage.button("Play").click()
    expect(stage.button("Pause")).to_be_visible()
    expect(stage.button("Play")).to_be_visible(timeout=5_000)
    assert stage.index == 3


def test_each_step_is_announced(stage: Stage) -> None:
    stage.button("Next").click()
    spoken = stage.root.locator("[aria-live=polite]")
    expect(spoken).to_have_text(
        "Step 1 of 3: ad navigates maps to https://attacker.example/maps: "
        "allowed, because ad and maps are in one window, integrator"
    )


def test_every_control_has_a_name_and_tab_reaches_it(opened: Notebook, stage: Stage) -> None:
    stage.button("Previous").focus()
    reached = set()
    for _ in range(12):
        reached.add(
            opened.page.evaluate(
                "() => { const e = document.activeElement; "
                "return e.getAttribute('aria-label') || e.textContent.trim() || e.value; }"
            )
        )
        opened.page.keyboard.press("Tab")
    names = " ".join(sorted(filter(None, reached)))
    for name in ("Previous", "Play", "Next", "Step", "Steps", "browser", "window", "origin prop"):
        assert name in names


def test_arrow_keys_home_end_and_space_step(opened: Notebook, stage: Stage) -> None:
    press = opened.page.keyboard.press
    stage.button("Next").click()
    for key, index in (
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", 3),
        ("Home", 0),
        ("Space", 1),
        ("Enter", 2),
    ):
        press(key)
        assert stage.index == index, key
    stage.slider.focus()
    press("ArrowRight")
    assert stage.index == 3


def test_no_key_pressed_in_it_is_a_command_of_jupyterlab(opened: Notebook, stage: Stage) -> None:
    before = [cell["source"] for cell in opened.state()]
    places = (
        stage.button("Next"),
        stage.button("Previous"),  # at the start there is nothing before: it keeps the focus
        stage.slider,
        stage.root.get_by_role("listitem").first,
        stage.picture,
        stage.rule("navigation", "window"),
        stage.rules.get_by_role("switch"),
        stage.rules.get_by_role("switch"),
    )
    for place in places:
        place.click()
        for key in ("d", "d", "a", "b", "x", "m", "ArrowUp", "ArrowDown", "d", "d"):
            opened.page.keyboard.press(key)
    assert [cell["source"] for cell in opened.state()] == before
    active = opened.page.evaluate(
        "() => jupyterapp.shell.currentWidget.content.activeCell.model.type"
    )
    assert active == "code"


def test_the_descendant_policy_stops_the_attack_before_the_readers_eyes(stage: Stage) -> None:
    stage.slider.fill("3")
    stage.rule("navigation", "descendant").click()
    expect(stage.root.get_by_role("status")).to_contain_text("Attack stopped")
    expect(stage.note).to_contain_text(
        "navigation: window → descendant. The attack no longer succeeds"
    )
    assert stage.last == stage.index == 2
    expect(stage.rules.get_by_role("combobox", name="browser")).to_have_value("none of these")
    stage.slider.fill("1")
    expect(stage.root.locator("[aria-current=step]")).to_contain_text("refused")


def test_a_browser_sets_all_rules_at_once(stage: Stage) -> None:
    stage.rules.get_by_role("combobox", name="browser").select_option("Safari 3.1")
    expect(stage.rule("navigation", "descendant")).to_be_checked()
    expect(stage.rules.get_by_role("switch", name="origin propagation")).to_be_checked()
    expect(stage.root.get_by_role("status")).to_contain_text("Attack stopped")


def test_a_policy_of_the_readers_own_is_in_the_menu(stage: Stage) -> None:
    stage.rule("navigation", "short names").click()
    verdict = stage.root.get_by_role("status")
    expect(verdict).to_contain_text("Attack stopped, but the page is broken too")
    expect(stage.rules.locator("[data-toggle=navigation] .labcore-hint")).to_contain_text(
        "short names"
    )


def test_a_policy_that_fails_says_so_and_changes_nothing(stage: Stage) -> None:
    stage.slider.fill("3")
    picture = stage.picture.get_attribute("src")
    stage.rule("navigation", "unfinished").click()
    verdict = stage.root.get_by_role("status")
    expect(verdict).to_contain_text(
        "the policy 'unfinished' answered None (is a 'return' missing?)"
    )
    expect(stage.rule("navigation", "window")).to_be_checked()
    assert (stage.index, stage.picture.get_attribute("src")) == (3, picture)
    stage.rule("navigation", "child").click()
    expect(verdict).to_contain_text("Attack stopped")


def test_choices_in_quick_succession_all_count(stage: Stage) -> None:
    stage.rules.evaluate(
        """(rules) => {
          rules.querySelector("[value=descendant]").click();
          rules.querySelector("[role=switch]").click();
          rules.querySelector("[value=anyone]").click();
        }"""
    )
    expect(stage.root.get_by_role("status")).to_contain_text("Attack stopped")
    browser = stage.rules.get_by_role("combobox", name="browser")
    expect(browser).to_have_value("Safari 3.1")
    for toggle, value in (("navigation", "descendant"), ("top level", "anyone")):
        expect(stage.rule(toggle, value)).to_be_checked()
    expect(stage.rules.get_by_role("switch")).to_be_checked()


def test_nothing_jumps_between_steps_or_rules(stage: Stage) -> None:
    boxes = [[part.bounding_box() for part in (stage.root, stage.rules)]]
    stage.slider.fill("3")
    boxes.append([part.bounding_box() for part in (stage.root, stage.rules)])
    for rule in ("descendant", "unfinished", "short names"):
        stage.rule("navigation", rule).click()
        stage.root.page.wait_for_timeout(300)
        boxes.append([part.bounding_box() for part in (stage.root, stage.rules)])
    assert boxes == boxes[:1] * len(boxes)


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_it_can_be_read_in_both_themes_and_on_a_narrow_page(
    opened: Notebook, stage: Stage, theme: str
) -> None:
    page = opened.page
    opened.command("apputils:change-theme", theme=theme)
    page.set_viewport_size({"width": 560, "height": 1400})
    page.wait_for_timeout(500)
    for part in (stage.root, stage.rules):
        assert part.evaluate("(each) => each.scrollWidth <= each.clientWidth")
    if folder := os.environ.get("SCREENSHOTS"):
        stage.root.scroll_into_view_if_needed()
        page.screenshot(path=Path(folder) / f"narrow {theme}.png")
    page.set_viewport_size({"width": 1200, "height": 1000})


def test_stepping_goes_on_without_a_kernel(opened: Notebook, stage: Stage) -> None:
    """Last: the kernel is not started again."""
    assert not opened.complaints
    opened.shut_down()
    source = stage.picture.get_attribute("src")
    for step in range(1, stage.last + 1):
        stage.button("Next").click()
        assert stage.index == step
    assert stage.picture.get_attribute("src") != source
    assert stage.verdict.startswith("Attack succeeds")
    opened.complaints.clear()
