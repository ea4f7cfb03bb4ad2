"""What can be replayed at all, and by which rules; asked before any server begins."""

from collections.abc import Iterable, Iterator

from labcore.actions import CommRequest, Event, Fetch, Navigate, Script
from labcore.answers import Attack
from labcore.errors import WrongType, shown
from labcore.live.addresses import is_served
from labcore.live.record import browser_in
from labcore.origin import normalize_url
from labcore.policies import PRESETS, Policies
from labcore.policies.toggles import PAGE_CHOICES, policies_of
from labcore.scenarios import SCENARIOS, Scenario, Step, Trace

MOST_FRAMES = 180
"""How many frames a replay begins with at most: some of Firefox's connections stay for others."""


def why_not(
    scenario: Scenario | Attack | str,
    plan: Iterable[Event] | Attack | None = None,
    policies: Policies | str | None = None,
) -> str | None:
    """Why no browser of today can replay this; ``None`` if one can.

    Raises `UnknownName` for a scenario or a preset that does not exist.
    """
    told, moves, policies = asked(scenario, plan, policies)
    if told.start.on_the_network:
        return (
            "the attacker sits on the network between browser and server, "
            "and on one machine there is nothing in between"
        )
    if policies is not None and policies.by_principal:
        return "no browser has principals that pages configure (COP)"
    if policies is not None and policies.plugin != "none":
        return "no browser of today has plug-ins"
    trace = told.run(policies or rules_for("Chromium", Policies()), moves)
    return why_not_steps(trace)


def why_not_steps(trace: Trace) -> str | None:
    """The same for what happens in a trace."""
    for event in events_of(trace.steps):
        if isinstance(event, CommRequest):
            return "CommRequest was proposed for MashupOS, and no browser has it"
        if isinstance(event, Fetch) and event.request.destination == "object":
            return "no browser of today has plug-ins, and so no Flash"
        url = getattr(event, "url", None)
        if isinstance(url, str) and not is_served(normalize_url(url)):
            return f"{shown(url, 60)} names no server; a replay has only pages that servers send"
    frames = len(trace.scenario.start.browser)
    if frames > MOST_FRAMES:
        return (
            f"{frames:,} frames are too many: each needs a connection of its own, "
            f"and Firefox keeps no more than 200 (the most here is {MOST_FRAMES})"
        )
    for label in trace.scenario.start.browser.windows:
        if not is_served(trace.scenario.start.browser.document(label).url):
            return f"the window {label!r} shows nothing that a server has sent"
    actors = {each.actor for each in events_of(trace.steps) if isinstance(each, Navigate)} & {
        *trace.scenario.start.browser.labels
    }
    for label in sorted(actors):
        document = trace.scenario.start.browser.document(label)
        if not is_served(document.url):
            return f"{label!r} shows {shown(document.url, 60)}, which no server has sent"
    return None


def asked(
    scenario: Scenario | Attack | str,
    plan: Iterable[Event] | Attack | None,
    policies: Policies | str | None,
) -> tuple[Scenario, tuple[Event, ...] | None, Policies | None]:
    """What a reader means. Raises `UnknownName` and `WrongType`."""
    if isinstance(scenario, Attack):
        scenario, plan = scenario.scenario, scenario.plan if plan is None else plan
    if isinstance(scenario, str):
        scenario = SCENARIOS[scenario]
    if not isinstance(scenario, Scenario):
        raise WrongType(f"replay a scenario, by its name or itself, not {shown(scenario, 60)}")
    moves = plan.plan if isinstance(plan, Attack) else None if plan is None else tuple(plan)
    return scenario, moves, None if policies is None else policies_of(policies)


def rules_for(browser: str, pages: Policies) -> Policies:
    """The rules of the preset for ``browser``, with the pages' own choices of ``pages``."""
    chosen = {toggle: getattr(pages, toggle) for toggle in PAGE_CHOICES}
    return PRESETS[browser_in(browser)].but(**chosen)


def events_of(steps: tuple[Step, ...]) -> Iterator[Event]:
    """All that happens in ``steps``, what scripts are made to do included."""
    for each in steps:
        yield each.event
        if isinstance(each.event, Script) and each.event.run is not None:
            yield each.event.run
