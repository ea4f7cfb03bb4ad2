"""The server of a replay: on loopback only, for one run, in a thread of its own.

Whoever asks must know a path that nobody can guess, and must ask by a name that the replay has
given away: a page elsewhere that makes the browser ask for ``127.0.0.1``, or a name of its own that
leads there, gets nothing. A WebSocket and a POST must come from a page of the replay besides:
``Origin`` says so. A navigation carries no ``Origin``, and that of a sandboxed frame is ``null``.
"""

import asyncio
import itertools
import json
import threading
from contextlib import suppress
from typing import Any, Protocol

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from labcore.http import Headers, Response
from labcore.live.addresses import CONTROL, Addresses
from labcore.live.documents import STATIC

PORTS = 3
"""How many origins of one host can be told apart."""

END_S = 2.0
"""How long connections may take to close."""

MOST_BYTES = 1 << 20
"""How much a request's body, or a message of a document's, may hold."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "frame-ancestors 'none'"
)
"""What the page that begins a replay may do: nothing but its own."""

FILES = {
    "agent.js": "text/javascript",
    "control.js": "text/javascript",
    "replay.css": "text/css",
}


class Play(Protocol):
    """What is asked of whoever runs a replay; all of it in the server's thread."""

    addresses: Addresses

    def control_page(self) -> str:
        """The page to begin with."""

    def seeds(self, place: int) -> Response:
        """The answer that sets the cookies of one host and sends the browser on."""

    async def serves(
        self, number: int, method: str, url: str, headers: Headers, body: str
    ) -> Response | None:
        """What is answered to a request; ``None`` for one that nobody has begun."""

    def agent_asked(self, number: int) -> None:
        """A document has begun to run."""

    def silent(self, number: int) -> None:
        """A document without scripts is shown."""

    def connected(self, line: "Line", told: dict[str, Any]) -> None:
        """A document is shown, and can be told what to do."""

    def heard(self, line: "Line", told: dict[str, Any]) -> None:
        """A document has something to say."""

    def lost(self, line: "Line") -> None:
        """A document has gone."""

    def begun(self, user_agent: str, by_itself: bool) -> None:
        """The replay is started in this browser, by the reader or by its URL."""

    def progress(self) -> dict[str, Any]:
        """How far it is, for the control page."""


class Server:
    """A running server. `close` ends it; nothing stays behind."""

    def __init__(self) -> None:
        self.loop, self._end = asyncio.new_event_loop(), asyncio.Event()
        self._sockets = [bind_sockets(0, "localhost") for _ in range(PORTS)]
        self.ports = [sockets[0].getsockname()[1] for sockets in self._sockets]
        self._thread = threading.Thread(target=self._run, daemon=True, name="labcore.live")

    def start(self, play: Play) -> None:
        """Serve ``play``."""
        self._play = play
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        token = self._play.addresses.token
        application = Application(
            [
                (rf"/{token}/-/line", Line),
                (rf"/{token}/-/(\w*)/?(.*)", Own),
                (rf"/{token}/([0-9]{{1,6}})(/.*)", Documents),
                (r".*", Nothing),
            ],
            log_function=lambda handler: None,
            websocket_max_message_size=MOST_BYTES,
            play=self._play,
        )
        server = HTTPServer(application, max_body_size=MOST_BYTES)
        for sockets in self._sockets:
            server.add_sockets(sockets)
        self.loop.run_until_complete(self._until_the_end(server))
        self.loop.close()

    async def _until_the_end(self, server: HTTPServer) -> None:
        await self._end.wait()
        server.stop()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for each in rest:
            each.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await asyncio.gather(*rest, server.close_all_connections(), return_exceptions=True)

    def close(self) -> None:
        """Stop, and wait until the thread has ended (unless it is the one that asks)."""
        if self._thread.ident is None:  # it has never begun
            for each in itertools.chain(*self._sockets):
                each.close()
            self.loop.close()
        with suppress(RuntimeError):  # it has ended
            self.loop.call_soon_threadsafe(self._end.set)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(5)


