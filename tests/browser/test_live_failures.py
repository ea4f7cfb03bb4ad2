"""Replays that cannot go on by themselves: each says why, ends, and leaves nothing behind."""

import threading
from collections.abc import Iterator

import psutil
import pytest
from lab import chromium
from playwright.sync_api import Browser, BrowserContext, Page, expect

from labcore import SCENARIOS, Navigate, frame, window
from labcore import Browser as Shown
from labcore.live import playing, replay, stage, stop
from labcore.live.playing import Replay
from labcore.scenarios import hijacking


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium that holds pop-ups back, as readers' do."""
    with chromium(ignore_default_args=["--disable-popup-blocking"]) as launched:
        yield launched


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile of its own; after each test nothing of the replay runs or listens."""
    with browser.new_context() as context:
        yield context
    stop()
    assert not [each for each in threading.enumerate() if each.name == "labcore.live"]
    assert not [
        each
        for each in psutil.Process().net_connections()
        if each.status == "LISTEN" and each.laddr.port in PORTS
    ]
    PORTS.clear()


PORTS: set[int] = set()


def opened(context: BrowserContext, running: Replay) -> Page:
    """The page that begins it."""
    PORTS.update(running._server.ports)
    page = context.new_page()
    page.goto(running.url)
    return page


def start(page: Page) -> None:
    """Press Start."""
    page.get_by_role("button", name="Start").click()


pytestmark = pytest.mark.browser


def test_start_opens_the_window_and_tells_the_steps(context: BrowserContext) -> None:
    running = replay("gadget-hijacking", pace_s=0)
    page = opened(context, running)
    start(page)
    seen = running.wait(60)
    assert seen.agrees
    expect(page.get_by_role("status")).to_contain_text(seen.in_short)
    steps = page.get_by_role("list", name="Steps").get_by_role("listitem")
    expect(steps).to_have_count(len(seen.rows))
    expect(steps.first).to_contain_text("SecurityError")


def test_a_window_that_is_held_back_can_be_opened_by_hand(context: BrowserContext) -> None:
    two = SCENARIOS["cross-window"]
    running = replay(two, pace_s=0)
    assert len(running._play.tops) == 2
    page = opened(context, running)
    start(page)
    link = page.get_by_role("link", name="Open the window of")
    expect(link).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("waits for you")
    link.click()
    assert running.wait(60).agrees
    expect(link).not_to_be_visible()


def test_a_pop_up_that_is_held_back_opens_after_a_click(context: BrowserContext) -> None:
    running = replay("opened-window", pace_s=0)
    opener = running._play.start.browser.frame(
        next(each for each in running._play.start.browser.windows if each not in running._play.tops)
    ).opener
    page = opened(context, running)
    with context.expect_page() as first:
        start(page)
    button = first.value.get_by_role("button", name="Open the window of")
    expect(page.get_by_role("status")).to_contain_text(f"in the page of {opener}")
    button.click()
    seen = running.wait(60)
    assert seen.agrees and seen.succeeded, seen


def test_what_needs_a_click_waits_for_one(context: BrowserContext) -> None:
    told = SCENARIOS["top-level-redirect"]
    (navigates, *_) = (s.event for s in told.run("Chromium").steps if isinstance(s.event, Navigate))
    clicked = Navigate(navigates.actor, navigates.target, navigates.url, user_activation=True)
    for plan, allowed in (([navigates], False), ([clicked], True)):
        running = replay(told, plan, pace_s=0)
        page = opened(context, running)
        with context.expect_page() as first:
            start(page)
        if allowed:
            expect(page.get_by_role("status")).to_contain_text("Click “Navigate")
            inner = first.value.frame_locator("iframe").first
            inner.get_by_role("button", name="Navigate").click()
        seen = running.wait(60)
        assert seen.agrees and seen.rows[0].allowed == allowed, seen


def test_a_window_that_is_closed_midway_ends_the_replay(
    context: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = replay("lowe-anomaly", pace_s=1)
    page = opened(context, running)
    with context.expect_page() as first:
        start(page)
    steps = page.get_by_role("list", name="Steps").get_by_role("listitem")
    expect(steps.first).to_be_visible(timeout=30_000)
    monkeypatch.setattr(stage, "BOUND_S", 2.0)
    first.value.close()
    seen = running.wait(60)
    assert "has been closed" in seen.problem or "within 2 s" in seen.problem
    expect(page.get_by_role("status")).to_contain_text("ended early")


def test_a_browser_that_is_closed_midway_ends_the_replay(
    context: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "DESERTED_S", 1.0)
    running = replay("lowe-anomaly", pace_s=30)
    page = opened(context, running)
    start(page)
    steps = page.get_by_role("list", name="Steps").get_by_role("listitem")
    expect(steps.first).to_be_visible(timeout=30_000)
    for each in context.pages:
        each.close()
    assert running.wait(60).problem == "the browser, or all of its windows, have been closed"


def test_a_page_that_never_answers_ends_the_replay(
    context: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "BOUND_S", 3.0)
    running = replay("gadget-hijacking", pace_s=0)
    context.add_init_script(
        "const { send } = WebSocket.prototype;"
        "WebSocket.prototype.send = function (text) {"
        "  if (!text.includes('answers')) send.call(this, text); };"
    )
    start(opened(context, running))
    seen = running.wait(60)
    assert "no answer from" in seen.problem and "within 3.6 s" in seen.problem


EVIL = (
    "\"'></iframe></script><script>top.ran = 1; alert(1)</script><img src=x onerror=alert(2)>&amp;"
)


def test_nothing_in_labels_names_and_addresses_runs(context: BrowserContext) -> None:
    shown = Shown.of(
        window(
            f"https://integrator.example/{EVIL}?{EVIL}#{EVIL}",
            frame(f"https://a.example/?{EVIL}", label=f"ad {EVIL}", name=EVIL),
            frame("https://b.example/", label=f"maps {EVIL}", name=f"'{EVIL}"),
            label=f"top {EVIL}",
        )
    )
    told = hijacking(shown, f"ad {EVIL}", f"maps {EVIL}")
    running = replay(told, pace_s=0, policies="Chromium")
    dialogs: list[str] = []
    pages: list[Page] = []

    def watch(page: Page) -> None:
        pages.append(page)
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))

    context.on("page", watch)
    page = opened(context, running)
    with context.expect_page():
        start(page)
    seen = running.wait(60)
    assert seen.agrees and any(each.agrees for each in seen.rows), seen
    expect(page.get_by_role("status")).to_contain_text(seen.in_short)
    assert len(pages) == 2 and not dialogs
    for page in pages:
        for each in page.frames:
            assert each.evaluate("typeof globalThis.ran") == "undefined"
    assert len(pages[1].frames) == 3
    assert EVIL in pages[1].frames[1].locator("header strong").inner_text()
