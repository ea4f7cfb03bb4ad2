"""Requests made for real, and the same requests in the model, told in the same words.

    with RequestsRig.chromium() as rig:                         # or .firefox()
        page = rig.open(PAGE)
        real = rig.told(page, case)                             # {"cookies": […], "answer": […], …}
    said = told_by_model(PAGE, case, PRESETS["Chromium"])

The steps of a case come one after the other, each made by an agent of the page: a script's `fetch`,
an element's request, a navigation. What goes over the network is told by the server, which answers
as the case says; what came of it, by the agent. Nothing is decided by waiting: a fetch settles, an
element fires ``load`` or ``error``, a document that is shown asks the server for a script.

A server of our own stands before the rig's: it sees the bytes, admits any method and header, and
sends whatever a case wants to have sent. Ports and paths of a case are translated on their way out
and back, and so are its cookies, all called ``crumb``: no case meets the traces of another.
"""

import asyncio
import itertools
import json
import re
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

from browser.rig import CHROMIUM, Page, Rig, RigError
from request_cases import NAVIGATIONS, OTHER_PORT, PORT, Case, FramingCase, Step, opens
from tornado.netutil import bind_sockets

from labcore import Browser, Policies
from labcore.http import BadHeader, BadRequest, Headers, Jar, Request, Response
from labcore.http.headers import content_type
from labcore.origin import InvalidURL, Origin
from labcore.policies.cookies import Asking, asking_in
from labcore.policies.cors import Remembered
from labcore.policies.decision import answer_of_rule
from labcore.policies.fetching import Fetched
from labcore.policies.sniffing import STYLES, blocked_as_script, blocked_as_style

Told = dict[str, list[str]]
"""What became of a case, aspect by aspect."""

ASPECTS = {
    "sent": "each request that reached a server, preflights included",
    "asked": "what each preflight asked for",
    "origin": "the Origin header of each request",
    "referer": "the Referer header of each",
    "site": "the Sec-Fetch-Site header of each",
    "kind": "the Sec-Fetch-Mode and Sec-Fetch-Dest headers of each",
    "cookies": "the Cookie header of each",
    "arrived": "which of the headers that the page had set each carried as set, but for preflights",
    "body": "what is in each",
    "answer": "what the page got, step by step",
    "headers": "which headers of the answer it could read",
}

MOST_HEAD_BYTES = 4 << 20
PIXEL = (
    "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02"
    "\x02D\x01\0;"
)
BODIES = {
    "image": PIXEL,
    "script": "window.ran = true",
    "style": ":root { --worn: yes }",
    "style in quirks mode": ":root { --worn: yes }",
}
SHOWN = """<!doctype html><title>shown</title><script src="/case%d/shown"></script>
<script>if (top === window) close();</script>"""

FETCH = """try {
  const answer = await fetch(url, init);
  if (["opaque", "opaqueredirect"].includes(answer.type)) return ["not readable", []];
  const text = `${answer.status} ${await answer.text()}`;
  return [`${text} from ${answer.url}`, [...answer.headers.keys()]];
} catch (error) { return [error.name, []]; }"""
ELEMENT = """const element = place.createElement(tag);
Object.assign(element, attributes);
const fired = await new Promise((come) => {
  element.onload = element.onerror = ({type}) => come(type);
  element[tag === "link" ? "href" : "src"] = url;
  place.documentElement.append(element);
});
const worn = place.defaultView.getComputedStyle(place.documentElement).getPropertyValue("--worn");
const taken = {img: fired === "load", script: window.ran, link: worn}[tag];
window.ran = false;
element.remove();
return [taken ? "taken" : "not taken", []];"""
QUIRKS = """const frame = document.createElement("iframe");
document.documentElement.append(frame);
frame.contentDocument.open();
frame.contentDocument.write("<p>no doctype");
frame.contentDocument.close();
const answer = await (async (place) => {%s})(frame.contentDocument);
frame.remove();
return answer;"""
EMBED_ALL = """const embed = (urls, sandbox) => Promise.all(urls.map(async (src) => {
  const frame = document.createElement("iframe");
  if (sandbox) frame.sandbox = sandbox;
  await new Promise((come) => {
    Object.assign(frame, {onload: come, src});
    document.documentElement.append(frame);
  });
  return frame;
}));"""
EMBED = {
    "frame": f"{EMBED_ALL} for (const each of await embed(urls)) each.remove();",
    "boxed frame": f"{EMBED_ALL} for (const e of await embed(urls, 'allow-scripts')) e.remove();",
    "window": "urls.forEach((url) => open(url));",
}
FORM = """const form = document.createElement("form");
Object.assign(form, {method: init.method, action: url, target, rel: "opener"});
for (const [name, value] of Object.entries(fields)) {
  const field = document.createElement("input");
  Object.assign(field, {type: "hidden", name, value});
  form.append(field);
}
document.documentElement.append(form);
form.submit();
form.remove();"""
INTO = """const into = document.createElement("iframe");
into.name = target;
document.documentElement.append(into);"""
CODES = {
    "fetch": FETCH,
    "image": f"const place = document; {ELEMENT}",
    "script": f"const place = document; {ELEMENT}",
    "style": f"const place = document; {ELEMENT}",
    "style in quirks mode": QUIRKS % ELEMENT,
    "frame": f"{EMBED_ALL} (await embed([url]))[0].remove();",
    "window": "open(url)",
    "form": FORM,
    "form in frame": INTO + FORM,
    "document.cookie": """const frame = document.createElement("iframe");
await new Promise((come) => {
  frame.onload = come;
  frame.src = `${url}empty`;
  document.documentElement.append(frame);
});
const cookies = frame.contentDocument.cookie;
frame.remove();
return [cookies, []];""",
}
TAGS = {"image": "img", "script": "script", "style": "link", "style in quirks mode": "link"}


