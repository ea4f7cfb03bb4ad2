"""What one end of a handshake knows, and what it can do when a message comes.

A handshake is a function ``handshake(me, message) → (me, *moves)``, written beside the paper's
notation: ``me`` is the `Session` of one end, ``message`` the words that it has read, ``()`` to
begin. The moves are `Say`, `Accept` and `Abort`. A message that the session does not expect is
`NOT_MINE`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from labcore.errors import ReadersError, WrongType, shown

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
    """Send these words to the other end; ``later`` when the one before has had time to be read.

    A word has no comma in it, since commas set the words apart.
    """

    words: Words
    later: bool = False

    def __post_init__(self) -> None:
        words = self.words
        if isinstance(words, tuple) and all(isinstance(x, str) and "," not in x for x in words):
            return
        one = f"; for one word write Say(({words!r},))" if isinstance(words, str) else ""
        raise WrongType(f"Say takes a tuple of words without commas, not {shown(words)}{one}")


@dataclass(frozen=True, slots=True)
class Accept:
    """Take ``text`` to come from ``peer``."""

    text: str


@dataclass(frozen=True, slots=True)
class Abort:
    """Give the session up, and say why."""

    reason: str


Move = Say | Accept | Abort
Answer = tuple[Session, *tuple[Move, ...]] | None
Handshake = Callable[[Session, Words], Answer]

NOT_MINE = None
"""The message is none that this session waits for."""


class BadHandshake(ReadersError, TypeError):
    """A handshake answered with something else than a session and moves."""


def turn(handshake: Handshake, me: Session, message: Words) -> Answer:
    """What ``handshake`` answers. Raises `BadHandshake` if it fails or gives no answer."""
    try:
        answer = handshake(me, message)
    except ReadersError:
        raise
    except Exception as error:
        raise BadHandshake(
            f"the handshake failed at the words {shown(message)} in the state {me.state!r}: "
            f"{type(error).__name__}: {error}"
        ) from error
    match answer:
        case None:
            return NOT_MINE
        case (Session(), *moves) if isinstance(answer, tuple) and all(
            isinstance(each, Move) for each in moves
        ):
            return answer
    wanted = "(me, *moves), each move a Say, an Accept or an Abort, or it answers NOT_MINE"
    raise BadHandshake(f"a handshake answers {wanted}; it cannot answer {shown(answer)}")
