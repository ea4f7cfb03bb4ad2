"""Part II's attacks: every outcome that the paper tells, under every setting that matters."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcore import PRESETS, SCENARIOS, Browser, Origin, Policies, World, frame, step, window
from labcore.actions import (
    Accepts,
    Commit,
    Deliver,
    Embed,
    Load,
    Navigate,
    Open,
    Poll,
    PostMessage,
    Script,
    TimerFires,
    Traverse,
    UserTypes,
)
from labcore.attacker import attacker_moves
from labcore.policies import NAVIGATION
from labcore.policies.toggles import TOGGLES
from labcore.protocols import HANDSHAKES, ORIGIN_CHECKS
from labcore.scenarios import Goal
from labcore.vocabulary import Vocabulary

STRICT = Policies(origin_propagation=False)
WL, SMASH, REPAIR = HANDSHAKES
STAR, ONLY = "*", "the receiver's origin"
OLD, NEW = "any document", "target origin"

OUTCOMES = [
    # scenario, settings, does the attack succeed?, why
    ("fragment-reading", {"navigation": "permissive"}, False, "only its own origin reads (B16)"),
    ("fragment-reading", {"navigation": "descendant"}, False, "only its own origin reads (B16)"),
    ("fragment-overwriting", {"navigation": "permissive"}, True, "nobody signs a fragment (B16)"),
    ("fragment-overwriting", {"navigation": "window"}, True, "nobody signs a fragment (B16)"),
    ("fragment-overwriting", {"navigation": "child"}, False, "navigation is writing (B17)"),
    ("fragment-overwriting", {"navigation": "descendant"}, False, "navigation is writing (B17)"),
    ("lost-fragment", {"navigation": "permissive"}, True, "two writes between polls (B15)"),
    ("lost-fragment", {"navigation": "descendant"}, True, "nobody attacks (B15)"),
    ("replayed-fragment", {"navigation": "descendant"}, True, "history is no navigation (B16)"),
    ("replayed-fragment", {"navigation": "child"}, True, "history is no navigation (B16)"),
    ("lowe-anomaly", {"handshake": WL}, True, "the answer names nobody (B19)"),
    ("lowe-anomaly", {"handshake": SMASH}, False, "the plan is for another handshake"),
    ("lowe-anomaly", {"handshake": REPAIR}, False, "the initiator aborts (B21)"),
    ("lowe-anomaly", {"handshake": WL, "navigation": "child"}, True, "it embeds its own (B17)"),
    ("lowe-anomaly", {"handshake": WL, "top_level": "like sub-frames"}, False, "no way to answer"),
    ("smash-attack", {"handshake": SMASH}, True, "whoever begins is believed (B20)"),
    ("smash-attack", {"handshake": SMASH, "navigation": "window"}, True, "as before (B20)"),
    ("smash-attack", {"handshake": SMASH, "top_level": "like sub-frames"}, True, "a tunnel (B20)"),
    ("smash-attack", {"handshake": WL}, False, "the attacker never hears the gadget's nonce"),
    ("smash-attack", {"handshake": REPAIR}, False, "the attacker never hears the nonce (B21)"),
    ("stolen-login", {"addressing": STAR, "messaging": NEW}, True, "* is for anybody (M08)"),
    ("stolen-login", {"addressing": ONLY, "messaging": OLD}, True, "nobody looks (B22)"),
    ("stolen-login", {"addressing": ONLY, "messaging": NEW}, False, "the exact origin (M08)"),
    ("recursive-mashup", {"addressing": STAR, "messaging": NEW}, True, "* is for anybody (B23)"),
    ("recursive-mashup", {"addressing": ONLY, "messaging": OLD}, True, "first version (B23)"),
    ("recursive-mashup", {"addressing": ONLY, "messaging": NEW}, False, "the repair (B24)"),
    ("recursive-mashup", {"addressing": STAR, "navigation": "child"}, False, "no grandchildren"),
    ("recursive-mashup", {"addressing": STAR, "navigation": "window"}, True, "B23"),
    ("recursive-mashup", {"addressing": STAR, "navigation": "permissive"}, True, "B23"),
    ("reply-race", {"addressing": STAR, "messaging": NEW}, True, "the window, not the page"),
    ("reply-race", {"addressing": ONLY, "messaging": OLD}, True, "nobody looks"),
    ("reply-race", {"addressing": ONLY, "messaging": NEW}, False, "e.origin (B24)"),
    ("reply-race", {"addressing": STAR, "top_level": "like sub-frames"}, False, "it cannot move"),
    ("comm-request", {"messaging": OLD}, False, "to a principal (B25)"),
    ("comm-request", {"messaging": NEW}, False, "to a principal (B25)"),
    *(
        ("origin-check", {"origin_check": check}, check != "exact", "each wrong one falls (M10)")
        for check in ORIGIN_CHECKS
    ),
    ("source-check", {"source_check": "none"}, True, "right origin, wrong window (M10)"),
    ("source-check", {"source_check": "expected window"}, False, "M10"),
    ("source-check", {"source_check": "none", "origin_check": "none"}, True, "M10"),
    ("hidden-listener", {}, True, "somebody else has added a listener (M10)"),
    ("replay-by-reload", {"navigation": "descendant"}, True, "an honest frame, twice (B22)"),
    ("replay-by-reload", {"navigation": "child"}, False, "the attacker cannot reload it"),
    ("watched-late", {"navigation": "window"}, False, "the second load is seen (B27)"),
    ("watched-late", {"navigation": "descendant"}, False, "refused"),
    ("watched-early", {"navigation": "window"}, True, "20 s are long (B27)"),
    ("watched-early", {"navigation": "descendant"}, False, "refused"),
    ("false-alarm", {"navigation": "window"}, True, "a slow network (B27)"),
    ("false-alarm", {"navigation": "descendant"}, True, "a slow network (B27)"),
    ("denial-of-service", {"navigation": "window"}, True, "an alarm is what it wants (B27)"),
    ("denial-of-service", {"navigation": "descendant"}, False, "refused"),
]


WITH_SCRIPTS = [name for name, each in SCENARIOS.items() if each.scripts and not each.servers]
"""Part II's scenarios: pages that talk to each other. Where servers answer, it is Part IV's:
see `test_request_scenarios`."""


def run(name, plan=None, **settings):
    return SCENARIOS[name].run(STRICT.but(**settings), plan=plan)


def refusals(trace):
    return [each.decision.rule for each in trace.steps if not each.decision]


@pytest.mark.parametrize(
    ("name", "settings", "succeeds", "why"),
    OUTCOMES,
    ids=[f"{name}-{'-'.join(map(str, settings.values()))}" for name, settings, *_ in OUTCOMES],
)
def test_each_attack_has_the_outcome_that_the_paper_tells(name, settings, succeeds, why):
    trace = run(name, **settings)
    assert trace.succeeded is succeeds, why
    top_level = settings.get("top_level")
    if not (name == "lowe-anomaly" and top_level == "like sub-frames"):
        assert trace.page_works, "or nothing is said about the attack"


def test_every_scenario_of_part_two_stands_in_the_table():
    part_two = {name for name in WITH_SCRIPTS if SCENARIOS[name].goal}
    assert {name for name, *_ in OUTCOMES} == part_two


TEACH_BY_NO_DIFFERENCE = {
    ("hidden-listener", "messaging"),
    ("comm-request", "messaging"),
    ("comm-request", "navigation"),
    ("smash-channel", "top_level"),
}


@pytest.mark.parametrize(
    ("name", "toggle"),
    [
        (name, toggle)
        for name in WITH_SCRIPTS
        for toggle in SCENARIOS[name].toggles
        if (name, toggle) not in TEACH_BY_NO_DIFFERENCE
    ],
)
def test_every_toggle_that_a_scenario_offers_changes_its_story(name, toggle):
    stories = set()
    for base in (STRICT, STRICT.but(addressing=STAR, navigation="window", handshake=WL)):
        for value in TOGGLES[toggle]:
            trace = SCENARIOS[name].run(base.but(**{toggle: value}))
            stories.add((tuple(str(each) for each in trace.steps), base))
    assert len(stories) > 2


@pytest.mark.parametrize(("name", "toggle"), sorted(TEACH_BY_NO_DIFFERENCE))
def test_where_a_toggle_is_offered_to_show_that_it_does_not_matter_it_does_not(name, toggle):
    outcomes = {
        (trace.succeeded, trace.page_works)
        for trace in (run(name, **{toggle: value}) for value in TOGGLES[toggle])
    }
    assert len(outcomes) == 1


@pytest.mark.parametrize("name", [name for name, each in SCENARIOS.items() if each.scripts])
@pytest.mark.parametrize("policies", PRESETS.values(), ids=list(PRESETS))
def test_every_story_ends(name, policies):
    assert not SCENARIOS[name].run(policies).endless


# --- fragments ---


FRAGMENTS = SCENARIOS["fragment-reading"]


@given(data=st.data(), navigation=st.sampled_from(sorted(NAVIGATION)), owner=st.sampled_from(
    ["https://attacker.example", "https://maps.example", "https://integrator.example"]
))  # fmt: skip
def test_a_fragment_is_read_by_documents_of_its_own_origin_only(data, navigation, owner):
    policies = STRICT.but(navigation=navigation)
    world = FRAGMENTS.starts(policies)
    world = replace(world, attacker=frozenset({Origin.of(owner)}))
    world = replace(world, running=()).started()
    words = Vocabulary.of(world, Goal("", lambda world: False, ("x",)), ())
    for _ in range(data.draw(st.integers(0, 8))):
        events = list(world.due()) or []
        if not world.agenda:
            events += attacker_moves(world, words, policies)
        if not events:
            break
        _, world = step(world, data.draw(st.sampled_from(events)), policies)
        assert world.knowledge == set() or owner == "https://maps.example"


def test_a_document_of_the_fragments_own_origin_does_read_it():
    scenario = replace(
        FRAGMENTS,
        start=replace(FRAGMENTS.start, attacker=frozenset({Origin.of("https://maps.example")})),
        plan=(),
    )
    assert scenario.run(STRICT).succeeded, "the attacker owns the map itself"
    twin = Browser.of(
        window(
            "https://integrator.example/",
            frame("https://maps.example/", label="maps"),
            frame("https://maps.example/other", label="ad"),
            label="integrator",
        )
    )
    start = World(twin, attacker=frozenset(), secrets=FRAGMENTS.start.secrets)
    _, told = step(start, Navigate("integrator", "maps", "https://maps.example/#the route home"),
                   STRICT)  # fmt: skip
    spy = replace(told, attacker=frozenset({Origin.of("https://maps.example")}))
    assert step(spy, Script("ad", "maps"), STRICT)[1].knowledge == {"the route home"}


@given(
    st.lists(st.tuples(st.sampled_from(["integrator", "ad", "poll"]), st.sampled_from("abcd")),
             max_size=10)
)  # fmt: skip
def test_an_overwritten_fragment_is_never_a_mixture(events):
    policies = STRICT.but(navigation="permissive")
    world = SCENARIOS["fragment-overwriting"].starts(policies)
    written = {f"{who}:{what * 3}" for who, what in events}
    for who, what in events:
        event = (
            Poll("maps")
            if who == "poll"
            else Navigate(who, "maps", f"https://maps.example/#{who}:{what * 3}")
        )
        _, world = step(world, event, policies)
        while world.agenda:
            _, world = step(world, world.agenda[0], policies)
        assert world.browser.document("maps").fragment in written | {""}
    assert {text for _, text, _ in world.accepted} <= written


def test_of_two_writes_between_polls_only_the_last_is_read():
    trace = run("lost-fragment")
    assert [text for _, text, _ in trace.end.accepted] == ["show Oslo"]
    again = (Poll("maps"), Navigate("integrator", "maps", "https://maps.example/#c"), Poll("maps"))
    punctual = run("lost-fragment", plan=again)
    assert [text for _, text, _ in punctual.end.accepted] == ["show Oslo", "c"]


def test_a_replay_asks_the_session_history_and_no_navigation_policy():
    trace = run("replayed-fragment", navigation="child")
    (back,) = [each for each in trace.steps if isinstance(each.event, Traverse)]
    assert back.decision and back.decision.rule == "session history"
    assert [text for _, text, _ in trace.end.accepted] == ["mark one", "mark two", "mark one"]


# --- handshakes ---


def test_the_lowe_anomaly_is_the_papers_six_messages():
    trace = run("lowe-anomaly", handshake=WL)
    written = [
        each.event.url.partition("#")[2] for each in trace.steps if isinstance(each.event, Navigate)
    ]
    assert written == [
        "N_I,https://integrator.example/",
        "N_I,https://integrator.example/",
        "N_I,N_C",
        "N_C,hello",
        "N_C,delete all contacts",
    ]
    assert trace.end.knowledge >= {"N_I", "N_C"}


def test_the_user_is_shown_the_wrong_name_in_the_lowe_anomaly():
    trace = run("lowe-anomaly", handshake=WL)
    asked = next(each.world.questions for each in trace.steps if each.world.questions)
    assert [each.peer for each in asked] == ["https://integrator.example"]
    _, _, who = trace.end.accepted[-1]
    assert who == "https://integrator.example", "though the attacker has asked"


def test_the_repair_stops_the_lowe_anomaly_at_the_initiator():
    trace = run("lowe-anomaly", handshake=REPAIR)
    assert trace.refused.event.actor == "integrator"
    assert "the answer comes from https://contacts.example/" in trace.refused.decision.reason
    assert "N_C" not in trace.end.knowledge


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_the_attacker_never_gets_further_by_guessing(handshake):
    guess = Navigate("attacker", "contacts", "https://contacts.example/#N_C,delete all contacts")
    trace = run("lowe-anomaly", plan=(Embed("attacker", "https://contacts.example/"), guess),
                handshake=handshake)  # fmt: skip
    assert not trace.succeeded and "secrets" in refusals(trace)


def test_nobody_hears_of_the_smash_attack():
    trace = run("smash-attack", handshake=SMASH)
    assert trace.succeeded and "N_E" not in str(trace.end.run_of("integrator").memory)
    assert not any(each.event == Load("tunnel") and each.decision for each in trace.steps)
    loud = run("smash-attack", plan=SCENARIOS["smash-attack"].plan[:2], handshake=SMASH)
    assert any("no session of integrator" in each.decision.reason for each in loud.steps)


def test_no_plan_can_make_a_page_accept_what_its_script_does_not():
    forged = Accepts("contacts", "delete all contacts", "https://integrator.example")
    embeds = Embed("attacker", "https://contacts.example/")
    trace = run("lowe-anomaly", plan=(embeds, forged), handshake=WL)
    assert not trace.succeeded and trace.end.accepted == ()


# --- messages ---


def test_a_stolen_message_was_for_an_attacker_who_came_before_it():
    late = (Deliver("gadget"), Navigate("attacker", "gadget", "https://attacker.example/hostile"))
    trace = run("recursive-mashup", plan=late, addressing=STAR)
    assert not trace.succeeded, "the message was dispatched before"
    assert ("gadget", "the secret", "https://integrator.example") in trace.end.accepted
    unborn = (SCENARIOS["recursive-mashup"].plan[0], Deliver("gadget"), Commit("gadget"))
    trace = run("recursive-mashup", plan=unborn, addressing=STAR)
    assert not trace.succeeded, "the old document receives until the new one commits"


@pytest.mark.parametrize("check", ORIGIN_CHECKS)
def test_which_impostor_each_wrong_check_falls_for(check):
    fools = {
        each.actor
        for each in SCENARIOS["origin-check"].plan
        if run("origin-check", plan=(each,), origin_check=check).succeeded
    }
    assert (
        fools
        == {
            "exact": set(),
            "none": {"attacker", "longer", "similar", "misspelt"},
            "prefix": {"longer"},
            "suffix": {"similar", "misspelt"},
            "substring": {"longer"},
            "unescaped dot": {"misspelt"},
        }[check]
    )


def test_a_reload_replays_even_under_exact_target_origins():
    trace = run("replay-by-reload", addressing=ONLY)
    assert trace.succeeded and trace.end.accepted.count(trace.end.accepted[0]) == 2
    assert run("replay-by-reload", plan=(), addressing=ONLY).end.accepted == (
        ("bank", "transfer 10", "https://form.example"),
    )


def test_a_script_that_a_page_includes_listens_for_it():
    quiet = replace(SCENARIOS["hidden-listener"], scripts=lambda policies: {})
    assert not quiet.run(STRICT).succeeded, "a page without any listener is safe"
    assert run("hidden-listener").succeeded


def test_a_comm_request_finds_the_gadget_where_it_is():
    trace = run("comm-request", plan=())
    assert ("gadget", "the secret", "https://integrator.example") in trace.end.accepted
    stolen = run("comm-request")
    assert stolen.refused.decision.rule == "CommRequest" and stolen.end.accepted == ()


# --- watching ---


def test_the_time_before_the_alarm_belongs_to_the_attacker():
    early = run("watched-early", navigation="window")
    kinds = [type(each.event) for each in early.steps]
    assert kinds.index(UserTypes) < kinds.index(TimerFires), "the user is faster than 20 s"
    slow = (SCENARIOS["watched-early"].plan[0], Load("login"), TimerFires("integrator"))
    after = run("watched-early", plan=slow, navigation="window")
    assert not after.succeeded and after.end.browser.document("login").url == "about:blank"


def test_every_alarm_of_a_slow_network_is_false():
    trace = run("false-alarm")
    assert trace.succeeded and not any(
        getattr(each.event, "actor", "") == "ad" for each in trace.steps
    )


# --- a verdict names what happened ---


def test_a_scenario_without_a_goal_says_whether_its_pages_work():
    honest = SCENARIOS["handshake"]
    assert honest.run(STRICT).verdict == (
        "Both messages arrive, each taken to come from whom it comes from."
    )
    mute = honest.run(STRICT.but(top_level="like sub-frames"))
    assert mute.verdict.startswith("It fails") and not mute.succeeded


def test_a_plan_may_open_and_embed_before_it_names():
    trace = run(
        "recursive-mashup",
        plan=(
            Open("attacker", "https://pay.example/", "till"),
            PostMessage("attacker", "till", "x", "*"),
        ),
    )
    assert all(each.decision for each in trace.steps if getattr(each.event, "target", "") == "till")
