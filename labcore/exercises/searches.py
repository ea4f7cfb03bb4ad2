"""What the exercises of chapter 10 ask: which events commute, and whether a handshake survives.

What a run or a search finds is a `Finding`; `finding_case` makes a question of it.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from labcore.actions import Event
from labcore.answers import Attack, Bound, NoAttack, counted
from labcore.errors import PolicyError, ReadersError
from labcore.exercises.grading import Case, Rows
from labcore.exercises.running import Trouble
from labcore.network import A, B, attack_on_network
from labcore.policies import PRESETS, Decision, Policies
from labcore.protocols import Accept, Handshake, Say, Session
from labcore.protocols.session import BadHandshake, Words, turn
from labcore.scenarios import SCENARIOS
from labcore.scenarios.handshakes import HANDSHAKE, LOWE_ANOMALY, SMASH_ATTACK, SMASH_CHANNEL
from labcore.scenarios.scenario import Scenario, Trace
from labcore.scripts import ScriptError
from labcore.search import Search, find_attack
from labcore.step import in_no_frame, step
from labcore.world import World


class Finding(NamedTuple):
    """Whether it is so, what happened in words, the run that shows it, and why, in a sentence."""

    holds: bool
    rows: tuple[tuple[str, ...], ...] = ()
    trace: Trace | None = None
    why: str = ""


def finding_case(ask: Callable[[Any], Finding], because: Decision, asked: str) -> Case:
    """A case in which the reader's function is part of what ``ask`` looks into."""
    found: list[Finding] = []

    def through(function: Any) -> Decision:
        found[:] = [ask(function)]
        return Decision(
            found[0].holds, "{why}" * bool(found[0].why), words=(("why", found[0].why),)
        )

    def told() -> Rows:
        return found[0].rows if found else ()

    def trace() -> Trace | None:
        return found[0].trace if found else None

    right = because.allowed
    return Case((), right, because, asked=asked, facts=told, through=through, trace=trace)


def outcome(found: Attack | NoAttack) -> Finding:
    """Whether the search has found an attack. Raises `Trouble` if it gave up."""
    if isinstance(found, Attack):
        return Finding(True, (ATTACK, *((str(move), "") for move in found.moves)), found.run())
    if not found.exhausted:
        raise Trouble(f"nobody can tell whether it survives: the search {found}.")
    return Finding(False)


ATTACK = ("the attack", "")
"""The head of a table that lists one."""

COMMUTING = ("fragment-overwriting", "recursive-mashup", "reply-race", "replay-by-reload")
"""The scenarios whose events are put in both orders."""

PAPER = PRESETS["IE 7"]
MOST_MESSAGES, MOST_WORDS = 3, 3
"""How long an honest run may take until a text arrives, and how long a message may be."""

MOST_STATES = 30_000
"""How many states of a reader's handshake are looked at; the paper's has 1,389."""


def due_pairs() -> Iterator[tuple[str, World, Event, Event, Policies]]:
    """Pairs of events that are due at one time, after at most one move; each pair once a page."""
    for name in COMMUTING:
        search = Search(SCENARIOS[name], PAPER.but(addressing="*"), bound=Bound(moves=1, frames=0))
        search.result()
        met = set[tuple[Event, Event, bool]]()
        for world in (node.world for node in search.came_from):
            for one, other in itertools.combinations(world.due(), 2):
                pair = one, other, commute(world, one, other, search.policies)
                if pair not in met:
                    met.add(pair)
                    yield name, world, one, other, search.policies


def commute(world: World, one: Event, other: Event, policies: Policies) -> bool:
    """Whether both orders are possible and lead to one world."""
    first = after(world, (one, other), policies)
    return first is not None and first == after(world, (other, one), policies)


def after(world: World, events: Iterable[Event], policies: Policies) -> World | None:
    """The world after ``events``, each with what its script does; ``None`` if one is refused."""
    for event in events:
        if in_no_frame(world, event) is not None:
            return None
        decision, world = step(world, event, policies)
        if not decision:
            return None
        while world.agenda:
            world = step(world, world.agenda[0], policies)[1]
    return world


