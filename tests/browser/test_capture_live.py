"""A live capture is what the browser says in other ways too, and what the book ships."""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
from lab import chromium

from labcore.capture import Capture, CaptureError, capture, load, save
from labcore.capture.live import SWITCHES

sys.path.insert(0, str(Path(__file__).parents[1] / "pages"))
import news

SHIPPED = Path(__file__).parents[2] / "notebooks" / "data" / "news.json"

pytestmark = pytest.mark.browser


PATIENCE_S = 30.0
"""How long a busy machine may take until the page is quiet; a quiet page is not waited for."""


@pytest.fixture(scope="module")
def front_page() -> Iterator[str]:
    with news.served() as url:
        yield url


@pytest.fixture(scope="module")
def captured(front_page: str) -> Capture:
    return capture(front_page, settle_s=PATIENCE_S)


@pytest.fixture(scope="module")
def opened(front_page: str) -> Iterator[Any]:
    """The same page in a Chromium that the test drives itself."""
    sandboxed = os.geteuid() != 0
    with chromium(SWITCHES, chromium_sandbox=sandboxed) as browser:
        context = browser.new_context()
        page = context.new_page()
        page.goto(front_page)
        page.wait_for_timeout(1500)
        yield context


def table(seen: Capture, port: int) -> list[tuple[object, ...]]:
    """Every frame of ``seen`` with all that is known of it, on port 8600."""

    def moved(text: str) -> str:
        return text.replace(f":{port}", f":{news.PORT}")

    return [
        (
            *(f.label, f.parent, f.name, f.sandbox, f.opener, f.document.sandbox),
            *(moved(f.document.url), moved(str(f.document.origin))),
        )
        for f in seen.browser.frames
    ]


def port_of(url: str) -> int:
    return int(url.rstrip("/").rsplit(":", 1)[1])


def path_of(seen: Capture, label: str) -> tuple[str, ...]:
    """The URLs from the top of a window down to ``label``."""
    above = list(seen.browser.ancestors(label))
    return tuple(seen.browser.document(each).url for each in [*reversed(above), label])


# --- the news page ---


def test_a_live_capture_is_the_shipped_one(captured: Capture, front_page: str) -> None:
    shipped = load(SHIPPED)
    assert table(captured, port_of(front_page)) == table(shipped, news.PORT)
    assert (captured.complete, captured.notes) == (True, ())
    assert shipped.source.startswith("http://news.localhost:8600/ in Chromium ")


def test_a_live_capture_survives_a_file(captured: Capture, tmp_path: Path) -> None:
    save(captured, tmp_path / "page.json")
    assert load(tmp_path / "page.json") == captured


def test_every_frame_says_itself_what_the_capture_says(captured: Capture, opened: Any) -> None:
    def path(frame: Any) -> tuple[str, ...]:
        return (*(path(frame.parent_frame) if frame.parent_frame else ()), frame.url)

    said = sorted(
        (path(frame), *frame.evaluate("[window.name, window.origin]"))
        for page in opened.pages
        for frame in page.frames
    )
    assert said == sorted(
        (path_of(captured, f.label), f.name, str(f.document.origin))
        for f in captured.browser.frames
    )


def test_sandbox_attributes_are_those_in_the_pages(captured: Capture, opened: Any) -> None:
    found = {}
    for page in opened.pages:
        for frame in page.frames[1:]:
            attribute = frame.frame_element().get_attribute("sandbox")
            if attribute is not None:
                found[frame.url] = frozenset(attribute.split())
    sandboxed = [f for f in captured.browser.frames if f.sandbox is not None]
    assert {f.document.url: f.sandbox for f in sandboxed} == found
    assert len(found) == 3


