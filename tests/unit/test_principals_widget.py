"""The principals' widget, driven by its methods and by the messages that its page sends."""

from html.parser import HTMLParser
from itertools import count

import nbformat
import pytest

from labcore import (
    PRESETS,
    Browser,
    Origin,
    Policies,
    PolicyError,
    UnknownName,
    World,
    frame,
    step,
    window,
)
from labcore.actions import Create, Destroy, Join
from labcore.errors import WrongType
from labcore.policies import COP
from labcore.principals import BadPrincipal, label_of
from labcore.widgets import Principals
from labcore.widgets.principals import MOST_ROWS, QUESTIONS, cooperating, looking

MAIL, DOCS, GADGETS = "https://mail.example", "https://docs.example", "https://gadgets.example"
ID, WEATHER = "id-of-mail-and-docs", "id-of-the-weather"
EVIL = "<img src=x onerror=alert(1)>\n'); import os"
NUMBERS = count(1)


@pytest.fixture
def widget():
    return Principals()


def tell(widget, **told):
    """As the page does; gives back the number of the message."""
    message = {"number": next(NUMBERS), "label": widget.selected or "", **told}
    widget._handle_custom_msg(message, [])
    return message["number"]


def asked(widget, label):
    """What the selected frame may do with another: the texts, by question."""
    [row] = [row for row in widget.table["rows"] if row["label"] == label]
    return dict(zip(QUESTIONS, (cell["text"] for cell in row["cells"]), strict=True))


def changed(widget):
    """The cells that are marked: (frame, question, what it was, what it is)."""
    return {
        (row["label"], question, cell["was"], cell["text"])
        for row in widget.table["rows"]
        for question, cell in zip(QUESTIONS, row["cells"], strict=True)
        if cell["was"]
    }


def belongs(widget):
    return {row["label"]: row["principal"] for row in widget.outline["rows"]}


def merge(widget):
    widget.create("mail", ID, [DOCS])
    widget.join("docs", ID)


def state(widget):
    return {key: value for key, value in widget.get_state().items() if key != "error"}


# --- what is created, joined, destroyed ---


def test_at_first_everybody_belongs_to_its_origin(widget):
    assert len(widget.world.browser.windows) == 2
    assert set(belongs(widget).values()) == {"its origin"}
    assert (widget.selected, widget.actions, widget.undoes) == ("mail", [], "")
    assert changed(widget) == set()
    assert asked(widget, "docs") == {
        "script": "no",
        "own": "no",
        "named": "yes",
        "fetch": "no",
        "cookies": "session",
    }


def test_merged_origins_script_each_other_and_read_each_others_answers(widget):
    assert widget.create("mail", ID, [DOCS])
    assert changed(widget) == {
        ("docs", "cookies", "session", "none"),
        ("preview", "cookies", "session", "none"),
    }
    assert widget.join("docs", ID)
    assert asked(widget, "docs") == {
        "script": "yes",
        "own": "yes",
        "named": "no",
        "fetch": "yes",
        "cookies": "none",
    }
    assert changed(widget) == {
        ("docs", "script", "no", "yes"),
        ("docs", "own", "no", "yes"),
        ("docs", "named", "yes", "no"),
        ("docs", "fetch", "no", "yes"),
        ("preview", "fetch", "no", "yes"),
    }
    assert belongs(widget)["docs"] == ID
    assert belongs(widget)["preview"] == "its origin"


def test_a_split_origin_no_longer_scripts_itself(widget):
    widget.selected = "game"
    assert asked(widget, "weather")["script"] == "yes"
    widget.create("weather", WEATHER)
    assert ("weather", "script", "yes", "no") in changed(widget)
    widget.selected = "weather"
    assert asked(widget, "game")["cookies"] == "none"


def test_the_answers_are_those_of_the_model(widget):
    merge(widget)
    world, policies = widget.world, widget.policies
    for actor in world.browser.labels:
        widget.selected = actor
        for target in set(world.browser.labels) - {actor}:
            script = policies.may_script(world.browser, actor, target)
            origin = str(world.browser.origin(target))
            named = policies.delivers(world.browser, actor, target, origin)
            said = asked(widget, target)
            assert (said["script"], said["named"]) == tuple(
                "yes" if x else "no" for x in (script, named)
            )


