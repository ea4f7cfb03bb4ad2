"""SMash against frame phishing: a page that watches its own frames (Barth et al. 2008, §5)."""

from dataclasses import dataclass

from labcore.actions import Attempt, Embed, Navigate, Refuses, SetTimer
from labcore.origin import Origin
from labcore.scripts import Happened, Loaded, MessageEvent, Page, TimeIsUp


@dataclass(frozen=True)
class Watches:
    """A page that embeds ``url`` and watches that it stays there.

    The gadget must report within ``wait``, and must not load again after that. Else the page warns
    the user and empties the frame.
    """

    url: str
    name: str
    wait: str = "20 s"

    def __call__(
        self, state: str | None, happened: Happened
    ) -> tuple[str | None, tuple[Attempt, ...]]:
        """React as every page's script does (`labcore.scripts`)."""
        page, trusted = happened.page, str(Origin.of(self.url))
        match state, happened:
            case None, Loaded(frame=frame) if frame == page.label:
                embed = Embed(page.label, self.url, self.name)
                return "waiting", (embed, SetTimer(page.label, self.wait))
            case "waiting", MessageEvent(origin=origin) if origin == trusted:
                return "connected", (SetTimer(page.label, ""),)
            case "connected", Loaded(frame=frame) if frame == page.frames[self.name]:
                return self._alarm(page, "the frame has loaded a second time")
            case "waiting", TimeIsUp():
                return self._alarm(page, f"the gadget has not reported within {self.wait}")
        return state, ()

    def _alarm(self, page: Page, what: str) -> tuple[str, tuple[Attempt, ...]]:
        empties = Navigate(page.label, page.frames[self.name], "about:blank")
        return "alarm", (Refuses(page.label, f"{what}: the page warns the user"), empties)
