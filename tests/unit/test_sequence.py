"""The sequence diagram: every message where it was sent and read, and whose it really was."""

from dataclasses import replace
from itertools import pairwise

import pytest
from test_figures import assert_legible, drawn, said

from labcore import (
    PRESETS,
    SCENARIOS,
    Browser,
    Navigate,
    PostMessage,
    Scenario,
    World,
    frame,
    window,
)
from labcore.actions import Accepts, Asks, Deliver, UserTypes
from labcore.figures import describe, draw_sequence, picture, step_pictures, steps_of
from labcore.figures.notebook import show
from labcore.figures.pictures import STEP_SIZE, step_size
from labcore.figures.sequence import MOST_ROWS, plan_of, sequence_size
from labcore.figures.story import IGNORES, LOST, QUIET, STOPPED, TURNED_AWAY, WAITS, speaks, told
from labcore.policies import COP, TOGGLES
from labcore.scripts import Loaded, MessageEvent
from labcore.widgets import Stepper

IE_7, WEAK = PRESETS["IE 7"], PRESETS["IE 7"].but(handshake="Windows Live Channels")
SPEAKING = [name for name, each in SCENARIOS.items() if each.scripts or each.servers]
HOSTILE = '<b onload="x">&\'$\\frac{1}$ \n\x00\x1b\u202e😀汉-->]]>'


def ran(name, **toggles):
    return SCENARIOS[name].run(IE_7.but(**toggles))


def row_of(trace, text):
    (found,) = (row for row in told(trace).rows if text in row.text)
    return found


def traces(name):
    """The scenario under every value of every toggle that matters to it, told in no way twice."""
    toggles = SCENARIOS[name].toggles
    under = (ran(name, **{toggle: value}) for toggle in toggles for value in TOGGLES[toggle])
    return {str(plan_of(trace)): trace for trace in under}.values()


def ping_pong():
    """Two pages that answer each other for ever."""

    def script(memory, happened):
        page = happened.page
        if isinstance(happened, MessageEvent):
            return memory, (PostMessage(page.label, happened.source, "pong", "*"),)
        if isinstance(happened, Loaded) and page.label == happened.frame == "a":
            return memory, (PostMessage("a", "b", "ping", "*"),)
        return memory, ()

    page = window("https://a.example/", frame("https://b.example/", label="b"), label="a")
    scripts = dict.fromkeys(("https://a.example/", "https://b.example/"), script)
    start = World(Browser.of(page))
    return Scenario("echo", "Echo", "", "", start, (), None, scripts=lambda policies: scripts).run()


# --- readable ---


@pytest.mark.parametrize("name", SPEAKING)
def test_nothing_is_cut_and_nothing_lies_upon_another(name):
    for trace in traces(name):
        assert_legible(*drawn(draw_sequence, trace, size=sequence_size(trace)))


@pytest.mark.parametrize("name", ["lowe-anomaly", "reply-race", "watched-early"])
def test_a_diagram_that_grows_is_readable_at_every_step(name):
    trace = ran(name, navigation="window", addressing="*")
    for step in range(len(trace.steps) + 1):
        assert_legible(*drawn(draw_sequence, trace, size=sequence_size(trace), upto=step))


@pytest.mark.parametrize("size", [(2.5, 2.0), (9.0, 3.0)])
def test_it_fits_where_there_is_little_room(size):
    assert_legible(*drawn(draw_sequence, ran("origin-check"), size=size))


@pytest.mark.parametrize("name", SPEAKING)
def test_rows_stand_in_the_order_of_the_steps_and_hold_what_was_learnt_then(name):
    for trace in traces(name):
        rows = told(trace).rows
        assert all(row.last < after.first for row, after in pairwise(rows))
        for row in rows:
            assert all(row.first <= step <= row.last for _, step in row.learnt)


def test_it_is_drawn_alike_twice_and_as_safe_as_any_picture():
    page = window("https://a.example/", frame("https://b.example/", label="b"), label=HOSTILE)
    start = World(Browser.of(page))
    plan = (PostMessage(HOSTILE, "b", HOSTILE * 9, "*"), PostMessage("b", HOSTILE, {"a": [1]}, "/"))
    trace = Scenario("x", HOSTILE, "", "", start, plan, None, scripts=lambda p: {}).run()
    first = picture(draw_sequence, trace)
    assert first == picture(draw_sequence, trace)
    assert "<b " not in first.svg
    assert "<b " not in show(trace)


def test_a_long_trace_is_cut_and_says_so():
    trace = ping_pong()
    assert len(trace.steps) == 301
    plan = plan_of(trace)
    assert len(plan.rows) == MOST_ROWS
    assert plan.note == f"… {301 - plan.rows[-1].last} more steps, not drawn."
    assert plan.note in said(drawn(draw_sequence, trace, size=sequence_size(trace))[0])
    assert plan.note in describe(trace)
    assert "stopped after 300 steps" in told(trace).rows[-1].why


