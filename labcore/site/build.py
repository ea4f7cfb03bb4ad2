"""From the folder of notebooks to the folder of the site."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader, select_autoescape

from labcore.figures.reference import glossary_terms
from labcore.site.pages import Page, page_of
from labcore.site.recording import recordings
from labcore.widgets.base import COLOURS
from labcore.widgets.base import STATIC as WIDGETS

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
STATIC = Path(__file__).with_name("static")
TITLE = "How browsers isolate frames"

PARTS = {
    0: "Before you start",
    1: "Part I · Isolation",
    6: "Part II · Communication",
    10: "Part III · The machine attacks",
    11: "Part IV · Requests",
    13: "Part V · Principals",
    15: "Part VI · Your own browser",
}
"""What begins with which chapter."""


def build(
    folder: Path,
    notebooks: Path = NOTEBOOKS,
    clickable: Callable[[Path], bool] = lambda path: True,
    kept: Path | None = None,
) -> int:
    """Write the site of ``notebooks`` to ``folder``, anew; gives the number of pages.

    In the notebooks that are ``clickable`` steppers step and quizzes answer: to be saved, they are
    run. What was saved is kept in ``kept``, by default beside ``folder``.
    """
    paths = sorted(
        path for path in notebooks.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
    )
    saved = recordings(filter(clickable, paths), kept or folder.parent / "recordings")
    pages = {}
    for path in paths:
        source = path.relative_to(notebooks).as_posix()
        terms = glossary_terms(notebooks) if is_chapter(source) else []
        notebook = nbformat.read(path, as_version=4)
        pages[source] = page_of(notebook, source, saved.get(path), terms)
    shutil.rmtree(folder, ignore_errors=True)
    for source, page in pages.items():
        write(folder, page, around(source, pages))
    write(folder, Page("index.html", TITLE), contents(pages))
    (folder / "site.css").write_text(style(), encoding="utf-8")
    (folder / "site.js").write_text(script(), encoding="utf-8")
    return len(pages) + 1


def write(folder: Path, page: Page, context: dict[str, Any]) -> None:
    """Write a page and the files that it needs."""
    texts = dict(page.files)
    context = {"page": page, "book": TITLE, "up": page.up, "data": "", **context}
    if page.widgets:
        context["data"] = page.path.removesuffix(".html") + ".js"
        texts[context["data"]] = f"saved({json.dumps(page.widgets)});\n"
    texts[page.path] = TEMPLATES.get_template(context.get("template", "chapter.html")).render(
        context
    )
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


TEMPLATES = Environment(
    loader=FileSystemLoader(STATIC),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)


# --- what stands where ---


def is_chapter(source: str) -> bool:
    """Whether a notebook is a chapter: its name begins with a number, and it is in no folder."""
    return bool(re.match(r"\d\d_[^/]+$", source))


def solutions_of(source: str) -> str:
    """Where the solutions of a chapter's exercises are, if there are any."""
    return f"solutions/{source[:2]}_solutions.ipynb"


def reference(pages: dict[str, Page]) -> list[Page]:
    """The pages that one looks things up in: neither chapters nor in a folder."""
    found = (page for source, page in pages.items() if not is_chapter(source) and "/" not in source)
    return sorted(found, key=lambda page: page.title)


def around(source: str, pages: dict[str, Page]) -> dict[str, Any]:
    """What a page says of the pages around it."""
    order = [each for each in pages if is_chapter(each) == is_chapter(source)]
    order = [each for each in order if each.count("/") == source.count("/")]
    at = order.index(source)
    chapter = next(
        (each for each in pages if is_chapter(each) and source.endswith(solutions_of(each))), None
    )
    return {
        "source": source,
        "previous": pages[order[at - 1]] if at else None,
        "next": pages[order[at + 1]] if at + 1 < len(order) else None,
        "solutions": pages.get(solutions_of(source)) if is_chapter(source) else None,
        "chapter": pages[chapter] if chapter else None,
        "reference": reference(pages),
    }


def contents(pages: dict[str, Page]) -> dict[str, Any]:
    """The parts and their chapters, and what else there is."""
    parts: dict[str, list[tuple[Page, Page | None]]] = {title: [] for title in PARTS.values()}
    for source, page in pages.items():
        if is_chapter(source):
            begins = max(first for first in PARTS if first <= int(source[:2]))
            parts[PARTS[begins]].append((page, pages.get(solutions_of(source))))
    solutions = {solutions_of(source) for source in pages}
    others = [page for source, page in pages.items() if "/" in source and source not in solutions]
    return {
        "template": "contents.html",
        "parts": {title: chapters for title, chapters in parts.items() if chapters},
        "others": others,
        "reference": reference(pages),
    }


# --- what all pages share ---


def style() -> str:
    """The pages' style, and the widgets'."""
    widgets = (
        (WIDGETS / f"{name}.css").read_text(encoding="utf-8") for name in ("widgets", "quiz")
    )
    return "\n".join([(STATIC / "site.css").read_text(encoding="utf-8"), COLOURS, *widgets])


def script() -> str:
    """The pages' script, and in it those of the widgets that work without a kernel.

    A page that is opened from a folder may load no modules, so each is made a function's body.
    """
    base = (WIDGETS / "base.js").read_text(encoding="utf-8")
    renders = []
    for name in ("stage", "toggles", "quiz"):
        module = (WIDGETS / f"{name}.js").read_text(encoding="utf-8")
        body, found = re.subn(
            r"^export default \{ render \};$", "return render;", module, flags=re.M
        )
        if found != 1:
            raise ValueError(f"{name}.js should end in 'export default {{ render }};'")
        renders.append(f"const {name} = (() => {{\n{body}}})();")
    site = (STATIC / "site.js").read_text(encoding="utf-8")
    inner = "\n".join([base, *renders, site])
    return f'(() => {{\n"use strict";\n{inner}}})();\n'
