"""Honest scripts, and what the browser does between two of their lines."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.questions import question

from labcore import Browser, Origin, Policies, UnknownName, World, frame, step, window
from labcore.actions import (
    Accepts,
    Asks,
    Call,
    Commit,
    CommRequest,
    Deliver,
    Embed,
    Load,
    Navigate,
    Open,
    Poll,
    PostMessage,
    Refuses,
    Script,
    SetTimer,
    TimerFires,
    Traverse,
    UserConfirms,
)
from labcore.errors import ReadersError
from labcore.protocols import Listens, Posts, Reads
from labcore.scenarios.scenario import MOST_STEPS, Goal, Scenario, play
from labcore.scripts import MOST_ACTIONS, Loaded, MessageEvent, Page, ScriptError
from labcore.search import NoAttack, find_attack

SHOP, PAY, EVIL = "https://shop.example/", "https://pay.example/", "https://attacker.example/"
POLICIES = Policies(origin_propagation=False)
OPEN = POLICIES.but(navigation="permissive")
OPEN_HOUSE = OPEN.but(scripting=lambda browser, attempt: True)
NEVER = Goal("it never holds", lambda world: False)


def page(scripts=(), **more):
    """A shop with a payment page and an advertisement, and a second window."""
    browser = Browser.of(
        window(
            SHOP,
            frame(PAY, label="pay", name="till"),
            frame(EVIL, label="ad"),
            label="shop",
        ),
        window("https://news.example/", label="news", opener="shop"),
    )
    attacker = frozenset({Origin.of(EVIL)})
    return World(browser, attacker=attacker, scripts=tuple(dict(scripts).items()), **more).started()


def after(world, *events, policies=OPEN):
    for event in events:
        _, world = step(world, event, policies)
    return world


def ran(script, plan=(), goal=NEVER, **scripts):
    scenario = Scenario(
        "mine", "mine", "", "", page(), tuple(plan), goal,
        scripts=lambda policies: {SHOP: script, **scripts},
    )  # fmt: skip
    return scenario.run(OPEN)


def at_load(*actions):
    """A script that does ``actions`` once its page has loaded."""

    def acts(memory, happened):
        return memory, actions if memory is None and isinstance(happened, Loaded) else ()

    acts.hears_loads = "own"
    return acts


# --- what a script can name ---


def test_a_script_names_the_windows_around_it():
    browser = page().browser
    shop, pay, news = (Page(browser, label) for label in ("shop", "pay", "news"))
    assert (shop.top, shop.parent, shop.opener) == ("shop", "shop", None)
    assert (pay.top, pay.parent, pay.opener) == ("shop", "shop", None)
    assert (news.top, news.parent, news.opener) == ("news", "news", "shop")
    assert str(pay.document.origin) == "https://pay.example"


def test_frames_are_found_by_number_and_by_name():
    frames = Page(page().browser, "shop").frames
    assert frames[0] == "pay" == frames["till"] and frames[1] == "ad" and len(frames) == 2


@pytest.mark.parametrize("wrong", [2, -1, "pay", "", None, slice(0, 1)])
def test_a_frame_that_is_not_there_is_named_with_those_that_are(wrong):
    with pytest.raises(UnknownName, match=r"frames\[.*there are 'till', 0, 1$"):
        Page(page().browser, "shop").frames[wrong]
    with pytest.raises(UnknownName, match="there are none"):
        Page(page().browser, "news").frames[wrong]


def test_of_two_frames_with_one_name_the_first_is_meant():
    twins = (frame(PAY, label=label, name="till") for label in ("one", "two"))
    assert Page(Browser.of(window(SHOP, *twins, label="shop")), "shop").frames["till"] == "one"


# --- nonces ---


def test_no_two_nonces_are_alike():
    labels = ("maps", "mail", "Mirror", "maps-2", "m2")
    browser = Browser.of(
        *(window(f"https://{i}.example/", label=label) for i, label in enumerate(labels))
    )
    scripts = tuple((f"https://{i}.example/", at_load()) for i in range(len(labels)))
    world = World(browser, scripts=scripts).started()
    nonces = []
    for _ in range(12):
        for label, url in zip(labels, dict(scripts), strict=True):
            nonces += [world.page_in(label).nonce(number) for number in (1, 2, 3)]
            world = after(world, Navigate(label, label, url), Commit(label))
    assert len(set(nonces)) == len(nonces) == 12 * 5 * 3
    assert nonces[:3] == ["N_M", "N_M′", "N_M′′"]


def test_a_nonce_is_new_after_a_page_without_script_and_after_the_frame_was_away():
    boxes = (window(SHOP, frame(PAY, label="pay")),)
    world = page({SHOP: at_load(), PAY: at_load()}, pages=boxes)
    first = world.page_in("pay").nonce()
    blank = after(world, Navigate("pay", "pay", "https://else.example/"), Commit("pay"))
    assert blank.run_of("pay") is None
    back = after(blank, Navigate("pay", "pay", PAY), Commit("pay"))
    assert back.page_in("pay").nonce() != first
    anew = after(world, Navigate("shop", "shop", SHOP), Commit("shop"))
    assert "pay" in anew.browser and anew.page_in("pay").nonce() != first


# --- a script that goes wrong ---


def raises(memory, happened):
    raise ZeroDivisionError("no such luck")


@pytest.mark.parametrize(
    ("script", "named"),
    [
        (raises, "script 'raises' in 'shop' failed at Loaded: ZeroDivisionError: no such luck"),
        (lambda memory, happened: None, "unpack.*NoneType.*returns .memory, actions."),
        (lambda memory, happened: (None, None), "NoneType.*not iterable.*returns"),
        (lambda memory, happened: (None, SetTimer("shop", "x")), "SetTimer.*not iterable"),
        (lambda memory, happened: ([], ()), "unhashable type: 'list'.*a hashable value"),
        (lambda memory, happened: (None, ["x"]), "can act for itself only, not with 'x'"),
        (lambda memory, happened: (None, [Commit("shop")]), "not with Commit"),
        (lambda memory, happened: (None, [SetTimer("pay", "1")]), r"not with SetTimer\(actor='pay"),
        (lambda memory: (None, ()), "positional argument"),
        ("no script", "'str' object is not callable"),
        (
            lambda memory, happened: (None, itertools.repeat(SetTimer("shop", "x"))),
            f"more than {MOST_ACTIONS} things at Loaded",
        ),
    ],
)
def test_a_wrong_script_is_named_with_what_it_did(script, named):
    quiet = page({SHOP: at_load()})
    world = replace(after(quiet, Load("pay"), Load("ad")), scripts=((SHOP, script),))
    with pytest.raises(ScriptError, match=named):
        step(world, Load("shop"), OPEN)
    with pytest.raises(ScriptError, match=named):
        ran(script)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda: PostMessage("shop", "pay", print, "*"), "a function has no copy"),
        (lambda: PostMessage("shop", "pay", "x", "pay.example"), "mean 'https://pay.example'"),
        (lambda: Navigate("shop", "pay", "pay.example"), "'pay.example' is not a URL"),
    ],
)
def test_what_a_script_cannot_mean_is_said_in_the_readers_words(wrong, named):
    with pytest.raises(ReadersError, match=named):
        ran(lambda memory, happened: (memory, [wrong()]))


def test_a_script_that_asks_for_a_frame_that_is_not_there_stops():
    def reaches_out(memory, happened):
        return "never", [SetTimer("shop", happened.page.frames["{map}"])]

    reaches_out.hears_loads = "own"
    trace = ran(reaches_out)
    assert trace.end.run_of("shop").memory is None
    assert trace.refused.decision.reason == (
        "the script stops: there is no frames['{map}'] in this page; there are 'till', 0, 1"
    )


@pytest.mark.parametrize(
    "action",
    [
        Navigate("shop", "nowhere", PAY),
        PostMessage("shop", "nowhere", "x", "*"),
        Script("shop", "nowhere"),
        Call("shop", "nowhere", "x"),
    ],
)
def test_an_action_on_a_frame_that_is_not_there_is_refused_once(action):
    trace = ran(at_load(action, SetTimer("shop", "a while")))
    events = [each.event for each in trace.steps]
    assert events.count(action) == 1 and not trace.endless
    assert trace.refused.decision.rule == "no such frame"
    assert SetTimer("shop", "a while") in events, "the script goes on"


def test_a_refused_action_does_not_stop_the_next():
    refused = Navigate("shop", "news", EVIL)
    trace = Scenario(
        "mine", "mine", "", "", page(), (), NEVER,
        scripts=lambda policies: {SHOP: at_load(refused, SetTimer("shop", "a while"))},
    ).run(POLICIES.but(top_level="like sub-frames"))  # fmt: skip
    assert trace.refused.event == refused
    assert [type(each.event) for each in trace.steps[-2:]] == [SetTimer, TimerFires]


# --- for ever ---


def answers_itself(memory, happened):
    return memory, [PostMessage("shop", "shop", "x", "*")]


def test_a_script_that_answers_itself_for_ever_comes_to_a_clear_end():
    trace = ran(answers_itself)
    assert len(trace.steps) == MOST_STEPS + 1 and trace.endless
    assert trace.refused.decision.rule == "the bound"
    assert trace.verdict.startswith(f"Nobody can tell: stopped after {MOST_STEPS} steps")


def test_a_run_that_ends_is_not_called_endless():
    trace = ran(at_load())
    assert not trace.endless and "Nobody can tell" not in trace.verdict


def test_an_endless_run_in_which_something_else_was_refused_is_no_defence():
    def both(memory, happened):
        return memory, [Navigate("shop", "nowhere", EVIL), PostMessage("shop", "shop", "x", "*")]

    trace = ran(both)
    assert trace.refused.decision.rule == "no such frame"
    assert "Nobody can tell" in trace.verdict


def counts(memory, happened):
    return (memory or 0) + 1, [PostMessage("shop", "shop", "x", "*")]


def test_the_search_gives_up_on_scripts_that_go_on_for_ever():
    found = find_attack(question(page({SHOP: counts}), NEVER), OPEN, moves=0, worlds=1_000)
    assert isinstance(found, NoAttack) and not found.exhausted
    assert str(found).startswith("gave up at 1,000 states")


def test_the_search_ends_where_scripts_only_go_round_in_circles():
    found = find_attack(question(page({SHOP: answers_itself}), NEVER), OPEN, moves=0)
    assert isinstance(found, NoAttack) and found.exhausted


# --- run to completion ---


def test_nothing_else_happens_until_a_script_has_ended():
    two = at_load(PostMessage("shop", "pay", "x", "*"), SetTimer("shop", "a while"))
    loud = page({SHOP: two, PAY: Reads("https://shop.example")})
    busy = after(loud, Navigate("ad", "pay", f"{PAY}#x"), Load("shop"))
    busy = after(busy, Navigate("ad", "pay", EVIL))
    assert len(busy.agenda) == 2 and list(busy.due()) == [busy.agenda[0]]
    for event in (Commit("pay"), Poll("pay"), Deliver("pay"), TimerFires("shop"), Load("pay")):
        decision, same = step(busy, event, OPEN)
        assert not decision and same is busy and decision.rule == "run to completion"
    done = after(busy, *busy.agenda)
    assert done.agenda == () and len(done.messages) == 1 and done.run_of("shop").waits


@pytest.mark.parametrize(
    "event",
    [
        Accepts("pay", "order 7 is paid", "https://shop.example"),
        Asks("pay", "pay", "https://shop.example"),
        SetTimer("pay", "20 s"),
        SetTimer("ad", "20 s"),
        Refuses("pay", "no"),
    ],
)
def test_no_plan_can_put_words_into_a_pages_mouth(event):
    world = page({PAY: Reads("https://shop.example")})
    decision, after = step(world, event, OPEN)
    assert not decision and after is world and decision.rule == "the page's script"


@pytest.mark.parametrize(
    "event",
    [
        PostMessage("shop", "pya", "x", "*"),
        Navigate("pya", "shop", EVIL),
        CommRequest("pya", PAY, "x"),
        Deliver("pya"),
        Poll("pya"),
        Load("pya"),
        Commit("pya"),
        TimerFires("pya"),
        Asks("pya", "x", "y"),
        Accepts("pya", "x", "y"),
        Refuses("pya", "x"),
        SetTimer("pya", "x"),
        Traverse("pya"),
        Embed("pya", EVIL),
        Call("shop", "pya", "x"),
        Script("shop", "pay", run=PostMessage("pay", "pya", "x", "*")),
        UserConfirms("pya", "x"),
    ],
)
def test_a_frame_that_never_was_is_an_error_that_suggests_the_nearest(event):
    with pytest.raises(UnknownName, match="unknown frame 'pya'; did you mean 'pay'"):
        step(page({PAY: at_load()}), event, OPEN)
    with pytest.raises(UnknownName, match="unknown frame 'pya'; did you mean 'pay'"):
        ran(at_load(), plan=[event])


def test_a_plan_that_names_no_frame_at_all_is_refused():
    with pytest.raises(UnknownName, match="unknown frame None"):
        ran(at_load(), plan=[PostMessage("shop", None, "x", "*")])


@pytest.mark.parametrize("by", [0, 2, -3, None, "back"])
def test_history_goes_one_step_at_a_time(by):
    with pytest.raises(ReadersError, match="1 forward or -1 back, not"):
        Traverse("ad", by)


# --- loads, polls and messages ---


def test_inner_documents_load_before_outer_ones():
    world = page({SHOP: lambda memory, happened: ((*(memory or ()), happened.frame), ())})
    assert world.held_back("shop") == "pay"
    decision, same = step(world, Load("shop"), OPEN)
    assert not decision and same is world and decision.reason == "shop waits for pay"
    done = play(world, (), OPEN)[-1].world
    assert set(done.run_of("shop").memory[:2]) == {"pay", "ad"}
    assert done.run_of("shop").memory[2] == "shop"
    assert "loaded before" in step(done, Load("shop"), OPEN)[0].reason


def test_of_two_scripts_that_hear_of_one_load_the_inner_acts_first():
    def acts(memory, happened):
        return memory, [SetTimer(happened.page.label, "a while")]

    world = after(page({SHOP: acts, PAY: acts}), Load("pay"))
    assert [each.actor for each in world.agenda] == ["pay", "shop"]


def test_a_page_waits_for_what_is_under_way_inside_it():
    world = after(page({SHOP: at_load()}), Navigate("ad", "pay", EVIL + "slow"))
    assert world.held_back("shop") == "pay"
    assert not step(world, Load("shop"), OPEN)[0]
    assert step(after(world, Commit("pay")), Load("shop"), OPEN)[0]


def test_a_poll_sees_only_what_is_new():
    world = page({PAY: Reads("https://shop.example")})
    assert not step(world, Poll("pay"), OPEN)[0]
    world = after(world, Navigate("shop", "pay", f"{PAY}#one"), Poll("pay"))
    assert world.agenda == (Accepts("pay", "one", "https://shop.example"),)
    world = after(world, *world.agenda)
    assert Poll("pay") not in world.due() and not step(world, Poll("pay"), OPEN)[0]
    assert Poll("pay") in after(world, Navigate("shop", "pay", f"{PAY}#two")).due()


def test_only_the_fragment_changes_and_the_document_lives_on():
    world = page({PAY: lambda memory, happened: ((memory or 0) + 1, ())})
    world = after(world, Load("pay"), Navigate("shop", "pay", f"{PAY}#one"))
    assert world.pending == () and world.run_of("pay").memory == 1
    world = after(world, Navigate("shop", "pay", f"{PAY}#two"), Poll("pay"))
    assert world.run_of("pay").memory == 2 and world.browser.document("pay").fragment == "two"
    world = after(world, Navigate("shop", "pay", PAY))
    assert world.pending_in("pay") is not None, "without a # the page is loaded again"


def test_a_fragment_for_another_page_takes_the_page_away():
    world = after(page(), Navigate("ad", "pay", "https://pay.example/other#x"))
    assert world.browser.document("pay").fragment == "" and world.pending_in("pay") is not None


@given(st.text(st.characters(exclude_categories=["C"], exclude_characters="%"), max_size=12))
def test_what_is_written_behind_the_hash_is_what_is_read_there(text):
    written = after(page(), Navigate("shop", "pay", f"{PAY}#.{text}.")).browser
    assert written.document("pay").fragment == f".{text}."


def test_a_message_says_what_by_whom_and_from_where():
    heard = []

    def listens(memory, happened):
        heard.append(happened)
        return None, ()

    listens.hears_loads = "none"
    world = page({SHOP: listens})
    world = after(world, PostMessage("pay", "shop", {"paid": [7]}, "*"))
    world = after(world, Navigate("pay", "pay", "https://else.example/"), Commit("pay"))
    after(world, Deliver("shop"))
    (event,) = heard
    assert isinstance(event, MessageEvent) and event.data == {"paid": (7,)}
    assert (event.origin, event.source) == ("https://pay.example", "pay"), "as at the call"


def test_messages_to_one_window_arrive_in_the_order_in_which_they_were_sent():
    world = page({SHOP: Listens("https://pay.example")})
    for number in (1, 2, 3):
        world = after(world, PostMessage("pay", "shop", number, "*"))
    done = play(world, (), OPEN)[-1].world
    assert [text for _, text, _ in done.accepted] == [1, 2, 3]


def test_a_message_waits_for_the_window_and_not_for_the_document():
    world = after(page(), PostMessage("shop", "pay", "x", "*"))
    moved = after(world, Navigate("ad", "pay", EVIL), Commit("pay"))
    assert moved.messages == world.messages
    assert after(world, Navigate("shop", "shop", SHOP), Commit("shop")).messages == ()


def test_nothing_arrives_that_was_not_sent():
    decision, same = step(world := page(), Deliver("pay"), OPEN)
    assert not decision and same is world and decision.reason == "no message waits for pay"


def test_a_silenced_frame_sends_nothing_and_hears_nothing():
    boxed = Browser.of(window(SHOP, frame(PAY, label="pay", sandbox=""), label="shop"))
    world = World(boxed, scripts=((PAY, Listens("https://shop.example")),)).started()
    for event in (PostMessage("pay", "shop", "x", "*"), CommRequest("pay", SHOP, "x"),
                  Traverse("pay"), Embed("pay", EVIL)):  # fmt: skip
        decision, same = step(world, event, OPEN)
        assert not decision and same is world and decision.rule == "sandbox"
    world = after(world, PostMessage("shop", "pay", "x", "*"), Deliver("pay"))
    assert world.agenda == () and world.running == ()


def test_an_attackers_frame_that_runs_no_script_reads_nothing():
    boxed = Browser.of(window(SHOP, frame(EVIL, label="ad", sandbox=""), label="shop"))
    world = World(boxed, attacker=frozenset({Origin.of(EVIL)}), secrets=frozenset({"x"})).started()
    assert after(world, PostMessage("shop", "ad", "x", "*"), Deliver("ad")).knowledge == set()


# --- when a page goes ---


def test_what_belongs_to_a_page_goes_with_it():
    talks = {SHOP: at_load(SetTimer("shop", "a while"), Asks("shop", "pay", "you"))}
    busy = play(page(talks), [Load("shop")], OPEN)
    world = next(each.world for each in busy if each.world.questions)
    assert world.questions and world.run_of("shop").waits
    gone = after(world, Navigate("ad", "shop", EVIL), Commit("shop"))
    assert gone.questions == () and list(gone.timers()) == []
    assert not step(gone, UserConfirms("shop", "you"), OPEN)[0]
    assert not step(gone, TimerFires("shop"), OPEN)[0]


def test_a_new_document_begins_with_a_fresh_memory():
    counts = {PAY: lambda memory, happened: ((memory or 0) + 1, ())}
    world = after(page(counts), Load("pay"))
    again = after(world, Navigate("shop", "pay", PAY), Commit("pay"))
    assert world.run_of("pay").memory == 1
    assert again.run_of("pay").memory is None and again.run_of("pay").loading


def test_the_scripts_of_frames_that_went_away_are_gone():
    world = page({PAY: at_load(), SHOP: at_load()})
    assert [each.label for each in world.running] == ["shop", "pay", "ad"]
    gone = after(world, Navigate("shop", "shop", EVIL), Commit("shop"))
    assert [each.label for each in gone.running] == ["shop"]


def test_a_page_that_a_script_opens_runs_its_script():
    popup = "https://login.example/"
    trace = ran(
        Listens("https://login.example"),
        plan=[Open("shop", popup, "login")],
        **{popup: Posts("signed in", "https://shop.example", "opener")},
    )
    assert ("shop", "signed in", "https://login.example") in trace.end.accepted


def test_a_page_that_a_script_embeds_runs_its_script():
    trace = ran(
        Listens("https://login.example"),
        plan=[Embed("shop", "https://login.example/")],
        **{"https://login.example/": Posts("signed in", "https://shop.example", "parent")},
    )
    assert ("shop", "signed in", "https://login.example") in trace.end.accepted


def test_scripts_are_found_however_their_pages_url_is_written():
    one = ran(at_load(SetTimer("shop", "x")), **{"HTTPS://PAY.example": at_load()})
    assert one.end.script_of("pay") is not None
    with pytest.raises(ReadersError, match=r"did you mean 'https://pay\.example'"):
        ran(at_load(), **{"pay.example": at_load()})


def test_a_page_without_an_opener_cannot_answer_it():
    trace = ran(Posts("x", "https://shop.example", "opener"))
    assert "no other window has opened that of 'shop'" in trace.refused.decision.reason
    assert trace.end.messages == () and trace.end.accepted == ()


# --- scripting another document ---


def test_who_scripts_a_page_speaks_in_its_name():
    forged = Script("ad", "pay", run=PostMessage("pay", "shop", "order 8 is paid", "*"))
    world = page({SHOP: Listens("https://pay.example")})
    assert not step(world, forged, OPEN)[0], "the same-origin policy refuses"
    done = play(world, [forged], OPEN_HOUSE)[-1].world
    assert ("shop", "order 8 is paid", "https://pay.example") in done.accepted


def test_a_call_reaches_a_script_of_the_same_origin_only():
    world = page({PAY: lambda memory, happened: (happened.text, ())})
    assert not step(world, Call("shop", "pay", "x"), OPEN)[0]
    assert after(world, Call("shop", "pay", "x"), policies=OPEN_HOUSE).run_of("pay").memory == "x"


# --- what the attacker can say ---


@pytest.mark.parametrize(
    "guess",
    [
        Navigate("ad", "pay", f"{PAY}#N_S,x"),
        Navigate("ad", "pay", f"{PAY}#%4E_S,x"),
        Navigate("ad", "pay", f"{PAY}#%4e%5fS%2cx"),
        Navigate("ad", "pay", f"{PAY}#N_\tS,x"),
        Navigate("ad", "pay", f"{PAY}#the pin"),
        Embed("ad", f"{PAY}#N_S"),
        Open("ad", f"{PAY}#N_S"),
        PostMessage("ad", "pay", "N_S", "*"),
        PostMessage("ad", "pay", ["x", {"to": "x,N_S"}], "*"),
        PostMessage("ad", "pay", {"N_S": 1}, "*"),
        CommRequest("ad", PAY, "the pin"),
        Call("ad", "ad", "N_S"),
        Script("ad", "pay", run=Navigate("pay", "pay", f"{PAY}#N_S")),
        Script("ad", "pay", run=PostMessage("pay", "shop", "the pin", "*")),
    ],
)
def test_the_attacker_cannot_say_what_it_has_never_read(guess):
    world = page({PAY: at_load()}, secrets=frozenset({"the pin"}))
    decision, same = step(world, guess, OPEN_HOUSE)
    assert not decision and decision.rule == "secrets" and same is world
    knowing = replace(world, knowledge=frozenset({"N_S", "the pin"}))
    assert step(knowing, guess, OPEN_HOUSE)[0], "whoever knows it can say it"


def test_an_honest_page_may_say_what_the_attacker_does_not_know():
    assert step(page(), Navigate("shop", "pay", f"{PAY}#N_S"), OPEN)[0]


def test_a_secret_is_one_word():
    with pytest.raises(ReadersError, match="commas set words apart: 'a, b'"):
        Scenario("m", "m", "", "", page(secrets=frozenset({"a, b"})), (), NEVER)


def test_the_attacker_learns_what_reaches_its_frames():
    world = page({PAY: at_load()}, secrets=frozenset({"the pin"}))
    by_message = after(world, PostMessage("shop", "ad", ["the pin,N_S"], "*"), Deliver("ad"))
    by_fragment = after(world, Navigate("shop", "ad", f"{EVIL}#the pin,N_S"), Poll("ad"))
    assert by_message.knowledge == by_fragment.knowledge == {"the pin", "N_S"}


# --- session history ---


def lines(world):
    return [(each.label, each.after.removeprefix("https://")) for each in world.past]


def test_going_back_restores_the_fragment_before_and_forward_the_one_after():
    world = after(page(past=()), *(Navigate("shop", "pay", f"{PAY}#{n}") for n in (1, 2)))
    back = after(world, Traverse("ad", -1))
    assert back.browser.document("pay").fragment == "1" and back.pending == ()
    assert after(back, Traverse("ad", 1)) == world
    assert after(back, Traverse("shop", -1)).browser.document("pay").url == PAY


def test_going_back_to_another_document_is_no_new_line_of_history():
    start = page(past=())
    world = after(start, Navigate("shop", "pay", "https://else.example/"), Commit("pay"))
    back = after(world, Traverse("shop", -1), Commit("pay"))
    assert back.browser.document("pay").url == PAY and back.past == ()
    forth = after(back, Traverse("shop", 1), Commit("pay"))
    assert forth.browser.document("pay").url == "https://else.example/"
    assert forth.past == world.past and forth.future == ()


def test_the_last_of_a_windows_frames_to_move_goes_back_first():
    world = page(past=())
    for label, url in (("pay", PAY), ("ad", EVIL), ("pay", PAY)):
        world = after(world, Navigate("shop", label, f"{url}#{len(world.past)}"))
    seen = []
    for _ in range(3):
        world = after(world, Traverse("shop", -1))
        seen.append((world.browser.document("pay").fragment, world.browser.document("ad").fragment))
    assert seen == [("0", "1"), ("0", ""), ("", "")]


def test_each_window_has_a_history_of_its_own():
    world = after(page(past=()), Navigate("shop", "pay", f"{PAY}#1"), Traverse("shop", -1))
    assert not step(world, Traverse("news", 1), OPEN)[0]
    world = after(world, Navigate("news", "news", "https://news.example/#a"))
    assert step(world, Traverse("shop", 1), OPEN)[0], "another window's move leaves it alone"
    same = after(world, Navigate("shop", "ad", f"{EVIL}#1"))
    assert not step(same, Traverse("shop", 1), OPEN)[0], "its own begins another future"


def test_without_a_history_there_is_no_way_back():
    world = after(page(), Navigate("shop", "pay", f"{PAY}#1"))
    decision, same = step(world, Traverse("shop", -1), OPEN)
    assert not decision and same is world and "nothing further" in decision.reason


def test_the_history_of_frames_that_went_away_is_gone():
    world = after(page(past=()), Navigate("shop", "pay", f"{PAY}#1"))
    world = after(world, Navigate("shop", "shop", EVIL), Commit("shop"))
    assert lines(world) == [("shop", "attacker.example/")]


# --- the user's answer ---


def test_the_user_confirms_only_what_names_whom_they_trust():
    asks = at_load(Asks("shop", "pay 10", "https://a.example"))
    asked = play(page({SHOP: asks}), (), OPEN)[-1].world
    decision, same = step(asked, UserConfirms("shop", "https://b.example"), OPEN)
    assert not decision and same is asked
    assert decision.reason == (
        "shop names https://a.example, and the user trusts https://b.example only"
    )
    decision, confirmed = step(asked, UserConfirms("shop", "https://a.example"), OPEN)
    assert decision and confirmed.questions == ()
    assert after(confirmed, *confirmed.agenda).accepted == (
        ("shop", "pay 10", "https://a.example"),
    )
    assert "nothing is asked" in step(page(), UserConfirms("shop", "x"), OPEN)[0].reason


def test_a_new_question_takes_the_place_of_the_old():
    asks = at_load(Asks("shop", "one", "x"), Asks("shop", "two", "x"))
    world = play(page({SHOP: asks}), (), OPEN)[-1].world
    assert [each.text for each in world.questions] == ["two"]


def test_a_script_says_why_it_refuses_in_its_own_words_whatever_they_hold():
    odd = "{witness} {0} {actor"
    page = Browser.of(window("https://a.example/", label="a"))
    decision, _ = step(World(page), Refuses("a", odd), Policies())
    assert not decision and decision.reason == odd
