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

Two things go wrong in a browser that is pressed, and are provided for. Chromium may fail the
WebSocket of a frame in its parent's process before it asks for it: such a document connects anew. A
process in which a frame's document was, an empty first one included, may hear only later that
another process shows the frame now; until then a script that navigates it there does so in vain. So
the rig goes on only when `settled`.
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
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from labcore import Browser, window

BOUND_S, START_BOUND_S = 60, 60
CONTROL = Browser.of(window("http://control.localhost/", label="control"))
CHROMIUM = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync
    --disable-background-networking --disable-component-update --disable-popup-blocking
    --disable-extensions --user-data-dir={profile}"""
FIREFOX = "--headless --no-remote --profile {profile}"
FIREFOX_ON = "dom.allow_scripts_to_close_windows termsofuse.bypassNotification"
FIREFOX_OFF = """app.update.enabled browser.aboutwelcome.enabled dom.disable_open_during_load
    datareporting.policy.dataSubmissionEnabled network.captive-portal-service.enabled
    network.connectivity-service.enabled toolkit.telemetry.enabled"""
DOCUMENT = """<!doctype html><meta charset="utf-8"><title>%(title)s</title>
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
const connect = () => {
  const line = new WebSocket(`ws://${location.host}/agent%(path)s`);
  line.onopen = () => {
    line.onclose = null;
    line.send("here");
  };
  line.onclose = connect;  // it never opened
  line.onmessage = async ({data}) => {
    const [request, code] = JSON.parse(data);
    let answer;
    try { answer = JSON.stringify([request, await (0, eval)(`(async () => {${code}})()`)]); }
    catch (error) { answer = JSON.stringify([request, null, error.name, error.message]); }
    line.send(answer);
  };
};
connect();
</script>%(frames)s"""

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
        self.gates: dict[str, asyncio.Event] = {}
        self.notes: list[tuple[str, str]] = []
        self.refused: set[str] = set()
        rig.pages.append(self)

    def run(self, label: str, code: str) -> Any:
        """What ``code``, the body of an async function, returns in ``label``; `ScriptError` if it
        throws."""
        agent, request, answers = self.agents[label], self.send(label, code), self.rig.answers
        self.rig.until(lambda: request in answers or agent.gone, f"answer from {label}")
        if request not in answers:
            raise RigError(f"the document in {label} went away while it ran {code!r}")
        value, *error = answers.pop(request)
        if error:
            raise ScriptError(*error)
        return value

    def send(self, label: str, code: str) -> int:
        """Have ``code`` run in ``label``; the answer will come under the number returned."""
        request, agent = next(self.rig.numbers), self.agents[label]
        if isinstance(agent, Silent):
            raise RigError(f"{label} runs no script")
        self.rig.loop.call_soon_threadsafe(agent.write_message, json.dumps([request, code]))
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

        Allowed: a new document arrives there, and the old one is then restored. Refused: a
        SecurityError.
        """
        path = self.fresh_path(target)
        if allowed := self.goes(actor, target, self.rig.address(url, path)):
            self.restore(target)
        else:
            self.refused.add(path)
        return allowed

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

    def restore(self, target: str) -> None:
        """Bring back the document of ``target``; if an opener was lost inside it, the whole
        page."""
        browser, old = self.browser, dict(self.agents)
        if {browser.frame(top).opener for top in browser.windows} & {*browser.descendants(target)}:
            self.close()
            self.build()
            return
        self.settle()
        root, address = browser.root(target), json.dumps(self.address(target))
        self.served -= {self.path(each) for each in (target, *browser.descendants(target))}
        self.send(root, f"{self.reference(root, target)}.location.replace({address})")
        self.await_documents(target, old)

    def build(self) -> None:
        """Open every window, by its opener's script if it has one."""
        self.agents.clear()
        self.served -= {self.path(each) for each in self.browser.labels}
        for root in self.browser.windows:
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


