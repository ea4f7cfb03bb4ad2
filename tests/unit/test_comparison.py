"""The paper's Table 1, computed, and the search that computes it."""

from dataclasses import replace

import pytest
from unit.questions import accepts_inside, question, way_found

from labcore import SCENARIOS, Browser, Origin, Policies, World, frame, step, window
from labcore.actions import (
    Accepts,
    Commit,
    Deliver,
    Embed,
    Load,
    Navigate,
    Poll,
    SetTimer,
    TimerFires,
)
from labcore.attacker import attacker_moves
from labcore.comparison import (
    ANALOGUES,
    CHANNELS,
    FORGED,
    FORGERY,
    SECRET,
    Security,
    security,
    table_1,
)
from labcore.errors import UnknownName
from labcore.policies import NAVIGATION
from labcore.protocols import Listens, Posts, Reads, Together, Writes
from labcore.protocols.receiving import no_check
from labcore.scenarios.post_message import INTEGRATOR
from labcore.scenarios.scenario import Goal, attacker_knows, attacker_shows_in
from labcore.scripts import Loaded, TimeIsUp
from labcore.search import Attack, Bound, NoAttack, Search, find_attack
from labcore.vocabulary import Vocabulary

PAPER = Policies(navigation="descendant", origin_propagation=False)
BARE, OLD, NEW, COMM = CHANNELS


@pytest.fixture(scope="module")
def table() -> dict[str, Security]:
    return {each.channel: each for each in table_1(PAPER)}


def guarantees(security):
    return security.confidential, security.authenticated


@pytest.mark.claim("B26")
def test_table_1_is_the_papers(table):
    assert {name: guarantees(each) for name, each in table.items()} == {
        BARE: (True, False),
        OLD: (False, True),
        NEW: (True, True),
        COMM: (True, True),
    }
    assert all(each.works for each in table.values()), "or nothing is said"


@pytest.mark.claim("B26")
def test_each_channel_has_its_analogue_on_a_network(table):
    assert [each.analogue for each in table.values()] == [
        "public-key encryption",
        "public-key signatures",
        "a secure channel, like TLS",
        "a secure channel, like TLS",
    ]
    assert ANALOGUES[False, False] == "plain text"
    assert str(table[BARE]) == f"{BARE}: confidentiality"


def test_every_attack_that_the_table_rests_on_can_be_run(table):
    for name, goal, attack in (
        (BARE, FORGERY, table[BARE].impostor),
        (OLD, attacker_knows(SECRET), table[OLD].eavesdropper),
    ):
        scenario, needs = CHANNELS[name]
        trace = replace(scenario, goal=goal).run(PAPER.but(**needs), plan=attack.plan)
        assert trace.succeeded and attack.run().succeeded
        assert not any(each.decision.rule == "the page's script" for each in trace.steps)


def test_every_attack_of_the_table_is_as_short_as_can_be(table):
    impostor, eavesdropper = table[BARE].impostor, table[OLD].eavesdropper
    assert [type(each) for each in impostor.plan] == [Navigate]
    happens = [type(each.event) for each in impostor.run().steps]
    assert happens[happens.index(Navigate, 2) :] == [Navigate, Poll, Accepts]
    assert [type(each) for each in eavesdropper.plan] == [Navigate, Load]
    assert sorted(type(each.event).__name__ for each in eavesdropper.run().steps) == [
        "Commit", "Deliver", "Load", "Navigate", "PostMessage",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "broken", "lost"),
    [
        (BARE, {"scripting": lambda browser, attempt: True}, "confidential"),
        (NEW, {"messaging": lambda browser, message: True}, "confidential"),
    ],
)
def test_a_wrong_browser_fails_the_same_check(channel, broken, lost):
    scenario, needs = CHANNELS[channel]
    rules = PAPER.but(**{**needs, **broken})
    asked = replace(scenario, goal=attacker_knows(SECRET))
    assert isinstance(find_attack(asked, rules), Attack), lost


def test_a_careless_receiver_fails_the_same_check():
    scenario, needs = CHANNELS[NEW]
    careless = replace(
        scenario,
        scripts=lambda policies: {
            "https://integrator.example/": Posts(SECRET, "https://gadget.example"),
            "https://gadget.example/": Listens(
                "https://integrator.example", lambda origin, trusted: True
            ),
        },
    )
    asked = replace(careless, goal=FORGERY)
    assert isinstance(find_attack(asked, PAPER.but(**needs), moves=1), Attack)


@pytest.mark.claim("B17")
def test_the_child_policy_alone_seems_to_authenticate_fragments():
    child = PAPER.but(navigation="child")
    scenario, _ = CHANNELS[BARE]
    itself = replace(scenario, goal=accepts_inside("integrator", "gadget", FORGED, INTEGRATOR))
    found = find_attack(itself, child)
    assert isinstance(found, NoAttack) and found.exhausted, "nobody may write to a grandchild"
    assert security(BARE, child).authenticated
    embedding = security(BARE, child, embeds=True)
    assert not embedding.authenticated, "but the attacker frames a copy of its own"
    assert any(isinstance(each, Embed) for each in embedding.impostor.moves)


@pytest.mark.parametrize("navigation", NAVIGATION)
def test_more_moves_do_not_break_what_is_secure(navigation):
    rules = PAPER.but(navigation=navigation)
    assert guarantees(security(NEW, rules, moves=2)) == (True, True)
    assert security(BARE, rules, moves=2).confidential


def test_a_wrong_channel_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'CommRequest'"):
        security("commrequest")


