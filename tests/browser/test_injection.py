"""Markup in whatever a reader or a page names is shown as text, and none of it runs.

One notebook shows it through every picture, card, table and widget in JupyterLab; the pictures are
opened as documents of their own as well, where an SVG's scripts would run.
"""

import json
from collections.abc import Iterator

import nbformat
import pytest
from browser.lab import Lab, Notebook
from playwright.sync_api import Dialog, Page, Request

HIT = "window.top.__hit = 1; window.__hit = 1; alert(1)"
EVIL = (
    f"<img src=/evil.png onerror='{HIT}'>",
    f"<script>{HIT}</script>",
    f"\"><svg onload='{HIT}'>",
    f'\'><a href="javascript:{HIT}">link</a>',
    f"[link](javascript:{HIT}) ![](/evil.png)",
    f"]]></text></style></title><script>{HIT}</script>",
    f"&lt;img src=/evil.png onerror={HIT}&gt;",
    "$\\href{javascript:alert(1)}{x}$ {{7*7}} ${alert(1)}",
    "\u202egnp.live\u202c \u2066\u0000",
)

SET_UP = f"""\
import html, json, tempfile
from pathlib import Path
from IPython.display import display
from labcore import *
from labcore.capture import load
from labcore.exercises import grade
from labcore.figures import *
from labcore.widgets import *
EVIL = {EVIL!r}
pictures = []
def shown(value):
    display(value)
    return value
def host(n):
    return f"https://evil-{{n}}.example/?" + EVIL[n].replace("#", "") + "#" + EVIL[n]
label = EVIL.__getitem__
page = Browser.of(
    window(host(0),
           *(frame(host(n), label=label(n), name=EVIL[n]) for n in range(1, len(EVIL))),
           label=label(0), name=EVIL[0]),
    window("data:text/html," + EVIL[1], label="data", name=EVIL[1]),
)"""

CELLS = {
    "pictures of the browser": """\
world = World(page)
pictures += [shown(picture(draw_tree, page)), shown(picture(draw_screen, world))]
display(page, world)""",
    "matrix": """\
matrix = navigation_matrix(page, Policies())
pictures.append(shown(picture(draw_matrix, matrix)))
display(matrix)""",
    "decisions": """\
def evil(browser, attempt):
    return decide(True, label(1), label(0))
evil.__name__ = label(2)
own = Policies(navigation=evil)
display(Policies(name=label(0)), own, own.may_navigate(page, label(1), label(2), host(3)),
        Policies().may_script(page, label(1), label(2)))""",
    "messages": """\
story = SCENARIOS["gadget-hijacking"]
from dataclasses import replace
told = replace(story, title=label(0), goal=None, plan=[
    Navigate("ad", "maps", host(1)), Script("ad", "integrator"),
    PostMessage("ad", "integrator", label(2), "*"),
])
trace = told.run(Policies())
display(trace)
pictures.append(shown(picture(draw_sequence, trace)))""",
    "tables": """\
display(table(EVIL[:3], [EVIL[3:6], EVIL[6:9]]), decide(False, *map(label, (0, 1))))
display(show_source(evil))""",
    "captures": """\
folder = tempfile.TemporaryDirectory()
saved = Path(folder.name, "page.html")
saved.write_text("<!-- saved from url=(0019)https://news.test/ -->" + "".join(
    f'<iframe src="{html.escape(host(n))}" name="{html.escape(label(n))}"></iframe>'
    for n in range(len(EVIL))), encoding="utf-8", errors="replace")
display(load(saved))
trees = Path(folder.name, "page.json")
trees.write_text(json.dumps({"frameTree": {
    "frame": {"id": EVIL[0], "url": "https://news.test/"},
    "childFrames": [{"frame": {"id": str(n), "name": EVIL[n], "url": host(n)}}
                    for n in range(len(EVIL))]}}))
display(load(trees))
folder.cleanup()""",
    "grades": """\
def answers(browser, attempt):
    print(*EVIL)
    return decide(True, label(1), label(2))
def fails(browser, attempt):
    print(*EVIL)
    raise ValueError(label(0))
answers.__name__ = label(3)
display(*(grade("descendant", each) for each in (answers, fails, label(0))))""",
    "quiz": """\
Quiz(*(Question(each, right="r" + each, because=each, wrong={"w" + each: each})
       for each in EVIL))""",
    "stepper": """\
Stepper(told, own, own={"navigation": [evil]})""",
    "builder": """\
Builder(page, own, own={"navigation": [evil]})""",
    "console": """\
typed = {"response_body": label(0), "page": host(1), "request_headers": "X-A: " + label(0)}
Console(fields=typed)""",
    "principals": """\
Principals(World(page))""",
    "alternative texts": """\
print(json.dumps([each.alt for each in pictures]))""",
    "errors": """\
from labcore.errors import ReadersError
for wrong in (lambda: SCENARIOS[label(1)], lambda: Origin.of(label(2)),
              lambda: Headers({label(0): ""}), lambda: Policies(navigation=label(1))):
    try:
        wrong()
    except ReadersError as error:
        display(error)
        print(error)
page.frame(label(0))""",
}
WIDGETS = ("quiz", "stage", "builder", "console", "principals")
CLICK_ALL = """() => document.querySelectorAll(
  '.jp-OutputArea [class*=labcore] button, .jp-OutputArea [class*=labcore] summary'
).forEach((each) => each.click())"""
LAST = """() => new Promise((done) => {
  const last = new Image();
  last.onerror = () => setTimeout(done);
  last.src = "/last.png";
})"""
SAID = """(about) => jupyterapp.shell.currentWidget.content.widgets
  .find((cell) => cell.model.sharedModel.source.includes(about)).model.outputs.toJSON()[0].text"""

