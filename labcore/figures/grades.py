"""How a grade and a chapter's progress show in a notebook.

A wrong function is answered with two pictures of one browser: what it said there, and
what it should have said. All that comes from the reader is escaped.
"""

from typing import Any

from labcore.actions import Navigate, Script
from labcore.exercises import Case, Grade, Progress
from labcore.exercises.grading import plain
from labcore.figures.cards import CARD, escaped
from labcore.figures.pictures import picture
from labcore.figures.screen import draw_screen, screen_size
from labcore.figures.theme import ALLOWED, MUTED, REFUSED
from labcore.figures.tree import draw_tree, tree_size

SPOT = "#8a5a00"
"""For what is still to do."""

MONO = "font-family:monospace;white-space:pre-wrap;overflow-wrap:anywhere"
CELL = "text-align:left;padding:1px 14px 1px 0;color:inherit;background:#fdfdfb"


def grade_html(grade: Grade) -> str:
    """The verdict, the counterexample with both answers, and what helps."""
    color = ALLOWED if grade else SPOT if grade.unfinished else REFUSED
    sign = "✓" if grade else "…" if grade.unfinished else "✗"
    name = escaped(grade.exercise.name)
    parts = [
        f'<strong style="color:{color}">{sign} {grade.verdict}</strong> '
        f'<span style="color:{MUTED}">exercise {name}</span>'
        f"<div>{escaped(grade.headline)}</div>"
    ]
    if grade.counterexample is not None and not grade.unfinished:
        parts += [case_html(grade, grade.counterexample)]
    if grade.hint:
        parts.append(note("Hint", escaped(grade.hint)))
    if grade.solution:
        link = f'<a href="{grade.solution}">{grade.solution}</a>'
        parts.append(note("Solution", f"one is in {link}"))
    if printed := str(grade.printed):
        lines = "<br>".join(map(escaped, printed.splitlines()))
        parts.append(note("It printed", f'<div style="{MONO}">{lines}</div>'))
    return sheet(color, "".join(parts))


def sheet(color: str, inner: str) -> str:
    """A card with a coloured edge."""
    return f'<div style="{CARD};border-left:5px solid {color}">{inner}</div>'


def note(title: str, inner: str) -> str:
    """Something that helps, below the rest."""
    look = "margin-top:8px;padding:6px 10px;border-radius:6px;background:#f1f4f7"
    return f'<div style="{look}"><strong>{title}:</strong> {inner}</div>'


def case_html(grade: Grade, case: Case) -> str:
    """The question, and each answer with its picture and its reason."""
    said = [] if grade.yours is None else [plain(grade.yours)]
    pairs = list(zip(grade.answers, [*said, case.expected], strict=False))
    answers = [answer_html(*words, each == case.expected) for words, each in pairs]
    if isinstance(case.attempt, Navigate | Script):
        look = f"flex:1 1 {room(grade, case)}px;min-width:0"
        pictures = (drawn(grade, case, each) for _, each in pairs)
        both = zip(answers, pictures, strict=True)
        columns = "".join(f'<div style="{look}">{"".join(each)}</div>' for each in both)
        row = "display:flex;flex-wrap:wrap;align-items:flex-end;gap:8px 16px"
        shown = f'<div style="{row}">{columns}</div>'
    else:
        shown = "".join(answers) + drawn(grade, case, None)
    asked = f"<div><em>Asked:</em> {escaped(case.question)}</div>"
    return f'<div style="margin-top:6px">{asked}{facts_html(case)}{shown}</div>'


def facts_html(case: Case) -> str:
    """What else there is to know about the question, as a table."""
    rows = list(case.facts())
    tags = ["th", *["td"] * len(rows)]
    lines = (
        "".join(f'<{tag} style="{CELL}">{escaped(cell)}</{tag}>' for cell in row)
        for tag, row in zip(tags, rows, strict=False)
    )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table style="margin:4px 0">{body}</table>' if rows else ""


def answer_html(who: str, what: str, why: str, right: bool) -> str:
    """One answer in words."""
    color = ALLOWED if right else REFUSED
    because = f", because {escaped(why)}" if why else ""
    answer = f'<strong style="color:{color}">{escaped(what)}</strong>'
    return f'<div style="margin-bottom:4px">{who}: {answer}{because}</div>'


def drawn(grade: Grade, case: Case, decision: bool | str | None) -> str:
    """The browser, with the attempt as it was decided."""
    if case.browser is None:
        return ""
    marks: dict[str, Any] = {}
    if isinstance(case.attempt, Navigate | Script):
        marks = {"actor": case.attempt.actor, "target": case.attempt.target}
        marks["allowed"] = decision
    draw = draw_screen if grade.exercise.on_screen else draw_tree
    return picture(draw, case.browser, **marks).html


def room(grade: Grade, case: Case) -> int:
    """How many pixels wide a picture should be: two may not fit side by side."""
    size = screen_size if grade.exercise.on_screen else tree_size
    return 0 if case.browser is None else round(size(case.browser)[0] * 60)


def progress_html(progress: Progress) -> str:
    """A line an objective, with a tick where it is met."""
    rows = ""
    for each in progress.objectives:
        color, sign, by = (ALLOWED, "✓", each.by)
        if not each.met:
            color, sign, by = (SPOT, "○", f"open: {each.by}")
        rows += (
            f'<tr><td style="{CELL};color:{color}"><strong>{sign}</strong></td>'
            f'<td style="{CELL}">{each.number}. {escaped(each.words)}</td>'
            f'<td style="{CELL};color:{MUTED}">{escaped(by)}</td></tr>'
        )
    met, count = sum(each.met for each in progress.objectives), len(progress.objectives)
    title = f"<strong>{met} of {count} objectives met</strong>"
    return sheet(ALLOWED if met == count else SPOT, f"{title}<table>{rows}</table>")
