"""Performing: each thing that can happen in the model, done in the real browser.

An attempt ends with an exception, or with what it was to bring: a request at the server, a new
document, another fragment. That a message is *not* dispatched is seen by another one, posted right
after it, which arrives. Nothing is decided by waiting.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from labcore.actions import (
    Accepts,
    Asks,
    Call,
    Commit,
    Create,
    Deliver,
    Destroy,
    Embed,
    Event,
    Fetch,
    Join,
    Load,
    Navigate,
    Open,
    Poll,
    PostMessage,
    Refuses,
    Script,
    SetDomain,
    SetTimer,
    Submit,
    TimerFires,
    Traverse,
    UserClicks,
    UserConfirms,
    UserTypes,
)
from labcore.http import Request, Response
from labcore.live.addresses import NotReplayable
from labcore.live.reaching import down
from labcore.live.stage import NoAnswer, Stage, Thrown, Unreachable, as_json, is_web_page
from labcore.messages import ArrayBuffer
from labcore.origin import InvalidURL, Origin, normalize_url
from labcore.policies.fetching import Exchange
from labcore.scenarios import Step
from labcore.world import World

SAVING_S = 0.3
"""How long a page is given to go away before it counts as one that stays."""

SNIFFING_S = 2.0
"""How long a document that does not say its type is given to run: nothing tells that it is text."""


class Outcome(NamedTuple):
    """What a browser did.

    ``allowed`` is ``None`` where nothing was for a browser to decide. ``unlike`` says in which way
    it did otherwise than the model, if not in that.
    """

    allowed: bool | None
    text: str
    unlike: str = ""


class Act(NamedTuple):
    """One step of the model's trace, to be done for real."""

    stage: Stage
    event: Any
    before: World
    step: Step

    @property
    def after(self) -> World:
        """The model's world once it has happened."""
        return self.step.world


async def perform(stage: Stage, before: World, step: Step) -> Outcome:
    """Do what ``step`` is about. Raises `NoAnswer`."""
    act = Act(stage, step.event, before, step)
    stage.expected = before
    try:
        return await PERFORMED[type(step.event)](act)
    except (Thrown, Unreachable) as error:
        return Outcome(False, str(error))


# --- navigation ---


async def navigate(act: Act) -> Outcome:
    """``location = …``: an exception, a request for the new document, or another fragment."""
    stage, event, document = act.stage, act.event, act.before.browser.document(act.event.target)
    url = normalize_url(event.url)
    at = await stage.way(event.actor, event.target)
    stays = "#" in url and url.partition("#")[0] == document.page
    shown = stage.shows.get(event.target) if stays else None
    number = stage.errand(event.target, url, held=True) if shown is None else shown
    how: dict[str, Any] = {"at": at, "url": stage.address(number, url)}
    if event.user_activation:
        await stage.ask_for_click(event.actor, f"Navigate {event.target}", "navigate", **how)
    else:
        await stage.ask(event.actor, "navigate", **how)
    if not stays:
        return await request_for(stage, number)
    if stage.has_agent(act.before.browser, event.target):
        through, stage.through = stage.through, None
        await stage.ask(event.target, "hash", awaited=unquote(url.partition("#")[2]))
        stage.through = through
    return Outcome(True, f"{event.target} stays, with another fragment")


async def request_for(stage: Stage, number: int) -> Outcome:
    """The request of an errand has come."""
    errand = stage.errands[number]
    await stage.until(lambda: errand.arrived, f"request for {errand.url} and no exception")
    return Outcome(True, f"the browser asks for {in_short(errand.url)}")


async def embed(act: Act) -> Outcome:
    """A new frame; its document is asked for."""
    stage, event = act.stage, act.event
    (label,) = set(act.after.browser.labels) - set(act.before.browser.labels)
    number = stage.errand(label, normalize_url(event.url), held=True)
    await stage.ask(event.actor, "embed", url=stage.address(number), name=event.name)
    return await request_for(stage, number)