class Sent(NamedTuple):
    """A request that reached a server."""

    request: Request
    is_preflight: bool


class Happened(NamedTuple):
    """What came of a step."""

    step: Step
    sent: Sequence[Sent]
    answer: str
    headers: Sequence[str]


def told(case: Sequence[Happened]) -> Told:
    """The same aspects of a case, whoever tells them."""
    said: Told = {aspect: [] for aspect in ASPECTS}
    for step, sent, answer, headers in case:
        given = {name.lower() for name, _ in step.headers}
        for request, is_preflight in sent:
            has = request.headers
            said["sent"].append(f"{request.method} {as_asked(request.url)}")
            said["origin"].append(has.get("origin", ""))
            said["referer"].append(has.get("referer", ""))
            said["cookies"].append(has.get("cookie", ""))
            said["body"].append(request.body or "")
            said["site"].append(has.get("sec-fetch-site", ""))
            said["kind"].append(f"{has.get('sec-fetch-mode')} {has.get('sec-fetch-dest')}")
            if is_preflight:
                asked = has["access-control-request-method"]
                names = has.get("access-control-request-headers", "")
                said["asked"].append(f"{asked} {names}".strip())
                continue
            as_set = (each for each in sorted(given) if has.get(each) == as_sent(step, each))
            said["arrived"].append(" ".join(as_set))
        said["answer"].append(answer)
        possible = {name for each in (step.answer, *step.then.values()) for name in each.headers}
        said["headers"].append(" ".join(sorted(possible.intersection(headers))))
    return {aspect: [shortly(each) for each in told] for aspect, told in said.items()}


def differences(model: Told, browser: Told) -> str:
    """What the browser says otherwise than the model: ``aspect = …, …``, and so on.

    Where the two ask differently the rest cannot be compared request by request.
    """
    differ = [aspect for aspect in ASPECTS if model[aspect] != browser[aspect]]
    if "sent" in differ:
        differ = [aspect for aspect in differ if aspect in ("sent", "asked", "answer")]
    return " · ".join(f"{each} = {', '.join(map(dashed, browser[each]))}" for each in differ)


def dashed(text: str) -> str:
    """``text``, or a dash."""
    return text or "–"


def shortly(text: str) -> str:
    """``text`` without what all URLs here have in common."""
    usual = text.replace(f".localhost:{PORT}", "").replace(f".localhost:{OTHER_PORT}", ":2")
    return usual.replace("http://", "")


def as_asked(url: str) -> str:
    """``url`` as a server sees it: without fragment and user name."""
    return re.sub(r"//[^/@]*@", "//", url.partition("#")[0])


def as_sent(step: Step, name: str) -> str:
    """The value that the page gives to a header."""
    values = (value.strip("\t\n\r ") for given, value in step.headers if given.lower() == name)
    return ", ".join(values)


def server_of(step: Step) -> Callable[[Request], Response]:
    """Who answers in this step, for every host."""

    def server(request: Request) -> Response:
        if is_preflight(request):
            return step.preflight
        url = as_asked(request.url)
        usual = step.answer if url == as_asked(step.url) else opens()
        response = step.then.get(url, usual)
        if not response.body:
            response = response.but(body=BODIES.get(step.by, ""))
        no_body = request.method == "HEAD" or response.status in (204, 205, 304)
        return response.but(body="") if no_body else response

    return server