def test_a_server_answers_only_to_a_principal_of_its_own_pages(widget):
    from labcore import Request

    merge(widget)
    server = cooperating(widget.world)
    for url, origin, own in (
        (DOCS, str(label_of(ID)), True),
        (GADGETS, str(label_of(ID)), False),
        (DOCS, MAIL, False),
    ):
        response = server(Request("GET", f"{url}/", {"Origin": origin}))
        assert (response.headers.get("principal") == f"join; id={ID}") == own


def test_who_is_not_a_member_is_refused_and_it_is_told_where_it_was_asked(widget):
    merge(widget)
    before = widget.world
    decision = widget.join("ad", ID)
    assert not decision and widget.world == before
    assert widget.decision["word"] == "refused"
    assert "https://attacker.example is not among" in widget.decision["why"]
    assert widget.error == {"field": "join", "label": "ad", "text": decision.reason}
    assert widget.actions[-1] == Join("ad", ID)
    assert widget.code.endswith(f'    Join("ad", "{ID}"),  # refused\n]')


def test_a_destroyed_principal_leaves_each_for_itself(widget):
    merge(widget)
    assert widget.destroy("docs")
    assert belongs(widget)["mail"] == belongs(widget)["docs"] == "itself alone"
    assert widget.outline["ids"] == []
    assert asked(widget, "docs")["script"] == "no"
    assert not widget.destroy("ad")
    assert widget.error["field"] == "destroy"
    assert "cannot be destroyed" in widget.error["text"]


# --- the other browser ---


def test_in_a_legacy_browser_the_same_actions_do_nothing(widget):
    merge(widget)
    widget.legacy = True
    assert widget.world == widget._start
    assert widget.actions == [Create("mail", ID, (DOCS,)), Join("docs", ID)]
    assert not any(widget.decisions)
    assert widget.decision["why"] == "of 2 actions it does 0; the other browser did 2"
    assert ("docs", "script", "yes", "no") in changed(widget)
    assert not widget.create("weather", WEATHER)
    assert "knows no principals" in widget.error["text"]
    widget.legacy = False
    assert belongs(widget)["docs"] == ID and belongs(widget)["weather"] == WEATHER


@pytest.mark.parametrize("policies", ["Chromium", "Firefox 2", Policies()])
def test_rules_that_know_no_principals_are_a_legacy_browsers(policies):
    widget = Principals(policies=policies)
    assert widget.legacy
    chosen = PRESETS[policies] if isinstance(policies, str) else policies
    assert widget.policies == chosen
    widget.legacy = False
    assert widget.policies.by_principal
    assert widget.policies.navigation == chosen.navigation
    widget.policies = COP
    assert (widget.legacy, widget.policies) == (False, COP)


def test_of_a_legacy_browser_only_what_is_cop_is_made_the_usual():
    mixed = Policies(scripting="COP", cors="same origin only")
    assert looking(mixed, is_legacy=False) == mixed
    assert looking(mixed, is_legacy=True) == Policies(cors="same origin only")


# --- what is wrong ---


