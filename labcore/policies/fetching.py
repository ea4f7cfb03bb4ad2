"""Fetching: what is sent, with which cookies, and who may see the answer (Fetch standard).

`Fetching` follows the standard's algorithm step by step and keeps a `Line` for each step that makes
a difference, so that whoever asks why is shown the way. It asks the policies where browsers differ:
which cookies go along, whether CORS is checked, what a response is taken for.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from labcore.errors import ReadersError, called, shown
from labcore.http import Headers, Jar, Request, Response
from labcore.http.cookies import is_trustworthy
from labcore.http.headers import is_forbidden, safe_without_cors, unsafe_names
from labcore.origin import InvalidURL, Origin, parse_url, same_origin
from labcore.policies import cookies, cors, isolation
from labcore.policies.cookies import Asking
from labcore.policies.decision import answer_of_rule
from labcore.principals import Order, label_of, order_in
from labcore.worded import Worded

Server = Callable[[Request], Response]
"""``server(request) → response``: an honest one or the attacker's."""

MOST_REDIRECTS = 20
COOKIES = "Cookies (RFC 6265bis)"


class ServerError(ReadersError, RuntimeError):
    """A server raised, or answered with something that is no `Response`."""


class Line(NamedTuple):
    """One step of the algorithm: where the standard has it, what came of it."""

    clause: str
    said: str
    passed: bool | None = None
    """``None`` where the step decides nothing."""


class Exchange(NamedTuple):
    """A request as it was sent, with the browser's own headers, and the answer."""

    request: Request
    response: Response
    is_preflight: bool = False


@dataclass(frozen=True, repr=False)
class Fetched(Worded):
    """What became of a request.

    ``request`` is the one that was asked for, ``exchanges`` what went over the network: preflights,
    redirects, and the request itself. ``response`` is the last answer, if it is one for the page;
    ``readable`` says whether a script may read it, ``headers`` which of its headers. ``lines`` is
    the way through the algorithm, ``reason`` the step that settled it. ``jar`` and ``remembered``
    are the browser's cookies and preflights afterwards.
    """

    request: Request
    exchanges: tuple[Exchange, ...]
    response: Response | None
    readable: bool
    headers: tuple[str, ...]
    url: str
    lines: tuple[Line, ...]
    jar: Jar
    remembered: tuple[cors.Remembered, ...] = ()
    withheld: tuple[str, ...] = ()
    """Which cookies of the server's did not go along, and why."""

    @property
    def preflight(self) -> Exchange | None:
        """The first question that was asked before, if any."""
        return next((each for each in self.exchanges if each.is_preflight), None)

    @property
    def sent(self) -> bool:
        """Whether the request itself reached a server."""
        return any(not each.is_preflight for each in self.exchanges)

    @property
    def cookies(self) -> str:
        """The ``Cookie`` header of the last request, empty if none went along."""
        own = [each.request for each in self.exchanges if not each.is_preflight]
        return own[-1].headers.get("cookie", "") if own else ""

    @property
    def reason(self) -> str:
        """One sentence that says why the answer is readable, or is not."""
        settled = [each for each in self.lines if each.passed is not None]
        failed = [each for each in settled if not each.passed]
        return (failed or settled)[-1].said

    def __bool__(self) -> bool:
        """Whether there is an answer at all for the page: no network error."""
        return self.response is not None

    def __str__(self) -> str:
        went = "sent" if self.sent else "not sent"
        went = f"preflighted, {went}" if self.preflight else went
        read = "readable" if self.readable else "not readable"
        return f"{self.request}: {went}, {read}: {self.reason}"


class NetworkError(Exception):
    """The algorithm ends without an answer."""


class Rules(NamedTuple):
    """What a browser does where browsers differ."""

    same_site: cookies.SameSiteRule = cookies.none
    third_party: cookies.ThirdPartyRule = cookies.sent
    reading: cors.CorsRule = cors.cors_check
    isolation: bool = True
    """Whether it looks at headers that ask to be kept apart."""


USUAL = Rules()


