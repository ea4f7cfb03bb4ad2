"""What the exercises of chapters 11 and 12 ask: cookies, forged requests, CORS, and framing.

What a request carries is made by the model's browser, not written down here. A function of the
reader's gets copies, so that nothing is spoilt by what it does to them. First it is asked about one
request, header or chain at a time; then it takes its place in a scenario, under attack.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from functools import lru_cache, partial
from typing import Any, NamedTuple

from labcore.actions import Fetch, Submit
from labcore.answers import NothingToFind
from labcore.browser import Box, Browser, frame, short_host, window
from labcore.errors import shown
from labcore.exercises.grading import Case, Rows
from labcore.exercises.running import NOTHING, Trouble, changes
from labcore.exercises.searches import Finding, finding_case, outcome
from labcore.http import BadHeader, Headers, Jar, Request, Response
from labcore.origin import Origin
from labcore.policies import Policies, cors, framing
from labcore.policies.cookies import Sending, asking_for, asking_in, lax
from labcore.policies.decision import Decision, decide
from labcore.requesting import NOBODYS_PAGE, redirected, ways
from labcore.scenarios import CARELESS, SCENARIOS, Trace
from labcore.scenarios.gadget_hijacking import ATTACKER
from labcore.search import find_attack
from labcore.servers import detour, hostile
from labcore.world import World

Cases = Iterable[Iterable[Case]]
Function = Callable[..., Any]

NOT_SENT = "(not sent)"


def asking(
    given: tuple[Any, ...],
    because: Decision,
    asked: str,
    facts: Callable[[], Rows],
    browser: Browser | None = None,
) -> Case:
    """A case about a function of ``given``, which gets a copy of it."""
    right, through = because.allowed, partial(lent, given)
    return Case(given, right, because, browser, asked=asked, facts=facts, through=through)


def lent(given: tuple[Any, ...], function: Function) -> Any:
    """What ``function`` answers about a copy of ``given``. Raises `Trouble` if it changes that."""
    theirs = deepcopy(given)
    answer = function(*theirs)
    if given != theirs:
        raise Trouble(changes("value"))
    return answer


def yes_or_no(function: Function, *given: Any) -> bool:
    """What ``function`` answers in the middle of a run. Raises `Trouble` for another answer."""
    answer = lent(given, function)
    if answer is None or answer is ...:
        raise Trouble(NOTHING)
    if not isinstance(answer, bool | Decision):
        raise Trouble(f"it returns {shown(answer, 80)}. The answer is True or False.")
    return bool(answer)


# --- in a scenario ---

Chosen = Callable[[Function], Policies]
"""The policies under which a scenario is run if the reader's function is chosen."""

Ask = Callable[[str, Policies], Finding]
"""What is looked into, in the scenario of that name."""


def on_pages(names: Iterable[str], chosen: Chosen, attacked: Ask) -> Cases:
    """For each scenario: does the page work, and does the attacker reach its goal?"""
    for name in names:
        works = decide(True, "nobody attacks, and the page must work", "")
        ask = partial(ask_in, name, chosen, page_works)
        yield [finding_case(ask, works, f"does the page of {name!r} work?")]
        stopped = decide(False, "", "this is the attack to be stopped")
        ask = partial(ask_in, name, chosen, attacked)
        yield [finding_case(ask, stopped, f"does the attacker of {name!r} reach the goal?")]


def ask_in(name: str, chosen: Chosen, ask: Ask, function: Function) -> Finding:
    """What is found in a scenario where the reader's ``function`` is chosen."""
    return ask(name, chosen(function))


def page_works(name: str, policies: Policies) -> Finding:
    """Whether the honest page of a scenario works."""
    trace = (SCENARIOS[name].honest_page or SCENARIOS[name]).run(policies)
    return Finding(trace.page_works, what_happened(trace), trace)


def run_through(name: str, policies: Policies) -> Finding:
    """Whether the attack of a scenario, as the book tells it, succeeds."""
    trace = SCENARIOS[name].run(policies)
    return Finding(trace.succeeded, what_happened(trace), trace)


def what_happened(trace: Trace) -> tuple[tuple[str, str], ...]:
    """The outcome, as a table."""
    return ("what happened", ""), (trace.verdict, "")


def searched(name: str, policies: Policies, **bound: Any) -> Finding:
    """Whether the search finds an attack; a page that does not work has nothing to attack."""
    try:
        return outcome(find_attack(name, policies, **bound))
    except NothingToFind:
        return Finding(False)


