"""Part IV's attacks: every outcome under every setting, as the standards and their finders tell it.

Expected is what the literature says, not what the model does: RFC 6265bis for cookies, the Fetch
and HTML standards, CSP 3; Barth, Jackson and Mitchell 2008 for forged requests; Spagnuolo 2014 for
Rosetta Flash; Huang et al. 2010 for style sheets and 2012 for clicks.
"""

import itertools
from dataclasses import replace

import pytest
from unit.attacks import BESIDES, PART_FOUR, losing

from labcore import PRESETS, SCENARIOS, Browser, Origin, World, find_attack, step, window
from labcore.actions import Commit, Embed, Fetch, Navigate, Submit, UserClicks
from labcore.errors import UnknownName, called
from labcore.http import Jar, Request, Response
from labcore.policies.fetching import ServerError, answer_of
from labcore.policies.toggles import SERVER_CHOICES, TOGGLES
from labcore.scenarios import CARELESS, Goal
from labcore.scenarios.requests import ALICE, BANK, CARD, CONTACTS, MAIL, MALLORY
from labcore.search import Attack
from labcore.servers import CALLBACK, FLASH_FILE, SCRIPT_TAG, Site, User, detour, hostile

WINS = "the attack succeeds"
STOPPED = "the attack is stopped"
BROKEN = "the attack is stopped, and the page with it"


def stopped(rule, why):
    return STOPPED, rule, why


def broken(rule, why):
    return BROKEN, rule, why


def each_of(toggle):
    return dict.fromkeys(TOGGLES[toggle], WINS)


NO_COOKIE = stopped("cookies", "the cookie session stays behind, by SameSite (default)")
NO_TOKEN = stopped("the server", "The form does not hold the right token")
NOT_FROM_HERE = stopped("the server", "This form was not sent from here")
BOTH_WITHOUT = broken("cookies", "the cookie session stays behind, by SameSite (default)")
NOT_HTML = stopped("content type", "it is shown as a text, not as a web page")
NO_PLUG_IN = stopped("plug-in", "the browser has no plug-in")
NO_STYLE = stopped("style sheet", "text/html is no style sheet")
CHECK = "Cross-origin resource policy check"
CLOSED = "the response has no Access-Control-Allow-Origin"
STAR = "* does not count where cookies may go along"

SUB_RESOURCE = {"none": WINS, "lax": NO_COOKIE, "lax, new ones with POST": NO_COOKIE,
    "strict": NO_COOKIE}  # fmt: skip
"""RFC 6265bis, §5.5 and §8.8.2: what is no navigation of a window gets no lax cookie."""

FRAMED = {
    "none": WINS,
    "X-Frame-Options: DENY": stopped("all ancestors", "X-Frame-Options: DENY"),
    "X-Frame-Options: SAMEORIGIN": stopped("all ancestors", "https://attacker.example is around"),
    "X-Frame-Options: ALLOW-FROM": WINS,  # no browser knows it any more (HTML Standard, §7.5)
    "frame-ancestors 'none'": stopped("all ancestors", "frame-ancestors 'none' leaves out"),
    "frame-ancestors 'self'": stopped("all ancestors", "leaves out https://attacker.example"),
}

