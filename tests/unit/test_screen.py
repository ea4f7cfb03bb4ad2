from dataclasses import replace

import pytest
from browsers import browsers
from hypothesis import given

from labcore import SCENARIOS, Browser, frame, window
from labcore.screen import layout, location_bar, may_paint_over, shows_lock


@given(browsers())
def test_children_lie_inside_their_parent_and_siblings_apart(browser):
    screen = layout(browser)
    for label in browser.labels:
        mine = screen[label]
        parent = browser.parent(label)
        if parent is not None:
            around = screen[parent]
            assert around.left < mine.left < mine.right < around.right
            assert around.top < mine.top < mine.bottom < around.bottom
            assert around.floor < mine.floor <= mine.ceiling <= around.ceiling


def test_a_frame_that_covers_another_can_paint_over_what_still_shows():
    page = Browser.of(
        window("https://a.example/", frame("https://b.example/", label="b"), label="a")
    )
    screen = dict(layout(page))
    assert may_paint_over(screen, "a", "b") and not may_paint_over(screen, "b", "a")
    covering = replace(screen["b"], left=0.0, top=0.0, right=1.0, bottom=1.0, floor=5, ceiling=5)
    screen["veil"] = covering
    assert not may_paint_over(screen, "a", "b"), "no pixel of b shows any more"


@pytest.mark.parametrize(
    ("inner", "lock"),
    [
        (frame("https://b.example/"), True),
        (frame("http://b.example/"), False),
        (frame("about:blank"), True),
        (frame("https://b.example/", frame("http://c.example/")), False),
        (frame("blob:https://b.example/0"), True),
    ],
)
def test_the_lock_shows_only_if_every_frame_came_over_https(inner, lock):
    page = Browser.of(window("https://a.example/", inner, label="a"))
    assert shows_lock(page, "a") is lock


def test_the_location_bar_shows_the_top_level_url_whatever_the_frames_do():
    trace = SCENARIOS["cross-window"].run()
    assert {location_bar(world.browser, "login") for world in trace.worlds} == {
        "https://bank.example/"
    }
