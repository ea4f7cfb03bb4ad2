"""The sequence diagram of requests: what goes to servers, what comes back, what is kept back."""

import re
from itertools import pairwise

import pytest
from test_figures import assert_legible, drawn, said

from labcore import SCENARIOS, Browser, Policies, Scenario, World, frame, window
from labcore.actions import Fetch, Script, Submit
from labcore.figures import describe, draw_sequence, picture, step_pictures
from labcore.figures.notebook import show
from labcore.figures.requests import MOST_EXCHANGES
from labcore.figures.sequence import TALLEST, WIDEST, Pen, plan_of, sequence_size
from labcore.figures.story import IGNORES, USER, secrets_matter, speaks, told
from labcore.http import Request, Response
from labcore.origin import Origin
from labcore.policies import TOGGLES
from labcore.policies.toggles import SERVER_CHOICES
from labcore.scenarios.requests import BANK, logged_in, site
from labcore.servers.hostile import detour

OPEN = Policies(
    csrf_token="none", request_check="none", cors_headers="none", framing_headers="none",
    callback_filter="none", callback_prefix=False, nosniff=False, attachment=False,
)  # fmt: skip
FLASH = {"plugin": "Flash Player", "callback_filter": "letters and digits"}
OLD_FRAMING = {"framing": "top only", "framing_headers": "X-Frame-Options: SAMEORIGIN"}
SETTINGS = {
    "csrf-form": [{}, {"same_site_default": "lax"}, {"request_check": "Origin"}],
    "csrf-image": [{}, {"third_party_cookies": "blocked"}],
    "login-csrf": [{}, {"request_check": "Sec-Fetch-Site"}],
    "jsonp-theft": [{}, {"same_site_default": "strict"}],
    "jsonp-peer": [{}],
    "jsonp-reflected": [{}, {"nosniff": True}, {"attachment": True}],
    "rosetta-flash": [FLASH, {}, {**FLASH, "callback_prefix": True}],
    "css-theft": [{"styles": "any type"}, {}],
    "xss-forgery": [{"csrf_token": "the session's"}],
    "cors-misconfigured": [{"cors_headers": "reflected origin"}, {}, {"cors": "same origin only"}],
    "token-theft": [{"cors_headers": "reflected origin"}, {}],
    "clickjacking": [{}, {"framing_headers": "X-Frame-Options: DENY"}],
    "nested-clickjacking": [OLD_FRAMING, OLD_FRAMING | {"framing": "all ancestors"}],
}
CASES = [(name, each) for name, settings in SETTINGS.items() for each in settings]
HOSTILE = '<b onload="x">&\'$\\frac{1}$ \n\x00\x1b\u202e😀汉-->]]>'
PARTNER = "https://partner.example"


def ran(name, **toggles):
    return SCENARIOS[name].run(OPEN.but(**toggles))


def asked(trace):
    return [each for row in told(trace).rows for each in row.asked]


def answers(trace):
    return [each for each in asked(trace) if each.is_answer]


def requests_of(trace):
    return [each for each in asked(trace) if not each.is_answer]


def a_trace(*plan, trusted=PARTNER, toggles=("cors",), **has):
    """Two windows, and a bank that pays by any method; the partner may ask it."""
    windows = window(f"{PARTNER}/", label="partner"), window("https://attacker.example/", label="x")
    has = {"deeds": (("/pay", "pay {amount} to {to}"),), "by_get": True, "trusted": trusted} | has
    scenario = Scenario(
        "x", "A detour", "", "", logged_in(BANK, *windows), plan, None,
        servers=lambda policies: {BANK: site(BANK, policies, **has)}, toggles=toggles,
    )  # fmt: skip
    return scenario.run(OPEN.but(cors_headers="trusted origin"))


def detoured():
    there = detour(f"{BANK}/pay?amount=1&to=x", "https://attacker.example")
    put = Request("PUT", f"{BANK}/pay", {"X-Token": "42"}, '{"to": "bob"}', credentials="include")
    return a_trace(
        Fetch("partner", put),
        Fetch("x", put),
        Fetch("x", Request.image(there)),
        Fetch("x", Request("GET", "https://me:secret@bank.example/")),
        Submit("x", "partner", Request.form("POST", f"{BANK}/pay", {"to": "bob"})),
        Script("x", "x", Fetch("x", Request.image(f"{BANK}/logo"))),
    )


