"""What can happen in a browser, as values.

A script *acts*: it navigates a frame, scripts another document, posts a message. A policy is asked
about each such attempt. Then there is what nobody decides: a navigation that was begun *commits*, a
message is delivered, the user types. An action is only a description; `labcore.step` is where it
takes effect. Frames are named by their labels.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from labcore.errors import BadPage, WrongType, WrongValue, shown
from labcore.http import Request
from labcore.messages import (
    ArrayBuffer,
    DataCloneError,
    InvalidTargetOrigin,
    frozen,
    parse_target_origin,
    structured_clone,
)
from labcore.origin import Origin
from labcore.principals import checked_id, members_of


@dataclass(frozen=True, slots=True)
class Navigate:
    """A script in ``actor`` sets ``target.location = url``: a navigation begins."""

    actor: str
    target: str
    url: str
    user_activation: bool = False

    def __str__(self) -> str:
        click = " after a click" if self.user_activation else ""
        return f"{self.actor} navigates {whom(self)} to {self.url}{click}"


@dataclass(frozen=True, slots=True)
class Open:
    """A script in ``actor`` calls ``window.open(url, name)``: finds that frame, or opens one.

    With ``noopener`` it always opens one, and neither window can reach the other: so does a link
    with ``rel="noopener"``, or with a target ``_blank`` that does not say ``rel="opener"``.
    """

    actor: str
    url: str
    name: str = ""
    noopener: bool = False

    def __str__(self) -> str:
        where = f"the frame named {self.name!r}" if self.name else "a new window"
        return f"{self.actor} opens {self.url} in {where}" + (
            ", without an opener" if self.noopener else ""
        )


@dataclass(frozen=True, slots=True)
class SetDomain:
    """A script in ``actor`` sets its own ``document.domain``."""

    actor: str
    domain: str

    def __str__(self) -> str:
        return f"{self.actor} sets document.domain to {self.domain!r}"


@dataclass(frozen=True, slots=True)
class Script:
    """A script in ``actor`` reads ``target``'s document or, with ``run``, acts in its name."""

    actor: str
    target: str
    run: "Deed | None" = None

    def __post_init__(self) -> None:
        if self.run is None:
            return
        if not isinstance(self.run, Deed):
            known = ", ".join(kind.__name__ for kind in Deed.__args__)
            raise WrongType(f"run is one of {known}, not {shown(self.run)}")
        if self.run.actor != self.target:
            raise BadPage(
                f"what {self.target!r} is made to do, it does itself: "
                f"actor={self.target!r}, not {self.run.actor!r}"
            )

    def __str__(self) -> str:
        return f"{self.actor} " + (
            f"reads {whom(self)}" if self.run is None else f"makes {self.target} act: {self.run}"
        )


@dataclass(frozen=True, slots=True)
class Call:
    """A script in ``actor`` calls a function of ``target``'s script with ``data``."""

    actor: str
    target: str
    data: str

    def __post_init__(self) -> None:
        if not isinstance(self.data, str):
            raise WrongType(f"a function is called with a text, not {shown(self.data)}")

    def __str__(self) -> str:
        return f"{self.actor} calls a function of {self.target} with {self.data}"


@dataclass(frozen=True, slots=True)
class Embed:
    """A script in ``actor`` adds an ``<iframe>`` that shows ``url`` to its own document."""

    actor: str
    url: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.actor} embeds {self.url}"


@dataclass(frozen=True, slots=True)
class Traverse:
    """A script in ``actor`` calls ``history.go(by)``, ``by`` being 1 or -1."""

    actor: str
    by: int = -1

    def __post_init__(self) -> None:
        if self.by not in (1, -1):
            raise WrongValue(f"one goes 1 forward or -1 back, not {shown(self.by)}")

    def __str__(self) -> str:
        return f"{self.actor} goes {'back' if self.by < 0 else 'forward'} in the session history"


@dataclass(frozen=True, slots=True)
class PostMessage:
    """A script in ``actor`` calls ``target.postMessage(data, target_origin, transfer)``.

    Raises `DataCloneError` for data that has no copy, `InvalidTargetOrigin` for a target origin
    that is none: the call fails and sends nothing.
    """

    actor: str
    target: str
    data: object
    target_origin: str = "/"
    transfer: Sequence[ArrayBuffer] = ()

    def __post_init__(self) -> None:
        parse_target_origin(self.target_origin, Origin.opaque("any"))
        object.__setattr__(self, "data", frozen(structured_clone(self.data)))
        object.__setattr__(self, "transfer", _transferable(self.transfer))

    def __str__(self) -> str:
        return (
            f"{self.actor} posts {in_short(self.data)} to {self.target}, for {self.target_origin}"
        )


