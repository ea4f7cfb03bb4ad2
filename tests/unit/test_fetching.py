"""Fetches, step by step, against the Fetch, Referrer Policy and Fetch Metadata standards."""

import random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcore import Browser, Origin, Policies, PolicyError, UnknownName, frame, window
from labcore.errors import ReadersError, WrongType
from labcore.http import BadHeader, Headers, Jar, Request, Response
from labcore.policies import cors
from labcore.policies.cookies import Asking
from labcore.policies.fetching import MOST_REDIRECTS, ServerError

SHOP, API, EVIL = "https://shop.example", "https://api.example", "https://evil.example"
PAGE = f"{SHOP}/cart?x=1#top"
OPEN = {"Access-Control-Allow-Origin": "*"}
TO_SHOP = {
    "Access-Control-Allow-Origin": SHOP,
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Allow-Methods": "PUT, PATCH",
    "Access-Control-Allow-Headers": "x-a",
}
JAR = Jar()
for _url in (SHOP, API, EVIL):
    JAR = JAR.with_cookie("sid=1; SameSite=None; Secure; Path=/", _url)


def answers(headers=(), status=200, body="secret"):
    return lambda request: Response(status, headers, body)


def redirects(to, status=302, then=(), **more):
    """A server that redirects from ``/hop`` to ``to``, with CORS open to all."""

    def server(request):
        if request.path == "/hop":
            return Response(status, {"Location": to, **OPEN, **more})
        return Response(200, then or OPEN, "secret")

    return server


def fetch(request, server=answers(OPEN), page=PAGE, jar=JAR, remembered=(), **toggles):  # noqa: B008
    browser = Browser.of(window(page, label="page"))
    return Policies(**toggles).fetches(browser, "page", request, server, jar, remembered)


def last(fetched) -> Headers:
    return fetched.exchanges[-1].request.headers


# --- main fetch ---


def test_a_page_reads_its_own_origins_answers():
    fetched = fetch(Request("GET", f"{SHOP}/data"), answers({"X-Any": "1", "Set-Cookie": "a=b"}))
    assert fetched and fetched.readable and fetched.headers == ("x-any",)
    assert not fetched.preflight and "origin" not in last(fetched)
    assert fetched.cookies == "sid=1" and "a=b" in str(fetched.jar)


@pytest.mark.parametrize(
    "url",
    ["http://shop.example/", "https://shop.example:8443/", "https://www.shop.example/", f"{EVIL}/"],
)
def test_another_scheme_port_or_host_is_another_origin(url):
    request = Request("GET", url)
    assert not fetch(request, answers()).readable and fetch(request, answers(OPEN)).readable
    assert last(fetch(request))["origin"] == SHOP


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "patch", "X"])
@pytest.mark.parametrize("credentials", ["omit", "same-origin", "include"])
@pytest.mark.parametrize("mode", ["cors", "same-origin"])
@pytest.mark.parametrize("headers", [{}, {"X-A": "1"}, {"Authorization": "x"}])
def test_a_same_origin_fetch_never_preflights(method, credentials, mode, headers):
    request = Request(method, f"{SHOP}/", headers, mode=mode, credentials=credentials)
    fetched = fetch(request, answers())
    assert fetched.readable and not fetched.preflight and len(fetched.exchanges) == 1
    assert bool(fetched.cookies) == (credentials != "omit")


def test_mode_same_origin_asks_nobody_else():
    fetched = fetch(Request("GET", API, mode="same-origin"))
    assert not fetched and not fetched.sent and "same-origin" in fetched.reason


@pytest.mark.parametrize("element", [Request.image, Request.script, Request.style, Request.plugin])
def test_an_elements_answer_is_there_and_not_readable(element):
    fetched = fetch(element(f"{API}/x"), answers())
    assert fetched and not fetched.readable and fetched.headers == ()
    assert fetched.cookies == "sid=1" and "origin" not in last(fetched)
    assert fetch(element(f"{SHOP}/x"), answers()).readable


def test_without_cors_only_what_a_form_could_send_is_sent():
    assert not fetch(Request("PUT", API, mode="no-cors")).sent
    headers = {"Content-Type": "application/json", "X-A": "1", "Accept": "x/y", "Range": "bytes=0-"}
    fetched = fetch(Request("POST", API, headers, "{}", mode="no-cors"))
    assert fetched.sent and not fetched.readable and "accept" in last(fetched)
    assert not {"content-type", "x-a", "range"} & set(last(fetched))
    assert last(fetched)["origin"] == SHOP


def test_the_browsers_own_headers_are_not_for_a_script_to_set():
    own = {"Cookie": "a=b", "Origin": EVIL, "Sec-Fetch-Site": "none", "Referer": EVIL, "Host": "x"}
    fetched = fetch(Request("GET", f"{API}/", own))
    assert fetched.preflight is None and "cookie" not in last(fetched)
    assert last(fetched).values_of("origin") == [SHOP]
    assert last(fetched).values_of("sec-fetch-site") == ["cross-site"]
    assert last(fetched).values_of("referer") == [f"{SHOP}/"] and "host" not in last(fetched)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "about:blank", "wss://api.example/"])
def test_only_http_is_asked_for_anything(url):
    assert not fetch(Request("GET", url)).exchanges


def test_a_data_url_is_its_own_answer():
    fetched = fetch(Request("GET", "data:,hello"))
    assert fetched.readable and fetched.response.body == "hello" and not fetched.exchanges


def test_no_script_asks_for_a_url_with_a_password():
    assert not fetch(Request("GET", "https://me:secret@shop.example/")).exchanges


def test_who_has_an_opaque_origin_owns_nothing():
    browser = Browser.of(
        window(PAGE, frame(f"{SHOP}/in", sandbox="allow-scripts", label="boxed"), label="page")
    )
    for headers, readable in (({}, False), (OPEN, True), (TO_SHOP, False)):
        fetched = Policies().fetches(
            browser, "boxed", Request("GET", f"{SHOP}/"), answers(headers), JAR
        )
        assert last(fetched)["origin"] == "null" and fetched.readable is readable
        assert fetched.cookies == ""
    null = {"Access-Control-Allow-Origin": "null"}
    assert Policies().fetches(browser, "boxed", Request("GET", SHOP), answers(null)).readable


