"""The builder, driven by its methods and by the messages that its page sends."""

import subprocess
import sys
from itertools import count

import nbformat
import pytest
from browsers import big_page, browsers
from hypothesis import given, settings

import labcore
from labcore import PRESETS, Browser, InvalidURL, PolicyError, UnknownName, frame, window
from labcore.widgets.boxes import added, changed, code_of, removed
from labcore.widgets.builder import EXAMPLE, Builder

NAMES = {name: getattr(labcore, name) for name in labcore.__all__}

NESTED = Browser.of(
    window(
        "https://integrator.example/",
        frame(
            "https://maps.example/",
            frame("about:blank"),
            name='it\'s "maps"',
            sandbox="allow-scripts allow-same-origin",
        ),
        frame("https://maps.example/", sandbox="", label="empty"),
        frame("data:text/html,<script>'</script>", scripts=["https://cdn.example/a.js"]),
    ),
    window("https://popup.example/", opener="empty"),
)
TOKENS = " ".join(sorted(labcore.browser.SANDBOX_TOKENS))
LONG = Browser.of(
    window(
        "https://integrator.example/",
        frame("https://maps.example/", sandbox=TOKENS),
        scripts=[f"https://cdn-{n}.example/{'long' * 10}.js" for n in range(2)],
    ),
    window("https://shop.example/", scripts=[f"https://cdn.example/{'long' * 17}.js"]),
)


@pytest.fixture
def builder():
    return Builder()


NUMBERS = count(1)


def ask(builder, **asked):
    """As the page does; gives back the number of the message."""
    message = {"number": next(NUMBERS), "label": builder.selected or "", **asked}
    builder.bench._handle_custom_msg(message, [])
    return message["number"]


def type_in(builder, field, value):
    return ask(builder, do="change", field=field, value=value)


def unfinished(browser, attempt):
    pass


# --- code ---


@given(browsers())
def test_the_code_of_a_browser_builds_it(browser):
    assert eval(code_of(browser), NAMES) == browser


@pytest.mark.parametrize("browser", [EXAMPLE, NESTED, LONG, Browser.of(), big_page(80)])
def test_the_code_builds_it_and_is_as_ruff_would_write_it(browser):
    code = code_of(browser)
    assert eval(code, NAMES) == browser
    command = [sys.executable, "-m", "ruff", "format", "--line-length", "88", "--isolated", "-"]
    formatted = subprocess.run(
        command, input=f"{code}\n", capture_output=True, text=True, check=True
    )
    assert formatted.stdout == f"{code}\n"


def test_a_small_browser_is_one_line_without_labels_that_come_by_themselves():
    browser = Browser.of(window("https://news.example/", frame("https://ads.example/")))
    assert code_of(browser) == (
        'Browser.of(window("https://news.example/", frame("https://ads.example/")))'
    )


def test_a_page_too_deep_for_an_expression_is_said_to_be():
    with pytest.raises(ValueError, match="frames nest 119 deep"):
        code_of(big_page(120, depth=120))
    assert Builder(big_page(120, depth=120)).bench.code.startswith("# frames nest 119 deep")


# --- edits ---


@given(browsers())
@settings(max_examples=25)
def test_removing_what_was_added_gives_the_browser_back(browser):
    for parent in (None, browser.labels[-1]):
        make = window if parent is None else frame
        after, label = added(browser, make("https://new.example/"), parent)
        assert len(after) == len(browser) + 1
        assert after.parent(label) == parent
        assert removed(after, label) == browser


@given(browsers())
@settings(max_examples=25)
def test_a_new_label_changes_nothing_else(browser):
    for label in browser.labels:
        after, new = changed(browser, label, label="other")
        assert new == "other"
        assert changed(after, "other", label=label) == (browser, label)


def test_frames_and_windows_are_added_selected_and_labelled(builder):
    assert builder.add_frame("ad", "https://cdn.example/", sandbox="allow-scripts") == "cdn"
    assert builder.selected == "cdn"
    assert builder.add_window("https://popup.example/", opener="ad") == "popup"
    assert builder.browser.parent("cdn") == "ad"
    assert builder.browser.frame("popup").opener == "ad"
    assert builder.add_frame("popup") == "news"
    assert eval(builder.code, NAMES) == builder.browser


