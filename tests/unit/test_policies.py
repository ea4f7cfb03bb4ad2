import pickle

import pytest
from browsers import big_page, browsers, depth_of
from hypothesis import given
from hypothesis import strategies as st

from labcore import (
    PRESETS,
    SCENARIOS,
    Browser,
    Decision,
    InvalidURL,
    Navigate,
    Policies,
    PolicyError,
    UnknownName,
    decide,
    find_attack,
    frame,
    navigation_matrix,
    scripting_matrix,
    window,
)
from labcore.errors import WrongValue
from labcore.http import BadHeader
from labcore.policies import NAVIGATION, SCRIPTING, TOGGLES, TOP_LEVEL
from labcore.policies.matrix import own_page
from labcore.policies.navigation import descendant
from labcore.policies.toggles import REQUEST_RULES, SERVER_CHOICES
from labcore.scenarios import CARELESS

MASHUP = SCENARIOS["gadget-hijacking"].start.browser
policies = st.builds(
    Policies,
    scripting=st.sampled_from(sorted(SCRIPTING)),
    navigation=st.sampled_from(sorted(NAVIGATION)),
    origin_propagation=st.booleans(),
    top_level=st.sampled_from(sorted(TOP_LEVEL)),
)


async def asynchronous(browser, attempt):
    return True


def no_ads(browser: Browser, attempt: Navigate) -> bool:
    return "ad" not in attempt.actor


@given(browsers(), policies)
def test_the_matrix_says_what_each_decision_says(browser, policies):
    matrix = navigation_matrix(browser, policies)
    for actor in browser.labels:
        url = own_page(browser.frame(actor))
        for target in browser.labels:
            decision = policies.may_navigate(browser, actor, target, url)
            assert matrix.allows(actor, target) == bool(decision)
            assert decision.rule and "{" not in decision.reason


@given(browsers(), st.booleans())
def test_a_readers_policy_is_asked_about_every_pair(browser, propagation):
    def mine(browser, attempt):
        return len(attempt.actor) == len(attempt.target) and attempt.actor < attempt.target

    policies = Policies(navigation=mine, origin_propagation=propagation)
    matrix = navigation_matrix(browser, policies)
    for actor in browser.labels:
        for target in browser.labels:
            url = own_page(browser.frame(actor))
            decision = policies.may_navigate(browser, actor, target, url)
            assert matrix.allows(actor, target) == bool(decision)


@given(browsers(), policies)
def test_stricter_policies_allow_less(browser, policies):
    child, descendant, window, permissive = (
        navigation_matrix(browser, policies.but(navigation=name))
        for name in ("child", "descendant", "window", "permissive")
    )
    assert child <= descendant <= window <= permissive


@given(browsers(), st.lists(st.sampled_from(["integrator.example", "maps.example"])), policies)
def test_the_scripting_matrix_says_what_each_decision_says(browser, domains, policies):
    for label, domain in zip(browser.labels, domains, strict=False):
        browser = browser.with_domain(label, domain)
    matrix = scripting_matrix(browser, policies)
    for actor in browser.labels:
        for target in browser.labels:
            decision = policies.may_script(browser, actor, target)
            assert matrix.allows(actor, target) == bool(decision)


@given(browsers())
def test_scripting_is_symmetric_where_scripts_run(browser):
    matrix = scripting_matrix(browser, Policies())
    for actor, target in matrix.pairs():
        if browser.document(target).scripts_run:
            assert matrix.allows(target, actor)


def test_a_decision_walks_no_further_than_the_tree_is_deep():
    browser = big_page(2_000)
    asked = []

    def counted(browser, attempt):
        asked.append(attempt.actor)
        return descendant(browser, attempt)

    deepest = max(browser.labels, key=lambda label: depth_of(browser, label))
    NAVIGATION["counted"] = counted
    try:
        for actor in browser.labels[:200]:
            asked.clear()
            Policies(navigation="counted").may_navigate(browser, actor, deepest)
            assert len(asked) <= depth_of(browser, deepest) + 2
    finally:
        del NAVIGATION["counted"]


