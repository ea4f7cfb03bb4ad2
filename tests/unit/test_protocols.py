"""Handshakes over fragments, checks of messages: what each end answers, and what it ignores."""

import itertools
import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcore import PRESETS, SCENARIOS, Browser, Origin, Policies, World, frame, window
from labcore.actions import CommRequest, Navigate, PostMessage, Refuses, SetTimer
from labcore.errors import ReadersError
from labcore.messages import DataCloneError
from labcore.policies import NAVIGATION
from labcore.policies.top_level import TOP_LEVEL
from labcore.protocols import (
    ADDRESSING,
    HANDSHAKES,
    NOT_MINE,
    ORIGIN_CHECKS,
    SOURCE_CHECKS,
    Abort,
    Accept,
    Channel,
    Listens,
    Opens,
    Posts,
    Say,
    Session,
    Together,
    Watches,
    secure_messaging,
)
from labcore.scenarios.scenario import play
from labcore.scripts import FragmentRead, Loaded, MessageEvent, Page, ScriptError, TimeIsUp
from labcore.step import step

A, B = "https://a.example/", "https://b.example/"
ALICE = Session(A, "N_A", "hello", peer=B)
BOB = Session(B, "N_B", "welcome")
EVERY = pytest.mark.parametrize("handshake", HANDSHAKES.values(), ids=list(HANDSHAKES))


def turns(handshake, alice=ALICE, bob=BOB):
    """All that is said until both fall silent, the sessions at the end, and what was accepted."""
    said, accepted, ends = [], [], [alice, bob]
    todo = [(0, ())]
    while todo:
        place, words = todo.pop(0)
        answer = handshake(ends[place], words)
        if answer is NOT_MINE:
            accepted.append(NOT_MINE)
            continue
        ends[place], *moves = answer
        for move in moves:
            if isinstance(move, Say):
                said.append(move.words)
                todo.append((1 - place, move.words))
            else:
                accepted.append((place, move))
    return said, ends, accepted


@cache
def states(handshake):
    """Every state that an end of an honest run comes into."""
    found = {ALICE, BOB}
    said = [w for n in range(4) for w in itertools.product(("N_A", "N_B", A, B, "x"), repeat=n)]
    todo = [ALICE, BOB]
    while todo:
        me = todo.pop()
        answers = [answer for answer in (handshake(me, words) for words in said) if answer]
        fresh = {answer[0] for answer in answers} - found
        found |= fresh
        todo += fresh
    return frozenset(found)


# --- the paper's notation, line by line ---


def test_windows_live_says_what_the_paper_says():
    said, _, accepted = turns(HANDSHAKES["Windows Live Channels"])
    assert said == [("N_A", A), ("N_A", "N_B"), ("N_B", "hello")]
    assert accepted == [(1, Accept("hello"))]


def test_smash_says_what_the_paper_says():
    said, _, accepted = turns(HANDSHAKES["SMash"])
    assert said == [("N_A", A), ("N_A",), ("N_A", "hello")]
    assert accepted == [(1, Accept("hello"))]


def test_the_repair_says_what_the_paper_says():
    said, _, accepted = turns(HANDSHAKES["secure messaging"])
    assert said == [
        ("N_A", A),
        ("N_A", "N_B", B),
        ("N_B",),
        ("N_A", "N_B", "hello"),
        ("N_A", "N_B", "welcome"),
    ]
    assert accepted == [(1, Accept("hello")), (0, Accept("welcome"))]


@EVERY
def test_both_ends_know_each_other_in_the_end(handshake):
    _, (alice, bob), _ = turns(handshake)
    assert alice.state == bob.state == "open"
    assert alice.peer == B and bob.peer == A and bob.theirs == "N_A"