def _transferable(listed: object) -> tuple[ArrayBuffer, ...]:
    """The buffers of a transfer list. Raises `DataCloneError`."""
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise DataCloneError(f"transfer is a list of ArrayBuffers, not {shown(listed)}")
    for each in listed:
        if not isinstance(each, ArrayBuffer):
            raise DataCloneError(f"{shown(each)} cannot be transferred: only an ArrayBuffer can")
        if listed.count(each) > 1:
            raise DataCloneError(f"{each} cannot be transferred twice")
    return tuple(listed)


@dataclass(frozen=True, slots=True)
class Fetch:
    """The document in ``actor`` asks for something: by a script's ``fetch``, or for an element."""

    actor: str
    request: Request

    def __post_init__(self) -> None:
        _check_request(self.request)

    def __str__(self) -> str:
        how = {"": "fetches", "image": "shows the image", "script": "includes the script"}
        how |= {"style": "includes the style sheet", "object": "hands to a plug-in"}
        verb = how.get(self.request.destination, "asks for")
        return f"{self.actor} {verb} {in_short_request(self.request)}"


@dataclass(frozen=True, slots=True)
class Submit:
    """A form in ``actor`` is sent; the answer is to be shown in ``target``.

    Nobody need click: a script may send it (``form.submit()``).
    """

    actor: str
    target: str
    request: Request

    def __post_init__(self) -> None:
        _check_request(self.request)

    def __str__(self) -> str:
        where = "" if self.actor == self.target else f", the answer to {self.target}"
        return f"{self.actor} sends the form {in_short_request(self.request)}{where}"


def _check_request(request: object) -> None:
    if not isinstance(request, Request):
        raise WrongType(f"one asks with Request(method, url, …), not with {shown(request, 60)}")


def in_short_request(request: Request) -> str:
    """A request in a sentence: method, URL and body, none of them long."""
    body = f" with {in_short(request.body[:60])}" if request.body else ""
    url = request.url if len(request.url) <= 100 else f"{request.url[:100]}…"
    return f"{'' if request.method == 'GET' else request.method + ' '}{url}{body}"


@dataclass(frozen=True, slots=True)
class Create:
    """A script in ``actor`` creates a principal with this ID, and from now on belongs to it.

    ``members`` are the origins that may join; its own always may. Raises `BadPrincipal`.
    """

    actor: str
    id: str
    members: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checked_id(self.id)
        listed = isinstance(self.members, Iterable) and not isinstance(self.members, str)
        members = tuple(self.members) if listed else self.members
        members_of(members)
        object.__setattr__(self, "members", members)

    def __str__(self) -> str:
        others = f", which {', '.join(self.members)} may join" if self.members else ""
        return f"{self.actor} creates the principal {self.id}{others}"


@dataclass(frozen=True, slots=True)
class Join:
    """A script in ``actor`` joins the principal with this ID, if ``of`` has created it.

    Where ``of`` is empty, whoever has created it. Raises `BadPrincipal`, and `InvalidURL`.
    """

    actor: str
    id: str
    of: str = ""

    def __post_init__(self) -> None:
        checked_id(self.id)
        if self.of:
            Origin.of(self.of)

    def __str__(self) -> str:
        whose = f" of {self.of}" if self.of else ""
        return f"{self.actor} joins the principal {self.id}{whose}"


@dataclass(frozen=True, slots=True)
class Destroy:
    """A script in ``actor`` destroys the principal that its document belongs to."""

    actor: str

    def __str__(self) -> str:
        return f"{self.actor} destroys its principal"


@dataclass(frozen=True, slots=True)
class CommRequest:
    """A script in ``actor`` sends ``data`` to whatever frame speaks for ``principal``, an origin.

    MashupOS proposed it (Barth et al. 2008, §4.2). Raises as `PostMessage` does, and
    `InvalidTargetOrigin` for ``*``, which is nobody in particular.
    """

    actor: str
    principal: str
    data: object

    def __post_init__(self) -> None:
        if parse_target_origin(self.principal, Origin.opaque("any")) is None:
            raise InvalidTargetOrigin(
                "a principal is an origin, like 'https://maps.example', not '*'"
            )
        object.__setattr__(self, "data", frozen(structured_clone(self.data)))

    def __str__(self) -> str:
        return f"{self.actor} sends {in_short(self.data)} to {self.principal}"


@dataclass(frozen=True, slots=True)
class SetTimer:
    """A script in ``actor`` asks to be woken after ``wait``, like ``"20 s"``; "" takes it back."""

    actor: str
    wait: str

    def __str__(self) -> str:
        return f"{self.actor} " + (f"waits {self.wait}" if self.wait else "stops its timer")


@dataclass(frozen=True, slots=True)
class Asks:
    """The page in ``actor`` asks the user whether ``peer`` may have ``text`` done."""

    actor: str
    text: str
    peer: str

    def __str__(self) -> str:
        return f"{self.actor} asks the user: “{self.peer} wants to {self.text}. Allow it?”"


@dataclass(frozen=True, slots=True)
class Accepts:
    """The page in ``actor`` takes ``text`` to come from ``peer``, and acts on it."""

    actor: str
    text: object
    peer: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", frozen(self.text))

    def __str__(self) -> str:
        return f"{self.actor} accepts {in_short(self.text)} as from {self.peer}"