def test_a_decision_gives_rule_reason_and_witness():
    page = Browser.of(
        window(
            "https://a.example/",
            frame("https://a.example/inner", label="inner"),
            frame("https://b.example/", label="other"),
            label="top",
        )
    )
    decision = Policies(navigation="descendant").may_navigate(page, "inner", "other")
    assert decision and decision.witness == "top"
    assert decision.rule == "origin propagation"
    assert decision.reason == "inner has the origin of top, which may navigate other"
    strict = Policies(navigation="descendant", origin_propagation=False)
    assert str(strict.may_navigate(page, "inner", "other")) == (
        "refused (descendant): inner does not contain other"
    )


def test_a_click_goes_along_with_the_attempt_of_a_stand_in():
    def clicked_parent(browser, attempt):
        return attempt.user_activation and attempt.actor == browser.parent(attempt.target)

    page = Browser.of(
        window(
            "https://a.example/",
            frame("https://a.example/in", label="inner"),
            frame("https://b.example/", label="other"),
            label="top",
        )
    )
    policies = Policies(navigation=clicked_parent)
    assert policies.may_navigate(page, "inner", "other", user_activation=True)
    assert not policies.may_navigate(page, "inner", "other")


def test_labels_with_braces_do_not_break_a_reason():
    page = Browser.of(
        window("https://a.example/", frame("https://b.example/", label="{target}"), label="{0}")
    )
    reason = Policies().may_navigate(page, "{0}", "{target}").reason
    assert reason == "{0} contains {target}"


@pytest.mark.parametrize(
    ("sandbox", "target", "clicked", "allowed"),
    [
        (None, "top", False, True),
        ("", "boxed", False, False),
        ("allow-scripts", "boxed", False, True),
        ("allow-scripts", "inner", False, True),
        ("allow-scripts", "sibling", False, False),
        ("allow-scripts allow-same-origin", "sibling", False, False),
        ("allow-scripts", "top", True, False),
        ("allow-scripts allow-top-navigation", "top", False, True),
        ("allow-scripts allow-top-navigation-by-user-activation", "top", False, False),
        ("allow-scripts allow-top-navigation-by-user-activation", "top", True, True),
    ],
)
def test_a_sandbox_takes_away(sandbox, target, clicked, allowed):
    page = Browser.of(
        window(
            "https://a.example/",
            frame(
                "https://a.example/",
                frame("https://b.example/", label="inner"),
                label="boxed",
                sandbox=sandbox,
            ),
            frame("https://c.example/", label="sibling"),
            label="top",
        )
    )
    decision = Policies(navigation="permissive").may_navigate(
        page, "boxed", target, user_activation=clicked
    )
    assert bool(decision) is allowed


def test_a_javascript_url_is_script_so_the_scripting_policy_decides():
    policies = Policies(navigation="permissive")
    assert policies.may_navigate(MASHUP, "integrator", "maps")
    decision = policies.may_navigate(MASHUP, "integrator", "maps", "javascript:alert(1)")
    assert not decision and decision.rule == "same-origin"


@pytest.mark.parametrize(
    ("rule", "actor", "target", "allowed"),
    [
        ("anyone", "ad", "other", True),
        ("by opener", "ad", "top", True),
        ("by opener", "ad", "popup", True),
        ("by opener", "ad", "other", False),
        ("by opener", "popup", "top", False),
        ("like sub-frames", "ad", "top", False),
        ("not given", "ad", "top", False),
    ],
)
def test_who_may_navigate_a_top_level_frame(rule, actor, target, allowed):
    browser = Browser.of(
        window("https://a.example/", frame("https://ad.example/", label="ad"), label="top"),
        window("https://popup.example/", label="popup", opener="top"),
        window("https://other.example/", label="other"),
    )
    decision = Policies(top_level=rule).may_navigate(browser, actor, target)
    assert bool(decision) is allowed


