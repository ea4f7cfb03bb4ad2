"""A model `Browser` made real, with all windows, frames, names, sandboxes and openers.

    with Rig.chromium() as rig:                              # or Rig.firefox()
        page = rig.open(browser)                             # every frame is known by its label
        page.run("ad", "return location.href")               # script in that frame's document
        page.run("ad", f"return {page.reference('ad', 'maps')}.length")
        page.navigates("ad", "maps", "http://b.localhost/")  # tried: True or False
    page.writes("ad", "maps", "text")                    # the same for a fragment
    page.run("maps", "return heard")                     # messages: [[data, origin], …]

One server answers for every host under .localhost. Each document that it serves is an *agent*: it
connects back over a WebSocket and runs what it is sent, so the browser needs no driver. Nothing is
decided by waiting: an attempt ends with an exception or with the new document's arrival. The bound
on each wait is a guard, and fails.

Two things go wrong in a browser, and are provided for. Chromium may fail the WebSocket of a frame
in its parent's process before it asks for it, and Firefox closes those of a frame, and of frames
inside it, when somebody begins to navigate it: such a document connects anew, and hears again what
it has not answered. A process in which a frame's document was, an empty first one included, may
hear only later that another process shows the frame now; until then a script that navigates it
there does so in vain. So the rig goes on only when `settled`.
"""

import asyncio
import html
import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from labcore import Browser, window
from labcore.live.reaching import ways

BOUND_S, START_BOUND_S = 60, 60
PROGRAMS = {
    "Chromium": ("chromium", "chromium-browser", "google-chrome"),
    "Firefox": ("firefox-esr", "firefox"),
}
CONTROL = Browser.of(window("http://control.localhost/", label="control"))
CHROMIUM = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync
    --disable-background-networking --disable-component-update --disable-popup-blocking
    --disable-extensions --disable-ipc-flooding-protection --user-data-dir={profile}"""
FIREFOX = "--headless --no-remote --profile {profile}"
FIREFOX_ON = "dom.allow_scripts_to_close_windows termsofuse.bypassNotification"
FIREFOX_OFF = """app.update.enabled browser.aboutwelcome.enabled dom.disable_open_during_load
    datareporting.policy.dataSubmissionEnabled network.captive-portal-service.enabled
    network.connectivity-service.enabled toolkit.telemetry.enabled"""
FIREFOX_UNLIMITED = {"dom.navigation.navigationRateLimit.count": "0"}
DOCUMENT = """<!doctype html><meta charset="utf-8"><title>%(title)s</title>
<style>body { display: flex; }
iframe { flex: 1; min-width: 0; border: 0; height: calc(100vh - 16px); }</style>
<noscript><img src="/silent%(path)s"></noscript>
<script>
window.name = %(name)s ?? name;
window.refs = {};  // the tops of other windows, by label
window.until = async (holds) => {  // unlike timers, no browser slows this down
  const {port1, port2} = new MessageChannel();
  while (!holds()) await new Promise((go) => { port1.onmessage = go; port2.postMessage(0); });
};
window.heard = [];  // the messages to this document: what they say, and their origin
window.note = (text) => navigator.sendBeacon("/note%(path)s", text);  // even from a dying document
window.hand = (receiver, label) => new Promise(kept => {
  addEventListener("message", ({data}) => data.kept === label && kept());
  receiver.postMessage({keep: label}, "*");
});
addEventListener("message", ({data, origin, source}) => {
  if (data?.keep) {
    refs[data.keep] = source.top;
    source.postMessage({kept: data.keep}, "*");
  } else if (!data?.kept) heard.push([data, origin]);
});
const me = `${Math.random()}`, answers = new Map();  // to each request, once it is run
let line;
const answer = async (request, code) => {
  try { return JSON.stringify([request, await (0, eval)(`(async () => {${code}})()`)]); }
  catch (error) { return JSON.stringify([request, null, error.name, error.message]); }
};
const connect = () => {
  line = new WebSocket(`ws://${location.host}/agent%(path)s`);
  line.onopen = () => line.send(me);
  line.onclose = connect;
  line.onmessage = async ({data}) => {
    const [request, code] = JSON.parse(data);
    if (!answers.has(request)) answers.set(request, answer(request, code));
    const text = await answers.get(request);
    if (line.readyState === WebSocket.OPEN) line.send(text);
  };
};
connect();
</script>%(frames)s"""

TELLING = """<!doctype html><title>telling</title><script>
navigator.sendBeacon("/note%s", JSON.stringify([!!opener, self.origin]));
close();
</script>"""
LOADED = """if (document.readyState !== "complete")
  await new Promise((come) => addEventListener("load", come));"""
OPENED = """try { window.opened = open(%s); } catch { return false; }
return !!window.opened;"""
SHOWN = """await until(() => {
  try { return opened.location.href !== "about:blank"; } catch { return true; }
});"""
SEES = "await until(() => decodeURIComponent(location.hash) === %s)"


class RigError(Exception):
    """The rig could not do its work; nothing was learnt about the browser's rules."""


