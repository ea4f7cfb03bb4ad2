"""The claims about requests: JSONP, forged requests, Rosetta Flash, CORS, the channels compared.

The post on message passing and CORS; Cao et al., §I and §II; Spagnuolo 2014; the Fetch standard.
"""

from dataclasses import replace
from itertools import product

import pytest

from labcore import (
    PRESETS,
    SCENARIOS,
    Browser,
    Deliver,
    Jar,
    Origin,
    Policies,
    PostMessage,
    Request,
    Response,
    World,
    find_attack,
    frame,
    step,
    window,
)
from labcore.actions import Fetch, Script
from labcore.comparison import ALL, compared, comparison
from labcore.policies.toggles import SERVER_CHOICES, TOGGLES
from labcore.protocols import Listens
from labcore.scenarios import CARELESS
from labcore.scenarios.requests import ALICE, CONTACTS, MAIL
from labcore.search import Attack, NoAttack
from labcore.servers import CALLBACK, FLASH_FILE, Site, User
from labcore.servers.choices import trusted_only

SHOP, NEWS, EVIL = "https://shop.example", "https://news.example", "https://attacker.example"
OLD = CARELESS.but(plugin="Flash Player")
"""Careless servers, and a browser with Flash."""

ANN = User("ann", "anns-session", data="anns-orders")


def shop(**has):
    return Site(SHOP, (ANN,), reads=("/orders",), jsonp=("/orders",), **has)


def asks(request, server=None, page=NEWS, policies=None, jar=None):
    """What becomes of ``request``, which a page makes in a browser where ann is logged in."""
    jar = Jar().with_cookie(ANN.set_cookie, f"{SHOP}/") if jar is None else jar
    browser = Browser.of(window(f"{page}/", label="page"))
    return (policies or Policies()).fetches(browser, "page", request, server or shop(), jar)


# --- JSONP ---


@pytest.mark.claim("M12")
def test_a_script_from_elsewhere_runs_where_its_text_could_not_be_read():
    url = f"{SHOP}/orders?callback=show"
    fetched = asks(Request("GET", url, credentials="include"))
    assert fetched.sent and not fetched.readable, "a script may not read it"
    trace = SCENARIOS["jsonp"].run()
    (included, accepted) = [each for each in trace.steps if "loaded" not in str(each.event)]
    assert included.event.request.destination == "script" and included.decision
    assert included.decision.rule == "script" and accepted.decision and trace.page_works


@pytest.mark.claim("M12")
@pytest.mark.parametrize("callback", ["show", "app.show", CALLBACK])
def test_the_server_wraps_its_data_in_the_callback_that_the_page_names(callback):
    request = Request.script(f"{SHOP}/orders?callback={callback}")
    body = asks(request).response.body
    assert body.startswith(f"{callback}(") and body.endswith(")") and ANN.data in body
    plain = asks(Request.script(f"{SHOP}/orders")).response
    assert plain.body.startswith("{") and plain.headers["content-type"] == "application/json"


@pytest.mark.claim("M12")
@pytest.mark.parametrize("cors", TOGGLES["cors"])
def test_no_rule_for_reading_is_asked_about_a_script(cors):
    assert SCENARIOS["jsonp"].run(Policies(cors=cors)).page_works


# --- reading across sites, and forging a request ---


@pytest.mark.claim("M13")
def test_any_page_includes_the_endpoint_the_cookies_go_along_and_the_data_leak():
    trace = SCENARIOS["jsonp-theft"].run(OLD)
    (request, response, _) = trace.end.exchanges[0]
    assert request.cookies == {"session": ALICE.session} and CONTACTS in response.body
    assert trace.succeeded and CONTACTS in trace.end.knowledge
    found = find_attack(replace(SCENARIOS["jsonp-theft"], plan=()), OLD)
    assert isinstance(found, Attack) and len(found.moves) == 1


def done_and_read(name, policies):
    """What a server did for the user, and which of the user's secrets the attacker has now."""
    trace = SCENARIOS[name].run(policies)
    before = trace.worlds[0].knowledge
    done = [what for _, what, user in trace.end.accepted if user == "alice"]
    return done, sorted(trace.end.knowledge - before)


