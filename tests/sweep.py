"""Search every attack of the book in every browser, and store the table that chapter 10 shows.

`make sweep` runs it; some minutes. The pages are searched twice: as careless as a page can be, and
as careful as Part II recommends.
"""

import json
import os
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

from labcore import PRESETS, SCENARIOS
from labcore.scenarios import IN_ORDER, requests
from labcore.sweep import sweep

STORED = Path(__file__).resolve().parents[1] / "notebooks" / "data" / "sweep.json"
CARELESS = {"origin_check": "none", "source_check": "none", "addressing": "*"}
BROKEN = {"smash-attack": "SMash"}
"""The handshake of careless pages, where it is not Windows Live Channels."""

BOUND = {"moves": 2, "frames": 1, "worlds": 60_000}
TOLD = IN_ORDER[: IN_ORDER.index(requests)]
"""The files of attacks that chapter 10 comes after: later parts have other questions."""

ATTACKED = [
    each
    for each in SCENARIOS.values()
    if each.goal
    and each.attacked
    and any(each is one for module in TOLD for one in vars(module).values())
]


def choices(pages: str, scenario: str) -> dict[str, str]:
    """What ``pages``, "careless" or "careful", choose in ``scenario``."""
    handshake = BROKEN.get(scenario, "Windows Live Channels")
    return {"careless": {**CARELESS, "handshake": handshake}, "careful": {}}[pages]


def searched(pages: str, name: str, pool: Executor) -> dict[str, str]:
    """A row of the table."""
    chosen = choices(pages, name)
    columns = {browser: rules.but(**chosen) for browser, rules in PRESETS.items()}
    return sweep([name], columns, pool, **BOUND).words[name]


if __name__ == "__main__":
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        tables = {
            pages: {each.name: searched(pages, each.name, pool) for each in ATTACKED}
            for pages in ("careless", "careful")
        }
    STORED.write_text(json.dumps({"bound": BOUND, **tables}, indent=1) + "\n", encoding="utf-8")