OUTCOMES = {
    # scenario: toggle: value: what becomes of the attack, by which rule, and why
    "csrf-form": {
        "same_site_default": {
            "none": WINS,
            "lax": NO_COOKIE,
            "lax, new ones with POST": WINS,  # the exception that Chromium makes
            "strict": NO_COOKIE,
        },
        "csrf_token": {
            "none": WINS,
            "any that was issued": NO_TOKEN,  # but the attacker has one of its own: see below
            "the session's": NO_TOKEN,
        },
        "request_check": {
            "none": WINS,
            "Origin": NOT_FROM_HERE,
            "Origin, if sent": NOT_FROM_HERE,  # every POST has one
            "Referer, beginning": NOT_FROM_HERE,
            "Referer, if sent": NOT_FROM_HERE,  # but the attacker can suppress it: see below
            "Sec-Fetch-Site": NOT_FROM_HERE,
        },
    },
    "csrf-image": {
        "same_site_default": SUB_RESOURCE,
        "csrf_token": {"none": WINS, "any that was issued": NO_TOKEN, "the session's": NO_TOKEN},
        "request_check": {
            "none": WINS,
            "Origin": NOT_FROM_HERE,
            "Origin, if sent": WINS,  # a GET without CORS has no Origin header (Fetch)
            "Referer, beginning": NOT_FROM_HERE,
            "Referer, if sent": NOT_FROM_HERE,
            "Sec-Fetch-Site": NOT_FROM_HERE,
        },
        "resource_policy": each_of("resource_policy"),  # it keeps answers back, and no request
    },
    "login-csrf": {
        "request_check": {
            "none": WINS,
            "Origin": NOT_FROM_HERE,
            "Origin, if sent": NOT_FROM_HERE,
            "Referer, beginning": NOT_FROM_HERE,
            "Referer, if sent": NOT_FROM_HERE,
            "Sec-Fetch-Site": NOT_FROM_HERE,
        },
        "same_site_default": each_of("same_site_default"),  # no cookie has to go along
        "csrf_token": each_of("csrf_token"),  # there is no session yet that a token could be of
    },
    "jsonp-theft": {
        "same_site_default": {**dict.fromkeys(SUB_RESOURCE, BOTH_WITHOUT), "none": WINS},
        "third_party_cookies": {
            "sent": WINS,
            "partitioned": broken("cookies", "the jar of https://attacker.example has none"),
            "blocked": broken("cookies", "https://mail.example is a third party in this window"),
        },
        "resource_policy": {
            "none": WINS,
            "cross-origin": WINS,
            "same-site": broken(CHECK, "sent, but Cross-Origin-Resource-Policy is same-site"),
            "same-origin": broken(CHECK, "sent, but Cross-Origin-Resource-Policy is same-origin"),
        },
    },
    "jsonp-peer": {"scripting": each_of("scripting"), "cors": each_of("cors")},
    "jsonp-reflected": {
        "callback_filter": {
            "none": WINS,
            "letters and digits": NOT_HTML,
            "50 letters and digits": NOT_HTML,
            "names with dots": NOT_HTML,
        },
        "callback_prefix": {False: WINS, True: NOT_HTML},  # MIME Sniffing, §7.1: how it begins
        "nosniff": {False: WINS, True: NOT_HTML},
        "attachment": {False: WINS, True: stopped("Content-Disposition", "saved and not shown")},
    },
    "rosetta-flash": {
        "plugin": {"none": NO_PLUG_IN, "Flash Player": WINS},
        "callback_filter": {
            "none": WINS,
            "letters and digits": WINS,  # that is the point of it
            "50 letters and digits": stopped("the server", "No such callback"),
            "names with dots": WINS,  # letters and digits are a name
        },
        "callback_prefix": {False: WINS, True: stopped("plug-in", "it begins with '/**/'")},
        "nosniff": {False: WINS, True: stopped("plug-in", "not declared as a Flash file")},
        "attachment": {False: WINS, True: stopped("plug-in", "to be saved and not to be played")},
    },
    "css-theft": {
        "styles": {"text/css": NO_STYLE, "text/css from elsewhere": NO_STYLE, "any type": WINS},
        "nosniff": {False: WINS, True: stopped("style sheet", "nosniff: text/html")},
        "same_site_default": SUB_RESOURCE,
        "resource_policy": {
            "none": WINS,
            "cross-origin": WINS,
            "same-site": stopped(CHECK, "sent, but Cross-Origin-Resource-Policy is same-site"),
            "same-origin": stopped(CHECK, "sent, but Cross-Origin-Resource-Policy is same-origin"),
        },
    },
    "xss-forgery": {
        toggle: each_of(toggle)
        for toggle in ("same_site_default", "csrf_token", "request_check", "cors")
    },
    "cors-misconfigured": {
        "cors_headers": {
            "none": broken("CORS check", CLOSED),
            "trusted origin": stopped("CORS check", CLOSED),
            "*": broken("CORS check", STAR),
            "* with credentials": broken("CORS check", STAR),
            "reflected origin": WINS,
            "null too": WINS,
            "suffix match": WINS,
            "prefix match": WINS,
        },
        "cors": {
            "Fetch standard": WINS,
            "same origin only": broken("Main fetch", "a script may ask its own origin only"),
            "no check": WINS,
        },
        "same_site_default": {**dict.fromkeys(SUB_RESOURCE, BOTH_WITHOUT), "none": WINS},
    },
    "token-theft": {
        "cors_headers": {
            "none": stopped("CORS check", CLOSED),
            "trusted origin": stopped("CORS check", CLOSED),
            "*": stopped("CORS check", STAR),
            "* with credentials": stopped("CORS check", STAR),
            "reflected origin": WINS,
            "null too": stopped("CORS check", CLOSED),  # this page is not null; one in it may be
            "suffix match": stopped("CORS check", CLOSED),
            "prefix match": stopped("CORS check", CLOSED),
        },
        "csrf_token": each_of("csrf_token"),  # what can be read protects nothing
        "same_site_default": SUB_RESOURCE,
    },
    "clickjacking": {
        "framing_headers": FRAMED,
        "framing": each_of("framing"),
        "same_site_default": SUB_RESOURCE,  # a frame is no window
        "csrf_token": each_of("csrf_token"),  # the bank's own page sends its own form
        "request_check": each_of("request_check"),
    },
    "nested-clickjacking": {
        "framing_headers": FRAMED,
        "framing": each_of("framing"),
        "same_site_default": SUB_RESOURCE,  # the attacker is around it (§5.2.1)
        "csrf_token": each_of("csrf_token"),
        "request_check": each_of("request_check"),
    },
}

ROWS = [
    (name, {toggle: value}, outcome)
    for name, toggles in OUTCOMES.items()
    for toggle, values in toggles.items()
    for value, outcome in values.items()
]


def run(name, plan=None, **settings):
    """What comes of it where the attack succeeds, but for ``settings``."""
    return SCENARIOS[name].run(losing(name).but(**settings), plan=plan)


def outcome(trace):
    if trace.succeeded:
        return WINS if trace.page_works else "the attack succeeds on a page that does not work"
    return STOPPED if trace.page_works else BROKEN


def sent(trace):
    """All requests that went over the network, preflights included, in their order."""
    pairs = itertools.pairwise(trace.worlds)
    new = (after.exchanges for before, after in pairs if after.exchanges is not before.exchanges)
    return [each.request for exchanges in new for each in exchanges]


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    ROWS,
    ids=[f"{name} {toggle}={value}" for name, each, _ in ROWS for toggle, value in each.items()],
)
def test_each_attack_has_the_outcome_that_the_standards_tell(name, settings, expected):
    trace = run(name, **settings)
    if expected == WINS:
        assert outcome(trace) == WINS
        return
    what, rule, why = expected
    assert outcome(trace) == what
    assert trace.turning.decision.rule == rule
    assert why in trace.turning.decision.reason and why in trace.verdict


