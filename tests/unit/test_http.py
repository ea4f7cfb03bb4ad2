"""Headers, methods, requests and responses, against the Fetch and MIME Sniffing standards."""

import pickle
import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcore.errors import ReadersError
from labcore.http import BadHeader, BadRequest, Headers, Request, Response
from labcore.http.headers import (
    content_type,
    essence_of,
    is_forbidden,
    safe_without_cors,
    unsafe_names,
    why_unsafe,
)
from labcore.http.request import normalized_method

URL = "https://api.example/data"
MEGABYTE = 1_000_000
NO_TEXT = [None, 5, b"bytes", ["a list"], {}, 1.5, True]

tokens = st.from_regex(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}", fullmatch=True)
byte_letters = st.text(st.characters(max_codepoint=0xFF, exclude_characters="\0\r\n"), max_size=20)
anything = st.one_of(
    st.text(st.characters(), max_size=20),
    st.text(st.characters(categories=["Cs", "Cc"]), min_size=1, max_size=5),
    st.sampled_from([*NO_TEXT, ("a", "b"), object()]),
    st.binary(max_size=5),
    st.lists(st.text(max_size=3), max_size=3),
)


# --- header lists ---


def test_a_header_is_found_in_any_case_and_its_values_are_joined():
    headers = Headers([("Vary", "Origin"), ("x-a", "1"), ("VARY", "Accept")])
    assert headers["vary"] == headers["Vary"] == "Origin, Accept"
    assert list(headers) == ["vary", "x-a"] and len(headers) == 2
    assert headers.values_of("vary") == ["Origin", "Accept"]
    assert headers.get("cookie") is None and "cookie" not in headers


@given(st.lists(st.tuples(tokens, byte_letters), max_size=5))
def test_a_header_list_keeps_what_it_was_given_in_its_order(pairs):
    headers = Headers(pairs)
    assert headers.items_ == tuple((name, value.strip("\t\n\r ")) for name, value in pairs)
    assert Headers(headers) == headers == pickle.loads(pickle.dumps(headers))
    assert hash(Headers(headers.items_)) == hash(headers)
    for name, _ in pairs:
        assert headers[name.upper()] == headers[name.lower()]
        assert name not in headers.without(name.swapcase())


def test_the_whitespace_around_a_value_is_no_part_of_it():
    assert Headers({"a": "\t\r\n x y \n"})["a"] == "x y"
    assert Headers({"a": "\x0bx\x0c\xa0"})["a"] == "\x0bx\x0c\xa0"


@pytest.mark.parametrize("name", ["", "a b", "a:", "é", "a\n", "\ud800", "(x)", "a/b", *NO_TEXT])
def test_what_is_no_header_name_is_refused_by_name(name):
    with pytest.raises(BadHeader) as error:
        Headers([(name, "value")])
    assert repr(name) in str(error.value)


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0", "€", "\ud800", "a\u0100"])
def test_what_is_no_header_value_is_refused_with_the_letter_that_is_wrong(value):
    with pytest.raises(BadHeader) as error:
        Headers({"x-name": value})
    wrong = next(each for each in value if each in "\0\r\n" or each > "\xff")
    assert repr(wrong) in str(error.value) and "x-name" in str(error.value)


@pytest.mark.parametrize("value", NO_TEXT)
def test_a_header_value_is_a_text(value):
    with pytest.raises(BadHeader) as error:
        Headers([("x-name", value)])
    assert repr(value) in str(error.value)


@pytest.mark.parametrize("given", [None, 5, "text", b"ab", ["ab"], [("a", "b", "c")], [5], "ab"])
def test_headers_are_a_mapping_or_pairs(given):
    with pytest.raises(BadHeader) as error:
        Headers(given)
    assert repr(given) in str(error.value)


@given(anything, anything)
def test_any_header_is_taken_or_refused(name, value):
    try:
        headers = Headers([(name, value)])
    except BadHeader as error:
        assert len(str(error)) < 500
    else:
        assert re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", name)
        assert not re.search(r"[\0\r\n]|[^\0-\xff]", headers[name])
        assert headers[name] == headers[name].strip("\t\n\r ")


@given(anything)
def test_any_headers_are_taken_or_refused(given):
    try:
        assert isinstance(Headers(given), Headers)
    except BadHeader as error:
        assert len(str(error)) < 500


# --- what only the browser may set ---


