"""Why was this asked? The requests of a run, each with its causes back to the first one.

A run is a row of events, and most have another one for their cause: a script reacts to a click, a
document is in a frame because somebody has navigated it there. Here the threads are followed. The
model itself keeps only whether the attacker is among the causes (`World.forged`); that both agree
is tested.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from labcore.actions import Attempt, Commit, Deliver, Event, Load, Poll, TimerFires, UserClicks
from labcore.policies.fetching import Exchange
from labcore.scenarios import Trace
from labcore.servers import Site
from labcore.world import World

USER, PAGE, ATTACKER = "user", "honest page", "attacker"


class Cause(NamedTuple):
    """Something that was done: ``who`` is "user", "honest page" or "attacker"."""

    who: str
    what: str


Chain = tuple[Cause, ...]
"""Something that was done, and its causes, the nearest first and the very first one last."""


class Asked(NamedTuple):
    """A request to a server, and why it was made.

    ``who`` has asked, "user", "honest page" or "attacker". ``causes`` lead back to the first one,
    the nearest first. ``session`` is the user in whose session the request came, ``""`` if in
    nobody's. ``does`` is what the server has done on account of it, ``""`` if nothing.
    """

    who: str
    what: str
    causes: Chain
    session: str
    does: str


def requests_of(trace: Trace) -> list[Asked]:
    """All that servers were asked for in a run, in order."""
    before, found = trace.worlds[0], list[Asked]()
    causes = Causes(before)
    for event, _, after in trace.steps:
        chain = causes.of(event, before)
        if after.exchanges is not before.exchanges:
            found += asked(after, chain)
        causes.follow(event, chain, before, after)
        before = after
    return found


def asked(world: World, chain: Chain) -> Iterator[Asked]:
    """What the last request has brought over the network; a redirect has its server for a cause."""
    who, causes = chain[0].who, chain[1:]
    for request, response, is_preflight in world.exchanges:
        if is_preflight:
            continue
        done, whose = response.does or ("", user_in(world, Exchange(request, response)))
        yield Asked(who, str(request), causes, whose, done)
        if world.attacker_speaks_for(request.origin):
            causes = (Cause(ATTACKER, f"the server of {request.origin} redirects it"), *causes)


def user_in(world: World, exchange: Exchange) -> str:
    """In whose session a request has come."""
    server = world.server_at(exchange.request.url)
    user = server.user_of(exchange.request) if isinstance(server, Site) else None
    return user.name if user is not None else ""


@dataclass
class Causes:
    """What has brought about what, as far as a run has gone that begins with ``start``.

    ``shown`` says why a frame shows its document, ``begun`` why a navigation is under way,
    ``posted`` why messages wait for a frame, ``waiting`` why things stand on the agenda, and
    ``told`` what the attacker has told a script, which may act on it whenever it likes.
    """

    start: World
    shown: dict[str, Chain] = field(default_factory=dict)
    begun: dict[str, Chain] = field(default_factory=dict)
    posted: dict[str, list[Chain]] = field(default_factory=dict)
    waiting: list[Chain] = field(default_factory=list)
    told: dict[str, Chain] = field(default_factory=dict)

    def __post_init__(self) -> None:
        browser = self.start.browser
        for label in browser.labels:
            url, around = browser.document(label).url, browser.parent(label)
            if around is None:
                self.shown[label] = (Cause(USER, f"the user opens {url}"),)
            else:
                framed = Cause(who_in(self.start, around), f"{around} shows {url} in a frame")
                self.shown[label] = (framed, *self.shown[around])

    def of(self, event: Event, world: World) -> Chain:
        """``event``, which happens in ``world``, with its causes."""
        if world.agenda and event == world.agenda[0]:
            return (Cause(PAGE, str(event)), *self.waiting.pop(0))
        match event:
            case Commit(target=target) if target in self.begun:
                return self.begun.pop(target)
            case Deliver(target=target) if self.posted.get(target):
                return self.posted[target].pop(0)
            case Load(target=target):
                return self.shown[target]
            case Poll(target=target) | TimerFires(target=target):
                return self.told.get(target, ())
            case UserClicks(target=target, sees=sees) if target != sees:
                over = Cause(who_in(world, sees), f"{sees} lays {target} over a button of its own")
                return (Cause(USER, str(event)), over, *self.shown.get(target, ()))
        actor = event.actor if isinstance(event, Attempt) else ""
        if actor in world.browser and world.is_attackers(actor):
            return (Cause(ATTACKER, str(event)), *self.shown[actor])
        return (Cause(USER, str(event)),)

    def follow(self, event: Event, chain: Chain, before: World, after: World) -> None:
        """Keep what ``event`` has brought about."""
        self.told |= dict.fromkeys(after.touched - before.touched, chain)
        self.begun |= {x.target: chain for x in after.pending if x not in before.pending}
        if len(after.messages) > len(before.messages):
            self.posted.setdefault(after.messages[-1].target, []).append(chain)
        browser = after.browser
        new = [label for label in browser.labels if label not in self.shown]
        if isinstance(event, Commit):
            gone = before.browser.descendants(event.target)
            new += [event.target, *browser.descendants(event.target)]
            self.told = {x: told for x, told in self.told.items() if x not in (*gone, *new)}
            self.posted = {x: each for x, each in self.posted.items() if x not in gone}
        self.shown |= dict.fromkeys(new, chain)
        for each in after.agenda[len(self.waiting) :]:
            said = self.told.get(each.actor, ())
            self.waiting.append(chain if said == chain[-len(said) :] else (*chain, *said))


def who_in(world: World, label: str) -> str:
    """Whose script runs in the document of ``label``."""
    return ATTACKER if world.is_attackers(label) else PAGE
