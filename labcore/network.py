"""A handshake on a network: the fragment channel's analogue, where the attacker carries the mail.

A fragment is like a message encrypted under the receiver's public key (Barth et al. 2008, §4.1):
only the receiver reads it, and nobody sees who wrote it. So a handshake can be attacked without any
frames: every message goes to the attacker, who passes it on, now, later or never, reads those that
are meant for itself, and sends whatever it can build from what it knows (Dolev and Yao 1983). This
attacker can do more than one who must navigate frames. What it cannot break here, nobody breaks
there, within the same number of sessions.

Four things keep the space small: mail is a set that only grows, so that no order of sending
matters; of two sessions that have not begun, the first one begins; a message that no session
expects is not sent; and what nobody asks for later is forgotten, such as what was believed before.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from labcore.answers import NothingToFind, counted
from labcore.breadth_first import GaveUp, explore, no_garbage, path_to
from labcore.errors import WrongValue, shown
from labcore.protocols import Accept, Handshake, Say, Session
from labcore.protocols.session import Words, turn
from labcore.vocabulary import kind_of
from labcore.worded import Worded

A, B, E = "https://a.example/", "https://b.example/", "https://attacker.example/"
"""Initiator, responder, attacker."""

FORGED = "forged"
"""What the attacker wants B to take for a message of A's."""

MOST_STATES = 500_000


class State(NamedTuple):
    """The honest ends, the nonces that the attacker knows, and what is under way.

    ``mail`` are messages to honest ends, which only they can read: (to whom, words). ``believed``
    says whether the text that the search looks for has been accepted.
    """

    sessions: tuple[Session, ...]
    nonces: frozenset[str] = frozenset({"N_E"})
    mail: frozenset[tuple[str, Words]] = frozenset()
    believed: bool = False


@dataclass(frozen=True, repr=False)
class OnTheNetwork(Worded):
    """What came of the search: a ``plan`` in words, or none.

    ``exhausted`` says whether all ``states`` within the bound were looked at.
    """

    handshake: str
    initiators: int
    responders: int
    states: int
    plan: tuple[str, ...] | None = None
    exhausted: bool = True

    def __bool__(self) -> bool:
        return self.plan is not None

    def __str__(self) -> str:
        sessions = (
            f"{counted(self.initiators, 'initiator')} and {counted(self.responders, 'responder')}"
        )
        if self.plan is not None:
            steps = (f"{number}. {step}" for number, step in enumerate(self.plan, start=1))
            title = f"{self.handshake}: attack, {counted(len(self.plan), 'step')}, shortest"
            return "\n".join([f"{title} ({self.states:,} states)", *steps])
        if not self.exhausted:
            return f"{self.handshake}: gave up at {self.states:,} states"
        return (
            f"{self.handshake}: no attack with at most {sessions} "
            f"({self.states:,} states, all explored)"
        )


def attack_on_network(
    handshake: Handshake, initiators: int = 1, responders: int = 1, most: int = MOST_STATES
) -> OnTheNetwork:
    """The shortest attack on ``handshake`` in which B accepts what A has never said to it.

    Each session of A's opens a channel to B or to the attacker. Raises `BadHandshake` for a
    handshake that fails, `NothingToFind` for one by which nothing ever arrives, `WrongValue` for a
    number of sessions that makes no sense.
    """
    for name, number in (("initiators", initiators), ("responders", responders)):
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise WrongValue(f"{name} is a number from 1 up, not {shown(number)}")
    if not completes(handshake):
        raise NothingToFind(
            "with this handshake no text of A's arrives at B even if nobody attacks: "
            "that nobody can attack it would say nothing",
            "page fails",
        )
    search = _Search(handshake, (B, FORGED, A))
    came_from: dict[State, tuple[State | None, Any]] = {}
    frontier = [(0, start, None, None) for start in _starts(initiators, responders)]
    name = getattr(handshake, "__name__", "handshake").replace("_", " ")
    told = (name, initiators, responders)
    try:
        with no_garbage():
            for _, state in explore(frontier, search.nexts, came_from, most):
                if state.believed:
                    plan = tuple(_told(step) for _, step in path_to(state, came_from))
                    return OnTheNetwork(*told, len(came_from), plan)
    except GaveUp:
        return OnTheNetwork(*told, len(came_from), exhausted=False)
    return OnTheNetwork(*told, len(came_from))


def completes(handshake: Handshake) -> bool:
    """Whether B accepts A's message when the attacker only passes the mail on."""
    search = _Search(handshake, (B, "hello", A))
    a, b = Session(A, "N_A", "hello", B), Session(B, "N_B")
    start = State((a, b))
    nexts = search.nexts_of_mail
    reached = explore([(0, start, None, None)], nexts, {}, MOST_STATES)
    return any(state.believed for _, state in reached)


