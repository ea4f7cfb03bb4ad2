"""What all errors here have in common: they name the wrong value and the nearest right one."""

import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Generic, TypeVar

Value = TypeVar("Value")

MOST_NAMES, MOST_LETTERS = 500, 80
"""How many names, and how much of each, are compared: more would take long on a captured page."""


class ReadersError(Exception):
    """What a reader asked for makes no sense; the message says why.

    A notebook shows the message alone, without the way that the question took through this package.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class UnknownName(ReadersError, KeyError, ValueError):
    """A frame, policy, preset or scenario was asked for by a name that does not exist."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class BadPage(ReadersError, ValueError):
    """Windows and frames that cannot stand together, or a setting of theirs that is none."""


class WrongType(ReadersError, TypeError):
    """Something of one kind where something of another kind is needed."""


class WrongValue(ReadersError, ValueError):
    """A value of the right kind that makes no sense here."""


class PolicyError(ReadersError, RuntimeError):
    """A policy raised, or answered with something that is neither a bool nor a Decision."""


class NotInAPage(ReadersError, RuntimeError):
    """Something that Python cannot do where it runs in a page of the reader's browser."""


def not_in_a_page(what: str, why: str) -> None:
    """Refuse ``what`` in the browser edition of the book, and say ``why``. Raises `NotInAPage`."""
    if sys.platform == "emscripten":
        raise NotInAPage(
            f"{what} is not possible in this edition of the book, where Python runs in a page of "
            f"your browser: {why}. It works where the book is installed."
        )


def unknown(kind: str, given: object, known: Iterable[str]) -> UnknownName:
    """The error for ``given``, which names no ``kind``; it suggests the nearest ``known`` name.

    >>> print(unknown("frame", "map", ["ad", "maps"]))
    unknown frame 'map'; did you mean 'maps'? frames are 'ad', 'maps'
    """
    names = list(known)
    folded = {name[:MOST_LETTERS].casefold(): name for name in names[:MOST_NAMES]}
    near = get_close_matches(str(given)[:MOST_LETTERS].casefold(), folded, n=1, cutoff=0.5)
    hint = f" did you mean {folded[near[0]]!r}?" if near else ""
    listed = ", ".join(shown(n, MOST_LETTERS) for n in names[:12]) or "none"
    more = ", …" if len(names) > 12 else ""
    return UnknownName(f"unknown {kind} {shown(given)};{hint} {plural(kind)} are {listed}{more}")


class Named(dict[str, Value], Generic[Value]):
    """Values by name; a wrong name is answered with the nearest right one (`UnknownName`)."""

    def __init__(self, kind: str, values: Mapping[str, Value]) -> None:
        super().__init__(values)
        self.kind = kind

    def __missing__(self, name: object) -> Value:
        raise unknown(self.kind, name, self)


def shown(value: object, most: int = 200) -> str:
    """``repr(value)``, cut where it gets long."""
    try:
        text = repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= most else f"{text[:most]}…"


def called(function: object) -> str:
    """What a reader calls a function: its name, or the name of its kind."""
    return getattr(function, "__name__", type(function).__name__)


def plural(noun: str) -> str:
    """The plural of an English noun, as far as this package needs it."""
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
