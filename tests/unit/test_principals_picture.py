"""The picture of principals: regions hold their members and nobody else; all is legible."""

import itertools
import time
import warnings
from xml.dom import minidom

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from labcore import Browser, Origin, World, frame, step, window
from labcore.actions import Create, Destroy, Join
from labcore.figures import draw_principals, picture
from labcore.figures.principals import (
    ALONE,
    DEFAULT,
    EDGES,
    _fitted,
    _grid,
    band_of,
    principals_size,
)
from labcore.policies import COP
from labcore.principals import label_of

MAIL, DOCS, GADGETS = "https://mail.example", "https://docs.example", "https://gadgets.example"
ID, WEATHER = "id-of-mail-and-docs", "id-of-the-weather"
MERGE = (Create("mail", ID, (DOCS,)), Join("docs", ID))
SPLIT = (Create("weather", WEATHER),)

START = World(
    Browser.of(
        window(
            f"{MAIL}/",
            frame(f"{DOCS}/preview", label="preview"),
            frame(f"{GADGETS}/weather", label="weather"),
        ),
        window(
            f"{DOCS}/",
            frame(f"{GADGETS}/game", label="game"),
            frame("https://attacker.example/ad", label="ad"),
            frame(f"{MAIL}/", label="boxed", sandbox="allow-scripts"),
        ),
    ),
    attacker=frozenset({Origin.of("https://attacker.example")}),
)


def after(*actions, start=START):
    world = start
    for action in actions:
        _, world = step(world, action, COP)
    return world


WORLDS = {
    "start": START,
    "merged": after(*MERGE),
    "split": after(*SPLIT),
    "both": after(*MERGE, *SPLIT),
    "the attacker's": after(
        Create("ad", "x" * 64, (GADGETS, MAIL)), Join("game", "x" * 64), Join("mail", "x" * 64)
    ),
    "destroyed": after(*MERGE, *SPLIT, Destroy("docs")),
    "deserted": after(
        *MERGE, Create("mail", "id-of-mail-alone"), Create("docs", "id-of-docs-alone")
    ),
    "empty": World(Browser.of()),
}


def drawn(shown, size=None, **options):
    """The axes, and every text with the rectangle that it takes up."""
    figure = Figure(figsize=size or principals_size(shown), dpi=144)
    canvas = FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    assert draw_principals(shown, ax, **options) is ax
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


def regions(ax):
    """The outlines of all regions, as (left, top, right, bottom)."""
    edged = (patch for patch in ax.patches if patch.get_linewidth() == 1.8)
    extents = (patch.get_path().get_extents() for patch in edged)
    return [(each.x0, each.y0, each.x1, each.y1) for each in extents]


def card_of(ax, label):
    """Where the label of a frame stands."""
    [text] = [each for each in ax.texts if each.get_text() == label]
    return text.get_position()


def holds(region, point):
    left, top, right, bottom = region
    return left < point[0] < right and top < point[1] < bottom


def large(frames, origins, principals):
    """A page with many frames, half of which belong to principals."""
    hosts = [f"https://host{i}.example" for i in range(origins)]
    boxes = [frame(f"{hosts[i * 7 % origins]}/{i}", label=f"f{i}") for i in range(frames - 1)]
    browser = Browser.of(window("https://top.example/", *boxes, label="top"))
    for i in range(0, frames - 1, 2):
        label = label_of(f"principal-number-{i // 2 % max(principals, 1):04}")
        browser = browser.with_principal(f"f{i}", label) if principals else browser
    return browser


# --- who stands where ---


@pytest.mark.parametrize("name", WORLDS)
def test_everything_is_legible(name):
    assert_legible(*drawn(WORLDS[name]))


@pytest.mark.parametrize("name", WORLDS)
def test_a_region_holds_its_members_and_nobody_else(name):
    world = WORLDS[name]
    ax, _ = drawn(world)
    outlines = regions(ax)
    principals = {band_of(each.document) for each in world.browser.frames} - {DEFAULT, ALONE}
    assert len(outlines) == len(principals)
    for each in world.browser.frames:
        around = [region for region in outlines if holds(region, card_of(ax, each.label))]
        assert len(around) == (band_of(each.document) in principals)
        for other in world.browser.frames:
            together = any(holds(region, card_of(ax, other.label)) for region in around)
            same = each.document.principal == other.document.principal
            assert together == (bool(around) and same)


def test_one_region_holds_two_origins_and_one_origin_is_in_two_places():
    ax, _ = drawn(after(*MERGE, *SPLIT))
    mail, docs, preview = (card_of(ax, label) for label in ("mail", "docs", "preview"))
    assert docs[1] == mail[1] != preview[1]
    assert abs(docs[0] - preview[0]) < 40, "an origin is a column"
    assert card_of(ax, "weather")[1] != card_of(ax, "game")[1]


def test_a_region_bears_the_id_that_a_world_knows_and_else_the_label():
    world = after(*MERGE)
    label = str(label_of(ID))
    ax, _ = drawn(world)
    assert ID in said(ax) and label in said(ax)
    ax, _ = drawn(world.browser)
    assert ID not in said(ax) and label in said(ax)


def test_members_of_a_region_stand_side_by_side():
    world = after(Create("mail", ID, ("https://attacker.example",)), Join("ad", ID))
    grid = _grid(world, frozenset(), grouped=False)
    at = [grid.columns.index(Origin.of(url)) for url in (MAIL, "https://attacker.example")]
    assert abs(at[0] - at[1]) == 1