def test_the_repair_aborts_when_another_one_answers():
    opened, _ = secure_messaging(ALICE, ())
    me, *moves = secure_messaging(opened, ("N_A", "N_X", "https://x.example/"))
    assert me.state == "aborted"
    assert moves == [
        Abort(f"the answer comes from https://x.example/, but the channel was opened to {B}")
    ]
    for words in ((), ("N_A", "N_B", B), ("N_A",), ("N_A", "N_X", "x")):
        assert secure_messaging(me, words) is NOT_MINE


def test_the_later_words_of_the_repair_wait_until_the_first_were_read():
    opened, _ = secure_messaging(ALICE, ())
    _, first, second = secure_messaging(opened, ("N_A", "N_B", B))
    assert not first.later and second.later


# --- wrong shapes ---


words = st.lists(st.sampled_from(["N_A", "N_B", "N_X", "", A, B, "hello", "x"]), max_size=4)


@EVERY
@given(message=words.map(tuple))
def test_words_of_any_shape_are_answered_or_not_mine_and_never_raise(handshake, message):
    for me in states(handshake):
        answer = handshake(me, message)
        if answer is not NOT_MINE:
            session, *moves = answer
            assert isinstance(session, Session) and session.nonce == me.nonce
            assert all(isinstance(each, Say | Accept | Abort) for each in moves)


@EVERY
def test_four_words_are_never_expected_nor_is_silence_once_it_has_begun(handshake):
    for me in states(handshake):
        assert handshake(me, ("N_A", "N_B", A, B)) is NOT_MINE
        if me.state != "idle":
            assert handshake(me, ()) is NOT_MINE


@EVERY
def test_no_end_accepts_anything_without_a_nonce_that_only_the_other_should_know(handshake):
    stranger = ("N_X", "", "x", A, B)
    for me in states(handshake) - {ALICE, BOB}:
        if me.theirs == "N_X" or me.theirs in stranger:
            continue
        for length in (1, 2, 3):
            for message in itertools.product(stranger, repeat=length):
                answer = handshake(me, message)
                moves = () if answer is NOT_MINE else answer[1:]
                assert not any(isinstance(each, Accept) for each in moves), (me, message)


def waited_for(name, me):
    """The nonces that the next words must hold, by the paper's notation."""
    if name == "SMash" and me.state == "answered":
        return {me.theirs}
    return (
        {me.nonce, me.theirs} if name == "secure messaging" and me.state == "open" else {me.nonce}
    )


@pytest.mark.parametrize("name", HANDSHAKES)
def test_an_end_that_has_begun_is_moved_only_by_the_nonces_that_it_waits_for(name):
    handshake = HANDSHAKES[name]
    said = [w for n in (1, 2, 3) for w in itertools.product(("N_A", "N_B", "N_X", B), repeat=n)]
    moved = 0
    for me in (each for each in states(handshake) if each.state != "idle"):
        for words in (each for each in said if handshake(me, each) is not NOT_MINE):
            moved += 1
            assert waited_for(name, me) <= set(words), (me, words)
    assert moved, "some words do move it"


@pytest.mark.parametrize(
    "words", ["N_A", ("a,b",), (1,), ["N_A"], None], ids=lambda each: repr(each)
)
def test_say_takes_words(words):
    with pytest.raises(ReadersError, match="Say takes a tuple of words"):
        Say(words)


@pytest.mark.parametrize(
    ("mine", "named"),
    [
        (lambda me, message: me, "cannot answer Session"),
        (lambda me, message: 5, "cannot answer 5"),
        (lambda me, message: (me, "N_A"), "each move a Say"),
        (lambda me, message: message[7], r"failed at the words \(\) in the state 'idle': Index"),
        (lambda me: me, "failed at the words.*TypeError"),
    ],
)
def test_a_wrong_handshake_is_told_what_a_handshake_answers(mine, named):
    with pytest.raises(ReadersError, match=named):
        SCENARIOS["handshake"].run(PRESETS["IE 7"].but(handshake=mine))


# --- the channel ---


def channel_page():
    return Page(
        Browser.of(window(A, frame(B, label="gadget", name="gadget"), label="top")), "gadget"
    )


