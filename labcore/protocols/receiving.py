"""Receiving and sending messages with care, and without: what a page's script decides itself.

An *origin check* is a function ``check(origin, trusted) → bool``: is a message from ``origin`` to
be taken for one of ``trusted``? A *source check* does the same for the window that it comes from.
An *addressing* is a function ``address(receiver) → target origin``. The wrong checks are such as
are found on real sites.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from labcore.actions import Accepts, Attempt, CommRequest, PostMessage, Refuses
from labcore.errors import ReadersError, UnknownName, called, shown
from labcore.messages import frozen, structured_clone
from labcore.origin import Origin, site_host
from labcore.scripts import (
    Happened,
    Loaded,
    MessageEvent,
    Page,
    PageScript,
    ScriptError,
)

OriginCheck = Callable[[str, str], bool]
SourceCheck = Callable[[str, str], bool]
Addressing = Callable[[str], str]


def exact(origin: str, trusted: str) -> bool:
    """The origins are the same text."""
    return origin == trusted


def no_check(origin: str, trusted: str) -> bool:
    """Anybody is believed."""
    return True


def prefix(origin: str, trusted: str) -> bool:
    """The origin begins with the trusted one: so does ``https://shop.example.evil.example``."""
    return origin.startswith(trusted)


def suffix(origin: str, trusted: str) -> bool:
    """The origin ends with the trusted site: so does ``https://evilshop.example``."""
    return origin.endswith(site_host(Origin.of(trusted).host))


def substring(origin: str, trusted: str) -> bool:
    """The trusted host stands somewhere in the origin."""
    return trusted.removeprefix("https://") in origin


def unescaped_dot(origin: str, trusted: str) -> bool:
    """A regular expression in which a dot stands for any letter: ``https://shopxexample`` fits."""
    return re.match(f"^{trusted}$", origin) is not None


ORIGIN_CHECKS: dict[str, OriginCheck] = {
    "exact": exact,
    "none": no_check,
    "prefix": prefix,
    "suffix": suffix,
    "substring": substring,
    "unescaped dot": unescaped_dot,
}
"""How a receiver may compare the origin of a message with the one that it trusts."""


def any_window(source: str, expected: str) -> bool:
    """The message may come from any window."""
    return True


def expected_window(source: str, expected: str) -> bool:
    """The message comes from the window that it is expected from."""
    return source == expected


SOURCE_CHECKS: dict[str, SourceCheck] = {"expected window": expected_window, "none": any_window}
"""How a receiver may look at the window that a message comes from."""


def receiver_only(receiver: str) -> str:
    """The message is meant for the receiver's origin."""
    return receiver


def anybody(receiver: str) -> str:
    """The message is meant for whoever is there."""
    return "*"


ADDRESSING: dict[str, Addressing] = {"the receiver's origin": receiver_only, "*": anybody}
"""How a sender may fill in the target origin."""


def answered(kind: str, function: Callable[..., Any], *given: str) -> Any:
    """What a page's own ``function`` answers. Raises `ScriptError` if it fails."""
    try:
        return function(*given)
    except ReadersError:
        raise
    except Exception as error:
        raise ScriptError(
            f"the {kind} {called(function)!r} failed for {', '.join(map(repr, given))}: "
            f"{type(error).__name__}: {error}"
        ) from error


def _yes(kind: str, check: Callable[..., Any], *given: str) -> bool:
    """The answer of a check, which may be what a regular expression finds, or ``None``."""
    answer = answered(kind, check, *given)
    if answer is None or isinstance(answer, bool | re.Match):
        return bool(answer)
    raise ScriptError(
        f"the {kind} {called(check)!r} answered {shown(answer)}: it returns True or False"
    )


def place_in(page: Page, frame: int | str) -> str:
    """The label of ``page.frames[frame]``, or of its ``"parent"`` or ``"opener"``.

    Raises `UnknownName` where there is none.
    """
    if frame == "parent":
        return page.parent
    if frame == "opener":
        if page.opener is None:
            raise UnknownName(f"no other window has opened that of {page.label!r}")
        return page.opener
    label: str = page.frames[frame]
    return label