def test_who_is_alone_stands_in_no_region_and_the_deserted_are_told():
    ax, _ = drawn(WORLDS["destroyed"])
    assert "each belongs to itself alone" in said(ax)
    assert len(regions(ax)) == 1
    ax, _ = drawn(WORLDS["deserted"])
    assert f"nobody belongs to {ID}" in said(ax)


# --- by shape and word, not by colour alone ---


def test_the_attacker_has_a_shape_and_a_word():
    octagon = [1, 2, 2, 2, 2, 2, 2, 2, 79]
    for shown, options in ((START, {}), (START.browser, {"attackers": ["ad"]})):
        ax, _ = drawn(shown, **options)
        shapes = [patch.get_path().codes for patch in ax.patches]
        assert sum(codes is not None and codes.tolist() == octagon for codes in shapes) == 2
        assert "attacker" in said(ax)
    assert "attacker" not in said(drawn(START.browser)[0])


def test_a_sandboxed_frame_has_an_opaque_origin_and_says_so():
    ax, _ = drawn(START)
    assert "sandbox" in said(ax) and "opaque origins" in said(ax)


def test_regions_differ_in_line_and_hatching_too():
    world = after(*MERGE, *SPLIT, Create("game", "id-of-the-puzzle-game"))
    ax, _ = drawn(world)
    edged = [patch for patch in ax.patches if patch.get_linewidth() == 1.8]
    looks = {(str(patch._dash_pattern), theme_of(patch)) for patch in edged}
    assert len(edged) == len(looks) == 3
    assert len({pattern for pattern, _ in looks}) == 3


def theme_of(patch):
    return EDGES.index("#" + "".join(f"{round(255 * x):02x}" for x in patch.get_edgecolor()[:3]))


def test_a_principal_keeps_its_look_when_another_goes():
    order = [label_of(ID), label_of(WEATHER)]
    ax, _ = drawn(after(*SPLIT), principals=order)
    [weather] = [patch for patch in ax.patches if patch.get_linewidth() == 1.8]
    assert theme_of(weather) == 1


def test_halo_and_wrong_labels():
    ax, _ = drawn(START, halo="game")
    assert any(
        tuple(patch.get_facecolor()[:3]) == (1.0, 200 / 255, 61 / 255) for patch in ax.patches
    )
    with pytest.raises(ValueError, match="did you mean 'game'"):
        draw_principals(START, Figure().add_subplot(), halo="gam")


# --- what is large, narrow or hostile ---


@settings(max_examples=10, deadline=None)
@given(
    st.integers(2, 20),
    st.integers(1, 6),
    st.integers(0, 4),
    st.sampled_from([(3.0, 3.0), (6.0, 5.0), None]),
)
def test_texts_are_neither_cut_nor_upon_each_other(frames, origins, principals, size):
    assert_legible(*drawn(large(frames, origins, principals), size))


@pytest.mark.parametrize(("origins", "principals"), [(5, 3), (20, 2), (3, 12)])
def test_sixty_frames_are_drawn_one_by_one(origins, principals):
    browser = large(60, origins, principals)
    ax, texts = drawn(browser)
    assert_legible(ax, texts)
    if principals < 9:
        assert set(browser.labels) <= set(said(ax))


@pytest.mark.parametrize(("origins", "principals"), [(4, 3), (30, 14), (50, 0)])
def test_large_pages_aggregate_and_say_so(origins, principals):
    browser = large(2000, origins, principals)
    started = time.process_time()
    ax, texts = drawn(browser)
    assert time.process_time() - started < 3
    assert any(text.startswith("2,000 frames shown as ") for text in said(ax))
    assert_legible(ax, texts)
    if principals > 8:
        assert any(text.endswith("more principals") for text in said(ax))


def test_groups_stand_for_every_frame_once():
    browser = large(400, 12, 5)
    grid, plan = _fitted(browser, frozenset(), 620.0, 900.0)
    cards = [card for cell in grid.cells.values() for card in cell]
    assert sum(card.group.frames for card in cards) == 400
    assert plan.scale == 1.0


def test_hostile_text_stays_text():
    evil = '<b onload="x">&\'$\\frac{1}$ \n\x00\u202e😀汉-->]]>'
    world = World(Browser.of(window(f"{MAIL}/", frame(f"{DOCS}/", label=evil), label="M" * 5000)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown = picture(draw_principals, world)
        minidom.parseString(shown.svg)
    assert "<text" not in shown.svg and len(shown.alt) < 1000
    assert all(character.isprintable() for character in shown.alt)


# --- words, bytes ---


def test_the_words_say_who_belongs_to_whom():
    words = picture(draw_principals, after(*MERGE, *SPLIT)).alt
    for part in (
        "2 windows with 7 frames: pages have created 2",
        f"{ID} ({label_of(ID)}) holds mail of mail.example and docs of docs.example.",
        f"{WEATHER} ({label_of(WEATHER)}) holds weather of gadgets.example.",
        "By default, by origin: preview of docs.example; game of gadgets.example; "
        "ad (the attacker's) of attacker.example.",
        "Each for itself: boxed (sandboxed, opaque origin) of opaque origins.",
        "Split between principals: docs.example and gadgets.example.",
    ):
        assert part in words
    assert "pages have created none" in picture(draw_principals, START).alt
    assert "nobody belongs to".capitalize() in picture(draw_principals, WORLDS["deserted"]).alt
    assert len(picture(draw_principals, large(2000, 30, 14)).alt) < 6000


def test_a_picture_is_the_same_each_time_and_small():
    first = picture(draw_principals, after(*MERGE, *SPLIT)).svg
    picture(draw_principals, START, size=(3, 3))
    again = after(*MERGE, *SPLIT)
    assert picture(draw_principals, again).svg == first
    assert len(first) < 80_000