@EVERY
def test_a_channel_ignores_what_no_session_expects(handshake):
    script = Channel(handshake)
    for text in ("", ",", ",,", "x", "a,b,c,d", "N_G", "x,not a url"):
        ends, (refusal,) = script(None, FragmentRead(channel_page(), text))
        assert isinstance(refusal, Refuses) and "no session" in refusal.reason
        assert ends is None, "what it ignores leaves no trace"


@EVERY
def test_a_channel_lets_each_opener_have_a_session_of_its_own(handshake):
    script, page = Channel(handshake), channel_page()
    ends, _ = script(None, FragmentRead(page, f"N_A,{A}"))
    ends, _ = script(ends, FragmentRead(page, "N_X,https://x.example/"))
    assert [end.session.peer for end in ends] == [A, "https://x.example/"]
    assert len({end.session.nonce for end in ends}) == 2


def test_a_channel_does_nothing_at_the_load_of_others():
    script = Channel(secure_messaging, opens=(Opens(B, "hello"),))
    page = Page(channel_page().browser, "top")
    assert script(None, Loaded(page, "gadget")) == (None, ())
    assert script(None, Loaded(page, "top"))[1] == (Navigate("top", "gadget", f"{B}#N_T,{A}"),)


@pytest.mark.parametrize("top_level", [each for each in TOP_LEVEL if each != "not given"])
@pytest.mark.parametrize("propagation", [False, True])
@pytest.mark.parametrize("navigation", NAVIGATION)
@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_an_honest_run_completes_exactly_where_the_gadget_can_answer(
    handshake, navigation, propagation, top_level
):
    policies = Policies(
        navigation=navigation,
        origin_propagation=propagation,
        top_level=top_level,
        handshake=handshake,
    )
    honest = SCENARIOS["handshake"]
    answers = policies.may_navigate(
        honest.start.browser, "contacts", "integrator", "https://integrator.example/#x"
    )
    assert honest.run(policies).page_works is bool(answers)
    assert SCENARIOS["smash-channel"].run(policies).page_works, "the tunnel needs no way up"


def test_a_handshake_of_the_readers_own_works_as_the_built_in_one_does():
    def mine(me, message):
        return secure_messaging(me, message)

    policies = PRESETS["IE 7"].but(handshake=mine)
    for name in ("handshake", "smash-channel"):
        assert SCENARIOS[name].run(policies).page_works
    for name in ("lowe-anomaly", "smash-attack"):
        assert not SCENARIOS[name].run(policies).succeeded


def test_the_repair_without_its_comparison_falls_to_the_same_attack():
    def careless(me, message):
        if me.state == "opened" and len(message) == 3:
            message = (*message[:2], me.peer)
        return secure_messaging(me, message)

    lowe, policies = SCENARIOS["lowe-anomaly"], PRESETS["IE 7"].but(handshake=careless)
    last = lowe.plan[-1]
    plan = (
        *lowe.plan[:-1],
        replace(last, url="https://contacts.example/#N_C"),
        replace(last, url="https://contacts.example/#N_I,N_C,delete all contacts"),
    )
    assert lowe.run(policies, plan=plan).succeeded
    assert SCENARIOS["handshake"].run(policies).page_works
    assert not lowe.run(policies.but(handshake="secure messaging"), plan=plan).succeeded


# --- origin checks ---


TRUSTED = "https://pay.shop.example"
FAMILY = {
    "https://pay.shop.example": set(ORIGIN_CHECKS),
    "https://attacker.example": {"none"},
    "https://pay.shop.example.attacker.example": {"none", "prefix", "substring"},
    "https://pay.shop.example:8443": {"none", "prefix", "substring"},
    "https://evilshop.example": {"none", "suffix"},
    "https://blog.shop.example": {"none", "suffix"},
    "http://pay.shop.example": {"none", "suffix", "substring"},
    "https://evilpay.shop.example": {"none", "suffix", "substring"},
    "https://payxshop.example": {"none", "suffix", "unescaped dot"},
    "https://payxshop.example.attacker.example": {"none"},
    "https://pay.shopxexample": {"none", "unescaped dot"},
    "null": {"none"},
}


