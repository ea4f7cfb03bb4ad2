"""The claims on the fragment channel and its handshakes (§4.1), each run in the model."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.questions import accepts_inside

from labcore import (
    PRESETS,
    SCENARIOS,
    Browser,
    Call,
    Commit,
    Load,
    Navigate,
    Policies,
    Poll,
    Script,
    UserTypes,
    World,
    frame,
    step,
    window,
)
from labcore.actions import Asks
from labcore.comparison import CHANNELS, security
from labcore.exercises.handshakes import ATTACKS, pass_on
from labcore.policies import NAVIGATION
from labcore.policies.top_level import TOP_LEVEL
from labcore.protocols import HANDSHAKES, Reads, Writes, secure_messaging
from labcore.scenarios import attacker_knows
from labcore.search import NoAttack, find_attack

IE7 = PRESETS["IE 7"]
INTEGRATOR, MAPS = "https://integrator.example", "https://maps.example"
fragments = st.text("abc/?#:, ", min_size=0, max_size=8)


def under(navigation: str) -> Policies:
    return Policies(navigation=navigation, origin_propagation=False)


def page(url: str = f"{MAPS}/") -> World:
    browser = Browser.of(
        window(
            f"{INTEGRATOR}/",
            frame(url, label="maps"),
            frame("https://attacker.example/ad", label="ad"),
            label="integrator",
        )
    )
    return World(browser, scripts=((url, Reads(INTEGRATOR)),))


# --- B15: no reload, polling, loss ---


@pytest.mark.claim("B15")
@given(fragments, fragments)
def test_changing_only_the_fragment_keeps_the_document_and_what_it_holds(before, after):
    _, world = step(page(f"{MAPS}/#{before}"), UserTypes("maps", "pizza"), IE7)
    decision, world = step(world, Navigate("integrator", "maps", f"{MAPS}/#{after}"), IE7)
    assert decision and not world.pending
    assert ("maps", "pizza") in world.typed
    assert world.browser.document("maps").page == f"{MAPS}/"


@pytest.mark.claim("B15")
@pytest.mark.parametrize("url", [f"{MAPS}/", f"{MAPS}/tram#Rome", f"{MAPS}/?#Rome", "about:blank"])
def test_any_other_change_loads_a_document_and_loses_what_was_there(url):
    _, world = step(page(f"{MAPS}/#Rome"), UserTypes("maps", "pizza"), IE7)
    _, world = step(world, Navigate("integrator", "maps", url), IE7)
    assert world.pending_in("maps")
    assert not step(world, Commit("maps"), IE7)[1].typed


@pytest.mark.claim("B15")
@given(st.lists(st.sampled_from(["A", "B", "C"]), min_size=1, max_size=6))
def test_of_all_that_is_written_between_two_polls_only_the_last_is_seen(texts):
    world = page().started()
    for text in texts:
        _, world = step(world, Navigate("integrator", "maps", f"{MAPS}/#{text}"), IE7)
    _, world = step(world, Poll("maps"), IE7)
    assert [event.text for event in world.agenda] == texts[-1:]


@pytest.mark.claim("B15")
@pytest.mark.parametrize("navigation", NAVIGATION)
def test_two_writes_between_polls_lose_the_first_whatever_the_policy(navigation):
    lost = SCENARIOS["lost-fragment"]
    assert lost.run(under(navigation)).succeeded
    polled = lost.run(under(navigation), plan=())
    assert polled.succeeded, "the script writes both before anything else can happen"


# --- B16: confidential, not authenticated, not reliable ---


@pytest.mark.claim("B16")
@pytest.mark.parametrize("scripting", ["same-origin", "same-origin-domain"])
def test_only_the_origin_before_the_hash_reads_and_any_document_of_it_does(scripting):
    rules = Policies(scripting=scripting)
    assert not SCENARIOS["fragment-reading"].run(rules).succeeded
    assert SCENARIOS["fragment-reading"].run(rules).page_works
    world = page()
    browser = Browser.of(
        window(
            f"{INTEGRATOR}/",
            frame(f"{MAPS}/#secret", label="maps"),
            frame(f"{MAPS}/blog", label="blog"),
            frame("https://sub.maps.example/", label="sub"),
            label="integrator",
        )
    )
    world = replace(world, browser=browser)
    readers = [x for x in browser.labels if step(world, Script(x, "maps"), rules)[0]]
    assert readers == ["maps", "blog"]


@pytest.mark.claim("B16")
def test_where_anybody_may_script_the_reading_succeeds():
    open_book = Policies(scripting=lambda browser, attempt: True)
    assert SCENARIOS["fragment-reading"].run(open_book).succeeded


@pytest.mark.claim("B16")
@pytest.mark.parametrize(
    ("navigation", "forged"),
    [("permissive", True), ("window", True), ("child", False), ("descendant", False)],
)
def test_who_may_navigate_overwrites_the_message_whole(navigation, forged):
    trace = SCENARIOS["fragment-overwriting"].run(under(navigation))
    assert trace.succeeded is forged and trace.page_works


@pytest.mark.claim("B16")
@pytest.mark.parametrize("navigation", NAVIGATION)
@given(fragments.filter(bool), fragments)
def test_what_a_stranger_writes_depends_in_no_part_on_what_stood_there(navigation, old, new):
    write = Navigate("ad", "maps", f"{MAPS}/#{new}")
    after = [
        step(page(f"{MAPS}/#{text}"), write, under(navigation)) for text in ("", old, old + old)
    ]
    for decision, world in after:
        if decision:
            assert world.browser.document("maps") == after[0][1].browser.document("maps")


@pytest.mark.claim("B16")
@pytest.mark.parametrize("navigation", ["permissive", "window"])
def test_a_write_brings_the_honest_page_back_and_the_hostile_one_never_sees_it(navigation):
    reading = SCENARIOS["fragment-reading"]
    hijack = (
        Navigate("ad", "maps", "https://attacker.example/maps"),
        Commit("maps"),
    )
    for plan in ((*hijack, Load("integrator")), (Poll("maps"), *hijack, Poll("maps"))):
        trace = reading.run(under(navigation), plan)
        taken = [world.is_attackers("maps") for world in trace.worlds]
        assert any(taken) and not trace.end.knowledge
    early = reading.run(under(navigation), (*hijack, Load("integrator")))
    assert not early.end.is_attackers("maps")
    assert ("maps", "the route home", INTEGRATOR) in early.end.accepted


@pytest.mark.claim("B16")
@pytest.mark.parametrize("navigation", NAVIGATION)
def test_session_history_replays_a_message_under_every_policy(navigation):
    trace = SCENARIOS["replayed-fragment"].run(under(navigation))
    assert trace.succeeded and trace.page_works
    seen = [text for who, text, _ in trace.end.accepted if who == "maps"]
    assert seen == ["mark one", "mark two", "mark one"]


# --- B17: public-key encryption, unsigned; two differences ---


@pytest.mark.claim("B17")
@pytest.mark.parametrize("navigation", ["permissive", "window", "descendant"])
def test_the_channel_is_like_public_key_encryption(navigation):
    found = security("fragment identifier", under(navigation))
    assert found.works and found.confidential and not found.authenticated
    assert found.analogue == "public-key encryption"


def views(rules: Policies, text: str) -> list[object]:
    """All that the advertisement can find out after each step while ``text`` is sent."""
    scripts = {f"{INTEGRATOR}/": Writes(f"{MAPS}/", (text,)), f"{MAPS}/": Reads(INTEGRATOR)}
    start = replace(page(), past=(), attacker=SCENARIOS["fragment-reading"].start.attacker)
    run = replace(
        SCENARIOS["fragment-reading"],
        start=start,
        plan=(),
        scripts=lambda policies: scripts,
        goal=attacker_knows(text),
    ).run(rules)
    assert ("maps", text, INTEGRATOR) in run.end.accepted
    return [
        (
            [world.browser.document(x) for x in labels if rules.may_script(world.browser, "ad", x)],
            [(x, world.browser.parent(x)) for x in labels],
            world.knowledge,
            len(world.past or ()),
        )
        for world in run.worlds
        for labels in [world.browser.labels]
    ]


@pytest.mark.claim("B17")
@given(st.integers(1, 40), st.integers(1, 40))
def test_an_attacker_cannot_tell_how_long_a_message_is(one, other):
    rules = under("window")
    assert views(rules, "x" * one) == views(rules, "x" * other)


@pytest.mark.claim("B17")
def test_the_comparison_of_lengths_can_fail():
    open_book = under("window").but(scripting=lambda browser, attempt: True)
    assert views(open_book, "x") != views(open_book, "xx")


@pytest.mark.claim("B17")
def test_the_navigation_policy_guards_the_gadget_but_not_the_attackers_copy_of_it():
    rules = under("child")
    scenario, _ = CHANNELS["fragment identifier"]
    itself = accepts_inside("integrator", "gadget", "forged", INTEGRATOR)
    guarded = find_attack(replace(scenario, goal=itself), rules)
    assert isinstance(guarded, NoAttack) and guarded.exhausted
    copied = security("fragment identifier", rules, embeds=True)
    assert copied.works and copied.confidential and not copied.authenticated
    assert copied.impostor.run().succeeded
    assert "gadget" not in {getattr(move, "target", "") for move in copied.impostor.moves}


# --- B18: Windows Live Channels ---

LIVE = IE7.but(handshake="Windows Live Channels")


@pytest.mark.claim("B18")
def test_windows_live_channels_opens_a_session_for_each_direction():
    trace = SCENARIOS["handshake"].run(LIVE)
    read = [
        (event.target, world.browser.document(event.target).fragment.split(","))
        for event, decision, world in trace.steps
        if isinstance(event, Poll) and decision
    ]
    assert trace.page_works
    assert read == [
        ("contacts", ["N_I", f"{INTEGRATOR}/"]),
        ("integrator", ["N_I", "N_C"]),
        ("contacts", ["N_C", "add Bob"]),
        ("integrator", ["N_C′", "https://contacts.example/"]),
        ("contacts", ["N_C′", "N_I′"]),
        ("integrator", ["N_I′", "Ann and Bob"]),
    ]


@pytest.mark.claim("B18")
def test_the_contacts_gadget_asks_the_user_and_names_the_integrator():
    trace = SCENARIOS["handshake"].run(LIVE)
    [asked] = [event for event, _, _ in trace.steps if isinstance(event, Asks)]
    assert (asked.text, asked.peer) == ("add Bob", INTEGRATOR)
    warned = replace(SCENARIOS["handshake"], user=()).run(LIVE)
    assert ("contacts", "add Bob", INTEGRATOR) not in warned.end.accepted


@pytest.mark.claim("B18")
@pytest.mark.parametrize("top_level", TOP_LEVEL)
def test_a_gadget_answers_the_exempt_top_or_through_a_tunnel(top_level):
    rules = under("descendant").but(top_level=top_level, handshake="SMash")
    assert SCENARIOS["smash-channel"].page_works(rules)
    direct = SCENARIOS["handshake"].page_works(rules)
    assert direct is (top_level in ("anyone", "by opener", "Chromium"))


# --- B19: the Lowe anomaly ---


@pytest.mark.claim("B19")
@pytest.mark.parametrize("navigation", NAVIGATION)
def test_the_lowe_anomaly_breaks_windows_live_channels_under_every_policy(navigation):
    trace = SCENARIOS["lowe-anomaly"].run(under(navigation).but(handshake=LIVE.handshake))
    assert trace.succeeded and trace.page_works
    assert {"N_I", "N_C"} <= trace.end.knowledge


@pytest.mark.claim("B19")
def test_the_user_is_asked_about_the_wrong_host():
    trace = SCENARIOS["lowe-anomaly"].run(LIVE)
    [asked] = [event for event, _, _ in trace.steps if isinstance(event, Asks)]
    assert (asked.text, asked.peer) == ("delete all contacts", INTEGRATOR)
    wrote = [event for event, _, _ in trace.steps if "#N_C,delete" in str(event)]
    assert [event.actor for event in wrote] == ["attacker"]


@pytest.mark.claim("B19")
def test_without_the_integrators_help_the_attacker_lacks_the_nonce():
    lowe = SCENARIOS["lowe-anomaly"]
    quiet = replace(
        lowe, scripts=lambda p: {k: v for k, v in lowe.scripts(p).items() if "contacts" in k}
    )
    scripts = {url for url, _ in quiet.starts(LIVE).scripts}
    assert scripts == {"https://contacts.example/"}
    trace = quiet.run(LIVE)
    assert not trace.succeeded and trace.refused.decision.rule == "secrets"


# --- B20: SMash ---

SMASH = IE7.but(handshake="SMash")


@pytest.mark.claim("B20")
def test_the_secret_travels_in_the_components_first_url_and_through_the_tunnel():
    trace = SCENARIOS["smash-channel"].run(SMASH)
    events = [str(event) for event, _, _ in trace.steps]
    assert trace.page_works
    assert f"integrator embeds https://contacts.example/#N_I,{INTEGRATOR}/" in events
    assert f"contacts embeds {INTEGRATOR}/tunnel.html#N_I" in events
    assert "tunnel calls a function of integrator with N_I" in events


@pytest.mark.claim("B20")
def test_an_attacker_begins_in_the_integrators_name_and_nobody_notices():
    attack = SCENARIOS["smash-attack"]
    covert, loud = attack.run(SMASH), attack.run(SMASH, attack.plan[:2])
    assert covert.succeeded and loud.succeeded and covert.page_works

    def heard(trace):
        return [event for event, _, _ in trace.steps if isinstance(event, Call)]

    assert not heard(covert) and len(heard(loud)) == 1


# --- B21: the repair ---


def forgetful(me, message):
    """The repair, except that the initiator does not look at who answers."""
    if me.state == "opened" and len(message) == 3:
        message = (*message[:2], me.peer)
    return secure_messaging(me, message)


@pytest.mark.claim("B21")
@pytest.mark.parametrize("navigation", NAVIGATION)
def test_the_repair_makes_the_initiator_abort(navigation):
    trace = SCENARIOS["lowe-anomaly"].run(under(navigation))
    assert not trace.succeeded and trace.page_works
    assert trace.refused.event.actor == "integrator"
    assert "the answer comes from https://contacts.example/" in trace.refused.decision.reason
    assert "N_C" not in trace.end.knowledge
    assert not SCENARIOS["smash-attack"].run(under(navigation)).succeeded


@pytest.mark.claim("B21")
def test_it_takes_the_comparison_of_names():
    rules = IE7.but(handshake=forgetful)
    assert all(SCENARIOS[name].page_works(rules) for name in ("handshake", "smash-channel"))
    assert pass_on(SCENARIOS["lowe-anomaly"], rules).succeeded
    assert not pass_on(SCENARIOS["lowe-anomaly"], IE7).succeeded


@pytest.mark.claim("B19", "B20", "B21")
def test_which_attack_succeeds_on_which_handshake():
    broken = {
        name: [
            attack
            for attack, (scenario, attacker) in ATTACKS.items()
            if attacker(scenario, IE7.but(handshake=name)).succeeded
        ]
        for name in HANDSHAKES
    }
    assert broken == {
        "Windows Live Channels": ["pass on what the integrator says"],
        "SMash": list(ATTACKS),
        "secure messaging": [],
    }
    works = itertools.product(("handshake", "smash-channel"), HANDSHAKES)
    assert all(SCENARIOS[name].page_works(IE7.but(handshake=each)) for name, each in works)


@pytest.mark.claim("B21")
def test_later_messages_carry_both_nonces():
    trace = SCENARIOS["handshake"].run(IE7)
    said = [e.url.partition("#")[2] for e, _, _ in trace.steps if isinstance(e, Navigate)]
    assert said[-2:] == ["N_I,N_C,add Bob", "N_I,N_C,Ann and Bob"]