LATER = {"COP"}
"""Values that a later part of the book adds: it tells what they change."""


def test_every_attack_of_part_four_stands_in_the_table_with_every_value_of_its_toggles():
    assert list(OUTCOMES) == PART_FOUR and len(PART_FOUR) == 13
    for name, toggles in OUTCOMES.items():
        assert set(toggles) == set(SCENARIOS[name].toggles), name
        for toggle, values in toggles.items():
            assert {*values} | LATER == {*TOGGLES[toggle]} | LATER, (name, toggle)


# no toggle is offered for nothing: it makes a difference, or it teaches that it makes none

NO_DIFFERENCE = {
    "csrf-image": {"resource_policy"},
    "login-csrf": {"same_site_default", "csrf_token"},
    "jsonp-peer": {"scripting", "cors"},
    "xss-forgery": {"same_site_default", "csrf_token", "request_check", "cors"},
    "token-theft": {"csrf_token"},
    "clickjacking": {"csrf_token", "request_check"},
    "nested-clickjacking": {"csrf_token", "request_check"},
}
"""Toggles that a scenario offers to show that they do not help."""


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_toggle_changes_the_outcome_or_teaches_that_it_cannot(name):
    toggles = SCENARIOS[name].toggles
    worst = {toggle: getattr(losing(name), toggle) for toggle in toggles}
    unframed = {"framing_headers": "X-Frame-Options: DENY"}  # where `framing` has something to read
    for toggle in toggles:
        base = worst | (unframed if toggle == "framing" else {})
        told = {SUCCEEDS[name](**base | {toggle: value}) for value in OUTCOMES[name][toggle]}
        assert len(told) == (1 if toggle in NO_DIFFERENCE.get(name, ()) else 2), toggle


@pytest.mark.parametrize("name", OUTCOMES)
def test_careless_servers_and_an_old_browser_lose(name):
    assert outcome(run(name)) == WINS
    trace = run(name)
    assert trace.refused is None or name in ("cors-misconfigured", "token-theft")


IN_ANY_BROWSER = {"jsonp-peer", "xss-forgery"}
"""Another's script in one's own page: whoever has written it."""

AGAINST_CAREFUL_SERVERS = {
    "IE 7 with Flash": IN_ANY_BROWSER | {"jsonp-theft", "clickjacking", "nested-clickjacking"},
    "Chromium": IN_ANY_BROWSER,
    "Firefox": IN_ANY_BROWSER,
}
"""What succeeds all the same. A browser of 2008 sends every cookie and reads no header on framing.
"""


@pytest.mark.parametrize("browser", AGAINST_CAREFUL_SERVERS)
def test_careful_servers_stop_what_a_server_can_stop(browser):
    succeed = {name for name in OUTCOMES if SCENARIOS[name].run(PRESETS[browser]).succeeded}
    assert succeed == AGAINST_CAREFUL_SERVERS[browser]


AGAINST_TODAYS_BROWSERS = {
    # with careless servers: what a cookie's rule does not stop
    "Chromium": {"csrf-form", "login-csrf", "jsonp-peer", "jsonp-reflected", "xss-forgery"},
    "Firefox": {"csrf-form", "login-csrf", "jsonp-peer", "jsonp-reflected", "xss-forgery"},
}


@pytest.mark.parametrize("browser", AGAINST_TODAYS_BROWSERS)
def test_todays_browsers_alone_stop_what_needs_cookies_in_another_sites_window(browser):
    policies = PRESETS[browser].but(**{each: getattr(CARELESS, each) for each in SERVER_CHOICES})
    succeed = {
        name
        for name in OUTCOMES
        if SCENARIOS[name].run(policies.but(**at_server(BESIDES.get(name, {})))).succeeded
    }
    assert succeed == AGAINST_TODAYS_BROWSERS[browser]


def at_server(settings):
    return {toggle: value for toggle, value in settings.items() if toggle in SERVER_CHOICES}


# --- all toggles at once ---


def cookies_go(same_site_default="none", **others):
    return same_site_default == "none"


def framed_by_attacker(framing_headers, framing, nested, **others):
    if framing == "ignored" or framing_headers in ("none", "X-Frame-Options: ALLOW-FROM"):
        return True
    return nested and framing == "top only" and framing_headers == "X-Frame-Options: SAMEORIGIN"


OPEN_TO_ALL = ("none", "cross-origin")