@pytest.mark.claim("M13")
def test_reading_across_sites_and_forging_a_request_are_two_things():
    """The source calls both CSRF; but who reads does nothing, and who forges learns nothing."""
    assert done_and_read("jsonp-theft", OLD) == ([], [CONTACTS])
    for name in ("csrf-form", "csrf-image"):
        assert done_and_read(name, OLD) == (["pay 100 to mallory"], [])


@pytest.mark.claim("M13")
@pytest.mark.parametrize(
    ("measure", "stops_forging", "stops_reading"),
    [
        ({"csrf_token": "the session's"}, True, False),
        ({"request_check": "Origin"}, True, False),
        ({"same_site_default": "strict"}, True, True),
        ({"cors_headers": "none"}, False, False),
    ],
)
def test_what_stops_the_one_does_not_stop_the_other(measure, stops_forging, stops_reading):
    rules = OLD.but(**measure)
    assert SCENARIOS["csrf-form"].run(rules).succeeded is not stops_forging
    assert SCENARIOS["jsonp-theft"].run(rules).succeeded is not stops_reading


@pytest.mark.claim("M13")
def test_a_forged_request_needs_no_answer_and_theft_needs_one():
    """A form is sent whatever may be read; where no script may be read, nothing leaks."""
    form = Request.form("POST", f"{SHOP}/orders", {"a": "b"})
    assert asks(form).sent and not asks(form).readable
    as_data = Request("GET", f"{SHOP}/orders", credentials="include")
    assert ANN.data in asks(as_data).exchanges[-1].response.body
    assert not asks(as_data).readable


# --- Rosetta Flash ---


@pytest.mark.claim("M14")
def test_a_callback_of_letters_and_digits_runs_as_the_origin_that_wraps_it():
    trace = SCENARIOS["rosetta-flash"].run(OLD.but(callback_filter="letters and digits"))
    assert FLASH_FILE.isascii() and FLASH_FILE.isalnum()
    assert str(trace.end.browser.origin("applet")) == MAIL and trace.end.is_attackers("applet")
    assert trace.succeeded and trace.page_works


def at_most_5000_letters(callback):
    return len(callback) <= 5_000


MEASURES = [
    # the server's measure: does it stop the attack?
    ({"callback_prefix": True}, True),
    ({"nosniff": True}, True),
    ({"attachment": True}, True),
    ({"callback_filter": "50 letters and digits"}, True),
    ({"callback_filter": "letters and digits"}, False),
    ({"callback_filter": "names with dots"}, False),
    ({"callback_filter": at_most_5000_letters}, False),
    ({"cors_headers": "none"}, False),
    ({"csrf_token": "the session's"}, False),
    ({"request_check": "Origin"}, False),
    ({"framing_headers": "frame-ancestors 'none'"}, False),
]


@pytest.mark.claim("M14")
@pytest.mark.parametrize(("measure", "stops"), MEASURES, ids=range(len(MEASURES)))
def test_which_measures_of_a_server_stop_rosetta_flash(measure, stops):
    trace = SCENARIOS["rosetta-flash"].run(OLD.but(**measure))
    assert trace.succeeded is not stops and trace.page_works, "the partner's page still works"


@pytest.mark.claim("M14")
def test_the_search_finds_it_and_finds_nothing_against_any_one_of_the_measures():
    alone = replace(SCENARIOS["rosetta-flash"], plan=())
    assert len(find_attack(alone, OLD).moves) == 2
    for measure, stops in MEASURES[:4]:
        found = find_attack(alone, OLD.but(**measure))
        assert stops and isinstance(found, NoAttack) and found.exhausted


@pytest.mark.claim("M14")
@pytest.mark.parametrize("browser", PRESETS)
def test_without_the_plug_in_it_does_nothing(browser):
    servers = {toggle: getattr(CARELESS, toggle) for toggle in SERVER_CHOICES}
    trace = SCENARIOS["rosetta-flash"].run(PRESETS[browser].but(**servers))
    assert trace.succeeded is (browser == "IE 7 with Flash")


# --- CORS ---


def opened(origin, credentials="true"):
    def server(request):
        headers = {"Access-Control-Allow-Origin": origin}
        headers |= {"Access-Control-Allow-Credentials": credentials} if credentials else {}
        return Response(200, headers, "the answer")

    return server