def test_an_unknown_rule_is_marked_as_unknown():
    matrix = navigation_matrix(MASHUP, PRESETS["Opera 9"])
    assert matrix.unknown == {"integrator"}
    assert "does not give" in PRESETS["Opera 9"].may_navigate(MASHUP, "ad", "integrator").reason


def test_a_readers_function_goes_wherever_a_name_goes():
    mine = Policies(navigation=no_ads, top_level=no_ads, scripting=no_ads, origin_propagation=False)
    assert not mine.may_navigate(MASHUP, "ad", "maps")
    assert mine.may_navigate(MASHUP, "maps", "ad").rule == "no ads"
    assert not mine.may_navigate(MASHUP, "ad", "integrator")
    assert mine.may_script(MASHUP, "maps", "ad")
    assert not SCENARIOS["gadget-hijacking"].run(mine).succeeded


def test_a_readers_function_may_explain_itself():
    def by_name(browser, attempt):
        return decide(False, "", "{actor} looks {how}", how="suspicious")

    policies = Policies(navigation=by_name, origin_propagation=False)
    decision = policies.may_navigate(MASHUP, "ad", "maps")
    assert str(decision) == "refused (by name): ad looks suspicious"


def test_a_reason_that_cannot_be_filled_in_is_explained():
    def careless(browser, attempt):
        return decide(False, "", "{nobody} says no")

    decision = Policies(navigation=careless, origin_propagation=False).may_navigate(
        MASHUP, "ad", "maps"
    )
    with pytest.raises(PolicyError, match=r"'careless'.*'nobody'.*\{actor\}, \{target\}"):
        str(decision)


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        (lambda browser, attempt: None, "is a 'return' missing?"),
        (lambda browser, attempt: "yes", "answered 'yes'"),
        (lambda browser, attempt: 1 / 0, "raised ZeroDivisionError: division by zero"),
        (lambda browser: True, "raised TypeError"),
        (lambda browser, attempt: asynchronous(browser, attempt), "write def"),
        (lambda browser, attempt: Decision(False, None), "use decide"),
        (lambda browser, attempt: browser.frame("map"), "did you mean 'maps'?"),
    ],
)
@pytest.mark.parametrize("propagation", [True, False])
def test_a_readers_broken_policy_is_named(policy, says, propagation):
    policies = Policies(navigation=policy, origin_propagation=propagation)
    with pytest.raises(PolicyError) as error:
        policies.may_navigate(MASHUP, "ad", "maps")
    assert says in str(error.value) and "<lambda>" in str(error.value)
    assert error.value._render_traceback_() == [f"PolicyError: {error.value}"]
    with pytest.raises(PolicyError):
        SCENARIOS["gadget-hijacking"].run(policies)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: Policies(navigation="descendent"), UnknownName, "did you mean 'descendant'?"),
        (lambda: Policies(navigation=None), UnknownName, "unknown navigation policy None"),
        (lambda: Policies(navigation=[]), UnknownName, "unknown navigation policy []"),
        (lambda: Policies(navgation="child"), UnknownName, "did you mean 'navigation'?"),
        (lambda: Policies().but(toplevel="anyone"), UnknownName, "did you mean 'top_level'?"),
        (lambda: Policies(top_level="anybody"), UnknownName, "top level policy 'anybody'"),
        (lambda: Policies(origin_propagation="on"), ValueError, "True or False, not 'on'"),
        (lambda: PRESETS["IE7"], UnknownName, "did you mean 'IE 7'?"),
        (lambda: SCENARIOS["gadget hijacking"], UnknownName, "did you mean 'gadget-hijacking'?"),
        (lambda: Policies().may_navigate(MASHUP, "ad", "map"), UnknownName, "mean 'maps'?"),
        (lambda: Policies().may_script(MASHUP, "add", "maps"), UnknownName, "mean 'ad'?"),
        (lambda: Policies().may_navigate(MASHUP, "ad", "maps", "x"), InvalidURL, "'x'"),
        (lambda: navigation_matrix(MASHUP, Policies()).allows("ad", "m"), UnknownName, "'m'"),
        (lambda: SCENARIOS["gadget-hijacking"].run("IE7"), UnknownName, "did you mean 'IE 7'?"),
        (lambda: SCENARIOS["gadget-hijacking"].run(Policies), TypeError, "a browser's name"),
        (
            lambda: Policies().may_navigate(window("https://a.example/"), "a", "a"),
            TypeError,
            "make a browser first",
        ),
        (
            lambda: (
                navigation_matrix(MASHUP, Policies())
                <= navigation_matrix(SCENARIOS["cross-window"].start.browser, Policies())
            ),
            ValueError,
            "only matrices of the same frames",
        ),
    ],
)
def test_wrong_names_are_answered_with_the_nearest_right_one(make, error, says):
    with pytest.raises(error) as caught:
        make()
    assert says in str(caught.value)


