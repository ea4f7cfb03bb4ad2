"""The claims of the paper's Section 3, each on the book's own scenarios and on any small page."""

from dataclasses import replace

import pytest
from browsers import browsers
from hypothesis import given

from labcore import (
    PRESETS,
    SCENARIOS,
    TABLE_2,
    Browser,
    Navigate,
    Open,
    Policies,
    Script,
    SetDomain,
    UserTypes,
    World,
    frame,
    navigation_matrix,
    scripting_matrix,
    step,
    window,
)
from labcore.scenarios import THROUGH_THE_PARENT
from labcore.screen import layout, location_bar, may_paint_over, shows_lock
from labcore.small_scope import check

CROSS_WINDOW = SCENARIOS["cross-window"]
HIJACKING = SCENARIOS["gadget-hijacking"]
REDIRECT = SCENARIOS["top-level-redirect"]
SIBLING = SCENARIOS["sibling-navigation"]


def strict(navigation: str, **toggles: object) -> Policies:
    return Policies(navigation=navigation, origin_propagation=False, **toggles)


@pytest.mark.claim("B04")
@given(browsers())
def test_under_the_permissive_policy_any_frame_navigates_any_sub_frame(browser):
    for actor in browser.labels:
        if browser.document(actor).sandbox is None:
            for target in browser.labels:
                assert strict("permissive").may_navigate(browser, actor, target)


@pytest.mark.claim("B04")
def test_names_are_one_name_space_for_all_windows():
    steal = Open("ad", "https://attacker.example/login", "login")
    _, reached = step(CROSS_WINDOW.start, steal, strict("permissive"))
    assert reached.pending_in("login").url == "https://attacker.example/login"
    for navigation in ("window", "child", "descendant"):
        _, opened = step(CROSS_WINDOW.start, steal, strict(navigation))
        assert opened.pending_in("login") is None and len(opened.browser.windows) == 3


@pytest.mark.claim("B05")
def test_top_level_frames_are_exempt_and_browsers_disagreed():
    start = CROSS_WINDOW.start.browser
    for name, allowed in [("IE 6", True), ("IE 7", True), ("Safari 3", True), ("Firefox 2", False)]:
        assert bool(PRESETS[name].may_navigate(start, "ad", "bank")) is allowed, name
    opened = Browser.of(
        window(
            "https://blog.example/", frame("https://attacker.example/", label="ad"), label="blog"
        ),
        window("https://bank.example/", label="bank", opener="blog"),
    )
    assert PRESETS["Firefox 2"].may_navigate(opened, "ad", "bank")
    assert "bank" in navigation_matrix(opened, PRESETS["Opera 9"]).unknown


@pytest.mark.claim("B07")
def test_the_window_policy_stops_the_cross_window_attack():
    assert CROSS_WINDOW.run(strict("permissive")).succeeded
    for navigation in ("window", "child", "descendant"):
        trace = CROSS_WINDOW.run(strict(navigation))
        assert not trace.succeeded and trace.page_works


@pytest.mark.claim("B08")
def test_the_window_policy_does_not_stop_gadget_hijacking():
    trace = HIJACKING.run(strict("window"))
    assert trace.succeeded and trace.page_works
    bars = {location_bar(world.browser, "maps") for world in trace.worlds}
    assert bars == {"https://integrator.example/"}
    assert all(shows_lock(world.browser, "maps") for world in trace.worlds)


@pytest.mark.claim("B09")
@pytest.mark.parametrize("propagation", [False, True])
@pytest.mark.parametrize("navigation", ["child", "descendant"])
def test_child_and_descendant_stop_gadget_hijacking(navigation, propagation):
    trace = HIJACKING.run(Policies(navigation=navigation, origin_propagation=propagation))
    assert not trace.succeeded and trace.page_works
    assert trace.refused.event == HIJACKING.plan[0]


@pytest.mark.claim("B09")
def test_with_propagation_the_hijacker_must_not_share_the_integrators_origin():
    insider = HIJACKING.start.browser.with_document(
        "ad", frame("https://integrator.example/ad"), None
    )
    theirs = HIJACKING.start.attacker | {insider.origin("ad")}
    wrong = replace(HIJACKING, start=World(insider, attacker=theirs))
    assert wrong.run(Policies(navigation="descendant")).succeeded


@pytest.mark.claim("B10")
def test_the_table_of_browsers():
    assert {name: preset.navigation for name, preset in TABLE_2.items()} == {
        "IE 6": "permissive",
        "IE 6 (optional)": "child",
        "IE 7": "descendant",
        "IE 7 (optional)": "permissive",
        "Firefox 2": "window",
        "Safari 3": "permissive",
        "Opera 9": "child",
    }


@pytest.mark.claim("B10")
def test_flash_player_made_internet_explorer_7_permissive():
    assert not CROSS_WINDOW.run(PRESETS["IE 7"]).succeeded
    assert CROSS_WINDOW.run(PRESETS["IE 7 with Flash"]).succeeded
    flash = navigation_matrix(CROSS_WINDOW.start.browser, PRESETS["IE 7 with Flash"])
    assert flash.rows == navigation_matrix(CROSS_WINDOW.start.browser, PRESETS["IE 6"]).rows


