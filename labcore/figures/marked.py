"""Words for a notebook that code makes: quoted sources, computed tables, the chapters."""

import inspect
import json
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

YES, NO = "✓ yes", "✗ no"

MARKS = frozenset("&<>\\`*_{}[]|$~:.")
"""Characters that mean something to Markdown or HTML, or make a link of a URL."""


@dataclass(frozen=True)
class Marked:
    """Text in Markdown, which a notebook renders, and the same as plain text."""

    markdown: str
    plain: str

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.plain


def show_source(*definitions: Callable[..., object] | type) -> Marked:
    """The source of functions or classes, in the order given: what is quoted is what runs.

    Raises `TypeError` for what has no Python source.
    """
    for each in definitions:
        if not (inspect.isfunction(each) or inspect.isclass(each)):
            raise TypeError(f"only functions and classes have a source to show, not {each!r}")
    texts = (textwrap.dedent(inspect.getsource(each)).rstrip() for each in definitions)
    code = "\n\n\n".join(texts)
    return Marked(f"```python\n{code}\n```", code)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Marked:
    """A table of ``rows``; truth values become a sign and a word, so that it reads without colour.

    Raises `ValueError` for a row that is longer or shorter than the header.
    """
    lines = [tuple(header), *(tuple(_text(cell) for cell in row) for row in rows)]
    for line in lines:
        if len(line) != len(header):
            raise ValueError(f"the row {line} has {len(line)} cells, the header {len(header)}")
    marked = [tuple(map(escaped, line)) for line in lines]
    marked.insert(1, tuple("---" for _ in header))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return Marked(
        "\n".join("| " + " | ".join(line) + " |" for line in marked),
        "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines),
    )


def chapters(folder: str | Path = ".") -> Marked:
    """The chapters in ``folder``, in reading order, each with its title, a link and its promise.

    A chapter is a notebook whose name begins with two digits and an underscore. It opens with its
    title as a heading, and its promise in italics under it.
    """
    rows = [(path.name, *_title_and_promise(path)) for path in chapters_in(folder)]
    return Marked(
        "\n".join(f"- **[{title}]({name})**: {promise}" for name, title, promise in rows),
        "\n".join(f"{title}: {promise}" for _, title, promise in rows),
    )


def chapters_in(folder: str | Path) -> list[Path]:
    """The notebooks in ``folder`` that are chapters, in reading order."""
    return sorted(Path(folder).glob("[0-9][0-9]_*.ipynb"))


def _title_and_promise(path: Path) -> tuple[str, str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lines = [line.strip() for line in "".join(cells[0]["source"]).splitlines() if line.strip()]
    return lines[0].removeprefix("# "), lines[1].strip("*")


def escaped(text: str) -> str:
    """``text`` on one line, with nothing left that Markdown or HTML would take as its own."""
    text = "".join(f"&#{ord(each)};" if each in MARKS else each for each in text)
    return " ".join(text.split())


def _text(cell: object) -> str:
    if cell is True or cell is False:
        return YES if cell else NO
    return str(cell)
