"""A real click in a real browser: in Chromium by Playwright, in Firefox by WebDriver BiDi.

    with clicking("Firefox") as (rig, click):
        page = rig.open(browser)
        click(page, "ad")                  # where the user sees the document of "ad"

Whatever document is shown at that point gets the click, and has to say so.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket
from browser.rig import CHROMIUM, FIREFOX, PROGRAMS, Page, Rig, RigError
from playwright.sync_api import sync_playwright

Click = Callable[[Page, str], None]
"""Clicks where the user sees the document of that frame."""

ANY_PORT = "--remote-debugging-port=0"
CORNER = 3
"""So many pixels inside its corner a document shows nothing but itself."""

PLACE = """const {x, y} = document.querySelectorAll("iframe")[%d].getBoundingClientRect();
return [x, y];"""
LISTEN = """window.clicked = false;
addEventListener("click", ({isTrusted}) => { window.clicked = isTrusted; }, {once: true});"""
PAINTED = "await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
HEARD = """const late = performance.now() + 5000;
await until(() => clicked || performance.now() > late);
return clicked;"""


class Missed(RigError):
    """The document did not get the click: what was on the screen was not yet what it is."""


@contextmanager
def clicking(browser: str) -> Iterator[tuple[Rig, Click]]:
    """A new browser, and what clicks in it."""
    drivers = {"Chromium": (CHROMIUM, by_playwright), "Firefox": (FIREFOX, by_bidi)}
    options, driver = drivers[browser]
    with Rig().started(f"{options} {ANY_PORT}", *PROGRAMS[browser]) as rig, driver(rig) as press:

        def click(page: Page, label: str) -> None:
            page.run(label, LISTEN)
            press(page, label)
            if not page.run(label, HEARD):
                raise Missed(f"a click did not reach {label}")

        yield rig, click


@contextmanager
def by_playwright(rig: Rig) -> Iterator[Click]:
    """Clicks at a point of the window: Playwright's own clicks run scripts, as if the user did."""
    port = Path(rig.profile, "DevToolsActivePort").read_text().split()[0]
    with sync_playwright() as playwright:
        [context] = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}").contexts

        def press(page: Page, label: str) -> None:
            address = page.address(page.browser.root(label))
            while not (shown := [each for each in context.pages if each.url == address]):
                context.pages[0].wait_for_timeout(1)  # it hears of new pages only while it waits
            shown[0].bring_to_front()
            page.run(label, PAINTED)
            shown[0].mouse.click(*place(page, label))

        yield press


def place(page: Page, label: str) -> tuple[float, float]:
    """A point of the window where the document of ``label`` shows nothing but itself."""
    x = y = float(CORNER)
    for inner, outer in itertools.pairwise([label, *page.browser.ancestors(label)]):
        dx, dy = page.run(outer, PLACE % page.browser.children(outer).index(inner))
        x, y = x + dx, y + dy
    return x, y


@contextmanager
def by_bidi(rig: Rig) -> Iterator[Click]:
    """Clicks at a point of the frame."""
    port = json.loads(Path(rig.profile, "WebDriverBiDiServer.json").read_text())["ws_port"]
    line = websocket.create_connection(f"ws://127.0.0.1:{port}/session", suppress_origin=True)
    numbers = itertools.count(1)

    def command(method: str, **params: Any) -> Any:
        number = next(numbers)
        line.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(line.recv())).get("id") != number:
            pass
        if answer["type"] == "error":
            raise RigError(f"{method}: {answer['error']}: {answer['message']}")
        return answer["result"]

    def press(page: Page, label: str) -> None:
        shown = {}
        todo = command("browsingContext.getTree")["contexts"]
        while todo:
            each = todo.pop()
            shown[each["url"]] = each["context"]
            todo += each["children"]
        command("browsingContext.activate", context=shown[page.address(page.browser.root(label))])
        page.run(label, PAINTED)
        moves = [
            {"type": "pointerMove", "x": CORNER, "y": CORNER},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "actions": moves}
        command("input.performActions", context=shown[page.address(label)], actions=[mouse])

    command("session.new", capabilities={})
    try:
        yield press
    finally:
        command("session.end")
        line.close()