@dataclass
class Fetching:
    """A fetch under way (Fetch standard, "main fetch" and what it calls)."""

    request: Request
    asking: Asking
    server: Server
    rules: Rules = USUAL
    jar: Jar = field(default_factory=Jar)
    remembered: tuple[cors.Remembered, ...] = ()

    def __post_init__(self) -> None:
        self.lines: list[Line] = []
        self.exchanges: list[Exchange] = []
        self.urls: list[str] = []
        self.withheld: list[str] = []
        self.tainting = "basic"
        self.asked_for = self.request

    def result(self) -> Fetched:
        """Follow the algorithm to its end. Raises `ServerError`."""
        try:
            self._begin()
            response = self._main()
        except NetworkError:
            response = None
        if response is not None and self.request.mode == "navigate":
            self._pass("Main fetch", "the answer becomes a document")
        elif response is not None and self.tainting == "opaque":
            no = "the answer is opaque: no script reads it"
            self.lines.append(Line("Main fetch", no, False))
        readable = response is not None and self.tainting != "opaque"
        if self.request.mode == "navigate":
            readable = False
        names: tuple[str, ...] = ()
        if readable and response is not None:
            own = self.tainting in ("basic", "principal")
            names = cors.readable_headers(self.request, response, own)
        return Fetched(
            self.asked_for,
            tuple(self.exchanges),
            response,
            readable,
            names,
            self.request.url,
            tuple(self.lines),
            self.jar,
            self.remembered,
            tuple(self.withheld),
        )

    # --- the steps, in the standard's order ---

    def _begin(self) -> None:
        """What a script asks for is put right, or refused, before it is sent."""
        request = self.request
        if request.mode == "navigate" or request.destination:
            return
        parsed = parse_url(request.url)
        if parsed.username or parsed.password:
            self._fail("Request()", "a URL with a user name or password in it (TypeError)")
        if request.mode == "no-cors" and request.method not in cors.SAFE_METHODS:
            self._fail("Request()", f"no-cors allows no {request.method} (TypeError)")
        kept = []
        for name, value in request.headers.items_:
            if is_forbidden(name, value):
                self._note("Forbidden request-header", f"{name} is the browser's own: left out")
            elif request.mode == "no-cors" and not safe_without_cors(name, value):
                self._note("Headers", f"no-cors does not allow this {name}: left out")
            else:
                kept.append((name, value))
        self.request = request.but(headers=Headers(kept))

    def _main(self) -> Response:
        """Who asks whom, and so in which way?."""
        while True:
            self.urls.append(self.request.url)
            if self.request.url.startswith("data:") and self.tainting == "basic":
                self._pass("Main fetch", "a data: URL is its own answer")
                return Response(200, {}, self.request.url.partition(",")[2])
            self._taint()
            if parse_url(self.request.url).protocol not in ("http:", "https:"):
                self._fail("Main fetch", "only http: and https: are asked for anything")
            response = self._http_fetch()
            if (onward := self._redirected(response)) is None:
                return response
            self.request = onward

    def _taint(self) -> None:
        """The page reads its own origin's answers; others are closed, or open by CORS."""
        clause, request, initiator = "Main fetch", self.request, self.asking.initiator
        target = Origin.of(request.url)
        own = initiator is not None and same_origin(initiator, target)
        if request.mode == "navigate":
            self._note(clause, "a navigation, which any page may begin")
        elif own and self.tainting == "basic" and self.asking.principal is None:
            self._pass(clause, f"{target} is the page's own origin")
        elif self._is_member(target) and self.tainting in ("basic", "principal"):
            self.tainting = "principal"
            self._note(clause, f"{target} is a member of the page's principal")
        elif request.mode == "same-origin":
            self._fail(clause, f"the mode is same-origin, and {target} is another origin")
        elif request.mode == "no-cors":
            if request.redirect != "follow":
                self._fail(clause, "without CORS redirects are followed, or it fails")
            self.tainting = "opaque"
            self._note(clause, f"{target} is another origin: sent without CORS")
        elif self.rules.reading is cors.same_origin_only:
            self._fail(clause, cors.same_origin_only("", False, Response()) or "")
        else:
            self.tainting = "cors"
            self._note(clause, f"{target} is another origin than {self._origin()}: CORS decides")

    def _http_fetch(self) -> Response:
        """Ask whether one may, if need be; then ask."""
        stranger = self.tainting == "principal" and (
            self.asking.initiator != Origin.of(self.request.url)
        )
        if (self.tainting == "cors" or stranger) and self.rules.reading is not cors.no_check:
            self._preflight()
        response = self._network(self.request)
        if self.tainting == "opaque" and (no := self._closed(response)) is not None:
            self._fail("Cross-origin resource policy check", no)
        if self.request.mode != "navigate" and (no := self._others(response)) is not None:
            self._fail("Principals", no)
        if self.tainting == "principal" and not self._is_own(response):
            self.tainting = "opaque" if self.request.mode == "no-cors" else "cors"
        if self.tainting == "principal":
            self._pass("Principals", "the answer belongs to the page's principal")
        if self.tainting == "cors":
            if (no := self._checked(response)) is not None:
                self._fail("CORS check", no)
            allowed = response.headers.get("access-control-allow-origin")
            checked = self.rules.reading is not cors.no_check
            said = f"Access-Control-Allow-Origin is {allowed!r}" if checked else "nobody checks"
            self._pass("CORS check", said)
        return response

    def _closed(self, response: Response) -> str | None:
        """Why an answer that no CORS opens may not even be put into the page."""
        if not self.rules.isolation:
            return None
        request, asking = self.request, self.asking
        cookies_go = self._includes and self._embedder_lets_cookies_go()
        return isolation.resource_policy(
            asking.initiator, asking.embedder, request.url, response.headers, cookies_go
        )

    def _embedder_lets_cookies_go(self) -> bool:
        asking, mode = self.asking, self.request.mode
        return isolation.lets_cookies_go(asking.initiator, asking.embedder, mode, self.urls)

    def _checked(self, response: Response) -> str | None:
        return self._rule(self._origin(), self._includes, response)

    def _is_member(self, target: Origin) -> bool:
        return self.asking.principal is not None and target in self.asking.principal.members

    def _is_own(self, response: Response) -> bool:
        own, owner = self.asking.principal, self._owner(response)
        return own is not None and owner == own.label

    def _others(self, response: Response) -> str | None:
        """Why an answer is closed that says to whom it belongs; ``None`` if it is not (COP)."""
        order = self._order(response)
        if order is None or self._is_own(response):
            return None
        return f"the answer belongs to {label_of(order.id)}, and the page to {self._origin()}"

    def _preflight(self) -> None:
        """What no form could send is asked for beforehand, without cookies."""
        clause, request = "CORS-preflight fetch", self.request
        if not cors.needs_preflight(request):
            self._note("HTTP fetch", "no preflight: a form or an image could send the same")
            return
        names = unsafe_names(request.headers)
        why = [] if request.method in cors.SAFE_METHODS else [request.method]
        partition = self.asking.top_site(request.url)
        if cors.is_remembered(request, self._origin(), partition, self.remembered):
            self._note("HTTP fetch", "no preflight: an earlier one has allowed it")
            return
        self._note("HTTP fetch", f"a preflight, because of {shown_list([*why, *names])}")
        question = cors.preflight_for(request)
        headers = question.headers.having("Origin", self._origin())
        headers = self._with_metadata(self._with_referer(headers), question)
        response = self._exchange(question.but(headers=headers), True)
        no = cors.preflight_refusal(request, self._origin(), response, self._rule)
        if no is not None and not (self._is_own(response) and response.is_ok):
            self._fail(clause, no)
        self._pass(clause, "the server allows the method and the headers")
        allowed = cors.remembered(request, self._origin(), partition, response)
        self.remembered += tuple(each for each in allowed if each not in self.remembered)

    def _rule(self, origin: str, credentials: bool, response: Response) -> str | None:
        """The rule for CORS, the reader's own perhaps."""
        return answer_of_rule("CORS rule", self.rules.reading, origin, credentials, response)

    def _network(self, request: Request) -> Response:
        """Add the browser's own headers, ask, and take the cookies that come."""
        headers = request.headers
        with_cookies = self._includes or (
            request.credentials == "same-origin" and self.tainting in ("basic", "principal")
        )
        kept_back = not self._embedder_lets_cookies_go()
        configured = self.asking.principal is not None
        if configured or self.tainting == "cors" or request.method not in ("GET", "HEAD"):
            headers = headers.having("Origin", self._disclosed_origin())
        headers = self._with_metadata(self._with_referer(headers), request)
        if with_cookies and kept_back:
            self._note(COOKIES, "no cookies: the page's embedder policy is credentialless")
            with_cookies = False
        elif with_cookies:
            goes, stays = cookies.attached(
                self.jar, request.url, self.asking, request.method,
                self.rules.same_site, self.rules.third_party,
            )  # fmt: skip
            self.withheld = stays
            for why in stays:
                self._note(COOKIES, why)
            if goes:
                self._note(COOKIES, f"{', '.join(each.name for each in goes)} goes along")
                headers = headers.having("Cookie", "; ".join(map(str, goes)))
        else:
            self._note(COOKIES, f"no cookies: credentials are {request.credentials!r}")
        response = self._exchange(request.but(headers=headers))
        owner = self._owner(response)
        if with_cookies and (owner is not None or self._order(response) is None):
            lines = response.headers.values_of("set-cookie")
            self.jar = cookies.stored(
                self.jar, request.url, lines, self.asking,
                self.rules.same_site, self.rules.third_party, owner,
            )  # fmt: skip
        return response

    def _owner(self, response: Response) -> Origin | None:
        """The principal that a response says it belongs to, where the browser looks at that."""
        order, origin = self._order(response), Origin.of(self.request.url)
        if order is None:
            return None
        known = next((each for each in self.asking.created if each.id == order.id), None)
        return label_of(order.id) if known is None or known.obeys(order, origin) else None

    def _order(self, response: Response) -> Order | None:
        """What it says of that, rightly or not."""
        if self.rules.reading is not cors.by_principal:
            return None
        over_tls = Origin.of(self.request.url).scheme == "https"
        return order_in(response.headers) if over_tls else None

    def _exchange(self, request: Request, is_preflight: bool = False) -> Response:
        response = answer_of(self.server, request)
        self.exchanges.append(Exchange(request, response, is_preflight))
        return response

    def _redirected(self, response: Response) -> Request | None:
        """The request that follows from a redirect; ``None`` if this is none."""
        clause, request = "HTTP-redirect fetch", self.request
        if response.status not in (301, 302, 303, 307, 308):
            return None
        if request.redirect == "error":
            self._fail(clause, "the page wants no redirects")
        if request.redirect == "manual":
            self.tainting = "opaque"
            self._note(clause, "the page wants redirects for itself, and cannot look into them")
            return None
        locations = response.headers.values_of("location")
        if not locations:
            return None
        if len(locations) > 1:
            self._fail(clause, "it names more than one Location")
        [where] = locations
        try:
            url = str(parse_url_against(where, request.url))
        except InvalidURL:
            self._fail(clause, f"Location: {shown(where, 60)} is no URL")
        target, parsed = Origin.of(url), parse_url(url)
        if target.scheme not in ("http", "https"):
            self._fail(clause, f"it redirects to {shown(url, 60)}")
        if len(self.urls) > MOST_REDIRECTS:
            self._fail(clause, f"more than {MOST_REDIRECTS} redirects")
        named = bool(parsed.username or parsed.password)
        initiator = self.asking.initiator
        elsewhere = self.tainting == "cors" or (request.mode == "cors" and initiator != target)
        if named and elsewhere:
            self._fail(clause, "it redirects to a URL with a user name in it")
        post = request.method == "POST" and response.status in (301, 302)
        if post or (response.status == 303 and request.method not in ("GET", "HEAD")):
            gone = ("Content-Encoding", "Content-Language", "Content-Location", "Content-Type")
            request = request.but(method="GET", body=None, headers=request.headers.without(*gone))
        if not same_origin(Origin.of(request.url), target):
            request = request.but(headers=request.headers.without("Authorization"))
        self._note(clause, f"{response.status}: on to {shown(url, 80)}")
        return request.but(url=url)

    # --- what is sent along ---

    @property
    def _includes(self) -> bool:
        return self.request.credentials == "include"

    def _origin(self) -> str:
        """The ``Origin`` header; after a detour over another origin it is ``null``.

        A principal that a page has configured is named in the place of an origin.
        """
        initiator, last = self.asking.initiator, None
        if initiator is None:
            return "null"
        if self.asking.principal is not None:
            passed = map(Origin.of, self.urls[:-1])
            return str(self.asking.principal.label) if all(map(self._is_member, passed)) else "null"
        for url in self.urls:
            origin = Origin.of(url)
            if last is not None and origin != last and initiator != last:
                return "null"
            last = origin
        return str(initiator)

    def _disclosed_origin(self) -> str:
        """The same; but without CORS, no page over TLS is named to a server without."""
        initiator, target = self.asking.initiator, Origin.of(self.request.url)
        over_tls = initiator is not None and initiator.scheme == "https"
        if self.request.mode != "cors" and over_tls and target.scheme != "https":
            return "null"
        return self._origin()

    def _with_referer(self, headers: Headers) -> Headers:
        """The page's URL for its own origin, the origin alone for others (Referrer Policy).

        A document of an opaque origin says nothing.
        """
        page, _, _ = self.asking.referrer.partition("#")
        if self.asking.initiator is not None and self.asking.initiator.is_opaque:
            return headers
        if not page.startswith(("http:", "https:")):
            return headers
        if all(same_origin(Origin.of(page), Origin.of(url)) for url in self.urls[-1:]):
            return headers.having("Referer", f"{Origin.of(page)}{_path_and_query(page)}")
        if is_trustworthy(page) and not is_trustworthy(self.urls[-1]):
            return headers
        return headers.having("Referer", f"{Origin.of(page)}/")

    def _with_metadata(self, headers: Headers, request: Request) -> Headers:
        """How far away the page is, and what asks (Fetch Metadata)."""
        if not is_trustworthy(request.url):
            return headers
        headers = headers.having("Sec-Fetch-Site", self._sec_fetch_site())
        headers = headers.having("Sec-Fetch-Mode", request.mode)
        return headers.having("Sec-Fetch-Dest", request.destination or "empty")

    def _sec_fetch_site(self) -> str:
        """How far from the server the page is that asks, redirects included (Fetch Metadata)."""
        initiator = self.asking.initiator
        if initiator is None:
            return "none"
        if all(initiator == Origin.of(url) for url in self.urls):
            return "same-origin"
        sites = all(cookies.site_of(initiator) == cookies.site_of(Origin.of(u)) for u in self.urls)
        return "same-site" if sites and not initiator.is_opaque else "cross-site"

    # --- the record ---

    def _note(self, clause: str, said: str) -> None:
        self.lines.append(Line(clause, said))

    def _pass(self, clause: str, said: str) -> None:
        self.lines.append(Line(clause, said, True))

    def _fail(self, clause: str, said: str) -> NoReturn:
        self.lines.append(Line(clause, said, False))
        raise NetworkError


