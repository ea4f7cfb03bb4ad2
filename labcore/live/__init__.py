"""The same scenario in the reader's own browser.

``replay("gadget-hijacking")`` serves the scenario's pages on this machine, does there what happens
in the model, and shows beside each step what the browser did. ``recording("gadget-hijacking")`` is
what the book's own tests have seen.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from labcore.actions import Event
from labcore.answers import Attack
from labcore.errors import not_in_a_page
from labcore.live.addresses import NotReplayable
from labcore.live.possible import why_not
from labcore.live.record import Replayed, recording
from labcore.policies import Policies
from labcore.scenarios import Scenario

if TYPE_CHECKING:
    from labcore.live.playing import Replay


def replay(
    scenario: Scenario | Attack | str,
    plan: Iterable[Event] | Attack | None = None,
    policies: Policies | str | None = None,
    *,
    pages: Policies | None = None,
    pace_s: float = 0.5,
) -> "Replay":
    """A scenario for real: a link to start it, and each step in the model and in the browser.

    Parameters
    ----------
    scenario
        A `Scenario`, the name of one in `SCENARIOS`, or an `Attack` that was found.
    plan
        The attacker's moves: the scenario's own if not given.
    policies
        The rules of the model. If not given, the preset of whatever browser opens the link.
    pages
        What the pages and servers choose where ``policies`` is not given: `CARELESS`, say.
    pace_s
        How long each step stays before the next, in seconds.

    The pages are served on loopback only, until the replay is over, another one begins, the kernel
    ends, or five minutes have passed. Raises `NotReplayable`, which says why no browser of today
    can do it, `UnknownName`, `WrongType` and `WrongValue`.
    """
    not_in_a_page("a replay", "a page cannot serve other pages; recording(…) shows what was seen")
    from labcore.live.playing import begin  # only here: no server can be imported in a page

    return begin(scenario, plan, policies, pages, pace_s)


def stop() -> None:
    """End the replay that waits or runs, if one does."""
    from labcore.live.playing import stop

    stop()


__all__ = ["NotReplayable", "Replayed", "recording", "replay", "stop", "why_not"]
