"""`Principals`: pages create, join and destroy principals, and one sees what that changes.

Each click is a step of the model, and stands in a list of actions. The world is what comes of that
list: to undo is to leave the last action out, and another browser is asked to do the same actions.
What is asked about the selected frame is asked before and after the last click.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import traitlets as t

from labcore.actions import Create, Destroy, Join
from labcore.browser import Browser, Document, Frame, frame, window
from labcore.errors import ReadersError, WrongType, shown
from labcore.figures import draw_principals, picture
from labcore.figures.pictures import Picture
from labcore.figures.principals import principals_size
from labcore.figures.theme import clean, counted
from labcore.figures.tree import browser_tints, host_of
from labcore.http import Jar, Request, Response
from labcore.messages import InvalidTargetOrigin
from labcore.origin import Origin
from labcore.policies import COP, Decision, Policies
from labcore.policies.fetching import Server
from labcore.policies.toggles import policies_of
from labcore.principals import BadPrincipal, checked_id, header, is_configured, label_of
from labcore.servers import Site, User
from labcore.step import step
from labcore.widgets.base import STATIC, Widget, script
from labcore.widgets.boxes import Call, laid_out, quoted
from labcore.widgets.stepper import in_words
from labcore.world import World

Action = Create | Join | Destroy

FIELDS: Mapping[type, str] = {Create: "id", Join: "join", Destroy: "destroy"}
"""Beside which field it is said that an action was refused."""

LOOKING = ("scripting", "messaging", "cors")
"""The toggles that have COP among their values."""

MOST_ROWS = 60
"""So many frames are asked about."""


# --- the browser to begin with ---

MAIL, DOCS = "https://mail.example", "https://docs.example"
GADGETS, ATTACKER = "https://gadgets.example", "https://attacker.example"


def example() -> World:
    """Two sites of one owner, two gadgets of one host, and an attacker's frame; alice is known."""
    browser = Browser.of(
        window(
            f"{MAIL}/",
            frame(f"{DOCS}/preview", label="preview"),
            frame(f"{GADGETS}/weather", label="weather"),
        ),
        window(
            f"{DOCS}/",
            frame(f"{GADGETS}/game", label="game"),
            frame(f"{ATTACKER}/ad", label="ad"),
        ),
    )
    servers, jar = [], Jar()
    for url in (MAIL, DOCS, GADGETS):
        alice = User("alice", session=f"alice-at-{Origin.of(url).host.partition('.')[0]}")
        servers.append((Origin.of(url), Site(url, (alice,))))
        jar = jar.with_cookie(f"{alice.set_cookie}; SameSite=None", url)
    attacker = frozenset({Origin.of(ATTACKER)})
    return World(browser, attacker=attacker, servers=tuple(servers), jar=jar)


def looking(policies: Policies, is_legacy: bool) -> Policies:
    """``policies`` in a browser that looks at principals, or in one that has never heard of them.

    Of a legacy browser only what is COP is made the usual.
    """
    if is_legacy:
        seen = [toggle for toggle in LOOKING if getattr(policies, toggle) == "COP"]
        return policies.but(**{toggle: getattr(Policies(), toggle) for toggle in seen})
    if policies.by_principal:
        return policies
    return policies.but(**{toggle: getattr(COP, toggle) for toggle in LOOKING})


# --- what one frame may do with the others ---


class Answer(NamedTuple):
    """A cell of the table: in a word or two, whether that is a yes, and why."""

    text: str
    mood: str = ""
    why: str = ""


NOBODY = Answer("–", "", "nobody can name an opaque origin")

QUESTIONS = {
    "script": "script it?",
    "own": "message for “/”, its own: delivered?",
    "named": "message for the other’s origin: delivered?",
    "fetch": "fetch from it: readable?",
    "cookies": "with which cookies?",
}
"""What is asked about every other frame."""


