"""Pictures: browsers, worlds, matrices and traces, drawn, and told in words.

`draw_tree`, `draw_screen`, `draw_matrix`, `draw_sequence` and `draw_principals` draw on
matplotlib's axes. `picture` makes of any of them an image with alternative text; `step_picture` is
the picture of one step of a trace.
"""

from labcore.figures.marked import Marked, chapters, show_source, table
from labcore.figures.matrix import draw_matrix
from labcore.figures.pictures import (
    Picture,
    picture,
    picture_row,
    step_picture,
    step_pictures,
    step_size,
    steps_of,
)
from labcore.figures.principals import draw_principals
from labcore.figures.reference import bibliography, claims, glossary, policies, scenarios
from labcore.figures.screen import draw_screen
from labcore.figures.sequence import draw_sequence
from labcore.figures.space import draw_space
from labcore.figures.tree import draw_tree
from labcore.figures.words import describe, describe_event, describe_step

__all__ = [
    "Marked",
    "Picture",
    "bibliography",
    "chapters",
    "claims",
    "describe",
    "describe_event",
    "describe_step",
    "draw_matrix",
    "draw_principals",
    "draw_screen",
    "draw_sequence",
    "draw_space",
    "draw_tree",
    "glossary",
    "picture",
    "picture_row",
    "policies",
    "scenarios",
    "show_source",
    "step_picture",
    "step_pictures",
    "step_size",
    "steps_of",
    "table",
]
