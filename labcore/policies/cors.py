"""Cross-Origin Resource Sharing: may the page read what another origin has answered?

The same-origin policy says no. CORS lets the server say yes, in headers (Fetch standard). Each
function here is an algorithm of the standard and has its name; it answers with ``None`` for
success, or says what is wrong.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from labcore.http import Request, Response
from labcore.http.headers import NEVER_READ, SAFE_TO_READ, unsafe_names
from labcore.origin import Origin

SAFE_METHODS = ("GET", "HEAD", "POST")
"""The CORS-safelisted methods: what a form or an image could send all along."""

DEFAULT_MAX_AGE_S = 5
MOST_MAX_AGE_S = 7200
"""How long a preflight is remembered if the server does not say, and at most."""


CorsRule = Callable[[str, bool, Response], str | None]
"""``rule(origin, credentials, response)``: why the page may not read it; ``None`` if it may."""


def cors_check(origin: str, credentials: bool, response: Response) -> str | None:
    """The page may read what the server has opened to its origin (Fetch standard, "CORS check").

    ``credentials`` says whether the request asked for cookies (``include``).
    """
    allowed = response.headers.get("access-control-allow-origin")
    if allowed is None:
        return "the response has no Access-Control-Allow-Origin"
    if allowed == "*" and not credentials:
        return None
    if allowed != origin:
        star = "* does not count where cookies may go along" if allowed == "*" else ""
        return star or f"Access-Control-Allow-Origin is {allowed!r}, not {origin!r}"
    if credentials and response.headers.get("access-control-allow-credentials") != "true":
        return "Access-Control-Allow-Credentials is not 'true'"
    return None


def same_origin_only(origin: str, credentials: bool, response: Response) -> str | None:
    """Before CORS: a script asks its own origin, and no other one (XMLHttpRequest until 2009)."""
    return "a script may ask its own origin only"


def no_check(origin: str, credentials: bool, response: Response) -> str | None:
    """No policy, as in no browser: every page reads everything, with the user's cookies."""
    return None


def by_principal(origin: str, credentials: bool, response: Response) -> str | None:
    """A principal reads what is its own, and what CORS opens to its label (Part V)."""
    return cors_check(origin, credentials, response)


CORS: dict[str, CorsRule] = {
    "Fetch standard": cors_check,
    "same origin only": same_origin_only,
    "no check": no_check,
}
"""Who may read an answer of another origin."""


def needs_preflight(request: Request) -> bool:
    """Whether ``request`` is one that no element could send, so that the server is asked first."""
    return request.method not in SAFE_METHODS or bool(unsafe_names(request.headers))


def preflight_for(request: Request) -> Request:
    """The question: may this method and these headers come?."""
    asks = [("Accept", "*/*"), ("Access-Control-Request-Method", request.method)]
    if names := unsafe_names(request.headers):
        asks.append(("Access-Control-Request-Headers", ",".join(names)))
    return Request("OPTIONS", request.url, asks, mode="cors", credentials="omit")


def preflight_refusal(
    request: Request, origin: str, response: Response, check: CorsRule = cors_check
) -> str | None:
    """Why the answer to a preflight does not let ``request`` go; ``None`` if it does."""
    credentials = request.credentials == "include"
    if (no := check(origin, credentials, response)) is not None:
        return no
    if not response.is_ok:
        return f"the status {response.status} is not one of success"
    methods = response.headers.listed("access-control-allow-methods")
    names = response.headers.listed("access-control-allow-headers")
    if methods is None or names is None:
        which = "Methods" if methods is None else "Headers"
        return f"Access-Control-Allow-{which} is no list of names"
    any_method = "*" in methods and not credentials
    if not (request.method in methods or request.method in SAFE_METHODS or any_method):
        return f"Access-Control-Allow-Methods does not name {request.method}"
    listed = {name.lower() for name in names}
    for name in unsafe_names(request.headers):
        by_star = "*" in names and not credentials and name != "authorization"
        if name not in listed and not by_star:
            return f"Access-Control-Allow-Headers does not name {name}"
    return None


class Remembered(NamedTuple):
    """A line of the preflight cache: this origin may use this method or header at this URL."""

    partition: str
    origin: str
    url: str
    credentials: bool
    method: str = ""
    header: str = ""


def remembered(
    request: Request, origin: str, partition: str, response: Response
) -> tuple[Remembered, ...]:
    """What the answer to a preflight allows for the time it says."""
    if re.fullmatch("0+", response.headers.get("access-control-max-age", "")):
        return ()
    key = (partition, origin, request.url, request.credentials == "include")
    methods = response.headers.listed("access-control-allow-methods") or []
    names = response.headers.listed("access-control-allow-headers") or []
    return (
        *(Remembered(*key, method=method) for method in methods),
        *(Remembered(*key, header=name.lower()) for name in names),
    )


def is_remembered(
    request: Request, origin: str, partition: str, cache: tuple[Remembered, ...]
) -> bool:
    """Whether earlier preflights allow all that ``request`` needs."""
    credentials = request.credentials == "include"
    mine = [
        each
        for each in cache
        if (each.partition, each.origin, each.url) == (partition, origin, request.url)
        and (each.credentials or not credentials)
    ]
    methods, headers = {each.method for each in mine}, {each.header for each in mine}
    return (request.method in SAFE_METHODS or request.method in methods or "*" in methods) and all(
        name in headers or ("*" in headers and name != "authorization")
        for name in unsafe_names(request.headers)
    )


def readable_headers(request: Request, response: Response, same_origin: bool) -> tuple[str, ...]:
    """The names of the response's headers that the page can read."""
    names = [name for name in response.headers if name not in NEVER_READ]
    if same_origin:
        return tuple(names)
    exposed = {x.lower() for x in response.headers.listed("access-control-expose-headers") or []}
    everything = "*" in exposed and request.credentials != "include"
    return tuple(name for name in names if everything or name in SAFE_TO_READ | exposed)


def serialized(origin: Origin | None) -> str:
    """What the ``Origin`` header says of whoever asks; the user's own requests come of nobody."""
    return "null" if origin is None else str(origin)
