"""A second opinion: clingo, a solver that knows nothing of `labcore`, finds the same attacks.

The navigation policies and the handshakes are written down once more, as logic programs.
"""

import pytest
from unit.questions import question

from labcore import Origin, Policies, World
from labcore.network import attack_on_network
from labcore.policies import NAVIGATION
from labcore.protocols import HANDSHAKES
from labcore.scenarios import attacker_shows_in
from labcore.search import Attack, find_attack
from labcore.small_scope import Scope, browsers

clingo = pytest.importorskip("clingo", reason="clingo is not installed: pip install clingo")


def consequences(program: str, mode: str = "brave") -> set[tuple]:
    """What holds in some answer set of ``program`` (or in each, if ``mode`` is ``cautious``)."""
    control = clingo.Control([f"--enum-mode={mode}", "--warn=none"])
    control.add("base", [], program)
    control.ground([("base", [])])
    last: list = []
    control.solve(on_model=lambda model: last.__setitem__(slice(None), model.symbols(shown=True)))
    return {(each.name, *map(plain, each.arguments)) for each in last}


def plain(symbol):
    return symbol.number if symbol.type == clingo.SymbolType.Number else str(symbol).strip('"')


# --- navigation ---

NAVIGATE = """
% Who may navigate whom. There is a plan of its own for each policy P and attacker E.
case(P, E) :- policy(P), origin(_, E).
time(0..2).
alive(P, E, F, 0) :- case(P, E), frame(F).
shows(P, E, F, O, 0) :- case(P, E), origin(F, O).

inside(F, G) :- parent(F, G).
inside(F, H) :- inside(F, G), parent(G, H).
top(F) :- frame(F), not parent(F, _).
window(F, F) :- top(F).
window(F, W) :- inside(F, W), top(W).

% the attacker speaks in each frame that shows a page of its origin
speaks(P, E, F, T) :- shows(P, E, F, E, T), alive(P, E, F, T).

may(P, E, A, G, T) :- speaks(P, E, A, T), alive(P, E, G, T), A = G.
may(p(permissive, R), E, A, G, T) :- speaks(p(permissive, R), E, A, T),
    alive(p(permissive, R), E, G, T).
may(p(window, R), E, A, G, T) :- speaks(p(window, R), E, A, T), alive(p(window, R), E, G, T),
    window(A, W), window(G, W).
reach(p(child, R), E, A, G, T) :- case(p(child, R), E), time(T), frame(A), parent(G, A).
reach(p(descendant, R), E, A, G, T) :- case(p(descendant, R), E), time(T), frame(A), inside(G, A).
may(P, E, A, G, T) :- reach(P, E, A, G, T), speaks(P, E, A, T), alive(P, E, G, T).
% with propagation whatever has the actor's origin lends it its reach
may(p(N, on), E, A, G, T) :- reach(p(N, on), E, B, G, T), shows(p(N, on), E, B, E, T),
    alive(p(N, on), E, B, T), speaks(p(N, on), E, A, T), alive(p(N, on), E, G, T).

{ goes(P, E, G, O, T) : frame(G), brings(E, O), may(P, E, _, G, T) } 1 :- case(P, E), T = 0..1.
brings(E, O) :- origin(_, E), origin(_, O).
moved(P, E, G, T) :- goes(P, E, G, _, T).

shows(P, E, G, O, T + 1) :- goes(P, E, G, O, T).
gone(P, E, F, T) :- moved(P, E, G, T), inside(F, G).
alive(P, E, F, T + 1) :- alive(P, E, F, T), time(T + 1), not gone(P, E, F, T).
shows(P, E, F, O, T + 1) :- shows(P, E, F, O, T), time(T + 1), not moved(P, E, F, T).

% a frame that was not the attacker's shows a page of the attacker's
taken(P, E, F, T) :- shows(P, E, F, E, T), alive(P, E, F, T), not origin(F, E).
#show taken/4.
"""