def test_removing_a_frame_takes_those_inside_and_leaves_what_they_opened(builder):
    builder.add_frame("ad", "https://cdn.example/")
    builder.add_window("https://popup.example/", opener="cdn")
    builder.remove("ad")
    assert builder.browser.labels == ("integrator", "maps", "popup")
    assert builder.browser.frame("popup").opener is None
    assert builder.selected == "integrator"
    assert builder.bench.note.startswith("Removed ad and the 1 inside.")


def test_everything_can_be_removed_and_begun_again(builder):
    builder.remove("integrator")
    assert builder.code == "Browser.of()"
    assert (builder.selected, builder.bench.matrix) == (None, {})
    assert builder.add_window("https://shop.example/") == "shop"


def test_undo_and_redo_walk_the_history(builder):
    seen = [builder.browser]
    builder.add_frame("maps", "https://tiles.example/")
    seen.append(builder.browser)
    builder.change("tiles", name="t", sandbox="")
    seen.append(builder.browser)
    for browser in reversed(seen[:-1]):
        builder.undo()
        assert builder.browser == browser
    builder.undo()
    assert builder.browser == seen[0]
    for browser in seen[1:]:
        builder.redo()
        assert builder.browser == browser
    builder.undo()
    builder.remove("ad")
    builder.redo()
    assert "ad" not in builder.browser
    assert builder.bench.redo == ""


