"""How fast attacks are found, how the time grows, and what a model checker in C makes of the same.

Everything is measured in one run, so that the ratios mean something on any machine.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from needham_schroeder import count, shortest
from unit.attacks import FOUND, PAPER, STOPPED, told

from labcore import SCENARIOS, Browser, Policies, frame, window
from labcore.network import attack_on_network
from labcore.protocols import HANDSHAKES, secure_messaging
from labcore.search import Attack, TooLong, find_attack

FLAT, PAGES = 200_000, 26_000
"""States a second in CPython: flat tuples, and dataclasses with frozensets, as once measured."""

TUPLES = 100_000
"""How many flat tuples are kept when memory is measured."""

PROMELA = Path(__file__).with_name("handshake.pml")


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def best(work: Callable[[], object], times: int = 3) -> float:
    return min(seconds(work) for _ in range(times))


def test_states_a_second(capsys):
    took = best(lambda: count(2, 2, fixed=True))
    strict = PAPER.but(navigation="descendant")
    exhausted = {name: find_attack(told(name), strict) for name in ("cross-window", "reply-race")}
    with capsys.disabled():
        print("\nstates a second                       measured       mark")
        print(f"flat tuples                       {5_752 / took:>12,.0f} {FLAT:>10,}")
        for name, found in exhausted.items():
            rate = found.states / best(lambda name=name: find_attack(told(name), strict))
            print(f"pages: {name:<26} {rate:>12,.0f} {PAGES:>10,}")


def test_each_attack_and_each_repair(capsys):
    rows = []
    for name, settings, *_ in (*FOUND, *STOPPED):
        policies = PAPER.but(**settings)
        found: list = []
        took = seconds(lambda n=name, p=policies, f=found: f.append(find_attack(told(n), p)))
        verdict = f"{len(found[0].moves)} moves" if isinstance(found[0], Attack) else "none"
        rows.append((took, name, " ".join(map(str, settings.values())), verdict, found[0].states))
    with capsys.disabled():
        print("\nms        states  verdict  question, the slowest first")
        for took, name, settings, verdict, states in sorted(rows, reverse=True):
            print(f"{1_000 * took:7.1f} {states:>8,}  {verdict:8} {name} {settings}")


def test_growth_with_sessions(capsys):
    with capsys.disabled():
        print("\nsessions   flat tuples (states, s)      secure messaging (states, s)")
        for sessions in ((1, 1), (2, 1), (1, 2), (2, 2)):
            flat = seconds(lambda s=sessions: count(*s, fixed=True))
            states = count(*sessions, fixed=True)
            found: list = []
            took = seconds(
                lambda s=sessions, f=found: f.append(attack_on_network(secure_messaging, *s))
            )
            assert found[0].exhausted and not found[0]
            print(
                f"{sessions[0]} × {sessions[1]}  {states:>12,} {flat:>8.3f} "
                f"{found[0].states:>16,} {took:>8.3f}"
            )


def mashup(gadgets: int) -> Browser:
    others = (frame(f"https://gadget-{n}.example/", label=f"gadget {n}") for n in range(gadgets))
    maps = frame("https://maps.example/", label="maps")
    ad = frame("https://attacker.example/ad", label="ad")
    return Browser.of(window("https://integrator.example/", ad, maps, *others, label="integrator"))


def test_growth_with_frames(capsys):
    scenario = SCENARIOS["gadget-hijacking"]
    with capsys.disabled():
        print("\nframes   one move (states, s)      two moves (states, s)")
        for gadgets in (0, 1, 2, 4, 8):
            page = replace(scenario, start=replace(scenario.start, browser=mashup(gadgets)))
            line = f"{gadgets + 3:>6} "
            for moves in (1, 2):
                begun = time.perf_counter()
                try:
                    found = find_attack(page, Policies(), moves=moves, frames=1)
                    line += f"{found.states:>12,} {time.perf_counter() - begun:>9.3f}   "
                except TooLong:
                    line += f"{'too long':>12} {time.perf_counter() - begun:>9.3f}   "
            print(line)


# --- memory ---

IN_A_PROCESS = {
    "flat tuples": f"""
