"""Chapters run in JupyterLab as a reader runs them, and every stepper in them can be used.

A few of them with all kinds of widgets, unless EVERYTHING is set (`make chapters`): that the cells
of each run, and say what they said, is told by nbval. Solutions have nothing to click.
"""

import os
from pathlib import Path

import pytest
from lab import Lab, Stage
from playwright.sync_api import expect

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
ALL = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
SAMPLE = ("00", "03", "12", "13", "15", "glossary")
CHAPTERS = [name for name in ALL if name.startswith(SAMPLE) or os.environ.get("EVERYTHING")]
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