@dataclass(frozen=True)
class Posts:
    """A page that has ``says`` for ``receiver``, an origin, once it has loaded.

    ``frame`` is where the receiver is: a number of a frame, ``"parent"`` or ``"opener"``. With
    ``to_principal`` the page does not name a frame but the receiver itself, by a CommRequest.
    """

    says: object
    receiver: str
    frame: int | str = 0
    addressing: Addressing = receiver_only
    to_principal: bool = False

    hears_loads: ClassVar = "own"

    def __post_init__(self) -> None:
        object.__setattr__(self, "says", frozen(structured_clone(self.says)))

    def __call__(self, memory: None, happened: Happened) -> tuple[None, tuple[Attempt, ...]]:
        """React as every page's script does (`labcore.scripts`)."""
        page = happened.page
        if not isinstance(happened, Loaded) or happened.frame != page.label:
            return memory, ()
        if self.to_principal:
            return memory, (CommRequest(page.label, self.receiver, self.says),)
        target = place_in(page, self.frame)
        target_origin = answered("addressing", self.addressing, self.receiver)
        return memory, (PostMessage(page.label, target, self.says, target_origin),)


@dataclass(frozen=True)
class Listens:
    """A page that acts on messages of ``trusted``, an origin, and may reply.

    ``frame`` is the window it expects them from, for the ``source_check``. ``replies`` is what it
    says back, if it is not ``None``.
    """

    trusted: str
    check: OriginCheck = exact
    frame: int | str = "parent"
    source_check: SourceCheck = any_window
    replies: object = None
    addressing: Addressing = receiver_only

    hears_loads: ClassVar = "none"

    def __post_init__(self) -> None:
        object.__setattr__(self, "replies", frozen(structured_clone(self.replies)))

    def __call__(self, memory: None, happened: Happened) -> tuple[None, tuple[Attempt, ...]]:
        """React as every page's script does (`labcore.scripts`)."""
        if not isinstance(happened, MessageEvent):
            return memory, ()
        page, origin, source = happened.page, happened.origin, happened.source
        if not _yes("origin check", self.check, origin, self.trusted):
            reason = f"the message comes from {origin}, not from {self.trusted}"
            return memory, (Refuses(page.label, reason),)
        if not self._is_expected(page, source):
            return memory, (Refuses(page.label, f"the message comes from {source}"),)
        accepts = Accepts(page.label, happened.data, self.trusted)
        if self.replies is None:
            return memory, (accepts,)
        target_origin = answered("addressing", self.addressing, origin)
        return memory, (accepts, PostMessage(page.label, source, self.replies, target_origin))

    def _is_expected(self, page: Page, source: str) -> bool:
        """What the source check says; a window that is not there is ``""`` to it."""
        try:
            expected = place_in(page, self.frame)
        except UnknownName:
            expected = ""
        return _yes("source check", self.source_check, source, expected)


@dataclass(frozen=True)
class Together:
    """Several scripts in one page, each with a memory of its own."""

    scripts: tuple[PageScript, ...]

    @property
    def hears_loads(self) -> str:
        """What the one of them hears that hears most."""
        heard = {getattr(script, "hears_loads", "all") for script in self.scripts}
        return next((each for each in ("all", "own") if each in heard), "none")

    def __call__(
        self, memories: tuple[Any, ...] | None, happened: Happened
    ) -> tuple[tuple[Any, ...], tuple[Attempt, ...]]:
        """React as every page's script does (`labcore.scripts`)."""
        before = memories or (None,) * len(self.scripts)
        each = [
            script(memory, happened) for script, memory in zip(self.scripts, before, strict=True)
        ]
        return tuple(memory for memory, _ in each), tuple(act for _, acts in each for act in acts)
