"""HTML for notebooks: a card that looks the same on a dark page, and text that stays text."""

import html

from labcore.figures.theme import LONGEST, clean

CARD = (
    "background:#fdfdfb;color:#1b2530;border:1px solid #d3d8de;border-radius:8px;padding:8px 12px"
)
"""Light, opaque and with a border of its own: the same in a dark notebook."""


def escaped(text: object, longest: int = LONGEST) -> str:
    """``text``, which may come from a page or a reader, as it may stand in HTML."""
    return html.escape(clean(str(text), longest))