@pytest.mark.parametrize(
    ("credentials", "url", "cookies"),
    [
        ("omit", SHOP, ""),
        ("same-origin", SHOP, "sid=1"),
        ("include", SHOP, "sid=1"),
        ("omit", API, ""),
        ("same-origin", API, ""),
        ("include", API, "sid=1"),
    ],
)
def test_credentials_say_whether_cookies_go_along_and_are_taken(credentials, url, cookies):
    server = answers({**TO_SHOP, "Set-Cookie": "new=1; SameSite=None; Secure"})
    fetched = fetch(Request("GET", url, credentials=credentials), server)
    assert fetched.readable and fetched.cookies == cookies
    assert (len(fetched.jar) > len(JAR)) == bool(cookies)


# --- an independent CORS check, straight from the prose ---


def naive_check(origin: str, credentials: bool, response: Response) -> bool:
    allowed = [v for n, v in response.headers.items_ if n.lower() == "access-control-allow-origin"]
    if not allowed:
        return False
    value = ", ".join(allowed)
    if not credentials and value == "*":
        return True
    if value != origin:
        return False
    if not credentials:
        return True
    said = [
        v for n, v in response.headers.items_ if n.lower() == "access-control-allow-credentials"
    ]
    return ", ".join(said) == "true"


def star_for_all(origin, credentials, response):
    star = response.headers.get("access-control-allow-origin") == "*"
    return star or naive_check(origin, credentials, response)


def without_credentials(origin, credentials, response):
    return naive_check(origin, False, response)


def first_value(origin, credentials, response):
    lines = response.headers.values_of("access-control-allow-origin")[:1]
    one = response.headers.without("access-control-allow-origin")
    for line in lines:
        one = one.having("access-control-allow-origin", line)
    return naive_check(origin, credentials, response.but(headers=one))


def any_case(origin, credentials, response):
    lower = [(name, value.lower()) for name, value in response.headers.items_]
    return naive_check(origin, credentials, response.but(headers=Headers(lower)))


def beginning(origin, credentials, response):
    allowed = response.headers.get("access-control-allow-origin", "")
    return allowed.startswith(origin) or naive_check(origin, credentials, response)


def null_is_nobody(origin, credentials, response):
    return origin != "null" and naive_check(origin, credentials, response)


def ok_only(origin, credentials, response):
    return response.is_ok and naive_check(origin, credentials, response)


WRONG_CHECKS = [
    star_for_all,
    without_credentials,
    first_value,
    any_case,
    beginning,
    null_is_nobody,
    ok_only,
]

ALLOWED = [SHOP, SHOP, "*", "null", f"{SHOP}/", SHOP.upper(), EVIL, f"{SHOP}:443", "* ", "", "x"]
TRUE = ["true", "true", "TRUE", "True", "false", "", " true ", "1", "true, true"]


def random_responses(chance: random.Random):
    headers = [
        ("Access-Control-Allow-Origin", chance.choice(ALLOWED))
        for _ in range(chance.choice([0, 1, 1, 1, 1, 1, 2]))
    ]
    headers += [
        ("access-control-allow-CREDENTIALS", chance.choice(TRUE))
        for _ in range(chance.choice([0, 1, 1, 1, 2]))
    ]
    return Response(chance.choice([200, 200, 404, 500]), headers)


def random_checks():
    chance = random.Random(2014)
    for _ in range(5000):
        yield chance.choice([SHOP, SHOP, "null"]), chance.random() < 0.5, random_responses(chance)


def test_the_cors_check_agrees_with_the_standards_prose():
    passed = 0
    for each in random_checks():
        assert (cors.cors_check(*each) is None) == naive_check(*each), each
        passed += naive_check(*each)
    assert passed > 500


@pytest.mark.parametrize("wrong", WRONG_CHECKS)
def test_a_wrong_cors_check_would_not_agree(wrong):
    assert any(wrong(*each) != naive_check(*each) for each in random_checks())


# --- an independent need for a preflight ---


def naive_unsafe(name: str, value: str) -> bool:
    if len(value) > 128:
        return True
    bad = any((ord(c) < 32 and c != "\t") or c in '"():<>?@[\\]{}\x7f' for c in value)
    match name.lower():
        case "accept":
            return bad
        case "accept-language" | "content-language":
            return any(not (c.isascii() and c.isalnum()) and c not in " *,-.;=" for c in value)
        case "content-type":
            essence = value.split(";")[0].strip().lower()
            forms = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]
            return bad or essence not in forms
    return True


def naive_need(method: str, headers: list[tuple[str, str]]) -> list[str] | None:
    """The names to ask for, ``None`` if nothing need be asked."""
    names = {n.lower() for n, v in headers if naive_unsafe(n, v)}
    safe = [(n, v) for n, v in headers if not naive_unsafe(n, v)]
    if sum(len(v) for _, v in safe) > 1024:
        names |= {n.lower() for n, _ in safe}
    return sorted(names) if names or method not in ("GET", "HEAD", "POST") else None


def any_text_type(method, headers):
    return naive_need(method, [h for h in headers if not h[1].startswith("text/")])


def without_the_sum(method, headers):
    names = sorted({n.lower() for n, v in headers if naive_unsafe(n, v)})
    return names if names or method not in ("GET", "HEAD", "POST") else None


def without_the_length(method, headers):
    return naive_need(method, [(n, v[:128]) for n, v in headers])


def headers_only(method, headers):
    return naive_need("GET", headers)


def post_too(method, headers):
    return naive_need("PUT" if method == "POST" else method, headers)


def as_written(method, headers):
    names = naive_need(method, headers)
    return names and sorted({n for n, _ in headers if n.lower() in names})


WRONG_NEEDS = [
    any_text_type,
    without_the_sum,
    without_the_length,
    headers_only,
    post_too,
    as_written,
]

