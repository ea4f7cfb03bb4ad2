"""The attacker: who it is, and all that it can try.

A *web attacker* owns some hosts and has a window of its own in the user's browser. A *gadget
attacker* is in addition embedded by honest pages (Barth et al. 2008, §2). Its pages do what any
page may: navigate what the policies let them, write fragments, post messages, embed any page, open
windows, go back in the session history, and script what they may script. They say what can be built
from what the attacker knows. No move needs a click of the user's.

Left out is only what would change nothing: words that nobody reacts to, a page of the attacker's
where one is already, and a second frame that does what a first one can do as well.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from labcore.actions import (
    Embed,
    Event,
    Load,
    Navigate,
    Open,
    Poll,
    PostMessage,
    Refuses,
    Script,
    Traverse,
)
from labcore.browser import Box, Browser, frame, short_host, window
from labcore.errors import unknown
from labcore.origin import Origin
from labcore.policies import Policies
from labcore.scenarios.scenario import Goal, Step
from labcore.scripts import (
    FragmentRead,
    Happened,
    Loaded,
    MessageEvent,
    Page,
    PageScript,
    ScriptError,
    TimeIsUp,
    react,
)
from labcore.scripts import Running as Run
from labcore.step import step
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


def hostile_pages(world: World) -> tuple[str, ...]:
    """A page on each server of the attacker's, or on one whose answers it forges on the network."""
    forged = {
        document.origin
        for document in (each.document for each in world.browser.frames)
        if world.on_the_network and document.origin.scheme == "http"
    }
    hosts = sorted({*map(str, world.attacker), *map(str, forged)}) or ["http://hostile.example"]
    return tuple(f"{host}/hostile" for host in hosts)


# --- what it can say ---


def kind_of(word: str) -> str:
    """What a word of a message is: a ``"nonce"``, a ``"URL"``, or any other ``"text"``."""
    return "nonce" if word.startswith("N_") else "URL" if "://" in word else "text"


@dataclass(frozen=True)
class Vocabulary:
    """What the attacker builds its messages and moves from.

    ``says`` are values of its own, ``pages`` the URLs of honest pages, ``hostile`` those of its
    own. ``shapes`` are the messages that honest pages send each other, word by word; a message of
    the attacker's has one of these shapes, each word of the same kind. ``embeds`` are the labels of
    frames that honest pages make, which no frame of the attacker's gets.
    """

    says: tuple[object, ...]
    pages: tuple[str, ...]
    hostile: tuple[str, ...]
    shapes: tuple[tuple[str, ...], ...]
    embeds: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, world: World, goal: Goal, honest: Iterable[Step], embeds: tuple[str, ...] = ()
    ) -> "Vocabulary":
        """The vocabulary for an attack that starts in ``world``, where pages talk as ``honest``."""
        shown = (
            each.document.page
            for each in world.browser.frames
            if not world.is_attackers(each.label)
        )
        urls = [*shown, *(url for url, _ in world.scripts), *(page.url for page in world.pages)]
        pages = (
            url for url in dict.fromkeys(urls) if not world.attacker_speaks_for(Origin.of(url))
        )
        said = (text for each in honest for text in said_by(each.event))
        shapes = {tuple(map(kind_of, x.split(","))) for x in said if isinstance(x, str)}
        return cls(
            goal.words or ("anything",),
            tuple(pages),
            hostile_pages(world),
            tuple(sorted(shapes or {("text",)}, key=lambda shape: (len(shape), shape))),
            embeds,
        )

    @property
    def silent(self) -> "Vocabulary":
        """The same without any page to go to."""
        return replace(self, pages=(), hostile=())

    def brings_page(self, browser: Browser, move: Event) -> bool:
        """Whether ``move`` brings an honest page: embeds it, opens it, or navigates there."""
        if isinstance(move, Script):
            return move.run is not None and self.brings_page(browser, move.run)
        if not isinstance(move, Navigate | Embed | Open):
            return False
        page, mark, _ = move.url.partition("#")
        stays = isinstance(move, Navigate) and mark and browser.document(move.target).page == page
        return page in self.pages and not stays

    def messages(self, knowledge: frozenset[str], needs: object = None) -> tuple[object, ...]:
        """Every message that can be built from ``knowledge``, the attacker's own words first.

        With ``needs`` those that hold this word.
        """
        return _messages(self, knowledge, needs)


@lru_cache(maxsize=1024)
def _messages(
    vocabulary: Vocabulary, knowledge: frozenset[str], needs: object
) -> tuple[object, ...]:
    if needs is not None:
        return tuple(each for each in _messages(vocabulary, knowledge, None) if holds(each, needs))
    own = [word for word in vocabulary.says if isinstance(word, str)]
    others = [word for word in vocabulary.says if not isinstance(word, str)]
    words: dict[str, list[str]] = {"nonce": [], "text": [*own], "URL": []}
    for word in sorted(knowledge - {*own}):
        words[kind_of(word)].append(word)
    words["URL"] += [*vocabulary.pages, *vocabulary.hostile]
    built = (itertools.product(*(words[kind] for kind in shape)) for shape in vocabulary.shapes)
    return (*dict.fromkeys(",".join(each) for each in itertools.chain(*built)), *others)


def said_by(event: Event) -> Iterator[object]:
    """What ``event`` hands to another page, if anything: a fragment, or a message's data."""
    if isinstance(event, Navigate | Embed | Open):
        fragment = unquote(event.url.partition("#")[2])
        yield from [fragment] if fragment else []
    elif (data := getattr(event, "data", None)) is not None:
        yield data
    if isinstance(event, Script) and event.run is not None:
        yield from said_by(event.run)


