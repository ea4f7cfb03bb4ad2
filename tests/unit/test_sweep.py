"""Sweeps: filled here, by processes and on a cluster, and what is left when something breaks."""

import json
import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

import pytest
from sweep import ATTACKED, BOUND, choices

from labcore import PRESETS, SCENARIOS, Policies
from labcore.errors import UnknownName, WrongType
from labcore.scenarios import Goal, attacker_shows_in
from labcore.search import Attack, NoAttack, NothingToFind, find_attack
from labcore.sweep import Sweep, sweep

ROWS = [SCENARIOS[name] for name in ("gadget-hijacking", "cross-window", "stolen-password")]
RULES = {name: Policies(navigation=name) for name in ("permissive", "window", "descendant")}
NARROW = {"moves": 1, "frames": 0}
WORDS = {
    "gadget-hijacking": {"permissive": "1", "window": "1", "descendant": "none"},
    "cross-window": {"permissive": "1", "window": "none", "descendant": "none"},
    "stolen-password": {"permissive": "none", "window": "none", "descendant": "none"},
}


def words(filled: Sweep) -> dict[str, dict[str, str]]:
    return {
        row: {column: filled.word(row, column) for column in filled.columns}
        for row in filled.scenarios
    }


def processes(start="spawn", workers=2):
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(start))


def counting(monkeypatch):
    """The searches that are made from now on."""
    made = []

    def counted(scenario, policies, *more, **bound):
        made.append((scenario.name, policies.navigation))
        return find_attack(scenario, policies, *more, **bound)

    monkeypatch.setattr("labcore.sweep.find_attack", counted)
    return made


# --- filled here ---


def test_each_cell_is_what_its_search_comes_to():
    filled = sweep(ROWS, RULES, **NARROW)
    assert filled.missing == () and words(filled) == WORDS
    assert isinstance(filled["gadget-hijacking", "window"], Attack)
    assert filled["gadget-hijacking", "window"].run().succeeded
    none = filled["cross-window", "descendant"]
    assert isinstance(none, NoAttack) and none.exhausted and none.bound.moves == 1


def test_a_sweep_is_shown_as_a_table():
    lines = str(sweep(ROWS, RULES, **NARROW)).splitlines()
    assert lines[0].split() == list(RULES) and len(lines) == 4
    assert lines[2].split() == ["cross-window", "1", "none", "none"]


def test_browsers_are_asked_for_by_name():
    filled = sweep(ROWS[:1], ["IE 7", "Chromium"], **NARROW)
    assert filled.columns == ("IE 7", "Chromium") and filled.missing == ()
    one = filled["gadget-hijacking", "Chromium"]
    alone = find_attack(ROWS[0], PRESETS["Chromium"], **NARROW)
    assert str(one) == str(alone)


def test_what_is_no_question_fills_its_cell_with_the_reason():
    never = replace(ROWS[0], name="broken", works=Goal("it never does", lambda world: False))
    filled = sweep([never, ROWS[0]], RULES, **NARROW)
    assert isinstance(filled["broken", "window"], NothingToFind)
    assert filled.word("broken", "window") == "page fails" and filled.missing == ()


def test_a_search_that_gives_up_is_not_called_none():
    filled = sweep(ROWS[:1], {"strict": Policies()}, moves=1, frames=1, worlds=20)
    assert filled.word("gadget-hijacking", "strict") == "gave up"


def test_an_unknown_browser_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'Chromium'"):
        sweep(ROWS, ["chromium"])


def test_a_sweep_goes_over_scenarios_or_their_names():
    assert sweep(["gadget-hijacking"], RULES, **NARROW).words["gadget-hijacking"]
    with pytest.raises(UnknownName, match="did you mean 'gadget-hijacking'"):
        sweep(["gadget-hijack"], RULES)
    with pytest.raises(WrongType, match="a scenario is wanted, or the name of one, not 3"):
        sweep([3], RULES)


# --- begun, and gone on with ---


def test_only_what_is_missing_is_searched(monkeypatch):
    half = sweep(ROWS[:2], {"window": RULES["window"]}, **NARROW)
    made = counting(monkeypatch)
    filled = sweep(ROWS, RULES, done=half, **NARROW)
    assert words(filled) == WORDS and len(made) == 9 - 2
    assert ("gadget-hijacking", "window") not in made
    assert filled["cross-window", "window"] is half["cross-window", "window"]


def test_a_sweep_that_is_done_takes_no_search(monkeypatch):
    filled = sweep(ROWS, RULES, **NARROW)
    made = counting(monkeypatch)
    assert words(sweep(ROWS, RULES, done=filled, **NARROW)) == WORDS and made == []


def test_an_interrupt_keeps_what_is_done(monkeypatch):
    made = []

    def interrupted(*given, **bound):
        made.append(given)
        if len(made) == 4:
            raise KeyboardInterrupt
        return find_attack(*given, **bound)

    with monkeypatch.context() as patched:
        patched.setattr("labcore.sweep.find_attack", interrupted)
        begun = sweep(ROWS, RULES, **NARROW)
    assert len(begun.cells) == 3 and len(begun.missing) == 6
    assert str(begun).endswith("6 cells are missing")
    made = counting(monkeypatch)
    assert words(sweep(ROWS, RULES, done=begun, **NARROW)) == WORDS
    assert len(made) == 6


def test_a_missing_cell_is_called_missing():
    empty = Sweep(("a", "b"), ("x",))
    assert empty.missing == (("a", "x"), ("b", "x")) and empty.word("a", "x") == "missing"


# --- by an executor ---


def test_threads_fill_the_same_cells():
    with ThreadPoolExecutor(2) as pool:
        assert words(sweep(ROWS, RULES, pool, **NARROW)) == WORDS