SUCCEEDS = {
    "csrf-form": lambda csrf_token, request_check, same_site_default: (
        same_site_default in ("none", "lax, new ones with POST")
        and (csrf_token, request_check) == ("none", "none")
    ),
    "csrf-image": lambda csrf_token, request_check, same_site_default, resource_policy: (
        same_site_default == csrf_token == "none" and request_check in ("none", "Origin, if sent")
    ),
    "login-csrf": lambda request_check, **others: request_check == "none",
    "jsonp-theft": lambda third_party_cookies, resource_policy, **others: (
        cookies_go(**others) and third_party_cookies == "sent" and resource_policy in OPEN_TO_ALL
    ),
    "jsonp-peer": lambda **others: True,
    "jsonp-reflected": lambda callback_filter, **measures: (
        callback_filter == "none" and not any(measures.values())
    ),
    "rosetta-flash": lambda plugin, callback_filter, **measures: (
        plugin == "Flash Player"
        and callback_filter != "50 letters and digits"
        and not any(measures.values())
    ),
    "css-theft": lambda styles, nosniff, resource_policy, **others: (
        styles == "any type"
        and not nosniff
        and cookies_go(**others)
        and resource_policy in OPEN_TO_ALL
    ),
    "xss-forgery": lambda **others: True,
    "cors-misconfigured": lambda cors_headers, cors, **others: (
        cookies_go(**others)
        and (
            cors == "no check"
            or (
                cors == "Fetch standard"
                and cors_headers in ("reflected origin", "null too", "suffix match", "prefix match")
            )
        )
    ),
    "token-theft": lambda cors_headers, **others: (
        cookies_go(**others) and cors_headers == "reflected origin"
    ),
    "clickjacking": lambda **chosen: (
        cookies_go(**chosen) and framed_by_attacker(nested=False, **chosen)
    ),
    "nested-clickjacking": lambda **chosen: (
        cookies_go(**chosen) and framed_by_attacker(nested=True, **chosen)
    ),
}
"""When the scenario's own plan succeeds, as a formula over all of its toggles."""

CLOSED_WITH_COOKIES = ("none", "*", "* with credentials")
WORKS = {
    "jsonp-theft": lambda same_site_default, third_party_cookies, resource_policy: (
        (same_site_default, third_party_cookies) == ("none", "sent")
        and resource_policy in OPEN_TO_ALL
    ),
    "cors-misconfigured": lambda cors_headers, cors, same_site_default: (
        same_site_default == "none"
        and (
            cors == "no check"
            or (
                cors == "Fetch standard" and cors_headers not in ("none", "*", "* with credentials")
            )
        )
    ),
}
"""When the honest page works; every other one always does."""


@pytest.mark.parametrize("name", OUTCOMES)
def test_under_all_toggles_at_once_the_attack_succeeds_exactly_where_it_should(name):
    scenario = SCENARIOS[name]
    table = OUTCOMES[name]
    ways = [[(toggle, value) for value in table[toggle]] for toggle in scenario.toggles]
    for chosen in map(dict, itertools.product(*ways)):
        trace = scenario.run(CARELESS.but(**chosen))
        assert trace.succeeded == SUCCEEDS[name](**chosen), chosen
        works = WORKS[name](**chosen) if name in WORKS else True
        assert trace.page_works == works, chosen


# --- what is sent, and what comes of it ---


def test_a_forged_form_carries_the_users_session_and_the_attackers_origin():
    trace = run("csrf-form")
    (request,) = sent(trace)
    assert (request.method, request.cookies) == ("POST", {"session": ALICE.session})
    assert request.headers["origin"] == "https://attacker.example"
    assert request.headers["referer"] == "https://attacker.example/"
    assert request.headers["sec-fetch-site"] == "cross-site"
    assert request.fields == {"amount": "100", "to": "mallory"}
    assert trace.end.accepted == (("bank.example", "pay 100 to mallory", "alice"),)
    assert ALICE.session not in trace.end.knowledge, "it is sent, and never seen"
    assert trace.end.browser.document("attacker").url == f"{BANK}/pay"


def test_without_the_cookie_the_same_form_is_sent_and_nobody_pays():
    trace = run("csrf-form", same_site_default="lax")
    (request,) = sent(trace)
    assert request.cookies == {} and request.fields["to"] == "mallory"
    assert trace.end.accepted == ()


def test_a_token_that_was_issued_to_the_attacker_is_no_proof_of_who_asks():
    form = Request.form("POST", f"{BANK}/pay",
        {"amount": "100", "to": "mallory", "token": MALLORY.token})  # fmt: skip
    plan = [Submit("attacker", "attacker", form)]
    assert run("csrf-form", plan, csrf_token="any that was issued").succeeded
    assert not run("csrf-form", plan, csrf_token="the session's").succeeded
    guessed = form.but(body=form.body.replace(MALLORY.token, ALICE.token))
    refused = run("csrf-form", [Submit("attacker", "attacker", guessed)]).refused
    assert refused.decision.rule == "secrets" and ALICE.token in refused.decision.reason


def test_a_page_without_a_url_of_its_own_sends_no_referer():
    """Barth, Jackson, Mitchell 2008, §4.2: who lets requests without one pass lets all pass."""
    form = SCENARIOS["csrf-form"].plan[0].request
    plan = [Embed("attacker", "data:text/html,hostile", "boxed"), Submit("boxed", "boxed", form)]
    trace = run("csrf-form", plan, request_check="Referer, if sent")
    assert trace.succeeded
    assert "referer" not in sent(trace)[-1].headers
    assert sent(trace)[-1].headers["origin"] == "null"
    for check in ("Origin", "Origin, if sent", "Sec-Fetch-Site", "Referer, beginning"):
        assert not run("csrf-form", plan, request_check=check).succeeded


def test_who_compares_how_a_referer_begins_is_fooled_by_a_longer_name():
    scenario = SCENARIOS["csrf-form"]
    longer = "https://bank.example.attacker.example"
    page = window(f"{longer}/", label="attacker")
    start = scenario.start.but(
        browser=Browser.of(window(f"{BANK}/", label="bank"), page),
        attacker=frozenset({Origin.of(longer)}),
    )
    asked = replace(scenario, start=start)
    for check, succeeds in (("Referer, beginning", True), ("Referer, if sent", False)):
        assert asked.run(CARELESS.but(request_check=check)).succeeded is succeeds


