"""Scenarios: an attack as data, and the trace that comes of running it.

A scenario holds where it starts, what the attacker does, what the user does, what the attacker
wants, and what the page needs to do in order to work at all. The last is there because an attack
that a policy stops together with the page is no success of the policy.

A *plan* is a schedule: a tuple of events. What a plan mentions happens where the plan puts it. What
it leaves out happens as soon as it can, in the order of `World.due`: a navigation commits right
after it has begun, a message is dispatched, a page polls. Then time passes until timers fire. The
user acts last.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from labcore.actions import (
    Attempt,
    Embed,
    Event,
    Open,
    UserClicks,
    UserConfirms,
    UserTypes,
    frames_of,
)
from labcore.arrivals import CONTENT_TYPE, COOKIES, forget_answers
from labcore.browser import NOTHING_ASKED, Box, fresh_labels, short_host
from labcore.errors import WrongValue, unknown
from labcore.joining import LEGACY
from labcore.messages import parts_of
from labcore.origin import Origin, normalize_url
from labcore.policies import Decision, Policies, decide
from labcore.policies.fetching import Server
from labcore.policies.isolation import grouped
from labcore.policies.toggles import policies_of
from labcore.scripts import PageScript
from labcore.step import in_no_frame, step
from labcore.worded import Worded
from labcore.world import World


@dataclass(frozen=True)
class Goal:
    """Something that may hold in a world, with the sentence that says so.

    ``words`` are what somebody must have said before it can hold, ``asks`` what some server must
    have been asked for.
    """

    sentence: str
    holds: Callable[[World], bool]
    words: tuple[object, ...] = ()
    asks: tuple[str, ...] = ()


def attacker_knows(secret: str) -> Goal:
    """The attacker has learnt ``secret``."""
    return Goal(f"the attacker knows {secret}", lambda world: secret in world.knowledge)


def attacker_shows_in(label: str) -> Goal:
    """The frame ``label`` shows a document of the attacker's."""
    return Goal(
        f"{label} shows a page of the attacker's",
        lambda world: label in world.browser and world.is_attackers(label),
    )


def shows(label: str, url: str) -> Goal:
    """The frame ``label`` shows ``url``."""
    return Goal(
        f"{label} shows {url}",
        lambda world: label in world.browser and world.browser.document(label).url == url,
    )


def accepts(label: str, text: str, peer: str) -> Goal:
    """The page in ``label`` acts on ``text``, and takes it to come from ``peer``."""
    return Goal(
        f"{label} accepts “{text}” as from {peer}",
        lambda world: any(
            who == label and from_whom == peer and text in parts_of(what)
            for who, what, from_whom in world.accepted
        ),
        (text,),
    )


def does(host: str, text: str, user: str) -> Goal:
    """The server on ``host`` does ``text`` for its user ``user``."""
    return Goal(
        f"{host} does “{text}” for {user}",
        lambda world: (host, text, user) in world.accepted,
        asks=(text,),
    )


class Step(NamedTuple):
    """One event of a trace, what the policies said, and the world after it."""

    event: Event
    decision: Decision
    world: World


