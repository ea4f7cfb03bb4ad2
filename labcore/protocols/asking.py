"""Pages that ask servers: for the user's data, and to have something done."""

import re
from dataclasses import dataclass
from typing import ClassVar

from labcore.actions import Accepts, Attempt, Create, Fetch, PostMessage, Refuses
from labcore.http import Request
from labcore.origin import Origin
from labcore.scripts import Answered, Called, Clicked, Happened, Loaded, MessageEvent


@dataclass(frozen=True)
class Fetches:
    """A page that fetches ``url`` once it has loaded, and acts on what it reads.

    With ``by_script`` it does not fetch, but includes ``url`` as a script, which calls it (JSONP).
    """

    url: str
    by_script: bool = False

    hears_loads: ClassVar = "own"

    def __call__(self, memory: None, happened: Happened) -> tuple[None, tuple[Attempt, ...]]:
        """React as every page's script does (`labcore.scripts`)."""
        page = happened.page
        server = str(Origin.of(self.url))
        match happened:
            case Loaded(frame=frame) if frame == page.label:
                request = Request("GET", self.url, credentials="include")
                return memory, (
                    Fetch(page.label, Request.script(self.url) if self.by_script else request),
                )
            case Called(text=text) if self.by_script:
                return memory, (Accepts(page.label, text, server),)
            case Answered(body=None):
                return memory, (Refuses(page.label, f"the answer of {server} cannot be read"),)
            case Answered(body=str(body)):
                return memory, (Accepts(page.label, body, server),)
        return memory, ()


@dataclass(frozen=True)
class Sends:
    """A page of ``site`` with a button: a click has ``fields`` sent to ``path``.

    First it fetches the form, in which the site has put a token for this session.
    """

    site: str
    path: str
    fields: tuple[tuple[str, str], ...]

    hears_loads: ClassVar = "none"
    hears: ClassVar = (Clicked, Answered)

    def __call__(self, memory: None, happened: Happened) -> tuple[None, tuple[Attempt, ...]]:
        """React as every page's script does (`labcore.scripts`)."""
        label = happened.page.label
        match happened:
            case Clicked():
                return memory, (Fetch(label, Request("GET", f"{self.site}/form")),)
            case Answered(url=url, body=str(body)) if url == f"{self.site}/form":
                token = re.search(r"the token ([\w-]+)", body)
                fields = dict(self.fields) | ({"token": token[1]} if token else {})
                form = Request.form("POST", self.site + self.path, fields)
                return memory, (Fetch(label, form.but(mode="cors", destination="")),)
        return memory, ()


@dataclass(frozen=True)
class Lends:
    """A page with a library that fetches ``url`` for whoever embeds it, and hands over the answer.

    So two origins act as one: what the one may read, the other reads through it.
    """

    url: str

    hears_loads: ClassVar = "none"

    def __call__(self, memory: None, happened: Happened) -> tuple[None, tuple[Attempt, ...]]:
        """React as every page's script does (`labcore.scripts`)."""
        page = happened.page
        match happened:
            case MessageEvent(source=source) if source == page.parent:
                request = Request("GET", self.url, credentials="include")
                return memory, (Fetch(page.label, request),)
            case Answered(body=str(body)):
                return memory, (PostMessage(page.label, page.parent, body, "*"),)
        return memory, ()


@dataclass(frozen=True)
class Introduces:
    """A gadget that makes itself a principal of its own, and then asks the top of the window."""

    id: str
    question: str

    hears_loads: ClassVar = "own"

    def __call__(self, memory: None, happened: Happened) -> tuple[None, tuple[Attempt, ...]]:
        """React as every page's script does (`labcore.scripts`)."""
        page = happened.page
        if not isinstance(happened, Loaded) or happened.frame != page.label:
            return memory, ()
        asks = PostMessage(page.label, page.top, self.question, "*")
        return memory, (Create(page.label, self.id), asks)
