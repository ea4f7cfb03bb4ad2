"""`Console`: a request across origins, the server's answer, and what the browser makes of both.

The reader writes both sides. What is written reaches the kernel as numbered messages, one at a
time, and comes back as what would go over the network, the verdict, and the algorithm's steps. What
is wrong is said beside its field; the last good outcome stays, marked as not current.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import ipywidgets
import traitlets as t

from labcore.errors import Named, ReadersError, WrongValue, shown, unknown
from labcore.figures.exchanges import (
    MOST_EXCHANGES,
    MOST_LINES,
    Written,
    headline,
    most,
    request_written,
    response_written,
    shortened,
    title_of,
)
from labcore.http import BadHeader, Headers, Jar, Request, Response
from labcore.http.cookies import parse_set_cookie
from labcore.http.headers import WHITESPACE, checked_value
from labcore.http.request import CREDENTIALS, MODES, normalized_method
from labcore.origin import Origin, normalize_url
from labcore.policies import Policies
from labcore.policies.cookies import Asking
from labcore.policies.fetching import Exchange, Fetched, Server
from labcore.policies.toggles import policies_of
from labcore.widgets.base import STATIC, Widget, script
from labcore.widgets.stepper import in_words
from labcore.widgets.toggles import Own, Toggles

Fields = dict[str, str]
"""What stands in each field, as the reader has left it."""

JSON = "Content-Type: application/json"

START: Fields = {
    "page": "https://shop.example/",
    "method": "GET",
    "url": "https://api.example/prices",
    "mode": "cors",
    "credentials": "same-origin",
    "request_headers": "",
    "request_body": "",
    "cookies": "",
    "status": "200",
    "response_headers": JSON,
    "response_body": '{"price": 12}',
    "preflight": "same",
    "preflight_status": "204",
    "preflight_headers": "",
}
"""The fields in their order, and what stands there at first."""

SCRIPT_MODES = tuple(mode for mode in MODES if mode != "navigate")
PREFLIGHT = {"same": "same headers", "own": "own answer"}
MENUS = {
    "mode": {mode: mode for mode in SCRIPT_MODES},
    "credentials": {each: each for each in CREDENTIALS},
    "preflight": PREFLIGHT,
}
"""The fields with few values, and what each value is called."""

TOGGLED = ("same_site_default", "third_party_cookies", "cors")
SENT_ORIGIN = "{origin}"
MOST_COOKIES = 180
"""As many cookies as Chromium keeps for a site."""


# --- from fields to a request and a server ---


def asking_of(page: str) -> Asking:
    """A script in ``page``, a URL or ``null``, at the top of a window. Raises `InvalidURL`."""
    if page.strip() == "null":
        nobody = Origin.opaque("console")
        return Asking(nobody, "", (nobody,))
    origin = Origin.of(page)
    return Asking(origin, normalize_url(page), (origin,))


def written_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of ``text`` that hold something, with their numbers."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip(WHITESPACE):
            yield number, line.strip(WHITESPACE)


def headers_of(text: str) -> Headers:
    """Lines ``Name: value`` as headers. Raises `BadHeader`."""
    pairs = []
    for number, line in written_lines(text):
        name, colon, value = line.partition(":")
        if not colon:
            raise BadHeader(f"line {number} is {shown(line, 60)}, without a colon: Name: value")
        pairs.append((name, value))
    return Headers(pairs)


def status_of(text: str) -> int:
    """A status. Raises `BadRequest` for what is none."""
    text = text.strip()
    number: Any = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text
    return Response(number).status


def jar_of(text: str, url: str) -> Jar:
    """The jar once ``url`` has set each line as a cookie. Raises `BadHeader`, `WrongValue`."""
    lines = [checked_value("Set-Cookie", line) for _, line in written_lines(text)]
    if len(lines) > MOST_COOKIES:
        raise WrongValue(f"a site has at most {MOST_COOKIES} cookies, not {len(lines):,}")
    jar = Jar()
    for line in lines:
        jar = jar.with_cookie(line, url)
    return jar


def not_kept(text: str, url: str) -> str:
    """Which lines no browser takes as a cookie of ``url``; empty if it takes all."""
    lines = []
    for number, line in written_lines(text):
        cookie, expired = parse_set_cookie(line, url)
        if cookie is None or expired:
            lines.append(number)
    some = ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
    which = "line" if len(lines) == 1 else "lines"
    return f"{which} {some}: no browser keeps this for {shortened(url, 60)}" if lines else ""


def chosen(field: str, value: str) -> str:
    """``value`` if it is in the menu of ``field``. Raises `UnknownName`."""
    if value not in MENUS[field]:
        raise unknown(field, value, MENUS[field])
    return value


def request_of(fields: Fields) -> Request:
    """The request that the script makes. Raises what `Request` raises."""
    return Request(
        fields["method"].strip(),
        fields["url"],
        headers_of(fields["request_headers"]),
        fields["request_body"] or None,
        mode=fields["mode"],
        credentials=fields["credentials"],
    )


def server_of(fields: Fields) -> Server:
    """The server that answers so, for every host.

    Where it redirects to, the same answer comes with the status 200.
    """
    headers = headers_of(fields["response_headers"])
    answer = Response(status_of(fields["status"]), headers, fields["response_body"])
    onward = answer.but(status=200, headers=headers.without("Location"))
    allowance = Response(204, headers)
    if fields["preflight"] == "own":
        own = headers_of(fields["preflight_headers"])
        allowance = Response(status_of(fields["preflight_status"]), own)
    url = normalize_url(fields["url"])

    def what_stands_there(request: Request) -> Response:
        if "access-control-request-method" in request.headers:
            return filled_in(allowance, request)
        return filled_in(answer if request.url == url else onward, request)

    return what_stands_there


def filled_in(response: Response, request: Request) -> Response:
    """``response`` with the origin that was sent for ``{origin}``; where none was, without it."""
    origin = request.headers.get("origin", "")
    lines = (
        (name, value.replace(SENT_ORIGIN, origin))
        for name, value in response.headers.items_
        if origin or SENT_ORIGIN not in value
    )
    return response.but(headers=Headers(lines))


CHECKS: dict[str, Callable[[Fields], object]] = {
    "page": lambda fields: asking_of(fields["page"]),
    "method": lambda fields: normalized_method(fields["method"].strip()),
    "url": lambda fields: normalize_url(fields["url"]),
    "mode": lambda fields: chosen("mode", fields["mode"]),
    "credentials": lambda fields: chosen("credentials", fields["credentials"]),
    "request_headers": lambda fields: headers_of(fields["request_headers"]),
    "cookies": lambda fields: jar_of(fields["cookies"], START["url"]),
    "status": lambda fields: status_of(fields["status"]),
    "response_headers": lambda fields: headers_of(fields["response_headers"]),
    "preflight": lambda fields: chosen("preflight", fields["preflight"]),
}
"""What each field must stand; the request's body is looked at once all others are right."""

