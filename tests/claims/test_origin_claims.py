"""The claims on origins, scripting, frames and threat models, each run in the model."""

from dataclasses import replace

import pytest
from browsers import browsers
from hypothesis import given
from hypothesis import strategies as st
from unit.questions import question

from labcore import (
    PRESETS,
    SCENARIOS,
    Browser,
    Origin,
    Policies,
    SetDomain,
    UserTypes,
    World,
    frame,
    same_origin,
    same_site,
    scripting_matrix,
    step,
    window,
)
from labcore.policies import NAVIGATION, SCRIPTING
from labcore.scenarios import attacker_knows
from labcore.screen import location_bar, shows_lock
from labcore.search import Attack, find_attack

hosts = st.sampled_from(["shop.example", "www.shop.example", "a.b.example", "x.co.uk"])


@pytest.mark.claim("M01")
@given(hosts, st.sampled_from([("http", 80), ("https", 443)]), st.integers(1, 65535))
def test_an_origin_is_scheme_host_and_port(host, scheme_and_default, port):
    scheme, default = scheme_and_default
    origin = Origin.of(f"{scheme}://{host}:{port}/path?query")
    assert (origin.scheme, origin.host, origin.port) == (scheme, host, port)
    assert same_origin(origin, Origin.of(f"{scheme}://{host}/")) == (port == default)


@pytest.mark.claim("M02")
@given(hosts, st.sampled_from(["www", "a", "deep.er"]))
def test_a_sub_domain_is_not_same_origin_but_same_site(host, label):
    parent, child = Origin.of(f"https://{host}/"), Origin.of(f"https://{label}.{host}/")
    assert not same_origin(parent, child) and same_site(parent, child)
    page = Browser.of(window(f"{parent}/", frame(f"{child}/", label="child"), label="parent"))
    assert scripting_matrix(page, Policies()).count() == 0


def shop() -> World:
    return World(
        Browser.of(
            window(
                "https://www.shop.example/",
                frame("https://pay.shop.example:8443/", label="pay"),
                frame("https://www.shop.example/news", label="news"),
                frame("http://tenant.shop.example/", label="insecure"),
                label="www",
            )
        )
    )


@pytest.mark.claim("M03")
def test_document_domain_needs_both_and_drops_the_port():
    policies = Policies(scripting="same-origin-domain")
    world = shop()
    assert not policies.may_script(world.browser, "www", "pay")
    _, one = step(world, SetDomain("www", "shop.example"), policies)
    assert not policies.may_script(one.browser, "www", "pay")
    _, both = step(one, SetDomain("pay", "shop.example"), policies)
    assert policies.may_script(both.browser, "www", "pay")
    assert policies.may_script(both.browser, "pay", "www")
    _, other = step(one, SetDomain("pay", "pay.shop.example"), policies)
    assert not policies.may_script(other.browser, "www", "pay")
    _, mixed = step(one, SetDomain("insecure", "shop.example"), policies)
    assert not policies.may_script(mixed.browser, "www", "insecure"), "the schemes differ"


@pytest.mark.claim("M03")
def test_setting_document_domain_shuts_out_a_page_of_the_same_origin():
    policies = Policies(scripting="same-origin-domain")
    assert policies.may_script(shop().browser, "news", "www")
    _, set_to_itself = step(shop(), SetDomain("www", "www.shop.example"), policies)
    assert not policies.may_script(set_to_itself.browser, "news", "www")


@pytest.mark.claim("M03")
def test_chromium_ignores_it_and_firefox_honours_it():
    world = shop()
    for actor in ("www", "pay"):
        _, world = step(world, SetDomain(actor, "shop.example"), Policies())
    assert not PRESETS["Chromium"].may_script(world.browser, "www", "pay")
    assert PRESETS["Firefox"].may_script(world.browser, "www", "pay")


@pytest.mark.claim("B01")
@given(browsers())
def test_one_frame_scripts_another_exactly_when_they_are_same_origin(browser):
    for actor in browser.labels:
        for target in browser.labels:
            allowed = Policies().may_script(browser, actor, target)
            same = actor == target or same_origin(browser.origin(actor), browser.origin(target))
            assert bool(allowed) == (same and browser.document(actor).scripts_run)