@dataclass(frozen=True)
class Scenario:
    """An attack, told once; or, without a ``goal``, pages that only do their work.

    ``plan`` are the attacker's moves, ``user`` what the user does, ``goal`` what the attacker
    wants. ``honest`` is what the page's own scripts must be able to do, and ``works`` how to tell
    that they did; ``honest_page`` is the page without the attacker, where that is another one.
    ``scripts`` are the honest pages' scripts by URL, which depend on what the pages choose,
    ``embeds`` the frames that they make. ``servers`` are the honest servers by origin. ``toggles``
    are the policies that make a difference.
    Raises `UnknownName` where a plan names a frame that never exists, and `WrongValue` for a secret
    of several words.
    """

    name: str
    title: str
    story: str
    source: str
    start: World
    plan: tuple[Event, ...]
    goal: Goal | None
    user: tuple[UserTypes | UserConfirms | UserClicks, ...] = ()
    honest: tuple[Event, ...] = ()
    works: Goal = Goal("the page works", lambda world: True)
    honest_page: "Scenario | None" = None
    scripts: Callable[[Policies], Mapping[str, PageScript]] | None = None
    embeds: tuple[str, ...] = ()
    servers: Callable[[Policies], Mapping[str, Server]] | None = None
    toggles: tuple[str, ...] = ("navigation", "origin_propagation", "top_level")

    def __post_init__(self) -> None:
        self._check((*self.plan, *self.user, *self.honest))
        for secret in sorted(self.start.secrets):
            if "," in secret:
                raise WrongValue(f"a secret is one word, and commas set words apart: {secret!r}")

    def _check(self, events: Sequence[Event]) -> None:
        """Raise `UnknownName` for a frame that is not there and that nothing brings.

        A click finds the frame that lies there, if one does.
        """
        known = {*self.start.browser.labels, *labels_in(self.start.pages), *self.embeds}
        known |= {
            each.name or short_host(each.url) for each in events if isinstance(each, Open | Embed)
        }
        known |= {each.target for each in self.user if isinstance(each, UserClicks)}
        seen = [each.sees for each in events if isinstance(each, UserClicks)]
        for label in (*(label for event in events for label in frames_of(event)), *seen):
            if label not in known and re.sub(r"-\d+$", "", str(label)) not in known:
                raise unknown("frame", label, sorted(known))

    def run(
        self, policies: Policies | str | None = None, plan: Iterable[Event] | None = None
    ) -> "Trace":
        """What happens under ``policies`` if the attacker follows ``plan``, or the scenario's.

        ``policies`` may be the name of a preset.
        """
        policies = policies_of(policies)
        forget_answers()
        moves = self.plan if plan is None else tuple(plan)
        self._check((*moves, *self.user))
        start = self.starts(policies)
        user = [act for act in self.user if act not in moves]
        steps = play(start, moves, policies, user)
        return Trace(self, policies, steps, self.page_works(policies))

    def page_works(self, policies: Policies | str) -> bool:
        """Whether the honest pages can do their work, without the attacker in the way."""
        page, policies = self.honest_page or self, policies_of(policies)
        steps = page.honest_run(policies)
        return page.works.holds(steps[-1].world if steps else page.starts(policies))

    def honest_run(self, policies: Policies) -> tuple[Step, ...]:
        """What the honest pages do when nobody attacks."""
        if self.honest_page is not None:
            return self.honest_page.honest_run(policies)
        user = self.user if self.scripts else ()
        return play(self.starts(policies), self.honest, policies, user)

    @property
    def attacked(self) -> bool:
        """Whether anybody attacks: a slow network alone does not."""
        return any(isinstance(event, Attempt) for event in self.plan)

    def starts(self, policies: Policies) -> World:
        """The world at the start, in which every page's script is as the page has chosen."""
        start = self.start
        if self.servers is not None:
            servers = ((Origin.of(url), each) for url, each in self.servers(policies).items())
            start = start.but(servers=tuple(servers), brought=_framed_by_the_attacker(start))
        start = _isolated(start, policies)
        if self.scripts is None:
            return start
        scripts = tuple((normalize_url(url), x) for url, x in self.scripts(policies).items())
        return start.but(scripts=scripts).started()


def _isolated(start: World, policies: Policies) -> World:
    """The world in which honest pages have come with the headers that they choose."""
    if (asked := policies.asked_by("https://honest.example/")) == NOTHING_ASKED:
        return start
    start, browser = start.but(isolation=asked), start.browser
    for label in browser.labels:
        own, top = start.asked_by(browser.document(label).url), browser.is_top_level(label)
        browser = browser.with_isolation(label, own if top else own.in_frame)
    return start.but(browser=grouped(browser))


def _framed_by_the_attacker(start: World) -> frozenset[str]:
    """The frames that stand in a page of the attacker's: it has brought them."""
    browser = start.browser
    return frozenset(
        label for label in browser.labels if any(map(start.is_attackers, browser.ancestors(label)))
    )