def honest_messages(handshake: Handshake) -> tuple[int, int, bool]:
    """How many messages an honest run takes, their most words, and whether the text arrives."""
    a, b = Session(A, "N_A", "hello", B), Session(B, "N_B")
    ends = {A: a, B: b}
    waiting: list[tuple[str, Words]] = [(A, ())]
    sent, most = 0, 0
    while waiting and sent <= 10:
        who, words = waiting.pop(0)
        answer = turn(handshake, ends[who], words)
        if answer is None:
            continue
        ends[who], *moves = answer
        if any(isinstance(move, Accept) and move.text == "hello" for move in moves):
            return sent, most, True
        for move in moves:
            if isinstance(move, Say):
                sent, most = sent + 1, max(most, len(move.words))
                waiting.append((B if who == A else A, move.words))
    return sent, most, False


def guarded(ask: Callable[[Handshake], Finding], handshake: Callable[..., Any]) -> Finding:
    """What ``ask`` finds about a reader's handshake. Raises `Trouble` where that fails."""
    said = False

    def watched(me: Session, message: Words) -> Any:
        nonlocal said
        answer = handshake(me, message)
        said = said or bool(answer)
        return answer

    try:
        found = ask(watched)
    except ScriptError as error:
        raise Trouble(f"a page's script fails with it: {error.__cause__}") from None
    except (BadHandshake, PolicyError) as error:
        raise Trouble(str(error)) from None
    except ReadersError as error:
        raise Trouble(f"the search cannot begin: {error}") from None
    if not said:
        raise Trouble("it answers every message with NOT_MINE", unfinished=True)
    return found


def is_short(handshake: Handshake) -> Finding:
    """Whether the first text arrives within the messages and words that the exercise allows."""
    messages, words, arrives = honest_messages(handshake)
    told = (
        f"{counted(messages, 'message')}, the longest of {counted(words, 'word')}",
        "the text arrives" if arrives else "no text arrives",
    )
    head = ("what is written", "and then")
    short = messages <= MOST_MESSAGES and words <= MOST_WORDS
    return Finding(arrives and short, (head, told))


def works(scenario: Scenario, handshake: Handshake) -> Finding:
    """Whether honest pages do their work with ``handshake``."""
    trace = scenario.run(PAPER.but(handshake=handshake))
    return Finding(trace.page_works, (), trace)


def broken_on_page(scenario: Scenario, handshake: Handshake) -> Finding:
    """Whether the search finds an attack on the pages of ``scenario``."""
    return outcome(find_attack(scenario, PAPER.but(handshake=handshake)))


def broken_on_network(initiators: int, responders: int, handshake: Handshake) -> Finding:
    """Whether the one who carries the mail finds an attack."""
    found = attack_on_network(handshake, initiators, responders, MOST_STATES)
    if not found and not found.exhausted:
        raise Trouble(f"nobody can tell whether it survives: {found}.")
    rows = (ATTACK, *((each, "") for each in found.plan)) if found.plan else ()
    return Finding(bool(found), rows)


QUESTIONS: Mapping[str, tuple[Callable[[Handshake], Finding], bool, str]] = {
    f"does a text arrive within {MOST_MESSAGES} messages of at most {MOST_WORDS} words?": (
        is_short,
        True,
        "a handshake is a cost that every page pays",
    ),
    **{
        f"does everything arrive in the scenario {scenario.name!r}?": (
            partial(works, scenario),
            True,
            "nobody attacks, and everything must arrive",
        )
        for scenario in (SMASH_CHANNEL, HANDSHAKE)
    },
    **{
        f"is there an attack on the network, with {a} × {b} sessions?": (
            partial(broken_on_network, a, b),
            False,
            "whoever is believed must have proved who it is",
        )
        for a, b in ((1, 1), (1, 2), (2, 1))
    },
    **{
        f"is there an attack on the page of {scenario.name!r}?": (
            partial(broken_on_page, scenario),
            False,
            "whoever is believed must have proved who it is",
        )
        for scenario in (LOWE_ANOMALY, SMASH_ATTACK)
    },
}
"""What is asked of a reader's handshake, with the right answer and the reason."""
