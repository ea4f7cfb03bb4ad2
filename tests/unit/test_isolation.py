"""Windows kept apart: noopener, names, browsing context groups, and the headers that ask for it.

What Chromium 156 and Firefox 153 did with each pair of opener policies, and which frames a name
found there, stands here as it was measured.
"""

import itertools

import pytest

from labcore import PRESETS, SCENARIOS, Policies, find_attack, step
from labcore.actions import Commit, Navigate, Open, PostMessage, Script, SetDomain
from labcore.answers import Attack
from labcore.browser import Browser, Isolation, frame, window
from labcore.errors import PolicyError
from labcore.http import Headers, Jar, Request, Response
from labcore.origin import Origin
from labcore.policies import navigation_matrix, scripting_matrix
from labcore.policies.isolation import OPENER, asked_by, resource_policy
from labcore.policies.toggles import TOGGLES
from labcore.scenarios.scenario import Scenario
from labcore.world import World

A, B, C, D = (f"https://{host}.example/" for host in "abcd")
COOP, COEP, CORP = (f"Cross-Origin-{kind}-Policy" for kind in ("Opener", "Embedder", "Resource"))
OPEN = Policies(navigation="permissive", top_level="anyone")


def says(**headers):
    return lambda request: Response(200, {k.replace("_", "-"): v for k, v in headers.items()})


def coop(value):
    return says(Cross_Origin_Opener_Policy=value)


def opened(actor, url, policies=OPEN, noopener=False, name="pop", **servers):
    """The browser after a page on ``A`` with a frame on ``B``, or the frame, has opened ``url``."""
    asked = {Origin.of(each): server for each, server in servers.items()}
    top = servers.get(A, coop("unsafe-none"))(None).headers
    browser = Browser.of(window(A, frame(B, label="inner"), label="top"))
    browser = browser.with_isolation("top", policies.asked_by(A, top))
    world = World(browser, servers=tuple(asked.items()))
    _, world = step(world, Open(actor, url, name, noopener), policies)
    [new] = set(world.browser.windows) - {"top"}
    if world.pending:
        _, world = step(world, Commit(new), policies)
    return world, new


# --- opener policies, as measured: x where the popup lost its opener ---

CUT = {
    # the opener's policy: by the popup's, in the order of OPENER; the popup on A, and on C
    "top": {
        "unsafe-none": (".xxx", ".xxx"),
        "same-origin-allow-popups": ("..xx", ".xxx"),
        "same-origin": ("xx.x", "xxxx"),
        "noopener-allow-popups": (".xxx", ".xxx"),
    },
    "inner": {
        "unsafe-none": (".xxx", ".xxx"),
        "same-origin-allow-popups": (".xxx", ".xxx"),
        "same-origin": ("xxxx", "xxxx"),
        "noopener-allow-popups": (".xxx", ".xxx"),
    },
}


@pytest.mark.parametrize("preset", ["Chromium", "Firefox"])
@pytest.mark.parametrize("actor", CUT)
@pytest.mark.parametrize("url", [A, C])
@pytest.mark.parametrize(("theirs", "own"), [*itertools.product(OPENER, OPENER)])
def test_opener_policies_part_windows_as_was_measured(preset, actor, url, theirs, own):
    if preset == "Firefox":  # which takes noopener-allow-popups for nothing
        seen = [x if x != OPENER[3] else OPENER[0] for x in (theirs, own)]
    else:
        seen = [theirs, own]
    cut = CUT[actor][seen[0]][[A, C].index(url)][OPENER.index(seen[1])] == "x"
    policies = PRESETS[preset]
    world, new = opened(actor, url, policies, **{A: coop(theirs), url: coop(own)} if url != A else
                        {A: _two(theirs, own)})  # fmt: skip
    browser = world.browser
    assert (browser.frame(new).opener is None) is cut
    assert (browser.group(new) != browser.group("top")) is cut
    assert browser.frame(new).name == ("" if cut else "pop")


def _two(first, then):
    """A server that says ``first`` to the test, and ``then`` to the browser."""
    return lambda request: coop(first if request is None else then)(request)


def test_frames_of_two_groups_cannot_reach_each_other_at_all():
    apart = Browser.of(
        window(A, frame(B, label="b"), label="top"), window(A, frame(B, label="b2"), label="w")
    ).apart("w")
    for actor, target in itertools.product(("top", "b"), ("w", "b2")):
        for way in ((actor, target), (target, actor)):
            assert not OPEN.may_navigate(apart, *way, url=A)
            assert not OPEN.may_navigate(apart, *way, url="javascript:1")
            assert not OPEN.may_script(apart, *way)
            assert not OPEN.delivers(apart, *way, "*")
            assert not step(World(apart), PostMessage(*way, "x", "*"), OPEN)[1].messages
            assert "group" in OPEN.may_script(apart, *way).reason
    assert OPEN.may_script(apart, "top", "top") and OPEN.may_navigate(apart, "b", "top", url=A)


