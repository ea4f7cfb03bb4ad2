"""Requests in the words of the sequence diagram: what goes to a server, and what comes back.

An exchange is two arrows. The request has its cookies, and what else somebody may look at; the
answer has the headers that decide something, which depends on what the request was for. Where the
browser keeps the answer from the page, or the request from the server, the arrow says why.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, unquote_plus

from labcore.actions import Commit, Event, Fetch, Script, frames_of
from labcore.arrivals import CONTENT_TYPE, COOKIES
from labcore.figures.theme import clean
from labcore.http import Headers, Jar, Request, Response
from labcore.http.headers import content_type, is_forbidden, unsafe_names
from labcore.origin import Origin, parse_url
from labcore.policies import Decision
from labcore.policies.fetching import Exchange
from labcore.scenarios import Step
from labcore.world import World

MOST_EXCHANGES = 6
"""So many are told of one step; of a longer way around, the first ones and the last."""

KINDS = {"": "fetch", "image": "image", "script": "script", "style": "style sheet"}
KINDS |= {"object": "plug-in", "document": "page", "iframe": "page"}
"""What a request is for, by its destination."""

FORM = "application/x-www-form-urlencoded"


class Sent(NamedTuple):
    """An arrow from the page in ``frame`` to the ``server`` of that origin or, an answer, back.

    ``text`` and ``more`` stand above it, ``cookies`` and other ``headers`` below. ``does`` is what
    the server does before it answers, ``outcome`` what the browser makes of the answer. One that is
    ``stopped``, for that reason, gets no further than to the browser.
    """

    step: int
    frame: str
    server: Origin
    text: str
    more: str = ""
    cookies: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    is_answer: bool = False
    is_preflight: bool = False
    does: str = ""
    outcome: str = ""
    stopped: str = ""


def fetch_in(event: Event) -> Fetch | None:
    """The fetch that ``event`` is, or that a script is made to do."""
    deed = event.run if isinstance(event, Script) else event
    return deed if isinstance(deed, Fetch) else None


def exchanges_of(before: World, after: World) -> tuple[Exchange, ...]:
    """What a step has brought over the network."""
    return after.exchanges if after.exchanges is not before.exchanges else ()


def sent_in(
    number: int, step: Step, before: World, toggles: Collection[str] = ()
) -> Iterator[Sent]:
    """The arrows of step ``number``; ``toggles`` say what the servers may be told to look at."""
    event, decision, after = step
    exchanges = exchanges_of(before, after)
    if not exchanges:
        if isinstance(event, Fetch) and not decision and event.actor in before.browser:
            yield from kept_back(number, event, decision)
        return
    fetch = fetch_in(event)
    frame = fetch.actor if fetch is not None else frames_of(event)[0]
    left_out = max(0, len(exchanges) - MOST_EXCHANGES)
    for place, each in enumerate(exchanges):
        (request, response, is_preflight), last = each, each is exchanges[-1]
        if not last and place >= MOST_EXCHANGES - 1:
            continue
        sent = Sent(number, frame, request.origin, "", is_preflight=is_preflight)
        text, more = asked_for(request, is_preflight)
        cookies = cookies_of(each, before.jar, withheld_in(decision) if last else "")
        headers = request_headers(request, "request_check" in toggles)
        yield sent._replace(text=text, more=more, cookies=(*cookies,), headers=(*headers,))
        text = shown_answer(response)
        if not last and not is_preflight:
            text = f"{response.status} → {place_on_server(exchanges[place + 1].request.url)}"
        outcome, stopped = made_of(step, each) if last else ("", "")
        if left_out and place == MOST_EXCHANGES - 2:
            outcome = f"and {left_out} more such, not drawn"
        framed = frame in before.browser and not before.browser.is_top_level(frame)
        yield sent._replace(
            text=text,
            cookies=(*lines_of(response.headers, {"set-cookie"}),),
            headers=(*answer_headers(each, framed),),
            is_answer=True,
            does=done_in(each),
            outcome=outcome,
            stopped=stopped,
        )


def kept_back(number: int, event: Fetch, decision: Decision) -> Iterator[Sent]:
    """The arrow of a request that does not leave the browser, if it is for a server at all."""
    if can_be_asked(event.request.url):
        why = clean(decision.reason).removeprefix("not sent: ")
        origin = event.request.origin
        yield Sent(number, event.actor, origin, *asked_for(event.request), stopped=why)


def can_be_asked(url: str) -> bool:
    """Whether a server answers for ``url``, and not the browser itself."""
    return Origin.of(url).scheme in ("http", "https")


def server_name(origin: Origin) -> str:
    """The host of a server, with what is unusual about its origin."""
    return clean(str(origin).removeprefix("https://"))


# --- the request ---


def asked_for(request: Request, is_preflight: bool = False) -> tuple[str, str]:
    """What is asked for: ``form: POST /pay``, and what comes with it."""
    is_form = request.headers.get("content-type") == FORM
    kind = "form" if is_form and request.mode == "navigate" else KINDS[request.destination]
    if is_preflight:
        kind = "preflight"
    body = request.body or ""
    if is_form:
        body = ", ".join(f"{n}={v}" for n, v in parse_qsl(body, keep_blank_values=True))
    return f"{kind}: {clean(request.method)} {place_in(request.url)}", shortened(body)


def place_in(url: str) -> str:
    """Path and query of ``url``, as one reads them."""
    parsed = parse_url(url)
    return shortened(unquote(parsed.pathname) + unquote_plus(parsed.search))


def place_on_server(url: str) -> str:
    """The same with the server before it."""
    return server_name(Origin.of(url)) + place_in(url)


def shortened(text: str) -> str:
    """``text`` in one line, and without the middle of what is one long word."""
    return clean(LONG_WORD.sub(r"\1…\2", " ".join(text.split())))


LONG_WORD = re.compile(r"([A-Za-z0-9%]{24})[A-Za-z0-9%]{24,}([A-Za-z0-9%]{8})")


def cookies_of(exchange: Exchange, jar: Jar, withheld: str) -> Iterator[str]:
    """The cookies that go along, and those of the server's that do not."""
    request = exchange.request
    if line := request.headers.get("cookie"):
        yield f"Cookie: {shortened(line)}"
    if exchange.is_preflight or not any(each.belongs_to(request.url) for each in jar):
        return
    if not line:
        yield f"no cookie: {withheld}" if withheld else "no cookie"
    elif withheld:
        yield withheld