@pytest.mark.parametrize(
    ("edit", "error", "message"),
    [
        (lambda b: b.change("map", url="https://x.example/"), UnknownName, "mean 'maps'"),
        (lambda b: b.change("maps", url="maps.example"), InvalidURL, "'https://maps.example'"),
        (lambda b: b.change("maps", label="ad"), ValueError, "'ad' is used already.*try 'ad-2'"),
        (lambda b: b.change("maps", label=" "), ValueError, "something in it"),
        (lambda b: b.change("maps", sandbox="allow-script"), UnknownName, "'allow-scripts'"),
        (lambda b: b.change("maps", opener="ad"), ValueError, "only a window has opener"),
        (lambda b: b.change("integrator", sandbox=""), ValueError, "only a frame has sandbox"),
        (lambda b: b.change("integrator", opener="ad"), ValueError, "cannot have opened it"),
        (lambda b: b.change("integrator", uri="x"), UnknownName, "did you mean 'url'"),
        (lambda b: b.add_window(opener="adx"), UnknownName, "did you mean 'ad'"),
        (lambda b: b.add_frame("map"), UnknownName, "did you mean 'maps'"),
        (lambda b: b.add_frame("maps", label="ad"), ValueError, "try 'ad-2'"),
        (lambda b: b.remove("map"), UnknownName, "did you mean 'maps'"),
        (lambda b: setattr(b, "selected", "map"), UnknownName, "did you mean 'maps'"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(builder, edit, error, message):
    before = builder.bench.get_state()
    with pytest.raises(error, match=message):
        edit(builder)
    assert builder.bench.get_state() == before
    assert builder.browser == EXAMPLE


def test_a_browser_can_be_assigned_and_is_taken_as_freshly_loaded(builder):
    builder.browser = NESTED.with_domain("empty", "example")
    assert builder.browser == NESTED
    builder.undo()
    assert builder.browser == EXAMPLE
    with pytest.raises(TypeError, match="not 'x'"):
        Builder("x")


# --- the page ---


def test_the_outline_has_a_line_for_every_frame(builder):
    builder.browser = NESTED
    assert [(row["label"], row["depth"]) for row in builder.bench.outline["rows"]] == [
        (each.label, depth) for depth, each in NESTED.in_page_order()
    ]
    about = {row["label"]: row["about"] for row in builder.bench.outline["rows"]}
    assert about["empty"] == "Opaque origin, equal to no other; no script runs."
    assert "inherits a sandbox" in about["about"]


def test_what_the_reader_does_on_the_page_is_done(builder):
    ask(builder, do="add frame", label="ad")
    assert builder.selected == "news"
    type_in(builder, "url", "https://cdn.example")
    assert builder.selected == "cdn", "the label of a new frame follows its URL"
    type_in(builder, "sandbox", "")
    type_in(builder, "url", "https://other.example")
    assert builder.selected == "cdn"
    ask(builder, do="add window")
    type_in(builder, "opener", "cdn")
    assert builder.browser.frame("news").opener == "cdn"
    ask(builder, do="undo")
    ask(builder, do="undo")
    assert "news" not in builder.browser
    ask(builder, do="redo")
    number = ask(builder, do="remove", label="news")
    assert builder.browser.labels == ("integrator", "ad", "cdn", "maps")
    assert builder.bench.outline["answered"] == number


def test_what_the_page_selects_is_known_and_comes_back_with_undo(builder):
    before = builder.bench.outline
    ask(builder, do="select", label="ad")
    assert builder.selected == "ad"
    assert builder.bench.outline == before, "the page knows it already"
    ask(builder, do="remove")
    assert builder.bench.outline["selected"] == "integrator"
    ask(builder, do="select", label="ad")
    assert builder.selected == "integrator", "what is gone cannot be selected any more"
    for do in ("undo", "redo", "undo"):
        number = ask(builder, do=do, label="integrator")
    assert builder.bench.outline["selected"] == builder.selected == "ad"
    assert builder.bench.outline["answered"] == number
    builder.selected = "maps"
    assert builder.bench.outline["selected"] == "maps"


def test_what_is_wrong_on_the_page_is_said_beside_the_field_until_it_is_right(builder):
    builder.selected = "maps"
    before = builder.browser, builder.bench.screen, builder.bench.note
    number = type_in(builder, "url", "maps.example")
    assert builder.bench.outline["answered"] == number
    assert builder.bench.error["field"] == "url"
    assert builder.bench.error["label"] == "maps"
    assert "did you mean 'https://maps.example'" in builder.bench.error["text"]
    assert (builder.browser, builder.bench.screen, builder.bench.note) == before
    type_in(builder, "url", "https://maps.example")
    assert builder.bench.error == {}
    assert not builder.bench.undo
    type_in(builder, "url", "maps.example")
    ask(builder, do="dismiss")
    assert builder.bench.error == {}


def test_words_come_first_then_screen_tree_and_matrix(builder):
    sent, order = [], ["outline", "screen", "tree", "matrix"]
    builder.bench.observe(lambda change: sent.append(change.name), order)
    builder.add_frame("ad")
    assert sent == order


def test_an_origin_keeps_its_colour_when_others_go(builder):
    colours = {row["host"]: row["colours"] for row in builder.bench.outline["rows"]}
    builder.remove("ad")
    builder.add_frame("integrator", "https://new.example/")
    after = {row["host"]: row["colours"] for row in builder.bench.outline["rows"]}
    assert after["maps.example"] == colours["maps.example"]
    assert after["new.example"] == colours["attacker.example"]


# --- rules ---


def test_a_rule_changes_the_matrix_at_once_and_says_how(builder):
    picture = builder.bench.matrix
    builder.toggles.values = {"navigation": "permissive"}
    assert builder.policies.navigation == "permissive"
    assert builder.bench.matrix != picture
    assert builder.bench.note == (
        "navigation: descendant → permissive. "
        "Navigation is allowed in 6 of 6 pairs (before: 4 of 6 pairs)."
    )
    builder.toggles.values = {"browser": "Firefox 2"}
    assert builder.policies == PRESETS["Firefox 2"]
    builder.policies = PRESETS["Chromium"]
    assert builder.toggles.values["browser"] == "Chromium"


def test_a_preset_is_taken_by_name():
    assert Builder(policies="IE 7").policies == PRESETS["IE 7"]
    with pytest.raises(UnknownName, match="did you mean 'IE 7'"):
        Builder(policies="IE7")


def test_a_policy_that_fails_says_so_and_changes_nothing():
    builder = Builder(own={"navigation": [unfinished]})
    before = builder.policies, builder.toggles.values, builder.bench.matrix
    builder.toggles.values = {"navigation": "unfinished"}
    assert "is a 'return' missing" in builder.bench.error["text"]
    assert (builder.policies, builder.toggles.values, builder.bench.matrix) == before
    with pytest.raises(PolicyError):
        builder.policies = builder.policies.but(navigation=unfinished)


def test_a_policy_that_fails_on_a_new_browser_stands_in_the_matrix_place():
    def small_only(browser, attempt):
        if len(browser) > 3:
            raise ValueError("too large")
        return True

    builder = Builder(policies=labcore.Policies(navigation=small_only))
    builder.add_frame("maps")
    assert len(builder.browser) == 4
    assert "too large" in builder.bench.matrix["text"]
    builder.undo()
    assert builder.bench.matrix["src"].startswith("data:image/svg+xml")


def test_what_nbval_compares_is_the_same_each_time(builder):
    first, second = builder._repr_mimebundle_(), Builder(NESTED)._repr_mimebundle_()
    assert first["text/plain"] == second["text/plain"] == repr(builder)
    assert "build a browser of your own" in first["text/plain"]
    nbformat.v4.new_output("display_data", first)