def test_the_matrices_know_of_groups():
    together = Browser.of(
        window(A, frame(B, label="b"), label="top"),
        window(A, frame(B, label="b2"), frame(A, label="a2"), label="w", opener="b"),
    )
    for browser, policies in itertools.product(
        (together, together.apart("w")), (OPEN, Policies(), PRESETS["Firefox"])
    ):
        moves, scripts = navigation_matrix(browser, policies), scripting_matrix(browser, policies)
        for one, other in itertools.permutations(browser.labels, 2):
            may = policies.may_navigate(browser, one, other, browser.document(one).url)
            assert ((one, other) in moves.pairs()) is bool(may), (one, other)
            assert ((one, other) in scripts.pairs()) is bool(
                policies.may_script(browser, one, other)
            )


def test_origin_propagation_does_not_lead_through_another_group():
    def by_w(browser, attempt):
        return attempt.actor == "w"

    browser = Browser.of(window(A, label="top"), window(B, label="b"), window(A, label="w"))
    rules = Policies(navigation=by_w, top_level="like sub-frames")
    assert rules.may_navigate(browser, "top", "b", B)
    assert not rules.may_navigate(browser.apart("w"), "top", "b", B)


def test_a_window_opened_with_noopener_is_apart_from_its_opener():
    world, new = opened("top", C, noopener=True)
    assert world.browser.frame(new).opener is None and world.browser.group(new) == 1
    assert not OPEN.may_navigate(world.browser, "top", new, C)
    assert not OPEN.may_navigate(world.browser, new, "top", C)
    world, new = opened("top", C)
    assert world.browser.frame(new).opener == "top" and OPEN.may_navigate(
        world.browser, new, "top", C
    )


def test_noopener_opens_a_new_window_even_where_the_name_is_known():
    browser = Browser.of(window(A, frame(A, label="f", name="f"), label="top"))
    _, found = step(World(browser), Open("top", C, "f"), OPEN)
    assert [each.target for each in found.pending] == ["f"]
    _, world = step(World(browser), Open("top", C, "f", noopener=True), OPEN)
    assert not world.pending and len(world.browser.windows) == 2
    assert "without an opener" in str(Open("top", C, "f", noopener=True))


def test_a_window_leaves_its_popups_behind_when_it_changes_its_group():
    world, new = opened("top", C)
    world = world.but(servers=((Origin.of(D), coop("same-origin")),))
    _, world = step(world, Navigate("top", "top", D), OPEN)
    _, world = step(world, Commit("top"), OPEN)
    assert world.browser.group("top") != world.browser.group(new)
    assert world.browser.frame(new).opener is None


def test_a_redirect_parts_windows_too():
    servers = {C: lambda request: Response(302, {"Location": D, COOP: "same-origin"}), D: says()}
    world, new = opened("top", C, **servers)
    assert world.browser.document(new).url == D and world.browser.group(new)


def test_two_groups_are_told_in_words_and_in_browser():
    browser = Browser.of(window(A, label="top"), window(B, label="w", opener="top"))
    assert "group" not in str(browser)
    assert "browsing context group 2" in str(browser.apart("w"))
    assert "opened by" not in str(browser.apart("w"))


def test_a_popup_is_in_its_openers_group():
    browser = Browser.of(window(A, label="a", group=3), window(B, label="b", opener="a"))
    assert browser.group("b") == 3


@pytest.mark.parametrize("sandboxed", [True, False])
def test_a_sandboxed_popup_shows_no_page_with_an_opener_policy(sandboxed):
    box = "allow-scripts allow-popups" + ("" if sandboxed else " allow-popups-to-escape-sandbox")
    browser = Browser.of(window(A, frame(B, label="boxed", sandbox=box), label="top"))
    world = World(browser, servers=((Origin.of(C), coop("same-origin")),))
    _, world = step(world, Open("boxed", C), OPEN)
    [new] = set(world.browser.windows) - {"top"}
    decision, world = step(world, Commit(new), OPEN)
    assert bool(decision) is not sandboxed
    assert (world.browser.document(new).url == C) is not sandboxed


