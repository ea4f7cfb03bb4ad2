"""A replay that is over, as HTML that needs no style sheet and no kernel."""

from labcore.figures.cards import CARD, escaped
from labcore.figures.theme import ALLOWED, INK, MUTED, REFUSED
from labcore.live.record import Replayed, Row

CELL = (
    "text-align:left;vertical-align:top;padding:4px 8px;background:#fdfdfb;overflow-wrap:anywhere"
)
SIGNS: dict[bool | None, tuple[str, str, str]] = {
    True: ("=", ALLOWED, "as the model"),
    False: ("≠", REFUSED, "otherwise than the model"),
    None: ("", MUTED, ""),
}
"""What a row says of itself, its colour, and what that means."""


def replayed_html(replayed: Replayed) -> str:
    """Its steps as a table, the model's decision beside the browser's, and the outcome."""
    names = ("", "step", "the model", replayed.browser)
    head = "".join(f'<th scope="col" style="{CELL};color:{MUTED}">{escaped(x)}</th>' for x in names)
    rows = "".join(_row(number, each) for number, each in enumerate(replayed.rows, start=1))
    color = ALLOWED if replayed.agrees else REFUSED
    return (
        f'<div style="{CARD}"><strong>{escaped(replayed.title)}</strong> '
        f'<span style="color:{MUTED}">{escaped(replayed.policies)}</span>'
        f'<table style="width:100%;table-layout:auto;color:{INK}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
        f'<strong style="color:{color}">{escaped(replayed.in_short)}</strong></div>'
    )


def _row(number: int, row: Row) -> str:
    sign, color, means = SIGNS[row.agrees]
    mark = f'<strong style="color:{color}" title="{means}">{sign}</strong> '
    cells = (str(number), escaped(row.event), escaped(row.model), mark + escaped(row.browser))
    return "<tr>" + "".join(f'<td style="{CELL}">{each}</td>' for each in cells) + "</tr>"
