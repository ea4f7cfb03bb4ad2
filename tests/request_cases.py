"""Requests across origins: the cases on which the model meets the real browsers.

A case is a few steps on `PAGE`, one after the other. In each a script or an element asks for
something and a server answers as is said here. What comes of it is not said:
`browser/test_requests.py` asks the model and both browsers. `FRAMING_CASES` are pages with headers
that say who may frame them, for `browser/test_framing.py`. `KNOWN_DIFFERENCES` says at the end
where a browser goes its own way, and why.

Every cookie is called ``crumb…``; ports are put in by the rig, and so is a directory for each case.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from labcore.browser import Browser, frame, window
from labcore.http import Headers, Response

PORT, OTHER_PORT = 8000, 8001
A, B, XA, YA = (f"http://{host}.localhost:{PORT}" for host in ("a", "b", "x.a", "y.a"))
A2, B2 = f"http://a.localhost:{OTHER_PORT}", f"http://b.localhost:{OTHER_PORT}"
BOX = "allow-scripts allow-forms allow-popups"

PAGE = Browser.of(
    window(
        f"{A}/",
        frame(f"{B}/", frame(f"{A}/", label="a in b in a"), label="b in a"),
        frame(f"{XA}/", label="x.a in a"),
        frame(f"{A}/", label="boxed", sandbox=BOX),
        label="a",
    ),
    window(f"{B}/", frame(f"{A}/", label="a in b"), label="b"),
    window(f"{XA}/", label="x.a"),
    window(f"{YA}/", label="y.a"),
)
"""Who asks: the top of a window, a frame on another site, one back on the first, one on the same
site, one in a sandbox."""

NAVIGATIONS = ("frame", "window", "form", "form in frame")
ELEMENTS = ("image", "script", "style", "style in quirks mode")

Lines = Mapping[str, str] | Iterable[tuple[str, str]]


def opens(
    origin: str = "*", *, credentials: str = "", status: int = 200, **others: str
) -> Response:
    """An answer that CORS opens to ``origin``; other headers by name, ``_`` for ``-``."""
    return Response(status, cors_lines(origin, credentials, others), "text")


def allows(
    origin: str = "*",
    methods: str = "*",
    headers: str = "*",
    *,
    credentials: str = "",
    status: int = 204,
    **others: str,
) -> Response:
    """An answer to a preflight."""
    said = {"Access_Control_Allow_Methods": methods, "Access_Control_Allow_Headers": headers}
    said = {name: value for name, value in said.items() if value}
    return Response(status, cors_lines(origin, credentials, said | others))


def cors_lines(origin: str, credentials: str, others: Mapping[str, str]) -> Headers:
    """Header lines; none for what is empty."""
    lines = [("Access-Control-Allow-Origin", origin)] if origin else []
    if credentials:
        lines.append(("Access-Control-Allow-Credentials", credentials))
    return Headers([*lines, *((name.replace("_", "-"), value) for name, value in others.items())])


class Step(NamedTuple):
    """Who asks for what, how, and what is answered.

    ``by``: a script's ``"fetch"``, an element of `ELEMENTS`, a navigation of `NAVIGATIONS`, or what
    a script finds in ``"document.cookie"``. ``then`` are the answers at further URLs.
    """

    who: str
    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    mode: str = "cors"
    credentials: str = "same-origin"
    redirect: str = "follow"
    by: str = "fetch"
    answer: Response = opens()
    preflight: Response = allows()
    then: Mapping[str, Response] = {}
    fields: tuple[tuple[str, str], ...] = ()


class Case(NamedTuple):
    """Steps in a row; ``subject`` says what they are about."""

    subject: str
    name: str
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return self.name


CASES: list[Case] = []


def case(subject: str, name: str, *steps: Step) -> None:
    """One more case."""
    CASES.append(Case(subject, name, steps))


def asks(who: str, url: str, method: str = "GET", headers: Lines = (), **others: Any) -> Step:
    """A script's ``fetch``."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return Step(who, url, method, tuple(pairs), **others)


def element(by: str, who: str, url: str, lines: Lines = (), **others: Any) -> Step:
    """``<img src=url>`` and its like; the answer has the header ``lines``."""
    usual = {"mode": "no-cors", "credentials": "include", "answer": Response(200, lines)}
    return Step(who, url, by=by, **(usual | others))


def goes(by: str, who: str, url: str, method: str = "GET", **others: Any) -> Step:
    """A navigation."""
    return Step(who, url, method, mode="navigate", credentials="include", by=by, **others)


AT_HOME = {A: "a", A2: "a", B: "b", B2: "b", XA: "x.a", YA: "y.a"}


def sets(origin: str, *lines: str, path: str = "/sets") -> Step:
    """Cookies come with an answer that a script of their own origin asks for."""
    home = origin.replace(str(OTHER_PORT), str(PORT))
    answer = Response(200, [("Set-Cookie", line) for line in lines], "text")
    return asks(AT_HOME[origin], f"{home}{path}", answer=answer)


EACH_KIND = (
    "crumb_none=1; SameSite=None; Secure",
    "crumb_lax=1; SameSite=Lax",
    "crumb_strict=1; SameSite=Strict",
    "crumb_plain=1",
)
"""A cookie of each kind of ``SameSite``."""

# --- who asks whom ---

PAIRS = {
    "a asks a": ("a", A),
    "a asks another port of a": ("a", A2),
    "a asks its sub-domain x.a": ("a", XA),
    "x.a asks y.a": ("x.a", YA),
    "x.a asks a": ("x.a", A),
    "a asks b": ("a", B),
    "b in a asks b": ("b in a", B),
    "b in a asks a": ("b in a", A),
    "b in a asks x.a": ("b in a", XA),
    "a in b in a asks a": ("a in b in a", A),
    "a in b in a asks b": ("a in b in a", B),
    "a in b asks a": ("a in b", A),
    "x.a in a asks x.a": ("x.a in a", XA),
    "x.a in a asks a": ("x.a in a", A),
    "boxed asks a": ("boxed", A),
    "boxed asks b": ("boxed", B),
}

WAYS: dict[str, dict[str, Any]] = {
    "cors": {},
    "no-cors": {"mode": "no-cors"},
    "by POST, no-cors": {"method": "POST", "mode": "no-cors"},
}
for pair, (who, target) in PAIRS.items():
    for way, options in WAYS.items():
        case("who asks", f"{pair}, {way}", asks(who, f"{target}/x", **options))
for pair in ("a asks a", "a asks another port of a", "a asks its sub-domain x.a", "boxed asks a"):
    who, target = PAIRS[pair]
    case("who asks", f"{pair}, same-origin", asks(who, f"{target}/x", mode="same-origin"))
    case("who asks", f"{pair}, by PUT", asks(who, f"{target}/x", "PUT"))
case("who asks", "a URL with a user name", asks("a", f"{A}/x".replace("//", "//user@")))
case("who asks", "a URL with a password", asks("a", f"{B}/x".replace("//", "//:secret@")))
case("who asks", "a URL with a fragment", asks("a", f"{B}/x#fragment"))
case("who asks", "a data: URL", asks("a", "data:text/plain,text"))
case("who asks", "a data: URL without CORS", asks("a", "data:text/plain,text", mode="no-cors"))
case("who asks", "a URL that is none", asks("a", "http://"))
case("who asks", "an ftp: URL", asks("a", "ftp://a.localhost/x"))

# --- methods ---

METHODS = """HEAD POST PUT DELETE PATCH OPTIONS FOO get head post put delete options patch Patch foo
CONNECT TRACE TRACK connect Trace !#$%&'*+-.^_`|~"""
for method in METHODS.split():
    case("methods", f"the method {method} elsewhere", asks("a", f"{B}/x", method))
for method in ("", " ", "G T", "GET ", "GET\n", "G,T", "GÉT", "P@T", "PUT:"):
    case("methods", f"the method {method!r} elsewhere", asks("a", f"{B}/x", method))
