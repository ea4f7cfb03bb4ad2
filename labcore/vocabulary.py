"""What the attacker can say: messages shaped like those of honest pages, of words that it knows."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache
from urllib.parse import unquote

from labcore.actions import Embed, Event, Navigate, Open, Script
from labcore.browser import Browser
from labcore.origin import Origin
from labcore.scenarios.scenario import Goal, Step
from labcore.world import World


def kind_of(word: str) -> str:
    """What a word of a message is: a ``"nonce"``, a ``"URL"``, or any other ``"text"``."""
    return "nonce" if word.startswith("N_") else "URL" if "://" in word else "text"


@dataclass(frozen=True)
class Vocabulary:
    """What the attacker builds its messages and moves from.

    ``says`` are values of its own, ``pages`` the URLs of honest pages, ``hostile`` those of its
    own. ``shapes`` are the messages that honest pages send each other, word by word; a message of
    the attacker's has one of these shapes, each word of the same kind. ``embeds`` are the labels of
    frames that honest pages make, which no frame of the attacker's gets. ``asks`` is what servers
    are to be asked for.
    """

    says: tuple[object, ...]
    pages: tuple[str, ...]
    hostile: tuple[str, ...]
    shapes: tuple[tuple[str, ...], ...]
    embeds: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()

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
            goal.asks,
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


def hostile_pages(world: World) -> tuple[str, ...]:
    """A page on each server of the attacker's, or on one whose answers it forges on the network."""
    forged = {
        document.origin
        for document in (each.document for each in world.browser.frames)
        if world.on_the_network and document.origin.scheme == "http"
    }
    hosts = sorted({*map(str, world.attacker), *map(str, forged)}) or ["http://hostile.example"]
    return tuple(f"{host}/hostile" for host in hosts)
