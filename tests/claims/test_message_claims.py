"""The claims about postMessage: the paper's §4.2 and §5, and the post on message passing."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.questions import accepts_inside, question

from labcore import (
    PRESETS,
    SCENARIOS,
    ArrayBuffer,
    Browser,
    Commit,
    DataCloneError,
    Deliver,
    Goal,
    InvalidTargetOrigin,
    Load,
    MessageEvent,
    Navigate,
    Open,
    Origin,
    Page,
    Policies,
    PostMessage,
    Script,
    UnknownName,
    World,
    frame,
    parse_target_origin,
    step,
    structured_clone,
    window,
)
from labcore.comparison import CHANNELS, security, table_1
from labcore.policies import NAVIGATION
from labcore.policies.messaging import MESSAGING
from labcore.protocols import ADDRESSING, ORIGIN_CHECKS, Listens, Posts
from labcore.protocols.receiving import no_check
from labcore.scenarios.scenario import play
from labcore.search import Attack, NoAttack, find_attack
from labcore.small_scope import check

SHOP, PAY, EVIL = "https://shop.example", "https://pay.shop.example", "https://attacker.example"
FIRST = Policies(navigation="descendant", origin_propagation=False, messaging="any document")
STOLEN = [SCENARIOS[name] for name in ("recursive-mashup", "stolen-login", "reply-race")]


def shop() -> Browser:
    pay = frame(f"{PAY}/", label="pay", name="card")
    return Browser.of(window(f"{SHOP}/", pay, label="shop"))


def notes(memory, event):
    """A script that writes down every message."""
    heard = (event,) if isinstance(event, MessageEvent) else ()
    return (*(memory or ()), *heard), ()


def listening(browser: Browser, *labels: str) -> World:
    scripts = tuple((browser.document(label).page, notes) for label in labels)
    return World(browser, scripts=scripts).started()


def after(world: World, *events, policies: Policies | None = None) -> World:
    """The world once all of ``events`` have happened; each must be allowed."""
    for event in events:
        decision, world = step(world, event, policies or Policies())
        assert decision, decision
    return world


# --- the event ---


@pytest.mark.claim("M04")
def test_the_event_has_the_data_the_senders_origin_at_the_call_and_its_window():
    world = after(
        listening(shop(), "shop"),
        PostMessage("pay", "shop", "paid", SHOP),
        Navigate("pay", "pay", "https://elsewhere.example/"),
        Commit("pay"),
        Deliver("shop"),
    )
    (event,) = world.run_of("shop").memory
    assert (event.data, event.origin, event.source) == ("paid", PAY, "pay")
    assert str(world.browser.origin("pay")) == "https://elsewhere.example"


@pytest.mark.claim("M04")
def test_a_page_that_spoke_later_has_the_later_origin():
    world = after(
        listening(shop(), "shop"),
        Navigate("pay", "pay", "https://elsewhere.example/"),
        Commit("pay"),
        PostMessage("pay", "shop", "paid", "*"),
        Deliver("shop"),
    )
    assert world.run_of("shop").memory[0].origin == "https://elsewhere.example"


@pytest.mark.claim("M04")
def test_a_sandboxed_senders_origin_is_written_null():
    box = Browser.of(
        window(f"{SHOP}/", frame(f"{PAY}/", label="box", sandbox="allow-scripts"), label="shop")
    )
    sends = PostMessage("box", "shop", "paid", "*")
    world = after(listening(box, "shop"), sends, Deliver("shop"))
    assert world.run_of("shop").memory[0].origin == "null"


@pytest.mark.claim("M05")
def test_the_four_ways_to_reach_a_window():
    opened = after(World(shop()), Open("shop", "https://login.example/", "login")).browser
    here, popup, inner = (Page(opened, label) for label in ("shop", "login", "pay"))
    assert here.frames[0] == here.frames["card"] == "pay"
    assert popup.opener == "shop" and opened.windows[-1] == "login"
    assert inner.parent == inner.top == "shop"
    assert here.opener is None and here.parent == "shop"


@pytest.mark.claim("M05")
@pytest.mark.parametrize("place", ["pay", "maps", 1, -1, "", None])
def test_a_frame_that_is_not_there_is_an_error_that_names_those_that_are(place):
    with pytest.raises(UnknownName, match=r"there are 'card', 0"):
        Page(shop(), "shop").frames[place]


@pytest.mark.claim("M05")
def test_whatever_can_be_named_can_be_posted_to():
    for actor, target in product(shop().labels, repeat=2):
        decision, world = step(World(shop()), PostMessage(actor, target, "x", "*"), Policies())
        assert decision and len(world.messages) == 1


@pytest.mark.claim("M11")
def test_source_gives_two_way_communication():
    honest = replace(SCENARIOS["reply-race"], plan=())
    end = honest.run().end
    assert ("bank", "balance?", "https://shop.example") in end.accepted
    assert ("shop", "the balance", "https://bank.example") in end.accepted


# --- data ---

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.claim("M06")
@given(values)
def test_a_clone_is_equal_and_shares_nothing_that_can_change(value):
    copy = structured_clone(value)
    assert copy == value
    if isinstance(value, list | dict):
        assert copy is not value


@pytest.mark.claim("M06")
def test_what_changes_after_the_call_stays_at_the_sender():
    order = {"items": ["map"]}
    sends = PostMessage("shop", "pay", order, PAY)
    order["items"].append("globe")
    world = after(listening(shop(), "pay"), sends, Deliver("pay"))
    assert list(world.run_of("pay").memory[0].data["items"]) == ["map"]


@pytest.mark.claim("M06")
@pytest.mark.parametrize("value", [print, lambda: 0, shop().document("pay"), shop(), object()])
def test_functions_and_nodes_have_no_copy_however_deep_they_are(value):
    for data in (value, [value], {"a": [{"b": value}]}):
        with pytest.raises(DataCloneError, match="could not be cloned"):
            PostMessage("shop", "pay", data, PAY)


@pytest.mark.claim("M09")
def test_what_is_transferred_is_gone_at_the_sender_and_there_at_the_receiver():
    pixels = ArrayBuffer("pixels")
    copied = PostMessage("shop", "pay", [pixels], PAY)
    moved = replace(copied, transfer=[pixels])
    before = after(World(shop()), copied, copied)
    world = after(before, moved)
    for again in (copied, moved, replace(moved, data="without it")):
        decision, unchanged = step(world, again, Policies())
        assert not decision and "DataCloneError" in decision.reason and unchanged == world
    assert step(world, PostMessage("pay", "shop", [pixels], SHOP), Policies())[0]


@pytest.mark.claim("M09")
def test_it_is_gone_at_the_call_even_if_the_message_is_dropped():
    pixels = ArrayBuffer("pixels")
    moved = PostMessage("shop", "pay", [pixels], "https://elsewhere.example", [pixels])
    decision, world = step(after(World(shop()), moved), Deliver("pay"), Policies())
    assert not decision and not step(world, moved, Policies())[0]


# --- dispatch ---


def two_lines(memory, event):
    page = event.page
    return memory, [PostMessage(page.label, "pay", text, PAY) for text in ("one", "two")]


two_lines.hears_loads = "own"


@pytest.mark.claim("M18")
def test_nothing_is_dispatched_before_the_running_script_has_ended():
    page = World(shop(), scripts=((f"{SHOP}/", two_lines), (f"{PAY}/", Listens(SHOP))))
    world = after(page.started(), Load("shop"))
    lines = world.agenda
    assert len(lines) == 2
    for line in lines:
        decision, unchanged = step(world, Deliver("pay"), Policies())
        assert not decision and decision.rule == "run to completion" and unchanged == world
        world = after(world, line)
    assert step(world, Deliver("pay"), Policies())[0]


@pytest.mark.claim("M18")
def test_messages_for_one_window_come_in_the_order_in_which_they_were_posted():
    sends = [PostMessage("shop", "pay", text, PAY) for text in "abc"]
    world = after(listening(shop(), "pay"), *sends, *[Deliver("pay")] * 3)
    assert [event.data for event in world.run_of("pay").memory] == ["a", "b", "c"]


@pytest.mark.claim("M18")
@pytest.mark.parametrize("messaging", MESSAGING)
def test_the_targets_location_can_change_before_the_dispatch(messaging):
    policies = Policies(messaging=messaging)
    world = after(
        World(shop()),
        PostMessage("shop", "pay", "order 7", PAY),
        Navigate("shop", "pay", f"{EVIL}/"),
        Commit("pay"),
        policies=policies,
    )
    decision, _ = step(world, Deliver("pay"), policies)
    assert bool(decision) is (messaging == "any document")


# --- target origins ---

SAME = [
    PAY,
    f"{PAY}/",
    f"{PAY}/any/path?q#f",
    f"{PAY}:443",
    PAY.upper(),
    f"https://me:pw@{PAY[8:]}",
]
OTHER = [
    "http://pay.shop.example",
    "https://shop.example",
    "https://x.pay.shop.example",
    f"{PAY}:8443",
    f"{PAY}.",
    "https://*.shop.example",
    "data:text/html,x",
    "/",
]
NONE = [
    "",
    "null",
    "pay.shop.example",
    "//pay.shop.example",
    "/path",
    "**",
    "https://",
    "*.example",
]


@pytest.mark.claim("M07")
@pytest.mark.parametrize("text", [*SAME, "*"])
def test_only_scheme_host_and_port_of_a_target_origin_count(text):
    assert Policies().delivers(shop(), "shop", "pay", text)


@pytest.mark.claim("M07")
@pytest.mark.parametrize("text", OTHER)
def test_a_difference_in_scheme_host_or_port_drops_the_message(text):
    assert not Policies().delivers(shop(), "shop", "pay", text)
    assert Policies(messaging="any document").delivers(shop(), "shop", "pay", text)


@pytest.mark.claim("M07")
@pytest.mark.parametrize("text", NONE)
def test_what_is_no_url_is_a_syntax_error_at_the_call(text):
    with pytest.raises(InvalidTargetOrigin, match="SyntaxError"):
        PostMessage("shop", "pay", "x", text)
    with pytest.raises(InvalidTargetOrigin):
        parse_target_origin(text, Origin.of(SHOP))


@pytest.mark.claim("M07")
def test_on_every_small_browser_a_message_reaches_exactly_the_origin_it_is_meant_for():
    def claim(messaging):
        def same_origin_only(browser):
            policies = Policies(messaging=messaging)
            for actor, target, other in product(browser.labels, repeat=3):
                meant = browser.document(other).url
                there = browser.origin(target)
                arrives = bool(policies.delivers(browser, actor, target, meant))
                if arrives != (there == Origin.of(meant)):
                    return actor, target, meant
            return True

        return same_origin_only

    scope = {"frames": 4, "origins": 3, "sandboxes": (None, "allow-scripts")}
    assert check(claim("target origin"), **scope)
    assert not check(claim("any document"), **scope)


# --- rules for receivers ---


@pytest.mark.claim("M10")
@pytest.mark.parametrize("name", ORIGIN_CHECKS)
def test_every_check_but_the_exact_one_has_an_impostor(name):
    trace = SCENARIOS["origin-check"].run(Policies(origin_check=name))
    assert trace.page_works
    assert trace.succeeded is (name != "exact")


@pytest.mark.claim("M10")
def test_each_wrong_check_is_fooled_by_another_page_of_the_attackers():
    scenario = SCENARIOS["origin-check"]

    def fools(name):
        policies = Policies(origin_check=name)
        moves = [move for move in scenario.plan if scenario.run(policies, [move]).succeeded]
        return [move.actor for move in moves]

    assert {name: fools(name) for name in ORIGIN_CHECKS} == {
        "exact": [],
        "none": ["attacker", "longer", "similar", "misspelt"],
        "prefix": ["longer"],
        "suffix": ["similar", "misspelt"],
        "substring": ["longer"],
        "unescaped dot": ["misspelt"],
    }


@pytest.mark.claim("M10")
def test_the_right_origin_in_the_wrong_window():
    scenario = SCENARIOS["source-check"]
    for window_check, succeeds in [("none", True), ("expected window", False)]:
        trace = scenario.run(Policies(source_check=window_check))
        assert trace.succeeded is succeeds and trace.page_works


def deaf(memory, event):
    return memory, ()


deaf.hears_loads = "none"


def nobody_acts(script):
    acts = Goal("a page acts on a message", lambda world: bool(world.accepted), ("hello",))

    def claim(browser):
        urls = {each.document.url: each.document.origin for each in browser.frames}
        for hostile in dict.fromkeys(urls.values()):
            scripts = tuple((url, script) for url, its in urls.items() if its != hostile)
            start = World(browser, attacker=frozenset({hostile}), scripts=scripts).started()
            if isinstance(find_attack(question(start, acts), Policies(), frames=0), Attack):
                return hostile
        return True

    return claim


@pytest.mark.claim("M10")
def test_a_page_that_does_not_listen_never_acts_on_a_message():
    assert check(nobody_acts(deaf), frames=3)
    assert not check(nobody_acts(Listens(SHOP, no_check)), frames=3)


@pytest.mark.claim("M10")
def test_not_listening_is_not_foolproof():
    assert SCENARIOS["hidden-listener"].run().succeeded
    hijack = SCENARIOS["gadget-hijacking"]
    assert hijack.scripts is None and hijack.run("Firefox 2").succeeded


def echo(memory, event):
    if not isinstance(event, MessageEvent):
        return memory, ()
    return memory, [PostMessage(event.page.label, event.source, event.data, "*")]


@pytest.mark.claim("M10")
@pytest.mark.parametrize("target", ["shop", "pay"])
def test_scripts_that_answer_for_ever_come_to_a_clear_end(target):
    start = World(shop(), scripts=((f"{SHOP}/", echo), (f"{PAY}/", echo))).started()
    steps = play(start, [PostMessage("shop", target, "hello", "*")], Policies())
    assert steps[-1].decision.rule == "the bound" and "for ever" in steps[-1].decision.reason


# --- messages stolen ---


@pytest.mark.claim("M08", "B24")
@pytest.mark.parametrize("scenario", STOLEN, ids=lambda scenario: scenario.name)
def test_a_secret_is_stolen_unless_it_is_addressed_and_the_browser_honours_that(scenario):
    for messaging, addressing in product(MESSAGING, ADDRESSING):
        trace = scenario.run(Policies(messaging=messaging, addressing=addressing))
        honours = messaging != "any document"  # COP compares labels: here they are origins
        safe = honours and addressing == "the receiver's origin"
        assert trace.succeeded is not safe and trace.page_works


@pytest.mark.claim("M08")
def test_today_the_recursive_mashup_remains_for_those_who_write_a_star():
    for name in ("Chromium", "Firefox"):
        outcomes = [each.run(PRESETS[name].but(addressing="*")).succeeded for each in STOLEN]
        assert outcomes == [True, False, False]
        assert not any(each.run(PRESETS[name]).succeeded for each in STOLEN)


@pytest.mark.claim("B22")
def test_nobody_can_speak_for_another_origin_but_anybody_may_be_made_to_listen():
    found = security("postMessage, as first specified", FIRST)
    assert found.works and found.authenticated and not found.confidential
    assert found.analogue == "public-key signatures"


@pytest.mark.claim("B22")
def test_authentication_is_lost_if_the_receiver_does_not_look():
    scenario, _ = CHANNELS["postMessage, as first specified"]
    credulous = Listens("https://integrator.example", no_check)
    believes = lambda world: any(text == "forged" for _, text, _ in world.accepted)  # noqa: E731
    forged = Goal("it believes it", believes, ("forged",))
    sends = Posts("the secret", "https://gadget.example")
    scripts = {"https://integrator.example/": sends, "https://gadget.example/": credulous}
    asked = replace(scenario, scripts=lambda policies: scripts, goal=forged)
    assert isinstance(find_attack(asked, FIRST), Attack)


@pytest.mark.claim("B22")
def test_a_message_is_not_replayed_except_by_reloading_an_honest_frame():
    replay = SCENARIOS["replay-by-reload"]
    words = [PostMessage("attacker", "bank", "transfer 10", "https://bank.example")]
    assert not replay.run(FIRST, words).succeeded
    for navigation in NAVIGATION:
        trace = replay.run(FIRST.but(navigation=navigation))
        assert trace.succeeded is (navigation != "child") and trace.page_works


@pytest.mark.claim("B23")
@pytest.mark.parametrize("navigation", NAVIGATION)
def test_the_recursive_mashup_attack_works_under_every_policy_but_child(navigation):
    trace = SCENARIOS["recursive-mashup"].run(FIRST.but(navigation=navigation))
    assert trace.succeeded is (navigation != "child") and trace.page_works


@pytest.mark.claim("B23")
def test_the_attacker_may_come_before_the_call_or_after_it_but_not_after_the_dispatch():
    mashup = SCENARIOS["recursive-mashup"]
    hijacks = Navigate("attacker", "gadget", f"{EVIL}/hostile")
    assert mashup.run(FIRST, [hijacks, Deliver("gadget")]).succeeded
    assert mashup.run(FIRST, [hijacks, Load("integrator")]).succeeded
    assert not mashup.run(FIRST, [Deliver("gadget"), hijacks]).succeeded
    reads = Script("attacker", "gadget")
    assert not mashup.run(FIRST, [Deliver("gadget"), hijacks, reads]).succeeded


@pytest.mark.claim("B24")
def test_a_reply_to_the_origin_that_asked_is_not_raced():
    race = SCENARIOS["reply-race"]
    assert race.run(Policies(addressing="*")).succeeded
    repaired = race.run(Policies())
    assert not repaired.succeeded and repaired.page_works
    assert repaired.refused.event == Deliver("shop")
    assert repaired.refused.decision.rule == "target origin"


@pytest.mark.claim("B24")
def test_the_scheme_keeps_a_network_attacker_out():
    mashup = SCENARIOS["recursive-mashup"]
    network = replace(
        mashup,
        start=replace(mashup.start, on_the_network=True),
        plan=(Navigate("attacker", "gadget", "http://gadget.example/"), Deliver("gadget")),
    )

    def hosts_only(browser, message):
        return browser.origin(message.target).host == message.intended.host

    assert network.run(Policies(messaging=hosts_only)).succeeded
    kept = network.run(Policies())
    assert not kept.succeeded and kept.page_works
    over_https = replace(network, start=mashup.start)
    assert not over_https.run(Policies(messaging=hosts_only)).succeeded


@pytest.mark.claim("B25")
@pytest.mark.parametrize(("messaging", "navigation"), [*product(MESSAGING, NAVIGATION)])
def test_a_comm_request_is_confidential_whatever_the_rules_for_frames(messaging, navigation):
    policies = FIRST.but(messaging=messaging, navigation=navigation)
    trace = SCENARIOS["comm-request"].run(policies)
    assert not trace.succeeded and trace.page_works
    assert security("CommRequest", policies).confidential


# --- the table ---


@pytest.mark.claim("B26", "B17")
def test_table_1_comes_out_of_the_model():
    table = table_1()
    assert all(each.works for each in table)
    assert {each.channel: (each.confidential, each.authenticated) for each in table} == {
        "fragment identifier": (True, False),
        "postMessage, as first specified": (False, True),
        "postMessage with target origin": (True, True),
        "CommRequest": (True, True),
    }
    assert [each.analogue for each in table] == [
        "public-key encryption",
        "public-key signatures",
        "a secure channel, like TLS",
        "a secure channel, like TLS",
    ]


@pytest.mark.claim("B26")
@pytest.mark.parametrize("channel", CHANNELS)
def test_the_attacks_in_the_table_are_plans_that_run_and_none_needs_no_move(channel):
    scenario, needs = CHANNELS[channel]
    rules = Policies().but(**needs)
    found = security(channel)
    for attack, goal in ((found.eavesdropper, "the secret"), (found.impostor, "forged")):
        if attack is not None:
            end = play(scenario.starts(rules), attack.plan, rules)[-1].world
            assert attack.moves and attack.run().succeeded
            assert goal in end.knowledge or goal in [text for _, text, _ in end.accepted]
    alone = security(channel, moves=0)
    assert alone.works and alone.confidential and alone.authenticated


@pytest.mark.claim("B17")
def test_the_navigation_policy_alone_does_not_authenticate_fragments():
    child = Policies(navigation="child", origin_propagation=False)
    scenario, _ = CHANNELS["fragment identifier"]
    itself = accepts_inside("integrator", "gadget", "forged", "https://integrator.example")
    found = find_attack(replace(scenario, goal=itself), child)
    assert isinstance(found, NoAttack) and found.exhausted, "nobody writes to the gadget itself"
    assert security("fragment identifier", child).authenticated
    assert not security("fragment identifier", child, embeds=True).authenticated


# --- watching the frames ---


@pytest.mark.claim("B27")
@pytest.mark.parametrize(
    ("name", "warns", "stolen"),
    [
        ("watched-late", True, False),
        ("watched-early", True, True),
        ("false-alarm", True, False),
        ("denial-of-service", True, False),
    ],
)
def test_watching_warns_too_late_too_early_or_because_it_is_made_to(name, warns, stolen):
    trace = SCENARIOS[name].run(FIRST.but(navigation="window"))
    assert (trace.end.run_of("integrator").memory == "alarm") is warns
    assert ("the password" in trace.end.knowledge) is stolen
    assert trace.page_works


@pytest.mark.claim("B27")
def test_the_descendant_policy_makes_watching_needless_and_keeps_the_false_alarm():
    for name in ("watched-late", "watched-early", "denial-of-service"):
        trace = SCENARIOS[name].run(FIRST)
        assert trace.end.run_of("integrator").memory == "connected" and not trace.succeeded
    assert SCENARIOS["false-alarm"].run(FIRST).succeeded
