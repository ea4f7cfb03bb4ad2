"""The cases of `make conformance`, what is known of them, and a run that goes on where it ended."""

import json
from collections import Counter
from contextlib import contextmanager

import conformance
import pytest
from browser.measuring import Unit, units
from browser.rig import RigError
from browser.sampling import needed_cases, sample
from conformance_cases import Case, all_cases, decided, key, pages
from conformance_results import (
    BROWSERS,
    DIFFERENCES,
    STORED,
    difference,
    expected,
    summary,
    unexplained,
)
from tqdm import tqdm

from labcore.policies import PRESETS


def test_there_are_thousands_of_cases_and_no_two_alike():
    keys = Counter(key(case) for unit in units() for case in unit.cases)
    assert len(keys) > 30_000 and max(keys.values()) == 1
    assert {
        "navigation",
        "sandboxing",
        "scripting",
        "messages",
        "user activation",
        "names",
        "openers",
        "document.domain",
    } <= {case.aspect for case in all_cases()}


def test_every_case_with_two_answers_has_a_reason_and_every_reason_a_case():
    found = {entry.name for case in all_cases() if (entry := difference(case))}
    assert found == {entry.name for entry in DIFFERENCES}


def test_a_difference_that_has_no_reason_is_told():
    case = next(case for case in all_cases() if len({*expected(case).values()}) == 1)
    said = {key(case): "something else"}
    [line] = unexplained("Chromium", said)
    assert "something else" in line and str(case) in line


def test_where_an_entry_says_so_a_browser_does_otherwise_than_its_preset():
    unlike = {
        difference(case)
        for case in all_cases()
        for each in BROWSERS
        if expected(case)[each] != decided(case, PRESETS[each])
    }
    assert unlike == {entry for entry in DIFFERENCES if not entry.modelled}


def test_what_the_book_prints_is_the_sum_of_the_cases_that_there_are():
    stored = json.loads(STORED.read_text("utf-8"))
    assert stored == summary(stored["versions"]), "run 'make conformance'"


def test_the_sample_has_every_aspect_and_every_known_difference():
    chosen = {key(case) for unit in sample() for case in unit.cases}
    assert {*needed_cases()} <= chosen
    assert {each.partition(":")[0] for each in chosen} == {
        key(case).partition(":")[0] for unit in units() for case in unit.cases
    }
    assert len(chosen) < 4_000


def test_pages_are_called_by_what_they_are():
    assert all(
        pages()[name] is not None for name in ("a(a[scripts] b)", "a(b) + b<frame 1", "plain")
    )
    assert len({*pages().values()}) == len(pages())


# --- the run ---

UNITS = [Unit(name, "frames", "", (Case("navigation", name, "a", "b"),)) for name in "xyz"]


def answers(unit: Unit) -> dict[str, str]:
    return {key(case): "allowed" for case in unit.cases}


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs units with a browser that is made up; what was asked."""
    monkeypatch.setattr(conformance, "KEPT", tmp_path)
    monkeypatch.setattr(conformance, "version", lambda browser: "1")
    conformance.stopped.clear()

    def run(ask, wanted=UNITS):
        seen = []

        @contextmanager
        def group(browser):
            yield lambda unit: seen.append(unit.name) or ask(unit)

        monkeypatch.setattr(conformance, "GROUPS", {"frames": group})
        with tqdm(disable=True) as bar:
            said = conformance.asked("Chromium", wanted, bar)
        return said, seen

    return run


def test_a_second_run_asks_only_what_is_new(run):
    said, seen = run(answers, UNITS[:2])
    assert seen == ["x", "y"] and len(said) == 2
    said, seen = run(answers)
    assert seen == ["z"] and len(said) == 3


def test_what_has_changed_is_asked_again(run):
    run(answers)
    changed = UNITS[0]._replace(page="another")
    assert run(answers, [changed, *UNITS[1:]])[1] == ["x"]


def test_a_line_that_was_cut_short_is_asked_again(run, tmp_path):
    run(answers)
    [path] = tmp_path.iterdir()
    path.write_text(path.read_text()[:-20])
    assert run(answers)[1] == ["z"]
    assert run(answers)[1] == []


def test_a_browser_that_fails_is_started_anew_and_what_it_never_answers_is_missing(run, capsys):
    failed = Counter()

    def ask(unit):
        if unit.name == "y":
            failed["y"] += 1
            raise RigError("it hangs")
        return answers(unit)

    said, seen = run(ask)
    assert seen == ["x", "y", "y", "z"] and failed["y"] == conformance.TRIES
    assert len(said) == 2
    assert "Chromium failed on 'y'" in "".join(capsys.readouterr())
