"""What can happen in a browser, as values.

A script *acts*: it navigates a frame, scripts another document, relaxes its own domain. A policy is
asked about each such attempt. Then there is what nobody decides: a navigation that was begun
*commits*, the user types. An action is only a description; `labcore.step` is where it takes effect.
Frames are named by their labels.
"""

from dataclasses import dataclass

from labcore.errors import BadPage, WrongType, shown


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
    """A script in ``actor`` calls ``window.open(url, name)``: finds that frame, or opens one."""

    actor: str
    url: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.actor} opens {self.url} in the frame named {self.name!r}"


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
    run: Navigate | Open | SetDomain | None = None

    def __post_init__(self) -> None:
        if self.run is None:
            return
        if not isinstance(self.run, Navigate | Open | SetDomain):
            raise WrongType(f"run is a Navigate, an Open or a SetDomain, not {shown(self.run)}")
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
class Commit:
    """The navigation under way in ``target`` commits: a new document replaces the old."""

    target: str

    def __str__(self) -> str:
        return f"the new document in {self.target} arrives"


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


Attempt = Navigate | Script | Open | SetDomain
"""What a script tries, and a policy decides."""

Event = Attempt | Commit | UserTypes
"""Anything that can happen."""


def frames_of(event: Event) -> tuple[str, ...]:
    """The labels of the frames that ``event`` names, the actor first."""
    match event:
        case Navigate(actor, target):
            return (actor, target)
        case Script(actor, target, run):
            inner = frames_of(run)[1:] if run is not None else ()
            return (actor, target, *inner)
        case Open(actor) | SetDomain(actor):
            return (actor,)
        case Commit(target) | UserTypes(target):
            return (target,)
    raise WrongType(
        f"an event is a Navigate, Script, Open, SetDomain, Commit or UserTypes, not {shown(event)}"
    )


def whom(attempt: Navigate | Script) -> str:
    """The target in a sentence about the actor."""
    return "itself" if attempt.actor == attempt.target else attempt.target
