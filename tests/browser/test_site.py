"""The static site in Chromium, as readers without a kernel use it: wide, narrow, dark, on paper."""

import functools
import os
import posixpath
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from lab import Stage, chromium
from playwright.sync_api import Browser, Locator, Page, expect
from selectolax.lexbor import LexborHTMLParser

from labcore.site.build import NOTEBOOKS, ROOT, build
from labcore.widgets import Stepper

LIVE = ("03_who_may_navigate_whom", "05_gadget_hijacking")
"""The chapters that are run for it; of the others the stored outputs are shown."""

pytestmark = pytest.mark.browser

SOURCES = sorted(
    path.relative_to(NOTEBOOKS)
    for path in NOTEBOOKS.rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
PAGES = ["index.html", *(path.with_suffix(".html").as_posix() for path in SOURCES)]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    kept = ROOT / "build" / "recordings"
    build(folder, clickable=lambda path: path.stem in LIVE, kept=kept)
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served, without its last slash."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


class Visit:
    """A tab that remembers what went wrong and what was asked of whom."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfailed", lambda request: self.complaints.append(request.url))


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    yield Visit(page)
    page.close()


@pytest.fixture
def chapter(visit: Visit, address: str) -> Iterator[Page]:
    """Chapter 05."""
    visit.page.goto(f"{address}/{LIVE[1]}.html")
    yield visit.page
    assert not visit.complaints


# --- every page ---


LIKE_OTHERS = [name for name in PAGES if name.startswith("solutions/")][1:]
"""Pages of solutions are all of a kind: one of them is looked at."""


EXAMINED = {name for name in PAGES if not re.match(r"\d", name)} - set(LIKE_OTHERS)
EXAMINED |= {f"{name}.html" for name in (*LIVE, "10_let_the_machine_attack", "12_opting_in")}
"""Pages that axe-core looks at (all of them, if EVERYTHING is set): chapters are all of a kind."""


@pytest.mark.parametrize("name", [name for name in PAGES if name not in LIKE_OTHERS])
def test_a_page_fits_a_phone_asks_nobody_else_and_has_no_serious_findings(
    visit: Visit, address: str, name: str
) -> None:
    visit.page.set_viewport_size({"width": 360, "height": 740})
    visit.page.goto(f"{address}/{name}")
    wide = visit.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360, f"{wide} pixels wide"
    if name in EXAMINED or os.environ.get("EVERYTHING"):
        assert serious(visit.page) == []
    assert visit.complaints == []
    assert [each for each in visit.requests if not each.startswith((address, "data:"))] == []


@pytest.mark.parametrize("name", ["index.html", "glossary.html", *(f"{x}.html" for x in LIVE)])
def test_a_dark_page_is_dark_and_has_no_serious_findings(
    visit: Visit, address: str, name: str
) -> None:
    visit.page.emulate_media(color_scheme="dark")
    visit.page.goto(f"{address}/{name}")
    paper = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert all(int(part) < 64 for part in re.findall(r"\d+", paper)), paper
    assert serious(visit.page) == []


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe-core finds serious or critical: the rule, and the first element that breaks it."""
    options = {"resultTypes": ["violations"], "preload": False}
    found = Axe().run(page, options=options).response["violations"]
    return [
        (each["id"], each["nodes"][0]["html"][:300])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def test_every_link_leads_somewhere_and_every_picture_is_described(site: Path) -> None:
    trees = {name: LexborHTMLParser((site / name).read_text(encoding="utf-8")) for name in PAGES}
    ids = {
        name: {each.attributes["id"] for each in tree.css("[id]")} for name, tree in trees.items()
    }
    for name, tree in trees.items():
        for each in tree.css("[href], [src]"):
            url = each.attributes.get("href") or each.attributes.get("src") or ""
            assert not re.match(r"(https?:)?//", url), f"{name}: {url}"
            path, _, fragment = unquote(url).partition("#")
            if url.startswith("data:"):
                continue
            target = (
                posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            )
            assert (site / target).is_file(), f"{name}: {url}"
            assert not fragment or fragment in ids[target], f"{name}: {url}"
        for each in tree.css("img"):
            assert (each.attributes.get("alt") or "").strip(), name
        assert tree.css_first("html").attributes["lang"] == "en"
        assert len(tree.css("h1")) == 1 and tree.css_first("title").text(), name


# --- what can be clicked ---


def stages(page: Page) -> list[Stage]:
    page.locator(".labcore-stage").first.wait_for()
    return [Stage(each) for each in page.locator(".labcore-stage").all()]


def test_a_stepper_steps(chapter: Page) -> None:
    stage = stages(chapter)[0]
    expect(stage.picture).to_be_visible()
    source = stage.picture.get_attribute("src")
    assert (stage.index, stage.last) == (0, 3)
    stage.button("Next").click()
    assert stage.index == 1
    assert stage.picture.get_attribute("src") != source
    assert stage.picture.evaluate("img => img.decode().then(() => img.naturalWidth)") > 100
    assert "ad navigates maps" in stage.root.locator("[aria-current=step]").inner_text()
    stage.slider.press("End")
    assert stage.verdict.startswith("Attack succeeds")


def test_every_stepper_of_a_chapter_is_there(chapter: Page) -> None:
    wanted = (NOTEBOOKS / f"{LIVE[1]}.ipynb").read_text(encoding="utf-8").count("Stepper(")
    assert len(stages(chapter)) == wanted > 1


CHOICES = (
    *({"navigation": "child"}, {"origin_propagation": True}, {"top_level": "anyone"}),
    *({"browser": "IE 6"}, {"navigation": "descendant"}, {"browser": "Firefox"}),
    *({"navigation": "permissive"}, {"origin_propagation": False}, {"browser": "Firefox 2"}),
)


def test_rules_change_as_in_the_notebook(chapter: Page) -> None:
    place = chapter.locator(".widget").first
    stage = Stage(place.locator(".labcore-stage"))
    stepper = Stepper("gadget-hijacking", "Firefox 2")
    stage.slider.fill("2")
    stepper.stage.index = 2
    for choice in CHOICES:
        choose(place, **choice)
        stepper.toggles.values = choice
        assert stage.note.inner_text() == stepper.stage.note
        assert stage.index == stepper.stage.index
        assert stage.verdict == f"{stepper.stage.verdict['word']}\n{stepper.stage.verdict['why']}"
        events = stage.root.locator(".labcore-event").all_inner_texts()
        assert events == [step["event"] for step in stepper.stage.steps]
        assert stage.picture.get_attribute("alt") == stepper.stage.shown[stage.index][1]
        for name, value in stepper.toggles.values.items():
            assert chosen(place, name) == value


def choose(place: Locator, **choice: str | bool) -> None:
    [(name, value)] = choice.items()
    row = place.locator(f'[data-toggle="{name}"]')
    if isinstance(value, bool):
        row.get_by_role("switch").set_checked(value)
    elif row.locator("select").count():
        row.locator("select").select_option(value)
    else:
        row.get_by_role("radio", name=value, exact=True).check()


def chosen(place: Locator, name: str) -> str | bool:
    row = place.locator(f'[data-toggle="{name}"]')
    if row.locator("select").count():
        return row.locator("select").input_value()
    if row.get_by_role("switch").count():
        return row.get_by_role("switch").is_checked()
    return row.locator("input:checked").input_value()


def test_a_quiz_answers(chapter: Page) -> None:
    question = chapter.locator(".labcore-questions > li").first
    for answer in question.get_by_role("button").all():
        answer.click()
    expect(question.get_by_text("Right.")).to_have_count(1)
    expect(question.get_by_text("Not this one.")).not_to_have_count(0)
    expect(question).to_contain_text("A mashup embeds strangers on purpose.")
    expect(chapter.locator(".labcore-score")).to_contain_text("at the first try")


def test_what_needs_a_kernel_says_so(visit: Visit, address: str) -> None:
    visit.page.goto(f"{address}/{LIVE[0]}.html")
    needs = visit.page.locator(".needs")
    assert "builder" in needs.first.inner_text()
    for each in needs.all_inner_texts():
        assert "running kernel" in each and f"notebooks/{LIVE[0]}.ipynb" in each
    exercises = visit.page.get_by_text("An answer to this exercise is checked")
    cells = (NOTEBOOKS / f"{LIVE[0]}.ipynb").read_text(encoding="utf-8").count("\ngrade(")
    assert exercises.count() >= cells
    assert visit.page.locator("text=run this notebook to").count() == 0


# --- other ways to read ---


def test_a_page_works_when_it_is_opened_from_a_folder(visit: Visit, site: Path) -> None:
    visit.page.goto((site / f"{LIVE[1]}.html").as_uri())
    stage = stages(visit.page)[0]
    stage.button("Next").click()
    assert stage.picture.evaluate("img => img.decode().then(() => img.naturalWidth)") > 100
    assert visit.complaints == []


def test_on_paper_a_stepper_is_its_picture_and_its_log(chapter: Page) -> None:
    stage = stages(chapter)[0]
    chapter.emulate_media(media="print")
    expect(stage.button("Next")).to_be_hidden()
    expect(stage.picture).to_be_visible()
    expect(chapter.get_by_role("navigation")).to_have_count(0)
    assert len(chapter.pdf()) > 100_000


def test_the_first_stop_of_the_keyboard_leads_to_the_text(chapter: Page) -> None:
    chapter.keyboard.press("Tab")
    expect(chapter.get_by_text("Skip to the text")).to_be_focused()
    chapter.keyboard.press("Enter")
    expect(chapter.locator("main")).to_be_focused()


def test_without_scripts_the_questions_are_there(browser: Browser, address: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{address}/{LIVE[1]}.html")
    expect(page.locator(".widget details").first).to_be_visible()
    page.close()