def test_processes_fill_the_same_cells():
    with processes() as pool:
        filled = sweep(ROWS, RULES, pool, **NARROW)
    assert words(filled) == WORDS and filled["cross-window", "permissive"].run().succeeded


def test_functions_from_a_notebook_travel_there_and_back():
    """A policy, a script and a goal, none of which a worker could import."""
    allowed = {"ad"}

    def mine(browser, attempt):
        return attempt.actor in allowed

    def script(memory, happened):
        return "seen", []

    there = replace(
        ROWS[0],
        scripts=lambda policies: {"https://maps.example/": script},
        goal=attacker_shows_in("maps"),
        user=(),
        honest=(),
        works=Goal("it works", lambda world: True),
    )
    with processes() as pool:
        filled = sweep([there], {"mine": Policies(navigation=mine)}, pool, **NARROW)
    found = filled["gadget-hijacking", "mine"]
    assert isinstance(found, Attack) and found.run().succeeded
    assert [each.actor for each in found.moves] == ["ad"]


def test_an_error_comes_back_whole():
    def broken(memory, happened):
        raise ZeroDivisionError("oh")

    wrong = replace(ROWS[0], scripts=lambda policies: {"https://maps.example/": broken})
    with processes() as pool:
        error = sweep([wrong], {"x": Policies()}, pool, **NARROW)["gadget-hijacking", "x"]
    assert "the script 'broken' in 'maps' failed" in str(error)


def deadly():
    """A scenario whose page kills every process that searches it, but not this one."""
    here = os.getpid()

    def kills(memory, happened):
        if os.getpid() != here:
            os._exit(1)
        return memory, []

    return replace(
        ROWS[0], name="deadly", scripts=lambda policies: {"https://maps.example/": kills}
    )


@pytest.mark.parametrize("start", ["spawn", "forkserver"])
def test_a_worker_that_dies_takes_no_finished_cell_with_it(start):
    with processes(start, workers=1) as pool:
        begun = sweep([*ROWS, deadly()], {"window": RULES["window"]}, pool, **NARROW)
    assert begun.missing == (("deadly", "window"),)
    assert all(begun.word(row.name, "window") == WORDS[row.name]["window"] for row in ROWS)


def test_what_a_dead_worker_left_is_filled_by_another_call():
    scenarios = [deadly(), *ROWS]
    with processes(workers=1) as pool:
        begun = sweep(scenarios, {"window": RULES["window"]}, pool, **NARROW)
    assert ("deadly", "window") in begun.missing
    filled = sweep(scenarios, {"window": RULES["window"]}, done=begun, **NARROW)
    assert filled.missing == () and isinstance(filled["deadly", "window"], Attack)


class Fails:
    """An executor that does two tasks and breaks down when it is given a third one."""

    def __init__(self):
        self.given = 0

    def submit(self, function, *args):
        self.given += 1
        if self.given > 2:
            raise BrokenProcessPool("a worker has died")
        future = Future()
        future.set_result(function(*args))
        return future


def test_a_pool_that_breaks_while_it_is_given_work_loses_no_finished_cell():
    begun = sweep(ROWS, {"window": RULES["window"]}, Fails(), **NARROW)
    assert len(begun.cells) == 2 and len(begun.missing) == 1


def test_an_interrupt_keeps_what_workers_have_done(monkeypatch):
    """The reader interrupts while this process waits for the second cell."""

    def interrupted(futures):
        for number, future in enumerate(futures):
            if number == 1:
                raise KeyboardInterrupt
            future.result()
            yield future

    monkeypatch.setattr("labcore.sweep.as_completed", interrupted)
    with ThreadPoolExecutor(1) as pool:
        begun = sweep(ROWS, {"window": RULES["window"]}, pool, **NARROW)
    assert len(begun.cells) == 1 and len(begun.missing) == 2


def test_a_cluster_fills_the_same_cells(tmp_path):
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            local_directory=str(tmp_path),
        ) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor() as pool,
    ):
        filled = sweep(ROWS, RULES, pool, **NARROW)
    assert words(filled) == WORDS and filled["cross-window", "permissive"].run().succeeded


# --- the table that the book shows ---


STORED = json.loads(
    (Path(__file__).parents[2] / "notebooks" / "data" / "sweep.json").read_text(encoding="utf-8")
)


def test_the_stored_table_has_every_attack_and_every_browser():
    for pages in ("careless", "careful"):
        assert list(STORED[pages]) == [each.name for each in ATTACKED]
        assert all(list(row) == list(PRESETS) for row in STORED[pages].values())


@pytest.mark.parametrize("pages", ["careless", "careful"])
@pytest.mark.parametrize("name", ["gadget-hijacking", "lowe-anomaly", "smash-attack", "reply-race"])
def test_the_stored_table_is_what_the_search_finds(name, pages):
    browsers = ("IE 6", "IE 7", "Firefox 2", "Opera 9", "Firefox")
    columns = {each: PRESETS[each].but(**choices(pages, name)) for each in browsers}
    assert STORED["bound"] == BOUND
    found = sweep([SCENARIOS[name]], columns, **BOUND).words[name]
    assert found == {each: STORED[pages][name][each] for each in browsers}


def test_a_world_from_another_process_is_equal_to_one_made_here_and_hashed_alike():
    made = """
import pickle, sys
from labcore import SCENARIOS
start = SCENARIOS["gadget-hijacking"].start
hash(start)
sys.stdout.buffer.write(pickle.dumps(start))
"""
    here = SCENARIOS["gadget-hijacking"].start
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", made],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        there = pickle.loads(run.stdout)
        assert there == here and hash(there) == hash(here)
