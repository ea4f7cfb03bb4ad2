"""Exams are answered by the model, timetables keep to what chapters need, notebooks run again."""

import re
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import nbformat
import pytest

from labcore.course import COURSES, KINDS, NotWritten, exam, missing, regrade, timetable
from labcore.course.exam import mixed
from labcore.course.timetable import lecture
from labcore.errors import ReadersError, UnknownName
from labcore.exercises import EXERCISES, OBJECTIVES, BadGrades
from labcore.figures import picture
from labcore.figures.lessons import Lesson, arcs, draw_needs, lessons, needed

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = lessons(NOTEBOOKS)


# --- exams ---


@pytest.mark.parametrize("name", KINDS)
def test_every_draw_has_right_and_wrong_items_each_with_a_reason(name):
    for seed in range(8):
        question = mixed(KINDS[name], Random(seed))
        assert question.is_mixed and question.chapter in OBJECTIVES and question.asks[-1] in "?)"
        texts = [item.text for item in question.items]
        assert len(set(texts)) == len(texts) >= 2
        assert all(item.because and "frozenset" not in item.because for item in question.items)


def test_a_seed_gives_one_exam_and_another_seed_another():
    assert exam(7).questions == exam(7).questions != exam(8).questions
    assert exam(7, ["framing"]).questions == exam(7, ["framing"]).questions


def test_kinds_come_in_the_order_asked_for_and_the_others_in_that_of_the_chapters():
    assert [each.chapter for each in exam(1, ["framing", "origins"]).questions] == ["12", "01"]
    chapters = [each.chapter for each in exam(1).questions]
    assert chapters == sorted(chapters) and len(chapters) == len(KINDS)


@pytest.mark.parametrize("seed", range(6))
def test_origins_are_compared_as_url_parsers_do(seed):
    [question] = exam(seed, ["origins"]).questions
    ports = {"https": 443, "http": 80}

    def parts(url):
        found = urlsplit(url)
        return found.scheme, found.hostname, found.port or ports[found.scheme]

    one = parts(re.search(r"with (\S+)\?$", question.asks)[1])
    for item in question.items:
        assert item.right == (parts(item.text) == one)


@pytest.mark.parametrize("seed", range(6))
def test_frames_are_inside_what_the_picture_says(seed):
    [question] = exam(seed, ["ancestors"]).questions
    one = re.search(r"of (\w)\?", question.asks)[1]
    holds = {
        inner: outer
        for outer, told in re.findall(
            r"(\w) holds ([^.]+(?:\.example[^.]*)+)\.", question.picture.alt
        )
        for inner in re.findall(r"\b([A-G])\b", told)
    }
    around = set()
    while one in holds:
        one = holds[one]
        around.add(one)
    assert {item.text for item in question.items if item.right} == around


def test_what_students_get_tells_no_answer():
    paper = exam(11)
    sheet, answers = paper.sheet._repr_html_(), paper.answers._repr_html_()
    assert "☒" not in sheet
    assert answers.count("☒") == sum(x.right for each in paper.questions for x in each.items)
    assert "(chapter" not in sheet and "(chapter 12)" in answers
    assert not any(f"<em>{x.because}" in sheet for each in paper.questions for x in each.items)


def test_an_exam_is_written_to_be_printed(tmp_path):
    sheet, answers = exam(3, ["navigation"]).write(tmp_path)
    assert [sheet.name, answers.name] == ["exam-3.html", "exam-3-answers.html"]
    assert "<img alt=" in sheet.read_text() and "☒" in answers.read_text()
    with pytest.raises(NotWritten, match="nowhere"):
        exam(3, ["origins"]).write(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("one",), "a whole number"),
        ((True,), "a whole number"),
        ((1, ["framin"]), "framing"),
        ((1, "framing"), "list of names"),
        ((1, [3]), "names of questions, not"),
    ],
)
def test_nonsense_is_named(wrong, says):
    with pytest.raises(ReadersError, match=says):
        exam(*wrong)


# --- lessons and timetables ---


def test_all_chapters_with_objectives_are_lessons():
    assert [each.number for each in LESSONS] == list(OBJECTIVES)
    assert sorted(name for each in LESSONS for name in each.exercises) == sorted(EXERCISES)


def test_what_a_chapter_needs_comes_before_it():
    for each in LESSONS:
        assert all(number < each.number for number in (*each.needs, *each.helps)), each
        assert 15 < each.minutes < 90 and 0 < each.peak_mb < 300 and each.cpu_s > 0