def answers(world: World, policies: Policies, actor: str, target: str) -> dict[str, Answer]:
    """What a script in ``actor`` may do with ``target``. Raises what a reader's rule raises."""
    browser, document = world.browser, world.browser.document(target)
    origin = str(document.origin)
    try:
        named = decided(policies.delivers(browser, actor, target, origin))
    except InvalidTargetOrigin:
        named = NOBODY
    fetch, cookies = fetched(world, policies, actor, document)
    return {
        "script": decided(policies.may_script(browser, actor, target)),
        "own": decided(policies.delivers(browser, actor, target, "/")),
        "named": named,
        "fetch": fetch,
        "cookies": cookies,
    }


def decided(decision: Decision) -> Answer:
    """A decision for the table."""
    return (
        Answer("yes", "yes", decision.reason) if decision else Answer("no", "no", decision.reason)
    )


def fetched(
    world: World, policies: Policies, actor: str, document: Document
) -> tuple[Answer, Answer]:
    """Whether a script in ``actor`` may read the page of ``document``, and the cookies that go."""
    if document.origin.is_opaque:
        return NOBODY, NOBODY
    its_own = Origin.of(document.url) == document.origin
    url = document.page if its_own else f"{document.origin}/"
    request = Request("GET", url, credentials="include")
    found = policies.fetches(
        world.browser, actor, request, cooperating(world), world.jar, world.remembered,
        world.principals,
    )  # fmt: skip
    names = [each.partition("=")[0] for each in found.cookies.split("; ") if each]
    why = "; ".join(found.withheld)
    sent = (
        Answer(", ".join(names), "", f"sent: {found.cookies}") if names else Answer("none", "", why)
    )
    mood = "yes" if found.readable else "no"
    return Answer(mood, mood, found.reason), sent if found.sent else NOBODY._replace(why="not sent")


def cooperating(world: World) -> Server:
    """The servers of ``world``: each answers to a principal to which a page of its own belongs.

    Such a page has told its server the ID, and the server says it: ``Principal: join; id=…``.
    """

    def answer(request: Request) -> Response:
        response, asker = world.answer(request), request.headers.get("origin", "")
        own = {world.browser.document(x).principal for x in world.browser.of_origin(request.origin)}
        for each in world.principals:
            if str(each.label) == asker and each.label in own:
                said = header("join", each.id)["Principal"]
                return response.but(headers=response.headers.having("Principal", said))
        return response

    return answer


def table(
    now: tuple[World, Policies], before: tuple[World, Policies], actor: str
) -> dict[str, Any]:
    """The answers for every other frame, with what they were where that has changed."""
    browser = now[0].browser
    others = [each.label for _, each in browser.in_page_order() if each.label != actor]
    rows = []
    for label in others[:MOST_ROWS]:
        new, old = answers(*now, actor, label), answers(*before, actor, label)
        rows.append(
            {
                "label": label,
                "cells": [
                    {
                        **new[key]._asdict(),
                        "was": "" if new[key][:2] == old[key][:2] else old[key].text,
                    }
                    for key in QUESTIONS
                ],
            }
        )
    return {"actor": actor, "rows": rows, "left_out": len(others) - len(rows)}


# --- the list of actions ---


def run(
    start: World, actions: Iterable[Action], policies: Policies
) -> tuple[World, list[Decision]]:
    """What comes of ``actions``, and what was decided about each."""
    world, decisions = start, []
    for action in actions:
        decision, world = step(world, action, policies)
        decisions.append(decision)
    return world, decisions


def code_of(actions: Iterable[Action], decisions: Iterable[Decision]) -> str:
    """The actions as Python. What was refused says so, and does nothing when it is run again."""
    lines = []
    for action, decision in zip(actions, decisions, strict=True):
        note = "" if decision else "  # refused"
        lines.append(f"    {laid_out(call_of(action), 4, 83)},{note}\n")
    listed = f"[\n{''.join(lines)}]" if lines else "[]"
    return f"from labcore.actions import Create, Destroy, Join\n\nactions = {listed}"


def call_of(action: Action) -> Call:
    """An action as a call, with nothing in it that could end the text around it."""
    parts: list[Call | str] = [quoted(action.actor)]
    if isinstance(action, Create | Join):
        parts.append(quoted(action.id))
    if isinstance(action, Create) and action.members:
        parts.append(Call("[", list(map(quoted, action.members)), "]"))
    return Call(f"{type(action).__name__}(", parts)


