"""Runs of a reader's handshake, and of a reader's attack on one: honest pages, and attackers.

The attackers do not know beforehand what a reader's handshake says. They adapt: one runs that very
handshake in another's name and makes up the answers that it cannot read, one passes on to the
honest gadget what it reads itself.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from labcore.actions import Embed, Event, Load, Navigate, Poll, UserConfirms, UserTypes
from labcore.browser import Browser, frame, window
from labcore.errors import PolicyError, ReadersError, shown
from labcore.exercises.running import NOTHING, Trouble
from labcore.policies import PRESETS, Policies
from labcore.protocols import Say, Session
from labcore.protocols.session import BadHandshake, Words, turn
from labcore.scenarios.handshakes import (
    CONTACTS,
    DELETE,
    EVIL,
    HANDSHAKE,
    INTEGRATOR,
    LOWE_ANOMALY,
    SMASH_ATTACK,
)
from labcore.scenarios.scenario import Scenario, Trace, accepts
from labcore.scripts import ScriptError
from labcore.world import World

Attack = Callable[[Scenario, Policies], Trace]
"""What somebody does on a page whose scripts use some handshake."""

SIBLINGS = replace(
    LOWE_ANOMALY,
    start=World(
        Browser.of(
            window(
                f"{INTEGRATOR}/",
                frame(f"{CONTACTS}/", label="contacts"),
                frame(EVIL, label="attacker"),
                label="integrator",
            )
        ),
        attacker=LOWE_ANOMALY.start.attacker,
        knowledge=LOWE_ANOMALY.start.knowledge,
    ),
    scripts=HANDSHAKE.scripts,
    goal=accepts("integrator", DELETE, CONTACTS),
)
"""The honest page, with the attacker's gadget beside the contacts."""


def run_of_plan(handshake: str, order: str, attack: Callable[..., Any]) -> tuple[bool, Trace]:
    """Whether the plan that ``attack`` returns makes the gadget accept ``order``."""
    plan = attack(handshake, order)
    if plan is None or plan is ...:
        raise Trouble(NOTHING, unfinished=True)
    if not isinstance(plan, tuple | list) or not all(isinstance(each, Event) for each in plan):
        raise Trouble(f"it returns {shown(plan)}. A plan is a tuple of events.")
    for each in plan:
        if getattr(each, "actor", "attacker") != "attacker":
            raise Trouble(f"“{each}” is not for the attacker to do, whose frame is 'attacker'.")
        if isinstance(each, UserConfirms | UserTypes):
            raise Trouble(f"“{each}”: the user acts unasked, at the end.")
    scenario = replace(LOWE_ANOMALY, goal=accepts("contacts", order, INTEGRATOR))
    try:
        trace = scenario.run(PRESETS["IE 7"].but(handshake=handshake), plan)
    except ReadersError as error:
        raise Trouble(f"its plan cannot be run: {error}") from None
    return trace.succeeded, trace


def shaken(scenario: Scenario, attack: Attack, handshake: Callable[..., Any]) -> tuple[bool, Trace]:
    """What the attacker (or, without one, the page) reaches if the pages use ``handshake``."""
    answers: list[object] = []

    def watched(me: Session, message: Words) -> Any:
        answers.append(handshake(me, message))
        return answers[-1]

    try:
        trace = attack(scenario, PRESETS["IE 7"].but(handshake=watched))
    except ScriptError as error:
        raise Trouble(f"a page's script fails with it: {error.__cause__}") from None
    except (BadHandshake, PolicyError) as error:
        raise Trouble(str(error)) from None
    if not any(answers):
        raise Trouble("it answers every message with NOT_MINE", unfinished=True)
    if trace.endless:
        raise Trouble(f"its messages have no end: {trace.steps[-1].decision.reason}")
    return trace.page_works if scenario.goal is None else trace.succeeded, trace


def honest(scenario: Scenario, rules: Policies) -> Trace:
    """Nobody attacks."""
    return scenario.run(rules)


def begin_as_integrator(scenario: Scenario, rules: Policies) -> Trace:
    """The attacker frames the gadget and begins in the integrator's name."""
    plan = begin("contacts", f"{CONTACTS}/", f"{INTEGRATOR}/", rules)
    return scenario.run(rules, (Embed("attacker", f"{CONTACTS}/"), *plan))


def begin_covertly(scenario: Scenario, rules: Policies) -> Trace:
    """So it does, and takes the tunnel away before the integrator hears of it."""
    first, *others = begin("contacts", f"{CONTACTS}/", f"{INTEGRATOR}/", rules)
    away = Navigate("attacker", "tunnel", "https://attacker.example/empty"), Load("tunnel")
    return scenario.run(rules, (Embed("attacker", first.url), *others, *away))


def begin_as_gadget(scenario: Scenario, rules: Policies) -> Trace:
    """The attacker begins with the integrator in the gadget's name."""
    plan = begin("integrator", f"{INTEGRATOR}/", f"{CONTACTS}/", rules)
    return scenario.run(rules, (Poll("integrator"), *plan))


def begin(target: str, url: str, name: str, rules: Policies) -> list[Navigate]:
    """What the attacker writes to ``target`` as if it were ``name``, without seeing any answer.

    It makes up the answers, of words that it knows, until its own session lets it speak.
    """
    handshake = rules.chosen("handshake")
    words = ("N_E", url, name)
    guesses = [(), *(each for n in (1, 2, 3) for each in itertools.product(words, repeat=n))]
    me, said = Session(name, "N_E", DELETE, url), list[Navigate]()
    for _ in range(3):
        for guess in guesses if said else guesses[:1]:
            after, *moves = turn(handshake, me, guess) or (me,)
            texts = [",".join(each.words) for each in moves if isinstance(each, Say)]
            if texts:
                me = after
                said += (Navigate("attacker", target, f"{url}#{text}") for text in texts)
                break
    return said or [Navigate("attacker", target, url)]


def pass_on(scenario: Scenario, rules: Policies) -> Trace:
    """The attacker passes on to the gadget all that it reads, with its order in it."""
    plan: list[Event] = [Embed("attacker", f"{CONTACTS}/")]
    for sent in range(6):
        trace = scenario.run(rules, plan)
        read = [
            each.world.browser.document("attacker").fragment
            for each in trace.steps
            if each.event == Poll("attacker") and each.decision
        ]
        if len(read) == sent:
            break
        text = read[sent].replace("hello", DELETE)
        plan.append(Navigate("attacker", "contacts", f"{CONTACTS}/#{text}"))
    return trace


ATTACKS: Mapping[str, tuple[Scenario, Attack]] = {
    "begin in the integrator's name": (LOWE_ANOMALY, begin_as_integrator),
    "begin so, and take the tunnel away": (SMASH_ATTACK, begin_covertly),
    "pass on what the integrator says": (LOWE_ANOMALY, pass_on),
    "begin in the gadget's name": (SIBLINGS, begin_as_gadget),
}
"""What an attacker can do, each with the page on which it does it."""