def test_needs_are_read_from_the_first_paragraph(tmp_path):
    told = (
        "# 02 · Two\n\n*So.*\n\n**Before you start.** You know one ([chapter 01](01_a.ipynb)).\n"
        "Three ([chapter 03](03_c.ipynb)) helps.\n\n[Chapter 04](04_d.ipynb) comes later."
    )
    cells = [nbformat.v4.new_markdown_cell(told)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "02_b.ipynb")
    [lesson] = lessons(tmp_path)
    assert (lesson.number, lesson.title) == ("02", "Two")
    assert (lesson.needs, lesson.helps) == (("01",), ("03",))


def chain(*needs):
    return [Lesson(f"{n:02}", "", tuple(x.split()), (), 0, ()) for n, x in enumerate(needs, 1)]


def test_what_is_needed_is_needed_all_the_way():
    three = chain("", "01", "02")
    assert needed(3, three) == ("01", "02")
    with pytest.raises(UnknownName, match="03"):
        needed("3", three)


def test_an_arc_that_follows_from_others_is_left_out():
    assert arcs(chain("", "01", "01 02")) == [("01", "02", True), ("02", "03", True)]


def test_chapters_and_arcs_are_drawn_and_told():
    shown = picture(draw_needs, LESSONS)
    assert shown.alt.count("Chapter ") == len(LESSONS)
    assert "Chapter 05, Gadget hijacking, needs 03." in shown.alt
    assert shown.svg != picture(draw_needs, LESSONS[:-1]).svg
    assert picture(draw_needs, LESSONS[:1]).svg


def test_no_course_puts_a_chapter_before_what_it_needs():
    assert not any(missing(course, LESSONS) for course in COURSES.values())
    assert missing([lecture("05 03", "the wrong way round")], LESSONS) == [("05", "03")]
    with pytest.raises(UnknownName, match="chapter"):
        missing([lecture("99", "nothing")], LESSONS)


def test_a_timetable_sends_home_what_no_lab_does():
    weeks = str(timetable("two weeks", LESSONS)).splitlines()
    minutes = {each.number: each.minutes for each in LESSONS}
    assert weeks[1].endswith(f"{minutes['01'] + minutes['02']} min")
    assert len(weeks) == 1 + len(COURSES["two weeks"])
    with pytest.raises(UnknownName, match="two weeks"):
        timetable("two week", LESSONS)


# --- run again ---

PASSES = """
from labcore.exercises import grade
grade("descendant", lambda browser, attempt: attempt.actor in browser.ancestors(attempt.target))
"""
MISSES = (
    'from labcore.exercises import grade\ngrade("window-repair", lambda browser, attempt: True)'
)


def handed_in(folder, student, *sources):
    (folder / student).mkdir(exist_ok=True)
    cells = [nbformat.v4.new_code_cell(each) for each in sources]
    name = f"{len(list((folder / student).iterdir()))}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / student / name)


def test_what_was_handed_in_is_run_again(tmp_path):
    handed_in(tmp_path, "alice", "raise ValueError", PASSES, "open('data/glossary.json').close()")
    handed_in(tmp_path, "alice", "import time; time.sleep(1_000)", MISSES)
    handed_in(tmp_path, "bob", PASSES, "import os; os._exit(1)")
    alice, bob = regrade(tmp_path, NOTEBOOKS, seconds=10)
    assert (alice.student, alice.passed) == ("alice", {"descendant"})
    assert alice.misses == {"window-repair": 1}
    assert (bob.student, bob.passed, bob.misses) == ("bob", set(), {})


def test_what_cannot_be_run_again_is_named(tmp_path):
    with pytest.raises(BadGrades, match="no folder"):
        regrade(tmp_path / "nowhere", NOTEBOOKS)
    with pytest.raises(BadGrades, match="no folder with notebooks"):
        regrade(tmp_path, NOTEBOOKS)
    with pytest.raises(ReadersError, match="not the folder of the chapters"):
        regrade(tmp_path, tmp_path)
    handed_in(tmp_path, "alice", PASSES)
    (tmp_path / "alice" / "0.ipynb").write_text("{}")
    with pytest.raises(BadGrades, match=r"0\.ipynb' is no notebook"):
        regrade(tmp_path, NOTEBOOKS)