# --- what the page shows ---


def rows_of(world: World, origins: tuple[Origin, ...], token: str) -> list[dict[str, Any]]:
    """Every frame for the page: its place, its origin, its principal, an ID that is free."""
    hostile = [label for label in world.browser.labels if world.is_attackers(label)]
    tints = browser_tints(world.browser, hostile, origins)
    return [
        {
            "depth": depth,
            "window": each.parent is None,
            "label": each.label,
            "host": host_of(each),
            "origin": "" if each.document.origin.is_opaque else str(each.document.origin),
            "attacker": each.label in hostile,
            "kind": kind_of(each.document),
            "principal": belongs_to(world, each),
            "suggested": f"{re.sub('[^A-Za-z0-9_-]', '', each.label)[:24] or 'frame'}-{token}",
            "colours": list(tints[each.document.origin]),
        }
        for depth, each in world.browser.in_page_order()
    ]


def kind_of(document: Document) -> str:
    """Whether its principal is one that somebody has created, the default one, or none."""
    if is_configured(document.principal):
        return "created"
    return "alone" if document.principal.is_opaque else "default"


def belongs_to(world: World, each: Frame) -> str:
    """To whom a document belongs, in words."""
    own = {"default": "its origin", "alone": "itself alone"}
    principal = world.principal_of(each.label)
    known = str(each.document.principal) if principal is None else principal.id
    return own.get(kind_of(each.document), known)


def looks_of(start: World, actions: Iterable[Action]) -> tuple[Origin, ...]:
    """The principals in the order of their looks: one that stays keeps its own."""
    created = (label_of(each.id) for each in actions if isinstance(each, Create))
    return tuple(dict.fromkeys((*(each.label for each in start.principals), *created)))


def sheet_of(start: World) -> tuple[float, float]:
    """A size in inches that leaves room for some principals more, so that nothing moves."""
    wide, high = principals_size(start)
    return wide + 0.3, min(high + 2.7, 9.0)


@lru_cache(maxsize=128)
def drawn(
    world: World,
    selected: str,
    origins: tuple[Origin, ...],
    principals: tuple[Origin, ...],
    size: tuple[float, float],
) -> Picture:
    """The picture for the page."""
    looks: dict[str, Any] = {"origins": origins, "principals": principals}
    return picture(draw_principals, world, size=size, halo=selected or None, **looks)