async def open_window(act: Act) -> Outcome:
    """``window.open``: the frame that it finds, or a new window, asks for the document."""
    stage, event = act.stage, act.event
    new = set(act.after.browser.labels) - set(act.before.browser.labels)
    begun = [each.target for each in act.after.pending if each not in act.before.pending]
    label = next(iter(new), begun[0] if begun else event.actor)
    waits = act.after.pending_in(label) is not None
    number = stage.errand(label, normalize_url(event.url), held=waits)
    features = "noopener" if event.noopener else ""
    await stage.open(event.actor, label, stage.address(number), event.name, features)
    outcome = await request_for(stage, number)
    if waits:
        return outcome
    errand = stage.errands[number]
    await stage.until(lambda: errand.is_shown, f"document in {label}")
    return Outcome(True, f"{in_short(event.url)} opens", misplaced(act, label, errand.place))


def misplaced(act: Act, label: str, place: list[int]) -> str:
    """Whether a document has come into another frame than the model says."""
    if label in act.after.browser and place != down(act.after.browser, label):
        return f"it comes into another frame than {label}"
    return ""


async def submit(act: Act) -> Outcome:
    """A form is sent."""
    stage, event, request = act.stage, act.event, act.event.request
    browser = act.before.browser
    number = stage.errand(event.target, request.url, held=True)
    fields = dict(parse_qsl(request.body or "", keep_blank_values=True))
    address = stage.address(number)
    if request.method == "GET":
        address, _, query = address.partition("?")
        fields = dict(parse_qsl(query, keep_blank_values=True))
    at: list[Any] | None = None
    target = "_self"
    if event.target == browser.parent(event.actor):
        target = "_parent"
    elif event.target == browser.root(event.actor) != event.actor:
        target = "_top"
    elif browser.parent(event.target) == event.actor:
        at, target = await stage.way(event.actor, event.target), f"target-{number}"
    elif event.target != event.actor:
        target = browser.frame(event.target).name or "_blank"
    how: dict[str, Any] = {
        "at": at,
        "method": request.method,
        "url": address,
        "fields": fields,
        "target": target,
    }
    await stage.ask(event.actor, "submit", **how)
    return await request_for(stage, number)


async def commit(act: Act) -> Outcome:
    """The server answers; then the document is there, or the browser shows something else."""
    stage, label, browser = act.stage, act.event.target, act.after.browser
    waiting = [
        n for n, each in enumerate(stage.errands) if each.label == label and each.is_document
    ]
    number = next((n for n in reversed(waiting) if stage.errands[n].arrived), None)
    if number is None or stage.errands[number].gate.is_set():
        return Outcome(None, "nothing was under way in the browser")
    errand, old = stage.errands[number], stage.shown(label)
    stage.expected = act.after
    seen, first = len(stage.framed), len(stage.errands)
    above = act.before.browser.parent(label)
    errand.gate.set()
    await stage.until(lambda: errand.asked and not is_redirect(errand.asked[-1][1]), "answer taken")
    response = errand.asked[-1][1]

    if above is None and is_attachment(response):
        await asyncio.sleep(SAVING_S)  # nothing tells that a page stays
        await stage.ask(label, "hash")
        return Outcome(False, f"the browser saves it, and {label} stays as it was")

    def over() -> bool:
        if errand.is_shown:
            return True
        if above is not None and stage.has_agent(act.before.browser, above):
            place = tuple(down(act.before.browser, label))
            return not errand.runs and (stage.shows.get(above, -1), place) in stage.framed[seen:]
        gone = old is None or old.line is None or not old.line.is_open
        return gone and not is_web_page(response)

    await stage.until(over, f"document in {label}")
    if not errand.is_shown and "content-type" not in response.headers:  # it may run yet
        with suppress(NoAnswer):
            await stage.until(lambda: errand.is_shown, f"script in {label}", SNIFFING_S)
    unlike = sent_otherwise(act, number)
    if not errand.is_shown and not is_web_page(response) and above is None:
        if response.status >= 400:
            return Outcome(False, f"the server answers {response.status}: {response.body}", unlike)
        return Outcome(True, f"{label} shows a text, in which no script runs", unlike)
    if not errand.is_shown:
        return Outcome(False, f"{label} shows no page that a script could run in", unlike)
    for inner in browser.descendants(label):
        if stage.has_agent(browser, inner):
            await stage.until(partial(comes, stage, inner, first), f"document in {inner}")
    url = errand.asked[-1][0].url
    if response.status >= 400:
        return Outcome(False, f"the server answers {response.status}: {response.body}", unlike)
    return Outcome(
        True, f"{label} shows {in_short(url)}", unlike or misplaced(act, label, errand.place)
    )