def ways(browser: Browser) -> dict[tuple[str, str], tuple[str, str]]:
    """How scripts get hold of windows: for each (frame, top) that can be, how and by whose help.

    Its ``own``; the ``opener`` of a window that it has; the source of a ``message``; or ``shared``
    by a frame of its origin.
    """
    actors = [each for each in browser.labels if browser.document(each).scripts_run]
    root, found = browser.root, {(each, browser.root(each)): ("own", each) for each in actors}
    size = 0
    while size < len(found):
        size = len(found)
        for actor, other in itertools.product(actors, actors):
            if (other, root(actor)) in found:
                found.setdefault((actor, root(other)), ("message", other))
            if (actor, root(other)) not in found:
                continue
            if opener := browser.frame(root(other)).opener:
                found.setdefault((actor, root(opener)), ("opener", root(other)))
            if browser.origin(actor) == browser.origin(other):
                for top in (each for each in browser.windows if (other, each) in found):
                    found.setdefault((actor, top), ("shared", other))
    return found


class Rig:
    """A running browser, and the server of all its documents."""

    def __init__(self) -> None:
        self.loop, self.changed = asyncio.new_event_loop(), threading.Condition()
        self.numbers = itertools.count(1)
        self.pages: list[Page] = []
        self.answers: dict[int, list[Any]] = {}
        self.control = Page(self, CONTROL)

    @classmethod
    def chromium(cls) -> AbstractContextManager["Rig"]:
        """A new Chromium, where popups are permitted."""
        return cls().started(CHROMIUM, "chromium", "chromium-browser", "google-chrome")

    @classmethod
    def firefox(cls) -> AbstractContextManager["Rig"]:
        """A new Firefox, where popups are permitted."""
        return cls().started(FIREFOX, "firefox-esr", "firefox")

    @contextmanager
    def started(self, options: str, *programs: str) -> Iterator["Rig"]:
        """The first of ``programs`` that is installed, on its first page."""
        program = next(filter(None, map(shutil.which, programs)), None)
        if program is None:
            raise RigError(f"no browser: none of {', '.join(programs)} is installed")
        with self.serving(), tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            settings = {name: "true" for name in FIREFOX_ON.split()}
            settings |= {name: "false" for name in FIREFOX_OFF.split()}
            lines = (f'user_pref("{name}", {value});\n' for name, value in settings.items())
            Path(profile, "user.js").write_text("".join(lines))
            words = options.format(profile=profile).split()
            process = subprocess.Popen(
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
        routes = [("/agent", Agent), ("/silent", Silent), ("/note", Notes), ("", Documents)]
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
        with self.changed:
            if not self.changed.wait_for(happened, bound_s):
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


class Agent(WebSocketHandler):
    """The line to a document that has arrived."""

    rig: "Rig"
    path: str
    before: "Agent | Silent | None" = None
    gone = False

    def check_origin(self, origin: str) -> bool:
        return True

    def on_message(self, message: str | bytes) -> None:
        if message == "here":
            arrive(self, *self.path_args)
            return
        request, *answer = json.loads(message)
        with self.rig.changed:
            self.rig.answers[request] = answer
            self.rig.changed.notify_all()

    def on_close(self) -> None:
        rig = self.settings["rig"]
        with rig.changed:
            self.gone = True
            rig.changed.notify_all()


class Silent(RequestHandler):
    """Hears of a document that has arrived and runs no script; when it goes, nobody hears."""

    rig: "Rig"
    path: str
    before: "Agent | Silent | None" = None
    gone = True

    def get(self, number: str, label: str, attempt: str) -> None:
        arrive(self, number, label, attempt)


def arrive(agent: Agent | Silent, number: str, label: str, attempt: str) -> None:
    """Take note of the document that ``label`` shows now."""
    agent.rig = agent.settings["rig"]
    page = agent.rig.pages[int(number)]
    agent.path = page.path(label, attempt)
    with agent.rig.changed:
        agent.before, page.agents[label] = page.agents.get(label), agent
        agent.rig.changed.notify_all()