METHODS = ["GET", "HEAD", "POST", "POST", "PUT", "DELETE", "PATCH", "patch", "OPTIONS"]
SCRIPT_HEADERS = [
    ("Content-Type", "text/plain"),
    ("content-type", "TEXT/PLAIN; charset=utf-8"),
    ("Content-Type", "application/json"),
    ("Content-Type", "text/html"),
    ("Content-Type", "multipart/form-data; boundary=(x)"),
    ("Accept", "application/json"),
    ("Accept", "a" * 128),
    ("Accept", "a" * 129),
    ("Accept", '"'),
    ("Accept-Language", "de-CH, *;q=0.5"),
    ("Accept-Language", "d_e"),
    ("Content-Language", "a" * 128),
    ("Authorization", "Basic x"),
    ("X-Custom", "1"),
    ("x-a", "2"),
]


def random_requests():
    chance = random.Random(2009)
    for _ in range(4000):
        many = chance.choice([0, 0, 1, 1, 2, 3])
        headers = chance.choices(SCRIPT_HEADERS, k=many)
        if chance.random() < 0.1:
            headers = [("Accept", "a" * 128), ("Content-Language", "b" * 128)] * 5
        yield chance.choice(METHODS), headers


def test_the_need_for_a_preflight_agrees_with_the_standards_prose():
    for method, headers in random_requests():
        request, names = Request(method, API, headers), naive_need(method, headers)
        assert cors.needs_preflight(request) == (names is not None), request
        if names is not None:
            asked = cors.preflight_for(request).headers
            assert asked["access-control-request-method"] == method
            assert asked.get("access-control-request-headers", "") == ",".join(names)


@pytest.mark.parametrize("wrong", WRONG_NEEDS)
def test_a_wrong_need_for_a_preflight_would_not_agree(wrong):
    assert any(wrong(*each) != naive_need(*each) for each in random_requests())


# --- preflights ---


def test_a_preflight_asks_without_cookies_and_before_anything_is_sent():
    request = Request("PUT", f"{API}/data", {"X-B": "1", "x-a": "1"}, "body", credentials="include")
    fetched = fetch(request, answers())
    assert not fetched and not fetched.sent
    question = fetched.preflight.request
    assert (question.method, question.url, question.body) == ("OPTIONS", f"{API}/data", None)
    assert question.headers["origin"] == SHOP and question.headers["accept"] == "*/*"
    assert question.headers["access-control-request-method"] == "PUT"
    assert question.headers["access-control-request-headers"] == "x-a,x-b"
    assert "cookie" not in question.headers and "x-a" not in question.headers
    assert question.headers["referer"] == f"{SHOP}/"


def test_a_preflight_sets_no_cookie():
    fetched = fetch(Request("PUT", API), answers({**TO_SHOP, "Set-Cookie": "new=1"}))
    assert fetched.readable and fetched.jar == JAR


@pytest.mark.parametrize(
    ("method", "headers", "credentials", "allow", "goes"),
    [
        ("PUT", {}, "omit", {}, False),
        ("PUT", {}, "omit", {"Methods": "PUT"}, True),
        ("PUT", {}, "omit", {"Methods": "put"}, False),
        ("patch", {}, "omit", {"Methods": "PATCH"}, False),
        ("PUT", {}, "omit", {"Methods": "GET,,PUT"}, True),
        ("PUT", {}, "omit", {"Methods": "GET PUT"}, False),
        ("PUT", {}, "omit", {"Methods": "PUT, (x)"}, False),
        ("PUT", {}, "omit", {"Methods": "*"}, True),
        ("PUT", {}, "include", {"Methods": "*"}, False),
        ("*", {}, "include", {"Methods": "*"}, True),
        ("POST", {"X-A": "1"}, "omit", {}, False),
        ("POST", {"X-A": "1"}, "omit", {"Headers": "X-a"}, True),
        ("POST", {"X-A": "1"}, "omit", {"Headers": "x-a", "Methods": "(x)"}, False),
        ("POST", {"X-A": "1"}, "omit", {"Headers": "*"}, True),
        ("POST", {"X-A": "1"}, "include", {"Headers": "*"}, False),
        ("POST", {"X-A": "1", "X-B": "1"}, "omit", {"Headers": "x-a"}, False),
        ("POST", {"Authorization": "1"}, "omit", {"Headers": "*"}, False),
        ("POST", {"Authorization": "1"}, "omit", {"Headers": "*, AUTHORIZATION"}, True),
        ("POST", {"Content-Type": "application/json"}, "omit", {"Headers": "content-type"}, True),
    ],
)
def test_a_server_allows_methods_and_headers(method, headers, credentials, allow, goes):
    said = {f"Access-Control-Allow-{name}": value for name, value in allow.items()}
    allowed = {"Access-Control-Allow-Origin": SHOP, "Access-Control-Allow-Credentials": "true"}
    request = Request(method, API, headers, credentials=credentials)
    fetched = fetch(request, answers(allowed | said))
    assert fetched.sent is fetched.readable is goes and fetched.preflight
    assert fetched.reason


@pytest.mark.parametrize("status", [100, 199, 300, 302, 304, 400, 404, 500])
def test_a_preflight_must_succeed(status):
    def server(request):
        return Response(status if request.method == "OPTIONS" else 200, TO_SHOP)

    assert not fetch(Request("PUT", API), server).sent


@pytest.mark.parametrize("status", [204, 299])
def test_any_status_of_success_will_do_for_a_preflight(status):
    assert fetch(Request("PUT", API), answers(TO_SHOP, status)).readable


def test_the_answer_itself_is_checked_after_a_preflight():
    def server(request):
        return Response(200, TO_SHOP if request.method == "OPTIONS" else {})

    fetched = fetch(Request("PUT", API), server)
    assert fetched.sent and not fetched and not fetched.readable


names = st.lists(st.sampled_from(["GET", "PUT", "PATCH", "*", "DELETE", "x"]), max_size=4)
requests = st.builds(
    lambda method, headers, credentials, path: Request(
        method, f"{API}{path}", headers, credentials=credentials
    ),
    st.sampled_from(METHODS),
    st.lists(st.sampled_from(SCRIPT_HEADERS), max_size=3),
    st.sampled_from(["omit", "same-origin", "include"]),
    st.sampled_from(["/", "/x?y"]),
)
origins = st.sampled_from([SHOP, "*", "null", EVIL])