def test_an_image_is_a_get_with_the_session_and_without_an_origin():
    trace = run("csrf-image")
    (request,) = sent(trace)
    assert (request.method, request.destination) == ("GET", "image")
    assert request.cookies == {"session": ALICE.session} and "origin" not in request.headers
    assert trace.end.accepted == (("bank.example", "pay 100 to mallory", "alice"),)
    assert trace.end.browser == trace.worlds[0].browser, "the page stays as it is"


@pytest.mark.parametrize("third", TOGGLES["third_party_cookies"])
def test_a_rule_for_third_parties_stops_the_image_and_not_the_form(third):
    """The form's answer becomes the top of a window, so the bank is the first party there."""
    assert run("csrf-form", third_party_cookies=third).succeeded
    assert run("csrf-image", third_party_cookies=third).succeeded is (third == "sent")


@pytest.mark.parametrize("rule", TOGGLES["same_site_default"])
def test_after_login_csrf_the_jar_holds_the_attackers_session_and_the_bank_the_users_card(rule):
    trace = run("login-csrf", same_site_default=rule)
    assert [str(each) for each in trace.end.jar] == [f"session={MALLORY.session}"]
    assert trace.end.accepted == (("bank.example", f"keep {CARD}", "mallory"),)
    assert CARD not in trace.end.knowledge, "mallory logs in later, and looks it up"


def test_where_the_login_form_is_refused_the_user_stays_who_she_is():
    trace = run("login-csrf", request_check="Origin")
    assert [str(each) for each in trace.end.jar] == [f"session={ALICE.session}"]
    assert trace.end.accepted == (("bank.example", f"keep {CARD}", "alice"),)


@pytest.mark.parametrize("attribute", ["Lax", "Strict"])
def test_a_strict_cookie_does_not_keep_another_from_being_set(attribute):
    """RFC 6265bis, §5.7: a navigation of a window may set any cookie."""
    alice, mallory = (
        replace(each, cookie=f"Secure; SameSite={attribute}") for each in (ALICE, MALLORY)
    )
    scenario = SCENARIOS["login-csrf"]
    site = replace(scenario.servers(CARELESS)[BANK], users=(alice, mallory))
    start = scenario.start.but(jar=Jar().with_cookie(alice.set_cookie, f"{BANK}/"))
    asked = replace(scenario, start=start, servers=lambda policies: {BANK: site})
    assert asked.run(CARELESS).succeeded
    inside = [
        Embed("attacker", "https://attacker.example/in", "box"),
        replace(scenario.plan[0], actor="box", target="box"),
    ]
    assert not asked.run(CARELESS, plan=inside).succeeded, "a frame may not: it would not be sent"


def test_jsonp_brings_the_contacts_of_whoever_is_logged_in():
    trace = run("jsonp-theft")
    (request,) = sent(trace)
    assert request.cookies == {"session": ALICE.session} and request.destination == "script"
    assert trace.end.knowledge >= {CONTACTS}
    assert trace.end.accepted == (), "nothing is done in her name: it is only read"
    for rule in ("lax", "strict"):
        without = run("jsonp-theft", same_site_default=rule)
        assert sent(without)[0].cookies == {} and CONTACTS not in without.end.knowledge


def test_a_script_of_a_peer_is_the_page():
    trace = run("jsonp-peer")
    assert trace.end.is_attackers("app"), "whose server wrote the script speaks in the page"
    assert trace.end.browser.document("app").url == "https://app.example/"
    assert "the password" in trace.end.knowledge


def test_a_reflected_callback_becomes_a_page_of_the_mail_services():
    trace = run("jsonp-reflected")
    assert str(trace.end.browser.origin("attacker")) == MAIL
    assert trace.end.is_attackers("attacker") and CONTACTS in trace.end.knowledge
    shown, asked = sent(trace)
    assert (shown.destination, asked.destination) == ("document", "")
    assert asked.cookies == {"session": ALICE.session}
    assert run("jsonp-reflected", same_site_default="strict").succeeded, "it asks its own site"


# --- Rosetta Flash ---


def test_the_applet_speaks_for_the_mail_service_and_is_the_attackers():
    trace = run("rosetta-flash")
    browser = trace.end.browser
    assert str(browser.origin("applet")) == MAIL and browser.parent("applet") == "attacker"
    assert trace.end.is_attackers("applet")
    file, asked = sent(trace)
    assert file.fields["callback"] == FLASH_FILE and FLASH_FILE.isalnum()
    assert asked.cookies == {"session": ALICE.session} and CONTACTS in trace.end.knowledge


MEASURES = {
    "callback_prefix": True,
    "nosniff": True,
    "attachment": True,
    "callback_filter": "50 letters and digits",
}


@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_alone_stops_rosetta_flash_and_the_page_works(measure):
    trace = run("rosetta-flash", **{measure: MEASURES[measure]})
    assert outcome(trace) == STOPPED and CONTACTS not in trace.end.knowledge
    assert "applet" not in trace.end.browser


WRONG_MEASURES = {
    "at most 5,000 letters": lambda callback: len(callback) <= 5_000,
    "letters and digits": lambda callback: callback.isalnum(),
    "no angle brackets": lambda callback: not set(callback) & set("<>"),
    "not CWS in small letters": lambda callback: not callback.startswith("cws"),
    "begins with a letter": lambda callback: callback[:1].isalpha(),
}


@pytest.mark.parametrize("wrong", WRONG_MEASURES)
def test_a_wrong_measure_does_not_stop_rosetta_flash(wrong):
    trace = run("rosetta-flash", callback_filter=WRONG_MEASURES[wrong])
    assert outcome(trace) == WINS


