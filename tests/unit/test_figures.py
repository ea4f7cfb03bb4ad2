"""What every picture must hold to: the same bytes, readable text, nothing left unsaid."""

import itertools
import os
import random
import subprocess
import sys
import time
import warnings
from html.parser import HTMLParser
from xml.dom import minidom

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from labcore import (
    PRESETS,
    SCENARIOS,
    SHOWN_AS_PICTURES,
    Browser,
    Commit,
    Navigate,
    Policies,
    World,
    frame,
    navigation_matrix,
    window,
)
from labcore.capture import Capture
from labcore.figures import (
    describe,
    describe_step,
    draw_matrix,
    draw_screen,
    draw_tree,
    picture,
    picture_row,
    step_picture,
    step_pictures,
    theme,
)
from labcore.figures.groups import MOST, condense
from labcore.figures.notebook import SHOWN, show
from labcore.figures.story import speaks
from labcore.figures.tree import tree_size
from labcore.small_scope import check

HOSTILE = '<b onload="x">&\'$\\frac{1}$ \n\x00\x1b\u202e😀汉-->]]>'
GADGET = SCENARIOS["gadget-hijacking"]
CROSS = SCENARIOS["cross-window"].start.browser


def drawn(draw, *args, size=(6.0, 5.0), **options):
    """The axes, and every text with the rectangle that it takes up."""
    figure = Figure(figsize=size, dpi=144)
    canvas = FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    draw(*args, ax=ax, **options)
    renderer = canvas.get_renderer()
    return ax, [(text.get_text(), text.get_window_extent(renderer)) for text in ax.texts]


def said(ax):
    return [text.get_text() for text in ax.texts]