@dataclass(frozen=True, slots=True)
class Refuses:
    """The script in ``actor`` does not act on what it has read, and says why."""

    actor: str
    reason: str

    def __str__(self) -> str:
        return f"{self.actor} does not accept it"


@dataclass(frozen=True, slots=True)
class Commit:
    """The navigation under way in ``target`` commits: a new document replaces the old."""

    target: str

    def __str__(self) -> str:
        return f"the new document in {self.target} arrives"


@dataclass(frozen=True, slots=True)
class Load:
    """The ``load`` event of ``target``: its own script and its embedder's hear of it."""

    target: str

    def __str__(self) -> str:
        return f"{self.target} has loaded"


@dataclass(frozen=True, slots=True)
class Poll:
    """The script in ``target`` looks at its own ``location.hash``."""

    target: str

    def __str__(self) -> str:
        return f"{self.target} polls its fragment"


@dataclass(frozen=True, slots=True)
class Deliver:
    """The first message that waits for ``target`` is dispatched there."""

    target: str

    def __str__(self) -> str:
        return f"the message for {self.target} is dispatched"


@dataclass(frozen=True, slots=True)
class TimerFires:
    """The time is up for which the script in ``target`` waits."""

    target: str

    def __str__(self) -> str:
        return f"the timer of {self.target} fires"


@dataclass(frozen=True, slots=True)
class UserConfirms:
    """The user says yes to what ``target`` asks, if it names ``peer``, whom the user trusts."""

    target: str
    peer: str

    def __str__(self) -> str:
        return f"the user reads what {self.target} asks, and trusts {self.peer}"


@dataclass(frozen=True, slots=True)
class UserClicks:
    """The user clicks on what ``sees`` shows; the click goes to ``target``, which lies on top.

    A page can make a frame in it transparent, and lay it over a button of its own.
    """

    target: str
    sees: str

    def __str__(self) -> str:
        if self.target == self.sees:
            return f"the user clicks in {self.target}"
        return f"the user clicks on a button of {self.sees}, and so in {self.target}"


@dataclass(frozen=True, slots=True)
class UserTypes:
    """The user types ``secret`` into whatever ``target`` shows.

    ``location`` is the origin that a careful user expects there; a careless one (``None``) never
    looks.
    """

    target: str
    secret: str
    location: str | None = None

    def __str__(self) -> str:
        return f"the user types {self.secret} into {self.target}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message under way: what a policy is asked about before it is dispatched.

    ``origin`` is the sender's at the time of the call. ``intended`` is the origin that it is meant
    for, ``None`` for any. One that is sent ``to_principal`` was never meant for a frame. It is
    ``tainted`` if the attacker has a part in it.
    """

    actor: str
    target: str
    data: object
    origin: Origin
    intended: Origin | None = None
    to_principal: bool = False
    tainted: bool = False

    def __str__(self) -> str:
        return f"{in_short(self.data)} from {self.actor} reaches {self.target}"


Deed = (
    Navigate
    | Open
    | Embed
    | SetDomain
    | Traverse
    | Call
    | PostMessage
    | CommRequest
    | Fetch
    | Submit
    | Create
    | Join
    | Destroy
)
"""What a script can do, and be made to do by a script that controls its document."""

Attempt = (
    Navigate
    | Script
    | Open
    | SetDomain
    | Call
    | Embed
    | Traverse
    | PostMessage
    | CommRequest
    | Fetch
    | Submit
    | Create
    | Join
    | Destroy
    | SetTimer
    | Asks
    | Accepts
    | Refuses
)
"""What a script tries, and a policy or the browser decides."""

Event = (
    Attempt | Commit | Load | Poll | Deliver | TimerFires | UserTypes | UserConfirms | UserClicks
)
"""Anything that can happen."""


def frames_of(event: Event | Message) -> tuple[str, ...]:
    """The labels of the frames that ``event`` names, the actor first."""
    if not isinstance(event, Event | Message):
        known = ", ".join(kind.__name__ for kind in Event.__args__)
        raise WrongType(f"an event is one of {known}, not {shown(event)}")
    inner = frames_of(event.run)[1:] if isinstance(event, Script) and event.run else ()
    return (*(getattr(event, place) for place in _places(type(event))), *inner)  # type: ignore[arg-type]


@cache
def _places(kind: Any) -> tuple[str, ...]:
    """The fields that hold a frame's label."""
    return tuple(field.name for field in fields(kind) if field.name in PLACES)


PLACES = ("actor", "target")


def in_short(data: object) -> str:
    """A message's data in a sentence: a text as it is, anything else as Python writes it."""
    return data if isinstance(data, str) else shown(data, 60)


def whom(attempt: Navigate | Script) -> str:
    """The target in a sentence about the actor."""
    return "itself" if attempt.actor == attempt.target else attempt.target
