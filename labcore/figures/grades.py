"""How a grade and a chapter's progress show in a notebook.

A wrong function is answered with two pictures of one browser: what it said there, and
what it should have said. All that comes from the reader is escaped.
"""

from typing import Any

from labcore.actions import Navigate, Script
from labcore.exercises import Case, Grade, Progress
from labcore.figures.cards import CARD, escaped
from labcore.figures.pictures import Draw, best_size, picture
from labcore.figures.screen import draw_screen
from labcore.figures.sequence import draw_sequence
from labcore.figures.theme import ALLOWED, INK, LONGEST, MUTED, REFUSED
from labcore.figures.tree import draw_tree

SPOT = "#8a5a00"
"""For what is still to do."""

MONO = "font-family:monospace;white-space:pre-wrap;overflow-wrap:anywhere"
CELL = f"text-align:left;padding:1px 14px 1px 0;color:{INK};background:#fdfdfb"


def grade_html(grade: Grade) -> str:
    """The verdict, the counterexample with both answers, and what helps."""
    color = ALLOWED if grade else SPOT if grade.unfinished else REFUSED
    sign = "✓" if grade else "…" if grade.unfinished else "✗"
    name = escaped(grade.exercise.name)
    parts = [
        f'<strong style="color:{color}">{sign} {grade.verdict}</strong> '
        f'<span style="color:{MUTED}">exercise {name}</span>'
        f"<div>{escaped(grade.headline, 3 * LONGEST)}</div>"
    ]
    if grade.shown is not None:
        parts.append(case_html(grade, grade.shown))
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
    """The question, and each answer with its reason, and with its picture where it has one."""
    draw: Draw = draw_screen if grade.exercise.on_screen else draw_tree
    browser, attempt = case.browser, case.attempt
    answers = []
    for who, value, why in grade.answers:
        color = ALLOWED if value == case.expected else REFUSED
        said = f'<strong style="color:{color}">{escaped(case.said(value))}</strong>'
        because = f", because {escaped(why)}" if why else ""
        answers.append(f'<div style="margin-bottom:4px">{who}: {said}{because}</div>')
        if isinstance(attempt, Navigate | Script):
            marks: Any = {"actor": attempt.actor, "target": attempt.target, "allowed": value}
            answers[-1] += picture(draw, browser, **marks).html
    if isinstance(attempt, Navigate | Script):
        look = f"flex:1 1 {round(best_size(draw, browser)[0] * 60)}px;min-width:0"
        row = "display:flex;flex-wrap:wrap;align-items:flex-end;gap:8px 16px"
        columns = "".join(f'<div style="{look}">{each}</div>' for each in answers)
        shown = f'<div style="{row}">{columns}</div>'
    else:
        shown = "".join(answers) + (picture(draw, browser).html if browser else "")
    asked = f"<div><em>Asked:</em> {escaped(case.question)}</div>"
    trace = case.trace()
    facts = picture(draw_sequence, trace).html if trace else facts_html(case)
    return f'<div style="margin-top:6px">{asked}{facts}{shown}</div>'


def facts_html(case: Case) -> str:
    """What else there is to know about the question, as a table."""
    head, *body = [[escaped(cell) for cell in row] for row in case.facts()] or [[]]
    lines = [cells("th", head), *(cells("td", row) for row in body)]
    return f'<table style="margin:4px 0">{"".join(lines)}</table>' if head else ""


def cells(tag: str, row: list[str]) -> str:
    """A row of a table."""
    inner = "".join(f'<{tag} style="{CELL}">{cell}</{tag}>' for cell in row)
    return f"<tr>{inner}</tr>"


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
    color = ALLOWED if all(each.met for each in progress.objectives) else SPOT
    return sheet(color, f"<strong>{progress.headline}</strong><table>{rows}</table>")
