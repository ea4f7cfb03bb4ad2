"""Grades are handed in as they are, and nonsense in a folder of them is named."""

import json

import pytest

from labcore.errors import ReadersError
from labcore.exercises import collect_grades, grade, reset_progress, save_grades
from labcore.exercises.grades import FORMAT, BadGrades
from labcore.exercises.session import answered, progress
from labcore.policies.navigation import descendant


@pytest.fixture(autouse=True)
def fresh():
    reset_progress()
    yield
    reset_progress()


def reached():
    assert not grade("descendant", lambda browser, attempt: True)
    assert grade("descendant", descendant)
    answered("03", 1)


def test_what_is_handed_in_is_what_was_reached(tmp_path):
    reached()
    before = progress("03")
    save_grades(tmp_path / "alice.json", " Alice ")
    reset_progress()
    [alice] = collect_grades(tmp_path)
    assert alice.student == "Alice"
    assert alice.passed == {"descendant"} and alice.misses == {"descendant": 1}
    assert alice.progress("03") == before
    assert alice.met["03"] == sum(each.met for each in before.objectives) > 0
    assert alice.met["15"] == 0
    assert not any(each.met for each in progress("03").objectives)


def test_a_class_stands_in_order_of_names(tmp_path):
    for name in ("Zoe", "Bob"):
        save_grades(tmp_path / f"{name}.json", name)
    (tmp_path / "notes.txt").write_text("no grades")
    assert [each.student for each in collect_grades(tmp_path)] == ["Bob", "Zoe"]


@pytest.mark.parametrize("student", ["", "  ", None, 7])
def test_grades_belong_to_somebody(tmp_path, student):
    with pytest.raises(ReadersError, match="whose grades"):
        save_grades(tmp_path / "x.json", student)
    assert not list(tmp_path.iterdir())


def test_where_nothing_can_be_written_or_read_it_is_said(tmp_path):
    with pytest.raises(BadGrades, match="cannot be written"):
        save_grades(tmp_path / "nowhere" / "x.json", "Alice")
    with pytest.raises(BadGrades, match="is no folder"):
        collect_grades(tmp_path / "nowhere")


GOOD = {"format": FORMAT, "student": "Eve", "passed": [], "misses": {}, "answered": []}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"format": "labcore grades 2"}, "its format"),
        ({"student": ""}, "no student"),
        ({"passed": ["descendent"]}, "did you mean 'descendant'"),
        ({"misses": {"descendant": -1}}, "whole numbers"),
        ({"misses": {"descendant": True}}, "whole numbers"),
        ({"answered": [["03", 99]]}, "no objective 99"),
        ({"answered": [["99", 1]]}, "99"),
        ({"answered": 7}, "no grades"),
        ({"passed": None}, "no grades"),
    ],
)
def test_a_file_that_holds_no_grades_is_named(tmp_path, change, why):
    (tmp_path / "eve.json").write_text(json.dumps(GOOD | change))
    with pytest.raises(BadGrades, match=r"eve\.json") as caught:
        collect_grades(tmp_path)
    assert why in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "7", "{}", "[" * 100_000, "\0"])
def test_what_is_no_json_of_ours_is_named(tmp_path, text):
    (tmp_path / "eve.json").write_text(text)
    with pytest.raises(BadGrades, match=r"eve\.json holds no grades"):
        collect_grades(tmp_path)


def test_a_student_hands_in_once(tmp_path):
    for file in ("a.json", "b.json"):
        save_grades(tmp_path / file, "Eve")
    with pytest.raises(BadGrades, match=r"b\.json is the second file of 'Eve'"):
        collect_grades(tmp_path)