FORBIDDEN_NAMES = [
    *("Accept-Charset", "Accept-Encoding", "Access-Control-Request-Headers"),
    *("Access-Control-Request-Method", "Connection", "Content-Length", "Cookie", "Cookie2"),
    *("Date", "DNT", "Expect", "Host", "Keep-Alive", "Origin", "Referer", "Set-Cookie", "TE"),
    *("Trailer", "Transfer-Encoding", "Upgrade", "Via", "Proxy-", "Proxy-Auth", "Sec-"),
    *("Sec-Fetch-Site", "sec-websocket-key"),
]


@pytest.mark.parametrize("name", FORBIDDEN_NAMES)
def test_some_headers_are_the_browsers_own_in_any_case(name):
    assert is_forbidden(name) and is_forbidden(name.upper()) and is_forbidden(name.lower())


@pytest.mark.parametrize(
    "name", ["Accept", "Authorization", "User-Agent", "Range", "Proxy", "Sec", "X-Origin", "Dnt-"]
)
def test_other_headers_are_a_scripts_to_set(name):
    assert not is_forbidden(name)


@pytest.mark.parametrize("name", ["X-HTTP-Method", "x-http-method-override", "X-METHOD-OVERRIDE"])
@pytest.mark.parametrize(
    ("value", "forbidden"),
    [("TRACE", True), ("get, track ", True), ("Connect", True), ("GET", False), ("TRACER", False)],
)
def test_no_header_smuggles_in_a_forbidden_method(name, value, forbidden):
    assert is_forbidden(name, value) is forbidden
    assert not is_forbidden("X-Other", value)


# --- methods ---


