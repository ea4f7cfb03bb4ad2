"""A trace as a story: rows, each of which one arrow or one note tells.

A message is written and later read, posted and later dispatched, a navigation begins and later
commits. Where nothing else happens in between, that is one row. Else it is two, and the arrow goes
from the one to the other. What teaches nothing, such as a page that has loaded, has no row. What a
server is asked belongs to the row in which it is asked (`labcore.figures.requests`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import unquote

from labcore import actions as act
from labcore.actions import Accepts, Asks, Commit, Deliver, Fetch, Load, Poll, Submit, TimerFires
from labcore.figures import requests, theme
from labcore.figures.requests import Sent
from labcore.figures.theme import Tint, clean
from labcore.figures.tree import host_of
from labcore.origin import Origin
from labcore.policies import Decision
from labcore.scenarios import Step, Trace
from labcore.world import World

LOST, STOPPED, TURNED_AWAY, WAITS = "lost", "stopped", "turned away", "waits"
"""What can become of an arrow, but that it arrives."""

QUIET, ACCEPTS, ASKS, IGNORES, USER = "quiet", "accepts", "asks", "ignores", "user"
"""The kinds of note."""

WRITES, POSTS = act.Navigate | act.Traverse | Submit, act.PostMessage | act.CommRequest
SENT = WRITES | POSTS | act.Embed | act.Open | act.Script | act.Call
"""What makes an arrow."""

NEVER = 10**9


class Shown(NamedTuple):
    """What a frame shows from ``step`` on; ``host`` is empty once the frame is gone."""

    label: str
    step: int
    host: str
    tint: Tint = theme.CROWD
    hostile: bool = False
    is_new: bool = False


@dataclass(frozen=True)
class Row:
    """Something that happens in the frame ``source``: an arrow to ``target``, or else a note.

    It tells the steps from ``first`` to ``last``. ``note`` is the kind of note. ``fate`` is what
    becomes of an arrow, with the reason ``why``, settled at the step ``ends``. An arrow that
    ``arrives`` at another row's step ends there; that row says ``since`` which one it began.
    ``claims`` is in whose name an attacker speaks, and at which step that shows, ``truth`` who it
    really was that a page takes for another. ``asked`` is what goes to servers and comes back.
    """

    first: int
    last: int
    source: str
    target: str = ""
    text: str = ""
    note: str = ""
    since: int | None = None
    navigates: bool = False
    arrives: int = NEVER
    ends: int = 0
    fate: str = ""
    why: str = ""
    claims: tuple[str, int] = ("", 0)
    truth: str = ""
    shows: tuple[Shown, ...] = ()
    learnt: tuple[tuple[str, int], ...] = ()
    asked: tuple[Sent, ...] = ()

    @property
    def frames(self) -> tuple[str, ...]:
        """The frames without which the row cannot be told."""
        return tuple(filter(None, (self.source, self.target)))

    def until(self, step: int) -> "Row":
        """What can be told of this row once ``step`` has been taken."""
        row = replace(
            self,
            last=min(self.last, step),
            shows=tuple(each for each in self.shows if each.step <= step),
            learnt=tuple(each for each in self.learnt if each[1] <= step),
            asked=tuple(each for each in self.asked if each.step <= step),
            claims=self.claims if self.claims[1] <= step else ("", 0),
        )
        return row if self.ends <= step else replace(row, ends=step, fate=WAITS, why="")


class Told(NamedTuple):
    """The rows of a trace, and the frames that matter to it, with those there at the start.

    ``servers`` are those that are asked, labelled with their origins.
    """

    rows: tuple[Row, ...]
    frames: tuple[str, ...]
    start: tuple[Shown, ...]
    servers: tuple[Shown, ...] = ()


def speaks(trace: Trace) -> bool:
    """Whether ``trace`` tells of messages and requests, and not only of who may do what."""
    kinds = POSTS | Poll | Deliver | Fetch | Submit
    said = (isinstance(each.event, kinds) or each.world.exchanges for each in trace.steps)
    return trace.scenario.scripts is not None or any(said)


def secrets_matter(trace: Trace) -> bool:
    """Whether there is an attacker, and anything that it could learn."""
    start = trace.scenario.start
    if not start.attacker and not start.on_the_network:
        return False
    typed = (
        isinstance(each, act.UserTypes) for each in (*trace.scenario.plan, *trace.scenario.user)
    )
    return bool(start.secrets or trace.end.knowledge) or any(typed)


def told(trace: Trace, origins: Sequence[Origin] = ()) -> Told:
    """The story of ``trace``; ``origins`` is the order in which origins take their colours."""
    worlds = trace.worlds
    start, teller = worlds[0], _Teller(worlds, origins, trace.scenario.toggles)
    for number, (step, before) in enumerate(zip(trace.steps, worlds, strict=False), start=1):
        teller.tell(number, step, before)
    claimed = {row.claims[0] for row in teller.rows}
    named = {label for row in teller.rows for label in row.frames}
    named |= {each.label for each in start.browser.frames if host_of(each) in claimed}
    frames: list[str] = []
    for world in worlds:
        place = 0
        for label in (each.label for _, each in world.browser.in_page_order()):
            if label not in frames:
                frames.insert(place, label)
            place = frames.index(label) + 1
    shown = (teller.shown(start, label, 0) for label in start.browser.labels if label in named)
    kept = tuple(filter(named.__contains__, frames))
    return Told(tuple(teller.rows), kept, tuple(shown), teller.servers(start))


class _Teller:
    """Makes the rows, one step after the other, and remembers what is under way to whom."""

    def __init__(
        self, worlds: Sequence[World], origins: Sequence[Origin], toggles: Sequence[str]
    ) -> None:
        seen = [frame.document.origin for world in worlds for frame in world.browser.frames]
        self.tints = theme.tints([*origins, *seen], worlds[0].attacker)
        self.toggles = toggles
        self.rows: list[Row] = []
        self.written: dict[str, int] = {}
        self.begun: dict[str, int] = {}
        self.posted: dict[str, list[int]] = {}
        self.heard: dict[str, int] = {}
        self.asked: dict[str, int] = {}
        self.woken = False

    def tell(self, number: int, step: Step, before: World) -> None:
        """Tell one step, with a row of its own or in the one above."""
        event, decision, after = step
        if isinstance(event, Load | TimerFires | Poll | Deliver | act.Call | Fetch):
            self.woken = isinstance(event, Load | TimerFires | Fetch)
        if isinstance(event, SENT):
            self._send(number, event, decision, before, after)
        elif isinstance(event, Fetch):
            self._fetch(number, event, decision, before, after)
        elif isinstance(event, Poll) and decision:
            text = words_of(after.browser.document(event.target).fragment)
            self._arrive(number, event.target, self.written.pop(event.target, None), text)
        elif isinstance(event, Deliver) and self.posted.get(event.target):
            self._arrive(number, event.target, self.posted[event.target].pop(0), "", decision)
        elif isinstance(event, Commit) and (decision or before.pending_in(event.target)):
            self._commit(number, event.target, before, after)
        elif not isinstance(event, Load | act.SetTimer | Commit):
            self._note(number, event, decision, before)
        if asked := tuple(requests.sent_in(number, step, before, self.toggles)):
            told = (*self.rows[-1].asked, *asked)
            self.rows[-1] = replace(self.rows[-1], last=number, asked=told)
        if (new := after.knowledge - before.knowledge) and self.rows:
            learnt = (*self.rows[-1].learnt, *((word, number) for word in sorted(new)))
            self.rows[-1] = replace(self.rows[-1], learnt=learnt)

    # --- arrows ---

    def _send(
        self, number: int, event: Any, decision: Decision, before: World, after: World
    ) -> None:
        place, target = len(self.rows), _target(event, decision, before, after)
        pending = after.pending_in(target) if target in after.browser else None
        navigates = pending is not None and pending != before.pending_in(target)
        row = Row(number, number, event.actor, target, navigates=navigates)
        row = replace(row, text=_words(event, row, before, after))
        sent = bool(requests.exchanges_of(before, after))
        if claimed := _claimed(event, before):
            row = replace(row, claims=(claimed, number))
        if not decision and not sent:
            row = replace(row, fate=STOPPED, why=short(decision.reason))
        elif isinstance(event, act.Call):
            self.heard[target] = place
        elif navigates or isinstance(event, WRITES | POSTS):
            row = replace(row, ends=NEVER, fate=WAITS)
            if navigates:
                self._lose(
                    self.begun.pop(target, None), number, "another navigation takes its place"
                )
                self.begun[target] = place
            elif isinstance(event, POSTS):
                self.posted.setdefault(target, []).append(place)
            else:
                self._lose(self.written.pop(target, None), number, "overwritten before it was read")
                self.written[target] = place
        if decision and target not in before.browser:
            row = replace(row, shows=(self.shown(after, target, number)._replace(is_new=True),))
        elif target == event.actor or target not in before.browser:
            about = _about(row.text, "itself" if target == event.actor else target)
            kind = QUIET if decision else IGNORES
            row = replace(row, target="", text=about, note=kind, claims=("", 0))
        self.rows.append(row)

    def _arrive(
        self,
        number: int,
        target: str,
        place: int | None,
        text: str,
        decision: Decision | None = None,
    ) -> None:
        """The arrow of the row ``place`` ends: in that row, or in one of its own."""
        if place is None:
            self.rows.append(Row(number, number, target, text=f"reads “{text}”", note=QUIET))
            return
        self.heard[target] = place
        refused = decision is not None and not decision
        fate, why = (
            (TURNED_AWAY, short(decision.reason)) if decision is not None and refused else ("", "")
        )
        row = replace(self.rows[place], ends=number, fate=fate, why=why)
        if place == len(self.rows) - 1:
            self.rows[place] = replace(row, last=number)
            return
        self.rows[place] = replace(row, arrives=number, why="")
        self.rows.append(Row(number, number, row.source, target, since=place, fate=fate, why=why))

    def _fetch(
        self, number: int, event: Fetch, decision: Decision, before: World, after: World
    ) -> None:
        """An empty note, below which the server is asked; or else what happens in its place."""
        label, browser = event.actor, before.browser
        self.heard.pop(label, None)
        row = Row(number, number, label, note=QUIET)
        if label not in browser:
            row = replace(row, source=self.rows[-1].source if self.rows else browser.labels[0])
        if label not in browser or not requests.can_be_asked(event.request.url):
            why = "" if decision else short(decision.reason)
            kind = QUIET if decision else IGNORES
            text = short(str(event)).removeprefix(f"{row.source} ")
            row = replace(row, text=text, note=kind, why=why)
        elif after.is_attackers(label) and not before.is_attackers(label):
            row = replace(row, shows=(self.shown(after, label, number),))
        new = (each for each in after.browser.labels if each not in browser)
        shows = (self.shown(after, each, number)._replace(is_new=True) for each in new)
        self.rows.append(replace(row, shows=(*row.shows, *shows)))

    def _commit(self, number: int, target: str, before: World, after: World) -> None:
        place = self.begun.pop(target)
        self._lose(self.written.pop(target, None), number, "the page is gone before it reads it")
        asked = bool(requests.exchanges_of(before, after))
        stays = after.browser.document(target) is before.browser.document(target)
        shows = [] if stays else [self.shown(after, target, number)]
        for label in before.browser.descendants(target):
            if label not in after.browser:
                shows.append(Shown(label, number, ""))
                for each in (self.written.pop(label, None), *self.posted.pop(label, [])):
                    self._lose(each, number, "its frame is gone")
        row = replace(self.rows[place], ends=number, fate="")
        if after.browser.document(target).fragment:
            self.written[target] = place
        if place == len(self.rows) - 1:
            if asked:
                shows = [*row.shows, *shows]
            elif row.shows:
                shows[0] = shows[0]._replace(is_new=True, step=row.first)
            row = replace(row, last=number, shows=tuple(shows))
        else:
            self.rows.append(Row(number, number, target, note=QUIET, shows=tuple(shows)))
        self.rows[place] = row

    def _lose(self, place: int | None, number: int, why: str) -> None:
        if place is not None and self.rows[place].fate == WAITS:
            self.rows[place] = replace(self.rows[place], ends=number, fate=LOST, why=why)

    # --- notes ---

    def _note(self, number: int, event: Any, decision: Decision, before: World) -> None:
        label = act.frames_of(event)[0]
        row = Row(number, number, label, text=short(str(event)), note=QUIET)
        if isinstance(event, Asks):
            text = f"{short(event.peer)} wants to {clean(event.text)}. Allow it?"
            row = self._checked(replace(row, text=text, note=ASKS), event.peer, before)
            self.asked[label] = self.heard.get(label, -1)
        elif isinstance(event, Accepts):
            text = f"accepts “{clean(act.in_short(event.text))}” as from {short(event.peer)}"
            self.heard[label] = self.asked.pop(label, self.heard.get(label, -1))
            row = self._checked(replace(row, text=text, note=ACCEPTS), event.peer, before)
        elif isinstance(event, act.Refuses):
            text = short(decision.reason) if self.woken else f"ignores it: {short(decision.reason)}"
            row = replace(row, text=text, note=IGNORES)
        elif isinstance(event, act.UserConfirms | act.UserTypes):
            peer, secret = short(getattr(event, "peer", "")), clean(getattr(event, "secret", ""))
            text = f"the user believes {peer}" if peer else f"the user types {secret} here"
            row = replace(row, text=text, note=USER)
            if not decision:
                text = f"the user would believe {peer}" if peer else f"the user keeps {secret}"
                why = short(decision.reason)
                row = replace(row, text=text, note=IGNORES, fate=STOPPED, why=why)
        elif isinstance(event, act.UserClicks):
            text = "the user clicks here"
            if event.sees != event.target:
                text = f"the user clicks on a button of {clean(event.sees)}"
                text += f", but {label} gets the click" if decision else ""
            row = replace(row, text=text, note=USER)
            if not decision:
                row = replace(row, note=IGNORES, why=short(decision.reason))
        elif isinstance(event, TimerFires):
            row = replace(row, text=f"its timer fires, after {dict(decision.words).get('waits')}")
        elif isinstance(event, Poll):
            row = replace(row, text=short(decision.reason).removeprefix(f"{label} "))
        elif not decision:
            row = replace(row, note=IGNORES, fate=STOPPED, why=short(decision.reason))
        self.rows.append(row)

    def _checked(self, row: Row, peer: str, before: World) -> Row:
        """The row, with a word on who it really was, if an attacker whom the page does not mean."""
        place = self.heard.get(row.source, -1)
        sender = self.rows[place].source if place >= 0 else ""
        if sender not in before.browser or not before.is_attackers(sender):
            return row
        if str(before.browser.origin(sender)) == peer:
            return row
        if not self.rows[place].claims[0]:
            self.rows[place] = replace(self.rows[place], claims=(short(peer), row.first))
        return replace(row, truth=sender)

    def shown(self, world: World, label: str, step: int) -> Shown:
        """What ``label`` shows in ``world``."""
        frame, hostile = world.browser.frame(label), world.is_attackers(label)
        coming = world.pending_in(label)
        if frame.document.url == "about:blank" and coming and world.server_at(coming.url):
            return Shown(label, step, "empty")
        tint = theme.HOSTILE if hostile else self.tints[frame.document.origin]
        return Shown(label, step, host_of(frame), tint, hostile)

    def servers(self, world: World) -> tuple[Shown, ...]:
        """The servers that are asked, in that order."""
        asked = dict.fromkeys(each.server for row in self.rows for each in row.asked)
        tints = theme.tints([*self.tints, *asked], world.attacker)
        shown = []
        for each in asked:
            hostile = world.attacker_speaks_for(each)
            tint = theme.HOSTILE if hostile else tints[each]
            shown.append(Shown(str(each), 0, requests.server_name(each), tint, hostile))
        return tuple(shown)


# --- words ---

_URL = re.compile(r"https://([^/\s,;“”]+)[^\s,;“”]*")


def short(text: str) -> str:
    """``text`` with the host in the place of every URL."""
    return clean(_URL.sub(r"\1", text))


def words_of(fragment: str) -> str:
    """What a fragment says: its words set apart, its URLs as hosts."""
    return ", ".join(short(word) for word in unquote(fragment).split(","))


def _words(event: Any, row: Row, before: World, after: World) -> str:
    """What stands on an arrow."""
    if isinstance(event, act.PostMessage):
        return f"{clean(act.in_short(event.data))}, for {short(event.target_origin)}"
    if isinstance(event, act.CommRequest):
        return f"{clean(act.in_short(event.data))}, to whoever is {short(event.principal)}"
    if isinstance(event, act.Call):
        return f"calls it: {words_of(event.data)}"
    if isinstance(event, act.Script):
        return f"makes it act: {short(str(event.run))}" if event.run else "reads it"
    if isinstance(event, act.Traverse):
        way = "goes back" if event.by < 0 else "goes forward"
        known = row.target in after.browser and after.browser.document(row.target).fragment
        return f"{way}: {words_of(known)}" if known else way
    if isinstance(event, Submit):
        return f"sends {requests.server_name(event.request.origin)} a form"
    page, _, fragment = event.url.partition("#")
    known = row.target in before.browser and before.browser.document(row.target).page
    if isinstance(event, act.Navigate) and fragment and page == known:
        return words_of(fragment)
    verb = {act.Embed: "embeds", act.Open: "opens"}.get(type(event), "navigates it to")
    address = clean(page.removeprefix("https://").removesuffix("/"))
    if after.server_at(event.url) is not None:
        address = requests.server_name(Origin.of(event.url))
    return f"{verb} {address}" + (f" # {words_of(fragment)}" if fragment else "")


def _about(text: str, whom: str) -> str:
    """``text`` with a name for what is only pointed at in the picture."""
    return re.sub(r"\bit\b", whom, text, count=1)


def _claimed(event: Any, world: World) -> str:
    """In whose name the attacker speaks: a URL in its words that is not its own."""
    if event.actor not in world.browser or not world.is_attackers(event.actor):
        return ""
    said = getattr(event, "url", "").partition("#")[2] or str(getattr(event, "data", ""))
    hosts = (found[1] for found in map(_URL.fullmatch, unquote(said).split(",")) if found)
    return next((each for each in hosts if each != world.browser.origin(event.actor).host), "")


def _target(event: Any, decision: Decision, before: World, after: World) -> str:
    """The frame that an attempt is about, as far as there is one."""
    if isinstance(event, act.Traverse):
        return str(dict(decision.words).get("label", ""))
    new = [label for label in after.browser.labels if label not in before.browser]
    new += [each.target for each in after.pending if each not in before.pending]
    new += [each.target for each in after.messages if each not in before.messages]
    return str(getattr(event, "target", new[0] if new else ""))


def sentences(rows: Iterable[Row], step: int) -> Iterator[str]:
    """What ``rows`` show after ``step`` steps."""
    for row in (row.until(step) for row in rows if row.first <= step):
        said = f"{row.source} {_about(row.text, row.target or 'it')}"
        asked = tuple(requests.sentences(row.asked))
        if row.since is not None:
            said = f"what {row.source} has sent reaches {row.target}"
        elif row.note == ASKS:
            said = f"{row.source} asks the user: “{row.text}”"
        elif row.note and not row.text:
            said = "" if row.asked else f"{row.source} now shows {row.shows[0].host}"
        elif row.note in (QUIET, USER, IGNORES):
            said = f"{row.source}: {row.text}"
        elif row.target and not re.match(
            "(navigates|embeds|opens|reads|calls|makes|goes|sends) ", row.text
        ):
            said = f"{row.source} sends {row.target} “{row.text}”"
        steps = f"Step {row.first}" if row.first == row.last else f"Steps {row.first} to {row.last}"
        said += f", in the name of {row.claims[0]}" if row.claims[0] else ""
        said += f", but it was {row.truth}" if row.truth else ""
        if row.arrives > step:
            because = f": {row.why}" if row.why else ""
            said += f"; this is {row.fate}{because}" if row.fate not in ("", WAITS) else ""
            said += "; it is under way" if row.fate == WAITS else ""
        shows = (f"{x.label} now shows {x.host}" for x in row.shows if x.host and row.asked)
        said = "; ".join(filter(None, (said, *asked, *shows)))
        new = ", ".join(word for word, _ in row.learnt)
        yield f"{steps}: {said}." + (f" The attacker learns {new}." if new else "")