# --- 11: does the cookie go along? ---

METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS")


def sending_cases() -> Cases:
    """Each request that can come about, then the two forged ones on their pages.

    A window goes to another site by GET or POST only. So a rule may name GET, or all safe methods.
    """
    flags = sorted(itertools.product((False, True), repeat=2), key=sum)
    for method, (cross_site, top_level) in itertools.product(METHODS, flags):
        sending = Sending(method, cross_site, top_level)
        if not (cross_site and top_level and method in ("HEAD", "OPTIONS")):
            asked = f"{told(sending)}: does the cookie go along?"
            yield [asking((sending,), goes_along(sending), asked, partial(parts_of, sending))]
    yield from on_pages(("csrf-form", "csrf-image"), with_cookie_rule, run_through)


def told(sending: Sending) -> str:
    """Who asks for what, in words."""
    who = "another site" if sending.cross_site else "the site itself"
    where = "the window goes there" if sending.top_level else "the window stays where it is"
    return f"a page of {who} sends a {sending.method}, and {where}"


def goes_along(sending: Sending) -> Decision:
    """The right answer, with the reason."""
    if not sending.cross_site:
        return decide(True, "the site's own pages need the user logged in", "")
    if not sending.top_level:
        return decide(False, "", "another site asks, by an image, a frame or a script")
    yes, no = "the user follows a link to the site", "another site asks, and a link asks by GET"
    return decide(lax(sending), yes, no)


def parts_of(sending: Sending) -> Rows:
    """What the rule can go by, as a table."""
    yield ("sending.method", "sending.cross_site", "sending.top_level")
    yield (sending.method, str(sending.cross_site), str(sending.top_level))


def with_cookie_rule(function: Function) -> Policies:
    """A browser with the reader's rule for cookies, and servers that do nothing themselves."""
    return CARELESS.but(same_site_default=partial(yes_or_no, function))


# --- 11: is it one of my own requests? ---

SITES = ("https://bank.example", "https://shop.example:8443")


class Arriving(NamedTuple):
    """A request as it comes to a site, the event that made it, and whether it is the site's own."""

    event: Fetch | Submit
    page: str
    request: Request
    because: Decision


@lru_cache(maxsize=8)
def arriving(site: str) -> tuple[Arriving, ...]:
    """What pages of ``site`` send it, and then what others do, in all the ways there are."""
    host, name = Origin.of(site).host, short_host(site)
    mine = "a page of the site has sent it, and must be served"
    world = World(
        Browser.of(
            window(f"{site}/account?page=2", label=name),
            window(f"{ATTACKER}/", frame(NOBODYS_PAGE, label="data"), label="attacker"),
            window(f"https://{host}.attacker.example/", label="longer"),
            window(f"https://evil{host}/", label="similar"),
            window(f"http://{host}/", label="plain"),
            window(f"{site.replace('://', '://blog.')}/", label="blog"),
        ),
        attacker=frozenset({ATTACKER}),
    )
    honest = Request.form("POST", f"{site}/pay", {"amount": "10", "to": "bob"})
    by_script = honest.but(mode="cors", destination="")
    own: tuple[Fetch | Submit, ...] = Submit(name, name, honest), Fetch(name, by_script)
    stolen = {"amount": "100", "to": "mallory"}
    post, get = (Request.form(method, f"{site}/pay", stolen) for method in ("POST", "GET"))
    found = [arrived(site, world, event, decide(True, mine, "")) for event in own]
    for label in ("attacker", "data", "longer", "similar", "plain", "blog"):
        who = world.browser.origin(label)
        why = "it comes from {who}" if label != "data" else "it comes from an opaque origin"
        for request in (post, get):
            forms = (request, redirected(world, request))
            asked: tuple[Fetch | Submit, ...] = (
                *(Submit(label, label, each) for each in forms),
                *(Fetch(label, each) for each in ways(world, request, room=1)),
            )
            found += (arrived(site, world, each, decide(False, "", why, who=who)) for each in asked)
    image = Fetch(name, Request.image(detour(get.url, str(ATTACKER))))
    why = "the site's page shows an image of the attacker's, whose server redirects it to there"
    return (*found, arrived(site, world, image, decide(False, "", why)))