def assert_legible(ax, texts):
    """Every text lies within the axes, and no two lie upon each other."""
    room = ax.get_window_extent()
    for text, box in texts:
        assert room.x0 - 1 <= box.x0 and box.x1 <= room.x1 + 1, f"{text!r} is cut"
        assert room.y0 - 3 <= box.y0 and box.y1 <= room.y1 + 3, f"{text!r} is cut"
    for (one, a), (other, b) in itertools.combinations(texts, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide <= 1 or high <= 3, f"{one!r} lies upon {other!r}"


def page(parents, hosts, labels=None, sandboxed=()):
    """A window; ``parents[i]`` is which frame holds frame ``i + 1``."""
    children = {i: [] for i in range(len(parents) + 1)}
    for i, parent in enumerate(parents, start=1):
        children[parent].append(i)
    boxes = {}
    for i in reversed(range(len(parents) + 1)):
        options = {"label": labels[i] if labels else f"f{i}"}
        if i in sandboxed and i:
            options["sandbox"] = "allow-scripts"
        make = frame if i else window
        boxes[i] = make(f"https://{hosts[i]}/{i}", *(boxes[j] for j in children[i]), **options)
    return Browser.of(boxes[0])


def large_page(frames=2000, origins=50, depth=10):
    chance = random.Random(1)
    parents, level = [], [0]
    while len(level) < frames:
        parent = len(level) - 1 if len(level) < depth else chance.randrange(len(level))
        if level[parent] < depth - 1:
            parents.append(parent)
            level.append(level[parent] + 1)
    return page(parents, [f"host{chance.randrange(origins)}.example" for _ in level])


@st.composite
def browsers(draw):
    size = draw(st.integers(1, 14))
    parents = [draw(st.integers(0, i)) for i in range(size - 1)]
    words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(str.strip)
    labels = draw(st.lists(words, min_size=size, max_size=size, unique=True))
    hosts = draw(
        st.lists(
            st.sampled_from(["a.example", "maps.example", "a-rather-long-host-name.shop.example"]),
            min_size=size,
            max_size=size,
        )
    )
    return page(parents, hosts, labels, sandboxed=draw(st.sets(st.integers(0, size - 1))))


# --- readable ---


@settings(max_examples=12, deadline=None)
@given(browsers(), st.data())
def test_texts_are_neither_cut_nor_upon_each_other(browser, data):
    labels = st.sampled_from(browser.labels)
    attackers = data.draw(st.sets(labels, max_size=3))
    marks = {"actor": data.draw(labels), "target": data.draw(labels), "attackers": attackers}
    assert_legible(*drawn(draw_tree, browser, allowed=True, **marks))
    assert_legible(*drawn(draw_screen, browser, allowed=False, **marks))
    assert_legible(*drawn(draw_matrix, navigation_matrix(browser, Policies())))


def test_the_check_of_overlaps_can_fail():
    ax, texts = drawn(draw_tree, GADGET.start.browser)
    with pytest.raises(AssertionError, match="lies upon"):
        assert_legible(ax, [*texts, texts[0]])
    moved = ("moved", texts[0][1].translated(-500, 0))
    with pytest.raises(AssertionError, match="is cut"):
        assert_legible(ax, [*texts, moved])


@pytest.mark.parametrize("size", [(2.2, 2.0), (4.2, 3.8), (9.0, 6.0)])
@pytest.mark.parametrize("frames", [25, 60])
def test_a_full_page_is_readable_at_any_size(frames, size):
    browser = large_page(frames, origins=9, depth=5)
    assert_legible(*drawn(draw_tree, browser, size=size))
    assert_legible(*drawn(draw_screen, browser, size=size))


def test_every_frame_of_a_small_tree_is_written_in_full():
    ax, _ = drawn(draw_tree, CROSS, size=tree_size(CROSS))
    for each in CROSS.frames:
        assert each.label in said(ax)
        assert each.document.origin.host in said(ax)


def test_deep_chains_and_many_windows_fit():
    chain = page(list(range(199)), ["deep.example"] * 200)
    many = Browser.of(*(window(f"https://w{i}.example/", label=f"w{i}") for i in range(90)))
    for browser in (chain, many):
        for draw in (draw_tree, draw_screen):
            ax, texts = drawn(draw, browser)
            assert_legible(ax, texts)
            assert any("shown as" in text for text in said(ax))


# --- the attacker, refusals: by shape and word, not by colour alone ---


def corners(ax):
    """How many straight-sided shapes with eight corners are drawn."""
    octagon = [1, 2, 2, 2, 2, 2, 2, 2, 79]
    return sum(patch.get_path().codes.tolist() == octagon for patch in ax.patches + ax.artists
               if patch.get_path().codes is not None)  # fmt: skip


@pytest.mark.parametrize("draw", [draw_tree, draw_screen])
def test_the_attacker_has_a_shape_and_a_word(draw):
    browser = GADGET.start.browser
    with_, _ = drawn(draw, browser, attackers=["ad"])
    without, _ = drawn(draw, browser)
    assert (corners(with_), corners(without)) == (2, 0)  # a double border
    assert "attacker" in said(with_) and "attacker" not in said(without)


def test_a_hijacked_frame_wears_the_attackers_mark():
    start, *_, end = GADGET.run(PRESETS["Firefox 2"]).worlds
    before, _ = drawn(draw_screen, start)
    after, _ = drawn(draw_screen, end)
    assert said(before).count("attacker") == 1
    assert said(after).count("attacker") == 2
    assert "https://integrator.example/" in said(after)  # the location bar does not know


def test_sandboxed_frames_say_so_and_are_dashed():
    browser = Browser.of(
        window("https://a.example/", frame("https://b.example/", label="b", sandbox=""), label="a")
    )
    ax, _ = drawn(draw_tree, browser)
    assert any("sandbox" in text for text in said(ax))
    assert any(
        patch.get_linestyle() != "solid" and patch.get_linestyle() != "-" for patch in ax.patches
    )


@pytest.mark.parametrize("draw", [draw_tree, draw_screen])
def test_a_refusal_is_dashed(draw):
    marks = {"actor": "ad", "target": "maps"}

    def dashes(allowed):
        ax, _ = drawn(draw, GADGET.start.browser, allowed=allowed, **marks)
        return sum(patch.get_linestyle() not in ("solid", "-") for patch in ax.patches)

    assert dashes(False) == 1
    assert dashes(True) == 0


# --- what is too large ---


@pytest.mark.parametrize("draw", [draw_tree, draw_screen])
def test_large_pages_aggregate_and_say_so(draw):
    browser = large_page()
    started = time.process_time()
    ax, texts = drawn(draw, browser, size=(8.6, 9.0), actor="f3", target="f1500", allowed=False)
    assert time.process_time() - started < 3
    assert any(text.startswith("2,000 frames shown as ") for text in said(ax))
    assert "f3" in said(ax) and "f1500" in said(ax)
    assert_legible(ax, texts)


def test_a_large_matrix_shows_origins():
    matrix = navigation_matrix(large_page(), Policies())
    started = time.process_time()
    ax, texts = drawn(draw_matrix, matrix, size=(8.6, 8.6))
    assert time.process_time() - started < 3
    assert any("2,000 frames shown as " in text for text in said(ax))
    assert_legible(ax, texts)


def test_a_matrix_gives_the_share_of_pairs():
    labels = [f"https://h{i % 2}.example/{i}" for i in range(70)]
    browser = Browser.of(window("https://h0.example/", *(frame(url) for url in labels)))
    ax, _ = drawn(draw_matrix, navigation_matrix(browser, Policies(origin_propagation=False)))
    assert "71 frames shown as 2 groups" in " ".join(said(ax))
    # of the 36 × 35 pairs among h0, the window's own 35; all may navigate the window
    assert said(ax).count("6") == 1


@pytest.mark.parametrize("most", [1, 2, 5, 30, MOST])
def test_groups_stand_for_every_frame_once(most):
    browser = large_page(300, origins=7, depth=6)
    condensed = condense(browser, most)
    assert len(condensed.browser) <= most
    assert sum(group.frames for group in condensed.groups.values()) == len(browser)
    assert set(condensed.stands_in) == set(browser.labels)
    assert set(condensed.stands_in.values()) == set(condensed.browser.labels)


def test_sixty_frames_are_drawn_one_by_one():
    assert condense(large_page(MOST)).note == ""
    assert condense(large_page(MOST + 1)).note.startswith("61 frames shown as ")


# --- the same bytes ---

SCRIPT = """
import hashlib
from labcore import *
from labcore.figures import *
svg = [each.svg for each in step_pictures(SCENARIOS["cross-window"].run(PRESETS["Firefox 2"]))]
matrix = navigation_matrix(SCENARIOS["cross-window"].start.browser, Policies())
print(hashlib.sha256(("".join(svg) + picture(draw_matrix, matrix).svg).encode()).hexdigest())
"""


def test_pictures_are_the_same_in_every_process():
    digests = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_pictures_do_not_depend_on_the_readers_settings_or_on_what_was_drawn_before():
    import matplotlib

    first = picture(draw_tree, CROSS).svg
    picture(draw_tree, GADGET.start.browser, size=(3, 3))
    settings = {
        "font.size": 20,
        "savefig.bbox": "tight",
        "lines.linewidth": 9,
        "hatch.color": "red",
    }
    with matplotlib.rc_context(settings):
        assert picture(draw_tree, CROSS).svg == first


@pytest.mark.parametrize("name", SCENARIOS)
def test_all_steps_share_one_size(name):
    for preset in ("Firefox 2", "Firefox 3"):
        trace = SCENARIOS[name].run(PRESETS[preset])
        sizes = {
            each.svg.split("viewBox=", 1)[1].split(">", 1)[0].split('"')[1]
            for each in step_pictures(trace)
        }
        (size,) = sizes
        assert speaks(trace) or size == "0 0 648 295.2"


def test_what_looks_the_same_is_drawn_once():
    world = GADGET.start
    again = World(Browser.of(*GADGET_BOXES), attacker=world.attacker)
    assert step_picture(world).svg is step_picture(again).svg
    assert step_picture(world).svg is not step_picture(world, Commit("maps")).svg


GADGET_BOXES = (
    window(
        "https://integrator.example/",
        frame("https://attacker.example/ad", label="ad"),
        frame("https://maps.example/", label="maps", name="map"),
        label="integrator",
    ),
)


def test_pictures_are_small_and_hold_nothing_that_runs():
    six = page([0, 0, 1, 1, 2], [f"host{i}.example" for i in range(6)])
    svg = step_picture(World(six), Navigate("f1", "f2", "https://x.example/")).svg
    assert len(svg) < 80_000
    assert "<script" not in svg and "<text" not in svg and "<!--" not in svg


def test_a_figure_of_ones_own_can_be_drawn_on():
    figure = Figure(figsize=(12, 4))
    for ax, preset in zip(figure.subplots(1, 4), PRESETS.values(), strict=False):
        assert draw_matrix(navigation_matrix(CROSS, preset), ax) is ax
        assert_legible(ax, [])


# --- hostile text ---


class Elements(HTMLParser):
    """The elements and the attributes of an HTML text."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, tuple(name for name, _ in attrs)))


def hostile_world():
    browser = Browser.of(
        window(
            "https://a.example/?<script>",
            frame("https://b.example/$x$", label=HOSTILE, name=HOSTILE),
            frame("about:blank", label="M" * 1_000_000),
            label="$\\alpha$",
        )
    )
    return World(
        browser,
        attacker=frozenset({browser.origin(HOSTILE)}),
        typed=frozenset({(HOSTILE, HOSTILE)}),
        knowledge=frozenset({HOSTILE}),
    )


def test_hostile_text_stays_text(capfd):
    world = hostile_world()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown = step_picture(world, Navigate(HOSTILE, "$\\alpha$", "https://a.example/$x$"))
        minidom.parseString(shown.svg)
        parser = Elements()
        parser.feed(shown.html)
        assert parser.seen == [("img", ("alt", "style", "src"))]
        for value in (world, world.browser, navigation_matrix(world.browser, Policies())):
            parser = Elements()
            parser.feed(show(value))
            assert {tag for tag, _ in parser.seen} == {"img"}
        decision = Policies().may_navigate(world.browser, HOSTILE, "$\\alpha$")
        assert "<b onload" not in show(decision) and "&lt;b onload" in show(decision)
    assert len(shown.alt) < 3000
    assert capfd.readouterr() == ("", "")


@given(st.text())
def test_shown_text_holds_no_invisible_characters(text):
    assert all(character.isprintable() for character in theme.clean(text))
    assert len(theme.clean(text * 100)) <= theme.LONGEST + 1


@given(st.text(max_size=60), st.floats(5, 200))
def test_text_is_abbreviated_to_the_width_given(text, width):
    shown = theme.fit(text, width)
    assert not shown or theme.width_of(shown) <= width + 0.1


# --- words ---


def test_the_words_name_every_frame_of_a_small_page():
    browser = large_page(30, origins=5, depth=5)
    words = describe(browser)
    for each in browser.frames:
        assert each.label in words
        assert each.document.origin.host in words


def test_the_words_of_a_step_say_what_the_picture_shows():
    step = GADGET.run(PRESETS["Firefox 2"]).steps[-1]
    words = describe_step(step.world, step.event, step.decision)
    for part in (
        "the user types the home address into maps",
        "allowed (the user)",
        "maps from attacker.example (the attacker's)",
        "The location bar of integrator says https://integrator.example/, with a lock",
        "Typed into maps: the home address",
        "The attacker knows the home address",
    ):
        assert part in words
    assert step_picture(step.world, step.event, step.decision).alt == words


def test_the_words_of_a_matrix_say_what_is_unknown_and_what_differs():
    opera = navigation_matrix(CROSS, PRESETS["Opera 9"])
    words = describe(opera, compare=navigation_matrix(CROSS, PRESETS["Firefox 2"]))
    assert "The source does not give the rule for blog and bank." in words
    assert "Only the other allows: ad to blog and login to bank." in words


# --- in a notebook ---


def test_every_class_that_is_shown_gives_html():
    trace = GADGET.run(PRESETS["Firefox 3"])
    browser = trace.end.browser
    matrix = navigation_matrix(browser, Policies())
    capture = Capture(browser, notes=("<b>doubtful</b>",), source="a test")
    failing = check(lambda browser: len(browser) < 3)
    decision = trace.steps[0].decision
    values = (browser, trace.end, matrix, decision, trace, Policies(), capture, failing)
    assert {type(value) for value in values} <= set(SHOWN)
    assert {(each.__module__, each.__name__) for each in SHOWN} == set(SHOWN_AS_PICTURES)
    assert "&lt;b&gt;doubtful" in show(capture) and "✗ fails" in show(failing)
    for value in values:
        assert "<style" not in show(value)
    assert "✗ refused" in show(trace.steps[0].decision)
    assert trace.verdict in show(trace)


def test_a_row_sets_drawings_side_by_side_and_tells_both():
    row = picture_row([(draw_screen, (CROSS,), {}), (draw_tree, (CROSS,), {})])
    assert row.alt == f"{describe(CROSS)} {describe(CROSS)}"
    with pytest.raises(ValueError, match="at least one"):
        picture_row([])


def test_a_wrong_label_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'maps'"):
        draw_tree(GADGET.start.browser, Figure().add_subplot(), actor="map")
    with pytest.raises(ValueError, match="the same browser"):
        other = navigation_matrix(CROSS, Policies())
        draw_matrix(navigation_matrix(GADGET.start.browser, Policies()), compare=other)


def test_a_trace_with_many_frames_is_drawn_larger_at_every_step():
    from labcore import hijacking

    trace = hijacking(large_page(25, origins=6, depth=4), "f3", "f7").run()
    sizes = {each.svg.split('viewBox="', 1)[1].split('"')[0] for each in step_pictures(trace)}
    assert sizes == {"0 0 648 504"}