@dataclass(frozen=True, repr=False)
class Trace(Worded):
    """A scenario run under some policies.

    ``page_works`` says whether the page's own scripts could do their work under the same policies.
    """

    scenario: Scenario
    policies: Policies
    steps: tuple[Step, ...]
    page_works: bool

    @property
    def worlds(self) -> tuple[World, ...]:
        """The world at the start and after each step."""
        return (self.scenario.starts(self.policies), *(each.world for each in self.steps))

    @property
    def end(self) -> World:
        """The world after the last step."""
        return self.worlds[-1]

    @property
    def succeeded(self) -> bool:
        """Whether the attacker's goal holds at the end."""
        return self.scenario.goal is not None and self.scenario.goal.holds(self.end)

    @property
    def refused(self) -> Step | None:
        """The first step that was refused."""
        return next((each for each in self.steps if not each.decision), None)

    @property
    def turning(self) -> Step | None:
        """The first step that went otherwise than the attacker means it to go."""
        quiet = (COOKIES, CONTENT_TYPE)
        other = [each for each in self.steps if not each.decision or each.decision.rule in quiet]
        here = (each for each in other if each.decision.rule != LEGACY)
        return next(here, None)

    @property
    def endless(self) -> bool:
        """Whether the run was given up, since the scripts went on and on."""
        return bool(self.steps) and self.steps[-1].decision.rule == THE_BOUND

    @property
    def verdict(self) -> str:
        """The outcome in a sentence or two."""
        if self.scenario.goal is None:
            works = self.scenario.works.sentence
            holds = f"{works[0].upper()}{works[1:]}."
            return holds if self.page_works else f"It fails. It is not so that {works}."
        goal = self.scenario.goal.sentence
        page = (
            ""
            if self.page_works
            else " But the page does not work either: its own scripts are refused too."
        )
        attacked = self.scenario.attacked
        if self.succeeded:
            return f"{'The attack succeeds' if attacked else 'So it is'}: {goal}.{page}"
        if self.endless:
            return f"Nobody can tell: {self.steps[-1].decision.reason}.{page}"
        if (step := self.turning) is None:
            why = "."
        else:
            why = f" ({step.decision.rule}): {step.decision.reason}."
        return f"{'The attack is stopped' if attacked else 'It is not so'}{why}{page}"

    def __str__(self) -> str:
        lines = [f"{self.scenario.title} ({self.policies.where(self.scenario.toggles)})"]
        for number, each in enumerate(self.steps, start=1):
            lines.append(f"{number}. {each.event}")
            lines.append(f"   {each.decision}")
        return "\n".join([*lines, self.verdict])


THE_BOUND, MOST_STEPS = "the bound", 300
"""How far a plan is followed: scripts that answer each other for ever are stopped there."""


def play(
    start: World, plan: Iterable[Event], policies: Policies, user: Iterable[Event] = ()
) -> tuple[Step, ...]:
    """Run ``plan`` from ``start``; what it does not mention happens as soon as it can.

    What the ``user`` does comes after the plan, when no timer is set any more.
    """
    steps: list[Step] = []
    todo, last = list(plan), list(user)
    world = start
    while event := next_event(world, todo, last):
        if len(steps) == MOST_STEPS:
            no = f"stopped after {MOST_STEPS} steps: the scripts seem to go on for ever"
            steps.append(Step(event, decide(False, "", no).settled(THE_BOUND, event), world))
            break
        for events in (todo, last):
            if events and (event is events[0] or (world.agenda and event == events[0])):
                del events[0]
        refusal = None if world.agenda else _not_the_attackers(start, world, event)
        taken_ = taken(world, event, policies) if refusal is None else Step(event, refusal, world)
        steps.append(taken_)
        world = steps[-1].world
    return tuple(steps)


def _not_the_attackers(start: World, world: World, event: Event) -> Decision | None:
    """The refusal of what a page of the attacker's was to do, if another one is there now."""
    actor = event.actor if isinstance(event, Attempt) else ""
    if actor not in start.browser or actor not in world.browser or world.is_attackers(actor):
        return None
    if not start.is_attackers(actor):
        return None
    no = "{actor} shows a page that runs no script of the attacker's"
    return decide(False, "", no).settled("no such script", event)


def next_event(world: World, todo: Sequence[Event], last: Sequence[Event]) -> Event | None:
    """What happens next: what is due and in no plan, then the plan, the timers, the user."""
    due = world.due()
    if world.agenda:
        return next(due)
    soon = (event for event in due if event not in todo)
    return next(itertools.chain(soon, todo, world.timers(), last), None)


def taken(world: World, event: Event, policies: Policies) -> Step:
    """One step; an event whose frames are not there (any more) cannot happen."""
    if event in world.agenda[:1]:
        return Step(event, *step(world, event, policies))
    if (refusal := in_no_frame(world, event)) is not None:
        return Step(event, refusal, world)
    return Step(event, *step(world, event, policies))


def labels_in(boxes: Iterable[Box]) -> set[str]:
    """All labels that frames of ``boxes`` can get."""
    return {label for box in boxes for label in fresh_labels(box.frames, set(), unique=False)}