@pytest.mark.parametrize("method", ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"])
def test_six_methods_are_put_in_upper_case(method):
    assert normalized_method(method.lower()) == normalized_method(method.title()) == method


@pytest.mark.parametrize("method", ["patch", "PATCH", "Patch", "chicken", "geT1", "propfind"])
def test_other_methods_stay_as_they_are_written(method):
    assert normalized_method(method) == method


@pytest.mark.parametrize("method", ["CONNECT", "trace", "Track"])
def test_no_script_may_use_a_forbidden_method(method):
    with pytest.raises(BadRequest, match=method.upper()):
        Request(method, URL)


@given(anything)
def test_any_method_is_taken_or_refused_by_name(method):
    try:
        request = Request(method, URL)
    except BadRequest as error:
        upper = method.upper() if isinstance(method, str) else None
        assert repr(method)[:60] in str(error) or upper in ("CONNECT", "TRACE", "TRACK")
    else:
        assert request.method in (method, method.upper())


# --- requests and responses ---


@pytest.mark.parametrize("method", ["GET", "head"])
def test_get_and_head_have_no_body(method):
    with pytest.raises(BadRequest, match=f"{method.upper()} request has no body"):
        Request(method, URL, body="")
    assert Request("POST", URL, body="").body == ""


@pytest.mark.parametrize(
    ("field", "wrong", "hint"),
    [
        ("mode", "nocors", "did you mean 'no-cors'?"),
        ("credentials", "included", "did you mean 'include'?"),
        ("redirect", "Follow", "did you mean 'follow'?"),
        ("destination", "img", "destinations are"),
    ],
)
def test_a_wrong_field_of_a_request_is_answered_with_the_right_ones(field, wrong, hint):
    with pytest.raises(ReadersError) as error:
        Request("GET", URL, **{field: wrong})
    assert repr(wrong) in str(error.value) and hint in str(error.value)


@given(
    st.sampled_from(["method", "url", "headers", "body", "mode", "credentials", "destination"]),
    anything,
)
def test_any_request_is_taken_or_refused(field, value):
    fields = {"method": "POST", "url": URL, field: value}
    try:
        request = Request(**fields)
    except ReadersError as error:
        assert len(str(error)) < 700
    else:
        assert request == request.but() and hash(request) == hash(request.but())
        assert isinstance(request.fields, dict) and isinstance(request.cookies, dict)


@pytest.mark.parametrize("status", [0, 99, 600, -200, True, None, "200", 200.0, [200]])
def test_what_is_no_status_is_refused_by_name(status):
    with pytest.raises(BadRequest) as error:
        Response(status)
    assert repr(status) in str(error.value)


@pytest.mark.parametrize("body", [None, 5, b"bytes", ["a"]])
def test_a_body_is_a_text(body):
    with pytest.raises(BadRequest) as error:
        Response(200, {}, body)
    assert repr(body) in str(error.value)


@given(st.integers(100, 599))
def test_a_status_from_200_to_299_is_one_of_success(status):
    assert Response(status).is_ok == (200 <= status < 300)


@pytest.mark.parametrize(
    ("request_", "destination"),
    [
        (Request.image(URL), "image"),
        (Request.script(URL), "script"),
        (Request.style(URL), "style"),
        (Request.plugin(URL), "object"),
    ],
)
def test_an_element_asks_without_cors_and_with_cookies(request_, destination):
    assert (request_.method, request_.mode, request_.credentials) == ("GET", "no-cors", "include")
    assert request_.destination == destination


def test_a_form_navigates():
    form = Request.form("post", URL, {"to": "mallory & co", "sum": "100"})
    assert (form.method, form.mode, form.credentials) == ("POST", "navigate", "include")
    assert form.headers["content-type"] == "application/x-www-form-urlencoded"
    assert form.body == "to=mallory+%26+co&sum=100"


def test_a_form_sent_by_get_replaces_the_query():
    assert Request.form("GET", f"{URL}?old=1#part", {"a": "1"}).url == f"{URL}?a=1"


@pytest.mark.parametrize("method", ["PUT", "dialog", "DELETE"])
def test_no_form_is_sent_by_another_method(method):
    with pytest.raises(BadRequest, match=f"not by '{method}'"):
        Request.form(method, URL)


texts = st.text(max_size=8)


@given(st.sampled_from(["GET", "POST"]), st.dictionaries(texts, texts, max_size=4))
def test_a_server_finds_the_fields_that_a_form_has_sent(method, fields):
    assert Request.form(method, URL, fields).fields == fields


@pytest.mark.parametrize("fields", [None, 5, "a=b", b"x", ["a"]])
def test_the_fields_of_a_form_are_a_dict(fields):
    with pytest.raises(BadRequest) as error:
        Request.form("POST", URL, fields)
    assert repr(fields) in str(error.value)


@given(st.dictionaries(anything.filter(lambda x: not isinstance(x, list | dict)), anything))
def test_half_a_letter_in_a_form_is_sent_as_the_replacement_character(fields):
    sent = Request.form("POST", URL, fields).fields
    assert not any(0xD800 <= ord(letter) < 0xE000 for letter in "".join(sent.values()))
    assert Request.form("POST", URL, {"a": "\ud800"}).body == "a=%EF%BF%BD"


def test_a_server_finds_the_cookies_of_a_request():
    request = Request("GET", URL, {"Cookie": "sid=1; theme=dark=blue; sid2="})
    assert request.cookies == {"sid": "1", "theme": "dark=blue", "sid2": ""}
    assert Request("GET", URL).cookies == {}


# --- content types ---


@pytest.mark.parametrize(
    ("value", "essence"),
    [
        ("text/html", "text/html"),
        ("TEXT/Html; charset=utf-8", "text/html"),
        (" text/html ;charset", "text/html"),
        ("text/html;", "text/html"),
        ("image/svg+xml", "image/svg+xml"),
        ("*/*", "*/*"),
        ("text", None),
        ("text/", None),
        ("/html", None),
        ("text /html", None),
        ("text/ html", None),
        ("text/html/x", None),
        ("text/html x", None),
        ("tëxt/html", None),
        ("", None),
    ],
)
def test_the_essence_of_a_type_is_what_stands_before_its_parameters(value, essence):
    assert essence_of(value) == essence


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], None),
        (["text/plain;charset=gbk, text/html"], "text/html"),
        (["text/html;charset=gbk;a=b", "text/html;x=y"], "text/html"),
        (["text/html;charset=gbk", "x/x", "text/html;x=y"], "text/html"),
        (["text/html", "cannot-parse"], "text/html"),
        (["text/html", "*/*"], "text/html"),
        (["text/html", ""], "text/html"),
        (["*/*"], None),
        (['text/plain;x="a, text/html"'], "text/plain"),
        (['text/plain;x="\\", text/html"'], "text/plain"),
    ],
)
def test_of_several_types_the_last_that_is_one_counts(values, kind):
    assert content_type(Headers([("Content-Type", value) for value in values])) == kind


# --- what a form or an image could send ---