def test_with_flash_player_alone_out_of_the_way_nothing_is_played():
    for filtered in TOGGLES["callback_filter"]:
        assert not run("rosetta-flash", plugin="none", callback_filter=filtered).succeeded
    assert PRESETS["IE 7 with Flash"].plugin == "Flash Player"
    assert {each.plugin for name, each in PRESETS.items() if "Flash" not in name} == {"none"}


def test_the_applet_stands_in_the_attackers_window_and_its_cookies_are_a_third_partys():
    for settings in ({"same_site_default": "lax"}, {"third_party_cookies": "blocked"}):
        trace = run("rosetta-flash", **settings)
        assert "applet" in trace.end.browser and CONTACTS not in trace.end.knowledge


# --- style sheets, CORS, tokens, clicks ---


def test_a_style_sheet_shows_what_stands_between_two_letters_of_the_attackers():
    trace = run("css-theft")
    (request,) = sent(trace)
    assert request.destination == "style" and request.cookies == {"session": ALICE.session}
    assert CONTACTS in trace.end.knowledge
    whole = replace(SCENARIOS["css-theft"].servers(CARELESS)[MAIL], around_data=("", ""))
    plain = replace(SCENARIOS["css-theft"], servers=lambda policies: {MAIL: whole})
    assert not plain.run(CARELESS.but(styles="any type")).succeeded, "without them it is no CSS"


WHO_READS = {
    "none": [],
    "trusted origin": [],
    "*": [],
    "* with credentials": [],
    "reflected origin": ["attacker", "similar", "longer", "boxed"],
    "null too": ["boxed"],
    "suffix match": ["similar"],
    "prefix match": ["longer"],
}


@pytest.mark.parametrize("headers", TOGGLES["cors_headers"])
def test_each_mistake_with_cors_lets_in_the_page_that_is_made_for_it(headers):
    plan = SCENARIOS["cors-misconfigured"].plan
    reads = [
        each.actor
        for each in plan
        if run("cors-misconfigured", [each], cors_headers=headers).succeeded
    ]
    assert reads == WHO_READS[headers]


def test_what_may_not_be_read_is_sent_all_the_same_with_the_cookies():
    trace = run("cors-misconfigured", cors_headers="trusted origin")
    assert len(sent(trace)) == 4
    assert {each.headers["origin"] for each in sent(trace)} == {
        "https://attacker.example",
        "https://evilpartner.example",
        "https://partner.example.attacker.example",
        "null",
    }
    assert all(each.cookies == {"session": ALICE.session} for each in sent(trace))
    assert CONTACTS not in trace.end.knowledge


def test_before_cors_nothing_is_sent_by_script_and_nobody_may_be_asked():
    trace = run("cors-misconfigured", cors="same origin only")
    assert sent(trace) == [] and trace.refused.decision.rule == "Main fetch"


def test_who_reads_the_form_has_the_token():
    trace = run("token-theft")
    read, paid = sent(trace)
    assert (read.path, paid.path, paid.mode) == ("/form", "/pay", "no-cors")
    assert ALICE.token in trace.end.knowledge and paid.fields["token"] == ALICE.token
    assert trace.end.accepted == (("bank.example", "pay 100 to mallory", "alice"),)
    closed = run("token-theft", cors_headers="none")
    rules = [each.decision.rule for each in closed.steps]
    assert rules == ["CORS check", "secrets"], "and who cannot read it cannot guess it"
    assert run("token-theft", request_check="Origin").end.accepted == ()


def test_a_null_origin_lets_a_page_without_a_url_read_the_form():
    read, pay = SCENARIOS["token-theft"].plan
    plan = [Embed("attacker", "data:text/html,hostile", "boxed"),
        replace(read, actor="boxed"), replace(pay, actor="boxed")]  # fmt: skip
    assert run("token-theft", plan, cors_headers="null too").succeeded
    assert not run("token-theft", plan, cors_headers="trusted origin").succeeded


@pytest.mark.parametrize("name", ["clickjacking", "nested-clickjacking"])
def test_the_click_is_the_users_the_form_the_banks_own(name):
    trace = run(name, csrf_token="the session's", request_check="Origin")
    page, form, paid = sent(trace)
    assert (page.destination, form.path, paid.path) == ("iframe", "/form", "/pay")
    assert paid.headers["origin"] == BANK and paid.headers["sec-fetch-site"] == "same-origin"
    assert paid.fields["token"] == ALICE.token and ALICE.token not in trace.end.knowledge
    click = next(each for each in trace.steps if isinstance(each.event, UserClicks))
    assert click.decision and "which the user does not see" in click.decision.reason


def test_a_page_that_may_not_be_framed_is_not_there_to_be_clicked_on():
    trace = run("clickjacking", framing_headers="X-Frame-Options: DENY")
    assert trace.end.browser.document("bank").url == "about:neterror"
    assert trace.end.accepted == ()
    alone = SCENARIOS["clickjacking"].honest_page.run(
        CARELESS.but(framing_headers="X-Frame-Options: DENY")
    )
    assert alone.page_works, "in a window of its own it is shown"


def test_who_sees_a_frame_that_is_gone_does_not_click_in_it():
    scenario = SCENARIOS["nested-clickjacking"]
    page = scenario.plan[0].url
    plan = [Navigate("ad", "top", "https://attacker.example/"), Embed("top", page)]
    last = run("nested-clickjacking", plan).steps[-1]
    assert isinstance(last.event, UserClicks) and not last.decision
    assert last.decision.reason == "bank does not lie on ad"