def allowing(origin, methods, headers, exposed=()):
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": ", ".join(headers),
        "Access-Control-Expose-Headers": ", ".join(exposed),
    }


@given(requests, origins, names, names, st.sampled_from(["PUT", "PATCH", "*", "x-a", "X-Custom"]))
def test_one_allowed_name_more_never_makes_an_answer_unreadable(
    request, origin, methods, headers, more
):
    before = fetch(request, answers(allowing(origin, methods, headers))).readable
    for wider in (
        allowing(origin, [*methods, more], headers),
        allowing(origin, methods, [*headers, more]),
    ):
        assert not before or fetch(request, answers(wider)).readable


@given(requests, origins, names, names)
def test_an_older_rule_reads_less_and_no_rule_reads_all(request, origin, methods, headers):
    server = answers(allowing(origin, methods, headers))
    read = [
        fetch(request, server, cors=rule).readable
        for rule in ("same origin only", "Fetch standard", "no check")
    ]
    assert read == sorted(read) and read[2] and not read[0]


@given(requests, origins, names, names)
def test_what_is_read_from_elsewhere_was_opened_to_the_page_or_to_all(
    request, origin, methods, headers
):
    fetched = fetch(request, answers(allowing(origin, methods, headers)))
    if fetched.readable:
        assert origin == SHOP or (origin == "*" and request.credentials != "include")
        assert bool(fetched) and fetched.sent
    assert bool(fetched.preflight) == (
        naive_need(request.method, list(request.headers.items_)) is not None
    )
    assert str(fetched) and fetched.reason


# --- preflights remembered ---


def put(url=f"{API}/data", method="PUT", headers=(), credentials="omit"):
    return Request(method, url, headers, credentials=credentials)


@pytest.mark.parametrize(
    ("again", "asked"),
    [
        (put(), False),
        (put(method="PATCH"), False),
        (put(headers={"X-A": "1"}), False),
        (put(method="POST", headers={"x-A": "2"}), False),
        (put(method="DELETE"), True),
        (put(headers={"X-B": "1"}), True),
        (put(url=f"{API}/other"), True),
        (put(url=f"{API}/data?x"), True),
        (put(credentials="include"), True),
        (put(credentials="same-origin"), False),
    ],
)
def test_a_preflight_is_remembered_for_its_url_methods_and_headers(again, asked):
    first = fetch(put(), answers(TO_SHOP))
    second = fetch(again, answers(TO_SHOP), remembered=first.remembered)
    assert (second.preflight is not None) is asked


def test_a_preflight_with_credentials_is_remembered_for_those_without_too():
    first = fetch(put(credentials="include"), answers(TO_SHOP))
    for credentials in ("include", "omit"):
        again = fetch(put(credentials=credentials), answers(TO_SHOP), remembered=first.remembered)
        assert not again.preflight


def test_a_preflight_is_remembered_for_its_origin_and_its_window():
    first = fetch(put(), answers(TO_SHOP | OPEN))
    assert fetch(put(), answers(TO_SHOP | OPEN), f"{EVIL}/", remembered=first.remembered).preflight
    inside = Browser.of(window(f"{EVIL}/", frame(PAGE, label="shop")))
    again = Policies().fetches(inside, "shop", put(), answers(TO_SHOP), JAR, first.remembered)
    assert again.preflight


@pytest.mark.parametrize(
    ("age", "kept"),
    [
        *((None, True), ("5", True), ("0", False), ("00", False), ("-1", True), ("x", True)),
        *(("", True), ("9" * 10_000, True), ("²", True), ("0, 0", True)),
    ],
)
def test_a_preflight_is_remembered_unless_max_age_is_zero(age, kept):
    headers = TO_SHOP if age is None else TO_SHOP | {"Access-Control-Max-Age": age}
    first = fetch(put(), answers(headers))
    assert first.readable and bool(first.remembered) is kept


def test_a_star_is_remembered_for_all_but_authorization():
    star = OPEN | {"Access-Control-Allow-Methods": "*", "Access-Control-Allow-Headers": "*"}
    first = fetch(put(), answers(star))
    for method, headers in (("DELETE", {}), ("PUT", {"X-Any": "1"})):
        again = fetch(put(method=method, headers=headers), answers(), remembered=first.remembered)
        assert not again.preflight and again.sent
    secret = put(headers={"Authorization": "x"})
    assert fetch(secret, answers(star), remembered=first.remembered).preflight


def test_a_refused_preflight_is_not_remembered():
    assert fetch(put(), answers(OPEN)).remembered == ()


# --- which headers of the answer may be read ---

SAFE = ["Cache-Control", "Content-Language", "Content-Length", "Content-Type", "Expires"]
SAFE += ["Last-Modified", "Pragma"]


@pytest.mark.parametrize(
    ("exposed", "credentials", "readable"),
    [
        (None, "omit", set()),
        ("X-A", "omit", {"x-a"}),
        ("x-a,, X-B ", "omit", {"x-a", "x-b"}),
        ("x-a, (x)", "omit", set()),
        ("Set-Cookie, set-cookie2", "omit", set()),
        ("*", "omit", {"x-a", "x-b", "authorization", "access-control-allow-origin"}),
        ("*", "include", set()),
        ("*, x-a", "include", {"x-a"}),
    ],
)
def test_a_server_exposes_headers(exposed, credentials, readable):
    headers = dict.fromkeys([*SAFE, "X-A", "X-B", "Authorization", "Set-Cookie"], "1")
    headers["Access-Control-Allow-Origin"] = SHOP
    if credentials == "include":
        headers["Access-Control-Allow-Credentials"] = "true"
    if exposed is not None:
        headers["Access-Control-Expose-Headers"] = exposed
    fetched = fetch(Request("GET", API, credentials=credentials), answers(headers))
    expected = readable | {name.lower() for name in SAFE}
    if exposed == "*" and credentials == "omit":
        expected |= {"access-control-expose-headers"}
    assert set(fetched.headers) == expected