@pytest.mark.parametrize("origin", FAMILY)
def test_which_origin_check_believes_whom(origin):
    believed = {name for name, check in ORIGIN_CHECKS.items() if check(origin, TRUSTED)}
    assert believed == FAMILY[origin]


@pytest.mark.parametrize("check", ORIGIN_CHECKS)
def test_every_origin_check_but_one_believes_somebody_else_too(check):
    others = {origin for origin in FAMILY if check in FAMILY[origin] and origin != TRUSTED}
    assert bool(others) is (check != "exact")


def test_source_checks_and_addressing():
    assert SOURCE_CHECKS["expected window"]("pay", "pay")
    assert not SOURCE_CHECKS["expected window"]("ad", "pay")
    assert SOURCE_CHECKS["none"]("ad", "pay")
    assert [address("https://x.example") for address in ADDRESSING.values()] == [
        "https://x.example",
        "*",
    ]


# --- listening and posting ---


def shop(*frames):
    return Page(Browser.of(window("https://shop.example/", *frames, label="shop")), "shop")


PAY = frame("https://pay.example/", label="pay")


def heard(script, source="pay", origin="https://pay.example", page=None):
    _, actions = script(None, MessageEvent(page or shop(PAY), "paid", origin, source))
    return [type(each).__name__ for each in actions]


def test_a_listener_acts_on_whom_it_trusts_and_says_why_not():
    listens = Listens("https://pay.example")
    assert heard(listens) == ["Accepts"]
    _, (refusal,) = listens(None, MessageEvent(shop(PAY), "x", "https://ad.example", "ad"))
    assert (
        refusal.reason == "the message comes from https://ad.example, not from https://pay.example"
    )
    assert listens(None, Loaded(shop(PAY), "shop")) == (None, ())


def test_a_listener_that_expects_a_window_which_is_gone_believes_no_other():
    careful = Listens("https://pay.example", frame=0, source_check=SOURCE_CHECKS["expected window"])
    assert heard(careful) == ["Accepts"]
    assert heard(careful, source="ad") == ["Refuses"]
    assert heard(careful, page=shop()) == ["Refuses"]
    assert heard(Listens("https://pay.example", frame=0), page=shop()) == ["Accepts"]


def test_a_reply_goes_to_the_window_and_the_origin_that_asked():
    listens = Listens("https://pay.example", replies={"thanks": True})
    _, (_, reply) = listens(None, MessageEvent(shop(PAY), "x", "https://pay.example", "pay"))
    assert reply == PostMessage("shop", "pay", {"thanks": True}, "https://pay.example")


@pytest.mark.parametrize("make", [lambda x: Posts(x, "/"), lambda x: Listens("/", replies=x)])
def test_what_a_page_will_say_must_be_sendable(make):
    with pytest.raises(DataCloneError, match="print"):
        make(print)
    assert hash(make({"order": [7]})) == hash(make({"order": [7]}))


@pytest.mark.parametrize(
    ("toggle", "mine", "named"),
    [
        ("addressing", lambda receiver: None, "not None"),
        ("addressing", lambda receiver: "bank.example", "mean 'https://bank.example'"),
        ("addressing", lambda receiver: 1 / 0, "addressing.*failed for 'https://.*ZeroDivision"),
        ("origin_check", lambda origin, trusted: "yes", "origin check.*answered 'yes'"),
        ("origin_check", lambda origin: True, "origin check.*failed for .*positional"),
        ("source_check", lambda source, expected: 1, "source check.*answered 1"),
        ("source_check", lambda source, expected: 1 / 0, "source check.*ZeroDivisionError"),
    ],
)
def test_a_readers_choice_that_fails_is_named(toggle, mine, named):
    name = "reply-race" if toggle == "addressing" else "source-check"
    with pytest.raises(ReadersError, match=named):
        SCENARIOS[name].run(Policies().but(**{toggle: mine}))