def as_facts(browser):
    numbers = {label: number for number, label in enumerate(browser.labels)}
    for label, number in numbers.items():
        yield f"frame({number}). origin({number}, {quoted(browser.origin(label))})."
        if (above := browser.parent(label)) is not None:
            yield f"parent({number}, {numbers[above]})."


def quoted(origin: Origin) -> str:
    return f'"{origin}"'


def shortest_of(found, policy, hostile, victim):
    lengths = [
        time for _, its, who, frame, time in found if (its, who, frame) == (policy, hostile, victim)
    ]
    return min(lengths, default=None)


@pytest.mark.parametrize("propagation", [False, True])
@pytest.mark.parametrize("navigation", NAVIGATION)
def test_clingo_captures_the_same_frames_in_as_many_moves(navigation, propagation):
    policy = f"p({navigation},{'on' if propagation else 'off'})"
    rules = Policies(
        navigation=navigation, origin_propagation=propagation, top_level="like sub-frames"
    )
    for browser in browsers(Scope(frames=4)):
        program = "\n".join([NAVIGATE, f"policy({policy}).", *as_facts(browser)])
        found = consequences(program)
        for hostile in sorted({browser.origin(label) for label in browser.labels}, key=str):
            start = World(browser, attacker=frozenset({hostile}))
            for number, victim in enumerate(browser.labels):
                if browser.origin(victim) == hostile:
                    continue
                asked = question(start, attacker_shows_in(victim))
                ours = find_attack(asked, rules, frames=0)
                theirs = shortest_of(found, policy, str(hostile), number)
                moves = len(ours.moves) if isinstance(ours, Attack) else None
                assert moves == theirs, (str(browser), str(hostile), victim)


# --- handshakes ---

NETWORK = """
% An initiator a, a responder b, an attacker e who is the network. One event a step.
time(0..n). agent(a). agent(b).
nonce(na). nonce(nb). nonce(ne).
uri(a). uri(b). uri(e).
1 { partner(b); partner(e) } 1.
nonce_of(a, na). nonce_of(b, nb).

knows(ne, 0).
knows(N, T + 1) :- knows(N, T), time(T + 1).
mail(X, M, T + 1) :- mail(X, M, T), time(T + 1).

word(W) :- nonce(W).
word(W) :- uri(W).
word(forged).
reads(X, M, T) :- mail(X, M, T).
reads(X, M, T) :- agent(X), built(M, T).
built(w(N), T) :- knows(N, T).
built(w(N, W), T) :- knows(N, T), word(W), not nonce(W).
built(w(N, W), T) :- knows(N, T), knows(W, T).
built(w(N, M, W), T) :- knows(N, T), knows(M, T), word(W), not nonce(W).
reads(a, begin, T) :- time(T).

% turn(X, S, M, S2): in state S agent X reads M and goes on to S2
{ does(X, S, M, S2, T) : state(X, S, T), turn(X, S, M, S2), reads(X, M, T) } 1
    :- time(T), T < n.
state(a, idle, 0). state(b, idle, 0).
state(X, S2, T + 1) :- does(X, _, _, S2, T).
state(X, S, T + 1) :- state(X, S, T), time(T + 1), not does(X, _, _, _, T).

out(X, P, M, T) :- does(X, S, R, S2, T), says(X, S, R, S2, P, M).
mail(P, M, T + 1) :- out(_, P, M, T), agent(P), time(T + 1).
knows(N, T + 1) :- out(_, e, w(N), T), nonce(N), time(T + 1).
knows(N, T + 1) :- out(_, e, w(N, _), T), nonce(N), time(T + 1).
knows(N, T + 1) :- out(_, e, w(_, N), T), nonce(N), time(T + 1).
knows(N, T + 1) :- out(_, e, w(N, _, _), T), nonce(N), time(T + 1).
knows(N, T + 1) :- out(_, e, w(_, N, _), T), nonce(N), time(T + 1).

fooled(T + 1) :- does(b, S, M, _, T), believes(S, M, forged, a).
#show fooled/1.
"""

