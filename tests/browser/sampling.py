"""A fixed sample of all that `make conformance` asks, small enough for `make test`.

It has every aspect in it, and every known difference. The other cases stand evenly spread.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import request_cases
from browser.measuring import GROUPS, Unit, units
from conformance_cases import Case, all_cases, key, page_of
from conformance_results import BROWSERS, difference, unlike

from labcore import PRESETS

EACH = {
    "frames": (60, 4),
    "clicks": (24, 2),
    "windows": (20, 5),
    "domains": (50, 2),
    "requests": (1, 12),
}
"""Of each group every so-manieth page is in the sample, and of its cases every so-manieth."""


def sample() -> Iterator[Unit]:
    """The units of the sample, with some of their cases each."""
    everything, needed = list(units()), {*needed_cases()}
    for group, (pages, cases) in EACH.items():
        of_group = [unit for unit in everything if unit.group == group]
        for number, unit in enumerate(of_group):
            wanted = {key(case) for case in unit.cases[::cases]} | needed
            if number % pages == pages // 2 or any(key(case) in needed for case in unit.cases):
                yield unit._replace(cases=tuple(c for c in unit.cases if key(c) in wanted))


def needed_cases() -> Iterator[str]:
    """For each known difference the key of a case in which it shows, on the smallest page."""
    examples: dict[str, Case] = {}
    for case in sorted(all_cases(), key=lambda case: len(page_of(case)), reverse=True):
        if (entry := difference(case)) is not None:
            examples[entry.name] = case
    yield from map(key, examples.values())
    by_name = {case.name: case for case in (*request_cases.CASES, *request_cases.FRAMING_CASES)}
    for browser in BROWSERS:
        for cases in request_cases.KNOWN_DIFFERENCES[browser].values():
            yield key(by_name[next(iter(cases))])


def answers(browser: str, wanted: Iterable[Unit]) -> dict[str, Any]:
    """What that browser says of the cases in ``wanted``, each group of them in a new one.

    In a thread of its own: where the tests run Playwright may, and in a thread there is no second.
    """
    said: dict[str, Any] = {}
    with ThreadPoolExecutor(1) as pool:
        for group, theirs in groupby(wanted, key=lambda unit: unit.group):
            said |= pool.submit(asked, browser, group, list(theirs)).result()
    return said


def asked(browser: str, group: str, wanted: list[Unit]) -> dict[str, Any]:
    """What it says of one group of them."""
    with GROUPS[group](browser) as ask:
        return {about: each for unit in wanted for about, each in ask(unit).items()}


WRONG = (
    {"scripting": lambda browser, attempt: True},
    {"navigation": "child"},
    {"origin_propagation": False},
    {"top_level": "by opener"},
    {"messaging": "any document"},
    {"framing": "top only"},
    {"cors": "no check"},
    {"third_party_cookies": "sent"},
)
"""Rules that neither browser has: the sample has to notice."""


def is_found_out(browser: str, said: dict[str, Any], wrong: dict[str, Any]) -> bool:
    """Whether the browser does otherwise in more cases under ``wrong`` rules than under its own."""
    preset = PRESETS[browser]
    return len(unlike(said, preset.but(**wrong))) > len(unlike(said, preset))