def naively_safe(name: str, value: str) -> bool:
    """The standard's "CORS-safelisted request-header", sentence by sentence."""
    data = value.encode("latin-1")
    if len(data) > 128:
        return False
    unsafe = [b for b in data if (b < 0x20 and b != 0x09) or b in b'"():<>?@[\\]{}' or b == 0x7F]
    match name.lower():
        case "accept":
            return not unsafe
        case "accept-language" | "content-language":
            alphanumeric = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
            return all(b in alphanumeric + b" *,-.;=" for b in data)
        case "content-type":
            if unsafe:
                return False
            essence = value.split(";")[0].strip("\t\n\r ").lower()
            forms = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]
            return essence in forms
        case "range":
            if not value.startswith("bytes=") or value.count("-") != 1:
                return False
            first, last = value[6:].split("-")
            if not (set(first + last) <= set("0123456789") and first):
                return False
            return last == "" or int(first) <= int(last)
    return False


def naively_unsafe_names(pairs) -> list[str]:
    unsafe, maybe, size = [], [], 0
    for name, value in pairs:
        if not naively_safe(name, value):
            unsafe.append(name)
        else:
            maybe.append(name)
            size += len(value)
    if size > 1024:
        unsafe += maybe
    return sorted({name.lower() for name in unsafe})


NAMES = ["Accept", "accept-language", "Content-Language", "content-TYPE", "Range", "X-Custom"]
VALUES = [
    *("text/plain", "TEXT/PLAIN ; charset=utf-8", "application/json", "text/plain;x=(y)"),
    *("multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/plain, x/y"),
    *("de", "de-CH, *;q=0.5", "d_e", "*/*", "a\tb", "a\x01b", "\x7f", "é", "", '"', "{", "text/"),
    *("bytes=0-10", "bytes=5-", "bytes=-5", "bytes=10-9", "bytes=0-1,3-4", "bytes= 0-1"),
    *("Bytes=0-1", "bytes=٣-", "a" * 128, "a" * 129, "text/plain;" + "a" * 117),
    *("text/plain;" + "a" * 118, "bytes=" + "0" * 121 + "-", "a" * 120),
]


def random_headers(chance: random.Random) -> list[tuple[str, str]]:
    many = chance.choice([0, 1, 1, 2, 3, 9])
    values = [each for each in VALUES if max(each, default="") <= "\xff"]
    return [(chance.choice(NAMES), chance.choice(values)) for _ in range(many)]


def test_which_headers_are_unsafe_agrees_with_the_standards_prose():
    chance = random.Random(1)
    for name in NAMES:
        for value in VALUES:
            if max(value, default="") <= "\xff":
                assert (why_unsafe(name, value) is None) == naively_safe(name, value), (name, value)
    for _ in range(3000):
        pairs = random_headers(chance)
        assert unsafe_names(Headers(pairs)) == naively_unsafe_names(pairs), pairs


@given(st.sampled_from(NAMES), byte_letters | st.from_regex(r"bytes=[0-9]*-[0-9]*", fullmatch=True))
def test_any_value_is_as_safe_as_the_standard_says(name, value):
    value = Headers({name: value})[name]
    assert (why_unsafe(name, value) is None) == naively_safe(name, value)


def test_a_script_without_cors_may_set_four_headers_and_no_range():
    assert safe_without_cors("Accept", "*/*") and safe_without_cors("content-type", "text/plain")
    assert not safe_without_cors("Range", "bytes=0-1")
    assert not safe_without_cors("Content-Type", "application/json")
    assert not safe_without_cors("X-Custom", "1")


# --- long texts ---


@pytest.mark.parametrize("letter", ['"', "\\", ",", ";", "=", " ", "a", "a/", "%", "&", "-", "9"])
def test_a_megabyte_is_read_quickly(letter):
    text = letter * (MEGABYTE // len(letter))
    start = time.perf_counter()
    headers = Headers([("Content-Type", text), ("Access-Control-Allow-Headers", text)])
    content_type(headers)
    headers.listed("access-control-allow-headers")
    for name in NAMES:
        why_unsafe(name, text)
    Request("POST", URL, headers, text).fields  # noqa: B018
    with pytest.raises(ReadersError) as error:
        Headers([(f"{text} ", "")])
    assert len(str(error.value)) < 500
    with pytest.raises(ReadersError) as error:
        Headers([("a" * MEGABYTE, "\n.\n" + text + "€")])
    assert len(str(error.value)) < 500
    assert time.perf_counter() - start < 5