OWN_ANSWER: dict[str, Callable[[Fields], object]] = {
    "preflight_status": lambda fields: status_of(fields["preflight_status"]),
    "preflight_headers": lambda fields: headers_of(fields["preflight_headers"]),
}


def errors_in(fields: Fields) -> Fields:
    """What is wrong, by field, in the model's own words."""
    checks = CHECKS | (OWN_ANSWER if fields["preflight"] == "own" else {})
    errors = {name: said for name, check in checks.items() if (said := complaint(check, fields))}
    if not errors and (said := complaint(request_of, fields)):
        errors["request_body"] = said
    return errors


def complaint(check: Callable[[Fields], object], fields: Fields) -> str:
    """What ``check`` says is wrong; empty if nothing is."""
    try:
        check(fields)
    except ReadersError as error:
        return shortened(str(error), 240)
    return ""


def fetched_with(fields: Fields, policies: Policies) -> Fetched:
    """What becomes of the request. Raises what a reader's rule raises."""
    jar = jar_of(fields["cookies"], normalize_url(fields["url"]))
    asking = asking_of(fields["page"])
    return policies.fetched(asking, request_of(fields), server_of(fields), jar)


# --- examples ---


class Example(NamedTuple):
    """Fields that differ from `START`, and the kind of outcome that they come to."""

    kind: str
    fields: Fields


SESSION = "session=a1; Secure; SameSite=None"
MAY_READ = "Access-Control-Allow-Origin: https://shop.example"
WITH_COOKIES = "Access-Control-Allow-Credentials: true"


def answers(*lines: str) -> Fields:
    """The headers of an answer in JSON, with these lines too."""
    return {"response_headers": "\n".join((JSON, *lines))}


PUT = {
    "method": "PUT",
    "request_headers": JSON,
    "request_body": '{"price": 13}',
    **answers(MAY_READ),
    "preflight": "own",
    "preflight_headers": f"""\
{MAY_READ}
Access-Control-Allow-Methods: PUT
Access-Control-Allow-Headers: content-type""",
}

INCLUDED = {"credentials": "include", "cookies": SESSION}
EVERYBODY = "Access-Control-Allow-Origin: *"