def test_the_trees_of_all_targets_load_to_the_same_tree(
    captured: Capture, opened: Any, tmp_path: Path
) -> None:
    trees, elsewhere = devtools_trees(opened)
    targets = opened.browser.new_browser_cdp_session().send("Target.getTargets")
    file = tmp_path / "targets.json"
    file.write_text(json.dumps({**targets, "frameTrees": trees}))
    seen = load(file)
    assert seen.complete
    assert elsewhere >= 10
    paths = sorted(path_of(captured, each) for each in captured.browser.labels)
    assert sorted(path_of(seen, each) for each in seen.browser.labels) == paths
    named = sorted((f.document.url, f.name) for f in captured.browser.frames if f.parent)
    assert sorted((f.document.url, f.name) for f in seen.browser.frames if f.parent) == named
    openers = [(w, seen.browser.frame(w).opener) for w in seen.browser.windows]
    assert [opener for _, opener in openers] == [None, "creative", "news"]


def test_the_tree_of_the_page_s_own_process_is_partial(opened: Any, tmp_path: Path) -> None:
    session = opened.new_cdp_session(opened.pages[0])
    targets = opened.browser.new_browser_cdp_session().send("Target.getTargets")
    only = session.send("Page.getFrameTree")
    file = tmp_path / "one.json"
    file.write_text(json.dumps(only))
    alone = load(file)
    assert not alone.complete
    assert 1 < len(alone.browser) < 10
    file.write_text(json.dumps([only, targets]))
    assert sum("tree of the target" in each for each in load(file).notes) >= 5


def devtools_trees(context: Any) -> tuple[list[Any], int]:
    """All answers of ``Page.getFrameTree``, and how many are of frames on other sites."""
    from playwright.sync_api import Error

    trees = []
    elsewhere = 0
    for page in context.pages:
        trees.append(context.new_cdp_session(page).send("Page.getFrameTree"))
        for frame in page.frames[1:]:
            try:
                session = context.new_cdp_session(frame)
            except Error:
                continue
            trees.append(session.send("Page.getFrameTree"))
            elsewhere += 1
    return trees, elsewhere


# --- pages that are odd ---

NAME = "\"'</script><img src=x>&amp;\x01🦊"
ODD = """<!doctype html><meta charset=utf-8><body>
<iframe name=blank></iframe><iframe name=srcdoc srcdoc='<iframe name=inner></iframe>'></iframe>
<iframe name=data src='data:text/html,x'></iframe><iframe name=script src="javascript:'x'"></iframe>
<iframe name=csp src='/csp'></iframe><iframe name=far src='http://far.localhost:PORT/leaf'></iframe>
<iframe name=shut sandbox='allow-scripts  WILD' src='http://far.localhost:PORT/leaf'></iframe>
<iframe name=closed sandbox src='http://far.localhost:PORT/leaf'></iframe>
<iframe name=gone src='http://far.localhost:1/'></iframe><iframe id=only src='/leaf'></iframe>
<object name=object data='http://far.localhost:PORT/leaf' type='text/html'></object>
<iframe name=liar src='http://far.localhost:PORT/liar'></iframe>
<iframe name=self src='/'></iframe><div id=host></div>
<script>
  const made = (name, src) => Object.assign(document.createElement("iframe"), {name, src});
  const add = (to, name, src) => to.prepend(made(name, src));
  add(host.attachShadow({mode: "closed"}), "shadow", "http://far.localhost:PORT/leaf");
  add(document.body, "blob", URL.createObjectURL(new Blob(["x"], {type: "text/html"})));
  add(document.body, HOSTILE, "/leaf");
  const popups = () => { open("about:blank", "pop"); open("/leaf", "_blank", "noopener") };
  if (top === self) onload = popups;
</script>"""


def script(text: str) -> str:
    return f"<script>{text}</script>"