class Unreachable(RigError):
    """No script could give the actor a reference to the target's window."""


class ScriptError(Exception):
    """A script threw; ``name`` is the exception's, such as ``"SecurityError"``."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


class Page:
    """One model browser as it stands in the real one; `Rig.open` makes it."""

    def __init__(self, rig: "Rig", browser: Browser) -> None:
        self.rig, self.browser, self.ways = rig, browser, ways(browser)
        self.number = len(rig.pages)
        self.agents: dict[str, Agent | Silent] = {}
        self.served: set[str] = set()
        self.empty: set[str] = set()
        self.telling: set[str] = set()
        self.gates: dict[str, asyncio.Event] = {}
        self.notes: list[tuple[str, str]] = []
        self.refused: set[str] = set()
        rig.pages.append(self)

    def run(self, label: str, code: str) -> Any:
        """What ``code``, the body of an async function, returns in ``label``; `ScriptError` if it
        throws."""
        request, answers = self.send(label, code), self.rig.answers
        self.rig.until(lambda: request in answers, f"answer from {label}, which ran {code!r}")
        value, *error = answers.pop(request)
        if error:
            raise ScriptError(*error)
        return value

    def send(self, label: str, code: str) -> int:
        """Have ``code`` run in ``label``; the answer will come under the number returned."""
        request, agent = next(self.rig.numbers), self.agents[label]
        if isinstance(agent, Silent):
            raise RigError(f"{label} runs no script")
        self.rig.loop.call_soon_threadsafe(agent.told, request, code)
        return request

    def reference(self, actor: str, target: str) -> str:
        """The expression that gives a script in ``actor`` the window object of ``target``."""
        chain = [target, *self.browser.ancestors(target)]
        rows = [self.browser.children(above).index(of) for of, above in itertools.pairwise(chain)]
        return self.reference_to_top(actor, chain[-1]) + "".join(f"[{n}]" for n in reversed(rows))

    def reference_to_top(self, actor: str, top: str) -> str:
        """The same for the top of a window; another window's may have to be handed over first."""
        if (actor, top) not in self.ways:
            raise Unreachable(f"no script can give {actor} a reference to the window of {top}")
        way, by = self.ways[actor, top]
        kept = f"refs[{json.dumps(top)}]"
        if way == "own":
            return "top"
        if way == "opener":
            return f"{self.reference_to_top(actor, by)}.opener.top"
        if way == "message":
            self.run(by, f"await hand({self.reference(by, actor)}, {json.dumps(top)})")
        else:
            theirs = f"{self.reference(actor, by)}.{self.reference_to_top(by, top)}"
            self.run(actor, f"{kept} = {theirs}")
        return kept

    def navigates(self, actor: str, target: str, url: str) -> bool:
        """Whether a script in ``actor`` is allowed to navigate ``target`` to ``url``.

        Allowed: the server is asked, and has no content for it (204), so that what is shown stays.
        Refused: a SecurityError.
        """
        path, answers = self.fresh_path(target), self.rig.answers
        self.empty.add(path)
        address = json.dumps(self.rig.address(url, path))
        request = self.send(actor, f"{self.reference(actor, target)}.location = {address}")
        self.rig.until(
            lambda: path in self.served or len(answers.get(request, ())) > 1,
            f"exception in {actor} and no request for {path}",
        )
        _, *error = answers.pop(request, [None])
        if error and error[0] != "SecurityError":
            raise ScriptError(*error)
        if error:
            self.refused.add(path)
        return not error

    def goes(
        self, actor: str, target: str, address: str, before: str = "", after: str = ""
    ) -> bool:
        """The same, for an address of this rig; the new document stays.

        The script says other things as well, ``before`` and ``after``, in one task.
        """
        self.settle()
        old, answers, path = self.agents[target], self.rig.answers, urlsplit(address).path

        def arrived() -> bool:
            return self.agents[target] is not old and self.agents[target].path == path

        goes = f"{self.reference(actor, target)}.location = {json.dumps(address)}"
        request = self.send(actor, f"{before}; {goes}; {after}")
        self.rig.until(
            lambda: arrived() or len(answers.get(request, ())) > 1,
            lambda: f"exception in {actor} and no new document in {target}{self.whether(path)}",
        )
        _, *error = answers.pop(request, [None])
        if error and error[0] != "SecurityError":
            raise ScriptError(*error)
        return not error

    def writes(self, actor: str, target: str, fragment: str) -> bool:
        """Whether a script in ``actor`` is allowed to write ``#fragment`` behind the URL of
        ``target``.

        Allowed: the script in ``target`` sees it. Refused: a SecurityError. `RigError` if another
        document comes.
        """
        address = json.dumps(f"{self.address(target)}#{fragment}")
        try:
            self.run(actor, f"{self.reference(actor, target)}.location = {address}")
        except ScriptError as error:
            if error.name != "SecurityError":
                raise
            return False
        self.run(target, SEES % json.dumps(f"#{fragment}"))
        return True

    def told(self, path: str, text: str) -> None:
        """Wait until the document that was served at ``path`` notes ``text``."""
        self.rig.until(lambda: (path, text) in self.notes, f"note {text!r} from {path}")

    def hold(self, path: str) -> None:
        """Give no answer to whoever asks for ``path`` until it is released."""
        self.gates[path] = asyncio.Event()

    def release(self, path: str) -> None:
        """Let it be answered."""
        self.rig.loop.call_soon_threadsafe(self.gates[path].set)

    def asked(self, path: str) -> None:
        """Wait until somebody asks for ``path``."""
        self.rig.until(lambda: path in self.served, f"request for {path}")

    def build(self) -> None:
        """Open every window, by its opener's script if it has one."""
        self.agents.clear()
        self.served -= {self.path(each) for each in self.browser.labels}
        for root in openers_first(self.browser):
            address, opener = json.dumps(self.address(root)), self.browser.frame(root).opener
            if opener is None:
                self.rig.control.run("control", f"open({address}, '_blank', 'noopener')")
            elif self.run(opener, OPENED % address):
                self.run(opener, SHOWN)
            else:
                raise RigError(f"{opener} could not open {root}: the popup was blocked")
            self.await_documents(root)

    def await_documents(
        self, top: str, old: Mapping[str, Any] = {}, bound_s: int = BOUND_S
    ) -> None:
        """Wait for documents other than the ``old`` ones in ``top`` and all frames inside it, and
        until they have loaded."""
        waited_for = [top, *self.browser.descendants(top)]

        def missing() -> list[str]:
            return [each for each in waited_for if self.agents.get(each) is old.get(each)]

        def what() -> str:
            each_of_them = (each + self.whether(self.path(each)) for each in sorted(missing()))
            return f"document in {', '.join(each_of_them)}"

        self.rig.until(lambda: not missing(), what, bound_s)
        if isinstance(self.agents[top], Agent):
            self.run(top, LOADED)
        self.settle()

    def whether(self, path: str) -> str:
        """For a message: whether somebody has asked for ``path``."""
        return f" ({path} was {'asked for' if path in self.served else 'never asked for'})"

    def settle(self) -> None:
        """Wait until every document that was replaced has gone, in its own process too."""

        def staying() -> list[str]:
            agents = self.agents.items()
            return [label for label, agent in agents if agent.before and not agent.before.gone]

        self.rig.until(lambda: not staying(), lambda: f"end to what was in {', '.join(staying())}")

    def close(self) -> None:
        """Close its windows; `RigError` if any navigation went on despite a SecurityError."""
        tops = [self.agents[top] for top in self.browser.windows]
        for top in self.browser.windows:
            self.send(top, "close()")
        self.rig.until(lambda: all(agent.gone for agent in tops), "end to the page")
        if self.refused & self.served:
            raise RigError(f"navigated despite a SecurityError: {self.refused & self.served}")

    def fresh_path(self, label: str) -> str:
        """A new path where a document for ``label`` is served, without frames."""
        return self.path(label, next(self.rig.numbers))

    def path(self, label: str, attempt: int | str = "") -> str:
        """Where the document of ``label`` is served, or the one that an ``attempt`` puts there."""
        return f"/{self.number}/{quote(label, safe='')}/{attempt}"

    def address(self, label: str) -> str:
        """The URL of the document of ``label``."""
        return self.rig.address(self.browser.document(label).url, self.path(label))

    def html(self, label: str, attempt: str) -> str:
        """The document of ``label`` with its frames, or the one of an attempt, without any."""
        own, frames = self.browser.frame(label), ""
        for each in () if attempt else map(self.browser.frame, self.browser.children(label)):
            sandbox = "" if each.sandbox is None else f' sandbox="{" ".join(sorted(each.sandbox))}"'
            name, address = html.escape(each.name), self.address(each.label)
            frames += f'<iframe name="{name}" src="{address}"{sandbox}></iframe>'
        name = json.dumps(own.name if own.parent is None else None).replace("<", "\\u003c")
        title, path = html.escape(label), self.path(label, attempt)
        return DOCUMENT % {"title": title, "path": path, "name": name, "frames": frames}


