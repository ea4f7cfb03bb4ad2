"""How the answers of the attack finder show in a notebook."""

from labcore.answers import Attack, NoAttack, counted
from labcore.figures.cards import CARD, escaped
from labcore.figures.theme import ALLOWED, INK, MUTED, REFUSED
from labcore.network import OnTheNetwork
from labcore.sweep import Sweep

SPOT = "#8a5a00"
"""For what is not known."""

CELL = (
    "text-align:center;padding:2px 6px;background:#fdfdfb;border:1px solid #d3d8de;"
    "vertical-align:bottom"
)


def found_html(found: Attack) -> str:
    """The attack as a list of events; the attacker's are set apart."""
    moves = counted(len(found.moves), "move")
    title = f"✗ attack, {moves}, shortest" if found.moves else "✗ no attacker is needed"
    goal = found.scenario.goal.sentence if found.scenario.goal else ""
    rows = "".join(
        f"<li>{_emphasized(escaped(each), each in found.moves)}</li>" for each in found.plan
    )
    return _card(
        found.scenario.title, REFUSED, title, f"{found.states:,} states", rows, f"So {goal}."
    )


def none_html(found: NoAttack) -> str:
    """The bound within which there is no attack, or that the search gave up."""
    color, sign = (ALLOWED, "✓") if found.exhausted else (SPOT, "?")
    return _card(found.scenario.title, color, f"{sign} {found}", "", "", "")


def network_html(found: OnTheNetwork) -> str:
    """The steps of an attack on a handshake, or the bound without one."""
    title, *steps = str(found).splitlines()
    color = REFUSED if found else ALLOWED if found.exhausted else SPOT
    sign = "✗" if found else "✓" if found.exhausted else "?"
    rows = "".join(
        f"<li>{_emphasized(escaped(each.partition('. ')[2]), 'attacker says' in each)}</li>"
        for each in steps
    )
    return _card("On the network", color, f"{sign} {title}", "", rows, "")


def _emphasized(text: str, by_attacker: bool) -> str:
    return f"<strong>{text}</strong>" if by_attacker else text


def _card(title: str, color: str, verdict: str, aside: str, rows: str, last: str) -> str:
    listed = f'<ol style="margin:4px 0">{rows}</ol>' if rows else ""
    return (
        f'<div style="{CARD};border-left:5px solid {color}">{escaped(title)}: '
        f'<strong style="color:{color}">{escaped(verdict)}</strong> '
        f'<span style="color:{MUTED}">{escaped(aside)}</span>{listed}{escaped(last)}</div>'
    )


def sweep_html(sweep: Sweep) -> str:
    """A table: how many moves the shortest attack takes, ✓ for none, or why it is not known.

    Browsers under which all comes to the same share a column.
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    for column in sweep.columns:
        words = tuple(sweep.word(row, column) for row in sweep.scenarios)
        alike.setdefault(words, []).append(column)
    titles = (",<br>".join(map(escaped, columns)) for columns in alike.values())
    head = "".join(f'<th scope="col" style="{CELL};max-width:8em">{title}</th>' for title in titles)
    rows = ""
    for number, row in enumerate(sweep.scenarios):
        cells = "".join(_cell(words[number]) for words in alike)
        look = f"{CELL};text-align:left;white-space:nowrap"
        rows += f'<tr><th scope="row" style="{look}">{escaped(row)}</th>{cells}</tr>'
    missing = f"<div>{counted(len(sweep.missing), 'cell')} missing</div>" if sweep.missing else ""
    key = "✗ with the moves of the shortest attack, ✓ for none"
    return (
        f'<div style="{CARD};overflow-x:auto"><div style="color:{MUTED}">{key}</div>'
        f'<table style="border-collapse:collapse;color:{INK}">'
        f'<tr><th style="{CELL}"></th>{head}</tr>{rows}</table>{missing}</div>'
    )


def _cell(word: str) -> str:
    """A cell of the table, told apart by sign and word, not by colour alone."""
    if word.isdigit():
        return f'<td style="{CELL};color:{REFUSED}"><strong>✗ {word}</strong></td>'
    if word == "none":
        return f'<td style="{CELL};color:{ALLOWED}" aria-label="none">✓</td>'
    return f'<td style="{CELL};color:{MUTED};white-space:nowrap">{escaped(word)}</td>'
