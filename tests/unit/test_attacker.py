"""The attacker: what it may be, what it knows to say, and that nothing else is left out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.attacks import EVIL, PAPER
from unit.questions import everything

from labcore import SCENARIOS, Browser, Origin, Policies, World, frame, step, window
from labcore.actions import Embed, Navigate, Open, Poll, PostMessage, Script, Traverse
from labcore.attacker import as_seen_by, attacker_moves
from labcore.errors import UnknownName
from labcore.policies import NAVIGATION
from labcore.protocols import HANDSHAKES, Listens, Posts, Reads
from labcore.protocols.receiving import no_check
from labcore.scenarios import Goal
from labcore.search import Attack, find_attack
from labcore.vocabulary import Vocabulary, holds, hostile_pages, kind_of, said_by

SHOP, GADGET = "https://shop.example/", "https://gadget.example/"
ATTACKER = frozenset({Origin.of(EVIL)})
FORGES = Goal("it is believed", lambda world: bool(world.accepted), ("forged",))
PAGE = Browser.of(
    window(SHOP, frame(GADGET, label="gadget"), frame(EVIL, label="ad"), label="shop")
)


def world(scripts=(), browser=PAGE, **more):
    given = {"attacker": ATTACKER, "scripts": tuple(dict(scripts).items()), **more}
    return World(browser, **given).started()


def moves(start, policies=PAPER, *, goal=FORGES, **more):
    return list(attacker_moves(start, Vocabulary.of(start, goal, ()), policies, **more))


# --- threat models ---


def test_a_web_attacker_has_a_window_and_no_gadget():
    seen = as_seen_by(world(), "web")
    assert not seen.is_attackers("ad"), "the gadget is honest"
    assert [seen.is_attackers(each) for each in seen.browser.windows] == [False, True]


def test_a_web_attacker_who_has_a_window_gets_no_second_one():
    start = SCENARIOS["recursive-mashup"].start
    assert as_seen_by(start, "web").browser.windows == start.browser.windows


def test_a_gadget_attacker_has_all_that_is_there():
    start = world()
    seen = as_seen_by(start, "gadget")
    assert seen.browser == start.browser and seen.attacker == start.attacker


def test_a_page_comes_again_with_the_frames_it_had():
    seen = as_seen_by(world(), "gadget")
    assert [each.label for each in seen.page_at(SHOP).frames] == ["gadget", "ad"]


def test_an_unknown_threat_model_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match="unknown attacker 'gadjet'; did you mean 'gadget'"):
        as_seen_by(world(), "gadjet")


@pytest.mark.parametrize("navigation", NAVIGATION)
def test_what_a_web_attacker_can_do_a_gadget_attacker_can(navigation):
    policies = PAPER.but(navigation=navigation)
    by_web, by_gadget = (
        find_attack(SCENARIOS["gadget-hijacking"], policies, attacker)
        for attacker in ("web", "gadget")
    )
    assert isinstance(by_gadget, Attack) >= isinstance(by_web, Attack)


def test_a_web_attacker_gets_no_further_than_the_permissive_policy_lets_it():
    found = {
        navigation: isinstance(
            find_attack(SCENARIOS["gadget-hijacking"], PAPER.but(navigation=navigation), "web"),
            Attack,
        )
        for navigation in NAVIGATION
    }
    assert found == {"permissive": True, "window": False, "child": False, "descendant": False}


# --- what it can say ---


@pytest.mark.parametrize(
    ("word", "kind"),
    [("N_A", "nonce"), ("N_C′", "nonce"), (SHOP, "URL"), ("hello", "text"), ("", "text")],
)
def test_a_word_is_a_nonce_a_url_or_a_text(word, kind):
    assert kind_of(word) == kind


def words_for(name, policies=PAPER):
    scenario = SCENARIOS[name]
    start = scenario.starts(policies)
    honest = scenario.honest_run(policies)
    return Vocabulary.of(start, scenario.goal, honest, scenario.embeds), start


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_its_messages_have_the_shapes_of_the_honest_ones(handshake):
    words, start = words_for("lowe-anomaly", PAPER.but(handshake=handshake))
    built = words.messages(start.knowledge)
    shapes = {tuple(map(kind_of, each.split(","))) for each in built}
    assert shapes and shapes <= set(words.shapes)
    assert {("nonce", "URL")} <= set(words.shapes)


def test_it_says_only_nonces_that_it_knows():
    words, start = words_for("lowe-anomaly")
    for known in (start.knowledge, frozenset({"N_E", "N_C"})):
        for text in words.messages(known):
            nonces = {word for word in text.split(",") if kind_of(word) == "nonce"}
            assert nonces <= known


def test_to_know_more_is_to_say_more():
    words, _ = words_for("lowe-anomaly")
    fewer = set(words.messages(frozenset({"N_E"})))
    assert fewer < set(words.messages(frozenset({"N_E", "N_C"})))


def test_its_own_words_come_first():
    words, _ = words_for("fragment-overwriting")
    assert words.messages(frozenset({"a secret"}))[0] == "show nothing"


def test_what_is_needed_stands_in_each_message():
    words, _ = words_for("lowe-anomaly", PAPER.but(handshake="Windows Live Channels"))
    said = words.messages(frozenset({"N_E"}), "delete all contacts")
    assert said and all("delete all contacts" in each for each in said)


def test_it_has_a_page_on_each_of_its_servers():
    start = SCENARIOS["origin-check"].start
    assert len(hostile_pages(start)) == len(start.attacker) == 4
    forged = World(Browser.of(window("http://news.example/")), on_the_network=True)
    assert hostile_pages(forged) == ("http://news.example/hostile",)


@pytest.mark.parametrize(
    ("event", "texts"),
    [
        (Navigate("a", "b", f"{SHOP}#x%20y"), ["x y"]),
        (Navigate("a", "b", SHOP), []),
        (Embed("a", f"{SHOP}#x"), ["x"]),
        (Open("a", f"{SHOP}#x"), ["x"]),
        (PostMessage("a", "b", "x", "*"), ["x"]),
        (PostMessage("a", "b", 7, "*"), [7]),
        (Script("a", "b", PostMessage("b", "c", "x", "*")), ["x"]),
        (Script("a", "b"), []),
        (Poll("a"), []),
    ],
)
def test_what_an_event_says_is_seen(event, texts):
    assert list(said_by(event)) == texts


def closing_over(word):
    return lambda memory, happened: (word, [])


@pytest.mark.parametrize(
    "value",
    [
        "forged",
        "it is forged",
        ("a", ("forged",)),
        ["forged"],
        {"a": "forged"},
        {"forged": 1},
        frozenset({"forged"}),
        Posts("forged", SHOP),
        closing_over("forged"),
        lambda memory, happened: ("forged", []),
        lambda memory, happened, text="forged": (text, []),
    ],
)
def test_a_word_is_found_wherever_a_script_may_hold_it(value):
    assert holds(value, "forged")
    assert not holds(value, "something else")


# --- what it can do ---


def test_it_does_nothing_where_no_script_of_its_own_runs():
    silent = Browser.of(window(SHOP, frame(EVIL, label="ad", sandbox=""), label="shop"))
    assert moves(world(browser=silent)) == []


@pytest.mark.parametrize("navigation", NAVIGATION)
def test_it_navigates_only_where_a_policy_lets_it(navigation):
    policies = PAPER.but(navigation=navigation)
    start = world({GADGET: Reads(SHOP)})
    for move in moves(start, policies):
        assert step(start, move, policies)[0], str(move)


def test_without_room_it_embeds_nothing():
    assert any(isinstance(each, Embed) for each in moves(world(), room=1))
    assert not any(isinstance(each, Embed | Open) for each in moves(world(), room=0, windows=True))


def test_it_opens_windows_only_if_it_may():
    assert not any(isinstance(each, Open) for each in moves(world()))
    assert any(isinstance(each, Open) for each in moves(world(), windows=True))


def test_it_goes_back_only_where_a_session_history_is_kept():
    assert not any(isinstance(each, Traverse) for each in moves(world()))
    assert {each.by for each in moves(world(past=())) if isinstance(each, Traverse)} == {-1, 1}


def test_it_posts_only_what_somebody_reacts_to():
    deaf, careful, credulous = (
        [each for each in moves(world(scripts)) if isinstance(each, PostMessage)]
        for scripts in (
            {GADGET: Reads(SHOP)},
            {GADGET: Listens("https://shop.example")},
            {GADGET: Listens("https://shop.example", no_check)},
        )
    )
    assert deaf == careful == []
    assert [(each.target, each.data) for each in credulous] == [("gadget", "forged")]


def test_two_pages_that_can_do_the_same_do_it_once():
    two = Browser.of(window(SHOP, frame(EVIL, label="ad"), frame(EVIL, label="ad-2"), label="shop"))
    sent = [each for each in moves(world(browser=two)) if isinstance(each, Navigate)]
    to_the_top = [each.url for each in sent if each.target == "shop"]
    assert len(to_the_top) == len(set(to_the_top))


def test_it_acts_in_the_name_of_a_page_that_it_may_script():
    start = world({GADGET: Listens("https://shop.example")})
    everybody = PAPER.but(scripting=lambda browser, attempt: True)
    as_shop = [each for each in moves(start, everybody) if isinstance(each, Script) and each.run]
    forgery = Script("ad", "shop", PostMessage("shop", "gadget", "forged", "*"))
    assert forgery in as_shop


def test_it_reads_where_there_is_something_to_be_learnt():
    everybody = PAPER.but(scripting=lambda browser, attempt: True)
    reads = Script("ad", "gadget")
    assert reads not in moves(world(), everybody)
    typed = frozenset({("gadget", "the secret")})
    assert reads in moves(world(typed=typed), everybody)
    assert reads not in moves(world(typed=typed))


def test_without_displacing_no_page_comes_in_the_place_of_another_one():
    for move in moves(world({GADGET: Reads(SHOP)}), displaces=False):
        if isinstance(move, Navigate):
            assert move.url.partition("#")[0] == PAGE.document(move.target).page


SCRIPTS = [
    Reads(SHOP),
    Listens("https://shop.example"),
    Listens("https://shop.example", no_check),
    Posts("hello", "https://shop.example", "parent"),
]


@given(st.sampled_from(SCRIPTS), st.sampled_from(SCRIPTS), st.sampled_from(sorted(NAVIGATION)))
def test_a_move_that_it_makes_is_one_of_all_there_are(gadget, shop, navigation):
    start = world({GADGET: gadget, SHOP: shop})
    policies = Policies(navigation=navigation)
    words = Vocabulary.of(start, FORGES, ())
    all_there_are = set(everything(start, words, policies))
    assert set(attacker_moves(start, words, policies)) <= all_there_are


@given(st.sampled_from(SCRIPTS), st.sampled_from(SCRIPTS), st.sampled_from(sorted(NAVIGATION)))
def test_what_is_needed_only_takes_moves_away(gadget, shop, navigation):
    start = world({GADGET: gadget, SHOP: shop})
    policies = PAPER.but(navigation=navigation)
    needed = set(moves(start, policies, needs="forged"))
    assert needed <= set(moves(start, policies))
    assert all(any(holds(text, "forged") for text in said_by(each)) for each in needed)


def test_frames_that_honest_pages_make_keep_their_labels():
    scenario = SCENARIOS["smash-attack"]
    policies = PAPER.but(handshake="SMash")
    start = scenario.starts(policies)
    words = replace(words_for("smash-attack", policies)[0], embeds=("contacts",))
    copies = [
        each
        for each in attacker_moves(start, words, policies)
        if isinstance(each, Embed) and each.url.startswith("https://contacts.example/")
    ]
    assert copies and {each.name for each in copies} == {"copy"}