# --- what headers say ---


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("same-origin", "same-origin"),
        ('same-origin; report-to="x"', "same-origin"),
        ("noopener-allow-popups", "noopener-allow-popups"),
        ("Same-Origin", "unsafe-none"),
        ("same-origin, same-origin", "unsafe-none"),
        ("", "unsafe-none"),
    ],
)
def test_an_opener_policy_is_one_token(said, heard):
    assert asked_by(A, Headers({COOP: said})).opener == heard
    assert asked_by("http://a.example/", Headers({COOP: said})).opener == "unsafe-none"
    assert asked_by("http://a.localhost/", Headers({COOP: said})).opener == heard


def test_browsers_of_2008_heed_none_of_it():
    for name in ("IE 7", "Firefox 2"):
        assert PRESETS[name].asked_by(A, Headers({COOP: "same-origin"})).opener == "unsafe-none"


# --- names, as measured: whom a script in the row finds ---

NAMED = Browser.of(
    window(
        A,
        frame(B, frame(D, label="b-d"), frame(A, label="b-a"), label="b"),
        frame(A, label="a"),
        frame(C, label="c"),
        label="top",
    ),
    window(C, frame(D, label="p-d"), frame(A, label="p-a"), label="popup", opener="top"),
    window(D, frame(A, label="q-a"), label="bpop", opener="b"),
)
FOUND = {
    # the frame of that name: who finds it in Chromium, and in Firefox
    "b": ("top a b-a p-a q-a", "top a b-a p-a q-a"),
    "b-d": ("top a b b-a p-d p-a bpop q-a", "top a b b-a p-d p-a bpop q-a"),
    "b-a": ("top a b p-a q-a", "top a b p-a q-a"),
    "a": ("top b-a p-a q-a", "top b-a p-a q-a"),
    "c": ("top a b-a popup p-a q-a", "top a b-a popup p-a q-a"),
    "top": ("a b-a popup p-a q-a", "a b b-d b-a c p-a q-a"),
    "popup": ("top a b-a c p-a q-a", "top a b b-d b-a c p-d p-a q-a"),
    "p-d": ("b-d c popup bpop", "b-d c popup bpop"),
    "p-a": ("top a b-a c popup q-a", "top a b-a c popup q-a"),
    "bpop": ("top a b b-d b-a p-d p-a q-a", "top a b b-d b-a p-d p-a q-a"),
    "q-a": ("top a b-d b-a p-d p-a bpop", "top a b-d b-a p-d p-a bpop"),
}


@pytest.mark.parametrize("preset", ["Chromium", "Firefox"])
@pytest.mark.parametrize("target", FOUND)
def test_a_name_finds_the_frames_that_were_measured(preset, target):
    found = FOUND[target][["Chromium", "Firefox"].index(preset)].split()
    others = {each for each in NAMED.labels if each != target}
    assert {x for x in others if PRESETS[preset].finds(NAMED, x, target, D)} == {*found}


def test_in_the_standard_a_name_finds_any_frame_of_ones_own_window():
    standard = Policies(names="own window, or familiar")
    for one, other in itertools.permutations(NAMED.labels, 2):
        own = NAMED.root(one) == NAMED.root(other)
        theirs = PRESETS["Firefox"].finds(NAMED, one, other)
        assert standard.finds(NAMED, one, other) is (own or theirs)


def test_what_is_found_and_may_not_be_navigated_stays_and_no_window_opens():
    browser = Browser.of(window(A, frame(B, label="b"), label="top", name="top"))
    for preset, windows in (("Chromium", 2), ("Firefox", 1)):
        decision, world = step(World(browser), Open("b", D, "top"), PRESETS[preset])
        assert len(world.browser.windows) == windows and not world.pending
        assert bool(decision) is (windows == 2)


@pytest.mark.parametrize(("preset", "kept"), [("Chromium", "kept"), ("Firefox", "")])
@pytest.mark.parametrize("opener", [None, "d"])
@pytest.mark.parametrize("url", [A + "next", "https://x.a.example/", C])
def test_a_window_forgets_its_name_as_was_measured(preset, kept, opener, url):
    page = Browser.of(window(D, label="d"), window(A, label="w", name="kept", opener=opener))
    _, world = step(World(page), Navigate("w", "w", url), PRESETS[preset])
    _, world = step(world, Commit("w"), PRESETS[preset])
    stays = opener is not None or url.startswith(A)
    assert world.browser.frame("w").name == ("kept" if stays else kept)


# --- document.domain, as measured: whether two pages of one site then script each other ---

DOMAIN = {
    "Chromium": {"": False, "?1": False, "?0": True},
    "Firefox": {"": True, "?1": False, "?0": True},
}