def circling(turns):
    """A server that sends whoever asks round and round."""

    def server(request):
        turn = int(request.fields["turn"])
        if turn == turns:
            return Response(200, {}, "there")
        return Response(302, {"Location": f"/?turn={turn + 1}"})

    start = World(Browser.of(window("https://a.example/", label="a")))
    fetch = Fetch("a", Request("GET", "https://a.example/?turn=0"))
    return Scenario(
        "round", "Round", "", "", start, (fetch,) * 40, None,
        servers=lambda policies: {"https://a.example": server},
    ).run()  # fmt: skip


# --- readable ---


@pytest.mark.parametrize(("name", "toggles"), CASES)
def test_it_is_readable_at_every_step(name, toggles):
    trace = ran(name, **toggles)
    assert speaks(trace)
    size = sequence_size(trace)
    assert size[0] * 72 <= WIDEST + 0.1
    for step in range(len(trace.steps) + 1):
        assert_legible(*drawn(draw_sequence, trace, size=size, upto=step))
    texts = [len(said(drawn(draw_sequence, trace, size=size, upto=i)[0])) for i in (0, None)]
    assert texts[0] < texts[1]


@pytest.mark.parametrize("name", SETTINGS)
def test_it_is_readable_under_every_value_of_the_toggles_that_matter(name):
    toggles = SCENARIOS[name].toggles
    under = (ran(name, **{toggle: value}) for toggle in toggles for value in TOGGLES[toggle])
    for trace in {str(plan_of(trace)): trace for trace in under}.values():
        assert_legible(*drawn(draw_sequence, trace, size=sequence_size(trace)))
        rows = told(trace).rows
        assert all(row.last < after.first for row, after in pairwise(rows))


@pytest.mark.parametrize("name", SETTINGS)
def test_it_is_readable_where_everybody_is_careful(name):
    trace = SCENARIOS[name].run(Policies())
    assert_legible(*drawn(draw_sequence, trace, size=sequence_size(trace)))


@pytest.mark.parametrize("name", SETTINGS)
def test_the_honest_page_is_told_as_well_and_without_an_attacker(name):
    page = SCENARIOS[name].honest_page
    trace = page.run(Policies())
    assert_legible(*drawn(draw_sequence, trace, size=sequence_size(trace)))
    assert asked(trace)
    assert not secrets_matter(trace)
    assert "the attacker" not in said(drawn(draw_sequence, trace, size=sequence_size(trace))[0])


@pytest.mark.parametrize("size", [(2.5, 2.0), (9.0, 3.0)])
def test_it_fits_where_there_is_little_room(size):
    assert_legible(*drawn(draw_sequence, ran("login-csrf"), size=size))
    assert_legible(*drawn(draw_sequence, detoured(), size=size))


def test_preflights_redirects_and_two_servers_are_readable_at_every_step():
    trace = detoured()
    for step in range(len(trace.steps) + 1):
        assert_legible(*drawn(draw_sequence, trace, size=sequence_size(trace), upto=step))


def test_what_comes_from_pages_and_servers_is_shown_as_text():
    label = HOSTILE
    form = Request.form("POST", "https://a.example/pay", {HOSTILE: HOSTILE * 9})
    start = World(Browser.of(window("https://a.example/", label=label)))

    def server(request):
        return Response(200, {"Set-Cookie": "a=<b x>&"}, HOSTILE * 9, does=(HOSTILE, HOSTILE))

    plan = (Submit(label, label, form), Fetch(label, Request.image(f"https://a.example/{HOSTILE}")))
    trace = Scenario(
        "x", HOSTILE, "", "", start, plan, None, servers=lambda p: {"https://a.example": server}
    ).run()
    first = picture(draw_sequence, trace)
    assert first == picture(draw_sequence, trace)
    assert "<b " not in first.svg + show(trace)
    assert_legible(*drawn(draw_sequence, trace, size=sequence_size(trace)))


def test_a_long_way_around_is_cut_and_says_so():
    trace = circling(19)
    (first, *_) = told(trace).rows
    assert len(first.asked) == 2 * MOST_EXCHANGES
    assert first.asked[-3].outcome == "and 14 more such, not drawn"
    assert first.asked[-1].text == "200 there"
    plan = plan_of(trace)
    assert plan.bands[-1].bottom <= TALLEST
    assert plan.note == f"… {40 - len(plan.rows)} more steps, not drawn."
    assert plan.note in describe(trace)