def test_every_toggle_has_a_field_and_every_name_works():
    for toggle, values in TOGGLES.items():
        for value in values:
            policies = Policies(**{toggle: value})
            assert getattr(policies, toggle) == value
            assert pickle.loads(pickle.dumps(policies)) == policies


def test_a_preset_knows_its_name():
    assert PRESETS["Firefox 2"].preset == "Firefox 2"
    assert Policies(navigation=no_ads).preset is None


def test_a_matrix_can_be_compared_and_listed():
    wide = navigation_matrix(MASHUP, Policies(navigation="window"))
    narrow = navigation_matrix(MASHUP, Policies(navigation="descendant"))
    assert narrow <= wide and not wide <= narrow
    assert wide - narrow == (("ad", "maps"), ("maps", "ad"))
    assert wide.count() == 6 == len(list(wide.pairs()))
    assert wide.targets("ad") == ("integrator", "maps")


# --- the toggles of browsers and servers for requests (Part IV) ---

SWITCHES = ("callback_prefix", "nosniff", "attachment")
BROWSERS = (
    "same_site_default",
    "third_party_cookies",
    "cors",
    "framing",
    "styles",
    "plugin",
)
SERVERS = ("csrf_token", "request_check", "cors_headers", "framing_headers", "callback_filter")
ISOLATION = ("opener_policy", "embedder_policy", "resource_policy", "agent_cluster")


def test_the_toggles_of_part_four_are_these():
    assert set(SERVER_CHOICES) == {*SERVERS, *SWITCHES, *ISOLATION}
    assert set(REQUEST_RULES) == {*BROWSERS, "isolation"}
    assert {*BROWSERS, *SERVERS, *SWITCHES} <= {*TOGGLES}


@pytest.mark.parametrize("toggle", [*BROWSERS, *SERVERS, *ISOLATION])
@pytest.mark.parametrize("value", ["", "nonsens", None, [], 5, True, ("none",)])
def test_a_value_that_a_toggle_does_not_know_is_named(toggle, value):
    with pytest.raises(UnknownName) as error:
        Policies(**{toggle: value})
    assert f"unknown {toggle.replace('_', ' ')} policy {value!r}" in str(error.value)
    known = list(TOGGLES[toggle])
    assert repr(known[0]) in str(error.value)