EXAMPLES = Named(
    "example",
    {
        "a plain GET": Example("closed", {}),
        "a plain GET, open to all": Example("reads", answers(EVERYBODY)),
        "the page's own origin": Example("reads", {"url": "https://shop.example/prices"}),
        "JSON by PUT": Example("reads", PUT),
        "a header too many": Example(
            "unsent", PUT | {"request_headers": f"{JSON}\nX-Request-Id: 7"}
        ),
        "with cookies and *": Example("closed", INCLUDED | answers(EVERYBODY, WITH_COOKIES)),
        "with cookies, for one origin": Example(
            "reads", INCLUDED | answers(MAY_READ, WITH_COOKIES)
        ),
        "reflected origin": Example(
            "reads",
            {
                "page": "https://attacker.example/",
                **INCLUDED,
                **answers(f"Access-Control-Allow-Origin: {SENT_ORIGIN}", WITH_COOKIES),
            },
        ),
        "origin null": Example(
            "reads",
            {
                "page": "null",
                **INCLUDED,
                **answers("Access-Control-Allow-Origin: null", WITH_COOKIES),
            },
        ),
        "redirect to another origin": Example(
            "closed",
            {"status": "302", **answers("Location: https://cdn.example/prices", MAY_READ)},
        ),
        "a POST without CORS": Example(
            "closed",
            {
                "page": "https://attacker.example/",
                "method": "POST",
                "mode": "no-cors",
                "request_body": "price=0",
                **INCLUDED,
            },
        ),
        "headers that are the browser's own": Example(
            "reads",
            {
                "request_headers": "Origin: https://api.example\nCookie: session=b2",
                **answers(EVERYBODY),
            },
        ),
        "same-origin only": Example("unsent", {"mode": "same-origin"}),
    },
)
"""What the console can begin with, by name."""


# --- what the page shows ---


def outcome(fetched: Fetched) -> dict[str, Any]:
    """The verdict, the exchanges and the steps, as words of no great length."""
    said = headline(fetched)
    exchanges, exchanges_left_out = most(fetched.exchanges, MOST_EXCHANGES)
    lines, lines_left_out = most(fetched.lines, MOST_LINES)
    return {
        "kind": said.kind,
        "sign": said.sign,
        "word": said.word,
        "why": said.why,
        "exchanges": [exchange_words(each) for each in exchanges],
        "exchanges_left_out": exchanges_left_out,
        "lines": [
            {"clause": each.clause, "said": shortened(each.said, 240), "passed": each.passed}
            for each in lines
        ],
        "lines_left_out": lines_left_out,
    }


def exchange_words(exchange: Exchange) -> dict[str, Any]:
    """One exchange for the page."""
    return {
        "title": title_of(exchange),
        "request": message_words(request_written(exchange.request)),
        "response": message_words(response_written(exchange.response)),
    }


def message_words(written: Written) -> dict[str, Any]:
    """A request or an answer for the page."""
    return {**written._asdict(), "headers": [list(each) for each in written.headers]}


class Desk(Widget):
    """Fields, verdict, exchanges and steps. What the reader writes comes back as messages."""

    _esm = script("console")
    _css = Widget._css + (STATIC / "console.css").read_text(encoding="utf-8")

    menus = t.Dict(MENUS).tag(sync=True)
    examples: t.List[str] = t.List(list(EXAMPLES)).tag(sync=True)
    example = t.Unicode().tag(sync=True)
    """The example that was taken last, empty if none was."""
    fields = t.Dict(START).tag(sync=True)
    """What stands in each field. What an assignment leaves out stays as it is."""
    errors = t.Dict().tag(sync=True)
    remark = t.Unicode().tag(sync=True)
    """What is wrong, by field; and which cookies the browser does not keep."""
    outcome = t.Dict().tag(sync=True)
    current = t.Bool(True).tag(sync=True)
    """What became of the last request that made sense, and whether that is this one."""
    problem = t.Unicode().tag(sync=True)
    """What is wrong with a rule."""
    answered = t.Int().tag(sync=True)
    """The number of the last message that the kernel has seen."""

    @t.validate("fields")
    def _complete(self, proposal: Any) -> Fields:
        fields = dict(self.fields)
        for name, text in proposal["value"].items():
            if name not in START:
                raise unknown("field", name, START)
            if not isinstance(text, str):
                raise WrongValue(f"the field {name!r} holds a text, not {shown(text, 60)}")
            fields[name] = text.encode("utf-8", "replace").decode("utf-8")
        return fields


