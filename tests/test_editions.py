"""The students' edition holds no answers, and badges open the chapters."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
STUDENT = runpy.run_path(str(ROOT / "binder" / "editions" / "student.py"))
BADGES = runpy.run_path(str(ROOT / "binder" / "editions" / "badges.py"))


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    folder = tmp_path_factory.mktemp("students") / "book"
    STUDENT["build"](folder)
    return folder


def texts(folder):
    kinds = {".py", ".ipynb", ".md", ".toml", ".json", ""}
    paths = (path for path in folder.rglob("*") if path.is_file() and path.suffix in kinds)
    return {path.relative_to(folder): path.read_text(encoding="utf-8") for path in paths}


def solved():
    """The code of the solutions, without what is there to check them."""
    for path in (NOTEBOOKS / "solutions").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and "grade(" in cell.source:
                yield cell.source.partition("assert grade(")[0].strip()


def test_students_get_chapters_and_no_answers(edition):
    here = texts(edition)
    assert {path.name for path in edition.glob("notebooks/*.ipynb")} == {
        path.name for path in NOTEBOOKS.glob("*.ipynb")
    }
    assert not [path for path in here if {"solutions", "instructors", "tests"} & set(path.parts)]
    answers = [source for source in solved() if len(source) > 80]
    assert len(answers) > 20
    sources = "\n".join(
        cell.source
        for path in edition.rglob("*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
    )
    assert not [source for source in answers if source in sources]


def test_nothing_in_the_students_edition_leads_to_what_it_lacks(edition):
    for path, text in texts(edition).items():
        if path.suffix == ".ipynb":
            for link in re.findall(r"\]\(([\w./-]+\.ipynb)", text):
                assert (edition / path.parent / link).is_file(), (path, link)


def test_the_students_edition_runs_and_offers_no_solution(edition):
    code = (
        "import labcore; from labcore.exercises import grade; print(labcore.__file__)\n"
        "wrong = [eval(f'lambda browser, attempt: {n} == 0') for n in (1, 2, 3)]\n"
        "given = [grade('window-stops-it', each) for each in wrong]\n"
        "print([(each.hint != '', each.solution) for each in given])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=edition / "notebooks",
        env={**os.environ, "PYTHONPATH": str(edition)},
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = run.stdout.splitlines()
    assert first == str(edition / "labcore" / "__init__.py")
    assert second == "[(False, ''), (True, ''), (True, '')]"


def test_another_folder_is_not_overwritten(edition, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="something else"):
        STUDENT["build"](tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    (edition / "old.txt").touch()
    STUDENT["build"](edition)
    assert not (edition / "old.txt").exists() and (edition / "Makefile").is_file()


def test_a_badge_for_every_chapter():
    written = BADGES["badges"](ROOT, "someone/book", "main")
    chapters = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    assert set(written) == {*chapters, ROOT / "README.md"}
    readme = written[ROOT / "README.md"]
    for path in chapters:
        link = (
            "https://mybinder.org/v2/gh/someone/book/main"
            f"?urlpath=lab%2Ftree%2Fnotebooks%2F{path.name}"
        )
        assert readme.count(f"]({link})") == 1
        new, old = (
            nbformat.reads(text, as_version=4)
            for text in (written[path], path.read_text(encoding="utf-8"))
        )
        nbformat.validate(new)
        assert new.cells[0].source.endswith(f"\n\n[Open this chapter on Binder]({link})")
        assert new.cells[1:] == old.cells[1:]


def test_the_students_edition_can_be_published_with_badges(edition):
    written = BADGES["badges"](edition, "someone/course")
    assert written[edition / "README.md"].count("mybinder.org/v2/gh/someone/course") == 16


def test_badges_are_replaced_by_others(tmp_path):
    (tmp_path / "notebooks").mkdir()
    cells = [nbformat.v4.new_markdown_cell("# 01 · One\n\n*A promise.*")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / "01_one.ipynb")
    (tmp_path / "README.md").write_text("a\n<!-- badges -->\n<!-- end of badges -->\nz\n")
    for repository in ("first/book", "second/book"):
        for path, text in BADGES["badges"](tmp_path, repository).items():
            path.write_text(text, encoding="utf-8")
    for path in ("README.md", "notebooks/01_one.ipynb"):
        text = (tmp_path / path).read_text()
        assert "second/book" in text and "first" not in text
    assert (tmp_path / "README.md").read_text().startswith("a\n<!-- badges -->\n| chapter")


@pytest.mark.parametrize(
    ("given", "says"),
    [(("book",), "OWNER/NAME"), (("a/b)c",), "OWNER/NAME"), (("a/b", "x y"), "a branch")],
)
def test_what_names_no_repository_is_refused(given, says):
    with pytest.raises(ValueError, match=says):
        BADGES["badges"](ROOT, *given)
