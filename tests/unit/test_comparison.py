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
    Fetch,
    Load,
    Navigate,
    Poll,
    SetTimer,
    TimerFires,
)
from labcore.attacker import attacker_moves
from labcore.comparison import (
    ALL,
    ANALOGUES,
    CHANNELS,
    FORGED,
    FORGERY,
    FROM_SERVERS,
    PAGE,
    SECRET,
    SERVICE,
    Compared,
    Security,
    compared,
    comparison,
    security,
    table_1,
)
from labcore.errors import UnknownName
from labcore.policies import NAVIGATION
from labcore.protocols import Fetches, Listens, Posts, Reads, Together, Writes
from labcore.protocols.receiving import no_check
from labcore.scenarios.post_message import INTEGRATOR
from labcore.scenarios.scenario import Goal, attacker_knows, attacker_shows_in
from labcore.scripts import Loaded, TimeIsUp
from labcore.search import Attack, Bound, NoAttack, Search, find_attack
from labcore.servers import Site, User
from labcore.servers.choices import CALLBACK_FILTERS
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


# --- all channels side by side ---


@pytest.fixture(scope="module")
def rows() -> dict[str, Compared]:
    return {each.security.channel: each for each in comparison(PAPER)}


PAGES, SERVER = ("sending page", "receiving page"), ("server", "page")

COMPARED = {
    # channel: confidential, authenticated, who must take part, does a hostile sender take over?
    BARE: (True, False, PAGES, False),
    OLD: (False, True, PAGES, False),
    NEW: (True, True, PAGES, False),
    COMM: (True, True, PAGES, False),
    "JSONP": (False, True, SERVER, True),
    "CORS": (True, True, SERVER, False),
}


@pytest.mark.claim("M17")
def test_all_channels_side_by_side(rows):
    assert {
        name: (*guarantees(each.security), each.parties, each.takes_over is not None)
        for name, each in rows.items()
    } == COMPARED
    assert list(rows) == list(ALL) and all(each.security.works for each in rows.values())


def test_the_first_rows_are_those_of_table_1(rows, table):
    for name in CHANNELS:
        assert str(rows[name].security) == str(table[name])
        assert guarantees(rows[name].security) == guarantees(table[name])


def test_a_row_says_all_of_it_in_one_line(rows):
    assert str(rows["JSONP"]) == (
        "JSONP: authentication; server and page; "
        "a hostile sender gets its own script in the receiver's page"
    )
    assert str(rows["CORS"]).endswith("; server and page; a hostile sender gets a message")
    assert rows["JSONP"].security.analogue == "public-key signatures"
    assert rows["CORS"].security.analogue == "a secure channel, like TLS"


def test_behind_each_cross_stands_an_attack_that_can_be_run(rows):
    for name, row in rows.items():
        for attack, goal in (
            (row.security.eavesdropper, "knows the secret"),
            (row.security.impostor, "accepts “forged”"),
            (row.takes_over, "a script of the attacker's runs in a page of"),
        ):
            if attack is not None:
                assert attack.run().succeeded and goal in attack.run().verdict, name


def test_the_one_who_reads_jsonp_includes_the_script_as_the_page_does(rows):
    (move,) = rows["JSONP"].security.eavesdropper.moves
    assert isinstance(move, Fetch) and move.actor == "top"
    assert move.request.destination == "script" and str(move.request.origin) == SERVICE
    assert rows["JSONP"].takes_over.moves == (), "who answers need not do anything else"


def test_framing_copies_of_the_pages_helps_against_no_channel_from_a_server():
    assert guarantees(security("JSONP", PAPER, embeds=True)) == (False, True)
    assert guarantees(security("CORS", PAPER, embeds=True)) == (True, True)


def asked(channel, goal, **settings):
    """A search for ``goal`` in a variant of a channel from a server, where settings are wrong."""
    scenario, needs = FROM_SERVERS[channel]
    rules = PAPER.but(**{**needs, **settings})
    assert scenario.page_works(rules), "or nothing is said"
    return find_attack(replace(scenario, goal=goal), rules, moves=2, frames=1)