def is_preflight(request: Request) -> bool:
    """Whether the browser asks this on its own account."""
    return request.method == "OPTIONS" and "access-control-request-method" in request.headers


# --- the model's side ---


def request_of(step: Step) -> Request:
    """What a script or an element asks for. Raises `BadRequest`, `BadHeader`, `InvalidURL`."""
    if step.by.startswith("form"):
        destination = "iframe" if step.by == "form in frame" else "document"
        return Request.form(step.method, step.url, dict(step.fields), destination)
    destination = {
        "image": "image",
        "script": "script",
        "style": "style",
        "style in quirks mode": "style",
        "frame": "iframe",
        "window": "document",
    }.get(step.by, "")
    return Request(
        step.method,
        step.url,
        step.headers,
        step.body,
        step.mode,
        step.credentials,
        step.redirect,
        destination,
    )


def is_shown(browser: Browser, case: FramingCase, policies: Policies) -> bool:
    """Whether the model shows the page of ``case``."""
    chain = [case.within, *browser.ancestors(case.within)]
    around = [str(browser.origin(label)) for label in reversed(chain)]
    return bool(policies.may_frame([] if case.by == "window" else around, case.url, case.headers))


def told_by_model(browser: Browser, case: Case, policies: Policies) -> Told:
    """What the model says of ``case``."""
    jar, remembered, happened = Jar(), (), list[Happened]()
    for step in case.steps:
        now, jar, remembered = model_step(browser, step, policies, jar, remembered)
        happened.append(now)
    return told(happened)


def model_step(
    browser: Browser,
    step: Step,
    policies: Policies,
    jar: Jar,
    remembered: tuple[Remembered, ...],
) -> tuple[Happened, Jar, tuple[Remembered, ...]]:
    """One step, and the browser's cookies and preflights afterwards."""
    if step.by == "document.cookie":
        readable = jar.readable_at(browser.document(step.who).url)
        return Happened(step, (), readable, ()), jar, remembered
    try:
        request = request_of(step)
    except (BadRequest, BadHeader, InvalidURL):
        return Happened(step, (), "TypeError", ()), jar, remembered
    asking = asking_in(browser, step.who)
    if step.by in ("form", "window"):
        asking = Asking(asking.initiator, asking.referrer)
    fetched = policies.fetched(asking, request, server_of(step), jar, remembered)
    sent = [Sent(each.request, each.is_preflight) for each in fetched.exchanges]
    answer = outcome(step, fetched, policies, asking.initiator)
    headers = fetched.headers if step.by == "fetch" else ()
    return Happened(step, sent, answer, headers), fetched.jar, fetched.remembered


def outcome(step: Step, fetched: Fetched, policies: Policies, page: Origin | None) -> str:
    """What the page has of it, in a word."""
    response = fetched.response
    if step.by in NAVIGATIONS:
        return "shown" if response else "not shown"
    if step.by != "fetch":
        return "taken" if response and is_taken(step.by, fetched, policies, page) else "not taken"
    if response is None:
        return "TypeError"
    if not fetched.readable:
        return "not readable"
    return f"{response.status} {response.body} from {fetched.url.partition('#')[0]}"


def is_taken(by: str, fetched: Fetched, policies: Policies, page: Origin | None) -> bool:
    """Whether an element makes something of the response.

    A page in quirks mode takes its own origin's style sheets whatever their type (HTML Standard).
    """
    response = fetched.response
    assert response is not None
    if by == "image":
        return True
    if by == "script":
        return response.is_ok and blocked_as_script(response) is None
    quirks = by == "style in quirks mode"
    rule = STYLES["text/css from elsewhere"] if quirks else policies.chosen("styles")
    kind, elsewhere = content_type(response.headers), Origin.of(fetched.url) != page
    applies = answer_of_rule("style rule", rule, kind, elsewhere) is None
    return response.is_ok and blocked_as_style(response) is None and applies


# --- the browser's side ---


