import pytest

from labcore import (
    PRESETS,
    SCENARIOS,
    Browser,
    Commit,
    Navigate,
    Open,
    Origin,
    Policies,
    Script,
    SetDomain,
    UnknownName,
    UserTypes,
    World,
    frame,
    step,
    window,
)
from labcore.figures import describe

ATTACK = Navigate("ad", "maps", "https://attacker.example/maps")
PERMISSIVE = Policies(navigation="permissive", origin_propagation=False)


@pytest.fixture
def world() -> World:
    return SCENARIOS["gadget-hijacking"].start


def test_a_navigation_begins_and_later_commits(world):
    decision, begun = step(world, ATTACK, PERMISSIVE)
    assert decision and begun.pending_in("maps").url == "https://attacker.example/maps"
    assert begun.browser == world.browser, "the old document lives on"
    decision, done = step(begun, Commit("maps"), PERMISSIVE)
    assert decision and done.pending == ()
    assert done.browser.document("maps").url == "https://attacker.example/maps"
    assert done.is_attackers("maps") and not world.is_attackers("maps")


def test_a_refused_attempt_changes_nothing(world):
    decision, after = step(world, ATTACK, Policies())
    assert not decision and after is world


def test_a_second_navigation_takes_the_place_of_the_first(world):
    _, one = step(world, ATTACK, PERMISSIVE)
    _, two = step(one, Navigate("integrator", "maps", "https://maps.example/b"), PERMISSIVE)
    assert [each.url for each in two.pending] == ["https://maps.example/b"]


def test_nothing_commits_that_has_not_begun(world):
    decision, after = step(world, Commit("maps"), PERMISSIVE)
    assert not decision and after is world
    assert decision.reason == "no navigation is under way in maps"


def test_a_page_brings_its_frames_and_takes_the_old_ones_away():
    start = World(
        Browser.of(window("https://a.example/", frame("https://b.example/", label="b"), label="a")),
        pages=(window("https://new.example/", frame("https://c.example/", label="c")),),
    )
    _, begun = step(start, Navigate("b", "a", "https://new.example"), Policies())
    _, inner = step(begun, Navigate("a", "b", "https://x.example/"), Policies())
    _, after = step(inner, Commit("a"), Policies())
    assert after.browser.labels == ("a", "c")
    assert after.pending == (), "the navigation in the frame that went is gone too"


def test_a_blank_page_speaks_for_whoever_asked_for_it(world):
    _, begun = step(world, Navigate("ad", "maps", "about:blank"), PERMISSIVE)
    _, after = step(begun, Commit("maps"), PERMISSIVE)
    assert after.browser.origin("maps") == after.browser.origin("ad")
    assert after.is_attackers("maps")


def test_a_blank_page_speaks_for_who_asked_even_if_that_page_is_gone(world):
    _, begun = step(world, Navigate("ad", "maps", "about:blank"), PERMISSIVE)
    _, both = step(begun, Navigate("integrator", "ad", "https://integrator.example/x"), PERMISSIVE)
    _, gone = step(both, Commit("ad"), PERMISSIVE)
    _, after = step(gone, Commit("maps"), PERMISSIVE)
    assert str(after.browser.origin("maps")) == "https://attacker.example"


@pytest.mark.parametrize("url", ["data:text/html,hi", "about:blank", "about:srcdoc"])
def test_what_the_attacker_wrote_is_the_attackers_whatever_its_origin(world, url):
    _, begun = step(world, Navigate("ad", "maps", url), PERMISSIVE)
    _, after = step(begun, Commit("maps"), PERMISSIVE)
    assert after.is_attackers("maps")
    boxed = Browser.of(
        window(
            "https://integrator.example/",
            frame(
                "https://attacker.example/",
                frame(url, label="inner"),
                sandbox="allow-scripts",
            ),
        )
    )
    assert World(boxed, attacker=world.attacker).is_attackers("inner")


def test_a_page_that_comes_twice_brings_frames_with_fresh_labels():
    page = window("https://new.example/", frame("https://c.example/", label="c"))
    start = World(Browser.of(window("https://a.example/", label="a")), pages=(page,))
    for _ in range(2):
        _, start = step(start, Open("a", "https://new.example/"), Policies())
    assert start.browser.labels == ("a", "new", "c", "new-2", "c-2")