@given(names, st.sampled_from(["x-a", "*", "Set-Cookie", "etag"]))
def test_one_exposed_name_more_never_hides_a_header(exposed, more):
    said = {"X-A": "1", "ETag": "1", "Content-Type": "x/y", "Set-Cookie": "a=b"}
    few = fetch(Request("GET", API), answers(said | allowing(SHOP, [], [], exposed)))
    many = fetch(Request("GET", API), answers(said | allowing(SHOP, [], [], [*exposed, more])))
    assert set(few.headers) <= set(many.headers) and "set-cookie" not in many.headers


# --- redirects ---


@pytest.mark.parametrize(
    ("status", "method", "becomes"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (301, "PUT", "PUT"),
        (302, "PUT", "PUT"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (303, "GET", "GET"),
    ],
)
def test_what_becomes_of_the_method_of_a_redirected_request(status, method, becomes):
    body = None if method in ("GET", "HEAD") else "body"
    headers = {"Content-Type": "text/plain", "Accept": "x/y"}
    request = Request(method, f"{SHOP}/hop", headers, body)
    sent = fetch(request, redirects("/next", status)).exchanges[-1].request
    assert sent.method == becomes and sent.url == f"{SHOP}/next"
    kept = becomes == method
    assert sent.body == (body if kept else None)
    assert ("content-type" in sent.headers) is kept and "accept" in sent.headers


@pytest.mark.parametrize("status", [300, 304, 305, 306, 200])
def test_other_statuses_do_not_redirect(status):
    assert len(fetch(Request("GET", f"{SHOP}/hop"), redirects("/next", status)).exchanges) == 1


def test_a_redirect_to_nowhere_is_an_answer():
    fetched = fetch(Request("GET", f"{SHOP}/hop"), answers((), 302))
    assert fetched.readable and fetched.response.status == 302


@pytest.mark.parametrize("to", ["https://", "data:,x", "javascript:1", "file:///x", "http://a b/"])
def test_a_redirect_leads_to_http_or_fails(to):
    assert not fetch(Request("GET", f"{SHOP}/hop"), redirects(to))


def test_a_redirect_mode_may_forbid_or_close_redirects():
    assert not fetch(Request("GET", f"{SHOP}/hop", redirect="error"), redirects("/next"))
    manual = fetch(Request("GET", f"{SHOP}/hop", redirect="manual"), redirects("/next"))
    assert manual and not manual.readable and manual.headers == () and len(manual.exchanges) == 1
    closed = Request("GET", f"{API}/", mode="no-cors", redirect="manual")
    assert not fetch(closed).sent


def test_twenty_redirects_are_followed_and_no_more():
    def server(request):
        left = int(request.path[1:])
        return Response(302, {"Location": f"/{left - 1}"}) if left else Response(200)

    assert MOST_REDIRECTS == 20
    assert fetch(Request("GET", f"{SHOP}/20"), server).readable
    assert not fetch(Request("GET", f"{SHOP}/21"), server)


def test_a_redirect_itself_must_pass_the_cors_check():
    def server(request):
        return Response(302, {"Location": f"{API}/open"}) if request.path == "/hop" else opened

    opened = Response(200, OPEN)
    assert not fetch(Request("GET", f"{API}/hop"), server)
    assert fetch(Request("GET", f"{SHOP}/hop"), server).readable


def test_a_detour_over_another_origin_makes_the_origin_null():
    to_shop = fetch(Request("GET", f"{SHOP}/hop"), redirects(f"{API}/x"))
    assert last(to_shop)["origin"] == SHOP
    on = fetch(Request("GET", f"{API}/hop"), redirects(f"{EVIL}/x"))
    assert last(on)["origin"] == "null" and on.readable
    back = fetch(Request("GET", f"{API}/hop"), redirects(f"{SHOP}/x"))
    assert last(back)["origin"] == "null"
    assert not fetch(Request("GET", f"{API}/hop"), redirects(f"{SHOP}/x", then={"x": "y"}))
    within = fetch(Request("GET", f"{API}/hop"), redirects(f"{API}/x"))
    assert last(within)["origin"] == SHOP


def test_after_a_detour_cookies_of_the_own_origin_stay_behind():
    assert fetch(Request("GET", f"{API}/hop"), redirects(f"{SHOP}/x")).cookies == ""
    assert fetch(Request("GET", f"{SHOP}/hop"), redirects(f"{SHOP}/x")).cookies == "sid=1"


def test_mode_same_origin_follows_no_redirect_elsewhere():
    request = Request("GET", f"{SHOP}/hop", mode="same-origin")
    assert not fetch(request, redirects(f"{API}/x"))
    assert fetch(request, redirects("/x")).readable


def test_a_redirected_request_is_preflighted_where_it_goes():
    server = redirects(f"{API}/x", 307, then=TO_SHOP)
    fetched = fetch(Request("PUT", f"{SHOP}/hop"), server)
    assert fetched.readable and fetched.preflight.request.url == f"{API}/x"
    assert not fetch(Request("PUT", f"{SHOP}/hop"), redirects(f"{API}/x", 307))


def test_authorization_does_not_follow_to_another_origin():
    request = Request("GET", f"{SHOP}/hop", {"Authorization": "x", "X-A": "1"})
    elsewhere = fetch(request, redirects(f"{API}/x", then=TO_SHOP))
    assert "authorization" not in last(elsewhere) and last(elsewhere)["x-a"] == "1"
    assert "authorization" in last(fetch(request, redirects("/x")))


def test_with_cors_no_redirect_leads_to_a_password_elsewhere():
    for start in (SHOP, API):
        assert not fetch(
            Request("GET", f"{start}/hop"), redirects("https://me:pw@api.example/x", then=TO_SHOP)
        )
    own = "https://me:pw@shop.example/x"
    assert fetch(Request("GET", f"{SHOP}/hop"), redirects(own))


def test_no_redirect_from_elsewhere_leads_to_a_password_of_the_page():
    own = "https://me:pw@shop.example/x"
    null = {"Access-Control-Allow-Origin": "null"}
    assert not fetch(Request("GET", f"{API}/hop"), redirects(own, then=null))


def test_two_locations_are_none():
    def server(request):
        two = [("Location", "/a"), ("Location", "/b")]
        return Response(302, two) if request.path == "/hop" else Response(200)

    assert not fetch(Request("GET", f"{SHOP}/hop"), server)


def test_a_fragment_stays_where_the_redirect_names_none():
    assert fetch(Request("GET", f"{SHOP}/hop#a"), redirects("/x")).url == f"{SHOP}/x#a"
    assert fetch(Request("GET", f"{SHOP}/hop#a"), redirects("/x#b")).url == f"{SHOP}/x#b"


# --- an independent fetch, straight from the prose ---


class Told(NamedTuple):
    sent: list[tuple[str, str, str | None, bool]]
    kind: str  # the response's type
    names: set[str]


class NetworkError(Exception):
    pass


class NaiveFetch:
    """Main fetch, HTTP fetch, CORS-preflight fetch and HTTP-redirect fetch for a page of SHOP."""

    def __init__(self, request: Request, answer):
        self.method, self.headers = request.method, list(request.headers.items_)
        self.mode, self.credentials = request.mode, request.credentials
        self.redirect, self.answer = request.redirect, answer
        self.urls, self.tainting, self.sent = [request.url], "basic", []

    def told(self) -> Told:
        try:
            kind, headers = self.main_fetch()
        except NetworkError:
            return Told(self.sent, "error", set())
        names = {name.lower() for name, _ in headers} - {"set-cookie", "set-cookie2"}
        if kind in ("opaque", "opaqueredirect"):
            names = set()
        if kind == "cors":
            said = [v for n, v in headers if n.lower() == "access-control-expose-headers"]
            exposed = {each.strip().lower() for each in ",".join(said).split(",")}
            if not ("*" in exposed and self.credentials != "include"):
                names &= exposed | {name.lower() for name in SAFE}
        return Told(self.sent, kind, names)

    @staticmethod
    def origin_of(url):
        return "/".join(url.split("/")[:3])

    def serialized_origin(self):
        last_url = None
        for url in self.urls:
            if last_url is None:
                last_url = url
                continue
            other = self.origin_of(url) != self.origin_of(last_url)
            if other and self.origin_of(last_url) != SHOP:
                return "null"
            last_url = url
        return SHOP

    def main_fetch(self):
        url = self.urls[-1]
        preflight = False
        if self.origin_of(url) == SHOP and self.tainting == "basic":
            pass
        elif self.mode == "same-origin":
            raise NetworkError
        elif self.mode == "no-cors":
            if self.redirect != "follow":
                raise NetworkError
            self.tainting = "opaque"
        else:
            self.tainting = "cors"
            preflight = naive_need(self.method, self.headers) is not None
        return self.http_fetch(preflight)

    def http_fetch(self, preflight):
        url = self.urls[-1]
        if preflight:
            self.preflight(url)
        include = self.credentials == "include"
        cookies = include or (self.credentials == "same-origin" and self.tainting == "basic")
        with_origin = self.tainting == "cors" or self.method not in ("GET", "HEAD")
        origin = self.serialized_origin() if with_origin else None
        self.sent.append((self.method, url, origin, cookies))
        response = self.answer(self.method, url)
        if self.tainting == "cors" and not naive_check(self.serialized_origin(), include, response):
            raise NetworkError
        if response.status in (301, 302, 303, 307, 308):
            if self.redirect == "error":
                raise NetworkError
            if self.redirect == "manual":
                return "opaqueredirect", []
            return self.redirected(response)
        return self.tainting, response.headers.items_

    def preflight(self, url):
        self.sent.append(("OPTIONS", url, self.serialized_origin(), False))
        response = self.answer("OPTIONS", url)
        include = self.credentials == "include"
        if not naive_check(self.serialized_origin(), include, response):
            raise NetworkError
        if not 200 <= response.status <= 299:
            raise NetworkError
        methods, headers = (
            [each.strip() for each in response.headers.get(name, "").split(",")]
            for name in ("access-control-allow-methods", "access-control-allow-headers")
        )
        safe = self.method in ("GET", "HEAD", "POST")
        if self.method not in methods and not safe and (include or "*" not in methods):
            raise NetworkError
        for name in naive_need(self.method, self.headers):
            listed = name in [each.lower() for each in headers]
            if not listed and (name == "authorization" or include or "*" not in headers):
                raise NetworkError

    def redirected(self, response):
        location = response.headers.get("location")
        if location is None:
            return self.tainting, response.headers.items_
        if len(self.urls) == 21:
            raise NetworkError
        if (response.status in (301, 302) and self.method == "POST") or (
            response.status == 303 and self.method not in ("GET", "HEAD")
        ):
            self.method = "GET"
            gone = ("content-type", "content-language", "content-encoding", "content-location")
            self.headers = [each for each in self.headers if each[0].lower() not in gone]
        if self.origin_of(self.urls[-1]) != self.origin_of(location):
            self.headers = [each for each in self.headers if each[0].lower() != "authorization"]
        self.urls.append(location)
        return self.main_fetch()


def random_answer(chance: random.Random) -> Response:
    headers = [("X-A", "1"), ("Content-Type", "x/y"), ("Set-Cookie", "new=1")]
    origin = chance.choice([SHOP, SHOP, "*", "*", "null", EVIL, None])
    if origin is not None:
        headers.append(("Access-Control-Allow-Origin", origin))
    if chance.random() < 0.6:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    for name, words in (
        ("Methods", ["PUT", "*", "PATCH, DELETE", "PUT, PATCH, patch, DELETE, OPTIONS"]),
        ("Headers", ["*", "x-a", "Authorization, *", "content-type, X-CUSTOM, x-a, accept"]),
    ):
        if chance.random() < 0.8:
            headers.append((f"Access-Control-Allow-{name}", chance.choice(words)))
    if chance.random() < 0.6:
        exposed = chance.choice(["*", "x-a", "X-B", "set-cookie"])
        headers.append(("Access-Control-Expose-Headers", exposed))
    status = chance.choice([200, 200, 200, 204, 404, 301, 302, 303, 307, 308])
    if status in (301, 302, 303, 307, 308) and chance.random() < 0.9:
        path = chance.choice("abc")
        headers.append(("Location", f"{chance.choice([SHOP, API, EVIL])}/{path}"))
    return Response(status, headers)


def test_a_fetch_goes_the_way_of_the_standards_prose():
    chance = random.Random(2024)
    kinds = []
    for method, headers in random_requests():
        mode = chance.choice(["cors", "cors", "cors", "no-cors", "same-origin"])
        if mode == "no-cors" and (method not in ("GET", "HEAD", "POST") or headers):
            mode = "cors"
        request = Request(
            method,
            f"{chance.choice([SHOP, API])}/{chance.choice('abc')}",
            headers,
            mode=mode,
            credentials=chance.choice(["omit", "same-origin", "include"]),
            redirect=chance.choice(["follow", "follow", "follow", "error", "manual"]),
        )
        table = {}

        def answer(method, url, table=table):
            return table.setdefault((method == "OPTIONS", url), random_answer(chance))

        told = NaiveFetch(request, answer).told()
        fetched = fetch(
            request, lambda asked, table=table: table[asked.method == "OPTIONS", asked.url]
        )
        sent = [
            (each.method, each.url, each.headers.get("origin"), "cookie" in each.headers)
            for each, _, _ in fetched.exchanges
        ]
        # What was allowed once is remembered; the naive one asks again.
        if len({each[1] for each in told.sent if each[0] == "OPTIONS"}) == len(
            [each for each in told.sent if each[0] == "OPTIONS"]
        ):
            assert sent == told.sent, (request, table)
        assert bool(fetched) == (told.kind != "error"), (request, table)
        assert fetched.readable == (told.kind in ("basic", "cors")), (request, table)
        assert set(fetched.headers) == told.names, (request, table)
        kinds.append(told.kind)
    for kind in ("basic", "cors", "opaque", "opaqueredirect", "error"):
        assert kinds.count(kind) > 30, kind


# --- what is sent along ---


@pytest.mark.parametrize(
    ("page", "url", "referer"),
    [
        (f"{SHOP}/cart?x=1#top", f"{SHOP}/data", f"{SHOP}/cart?x=1"),
        (f"{SHOP}/cart", f"{API}/data", f"{SHOP}/"),
        (f"{SHOP}:8443/cart", f"{SHOP}/", f"{SHOP}:8443/"),
        (f"{SHOP}/cart", "http://shop.example/", None),
        (f"{SHOP}/cart", "http://localhost/", f"{SHOP}/"),
        ("http://shop.example/cart", "http://api.example/", "http://shop.example/"),
        ("http://shop.example/cart", f"{API}/", "http://shop.example/"),
        ("http://localhost/cart", "http://api.example/", None),
        ("data:text/html,x", f"{API}/", None),
        ("about:blank", f"{API}/", None),
    ],
)
def test_the_referer_is_the_page_for_its_own_origin_and_the_origin_for_others(page, url, referer):
    for request in (Request("GET", url), Request.image(url)):
        assert last(fetch(request, page=page)).get("referer") == referer


def test_the_referer_of_a_redirect_is_for_where_it_goes():
    fetched = fetch(Request("GET", f"{SHOP}/hop"), redirects(f"{API}/x"))
    assert [each.request.headers["referer"] for each in fetched.exchanges] == [
        f"{SHOP}/cart?x=1",
        f"{SHOP}/",
    ]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
@pytest.mark.parametrize("url", [SHOP, API])
def test_the_origin_goes_along_with_cors_and_with_what_changes_something(method, url):
    fetched = fetch(Request(method, url), answers(TO_SHOP))
    own = url == SHOP
    expected = None if own and method in ("GET", "HEAD") else SHOP
    assert last(fetched).get("origin") == expected


def test_a_form_names_the_origin_and_an_image_does_not():
    assert last(fetch(Request.form("POST", API)))["origin"] == SHOP
    assert "origin" not in last(fetch(Request.form("GET", API)))
    assert "origin" not in last(fetch(Request.image(API)))


def test_a_form_of_a_page_over_tls_does_not_name_it_to_a_server_without():
    assert last(fetch(Request.form("POST", "http://api.example/")))["origin"] == "null"
    assert last(fetch(Request("POST", "http://api.example/")))["origin"] == SHOP


@pytest.mark.parametrize(
    ("page", "urls", "site"),
    [
        (SHOP, [SHOP], "same-origin"),
        (SHOP, ["https://www.shop.example"], "same-site"),
        (SHOP, ["https://shop.example:8443"], "same-site"),
        (SHOP, [EVIL], "cross-site"),
        ("http://shop.example", [SHOP], "cross-site"),
        ("https://a.github.io", ["https://b.github.io"], "cross-site"),
        ("data:,x", [SHOP], "cross-site"),
        (SHOP, [EVIL, SHOP], "cross-site"),
        (SHOP, [SHOP, EVIL], "cross-site"),
        (SHOP, ["https://www.shop.example", SHOP], "same-site"),
        (SHOP, [SHOP, SHOP], "same-origin"),
    ],
)
def test_sec_fetch_site_says_how_far_the_page_is_redirects_included(page, urls, site):
    first, *rest = urls
    server = redirects(f"{rest[0]}/x") if rest else answers()
    for request in (Request.image(f"{first}/hop"), Request("GET", f"{first}/hop")):
        assert last(fetch(request, server, page=page))["sec-fetch-site"] == site


def test_sec_fetch_mode_and_dest_say_what_asks():
    for request, mode, dest in (
        (Request("GET", API), "cors", "empty"),
        (Request("GET", SHOP, mode="same-origin"), "same-origin", "empty"),
        (Request.script(API), "no-cors", "script"),
        (Request.form("POST", API), "navigate", "document"),
        (Request.form("GET", API, destination="iframe"), "navigate", "iframe"),
    ):
        headers = last(fetch(request))
        assert (headers["sec-fetch-mode"], headers["sec-fetch-dest"]) == (mode, dest)


def test_fetch_metadata_is_for_trustworthy_urls_only():
    headers = last(fetch(Request.image("http://api.example/")))
    assert not any(name.startswith("sec-") for name in headers)
    assert "sec-fetch-site" in last(fetch(Request.image("http://localhost/")))


def test_what_the_user_asks_for_comes_of_nobody():
    asked = Request("GET", SHOP, mode="navigate", credentials="include", destination="document")
    fetched = Policies().fetched(Asking(None), asked, answers(), JAR)
    headers = last(fetched)
    assert headers["sec-fetch-site"] == "none" and fetched.cookies == "sid=1"
    assert "origin" not in headers and "referer" not in headers


def test_a_preflight_carries_fetch_metadata_too():
    question = fetch(Request("PUT", API)).preflight.request.headers
    assert question.get("sec-fetch-site") == "cross-site"
    assert question.get("sec-fetch-mode") == "cors"


def test_the_referer_holds_no_password():
    fetched = fetch(Request("GET", f"{SHOP}/data"), page="https://me:secret@shop.example/cart")
    assert last(fetched)["referer"] == f"{SHOP}/cart"


def test_a_page_of_an_opaque_origin_sends_no_referer():
    browser = Browser.of(
        window(f"{SHOP}/", frame(f"{SHOP}/in", sandbox="allow-scripts", label="in"))
    )
    fetched = Policies().fetches(browser, "in", Request("GET", API), answers(OPEN))
    assert "referer" not in last(fetched)


def test_a_blob_is_asked_of_no_server():
    assert not fetch(Request("GET", f"blob:{SHOP}/0123")).exchanges


def test_what_is_remembered_is_remembered_once():
    first = fetch(put(), answers(TO_SHOP))
    again = fetch(
        put(headers={"X-B": "1"}),
        answers(TO_SHOP | {"Access-Control-Allow-Headers": "x-a, x-b"}),
        remembered=first.remembered,
    )
    assert len(set(again.remembered)) == len(again.remembered)


# --- readers' mistakes ---


async def asynchronous(request):
    return Response()


@pytest.mark.parametrize(
    ("server", "says"),
    [
        (lambda request: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda request: None, "answered None"),
        (lambda request: {"status": 200}, "answered {'status': 200}"),
        (lambda request: "hello", "answered 'hello'"),
        (lambda request: Response, "answered <class"),
        (lambda: Response(), "TypeError"),
        (asynchronous, "'asynchronous'"),
        (None, "NoneType"),
        ("https://api.example", "'str' object is not callable"),
        (Response(), "not callable"),
    ],
)
@pytest.mark.filterwarnings("ignore:coroutine")
def test_a_readers_broken_server_is_named(server, says):
    for request in (Request("GET", API), Request("PUT", API), Request.image(SHOP)):
        with pytest.raises(ServerError) as error:
            fetch(request, server)
        assert says in str(error.value)


def test_a_servers_bad_header_is_refused_as_such():
    with pytest.raises(BadHeader, match="X-Bad"):
        fetch(Request("GET", API), lambda request: Response(200, {"X-Bad": "a\nb"}))


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (lambda origin, credentials, response: 1 / 0, "ZeroDivisionError"),
        (lambda origin, credentials, response: None, "is a 'return' missing?"),
        (lambda origin, credentials, response: 5, "answered 5"),
        (lambda origin: True, "TypeError"),
    ],
)
def test_a_readers_broken_rule_is_named(rule, says):
    for request in (Request("GET", API), Request("PUT", API)):
        with pytest.raises(PolicyError) as error:
            fetch(request, cors=rule)
        assert says in str(error.value) and "<lambda>" in str(error.value)