def withheld_in(decision: Decision) -> str:
    """Why cookies have stayed behind, as the decision says it."""
    words = dict(decision.words)
    said = words.get("withheld") or (decision.rule == COOKIES and words.get("note")) or ""
    said = re.sub(r"(^|; )the cookie (\S+) stays", r"\1\2 stays", str(said))
    said = said.removesuffix(" of the others")
    return clean(re.sub(r"(https?://[^\s/:]+(:\d+)?)/\S*?: no cookies", r"\1", said))


def request_headers(request: Request, curious: bool) -> Iterator[str]:
    """The headers that a server may look at; Referer and the like only if servers are curious."""
    wanted = {"origin", "access-control-request-method", "access-control-request-headers"}
    wanted |= {"referer", "sec-fetch-site"} if curious else set()
    wanted |= {name for name in unsafe_names(request.headers) if not is_forbidden(name)}
    yield from lines_of(request.headers, wanted)


def lines_of(headers: Headers, wanted: Collection[str]) -> Iterator[str]:
    """Those of ``headers`` that are ``wanted``, one line each."""
    for name, value in headers.items_:
        if name.lower() in wanted and value:
            yield f"{clean(name)}: {shortened(value)}"


# --- the answer ---

TYPED = ("script", "style", "object")
"""The destinations for which a browser looks at the type of the answer."""


def shown_answer(response: Response) -> str:
    """The status and the body."""
    return f"{response.status} {shortened(response.body)}".strip()


def done_in(exchange: Exchange) -> str:
    """What the server does on account of the request, and for which of its users."""
    does = exchange.response.does
    if does is None or exchange.is_preflight:
        return ""
    what, whose = map(clean, does)
    return f"does: {what}, for {whose}"


def answer_headers(exchange: Exchange, framed: bool) -> Iterator[str]:
    """The headers of the answer that decide something; ``framed`` is what is shown in a frame."""
    request, response, is_preflight = exchange
    headers, navigates = response.headers, request.mode == "navigate"
    wanted = {"principal"}
    origin = request.headers.get("origin")
    if request.mode == "cors" and origin is not None and origin != str(request.origin):
        wanted |= {"access-control-allow-origin", "access-control-allow-credentials"}
        if is_preflight:
            wanted |= {"access-control-allow-methods", "access-control-allow-headers"}
    kind = content_type(headers)
    if navigates or request.destination in TYPED:
        wanted |= {"content-disposition"}
        if not (navigates and kind == "text/html"):
            wanted |= {"content-type", "x-content-type-options"}
        if kind is None and response.body:
            yield "no Content-Type"
    if navigates and framed:
        wanted |= {"x-frame-options", "content-security-policy"}
    yield from lines_of(headers, wanted)


def made_of(step: Step, exchange: Exchange) -> tuple[str, str]:
    """What the browser makes of the last answer, and why it stops there if it does."""
    event, decision, after = step
    words, request = dict(decision.words), exchange.request
    reason = clean(decision.reason)
    for more in filter(None, (words.get("withheld"), words.get("note"))):
        reason = reason.removesuffix(clean(f"; {more}"))
    if not decision:
        if reason.startswith(f"{request.origin.host} answers {exchange.response.status}"):
            return "", ""
        reason = reason.removeprefix("sent, but ")
        return "", re.sub(r"^(.*); \S+ shows an error page$", r"not shown: \1", reason)
    if isinstance(event, Commit):
        if after.is_attackers(event.target) and not after.attacker_speaks_for(request.origin):
            return "the attacker's script in it runs", ""
        return (str(words.get("note", "")) if decision.rule == CONTENT_TYPE else ""), ""
    return (reason.rpartition("; ")[2] if request.destination else ""), ""


# --- in sentences ---


def sentences(asked: Iterable[Sent]) -> Iterator[str]:
    """What each arrow says."""
    for each in asked:
        server = server_name(each.server)
        lines = f" ({listed})" if (listed := "; ".join((*each.cookies, *each.headers))) else ""
        said = ", ".join(filter(None, (each.text, each.more))).rstrip(".") + lines
        if not each.is_answer:
            yield f"{each.frame} asks {server}, {said}" + (
                f", but nothing is sent: {each.stopped}" if each.stopped else ""
            )
            continue
        if each.does:
            yield f"{server} {each.does}"
        yield f"{server} answers {said}"
        if each.outcome:
            yield each.outcome
        if each.stopped:
            own = each.stopped.startswith("not ")
            yield f"{'it is' if own else f'{each.frame} does not get it:'} {each.stopped}"
