"""Browsers for tests: Hypothesis strategies, and a page of any size."""

import random

from hypothesis import strategies as st

from labcore.browser import Box, Browser, frame, window

URLS = (
    "https://integrator.example/",
    "https://attacker.example/",
    "https://maps.example/",
    "https://www.integrator.example/",
    "http://maps.example/",
    "javascript:1",
    "about:blank",
)
SANDBOXES = (None, None, None, "allow-scripts", "allow-scripts allow-same-origin", "")


@st.composite
def browsers(draw: st.DrawFn, max_frames: int = 9, max_windows: int = 3) -> Browser:
    """A browser with a few windows of nested frames, some sandboxed, some opened by others."""
    size = draw(st.integers(1, max_frames))
    parents: list[int | None] = [None]
    tops = [0]
    for each in range(1, size):
        if len(tops) < max_windows and draw(st.booleans()):
            parents.append(None)
            tops.append(each)
        else:
            parents.append(draw(st.integers(0, each - 1)))
    urls = [draw(st.sampled_from(URLS)) for _ in range(size)]
    sandboxes = [draw(st.sampled_from(SANDBOXES)) for _ in range(size)]
    boxes: list[Box | None] = [None] * size
    for each in reversed(range(size)):
        inner = [boxes[i] for i in range(size) if parents[i] == each]
        label = f"f{each}"
        if parents[each] is None:
            earlier = [f"f{i}" for i in range(each)]
            opener = draw(st.sampled_from([None, *earlier])) if earlier else None
            boxes[each] = window(urls[each], *inner, label=label, opener=opener)
        else:
            boxes[each] = frame(urls[each], *inner, label=label, sandbox=sandboxes[each])
    return Browser.of(*(boxes[top] for top in tops))


def big_page(frames: int, depth: int = 10, origins: int = 50, seed: int = 1) -> Browser:
    """One window with ``frames`` frames, nested ``depth`` deep, from ``origins`` origins; the same
    for one seed."""
    choose = random.Random(seed)
    depths = [1]
    children: dict[int, list[int]] = {}
    for each in range(1, frames):
        parent = each - 1 if each < depth else choose.randrange(each)
        while depths[parent] >= depth:
            parent = choose.randrange(each)
        depths.append(depths[parent] + 1)
        children.setdefault(parent, []).append(each)
    boxes: dict[int, Box] = {}
    for each in reversed(range(frames)):
        inner = [boxes.pop(i) for i in children.get(each, ())]
        make = frame if each else window
        boxes[each] = make(
            f"https://site{choose.randrange(origins)}.example/", *inner, label=f"f{each}"
        )
    return Browser.of(boxes[0])


def depth_of(browser: Browser, label: str) -> int:
    """How many frames contain ``label``."""
    return len(list(browser.ancestors(label)))