def test_a_readers_rule_goes_wherever_a_name_goes():
    def friends(origin, credentials, response):
        return origin == SHOP or "no friend"

    assert fetch(Request("GET", API), answers(), cors=friends).readable
    refused = fetch(Request("GET", API), page=f"{EVIL}/", cors=friends)
    assert not refused and refused.reason == "no friend"


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"actor": "pge"}, UnknownName, "did you mean 'page'?"),
        ({"request": API}, WrongType, "Request('GET', url)"),
        ({"request": None}, WrongType, "None"),
        ({"jar": "sid=1"}, WrongType, "'sid=1'"),
        ({"jar": None}, WrongType, "None"),
        ({"browser": window(PAGE)}, WrongType, "make a browser first"),
        ({"remembered": None}, ReadersError, "None"),
        ({"remembered": "PUT"}, ReadersError, "PUT"),
    ],
)
def test_a_wrong_question_is_refused_by_name(change, error, says):
    asked = {
        "browser": Browser.of(window(PAGE, label="page")),
        "actor": "page",
        "request": Request("PUT", API),
        "server": answers(TO_SHOP),
    }
    with pytest.raises(error) as caught:
        Policies().fetches(**(asked | change))
    assert says in str(caught.value) and isinstance(caught.value, ReadersError)


