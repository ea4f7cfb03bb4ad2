"""Replay every scenario in Chromium and Firefox: `make record`, some minutes.

What is seen is stored in labcore/live/recordings.json, for readers whose browser cannot reach the
kernel, and for chapter 15. A replay in which a browser goes another way than the model is told and
stored as well; the tests say whether that may be.
"""

import json
import sys
from collections.abc import Iterator

from browser.rig import Rig
from tqdm import tqdm

from labcore import SCENARIOS, Policies, find_attack
from labcore.answers import Attack, NothingToFind, TooLong
from labcore.live import Replayed, replay, why_not
from labcore.live.playing import Replay, rules_for
from labcore.live.record import RECORDINGS, of_the_model, saved
from labcore.policies import TOGGLES
from labcore.scenarios import CARELESS

TRUSTING = CARELESS.but(addressing="*", origin_check="none", source_check="none")
RIGS = {"Chromium": Rig.chromium, "Firefox": Rig.firefox}
PAGES = ("careless", "careful")
BOUND_S = 90


def pages(name: str, browser: str, kind: str) -> Policies:
    """What the pages of a scenario choose: the usual, or whatever lets the attack succeed there."""
    if kind == "careful":
        return Policies()
    choices = [TRUSTING.but(handshake=each) for each in reversed(TOGGLES["handshake"])]
    scenario = SCENARIOS[name]
    wins = (each for each in choices if scenario.run(rules_for(browser, each)).succeeded)
    return next(wins, choices[0])


def replayable() -> list[str]:
    """The scenarios that a browser of today can replay."""
    return [name for name in SCENARIOS if why_not(name) is None]


def seen(rig: Rig, running: Replay) -> Replayed:
    """What comes of a replay in the browser of ``rig``."""
    opens = f"open({json.dumps(f'{running.url}#start')}, '_blank', 'noopener')"
    rig.control.run("control", opens)
    return running.wait(BOUND_S)


def replayed(rig: Rig, name: str, browser: str, kind: str) -> Replayed:
    """The scenario of that name, with pages of that ``kind``, in the ``browser`` of ``rig``."""
    return seen(rig, replay(name, pages=pages(name, browser, kind), pace_s=0))


def found_attack(name: str, browser: str) -> Attack | None:
    """What the search finds with careless pages, if it finds anything to replay."""
    policies = rules_for(browser, pages(name, browser, "careless"))
    try:
        found = find_attack(name, policies, worlds=20_000)
    except (NothingToFind, TooLong):
        return None
    return found if isinstance(found, Attack) and why_not(found) is None else None


def record(browser: str) -> Iterator[tuple[Replayed, bool]]:
    """Every scenario that a browser can replay, with careless pages; with careful ones, if that
    makes a difference; and what is found. Each with whether it is to be kept."""
    with RIGS[browser]() as rig:
        for name in tqdm(replayable(), browser, unit=" scenarios"):
            first = replayed(rig, name, browser, "careless")
            second = replayed(rig, name, browser, "careful")
            yield first, True
            yield second, of_the_model(first) != of_the_model(second)
            if attack := found_attack(name, browser):
                yield seen(rig, replay(attack, policies=attack.policies, pace_s=0)), False


if __name__ == "__main__":
    everything = [each for browser in RIGS for each in record(browser)]
    for each, _ in everything:
        if not each.agrees:
            print(each, file=sys.stderr)
    if any(each.problem for each, kept in everything if kept):
        sys.exit("nothing is stored: some replays have ended early")
    RECORDINGS.write_text(saved(each for each, kept in everything if kept), encoding="utf-8")