def test_a_letter_without_end_is_shortened_in_the_middle():
    (request, answer, *_) = asked(ran("rosetta-flash", **FLASH))
    assert re.search(r"callback=CWSMIKI0\w+…\w+$", request.text)
    assert len(request.text) < 90
    assert answer.text.endswith("({})")


# --- what it tells ---


def test_a_forged_form_can_be_followed_from_the_page_to_the_server_and_back():
    trace = ran("csrf-form")
    (row,) = told(trace).rows
    assert (row.first, row.last, row.source) == (1, 2, "attacker")
    request, answer = row.asked
    assert request.server == Origin.of(BANK)
    assert (request.text, request.more) == ("form: POST /pay", "amount=100, to=mallory")
    assert request.cookies == ("Cookie: session=alices-session",)
    assert request.headers == (
        "Origin: https://attacker.example",
        "Referer: https://attacker.example/",
        "Sec-Fetch-Site: cross-site",
    )
    assert answer.text == "200 Done: pay 100 to mallory."
    assert answer.does == "does: pay 100 to mallory, for alice"
    assert not answer.stopped
    assert [(each.label, each.host) for each in row.shows] == [("attacker", "bank.example")]
    assert row.until(1).asked == row.until(1).shows == ()


def test_it_is_told_in_sentences_as_well():
    assert describe(ran("csrf-image", same_site_default="lax")) == (
        "An image that pays. Step 1: attacker asks bank.example, image: GET "
        "/pay?amount=100&to=mallory (no cookie: session stays behind, by SameSite (default); "
        "Referer: https://attacker.example/; Sec-Fetch-Site: cross-site); bank.example answers "
        "403 Log in, please. The attack is stopped (cookies): bank.example answers 403: Log in, "
        "please; the cookie session stays behind, by SameSite (default)."
    )
    told_there = describe(ran("csrf-image"))
    assert (
        "; bank.example does: pay 100 to mallory, for alice; bank.example answers 200 Done: "
        in (told_there)
    )
    refused = describe(ran("cors-misconfigured"))
    assert "attacker does not get it: the response has no Access-Control-Allow-Origin" in refused


def test_a_cookie_that_stays_behind_is_missed():
    (lax,) = requests_of(ran("csrf-form", same_site_default="lax"))
    assert lax.cookies == ("no cookie: session stays behind, by SameSite (default)",)
    (blocked,) = requests_of(ran("csrf-image", third_party_cookies="blocked"))
    assert blocked.cookies == ("no cookie: https://bank.example is a third party in this window",)
    (weather,) = requests_of(ran("jsonp-peer"))
    assert weather.cookies == ()


def test_a_login_is_seen_to_change_the_cookie():
    trace = ran("login-csrf")
    assert answers(trace)[0].cookies == (
        "Set-Cookie: session=mallorys-session; Path=/; Secure; HttpOnly",
    )
    assert [each.cookies for each in requests_of(trace)] == [
        ("Cookie: session=alices-session",),
        ("Cookie: session=mallorys-session",),
        ("Cookie: session=mallorys-session",),
    ]
    assert answers(trace)[-1].does == "does: keep the-card-number, for mallory"


def test_referer_and_the_like_are_shown_where_servers_may_look_at_them():
    (with_check, _) = asked(ran("csrf-image"))
    (without, _) = asked(ran("jsonp-theft", same_site_default="lax"))
    assert any(line.startswith("Referer") for line in with_check.headers)
    if "request_check" not in SCENARIOS["jsonp-theft"].toggles:
        assert without.headers == ()


@pytest.mark.parametrize(
    ("name", "toggles", "why"),
    [
        ("cors-misconfigured", {}, "the response has no Access-Control-Allow-Origin"),
        (
            "cors-misconfigured",
            {"cors_headers": "* with credentials"},
            "* does not count where cookies may go along",
        ),
        ("css-theft", {}, "text/html is no style sheet"),
        ("rosetta-flash", {}, "the plug-in does not play it: the browser has no plug-in for it"),
        (
            "rosetta-flash",
            {**FLASH, "nosniff": True},
            "the plug-in does not play it: nosniff: it is not declared as a Flash file",
        ),
        (
            "jsonp-reflected",
            {"attachment": True},
            "the answer is an attachment, which is saved and not shown",
        ),
        (
            "clickjacking",
            {"framing_headers": "X-Frame-Options: DENY"},
            "not shown: X-Frame-Options: DENY",
        ),
        (
            "nested-clickjacking",
            OLD_FRAMING | {"framing": "all ancestors"},
            "not shown: X-Frame-Options: SAMEORIGIN, and https://attacker.example is around it",
        ),
    ],
)
def test_an_answer_that_the_page_does_not_get_is_stopped_and_says_why(name, toggles, why):
    first = answers(ran(name, **toggles))[0]
    assert first.stopped == why
    assert not first.outcome


