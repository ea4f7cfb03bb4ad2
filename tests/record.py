"""Replay every scenario in Chromium and Firefox: `make record`, some minutes.

What is seen is stored in labcore/live/recordings.json, for readers whose browser cannot reach the
kernel, and for chapter 15. A replay in which a browser goes another way than the model is told and
stored as well; the tests say whether that may be.
"""

import sys
from collections.abc import Iterator

from browser.rig import Rig
from tqdm import tqdm

from labcore import SCENARIOS, Policies
from labcore.live import Replayed, replay, why_not
from labcore.live.playing import rules_for
from labcore.live.record import RECORDINGS, saved
from labcore.policies import TOGGLES
from labcore.scenarios import CARELESS

TRUSTING = CARELESS.but(addressing="*", origin_check="none", source_check="none")
RIGS = {"Chromium": Rig.chromium, "Firefox": Rig.firefox}
BOUND_S = 90


def careless(name: str, browser: str) -> Policies:
    """What the pages of a scenario choose: what lets the attack succeed there, if anything does."""
    choices = [TRUSTING.but(handshake=each) for each in reversed(TOGGLES["handshake"])]
    scenario = SCENARIOS[name]
    wins = (each for each in choices if scenario.run(rules_for(browser, each)).succeeded)
    return next(wins, choices[0])


def replayed(rig: Rig, name: str, browser: str) -> Replayed:
    """The scenario of that name, with careless pages, in the ``browser`` of ``rig``."""
    running = replay(name, pages=careless(name, browser), pace_s=0)
    rig.control.run("control", f"open('{running.url}#start', '_blank', 'noopener')")
    return running.wait(BOUND_S)


def record(browser: str) -> Iterator[Replayed]:
    """Every scenario that a browser can replay."""
    names = [name for name in SCENARIOS if why_not(name) is None]
    with RIGS[browser]() as rig:
        for name in tqdm(names, browser, unit=" replays"):
            yield replayed(rig, name, browser)


if __name__ == "__main__":
    found = [each for browser in RIGS for each in record(browser)]
    for each in found:
        if not each.agrees:
            print(each, file=sys.stderr)
    if any(each.problem for each in found):
        sys.exit("nothing is stored: some replays have ended early")
    RECORDINGS.write_text(saved(found), encoding="utf-8")
