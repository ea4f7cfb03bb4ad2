"""Requests and responses (Fetch standard).

A `Request` is what a page asks for; the browser adds its own headers before it is sent. What an
element asks for (an image, a script, a form) is a request as well: `Request.image` and the like say
what each element's are like.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

from labcore.errors import ReadersError, shown, unknown
from labcore.http.headers import FORBIDDEN_METHODS, BadHeader, Headers, checked_value, is_token
from labcore.origin import Origin, normalize_url, parse_url

MODES = ("cors", "no-cors", "same-origin", "navigate")
CREDENTIALS = ("same-origin", "include", "omit")
REDIRECTS = ("follow", "error", "manual")
DESTINATIONS = ("", "image", "script", "style", "object", "document", "iframe")
NORMALIZED = ("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT")

NO_HEADERS = Headers()


class BadRequest(ReadersError, ValueError):
    """A request that no script can make: ``fetch`` throws a TypeError."""


@dataclass(frozen=True, init=False)
class Request:
    """A request. ``Request("PUT", url, headers={…}, credentials="include")``.

    ``mode``: ``"cors"`` as of ``fetch``, ``"no-cors"`` as of ``<img>`` and ``<script>``,
    ``"same-origin"``, ``"navigate"``. ``credentials``: whether cookies go along. ``redirect``: what
    becomes of a redirect. ``destination``: which element asks, ``""`` for a script's ``fetch``.
    Raises `BadRequest`, `BadHeader`, `InvalidURL`, and `UnknownName` for a mode that is none.
    """

    method: str
    url: str
    headers: Headers = NO_HEADERS
    body: str | None = None
    mode: str = "cors"
    credentials: str = "same-origin"
    redirect: str = "follow"
    destination: str = ""

    def __init__(
        self,
        method: str,
        url: str,
        headers: Headers | Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: str | None = None,
        mode: str = "cors",
        credentials: str = "same-origin",
        redirect: str = "follow",
        destination: str = "",
    ) -> None:
        for kind, chosen, known in (
            ("mode", mode, MODES),
            ("credentials mode", credentials, CREDENTIALS),
            ("redirect mode", redirect, REDIRECTS),
            ("destination", destination, DESTINATIONS),
        ):
            if chosen not in known:
                raise unknown(kind, chosen, known)
        method = normalized_method(method)
        if body is not None and not isinstance(body, str):
            raise BadRequest(f"a body is a text, not {shown(body, 60)}")
        if body is not None and method in ("GET", "HEAD"):
            raise BadRequest(f"a {method} request has no body (TypeError)")
        fields = dict(
            method=method,
            url=normalize_url(url),
            headers=Headers(headers),
            body=body,
            mode=mode,
            credentials=credentials,
            redirect=redirect,
            destination=destination,
        )
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    # --- what elements ask for (HTML Standard) ---

    @classmethod
    def image(cls, url: str) -> "Request":
        """What ``<img src=url>`` asks for."""
        return cls("GET", url, mode="no-cors", credentials="include", destination="image")

    @classmethod
    def script(cls, url: str) -> "Request":
        """What ``<script src=url>`` asks for."""
        return cls("GET", url, mode="no-cors", credentials="include", destination="script")

    @classmethod
    def style(cls, url: str) -> "Request":
        """What ``<link rel=stylesheet href=url>`` asks for."""
        return cls("GET", url, mode="no-cors", credentials="include", destination="style")

    @classmethod
    def plugin(cls, url: str) -> "Request":
        """What ``<object data=url>`` asks for, to hand it to a plug-in."""
        return cls("GET", url, mode="no-cors", credentials="include", destination="object")

    @classmethod
    def form(
        cls, method: str, url: str, fields: Mapping[str, str] = {}, destination: str = "document"
    ) -> "Request":
        """What ``<form method action=url>`` sends: a navigation, with its ``fields`` encoded."""
        how: dict[str, Any] = {
            "mode": "navigate",
            "credentials": "include",
            "destination": destination,
        }
        if normalized_method(method) == "GET":
            plain = normalize_url(url).partition("#")[0].partition("?")[0]
            return cls("GET", f"{plain}?{form_encoded(fields)}", **how)
        if normalized_method(method) != "POST":
            raise BadRequest(f"a form is sent by GET or POST, not by {shown(method, 60)}")
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return cls("POST", url, kind, form_encoded(fields), **how)

    # --- looking at it ---

    @property
    def origin(self) -> Origin:
        """The origin of the URL, not of whoever asks."""
        return Origin.of(self.url)

    @property
    def path(self) -> str:
        """The path of the URL, without what it asks for."""
        return str(parse_url(self.url).pathname)

    @property
    def fields(self) -> dict[str, str]:
        """What a server finds in the query, and in the body if that is a form's."""
        query = parse_qsl(str(parse_url(self.url).search).removeprefix("?"), keep_blank_values=True)
        return dict(query) | dict(parse_qsl(self.body or "", keep_blank_values=True))

    @property
    def cookies(self) -> dict[str, str]:
        """What a server finds in the ``Cookie`` header."""
        pairs = (each.partition("=") for each in self.headers.get("cookie", "").split("; "))
        return {name: value for name, _, value in pairs if name}

    @property
    def text(self) -> str:
        """All that whoever makes the request has written into it, decoded."""
        return f"{unquote_plus(self.url)} {self.headers} {unquote_plus(self.body or '')}"

    def but(self, **changes: Any) -> "Request":
        """This request with some fields changed."""
        return replace(self, **changes)

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