def test_only_some_frames_can_be_asked_for():
    trace = ran("lowe-anomaly", handshake="Windows Live Channels")
    plan = plan_of(trace, only=("integrator", "contacts"))
    assert plan.labels == ("integrator", "contacts")
    assert {label for row in plan.rows for label in row.frames} == {"integrator", "contacts"}
    assert "attacker sends" not in describe(trace, only=("integrator", "contacts"))


# --- what it tells ---


def test_the_lowe_anomaly_can_be_followed_in_the_rows():
    trace = SCENARIOS["lowe-anomaly"].run(WEAK)
    arrows = [(row.source, row.target, row.text) for row in told(trace).rows if row.target]
    assert arrows == [
        ("integrator", "attacker", "N_I, integrator.example"),
        ("attacker", "contacts", "embeds contacts.example"),
        ("attacker", "contacts", "N_I, integrator.example"),
        ("contacts", "integrator", "N_I, N_C"),
        ("integrator", "attacker", "N_C, hello"),
        ("attacker", "contacts", "N_C, delete all contacts"),
    ]
    assert row_of(trace, "N_C, delete").claims[0] == "integrator.example"
    assert row_of(trace, "N_C, hello").learnt == (("N_C", 12),)
    assert row_of(trace, "wants to").truth == row_of(trace, "accepts").truth == "attacker"


def test_in_the_repaired_handshake_nobody_is_taken_for_another():
    trace = ran("lowe-anomaly", handshake="secure messaging")
    rows = told(trace).rows
    assert not any(row.truth for row in rows)
    assert row_of(trace, "ignores it").source == "integrator"
    stopped = row_of(trace, "N_C, delete")
    assert (stopped.fate, stopped.why) == (
        STOPPED,
        "the attacker does not know N_C and cannot guess it",
    )


def test_an_arrow_ends_where_the_message_is_dispatched_and_not_where_it_is_sent():
    rows = told(ran("reply-race", addressing="*")).rows
    sent = next(row for row in rows if row.text == "the balance, for *")
    (arrival,) = (row for row in rows if row.since is not None)
    assert rows[arrival.since] is sent
    assert (sent.first, sent.last, arrival.first) == (5, 5, 8)
    assert arrival.learnt == (("the balance", 8),)


def test_a_message_for_another_origin_is_turned_away_with_the_reason():
    rows = told(ran("recursive-mashup")).rows
    assert (rows[-1].fate, rows[-1].why) == (
        TURNED_AWAY,
        "it is meant for gadget.example, but gadget shows attacker.example",
    )


def test_a_fragment_that_is_overwritten_is_lost():
    lost = row_of(ran("lost-fragment"), "show Rome")
    assert (lost.fate, lost.why) == (LOST, "overwritten before it was read")
    assert lost.until(2).fate == WAITS
    assert "this is lost: overwritten before it was read" in describe(ran("lost-fragment"))


def test_a_frame_shows_its_new_origin_from_the_row_on_in_which_it_commits():
    row = row_of(ran("watched-early", navigation="window"), "navigates it to attacker.example")
    (shown,) = row.shows
    assert (shown.label, shown.host, shown.hostile) == ("login", "attacker.example", True)
    assert row.until(row.first).shows == ()


def test_a_frame_that_goes_ends_and_one_that_comes_begins():
    rows = told(ran("reply-race", addressing="*")).rows
    gone = [each.label for row in rows for each in row.shows if not each.host]
    assert gone == ["bank", "ad"]
    new = [
        each.label for row in told(ran("smash-channel")).rows for each in row.shows if each.is_new
    ]
    assert new == ["contacts", "tunnel"]


def test_what_was_refused_or_cannot_happen_is_told_with_its_reason():
    refused = row_of(ran("fragment-overwriting"), "show nothing")
    assert (refused.fate, refused.why) == (STOPPED, "ad does not contain maps")
    early = Navigate("attacker", "tunnel", "https://attacker.example/")
    (row,) = told(SCENARIOS["smash-attack"].run(IE_7.but(handshake="SMash"), [early])).rows
    assert row.text == "navigates tunnel to attacker.example"
    assert row.why == "there is no frame tunnel at this time"


def test_bystanders_have_no_lifeline_but_whom_the_attacker_plays_has_one():
    assert plan_of(ran("lost-fragment")).labels == ("integrator", "maps")
    assert plan_of(ran("smash-attack", handshake="SMash")).labels == (
        "integrator",
        "attacker",
        "contacts",
        "tunnel",
    )


def test_every_row_is_a_sentence():
    said_there = describe(ran("recursive-mashup", addressing="*"))
    assert said_there == (
        "The recursive mashup. "
        "Step 2: integrator sends gadget “the secret, for *”. "
        "Steps 3 to 4: attacker navigates gadget to attacker.example/hostile. "
        "Step 5: what integrator has sent reaches gadget. The attacker learns the secret. "
        "The attack succeeds: the attacker knows the secret."
    )


# --- in notebooks and steppers ---


