from dataclasses import replace

import pytest

from labcore import (
    PRESETS,
    SCENARIOS,
    Commit,
    Navigate,
    Open,
    Policies,
    UnknownName,
    UserTypes,
    frame,
    hijacking,
    window,
)
from labcore.actions import Create, Join, Submit
from labcore.policies import NAVIGATION
from labcore.scenarios.scenario import play

HIJACK = SCENARIOS["gadget-hijacking"]


def is_partners_page(page, policies):
    """Whether the page lives on another site's answers, and works once the browser lets it.

    A browser before CORS reads none, and today's send no cookies into another site's window.
    """
    lets_it = {toggle: getattr(Policies(), toggle) for toggle in LETS_PARTNERS}
    steps = page.honest_run(policies.but(**lets_it))
    abroad = [
        sent.origin
        for each in steps
        for sent, *_ in each.world.exchanges
        if sent.origin not in map(each.world.browser.origin, each.world.browser.labels)
    ]
    return bool(abroad) and page.page_works(policies.but(**lets_it))


def needs_a_principal(page, policies):
    """Whether the page lives on principals that pages configure, and works where there are some."""
    with_cop = dict.fromkeys(("scripting", "messaging", "cors"), "COP")
    asks = (*page.honest, *(each.event for each in page.honest_run(policies)))
    served = any(isinstance(event, Submit | Create | Join) for event in asks)
    return served and page.page_works(policies.but(**with_cop))


LETS_PARTNERS = ("same_site_default", "third_party_cookies", "cors")


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=list(SCENARIOS))
@pytest.mark.parametrize("policies", PRESETS.values(), ids=list(PRESETS))
def test_a_trace_tells_its_story_and_the_page_works(scenario, policies):
    trace = scenario.run(policies)
    answers_the_top = scenario.name in ("handshake", "lowe-anomaly")
    needed = scenario.honest_page or scenario
    if not answers_the_top or policies.may_navigate(needed.start.browser, "contacts", "integrator"):
        lives = is_partners_page(needed, policies) or needs_a_principal(needed, policies)
        assert trace.page_works or lives, "no verdict counts under a policy that breaks the page"
    assert trace.worlds[0] == scenario.starts(policies)
    assert len(trace.worlds) == len(trace.steps) + 1
    assert trace.verdict.startswith(("The attack succeeds", "So it is")) == trace.succeeded
    assert all(each.decision.reason for each in trace.steps)


def test_what_a_plan_leaves_out_happens_as_soon_as_it_can():
    trace = HIJACK.run(PRESETS["IE 6"])
    assert [type(each.event) for each in trace.steps] == [Navigate, Commit, UserTypes]


def test_what_a_plan_mentions_happens_where_the_plan_puts_it():
    typing = HIJACK.user[0]
    early = HIJACK.run(PRESETS["IE 6"], plan=(*HIJACK.plan, typing, Commit("maps")))
    assert [type(each.event) for each in early.steps] == [Navigate, UserTypes, Commit]
    assert not early.succeeded, "the user typed into the old document"


def test_two_navigations_race():
    back = Navigate("integrator", "maps", "https://maps.example/")
    held = HIJACK.run(PRESETS["IE 6"], plan=(*HIJACK.plan, back, Commit("maps")))
    assert not held.succeeded, "the second navigation took the place of the first"
    assert HIJACK.run(PRESETS["IE 6"], plan=(back, *HIJACK.plan)).succeeded


def test_an_event_in_a_frame_that_never_came_to_be_is_refused():
    plan = (Navigate("ad", "integrator", "https://attacker.example/"), *HIJACK.plan)
    trace = HIJACK.run(Policies(), plan=plan)
    last = trace.steps[2].decision
    assert last.rule == "no such frame" and "no frame ad" in last.reason


def test_a_policy_that_breaks_the_page_too_is_no_success():
    def nobody(browser, attempt):
        return False

    trace = HIJACK.run(Policies(navigation=nobody, origin_propagation=False))
    assert not trace.succeeded and not trace.page_works
    assert "the page does not work either" in trace.verdict


@pytest.mark.parametrize("field", ["plan", "user", "honest"])
def test_a_scenario_with_an_unknown_frame_is_refused_when_it_is_made(field):
    wrong = (UserTypes("map", "x"),)
    with pytest.raises(UnknownName, match="did you mean 'maps'"):
        replace(HIJACK, **{field: wrong})
    with pytest.raises(UnknownName, match="did you mean 'maps'"):
        HIJACK.run(plan=wrong)


@pytest.mark.parametrize("navigation", NAVIGATION)
def test_any_page_can_be_asked(navigation):
    browser = SCENARIOS["cross-window"].start.browser
    policies = Policies(navigation=navigation, origin_propagation=False)
    for actor in ("ad", "blog", "bank"):
        scenario = hijacking(browser, actor, "login")
        expected = bool(policies.may_navigate(browser, actor, "login", browser.document(actor).url))
        assert scenario.run(policies).succeeded == expected
    with pytest.raises(UnknownName, match="did you mean 'login'"):
        hijacking(browser, "ad", "logn")


def test_a_preset_may_be_named():
    assert HIJACK.run("Firefox 2") == HIJACK.run(PRESETS["Firefox 2"])


def test_a_plan_may_name_frames_that_come_along_without_a_label():
    pages = (window("https://new.example/", frame("https://c.example/")),)
    scenario = replace(HIJACK, start=replace(HIJACK.start, pages=pages))
    plan = (
        Navigate("integrator", "maps", "https://new.example/"),
        Navigate("maps", "c", "https://d.example/"),
        Open("maps", "https://e.example/", ""),
        Navigate("integrator", "e", "https://f.example/"),
    )
    trace = scenario.run(Policies(), plan=plan)
    assert [each.decision.allowed for each in trace.steps if not isinstance(each.event, UserTypes)]
    assert trace.end.browser.document("c").url == "https://d.example/"
    assert "e" in trace.end.browser


def test_what_is_pending_at_the_start_commits_too():
    pending = play(HIJACK.start, HIJACK.plan, PRESETS["IE 6"])[0].world
    assert [type(each.event) for each in play(pending, (), Policies())] == [Commit]


def test_traces_compare_and_print():
    one, two = HIJACK.run(PRESETS["IE 6"]), HIJACK.run(PRESETS["IE 6"])
    assert one == two and hash(one.end) == hash(two.end)
    assert str(one).endswith("The attack succeeds: the attacker knows the home address.")


def test_whether_a_page_works_can_be_asked_by_a_browsers_name():
    handshake = SCENARIOS["lowe-anomaly"]
    assert handshake.page_works("IE 7") and not handshake.page_works("Opera 9")
    with pytest.raises(UnknownName, match="IE 7"):
        handshake.page_works("IE7")