def form_encoded(fields: object) -> str:
    """A form's fields in one text. Raises `BadRequest`.

    What is no letter, half of a surrogate pair, becomes U+FFFD as everywhere in a URL.
    """
    if not isinstance(fields, Mapping):
        raise BadRequest(
            f"a form's fields are a dict, like {{'to': 'bob'}}, not {shown(fields, 60)}"
        )
    return urlencode({_letters(str(n)): _letters(str(v)) for n, v in fields.items()})


def _letters(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def normalized_method(method: object) -> str:
    """``method`` as it is sent: only six are put in upper case. Raises `BadRequest`.

    >>> normalized_method("put"), normalized_method("patch")
    ('PUT', 'patch')
    """
    if not isinstance(method, str) or not is_token(method):
        raise BadRequest(f"{shown(method, 60)} is no method: write 'GET', 'POST', … (TypeError)")
    if method.upper() in FORBIDDEN_METHODS:
        raise BadRequest(f"no script may use the method {method.upper()} (TypeError)")
    return method.upper() if method.upper() in NORMALIZED else method


@dataclass(frozen=True, init=False)
class Response:
    """What a server answers: ``Response(200, {"Content-Type": "text/html"}, "…")``.

    ``does`` is what the server has done on account of the request, and for which of its users:
    ``("pay 100 to mallory", "alice")``. A *network error* is no response at all: `Fetched` then
    has none. Raises `BadRequest` and `BadHeader`.
    """

    status: int = 200
    headers: Headers = NO_HEADERS
    body: str = ""
    does: tuple[str, str] | None = None

    def __init__(
        self,
        status: int = 200,
        headers: Headers | Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: str = "",
        does: tuple[str, str] | None = None,
    ) -> None:
        if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
            raise BadRequest(f"a status is a number from 100 to 599, not {shown(status, 60)}")
        if not isinstance(body, str):
            raise BadRequest(f"a body is a text, not {shown(body, 60)}")
        for name, value in {"status": status, "headers": Headers(headers), "body": body}.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "does", does)

    @property
    def is_ok(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status <= 299

    def but(self, **changes: Any) -> "Response":
        """This response with some fields changed."""
        return replace(self, **changes)

    def __str__(self) -> str:
        return f"{self.status} {self.body}".strip()


__all__ = ["BadHeader", "BadRequest", "Request", "Response", "checked_value", "normalized_method"]