def arrived(site: str, world: World, event: Fetch | Submit, because: Decision) -> Arriving:
    """The request that comes to ``site`` of ``event``, with all that the browser adds to it."""
    browser, actor = world.browser, event.actor
    document = browser.document(actor)
    who = (
        asking_in(browser, actor)
        if isinstance(event, Fetch)
        else asking_for(browser, document, event.target)
    )

    def server(request: Request) -> Response:
        return Response() if request.origin == Origin.of(site) else hostile(request)

    jar = Jar().with_cookie("session=alices-session; Secure; HttpOnly", f"{site}/")
    fetched = Policies().fetched(who, event.request, server, jar)
    return Arriving(event, document.url, fetched.exchanges[-1].request, because)


def arriving_cases() -> Cases:
    """Each request that comes to a site; then the search, on three scenarios."""
    for site in SITES:
        for each in arriving(site):
            asked = f"{each.event}: should {site} do that?"
            facts = partial(headers_of, each)
            yield [asking((each.request, site), each.because, asked, facts)]
    attack = partial(searched, pages=0, frames=1, displaces=False)
    yield from on_pages(("csrf-form", "csrf-image", "login-csrf"), with_request_check, attack)


def headers_of(arriving: Arriving) -> Rows:
    """What a server can go by, as a table."""
    yield ("the request", "")
    yield ("page", arriving.page)
    yield ("method", arriving.request.method)
    for name in ("Origin", "Referer", "Sec-Fetch-Site"):
        yield (name, arriving.request.headers.get(name, NOT_SENT))


def with_request_check(function: Function) -> Policies:
    """Servers with the reader's check, and nothing else."""
    return CARELESS.but(request_check=partial(yes_or_no, function))


# --- 12: the CORS check ---

ASKING = ("https://app.example", "https://app.example:8443", "null")
ALLOW_ORIGIN, ALLOW_CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"


def answers_to(origin: str) -> Iterator[Headers]:
    """What a server may say about CORS to ``origin``, right and wrong, the plainest first."""
    other = next(each for each in ASKING if each != origin)
    lists = (
        *((each,) for each in ("*", origin, other, "null", origin.upper(), f"{origin}/")),
        (origin, origin),
        (f"{origin}, {other}",),
    )
    for allowed in dict.fromkeys(((), *lists)):
        for credentials in ((), ("true",), ("TRUE",), ("false",)):
            yield Headers(
                [(ALLOW_ORIGIN, each) for each in allowed]
                + [(ALLOW_CREDENTIALS, each) for each in credentials]
            )


def cors_cases() -> Cases:
    """Every answer to every page, without credentials and with them."""
    for credentials, origin in itertools.product((False, True), ASKING):
        for headers in answers_to(origin):
            given = (origin, credentials, Response(200, headers, "the answer"))
            no = cors.cors_check(*given)
            because = decide(no is None, "the server has opened it", "{why}", why=no)
            how = "with" if credentials else "without"
            asked = f"{whose(origin)} asks {how} credentials: may it read the answer?"
            yield [asking(given, because, asked, partial(lines_of, *given))]


def whose(origin: str) -> str:
    """A page, by its origin."""
    return "a page of an opaque origin (null)" if origin == "null" else f"a page of {origin}"


def lines_of(origin: str, credentials: bool, response: Response) -> Rows:
    """The request's Origin and the response's headers, as a table."""
    yield ("in the", "header", "value")
    yield ("request", "Origin", origin)
    for name, value in response.headers.items_ or ((ALLOW_ORIGIN, NOT_SENT),):
        yield ("response", name, value)


# --- 12: to whom does a server open its answers? ---

TRUSTED = ("https://partner.example", "https://app.partner.example:8443")


def strangers(trusted: str) -> dict[str, str]:
    """Origins that are not ``trusted``, and what makes them look like it."""
    its = Origin.of(trusted)
    return {
        str(ATTACKER): "it is the attacker's",
        f"https://evil{its.host}": "its host only ends like the partner's",
        f"https://{its.host}.attacker.example": "its host only begins like the partner's",
        f"https://{its.host.replace('.', 'x', 1)}": "there is a letter where the partner has a dot",
        f"https://blog.{its.host}": "it is another host",
        f"http://{its.host}": "it came without TLS",
        f"https://{its.host}:4443": "it is another port",
        trusted.upper(): "no browser writes an origin so",
        trusted[:-2]: "it is only a part of the partner's",
        "null": "null can be anybody's",
        "": "the request says nothing about an origin",
    }