def test_a_click_on_a_frame_that_never_is_there_is_refused_when_the_scenario_is_made():
    with pytest.raises(UnknownName, match="did you mean 'attacker'"):
        replace(SCENARIOS["clickjacking"], user=(UserClicks("bank", sees="attackr"),))


NESTED = [
    # header, rule: is the page shown inside the attacker's frame inside the bank's own page?
    ("X-Frame-Options: SAMEORIGIN", {"all ancestors": False, "top only": True, "ignored": True}),
    ("X-Frame-Options: DENY", {"all ancestors": False, "top only": False, "ignored": True}),
    ("frame-ancestors 'none'", {"all ancestors": False, "top only": False, "ignored": True}),
    ("frame-ancestors 'self'", {"all ancestors": False, "top only": False, "ignored": True}),
]


@pytest.mark.parametrize(("header", "rules"), NESTED)
def test_the_first_rule_looked_at_the_top_and_not_between(header, rules):
    """`frame-ancestors` has meant every ancestor from its beginning (CSP 2, §7.7.1)."""
    for rule, succeeds in rules.items():
        trace = run("nested-clickjacking", framing_headers=header, framing=rule)
        assert trace.succeeded is succeeds, rule
        plain = run("clickjacking", framing_headers=header, framing=rule)
        assert plain.succeeded is (rule == "ignored")


@pytest.mark.parametrize("name", ["clickjacking", "nested-clickjacking"])
@pytest.mark.parametrize("third", ["partitioned", "blocked"])
def test_a_rule_for_third_parties_stops_the_click_whoever_is_at_the_top(name, third):
    trace = run(name, third_party_cookies=third)
    assert outcome(trace) == STOPPED and trace.turning.decision.rule == "cookies"


# --- servers in the world ---


def broken_server(request):
    return Response(200, {}, "x" / 2)


def silent_server(request):
    return None


@pytest.mark.parametrize(
    ("server", "says"),
    [
        (broken_server, "TypeError: unsupported operand"),
        (silent_server, "answered None, not Response"),
        (lambda request: "hello", "answered 'hello', not Response"),
        (lambda: Response(), "TypeError"),
        ("https://bank.example", "'str' object is not callable"),
    ],
)
@pytest.mark.parametrize("name", ["csrf-form", "csrf-image", "clickjacking"])
def test_a_readers_broken_server_is_named_wherever_it_is_asked(name, server, says):
    asked = replace(SCENARIOS[name], servers=lambda policies: {BANK: server})
    for ask in (lambda: asked.run(CARELESS), lambda: find_attack(asked, CARELESS, moves=1)):
        with pytest.raises(ServerError) as error:
            ask()
        assert says in str(error.value) and called(server) in str(error.value)
        assert error.value._render_traceback_() == [f"ServerError: {error.value}"]


def test_a_server_may_be_any_function_and_is_then_offered_nothing():
    def pays(request):
        done = ("pay", "alice") if request.path == "/pay" and request.cookies else None
        return Response(200, {"Content-Type": "text/html"}, "", does=done)

    asked = replace(
        SCENARIOS["csrf-image"],
        servers=lambda policies: {BANK: pays},
        scripts=None,
        honest_page=None,
        works=Goal("the page works", lambda world: True),
        goal=Goal("it pays", lambda world: ("bank.example", "pay", "alice") in world.accepted),
    )
    assert asked.run(CARELESS).succeeded
    assert not isinstance(find_attack(asked, CARELESS, moves=1), Attack), "nobody says what to ask"


def test_who_has_no_server_answers_404_and_only_the_attacker_answers_for_the_attacker():
    world = SCENARIOS["csrf-form"].starts(CARELESS)
    assert world.answer(Request("GET", "https://elsewhere.example/")).status == 404
    assert world.server_at("https://attacker.example/x") is hostile
    assert isinstance(world.server_at(f"{BANK}/pay"), Site)
    assert world.server_at("http://bank.example/") is None
    on_the_network = world.but(on_the_network=True)
    assert on_the_network.server_at("http://bank.example/") is hostile
    assert isinstance(on_the_network.server_at(f"{BANK}/"), Site), "TLS keeps it out"
    assert World(world.browser).server_at(f"{BANK}/") is None, "where nobody serves, none is asked"


def test_what_is_sent_to_the_attackers_server_the_attacker_knows():
    world = SCENARIOS["csrf-form"].starts(CARELESS)
    bank = Submit("bank", "bank",
        Request.form("POST", "https://attacker.example/", {"t": ALICE.token}))  # fmt: skip
    _, begun = step(world, bank, CARELESS)
    assert ALICE.token not in begun.knowledge, "it is under way"
    _, arrived = step(begun, Commit("bank"), CARELESS)
    assert ALICE.token in arrived.knowledge and ALICE.session not in arrived.knowledge


SHOP = "https://shop.example"
ANN = User("ann", "anns-session", "anns-token", "anns-password", "anns-orders")
EVE = User("eve", "eves-session", "eves-token", "eves-password")
BUYS = (("/buy", "buy {what} for {whom}"),)


def offered(site, wanted=("buy a book for eve",), known=()):
    return list(site.offers(wanted, known))


