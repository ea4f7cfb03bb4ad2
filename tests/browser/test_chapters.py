"""Every chapter runs in JupyterLab as a reader runs it, and every stepper in it can be used.

Solutions have nothing to click; that they run is told by nbval.
"""

from pathlib import Path

import pytest
from lab import Lab, Stage
from playwright.sync_api import expect

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
CHAPTERS = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
VERDICTS = ("Attack succeeds", "Attack stopped", "It works", "It fails", "So it is", "Not so")

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_runs_and_its_steppers_answer(lab: Lab, chapter: str) -> None:
    with lab.notebook(chapter) as notebook:
        notebook.run_all()
        for stage in notebook.stages():
            check(stage)
        assert not notebook.complaints


def check(stage: Stage) -> None:
    expect(stage.picture).to_be_visible()
    for step in range(1, stage.last + 1):
        stage.button("Next").click()
        assert stage.index == step
        assert stage.picture.get_attribute("alt")
    assert stage.verdict.startswith(VERDICTS)
    other = stage.rules.locator("[role=switch], input[type=radio]:not(:checked)").first
    if other.count():
        before = stage.note.inner_text()
        other.click()
        expect(stage.note).not_to_have_text(before)
        assert stage.verdict.startswith(VERDICTS)