from needham_schroeder import NeedhamSchroeder, start
from labcore.search import GaveUp, explore
came_from = {{}}
def work():
    try:
        for _ in explore([(0, start(3, 3), None, None)], NeedhamSchroeder(True).nexts, came_from,
                         {TUPLES}): pass
    except GaveUp: pass
    return len(came_from)
""",
    "pages": """
from unit.attacks import PAPER, STOPPED, told
from labcore.search import Search
searches = [Search(told(name), PAPER.but(**settings)) for name, settings in STOPPED]
def work():
    for each in searches: each.result()
    return sum(len(each.came_from) for each in searches)
""",
}

MEASURE = """
import psutil
before = psutil.Process().memory_info().rss
states = work()
print(states, psutil.Process().memory_info().rss - before)
"""


def test_memory_of_a_hundred_thousand_states(capsys):
    tests = Path(__file__).parents[1]
    with capsys.disabled():
        print("\nMiB for 100,000 states")
        for name, program in IN_A_PROCESS.items():
            run = subprocess.run(
                [sys.executable, "-c", program + MEASURE],
                cwd=tests,
                capture_output=True,
                text=True,
                check=True,
            )
            states, grown = map(int, run.stdout.split())
            print(f"{name:<14} {grown / states * 100_000 / 2**20:>8,.0f}  ({states:,} states kept)")


# --- beside a model checker ---

OURS = """
from needham_schroeder import count, shortest
print(count(2, 2, True), shortest(2, 2, True), len(shortest(2, 2, False)))
"""


def checked(folder: Path, *flags: str) -> tuple[float, float, str]:
    """What Spin says: seconds in all, those of the check alone, and its report."""
    begun = time.perf_counter()
    for command in (
        ["spin", "-o2", *flags, "-a", str(PROMELA)],
        ["gcc", "-O2", "-w", "-DVECTORSZ=2048", "-o", "pan", "pan.c"],
    ):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    ready = time.perf_counter()
    run = subprocess.run(["./pan", "-m100000"], cwd=folder, capture_output=True, text=True)
    done = time.perf_counter()
    return done - begun, done - ready, run.stdout


@pytest.mark.skipif(
    not (shutil.which("spin") and shutil.which("gcc")), reason="spin or gcc is not installed"
)
def test_beside_spin_from_source_to_answer(capsys, tmp_path):
    in_all, alone, report = checked(tmp_path, "-DFIXED")
    assert "errors: 0" in report and "5753 states, stored" in report, report
    assert "Search not completed" not in report
    broken, _, attack = checked(tmp_path, "-DBROKEN")
    assert "errors: 1" in attack and "assertion violated" in attack, attack
    ours_alone = best(lambda: count(2, 2, fixed=True))
    ours = seconds(
        lambda: subprocess.run(
            [sys.executable, "-c", OURS],
            cwd=Path(__file__).parents[1],
            check=True,
            capture_output=True,
        )
    )
    assert shortest(2, 2, fixed=False) is not None
    source = (Path(__file__).parents[1] / "needham_schroeder.py").read_text(encoding="utf-8")
    in_kernel = best(lambda: exec(f"{source}\ncount(2, 2, fixed=True)", {"__name__": "written"}))
    with capsys.disabled():
        print("\nNeedham–Schroeder, 2 × 2, repaired: 5,752 states (5,753 in Spin, with its first)")
        print("seconds                         Spin       ours   Spin : ours")
        rows = {
            "source to answer": (in_all, ours),
            "the same, Python running": (in_all, in_kernel),
            "the check once it is built": (alone, ours_alone),
            "repaired and broken": (in_all + broken, ours),
        }
        for name, (theirs, mine) in rows.items():
            print(f"{name:<27} {theirs:>8.3f} {mine:>10.3f} {theirs / mine:>12.2f}")


def test_every_handshake_on_a_network(capsys):
    with capsys.disabled():
        print("\nhandshake, 2 × 2           states         s  verdict")
        for name, handshake in HANDSHAKES.items():
            begun = time.perf_counter()
            found = attack_on_network(handshake, 2, 2)
            took = time.perf_counter() - begun
            verdict = f"{len(found.plan)} steps" if found else "none"
            print(f"{name:<24} {found.states:>8,} {took:>9.3f}  {verdict}")
