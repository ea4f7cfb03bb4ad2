"""What an honest page would do: scripts are pure functions, so they can be asked beforehand.

The attack finder leaves out what no page reacts to. So it asks the scripts of the pages that are
there, and those of pages that have yet to come.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from typing import Any

from labcore.actions import Event, Load, Poll, Refuses
from labcore.browser import Browser, frame, window
from labcore.scripts import (
    Clicked,
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
from labcore.world import World


def reading(text: str) -> Callable[[Page], Happened]:
    """That a poll finds ``text``."""
    return lambda page: FragmentRead(page, text)


def message(data: object, origin: str, source: str) -> Callable[[Page], Happened]:
    """That a message is dispatched."""
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


# --- pages that have yet to come ---


@lru_cache(maxsize=1024)
def does_something(script: PageScript, url: str, texts: tuple[object, ...]) -> bool:
    """Whether a page that has just come does anything, or could be made to by a message."""
    for page in _newly_come(url):
        said = (MessageEvent(page, text, "https://attacker.example", page.top) for text in texts)
        happenings: Iterable[Happened] = (Loaded(page, page.label), Clicked(page), *said)
        if any(_may_react(script, None, happened) for happened in happenings):
            return True
    return False


@lru_cache(maxsize=1024)
def heard_by(script: PageScript, url: str, texts: tuple[object, ...]) -> tuple[str, ...]:
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