@pytest.mark.claim("B01")
@pytest.mark.parametrize("scripting", SCRIPTING)
def test_the_line_that_would_steal_the_password_is_refused(scripting):
    trace = SCENARIOS["stolen-password"].run(Policies(scripting=scripting))
    assert not trace.succeeded and trace.page_works
    assert trace.refused.decision.rule == scripting

    def no_policy(browser, attempt):
        return True

    assert SCENARIOS["stolen-password"].run(Policies(scripting=no_policy)).succeeded


@pytest.mark.claim("M16")
def test_no_scripting_policy_stops_a_script_in_the_page_itself():
    def nobody(browser, attempt):
        return False

    for scripting in (*SCRIPTING, nobody):
        trace = SCENARIOS["script-injection"].run(Policies(scripting=scripting))
        assert trace.succeeded
    clean = replace(
        SCENARIOS["script-injection"],
        start=World(Browser.of(window("https://bank.example/", label="bank"))),
        honest=(),
    )
    assert not clean.run(Policies()).succeeded


@pytest.mark.claim("B03")
@given(browsers())
def test_location_bar_and_lock_on_any_page(browser):
    for top in browser.windows:
        inside = [top, *browser.descendants(top)]
        assert {location_bar(browser, label) for label in inside} == {browser.document(top).url}
        fetched = [browser.document(x).url for x in inside if browser.document(x).url[:4] == "http"]
        blank_top = browser.document(top).url[:4] != "http"
        secure = all(url.startswith("https:") for url in fetched) and not blank_top
        assert shows_lock(browser, top) == secure


@pytest.mark.claim("B14")
def test_a_script_has_the_powers_of_the_page_and_a_frame_has_none():
    as_script, as_frame = SCENARIOS["gadget-as-script"], SCENARIOS["gadget-as-frame"]
    assert as_script.run().succeeded and not as_frame.run().succeeded
    assert not Policies().may_script(as_frame.start.browser, "reviews", "maps")
    for scripting in SCRIPTING:
        assert as_script.run(Policies(scripting=scripting)).succeeded


def mashup() -> Browser:
    return Browser.of(
        window(
            "https://integrator.example/",
            frame("https://maps.example/", label="maps"),
            frame("https://gadget.example/", label="gadget"),
            label="integrator",
        ),
        window("https://attacker.example/", label="attacker"),
        window("http://weather.example/", label="weather"),
    )


def outcomes(world: World) -> dict[str, bool]:
    user = (UserTypes("maps", "an address", location="https://integrator.example/"),)
    return {
        name: isinstance(
            find_attack(
                question(world, attacker_knows("an address"), user=user),
                Policies(navigation=name, origin_propagation=False),
                frames=0,
            ),
            Attack,
        )
        for name in NAVIGATION
    }


@pytest.mark.claim("B02")
def test_a_gadget_attacker_gets_further_than_a_web_attacker():
    web = outcomes(World(mashup(), attacker=frozenset({Origin.of("https://attacker.example/")})))
    gadget = outcomes(World(mashup(), attacker=frozenset({Origin.of("https://gadget.example/")})))
    assert web == {"permissive": True, "window": False, "child": False, "descendant": False}
    assert gadget == {"permissive": True, "window": True, "child": False, "descendant": False}


@pytest.mark.claim("B31")
def test_one_visit_over_plain_http_makes_a_network_attacker_a_web_attacker():
    web = World(mashup(), attacker=frozenset({Origin.of("https://attacker.example/")}))
    assert outcomes(World(mashup(), on_the_network=True)) == outcomes(web)
    only_https = Browser.of(window("https://integrator.example/", frame("https://maps.example/")))
    network = World(only_https, on_the_network=True)
    assert not any(network.is_attackers(label) for label in only_https.labels)


@pytest.mark.claim("B06")
def test_in_the_cross_window_attack_nothing_that_the_user_sees_changes():
    trace = SCENARIOS["cross-window"].run(PRESETS["Safari 3"])
    assert trace.succeeded and trace.end.knowledge == {"the password"}
    for world in trace.worlds:
        assert location_bar(world.browser, "login") == "https://bank.example/"
        assert shows_lock(world.browser, "login")
    assert trace.end.browser.document("login").url == "https://attacker.example/login"