def answer_of(server: Server, request: Request) -> Response:
    """What ``server`` answers. Raises `ServerError`."""
    try:
        response = server(request)
    except ReadersError:
        raise
    except Exception as error:
        raise ServerError(
            f"the server {called(server)!r} failed for {shown(str(request), 80)}: "
            f"{type(error).__name__}: {error}"
        ) from error
    if inspect.iscoroutine(response):
        response.close()
        raise ServerError(f"the server {called(server)!r} is an async def: write def, and return")
    if not isinstance(response, Response):
        raise ServerError(
            f"the server {called(server)!r} answered {shown(response, 60)}, not Response(…)"
        )
    return response


def _path_and_query(url: str) -> str:
    """``url`` without its origin, its password and its fragment."""
    parsed = parse_url(url)
    return f"{parsed.pathname}{parsed.search}"


def parse_url_against(where: str, base: str) -> str:
    """The URL that a ``Location`` stands for, the base's fragment kept. Raises `InvalidURL`."""
    url = str(parse_url(where, base).href)
    fragment = base.partition("#")[2]
    return url + (f"#{fragment}" if fragment and "#" not in url else "")


def shown_list(names: list[str]) -> str:
    """Names in a sentence, the first few."""
    short = [name if len(name) < 40 else f"{name[:40]}…" for name in names[:5]]
    return ", ".join(short) + (", …" if len(names) > 5 else "")
