"""`Widget`: what everything to click has in common.

A widget's script is ``static/base.js`` followed by its own: the front end loads a script as one
text without an address, so it cannot import by a relative path. All share one style sheet, whose
colours for what is allowed, refused and the attacker's are those of the pictures.
"""

from pathlib import Path

import anywidget

from labcore.figures import theme

STATIC = Path(__file__).with_name("static")

COLOURS = (
    f".labcore {{ --allowed: {theme.ALLOWED}; --refused: {theme.REFUSED}; "
    f"--attacker: {theme.ATTACKER}; }}\n"
)


def script(name: str) -> str:
    """The script of the widget ``name``."""
    return script_of((STATIC / f"{name}.js").read_text(encoding="utf-8"))


def script_of(own: str) -> str:
    """A widget's ``own`` script with what all begin with."""
    return "\n".join([(STATIC / "base.js").read_text(encoding="utf-8"), own])


class Widget(anywidget.AnyWidget):
    """A widget whose state is plain traits, which its script shows even without a kernel."""

    _css = COLOURS + (STATIC / "widgets.css").read_text(encoding="utf-8")

    def __repr__(self) -> str:
        return f"A {type(self).__name__.lower()}: run this notebook to use it."