@pytest.mark.parametrize(
    ("label", "id", "members", "error", "message"),
    [
        ("mail", "abc", [], BadPrincipal, "16 to 64 letters"),
        ("mail", "", [], BadPrincipal, "'' is none"),
        ("mail", f"{ID} x", [], BadPrincipal, "is none"),
        ("mail", ID, ["http://docs.example"], BadPrincipal, "https: origin, not http://docs"),
        ("mail", ID, ["docs.example"], ValueError, "did you mean 'https://docs.example'"),
        ("mail", ID, DOCS, BadPrincipal, "a list of origins"),
        ("mial", ID, [], UnknownName, "did you mean 'mail'"),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(
    widget, label, id, members, error, message
):
    before = state(widget), widget.world, widget.actions
    with pytest.raises(error, match=message):
        widget.create(label, id, members)
    assert (state(widget), widget.world, widget.actions) == before
    with pytest.raises(UnknownName, match="did you mean 'mail'"):
        widget.selected = "mial"


@pytest.mark.parametrize(
    ("told", "field", "message"),
    [
        ({"do": "create", "id": "abc", "members": []}, "id", "'abc' is none"),
        ({"do": "create", "id": ID, "members": ["http://x.example"]}, "members", "not http://x"),
        ({"do": "create", "id": 7, "members": []}, "id", "7 is none"),
        ({"do": "create", "id": ID, "members": 7}, "members", "a list of origins"),
        ({"do": "join", "id": "abc"}, "join", "'abc' is none"),
        ({"do": "select", "label": "mial"}, "select", "did you mean 'mail'"),
    ],
)
def test_what_is_wrong_on_the_page_is_said_beside_its_field(widget, told, field, message):
    before = state(widget)
    number = tell(widget, **told)
    assert widget.error["field"] == field
    assert message in widget.error["text"]
    outline = widget.outline
    assert outline["answered"] == number
    before["outline"] = {**before["outline"], "answered": number}
    assert state(widget) == before


def test_an_id_that_exists_is_refused_beside_its_field(widget):
    tell(widget, do="create", id=ID, members=[DOCS])
    assert widget.error == {}
    before = widget.world
    tell(widget, do="create", id=ID, members=[])
    assert widget.error["field"] == "id"
    assert (
        widget.error["text"] == "there is a principal with this ID, or with its label; one joins it"
    )
    assert widget.world == before


def test_a_page_without_an_origin_or_over_http_can_have_no_principal():
    world = World(
        Browser.of(
            window(
                "http://plain.example/",
                frame(f"{DOCS}/", label="boxed", sandbox="allow-scripts"),
                frame("about:blank", label="blank"),
                label="plain",
            )
        )
    )
    widget = Principals(world)
    for label in ("plain", "boxed", "blank"):
        tell(widget, do="create", label=label, id=f"{ID}-{label}", members=[])
        assert "only a page that came over HTTPS" in widget.error["text"]
    widget.selected = "plain"
    assert asked(widget, "boxed")["named"] == asked(widget, "boxed")["fetch"] == "–"
    assert widget.outline["origins"] == ["http://plain.example"]
    widget.selected = "boxed"
    assert asked(widget, "plain")["script"] == "no"


def test_a_rule_that_fails_is_said_where_the_answers_would_be():
    def unfinished(browser, attempt):
        pass

    widget = Principals(policies=COP.but(scripting=unfinished))
    assert "is a 'return' missing" in widget.table["text"]
    merge(widget)
    assert belongs(widget)["docs"] == ID
    with pytest.raises(PolicyError):
        widget.policies.may_script(widget.world.browser, "mail", "docs")


def test_a_widget_begins_with_a_world():
    with pytest.raises(WrongType, match="begin with a World"):
        Principals(Browser.of())
    with pytest.raises(WrongType, match="policies are"):
        Principals(policies=7)
    with pytest.raises(UnknownName, match="did you mean 'Chromium'"):
        Principals(policies="Chromum")
    empty = Principals(World(Browser.of()))
    assert (empty.selected, empty.table, empty.outline["rows"]) == (None, {}, [])


# --- undo, reset, the list ---


def test_undo_and_reset_walk_back(widget):
    worlds = [widget.world]
    for act in (
        lambda: widget.create("mail", ID, [DOCS]),
        lambda: widget.join("docs", ID),
        lambda: widget.join("ad", ID),
        lambda: widget.destroy("mail"),
    ):
        act()
        worlds.append(widget.world)
    for world in reversed(worlds[:-1]):
        assert widget.undoes == str(widget.actions[-1])
        tell(widget, do="undo")
        assert widget.world == world
        assert widget.decision["done"].startswith("Undone: ")
    tell(widget, do="undo")
    assert widget.actions == []
    merge(widget)
    tell(widget, do="reset")
    assert (widget.world, widget.actions, widget.undoes) == (worlds[0], [], "")
    assert ("docs", "script", "yes", "no") in changed(widget)


def test_the_list_of_actions_can_be_pasted_and_does_the_same(widget):
    merge(widget)
    widget.join("ad", ID)
    widget.create("weather", "w" * 64, [MAIL, DOCS, "https://attacker.example"])
    widget.destroy("weather")
    names = {}
    exec(widget.code, names)
    assert names["actions"] == widget.actions
    world = widget._start
    for action in names["actions"]:
        _, world = step(world, action, COP)
    assert world == widget.world
    assert max(map(len, widget.code.splitlines())) <= 100


def test_an_id_at_hand_is_free_and_fits(widget):
    first = widget.outline["rows"][0]["suggested"]
    assert widget.create("mail", first)
    second = widget.outline["rows"][0]["suggested"]
    assert second != first
    assert widget.create("mail", second)
    odd = World(
        Browser.of(window(f"{MAIL}/", label="é / " * 20), window(f"{DOCS}/", label="d" * 99))
    )
    for row in Principals(odd).outline["rows"]:
        assert Create(row["label"], row["suggested"])


def test_a_principal_keeps_its_look_when_another_goes(widget):
    widget.create("weather", WEATHER)
    widget.create("mail", ID)
    assert widget._looks == (label_of(WEATHER), label_of(ID))
    widget.destroy("weather")
    assert widget._looks == (label_of(WEATHER), label_of(ID))
    widget.reset()
    assert widget._looks == ()


# --- the page ---


def test_what_the_reader_does_on_the_page_is_done(widget):
    tell(widget, do="create", id=ID, members=[DOCS])
    tell(widget, do="select", label="docs")
    assert widget.selected == widget.table["actor"] == "docs"
    tell(widget, do="join", id=ID)
    number = tell(widget, do="destroy")
    assert widget.outline["answered"] == number
    assert widget.actions == [Create("mail", ID, (DOCS,)), Join("docs", ID), Destroy("docs")]
    tell(widget, do="legacy", value=True)
    assert widget.legacy and widget.outline["ids"] == []


def test_words_come_first_and_then_the_picture(widget):
    sent, order = [], ["outline", "table", "picture"]
    widget.observe(lambda change: sent.append(change.name), order)
    widget.create("mail", ID)
    assert sent[-1] == "picture" and sent.count("picture") == 1
    assert f"{ID} (principal://" in widget.picture["alt"]


def test_a_selection_clears_what_was_wrong(widget):
    tell(widget, do="join", id="abc")
    tell(widget, do="select", label="ad")
    assert widget.error == {}


def test_many_frames_are_asked_about_only_in_part():
    frames = [frame(f"{GADGETS}/{i}", label=f"f{i}") for i in range(MOST_ROWS + 9)]
    widget = Principals(World(Browser.of(window(f"{MAIL}/", *frames))))
    assert len(widget.table["rows"]) == MOST_ROWS
    assert widget.table["left_out"] == 9


def test_what_anybody_writes_stays_text_and_ends_no_line_of_code():
    world = World(Browser.of(window(f"{MAIL}/", frame(f"{DOCS}/", label=EVIL))))
    widget = Principals(world)
    widget.create(EVIL, ID, [MAIL])
    widget.destroy("mail")
    names = {}
    exec(widget.code, names)
    assert names["actions"] == [Create(EVIL, ID, (MAIL,)), Destroy("mail")]
    seen = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: seen.append((tag, [name for name, _ in attrs]))
    parser.feed(widget.twin().html)
    assert seen == [("img", ["alt", "style", "src"])]
    assert "\n" not in widget.decision["done"] + widget.undoes + widget.picture["alt"]


def test_the_script_sets_text_and_no_html():
    for danger in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert danger not in Principals._esm


def test_the_twin_is_the_picture(widget):
    merge(widget)
    twin = widget.twin()
    assert twin.alt == widget.picture["alt"]
    assert twin.html.startswith("<img alt=")


def test_what_nbval_compares_is_the_same_each_time(widget):
    merge(widget)
    (first, _), (second, _) = widget._repr_mimebundle_(), Principals()._repr_mimebundle_()
    assert first["text/plain"] == second["text/plain"] == repr(widget)
    assert "run this notebook" in first["text/plain"]
    nbformat.v4.new_output("display_data", first)


def test_a_world_that_has_principals_already_is_taken_as_it_is(widget):
    merge(widget)
    again = Principals(widget.world)
    assert belongs(again)["docs"] == ID
    assert again.outline["ids"] == [{"id": ID, "label": str(label_of(ID))}]
    assert Origin.of(DOCS) in again.world.principals[0].members