def test_a_presets_name_will_do():
    assert guarantees(security(OLD, "IE 7")) == (False, True)


# --- the search ---


GADGET, EVIL = "https://gadget.example/", "https://attacker.example/"


def page(scripts, *frames, **more):
    frames = frames or (frame(GADGET, label="gadget"), frame(EVIL, label="ad"))
    browser = Browser.of(window("https://shop.example/", *frames, label="shop"))
    attacker = frozenset({Origin.of(EVIL)})
    return World(browser, attacker=attacker, scripts=tuple(scripts.items()), **more).started()


OPEN = Policies(navigation="permissive", origin_propagation=False)


def accepted(*texts):
    wanted = list(texts)
    said = tuple(text for text in texts if text == "forged")
    return Goal("", lambda world: [text for _, text, _ in world.accepted] == wanted, said)


def plan_for(world, goal, **bound):
    found = find_attack(question(world, goal), OPEN, **bound)
    return found.plan if isinstance(found, Attack) else None


def test_the_search_puts_what_is_due_in_any_order():
    world = page({GADGET: Reads("x"), "https://shop.example/": Writes(GADGET, ("a", "b"))})
    assert plan_for(world, accepted("b"), moves=0) is not None
    assert plan_for(world, accepted("a", "b"), moves=0) is None, "a script is not cut in two"
    plan = plan_for(world, accepted("b", "forged"), moves=1)
    assert [type(each) for each in plan] == [Navigate], "polls are due, and happen by themselves"
    assert plan_for(world, accepted("b", "forged"), moves=0) is None


def test_the_shortest_plan_has_the_fewest_moves_and_then_the_fewest_events():
    """Many small steps before the move are no better than one after it."""

    def waits(memory, happened):
        count = (memory or 0) + 1
        return count, [SetTimer(happened.page.label, "a while")] if count < 6 else []

    waits.hears_loads = "own"
    world = page({"https://shop.example/": waits})
    late = attacker_shows_in("gadget")
    soon = lambda world: bool(world.pending) and world.run_of("shop").memory == 6  # noqa: E731
    either = Goal("", lambda world: late.holds(world) or soon(world))
    search = Search(question(world, either), OPEN, bound=Bound(moves=1))
    assert [type(each) for each in search.result().plan] == [Navigate]
    assert [type(each) for each in way_found(search)] == [Navigate, Commit]


def test_the_search_lets_timers_fire():
    def sets(memory, happened):
        match happened:
            case Loaded():
                return "set", [SetTimer(happened.page.label, "20 s")]
            case TimeIsUp():
                return "up", []
        return memory, []

    sets.hears_loads = "own"
    world = page({"https://shop.example/": sets})
    goal = Goal("", lambda world: world.run_of("shop").memory == "up")
    found = find_attack(question(world, goal), OPEN, moves=0)
    assert found.plan == (), "nobody needs to attack"
    assert [type(each.event) for each in found.run().steps] == [Load, SetTimer, TimerFires]


def test_the_search_finds_every_attack_that_the_scenarios_tell():
    for name, settings in (
        ("recursive-mashup", {"addressing": "*"}),
        ("stolen-login", {"addressing": "*"}),
        ("reply-race", {"addressing": "*"}),
        ("fragment-overwriting", {"navigation": "window"}),
    ):
        found = find_attack(SCENARIOS[name], PAPER.but(**settings), moves=1)
        assert isinstance(found, Attack), name
        assert found.run().succeeded, name


def test_the_search_finds_nothing_where_the_repair_is_in_place():
    for name in ("recursive-mashup", "stolen-login", "reply-race"):
        found = find_attack(SCENARIOS[name], PAPER, moves=1)
        assert isinstance(found, NoAttack) and found.exhausted, name


def test_what_the_attacker_can_try():
    hears = Together((Reads("x"), Listens("x", no_check)))
    world = page({GADGET: hears}, typed=frozenset({("gadget", "the secret")}))
    words = Vocabulary.of(world, accepted("forged"), ())
    moves = list(attacker_moves(world, words, OPEN.but(scripting=lambda browser, attempt: True)))
    assert {each.actor for each in moves} == {"ad"}
    assert {getattr(each, "target", None) for each in moves} == {"gadget", "shop", "ad", None}
    itself = [each.url for each in moves if getattr(each, "target", None) == "ad"]
    assert itself and not any(url.startswith(EVIL) for url in itself), "to honest pages only"
    assert {type(each).__name__ for each in moves} == {"Embed", "Navigate", "PostMessage", "Script"}
    silent = page({GADGET: Reads("x")}, frame(EVIL, label="ad", sandbox=""))
    assert list(attacker_moves(silent, words, OPEN)) == []


def test_the_search_gives_up_and_says_so():
    scenario, _ = CHANNELS[NEW]
    found = find_attack(replace(scenario, goal=FORGERY), PAPER, worlds=10)
    assert isinstance(found, NoAttack) and not found.exhausted
    assert str(found) == "gave up at 10 states, with no attack among them"


def test_worlds_that_differ_only_in_how_they_came_about_are_one():
    one = page({GADGET: Reads("x")}, past=None)
    two = one
    for event in (Navigate("shop", "gadget", f"{GADGET}#a"), Navigate("ad", "ad", f"{EVIL}#b")):
        _, one = step(one, event, OPEN)
    for event in (Navigate("ad", "ad", f"{EVIL}#b"), Navigate("shop", "gadget", f"{GADGET}#a")):
        _, two = step(two, event, OPEN)
    assert one == two and hash(one) == hash(two)
    assert step(one, Deliver("ad"), OPEN)[1] is one