@pytest.mark.claim("M15")
@pytest.mark.parametrize(
    ("server", "credentials", "readable"),
    [
        (lambda request: Response(200, {}, "the answer"), "omit", False),
        (lambda request: Response(200, {}, "the answer"), "include", False),
        (opened(NEWS), "include", True),
        (opened(NEWS, ""), "include", False),
        (opened(NEWS, ""), "omit", True),
        (opened("*", ""), "omit", True),
        (opened("*"), "include", False),
        (opened(EVIL), "include", False),
        (opened("null"), "include", False),
    ],
)
def test_the_server_says_who_may_read_and_is_asked_in_any_case(server, credentials, readable):
    fetched = asks(Request("GET", f"{SHOP}/", credentials=credentials), server)
    assert fetched.sent and fetched.readable is readable
    assert fetched.exchanges[0].request.headers["origin"] == NEWS


@pytest.mark.claim("M15")
def test_what_no_form_could_send_is_not_sent_before_the_server_has_allowed_it():
    put = Request("PUT", f"{SHOP}/orders", credentials="include")
    closed = asks(put, opened("https://elsewhere.example"))
    assert closed.preflight and not closed.sent
    assert asks(put, shop(trusted=NEWS, cors_headers=trusted_only)).sent


@pytest.mark.claim("M15")
@pytest.mark.parametrize("server", [opened(NEWS), opened("*", ""), shop()])
def test_before_cors_a_script_asked_its_own_origin_only(server):
    before = Policies(cors="same origin only")
    request = Request("GET", f"{SHOP}/orders", credentials="include")
    assert not asks(request, server, policies=before).sent
    assert asks(request, server, page=SHOP, policies=before).readable
    assert all(PRESETS[each].cors == "same origin only" for each in PRESETS if each[-1].isdigit())


@pytest.mark.claim("M15")
def test_in_the_scenario_only_the_partner_reads():
    careful = CARELESS.but(cors_headers="trusted origin")
    trace = SCENARIOS["cors-misconfigured"].run(careful)
    assert trace.page_works and not trace.succeeded
    assert not SCENARIOS["cors-misconfigured"].run(careful.but(cors_headers="none")).page_works


# --- XSS ---


@pytest.mark.claim("M16")
def test_a_script_in_the_page_pays_whatever_browser_and_bank_choose():
    scenario = SCENARIOS["xss-forgery"]
    ways = [[(toggle, value) for value in TOGGLES[toggle]] for toggle in scenario.toggles]
    count = 0
    for chosen in map(dict, product(*ways)):
        trace = scenario.run(CARELESS.but(**chosen))
        assert trace.succeeded and trace.page_works, chosen
        count += 1
    assert count >= 200


@pytest.mark.claim("M16")
@pytest.mark.parametrize("browser", PRESETS)
def test_no_browser_and_no_careful_server_stops_it(browser):
    assert SCENARIOS["xss-forgery"].run(PRESETS[browser]).succeeded


# --- the channels compared ---


@pytest.mark.claim("M17")
def test_post_message_is_as_safe_as_cors_and_safer_than_the_others():
    """The source says that postMessage is the safest way: so it is, between pages."""
    rows = {each.security.channel: each for each in comparison()}
    assert all(each.security.works for each in rows.values()) and set(rows) == set(ALL)
    safe = [
        name
        for name, each in rows.items()
        if each.security.confidential and each.security.authenticated and each.takes_over is None
    ]
    assert safe == ["postMessage with target origin", "CommRequest", "CORS"]
    assert rows["JSONP"].takes_over is not None and not rows["JSONP"].security.confidential
    assert not rows["fragment identifier"].security.authenticated


@pytest.mark.claim("M17")
def test_they_need_other_parties_so_none_takes_the_place_of_another():
    assert compared("postMessage with target origin").parties == ("sending page", "receiving page")
    assert compared("fragment identifier").parties == ("sending page", "receiving page")
    assert compared("JSONP").parties == compared("CORS").parties == ("server", "page")


# --- who combines principals, and where ---


@pytest.mark.claim("C02a")
def test_a_server_combines_principals_by_cors_in_every_page_of_that_origin():
    """Cao et al., §II: CORS lets an origin have another's answers; its pages do nothing for it."""
    request = Request("GET", f"{SHOP}/orders", credentials="include")
    open_to_news = shop(trusted=NEWS, cors_headers=trusted_only)
    readers = {
        page: (asks(request, shop(), page).readable, asks(request, open_to_news, page).readable)
        for page in (SHOP, NEWS, EVIL)
    }
    assert readers == {SHOP: (True, True), NEWS: (False, True), EVIL: (False, False)}
    apart = Browser.of(window(f"{SHOP}/", frame(f"{NEWS}/", label="news"), label="shop"))
    assert not Policies().may_script(apart, "news", "shop"), "and only the answers are shared"