def test_only_a_trace_of_messages_shows_as_a_sequence_diagram():
    assert {name for name in SCENARIOS if speaks(ran(name))} == set(SPEAKING)
    trace = ran("recursive-mashup")
    assert picture(draw_sequence, trace).html in show(trace)
    assert "handshake: SMash" in show(ran("smash-channel", handshake="SMash"))


def test_a_world_says_which_messages_are_under_way_and_what_is_asked():
    race = ran("reply-race")
    assert "Under way: the balance from bank reaches shop." in show(race.steps[4].world)
    asked = SCENARIOS["lowe-anomaly"].run(WEAK).steps[14].world
    assert "contacts asks the user" in show(asked)


def test_the_picture_of_a_step_shows_nothing_that_is_still_to_come():
    trace = SCENARIOS["lowe-anomaly"].run(WEAK)
    start, *steps = step_pictures(trace)
    assert "N_C" not in start.alt + steps[6].alt
    assert len({each.svg for each in steps}) > 12
    ax, _ = drawn(draw_sequence, trace, size=sequence_size(trace), upto=7)
    assert not {"N_I, N_C", "N_C", "contacts asks"} & set(said(ax))


def test_steps_that_show_the_same_under_two_rules_are_drawn_once():
    one, other = ran("lowe-anomaly"), SCENARIOS["lowe-anomaly"].run(WEAK)
    size = max(step_size(one), step_size(other))
    origins = tuple(dict.fromkeys(f.document.origin for f in other.end.browser.frames))
    a, b = steps_of(one, origins, size), steps_of(other, origins, size)
    assert a(8).svg is b(8).svg
    assert a(9).svg != b(9).svg


def test_scripts_that_cannot_be_hashed_can_be_stepped():
    class Page:
        __hash__ = None

        def __call__(self, memory, happened):
            return memory, ()

    scenario = replace(
        SCENARIOS["gadget-hijacking"],
        scripts=lambda policies: {"https://maps.example/": Page()},
        honest_page=None,
    )
    stepper = Stepper(scenario, "IE 6")
    assert stepper.stage.verdict["kind"] == "succeeds"


def test_the_stage_keeps_its_size_when_a_rule_makes_the_story_shorter():
    stepper = Stepper("lowe-anomaly", WEAK)
    before = stepper.stage._size
    assert before > STEP_SIZE
    stepper.toggles.values = {"handshake": "secure messaging"}
    assert stepper.stage._size == before


def test_choosing_a_browser_leaves_to_the_page_what_the_page_has_chosen():
    stepper = Stepper("lowe-anomaly", WEAK)
    assert stepper.toggles.values["browser"] == "IE 7"
    stepper.toggles.values = {"browser": "Safari 3"}
    assert stepper.toggles.values["browser"] == "Safari 3"
    assert stepper.toggles.values["handshake"] == "Windows Live Channels"
    assert stepper.policies == PRESETS["Safari 3"].but(handshake="Windows Live Channels")


def test_every_choice_of_a_page_has_a_hint_in_its_menu():
    for toggle in ("handshake", "origin_check", "source_check", "addressing", "messaging"):
        menu = Stepper("handshake", toggles=[toggle]).toggles.menus[1]
        assert all(each["hint"].endswith((".", ")")) for each in menu["options"])


def test_the_log_says_happens_of_what_nobody_decides():
    steps = Stepper("lowe-anomaly", WEAK).stage.steps[1:]
    trace = SCENARIOS["lowe-anomaly"].run(WEAK)
    for line, step in zip(steps, trace.steps, strict=True):
        decided = not isinstance(step.event, Accepts | Asks | UserTypes | Deliver)
        if not decided:
            assert line["outcome"] == "happens"
    repaired = Stepper("lowe-anomaly", IE_7).stage.steps
    (line,) = (each for each in repaired if each["outcome"] == "stops")
    assert line["event"] == "integrator does not accept it"


def test_a_scenario_without_an_attack_is_judged_by_what_works():
    stepper = Stepper("handshake", IE_7)
    assert stepper.stage.verdict["word"] == "It works"
    stepper.toggles.values = {"top_level": "like sub-frames"}
    assert stepper.stage.verdict["word"] == "It fails"
    assert "Now it fails: step 5 is now refused" in stepper.stage.note
    assert "attack" not in stepper.stage.note + stepper.stage.verdict["why"]


def test_a_script_that_does_something_else_is_what_has_changed():
    stepper = Stepper("lowe-anomaly", WEAK)
    stepper.toggles.values = {"handshake": "secure messaging"}
    assert "The attack no longer succeeds: step 9 is now another" in stepper.stage.note


def test_what_a_browser_refuses_a_page_to_do_is_marked_with_the_reason():
    refused = plan_of(SCENARIOS["document-domain"].run("Chromium")).rows[2]
    assert (refused.note, refused.fate) == (IGNORES, STOPPED)
    assert refused.why == "this browser knows no principals that pages configure"
    allowed = plan_of(SCENARIOS["document-domain"].run(COP)).rows[2]
    assert (allowed.note, allowed.why) == (QUIET, "")