@pytest.mark.parametrize(
    ("wrong", "moves"),
    [
        ({"cors_headers": "reflected origin"}, 1),
        ({"cors_headers": "null too"}, 2),
        ({"cors": "no check"}, 1),
        ({"cors": lambda origin, credentials, response: True}, 1),
        ({"cors_headers": lambda origin, trusted: reflecting(origin)}, 1),
    ],
)
def test_a_server_or_a_browser_that_is_wrong_about_cors_fails_the_same_check(wrong, moves):
    found = asked("CORS", attacker_knows(SECRET), **wrong)
    assert isinstance(found, Attack) and len(found.moves) == moves
    assert found.run().succeeded


def reflecting(origin):
    return {
        "Access-Control-Allow-Origin": origin or "*",
        "Access-Control-Allow-Credentials": "true",
    }


def test_with_cors_as_it_should_be_the_same_check_is_exhausted():
    found = asked("CORS", attacker_knows(SECRET))
    assert isinstance(found, NoAttack) and found.exhausted


@pytest.mark.parametrize(
    "measure",
    [
        {"callback_filter": CALLBACK_FILTERS["50 letters and digits"]},
        {"callback_prefix": True},
        {"nosniff": True},
        {"attachment": True},
        {"trusted": ""},
    ],
    ids=lambda measure: "".join(measure),
)
def test_no_measure_against_rosetta_flash_makes_jsonp_confidential(measure):
    scenario, _ = FROM_SERVERS["JSONP"]
    careful = replace(scenario.servers(PAPER)[SERVICE], **measure)
    others = replace(
        scenario, servers=lambda policies: {SERVICE: careful}, goal=attacker_knows(SECRET)
    )
    assert isinstance(find_attack(others, PAPER, moves=1), Attack)


def over(scheme):
    """JSONP from a server that is asked over ``scheme``, with somebody on the network."""
    service = f"{scheme}://service.example"
    site = Site(service, (User("alice", "its-session", data=SECRET),), jsonp=("/secret",))
    scenario, _ = FROM_SERVERS["JSONP"]
    return replace(
        scenario,
        start=scenario.start.but(on_the_network=True),
        servers=lambda policies: {service: site},
        scripts=lambda policies: {f"{PAGE}/": Fetches(f"{service}/secret?callback=show", True)},
        works=Goal("it is called", lambda world: bool(world.accepted)),
        honest_page=replace(scenario, start=scenario.start.but(attacker=frozenset())),
        goal=Goal(
            "a script of the attacker's runs in the page",
            lambda world: (
                "page" in world.browser
                and world.is_attackers("page")
                and str(world.browser.origin("page")) == PAGE
            ),
        ),
    )


@pytest.mark.parametrize(("scheme", "taken"), [("http", True), ("https", False)])
def test_jsonp_over_plain_http_is_whoever_sits_on_the_network(scheme, taken):
    found = find_attack(over(scheme), PAPER, moves=1)
    assert isinstance(found, Attack if taken else NoAttack)
    if taken:
        assert found.moves == () and found.run().succeeded


@pytest.mark.parametrize(
    ("channel", "wrong", "parties"),
    [
        ("CORS", {"cors": "no check"}, ("page",)),
        ("JSONP", {"cors": "no check"}, ("server", "page")),
        ("CORS", {}, ("server", "page")),
    ],
)
def test_who_must_take_part_is_computed(channel, wrong, parties):
    assert compared(channel, PAPER.but(**wrong)).parties == parties


@pytest.mark.parametrize("cors", ["Fetch standard", "same origin only", "no check"])
@pytest.mark.parametrize("scripting", ["same-origin", "same-origin-domain"])
def test_no_rule_of_the_browsers_keeps_the_sender_of_jsonp_out_of_the_page(cors, scripting):
    row = compared("JSONP", PAPER.but(cors=cors, scripting=scripting))
    assert row.takes_over is not None and row.takes_over.run().succeeded


def test_an_unknown_channel_is_no_row():
    with pytest.raises(UnknownName, match="did you mean 'JSONP'"):
        compared("jsonp")


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