def holds(value: object, word: object, depth: int = 8) -> bool:
    """Whether ``word`` stands in ``value``: a text, a collection, a dataclass, or a function."""
    if value == word:
        return True
    if depth == 0 or isinstance(value, str):
        return isinstance(value, str) and isinstance(word, str) and word in value
    parts: Iterable[object] = ()
    if isinstance(value, dict):
        parts = (*value.keys(), *value.values())
    elif isinstance(value, tuple | list | set | frozenset):
        parts = value
    elif is_dataclass(value):
        parts = (getattr(value, field.name) for field in fields(value))
    elif code := getattr(value, "__code__", None):
        cells = (cell.cell_contents for cell in getattr(value, "__closure__", None) or ())
        parts = (*code.co_consts, *cells, *(getattr(value, "__defaults__", None) or ()))
    return any(holds(part, word, depth - 1) for part in parts)


# --- what it can do ---


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
            if speaker := may_send[page]:
                yield done_by(speaker, Navigate(speaker, target, url))
    for speaker, deed in _posts(world, speakers, honest, texts):
        yield done_by(speaker, deed)
    if needs is not None:
        return
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
            if isinstance(text, str) and reacts(world, target, _reading(text)):
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
        or (script and _does_something(script, move.url, texts))
    ):
        yield move
    for text in _heard_by(script, move.url, texts) if script else ():
        yield replace(move, url=f"{move.url}#{text}")


@lru_cache(maxsize=1024)
def _does_something(script: PageScript, url: str, texts: tuple[object, ...]) -> bool:
    """Whether a page that has just come does anything, or could be made to by a message."""
    for page in _newly_come(url):
        said = (MessageEvent(page, text, "https://attacker.example", page.top) for text in texts)
        happenings: Iterable[Happened] = (Loaded(page, page.label), *said)
        if any(_may_react(script, None, happened) for happened in happenings):
            return True
    return False


@lru_cache(maxsize=1024)
def _heard_by(script: PageScript, url: str, texts: tuple[object, ...]) -> tuple[str, ...]:
    """The messages that a new page reacts to as a fragment, at once or when it has waited."""
    return tuple(
        text
        for text in texts
        if isinstance(text, str)
        and any(
            _may_react(script, memory, FragmentRead(page, text))
            for page in _newly_come(url)
            for memory in _memories(script, page)
        )
    )


@lru_cache(maxsize=1024)
def _memories(script: PageScript, page: Page) -> tuple[Any, ...]:
    """What a new page may remember once it has loaded and waited, while nobody speaks to it."""
    found, todo = dict[tuple[Any, bool], None](), list[tuple[Any, bool]]([(None, False)])
    while todo and len(found) < MOST_MEMORIES:
        memory, loaded = todo.pop()
        if (memory, loaded) not in found:
            found[memory, loaded] = None
            happenings: list[Happened] = [TimeIsUp(page)]
            happenings += [] if loaded else [Loaded(page, page.label)]
            for happened in happenings:
                with suppress(ScriptError):
                    after = react(script, Run(page.label, memory), happened)[0].memory
                    todo.append((after, loaded or isinstance(happened, Loaded)))
    return tuple(dict.fromkeys(memory for memory, _ in found))


MOST_MEMORIES = 50


def _may_react(script: PageScript, memory: Any, happened: Happened) -> bool:
    """Whether a new page does anything; one that knows its frame's label can only be tried."""
    try:
        return _reaction(script, memory, happened.page.label, happened) is not None
    except ScriptError:
        return True


def _newly_come(url: str) -> tuple[Page, Page]:
    """The page at ``url`` as a script in it sees it: in a window of its own, and in a frame."""
    alone = Browser.of(window(url, label="page"))
    inside = Browser.of(window("https://attacker.example/", frame(url, label="page"), label="top"))
    return Page(alone, "page"), Page(inside, "page")


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
                what = reaction(world, target, _message(text, origin, speaker))
                if what and (what, origin, text) not in met:
                    met.add((what, origin, text))
                    yield speaker, PostMessage(speaker, target, text, "*")


def _reading(text: str) -> Callable[[Page], Happened]:
    return lambda page: FragmentRead(page, text)


def _message(data: object, origin: str, source: str) -> Callable[[Page], Happened]:
    return lambda page: MessageEvent(page, data, origin, source)


def reacts(world: World, label: str, happened: Callable[[Page], Happened]) -> bool:
    """Whether the honest script in ``label`` would remember or do anything."""
    return reaction(world, label, happened) is not None


def reaction(world: World, label: str, happened: Callable[[Page], Happened]) -> object:
    """What the honest script in ``label`` would remember and do; ``None`` if nothing."""
    script, run = world.script_of(label), world.run_of(label)
    if script is None or run is None:
        return None
    return _reaction(script, run.memory, label, happened(world.page_in(label)))


@lru_cache(maxsize=50_000)
def _reaction(script: PageScript, memory: Any, label: str, happened: Happened) -> object:
    after, actions = react(script, Run(label, memory), happened)
    does = tuple(each for each in actions if not isinstance(each, Refuses))
    return (after.memory, does) if does or after.memory != memory else None


def unnoticed(world: World, event: Event) -> bool:
    """Whether no honest script reacts to ``event``: the attacker polls, or a page loads."""
    if isinstance(event, Poll):
        return world.is_attackers(event.target)
    if not isinstance(event, Load):
        return False
    around = (event.target, world.browser.parent(event.target))
    return not any(
        reacts(world, each, lambda page: Loaded(page, event.target)) for each in around if each
    )