def _starts(initiators: int, responders: int) -> Iterator[State]:
    """Every choice of peers; who is chosen by which of A's sessions makes no difference."""
    ticks = ["′" * each for each in range(max(initiators, responders))]
    for peers in itertools.combinations_with_replacement((E, B), initiators):
        yield State(
            (
                *(
                    Session(A, f"N_A{tick}", "hello", peer)
                    for tick, peer in zip(ticks, peers, strict=False)
                ),
                *(Session(B, f"N_B{tick}") for tick in ticks[:responders]),
            ),
        )


Happening = tuple[str, str, Words]
"""Who brings what to whom, in a plan: the sender, the receiver, the words."""

Answered = tuple[Session, frozenset[Words], bool]
"""A session after its turn, what it has said, and whether it now believes what is looked for."""


class _Search:
    """The steps of one handshake; ``belief`` is what the search looks for: who, what, from whom."""

    def __init__(self, handshake: Handshake, belief: tuple[str, str, str]) -> None:
        self.handshake, self.belief = handshake, belief
        self.answer = cache(self._answer)
        self.understood = cache(self._understood)

    def nexts(self, state: State) -> Iterator[tuple[int, State, Happening]]:
        """What the attacker may pass on, say or let happen."""
        yield from self.nexts_of_mail(state)
        for place, me in self._open_to(state):
            for words, answer in self.understood(me, state.nonces):
                yield 1, _after(state, place, answer), ("the attacker", me.uri, words)

    def nexts_of_mail(self, state: State) -> Iterator[tuple[int, State, Happening]]:
        """What may happen with the attacker only passing mail on."""
        opens: dict[str, tuple[int, Session]] = {}
        for place, me in enumerate(state.sessions):
            if me.state == "idle" and me.peer:
                opens.setdefault(me.peer, (place, me))
        for place, me in opens.values():
            if answer := self.answer(me, ()):
                yield 1, _after(state, place, answer), (me.uri, me.peer, ())
        for place, me in self._open_to(state):
            for to, words in sorted(state.mail) if state.mail else ():
                if to == me.uri and (answer := self.answer(me, words)):
                    yield 1, _after(state, place, answer), ("sealed", me.uri, words)

    def _open_to(self, state: State) -> Iterator[tuple[int, Session]]:
        """The sessions that read mail; of those that have not begun the first of each kind."""
        idle = set()
        for place, me in enumerate(state.sessions):
            if me.state == "idle":
                if me.peer or me.uri in idle:
                    continue
                idle.add(me.uri)
            yield place, me

    def _understood(
        self, me: Session, nonces: frozenset[str]
    ) -> tuple[tuple[Words, Answered], ...]:
        """What the attacker can say that changes something; of words with one effect the first."""
        found: dict[Answered, Words] = {}
        for words in _messages(nonces):
            answer = self.answer(me, words)
            if answer and answer != (me, frozenset(), False):
                found.setdefault(answer, words)
        return tuple((words, answer) for answer, words in found.items())

    def _answer(self, me: Session, words: Words) -> Answered | None:
        answer = turn(self.handshake, me, words)
        if answer is None:
            return None
        after, *moves = answer
        said = frozenset(move.words for move in moves if isinstance(move, Say))
        accepted = ((me.uri, move.text, after.peer) for move in moves if isinstance(move, Accept))
        return after, said, self.belief in accepted


def _after(state: State, place: int, answer: Answered) -> State:
    """The state once the session at ``place`` has answered so."""
    me, said, believes = answer
    nonces, mail = state.nonces, state.mail
    if said and me.peer == E:
        nonces |= {word for each in said for word in each if kind_of(word) == "nonce"}
    elif said:
        mail |= {(me.peer, each) for each in said}
    sessions = (*state.sessions[:place], me, *state.sessions[place + 1 :])
    return State(sessions, nonces, mail, state.believed or believes)


@lru_cache(maxsize=4096)
def _messages(known: frozenset[str]) -> tuple[Words, ...]:
    """All that can be built: up to three words, where a nonce comes first."""
    nonces, last = sorted(known), (A, B, E, FORGED)
    built: list[Words] = [(each,) for each in nonces]
    built += itertools.product(nonces, [*nonces, *last])
    built += itertools.product(nonces, nonces, last)
    return tuple(built)


def _told(happening: Happening) -> str:
    """A step of a plan in words."""
    names = {A: "A", B: "B", E: "the attacker"}
    sender, receiver, words = happening
    to = names.get(receiver, receiver)
    if not words:
        return f"{names[sender]} opens a channel to {to}"
    if sender == "sealed":
        return f"the attacker passes on to {to} what it cannot read: {', '.join(words)}"
    return f"the attacker says to {to}: {', '.join(words)}"
