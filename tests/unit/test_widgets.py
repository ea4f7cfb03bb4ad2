"""The stepper, driven by its traits."""

import nbformat
import pytest

from labcore import PRESETS, SCENARIOS, Policies, PolicyError, UnknownName, decide
from labcore.policies import TOGGLES
from labcore.widgets import Stepper
from labcore.widgets.words import verdict


@pytest.fixture
def stepper():
    return Stepper("gadget-hijacking", "Firefox 2")


def unfinished(browser, attempt):
    pass


def broken(browser, attempt):
    return attempt.colour


def unreadable(browser, attempt):
    return decide(True, "{nobody} knows", "")


def nobody(browser, attempt):
    """Nobody may."""
    return False


def test_it_shows_the_scenarios_own_trace(stepper):
    assert stepper.trace == SCENARIOS["gadget-hijacking"].run(PRESETS["Firefox 2"])
    assert stepper.twin() is stepper.trace
    assert len(stepper.stage.steps) == len(stepper.stage.shown) == len(stepper.trace.worlds)
    assert stepper.stage.verdict["word"] == "Attack succeeds"


def test_a_scenario_itself_is_as_good_as_its_name():
    scenario = SCENARIOS["cross-window"]
    assert Stepper(scenario).trace == Stepper("cross-window").trace


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Stepper("gadget-hijaking"), "did you mean 'gadget-hijacking'"),
        (lambda: Stepper("cross-window", "IE7"), "did you mean 'IE 7'"),
        (lambda: Stepper("cross-window", toggles=["navigatoin"]), "did you mean 'navigation'"),
        (lambda: Stepper("cross-window", own={"navigate": [nobody]}), "did you mean 'navigation'"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest_right_one(make, message):
    with pytest.raises(UnknownName, match=message):
        make()


def test_a_rule_runs_the_scenario_again_and_says_what_changed(stepper):
    stepper.toggles.values = {"navigation": "descendant"}
    assert stepper.policies == PRESETS["Firefox 2"].but(navigation="descendant")
    assert stepper.stage.verdict["word"] == "Attack stopped"
    assert stepper.stage.note == (
        "navigation: window → descendant. The attack no longer succeeds: "
        "step 1 is now refused, because ad does not contain maps."
    )


def test_what_turns_the_attack_comes_before_what_has_another_reason():
    stepper = Stepper("reply-race", Policies(addressing="*"))
    stepper.toggles.values = {"browser": "Opera 9"}
    assert "The attack no longer succeeds: step 6 is now refused" in stepper.stage.note


def test_without_rules_none_show_and_none_are_spoken_of():
    stepper = Stepper("reply-race", toggles=())
    assert stepper.children == (stepper.stage,)
    assert not stepper.stage.ruled and Stepper("reply-race").stage.ruled


def test_no_hint_shows_the_marks_of_its_source():
    menus = Stepper("origin-check").toggles.menus
    assert not any("`" in each["hint"] for menu in menus for each in menu["options"])


def test_nothing_is_called_an_attack_where_nobody_attacks():
    stepper = Stepper("lost-fragment", "Firefox 2")
    stepper.toggles.values = {"navigation": "child"}
    assert "It is still so: step 2 is still allowed, now because" in stepper.stage.note


def test_of_other_reasons_the_one_that_stops_the_attack_is_named():
    stepper = Stepper("fragment-overwriting", Policies(navigation="child"))
    stepper.toggles.values = {"navigation": "descendant"}
    assert "step 5 is still refused, now because ad does not contain maps" in stepper.stage.note


def test_the_place_is_kept_as_far_as_both_runs_agree(stepper):
    stepper.stage.index = 2
    stepper.toggles.values = {"navigation": "permissive"}
    assert stepper.stage.index == 2
    stepper.toggles.values = {"navigation": "child"}
    assert stepper.stage.index == 1
    stepper.stage.index = 99
    assert stepper.stage.index == 2
    stepper.toggles.values = {"navigation": "window"}
    assert stepper.stage.index == 3


def test_a_browser_sets_all_rules_and_keeps_its_name(stepper):
    stepper.toggles.values = {"browser": "Safari 3"}
    assert stepper.policies == PRESETS["Safari 3"] == PRESETS["IE 6"]
    assert stepper.toggles.values["browser"] == "Safari 3"
    stepper.toggles.values = {"origin_propagation": True}
    assert stepper.toggles.values["browser"] == "none of these"


def test_policies_set_from_python_move_the_toggles(stepper):
    stepper.policies = Policies(navigation=nobody, origin_propagation=False)
    assert stepper.toggles.values["navigation"] == "nobody"
    assert stepper.toggles.values["origin_propagation"] is False
    assert stepper.stage.verdict["kind"] == "broken"
    assert "but the page is broken too" in stepper.stage.verdict["word"]


def test_a_verdict_names_the_step_that_stopped_the_attack_and_not_what_a_browser_does_not_know():
    trace = SCENARIOS["document-domain"].run(Policies(scripting="same-origin"))
    assert not trace.steps[2].decision
    assert verdict(trace)["why"].startswith("Step 7 is refused (same-origin): guest has")
    stays_behind = SCENARIOS["jsonp-theft"].run(Policies(same_site_default="lax"))
    assert "stays behind, by SameSite" in verdict(stays_behind)["why"]


def test_menus_hold_what_the_registry_and_the_reader_hold():
    stepper = Stepper("gadget-hijacking", own={"navigation": [nobody]})
    menus = {
        menu["name"]: [each["label"] for each in menu["options"]] for menu in stepper.toggles.menus
    }
    assert menus["navigation"] == [*TOGGLES["navigation"], "nobody"]
    assert menus["browser"] == [*PRESETS, "none of these"]
    hints = {each["label"]: each["hint"] for each in stepper.toggles.menus[1]["options"]}
    assert hints["nobody"] == "Nobody may."


def test_a_readers_policy_does_not_hide_one_of_the_same_name():
    def descendant(browser, attempt):
        return True

    stepper = Stepper("gadget-hijacking", own={"navigation": [descendant]})
    assert not stepper.trace.succeeded
    stepper.toggles.values = {"navigation": "descendant (yours)"}
    assert stepper.trace.succeeded
    stepper.toggles.values = {"navigation": "descendant"}
    assert not stepper.trace.succeeded


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (unfinished, "is a 'return' missing"),
        (broken, "raised AttributeError"),
        (unreadable, "'{nobody} knows', which cannot be filled in"),
    ],
)
def test_a_policy_that_fails_says_so_and_changes_nothing(policy, message):
    stepper = Stepper("gadget-hijacking", "Firefox 2", own={"navigation": [policy]})
    stepper.stage.index = 3
    trace, values, verdict = stepper.trace, stepper.toggles.values, stepper.stage.verdict
    stepper.toggles.values = {"navigation": policy}
    assert message in stepper.stage.error
    assert (stepper.trace, stepper.toggles.values) == (trace, values)
    assert (stepper.stage.index, stepper.stage.verdict) == (3, verdict)
    stepper.toggles.values = {"navigation": "child"}
    assert stepper.stage.error == ""
    assert stepper.stage.verdict["kind"] == "stopped"