class Checked(RequestHandler):
    """Answers only those who ask by a name of the replay's; who sends something comes from it."""

    @property
    def play(self) -> Play:
        """Whoever runs the replay."""
        return self.settings["play"]  # type: ignore[no-any-return]

    @property
    def sends(self) -> bool:
        """Whether whoever asks has something to say as well."""
        return self.request.method not in ("GET", "HEAD", "OPTIONS")

    def prepare(self) -> None:
        """Refuse strangers: 421 for a wrong name, 403 for a wrong origin."""
        if self.request.host not in places(self.play.addresses):
            raise HTTPError(421)
        origin = self.request.headers.get("Origin")
        if self.sends and not from_here(self.play.addresses, origin):
            raise HTTPError(403)

    def set_default_headers(self) -> None:
        """Nothing is kept, and nothing says which server this is."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")

    def write_error(self, status_code: int, **rest: Any) -> None:
        """No more than a number."""
        self.finish(str(status_code))


def control_place(addresses: Addresses) -> str:
    """Host and port of the page that a replay begins with."""
    return f"{CONTROL}:{addresses.ports[0]}"


def places(addresses: Addresses) -> frozenset[str]:
    """The hosts, with their ports, by which a replay can be asked."""
    return addresses.places | {control_place(addresses)}


def from_here(addresses: Addresses, origin: str | None) -> bool:
    """Whether ``origin`` is that of a page of the replay, or of a sandboxed one."""
    return origin == "null" or (
        origin is not None and origin.removeprefix("http://") in places(addresses)
    )


class Nothing(Checked):
    """What is asked for by whoever does not know the path."""

    def prepare(self) -> None:
        """Say nothing."""
        raise HTTPError(404)


class Own(Checked):
    """The replay's own files, and what its pages report."""

    def get(self, what: str, rest: str) -> None:
        """A file, the control page, the next cookies, or a note that a page is there."""
        whole = f"{what}{rest}"
        if whole in FILES:
            if whole == "agent.js" and is_number(self.request.query):
                self.play.agent_asked(int(self.request.query))
            self.set_header("Content-Type", f"{FILES[whole]}; charset=utf-8")
            self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
            self.set_header("Access-Control-Allow-Origin", "*")
            self.finish((STATIC / whole).read_bytes())
        elif what == "silent" and is_number(rest):
            self.play.silent(int(rest))
            self.set_status(204)
        elif what == "seed" and is_number(rest):
            send(self, self.play.seeds(int(rest)))
        elif whole == "progress" and self.is_control:
            self.finish(self.play.progress())
        elif whole == "" and self.is_control:
            self.set_header("Content-Security-Policy", POLICY)
            self.finish(self.play.control_page())
        else:
            raise HTTPError(404)

    @property
    def is_control(self) -> bool:
        """Whether the page that began the replay asks, or is asked for."""
        return self.request.host == control_place(self.play.addresses)

    def post(self, what: str, rest: str) -> None:
        """The reader has pressed Start."""
        if what != "begin" or not self.is_control:
            raise HTTPError(404)
        if self.request.headers["Origin"] != f"http://{self.request.host}":
            raise HTTPError(403)
        self.play.begun(self.request.headers.get("User-Agent", ""), rest == "itself")
        self.set_status(204)


class Documents(Checked):
    """The documents, and whatever else the scenario's pages ask for."""

    async def get(self, number: str, _: str) -> None:
        """Answer as the scenario's server does."""
        request = self.request
        if request.host not in self.play.addresses.places:
            raise HTTPError(404)
        path = request.path.removeprefix(f"/{self.play.addresses.token}/{number}")  # as it was sent
        asked = path + (f"?{request.query}" if request.query else "")
        url = self.play.addresses.model_url(request.host, asked)
        translated = self.play.addresses.in_model_terms
        pairs = ((name, translated(value)) for name, value in request.headers.get_all())
        headers = Headers([(name, value) for name, value in pairs if name.lower() != "host"])
        body = request.body.decode("utf-8", "replace")
        answer = await self.play.serves(int(number), str(request.method), url, headers, body)
        if answer is None:
            raise HTTPError(404)
        send(self, answer)

    head = post = put = delete = patch = options = get


def is_number(text: str) -> bool:
    """Whether ``text`` is the number of something that a replay could have begun."""
    return text.isascii() and text.isdigit() and len(text) <= 6


SAYS: dict[str, dict[str, type]] = {
    "document": {"number": int, "at": list},
    "message": {"origin": str},
    "sentinel": {"number": int},
    "kept": {"label": str},
    "frame": {"at": list},
    "call": {"data": str},
}
"""What a document can report, and the types of what comes with it."""


def understood(message: str | bytes) -> dict[str, Any] | None:
    """A document's message, if it is one that agents send."""
    try:
        told = json.loads(message)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    if "answers" in told:
        error = told.get("error", ["", ""])
        is_error = isinstance(error, list) and [type(each) for each in error] == [str, str]
        return told if type(told["answers"]) is int and is_error else None
    saw = told.get("saw")
    if not isinstance(saw, str) or saw not in SAYS:
        return None
    of_the_type = all(type(told.get(name)) is kind for name, kind in SAYS[saw].items())
    places = [told[name] for name in ("at", "from") if told.get(name) is not None]
    are_places = all(
        isinstance(each, list) and all(type(row) is int for row in each) for each in places
    )
    whole = of_the_type and are_places and (saw != "message" or "data" in told)
    return told if whole else None


def send(handler: RequestHandler, answer: Response) -> None:
    """Send ``answer``, whose headers are in the browser's terms."""
    handler.set_status(answer.status, "said")
    handler.clear_header("Content-Type")
    for name, value in answer.headers.items_:
        handler.add_header(name, value)
    no_body = answer.status in (204, 304) or handler.request.method == "HEAD"
    handler.finish(b"" if no_body else answer.body.encode())


class Line(WebSocketHandler, Checked):
    """The line to one document. Who does not say where it comes from is no browser."""

    number = -1
    sends = True

    def check_origin(self, origin: str) -> bool:
        """Only the replay's own documents have a line."""
        return from_here(self.play.addresses, origin)

    def on_message(self, message: str | bytes) -> None:
        """What the document says; first of all, which it is. What no agent says is passed over."""
        told = understood(message)
        if told is None:
            return
        if told.get("saw") == "document" and self.number < 0:
            self.number = told["number"]
            self.play.connected(self, told)
        elif self.number >= 0:
            self.play.heard(self, told)

    def on_close(self) -> None:
        """The document has gone."""
        self.play.lost(self)

    def tell(self, what: dict[str, Any]) -> None:
        """Tell the document what to do. Raises `WebSocketClosedError` if it has gone."""
        self.write_message(json.dumps(what))

    @property
    def is_open(self) -> bool:
        """Whether the document is still there."""
        return self.ws_connection is not None


__all__ = ["Line", "Play", "Server", "WebSocketClosedError", "control_place"]
