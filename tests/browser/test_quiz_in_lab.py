"""The quiz in JupyterLab: by mouse, by keyboard, by ear, without a kernel.

Screenshots go to the folder that the environment variable SCREENSHOTS names, if set.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab, Notebook
from playwright.sync_api import Locator, expect

QUIZ = """\
from labcore.widgets import Question, Quiz

quiz = Quiz(
    Question(
        "Which frames may navigate `tiles`?",
        right="`portal` and `maps`",
        because="Both contain it.",
        wrong={"`maps` only": "That is the child policy.", "all": "Permissive."},
        objective=2,
    ),
    Question(
        "Is <b>this</b> bold?",
        right="No",
        because="Text is <i>text</i>.",
        wrong={"Yes": "It is not."},
    ),
)
quiz"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def opened(lab: Lab) -> Iterator[Notebook]:
    path = lab.write("quiz.ipynb", "'a cell above'", QUIZ, "'a cell below'")
    with lab.notebook(path) as notebook:
        notebook.run_all()
        yield notebook
        assert not notebook.complaints


@pytest.fixture
def quiz(opened: Notebook, request: pytest.FixtureRequest) -> Iterator[Locator]:
    """The quiz, nothing answered."""
    quiz = opened.page.locator(".labcore-quiz")
    expect(quiz).to_be_visible()
    if (again := quiz.get_by_role("button", name="Start again")).is_visible():
        again.click()
    yield quiz
    if folder := os.environ.get("SCREENSHOTS"):
        quiz.screenshot(path=Path(folder) / f"{request.node.name}.png")


def answer(quiz: Locator, text: str) -> Locator:
    return quiz.get_by_role("button", name=text)


def row(quiz: Locator, text: str) -> Locator:
    return quiz.locator(".labcore-row").filter(has=quiz.page.get_by_role("button", name=text))


def score(quiz: Locator) -> Locator:
    return quiz.locator(".labcore-score")


def test_a_wrong_answer_is_explained_and_can_be_followed_by_the_right_one(
    quiz: Locator,
) -> None:
    answer(quiz, "maps only").click()
    expect(row(quiz, "maps only")).to_contain_text("Not this one. That is the child")
    expect(quiz).not_to_contain_text("Both contain it.")
    answer(quiz, "portal and maps").click()
    expect(row(quiz, "portal and maps")).to_contain_text("Right. Both contain it.")
    expect(score(quiz)).to_have_text("0 of 2 answered right at the first try")


def test_first_tries_are_counted_and_later_clicks_change_nothing(quiz: Locator) -> None:
    answer(quiz, "portal and maps").click()
    answer(quiz, "all").click()
    expect(score(quiz)).to_have_text("1 of 2 answered right at the first try")
    quiz.get_by_role("button", name="Start again").click()
    expect(score(quiz)).to_have_text("0 of 2 answered right at the first try")
    expect(quiz).not_to_contain_text("Both contain it.")


def test_each_answer_is_announced(quiz: Locator) -> None:
    answer(quiz, "portal and maps").click()
    expect(quiz.locator("[aria-live=polite]")).to_have_text(
        "Right. Both contain it. 1 of 2 answered right at the first try"
    )
    expect(answer(quiz, "portal and maps")).to_have_attribute("aria-pressed", "true")
    expect(answer(quiz, "portal and maps")).to_have_accessible_description(
        "Right. Both contain it."
    )


def test_groups_have_their_question_as_their_name(quiz: Locator) -> None:
    expect(quiz.get_by_role("group", name="Which frames may navigate tiles?")).to_be_visible()


def test_text_is_only_text(quiz: Locator) -> None:
    answer(quiz, "No").last.click()
    expect(quiz).to_contain_text("Is <b>this</b> bold?")
    expect(quiz).to_contain_text("Text is <i>text</i>.")
    assert quiz.locator("b, i").count() == 0


def test_the_keyboard_alone_answers_and_is_no_command_of_jupyterlab(
    opened: Notebook, quiz: Locator
) -> None:
    before = [cell["source"] for cell in opened.state()]
    press = opened.page.keyboard.press
    answers = quiz.locator(".labcore-answers").first.get_by_role("button")
    answers.first.focus()
    for key, at in (
        ("ArrowDown", 1),
        ("ArrowDown", 2),
        ("ArrowDown", 0),
        ("ArrowUp", 2),
    ):
        press(key)
        expect(answers.nth(at)).to_be_focused()
    assert quiz.locator("[data-mood=open]").count() == 5
    press("Enter")
    expect(answers.nth(2)).to_have_attribute("aria-pressed", "true")
    press("ArrowUp")
    press("Space")
    expect(answers.nth(1)).to_have_attribute("aria-pressed", "true")
    press("Tab")
    expect(quiz.locator(".labcore-answers").last.locator(":focus")).to_have_count(1)
    for key in ("d", "d", "x", "a", "b", "j", "k", "m", "Escape", "d", "d"):
        press(key)
    assert [cell["source"] for cell in opened.state()] == before


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_it_can_be_read_in_both_themes_and_on_a_narrow_page(
    opened: Notebook, quiz: Locator, theme: str
) -> None:
    page = opened.page
    opened.command("apputils:change-theme", theme=theme)
    page.set_viewport_size({"width": 560, "height": 1400})
    page.wait_for_timeout(300)
    answer(quiz, "maps only").click()
    assert quiz.evaluate("(each) => each.scrollWidth <= each.clientWidth")
    if folder := os.environ.get("SCREENSHOTS"):
        quiz.screenshot(path=Path(folder) / f"quiz narrow {theme}.png")
    page.set_viewport_size({"width": 1200, "height": 1000})


def test_answers_reach_python_and_come_back(lab: Lab) -> None:
    cells = (QUIZ, "quiz.answers = [[], [0]]", "quiz")
    with lab.notebook(lab.write("twice.ipynb", *cells)) as notebook:
        notebook.run_all()
        both = notebook.page.locator(".labcore-quiz")
        expect(both).to_have_count(2)
        for quiz in both.all():
            expect(quiz.locator("[data-question='1'] [aria-pressed=true]")).to_have_count(1)


def test_where_no_widget_is_kept_the_answers_unfold(lab: Lab) -> None:
    cells = ("from IPython.display import display", QUIZ.removesuffix("quiz"), SHOWN)
    with lab.notebook(lab.write("kept.ipynb", *cells)) as notebook:
        notebook.run_all()
        summary = notebook.page.locator(".jp-OutputArea-output summary")
        expect(summary).to_have_count(5)
        summary.first.click()
        expect(notebook.page.locator("details[open]")).to_have_count(1)


SHOWN = """\
kept, _ = quiz._repr_mimebundle_()
del kept["application/vnd.jupyter.widget-view+json"]
display(kept, raw=True)"""


def test_it_works_without_a_kernel(opened: Notebook, quiz: Locator) -> None:
    """Last: the kernel is not started again."""
    assert not opened.complaints
    opened.shut_down()
    answer(quiz, "portal and maps").click()
    expect(row(quiz, "portal and maps")).to_contain_text("Right. Both contain it.")
    opened.complaints.clear()
