"""What the search is asked, what it has found, and an attacker who tries everything."""

from collections.abc import Iterator
from urllib.parse import urlencode

from labcore import Policies, Request, Scenario, World, step
from labcore.actions import (
    Attempt,
    Embed,
    Event,
    Fetch,
    Navigate,
    Open,
    PostMessage,
    Script,
    Submit,
    Traverse,
)
from labcore.browser import short_host
from labcore.scenarios import Goal, accepts
from labcore.search import Attack, NoAttack, Node, Search, path_to, unnoticed
from labcore.vocabulary import Vocabulary


def question(start: World, goal: Goal | None, **more) -> Scenario:
    """Can the attacker bring ``start`` to ``goal``? ``more`` are other fields of a `Scenario`."""
    told = {"name": "question", "title": "A question", "story": "", "source": "", "plan": ()}
    return Scenario(**{**told, "start": start, "goal": goal, **more})


def accepts_inside(parent: str, label: str, text: str, peer: str) -> Goal:
    """The page in ``label`` acts on ``text`` while the honest ``parent`` holds it: no copy does."""
    believed = accepts(label, text, peer)
    return Goal(
        f"in {parent}, {believed.sentence}",
        lambda world: (
            label in world.browser
            and world.browser.parent(label) == parent
            and not world.is_attackers(parent)
            and believed.holds(world)
        ),
        believed.words,
    )


def end_of(search: Search) -> Node:
    """The state of ``search`` in which the attack has succeeded."""
    return next(node for node in search.came_from if search.goal.holds(node.world))


def steps_found(search: Search) -> list[tuple[World, Event]]:
    """The way to the attack that ``search`` has found: each event, with the world before it."""
    return [(node.world, event) for node, event in path_to(end_of(search), search.came_from)]


def way_found(search: Search) -> list[Event]:
    """The events on the way to the attack that ``search`` has found."""
    return [event for _, event in steps_found(search)]


def events_on(search: Search) -> int:
    """How many events the attack takes, with what the script that runs last is still to do."""
    count = len(list(to_the_end(end_of(search).world, search.policies)))
    for world, event in steps_found(search):
        count += not unnoticed(world, event)
        if search.reduced:
            _, after = step(world, event, search.policies)
            count += len(list(to_the_end(after, search.policies)))
    return count


def to_the_end(world: World, policies: Policies) -> Iterator[Event]:
    """What the script that runs is still to do."""
    while world.agenda:
        yield world.agenda[0]
        _, world = step(world, world.agenda[0], policies)


def moves_on(search: Search) -> int:
    """How many moves the attacker makes on the way that `way_found` gives."""
    return sum(
        isinstance(event, Attempt)
        and event not in world.agenda[:1]
        and event not in search.scenario.honest
        for world, event in steps_found(search)
    )


def everything(
    world: World,
    words: Vocabulary,
    policies: Policies,
    room: int = 1,
    windows: bool = False,
    needs: object = None,
) -> Iterator[Event]:
    """All that the attacker could try at all: every page, every target, every URL, every word."""
    own = [label for label in world.browser.labels if world.is_attackers(label)]
    for actor in own:
        yield from _deeds(world, words, actor, room, windows)
        for target in world.browser.labels:
            yield Script(actor, target)
            for deed in _deeds(world, words, target, room, windows):
                yield Script(actor, target, deed)


def _deeds(
    world: World, words: Vocabulary, actor: str, room: int, windows: bool
) -> Iterator[Event]:
    labels, texts = world.browser.labels, words.messages(world.knowledge)
    fragments = ["", *(f"#{text}" for text in texts if isinstance(text, str))]
    pages = [*words.pages, *words.hostile]
    for target in labels:
        here = world.browser.document(target).page
        for url in dict.fromkeys([*pages, here]):
            yield from (Navigate(actor, target, f"{url}{text}") for text in fragments)
        yield from (PostMessage(actor, target, text, "*") for text in texts)
    for url in pages:
        name = "copy" if short_host(url) in words.embeds else ""
        for text in fragments:
            if room > 0:
                yield Embed(actor, f"{url}{text}", name)
            if room > 0 and windows:
                yield Open(actor, f"{url}{text}", name)
    if world.past is not None:
        yield from (Traverse(actor, by) for by in (-1, 1))
    if world.servers:
        yield from _requests(world, words, actor, room)


STATUSES = (301, 302, 303, 307)
ELEMENTS = (Request.image, Request.script, Request.style, Request.plugin)


def _requests(world: World, words: Vocabulary, actor: str, room: int) -> Iterator[Event]:
    """All that servers understand, in every way that a page has to ask for it."""
    if room > 0:
        yield Embed(actor, "data:text/html,hostile")
    understood = (
        request
        for _, server in world.servers
        for request in server.offers(words.asks, sorted(world.knowledge))
    )
    for request in understood:
        for url in (request.url, *_detours(world, request.url)):
            asked = request.but(url=url)
            for mode in ("cors", "no-cors"):
                for credentials in ("include", "same-origin", "omit"):
                    how = {"mode": mode, "credentials": credentials, "destination": ""}
                    yield Fetch(actor, asked.but(**how))
            for element in ELEMENTS:
                if room > 0 or element != Request.plugin:
                    yield Fetch(actor, element(url))
            yield from (Submit(actor, target, asked) for target in world.browser.labels)


def _detours(world: World, url: str) -> Iterator[str]:
    """The URLs on the attacker's servers that redirect to ``url``."""
    for host in sorted(map(str, world.attacker)):
        for status in STATUSES:
            yield f"{host}/detour?{urlencode({'location': url, 'status': status})}"


def verdict(search: Search) -> object:
    """How many moves and events the attack takes that ``search`` finds; or how it ended."""
    found = search.result()
    if isinstance(found, Attack):
        assert found.run().succeeded
        return moves_on(search), events_on(search)
    return "none" if found.exhausted else "gave up"


def first_met(search: Search) -> object:
    """How many moves and events it takes until the goal is met; or how the search ended.

    For goals that stay met. Whether the way there can be run again is not asked.
    """
    found = search.result()
    if any(search.goal.holds(node.world) for node in search.came_from):
        return moves_on(search), events_on(search)
    return "none" if isinstance(found, NoAttack) and found.exhausted else "gave up"