class Principals(Widget):
    """Frames that create, join and destroy principals, and what each may then do with the others.

    Parameters
    ----------
    world
        The `World` to begin with; two sites of one owner, two gadgets and an attacker's frame, with
        their servers, if not given.
    policies
        The rules, `Policies` or the name of a browser in `PRESETS`; `COP` if not given. Of rules
        that know no principals this is a legacy browser, until it is switched.

    ``selected``, ``legacy`` and ``policies`` can be read and set, ``world`` and ``actions`` read.
    Whatever is done can be undone. Raises `WrongType` for what is no world or no policies.

    Examples
    --------
    >>> widget = Principals()
    >>> bool(widget.create("mail", "id-of-mail-and-docs", ["https://docs.example"]))
    True
    >>> print(widget.join("ad", "id-of-mail-and-docs").reason)  # doctest: +ELLIPSIS
    https://attacker.example is not among the origins that may join principal://...
    >>> widget.legacy = True
    >>> widget.world.principals
    ()
    """

    _esm = script("principals")
    _css = Widget._css + (STATIC / "principals.css").read_text(encoding="utf-8")

    questions: t.List[str] = t.List(list(QUESTIONS.values())).tag(sync=True)
    outline = t.Dict().tag(sync=True)
    """The ``rows``, the label ``selected``, the ``origins`` that may be members, the ``ids`` that
    exist, the number of the last message ``answered``."""
    legacy = t.Bool().tag(sync=True)
    picture = t.Dict().tag(sync=True)
    table = t.Dict().tag(sync=True)
    decision = t.Dict().tag(sync=True)
    """The last click: what was ``done``, its ``mood`` and ``word``, and ``why``."""
    error = t.Dict().tag(sync=True)
    """What was wrong: the ``label`` and ``field`` that it is about, the ``text``."""
    code = t.Unicode().tag(sync=True)
    undoes = t.Unicode().tag(sync=True)
    """What undo would take back; empty if there is nothing."""

    def __init__(self, world: World | None = None, policies: Policies | str | None = None) -> None:
        start = example() if world is None else world
        if not isinstance(start, World):
            raise WrongType(f"principals begin with a World, not {shown(start, 60)}")
        chosen = COP if policies is None else policies_of(policies)
        self._start, self._chosen = start, chosen
        self._actions: tuple[Action, ...] = ()
        self._decisions: list[Decision] = []
        self._world = start
        self._before = (start, chosen)
        self._selected = next(iter(start.browser.windows), "")
        self._answered, self._token = 0, secrets.token_hex(8)
        self._sheet = sheet_of(start)
        self._origins = tuple(dict.fromkeys(x.document.origin for x in start.browser.frames))
        self._looks = looks_of(start, ())
        super().__init__(legacy=not chosen.by_principal)
        self._show("")
        self.on_msg(self._told)
        self.observe(self._switched, "legacy")

    # --- what can be done ---

    def create(self, label: str, id: str, members: Iterable[str] = ()) -> Decision:
        """A script in ``label`` creates a principal which ``members`` may join.

        Raises `UnknownName` for the frame, `BadPrincipal` and `InvalidURL`, and changes nothing.
        """
        return self._do(Create(label, id, members))  # type: ignore[arg-type]

    def join(self, label: str, id: str) -> Decision:
        """A script in ``label`` joins the principal with this ID, or is refused."""
        return self._do(Join(label, id))

    def destroy(self, label: str) -> Decision:
        """A script in ``label`` destroys its document's principal, if it is one to destroy."""
        return self._do(Destroy(label))

    def undo(self) -> None:
        """Take the last action back, if there is one."""
        if self._actions:
            last = self._actions[-1]
            self._enter(self._actions[:-1], f"Undone: {last}")

    def reset(self) -> None:
        """Take all actions back."""
        self._enter((), "Back to the start")

    @property
    def actions(self) -> list[Action]:
        """What was done, what was refused included."""
        return list(self._actions)

    @property
    def decisions(self) -> list[Decision]:
        """What the browser has decided about each action."""
        return list(self._decisions)

    @property
    def world(self) -> World:
        """The world now."""
        return self._world

    @property
    def policies(self) -> Policies:
        """The rules in force. Setting them has the same actions done under others."""
        return looking(self._chosen, self.legacy)

    @policies.setter
    def policies(self, policies: Policies | str) -> None:
        before = self._world, self.policies
        self._chosen = policies_of(policies)
        with self.hold_sync():
            self.legacy = not self._chosen.by_principal
            self._enter(self._actions, "Other rules", before)

    @property
    def selected(self) -> str | None:
        """The label of the selected frame."""
        return self._selected or None

    @selected.setter
    def selected(self, label: str) -> None:
        self._selected = self._world.browser.frame(label).label
        with self.hold_sync():
            self.error = {}
            self._show_answers()
        self._show_picture()

    def twin(self) -> Picture:
        """The picture alone, for the next cell: it shows where no widget does."""
        return picture(draw_principals, self._world, origins=self._origins, principals=self._looks)

    # --- what follows ---

    def _do(self, action: Action) -> Decision:
        """Take one more step."""
        decision, world = step(self._world, action, self.policies)
        self._before = self._world, self.policies
        self._actions, self._decisions = (*self._actions, action), [*self._decisions, decision]
        self._settle(world)
        if decision:
            self._show(str(action), "yes", "allowed", decision.reason)
        else:
            wrong = {"field": FIELDS[type(action)], "label": action.actor}
            wrong["text"] = clean(decision.reason)
            self._show(str(action), "no", "refused", decision.reason, wrong)
        return decision

    def _enter(
        self,
        actions: tuple[Action, ...],
        said: str,
        before: tuple[World, Policies] | None = None,
    ) -> None:
        """Have ``actions`` done from the start, and no others."""
        self._before = before or (self._world, self.policies)
        self._actions = actions
        world, self._decisions = run(self._start, actions, self.policies)
        self._settle(world)
        self._show(said)

    def _settle(self, world: World) -> None:
        """Keep the world, the looks of its principals, and an ID at hand that is free."""
        self._world, self._looks = world, looks_of(self._start, self._actions)
        if any(each.id.endswith(self._token) for each in world.principals):
            self._token = secrets.token_hex(8)

    def _switched(self, change: Any) -> None:
        """The same actions in the other browser."""
        before = looking(self._chosen, change.old)
        how = "knows no principals" if change.new else "knows principals"
        done = sum(map(bool, self._decisions))
        self._enter(self._actions, f"A browser that {how}", (self._world, before))
        now = sum(map(bool, self._decisions))
        if self._actions:
            total = counted(len(self._actions), "action")
            why = f"of {total} it does {now}; the other browser did {done}"
            self.decision = {**self.decision, "why": why}

    def _show(
        self,
        done: str,
        mood: str = "",
        word: str = "",
        why: str = "",
        error: Mapping[str, str] | None = None,
    ) -> None:
        """Send what has come of it: words first, and then the picture."""
        with self.hold_sync():
            self.decision = {"done": clean(done), "mood": mood, "word": word, "why": clean(why)}
            self.error = dict(error or {})
            self.code = code_of(self._actions, self._decisions)
            self.undoes = clean(str(self._actions[-1])) if self._actions else ""
            self._show_answers()
        self._show_picture()

    def _show_answers(self) -> None:
        """Send the frames, and the answers for the selected one."""
        self._show_outline()
        self.table = {}
        if self._selected:
            try:
                self.table = table((self._world, self.policies), self._before, self._selected)
            except ReadersError as wrong:  # a reader's rule may fail
                self.table = {"text": in_words(wrong)}

    def _show_picture(self) -> None:
        image = drawn(self._world, self._selected, self._origins, self._looks, self._sheet)
        self.picture = {"src": image.data_uri, "alt": image.alt}

    def _show_outline(self) -> None:
        world = self._world
        own = (each.document.origin for each in world.browser.frames)
        self.outline = {
            "rows": rows_of(world, self._origins, self._token),
            "selected": self._selected,
            "origins": [str(each) for each in dict.fromkeys(own) if not each.is_opaque],
            "ids": [{"id": each.id, "label": str(each.label)} for each in world.principals],
            "answered": self._answered,
        }

    # --- what the reader does ---

    def _told(self, _: object, told: Mapping[str, Any], buffers: object) -> None:
        """Do what the page asks for; what is wrong with it is said beside the field."""
        self._answered, label = told["number"], told.get("label", "")
        try:
            match told:
                case {"do": "select"}:
                    self.selected = label
                case {"do": "create", "id": id, "members": members}:
                    self.create(label, id, members)
                case {"do": "join", "id": id}:
                    self.join(label, id)
                case {"do": "destroy"}:
                    self.destroy(label)
                case {"do": "undo"}:
                    self.undo()
                case {"do": "reset"}:
                    self.reset()
                case {"do": "legacy", "value": value}:
                    self.legacy = bool(value)
        except (ReadersError, ValueError, TypeError) as wrong:
            text = clean(str(wrong))
            self.error = {"field": field_of(told), "label": label, "text": text}
        self._show_outline()

    def __repr__(self) -> str:
        return (
            "Principals: run this notebook to create, join and destroy some; "
            "the next cell shows them as a picture."
        )

    def _repr_mimebundle_(self, **options: Any) -> Any:
        made: Any = super()._repr_mimebundle_(**options)
        data, metadata = made if isinstance(made, tuple) else (made, {})
        return {**data, "text/plain": repr(self)}, metadata


def field_of(told: Mapping[str, Any]) -> str:
    """The field to which an error belongs: the members if the ID is right."""
    if told.get("do") != "create":
        return str(told.get("do", ""))
    try:
        checked_id(told.get("id"))
    except BadPrincipal:
        return "id"
    return "members"