def opening_cases() -> Cases:
    """The partner and every stranger, by themselves; then the search."""
    for trusted in TRUSTED:
        partner = {trusted: "it is the partner, and must read with cookies"}
        for origin, why in (partner | strangers(trusted)).items():
            because = decide(origin == trusted, why, why)
            who = whose(origin) if origin else "anybody, when no Origin is sent,"
            asked = f"{trusted} is trusted: may {who} read the answer?"
            yield [finding_case(partial(opens, origin, trusted), because, asked)]
    attack = partial(searched, moves=1)
    yield from on_pages(("cors-misconfigured",), with_cors_headers, attack)


def opens(origin: str, trusted: str, function: Function) -> Finding:
    """Whether the headers that the function returns let a page of ``origin`` read.

    The trusted one must read with cookies; nobody else may read, not even without. An answer to a
    request without Origin must be open to no stranger.
    """
    headers = headers_from(function, origin, trusted)
    readers = [origin] if origin else list(filter(None, strangers(trusted)))
    with_cookies = (True,) if origin == trusted else (True, False)
    refusals = [
        cors.cors_check(reader, credentials, Response(200, headers))
        for reader, credentials in itertools.product(readers, with_cookies)
    ]
    rows = (("header", "value"), *(headers.items_ or ((ALLOW_ORIGIN, NOT_SENT),)))
    if None in refusals:
        return Finding(True, rows, why=f"{ALLOW_ORIGIN} is {headers[ALLOW_ORIGIN]!r}")
    return Finding(False, rows, why=refusals[0] or "")


def headers_from(function: Function, origin: str, trusted: str) -> Headers:
    """The headers that the reader's function returns. Raises `Trouble` for what is none."""
    answer = function(origin, trusted)
    if answer is None or answer is ...:
        more = "" if origin == trusted else f". For {origin!r}, return {{}} to say nothing."
        raise Trouble(NOTHING + more, unfinished=origin == trusted)
    if not isinstance(answer, dict):
        raise Trouble(f"it returns {shown(answer, 80)}. The answer is a dict of headers.")
    try:
        return Headers(answer)
    except BadHeader as error:
        raise Trouble(f"no server can send what it returns: {error}") from None


def with_cors_headers(function: Function) -> Policies:
    """Servers with the reader's headers for CORS, and no other check."""

    def headers(origin: str, trusted: str) -> dict[str, str]:
        return dict(headers_from(function, origin, trusted).items_)

    return CARELESS.but(cors_headers=headers)


# --- 12: who may be around a page? ---

PAGE = "https://bank.example/pay?amount=100&to=mallory"
AROUND = (
    "https://bank.example/",
    "https://attacker.example/",
    "https://ads.bank.example/",
    "http://bank.example/",
    "data:text/html,nobody",
)
"""Who may be around the page: its own origin, others that are more and more like it, an opaque."""

SAYS = (None, "DENY", "SAMEORIGIN", "sameorigin", "Deny", "ALLOW-FROM https://attacker.example")


@lru_cache(maxsize=1)
def chains() -> tuple[Browser, ...]:
    """The page in one to three frames, the fewest first."""
    found = []
    for length in (1, 2, 3):
        for urls in itertools.product(AROUND, repeat=length):
            box: Box = frame(PAGE, label="page")
            for url in reversed(urls[1:]):
                box = frame(url, box)
            found.append(Browser.of(window(urls[0], box)))
    return tuple(found)


def framing_cases(browser: Browser, theirs: Browser) -> Iterator[Case]:
    """May the page be shown in there, with each header?"""
    around = tuple(browser.origin(label) for label in [*browser.ancestors("page")][::-1])
    for value in SAYS:
        headers = Headers({} if value is None else {"X-Frame-Options": value})
        asked_about = framing.Framing(PAGE, headers, around)
        no = framing.x_frame_options(asked_about)
        because = decide(no is None, why_shown(value), "{why}", why=no)
        said = "without X-Frame-Options" if value is None else f"with X-Frame-Options: {value}"
        asked = f"may the page be shown here, {said}?"
        facts = partial(parts_of_framing, asked_about)
        yield asking((asked_about,), because, asked, facts, theirs)


def why_shown(value: str | None) -> str:
    """The reason for a yes."""
    if value is None:
        return "nothing forbids it"
    if value.lower() == "sameorigin":
        return "all that is around it is of its own origin"
    return "no browser knows this value, so it forbids nothing"


def parts_of_framing(asked_about: framing.Framing) -> Rows:
    """What the rule can go by, as a table."""
    yield ("framing.url", "framing.headers", "framing.ancestors")
    yield (
        asked_about.url,
        str(asked_about.headers) or "(none)",
        " › ".join(map(str, asked_about.ancestors)),
    )
