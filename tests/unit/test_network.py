"""The search engine on protocols whose answers are known, and handshakes on a network."""

import pytest
from needham_schroeder import count, shortest

from labcore.answers import NothingToFind
from labcore.errors import WrongValue
from labcore.network import FORGED, attack_on_network, completes
from labcore.protocols import (
    HANDSHAKES,
    NOT_MINE,
    Accept,
    Say,
    secure_messaging,
    smash,
    windows_live,
)
from labcore.protocols.session import BadHandshake
from labcore.search import GaveUp, explore, path_to

# --- Needham and Schroeder's protocol, counted by five independent checkers ---

KNOWN = [
    # initiators, responders, states with Lowe's repair and without
    (1, 1, 36, 38),
    (2, 1, 360, 388),
    (1, 2, 400, 440),
    (2, 2, 5_752, 6_528),
]


@pytest.mark.parametrize(("initiators", "responders", "fixed", "broken"), KNOWN)
def test_there_are_as_many_states_as_other_checkers_count(initiators, responders, fixed, broken):
    assert count(initiators, responders, fixed=True) == fixed
    assert count(initiators, responders, fixed=False) == broken


def test_lowes_attack_takes_four_steps():
    assert shortest(1, 1, fixed=False) == [
        "A0 begins with I",
        "B0 reads N_A0, A",
        "A0 reads N_A0, N_B0",
        "B0 reads N_B0",
    ]


@pytest.mark.parametrize(("initiators", "responders"), [case[:2] for case in KNOWN])
def test_lowes_repair_holds_where_the_first_protocol_falls(initiators, responders):
    assert shortest(initiators, responders, fixed=True) is None
    assert len(shortest(initiators, responders, fixed=False)) == 4


# --- the engine itself ---


def squares(state):
    yield 1, state + 1, "one more"
    yield 1, state * 2, "twice as much"


def test_the_nearest_states_come_first_each_once():
    came = {}
    with pytest.raises(GaveUp):
        for _ in explore([(0, 1, None, None)], squares, came, 50):
            pass
    events = [came_at(each, came) for each in came]
    assert events == sorted(events) and len(came) == 50


def came_at(state, came_from):
    return len(path_to(state, came_from))


def test_the_way_to_a_state_is_one_of_the_shortest():
    came = {}
    for events, state in explore([(0, 1, None, None)], squares, came, 10_000):
        assert came_at(state, came) == events
        if state == 100:
            break
    way = path_to(100, came)
    assert [state for state, _ in way] == [1, 2, 3, 6, 12, 24, 25, 50] and len(way) == 8


def test_a_long_event_is_put_behind_several_short_ones():
    def nexts(state):
        yield from [(5, "end", "far"), (1, "near", "step")] if state == "start" else []
        yield from [(1, "end", "step")] if state == "near" else []

    came = {}
    assert list(explore([(0, "start", None, None)], nexts, came, 9))[-1] == (2, "end")
    assert [event for _, event in path_to("end", came)] == ["step", "step"]


# --- handshakes on a network ---

EVERY = pytest.mark.parametrize("handshake", HANDSHAKES.values(), ids=list(HANDSHAKES))


@EVERY
def test_a_handshake_comes_to_its_end_when_the_mail_is_only_passed_on(handshake):
    assert completes(handshake)


def test_windows_live_channels_fall_to_lowes_attack():
    found = attack_on_network(windows_live)
    assert found and len(found.plan) == 4
    assert found.plan[0] == "A opens a channel to the attacker"
    assert found.plan[-1] == f"the attacker says to B: N_B, {FORGED}"


def test_smash_falls_to_whoever_begins():
    found = attack_on_network(smash)
    assert found and len(found.plan) == 2
    assert all(each.startswith("the attacker says to B: N_E") for each in found.plan)


@pytest.mark.parametrize(("initiators", "responders"), [(1, 1), (2, 1), (1, 2)])
def test_secure_messaging_is_exhausted(initiators, responders):
    found = attack_on_network(secure_messaging, initiators, responders)
    assert not found and found.exhausted and found.plan is None
    assert f"no attack with at most {initiators} initiator" in str(found)
    assert str(found).endswith(f"({found.states:,} states, all explored)")


def test_secure_messaging_falls_when_nobody_looks_at_who_answers():
    def weaker(me, message):
        if me.state == "opened" and len(message) == 3:
            message = (*message[:2], me.peer)
        return secure_messaging(me, message)

    assert completes(weaker) and attack_on_network(weaker)


@EVERY
def test_more_sessions_only_add_attacks(handshake):
    alone = attack_on_network(handshake)
    more = attack_on_network(handshake, 1, 2), attack_on_network(handshake, 2, 1)
    for each in more:
        assert bool(each) >= bool(alone)
        assert not alone or len(each.plan) <= len(alone.plan)
        assert alone or each.states > alone.states


def test_the_search_gives_up_where_it_is_told_to():
    found = attack_on_network(secure_messaging, 1, 1, most=20)
    assert not found and not found.exhausted and found.states == 20
    assert str(found) == "secure messaging: gave up at 20 states"


@pytest.mark.parametrize("name", ["initiators", "responders"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True])
def test_a_number_of_sessions_that_makes_no_sense_is_named(name, value):
    with pytest.raises(WrongValue, match=f"{name} is a number from 1 up, not {value!r}"):
        attack_on_network(smash, **{name: value})


def test_a_handshake_that_fails_is_told_so():
    with pytest.raises(BadHandshake, match="the handshake failed at the words"):
        attack_on_network(lambda me, message: message[7])


def test_a_handshake_that_nobody_completes_is_not_called_safe():
    """That nobody can attack it would say nothing."""

    def deaf(me, message):
        return NOT_MINE

    assert not completes(deaf)
    with pytest.raises(NothingToFind, match="no text of A's arrives at B even if nobody attacks"):
        attack_on_network(deaf)


def test_a_plan_is_told_as_messages():
    told = str(attack_on_network(windows_live)).splitlines()
    assert told[0].startswith("windows live: attack, 4 steps, shortest (")
    assert told[3] == "3. the attacker passes on to A what it cannot read: N_A, N_B"


def test_whoever_believes_anything_falls_to_one_message():
    def credulous(me, message):
        match me.state, message:
            case "idle", ():
                return me, Say((me.nonce, me.says))
            case "idle", (_, text):
                return type(me)(me.uri, me.nonce, peer="https://a.example/"), Accept(text)
        return NOT_MINE

    assert completes(credulous)
    assert len(attack_on_network(credulous).plan) == 1
