"""`Site`: a server with users, who log in, read their data, and have things done.

It knows its users by a session cookie, and a cookie comes with every request to the site, whoever's
page has made it. What the site does about that are its choices (`labcore.servers.choices`).
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labcore.errors import PolicyError, ReadersError, called, shown
from labcore.http import Request, Response
from labcore.principals import header, label_of
from labcore.servers import choices
from labcore.servers.hostile import CALLBACK, FLASH_FILE, SCRIPT_TAG


@dataclass(frozen=True)
class User:
    """A user of a site: ``session`` is the cookie's value, ``token`` what the site's forms hold.

    ``data`` is what the site keeps for this user. ``cookie`` are the attributes with which the site
    sets the session cookie, ``principal`` is the ID of the principal that it keeps the user in.
    """

    name: str
    session: str
    token: str = ""
    password: str = ""
    data: str = ""
    cookie: str = "Secure; HttpOnly"
    principal: str = ""

    @property
    def set_cookie(self) -> str:
        """The line with which the site logs the user in."""
        return f"session={self.session}; Path=/" + (f"; {self.cookie}" if self.cookie else "")


@dataclass(frozen=True)
class Site:
    """A server at ``origin``.

    ``deeds`` are what it does, by path: ``{"/pay": "pay {amount} to {to}"}`` with the names of a
    form's fields. With ``by_get`` a link or an image is enough. ``reads`` are the paths that show
    the user's data, as JSON. ``jsonp`` are those that answer everybody, with a ``callback`` around
    the answer; one that is among ``reads``, too, brings the user's data. ``kind`` is the type of
    these answers. ``trusted`` is the origin that may read. ``around_data`` stands before and after
    the data in a web page, as where others may write into it.
    """

    origin: str
    users: tuple[User, ...]
    deeds: tuple[tuple[str, str], ...] = ()
    by_get: bool = False
    reads: tuple[str, ...] = ()
    jsonp: tuple[str, ...] = ()
    kind: str = "text/javascript"
    trusted: str = ""
    around_data: tuple[str, str] | None = None
    csrf_token: choices.TokenCheck = choices.no_token
    request_check: choices.RequestCheck = choices.no_request_check
    cors_headers: choices.CorsHeaders = choices.no_cors
    framing_headers: choices.FramingHeaders = choices.no_framing_header
    callback_filter: choices.CallbackFilter = choices.any_callback
    callback_prefix: bool = False
    nosniff: bool = False
    attachment: bool = False
    opener_policy: choices.IsolationHeaders = choices.says_nothing
    embedder_policy: choices.IsolationHeaders = choices.says_nothing
    resource_policy: choices.IsolationHeaders = choices.says_nothing
    agent_cluster: choices.IsolationHeaders = choices.says_nothing

    def __call__(self, request: Request) -> Response:
        """Answer a request; every answer says who may read it and who may frame it."""
        if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            answer = self._preflighted(request)
        else:
            answer = self._answer(request)
        headers, user = answer.headers, self.user_of(request)
        owned = user is not None and user.principal and "principal" not in headers
        belongs = header("create", user.principal) if user is not None and owned else {}
        for name, value in (self._says(request) | belongs).items():
            headers = headers.having(name, value)
        return answer.but(headers=headers)

    def _says(self, request: Request) -> dict[str, str]:
        origin = request.headers.get("origin", "")
        nosniff = choices.sends_nosniff() if self.nosniff else {}
        trusted = self.trusted or self.origin
        cors: dict[str, str] = said("CORS headers", dict, self.cors_headers, origin, trusted)
        framing: dict[str, str] = said("framing headers", dict, self.framing_headers)
        asked = cors | framing | nosniff
        for name in ("opener", "embedder", "resource"):
            asked |= said(f"{name} policy", dict, getattr(self, f"{name}_policy"))
        asked |= said("agent cluster", dict, self.agent_cluster)
        return asked

    def _preflighted(self, request: Request) -> Response:
        """Whoever may read may also ask by any method, with any header."""
        asked = request.headers.get("access-control-request-headers", "")
        method = request.headers["access-control-request-method"]
        names = {"Access-Control-Allow-Headers": asked} if asked else {}
        return Response(204, {"Access-Control-Allow-Methods": method, **names})

    def _answer(self, request: Request) -> Response:
        path, user = request.path, self.user_of(request)
        if path == "/login" and request.method == "POST":
            return self._login(request)
        if path in dict(self.deeds) and (request.method == "POST" or self.by_get):
            return self._do(request, user)
        if path in self.jsonp or (path in self.reads and user is not None):
            return self._data(request, user if path in self.reads else None)
        if user is None:
            return Response(200 if path == "/" else 403, HTML, "Log in, please.")
        if path == "/form":
            return Response(200, HTML, f"A form for {user.name}, with the token {user.token}.")
        return Response(200, HTML, f"A page for {user.name}.")

    def user_of(self, request: Request) -> User | None:
        """Whose session cookie came along."""
        session = request.cookies.get("session")
        return next((each for each in self.users if each.session == session), None)

    def _is_from_here(self, request: Request) -> bool:
        user, own = self.user_of(request), self.origin
        if user is not None and user.principal:  # in a browser with COP its pages speak as that
            label = str(label_of(user.principal))
            own = label if request.headers.get("origin") == label else own
        return bool(said("request check", bool, self.request_check, request, own))

    def _login(self, request: Request) -> Response:
        asked = request.fields
        for user in self.users:
            if (asked.get("user"), asked.get("password")) == (user.name, user.password):
                if not self._is_from_here(request):
                    return Response(403, HTML, "This form was not sent from here.")
                headers = {**HTML, "Set-Cookie": user.set_cookie}
                headers |= header("create", user.principal) if user.principal else {}
                return Response(200, headers, f"Hello {user.name}.")
        return Response(403, HTML, "Wrong password.")

    def _do(self, request: Request, user: User | None) -> Response:
        if user is None:
            return Response(403, HTML, "Log in, please.")
        if not self._is_from_here(request):
            return Response(403, HTML, "This form was not sent from here.")
        issued = {each.token for each in self.users}
        given = request.fields.get("token", "")
        if not said("token check", bool, self.csrf_token, given, user.token, issued):
            return Response(403, HTML, "The form does not hold the right token.")
        fields = {name: "?" for name in FIELDS.findall(dict(self.deeds)[request.path])}
        text = dict(self.deeds)[request.path].format_map(fields | request.fields)
        return Response(200, HTML, f"Done: {text}.", does=(text, user.name))

    def _data(self, request: Request, user: User | None) -> Response:
        """What the site keeps for the user; without a user JSONP brings nothing, but brings it."""
        if self.around_data is not None and user is not None:
            before, after = self.around_data
            return Response(200, HTML, f"<html>{before}{user.data}{after}</html>")
        data = json.dumps({"of": user.name, "data": user.data} if user is not None else {})
        callback = request.fields.get("callback") if request.path in self.jsonp else None
        attached = choices.sends_attachment() if self.attachment else {}
        if callback is None:
            return Response(200, {"Content-Type": "application/json", **attached}, data)
        if not said("callback filter", bool, self.callback_filter, callback):
            return Response(400, {"Content-Type": "text/plain"}, "No such callback.")
        declared = self.kind or ("text/javascript" if self.nosniff else "")
        kind = {"Content-Type": declared} if declared else {}
        body = f"{'/**/' if self.callback_prefix else ''}{callback}({data})"
        return Response(200, kind | attached, body)

    # --- what can be asked of it ---

    def offers(self, wanted: Iterable[str], known: Iterable[str]) -> Iterator[Request]:
        """The requests that it understands, as forms: for what is ``wanted``, and to read.

        ``known`` are the secrets that can be filled in: tokens and passwords.
        """
        known = tuple(known)
        for path, template in self.deeds:
            pattern = FIELDS.sub(lambda hole: f"(?P<{hole[1]}>.+)", re.escape(template).replace(
                r"\{", "{").replace(r"\}", "}"))  # fmt: skip
            for text in wanted:
                if found := re.fullmatch(pattern, text):
                    method = "GET" if self.by_get else "POST"
                    tokens = [each.token for each in self.users if each.token in known]
                    for token in ("", *tokens):
                        filled = found.groupdict() | ({"token": token} if token else {})
                        yield Request.form(method, self.origin + path, filled)
        for user in self.users:
            if user.password and user.password in known:
                fields = {"user": user.name, "password": user.password}
                yield Request.form("POST", f"{self.origin}/login", fields)
        for path in (*self.reads, *(["/form"] if self.deeds else [])):
            yield Request("GET", self.origin + path, mode="navigate", credentials="include")
        for path in self.jsonp:
            for callback in (CALLBACK, FLASH_FILE, SCRIPT_TAG):
                yield Request.form("GET", self.origin + path, {"callback": callback})


def said(kind: str, wanted: type, choice: Callable[..., Any], *given: object) -> Any:
    """What a choice answers. Raises `PolicyError` if it fails, or answers with another kind."""
    try:
        answer = choice(*given)
    except ReadersError:
        raise
    except Exception as error:
        raise PolicyError(
            f"the {kind} {called(choice)!r} raised {type(error).__name__}: {error}"
        ) from error
    if isinstance(answer, wanted):
        return answer
    hint = " (is a 'return' missing?)" if answer is None else ""
    returns = {bool: "True or False", dict: "a dict of headers"}.get(wanted, wanted.__name__)
    raise PolicyError(
        f"the {kind} {called(choice)!r} answered {shown(answer, 60)}{hint}: it returns {returns}"
    )


HTML: Mapping[str, Any] = {"Content-Type": "text/html"}
FIELDS = re.compile(r"\{(\w+)\}")