def test_a_site_offers_forms_for_what_is_wanted_with_each_token_that_is_known():
    site = Site(SHOP, (ANN, EVE), deeds=BUYS)
    plain, form = offered(site)
    assert (plain.method, plain.path) == ("POST", "/buy")
    assert plain.fields == {"what": "a book", "whom": "eve"} and plain.mode == "navigate"
    assert form.path == "/form"
    fields = [each.fields for each in offered(site, known=("eves-token", "nothing"))[:2]]
    assert fields == [plain.fields, plain.fields | {"token": "eves-token"}]
    assert site(plain.but(headers={"Cookie": "session=anns-session"})).does == (
        "buy a book for eve",
        "ann",
    )


def test_a_site_offers_nothing_for_what_it_does_not_do():
    site = Site(SHOP, (ANN, EVE), deeds=BUYS)
    for wanted in ((), ("sell a book for eve",), ("buy",), ("",), ("buy  for ",)):
        assert [each.path for each in offered(site, wanted)] == ["/form"]
    assert offered(Site(SHOP, ())) == []


def test_by_get_it_offers_links_and_with_a_password_a_login():
    by_get = Site(SHOP, (ANN, EVE), deeds=BUYS, by_get=True)
    assert offered(by_get)[0].method == "GET"
    assert offered(by_get)[0].url == f"{SHOP}/buy?what=a+book&whom=eve"
    login = offered(by_get, known=("eves-password",))[1]
    assert (login.method, login.path) == ("POST", "/login")
    assert login.fields == {"user": "eve", "password": "eves-password"}
    assert by_get(login).headers["set-cookie"] == EVE.set_cookie


def test_to_read_it_offers_each_path_and_each_dangerous_callback():
    site = Site(SHOP, (ANN,), reads=("/orders",), jsonp=("/status",))
    orders, *callbacks = offered(site, ())
    assert (orders.method, orders.path, orders.credentials) == ("GET", "/orders", "include")
    assert [each.fields["callback"] for each in callbacks] == [CALLBACK, FLASH_FILE, SCRIPT_TAG]


@pytest.mark.parametrize("text", ["buy {what} for {whom}", "buy (.+) for x", "buy a\nb for c"])
def test_what_is_wanted_is_no_pattern(text):
    site = Site(SHOP, (ANN,), deeds=BUYS)
    for request in offered(site, (text,))[:-1]:
        answer = site(request.but(headers={"Cookie": "session=anns-session"}))
        assert answer.does == (text, "ann")


def test_the_attackers_server_answers_as_the_url_says_and_everybody_may_read_it():
    answer = hostile(Request("GET", "https://attacker.example/x", {"Origin": "null"}))
    assert answer.status == 200 and answer.headers["content-type"] == "text/html"
    assert answer.headers["access-control-allow-origin"] == "null"
    assert answer.headers["access-control-allow-credentials"] == "true"
    preflight = Request("OPTIONS", detour(f"{BANK}/pay", "https://attacker.example"),
        {"Access-Control-Request-Method": "PUT"})  # fmt: skip
    assert hostile(preflight).is_ok, "no browser follows a redirect of a preflight"
    assert hostile(preflight).headers["access-control-allow-methods"] == "PUT"


@pytest.mark.parametrize(
    ("status", "answered"), [("301", 301), ("302", 302), ("303", 303), ("307", 307), ("200", 302),
        ("", 302), ("x", 302)]
)  # fmt: skip
def test_a_detour_leads_where_it_says_with_the_status_that_it_says(status, answered):
    url = f"{BANK}/pay?amount=100&to=mallory#x"
    answer = hostile(Request("GET", detour(url, "https://attacker.example", status)))
    assert (answer.status, answer.headers["location"]) == (answered, url)


@pytest.mark.parametrize(
    ("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST")]
)
def test_a_form_by_a_detour_keeps_its_method_and_body_only_with_307(status, method):
    form = SCENARIOS["csrf-form"].plan[0].request
    longer = form.but(url=detour(form.url, "https://attacker.example", status))
    trace = run("csrf-form", [Submit("attacker", "attacker", longer)])
    first, second = sent(trace)
    assert (first.method, second.method) == ("POST", method)
    assert trace.succeeded is (method == "POST")
    assert second.headers.get("origin") == ("https://attacker.example" if trace.succeeded else None)
    assert second.headers["sec-fetch-site"] == "cross-site"
    assert second.cookies == {"session": ALICE.session}


def test_a_fetch_by_a_detour_over_a_third_origin_asks_in_nobodys_name():
    contacts = Request("GET", f"{MAIL}/contacts", credentials="include")
    for actor, origin in (("attacker", "https://attacker.example"), ("similar", "null")):
        longer = contacts.but(url=detour(contacts.url, "https://attacker.example"))
        trace = run("cors-misconfigured", [Fetch(actor, longer)], cors_headers="null too")
        assert sent(trace)[-1].headers["origin"] == origin
        assert trace.succeeded is (origin == "null")


def test_answers_are_checked_where_they_come_in():
    with pytest.raises(ServerError, match="the server 'silent_server' answered None"):
        answer_of(silent_server, Request("GET", f"{BANK}/"))
    page = Browser.of(window("https://attacker.example/", label="attacker"))
    start = World(page, attacker=frozenset({Origin.of("https://attacker.example")}),
        servers=((Origin.of(BANK), broken_server),))  # fmt: skip
    for event in (
        Fetch("attacker", Request("GET", f"{BANK}/")),
        Navigate("attacker", "attacker", BANK),
    ):
        with pytest.raises(ServerError, match="the server 'broken_server' failed for"):
            _, world = step(start, event, CARELESS)
            step(world, Commit("attacker"), CARELESS)