@pytest.mark.parametrize("preset", DOMAIN)
@pytest.mark.parametrize("said", ["", "?1", "?0"])
def test_document_domain_is_set_where_it_was_measured(preset, said):
    policies = PRESETS[preset]
    pages = Browser.of(
        window("https://x.a.example/", frame("https://y.a.example/", label="f"), label="t")
    )
    asked = policies.asked_by(A, Headers({"Origin-Agent-Cluster": said} if said else {}))
    world = World(pages.with_isolation("t", asked).with_isolation("f", asked))
    for label in ("t", "f"):
        _, world = step(world, SetDomain(label, "a.example"), policies)
    assert bool(policies.may_script(world.browser, "t", "f")) is DOMAIN[preset][said]


# --- CORP and COEP ---

SITES = {"own": A, "same site": "https://x.a.example/", "other": B}
BLOCKED = {
    # CORP, the page's COEP: whose answers are closed, with cookies and without
    ("", "unsafe-none"): ("", ""),
    ("", "require-corp"): ("same site, other", "same site, other"),
    ("", "credentialless"): ("same site, other", ""),
    ("same-origin", "unsafe-none"): ("same site, other", "same site, other"),
    ("same-site", "unsafe-none"): ("other", "other"),
    ("same-site", "require-corp"): ("other", "other"),
    ("cross-origin", "require-corp"): ("", ""),
    ("nonsense", "unsafe-none"): ("", ""),
}


@pytest.mark.parametrize(("said", "embedder"), BLOCKED)
def test_a_resource_policy_closes_answers_to_pages_of_others(said, embedder):
    headers = Headers({CORP: said} if said else {})
    for blocked, cookies in zip(BLOCKED[said, embedder], (True, False), strict=True):
        closed = [
            name
            for name, url in SITES.items()
            if resource_policy(Origin.of(A), embedder, url, headers, cookies)
        ]
        assert ", ".join(closed) == blocked


def test_same_site_does_not_let_what_tls_has_brought_into_a_page_without():
    said = Headers({CORP: "same-site"})
    plain = Origin.of("http://x.a.example/")
    assert resource_policy(plain, "unsafe-none", A, said, True)
    assert not resource_policy(Origin.of(A), "unsafe-none", "http://x.a.example/", said, True)


@pytest.mark.parametrize("kind", ["image", "script", "style", "plugin"])
def test_what_corp_closes_was_sent_with_the_users_cookies(kind):
    browser, jar = Browser.of(window(A, label="a")), Jar().with_cookie("s=1; Secure", B)
    server = says(Cross_Origin_Resource_Policy="same-origin")
    fetched = Policies().fetches(browser, "a", getattr(Request, kind)(B), server, jar)
    assert fetched.sent and fetched.cookies == "s=1" and not fetched
    assert "Cross-Origin-Resource-Policy" in fetched.reason
    cors = Request("GET", B)
    opened_up = says(Cross_Origin_Resource_Policy="same-origin", Access_Control_Allow_Origin="*")
    assert Policies().fetches(browser, "a", cors, opened_up, jar).readable
    old = Policies(isolation="ignored").fetches(
        browser, "a", getattr(Request, kind)(B), server, jar
    )
    assert old


def test_a_credentialless_page_asks_others_without_cookies():
    browser, jar = Browser.of(window(A, label="a")), Jar().with_cookie("s=1; Secure", B)
    page = browser.with_isolation("a", asked_by(A, Headers({COEP: "credentialless"})))
    for policies, url, sent in ((browser, B, "s=1"), (page, B, "")):
        assert Policies().fetches(policies, "a", Request.image(url), says(), jar).cookies == sent
    own = Jar().with_cookie("s=1; Secure", A)
    assert Policies().fetches(page, "a", Request.image(A), says(), own).cookies == "s=1"


@pytest.mark.parametrize(
    ("server", "shown"),
    [
        (says(), False),
        (says(Cross_Origin_Embedder_Policy="require-corp"), False),
        (
            says(
                Cross_Origin_Embedder_Policy="require-corp",
                Cross_Origin_Resource_Policy="cross-origin",
            ),
            True,
        ),
    ],
)
def test_a_page_with_an_embedder_policy_shows_frames_that_have_one_too(server, shown):
    browser = Browser.of(window(A, frame(B, label="b"), label="top"))
    asked = asked_by(A, Headers({COEP: "require-corp"}))
    world = World(browser.with_isolation("top", asked), servers=((Origin.of(B), server),))
    _, world = step(world, Navigate("top", "b", B + "next"), Policies())
    decision, world = step(world, Commit("b"), Policies())
    assert bool(decision) is shown
    assert (world.browser.document("b").url == B + "next") is shown