@pytest.mark.parametrize(
    ("name", "toggles", "outcome"),
    [
        ("csrf-image", {}, "no script reads the answer"),
        ("css-theft", {"styles": "any type"}, "it applies, and the page can read what it says"),
        (
            "jsonp-theft",
            {},
            "the script calls leak of attacker with what mail.example has answered",
        ),
        ("jsonp-reflected", {}, "the attacker's script in it runs"),
        ("jsonp-reflected", {"nosniff": True}, "it is shown as a text, not as a web page"),
    ],
)
def test_an_answer_that_arrives_says_what_becomes_of_it(name, toggles, outcome):
    first = answers(ran(name, **toggles))[0]
    assert (first.outcome, first.stopped) == (outcome, "")


def test_a_refusal_of_the_server_reaches_the_page():
    for toggles in ({"csrf_token": "the session's"}, {"request_check": "Origin"}):
        (answer,) = answers(ran("csrf-form", **toggles))
        assert answer.text.startswith("403 ")
        assert not answer.stopped + answer.does


def test_an_answer_that_no_script_may_read_is_stopped_but_the_server_has_acted():
    last = answers(ran("token-theft", cors_headers="reflected origin"))[-1]
    assert last.does == "does: pay 100 to mallory, for alice"
    assert "opaque" in last.stopped


@pytest.mark.parametrize(
    ("name", "toggles", "why"),
    [
        ("token-theft", {}, "the attacker does not know alices-token and cannot guess it"),
        (
            "cors-misconfigured",
            {"cors": "same origin only"},
            "a script may ask its own origin only",
        ),
    ],
)
def test_what_is_not_sent_is_stopped_at_the_page(name, toggles, why):
    last = asked(ran(name, **toggles))[-1]
    assert not last.is_answer
    assert last.stopped == why
    assert "but nothing is sent" in describe(ran(name, **toggles))


def test_stopped_arrows_get_the_cross_and_others_do_not(monkeypatch):
    crosses, tips = [], []
    monkeypatch.setattr(Pen, "cross", lambda pen, x, y: crosses.append(round(x)))
    monkeypatch.setattr(Pen, "tip", lambda pen, *ends: tips.append(round(ends[2])))

    def arrows(trace):
        crosses.clear()
        tips.clear()
        drawn(draw_sequence, trace, size=sequence_size(trace))
        plan = plan_of(trace)
        return plan.x("attacker"), plan.server_x(plan.servers[0].label)

    page, server = arrows(ran("css-theft"))
    assert crosses == [round(page + 13)]
    assert tips == [round(server - 4)]
    page, server = arrows(ran("css-theft", styles="any type"))
    assert crosses == []
    assert tips == [round(server - 4), round(page + 4)]
    arrows(ran("cors-misconfigured", cors="same origin only"))
    assert len(crosses) == 4
    assert not tips


def test_a_click_that_goes_elsewhere_says_so():
    (click,) = (row for row in told(ran("clickjacking")).rows if row.note == USER)
    assert (click.source, click.text) == (
        "bank",
        "the user clicks on a button of attacker, but bank gets the click",
    )
    honest = SCENARIOS["clickjacking"].honest_page.run(OPEN)
    assert told(honest).rows[0].text == "the user clicks here"


def test_a_frame_is_empty_until_the_server_has_answered():
    row = told(ran("clickjacking")).rows[0]
    assert [(each.host, each.step, each.is_new) for each in row.shows] == [
        ("empty", 1, True),
        ("bank.example", 2, False),
    ]
    refused = told(ran("clickjacking", framing_headers="X-Frame-Options: DENY")).rows[0]
    assert [each.host for each in refused.shows] == ["empty", "an error page"]


def test_what_a_plug_in_plays_gets_a_lifeline_of_its_own():
    trace = ran("rosetta-flash", **FLASH)
    (new,) = told(trace).rows[0].shows
    assert (new.label, new.host, new.is_new, new.hostile) == ("applet", "mail.example", True, True)
    assert plan_of(trace).labels == ("attacker", "applet")
    (_, nothing) = told(ran("rosetta-flash")).rows
    assert (nothing.note, nothing.why) == (IGNORES, "there is no frame applet at this time")