LIVE = """
turn(a, idle, begin, opened).
says(a, idle, begin, opened, P, w(na, a)) :- partner(P).
turn(a, opened, w(na, N), open) :- nonce(N).
says(a, opened, w(na, N), open, P, w(N, hello)) :- partner(P), nonce(N).
turn(b, idle, w(N, P), answered(N, P)) :- nonce(N), uri(P).
says(b, idle, w(N, P), answered(N, P), P, w(N, nb)) :- nonce(N), uri(P).
turn(b, answered(N, P), w(nb, M), open(N, P)) :- nonce(N), uri(P), text(M).
believes(answered(N, P), w(nb, M), M, P) :- nonce(N), uri(P), text(M).
text(forged). text(hello).
"""

SMASH = """
turn(a, idle, begin, opened).
says(a, idle, begin, opened, P, w(na, a)) :- partner(P).
turn(a, opened, w(na), open).
says(a, opened, w(na), open, P, w(na, hello)) :- partner(P).
turn(b, idle, w(N, P), answered(N, P)) :- nonce(N), uri(P).
says(b, idle, w(N, P), answered(N, P), P, w(N)) :- nonce(N), uri(P).
turn(b, answered(N, P), w(N, M), open(N, P)) :- nonce(N), uri(P), text(M).
believes(answered(N, P), w(N, M), M, P) :- nonce(N), uri(P), text(M).
text(forged). text(hello).
"""

SECURE = """
turn(a, idle, begin, opened).
says(a, idle, begin, opened, P, w(na, a)) :- partner(P).
turn(a, opened, w(na, N, P), open(N, P)) :- nonce(N), partner(P).
says(a, opened, w(na, N, P), open(N, P), P, w(N)) :- nonce(N), partner(P).
says(a, opened, w(na, N, P), open(N, P), P, w(na, N, hello)) :- nonce(N), partner(P).
turn(b, idle, w(N, P), answered(N, P)) :- nonce(N), uri(P).
says(b, idle, w(N, P), answered(N, P), P, w(N, nb, b)) :- nonce(N), uri(P).
turn(b, answered(N, P), w(nb), open(N, P)) :- nonce(N), uri(P).
turn(b, open(N, P), w(N, nb, M), open(N, P)) :- nonce(N), uri(P), text(M).
turn(b, open(N, P), w(nb, N, M), open(N, P)) :- nonce(N), uri(P), text(M).
believes(open(N, P), w(N, nb, M), M, P) :- nonce(N), uri(P), text(M).
believes(open(N, P), w(nb, N, M), M, P) :- nonce(N), uri(P), text(M).
text(forged). text(hello).
"""

NAMELESS = SECURE.replace(
    "turn(a, opened, w(na, N, P), open(N, P)) :- nonce(N), partner(P).",
    "turn(a, opened, w(na, N, Q), open(N, P)) :- nonce(N), partner(P), uri(Q).",
).replace(
    "says(a, opened, w(na, N, P), open(N, P), P, w(N)) :- nonce(N), partner(P).",
    "says(a, opened, w(na, N, Q), open(N, P), P, w(N)) :- nonce(N), partner(P), uri(Q).",
)


def nameless(me, message):
    """Secure messaging, where the initiator does not look at who answers."""
    if me.state == "opened" and len(message) == 3:
        message = (*message[:2], me.peer)
    return HANDSHAKES["secure messaging"](me, message)


OPINIONS = {
    "Windows Live Channels": (LIVE, HANDSHAKES["Windows Live Channels"]),
    "SMash": (SMASH, HANDSHAKES["SMash"]),
    "secure messaging": (SECURE, HANDSHAKES["secure messaging"]),
    "secure messaging without the name": (NAMELESS, nameless),
}


@pytest.mark.parametrize(("program", "handshake"), OPINIONS.values(), ids=list(OPINIONS))
def test_clingo_attacks_the_same_handshakes_in_as_many_steps(program, handshake):
    found = consequences("\n".join([NETWORK, program, "#const n = 8."]))
    theirs = min((time for _, time in found), default=None)
    ours = attack_on_network(handshake)
    assert theirs == (len(ours.plan) if ours else None)