def test_pages_without_servers_send_the_headers_that_they_choose():
    start = World(
        Browser.of(
            window("https://attacker.example/", label="attacker"),
            window(A, label="bank", opener="attacker"),
            window(A + "2", label="more", opener="bank"),
        ),
        attacker=frozenset({Origin.of("https://attacker.example/")}),
    )
    told = Scenario("x", "x", "x", "x", start, (), None)
    browser = told.starts(Policies(opener_policy="same-origin")).browser
    assert browser.group("bank") == browser.group("more") != browser.group("attacker")
    assert browser.frame("bank").opener is None and browser.frame("more").opener == "bank"
    assert told.starts(Policies()) == start
    assert told.starts(Policies(opener_policy="same-origin", isolation="ignored")) == start
    assert not Policies().may_script(browser, "attacker", "bank")
    assert step(World(browser), Script("more", "bank"), Policies())[0]


# --- a reader's own ---


def test_a_readers_own_headers_and_rule_go_wherever_a_name_goes():
    own = Policies(opener_policy=lambda: {COOP: "same-origin"})
    assert own.asked_by(A).opener == "same-origin"
    assert Policies(isolation=lambda url, headers: Isolation("same-origin")).asked_by(B).opener
    for wrong in (lambda: None, lambda: ["same-origin"], lambda: 1 / 0):
        with pytest.raises(PolicyError, match="opener policy"):
            Policies(opener_policy=wrong).asked_by(A)
    with pytest.raises(PolicyError, match="it returns Isolation"):
        Policies(isolation=lambda url, headers: True).asked_by(A)
    only_tops = Policies(names=lambda browser, attempt: browser.is_top_level(attempt.target))
    assert only_tops.finds(NAMED, "b", "bpop") and not only_tops.finds(NAMED, "b", "c")


@pytest.mark.parametrize("preset", ["Chromium", "Firefox"])
def test_of_two_that_set_it_only_those_count_that_are_apart_by_site(preset):
    policies = PRESETS[preset]
    inner = frame("https://y.a.example/", label="f")
    page = Browser.of(window("https://x.a.example/", inner, label="t"))
    page = page.with_domain("t", "a.example").with_domain("f", "a.example")
    half = page.with_isolation("t", Isolation(cluster="?0")).with_isolation(
        "f", Isolation(cluster="?1")
    )
    assert not policies.may_script(half, "t", "f") and not policies.may_script(half, "f", "t")
    assert ("t", "f") not in scripting_matrix(half, policies).pairs()
    both = half.with_isolation("f", Isolation(cluster="?0"))
    assert policies.may_script(both, "t", "f")
    assert ("t", "f") in scripting_matrix(both, policies).pairs()


# --- the attacks that rest on a reference, and what stops them ---

STOPS = {
    # scenario: the opener policies that stop it; those that break its page besides
    "opened-window": ({"same-origin-allow-popups", "same-origin", "noopener-allow-popups"}, set()),
    "tabnabbing": ({"same-origin"}, {"noopener-allow-popups"}),
}


@pytest.mark.parametrize("name", STOPS)
@pytest.mark.parametrize("value", TOGGLES["opener_policy"])
def test_an_opener_policy_stops_what_rests_on_a_reference(name, value):
    trace = SCENARIOS[name].run(PRESETS["Chromium"].but(opener_policy=value))
    stops, breaks = STOPS[name]
    assert trace.succeeded is (value not in stops)
    assert trace.page_works is (value not in breaks)
    if not trace.succeeded:
        assert trace.turning.decision.rule == "browsing context groups"
    if trace.page_works:
        found = find_attack(SCENARIOS[name], trace.policies, frames=1)
        assert isinstance(found, Attack) is trace.succeeded


def test_in_firefox_a_popup_does_not_take_its_opener_away_and_its_opener_takes_it():
    assert not SCENARIOS["tabnabbing"].run("Firefox").succeeded
    firefox = PRESETS["Firefox"]
    succeeds = {
        value
        for value in TOGGLES["opener_policy"]
        if SCENARIOS["opened-window"].run(firefox.but(opener_policy=value)).succeeded
    }
    assert succeeds == {"none", "noopener-allow-popups"}


@pytest.mark.parametrize(("said", "wins"), [("none", True), ("?0", True), ("?1", False)])
def test_a_shop_that_is_kept_apart_by_origin_is_not_caught_by_its_domains_guests(said, wins):
    policies = Policies(scripting="same-origin-domain", agent_cluster=said)
    trace = SCENARIOS["document-domain"].run(policies)
    assert trace.succeeded is trace.page_works is wins