@pytest.mark.parametrize(
    ("toggle", "value", "nearest"),
    [
        ("same_site_default", "laxx", "lax"),
        ("third_party_cookies", "block", "blocked"),
        ("cors", "fetch standard", "Fetch standard"),
        ("framing", "all ancestor", "all ancestors"),
        ("styles", "text/csss", "text/css"),
        ("plugin", "flash player", "Flash Player"),
        ("csrf_token", "the sessions", "the session's"),
        ("request_check", "origin", "Origin"),
        ("cors_headers", "reflected", "reflected origin"),
        ("framing_headers", "X-Frame-Options: Deny", "X-Frame-Options: DENY"),
        ("callback_filter", "letters and digit", "letters and digits"),
    ],
)
def test_the_nearest_value_is_suggested(toggle, value, nearest):
    with pytest.raises(UnknownName) as error:
        Policies().but(**{toggle: value})
    assert f"did you mean {nearest!r}?" in str(error.value)


@pytest.mark.parametrize("toggle", SWITCHES)
@pytest.mark.parametrize("value", ["on", "True", 1, 0, None, [], lambda: True])
def test_a_switch_is_on_or_off(toggle, value):
    with pytest.raises(WrongValue, match=f"{toggle} is True or False, not "):
        Policies(**{toggle: value})
    assert getattr(Policies(**{toggle: False}), toggle) is False


ASKED_IN = {
    # toggle: a scenario in which it is asked, and what has to be set for that
    "same_site_default": ("csrf-form", {}),
    "third_party_cookies": ("csrf-form", {}),
    "cors": ("cors-misconfigured", {"cors_headers": "reflected origin"}),
    "framing": ("clickjacking", {}),
    "styles": ("css-theft", {}),
    "plugin": ("rosetta-flash", {}),
    "csrf_token": ("csrf-form", {}),
    "request_check": ("csrf-form", {}),
    "cors_headers": ("cors-misconfigured", {}),
    "framing_headers": ("clickjacking", {}),
    "callback_filter": ("jsonp-reflected", {}),
}

REFLECTS = {
    "Access-Control-Allow-Origin": "https://attacker.example",
    "Access-Control-Allow-Credentials": "true",
}
OWN = [
    # toggle, a reader's function, does the attack succeed then?
    ("same_site_default", lambda sending: True, True),
    ("same_site_default", lambda sending: not sending.cross_site, False),
    (
        "same_site_default",
        lambda sending: "not to strangers" if sending.cross_site else True,
        False,
    ),
    ("third_party_cookies", lambda third_party, site: "", True),
    ("third_party_cookies", lambda third_party, site: None, False),
    ("cors", lambda origin, credentials, response: True, True),
    ("cors", lambda origin, credentials, response: "partner" in origin, True),
    ("cors", lambda origin, credentials, response: origin == "https://partner.example", False),
    ("framing", lambda framing: True, True),
    ("framing", lambda framing: not framing.ancestors, False),
    ("styles", lambda kind, from_elsewhere: kind == "text/html", True),
    ("styles", lambda kind, from_elsewhere: not from_elsewhere, False),
    ("plugin", lambda response: response.body.startswith("CWS"), True),
    ("plugin", lambda response: response.body.startswith("FWS"), False),
    ("csrf_token", lambda given, own, issued: True, True),
    ("csrf_token", lambda given, own, issued: given == own, False),
    ("request_check", lambda request, own: request.method == "POST", True),
    ("request_check", lambda request, own: request.headers.get("origin") == own, False),
    ("cors_headers", lambda origin, trusted: REFLECTS, True),
    ("cors_headers", lambda origin, trusted: {}, False),
    ("framing_headers", lambda: {}, True),
    ("framing_headers", lambda: {"X-Frame-Options": "DENY"}, False),
    ("callback_filter", lambda callback: True, True),
    ("callback_filter", lambda callback: callback.isalnum(), False),
]


def asked(toggle, function):
    """The scenario, and policies under which ``function`` is asked there."""
    name, needs = ASKED_IN[toggle]
    return SCENARIOS[name], CARELESS.but(**{**needs, toggle: function})


@pytest.mark.parametrize(("toggle", "function", "succeeds"), OWN)
def test_a_readers_function_goes_wherever_a_name_goes_for_requests_too(toggle, function, succeeds):
    scenario, policies = asked(toggle, function)
    trace = scenario.run(policies)
    assert trace.succeeded is succeeds
    assert "<lambda>" in str(policies)


