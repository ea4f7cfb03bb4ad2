"""A notebook as the HTML of a page's main part, and the files that it needs beside it.

Ids are those that JupyterLab gives: a heading's text with dashes, and ``cell-id=…`` of a cell. So a
link into a notebook is right on the site as well, once it ends in .html.
"""

import base64
import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import mistune
import nbformat
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from labcore.figures.reference import Term, uses
from labcore.site.recording import Recording

Files = dict[str, str]
"""The texts of files, by their paths in the site."""

PICTURES = "pictures"
WIDTH_LIMIT_PX = 560
"""A picture that is wider is not made narrower than that: on a phone it scrolls."""

ANSI = re.compile(r"\x1b\[[0-9;]*m")
DATA_URI = re.compile(r'<img ([^>]*?)src="data:image/svg\+xml;base64,([^"]+)"([^>]*)>')
HREF = re.compile(r'href="([^":#]+)"')
SIZE_PT = re.compile(r'<svg[^>]*? width="([\d.]+)pt" height="([\d.]+)pt"')
NOTEBOOK = re.compile(r"^(?![a-z]+:)([^#?]*)\.ipynb(?=$|#)")

NEEDS = {
    "builder": "The builder of browsers computes every picture anew.",
    "console": "The console asks the model about every request that you write.",
    "principals": "This widget runs the model at every click.",
    "replay": "A replay runs on your machine, in your own browser.",
    "grade": "An answer to this exercise is checked on every small browser.",
    "progress": "What you have reached is counted where you answer and write code.",
}
"""Why something to click needs a kernel, by its name in `labcore.site.saved`."""


@dataclass
class Page:
    """A page of the site, at ``path``; what ``notebook`` shows there, and the files it needs."""

    path: str
    title: str
    promise: str = ""
    main: str = ""
    sections: list[tuple[str, str]] = field(default_factory=list)
    """The headings of second order: id and text."""
    files: Files = field(default_factory=dict)
    widgets: dict[str, Any] = field(default_factory=dict)
    """What the page's script shows, by the ids of the places for it."""

    @property
    def up(self) -> str:
        """The way from the page to the site's root."""
        return "../" * (len(PurePosixPath(self.path).parts) - 1)


def page_of(
    notebook: nbformat.NotebookNode,
    source: str,
    recording: Recording | None = None,
    terms: Iterable[Term] = (),
) -> Page:
    """The page of a notebook whose path in the book is ``source``."""
    page = Page(str(PurePosixPath(source).with_suffix(".html")), "")
    writer = Writer(page, source, recording or {}, list(terms))
    page.main = "\n".join(map(writer.cell, notebook.cells))
    return page


class Writer:
    """Writes the cells of one notebook, in their order."""

    def __init__(self, page: Page, source: str, recording: Recording, terms: list[Term]) -> None:
        self.page = page
        self.source = source
        self.recording = recording
        self.terms, self.wanted = terms, set(terms)
        self.markdown = mistune.create_markdown(
            renderer=Prose(page), plugins=["table", "strikethrough"]
        )

    # --- cells ---

    def cell(self, cell: nbformat.NotebookNode) -> str:
        """A cell as HTML, in a place that links can name."""
        text = "".join(cell.source)
        kind = "prose" if cell.cell_type == "markdown" else "run"
        inner = self.prose(text) if kind == "prose" else self.code(cell, text)
        return f'<div class="cell {kind}" id="cell-id={cell.id}">{inner}</div>' if inner else ""

    def prose(self, text: str) -> str:
        """Markdown, with the first use of each term linked to the glossary."""
        written = scrolling(str(self.markdown(text)))
        if text.startswith("## Sources") or not self.terms:
            return written
        return linked(written, self.terms, self.wanted, f"{self.page.up}glossary.html")

    def code(self, cell: nbformat.NotebookNode, text: str) -> str:
        """The code, folded if it is so in the notebook, and what came of it."""
        if not text.strip():
            return ""
        source = coloured(text, "python")
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            tags = cell.metadata.get("tags", [])
            name = "A check of the text above" if "hidden-check" in tags else "Code"
            source = f'<details class="folded"><summary>{name}</summary>{source}</details>'
        saved = self.recording.get(str(cell.execution_count))
        shown = "".join(self.output(each, saved) for each in cell.outputs)
        return source + (f'<div class="output">{shown}</div>' if shown else "")

    # --- outputs ---

    def output(self, output: nbformat.NotebookNode, saved: Mapping[str, Any] | None) -> str:
        """What a cell showed; in place of a widget, the place where the page's script shows it."""
        if output.output_type == "stream":
            return preformatted(output.text)
        if output.output_type == "error":
            return preformatted("\n".join(output.traceback), "error")
        data = {kind: "".join(text) for kind, text in output.get("data", {}).items()}
        if saved and saved["kind"] in ("stepper", "quiz"):
            return self.widget(saved, data)
        needs = f'<p class="needs">{self.needs(saved["name"])}</p>' if saved else ""
        if saved and saved["kind"] == "live":
            return needs
        if "text/html" in data:
            return needs + scrolling(self.with_links(self.with_pictures(data["text/html"])))
        if "text/markdown" in data:
            return needs + scrolling(str(self.markdown(data["text/markdown"])))
        return needs + preformatted(data.get("text/plain", ""))

    def needs(self, name: str) -> str:
        """That something needs a kernel, and where to find one."""
        return (
            f"{NEEDS[name]} That needs a running kernel: open <code>notebooks/{self.source}</code> "
            f"in JupyterLab (<code>make lab</code>) or on Binder."
        )

    def widget(self, saved: Mapping[str, Any], data: Mapping[str, str]) -> str:
        """A place for a widget. Without scripts, what the notebook shows without them."""
        name = f"widget-{len(self.page.widgets) + 1}"
        kept = dict(saved)
        if "pictures" in kept:
            kept["pictures"] = [self.picture(svg) for svg in kept["pictures"]]
        self.page.widgets[name] = kept
        still = data.get("text/html") or "<p>To step through it, let this page run scripts.</p>"
        return f'<div class="widget" id="{name}"><noscript>{still}</noscript></div>'

    def with_links(self, shown: str) -> str:
        """HTML of the model's, whose links start from the folder of the chapters."""
        return HREF.sub(lambda found: f'href="{self.page.up}{to_page(found[1])}"', shown)

    def with_pictures(self, shown: str) -> str:
        """HTML with its pictures in files of their own, which say how large they are."""

        def image(found: re.Match[str]) -> str:
            svg = base64.b64decode(found[2]).decode()
            size = SIZE_PT.search(svg)
            wide, high = (round(float(each) * 4 / 3) for each in size.groups()) if size else (0, 0)
            least = min(wide, WIDTH_LIMIT_PX)
            about = f'width="{wide}" height="{high}" loading="lazy" class="picture"'
            rest = f"{found[1]}{found[3]}".replace('style="', f'style="--least:{least}px;')
            return f'<img {rest} {about} src="{self.page.up}{self.picture(svg)}">'

        return DATA_URI.sub(image, shown)

    def picture(self, svg: str) -> str:
        """The path of the file that holds a picture."""
        path = f"{PICTURES}/{blake2b(svg.encode(), digest_size=8).hexdigest()}.svg"
        self.page.files[path] = svg
        return path