@pytest.mark.claim("B11")
@given(browsers())
def test_the_descendant_policy_is_pixel_delegation(browser):
    screen = layout(browser)
    policies = strict("descendant", top_level="like sub-frames")
    for actor in browser.labels:
        for target in browser.labels:
            if actor == target or browser.document(actor).sandbox is not None:
                continue
            allowed = bool(policies.may_navigate(browser, actor, target))
            assert allowed == may_paint_over(screen, actor, target), (actor, target)


def paints_as(navigation: str):
    policies = strict(navigation, top_level="like sub-frames")

    def claim(browser):
        screen = layout(browser)
        matrix = navigation_matrix(browser, policies)
        return all(
            matrix.allows(actor, target) == may_paint_over(screen, actor, target)
            for actor in browser.labels
            for target in browser.labels
            if actor != target
        )

    return claim


@pytest.mark.claim("B11")
def test_on_every_small_page_descendant_is_painting_and_no_other_policy_is():
    assert check(paints_as("descendant"), frames=5, origins=2)
    for other in ("child", "window", "permissive"):
        assert not check(paints_as(other), frames=5, origins=2)


@pytest.mark.claim("B11")
def test_what_the_child_policy_forbids_can_be_painted_instead():
    page = Browser.of(
        window(
            "https://integrator.example/",
            frame(
                "https://gadget.example/", frame("https://inner.example/", label="inner"), label="g"
            ),
            label="top",
        )
    )
    assert not strict("child").may_navigate(page, "top", "inner")
    assert may_paint_over(layout(page), "top", "inner")
    assert not may_paint_over(layout(page), "inner", "g")


@pytest.mark.claim("B11")
def test_the_window_policy_does_not_respect_pixel_delegation():
    screen = layout(HIJACKING.start.browser)
    assert strict("window").may_navigate(HIJACKING.start.browser, "ad", "maps")
    assert not may_paint_over(screen, "ad", "maps")


@pytest.mark.claim("B12")
@given(browsers())
def test_propagation_gives_nothing_that_scripting_did_not(browser):
    """Where propagation allows more, the actor could script the frame that it acts for."""
    for navigation in ("child", "descendant", "window"):
        plain = strict(navigation, top_level="like sub-frames")
        more = plain.but(origin_propagation=True)
        scripting = scripting_matrix(browser, plain)
        for actor, target in navigation_matrix(browser, more) - navigation_matrix(browser, plain):
            decision = more.may_navigate(browser, actor, target)
            assert decision.rule == "origin propagation"
            assert scripting.allows(actor, decision.witness)


@pytest.mark.claim("B12")
def test_on_every_small_page_propagation_gives_nothing_new_unless_scripting_is_cut():
    def nothing_new(scripting):
        loose = Policies(scripting=scripting, top_level="like sub-frames")

        def claim(browser):
            plain = navigation_matrix(browser, loose.but(origin_propagation=False))
            return all(
                loose.may_script(browser, actor, loose.may_navigate(browser, actor, target).witness)
                for actor, target in navigation_matrix(browser, loose) - plain
            )

        return claim

    scope = {"frames": 4, "same_site": True, "sandboxes": (None, "allow-scripts")}
    assert check(nothing_new("same-origin"), **scope)
    assert not check(nothing_new(lambda browser, attempt: False), **scope)


@pytest.mark.claim("B12")
def test_without_propagation_the_parent_does_it():
    assert not SIBLING.run(strict("descendant")).succeeded
    assert SIBLING.run(strict("descendant"), plan=THROUGH_THE_PARENT).succeeded
    assert SIBLING.run(Policies(navigation="descendant")).succeeded


@pytest.mark.claim("B12")
def test_propagation_gives_something_where_document_domain_cut_the_scripting():
    start = World(
        Browser.of(
            window(
                "https://www.site.example/",
                frame("https://www.site.example/widget", label="widget"),
                frame("https://maps.example/", label="maps"),
                label="page",
            )
        )
    )
    policies = Policies(scripting="same-origin-domain", navigation="descendant")
    _, relaxed = step(start, SetDomain("page", "site.example"), policies)
    assert policies.may_script(start.browser, "widget", "page")
    assert not policies.may_script(relaxed.browser, "widget", "page")
    decision, _ = step(
        relaxed, Script("widget", "page", run=Navigate("page", "maps", "about:blank")), policies
    )
    assert not decision
    assert policies.may_navigate(relaxed.browser, "widget", "maps")
    assert not policies.but(origin_propagation=False).may_navigate(
        relaxed.browser, "widget", "maps"
    )


@pytest.mark.claim("B30")
def test_a_gadget_can_take_the_window_away_and_only_the_location_bar_tells():
    trace = REDIRECT.run(PRESETS["IE 7"])
    assert trace.succeeded
    assert location_bar(trace.end.browser, "integrator") == "https://attacker.example/mashup"
    looks = UserTypes("integrator", "the password", location="https://integrator.example/")
    careful = replace(REDIRECT, user=(looks,)).run(PRESETS["IE 7"])
    assert not careful.succeeded and careful.refused.decision.rule == "the user"


@pytest.mark.claim("B30")
@pytest.mark.parametrize("today", ["Chromium", "Firefox"])
def test_browsers_of_today_stop_it_until_the_user_clicks(today):
    assert not REDIRECT.run(PRESETS[today]).succeeded
    clicked = (Navigate("ad", "integrator", "https://attacker.example/mashup", True),)
    assert REDIRECT.run(PRESETS[today], plan=clicked).succeeded