def comes(stage: Stage, label: str, first: int) -> bool:
    """Whether ``label`` shows one of the errands from the ``first`` on."""
    return stage.shows.get(label, -1) >= first


async def traverse(act: Act) -> Outcome:
    """``history.go``: the fragment that was there before, or the document, is there again."""
    stage, event, before, after = act.stage, act.event, act.before, act.after
    moved = [
        each for each in after.browser.labels
        if each in before.browser and after.browser.document(each) != before.browser.document(each)
    ]  # fmt: skip
    under_way = [each for each in after.pending if each not in before.pending]
    if under_way:
        return Outcome(None, "a document that comes again out of the history is not replayed")
    await stage.ask(event.actor, "traverse", by=event.by)
    for label in moved:
        fragment = after.browser.document(label).fragment
        await stage.ask(label, "hash", awaited=fragment)
        return Outcome(True, f"{label} has the fragment {fragment!r} again")
    return Outcome(None, "no frame was to change")


# --- scripting ---


async def script(act: Act) -> Outcome:
    """Read another document, or make it act: the browser lets the script in, or throws."""
    stage, event = act.stage, act.event
    if event.run is None:
        at = await stage.way(event.actor, event.target)
        read = await stage.ask(event.actor, "read", at=at)
        return Outcome(True, f"it reads {', '.join(read) or 'a page with nothing in it'}")
    stage.through = event.actor
    try:
        return await PERFORMED[type(event.run)](act._replace(event=event.run))
    finally:
        stage.through = None


async def call(act: Act) -> Outcome:
    """Call a function of another document."""
    stage, event = act.stage, act.event
    at = await stage.way(event.actor, event.target)
    await stage.ask(event.actor, "call", at=at, data=event.data)
    heard = (stage.shows[event.target], event.data)
    await stage.until(lambda: heard in stage.calls, f"call in {event.target}")
    return Outcome(True, f"{event.target} is called with {event.data}")


async def set_domain(act: Act) -> Outcome:
    """``document.domain = …``: an exception, a change, or nothing."""
    stage, event = act.stage, act.event
    own = Origin.of(f"https://{event.domain}/")
    domain = stage.addresses.place(own).partition(":")[0]
    _, now = await stage.ask(event.actor, "domain", domain=domain)
    return Outcome(True, f"document.domain reads {event.domain}" if now == domain else "it stays")


# --- messages and fragments ---


async def post(act: Act) -> Outcome:
    """``postMessage``: it throws, or the message is under way."""
    stage, event = act.stage, act.event
    at = await stage.way(event.actor, event.target)
    target_origin, sentinel = event.target_origin, next(stage.numbers)
    try:
        origin = Origin.of(target_origin)
        if not origin.is_opaque:
            target_origin = f"http://{stage.addresses.place(origin)}"
    except (InvalidURL, NotReplayable):
        pass
    buffers = [each.name for each in event.transfer if isinstance(each, ArrayBuffer)]
    how: dict[str, Any] = {
        "data": as_json(event.data),
        "targetOrigin": target_origin,
        "transfer": buffers,
    }
    to = stage.shows.get(event.target, -1)
    heard = len(stage.messages)
    await stage.ask(event.actor, "post", at=at, sentinel=sentinel, **how)
    stage.posted.append((event.target, sentinel, to, heard))
    return Outcome(True, "the message is under way")


