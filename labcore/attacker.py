"""The attacker: who it is, and all that it can try.

A *web attacker* owns some hosts and has a window of its own in the user's browser. A *gadget
attacker* is in addition embedded by honest pages (Barth et al. 2008, §2). Its pages do what any
page may: navigate what the policies let them, write fragments, post messages, embed any page, open
windows, go back in the session history, script what they may script, and ask servers
(`labcore.requesting`). They say what can be built from what the attacker knows. No move needs a
click of the user's.

Left out is only what would change nothing: words that nobody reacts to, a page of the attacker's
where one is already, and a second frame that does what a first one can do as well.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from labcore.actions import Embed, Event, Join, Navigate, Open, PostMessage, Script, Traverse
from labcore.browser import Box, Browser, short_host, window
from labcore.errors import unknown
from labcore.origin import Origin
from labcore.policies import Policies
from labcore.reactions import does_something, heard_by, message, reaction, reacts, reading
from labcore.requesting import asking_moves
from labcore.scripts import MessageEvent
from labcore.step import step
from labcore.vocabulary import Vocabulary, hostile_pages
from labcore.world import World

ATTACKERS = ("gadget", "web")
"""The threat models: the gadget attacker has all that the web attacker has, and is embedded."""


def as_seen_by(world: World, attacker: str) -> World:
    """``world`` under the threat model ``attacker``: pages know their frames when they come again.

    Against a web attacker the gadgets that honest pages embed are honest, and the attacker has a
    window instead. Raises `UnknownName` for a threat model that is none.
    """
    if attacker not in ATTACKERS:
        raise unknown("attacker", attacker, ATTACKERS)
    if attacker == "web":
        world = world.but(browser=_with_own_window(world))
    browser = world.browser
    there = {page.url for page in world.pages}
    boxes = (_box(browser, label) for label in browser.labels)
    brought = (box for box in boxes if box.frames and box.url not in there)
    homes = (
        (label, around, browser.document(around).page)
        for label in browser.labels
        if (around := browser.parent(label)) is not None
    )
    return world.but(pages=(*world.pages, *brought), homes=tuple(homes))


def _with_own_window(world: World) -> Browser:
    browser = world.browser
    for label in browser.labels:
        above = browser.parent(label)
        if above is not None and world.is_attackers(label) and not world.is_attackers(above):
            browser = browser.with_document(label, Box("https://honest.example/"), None)
    if any(map(world.is_attackers, browser.windows)):
        return browser
    return browser.grown([window(hostile_pages(world)[0], label="visited")])


def _box(browser: Browser, label: str) -> Box:
    """The page that ``label`` shows, with its frames, as its server would send it again."""
    inside = tuple(_box(browser, each) for each in browser.children(label))
    own = browser.frame(label)
    return Box(
        own.document.url, inside, own.label, own.name, own.sandbox, None, own.document.scripts
    )


def attacker_moves(
    world: World,
    words: Vocabulary,
    policies: Policies,
    room: int = 1,
    windows: bool = False,
    needs: object = None,
    displaces: bool = True,
) -> Iterator[Event]:
    """All that the attacker's pages can try now, each move by the first page that may make it.

    ``room`` is how many frames may still be added, ``windows`` whether by opening windows, too.
    With ``needs`` only moves that say this word, without ``displaces`` none that puts a page in the
    place of another one.
    """
    browser = world.browser
    own = [
        each
        for each in browser.labels
        if world.is_attackers(each) and browser.document(each).scripts_run
    ]
    honest = [each for each in browser.labels if not world.is_attackers(each)]
    speakers: dict[str, str] = {each: each for each in own}
    for puppet in honest:
        if by := next((each for each in own if policies.may_script(browser, each, puppet)), None):
            speakers[puppet] = by
    texts = words.messages(world.knowledge, needs)

    def done_by(speaker: str, deed: Any) -> Event:
        return deed if speakers[speaker] == speaker else Script(speakers[speaker], speaker, deed)

    def embeddings() -> Iterator[Event]:
        for speaker in own:
            for url in (*words.pages, *words.hostile):
                name = "copy" if short_host(url) in words.embeds else ""
                for move in (
                    Embed(speaker, url, name),
                    *([Open(speaker, url, name)] if windows else []),
                ):
                    yield from _with_words(world, move, texts, needs is None)

    for speaker, asked in asking_moves(world, speakers, words, policies, room, needs):
        yield done_by(speaker, asked)
    yield from embeddings() if room > 0 else ()
    for target in browser.labels:
        may_send: dict[str, str | None] = {}
        for url in _destinations(
            world, target, words if displaces else words.silent, texts, needs is None
        ):
            page = url.partition("#")[0]
            if page not in may_send:
                may = (x for x in speakers if policies.may_navigate(browser, x, target, url))
                may_send[page] = next(may, None)
            if sender := may_send[page]:
                yield done_by(sender, Navigate(sender, target, url))
    for speaker, deed in _posts(world, speakers, honest, texts):
        yield done_by(speaker, deed)
    if needs is not None:
        return
    if policies.by_principal:
        known = (each.id for each in world.principals if each.id in world.knowledge)
        yield from (Join(speaker, id) for id in known for speaker in own)
    for puppet, by in speakers.items():
        if step(world, Script(by, puppet), policies)[1].knowledge != world.knowledge:
            yield Script(by, puppet)
    if world.past is not None:
        yield from (Traverse(each, by) for each in own for by in (-1, 1))


def _destinations(
    world: World,
    target: str,
    words: Vocabulary,
    texts: tuple[object, ...],
    bare: bool,
) -> Iterator[str]:
    """The URLs that ``target`` may be sent to with some effect; ``bare`` ones say nothing."""
    document = world.browser.document(target)
    if world.script_of(target) is not None:
        for text in texts:
            if isinstance(text, str) and reacts(world, target, reading(text)):
                yield f"{document.page}#{text}"
    for url in words.hostile if bare else ():
        if document.origin != Origin.of(url):
            yield url
    for url in words.pages:
        going = Navigate(target, target, url)
        for each in _with_words(world, going, texts, bare):
            if "#" not in each.url or url != document.page:
                yield each.url


def _with_words(world: World, move: Any, texts: tuple[object, ...], bare: bool) -> Iterator[Any]:
    """``move``, which brings a page, and the same with each message that the page reacts to."""
    script = dict(world.scripts).get(move.url)
    framed = any(page.url == move.url and page.frames for page in world.pages)
    if bare and (
        framed
        or not isinstance(move, Embed)
        or world.attacker_speaks_for(Origin.of(move.url))
        or (script and does_something(script, move.url, texts))
    ):
        yield move
    for text in heard_by(script, move.url, texts) if script else ():
        yield replace(move, url=f"{move.url}#{text}")


def _posts(
    world: World, speakers: Iterable[str], honest: Iterable[str], texts: tuple[object, ...]
) -> Iterator[tuple[str, PostMessage]]:
    """Messages that somebody reacts to, those that come to the same once."""
    for target in honest:
        script = world.script_of(target)
        if script is None or MessageEvent not in getattr(script, "hears", (MessageEvent,)):
            continue
        met = set()
        for speaker in speakers:
            origin = str(world.browser.origin(speaker))
            for text in texts:
                what = reaction(world, target, message(text, origin, speaker))
                if what and (what, origin, text) not in met:
                    met.add((what, origin, text))
                    yield speaker, PostMessage(speaker, target, text, "*")
