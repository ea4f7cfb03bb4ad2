"""What a real browser says of the cases, unit by unit, in the words of `conformance_cases`.

    with GROUPS["frames"]("Firefox") as ask:
        answers = ask(unit)                       # by the cases' keys

A unit is what is asked on one page in a row.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import groupby
from typing import Any, NamedTuple

import request_cases
from browser.clicking import Missed, clicking
from browser.requests_rig import RequestsRig
from browser.rig import Page, Rig
from conformance_cases import (
    ELSEWHERE,
    NO,
    YES,
    Case,
    cases_on,
    clicked_on,
    domains_set,
    key,
    names_on,
    openings_on,
    page_of,
    pages,
    pages_of_a_site,
    pages_that_open,
    pages_to_click,
    pages_with_names,
    relaxed,
    relaxed_on,
    window_in_words,
)

from labcore.origin import site_host

REQUESTS_EACH = 25
"""How many requests are asked for in a row."""

MOST_PAGES = 5
"""How many pages a click may miss the frame on that it is meant for."""


class Unit(NamedTuple):
    """Cases for one page, and which group of browsers answers them."""

    name: str
    group: str
    page: str
    cases: tuple[Any, ...]


def units() -> Iterator[Unit]:
    """All there is to ask."""
    for name, browser in pages().items():
        if cases := tuple(cases_on(name)):
            yield Unit(name, "frames", repr(browser), cases)
    for name in pages_to_click():
        cases = tuple(clicked_on(name))
        yield Unit(f"clicks on {name}", "clicks", repr(pages()[name]), cases)
    for name, browser in pages_with_names().items():
        yield Unit(f"names on {name}", "windows", repr(browser), tuple(names_on(name)))
    for name, browser in pages_that_open().items():
        yield Unit(f"openers on {name}", "windows", repr(browser), tuple(openings_on(name)))
    for name, browser in pages_of_a_site().items():
        for what, some in groupby(relaxed_on(name), key=lambda case: case.what):
            yield Unit(f"{what} on {name}", "domains", repr(browser), tuple(some))
    for case in domains_set():
        yield Unit(f"{case.what!r} on {case.page}", "domains", repr(page_of(case)), (case,))
    page = repr(request_cases.PAGE)
    for number, some in enumerate(in_batches(request_cases.CASES)):
        yield Unit(f"requests {number}", "requests", page, some)
    framing = tuple(request_cases.FRAMING_CASES)
    yield Unit("framing", "requests", repr(request_cases.FRAMES), framing)


def in_batches(cases: list[Any]) -> Iterator[tuple[Any, ...]]:
    """`REQUESTS_EACH` cases at a time."""
    for first in range(0, len(cases), REQUESTS_EACH):
        yield tuple(cases[first : first + REQUESTS_EACH])


@contextmanager
def frames(browser: str) -> Iterator[Callable[[Unit], dict[str, Any]]]:
    """A browser for the cases about frames."""
    with start(Rig, browser) as rig:
        yield lambda unit: {key(c): said for c, said in measured(rig, unit.cases).items()}


@contextmanager
def clicks(browser: str) -> Iterator[Callable[[Unit], dict[str, Any]]]:
    """A browser for those with a click; a new page for each frame that gets one."""
    with clicking(browser) as (rig, click):

        def ask(unit: Unit) -> dict[str, Any]:
            said: dict[str, Any] = {}
            for clicked in dict.fromkeys(case.clicked for case in unit.cases):
                theirs = [case for case in unit.cases if case.clicked == clicked]
                for _ in range(MOST_PAGES):
                    page = rig.open(pages()[theirs[0].page])
                    with suppress(Missed):
                        for case in theirs:
                            click(page, clicked)
                            said[key(case)] = activated(page, case)
                    page.close()
                    if key(theirs[-1]) in said:
                        break
                else:
                    raise Missed(f"no click reaches {clicked} on {theirs[0].page}")
            return said

        yield ask


def activated(page: Page, case: Case) -> str:
    """What comes of it, right after the click."""
    if case.what:
        return (YES if page.navigates(*case[2:5]) else NO)[case.aspect]
    active = page.run(case.actor, "return navigator.userActivation.isActive")
    return "active" if active else "inactive"


@contextmanager
def requests(browser: str) -> Iterator[Callable[[Unit], dict[str, Any]]]:
    """A browser for those about requests and framing."""
    with start(RequestsRig, browser) as rig:
        page = rig.open(request_cases.PAGE)

        def ask(unit: Unit) -> dict[str, Any]:
            if unit.name == "framing":
                shown = rig.shows(rig.open(request_cases.FRAMES), unit.cases)
                return dict(zip(map(key, unit.cases), shown, strict=True))
            return {key(case): rig.told(page, case) for case in unit.cases}

        yield ask


@contextmanager
def windows(browser: str) -> Iterator[Callable[[Unit], dict[str, Any]]]:
    """A browser for windows that are opened, and names that are found."""
    with start(Rig, browser) as rig:

        def ask(unit: Unit) -> dict[str, Any]:
            browser = page_of(unit.cases[0])
            page, said = rig.open(browser), {}
            for case in unit.cases:
                said[key(case)] = (opened_by_name if case.aspect == "names" else opened)(page, case)
                if "found" in said[key(case)]:  # what is found may have another opener now
                    page.close()
                    page = rig.open(browser)
            page.close()
            return said

        yield ask


def opened_by_name(page: Page, case: Case) -> str:
    """What a name gives: a window that shows ``about:blank`` is new."""
    path = page.fresh_path(case.target)
    page.empty.add(path)
    asked = json.dumps([page.rig.address(ELSEWHERE, path), case.target])
    return str(page.run(case.actor, BY_NAME % asked))


def opened(page: Page, case: Case) -> str:
    """What a new window tells of itself."""
    path = page.fresh_path(case.actor)
    page.telling.add(path)
    address = json.dumps([page.rig.address(ELSEWHERE, path), "_blank", case.what])
    handle = page.run(case.actor, OPEN % address)
    if not handle and not case.what:
        return "blocked"
    page.rig.until(lambda: any(path == each for each, _ in page.notes), f"note from {path}")
    opener, origin = next(json.loads(text) for each, text in page.notes if each == path)
    return window_in_words(opener, origin == "null")


@contextmanager
def domains(browser: str) -> Iterator[Callable[[Unit], dict[str, Any]]]:
    """A browser for what comes of ``document.domain``; each unit has a page of its own."""
    with start(Rig, browser) as rig:

        def ask(unit: Unit) -> dict[str, Any]:
            page = rig.open(page_of(unit.cases[0]))
            said = relaxing(page, unit.cases)
            page.close()
            return {key(case): each for case, each in said.items()}

        yield ask


def relaxing(page: Page, cases: tuple[Case, ...]) -> dict[Case, str]:
    """Who reads whom once some have set their domain, or what comes of setting a value."""
    if cases[0].actor == cases[0].target:
        [case] = cases
        return {case: page.run(case.actor, SET % json.dumps(case.what))}
    references = {case: page.reference(case.actor, case.target) for case in cases}
    for each in relaxed(cases[0])[1]:
        host = site_host(page.browser.origin(each).host)
        page.run(each, f"document.domain = {json.dumps(host)}")
    said = {}
    for case, reference in references.items():
        [allowed] = page.run(case.actor, READ % f"reads(() => {reference})")
        said[case] = "allowed" if allowed else "refused"
    return said


def start(rig: type[Rig], browser: str) -> AbstractContextManager[Any]:
    """A new Chromium or Firefox."""
    return {"Chromium": rig.chromium, "Firefox": rig.firefox}[browser]()


GROUPS: Mapping[str, Callable[[str], AbstractContextManager[Callable[[Unit], dict[str, Any]]]]] = {
    "frames": frames,
    "clicks": clicks,
    "windows": windows,
    "domains": domains,
    "requests": requests,
}

READ = """const reads = (get) => { try { return !!get().document; } catch (error) {
  if (error.name !== "SecurityError") throw error;
  return false;
} };
return [%s];"""
BY_NAME = """const shown = open(...%s);
if (!shown) return "blocked";
let fresh = false;
try { fresh = shown.location.href === "about:blank"; } catch {}
if (fresh) shown.close();
return fresh ? "a new window" : "found";"""
OPEN = """try { return !!open(...%s); }
catch (error) { if (error.name === "InvalidAccessError") return false; throw error; }"""
SET = """try { document.domain = %s; return "set"; } catch (error) { return error.name; }"""
END = "no more"


def measured(rig: Rig, cases: Iterable[Case]) -> dict[Case, str]:
    """What that browser says of ``cases``, all on one page, each in a word."""
    asked = list(cases)
    page = rig.open(pages()[asked[0].page])
    said: dict[Case, str] = {}
    for aspect in dict.fromkeys(case.aspect for case in asked):
        here = [case for case in asked if case.aspect == aspect]
        found = MEASURES[aspect](page, here)
        said |= {case: (YES if yes else NO)[aspect] for case, yes in found.items()}
    page.close()
    return said


def navigations(page: Page, cases: list[Case]) -> dict[Case, bool]:
    """Whether each navigation is allowed."""
    return {case: page.navigates(case.actor, case.target, case.what) for case in cases}


def readings(page: Page, cases: list[Case]) -> dict[Case, bool]:
    """Whether each target's document can be read."""
    said = {}
    for actor, theirs in by_actor(cases):
        tries = (f"reads(() => {page.reference(actor, case.target)})" for case in theirs)
        said |= zip(theirs, page.run(actor, READ % ", ".join(tries)), strict=True)
    return said


