"""What a reader looks up: the glossary, the index, the bibliography, computed from the chapters.

The glossary's and the bibliography's own words are in ``data/`` beside the chapters. Where a term,
a scenario, a rule or a source occurs, and which cell shows a claim, is read from the notebooks.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from labcore.figures.marked import Marked, chapters_in, escaped
from labcore.policies import TOGGLES
from labcore.policies.toggles import label_of
from labcore.scenarios import SCENARIOS


@dataclass(frozen=True)
class Chapter:
    """A chapter as the index sees it."""

    name: str
    """Of its file."""
    number: str
    cells: tuple[Mapping[str, Any], ...]

    def cells_of(self, kind: str) -> Iterator[str]:
        """The texts of its cells of one kind, ``code`` or ``markdown``."""
        return ("".join(cell["source"]) for cell in self.cells if cell["cell_type"] == kind)

    @cached_property
    def code(self) -> str:
        """All its code."""
        return "\n".join(self.cells_of("code"))

    @cached_property
    def sources(self) -> str:
        """What it says of its sources."""
        return "\n".join(
            text for text in self.cells_of("markdown") if text.startswith("## Sources")
        )

    @property
    def link(self) -> str:
        """A link to it that shows its number."""
        return f"[{self.number}]({self.name})"


@dataclass(frozen=True)
class Term:
    """A word of the glossary, other forms of it, and what it means, in Markdown.

    One that ``is_code`` is written as code wherever it is used.
    """

    term: str
    means: str
    also: tuple[str, ...] = ()
    is_code: bool = False

    @property
    def anchor(self) -> str:
        """What a link to it ends in."""
        return self.term.replace(" ", "-")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds it in a text. A name in capitals is meant as it is written."""
        forms = "|".join(re.escape(form) for form in (self.term, *self.also))
        if self.is_code:
            return re.compile(f"`(?:{forms})`")
        flags = re.NOFLAG if self.term.isupper() else re.IGNORECASE
        return re.compile(rf"(?<![\w-])(?:{forms})s?(?![\w-])", flags)


class Use(NamedTuple):
    """A place in a text where a term stands."""

    start: int
    end: int
    term: Term


def uses(text: str, terms: Iterable[Term]) -> list[Use]:
    """Where ``terms`` stand in ``text``, in order; inside a longer term is no place of its own."""
    found = [Use(*at.span(), term) for term in terms for at in term.pattern.finditer(text)]
    found.sort(key=lambda use: (use.start, -use.end))
    kept: list[Use] = []
    for use in found:
        if not kept or use.start >= kept[-1].end:
            kept.append(use)
    return kept


NO_PROSE = re.compile(
    r"```.*?```|`[^`]*`|^#+ .*?$|\[[^\]]*\]\((?!glossary)[^)]*\)|\]\([^)]*\)|<[^>]+>",
    re.DOTALL | re.MULTILINE,
)
"""Code, headings, HTML, links to elsewhere, and the address of a link to the glossary."""


def prose(text: str, terms: Iterable[Term] = ()) -> str:
    """Markdown, with a space in place of every character that is no prose.

    Code that is one of ``terms`` stays.
    """
    code = [term.pattern for term in terms if term.is_code]

    def blank(found: re.Match[str]) -> str:
        is_term = any(pattern.fullmatch(found[0]) for pattern in code)
        return found[0] if is_term else " " * len(found[0])

    return NO_PROSE.sub(blank, text)


@dataclass(frozen=True)
class FirstUse:
    """The first use of a term after a chapter's opening: its cell's text, and where it stands."""

    chapter: Chapter
    cell: str
    text: str
    use: Use

    @property
    def linked(self) -> bool:
        """Whether it leads to the glossary."""
        target = f"](glossary.ipynb#{self.use.term.anchor})"
        return self.text[self.use.end :].startswith(target)


def first_uses(chapters: Iterable[Chapter], terms: Sequence[Term]) -> dict[Term, FirstUse]:
    """Where the book uses each term first, once it has begun to explain.

    The welcome only looks ahead, and so does a chapter's first cell, with its objectives.
    """
    first: dict[Term, FirstUse] = {}
    for chapter in chapters:
        for cell in chapter.cells[1:] if chapter.number > "00" else ():
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown" and not text.startswith("## Sources"):
                for use in uses(prose(text, terms), terms):
                    first.setdefault(use.term, FirstUse(chapter, cell["id"], text, use))
    return first


def read_chapters(folder: str | Path) -> list[Chapter]:
    """The chapters in ``folder``, in reading order."""
    return [
        Chapter(
            path.name, path.name[:2], tuple(json.loads(path.read_text(encoding="utf-8"))["cells"])
        )
        for path in chapters_in(folder)
    ]