async def deliver(act: Act) -> Outcome:
    """The message has arrived, or what was posted right after it has, and it has not."""
    stage, target, browser = act.stage, act.event.target, act.before.browser
    posted = next((each for each in stage.posted if each[0] == target), None)
    if posted is None:
        return Outcome(None, "nothing was posted in the browser")
    stage.posted.remove(posted)
    _, sentinel, to, heard = posted
    message = next(each for each in act.before.messages if each.target == target)
    if not stage.has_agent(browser, target):
        return Outcome(None, f"no script in {target} could say whether it came")
    if to == stage.shows.get(target):
        await stage.until(lambda: sentinel in stage.sentinels, f"end to the messages for {target}")
    came = [told for number, told in stage.messages[heard:] if number == to]
    late = "" if to == stage.shows.get(target) else f", before {target} was navigated"
    if not came:
        return Outcome(False, f"nothing comes to {target}")
    told = came[0]
    origin = stage.addresses.in_model_terms(told["origin"])
    unlike = "" if origin == str(message.origin) else f"it says that it is from {origin}"
    if told["data"] != as_json(message.data) and not message_moves(message.data):
        unlike = f"it holds {told['data']!r}"
    if late:
        unlike = (
            f"it was dispatched as soon as it was posted{late}: "
            "who wants to get between the two must win a race"
        )
    here = told["from"]
    if here is not None and message.actor in browser and here != down(browser, message.actor):
        unlike = unlike or "its source is another frame"
    return Outcome(True, f"{target} gets it, with the origin {origin}", unlike)


def message_moves(data: object) -> bool:
    """Whether ``data`` holds buffers, which look otherwise on the other side."""
    return "$buffer" in str(as_json(data))


async def poll(act: Act) -> Outcome:
    """``location.hash``."""
    stage, target = act.stage, act.event.target
    text = await stage.ask(target, "hash")
    errand = stage.shown(target)
    assert errand is not None
    new, errand.seen = text != errand.seen, text
    wanted = act.before.browser.document(target).fragment
    unlike = "" if text == wanted else f"the model has {wanted!r}"
    return Outcome(new, f"{target} reads {text!r} after the #", unlike)


async def load(act: Act) -> Outcome:
    """The document and all in it have arrived."""
    if not act.step.decision:
        return Outcome(None, "nothing is left to load")
    await act.stage.ask(act.event.target, "loaded")
    return Outcome(True, f"{act.event.target} has loaded")


# --- requests ---


async def fetch(act: Act) -> Outcome:
    """A script's ``fetch``, or what an element asks for."""
    stage, event, request = act.stage, act.event, act.event.request
    number = stage.errand(event.actor, request.url, is_document=False)
    address = stage.address(number)
    tags = {"image": "img", "script": "script", "style": "link"}
    if request.destination in tags:
        answer = await stage.ask(event.actor, "include", tag=tags[request.destination], url=address)
        outcome = included(stage, number, request, *answer)
    else:
        init = {
            "method": request.method,
            "headers": dict(request.headers.items()),
            "mode": request.mode,
            "credentials": request.credentials,
            "redirect": request.redirect,
        } | ({} if request.body is None else {"body": request.body})
        try:
            outcome = read(
                stage, number, await stage.ask(event.actor, "fetch", url=address, init=init)
            )
        except Thrown as error:
            sent = "sent, but " if said(stage, number) else "not sent: "
            outcome = Outcome(False, f"{sent}the page gets {error}")
    return outcome._replace(unlike=outcome.unlike or sent_otherwise(act, number))


def said(stage: Stage, number: int) -> list[tuple[Request, Response]]:
    """What was asked and answered, without preflights."""
    asked = stage.errands[number].asked
    return [each for each in asked if each[0].method != "OPTIONS"]