@given(st.text(st.characters(max_codepoint=0xFF, exclude_characters="\0\r\n"), max_size=30))
def test_whatever_a_server_says_is_decided(text):
    said = ["Origin", "Credentials", "Methods", "Headers"]
    headers = [(f"Access-Control-Allow-{name}", text) for name in said]
    headers += [(name, text) for name in ("Access-Control-Max-Age", "Location", "Set-Cookie")]
    headers += [("Access-Control-Expose-Headers", text)]
    for status in (200, 302):
        for request in (put(headers={"X-A": "1"}), Request("GET", SHOP), Request.form("GET", API)):
            fetched = fetch(request, answers(headers, status))
            assert fetched.reason and str(fetched)


@pytest.mark.parametrize("text", ["a," * 500_000, "9" * 1_000_000, "/" * 1_000_000, "*" * 10**6])
def test_a_megabyte_is_decided(text):
    names = ("Access-Control-Allow-Methods", "Access-Control-Max-Age", "Set-Cookie", "Location")
    headers = [*((name, text) for name in names), *OPEN.items()]
    assert fetch(put(), answers(headers)).reason
    assert fetch(Request("GET", SHOP), answers(headers)).reason
    assert fetch(Request("GET", f"{SHOP}/hop"), redirects(text)).reason


def test_two_pages_of_one_opaque_origin_are_still_nobody():
    assert Origin.opaque(1) == Origin.opaque(1)
    fetched = Policies().fetched(Asking(Origin.opaque(1)), Request("GET", API), answers(OPEN))
    assert last(fetched)["origin"] == "null"
