"""What a page of the static site holds of a notebook, and of the widgets in it."""

import json

import nbformat
import pytest

from labcore.exercises import grade
from labcore.figures.reference import Term
from labcore.policies import PRESETS
from labcore.site import saved as saving
from labcore.site.build import script
from labcore.site.pages import linked, page_of, to_page
from labcore.site.recording import fingerprint
from labcore.site.saved import reached, save, saved
from labcore.widgets import Builder, Question, Quiz, Stepper

STEPPER = Stepper("gadget-hijacking", "Firefox 2")


def page(*cells: nbformat.NotebookNode, **more):
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    return page_of(nbformat.v4.new_notebook(cells=list(cells)), "solutions/x.ipynb", **more)


def prose(text: str, **more):
    return page(nbformat.v4.new_markdown_cell(text), **more)


def run(source: str = "1", count: int = 1, metadata: dict | None = None, **data: str):
    bundle = {f"text/{kind}": text for kind, text in data.items()}
    output = nbformat.v4.new_output("execute_result", bundle, execution_count=count)
    return nbformat.v4.new_code_cell(
        source, outputs=[output], execution_count=count, metadata=metadata or {}
    )


# --- pages ---


def test_a_heading_can_be_linked_as_in_jupyterlab_and_the_first_is_the_title() -> None:
    made = prose("# One `two`\n\n*A promise.*\n\n## Three & four\n\ntext")
    assert (made.title, made.promise) == ("One two", "A promise.")
    assert '<h2 id="Three-&amp;-four">' in made.main
    assert made.sections == [("Three-&-four", "Three &amp; four")]


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("05_x.ipynb", "05_x.html"),
        ("05_x.ipynb#cell-id=a", "05_x.html#cell-id=a"),
        ("https://a.example/x.ipynb", "https://a.example/x.ipynb"),
        ("#here", "#here"),
    ],
)
def test_a_link_to_a_notebook_is_one_to_its_page(url: str, page: str) -> None:
    assert to_page(url) == page


def test_a_link_that_the_model_shows_starts_from_the_chapters_folder() -> None:
    shown = page(run(html='<a href="solutions/05.ipynb">one</a>')).main
    assert 'href="../solutions/05.html"' in shown


def test_plain_output_stays_text() -> None:
    assert "&lt;script&gt;" in page(run(plain="<script>")).main


def test_a_picture_goes_to_a_file_of_its_own_with_its_words_and_size() -> None:
    from labcore import Browser, window
    from labcore.figures import draw_tree, picture

    drawn = picture(draw_tree, Browser.of(window("https://news.example/")))
    made = page(run(html=drawn.html))
    [(path, svg)] = made.files.items()
    assert svg == drawn.svg
    assert f'src="../{path}"' in made.main and drawn.alt in made.main
    assert "base64" not in made.main and 'width="' in made.main


def test_a_hidden_check_is_folded() -> None:
    metadata = {"jupyter": {"source_hidden": True}, "tags": ["hidden-check"]}
    assert "<details" in page(run(metadata=metadata, plain="1")).main
    assert "<details" not in page(run(plain="1")).main


def test_the_first_use_of_a_term_is_linked_and_no_heading_code_or_link() -> None:
    terms = [Term("gadget", "A page."), Term("gadget hijacking", "An attack.")]
    text = (
        "## gadget\n\n`gadget` [gadget](x) gadget hijacking, a gadget hijacking, a gadget, a gadget"
    )
    shown = prose(text, terms=terms).main
    assert shown.count('class="term"') == 2
    assert 'gadget-hijacking">gadget hijacking</a>, a gadget hijacking, a <a' in shown
    assert len(terms) == 2, "the caller's list stays"
    assert linked("<code>gadget</code>", terms, set(terms), "g") == "<code>gadget</code>"


def test_a_term_that_a_chapter_links_itself_is_not_linked_again() -> None:
    terms = [Term("gadget", "A page."), Term("Lowe's anomaly", "An attack.")]
    text = "a [gadget](../glossary.ipynb#gadget), [it](../glossary.ipynb#Lowe's-anomaly)"
    shown = prose(f"{text}, a gadget, Lowe's anomaly", terms=terms).main
    assert shown.count("href=") == 2


