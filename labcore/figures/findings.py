"""How the answers of the attack finder show in a notebook."""

from labcore.answers import Attack, NoAttack, counted
from labcore.figures.cards import CARD, escaped
from labcore.figures.theme import ALLOWED, INK, MUTED, REFUSED
from labcore.network import OnTheNetwork
from labcore.sweep import Sweep

SPOT = "#8a5a00"
"""For what is not known."""

CELL = "text-align:center;padding:2px 10px;background:#fdfdfb;border:1px solid #d3d8de"


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
    """A table: how many moves the shortest attack takes, ✓ for none, or why it is not known."""
    head = "".join(f'<th scope="col" style="{CELL}">{escaped(x)}</th>' for x in sweep.columns)
    rows = ""
    for row in sweep.scenarios:
        cells = "".join(_cell(sweep.word(row, column)) for column in sweep.columns)
        rows += (
            f'<tr><th scope="row" style="{CELL};text-align:left">{escaped(row)}</th>{cells}</tr>'
        )
    missing = f"<div>{counted(len(sweep.missing), 'cell')} missing</div>" if sweep.missing else ""
    return (
        f'<div style="{CARD};overflow-x:auto"><table style="border-collapse:collapse;color:{INK}">'
        f'<tr><th style="{CELL}">moves of the shortest attack</th>{head}</tr>{rows}</table>'
        f"{missing}</div>"
    )


def _cell(word: str) -> str:
    if word.isdigit():
        return f'<td style="{CELL};color:{REFUSED}"><strong>✗ {word}</strong></td>'
    if word == "none":
        return f'<td style="{CELL};color:{ALLOWED}">✓ none</td>'
    return f'<td style="{CELL};color:{MUTED}">{escaped(word)}</td>'
