"""The world: a browser, and what the browser alone does not show.

Which frames a server's page brings along, which navigations are under way, what the user has typed
where, and what the attacker has learnt. Like the browser it is a value; `labcore.step` makes the
next one.
"""

from dataclasses import dataclass

from labcore.browser import Box, Browser, Document
from labcore.origin import Origin


@dataclass(frozen=True, slots=True)
class Navigation:
    """A navigation that has begun and not yet committed.

    ``initiator`` is the frame whose script asked for it, ``creator`` the document that was in it at
    that time.
    """

    target: str
    url: str
    initiator: str
    creator: Document


@dataclass(frozen=True)
class World:
    """One instant of a scenario.

    ``pages`` are pages that servers answer with, frames included; any other URL brings a page
    without frames. ``attacker`` are the origins whose servers the attacker owns; an attacker
    ``on_the_network`` also answers in the place of any server that is asked over plain HTTP.
    ``typed`` says which secrets stand in which frame's document, ``knowledge`` which of them the
    attacker has learnt.
    """

    browser: Browser
    pages: tuple[Box, ...] = ()
    attacker: frozenset[Origin] = frozenset()
    on_the_network: bool = False
    pending: tuple[Navigation, ...] = ()
    typed: frozenset[tuple[str, str]] = frozenset()
    knowledge: frozenset[str] = frozenset()

    def is_attackers(self, label: str) -> bool:
        """Whether the attacker's script runs in the document that ``label`` shows.

        It does if the attacker wrote the document, sandboxed or not, or a script that it includes,
        or if either came over plain HTTP while the attacker sat on the network.
        """
        document = self.browser.document(label)
        authors = (document.author, *map(Origin.of, document.scripts))
        return any(map(self.attacker_speaks_for, authors))

    def attacker_speaks_for(self, origin: Origin) -> bool:
        """Whether the attacker can say what ``origin`` sends to the browser."""
        return origin in self.attacker or (self.on_the_network and origin.scheme == "http")

    def page_at(self, url: str) -> Box:
        """The page that ``url`` brings: with its frames if it is one of ``pages``, else without."""
        return next((page for page in self.pages if page.url == url), Box(url))

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
