"""What one end of a handshake knows, and what it can do when a message comes.

A handshake is a function ``handshake(me, message) → (me, *moves)``, written beside the paper's
notation: ``me`` is the `Session` of one end, ``message`` the words that it has read, ``()`` to
begin. The moves are `Say`, `Accept` and `Abort`. A message that the session does not expect is
`NOT_MINE`.
"""

from collections.abc import Callable
from dataclasses import dataclass

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """One end of a channel.

    ``uri`` and ``nonce`` are its own, ``peer`` is the URL of the other end as far as it knows,
    ``theirs`` the other end's nonce. ``says`` is what it has to say once the channel is open.
    """

    uri: str
    nonce: str
    says: str = ""
    peer: str = ""
    theirs: str = ""
    state: str = "idle"


@dataclass(frozen=True, slots=True)
class Say:
    """Send these words to the other end; ``later`` when the one before has had time to be read."""

    words: Words
    later: bool = False


@dataclass(frozen=True, slots=True)
class Accept:
    """Take ``text`` to come from ``peer``."""

    text: str


@dataclass(frozen=True, slots=True)
class Abort:
    """Give the session up, and say why."""

    reason: str


Move = Say | Accept | Abort
Handshake = Callable[[Session, Words], tuple[Session, *tuple[Move, ...]] | None]

NOT_MINE = None
"""The message is none that this session waits for."""