def test_a_page_that_runs_the_attackers_script_is_the_attackers_from_then_on():
    row = told(ran("jsonp-peer")).rows[0]
    assert [(each.label, each.hostile) for each in row.shows] == [("app", True)]


def test_servers_stand_to_the_right_and_keep_their_place():
    trace = detoured()
    plan = plan_of(trace)
    assert [each.label for each in plan.servers] == [BANK, "https://attacker.example"]
    assert [each.hostile for each in plan.servers] == [False, True]
    assert max(map(plan.x, plan.labels)) < min(plan.server_x(each.label) for each in plan.servers)
    for step in range(len(trace.steps) + 1):
        assert plan.until(step).servers == plan.servers
    texts = said(drawn(draw_sequence, trace, size=sequence_size(trace))[0])
    assert {"bank.example", "server", "attacker's server"} <= set(texts)
    assert plan_of(SCENARIOS["lowe-anomaly"].run("IE 7")).servers == ()


def test_a_preflight_is_called_one_and_goes_before_the_request():
    first, second, *_ = told(detoured()).rows
    ask, allow, put, done = first.asked
    assert ask.text == "preflight: OPTIONS /pay"
    assert ask.is_preflight and allow.is_preflight and not put.is_preflight
    assert ask.cookies == ()
    assert "Access-Control-Request-Headers: x-token" in ask.headers
    assert "Access-Control-Allow-Headers: x-token" in allow.headers
    assert (put.text, put.more) == ("fetch: PUT /pay", '{"to": "bob"}')
    assert "X-Token: 42" in put.headers
    assert done.does and not done.stopped
    ask, no = second.asked
    assert no.stopped.startswith("not sent: ")
    assert f"it is {no.stopped}" in describe(detoured())


def test_a_redirect_says_where_it_leads_and_the_next_server_is_asked():
    row = told(detoured()).rows[2]
    assert [each.text for each in row.asked] == [
        "image: GET /to?location=https://bank.example/pay?amount=1&to=x&status=302",
        "302 → bank.example/pay?amount=1&to=x",
        "image: GET /pay?amount=1&to=x",
        "200 Done: pay 1 to x.",
    ]
    assert [each.server.host for each in row.asked[::2]] == ["attacker.example", "bank.example"]


def test_a_form_for_another_window_is_asked_for_there():
    row = next(row for row in told(detoured()).rows if row.navigates)
    assert (row.source, row.target, row.text) == ("x", "partner", "sends bank.example a form")
    assert {each.frame for each in row.asked} == {"partner"}


def test_what_a_script_is_made_to_fetch_is_told_too():
    row = told(detoured()).rows[-1]
    assert row.asked[0].text == "image: GET /logo"


def test_what_is_learnt_stands_at_the_step_in_which_it_is_learnt():
    trace = ran("token-theft", cors_headers="reflected origin")
    assert told(trace).rows[0].learnt == (("alices-token", 1),)
    ax, _ = drawn(draw_sequence, trace, size=sequence_size(trace), upto=0)
    assert "alices-token" not in said(ax)


def test_only_some_frames_can_be_asked_for():
    plan = plan_of(ran("login-csrf"), only=("bank",))
    assert plan.labels == ("bank",)
    assert {each.frame for row in plan.rows for each in row.asked} == {"bank"}


def test_steppers_draw_pictures_of_one_size_that_grow():
    trace = ran("clickjacking")
    pictures = step_pictures(trace)
    assert len({re.search(r'viewBox="[^"]*"', each.svg)[0] for each in pictures}) == 1
    assert "POST /pay" not in pictures[4].alt
    assert "POST /pay" in pictures[5].alt
    assert picture(draw_sequence, trace).html in show(trace)


def test_a_request_without_scripts_makes_a_trace_speak():
    page = window("https://a.example/", frame("https://b.example/", label="b"), label="a")
    plan = (Fetch("a", Request("GET", "https://b.example/")),)
    trace = Scenario("x", "x", "", "", World(Browser.of(page)), plan, None).run()
    assert speaks(trace)
    assert_legible(*drawn(draw_sequence, trace, size=sequence_size(trace)))


def test_the_settings_here_are_those_of_servers_that_do_nothing_for_themselves():
    assert {name for name in SERVER_CHOICES if getattr(OPEN, name) not in ("none", False)} == set()
