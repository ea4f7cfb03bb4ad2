"""The world: a browser, and what the browser alone does not show.

Which frames a server's page brings along, which navigations are under way, what the user has typed
where, and what the attacker has learnt. Like the browser it is a value; `labcore.step` makes the
next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from labcore.browser import Box, Browser
from labcore.origin import Origin, same_origin


@dataclass(frozen=True, slots=True)
class Navigation:
    """A navigation that has begun and not yet committed, and the frame that asked for it."""

    target: str
    url: str
    initiator: str


@dataclass(frozen=True)
class World:
    """One instant of a scenario.

    ``pages`` are pages that servers answer with, frames included; any other URL brings a page
    without frames. ``attacker`` are the origins whose servers the attacker owns. ``typed`` says
    which secrets stand in which frame's document, ``knowledge`` which of them the attacker has
    learnt.
    """

    browser: Browser
    pages: tuple[Box, ...] = ()
    attacker: frozenset[Origin] = frozenset()
    pending: tuple[Navigation, ...] = ()
    typed: frozenset[tuple[str, str]] = frozenset()
    knowledge: frozenset[str] = frozenset()

    def is_attackers(self, label: str) -> bool:
        """Whether the attacker wrote the document that ``label`` shows, sandboxed or not."""
        document = self.browser.document(label)
        return any(
            same_origin(document.origin, own) or same_origin(Origin.of(document.url), own)
            for own in self.attacker
        )

    def frames_in(self, url: str) -> Sequence[Box]:
        """The frames that the page at ``url`` brings along."""
        return next((page.frames for page in self.pages if page.url == url), ())

    def pending_in(self, target: str) -> Navigation | None:
        """The navigation that is under way in ``target``."""
        return next((each for each in self.pending if each.target == target), None)

    def __str__(self) -> str:
        lines = [str(self.browser)]
        lines += [f"under way: {each.target} to {each.url}" for each in self.pending]
        lines += [f"typed into {label}: {secret}" for label, secret in sorted(self.typed)]
        lines += (
            [f"the attacker knows: {', '.join(sorted(self.knowledge))}"] if self.knowledge else []
        )
        return "\n".join(lines)