pytestmark = pytest.mark.browser


class Watch:
    """What a page does that text cannot do: run, open a dialog, ask for something."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: list[str] = []
        page.on("dialog", self._dialog)
        page.on("request", self._request)

    def _dialog(self, dialog: Dialog) -> None:
        self.seen.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        if "evil" in request.url and not request.url.startswith("data:"):
            self.seen.append(f"request: {request.url}")

    @property
    def hits(self) -> list[str]:
        """What has happened once an image has failed that was asked for after all else."""
        self.page.evaluate(LAST)
        ran = self.page.evaluate("() => window.__hit !== undefined")
        return [*self.seen, *(["a script has run"] * ran)]


@pytest.fixture(scope="module")
def shown(lab: Lab) -> Iterator[tuple[Notebook, Watch]]:
    path = lab.write("injection.ipynb", SET_UP, *CELLS.values())
    made = nbformat.read(lab.folder / path, as_version=4)
    made.cells[-1].metadata["tags"] = ["raises-exception"]
    nbformat.write(made, lab.folder / path)
    with lab.notebook(path, height=2000) as notebook:
        watch = Watch(notebook.page)
        notebook.run_all()
        for widget in WIDGETS:
            notebook.page.locator(f".labcore-{widget}").first.wait_for()
        yield notebook, watch


def test_what_is_shown_does_not_run(shown: tuple[Notebook, Watch]) -> None:
    notebook, watch = shown
    assert watch.hits == []
    notebook.page.evaluate(CLICK_ALL)
    assert watch.hits == []
    links = notebook.page.locator(".jp-OutputArea a").evaluate_all(
        "(all) => all.map((each) => each.protocol)"
    )
    assert "javascript:" not in links
    assert notebook.page.locator(".jp-OutputArea img[src*=evil]").count() == 0


def test_alternative_texts_are_whole(shown: tuple[Notebook, Watch]) -> None:
    notebook, _ = shown
    told = json.loads(notebook.page.evaluate(SAID, "each.alt for each"))
    alts = notebook.page.locator(".jp-OutputArea img").evaluate_all(
        "(all) => all.map((each) => each.alt)"
    )
    assert len(told) > 3 and all(any(evil in alt for alt in told) for evil in EVIL[:3])
    for alt in told:
        assert alt.replace("\0", "�") in alts


def test_pictures_do_not_run_as_documents(shown: tuple[Notebook, Watch]) -> None:
    notebook, _ = shown
    pictures = notebook.page.locator("img[src^='data:image/svg']").evaluate_all(
        "(all) => [...new Set(all.map((each) => each.src))]"
    )
    assert len(pictures) > 5
    page = notebook.page.context.browser.new_page()
    watch = Watch(page)
    for picture in pictures:
        page.goto(picture)
        assert page.evaluate("() => document.documentElement.localName") == "svg"
        assert page.evaluate("() => document.querySelectorAll('script, [onload], a').length") == 0
        assert page.evaluate("() => window.__hit") is None
    assert watch.hits == []
    page.close()


def test_markup_that_runs_is_seen(shown: tuple[Notebook, Watch]) -> None:
    """Last: the watch must see what the other tests say does not happen."""
    notebook, watch = shown
    notebook.page.evaluate("(evil) => { document.createElement('div').innerHTML = evil; }", EVIL[0])
    notebook.page.wait_for_function("() => window.__hit !== undefined")
    assert {each.partition(":")[0] for each in watch.hits} == {
        "a script has run",
        "dialog",
        "request",
    }
