"""The stage of a replay: the documents that the browser shows, and what they can be told to do."""

import asyncio
import itertools
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import quote

from labcore.browser import Browser
from labcore.http import Headers, Request, Response
from labcore.live import documents
from labcore.live.addresses import Addresses, is_served
from labcore.live.reaching import Way, down, ways
from labcore.live.server import Line, WebSocketClosedError
from labcore.messages import ArrayBuffer, Record
from labcore.origin import Origin
from labcore.policies import Policies
from labcore.world import World

ISOLATING = ("opener_policy", "embedder_policy", "agent_cluster")

BOUND_S = 15.0
"""How long anything may take in a browser that answers at all."""

LEAVE = frozenset({"navigate", "open", "submit", "traverse", "click", "run", "call", "close"})
"""What may make a document go away before it can answer."""

GONE = "its window has been closed, or shows something else"

CLICK_S = 120.0
"""How long a reader may take to click where a page asks for it."""


class NoAnswer(Exception):
    """The browser has not done something within `BOUND_S`; nothing is known about its rules."""


class Unreachable(Exception):
    """No script could give a document a reference to another window."""


class Thrown(Exception):
    """A script threw: the exception's name and message, in the scenario's terms."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


@dataclass
class Errand:
    """A document, or something that a page asks for: what is begun, asked for, and shown of it.

    ``label`` is the frame that is to show it, or the one that asks. ``gate`` holds the answer back
    until its time has come. ``is_shown`` once it runs, or says that it cannot.
    """

    label: str
    url: str
    is_document: bool = True
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[tuple[Request, Response]] = field(default_factory=list)
    arrived: bool = False
    line: Line | None = None
    place: list[int] = field(default_factory=list)
    runs: bool = False
    is_shown: bool = False
    seen: str = ""


class Stage:
    """All documents of one replay, by label; `Play` for the server."""

    def __init__(self, start: World, policies: Policies, addresses: Addresses) -> None:
        self.start, self.expected, self.addresses = start, start, addresses
        self.policies = policies
        self.errands: list[Errand] = []
        self.shows: dict[str, int] = {}
        self.messages: list[tuple[int, dict[str, Any]]] = []
        self.posted: list[tuple[str, int, int, int]] = []
        self.sentinels: set[int] = set()
        self.kept: set[tuple[int, str]] = set()
        self.framed: list[tuple[int, tuple[int, ...]]] = []
        self.calls: list[tuple[int, str]] = []
        self.lines: set[Line] = set()
        self.asked: dict[int, Line] = {}
        self.wanted = ""
        self.answers: dict[int, dict[str, Any]] = {}
        self.numbers = itertools.count(1)
        self.through: str | None = None
        self._changed = asyncio.Event()

    # --- waiting ---

    def changed(self) -> None:
        """Wake up whoever waits for something."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(
        self, happened: Callable[[], Any], what: str, bound_s: float | None = None
    ) -> None:
        """Wait until something has ``happened``. Raises `NoAnswer`, which says ``what`` has not."""
        bound_s = BOUND_S if bound_s is None else bound_s
        try:
            async with asyncio.timeout(bound_s):
                while not happened():
                    await self._changed.wait()
        except TimeoutError:
            raise NoAnswer(f"the browser has given no {what} within {bound_s:g} s") from None

    # --- errands ---

    def errand(self, label: str, url: str, is_document: bool = True, held: bool = False) -> int:
        """Begin one; its number is part of its address."""
        new = Errand(label, url, is_document)
        if not held:
            new.gate.set()
        self.errands.append(new)
        return len(self.errands) - 1

    def address(self, number: int, url: str | None = None) -> str:
        """Where an errand's URL, or another one of the same document, is served."""
        return self.addresses.of(self.errands[number].url if url is None else url, number)

    def shown(self, label: str) -> Errand | None:
        """What ``label`` shows now."""
        return self.errands[self.shows[label]] if label in self.shows else None

    def has_agent(self, browser: Browser, label: str) -> bool:
        """Whether a script can run in what ``label`` shows by then."""
        document = browser.document(label)
        return document.scripts_run and is_served(document.url)

    async def serves(
        self, number: int, method: str, url: str, headers: Headers, body: str
    ) -> Response | None:
        """What the scenario's server, or else a page of ours, answers."""
        if number >= len(self.errands):
            return None
        errand = self.errands[number]
        may_have = method not in ("GET", "HEAD")
        request = Request(method, url, headers, body if may_have else None)
        errand.arrived = True
        self.changed()
        await errand.gate.wait()
        world = self.start
        if errand.is_document and world.server_at(url) is None:
            answer = Response(200, {"Content-Type": "text/html", **self._isolation(url)})
            shown, whole = answer, True
        else:
            shown = answer = world.answer(request)
            whole = not answer.body
        errand.asked.append((request, answer))
        if errand.is_document and (is_web_page(answer) or "content-type" not in answer.headers):
            shown = shown.but(body=self._page(number, errand, url, answer, whole))
        self.changed()
        return self._as_sent(number, shown)

    def _isolation(self, url: str) -> dict[str, str]:
        """The headers by which honest pages are kept apart that no server of the scenario sends."""
        if not self.start.is_honest_and_secure(url):
            return {}
        chosen = (self.policies.chosen(each)() for each in ISOLATING)
        return {name: value for headers in chosen for name, value in headers.items()}

    def _as_sent(self, number: int, answer: Response) -> Response:
        """The same answer with headers that make sense to the browser."""
        headers = []
        for name, value in answer.headers.items_:
            said = self.addresses.in_browsers_terms(value)
            if name.lower() == "location":
                said = self.addresses.of(value, number)
            elif name.lower() == "set-cookie":
                said = self.cookie_line(value)
            elif name.lower() == "content-type" and "charset" not in value:
                said = f"{value}; charset=utf-8"
            headers.append((name, said.encode("ascii", "backslashreplace").decode()))
        return answer.but(headers=Headers(headers))

    def cookie_line(self, line: str) -> str:
        """A cookie that belongs to this replay alone, and soon goes."""
        pair, *attributes = (each.strip() for each in line.split(";"))
        kept = []
        for each in attributes:
            name, _, value = each.partition("=")
            if name.lower() == "domain":
                host = self.addresses.place(Origin("https", value.lstrip("."), 443))
                each = f"Domain={host.partition(':')[0]}"
            if name.lower() != "path":
                kept.append(each)
        return "; ".join([pair, f"Path=/{self.addresses.token}", "Max-Age=600", *kept])

    def _page(self, number: int, errand: Errand, url: str, answer: Response, whole: bool) -> str:
        """The document: the server's own, or one of ours, with the frames that it brings.

        Where the server does not say what it is, the browser looks at how it begins.
        """
        browser, label, token = self.expected.browser, errand.label, self.addresses.token
        inner: list[documents.Inner] = []
        hostile, scripts = self.start.attacker_speaks_for(Origin.of(url)), ""
        if label in browser and browser.document(label).page == url.partition("#")[0]:
            inner = [self._inner(browser, each) for each in browser.children(label)]
            for each in browser.document(label).scripts:
                if is_served(each) and not each.endswith("/reflected.js"):
                    included = self.address(self.errand(label, each, is_document=False))
                    scripts += f'<script src="{escape(included)}"></script>'
        line = f"ws://{self.addresses.place(Origin.of(url))}/{token}/-/line"
        agent = documents.agent(token, number, line, f"{label}: {url}", hostile) + scripts
        frames = documents.frames(inner)
        if whole:
            return documents.page(token, label, url, hostile, agent, frames)
        if not is_web_page(answer):
            return f"{answer.body}{agent}"
        return f"<!doctype html>{agent}{answer.body}{frames}"

    def _inner(self, browser: Browser, label: str) -> documents.Inner:
        """A frame.

        What no server sends is made in place, if there are frames in it, or else left empty.
        """
        frame, url = browser.frame(label), browser.document(label).url
        if is_served(url):
            address = self.address(self.errand(label, url))
            return documents.Inner(frame.name, address, frame.sandbox)
        inside = documents.frames(self._inner(browser, each) for each in browser.children(label))
        if inside and url.startswith("data:"):
            return documents.Inner(frame.name, f"data:text/html,{quote(inside)}", frame.sandbox)
        return documents.Inner(frame.name, "", frame.sandbox, inside)

    # --- what documents report ---

    def agent_asked(self, number: int) -> None:
        """A document has begun to run."""
        if number < len(self.errands):
            self.errands[number].runs = True
            self.changed()

    def silent(self, number: int) -> None:
        """A document without scripts is shown."""
        if number < len(self.errands):
            self._is_shown(number)

    def connected(self, line: Line, told: dict[str, Any]) -> None:
        """A document is shown, and can be told what to do."""
        if 0 <= line.number < len(self.errands):
            errand = self.errands[line.number]
            errand.line, errand.place = line, told["at"]
            self.lines.add(line)
            self._is_shown(line.number)

    def _is_shown(self, number: int) -> None:
        errand = self.errands[number]
        errand.is_shown = True
        self.shows[errand.label] = number
        self.changed()

    def heard(self, line: Line, told: dict[str, Any]) -> None:
        """A document has something to say."""
        if "answers" in told:
            if self.asked.get(told["answers"]) is line:
                self.answers[told["answers"]] = told
        elif told["saw"] == "message":
            self.messages.append((line.number, told))
        elif told["saw"] == "sentinel":
            self.sentinels.add(told["number"])
        elif told["saw"] == "kept":
            self.kept.add((line.number, told["label"]))
        elif told["saw"] == "frame":
            self.framed.append((line.number, tuple(told["at"])))
        elif told["saw"] == "call":
            self.calls.append((line.number, told["data"]))
        self.changed()

    def lost(self, line: Line) -> None:
        """A document has gone."""
        self.lines.discard(line)
        self.changed()

    # --- telling documents what to do ---

    async def open(
        self, opener: str, label: str, url: str, name: str = "", features: str = ""
    ) -> None:
        """Open a window; where the browser holds it back, as it may, once the reader clicks."""
        how: dict[str, Any] = {"url": url, "name": name, "features": features, "label": label}
        if await self.ask(opener, "open", **how) or features:
            return
        if not await self.ask_for_click(opener, f"Open the window of {label}", "open", **how):
            raise NoAnswer(f"the browser opens no window of {label}, not even after a click")

    async def ask_for_click(self, actor: str, text: str, do: str, **how: Any) -> Any:
        """The same as `ask`, done while the reader clicks in ``actor``'s document."""
        self.wanted = f"Click “{text}” in the page of {actor}."
        try:
            deed = {"do": do, **how}
            return await self.ask(actor, "click", bound_s=CLICK_S, text=text, deed=deed)
        finally:
            self.wanted = ""

    async def ask(self, actor: str, do: str, bound_s: float | None = None, **how: Any) -> Any:
        """What comes of it in ``actor``'s document. Raises `Thrown` and `NoAnswer`.

        Where ``through`` is set, that document makes the actor's do it.
        """
        if self.through is not None and self.through != actor:
            via, self.through = self.through, None
            try:
                way = await self.way(via, actor)
                return await self.ask(via, "run", bound_s, at=way, deed={"do": do, **how})
            finally:
                self.through = via
        errand = self.shown(actor)
        if errand is None or errand.line is None or not errand.line.is_open:
            raise NoAnswer(f"{actor} does not answer: {GONE}")
        line, request = errand.line, next(self.numbers)
        self.asked[request] = line
        try:
            line.tell({"request": request, "do": do, **how})
        except WebSocketClosedError:
            raise NoAnswer(f"{actor} does not answer: {GONE}") from None
        await self.until(
            lambda: request in self.answers or not line.is_open,
            f"click in {actor}" if do == "click" else f"answer from {actor} to {do!r}",
            bound_s,
        )
        del self.asked[request]
        if request not in self.answers and do not in LEAVE:
            raise NoAnswer(f"{actor} does not answer: {GONE}")
        answer = self.answers.pop(request, {"value": None})
        if "error" in answer:
            name, message = answer["error"]
            raise Thrown(name, self.addresses.in_model_terms(message))
        return answer["value"]

    async def way(self, actor: str, target: str) -> Way:
        """How a script in ``actor`` names the window of ``target``, once it has it.

        Raises `Unreachable` where no script could give it.
        """
        browser = self.expected.browser
        top = browser.root(target)
        means, helper = ways(browser).get((actor, top), ("", ""))
        numbers = down(browser, target)
        if means == "own":
            return ["top", *numbers]
        if means == "opener":
            return [*await self.way(actor, helper), "opener", "top", *numbers]
        if means == "message":
            back = await self.way(helper, actor)
            await self.ask(helper, "keep", at=back, label=top)
            kept = (self.shows[actor], top)
            await self.until(lambda: kept in self.kept, f"message from {helper} at {actor}")
        elif means == "shared":
            theirs, helpers = await self.way(actor, helper), await self.way(helper, top)
            await self.ask(actor, "take", at=theirs, way=helpers, label=top)
        elif (seen := await self.ask(actor, "sees", label=top)) not in ("open", "an opener"):
            why = (
                "the reference that it had is of a closed window"
                if seen == "closed"
                else "it has no reference to it, and its window no opener"
            )
            raise Unreachable(f"{actor} cannot name {target}: {why}")
        elif seen == "an opener":
            return ["top", "opener", "top", *numbers]
        return [{"kept": top}, *numbers]

    def say(self, label: str, text: str, kind: str = "") -> None:
        """Write something into the document of ``label``, if it is there; nobody waits for it."""
        errand = self.shown(label)
        if errand is not None and errand.line is not None:
            with suppress(WebSocketClosedError):
                errand.line.tell({"request": 0, "do": "say", "text": text, "kind": kind})


def is_web_page(answer: Response) -> bool:
    """Whether a document with a script in it can be made of ``answer``."""
    return answer.headers.get("content-type", "").startswith("text/html")


def as_json(data: object) -> Any:
    """A message's data as JSON, for the agent to make of it what was posted."""
    if isinstance(data, ArrayBuffer):
        return {"$buffer": data.name}
    if isinstance(data, Record):
        return {key: as_json(value) for key, value in data.items()}
    if isinstance(data, tuple | list):
        return [as_json(each) for each in data]
    if isinstance(data, frozenset | set):
        return {"$set": sorted((as_json(each) for each in data), key=json.dumps)}
    return data