def read(stage: Stage, number: int, answer: list[Any] | None) -> Outcome:
    """What a script gets of an answer."""
    if answer is None:
        return Outcome(False, "sent, but the page may not read the answer")
    status, text = answer
    turned = f"the server answers {status}: {text}"
    return Outcome(status < 400, f"the page reads {in_short(text)!r}" if status < 400 else turned)


def included(
    stage: Stage, number: int, request: Request, fired: str, ran: list[str] | None
) -> Outcome:
    """What a page gets of an element."""
    answers = said(stage, number)
    status = answers[-1][1].status if answers else 0
    if status >= 400:
        return Outcome(False, f"the server answers {status}: {answers[-1][1].body}")
    if request.destination == "image":
        return Outcome(bool(answers), "the browser asks for it")
    if request.destination == "style":
        applies = fired == "load"
        return Outcome(applies, "it applies" if applies else "the browser does not take it")
    if ran is None:
        return Outcome(False, f"nothing of it runs ({fired})")
    name, data = ran
    return Outcome(True, f"it calls {name} of the page with {in_short(data)}")


def is_attachment(response: Response) -> bool:
    """Whether it is to be saved."""
    return response.headers.get("content-disposition", "").lower().startswith("attachment")


def is_redirect(response: Response) -> bool:
    """Whether the browser is sent elsewhere."""
    return response.status in (301, 302, 303, 307, 308) and "location" in response.headers


def sent_otherwise(act: Act, number: int) -> str:
    """What the browser has sent otherwise than the model: requests, or their cookies."""
    real = [each for each, _ in act.stage.errands[number].asked]
    model = [each.request for each in exchanges(act)]
    if not model:
        return ""
    ours, theirs = list(map(in_brief, real)), list(map(in_brief, model))
    if ours == theirs:
        return ""
    return f"it has sent {'; '.join(ours) or 'nothing'}; the model, {'; '.join(theirs)}"


def exchanges(act: Act) -> tuple[Exchange, ...]:
    """What the model's step has brought over the network."""
    before, after = act.before.exchanges, act.after.exchanges
    return () if after is before else after


def in_brief(request: Request) -> str:
    """What is compared of a request: method, URL, and the cookies with it."""
    cookies = ", ".join(sorted(f"{name}={value}" for name, value in request.cookies.items()))
    url = request.url.partition("#")[0]
    return f"{request.method} {url}" + (f" with {cookies}" if cookies else " without cookies")


# --- what no browser decides ---


async def own_doing(act: Act) -> Outcome:
    """What the page's own script thinks, or the user does."""
    return Outcome(None, "no browser decides this")


async def types(act: Act) -> Outcome:
    """The user types into the page."""
    if act.step.decision:
        await act.stage.ask(act.event.target, "type", text=act.event.secret)
    return Outcome(None, "no browser decides this")


async def configure(act: Act) -> Outcome:
    """Create, join, destroy a principal: there is nothing to call, and so nothing to compare."""
    return Outcome(None, "no browser has principals that pages configure")


PERFORMED: dict[type[Event], Callable[[Act], Awaitable[Outcome]]] = {
    Navigate: navigate,
    Embed: embed,
    Open: open_window,
    Submit: submit,
    Commit: commit,
    Traverse: traverse,
    Script: script,
    Call: call,
    SetDomain: set_domain,
    PostMessage: post,
    Deliver: deliver,
    Poll: poll,
    Load: load,
    Fetch: fetch,
    UserTypes: types,
    **dict.fromkeys((Create, Join, Destroy), configure),
    **dict.fromkeys(
        (SetTimer, TimerFires, Asks, Accepts, Refuses, UserConfirms, UserClicks), own_doing
    ),
}
"""How each event is performed. What is not here, no browser of today can do."""


def in_short(text: str) -> str:
    """``text``, cut where it gets long."""
    return text if len(text) <= 100 else f"{text[:100]}…"


__all__ = ["PERFORMED", "NoAnswer", "Outcome", "perform"]