def glossary_terms(folder: str | Path = ".") -> list[Term]:
    """The terms of the glossary beside the chapters in ``folder``, in alphabetical order."""
    rows = _data(folder, "glossary")
    terms = [Term(**{**each, "also": tuple(each.get("also", ()))}) for each in rows]
    return sorted(terms, key=lambda each: each.term.casefold())


def glossary(folder: str | Path = ".") -> Marked:
    """Every term with its meaning, and the chapter that uses it first."""
    parts = []
    letter = ""
    terms = glossary_terms(folder)
    first = first_uses(read_chapters(folder), terms)
    for term in terms:
        if term.term[0].upper() != letter:
            letter = term.term[0].upper()
            parts.append(f"## {letter}")
        where = f" *First in chapter {first[term].chapter.link}.*" if term in first else ""
        parts.append(f"### {term.term}\n\n{term.means}{where}")
    plain = "\n".join(f"{term.term}: {term.means}" for term in terms)
    return Marked("\n\n".join(parts), plain)


def claims(folder: str | Path = ".") -> Marked:
    """Every claim that a cell shows: the sections in which it is shown, with links to the cells."""
    says = {each["id"]: each["says"] for each in _data(folder, "claims")}
    places: dict[str, dict[tuple[str, str], str]] = {}
    for chapter in read_chapters(folder):
        section = ""
        for cell in chapter.cells:
            if cell["cell_type"] == "markdown":
                headings = re.findall(r"^##? (.*)$", "".join(cell["source"]), re.MULTILINE)
                section = headings[-1] if headings else section
            for tag in cell["metadata"].get("tags", []):
                if tag.startswith("claim-"):
                    link = f"{chapter.name}#cell-id={cell['id']}"
                    where = places.setdefault(tag.removeprefix("claim-"), {})
                    where.setdefault((chapter.number, section), link)
    lines = [
        (
            name,
            says.get(name, ""),
            [f"[{number} {title}]({link})" for (number, title), link in found.items()],
        )
        for name, found in sorted(places.items())
    ]
    return Marked(
        "\n".join(f"- **{name}** {said} {'; '.join(links)}" for name, said, links in lines),
        "\n".join(f"{name} {said}" for name, said, _ in lines),
    )


def scenarios(folder: str | Path = ".") -> Marked:
    """Every scenario: what happens in it, and the chapters whose code names it."""
    read = read_chapters(folder)
    rows = [
        (name, each.title, each.story, _named(read, name))
        for name, each in sorted(SCENARIOS.items())
    ]
    return Marked(
        "\n".join(
            f"- **{escaped(title)}** `{name}`. {escaped(story)}{_in(where)}"
            for name, title, story, where in rows
        ),
        "\n".join(f"{name}: {title}" for name, title, _, _ in rows),
    )


def policies(folder: str | Path = ".") -> Marked:
    """Every toggle with its values: what each is, and the chapters whose code names it."""
    read = read_chapters(folder)
    parts, lines = [], []
    for toggle, values in TOGGLES.items():
        asking = [each for each in read if re.search(rf"\b{toggle}\b", each.code)]
        parts.append(f"### {toggle.replace('_', ' ')}\n\n`{toggle}`{_in(asking)}\n")
        for value, function in values.items():
            said = (
                (function.__doc__ or "").strip().partition("\n")[0].replace("``", "`")
                if function
                else ""
            )
            where = [] if isinstance(value, bool) else _named(asking, value)
            parts.append(f"- **{escaped(label_of(value))}** {said}{_in(where)}")
            lines.append(f"{toggle}: {label_of(value)}")
        parts.append("")
    return Marked("\n".join(parts), "\n".join(lines))


def bibliography(folder: str | Path = ".") -> Marked:
    """Every source, by its first author's surname, and the chapters that name it."""
    read = read_chapters(folder)
    rows = _data(folder, "bibliography")
    parts = []
    for each in rows:
        names = [each["title"], *each.get("also", [])]
        where = [chapter for chapter in read if any(name in chapter.sources for name in names)]
        parts.append(f"- {each['by']}: *{each['title']}*. {each['in']}.{_in(where)}")
    return Marked("\n".join(parts), "\n".join(f"{each['by']}: {each['title']}" for each in rows))


def _data(folder: str | Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        (Path(folder) / "data" / f"{name}.json").read_text(encoding="utf-8")
    )
    return found


def _named(read: Iterable[Chapter], name: str) -> list[Chapter]:
    """The chapters whose code has ``name`` as a text."""
    return [each for each in read if f'"{name}"' in each.code]


def _in(where: Iterable[Chapter]) -> str:
    """The chapters, as links."""
    links = ", ".join(each.link for each in where)
    return f" *Chapters {links}*" if "," in links else f" *Chapter {links}*" if links else ""