def test_scripting_makes_the_target_act_and_nobody_else():
    with pytest.raises(ValueError, match="actor='ad2', not 'integrator'"):
        Script("ad", "ad2", run=Navigate("integrator", "maps", "about:blank"))
    with pytest.raises(TypeError, match="not 'x'"):
        Script("ad", "ad2", run="x")


@pytest.mark.parametrize(
    ("name", "navigated"),
    [("_self", "inner"), ("_parent", "outer"), ("_TOP", "top"), ("_blank", None), ("", None)],
)
def test_keywords_are_no_names(name, navigated):
    browser = Browser.of(
        window(
            "https://a.example/",
            frame("https://a.example/", frame("https://a.example/", label="inner"), label="outer"),
            label="top",
        ),
        window("https://b.example/", label="popup", name="_blank", opener="inner"),
    )
    _, after = step(World(browser), Open("inner", "https://c.example/", name), Policies())
    assert [each.target for each in after.pending] == ([navigated] if navigated else [])
    assert len(after.browser.windows) == (2 if navigated else 3)


def test_a_frame_without_scripts_opens_nothing():
    browser = Browser.of(
        window(
            "https://a.example/",
            frame("https://b.example/", label="boxed", sandbox="allow-popups"),
        )
    )
    decision, after = step(World(browser), Open("boxed", "https://c.example/"), Policies())
    assert not decision and len(after.browser.windows) == 1


def test_window_open_prefers_a_frame_of_its_own_window():
    browser = Browser.of(
        window("https://b.example/", frame("https://b.example/", label="far", name="x")),
        window(
            "https://a.example/", frame("https://c.example/", label="near", name="x"), label="a"
        ),
    )
    _, after = step(World(browser), Open("a", "https://d.example/", "x"), PERMISSIVE)
    assert [each.target for each in after.pending] == ["near"]


def test_a_javascript_url_replaces_no_document(world):
    same = Policies(navigation="permissive", scripting=lambda browser, attempt: True)
    decision, after = step(world, Navigate("ad", "maps", "javascript:1"), same)
    assert decision and after is world


def test_scripting_a_frame_means_acting_in_its_name(world):
    through = Script("ad", "integrator", run=Navigate("integrator", "maps", ATTACK.url))
    decision, after = step(world, through, Policies())
    assert not decision and decision.rule == "same-origin" and after is world
    open_house = Policies(scripting=lambda browser, attempt: True)
    decision, after = step(world, through, open_house)
    assert decision and after.pending_in("maps").initiator == "integrator"


def test_reading_a_document_tells_what_was_typed_into_it(world):
    _, typed = step(world, UserTypes("maps", "an address"), Policies())
    assert typed.knowledge == frozenset()
    decision, after = step(typed, Script("ad", "maps"), Policies())
    assert not decision and after.knowledge == frozenset()
    _, after = step(typed, Script("ad", "maps"), Policies(scripting=lambda browser, attempt: True))
    assert after.knowledge == {"an address"}


def test_what_was_typed_goes_with_the_document(world):
    _, typed = step(world, UserTypes("maps", "an address"), PERMISSIVE)
    _, begun = step(typed, ATTACK, PERMISSIVE)
    _, after = step(begun, Commit("maps"), PERMISSIVE)
    assert typed.typed == {("maps", "an address")} and after.typed == frozenset()
    assert after.knowledge == frozenset()


def test_a_careful_user_looks_at_the_location_bar(world):
    decision, after = step(
        world, UserTypes("maps", "an address", location="https://maps.example/"), Policies()
    )
    assert not decision and after is world
    assert "https://integrator.example" in decision.reason


def test_window_open_reaches_a_frame_by_its_name_in_any_window():
    browser = Browser.of(
        window("https://attacker.example/", label="attacker"),
        window(
            "https://bank.example/",
            frame("https://bank.example/login", label="login", name="login"),
            label="bank",
        ),
    )
    attempt = Open("attacker", "https://attacker.example/login", "login")
    _, reached = step(World(browser), attempt, PERMISSIVE)
    assert reached.pending_in("login") is not None
    decision, opened = step(World(browser), attempt, Policies())
    assert opened.pending == () and opened.browser.labels[-1] == "login-2"
    assert opened.browser.frame("login-2").opener == "attacker"
    assert decision.rule == "window.open"