@pytest.mark.claim("C02a")
def test_two_documents_combine_by_post_message_and_no_server_knows():
    """postMessage is the clients' own: it takes a sender and a receiver who listens to it."""
    page = Browser.of(
        window(
            f"{SHOP}/", frame(f"{NEWS}/", label="news"), frame(f"{EVIL}/", label="ad"), label="shop"
        )
    )
    talks = World(page, scripts=((f"{SHOP}/", Listens(NEWS)), (f"{NEWS}/", Listens(SHOP))))

    def hears(sender):
        world, policies = talks.started(), Policies()
        for event in (PostMessage(sender, "shop", "hello", SHOP), Deliver("shop")):
            _, world = step(world, event, policies)
        while world.agenda:
            _, world = step(world, world.agenda[0], policies)
        assert world.exchanges == (), "nothing went over the network"
        return bool(world.accepted)

    assert hears("news") and not hears("ad"), "the receiver decides, document by document"
    assert not Policies().may_script(page, "news", "shop")


@pytest.mark.claim("C02a")
@pytest.mark.parametrize("sandbox", [None, "allow-scripts", "allow-scripts allow-same-origin"])
def test_a_sandbox_makes_two_principals_of_one_origin(sandbox):
    page = Browser.of(
        window(f"{SHOP}/", frame(f"{SHOP}/gadget", label="gadget", sandbox=sandbox), label="shop")
    )
    split = sandbox == "allow-scripts"
    assert (page.origin("gadget") != page.origin("shop")) is split
    for actor, target in (("shop", "gadget"), ("gadget", "shop")):
        assert bool(Policies().may_script(page, actor, target)) is not split
    world = World(page, servers=((Origin.of(SHOP), shop()),)).started()
    request = Request("GET", f"{SHOP}/orders", credentials="include")
    ann = world.but(jar=Jar().with_cookie(ANN.set_cookie, f"{SHOP}/"))
    own = [bool(step(ann, Fetch(each, request), Policies())[0]) for each in ("shop", "gadget")]
    assert own == [True, not split]


@pytest.mark.claim("C02a")
def test_the_three_categories_are_three():
    """What each changes: who may read a server's answer, who is heard, who is whose document."""
    browser = Browser.of(
        window(
            f"{SHOP}/",
            frame(f"{SHOP}/in", label="same"),
            frame(f"{NEWS}/", label="news"),
            label="shop",
        )
    )
    boxed = Browser.of(
        window(
            f"{SHOP}/",
            frame(f"{SHOP}/in", label="same", sandbox="allow-scripts"),
            frame(f"{NEWS}/", label="news"),
            label="shop",
        )
    )
    request = Request("GET", f"{SHOP}/orders", credentials="include")
    jar = Jar().with_cookie(ANN.set_cookie, f"{SHOP}/")

    def facts(page, server, listens):
        policies = Policies()
        world = World(page, scripts=((f"{SHOP}/", Listens(listens)),) if listens else ()).started()
        heard = set()
        for sender in page.labels[1:]:
            _, posted = step(world, PostMessage(sender, "shop", "hello", SHOP), policies)
            _, told = step(posted, Deliver("shop"), policies)
            heard |= {sender} if any("accepts" in str(each) for each in told.agenda) else set()
        return {
            "reads the server": {
                each
                for each in page.labels
                if policies.fetches(page, each, request, server, jar).readable
            },
            "is heard": heard,
            "scripts the shop": {
                each for each in page.labels if step(world, Script(each, "shop"), policies)[0]
            },
        }

    usual = facts(browser, shop(), None)
    assert usual == {
        "reads the server": {"shop", "same"},
        "is heard": set(),
        "scripts the shop": {"shop", "same"},
    }
    by_the_server = facts(browser, shop(trusted=NEWS, cors_headers=trusted_only), None)
    by_the_client = facts(browser, shop(), NEWS)
    split = facts(boxed, shop(), None)
    assert by_the_server == {**usual, "reads the server": {"shop", "same", "news"}}
    assert by_the_client == {**usual, "is heard": {"news"}}
    assert split == {**usual, "reads the server": {"shop"}, "scripts the shop": {"shop"}}
