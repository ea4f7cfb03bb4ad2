"""The CORS console, driven by its fields and by the messages that its page sends; its twin."""

from html.parser import HTMLParser
from itertools import count

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import labcore
from labcore import PRESETS, Origin, Policies, PolicyError, Request, Response, UnknownName
from labcore.figures.exchanges import fetched_html, headline, most, shortened
from labcore.figures.notebook import show
from labcore.policies.cookies import Asking
from labcore.widgets import Console
from labcore.widgets.console import EXAMPLES, START, headers_of

EVIL = "<img src=x onerror=alert(1)>"
HUGE = "x" * 1_000_000
NUMBERS = count(1)
SHOP = Origin.of("https://shop.example/")


@pytest.fixture
def console():
    return Console()


def tell(console, **told):
    """As the page does; gives back the number of the message."""
    message = {"number": next(NUMBERS), **told}
    console.desk._handle_custom_msg(message, [])
    return message["number"]


def unfinished(origin, credentials, response):
    pass


def nobody(origin, credentials, response):
    """Nobody may read anything."""
    return False


# --- examples ---


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("browser", [None, "Chromium", "Firefox"])
def test_every_example_comes_to_what_it_claims_in_todays_browsers(name, browser):
    console = Console(name, browser)
    assert (console.errors, console.desk.problem, console.desk.remark) == ({}, "", "")
    assert console.desk.outcome["kind"] == EXAMPLES[name].kind
    assert console.desk.current


def test_before_cors_a_script_reads_its_own_origin_only():
    kinds = {name: Console(name, "IE 7").desk.outcome["kind"] for name in EXAMPLES}
    assert [name for name, kind in kinds.items() if kind == "reads"] == ["the page's own origin"]


def test_examples_show_each_kind_of_outcome_and_of_exchange():
    consoles = [Console(name) for name in EXAMPLES]
    assert {each.desk.outcome["kind"] for each in consoles} == {"reads", "closed", "unsent"}
    assert any(each.fetched.preflight for each in consoles)
    assert any(each.fetched.cookies for each in consoles)
    assert any(len({x.request.origin for x in each.fetched.exchanges}) > 1 for each in consoles)


def test_an_example_fills_every_field_and_reset_brings_it_back(console):
    console.fields = {"page": "https://other.example/", "status": "x"}
    console.example = "JSON by PUT"
    expected = START | EXAMPLES["JSON by PUT"].fields
    assert console.fields == expected
    console.fields = {"method": "DELETE", "response_body": ""}
    console.reset()
    assert console.fields == expected


