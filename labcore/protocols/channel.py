"""The fragment channel: a page's script that runs a handshake by writing and polling fragments.

A message is written into the other end's fragment by navigating its frame to the URL that it should
be showing. If another page is there by now, that page goes, and never sees the message.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from labcore.actions import Accepts, Asks, Attempt, Call, Embed, Navigate, Refuses, SetTimer
from labcore.errors import UnknownName
from labcore.origin import InvalidURL, Origin
from labcore.protocols.session import (
    Abort,
    Accept,
    Handshake,
    Move,
    Say,
    Session,
    Words,
    turn,
)
from labcore.scripts import Called, FragmentRead, Happened, Loaded, Page, TimeIsUp

TOP, TUNNEL = "_top", "tunnel"


@dataclass(frozen=True, slots=True)
class Opens:
    """A channel that a page opens once it has loaded: the other end, and what to say there.

    ``frame`` is the number of one of the page's frames, or the name of one that it is to embed.
    """

    url: str
    says: str
    frame: int | str = 0


@dataclass(frozen=True, slots=True)
class End:
    """A session, the frame that its other end is in, and what waits to be said there."""

    session: Session
    frame: int | str
    waiting: tuple[Words, ...] = ()


Reaction = tuple[tuple[End, ...], tuple[Attempt, ...]]


@dataclass(frozen=True)
class Channel:
    """A page's script: it opens channels, and answers whoever opens one to it.

    It answers the top of its window or, with ``tunnel``, the path of a page of the other end's, by
    way of a frame of its own that shows that page. ``answers`` is what it says back, with
    ``both_ways`` in a session of its own. With ``asks`` the user confirms what it is to do.
    """

    handshake: Handshake
    opens: tuple[Opens, ...] = ()
    tunnel: str = ""
    answers: str = ""
    both_ways: bool = False
    asks: bool = False

    hears_loads: ClassVar = "own"
    hears: ClassVar = (Loaded, FragmentRead, Called, TimeIsUp)

    def __call__(
        self, memory: tuple[End, ...] | None, happened: Happened
    ) -> tuple[tuple[End, ...] | None, tuple[Attempt, ...]]:
        """React as every page's script does (`labcore.scripts`)."""
        ends, actions = self._react(memory or (), happened)
        return ends or memory, actions

    def _react(self, ends: tuple[End, ...], happened: Happened) -> Reaction:
        page = happened.page
        match happened:
            case Loaded(frame=frame) if frame == page.label:
                return self._open(page, ends, self.opens)
            case FragmentRead(text=text) | Called(text=text):
                return self._hear(page, ends, tuple(text.split(",")))
            case TimeIsUp():
                said = (self._write(page, end, words) for end in ends for words in end.waiting)
                return tuple(replace(end, waiting=()) for end in ends), tuple(said)
        return ends, ()

    def _open(self, page: Page, ends: tuple[End, ...], opens: Iterable[Opens]) -> Reaction:
        """Begin a session with each page that there is something to say to."""
        actions: tuple[Attempt, ...] = ()
        for each in opens:
            me = Session(page.document.page, page.nonce(len(ends) + 1), each.says, each.url)
            end, said = self._turn(page, End(me, each.frame), ()) or (End(me, each.frame), ())
            ends, actions = (*ends, end), (*actions, *said)
        return ends, actions

    def _hear(self, page: Page, ends: tuple[End, ...], words: Words) -> Reaction:
        """Let the session speak that expects these words; a new one, if no other does."""
        me = Session(page.document.page, page.nonce(len(ends) + 1), self.answers)
        for place, end in enumerate((*ends, End(me, self._way_back(page, ends, words)))):
            if (turn := self._turn(page, end, words)) is None:
                continue
            after, actions = turn
            ends = (*ends[:place], after, *ends[place + 1 :])
            if self.both_ways and any(isinstance(each, Accepts | Asks) for each in actions):
                back = Opens(after.session.peer, self.answers, after.frame)
                ends, said = self._open(page, ends, [back])
                actions += said
            return ends, actions
        return ends, (Refuses(page.label, f"no session of {page.label} expects such a message"),)

    def _turn(self, page: Page, end: End, words: Words) -> tuple[End, tuple[Attempt, ...]] | None:
        """One turn of the handshake; ``None`` if it does not expect these words."""
        answer = turn(self.handshake, end.session, words)
        if answer is None or not _is_url(answer[0].peer):
            return None
        session, *moves = answer
        later = tuple(each.words for each in moves if isinstance(each, Say) and each.later)
        end = End(session, end.frame, (*end.waiting, *later))
        actions = [action for move in moves for action in self._act(page, end, move)]
        if later:
            actions.append(SetTimer(page.label, "a moment"))
        return end, tuple(actions)

    def _act(self, page: Page, end: End, move: Move) -> Iterator[Attempt]:
        peer = str(Origin.of(end.session.peer))
        match move:
            case Say(words=words, later=False):
                yield self._write(page, end, words)
            case Accept(text):
                yield (Asks if self.asks else Accepts)(page.label, text, peer)
            case Abort(reason):
                yield Refuses(page.label, reason)

    def _way_back(self, page: Page, ends: tuple[End, ...], words: Words) -> int | str:
        """Where to answer: the top, the tunnel to it, or the frame that a channel was opened to."""
        if page.label != page.top:
            return TUNNEL if self.tunnel else TOP
        return next((end.frame for end in ends if end.session.peer in words), TOP)

    def _write(self, page: Page, end: End, words: Words) -> Navigate | Embed:
        """Write ``words`` behind the URL of the other end, in its frame; embed it if need be."""
        url = end.session.peer
        if end.frame == TUNNEL:
            url = f"{Origin.of(url)}{self.tunnel}"
        url += f"#{','.join(words)}"
        try:
            frame = page.top if end.frame == TOP else page.frames[end.frame]
        except UnknownName:
            return Embed(page.label, url, str(end.frame))
        return Navigate(page.label, frame, url)


def tunnel(
    memory: tuple[bool, str] | None, happened: Happened
) -> tuple[tuple[bool, str], tuple[Attempt, ...]]:
    """SMash's tunnel page: it hands what it reads to the script of the top, once it has loaded."""
    loaded, text = memory or (False, "")
    loaded = loaded or isinstance(happened, Loaded)
    text = happened.text if isinstance(happened, FragmentRead) else text
    if not loaded or not text:
        return (loaded, text), ()
    return (loaded, ""), (Call(happened.page.label, happened.page.top, text),)


def _is_url(text: str) -> bool:
    try:
        Origin.of(text)
    except InvalidURL:
        return False
    return True
