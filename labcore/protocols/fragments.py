"""The bare fragment channel: writing and polling without a handshake (Barth et al. 2008, §4.1)."""

from dataclasses import dataclass
from typing import ClassVar

from labcore.actions import Accepts, Attempt, Navigate
from labcore.scripts import FragmentRead, Happened, Loaded


@dataclass(frozen=True)
class Writes:
    """A page that writes each of ``texts`` behind the URL of its frame, once it has loaded."""

    url: str
    texts: tuple[str, ...]
    frame: int = 0

    hears_loads: ClassVar = "own"

    def __call__(self, memory: None, happened: Happened) -> tuple[None, tuple[Attempt, ...]]:
        """React as every page's script does (`labcore.scripts`)."""
        page = happened.page
        if not isinstance(happened, Loaded) or happened.frame != page.label:
            return memory, ()
        target = page.frames[self.frame]
        return memory, tuple(Navigate(page.label, target, f"{self.url}#{x}") for x in self.texts)


@dataclass(frozen=True)
class Reads:
    """A page that polls its fragment and takes whatever stands there to come from ``trusted``."""

    trusted: str

    hears_loads: ClassVar = "none"

    def __call__(self, memory: None, happened: Happened) -> tuple[None, tuple[Attempt, ...]]:
        """React as every page's script does (`labcore.scripts`)."""
        if not isinstance(happened, FragmentRead):
            return memory, ()
        return memory, (Accepts(happened.page.label, happened.text, self.trusted),)