@contextmanager
def odd_site() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here = str(self.server.server_port)
            name = json.dumps(NAME).replace("</", r"<\/")
            pages = {
                "/": ODD.replace("PORT", here).replace("HOSTILE", name),
                "/liar": script("Object.defineProperty(window, 'name', {get: () => 'other'})"),
                "/busy": script("onload = () => setTimeout(() => { while (true); }, 200)"),
                "/many": script("onload = () => { for (let i = 60; i--;) open('about:blank') }"),
                "/slow": "<img src=/never>",
                "/host": f"<iframe src='http://far.localhost:{here}/busy'></iframe>",
            }
            if self.path == "/never":
                stopped.wait(20)
            self.send_response(404 if self.path == "/missing" else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if self.path == "/csp":
                self.send_header("Content-Security-Policy", "sandbox allow-scripts")
            self.end_headers()
            self.wfile.write(pages.get(self.path, "<p>leaf").encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    stopped = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://odd.localhost:{server.server_port}/"
        finally:
            stopped.set()
            server.shutdown()
            thread.join()


def test_odd_frames_are_captured_as_the_browser_has_them() -> None:
    with odd_site() as url:
        seen = capture(url)
    browser = seen.browser
    top = browser.windows[0]
    inside = {browser.frame(each).name: each for each in browser.children(top)}
    assert set(inside) == {
        *("blank", "srcdoc", "data", "script", "csp", "far", "shut", "closed", "gone", ""),
        *("object", "liar", "self", "shadow", "blob", NAME),
    }
    mine = {name for name, each in inside.items() if browser.origin(each) == browser.origin(top)}
    assert mine == {"blank", "srcdoc", "script", "blob", "self", "", NAME}
    opaque = {name for name, each in inside.items() if browser.origin(each).is_opaque}
    assert opaque == {"data", "csp", "shut", "closed", "gone"}
    assert browser.frame(inside["shut"]).sandbox == {"allow-scripts"}
    assert browser.frame(inside["closed"]).sandbox == frozenset()
    assert browser.document(inside["gone"]).url == "chrome-error://chromewebdata/"
    assert browser.document(inside["blob"]).url.startswith(f"blob:{url}")
    assert [*inside][:2] == [NAME, "blob"]
    assert browser.document(inside["self"]).url == url
    opened = [browser.frame(each) for each in browser.windows[1:]]
    assert sorted((each.name, each.opener) for each in opened if each.name) == [("pop", top)]
    assert [each.opener for each in opened if not each.name] == [None]
    assert seen.complete
    assert any("'wild'" in each for each in seen.notes)
    assert any(f"origin of {inside['csp']!r} is null" in each for each in seen.notes)


def test_a_frame_that_is_busy_does_not_hold_up_the_capture() -> None:
    with odd_site() as url:
        seen = capture(f"{url}host")
    assert len(seen.browser) == 1
    assert not seen.complete
    assert any("/busy' did not answer" in each for each in seen.notes)


def test_windows_without_end_are_closed() -> None:
    with odd_site() as url:
        seen = capture(f"{url}many")
    assert len(seen.browser.windows) <= 50
    assert any("windows more than 50 were closed" in each for each in seen.notes)


def test_a_page_that_never_loads_is_captured_as_far_as_it_came() -> None:
    with odd_site() as url:
        seen = capture(f"{url}slow", timeout_s=1, settle_s=0.2)
    assert len(seen.browser) == 1
    assert "the page had not loaded after 1 s" in seen.notes


def test_an_error_page_is_a_page_and_says_so() -> None:
    with odd_site() as url:
        assert "the server answered 404 Not Found" in capture(f"{url}missing").notes


@pytest.mark.parametrize("url", ["http://news.localhost:1/", "http://no-such-host.invalid/"])
def test_a_page_that_cannot_be_loaded_is_named_and_leaves_nothing_running(
    url: str,
) -> None:
    before = {each.pid for each in psutil.Process().children()}
    with pytest.raises(CaptureError, match=f"'{url}' cannot be loaded: net::ERR_"):
        capture(url)
    assert {each.pid for each in psutil.Process().children()} <= before
    assert not [each for each in threading.enumerate() if each.name.startswith("capture")]


def test_a_browser_that_is_not_there_is_named() -> None:
    with pytest.raises(CaptureError, match="there is no browser 'no-such-browser'"):
        capture("https://shop.example/", browser="no-such-browser")
    with pytest.raises(CaptureError, match=r"/false does not start: "):
        capture("https://shop.example/", browser="false")


def test_a_capture_works_where_an_event_loop_runs(front_page: str) -> None:
    async def cell() -> Capture:
        return capture(front_page, settle_s=PATIENCE_S)

    with ThreadPoolExecutor(1) as pool:
        assert len(pool.submit(asyncio.run, cell()).result().browser) == 34
