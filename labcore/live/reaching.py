"""How a script gets hold of another window.

A script can only act on a window that it has a reference to. Inside its own window it walks from
``top`` down through the numbered frames. Another window it gets from its ``opener``, from a message
whose ``source`` is there, or from a frame of its own origin that has it.
"""

import itertools
from typing import Any

from labcore.browser import Browser

Way = list[Any]
"""The steps from a script's own window: ``["top", 0, 1]``, or ``[{"kept": "popup"}, 0]``."""


def ways(browser: Browser) -> dict[tuple[str, str], tuple[str, str]]:
    """For each (frame, top of a window) that can be: by which means, and with whose help.

    Its ``own``; the ``opener`` of a window that it has; the source of a ``message``; or ``shared``
    by a frame of its origin.
    """
    actors = [each for each in browser.labels if browser.document(each).scripts_run]
    root, found = browser.root, {(each, browser.root(each)): ("own", each) for each in actors}
    size = 0
    while size < len(found):
        size = len(found)
        for actor, other in itertools.product(actors, actors):
            if (other, root(actor)) in found:
                found.setdefault((actor, root(other)), ("message", other))
            if (actor, root(other)) not in found:
                continue
            if opener := browser.frame(root(other)).opener:
                found.setdefault((actor, root(opener)), ("opener", root(other)))
            if browser.origin(actor) == browser.origin(other):
                for top in (each for each in browser.windows if (other, each) in found):
                    found.setdefault((actor, top), ("shared", other))
    return found


def down(browser: Browser, label: str) -> list[int]:
    """The numbers of the frames from the top of the window down to ``label``."""
    chain = [label, *browser.ancestors(label)]
    rows = [browser.children(above).index(of) for of, above in itertools.pairwise(chain)]
    return rows[::-1]