def deliveries(page: Page, cases: list[Case]) -> dict[Case, bool]:
    """Whether each message is delivered before one for anybody that is posted after it."""
    targets = dict.fromkeys(case.target for case in cases)
    last: dict[str, int] = dict.fromkeys(targets, 0)
    for actor, theirs in by_actor(cases):
        posts = []
        for case in theirs:
            reference = page.reference(actor, case.target)
            origin = json.dumps(target_origin(page.rig, case.what))
            posts.append(f"{reference}.postMessage({cases.index(case)}, {origin});")
        for target in dict.fromkeys(case.target for case in theirs):
            posts.append(f"{page.reference(actor, target)}.postMessage('{END}', '*');")
            last[target] += 1
        page.run(actor, "".join(posts))
    heard: set[int] = set()
    for target in targets:
        ends = f"heard.filter(([data]) => data === '{END}').length === {last[target]}"
        everything = page.run(target, f"await until(() => {ends}); return heard")
        heard |= {data for data, _ in everything if data != END}
    return {case: number in heard for number, case in enumerate(cases)}


def target_origin(rig: Rig, said: str) -> str:
    """The same with the rig's port."""
    return said if said in "*/" else rig.address(said, "")


def by_actor(cases: list[Case]) -> Iterable[tuple[str, list[Case]]]:
    """The cases of each actor."""
    actors = dict.fromkeys(case.actor for case in cases)
    return ((actor, [case for case in cases if case.actor == actor]) for actor in actors)


MEASURES: Mapping[str, Callable[[Page, list[Case]], dict[Case, bool]]] = {
    "navigation": navigations,
    "sandboxing": navigations,
    "scripting": readings,
    "messages": deliveries,
}