@pytest.mark.parametrize(
    ("sandbox", "opened", "inherited"),
    [
        ("allow-scripts", False, None),
        ("allow-scripts allow-popups", True, {"allow-scripts", "allow-popups"}),
        ("allow-scripts allow-popups allow-popups-to-escape-sandbox", True, None),
    ],
)
def test_a_sandbox_goes_with_the_windows_that_it_lets_open(sandbox, opened, inherited):
    browser = Browser.of(
        window("https://a.example/", frame("https://b.example/", label="boxed", sandbox=sandbox))
    )
    decision, after = step(World(browser), Open("boxed", "https://c.example/", "popup"), Policies())
    assert bool(decision) is opened and ("popup" in after.browser) is opened
    if opened:
        assert after.browser.document("popup").sandbox == inherited
        assert after.browser.origin("popup").is_opaque is (inherited is not None)


def test_a_script_from_elsewhere_has_the_powers_of_the_page_that_includes_it():
    browser = Browser.of(
        window("https://shop.example/", label="shop", scripts=["https://cdn.example/lib.js"])
    )
    theirs = World(browser, attacker=frozenset({Origin.of("https://cdn.example/")}))
    _, typed = step(theirs, UserTypes("shop", "a card number"), Policies())
    assert theirs.is_attackers("shop") and typed.knowledge == {"a card number"}
    assert not World(browser).is_attackers("shop")


def test_an_attacker_on_the_network_speaks_for_every_server_asked_over_http():
    browser = Browser.of(
        window(
            "http://weather.example/",
            frame("https://bank.example/", label="bank"),
            frame("https://shop.example/", label="shop", scripts=["http://cdn.example/lib.js"]),
            label="weather",
        )
    )
    world = World(browser, on_the_network=True)
    assert [world.is_attackers(label) for label in ("weather", "bank", "shop")] == [
        True,
        False,
        True,
    ]


def test_setting_document_domain():
    browser = Browser.of(window("https://www.site.example/", label="page"))
    for domain, allowed in [
        ("site.example", True),
        ("WWW.site.example", True),
        ("example", False),
        ("other.example", False),
        ("ite.example", False),
        ("", False),
        ("a b", False),
    ]:
        decision, after = step(World(browser), SetDomain("page", domain), Policies())
        assert bool(decision) is allowed, domain
        assert after.browser.document("page").domain == (domain.lower() if allowed else None)


def test_who_may_not_set_document_domain_at_all():
    for page in (
        window("http://127.0.0.1/", label="page"),
        window(
            "https://top.example/",
            frame(
                "https://a.site.example/",
                label="page",
                sandbox="allow-scripts allow-same-origin",
            ),
        ),
    ):
        for domain in ("0.0.1", "site.example"):
            decision, _ = step(World(Browser.of(page)), SetDomain("page", domain), Policies())
            assert not decision


def test_steps_refuse_what_is_not_there(world):
    with pytest.raises(UnknownName, match="did you mean 'maps'"):
        step(world, Navigate("ad", "map", "https://a.example/"), Policies())
    with pytest.raises(UnknownName, match="unknown frame 'nobody'"):
        step(world, UserTypes("nobody", "x"), Policies())
    with pytest.raises(TypeError, match="an event is"):
        step(world, "ad navigates maps", Policies())


def test_whoever_finds_a_window_by_its_name_becomes_its_opener():
    browser = Browser.of(
        window("https://a.example/", label="a"),
        window("https://b.example/", frame("https://b.example/", label="in"), label="b", name="w"),
    )
    today = PRESETS["Chromium"]
    assert not today.may_navigate(browser, "a", "b")
    rules = today.but(top_level="anyone")
    decision, found = step(World(browser), Open("a", "https://c.example/", "w"), rules)
    assert decision and found.browser.frame("b").opener == "a"
    assert today.may_navigate(found.browser, "a", "b")
    _, own = step(World(browser), Open("in", "https://c.example/", "w"), rules)
    assert own.browser.frame("b").opener is None


def test_windows_that_have_opened_each_other_end_the_question_of_familiarity():
    three = Browser.of(*(window(f"https://{each}.example/", label=each) for each in "abc"))
    circle = three.with_opener("a", "b").with_opener("b", "a")
    assert not PRESETS["Firefox"].finds(circle, "c", "a")
    assert PRESETS["Firefox"].finds(circle, "b", "a")
    assert "a" in str(circle) and describe(circle)