def test_what_needs_a_kernel_says_so_in_place_of_a_dead_widget() -> None:
    shown = page(run(plain="A builder"), recording={"1": saved(Builder())}).main
    assert "needs a running kernel" in shown and "A builder" not in shown
    graded = page(run(plain="not yet"), recording={"1": {"kind": "graded", "name": "grade"}}).main
    assert "needs a running kernel" in graded and "not yet" in graded


# --- widgets ---


def test_every_setting_of_a_stepper_is_saved() -> None:
    kept = saved(STEPPER)
    policies = reached(STEPPER)
    menus = {toggle: list(values.values()) for toggle, values in STEPPER.toggles.known.items()}
    for navigation in menus["navigation"]:
        for top_level in menus["top_level"]:
            changed = PRESETS["Firefox 2"].but(navigation=navigation, top_level=top_level)
            assert changed in policies
    assert len(kept["states"]) == len(policies) == 240
    assert all(preset in policies for preset in PRESETS.values())


def test_a_saved_run_says_what_the_stepper_would() -> None:
    kept = saved(STEPPER)
    place = list(kept["start"])
    at = list(kept["options"]).index("navigation")
    place[at] = kept["options"]["navigation"].index("descendant")
    number, _ = kept["states"][",".join(map(str, place))]
    other = Stepper("gadget-hijacking", PRESETS["Firefox 2"].but(navigation="descendant"))
    trace = kept["traces"][number]
    assert trace["verdict"] == other.stage.verdict
    assert [kept["steps"][step][0] for step in trace["steps"]] == other.stage.steps
    start = kept["states"][",".join(map(str, kept["start"]))][0]
    STEPPER.policies = other.policies
    assert STEPPER.stage.note.endswith(kept["follows"][f"{start},{number}"])
    STEPPER.policies = "Firefox 2"


def test_the_nearest_settings_are_kept_where_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(saving, "MOST_STATES", 30)
    monkeypatch.setattr(saving, "MOST_PICTURES", 4)
    policies = list(reached(STEPPER))
    assert len(policies) == 30 and policies[0] == PRESETS["Firefox 2"]
    assert PRESETS["Firefox 2"].but(navigation="child") in policies
    kept = saved(STEPPER)
    assert len(kept["pictures"]) <= 4 and kept["states"][",".join(map(str, kept["start"]))]


def test_a_readers_policy_that_fails_is_left_out() -> None:
    def unfinished(browser, attempt):
        pass

    kept = saved(Stepper("gadget-hijacking", "Firefox 2", own={"navigation": [unfinished]}))
    at = list(kept["options"]).index("navigation")
    wrong = kept["options"]["navigation"].index("unfinished")
    assert kept["states"]
    assert all(int(key.split(",")[at]) != wrong for key in kept["states"])


def test_results_are_saved_by_their_numbers(tmp_path) -> None:
    quiz = Quiz(Question("1 + 1?", right="2", because="Count.", wrong={"3": "No."}))
    values = {1: "text", 2: quiz, 3: grade("pixels", lambda screen, actor, target: None)}
    save(values, str(tmp_path / "saved.json"))
    kept = json.loads((tmp_path / "saved.json").read_text(encoding="utf-8"))
    assert {number: each["kind"] for number, each in kept.items()} == {"2": "quiz", "3": "graded"}
    assert kept["2"]["questions"] == quiz.questions


def test_a_recording_is_made_anew_when_notebook_or_data_change(tmp_path) -> None:
    notebook = tmp_path / "x.ipynb"
    notebook.write_text("1")
    first = fingerprint(notebook)
    assert fingerprint(notebook) == first
    notebook.write_text("2")
    second = fingerprint(notebook)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "y.json").write_text("3")
    assert len({first, second, fingerprint(notebook)}) == 3


def test_the_script_is_one_classic_script() -> None:
    text = script()
    assert "export " not in text and "import " not in text