for method in ("HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "FOO", "put", "patch"):
    case("methods", f"the method {method} at home", asks("a", f"{A}/x", method))
for method in ("HEAD", "POST", "post", "PUT", "OPTIONS", "PATCH", "FOO"):
    step = asks("a", f"{B}/x", method, mode="no-cors")
    case("methods", f"the method {method} without CORS", step)
case("methods", "PUT with a body", asks("a", f"{B}/x", "PUT", body="text"))
case("methods", "POST with a body", asks("a", f"{B}/x", "POST", body="text"))
case("methods", "GET with a body", asks("a", f"{B}/x", "GET", body="text"))
case("methods", "HEAD with a body", asks("a", f"{B}/x", "HEAD", body="text"))

# --- request headers ---

LONG, TOO_LONG = "x" * 128, "x" * 129
TYPE = "text/plain;charset="
VALUES = {
    "Accept": [
        "*/*", "text/html, application/xml;q=0.9", "", "a\tb", "é", 'a"b', "a(b", "a)b", "a:b",
        "a<b", "a>b", "a?b", "a@b", "a[b", "a\\b", "a]b", "a{b", "a}b", "a\x7fb", "a\x01b",
        "a\x1fb", LONG, TOO_LONG,
    ],
    "Accept-Language": ["de, en;q=0.5", "*", "en_GB", "en\t", "d\te", "é", LONG, TOO_LONG],
    "Content-Language": ["de", "de/en", "(de)", ""],
    "Content-Type": [
        "text/plain", "TEXT/PLAIN", "text/plain;charset=utf-8", "text/plain; a=b; c", "text/plain;",
        " text/plain ", "text /plain", "text/plain, application/json", "text/plain; x=1, y",
        'text/plain; charset="utf-8"', "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "application/json", "text/html", "text", "",
        "text/plainer", TYPE + "x" * (128 - len(TYPE)), TYPE + "x" * (129 - len(TYPE)),
    ],
    "Range": [
        "bytes=0-1", "bytes=0-", "bytes=-5", "bytes=5-1", "bytes=5-5", "bytes=0-1,3-4",
        "bytes = 0-1", "Bytes=0-1", "bytes=x", "items=0-1",
    ],
}  # fmt: skip
for name, values in VALUES.items():
    for value in values:
        shown = value if len(value) < 60 else f"{value[:24]}… of {len(value)} bytes"
        step = asks("a", f"{B}/x", "POST" if name == "Content-Type" else "GET", {name: value})
        case("request headers", f"{name}: {shown!a}", step)

OF_1024 = [("Accept", LONG)] * 8
case("request headers", "1024 safe bytes", asks("a", f"{B}/x", headers=OF_1024))
case(
    "request headers",
    "1025 safe bytes",
    asks("a", f"{B}/x", headers=[*OF_1024, ("Accept-Language", "d")]),
)
FIVE = {"Accept": LONG, "Accept-Language": LONG, "Content-Language": LONG, "Content-Type": TYPE}
case("request headers", "the safe names, all long", asks("a", f"{B}/x", "POST", FIVE))
case(
    "request headers",
    "two Accept of 128 bytes",
    asks("a", f"{B}/x", headers=[("Accept", LONG), ("Accept", LONG)]),
)

FORBIDDEN = {
    "Cookie": "a=b", "Cookie2": "a=b", "Set-Cookie": "a=b", "Origin": "http://c.localhost",
    "Referer": "http://c.localhost/", "Host": "c.localhost", "Date": "now", "DNT": "2",
    "Via": "me", "TE": "trailers", "Connection": "close", "Content-Length": "7",
    "Accept-Encoding": "none", "Accept-Charset": "utf-8", "Keep-Alive": "1", "Expect": "all",
    "Upgrade": "x", "Trailer": "x", "Transfer-Encoding": "x", "Sec-Fetch-Site": "none",
    "Sec-Anything": "x", "SEC-CH-UA": "x", "Proxy-Authorization": "x", "proxy-anything": "x",
    "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-a",
    "Access-Control-Request-Private-Network": "true",
    "X-HTTP-Method-Override": "TRACE", "X-HTTP-Method": "connect", "X-Method-Override": "a, track",
}  # fmt: skip
for name, value in FORBIDDEN.items():
    case("request headers", f"a page's own {name}", asks("a", f"{B}/x", headers={name: value}))
for name, value in {
    "Authorization": "Basic dTpw", "X-Custom": "a", "x-custom": "é", "X-Ctl": "a\x01b",
    "X-Empty": "", "X-Long": "x" * 60_000, "X-1-MB": "x" * 1_000_000, "User-Agent": "me",
    "X-HTTP-Method-Override": "PUT", "X-HTTP-Method": "TRACES", "X-Method-Override": "a TRACE",
    "Secure": "x", "Proxy": "x", "Access-Control-Allow-Origin": "*", "If-None-Match": "x",
    "Cache-Control": "no-cache", "Pragma": "no-cache", "Save-Data": "on", "DPR": "1.5",
    "Downlink": "1.5", "Viewport-Width": "100", "Width": "100", "Device-Memory": "4",
    "Upgrade-Insecure-Requests": "1", "X-Trimmed": " \t a \r\n",
}.items():  # fmt: skip
    case("request headers", f"{name} elsewhere", asks("a", f"{B}/x", headers={name: value}))
for name, value in {
    "X Y": "a", "": "a", "X:": "a", "X\n": "a", "Xé": "a", "(X)": "a",
    "X-Newline": "a\nb", "X-Return": "a\rb", "X-Nul": "a\0b", "X-Polish": "ł", "X-Smile": "😀",
}.items():  # fmt: skip
    step = asks("a", f"{B}/x", headers={name: value})
    case("request headers", f"no header: {name!a}: {value!a}", step)
case(
    "request headers",
    "many names, in order and once each",
    asks(
        "a",
        f"{B}/x",
        headers=[
            ("X-B", "1"),
            ("x-a", "2"),
            ("Accept", "*/*"),
            ("X-b", "3"),
            ("Content-Type", "x"),
        ],
    ),
)
for name, value in {
    "X-Custom": "a", "Authorization": "Basic dTpw", "Content-Type": "application/json",
    "Cookie": "a=b", "X-HTTP-Method-Override": "TRACE",
}.items():  # fmt: skip
    case("request headers", f"{name} at home", asks("a", f"{A}/x", "POST", {name: value}))
for name, value in {
    "X-Custom": "a", "Authorization": "Basic dTpw", "Content-Type": "application/json",
    "Accept": "text/html", "Accept-Language": "en_GB", "Content-Language": "de",
    "Range": "bytes=0-", "Save-Data": "on",
}.items():  # fmt: skip
    step = asks("a", f"{B}/x", "POST", {name: value}, mode="no-cors")
    case("request headers", f"{name} without CORS", step)
case(
    "request headers",
    "text/plain without CORS",
    asks("a", f"{B}/x", "POST", {"Content-Type": "text/plain"}, mode="no-cors"),
)
case(
    "request headers",
    "no header that is allowed, at home without CORS",
    asks("a", f"{A}/x", headers={"X-Custom": "a"}, mode="no-cors"),
)

# --- who may read: the CORS check ---

ORIGINS = {
    "none": "", "*": "*", "the page's": A, "another": B, "in capitals": A.upper(),
    "with a slash": f"{A}/", "without the port": "http://a.localhost", "https": "https" + A[4:],
    "null": "null", "NULL": "NULL", "two": f"{A}, {B}", "two by space": f"{A} {B}",
    "star and own": f"*, {A}", "a pattern": "http://*.localhost:8000", "in quotes": f'"{A}"',
    "** ": "**",
}  # fmt: skip
for said, origin in ORIGINS.items():
    case("CORS check", f"allowed origin: {said}", asks("a", f"{B}/x", answer=opens(origin)))
for said, origin, allowed in [
    ("*", "*", "true"), ("* without a word on credentials", "*", ""), ("the page's", A, "true"),
    ("the page's, no word", A, ""), ("the page's, TRUE", A, "TRUE"),
    ("the page's, false", A, "false"),
    ("the page's, true twice", A, "true, true"), ("the page's, 1", A, "1"),
    ("another", B, "true"), ("null", "null", "true"), ("none", "", "true"),
]:  # fmt: skip
    answer = opens(origin, credentials=allowed)
    step = asks("a", f"{B}/x", credentials="include", answer=answer)
    case("CORS check", f"with credentials, allowed origin: {said}", step)
for credentials in ("same-origin", "omit"):
    for origin in ("*", A):
        step = asks("a", f"{B}/x", credentials=credentials, answer=opens(origin))
        case("CORS check", f"credentials {credentials}, allowed origin {origin[:4]}", step)
for said, origin, allowed in [
    ("null", "null", ""), ("*", "*", ""), ("the page's", A, ""), ("none", "", ""),
]:  # fmt: skip
    step = asks("boxed", f"{A}/x", answer=opens(origin, credentials=allowed))
    case("CORS check", f"from a sandbox, allowed origin: {said}", step)
step = asks("boxed", f"{B}/x", credentials="include", answer=opens("null", credentials="true"))
case("CORS check", "from a sandbox with credentials, allowed origin: null", step)
step = asks("boxed", f"{B}/x", credentials="include", answer=opens("*", credentials="true"))
case("CORS check", "from a sandbox with credentials, allowed origin: *", step)
ALLOW = "Access-Control-Allow-Origin"
for said, lines in {
    "twice the same": [(ALLOW, A), (ALLOW, A)],
    "two lines": [(ALLOW, A), (ALLOW, B)],
    "star twice": [(ALLOW, "*"), (ALLOW, "*")],
    "an empty line": [(ALLOW, "")],
    "an empty line and the page's": [(ALLOW, ""), (ALLOW, A)],
    "name in capitals": [(ALLOW.upper(), A)],
    "name in small letters": [(ALLOW.lower(), A)],
}.items():
    case("CORS check", f"header lines: {said}", asks("a", f"{B}/x", answer=Response(200, lines)))
for status in (201, 204, 206, 299, 400, 401, 404, 500, 503):
    step = asks("a", f"{B}/x", answer=opens(status=status))
    case("CORS check", f"an answer with status {status}", step)
case("CORS check", "an error not opened", asks("a", f"{B}/x", answer=Response(500)))
case("CORS check", "an answer at home needs no header", asks("a", f"{A}/x", answer=Response(200)))
case("CORS check", "POST not opened is sent all the same",
     asks("a", f"{B}/x", "POST", body="text", answer=Response(200)))  # fmt: skip

# --- the preflight ---

for status in (200, 201, 204, 206, 299, 300, 301, 302, 304, 307, 400, 401, 403, 404, 405, 500, 503):
    others = {"Location": f"{B}/y"} if 300 <= status < 400 else {}
    preflight = allows(status=status, **others)
    step = asks("a", f"{B}/x", "PUT", preflight=preflight)
    case("preflight", f"answered with status {status}", step)

for methods in [
    "PUT", "put", "Put", "PUT, DELETE", "DELETE", "DELETE,PUT", "DELETE PUT", "PUT;", "*", "**",
    "*, DELETE", "", ", PUT", "PUT,,DELETE", ",", "PUT, (x)", '"PUT"', "GET, POST",
    "DELETE\t,\tPUT",
]:  # fmt: skip
    step = asks("a", f"{B}/x", "PUT", preflight=allows(methods=methods))
    case("preflight", f"PUT, allowed methods {methods!r}", step)
for method, methods in [
    ("patch", "PATCH"), ("patch", "patch"), ("PATCH", "patch"), ("PATCH", "PATCH"), ("foo", "FOO"),
    ("FOO", "FOO"), ("delete", "DELETE"), ("OPTIONS", "OPTIONS"), ("OPTIONS", ""), ("*", "*"),
]:  # fmt: skip
    step = asks("a", f"{B}/x", method, preflight=allows(methods=methods))
    case("preflight", f"{method}, allowed methods {methods!r}", step)
for method in ("GET", "HEAD", "POST"):
    preflight = allows(methods="PUT")
    step = asks("a", f"{B}/x", method, {"X-A": "1"}, preflight=preflight)
    case("preflight", f"{method} needs not be allowed", step)

for names in [
    "x-a", "X-A", "x-a, x-b", "x-b", "x-b,x-a", "x-b x-a", "*", "*, x-b", "", ",x-a,", "x-a, (x)",
    "x-a:", '"x-a"', "x-*", "x",
]:  # fmt: skip
    step = asks("a", f"{B}/x", headers={"X-A": "1"}, preflight=allows(headers=names))
    case("preflight", f"X-A, allowed headers {names!r}", step)
for said, headers, names in [
    ("two, one allowed", {"X-A": "1", "X-B": "1"}, "x-a"),
    ("two, both allowed", {"X-A": "1", "X-B": "1"}, "x-b, x-a"),
    ("JSON, not allowed", {"Content-Type": "application/json"}, "x-a"),
    ("JSON, allowed", {"Content-Type": "application/json"}, "content-type"),
    ("JSON, allowed by *", {"Content-Type": "application/json"}, "*"),
    ("Authorization, allowed", {"Authorization": "Basic dTpw"}, "authorization"),
    ("Authorization, not allowed by *", {"Authorization": "Basic dTpw"}, "*"),
    ("Authorization, allowed beside *", {"Authorization": "Basic dTpw"}, "*, Authorization"),
]:
    step = asks("a", f"{B}/x", "POST", headers, preflight=allows(headers=names))
    case("preflight", f"headers: {said}", step)

COOKIES_TOO = {"credentials": "include", "answer": opens(A, credentials="true")}
for said, preflight in {
    "all in order": allows(A, "PUT", "x-a", credentials="true"),
    "method by *": allows(A, "*", "x-a", credentials="true"),
    "headers by *": allows(A, "PUT", "*", credentials="true"),
    "origin by *": allows("*", "PUT", "x-a", credentials="true"),
    "credentials not allowed": allows(A, "PUT", "x-a"),
    "credentials TRUE": allows(A, "PUT", "x-a", credentials="TRUE"),
}.items():
    step = asks("a", f"{B}/x", "PUT", {"X-A": "1"}, preflight=preflight, **COOKIES_TOO)
    case("preflight", f"with credentials: {said}", sets(B, *EACH_KIND), step)
step = asks("a", f"{B}/x", "*", {"X-A": "1"}, preflight=allows(A, "*", "x-a", credentials="true"),
            **COOKIES_TOO)  # fmt: skip
case("preflight", "with credentials: a method called *", step)
step = asks("a", f"{B}/x", "PUT", {"*": "1"}, preflight=allows(A, "PUT", "*", credentials="true"),
            **COOKIES_TOO)  # fmt: skip
case("preflight", "with credentials: a header called *", step)
for said, preflight in {
    "no origin allowed": allows(""),
    "another origin allowed": allows(B),
    "null allowed": allows("null"),
    "the page's allowed": allows(A),
    "nothing said of methods": allows(methods="", headers="x-a"),
    "nothing said of headers": allows(methods="PUT", headers=""),
}.items():
    step = asks("a", f"{B}/x", "PUT", {"X-A": "1"}, preflight=preflight)
    case("preflight", said, step)
ALLOW_METHODS, NAMES = "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"
for said, lines in {
    "methods in two lines": [
        (ALLOW, "*"),
        (ALLOW_METHODS, "DELETE"),
        (ALLOW_METHODS, "PUT"),
        (NAMES, "x-a"),
    ],
    "headers in two lines": [(ALLOW, "*"), (ALLOW_METHODS, "PUT"), (NAMES, "x-b"), (NAMES, "x-a")],
}.items():
    step = asks("a", f"{B}/x", "PUT", {"X-A": "1"}, preflight=Response(204, lines))
    case("preflight", said, step)
case("preflight", "allowed, but the answer is not opened",
     asks("a", f"{B}/x", "PUT", answer=Response(200)))  # fmt: skip
case("preflight", "from a sandbox, null allowed",
     asks("boxed", f"{B}/x", "PUT", preflight=allows("null"), answer=opens("null")))  # fmt: skip
case("preflight", "from a sandbox, the page's allowed",
     asks("boxed", f"{B}/x", "PUT", preflight=allows(A), answer=opens(A)))  # fmt: skip
case("preflight", "from a frame in another site's window",
     asks("b in a", f"{A}/x", "PUT", preflight=allows(B), answer=opens(B)))  # fmt: skip

# --- what is remembered of a preflight ---


def twice(name: str, first: Step, *others: Step) -> None:
    """One request after the other: is the second preflighted?"""
    case("preflight cache", name, first, *others)


def put(**others: Any) -> Step:
    """A request that needs a preflight, and whose answer may be remembered for a minute."""
    named = allows(methods="PUT", headers="", Access_Control_Max_Age="60")
    options = {"preflight": named, **others}
    return asks("a", f"{B}/x", **({"method": "PUT"} | options))


for age in ("60", "0", "-1", "99999", "1.5", "x", "", "+60", "060", "60, 0", '"60"'):
    remembered = allows(methods="PUT", headers="", Access_Control_Max_Age=age)
    twice(f"Max-Age: {age!r}", put(preflight=remembered), put(preflight=remembered))
twice("no Max-Age", put(preflight=allows(methods="PUT")), put(preflight=allows(methods="PUT")))
NAMED = allows(methods="PUT, DELETE", headers="x-a, x-b", Access_Control_Max_Age="60")
ONLY_PUT = allows(methods="PUT", headers="", Access_Control_Max_Age="60")
STAR = allows(Access_Control_Max_Age="60")
twice(
    "another method that was allowed", put(preflight=NAMED), put(method="DELETE", preflight=NAMED)
)
twice("another method that was not", put(preflight=NAMED), put(method="PATCH", preflight=STAR))
twice("the same method by *", put(preflight=STAR), put(preflight=STAR))
twice("another method by *", put(preflight=STAR), put(method="DELETE", preflight=STAR))
twice("another header that was allowed", put(preflight=NAMED, headers=[("X-A", "1")]),
      put(preflight=NAMED, headers=[("X-B", "1")]))  # fmt: skip
twice("another header that was not", put(preflight=NAMED),
      put(headers=[("X-C", "1")], preflight=STAR))  # fmt: skip
twice("another header by *", put(preflight=STAR), put(headers=[("X-C", "1")], preflight=STAR))
twice("the same header by *", put(headers=[("X-C", "1")], preflight=STAR),
      put(headers=[("X-C", "1")], preflight=STAR))  # fmt: skip
twice("a header and no method of note", put(preflight=NAMED),
      put(method="POST", headers=[("X-A", "1")], preflight=NAMED))  # fmt: skip
twice("Authorization is not by *", put(preflight=STAR), put(
      headers=[("Authorization", "Basic dTpw")],
      preflight=allows(headers="authorization")))  # fmt: skip
twice("another URL", put(), put()._replace(url=f"{B}/y"))
twice("another query", put(), put()._replace(url=f"{B}/x?y"))
twice("another fragment", put(), put()._replace(url=f"{B}/x#y"))
twice("another page", put(), put()._replace(who="x.a"))
twice("a frame of the same origin elsewhere", put(), put()._replace(who="a in b"))
twice("a sandboxed page twice", put()._replace(who="boxed"), put()._replace(who="boxed"))
twice("PUT is not remembered where nothing is said of it",
      put(method="POST", headers=[("X-A", "1")], preflight=allows(methods="", headers="x-a",
          Access_Control_Max_Age="60")), put())  # fmt: skip
WITH = allows(A, "PUT", "x-a", credentials="true", Access_Control_Max_Age="60")
twice("first without cookies, then with", put(preflight=WITH, answer=opens(A, credentials="true")),
      put(preflight=WITH, **COOKIES_TOO))  # fmt: skip
twice("first with cookies, then without", put(preflight=WITH, **COOKIES_TOO),
      put(preflight=WITH, answer=opens(A, credentials="true")))  # fmt: skip
twice("with cookies twice", put(preflight=WITH, **COOKIES_TOO), put(preflight=WITH, **COOKIES_TOO))
twice("a refusal is not remembered", put(preflight=allows(methods="DELETE",
      Access_Control_Max_Age="60")), put(), put())  # fmt: skip
twice("remembered though the answer was not opened", put(answer=Response(200)), put())
twice("what was allowed is remembered for each by itself",
      put(preflight=ONLY_PUT), put(preflight=allows(methods="DELETE", headers="x-a",
      Access_Control_Max_Age="60"), method="DELETE", headers=[("X-A", "1")]),
      put(headers=[("X-A", "1")]))  # fmt: skip

# --- which headers a script may read ---

SAFE = {
    "Cache_Control": "no-store", "Content_Language": "de", "Content_Type": "text/plain",
    "Expires": "0", "Last_Modified": "Mon, 01 Jan 2024 00:00:00 GMT", "Pragma": "no-cache",
}  # fmt: skip
OWN = {"X_A": "1", "X_B": "2", "ETag": '"x"', "Authorization": "a", "Set_Cookie": "crumb=1",
       "Set_Cookie2": "crumb=2"}  # fmt: skip
for said, exposed in {
    "nothing": "", "one": "x-a", "one in capitals": "X-A", "two": "x-a, x-b", "star": "*",
    "star and another": "*, x-b", "Set-Cookie": "set-cookie", "Authorization": "authorization",
    "what is not there": "x-c", "no list": "x-a x-b", "one bad in a list": "x-a, (x)",
    "empty members": ",x-a,,", "in quotes": '"x-a"',
}.items():  # fmt: skip
    others = SAFE | OWN | ({"Access_Control_Expose_Headers": exposed} if exposed else {})
    case("exposed", f"exposed: {said}", asks("a", f"{B}/x", answer=opens(**others)))
for said, exposed in {"nothing": "", "one": "x-a", "star": "*", "star and one": "*, x-a"}.items():
    others = SAFE | OWN | ({"Access_Control_Expose_Headers": exposed} if exposed else {})
    answer = opens(A, credentials="true", **others)
    step = asks("a", f"{B}/x", credentials="include", answer=answer)
    case("exposed", f"with credentials, exposed: {said}", step)
step = asks(
    "a",
    f"{B}/x",
    credentials="include",
    answer=opens(
        A, credentials="true", **{"*": "1", "X_A": "1", "Access_Control_Expose_Headers": "*"}
    ),
)
case("exposed", "with credentials, a header called *", step)
case("exposed", "at home", asks("a", f"{A}/x", answer=opens(**SAFE, **OWN)))
case("exposed", "without CORS", asks("a", f"{B}/x", mode="no-cors", answer=opens(**SAFE, **OWN)))
EXPOSE = "Access-Control-Expose-Headers"
case("exposed", "exposed in two lines", asks("a", f"{B}/x", answer=Response(200, [
    (ALLOW, "*"), (EXPOSE, "x-a"), (EXPOSE, "x-b"), ("X-A", "1"), ("X-B", "1")])))  # fmt: skip

# --- redirects ---


def to(url: str, status: int = 302, origin: str = "*", **others: str) -> Response:
    """A redirect."""
    return opens(origin, status=status, Location=url, **others)


def detour(name: str, first: Step, *others: Step) -> None:
    case("redirects", name, first, *others)


HERE, THERE, THIRD = f"{A}/y", f"{B}/y", f"{XA}/y"
for said, who, url, answer, then in [
    ("from home to home", "a", A, to(HERE), {}),
    ("from home to b", "a", A, to(THERE), {}),
    ("from home to b, not opened", "a", A, to(THERE), {THERE: Response(200)}),
    ("from home to b, opened to null", "a", A, to(THERE), {THERE: opens("null")}),
    ("from home to b, opened to the page", "a", A, to(THERE), {THERE: opens(A)}),
    ("from b to b", "a", B, to(THERE), {}),
    ("from b to home", "a", B, to(HERE), {}),
    ("from b to home, opened to the page", "a", B, to(HERE), {HERE: opens(A)}),
    ("from b to home, opened to null", "a", B, to(HERE), {HERE: opens("null")}),
    ("from b to home, not opened", "a", B, to(HERE), {HERE: Response(200)}),
    ("from b to x.a", "a", B, to(THIRD), {}),
    ("from b to x.a, opened to the page", "a", B, to(THIRD), {THIRD: opens(A)}),
    ("from b to x.a, opened to null", "a", B, to(THIRD), {THIRD: opens("null")}),
    ("from b to b's other port", "a", B, to(f"{B2}/y"), {f"{B2}/y": opens("null")}),
    ("the redirect is not opened", "a", B, to(THERE, origin=""), {}),
    ("the redirect at home is not opened", "a", A, to(THERE, origin=""), {}),
    ("from home to b to home", "a", A, to(THERE), {THERE: to(HERE), HERE: opens(A)}),
    ("from home to b to home, null", "a", A, to(THERE), {THERE: to(HERE), HERE: opens("null")}),
    ("from home to b to x.a", "a", A, to(THERE), {THERE: to(THIRD), THIRD: opens("null")}),
    ("from a sandbox, a to b", "boxed", A, to(THERE, origin="null"), {THERE: opens("null")}),
    ("from the site's port to home", "a", A2, to(HERE), {HERE: opens("null")}),
    ("from a sub-domain to another", "a", XA, to(f"{YA}/y"), {f"{YA}/y": opens("null")}),
    ("to a relative URL", "a", B, to("/y"), {}),
    ("to a relative URL of a directory", "a", B, to("y"), {}),
    ("to a URL that is none", "a", B, to("http://"), {}),
    ("without a Location", "a", B, opens(status=302), {}),
    ("to an empty Location", "a", B, to("", Vary="x"), {f"{B}/x": to("", Vary="x")}),
    ("to a data: URL", "a", B, to("data:text/plain,text"), {}),
    ("to a data: URL from home", "a", A, to("data:text/plain,text"), {}),
    ("to a URL with a user name elsewhere", "a", A, to(f"http://u@{THERE[7:]}"), {}),
    ("from b to a URL with a user name", "a", B, to(f"http://u@{THERE[7:]}"), {}),
    ("to a URL with a user name at home", "a", A, to(f"http://u:p@{HERE[7:]}"), {}),
    ("to a URL with a fragment", "a", B, to(f"{THERE}#there"), {}),
    ("status 300 is none", "a", B, to(THERE, 300), {}),
    ("status 304 is none", "a", B, to(THERE, 304), {}),
    ("status 305 is none", "a", B, to(THERE, 305), {}),
    ("status 306 is none", "a", B, to(THERE, 306), {}),
]:
    detour(said, asks(who, f"{url}/x", answer=answer, then=then))
detour("round and round", asks("a", f"{B}/x", answer=to(f"{B}/x")))
for many in (20, 21):
    steps = {f"{B}/{n}": to(f"{B}/{n + 1}") for n in range(1, many)}
    detour(
        f"{many} redirects",
        asks("a", f"{B}/x", answer=to(f"{B}/1"), then=steps | {f"{B}/{many}": opens()}),
    )
for status in (301, 302, 303, 307, 308):
    for method in ("POST", "PUT"):
        detour(f"{method} redirected with {status} at home", asks(
            "a", f"{A}/x", method, {"Content-Type": "text/plain", "X-A": "1"}, body="text",
            answer=to(HERE, status), then={HERE: opens()}))  # fmt: skip
for status in (301, 303, 307):
    detour(f"POST redirected with {status} to b", asks(
        "a", f"{A}/x", "POST", {"Content-Type": "text/plain"}, body="text",
        answer=to(THERE, status), then={THERE: opens()}))  # fmt: skip
    detour(f"HEAD redirected with {status}", asks(
        "a", f"{B}/x", "HEAD", answer=to(THERE, status), then={THERE: opens()}))  # fmt: skip
    detour(f"PUT elsewhere redirected with {status}", asks(
        "a", f"{B}/x", "PUT", answer=to(THERE, status), then={THERE: opens()}))  # fmt: skip
detour("PUT from home to b, preflighted there", asks(
    "a", f"{A}/x", "PUT", answer=to(THERE, 307), then={THERE: opens()}))  # fmt: skip
detour("PUT from home to b, refused there", asks(
    "a", f"{A}/x", "PUT", answer=to(THERE, 307), then={THERE: opens()},
    preflight=allows(methods="DELETE")))  # fmt: skip
detour("PUT from b to x.a, both preflighted", asks(
    "a", f"{B}/x", "PUT", answer=to(THIRD, 307), then={THIRD: opens()}))  # fmt: skip
detour("a header from b to x.a", asks(
    "a", f"{B}/x", headers={"X-A": "1"}, answer=to(THIRD), then={THIRD: opens()}))  # fmt: skip
AUTH = {"Authorization": "Basic dTpw"}
BY_NAME = allows(headers="authorization, x-a")
detour("Authorization stays at home", asks(
    "a", f"{A}/x", headers=AUTH | {"X-A": "1"}, answer=to(THERE), then={THERE: opens()},
    preflight=BY_NAME))  # fmt: skip
detour("Authorization goes to the same origin", asks("a", f"{A}/x", headers=AUTH, answer=to(HERE)))
detour("Authorization from b to b", asks(
    "a", f"{B}/x", headers=AUTH, answer=to(THERE), preflight=BY_NAME))  # fmt: skip
detour("Authorization from b to x.a", asks(
    "a", f"{B}/x", headers=AUTH, answer=to(THIRD), then={THIRD: opens()},
    preflight=BY_NAME))  # fmt: skip
for mode in ("error", "manual"):
    detour(f"redirect: {mode}, at home", asks("a", f"{A}/x", redirect=mode, answer=to(HERE)))
    detour(f"redirect: {mode}, elsewhere", asks("a", f"{B}/x", redirect=mode, answer=to(THERE)))
    detour(f"redirect: {mode}, no redirect comes", asks("a", f"{B}/x", redirect=mode))
    detour(f"redirect: {mode}, without CORS",
           asks("a", f"{B}/x", mode="no-cors", redirect=mode, answer=to(THERE)))  # fmt: skip
    detour(f"redirect: {mode}, without CORS at home",
           asks("a", f"{A}/x", mode="no-cors", redirect=mode, answer=to(HERE)))  # fmt: skip
detour("redirect: manual, not opened",
       asks("a", f"{B}/x", redirect="manual", answer=to(THERE, origin="")))  # fmt: skip
detour("same-origin from home to b", asks("a", f"{A}/x", mode="same-origin", answer=to(THERE)))
detour("same-origin from home to home", asks("a", f"{A}/x", mode="same-origin", answer=to(HERE)))
detour("no-cors from home to b", asks("a", f"{A}/x", mode="no-cors", answer=to(THERE)))
detour("no-cors from b to home", asks("a", f"{B}/x", mode="no-cors", answer=to(HERE)))
detour("no-cors POST from b to home with 307",
       asks("a", f"{B}/x", "POST", mode="no-cors", answer=to(HERE, 307)))  # fmt: skip
detour("no-cors POST from home to b with 307",
       asks("a", f"{A}/x", "POST", mode="no-cors", answer=to(THERE, 307)))  # fmt: skip
detour("with cookies from home to b", sets(B, *EACH_KIND), sets(A, *EACH_KIND), asks(
    "a", f"{A}/x", credentials="include", answer=to(THERE),
    then={THERE: opens(A, credentials="true")}))  # fmt: skip
detour("with cookies from b to home", sets(A, *EACH_KIND), sets(B, *EACH_KIND), asks(
    "a", f"{B}/x", credentials="include",
    answer=opens(A, credentials="true", status=302, Location=HERE),
    then={HERE: opens("null", credentials="true")}))  # fmt: skip
detour("with cookies from b to home, no-cors", sets(A, *EACH_KIND), sets(B, *EACH_KIND), asks(
    "a", f"{B}/x", credentials="include", mode="no-cors", answer=to(HERE)))  # fmt: skip
detour("its own cookies on the way back", sets(A, *EACH_KIND), asks(
    "a", f"{A}/x", answer=to(THERE), then={THERE: to(HERE), HERE: opens("null")}))  # fmt: skip
detour("a cookie set by the redirect", asks(
    "a", f"{A}/x", answer=to(HERE, Set_Cookie="crumb=1"), then={HERE: opens()}))  # fmt: skip

# --- cookies: which go along ---

for pair, (who, target) in PAIRS.items():
    asked = asks(who, f"{target}/x", mode="no-cors", credentials="include")
    case("cookies that go along", f"{pair}, with cookies", sets(target, *EACH_KIND), asked)
for pair in ("a asks a", "a asks another port of a", "a asks its sub-domain x.a", "boxed asks a"):
    who, target = PAIRS[pair]
    for credentials in ("same-origin", "omit"):
        asked = asks(who, f"{target}/x", mode="no-cors", credentials=credentials)
        name = f"{pair}, credentials: {credentials}"
        case("cookies that go along", name, sets(target, *EACH_KIND), asked)
for pair in ("a asks a", "a asks b", "x.a asks a", "b in a asks a"):
    who, target = PAIRS[pair]
    asked = asks(who, f"{target}/x", "POST", mode="no-cors", credentials="include")
    case("cookies that go along", f"{pair}, by POST with cookies", sets(target, *EACH_KIND), asked)
case("cookies that go along", "only with the request that follows the preflight",
     sets(B, *EACH_KIND), asks("a", f"{B}/x", "PUT", credentials="include", preflight=allows(
     A, "PUT", credentials="true"), answer=opens(A, credentials="true")))  # fmt: skip

TOLD = {
    "none but a name": "crumb=1",
    "no name": "crumb",
    "an empty name": "=crumb",
    "no value": "crumb=",
    "two equals signs": "crumb=a=b",
    "a value in quotes": 'crumb="a b"',
    "whitespace around": "  crumb =\t1 ; Path=/",
    "letters beyond ASCII": "crumb=é",
    "a control character": "crumb=a\x01b",
    "a tab": "crumb=a\tb",
    "HttpOnly": "crumb=1; HttpOnly",
    "Secure": "crumb=1; Secure",
    "SameSite=None without Secure": "crumb=1; SameSite=None",
    "SameSite=none with Secure": "crumb=1; samesite=none; secure",
    "SameSite of nonsense": "crumb=1; SameSite=Nonsense",
    "SameSite twice": "crumb=1; SameSite=Strict; SameSite=Lax",
    "__Host- as it should be": "__Host-crumb=1; Secure; Path=/",
    "__Host- without Secure": "__Host-crumb=1; Path=/",
    "__Host- without a Path": "__Host-crumb=1; Secure",
    "__Host- with a Domain": "__Host-crumb=1; Secure; Path=/; Domain=a.localhost",
    "__Host- with an empty Domain": "__Host-crumb=1; Secure; Path=/; Domain=",
    "__host- in small letters": "__host-crumb=1",
    "__Secure- as it should be": "__Secure-crumb=1; Secure",
    "__Secure- without Secure": "__Secure-crumb=1",
    "__secure- in small letters": "__secure-crumb=1",
    "__Secure- in the value of no name": "=__Secure-crumb=1",
    "Max-Age=0": "crumb=1; Max-Age=0",
    "Max-Age below zero": "crumb=1; Max-Age=-1",
    "Max-Age of a minute": "crumb=1; Max-Age=60",
    "Max-Age of nonsense": "crumb=1; Max-Age=x",
    "Expires in the past": "crumb=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    "Expires in the future": "crumb=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
    "Expires of nonsense": "crumb=1; Expires=tomorrow",
    "Max-Age counts before Expires": "crumb=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    "Domain of its own": "crumb=1; Domain=a.localhost",
    "Domain with a dot": "crumb=1; Domain=.a.localhost",
    "Domain in capitals": "crumb=1; Domain=A.LOCALHOST",
    "Domain of another": "crumb=1; Domain=b.localhost",
    "Domain of a sub-domain": "crumb=1; Domain=x.a.localhost",
    "Domain of everybody": "crumb=1; Domain=localhost",
    "Domain that is empty": "crumb=1; Domain=",
    "Domain twice": "crumb=1; Domain=b.localhost; Domain=a.localhost",
    "Path of nonsense": "crumb=1; Path=x",
    "a value of 4096 bytes with the name": "crumb=" + "x" * 4070,
    "more than 4096 bytes": "crumb=" + "x" * 4096,
    "an attribute of more than 1024 bytes": "crumb=1; Domain=" + "b" * 1025,
    "Partitioned": "crumb=1; Secure; Partitioned",
}
for said, line in TOLD.items():
    home = sets(A, line)
    case("cookies that are set", f"set: {said}", home, asks("a", f"{A}/x"),
         asks("x.a", f"{XA}/x"), Step("a", f"{A}/", by="document.cookie"))  # fmt: skip
for said, path, url in [
    ("at its path", "/dir", "/dir"), ("below its path", "/dir", "/dir/x"),
    ("beside its path", "/dir", "/dirs"), ("above its path", "/dir", "/x"),
    ("a path with a slash", "/dir/", "/dir/x"),
    ("a path with a slash, asked without", "/dir/", "/dir"),
    ("a path in capitals", "/Dir", "/dir/x"), ("with a query", "/dir", "/dir?x"),
]:  # fmt: skip
    case("cookies that are set", f"Path: {said}", sets(A, f"crumb=1; Path={path}"),
         asks("a", f"{A}{url}"))  # fmt: skip
for said, at, url in [
    ("its directory", "/dir/sets", "/dir/x"), ("not above its directory", "/dir/sets", "/x"),
    ("of a directory's own URL", "/dir/", "/dir/x"),
]:  # fmt: skip
    case("cookies that are set", f"no Path: {said}", sets(A, "crumb=1", path=at),
         asks("a", f"{A}{url}"))  # fmt: skip
case("cookies that are set", "the longer path comes first",
     sets(A, "crumb=short; Path=/", "crumb=long; Path=/dir"), asks("a", f"{A}/dir/x"))  # fmt: skip
case("cookies that are set", "the older comes first, and keeps its place when it is set again",
     sets(A, "crumb1=1"), sets(A, "crumb2=2"), sets(A, "crumb1=3"),
     asks("a", f"{A}/x"))  # fmt: skip
case("cookies that are set", "the older keeps its place when it is set again to the same",
     sets(A, "crumb1=1"), sets(A, "crumb2=2"), sets(A, "crumb1=1; Secure"),
     asks("a", f"{A}/x"))  # fmt: skip
case("cookies that are set", "one for the host and one for the domain",
     sets(A, "crumb=host"), sets(A, "crumb=domain; Domain=a.localhost"), asks("a", f"{A}/x"),
     asks("x.a", f"{XA}/x"))  # fmt: skip
case("cookies that are set", "a sub-domain sets one for its parent",
     sets(XA, "crumb=tossed; Domain=a.localhost"), asks("a", f"{A}/x"))  # fmt: skip
case("cookies that are set", "a cookie is for every port",
     sets(A, "crumb=1"), asks("a", f"{A2}/x", mode="no-cors", credentials="include"))  # fmt: skip
case("cookies that are set", "deleted by a later line", sets(A, "crumb=1"),
     sets(A, "crumb=; Max-Age=0"), asks("a", f"{A}/x"))  # fmt: skip
case("cookies that are set", "a deletion with another path misses", sets(A, "crumb=1; Path=/dir"),
     sets(A, "crumb=; Max-Age=0; Path=/"), asks("a", f"{A}/dir/x"))  # fmt: skip
case("cookies that are set", "in an answer to omit", asks("a", f"{A}/x", credentials="omit",
     answer=opens(Set_Cookie="crumb=1")), asks("a", f"{A}/x"))  # fmt: skip
case("cookies that are set", "in an answer of b without cookies", asks("a", f"{B}/x",
     answer=opens(Set_Cookie="crumb=1")), asks("b", f"{B}/x"))  # fmt: skip
case("cookies that are set", "in an answer that CORS closes", asks("a", f"{A2}/x",
     credentials="include", answer=Response(200, {"Set-Cookie": "crumb=1"})),
     asks("a", f"{A}/x"))  # fmt: skip
case("cookies that are set", "in the answer to a preflight", asks("a", f"{A2}/x", "PUT",
     credentials="include", preflight=allows(A, "PUT", credentials="true", Set_Cookie="crumb=1"),
     answer=opens(A, credentials="true")), asks("a", f"{A}/x"))  # fmt: skip

ALL_KINDS = Response(200, [("Set-Cookie", line) for line in EACH_KIND])
for pair in ("a asks b", "a asks its sub-domain x.a", "b in a asks b", "b in a asks a",
             "a in b in a asks a", "x.a in a asks x.a", "boxed asks a"):  # fmt: skip
    who, target = PAIRS[pair]
    first = asks(who, f"{target}/x", mode="no-cors", credentials="include", answer=ALL_KINDS)
    case("cookies in company", f"{pair}, and is given cookies", first,
         asks(who, f"{target}/x", mode="no-cors", credentials="include"),
         asks(AT_HOME[target], f"{target}/x"))  # fmt: skip
for by in NAVIGATIONS:
    method = "POST" if "form" in by else "GET"
    case("cookies in company", f"b is shown in a's {by}, and gives cookies",
         goes(by, "a", f"{B}/x", method, answer=ALL_KINDS), goes("frame", "a", f"{B}/x"),
         asks("b", f"{B}/x"))  # fmt: skip
case("cookies in company", "Partitioned, and at home", asks("a", f"{B}/x", mode="no-cors",
     credentials="include", answer=Response(200, {
     "Set-Cookie": "crumb=1; SameSite=None; Secure; Partitioned"})),
     asks("a", f"{B}/x", mode="no-cors", credentials="include"), asks("b", f"{B}/x"))  # fmt: skip

# --- navigations ---

TO = {
    "a → a": ("a", A), "a → b": ("a", B), "a → another port": ("a", A2), "a → x.a": ("a", XA),
    "b in a → a": ("b in a", A), "b in a → b": ("b in a", B), "boxed → a": ("boxed", A),
}  # fmt: skip
for pair, (who, target) in TO.items():
    home = sets(target, *EACH_KIND)
    case("navigations", f"{pair}, a frame", home, goes("frame", who, f"{target}/x"))
    case("navigations", f"{pair}, a window", home, goes("window", who, f"{target}/x"))
    case("navigations", f"{pair}, a form by POST",
         home, goes("form", who, f"{target}/x", "POST", fields=(("pay", "100"),)))  # fmt: skip
for pair in ("a → a", "a → b", "b in a → a"):
    who, target = TO[pair]
    home = sets(target, *EACH_KIND)
    case("navigations", f"{pair}, a form by GET",
         home, goes("form", who, f"{target}/x", fields=(("pay", "100"),)))  # fmt: skip
    for method in ("GET", "POST"):
        case("navigations", f"{pair}, a form by {method} in a frame", home,
             goes("form in frame", who, f"{target}/x", method,
                  fields=(("a b", "é&="),)))  # fmt: skip
for by in NAVIGATIONS:
    method = "POST" if "form" in by else "GET"
    case("navigations", f"a → b → a, a {by}", sets(A, *EACH_KIND), sets(B, *EACH_KIND),
         goes(by, "a", f"{B}/x", method, answer=to(HERE),
              then={HERE: Response(200)}))  # fmt: skip
    case("navigations", f"a → a → b, a {by}", sets(A, *EACH_KIND), sets(B, *EACH_KIND),
         goes(by, "a", f"{A}/x", method, answer=to(THERE),
              then={THERE: Response(200)}))  # fmt: skip
case("navigations", "a POST that stays one", sets(A, *EACH_KIND), sets(B, *EACH_KIND),
     goes("form", "a", f"{B}/x", "POST", answer=to(THERE, 307),
          then={THERE: Response(200)}))  # fmt: skip

# --- elements ---

for by in ("image", "script"):
    for pair in (
        "a asks a",
        "a asks b",
        "a asks its sub-domain x.a",
        "b in a asks a",
        "boxed asks a",
    ):
        who, target = PAIRS[pair]
        case("elements", f"{pair} for a {by}", sets(target, *EACH_KIND),
             element(by, who, f"{target}/x"))  # fmt: skip
for pair in ("a asks a", "a asks b"):
    who, target = PAIRS[pair]
    case("elements", f"{pair} for a style", sets(target, *EACH_KIND),
         element("style", who, f"{target}/x", {"Content-Type": "text/css"}))  # fmt: skip
for by in ("image", "script", "style"):
    kind = {"Content_Type": "text/css"} if by == "style" else {}
    for said, credentials, answer in [
        ("opened to all", "same-origin", opens(**kind)),
        ("not opened", "same-origin", opens("", **kind)),
        ("opened to all, with credentials", "include", opens(**kind)),
        ("opened to the page, with credentials", "include", opens(A, credentials="true", **kind)),
    ]:
        answer = answer.but(body="")
        case("elements", f"a {by} by CORS, {said}", sets(B, *EACH_KIND), element(
            by, "a", f"{B}/x", mode="cors", credentials=credentials, answer=answer))  # fmt: skip
    case("elements", f"a {by}, redirected to b", sets(B, *EACH_KIND), element(
        by, "a", f"{A}/x", answer=to(THERE).but(body=""),
        then={THERE: opens(**kind).but(body="")}))  # fmt: skip
case("elements", "an image with status 404", element("image", "a", f"{B}/x",
     answer=Response(404)))  # fmt: skip
case("elements", "a script with status 404", element("script", "a", f"{B}/x",
     answer=Response(404, {"Content-Type": "text/javascript"})))  # fmt: skip
case("elements", "a style with status 404", element("style", "a", f"{B}/x",
     answer=Response(404, {"Content-Type": "text/css"})))  # fmt: skip

TYPES = [
    "", "text/javascript", "application/javascript", "text/x-javascript", "TEXT/JAVASCRIPT;a=b",
    "text/javascript1.6", "text/plain", "text/html", "text/css", "text/csv", "application/json",
    "image/gif", "image/svg+xml", "audio/mpeg", "video/mp4", "application/octet-stream", "nonsense",
    "application/zip", "text/plain, text/javascript", "text/javascript, text/plain",
]  # fmt: skip
NOSNIFF = {"X-Content-Type-Options": "nosniff"}
for kind in TYPES:
    for said, others in {"": {}, " with nosniff": NOSNIFF}.items():
        lines = others | ({"Content-Type": kind} if kind else {})
        case("types of scripts", f"a script of type {kind!r}{said}",
             element("script", "a", f"{B}/x", lines))  # fmt: skip
for value in ("NOSNIFF", "nosniff, x", "x, nosniff", "nosniff ,x", "no-sniff", "nosniff; x"):
    lines = {"X-Content-Type-Options": value, "Content-Type": "text/plain"}
    case("types of scripts", f"X-Content-Type-Options: {value!r}",
         element("script", "a", f"{B}/x", lines))  # fmt: skip
for kind in ("text/plain", "application/zip", "image/gif", "text/csv"):
    case("types of scripts", f"a script of type {kind!r} at home",
         element("script", "a", f"{A}/x", {"Content-Type": kind}))  # fmt: skip
case("types of scripts", "a script of type 'text/plain' with nosniff at home",
     element("script", "a", f"{A}/x", NOSNIFF | {"Content-Type": "text/plain"}))  # fmt: skip

for kind in ("", "text/css", "TEXT/CSS; charset=utf-8", "text/plain", "text/html", "nonsense",
             "text/x-css", "application/octet-stream", "text/css, text/plain"):  # fmt: skip
    lines = {"Content-Type": kind} if kind else {}
    for where, target in {"at home": A, "elsewhere": B}.items():
        for by in ("style", "style in quirks mode"):
            case("types of style sheets", f"a {by} of type {kind!r} {where}",
                 element(by, "a", f"{target}/x", lines))  # fmt: skip
for kind in ("text/css", "text/plain", "", "nonsense"):
    for by in ("style", "style in quirks mode"):
        case("types of style sheets", f"a {by} of type {kind!r} at home with nosniff",
             element(by, "a", f"{A}/x", NOSNIFF
                     | ({"Content-Type": kind} if kind else {})))  # fmt: skip

# --- cross-origin resource policy ---

CORP = "Cross-Origin-Resource-Policy"
for value in ("same-origin", "same-site", "cross-origin", "Same-Origin", "same-origin; x",
              "same-origin, same-origin", "nonsense"):  # fmt: skip
    for target in (A, A2, XA, B):
        case("resource policy", f"{CORP}: {value}, an image from {target}",
             element("image", "a", f"{target}/x", {CORP: value}))  # fmt: skip
for kind, by in {"text/javascript": "script", "text/css": "style"}.items():
    for value in ("same-origin", "same-site", "cross-origin"):
        case("resource policy", f"{CORP}: {value}, a {by}",
             element(by, "a", f"{B}/x", {CORP: value, "Content-Type": kind}))  # fmt: skip
for who, target in {"b in a": B, "b": A, "x.a": A, "y.a": XA}.items():
    for value in ("same-origin", "same-site"):
        case("resource policy", f"{CORP}: {value}, an image for {who}",
             element("image", who, f"{target}/x", {CORP: value}))  # fmt: skip
for mode in ("no-cors", "cors"):
    case("resource policy", f"{CORP}: same-origin, asked with {mode}",
         asks("a", f"{B}/x", mode=mode, answer=opens(**{CORP: "same-origin"})))  # fmt: skip
case("resource policy", f"{CORP}: same-origin, a frame",
     goes("frame", "a", f"{B}/x", answer=Response(200, {CORP: "same-origin"})))  # fmt: skip
case("resource policy", f"{CORP}: same-origin, with cookies", sets(B, "crumb=1; SameSite=None"),
     element("image", "a", f"{B}/x", {CORP: "same-origin"}))  # fmt: skip
case("resource policy", f"{CORP} on the way",
     element("image", "a", f"{B}/x", then={f"{A}/end": Response(200)},
             answer=Response(302, {"Location": f"{A}/end", CORP: "same-origin"})))  # fmt: skip
case("resource policy", f"{CORP} at the end of a detour over b",
     element("image", "a", f"{B}/x", then={f"{A}/end": Response(200, {CORP: "same-origin"})},
             answer=Response(302, {"Location": f"{A}/end"})))  # fmt: skip

# --- framing ---

FRAMES = Browser.of(
    window(
        f"{A}/",
        frame(f"{A}/", frame(f"{A}/", label="a in a in a"), label="a in a"),
        frame(f"{B}/", frame(f"{A}/", label="a in b in a"), label="b in a"),
        frame(f"{XA}/", label="x.a in a"),
        frame(f"{A}/", label="boxed", sandbox=BOX),
        label="a",
    ),
    window(f"{B}/", frame(f"{A}/", label="a in b"), label="b"),
    window(f"{XA}/", label="x.a"),
)
"""Documents that frame: each embeds a page of a."""


class FramingCase(NamedTuple):
    """Is the page at ``url``, sent with ``headers``, shown in ``within``?

    ``by``: as a ``"frame"``, a ``"boxed frame"`` whose sandbox admits scripts, or a ``"window"``.
    """

    name: str
    within: str
    headers: Headers
    url: str = f"{A}/x"
    by: str = "frame"

    def __str__(self) -> str:
        return self.name


FRAMING_CASES: list[FramingCase] = []


def frames(said: str, lines: Lines, *within: str, by: str = "frame", url: str = f"{A}/x") -> None:
    """A case for each place."""
    headers = Headers(lines)
    FRAMING_CASES.extend(FramingCase(f"{said}, {by} in {w}", w, headers, url, by) for w in within)


EVERYWHERE = tuple(FRAMES.labels)
X, CSP = "X-Frame-Options", "Content-Security-Policy"
CSP_REPORT = f"{CSP}-Report-Only"
frames("nothing said", {}, "a", "b", "boxed")
frames(f"{X}: DENY", {X: "DENY"}, "a", "b", "a in a")
frames(f"{X}: SAMEORIGIN", {X: "SAMEORIGIN"}, *EVERYWHERE)
frames(f"{X}: SAMEORIGIN", {X: "SAMEORIGIN"}, "a", by="boxed frame")
for value in ("DENY", "SAMEORIGIN"):
    frames(f"{X}: {value}", {X: value}, "a", by="window")
for value in (
    "deny", "sameorigin", "SameOrigin", "ALLOWALL", "allowall", f"ALLOW-FROM {B}",
    f"ALLOW-FROM {A}/", "nonsense", "", "SAMEORIGIN, SAMEORIGIN", "nonsense, absurdity",
    "ALLOWALL, ALLOWALL", "SAMEORIGIN,", "DENY; x", '"DENY"', "SAME ORIGIN", "SAMEORIGIN DENY",
):  # fmt: skip
    frames(f"{X}: {value!r}", {X: value}, "b")
for value in (
    "Deny", "sameorigin", "DENY, DENY", "SAMEORIGIN, SAMEORIGIN", "SAMEORIGIN, DENY",
    "DENY, nonsense", "SAMEORIGIN, nonsense", "ALLOWALL, SAMEORIGIN", "ALLOWALL, nonsense",
    "SAMEORIGIN,", ",DENY",
):  # fmt: skip
    frames(f"{X}: {value!r}", {X: value}, "a")
for said, lines in {
    "DENY twice": [(X, "DENY"), (X, "DENY")],
    "SAMEORIGIN twice": [(X, "SAMEORIGIN"), (X, "sameorigin")],
    "DENY and SAMEORIGIN": [(X, "DENY"), (X, "SAMEORIGIN")],
    "nonsense and SAMEORIGIN": [(X, "nonsense"), (X, "SAMEORIGIN")],
    "an empty line and SAMEORIGIN": [(X, ""), (X, "SAMEORIGIN")],
}.items():
    frames(f"{X} in two lines: {said}", lines, "a")

frames("frame-ancestors 'none'", {CSP: "frame-ancestors 'none'"}, "a", "b")
frames("frame-ancestors 'none'", {CSP: "frame-ancestors 'none'"}, "a", by="window")
frames("frame-ancestors 'self'", {CSP: "frame-ancestors 'self'"}, *EVERYWHERE)
frames("frame-ancestors 'self'", {CSP: "frame-ancestors 'self'"}, "a", by="boxed frame")
frames(f"frame-ancestors {B}", {CSP: f"frame-ancestors {B}"}, *EVERYWHERE)
frames("frame-ancestors *", {CSP: "frame-ancestors *"}, "a", "b", "a in b in a", "boxed")
for value in (
    "", "'SELF'", "'NONE'", "self", "none", "'none' 'self'", f"'none' {B}", f"'self' {B}",
    "b.localhost", f"b.localhost:{PORT}", f"b.localhost:{OTHER_PORT}", "b.localhost:*",
    "http://b.localhost", f"https://b.localhost:{PORT}", f"HTTP://B.LOCALHOST:{PORT}",
    f"*.localhost:{PORT}", "*.localhost", f"http://*.localhost:{PORT}", "*.localhost:*",
    f"*.b.localhost:{PORT}", f"*:{PORT}", "*:*", f"http://*:{PORT}", "http:", "HTTP:", "https:",
    "ws:", "data:", "*:", "http://", f"{B}/", f"{B}/path", f"{B}/path/", "'unsafe-inline'",
    "'nonce-x'", "b.localhost:80", "localhost", f".b.localhost:{PORT}", f"b.localhost.:{PORT}",
    f"{B}?x", f"{B}#x", f"//b.localhost:{PORT}", f"b.*:{PORT}", "null", "'null'", f"{A} {B}",
):  # fmt: skip
    said = f"frame-ancestors {value or 'with nothing'}"
    frames(said, {CSP: f"frame-ancestors {value}"}, "b")
for value in ("'SELF'", "self", "'none' 'self'", f"*.localhost:{PORT}", "http:", f"{A} {B}"):
    frames(f"frame-ancestors {value}", {CSP: f"frame-ancestors {value}"}, "a")
for said, lines in {
    "self, near a sub-domain": [(CSP, "frame-ancestors 'self'")],
    "sub-domains": [(CSP, f"frame-ancestors http://*.a.localhost:{PORT}")],
    "sub-domains and their parent": [(CSP, f"frame-ancestors *.a.localhost:{PORT} {A}")],
}.items():
    frames(said, lines, "x.a", "x.a in a", "a")
for said, lines in {
    "self and b": [(CSP, f"frame-ancestors 'self' {B}")],
    "http: alone": [(CSP, "frame-ancestors http:")],
}.items():
    frames(said, lines, "a in b in a", "b in a", "a in b", "boxed")
ONE_OF_TWO = [(CSP, f"frame-ancestors {A} {B}, frame-ancestors {B}")]
BEYOND = [(CSP, f"frame-ancestors 'none' é; frame-ancestors {B}")]
for said, lines in {
    "two policies in two lines, both admit": [
        (CSP, "frame-ancestors *"), (CSP, "frame-ancestors http:"),
    ],
    "two policies in two lines, one refuses": [
        (CSP, f"frame-ancestors {A}"), (CSP, f"frame-ancestors {B}"),
    ],
    "two policies in one line, one refuses": ONE_OF_TWO,
    "two directives, the first counts": [(CSP, f"frame-ancestors {B}; frame-ancestors 'none'")],
    "among other directives": [(CSP, f"img-src *; frame-ancestors {B}; font-src 'none'")],
    "in capitals": [(CSP, f"FRAME-ANCESTORS {B}")],
    "another directive only": [(CSP, "img-src 'none'; frame-src 'none'; child-src 'none'")],
    "report only": [(CSP_REPORT, "frame-ancestors 'none'")],
    "an old name": [("X-Content-Security-Policy", "frame-ancestors 'none'")],
    "a misspelt directive": [(CSP, "frame-ancestor 'none'")],
    "a tab between": [(CSP, f"frame-ancestors\t{B}")],
    "a letter beyond ASCII": BEYOND,
    "frame-ancestors * and X-Frame-Options DENY": [(CSP, "frame-ancestors *"), (X, "DENY")],
    "frame-ancestors b and SAMEORIGIN": [(CSP, f"frame-ancestors {B}"), (X, "SAMEORIGIN")],
    "frame-ancestors 'none' and ALLOWALL": [(CSP, "frame-ancestors 'none'"), (X, "ALLOWALL")],
    "an empty frame-ancestors and ALLOWALL": [(CSP, "frame-ancestors"), (X, "ALLOWALL")],
    "frame-ancestors of nonsense and DENY": [(CSP, "frame-ancestors 'x'"), (X, "DENY")],
    "another directive and DENY": [(CSP, "img-src 'none'"), (X, "DENY")],
    "report only and DENY": [(CSP_REPORT, "frame-ancestors *"), (X, "DENY")],
}.items():  # fmt: skip
    frames(said, lines, "b")
frames("two policies in one line, one refuses", ONE_OF_TWO, "a")
frames("a letter beyond ASCII", BEYOND, "a")
frames("b's page, self", {CSP: "frame-ancestors 'self'"}, "a", "b", "b in a", url=f"{B}/x")
frames("b's page, SAMEORIGIN", {X: "SAMEORIGIN"}, "a", "b", "b in a", url=f"{B}/x")
frames("the other port's page, SAMEORIGIN", {X: "SAMEORIGIN"}, "a", url=f"{A2}/x")
frames("the other port's page, self", {CSP: "frame-ancestors 'self'"}, "a", url=f"{A2}/x")


# --- where a browser goes its own way ---

AUTHORIZATION = (
    "both let * stand for Authorization as well; Fetch asks that it be named (CORS-preflight"
    ' fetch, "CORS non-wildcard request-header name")'
)
STORAGE_ACCESS = (
    "to the window's own site, from a third party in it, both send an Origin with whatever might "
    'have cookies: it belongs to "Sec-Fetch-Storage-Access: inactive" (Storage Access Headers, '
    "§ Integration with Fetch), which Fetch itself does not have yet"
)
PREFLIGHT_CHAIN = (
    "to both a preflight after a redirect is a request of its own, in its Sec-Fetch-Site and, to "
    "Firefox, in its Origin; in Fetch it has the URL list of the request (CORS-preflight fetch)"
)
NEVER_SNIFFED = (
    "both block from elsewhere what can be no script, by Opaque Response Blocking, which Fetch "
    "does not have yet"
)
WEBSOCKETS = (
    "a ws: source matches http: and https: too in CSP 3 (§6.7.2.9, scheme-part match), and "
    "in no browser"
)
JOINED = (
    "Chromium joins the values of one name before it measures them; in Fetch they are apart "
    '("CORS-unsafe request-header names")'
)
HINTS = "Chromium still takes client hints for CORS-safelisted, as Fetch once did"
USER_AGENT = "Chromium leaves out a page's own User-Agent (crbug.com/571722); Fetch lets it be set"
RANGE = "Chromium writes a Range anew, as it understands it; Fetch sends it as it is set"
NEGATIVE_AGE = (
    "Chromium takes a negative Max-Age for 0; Fetch for no number, so that the default holds"
)
OPAQUE_CACHE = (
    "Chromium remembers no preflight of an opaque origin; in Fetch all that are null share"
)
WHOLE_ANSWER = (
    "in Chromium a later preflight takes the place of the earlier; in Fetch each method and "
    "header has an entry"
)
EMPTY_LOCATION = (
    "to Chromium an empty Location is none; to Fetch it is the URL itself, again and again"
)
USER_NAME = (
    "Chromium fetches nothing by a URL with a user name in it; Fetch lets a redirect at home"
    " lead to one"
)
TAINTED = (
    "Chromium says null once a redirect has left the page's origin; in Fetch only a redirect "
    'from another origin to a third makes it so ("redirect-taint")'
)
TAB = (
    "Chromium stores no cookie with a tab in it; RFC 6265bis forbids only the other control "
    "characters (§5.6; httpwg/http-extensions#2262)"
)
BYTES = (
    "a cookie is bytes to RFC 6265bis, and a byte beyond ASCII goes back as it came; so it "
    "does in Chromium, but no script sees a cookie that is no UTF-8"
)
LOSSY = "a cookie is bytes to RFC 6265bis; Firefox puts U+FFFD for what is no UTF-8"
YOUNGEST = (
    "a cookie that is set again to another value becomes the youngest in Chromium; in RFC "
    "6265bis it keeps its age (§5.7)"
)
PARTITIONED = (
    "the model has no Partitioned; Chromium keeps such a cookie in a jar for the window's "
    "site (CHIPS)"
)
WHOLE_HEADER = (
    "Chromium ignores a whole CSP header with a letter beyond ASCII; CSP 3 the directive "
    "alone (§2.2.1)"
)
SAFE_BYTES = (
    'to Firefox no byte beyond ASCII is safe in Accept; to Fetch they all are ("CORS-unsafe '
    'request-header byte")'
)
COMMA = "Firefox takes a comma for the end of a type; in MIME Sniffing it belongs to the parameter"
NO_SUM = "Firefox does not add up the safe headers; Fetch admits 1024 bytes in all"
TWICE = (
    'Firefox asks twice for a name that is there twice; Fetch once ("convert header names to'
    ' a sorted-lowercase set")'
)
BAD_AGE = (
    "Firefox takes what is no number for 0; Fetch for nothing, so that the default of 5 s holds"
)
STAR_CACHE = 'Firefox does not remember what * has allowed; Fetch does ("method cache entry match")'
CACHE_WITHOUT = (
    "in Firefox a preflight with credentials counts for no request without; in Fetch it does"
)
FORGETS = (
    "Firefox forgets a preflight when the answer fails the CORS check; Fetch only when the "
    "preflight itself does"
)
SITE_CHAIN = (
    "Firefox says cross-site once a redirect leads from one origin of the site to another; "
    "Fetch Metadata only if a URL is of another site"
)
AFTER_303 = (
    "Firefox preflights all that follows a preflighted request, even what needs it no more; Fetch "
    "looks anew after each redirect"
)
CHAIN = (
    "to Firefox a request is cross-site once a redirect has passed by another site; RFC "
    "6265bis took that out again (httpwg/http-extensions#2104)"
)
NO_NAME = (
    "to Firefox a cookie line without = is a name, one that starts with = is none; in RFC "
    "6265bis both have an empty name (§5.6)"
)
SANDBOX_REFERER = (
    "Firefox says where a sandboxed page stands as it goes elsewhere or shows something; a "
    "document of an opaque origin has no referrer (Referrer Policy, §8.3)"
)
OPAQUE_STAR = "to Firefox * admits ancestors of opaque origins; in CSP 3 no source does"
LENIENT = "Firefox cuts a query or a fragment off a source; in CSP 3 it is none then (§2.3.1)"
PATHS = (
    "Firefox ignores the path of a source in frame-ancestors; in CSP 3 an ancestor is its "
    "origin, whose path is / (§6.4.2.1)"
)

KNOWN_DIFFERENCES: dict[str, dict[str, dict[str, str]]] = {
    "Chromium": {
        AUTHORIZATION: {
            "Authorization elsewhere": "sent = OPTIONS b/x, GET b/x · answer = 200 text from b/x",
            "headers: Authorization, not allowed by *": (
                "sent = OPTIONS b/x, POST b/x · answer = 200 text from b/x"
            ),
        },
        STORAGE_ACCESS: {
            "b in a asks a, with cookies": "origin = –, b",
            "b in a asks x.a, with cookies": "origin = –, b",
            "a in b in a asks a, with cookies": "origin = –, a",
            "boxed asks a, with cookies": "origin = –, null",
            "b in a asks a, and is given cookies": "origin = b, b, –",
            "a in b in a asks a, and is given cookies": "origin = a, a, –",
            "boxed asks a, and is given cookies": "origin = null, null, –",
            "b in a → a, a frame": "origin = –, b",
            "boxed → a, a frame": "origin = –, null",
            "b in a → a, a form by GET in a frame": "origin = –, b",
            "b in a asks a for a image": "origin = –, b",
            "boxed asks a for a image": "origin = –, null",
            "b in a asks a for a script": "origin = –, b",
            "boxed asks a for a script": "origin = –, null",
        },
        PREFLIGHT_CHAIN: {
            "PUT from b to x.a, both preflighted": (
                "site = cross-site, cross-site, same-site, cross-site"
            ),
            "a header from b to x.a": "site = cross-site, cross-site, same-site, cross-site",
        },
        NEVER_SNIFFED: {
            "a script of type 'application/zip'": "answer = not taken",
        },
        WEBSOCKETS: {
            "frame-ancestors ws:, frame in b": "not shown",
        },
        JOINED: {
            "1024 safe bytes": "sent = OPTIONS b/x, GET b/x · asked = GET accept",
            "1025 safe bytes": "asked = GET accept",
            "two Accept of 128 bytes": "sent = OPTIONS b/x, GET b/x · asked = GET accept",
        },
        HINTS: {
            "Save-Data elsewhere": "sent = GET b/x · asked = ",
            "DPR elsewhere": "sent = GET b/x · asked = ",
            "Downlink elsewhere": "sent = GET b/x · asked = ",
            "Viewport-Width elsewhere": "sent = GET b/x · asked = ",
            "Width elsewhere": "sent = GET b/x · asked = ",
            "Device-Memory elsewhere": "sent = GET b/x · asked = ",
        },
        USER_AGENT: {
            "User-Agent elsewhere": "sent = GET b/x · asked = ",
        },
        RANGE: {
            "Range: 'bytes = 0-1'": "arrived = –",
            "Range: 'Bytes=0-1'": "arrived = –",
        },
        NEGATIVE_AGE: {
            "Max-Age: '-1'": "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, PUT b/x · asked = PUT, PUT",
        },
        OPAQUE_CACHE: {
            "a sandboxed page twice": (
                "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, PUT b/x · asked = PUT, PUT"
            ),
        },
        WHOLE_ANSWER: {
            "what was allowed is remembered for each by itself": (
                "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, DELETE b/x, OPTIONS b/x · asked ="
                " PUT, DELETE x-a, PUT x-a · answer = 200 text from b/x, 200 text from b/x, "
                "TypeError"
            ),
        },
        EMPTY_LOCATION: {
            "to an empty Location": "sent = GET b/x · answer = 302 text from b/x",
        },
        USER_NAME: {
            "to a URL with a user name at home": "sent = GET a/x · answer = TypeError",
        },
        TAINTED: {
            "no-cors POST from home to b with 307": "origin = a, null",
        },
        TAB: {
            "set: a tab": (
                "cookies = –, –, – · answer = 200 text from a/sets, 200 text from a/x, 200 "
                "text from x.a/x, –"
            ),
        },
        BYTES: {
            "set: letters beyond ASCII": (
                "answer = 200 text from a/sets, 200 text from a/x, 200 text from x.a/x, –"
            ),
        },
        YOUNGEST: {
            "the older comes first, and keeps its place when it is set again": (
                "cookies = –, crumb1=1, crumb1=1; crumb2=2, crumb2=2; crumb1=3"
            ),
        },
        PARTITIONED: {
            "Partitioned, and at home": "cookies = –, crumb=1, –",
        },
        WHOLE_HEADER: {
            "a letter beyond ASCII, frame in a": "shown",
        },
    },
    "Firefox": {
        AUTHORIZATION: {
            "Authorization elsewhere": "sent = OPTIONS b/x, GET b/x · answer = 200 text from b/x",
            "headers: Authorization, not allowed by *": (
                "sent = OPTIONS b/x, POST b/x · answer = 200 text from b/x"
            ),
        },
        STORAGE_ACCESS: {
            "b in a asks a, with cookies": "origin = –, b",
            "b in a asks x.a, with cookies": "origin = –, b",
            "a in b in a asks a, with cookies": "origin = –, a",
            "boxed asks a, with cookies": "origin = –, null",
            "b in a asks a, and is given cookies": "origin = b, b, –",
            "a in b in a asks a, and is given cookies": "origin = a, a, –",
            "boxed asks a, and is given cookies": "origin = null, null, –",
            "b in a → a, a frame": "origin = –, b",
            "boxed → a, a frame": "origin = –, null · referer = a/, a/",
            "b in a → a, a form by GET in a frame": "origin = –, b",
            "b in a asks a for a image": "origin = –, b",
            "boxed asks a for a image": "origin = –, null · referer = a/, a/",
            "b in a asks a for a script": "origin = –, b",
            "boxed asks a for a script": "origin = –, null · referer = a/, a/",
        },
        PREFLIGHT_CHAIN: {
            "PUT from b to x.a, both preflighted": (
                "origin = a, a, a, null · site = cross-site, cross-site, same-site, cross-site"
            ),
            "a header from b to x.a": (
                "origin = a, a, a, null · site = cross-site, cross-site, same-site, cross-site"
            ),
        },
        NEVER_SNIFFED: {
            "a script of type 'application/zip'": "answer = not taken",
        },
        WEBSOCKETS: {
            "frame-ancestors ws:, frame in b": "not shown",
        },
        LOSSY: {
            "set: letters beyond ASCII": (
                "cookies = –, crumb=ï¿½, – · answer = 200 text from a/sets, 200 text from "
                "a/x, 200 text from x.a/x, crumb=�"
            ),
        },
        SAFE_BYTES: {
            "Accept: '\\xe9'": "sent = OPTIONS b/x, GET b/x · asked = GET accept",
        },
        COMMA: {
            "Content-Type: 'text/plain; x=1, y'": (
                "sent = OPTIONS b/x, POST b/x · asked = POST content-type"
            ),
        },
        NO_SUM: {
            "1025 safe bytes": "sent = GET b/x · asked = ",
        },
        TWICE: {
            "many names, in order and once each": "asked = GET content-type,x-a,x-b,x-b",
        },
        BAD_AGE: {
            "Max-Age: '-1'": "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, PUT b/x · asked = PUT, PUT",
            "Max-Age: '1.5'": (
                "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, PUT b/x · asked = PUT, PUT"
            ),
            "Max-Age: 'x'": "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, PUT b/x · asked = PUT, PUT",
            "Max-Age: '+60'": (
                "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, PUT b/x · asked = PUT, PUT"
            ),
            "Max-Age: '60, 0'": (
                "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, PUT b/x · asked = PUT, PUT"
            ),
            "Max-Age: '\"60\"'": (
                "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, PUT b/x · asked = PUT, PUT"
            ),
        },
        STAR_CACHE: {
            "the same method by *": (
                "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, PUT b/x · asked = PUT, PUT"
            ),
            "another method by *": (
                "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, DELETE b/x · asked = PUT, DELETE"
            ),
            "another header by *": (
                "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, PUT b/x · asked = PUT, PUT x-c"
            ),
            "the same header by *": (
                "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, PUT b/x · asked = PUT x-c, PUT x-c"
            ),
        },
        CACHE_WITHOUT: {
            "first with cookies, then without": (
                "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, PUT b/x · asked = PUT, PUT"
            ),
        },
        FORGETS: {
            "remembered though the answer was not opened": (
                "sent = OPTIONS b/x, PUT b/x, OPTIONS b/x, PUT b/x · asked = PUT, PUT"
            ),
        },
        SITE_CHAIN: {
            "from the site's port to home": "site = same-site, cross-site",
            "from a sub-domain to another": "site = same-site, cross-site",
        },
        AFTER_303: {
            "PUT elsewhere redirected with 303": (
                "sent = OPTIONS b/x, PUT b/x, OPTIONS b/y, GET b/y · asked = PUT, GET"
            ),
            "Authorization from b to x.a": (
                "sent = OPTIONS b/x, GET b/x, OPTIONS x.a/y, GET x.a/y · asked = GET "
                "authorization, GET"
            ),
        },
        CHAIN: {
            "with cookies from b to home": "cookies = –, –, –, crumb_none=1; crumb_plain=1",
            "with cookies from b to home, no-cors": (
                "cookies = –, –, –, crumb_none=1; crumb_plain=1"
            ),
            "a → b → a, a frame": "cookies = –, –, –, crumb_none=1; crumb_plain=1",
            "a → b → a, a window": (
                "cookies = –, –, crumb_none=1; crumb_lax=1; crumb_plain=1, crumb_none=1; "
                "crumb_lax=1; crumb_plain=1"
            ),
            "a → b → a, a form": (
                "cookies = –, –, crumb_none=1; crumb_plain=1, crumb_none=1; crumb_lax=1; "
                "crumb_plain=1"
            ),
            "a → b → a, a form in frame": "cookies = –, –, –, crumb_none=1; crumb_plain=1",
        },
        NO_NAME: {
            "set: no name": (
                "cookies = –, crumb=, – · answer = 200 text from a/sets, 200 text from a/x, "
                "200 text from x.a/x, crumb="
            ),
            "set: an empty name": (
                "cookies = –, –, – · answer = 200 text from a/sets, 200 text from a/x, 200 "
                "text from x.a/x, –"
            ),
        },
        SANDBOX_REFERER: {
            "boxed → a, a window": "referer = a/, a/",
            "boxed → a, a form by POST": "referer = a/, a/",
        },
        OPAQUE_STAR: {
            "frame-ancestors *, frame in boxed": "shown",
        },
        LENIENT: {
            "frame-ancestors http://b.localhost:8000?x, frame in b": "shown",
            "frame-ancestors http://b.localhost:8000#x, frame in b": "shown",
        },
        PATHS: {
            "frame-ancestors http://b.localhost:8000/path, frame in b": "shown",
            "frame-ancestors http://b.localhost:8000/path/, frame in b": "shown",
        },
    },
}
"""Where a browser does otherwise than the model: why, and what it does in which case.

Of what is told of a case (`browser/requests_rig.py`) there are the aspects that differ."""