def installed(programs: Iterable[str]) -> str:
    """The first of ``programs`` that is there."""
    for program in filter(None, map(shutil.which, programs)):
        return program
    raise RigError(f"no browser: none of {', '.join(programs)} is installed")


def version(browser: str) -> str:
    """Of the Chromium or Firefox that is installed: "156.0.7977.0", "153.0"."""
    program = installed(PROGRAMS[browser])
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return next(word for word in said.stdout.split() if word[0].isdigit())


def openers_first(browser: Browser) -> Iterator[str]:
    """The tops of windows, each after the one in which it was opened."""
    waiting = list(browser.windows)
    while waiting:
        opener = browser.frame(waiting[0]).opener
        if opener is not None and browser.root(opener) in waiting:
            waiting.append(waiting.pop(0))
        else:
            yield waiting.pop(0)


class Rig:
    """A running browser, and the server of all its documents."""

    def __init__(self) -> None:
        self.loop, self.changed = asyncio.new_event_loop(), threading.Condition()
        self.numbers = itertools.count(1)
        self.pages: list[Page] = []
        self.answers: dict[int, list[Any]] = {}
        self.documents: dict[str, Agent] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.control = Page(self, CONTROL)

    @classmethod
    def chromium(cls) -> AbstractContextManager["Rig"]:
        """A new Chromium, where popups are permitted."""
        return cls().started(CHROMIUM, *PROGRAMS["Chromium"])

    @classmethod
    def firefox(cls) -> AbstractContextManager["Rig"]:
        """A new Firefox, where popups are permitted."""
        return cls().started(FIREFOX, *PROGRAMS["Firefox"])

    @contextmanager
    def started(self, options: str, *programs: str) -> Iterator["Rig"]:
        """The first of ``programs`` that is installed, on its first page."""
        program = installed(programs)
        with self.serving(), tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            self.profile = profile
            settings = {name: "true" for name in FIREFOX_ON.split()} | FIREFOX_UNLIMITED
            settings |= {name: "false" for name in FIREFOX_OFF.split()}
            lines = (f'user_pref("{name}", {value});\n' for name, value in settings.items())
            Path(profile, "user.js").write_text("".join(lines))
            words = options.format(profile=profile).split()
            self.process = process = subprocess.Popen(
                [program, *words, self.control.address("control")],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, "HOME": profile},
            )
            try:
                self.control.await_documents("control", bound_s=START_BOUND_S)
                yield self
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve documents, in a thread of its own."""
        sockets = bind_sockets(0, "localhost")
        self.port = sockets[0].getsockname()[1]
        routes = [("/agent", Line), ("/silent", Silent), ("/note", Notes), ("", Documents)]
        application = Application(
            [(start + r"/(\d+)/([^/]+)/(\d*)", handler) for start, handler in routes],
            log_function=lambda handler: None,
            rig=self,
        )
        thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.loop.call_soon(lambda: HTTPServer(application).add_sockets(sockets))
        thread.start()
        try:
            yield
        finally:
            self.loop.call_soon_threadsafe(self.loop.stop)
            thread.join()
            for each in sockets:
                each.close()

    def open(self, browser: Browser) -> Page:
        """``browser``, built for real. Its URLs are ``http://….localhost/``."""
        page = Page(self, browser)
        page.build()
        return page

    def address(self, url: str, path: str) -> str:
        """Where ``path`` is served with the origin of ``url``, save for the port."""
        parts = urlsplit(url)
        if parts.scheme != "http" or not f".{parts.hostname}".endswith(".localhost"):
            raise RigError(f"{url!r} cannot be served: the rig has only http://….localhost/")
        return f"http://{parts.hostname}:{self.port}{path}"

    def until(
        self, happened: Callable[[], bool], what: str | Callable[[], str], bound_s: int = BOUND_S
    ) -> None:
        """Wait until ``happened``; `RigError` if it does not, which says ``what`` did not."""
        for _ in range(bound_s):
            with self.changed:
                if self.changed.wait_for(happened, 1):
                    return
            if self.process is not None and self.process.poll() is not None:
                raise RigError("the browser has crashed, or was ended by somebody")
        missed = what if isinstance(what, str) else what()
        raise RigError(f"the browser gave no {missed} within {bound_s} s")