def test_a_function_of_the_readers_is_tried_for_every_toggle_and_both_ways():
    assert {toggle for toggle, *_ in OWN} == {*BROWSERS, *SERVERS} == {*ASKED_IN}
    assert {(toggle, won) for toggle, _, won in OWN} == {
        (toggle, won) for toggle in ASKED_IN for won in (True, False)
    }


def raises(*given):
    raise ZeroDivisionError("oh")


def forgets(*given):
    pass


def babbles(*given):
    return [1, 2]


def five(*given):
    return 5


def deaf():
    return True


BROKEN = [
    (toggle, function, says)
    for toggle in ASKED_IN
    for function, says in (
        (raises, "'raises' raised ZeroDivisionError: oh"),
        (forgets, "'forgets' answered None (is a 'return' missing?): it returns"),
        (babbles, "'babbles' answered [1, 2]: it returns"),
        (five, "'five' answered 5: it returns"),
        (deaf, "'deaf' raised TypeError"),
    )
    if (toggle, function) != ("third_party_cookies", forgets)  # there None says: no cookies
    and (toggle, function) != ("framing_headers", deaf)  # there it is called with nothing
]


@pytest.mark.parametrize(("toggle", "function", "says"), BROKEN)
def test_a_readers_broken_function_is_named_wherever_it_is_asked(toggle, function, says):
    scenario, policies = asked(toggle, function)
    if toggle != "csrf_token":
        policies = policies.but(csrf_token="the session's")
    for ask in (scenario.run, lambda policies: find_attack(scenario, policies, moves=1)):
        with pytest.raises(PolicyError) as error:
            ask(policies)
        assert says in str(error.value)
        assert error.value._render_traceback_() == [f"PolicyError: {error.value}"]


@pytest.mark.parametrize("toggle", ["cors_headers", "framing_headers"])
@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"X Y": "1"}, "'X Y' is no header name"),
        ({"X-A": 3}, "the value of X-A is a text, not 3"),
        ({"X-A": "a\nb"}, "the value of X-A holds"),
        ({5: "a"}, "5 is no header name"),
    ],
)
def test_headers_that_cannot_be_sent_are_refused_as_such(toggle, headers, says):
    scenario, policies = asked(toggle, lambda *given: headers)
    with pytest.raises(BadHeader) as error:
        scenario.run(policies)
    assert says in str(error.value)


@pytest.mark.parametrize("toggle", [*BROWSERS, *SERVERS, *SWITCHES])
def test_what_servers_choose_makes_no_other_browser(toggle):
    other = next(each for each in TOGGLES[toggle] if each != getattr(PRESETS["Firefox"], toggle))
    changed = PRESETS["Firefox"].but(**{toggle: other})
    assert changed.preset == (None if toggle in BROWSERS else "Firefox")
    assert (changed.rules == PRESETS["Firefox"]) is (toggle not in BROWSERS)


TO_TOP = "allow-scripts allow-top-navigation"


def nested(depth, outermost):
    box = frame("https://deep.example/", label="deep", sandbox=TO_TOP)
    for _ in range(depth):
        box = frame("https://deep.example/", box, sandbox=TO_TOP)
    return Browser.of(window("https://top.example/", frame(outermost, box), label="top"))


@pytest.mark.parametrize("browser", ["Chromium", "Firefox"])
@pytest.mark.parametrize("depth", [0, 1, 3_000])
def test_a_sandbox_lets_nobody_take_the_window_whose_embedder_could_not(browser, depth):
    asked = PRESETS[browser].may_navigate
    url = "https://deep.example/"
    assert not asked(nested(depth, "https://stranger.example/"), "deep", "top", url)
    assert asked(nested(depth, "https://top.example/part"), "deep", "top", url)