def test_policies_that_fail_raise_where_python_sets_them(stepper):
    before = stepper.trace
    with pytest.raises(PolicyError):
        stepper.policies = Policies(navigation=unfinished)
    assert stepper.trace is before
    with pytest.raises(PolicyError):
        Stepper("gadget-hijacking", Policies(navigation=unfinished))


def test_a_picture_travels_once_and_the_one_in_sight_first(stepper, monkeypatch):
    sent = []
    stage = stepper.stage
    monkeypatch.setattr(type(stage), "send_state", lambda self, key=None: sent.append(key))
    stage.index = 3
    sent.clear()
    stepper.toggles.values = {"navigation": "descendant"}
    assert sent[0] == stage.shown[stage.index][0]
    for rule in ("window", "child", "window"):
        stepper.toggles.values = {"navigation": rule}
    pictures = [key for key in sent if isinstance(key, str) and key.startswith("picture ")]
    assert len(pictures) == len(set(pictures))


def test_the_state_holds_every_picture_so_that_a_saved_page_can_step(stepper):
    stepper.toggles.values = {"navigation": "descendant"}
    state = stepper.stage.get_state()
    for key, description in state["shown"]:
        assert state[key].startswith("data:image/svg+xml;base64,")
        assert description


def test_each_step_is_told_in_words(stepper):
    first = stepper.stage.steps[1]
    assert first["spoken"] == (
        "ad navigates maps to https://attacker.example/maps: "
        "allowed, because ad and maps are in one window, integrator"
    )
    assert stepper.stage.steps[2]["outcome"] == "happens"


FOUR = ("IE 7", "Firefox 3", "Chromium", "Firefox")
"""Where servers answer, what differs between the browsers of 2008 is nothing to them."""


@pytest.mark.parametrize(
    ("name", "browser"),
    [
        (name, browser)
        for name, scenario in SCENARIOS.items()
        for browser in (FOUR if scenario.servers else PRESETS)
    ],
)
def test_every_scenario_can_be_stepped_in_every_browser(name, browser):
    stepper = Stepper(name, browser)
    assert stepper.stage.verdict["kind"] == (
        "succeeds"
        if stepper.trace.succeeded
        else "stopped"
        if stepper.trace.page_works
        else "broken"
    )


def test_what_nbval_compares_is_the_same_each_time(stepper):
    first, second = stepper._repr_mimebundle_(), Stepper("gadget-hijacking")._repr_mimebundle_()
    assert first["text/plain"] == second["text/plain"] == repr(stepper)
    assert "step through “Gadget hijacking”" in first["text/plain"]
    assert set(first) == {"text/plain", "application/vnd.jupyter.widget-view+json"}
    nbformat.v4.new_output("display_data", first)