class Prose(mistune.HTMLRenderer):
    """Markdown as HTML: with ids, coloured code, and links to pages instead of notebooks."""

    def __init__(self, page: Page) -> None:
        super().__init__(escape=False)
        self.page = page

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """A heading that links can name; the first is the page's title."""
        words = html.unescape(re.sub("<[^>]+>", "", text))
        name = words.replace(" ", "-")
        if level == 1 and not self.page.title:
            self.page.title = words
        if level == 2:
            self.page.sections.append((name, text))
        return f'<h{level} id="{html.escape(name)}">{text}</h{level}>\n'

    def block_code(self, code: str, info: str | None = None) -> str:
        """Code in its language's colours."""
        return coloured(code, (info or "").split(" ")[0])

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """A link; to a page where the book has a notebook."""
        return super().link(text, to_page(url), title)

    def paragraph(self, text: str) -> str:
        """A paragraph; the first in italics alone is the chapter's promise."""
        whole = re.fullmatch(r"<em>(.*)</em>", text, re.DOTALL)
        if whole and self.page.title and not self.page.promise and not self.page.sections:
            self.page.promise = whole[1]
            return f'<p class="promise">{whole[1]}</p>\n'
        return f"<p>{text}</p>\n"


def to_page(url: str) -> str:
    """``url``, with .html for .ipynb if it is a place in the book."""
    return NOTEBOOK.sub(r"\1.html", url)


def coloured(code: str, language: str) -> str:
    """Code as HTML with a class for each kind of word."""
    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    inner = highlight(code.strip("\n"), lexer, HtmlFormatter(nowrap=True)).rstrip("\n")
    return f'<pre class="code"><code>{inner}</code></pre>\n'


def preformatted(text: str, kind: str = "plain") -> str:
    """Text as it was printed."""
    return f'<pre class="{kind}">{html.escape(ANSI.sub("", text).rstrip())}</pre>'


def scrolling(shown: str) -> str:
    """HTML in which a table that is too wide scrolls by itself."""
    return re.sub(r"(<table.*?</table>)", r'<div class="wide">\1</div>', shown, flags=re.DOTALL)


# --- the glossary's terms ---

UNLINKED = ("a", "code", "pre", "summary", "th", "h1", "h2", "h3", "h4", "h5", "h6")


def linked(written: str, terms: list[Term], wanted: set[Term], glossary: str) -> str:
    """HTML with a link where one of ``terms`` stands for the first time.

    Only those that are still ``wanted`` are linked, and then no longer: so is one to which the
    text links itself.
    """
    own = re.findall(rf'href="{re.escape(glossary)}#([^"]+)"', written)
    wanted -= {term for term in terms if term.anchor in map(unquote, map(html.unescape, own))}
    parts, inside = [], 0
    for part in re.split(r"(<[^>]+>)", written):
        if tag := re.match(r"<(/?)(\w+)", part):
            inside += (-1 if tag[1] else 1) if tag[2] in UNLINKED else 0
        elif not inside:
            part = _linked(part, terms, wanted, glossary)
        parts.append(part)
    return "".join(parts)


def _linked(text: str, terms: list[Term], wanted: set[Term], glossary: str) -> str:
    parts, done = [], 0
    for start, end, term in uses(text, terms):
        if term in wanted:
            wanted.remove(term)
            link = f'<a class="term" href="{glossary}#{term.anchor}">{text[start:end]}</a>'
            parts += [text[done:start], link]
            done = end
    return "".join([*parts, text[done:]])