class Console(ipywidgets.VBox):  # type: ignore[misc]
    """A request and the server's answer to write, and what a browser makes of them.

    Parameters
    ----------
    example
        The name of one of the `EXAMPLES` to begin with.
    policies
        The rules to begin with: `Policies`, or the name of a browser in `PRESETS`.
    fields
        What stands in some fields at first, where it is not the example's.
    own
        Rules of your own for the menus: ``{"cors": [my_rule]}``.

    ``fields``, ``example`` and ``policies`` can be read and set. ``fetched`` is what became of the
    last request that made sense, ``errors`` what is wrong with this one, by field. Raises
    `UnknownName` for an example, a browser or a field that does not exist.

    Examples
    --------
    >>> console = Console("with cookies and *")
    >>> console.fetched.readable
    False
    >>> console.fields = {"credentials": "omit"}
    >>> console.fetched.readable
    True
    """

    fetched = t.Instance(Fetched, allow_none=True)

    def __init__(
        self,
        example: str = next(iter(EXAMPLES)),
        policies: Policies | str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        own: Own | None = None,
    ) -> None:
        if not isinstance(example, str):
            raise unknown("example", example, EXAMPLES)
        self._policies = policies_of(policies)
        self.desk = Desk(fields=START | EXAMPLES[example].fields)
        self.desk.fields = dict(fields or {})
        self.desk.example = "" if fields else example
        self._start = self.desk.fields
        self.toggles = Toggles(TOGGLED, self._policies, own)
        super().__init__([self.desk, self.toggles])
        self._ask()
        self.desk.observe(self._ask, "fields")
        self.desk.on_msg(self._told)
        self.toggles.observe(self._choose, "values")

    @property
    def fields(self) -> Fields:
        """What stands in each field. What an assignment leaves out stays as it is."""
        return dict(self.desk.fields)

    @fields.setter
    def fields(self, fields: Mapping[str, str]) -> None:
        self.desk.fields = dict(fields)

    @property
    def errors(self) -> Fields:
        """What is wrong, by field."""
        return dict(self.desk.errors)

    @property
    def example(self) -> str:
        """The example that was taken last, empty if none was; setting it fills the fields."""
        return str(self.desk.example)

    @example.setter
    def example(self, example: str) -> None:
        fields = START | EXAMPLES[example].fields
        with self.desk.hold_sync():
            self._start, self.desk.example = fields, example
            self.desk.fields = fields

    def reset(self) -> None:
        """Put every field back to how the example, or this console, began."""
        self.desk.fields = self._start

    @property
    def policies(self) -> Policies:
        """The rules in force. If one of them fails, everything stays as it was."""
        return self._policies

    @policies.setter
    def policies(self, policies: Policies | str) -> None:
        before = self._policies
        try:
            self._policies = policies_of(policies)
            fetched = None if self.errors else fetched_with(self.fields, self._policies)
        except Exception as error:
            self._policies, self.desk.problem = before, in_words(error)
            self.toggles.show(before)
            raise
        self.toggles.show(self._policies)
        if fetched is not None:
            self._show(fetched)

    def _ask(self, _: object = None) -> None:
        """Send what the fields say, if they make sense."""
        fields = self.fields
        with self.desk.hold_sync():
            self.desk.errors, self.desk.current = errors_in(fields), False
            if self.errors:
                self.desk.problem = ""
                return
            self.desk.remark = not_kept(fields["cookies"], fields["url"])
            try:
                self._show(fetched_with(fields, self.policies))
            except Exception as error:  # a reader's rule may raise anything
                self.desk.problem = in_words(error)

    def _show(self, fetched: Fetched) -> None:
        self.fetched = fetched
        with self.desk.hold_sync():
            self.desk.outcome = outcome(fetched)
            self.desk.current, self.desk.problem = True, ""

    def _told(self, _: object, told: dict[str, Any], buffers: object) -> None:
        """Do what the page asks for, and say that it is done."""
        with self.desk.hold_sync():
            self.desk.answered = told["number"]
            match told:
                case {"fields": fields}:
                    self.fields = fields
                case {"example": example}:
                    self.example = example
                case {"do": "reset"}:
                    self.reset()

    def _choose(self, change: Any) -> None:
        """The reader has changed a rule."""
        policies = self.toggles.chosen(change.old, self.policies)
        if policies == self.policies:
            self.toggles.show(policies)
            return
        with suppress(Exception):
            self.policies = policies

    def twin(self) -> Fetched | None:
        """The last outcome as a table, for the next cell: it shows where no widget does."""
        return self.fetched

    def __repr__(self) -> str:
        return "A console: run this notebook to send requests across origins."

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return {**super()._repr_mimebundle_(**options), "text/plain": repr(self)}