class Documents(RequestHandler):
    """Serves the document of a frame."""

    async def get(self, number: str, label: str, attempt: str) -> None:
        rig = self.settings["rig"]
        page = rig.pages[int(number)]
        path = page.path(label, attempt)
        with rig.changed:
            page.served.add(path)
            rig.changed.notify_all()
        if path in page.gates:
            await page.gates[path].wait()
        if path in page.empty:
            self.set_status(204)
            return
        if path in page.telling:
            self.finish(TELLING % path)
            return
        if cluster := page.browser.document(label).isolation.cluster:
            self.set_header("Origin-Agent-Cluster", cluster)
        self.set_header("Cache-Control", "no-store")
        self.finish(page.html(label, attempt))


class Notes(RequestHandler):
    """Keeps what documents note."""

    def post(self, number: str, label: str, attempt: str) -> None:
        rig = self.settings["rig"]
        page = rig.pages[int(number)]
        with rig.changed:
            page.notes.append((page.path(label, attempt), self.request.body.decode()))
            rig.changed.notify_all()


class Agent:
    """A document that has arrived; its line may break, and be made anew."""

    def __init__(self, path: str) -> None:
        self.path, self.line = path, None
        self.before: Agent | Silent | None = None
        self.gone = False
        self.asked: dict[int, str] = {}

    def told(self, request: int, code: str) -> None:
        """Have it run ``code``: now, or when it connects again."""
        self.asked[request] = code
        self.say(request)

    def say(self, request: int) -> None:
        with suppress(WebSocketClosedError):
            self.line.write_message(json.dumps([request, self.asked[request]]))


