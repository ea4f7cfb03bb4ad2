"""The world: a browser, and what the browser alone does not show.

Which frames and which script a server's page brings along, which navigations and messages are under
way, what scripts remember, what the user has typed where, and what the attacker has learnt. Like
the browser it is a value; `labcore.step` makes the next one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from labcore.actions import (
    Asks,
    Attempt,
    Commit,
    Deliver,
    Event,
    Load,
    Message,
    Poll,
    TimerFires,
)
from labcore.browser import NOTHING_ASKED, Box, Browser, Document, Isolation
from labcore.http import Jar, Request, Response
from labcore.messages import ArrayBuffer
from labcore.origin import Origin
from labcore.policies.cors import Remembered
from labcore.policies.fetching import Exchange, Fetched, Server, answer_of
from labcore.policies.toggles import NO_COOKIES
from labcore.principals import Principal
from labcore.scripts import Page, PageScript, Running, hears_loads
from labcore.servers.hostile import hostile

JoinRule = Callable[[Principal, Document], bool]
"""``rule(principal, document)``: may the document join?"""


def among_members(principal: Principal, document: Document) -> bool:
    """Whoever has created the principal has named the document's origin, or shares it."""
    return principal.admits(document.origin)


@dataclass(frozen=True, slots=True)
class Navigation:
    """A navigation that has begun and not yet committed.

    ``initiator`` is the frame whose script asked for it, ``creator`` the document that was in it at
    that time. One that ``traverses`` the session history adds no line to it.
    """

    target: str
    url: str
    initiator: str
    creator: Document
    traverses: bool = False
    request: Request | None = None
    """The form that is sent, if it is one."""
    tainted: bool = False
    """Whether the attacker has a part in it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A line of the session history: ``label`` went from one URL to another."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class World:
    """One instant of a scenario.

    ``pages`` are pages that servers answer with, frames included; any other URL brings a page
    without frames. ``scripts`` are the honest scripts by the page's URL. ``attacker`` are the
    origins whose servers the attacker owns; an attacker ``on_the_network`` also answers in the
    place of any server that is asked over plain HTTP. ``secrets`` are words that nobody can guess,
    as every nonce is (``N_…``); ``typed`` says which of them stand in which frame's document,
    ``knowledge`` which the attacker has learnt.

    ``agenda`` is what the script that has just run is still to do. ``accepted`` are the messages
    that pages have acted on, in that order: (page, what, as from whom). ``moved`` are the buffers
    that a frame has given away. ``loads`` counts for each frame the documents whose scripts were
    heard of. ``past`` and ``future`` are the session history, kept where ``past`` is not ``None``.

    ``servers`` are those that are asked when a page is navigated to or fetches something; where
    there are none, every page is there without asking. ``isolation`` is what honest pages ask for
    by their headers where no server is asked. ``jar`` are the browser's cookies,
    ``remembered`` the preflights that it remembers, ``principals`` those that pages have created;
    ``joins`` is the rule who may join one.
    ``exchanges`` is what the last request brought over the network; two worlds that differ in
    nothing else are equal.

    Where there are servers, causes are kept. ``brought`` are the frames whose documents the
    attacker has brought, ``touched`` those whose scripts it has told something. What stands on the
    agenda is ``tainted`` if it is a reaction to the attacker. ``forged`` is what servers have done
    on account of a request with the attacker among its causes: (host, what, for whom).

    ``homes`` are the frames that no other one shall be taken for: (label, the frame around it, the
    page there). Once such a frame has gone, only that page in that place brings its label back.
    """

    browser: Browser
    pages: tuple[Box, ...] = ()
    attacker: frozenset[Origin] = frozenset()
    on_the_network: bool = False
    pending: tuple[Navigation, ...] = ()
    typed: frozenset[tuple[str, str]] = frozenset()
    knowledge: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    scripts: tuple[tuple[str, PageScript], ...] = ()
    running: tuple[Running, ...] = ()
    agenda: tuple[Attempt, ...] = ()
    messages: tuple[Message, ...] = ()
    questions: tuple[Asks, ...] = ()
    accepted: tuple[tuple[str, object, str], ...] = ()
    moved: frozenset[tuple[str, ArrayBuffer]] = frozenset()
    loads: tuple[tuple[str, int], ...] = ()
    past: tuple[Visit, ...] | None = None
    future: tuple[Visit, ...] = ()
    homes: tuple[tuple[str, str, str], ...] = ()
    servers: tuple[tuple[Origin, Server], ...] = ()
    isolation: Isolation = NOTHING_ASKED
    jar: Jar = NO_COOKIES
    remembered: tuple[Remembered, ...] = ()
    principals: tuple[Principal, ...] = ()
    joins: JoinRule = among_members
    brought: frozenset[str] = frozenset()
    touched: frozenset[str] = frozenset()
    tainted: bool = False
    forged: tuple[tuple[str, str, str], ...] = ()
    exchanges: tuple[Exchange, ...] = field(default=(), compare=False)

    @cached_property
    def _hash(self) -> int:
        """Over what changes most: enough to tell most worlds apart."""
        return hash(
            (self.browser, self.pending, self.running, self.messages, self.knowledge, self.accepted)
        )

    def __hash__(self) -> int:
        return self._hash

    def __getstate__(self) -> dict[str, Any]:
        """Without its hash: another process hashes texts in another way."""
        return {name: value for name, value in self.__dict__.items() if name != "_hash"}

    def but(self, **changes: Any) -> "World":
        """This world with some fields changed: `dataclasses.replace`, several times as fast."""
        after = object.__new__(World)
        after.__dict__.update(self.__dict__, **changes)
        after.__dict__.pop("_hash", None)
        return after

    def started(self) -> "World":
        """This world when every page's script is about to begin."""
        return self.begun(self.browser.labels)

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
        plain = url.partition("#")[0]
        found = next((page for page in self.pages if page.url in (url, plain)), Box(url))
        return found if self.isolation == NOTHING_ASKED else self._asking(found)

    def _asking(self, page: Box) -> Box:
        """``page`` with what it and the frames in it ask for by their headers."""
        inside = tuple(map(self._asking, page.frames))
        return replace(page, frames=inside, isolation=self.asked_by(page.url))

    def asked_by(self, url: str) -> Isolation:
        """What the page at ``url`` asks for where no server is asked; the attacker's, nothing."""
        return self.isolation if self.is_honest_and_secure(url) else NOTHING_ASKED

    def is_honest_and_secure(self, url: str) -> bool:
        """Whether a page's own headers count: it is not the attacker's, and comes over TLS."""
        return url.startswith("https:") and not self.attacker_speaks_for(Origin.of(url))

    def server_at(self, url: str) -> Server | None:
        """The server that answers for ``url``: one of ``servers``, or the attacker's."""
        origin = Origin.of(url)
        if self.attacker_speaks_for(origin):
            return hostile if self.servers else None
        return next((server for own, server in self.servers if own == origin), None)

    def answer(self, request: Request) -> Response:
        """What the server of the request's URL answers; one that is not there answers 404.

        Raises `ServerError`.
        """
        server = self.server_at(request.url)
        return answer_of(server, request) if server is not None else Response(404)

    def is_tainted(self, label: str) -> bool:
        """Whether the attacker is among the causes of what the document in ``label`` now does.

        It is if the document is its own, or if a script of another reacts to it. What the user
        does on an honest page has the user for its cause.
        """
        return bool(self.servers) and (self.is_attackers(label) or self.tainted)

    def touching(self, label: str) -> "World":
        """This world once the attacker has told something to the script in ``label``."""
        return self.but(touched=self.touched | {label}) if self.servers else self

    def asked(self, fetched: Fetched, tainted: bool = False) -> "World":
        """This world once all that ``fetched`` has sent was answered.

        What is sent to the attacker the attacker reads, and servers do what they are asked.
        ``tainted`` says whether the attacker is among the causes of the request.
        """
        learnt, accepted, forged = set[object](), self.accepted, self.forged
        for sent, answer, is_preflight in fetched.exchanges:
            if self.attacker_speaks_for(sent.origin):
                learnt |= self.secrets_in(sent.text)
                tainted = True
            elif answer.does is not None and not is_preflight:
                what, whose = answer.does
                accepted = (*accepted, (sent.origin.host, what, whose))
                forged = (*forged, (sent.origin.host, what, whose)) if tainted else forged
        return self.but(
            jar=fetched.jar,
            remembered=fetched.remembered,
            exchanges=(*fetched.exchanges,),  # told from those before by identity
            accepted=accepted,
            forged=forged,
        ).learnt(frozenset(learnt))

    def principal_of(self, label: str) -> Principal | None:
        """The principal that somebody has created to which the document in ``label`` belongs."""
        own = self.browser.document(label).principal
        return next((each for each in self.principals if each.label == own), None)

    def secrets_in(self, text: str) -> frozenset[object]:
        """The secrets that stand somewhere in ``text``, whatever is around them."""
        return frozenset(secret for secret in self.secrets if secret in text)

    def reserved(self, parent: str = "", page: str = "") -> frozenset[str]:
        """The labels that no frame gets which ``page`` brings into ``parent``."""
        return frozenset(each for each, *home in self.homes if home != [parent, page])

    def pending_in(self, target: str) -> Navigation | None:
        """The navigation that is under way in ``target``."""
        return next((each for each in self.pending if each.target == target), None)

    # --- scripts ---

    def script_of(self, label: str) -> PageScript | None:
        """The honest script that runs in the document of ``label``."""
        document = self.browser.document(label)
        found = (script for url, script in self.scripts if url == document.page)
        return next(found, None) if document.scripts_run else None

    def run_of(self, label: str) -> Running | None:
        """The script's memory in ``label``, if one runs there."""
        return next((each for each in self.running if each.label == label), None)

    def begun(self, labels: Iterable[str]) -> "World":
        """This world when the documents in ``labels`` are new: what ran in them before is gone.

        A script begins with a fresh memory. Where the attacker reads there is a memory too.
        """
        loads = dict(self.loads)
        running = {each.label: each for each in self.running}
        for label in labels:
            running.pop(label, None)
            above = self.browser.parent(label)
            heard = hears_loads(self.script_of(label), own=True) or (
                above is not None and hears_loads(self.script_of(above), own=False)
            )
            reads = self.is_attackers(label) and self.browser.document(label).scripts_run
            if heard or self.script_of(label) is not None or (reads and self.scripts):
                loads[label] = loads.get(label, 0) + 1
                running[label] = Running(label, loading=heard)
        return self.but(running=tuple(running.values()), loads=tuple(loads.items()))

    def page_in(self, label: str) -> Page:
        """The windows as the script in ``label`` sees them."""
        alike = [each for each, _ in self.loads if each[0].upper() == label[0].upper()]
        return Page(self.browser, label, dict(self.loads)[label], alike.index(label) + 1)

    def with_run(self, run: Running) -> "World":
        """This world with another memory in ``run.label``."""
        if self.run_of(run.label) is None:
            return self.but(running=(*self.running, run))
        changed = (run if each.label == run.label else each for each in self.running)
        return self.but(running=tuple(changed))

    def unknown_to_attacker(self, words: frozenset[object]) -> list[str]:
        """Which of ``words`` the attacker would have to guess."""
        return sorted(
            word
            for word in words
            if isinstance(word, str)
            and (word in self.secrets or word.startswith("N_"))
            and word not in self.knowledge
        )

    def learnt(self, words: frozenset[object]) -> "World":
        """This world once the attacker has read ``words``."""
        return self.but(knowledge=self.knowledge.union(self.unknown_to_attacker(words)))

    def due(self) -> Iterator[Event]:
        """What can happen without anybody's doing, what happens first by default first.

        A script that runs goes on to its end. Then navigations commit, inner documents load before
        outer ones, messages are dispatched in the order in which they were sent, and pages poll
        their fragments.
        """
        if self.agenda:
            yield self.agenda[0]
            return
        yield from (Commit(each.target) for each in self.pending)
        waiting = [each.label for each in self.running if each.loading]
        for label in sorted(waiting, key=self.browser.position, reverse=True):
            if not self.held_back(label):
                yield Load(label)
        yield from map(Deliver, dict.fromkeys(each.target for each in self.messages))
        for each in self.running:
            if each.seen != self.browser.document(each.label).fragment:
                yield Poll(each.label)

    def timers(self) -> Iterator[TimerFires]:
        """The timers that are set, in the order in which they were."""
        return (TimerFires(each.label) for each in self.running if each.waits)

    def held_back(self, label: str) -> str | None:
        """A frame inside ``label`` that has not loaded yet, for which ``label`` waits."""
        unfinished = {each.target for each in self.pending}
        unfinished |= {each.label for each in self.running if each.loading}
        return next((each for each in self.browser.descendants(label) if each in unfinished), None)

    def __str__(self) -> str:
        lines = [str(self.browser)]
        lines += [f"under way: {each.target} to {each.url}" for each in self.pending]
        lines += [f"under way: {message}" for message in self.messages]
        lines += [f"typed into {label}: {secret}" for label, secret in sorted(self.typed)]
        lines += (
            [f"the attacker knows: {', '.join(sorted(self.knowledge))}"] if self.knowledge else []
        )
        return "\n".join(lines)