def test_own_fields_are_what_reset_goes_back_to():
    console = Console("JSON by PUT", fields={"method": "PATCH"})
    assert console.example == ""
    console.fields = {"method": "GET"}
    console.reset()
    assert console.fields["method"] == "PATCH"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Console("JSON by PUTT"), "did you mean 'JSON by PUT'"),
        (lambda: Console(policies="IE7"), "did you mean 'IE 7'"),
        (lambda: Console(fields={"metod": "GET"}), "did you mean 'method'"),
        (lambda: Console(own={"kors": [nobody]}), "did you mean 'cors'"),
        (lambda: setattr(Console(), "example", "origin nul"), "did you mean 'origin null'"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest_right_one(make, message):
    with pytest.raises(UnknownName, match=message):
        make()


def test_a_field_holds_a_text(console):
    with pytest.raises(labcore.errors.WrongValue, match="'status' holds a text, not 200"):
        console.fields = {"status": 200}


# --- what is sent ---


def test_the_server_answers_what_the_fields_say(console):
    console.fields = {
        "status": "404",
        "response_headers": "X-A: 1\n\n  x-a: 2",
        "response_body": "!",
    }
    (exchange,) = console.fetched.exchanges
    assert exchange.response == Response(404, [("X-A", "1"), ("x-a", "2")], "!")


def test_a_preflight_has_the_same_headers_or_an_answer_of_its_own(console):
    console.fields = {"method": "DELETE", "response_headers": "Access-Control-Allow-Origin: *"}
    assert console.fetched.preflight.response == Response(204, {"Access-Control-Allow-Origin": "*"})
    console.fields = {
        "preflight": "own",
        "preflight_status": "200",
        "preflight_headers": "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: *",
    }
    assert console.fetched.readable
    console.fields = {"preflight_status": "500"}
    assert console.desk.outcome["word"] == "Not sent: the preflight fails"


def test_the_origin_that_was_sent_can_stand_in_the_answer():
    console = Console("reflected origin")
    for page in ("https://shop.example/", "null", "http://shop.example:81/x"):
        console.fields = {"page": page}
        assert console.fetched.readable
    console.fields = {"page": "https://api.example/"}  # sends no Origin with a GET
    names = console.fetched.exchanges[0].response.headers
    assert "access-control-allow-origin" not in names


def test_a_redirect_leads_to_the_same_answer_and_round_in_circles_to_an_end():
    console = Console("redirect to another origin")
    statuses = [each.response.status for each in console.fetched.exchanges]
    assert statuses == [302, 200]
    assert [each.request.headers["origin"] for each in console.fetched.exchanges] == [
        "https://shop.example",
        "null",
    ]
    circle = "Location: https://api.example/prices\nAccess-Control-Allow-Origin: *"
    console.fields = {"response_headers": circle}
    assert "More than 20 redirects" in console.desk.outcome["why"]
    assert len(console.desk.outcome["exchanges"]) + console.desk.outcome["exchanges_left_out"] > 20


def test_the_cookies_that_go_along_depend_on_the_rules():
    console = Console("with cookies, for one origin", fields={"cookies": "a=1\nb=2; SameSite=Lax"})
    assert console.fetched.cookies == "a=1"
    console.toggles.values = {"same_site_default": "lax"}
    assert console.fetched.cookies == ""
    console.toggles.values = {"same_site_default": "none", "third_party_cookies": "blocked"}
    assert console.fetched.cookies == ""
    console.toggles.values = {"browser": "IE 7"}
    assert console.policies.rules == PRESETS["IE 7"]


def test_a_cookie_that_no_browser_keeps_is_remarked_upon_and_hinders_nothing(console):
    console.fields = {"cookies": "a=1\nb=2; SameSite=None\n\nc=3; Max-Age=0\nd=\x01"}
    assert console.desk.current and not console.errors
    assert console.desk.remark.startswith("lines 2, 4, 5: no browser keeps this for https://api")
    console.fields = {"cookies": "a=1"}
    assert console.desk.remark == ""


def test_headers_that_no_script_may_set_are_said_to_be_left_out():
    console = Console("headers that are the browser's own")
    said = [each["said"] for each in console.desk.outcome["lines"]]
    assert "Cookie is the browser's own: left out" in said
    assert console.fetched.exchanges[0].request.headers["origin"] == "https://shop.example"


@pytest.mark.parametrize(
    "url",
    ["data:,hi", "about:blank", "file:///etc", "blob:https://a.example/1", "mailto:x", "ws://x"],
)
def test_any_url_can_stand_in_both_places(url):
    console = Console(fields={"url": url, "page": url, "cookies": "a=1"})
    assert console.desk.current
    assert not console.errors


# --- what is wrong ---


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("page", "shop.example", "did you mean 'https://shop.example'"),
        ("page", "", "is not a URL"),
        ("url", "//", "is not a URL"),
        ("url", EVIL, "is not a URL"),
        ("method", "GE T", "is no method"),
        ("method", "", "is no method"),
        ("method", "CONNECT", "no script may use the method CONNECT"),
        ("mode", "crs", "did you mean 'cors'"),
        ("mode", "navigate", "unknown mode 'navigate'"),
        ("credentials", "sameorigin", "did you mean 'same-origin'"),
        ("request_headers", "X-A: 1\nfoo", "line 2 is 'foo', without a colon"),
        ("request_headers", "X A: 1", "'X A' is no header name"),
        ("request_headers", "X-A: \0", "which would end the line"),
        ("request_headers", "X-A: a\rb", "which would end the line"),
        ("request_headers", "X-A: ☃", "holds '☃', which stands for no byte"),
        ("request_headers", f"{EVIL}: 1", "is no header name"),
        ("request_body", "x", "a GET request has no body"),
        ("cookies", "a=☃", "stands for no byte"),
        ("cookies", "a=1\n" * 181, "at most 180 cookies, not 181"),
        ("status", "99", "a number from 100 to 599, not 99"),
        ("status", "", "a number from 100 to 599, not ''"),
        ("status", "²00", "a number from 100 to 599"),
        ("status", "9" * 5000, "a number from 100 to 599"),
        ("response_headers", "Vary", "line 1 is 'Vary', without a colon"),
        ("response_headers", f"X{EVIL}: 1", "is no header name"),
        ("preflight", "other", "unknown preflight 'other'"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_last_good_outcome_stays(
    console, field, value, message
):
    before = console.fetched, console.desk.outcome
    console.fields = {field: value}
    assert set(console.errors) == {field}
    assert message in console.errors[field]
    assert not console.desk.current
    assert (console.fetched, console.desk.outcome) == before
    console.reset()
    assert console.errors == {}
    assert console.desk.current


def test_what_is_wrong_with_a_preflight_matters_where_it_has_an_answer_of_its_own(console):
    console.fields = {"preflight_status": "99", "preflight_headers": "foo"}
    assert console.errors == {}
    console.fields = {"preflight": "own"}
    assert set(console.errors) == {"preflight_status", "preflight_headers"}


def test_all_that_is_wrong_is_said_at_once(console):
    console.fields = {"method": "", "url": "x", "status": "0", "request_body": "x"}
    assert set(console.errors) == {"method", "url", "status"}


@pytest.mark.parametrize("field", START)
@pytest.mark.parametrize("value", [HUGE, f"X-Long: {HUGE}", f"https://x.example/{HUGE}", EVIL])
def test_what_is_long_is_shortened_wherever_it_is_shown(console, field, value):
    console.fields = {"method": "PUT", "response_headers": "Access-Control-Allow-Origin: *"}
    console.fields = {field: value}
    assert all(len(each) < 300 for each in console.errors.values())
    assert len(str(console.desk.outcome)) < 10_000
    assert len(fetched_html(console.fetched)) < 20_000


@given(st.dictionaries(st.sampled_from(list(START)), st.text(max_size=40)))
@settings(max_examples=200)
def test_no_text_in_any_field_raises(fields):
    console = Console(fields=fields)
    assert console.desk.current == (not console.errors)
    assert console.desk.problem == ""


# --- the page ---


def test_what_the_page_sends_is_taken_and_its_number_comes_back(console):
    number = tell(console, fields={"page": "https://api.example/"})
    assert console.desk.answered == number
    assert console.desk.outcome["kind"] == "reads"
    assert tell(console, example="same-origin only") == console.desk.answered
    assert console.example == "same-origin only"
    tell(console, fields={"mode": "cors"})
    assert console.desk.outcome["kind"] == "closed"
    tell(console, do="reset")
    assert console.fields["mode"] == "same-origin"


def test_an_answer_comes_in_one_message(console, monkeypatch):
    sent = []
    monkeypatch.setattr(type(console.desk), "send_state", lambda _, key=None: sent.append(set(key)))
    tell(console, fields={"page": "https://api.example/"})
    assert len(sent) == 1
    assert {"fields", "outcome", "answered"} <= sent[0]


def test_the_page_sees_which_headers_are_the_browsers(console):
    (exchange,) = console.desk.outcome["exchanges"]
    own = {name for name, _, is_own in exchange["request"]["headers"] if is_own}
    assert {"Origin", "Referer"} <= own
    assert exchange["response"]["first"] == "200 OK"


# --- rules ---


def test_a_rule_of_ones_own_decides(console):
    console = Console("a plain GET, open to all", own={"cors": [nobody]})
    console.toggles.values = {"cors": "nobody"}
    assert console.desk.outcome["kind"] == "closed"
    assert "Nobody returned False." in console.desk.outcome["why"]
    console.policies = "Firefox"
    assert console.toggles.values["browser"] == "Firefox"
    assert console.desk.outcome["kind"] == "reads"


def test_a_rule_that_fails_says_so_and_changes_nothing():
    console = Console(own={"cors": [unfinished]})
    before = console.policies, console.toggles.values, console.desk.outcome
    console.toggles.values = {"cors": "unfinished"}
    assert "is a 'return' missing" in console.desk.problem
    assert (console.policies, console.toggles.values, console.desk.outcome) == before
    with pytest.raises(PolicyError):
        console.policies = console.policies.but(cors=unfinished)
    console.fields = {"response_body": ""}
    assert console.desk.problem == ""


def test_a_rule_that_fails_on_some_requests_leaves_the_last_outcome_as_not_current():
    def shop_only(origin, credentials, response):
        return {"https://shop.example": True}[origin]

    console = Console(policies=Policies(cors=shop_only))
    before = console.desk.outcome
    console.fields = {"page": "https://other.example/"}
    assert "raised KeyError" in console.desk.problem
    assert not console.desk.current
    assert console.desk.outcome == before


def test_a_rule_changed_while_a_field_is_wrong_counts_once_it_is_right(console):
    console.fields = {"url": "x"}
    console.toggles.values = {"cors": "no check"}
    assert not console.desk.current
    console.reset()
    assert console.desk.outcome["kind"] == "reads"


# --- the twin ---


ELEMENTS = {"div", "strong", "table", "tr", "th", "td", "span", "br", "ol", "li"}


class Tags(HTMLParser):
    """The elements of an HTML text, and the text between them."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, {name for name, _ in attributes}))

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_twin_says_the_same_as_the_console(name):
    console = Console(name)
    html = show(console.twin())
    text = Tags(html).text
    for said in (console.desk.outcome["word"], console.desk.outcome["why"]):
        assert said in text
    for line in console.desk.outcome["lines"]:
        assert line["said"] in text
    for exchange in console.desk.outcome["exchanges"]:
        for name, value, _ in exchange["request"]["headers"]:
            assert f"{name}: {value}" in text


def test_nothing_that_a_page_or_a_server_says_becomes_html():
    origin = Origin.of("https://shop.example/")
    request = Request("PUT", f"https://api.example/?{EVIL}", {"X-Evil": EVIL}, EVIL)
    server = lambda _: Response(200, {"Access-Control-Allow-Origin": EVIL}, EVIL)  # noqa: E731
    fetched = Policies().fetched(Asking(origin, "", (origin,)), request, server)
    seen = Tags(fetched_html(fetched))
    assert {tag for tag, _ in seen.tags} <= ELEMENTS
    assert set().union(*(names for _, names in seen.tags)) <= {"style", "scope", "aria-label"}
    assert EVIL in seen.text


def test_navigations_and_images_have_a_headline_too():
    asking = Asking(SHOP, "https://shop.example/", (SHOP,))
    server = lambda _: Response()  # noqa: E731
    form = Policies().fetched(asking, Request.form("POST", "https://api.example/", {}), server)
    assert headline(form).word == "Sent, the answer becomes a page"
    image = Policies().fetched(asking, Request.image("https://api.example/"), server)
    assert headline(image).word == "Sent, but the page cannot read the answer"
    assert "opaque" in headline(image).why
    fetched_html(form), fetched_html(image)


def test_what_is_left_out_is_counted():
    assert most([1, 2, 3], 3) == ([1, 2, 3], 0)
    assert most([1, 2, 3, 4, 5], 3) == ([1, 2, 5], 2)
    assert shortened("x" * 2000) == "x" * 160 + "… (2,000 characters)"
    console = Console(fields={"request_headers": "\n".join(f"Sec-{n}: 1" for n in range(500))})
    assert console.desk.outcome["lines_left_out"] > 400
    assert "steps more" in fetched_html(console.fetched)


def test_a_line_is_taken_as_it_would_be_sent():
    assert (
        str(headers_of("  Accept:text/html \r\nX-A:\nB: c:d")) == "Accept: text/html\nX-A: \nB: c:d"
    )


def test_what_nbval_compares_is_the_same_each_time(console):
    first, second = console._repr_mimebundle_(), Console("origin null")._repr_mimebundle_()
    assert first["text/plain"] == second["text/plain"] == repr(console)
    assert "run this notebook" in first["text/plain"]
    nbformat.v4.new_output("display_data", first)
