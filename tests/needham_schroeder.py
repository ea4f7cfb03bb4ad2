"""Needham and Schroeder's public-key protocol as flat tuples, to test the search engine with.

The intruder is the network: each message goes to it. It reads what is sealed for itself, keeps the
rest to pass on, and says whatever it can build from the nonces that it knows, one of them its own.

    1. A → B: {N_A, A}_B
    2. B → A: {N_A, N_B}_A        Lowe's repair: {N_A, N_B, B}_A
    3. A → B: {N_B}_B
"""

from collections.abc import Iterable, Iterator

from labcore.search import explore, path_to

Session = tuple[int, str, str]
"""How far it has come (0, 1, 2), its partner, and the nonce that it has received."""

Sealed = tuple[str, tuple[str, ...]]
"""Who can open it, and what is inside."""

State = tuple[tuple[Session, ...], tuple[Session, ...], frozenset[str], frozenset[Sealed]]
"""Initiators of A's, responders of B's, the nonces that the intruder knows, what it cannot open."""

IDLE: Session = (0, "", "")


def start(initiators: int, responders: int) -> State:
    """Nobody has begun, and the intruder I has one nonce."""
    return (IDLE,) * initiators, (IDLE,) * responders, frozenset({"N_I"}), frozenset()


class NeedhamSchroeder:
    """The protocol as first published or, if ``fixed``, as Lowe repaired it."""

    def __init__(self, fixed: bool) -> None:
        self.fixed = fixed

    def nexts(self, state: State) -> Iterator[tuple[int, State, str]]:
        """What may happen next: a session begins, or reads what the intruder hands to it."""
        initiators, responders, known, sealed = state
        for i, (place, partner, _) in enumerate(initiators):
            mine = f"N_A{i}"
            if place == 0:
                for other in "BI":
                    after = with_one(initiators, i, (1, other, ""))
                    mail = sent(known, sealed, other, (mine, "A"))
                    yield 1, (after, responders, *mail), f"A{i} begins with {other}"
            elif place == 1:
                for nonce in self._answers(mine, partner, known, sealed):
                    after = with_one(initiators, i, (2, partner, nonce))
                    mail = sent(known, sealed, partner, (nonce,))
                    yield 1, (after, responders, *mail), f"A{i} reads {mine}, {nonce}"
        for j, (place, partner, nonce) in enumerate(responders):
            mine = f"N_B{j}"
            if place == 0:
                for theirs, name in openings(known, sealed):
                    after = with_one(responders, j, (1, name, theirs))
                    answer = (theirs, mine, "B") if self.fixed else (theirs, mine)
                    mail = sent(known, sealed, name, answer)
                    yield 1, (initiators, after, *mail), f"B{j} reads {theirs}, {name}"
            elif place == 1 and (mine in known or ("B", (mine,)) in sealed):
                after = with_one(responders, j, (2, partner, nonce))
                yield 1, (initiators, after, known, sealed), f"B{j} reads {mine}"

    def _answers(
        self, mine: str, partner: str, known: frozenset[str], sealed: frozenset[Sealed]
    ) -> Iterable[str]:
        """The nonces that may stand beside ``mine`` in an answer."""
        named = (partner,) if self.fixed else ()
        passed_on = {
            words[1]
            for to, words in sealed
            if to == "A" and len(words) > 1 and words[0] == mine and words[2:] == named
        }
        return sorted(passed_on | (known if mine in known else frozenset()))


def openings(known: frozenset[str], sealed: frozenset[Sealed]) -> list[tuple[str, str]]:
    """First messages that B can read: some nonce, with A's name or the intruder's."""
    passed_on = {words for to, words in sealed if to == "B" and words[-1] == "A"}
    return sorted(passed_on | {(nonce, name) for nonce in known for name in "AI"})


def sent(
    known: frozenset[str], sealed: frozenset[Sealed], to: str, words: tuple[str, ...]
) -> tuple[frozenset[str], frozenset[Sealed]]:
    """What the intruder knows and keeps once it has got a message."""
    if to == "I":
        return known.union(word for word in words if word.startswith("N_")), sealed
    return known, sealed | {(to, words)}


def with_one(sessions: tuple[Session, ...], place: int, one: Session) -> tuple[Session, ...]:
    """``sessions`` with another one at ``place``."""
    return (*sessions[:place], one, *sessions[place + 1 :])


def fooled(state: State) -> bool:
    """A responder has come to its end with A, and the intruder knows the nonce meant for A."""
    _, responders, known, _ = state
    return any(
        place == 2 and partner == "A" and f"N_B{j}" in known
        for j, (place, partner, _) in enumerate(responders)
    )


def count(initiators: int, responders: int, fixed: bool) -> int:
    """How many states there are in all."""
    frontier = [(0, start(initiators, responders), None, None)]
    return sum(1 for _ in explore(frontier, NeedhamSchroeder(fixed).nexts, {}, 10_000_000))


def shortest(initiators: int, responders: int, fixed: bool) -> list[str] | None:
    """The shortest way to fool a responder, if there is one."""
    came_from: dict = {}
    frontier = [(0, start(initiators, responders), None, None)]
    for _, state in explore(frontier, NeedhamSchroeder(fixed).nexts, came_from, 10_000_000):
        if fooled(state):
            return [event for _, event in path_to(state, came_from)]
    return None