class RequestsRig(Rig):
    """A `Rig` whose server also answers as a case says, at two ports."""

    def __init__(self) -> None:
        super().__init__()
        self.cases = itertools.count(1)
        self.case, self.step = 0, Step("", "")
        self.sent: list[Sent] = []
        self.framed: dict[int, Headers] = {}
        self.shown: set[int] = set()
        self.first: Headers | None = None
        self.faults: list[str] = []

    @classmethod
    @contextmanager
    def chromium_for_third_parties(cls) -> Iterator["RequestsRig"]:
        """A Chromium that is set to let third parties have their cookies."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            settings = Path(profile, "Default", "Preferences")
            settings.parent.mkdir()
            settings.write_text(json.dumps({"profile": {"cookie_controls_mode": 0}}))
            options = f"{CHROMIUM} --user-data-dir={profile}"
            with cls().started(options, "chromium", "chromium-browser", "google-chrome") as rig:
                yield cast(RequestsRig, rig)

    # --- what is told ---

    def told(self, page: Page, case: Case) -> Told:
        """What comes of ``case`` on ``page``."""
        self.case = next(self.cases)
        happened = [self.happens(page, step) for step in case.steps]
        self.check()
        return told(happened)

    def check(self) -> None:
        """Raise `RigError` if the server failed, or a request came after its case was over."""
        if self.faults:
            raise RigError("; ".join(self.faults))

    def shows(self, page: Page, cases: Sequence[FramingCase]) -> list[bool]:
        """Which of the pages in ``cases`` are shown where they are to be; frames all at once."""
        numbers = [next(self.cases) for _ in cases]
        asked = list(zip(numbers, cases, strict=True))
        with self.changed:
            self.framed |= {number: case.headers for number, case in asked}
        for within, by in dict.fromkeys((case.within, case.by) for case in cases):
            here = [(n, case) for n, case in asked if (case.within, case.by) == (within, by)]
            urls = [self.to_real_url(case.url, number) for number, case in here]
            page.run(within, f"const urls = {json.dumps(urls)}; {EMBED[by]}")
        windows = {number for number, case in asked if case.by == "window"}
        self.until(lambda: windows <= self.shown, "document in every window")
        self.check()
        return [number in self.shown for number in numbers]

    def happens(self, page: Page, step: Step) -> Happened:
        """Take one step."""
        with self.changed:
            self.step, self.sent = step, []
            self.shown.discard(self.case)
        answer, headers = page.run(step.who, self.code(step)) or ("", [])
        if step.by == "frame":
            answer = "shown" if self.case in self.shown else "not shown"
        elif step.by in NAVIGATIONS:
            self.until(lambda: self.case in self.shown, f"document of {step.url} by {step.by}")
            if step.by == "form in frame":
                page.run(step.who, f"document.getElementsByName('into{self.case}')[0].remove()")
            answer = "shown"
        if step.by == "document.cookie":
            answer = self.own_cookies(answer)
        return Happened(step, self.sent, re.sub("#.*", "", self.from_real(answer)), headers)

    def code(self, step: Step) -> str:
        """The script that takes the step."""
        init = {
            "method": step.method,
            "headers": step.headers,
            "mode": step.mode,
            "credentials": step.credentials,
            "redirect": step.redirect,
        }
        attributes: dict[str, Any] = {"rel": "stylesheet"} if "style" in step.by else {}
        if step.mode == "cors":
            crossing = "use-credentials" if step.credentials == "include" else "anonymous"
            attributes["crossOrigin"] = crossing
        known = {
            "url": self.to_real_url(step.url),
            "init": init | ({} if step.body is None else {"body": step.body}),
            "tag": TAGS.get(step.by),
            "attributes": attributes,
            "target": f"into{self.case}" if step.by == "form in frame" else "_blank",
            "fields": dict(step.fields),
        }
        given = "".join(f"const {name} = {json.dumps(value)};" for name, value in known.items())
        return given + CODES[step.by]

    # --- translation ---

    def to_real(self, text: str) -> str:
        """``text`` with the ports that there are, and this case's crumbs."""
        text = re.sub(rf":{PORT}\b", f":{self.port}", text)
        text = re.sub(rf":{OTHER_PORT}\b", f":{self.other_port}", text)
        return text.replace("crumb", f"crumb{self.case}x")

    def to_real_url(self, url: str, number: int | None = None) -> str:
        """The same, with this case's paths, or those of another."""
        number = self.case if number is None else number
        return self.to_real(re.sub(r"^((?:\w+:)?//[^/]*)?/", rf"\1/case{number}/", url))

    def to_real_header(self, name: str, value: str) -> str:
        """A header of a response, as it is sent."""
        if name.lower() == "location":
            return self.to_real_url(value)
        if name.lower() == "set-cookie":
            value = re.sub(r"(?i)(path=)/(?=[^;\s])", rf"\1/case{self.case}/", value)
        return self.to_real(value)

    def to_real_lines(self, response: Response) -> list[tuple[str, str]]:
        """All its headers."""
        return [(name, self.to_real_header(name, value)) for name, value in response.headers.items_]

    def from_real(self, text: str) -> str:
        """Back again."""
        text = re.sub(rf":{self.port}/\d+/[^/]+/\d*$", f":{PORT}/", text)  # an agent's own URL
        text = re.sub(rf":{self.port}\b", f":{PORT}", text)
        text = re.sub(rf":{self.other_port}\b", f":{OTHER_PORT}", text)
        return text.replace(f"/case{self.case}/", "/").replace(f"crumb{self.case}x", "crumb")

    def own_cookies(self, header: str) -> str:
        """The cookies of this case."""
        mine = (each for each in header.split("; ") if f"crumb{self.case}x" in each)
        return "; ".join(mine)

    # --- the server ---

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Stand before the rig's own server."""
        with super().serving():
            self.inner = self.port
            doors = [bind_sockets(0, "localhost") for _ in range(2)]
            self.port, self.other_port = (door[0].getsockname()[1] for door in doors)
            self.do(self.listen([*itertools.chain(*doors)]))
            yield

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Have the server's thread do some ``work``, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    async def listen(self, sockets: Sequence[Any]) -> None:
        for each in sockets:
            await asyncio.start_server(self.serve, sock=each, limit=MOST_HEAD_BYTES)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection; those that concern no case are the rig's."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                line, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
                method, path, _ = line.split(" ")
                pairs = (each.partition(":") for each in lines)
                headers = Headers([(name, value) for name, _, value in pairs])
                self.first = self.first or headers
                if not path.startswith("/case"):
                    await self.pass_on(head, reader, writer)
                    return
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                writer.write(self.answer(method, path, headers, body.decode("latin-1")))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except Exception as error:  # or else it would look like an answer of the browser's
            self.faults.append(f"the server failed: {error!r}")
        finally:
            writer.close()

    async def pass_on(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Let the rig's own server answer, and close the connection afterwards."""
        theirs, ours = await asyncio.open_connection("localhost", self.inner)
        ours.write(
            re.sub(rb"(?i)\r\nconnection: keep-alive\r\n", b"\r\nConnection: close\r\n", head)
        )

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            try:
                while some := await source.read(1 << 16):
                    sink.write(some)
                    await sink.drain()
            except ConnectionError:
                pass
            finally:
                sink.close()

        await asyncio.gather(pump(reader, ours), pump(theirs, writer))

    def answer(self, method: str, path: str, headers: Headers, body: str) -> bytes:
        """What the case answers, and a note of what was asked."""
        number, _, rest = path.removeprefix("/case").partition("/")
        with self.changed:
            if rest == "shown":
                self.shown.add(int(number))
                self.changed.notify_all()
                return wire(Response(200))
            if int(number) in self.framed:
                return self.shown_page(int(number), Response(200, self.framed[int(number)]))
            if int(number) != self.case:
                self.faults.append(f"{method} {path} came late")
                return wire(Response(404))
            if rest == "empty":
                return wire(Response(200), [("Content-Type", "text/html")])
            seen = [(name, self.from_real(value)) for name, value in headers.items_
                    if name.lower() != "cookie"]  # fmt: skip
            if cookies := self.own_cookies(headers.get("cookie", "")):
                seen.append(("Cookie", self.from_real(cookies)))
            url = self.from_real(f"http://{headers['host']}{path}")
            may_have = method not in ("GET", "HEAD")
            request = Request(method, url, seen, body if may_have else None)
            self.sent.append(Sent(request, is_preflight(request)))
            response = server_of(self.step)(request)
            if self.step.by in NAVIGATIONS:
                return self.shown_page(self.case, response)
        return wire(response, self.to_real_lines(response), method != "HEAD")

    def shown_page(self, number: int, response: Response) -> bytes:
        """``response`` with a document in it that tells the server when it is shown."""
        response = response.but(body=SHOWN % number)
        if "content-type" not in response.headers:
            response = response.but(headers=response.headers.having("Content-Type", "text/html"))
        return wire(response, self.to_real_lines(response))


def wire(response: Response, lines: Sequence[tuple[str, str]] = (), has_body: bool = True) -> bytes:
    """``response`` as bytes, with the header ``lines``."""
    head = [f"HTTP/1.1 {response.status} said", *(f"{name}: {value}" for name, value in lines)]
    if "cache-control" not in {name.lower() for name, _ in lines}:
        head.append("Cache-Control: no-store")
    if has_body := has_body and response.status not in (204, 304):
        head.append(f"Content-Length: {len(response.body)}")
    return "\r\n".join([*head, "", response.body if has_body else ""]).encode("latin-1")