def test_an_origin_check_may_answer_with_what_a_regular_expression_finds():
    def mine(origin, trusted):
        return re.fullmatch(re.escape(trusted), origin)

    trace = SCENARIOS["origin-check"].run(Policies().but(origin_check=mine))
    assert trace.page_works and not trace.succeeded


def test_an_error_of_a_readers_choice_is_a_script_error_with_its_cause():
    with pytest.raises(ScriptError) as caught:
        SCENARIOS["origin-check"].run(Policies().but(origin_check=lambda a, b: 1 / 0))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


# --- several scripts in one page ---


def test_scripts_in_one_page_remember_apart_and_act_in_turn():
    def counting(memory, happened):
        return (memory or 0) + 1, [SetTimer("shop", str(memory))]

    both = Together((counting, Together((counting,))))
    memory, actions = both(None, TimeIsUp(shop()))
    memory, actions = both(memory, TimeIsUp(shop()))
    assert memory == (2, (2,))
    assert actions == (SetTimer("shop", "1"), SetTimer("shop", "1"))


def test_scripts_in_one_page_hear_what_the_most_curious_hears():
    posts, listens = Posts("x", "/"), Listens("/")
    assert Together((posts, listens)).hears_loads == "own"
    assert Together((listens,)).hears_loads == Together(()).hears_loads == "none"
    assert Together((listens, lambda memory, happened: (memory, ()))).hears_loads == "all"


# --- watching a frame ---


def watching():
    scenario = SCENARIOS["watched-late"]
    policies = Policies(navigation="window", origin_propagation=False)
    return play(scenario.starts(policies), (), policies)[-1].world, policies


def test_a_watched_frame_that_loads_again_raises_the_alarm():
    world, policies = watching()
    assert world.run_of("integrator").memory == "connected"
    hijack = Navigate("ad", "login", "https://attacker.example/login")
    done = play(world, [hijack], policies)[-1].world
    assert done.run_of("integrator").memory == "alarm"
    assert done.browser.document("login").url == "about:blank", "the frame was emptied"


def test_another_frame_that_loads_again_raises_no_alarm():
    world, policies = watching()
    again = Navigate("ad", "ad", "https://attacker.example/ad?next")
    done = play(world, [again], policies)[-1].world
    assert done.browser.document("ad").url.endswith("?next")
    assert done.run_of("integrator").memory == "connected"


def test_a_report_from_a_stranger_does_not_count():
    watches = Watches("https://pay.example/", "pay")
    page = shop(frame("https://pay.example/", label="pay", name="pay"))
    report = MessageEvent(page, "ready", "https://ad.example", "ad")
    assert watches("waiting", report) == ("waiting", ())
    assert watches("waiting", replace(report, origin="https://pay.example"))[0] == "connected"
    state, (refusal, empties) = watches("waiting", TimeIsUp(page))
    assert state == "alarm" and "not reported within 20 s" in refusal.reason
    assert empties == Navigate("shop", "pay", "about:blank")
    assert watches("connected", TimeIsUp(page)) == ("connected", ())


def test_commrequest_finds_whoever_speaks_for_the_principal():
    browser = Browser.of(window("https://shop.example/", PAY, label="shop"))
    scripts = (("https://pay.example/", Listens("https://shop.example")),)
    world = World(browser, scripts=scripts, attacker=frozenset({Origin.of("https://e.example")}))
    decision, sent = step(
        world.started(), CommRequest("shop", "https://pay.example", "x"), Policies()
    )
    assert decision and [each.target for each in sent.messages] == ["pay"]
    decision, same = step(sent, CommRequest("shop", "https://no.example", "x"), Policies())
    assert not decision and same is sent and "no frame here speaks for" in decision.reason
