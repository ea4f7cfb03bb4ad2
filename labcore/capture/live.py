"""A live page, in the reader's own Chromium or Chrome, driven by Playwright.

The tree is what DevTools tells of every process (`labcore.capture.devtools`). What it leaves out is
asked of each frame from an isolated world, which the page's scripts cannot reach: ``window.name``,
``origin``, and the ``sandbox`` attribute of the element that embeds it.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from labcore.capture.devtools import Seen, merge
from labcore.capture.table import Capture, CaptureError, captured, known_tokens
from labcore.errors import not_in_a_page, shown
from labcore.origin import normalize_url

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext, CDPSession, Page, Playwright

COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
"""What a Chromium is called, the first that is there is taken."""

SWITCHES = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

MAX_WINDOWS = 50
"""A page may open windows without end; those after this many are closed."""

ANSWER_S = 5.0
"""How long one frame may take to answer, in seconds."""

QUIET_S = 0.5
"""How long nothing must be loaded for a page to count as quiet, in seconds."""

_EMBEDDED = """function () {
    const all = [...this.ownerDocument.querySelectorAll("iframe, frame, object, embed")];
    return [this.getAttribute("sandbox"), all.indexOf(this)];
}"""

T = TypeVar("T")


def capture(
    url: str,
    *,
    browser: str | None = None,
    settle_s: float = 3.0,
    timeout_s: float = 30.0,
    headless: bool = True,
) -> Capture:
    """The page at ``url`` with all its frames, and the windows it opens, in a fresh profile.

    ``browser`` is a command or a path; without it, the first Chromium or Chrome that is installed.
    The page has ``timeout_s`` seconds to load and then ``settle_s`` to become quiet; what it shows
    by then is captured. Works in a notebook too. Raises `ModuleNotFoundError` where Playwright is
    not installed, `InvalidURL` and `CaptureError`.
    """
    not_in_a_page("capturing a live page", "a page cannot drive another browser")
    try:
        import playwright.async_api  # noqa: F401
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "capturing a live page needs Playwright: run  pip install 'playwright>=1.50'  or, in "
            "the folder of this book,  pip install -e '.[capture]'",
            name="playwright",
        ) from error
    for name, seconds in (("settle_s", settle_s), ("timeout_s", timeout_s)):
        if not 0 <= seconds <= 600:
            raise ValueError(f"{name} is a number of seconds from 0 to 600, not {shown(seconds)}")
    return _in_thread(_capture(normalize_url(url), browser, settle_s, timeout_s, headless))


def _in_thread(work: Coroutine[Any, Any, T]) -> T:
    """The result of ``work``, run in a thread of its own.

    A notebook's own thread has an event loop already.
    """
    factory = getattr(asyncio, "ProactorEventLoop", asyncio.new_event_loop)  # Windows: subprocesses
    runner = asyncio.Runner(loop_factory=factory)
    loop = runner.get_loop()
    task = loop.create_task(work)

    def run() -> T:
        with runner:
            return loop.run_until_complete(task)

    with ThreadPoolExecutor(1, "capture") as pool:
        future = pool.submit(run)
        try:
            return future.result()
        except BaseException:
            if not future.done():
                loop.call_soon_threadsafe(task.cancel)
            raise


async def _capture(
    url: str, command: str | None, settle_s: float, timeout_s: float, headless: bool
) -> Capture:
    """As `capture`."""
    from playwright.async_api import async_playwright

    notes: list[str] = []
    async with (
        async_playwright() as playwright,
        await _launched(playwright, command, headless) as chromium,
    ):
        context = await chromium.new_context(accept_downloads=False)
        activity = _Activity(context)
        page = await context.new_page()
        await _open(page, url, timeout_s, notes)
        if not await activity.settled(settle_s):
            notes.append(f"the page was still loading {settle_s:g} s after it had loaded")
        if activity.closed:
            notes.append(f"{activity.closed} windows more than {MAX_WINDOWS} were closed")
        source = f"{url} in Chromium {chromium.version}"
        return await _read(chromium, context, source, notes)


async def _launched(playwright: "Playwright", command: str | None, headless: bool) -> "Chromium":
    """A running Chromium. Raises `CaptureError` where none can be started."""
    from playwright.async_api import Error

    found = next(filter(None, map(shutil.which, [command] if command else COMMANDS)), None)
    if command is not None and found is None:
        raise CaptureError(
            f"there is no browser {command!r}: give a command or the path of a Chromium"
        )
    ways: list[dict[str, Any]] = [{"channel": "chrome"}, {"channel": "msedge"}, {}]
    if found is not None:
        ways = [{"executable_path": found}]
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    problem = ""
    for way in ways:
        try:
            return await playwright.chromium.launch(
                headless=headless, args=list(SWITCHES), chromium_sandbox=not root, **way
            )
        except Error as error:
            problem = _first_line(error)
    if found:
        raise CaptureError(f"{found} does not start: {problem}")
    raise CaptureError(
        f"no Chromium or Chrome is installed (looked for {', '.join(COMMANDS)}): install one, or "
        "run  playwright install chromium"
    )


class _Activity:
    """Watches whether anything is still being loaded, and closes windows that are too many."""

    def __init__(self, context: "BrowserContext") -> None:
        self.context = context
        self.last = time.monotonic()
        self.pending: set[object] = set()
        self.closed = 0
        self.closing: set[asyncio.Task[None]] = set()
        context.on("page", self._window)
        context.on("request", self._request)
        context.on("requestfinished", self._answered)
        context.on("requestfailed", self._answered)

    async def settled(self, settle_s: float) -> bool:
        """Waits until all is quiet; ``False`` where it is not after ``settle_s`` seconds."""
        end = time.monotonic() + settle_s
        while time.monotonic() < end:
            if not self.pending and time.monotonic() - self.last >= QUIET_S:
                return True
            await asyncio.sleep(0.05)
        return False

    def _changed(self, _: object) -> None:
        self.last = time.monotonic()

    def _request(self, request: object) -> None:
        self.pending.add(request)
        self._changed(request)

    def _answered(self, request: object) -> None:
        self.pending.discard(request)
        self._changed(request)

    def _window(self, page: "Page") -> None:
        self._changed(page)
        for event in ("frameattached", "framenavigated", "framedetached"):
            page.on(event, self._changed)
        if len(self.context.pages) > MAX_WINDOWS:
            self.closed += 1
            task = asyncio.ensure_future(page.close())
            self.closing.add(task)
            task.add_done_callback(self.closing.discard)


async def _open(page: "Page", url: str, timeout_s: float, notes: list[str]) -> None:
    """Opens ``url`` and waits until it has loaded. Raises `CaptureError` where nothing comes."""
    from playwright.async_api import Error, TimeoutError

    end = time.monotonic() + timeout_s
    try:
        answer = await page.goto(url, wait_until="commit", timeout=max(1, timeout_s * 1000))
    except Error as error:
        raise CaptureError(f"{shown(url)} cannot be loaded: {_first_line(error)}") from None
    if answer is not None and not answer.ok:
        notes.append(f"the server answered {answer.status} {answer.status_text}".rstrip())
    try:
        await page.wait_for_load_state("load", timeout=max(1, (end - time.monotonic()) * 1000))
    except TimeoutError:
        notes.append(f"the page had not loaded after {timeout_s:g} s")


async def _read(
    chromium: "Chromium", context: "BrowserContext", source: str, notes: list[str]
) -> Capture:
    """The capture of all windows in ``context``, as they are now."""
    from playwright.async_api import Error

    missing: list[str] = []
    sessions: dict[str, CDPSession] = {}
    trees = []
    for page in context.pages:
        for frame in page.frames:
            try:
                session = await context.new_cdp_session(page if frame is page.main_frame else frame)
            except Error:
                continue
            try:
                tree = (await _ask(session, "Page.getFrameTree"))["frameTree"]
            except (Error, TimeoutError):
                missing.append(f"{shown(frame.url)} did not answer in {ANSWER_S:g} s")
                continue
            trees.append(tree)
            sessions |= {row.key: session for row in merge([tree], ())[0]}
    if not trees:
        raise CaptureError(f"{source}: {'; '.join(missing)}")
    targets = await _ask(await chromium.new_browser_cdp_session(), "Target.getTargets")
    worlds: dict[str, int] = {}
    seen: dict[str, Seen] = {}
    for row in merge(trees, targets["targetInfos"])[0]:
        seen[row.key] = Seen(row.name)
        try:
            seen[row.key] = await _seen(row.key, row.parent, sessions, worlds, notes)
        except (Error, TimeoutError):
            notes.append(f"{shown(row.url)} did not tell its name, origin and sandbox")
    rows, untold = merge(trees, targets["targetInfos"], seen)
    return captured(rows, [*missing, *untold], notes, source)


async def _seen(
    key: str,
    parent: str | None,
    sessions: dict[str, "CDPSession"],
    worlds: dict[str, int],
    notes: list[str],
) -> Seen:
    """What the frame ``key`` and the element that embeds it say; remembers their worlds."""
    inside = sessions[key]
    world = await _ask(inside, "Page.createIsolatedWorld", frameId=key)
    worlds[key] = world["executionContextId"]
    evaluated: dict[str, Any] = {"contextId": worlds[key], "returnByValue": True}
    script = "[window.name, window.origin]"
    told = await _ask(inside, "Runtime.evaluate", expression=script, **evaluated)
    name, origin = told["result"]["value"]
    if parent is None:
        return Seen(name, None, origin)
    outside = sessions[parent]
    node = (await _ask(outside, "DOM.getFrameOwner", frameId=key))["backendNodeId"]
    known = {"backendNodeId": node, "executionContextId": worlds[parent]}
    element = (await _ask(outside, "DOM.resolveNode", **known))["object"]["objectId"]
    called: dict[str, Any] = {"functionDeclaration": _EMBEDDED, "returnByValue": True}
    told = await _ask(outside, "Runtime.callFunctionOn", objectId=element, **called)
    attribute, place = told["result"]["value"]
    tokens = known_tokens(attribute, f"the frame {shown(name or key)}", notes)
    return Seen(name, tokens, origin, place if place >= 0 else float("inf"))


async def _ask(session: "CDPSession", method: str, **parameters: object) -> Any:
    """What DevTools answers. Raises `TimeoutError` where it does not."""
    return await asyncio.wait_for(session.send(method, parameters), ANSWER_S)


def _first_line(error: Exception) -> str:
    """The first line of Playwright's message, without the name of its method."""
    line = str(error).strip().splitlines()[0]
    return line.split(": ", 1)[-1][:200]
