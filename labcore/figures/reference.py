"""What a reader looks up: the glossary, the index, the bibliography, computed from the chapters.

The glossary's and the bibliography's own words are in ``data/`` beside the chapters. Where a term,
a scenario, a rule or a source occurs, and which cell shows a claim, is read from the notebooks.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

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
    """A word of the glossary, other forms of it, and what it means, in Markdown."""

    term: str
    means: str
    also: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """What a link to it ends in."""
        return self.term.replace(" ", "-")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds it in a text. A name in capitals is meant as it is written."""
        forms = "|".join(re.escape(form) for form in (self.term, *self.also))
        flags = re.NOFLAG if self.term.isupper() else re.IGNORECASE
        return re.compile(rf"(?<![\w-])(?:{forms})s?(?![\w-])", flags)


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
    terms = [Term(each["term"], each["means"], tuple(each.get("also", ()))) for each in rows]
    return sorted(terms, key=lambda each: each.term.casefold())


def glossary(folder: str | Path = ".") -> Marked:
    """Every term with its meaning, and the chapter that uses it first."""
    read = read_chapters(folder)
    parts = []
    letter = ""
    for term in glossary_terms(folder):
        if term.term[0].upper() != letter:
            letter = term.term[0].upper()
            parts.append(f"## {letter}")
        first = next((each for each in read if _uses(each, term)), None)
        where = f" *First in chapter {first.link}.*" if first else ""
        parts.append(f"### {term.term}\n\n{term.means}{where}")
    plain = "\n".join(f"{term.term}: {term.means}" for term in glossary_terms(folder))
    return Marked("\n\n".join(parts), plain)


def _uses(chapter: Chapter, term: Term) -> bool:
    return any(term.pattern.search(text) for text in chapter.cells_of("markdown"))


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