class Line(WebSocketHandler):
    """What connects a document with its agent."""

    agent: Agent | None = None

    def check_origin(self, origin: str) -> bool:
        return True

    def on_message(self, message: str | bytes) -> None:
        rig = self.settings["rig"]
        if self.agent is None:
            self.connected(rig, str(message))
            return
        request, *answer = json.loads(message)
        with rig.changed:
            if self.agent.asked.pop(request, None) is not None:
                rig.answers[request] = answer
            rig.changed.notify_all()

    def connected(self, rig: "Rig", document: str) -> None:
        """It is the line of a ``document`` that has arrived, or was here before."""
        known = document in rig.documents
        page = rig.pages[int(self.path_args[0])]
        agent = rig.documents.setdefault(document, Agent(page.path(*self.path_args[1:])))
        self.agent, agent.line, agent.gone = agent, self, False
        if not known:
            arrive(agent, page, self.path_args[1])
        for request in agent.asked:
            agent.say(request)

    def on_close(self) -> None:
        rig = self.settings["rig"]
        with rig.changed:
            if self.agent is not None and self.agent.line is self:
                self.agent.gone = True
            rig.changed.notify_all()


class Silent(RequestHandler):
    """Hears of a document that has arrived and runs no script; when it goes, nobody hears."""

    path: str
    before: "Agent | Silent | None" = None
    gone = True

    def get(self, number: str, label: str, attempt: str) -> None:
        page = self.settings["rig"].pages[int(number)]
        self.path = page.path(label, attempt)
        arrive(self, page, label)


def arrive(agent: Agent | Silent, page: Page, label: str) -> None:
    """Take note of the document that ``label`` shows now."""
    with page.rig.changed:
        agent.before, page.agents[label] = page.agents.get(label), agent
        page.rig.changed.notify_all()
