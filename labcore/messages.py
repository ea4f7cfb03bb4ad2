"""What a message can hold, and whom it can be meant for.

Data that is posted to another window is *cloned*: the receiver gets a copy, and what cannot be
copied, such as a function, is refused (HTML Standard, "structured clone"). An `ArrayBuffer` can be
*transferred* instead: it moves, and the sender has it no more. The *target origin* says for whom
the message is meant (HTML Standard, "window post message steps").
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass

from labcore.errors import ReadersError, shown
from labcore.origin import InvalidURL, Origin

PLAIN = (str, int, float, bytes, type(None))

MOST_PARTS, MOST_LEVELS = 10_000, 100
"""How much a message may hold, and how deep: what contains itself has no end."""


class DataCloneError(ReadersError, TypeError):
    """A value that cannot be cloned, as the browser's exception of that name."""


class InvalidTargetOrigin(ReadersError, ValueError):
    """A target origin that is no ``*``, no ``/`` and no URL: a ``SyntaxError`` in browsers."""


@dataclass(frozen=True, slots=True)
class ArrayBuffer:
    """Some bytes that can be moved from one window to another."""

    name: str

    def __str__(self) -> str:
        return f"the buffer {self.name!r}"


class Record(Mapping[str, object]):
    """An object's properties as a value: a dict that cannot change and can be hashed."""

    def __init__(self, properties: Mapping[str, object]) -> None:
        self._items = tuple(properties.items())

    def __getitem__(self, key: str) -> object:
        return dict(self._items)[key]

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items))

    def __repr__(self) -> str:
        return repr(dict(self._items))


def structured_clone(value: object) -> object:
    """A copy of ``value``, as the receiver gets it: cycles are kept, nothing is shared.

    Dicts stand for objects, lists for arrays. Raises `DataCloneError` for what has no copy.

    >>> structured_clone({"to": ["maps"]})
    {'to': ['maps']}
    """
    todo, met = [value], set[int]()
    while todo:
        part = todo.pop()
        if id(part) in met or isinstance(part, (*PLAIN, ArrayBuffer)):
            continue
        met.add(id(part))
        if (inner := _inside(part)) is None:
            what = "a function" if callable(part) else f"a value of type {type(part).__name__}"
            raise DataCloneError(f"{shown(part, 60)} could not be cloned: {what} has no copy")
        todo += inner
    try:
        return deepcopy(value)
    except RecursionError:
        raise DataCloneError(
            f"a {type(value).__name__} could not be cloned: it is {_DEEP}"
        ) from None


_DEEP = f"nested more than {MOST_LEVELS} deep, which is beyond this model"


def _inside(part: object) -> list[object] | None:
    """What an object or array holds, keys included; ``None`` for what is neither."""
    if isinstance(part, dict | Record):
        return [*part.keys(), *part.values()]
    return list(part) if isinstance(part, list | tuple | set | frozenset) else None


def frozen(value: object) -> object:
    """``value`` as a message under way holds it: hashable.

    Raises `DataCloneError` for a value that contains itself, or is too large for this model.
    """
    what = f"a {type(value).__name__} could not be sent"
    todo, met = [(value, 1)], 0
    while todo:
        part, level = todo.pop()
        met += 1
        if level > MOST_LEVELS:
            raise DataCloneError(f"{what}: it contains itself, or is {_DEEP}")
        if met > MOST_PARTS:
            raise DataCloneError(f"{what}: it has more than {MOST_PARTS:,} parts")
        todo += [(inner, level + 1) for inner in _inside(part) or ()]
    return _frozen(value)


def _frozen(value: object) -> object:
    if isinstance(value, dict | Record):
        return Record({str(key): _frozen(each) for key, each in value.items()})
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    return frozenset(map(_frozen, value)) if isinstance(value, set | frozenset) else value


def parts_of(value: object) -> frozenset[object]:
    """All that is in ``value``, which somebody who reads it learns; a text's parts are its words.

    Words are set apart by commas, as in the fragments of the handshakes.
    """
    if isinstance(value, Mapping):
        return frozenset[object]().union(*map(parts_of, (*value.keys(), *value.values())))
    if isinstance(value, tuple | frozenset):
        return frozenset[object]().union(*map(parts_of, value))
    return frozenset(value.split(",") if isinstance(value, str) else [value])


def parse_target_origin(text: str, sender: Origin) -> Origin | None:
    """The origin that ``text`` stands for when ``sender`` writes it; ``None`` for ``*``.

    ``/`` is the sender's own. Of a URL only the origin counts. ``principal://…`` is the label of a
    principal that a page has created. Raises `InvalidTargetOrigin`.

    >>> str(parse_target_origin("https://MAPS.example:443/any/path", Origin.of("https://a.example")))
    'https://maps.example'
    """
    if isinstance(text, str):
        if text == "*":
            return None
        if text == "/":
            return sender
        if text.startswith("principal://"):
            return Origin("principal", text.removeprefix("principal://"))
    try:
        return Origin.of(text)
    except InvalidURL as error:
        raise InvalidTargetOrigin(
            f"a target origin is '*', '/' or a URL; {error!s} (SyntaxError)"
        ) from error
