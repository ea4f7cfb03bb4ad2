"""What the pictures show, in plain sentences: for those who do not see them."""

from collections.abc import Collection, Iterable
from functools import singledispatch

from labcore.actions import Event
from labcore.browser import Browser, Frame
from labcore.figures.groups import MOST, Condensed, condense
from labcore.figures.matrix import by_origin, rule_of
from labcore.figures.sequence import plan_of
from labcore.figures.story import sentences, speaks
from labcore.figures.theme import clean, counted
from labcore.figures.tree import host_of, inside_of, notes_of, title_of
from labcore.policies import Decision, Matrix
from labcore.scenarios import Trace
from labcore.screen import shows_lock
from labcore.search import Search
from labcore.world import World

SHORTEST, MANY_PAIRS = 80, 40
IN_FULL = {"attacker": "the attacker's", "sandbox": "sandboxed", "opaque": "opaque origin"}


@singledispatch
def describe(thing: object, *_: object, **__: object) -> str:
    """``thing`` (a Browser, World, Matrix, Decision or Trace) in plain sentences."""
    return clean(str(thing))


@describe.register
def _(browser: Browser, *_: object, attackers: Collection[str] = (), **__: object) -> str:
    condensed = condense(browser, attackers=attackers)
    small = condensed.browser
    windows = _number(len(small.windows), "window")
    said = [f"{windows} with {_number(len(browser), 'frame')}."]
    if condensed.note:
        frames = counted(len(browser), "frame")
        said = [f"{windows} with {frames}, told as {len(small)} groups."]

    def told(label: str, verb: str) -> str:
        return _in_words(condensed, small.frame(label), attackers, verb)

    for root in small.windows:
        opener = small.frame(root).opener
        by = f", opened by {_short(opener)}," if opener else ""
        if small.has_groups:
            by = f"{by.rstrip(',')}, in browsing context group {small.group(root) + 1},"
        said.append(f"The window {told(root, f'{by} shows ')}.")
        for label in (root, *small.descendants(root)):
            if children := small.children(label):
                inside = _listed(told(child, " from ") for child in children)
                said.append(f"{_name(condensed, label)} holds {inside}.")
    return " ".join(said)


@describe.register
def _(search: Search, *_: object, **__: object) -> str:
    states = counted(len(search.came_from), "state")
    found = any(search.goal.holds(node.world) for node in search.came_from)
    outcome = "The way to the attack is drawn on top." if found else "None is an attack."
    title = search.scenario.title
    return f"The space of a search: {states} of “{title}”, by moves and events. {outcome}"


@describe.register
def _(world: World, *_: object, **__: object) -> str:
    browser = world.browser
    attackers = [label for label in browser.labels if world.is_attackers(label)]
    said = [describe(browser, attackers=attackers)]
    for root in browser.windows[:MOST]:
        lock = "with a lock" if shows_lock(browser, root) else "without a lock"
        url = _short(browser.document(root).url)
        said.append(f"The location bar of {_short(root)} says {url}, {lock}.")
    said += [f"Under way: {_short(each.target)} to {_short(each.url)}." for each in world.pending]
    said += waiting(world)
    for label, secret in sorted(world.typed):
        said.append(f"Typed into {_short(label)}: {_short(secret)}.")
    known = _listed(map(_short, sorted(world.knowledge)), "nothing yet")
    said.append(f"The attacker knows {known}.")
    return " ".join(said)


def waiting(world: World) -> list[str]:
    """The messages that have not been dispatched, and what the user has not answered."""
    said = [f"Under way: {clean(str(each))}." for each in world.messages]
    return said + [f"Not answered yet: {clean(str(each))}" for each in world.questions]


@describe.register
def _(
    matrix: Matrix,
    *_: object,
    compare: Matrix | None = None,
    title: str | None = None,
    **__: object,
) -> str:
    total = len(matrix.labels) * (len(matrix.labels) - 1)
    said = [
        f"Who may {matrix.verb} whom, by the rule {clean(title or rule_of(matrix))}: "
        f"{matrix.count():,} of {counted(total, 'pair')} of frames."
    ]
    if len(matrix.labels) <= 12:
        for actor in matrix.labels:
            whom = _listed(map(_short, matrix.targets(actor)), "none")
            said.append(f"{_short(actor)} may {matrix.verb} {whom}.")
    elif len(matrix.labels) > MOST:
        origins = counted(len(by_origin(matrix.browser, MOST)), "origin")
        said.append(f"The {counted(len(matrix.labels), 'frame')} have {origins}.")
    if matrix.unknown:
        unknown = [_short(each) for each in matrix.labels if each in matrix.unknown]
        said.append(f"The source does not give the rule for {_listed(unknown[:MANY_PAIRS])}.")
    if compare is not None:
        for one, other, which in ((matrix, compare, "this matrix"), (compare, matrix, "the other")):
            pairs = [f"{_short(a)} to {_short(b)}" for a, b in one - other]
            more = f" and {len(pairs) - MANY_PAIRS:,} more" if len(pairs) > MANY_PAIRS else ""
            said.append(f"Only {which} allows: {_listed(pairs[:MANY_PAIRS], 'none')}{more}.")
    return " ".join(said)


@describe.register
def _(decision: Decision, *_: object, **__: object) -> str:
    return clean(str(decision))


@describe.register
def _(
    trace: Trace,
    *_: object,
    upto: int | None = None,
    only: Collection[str] | None = None,
    **__: object,
) -> str:
    title = clean(trace.scenario.title)
    title += "" if title.endswith("?") else "."
    if upto is not None or speaks(trace):
        plan, end = plan_of(trace, only), len(trace.steps)
        said = [title, *sentences(plan.rows, end if upto is None else upto)]
        ending = [plan.note, clean(trace.verdict)] if upto is None else []
        return " ".join(filter(None, said + ending))
    steps = [
        f"Step {number}: {describe_event(each.event, each.decision)}"
        for number, each in enumerate(trace.steps, start=1)
    ]
    return " ".join([title, *steps, clean(trace.verdict)])


def describe_step(
    world: World, event: Event | None = None, decision: Decision | None = None
) -> str:
    """What happened, and the world after it."""
    return f"{describe_event(event, decision)} {describe(world)}"


def describe_event(event: Event | None, decision: Decision | None = None) -> str:
    """What happened, and what became of it."""
    said = "The start." if event is None else f"{clean(str(event))}."
    return said if decision is None else f"{said} {describe(decision)}."


def _number(count: int, noun: str) -> str:
    return f"{'One' if noun == 'window' else 'one'} {noun}" if count == 1 else counted(count, noun)


def _short(text: str) -> str:
    """``text`` so short that a sentence can hold it."""
    text = clean(text)
    return text if len(text) <= SHORTEST else f"{text[: SHORTEST // 2]}…{text[-SHORTEST // 2 :]}"


def _name(condensed: Condensed, label: str) -> str:
    return _short(title_of(condensed.browser.frame(label), condensed.groups[label]))


def _in_words(condensed: Condensed, each: Frame, attackers: Collection[str], verb: str) -> str:
    """A frame with its host and what is special about it."""
    group = condensed.groups[each.label]
    notes = [IN_FULL[note] for note in notes_of(each, each.label in attackers)]
    host = "" if group.members > 1 else _short(host_of(each))
    notes += inside_of(group)
    said = _name(condensed, each.label) + (f"{verb}{host}" if host else "")
    return said + (f" ({', '.join(notes)})" if notes else "")


def _listed(parts: Iterable[str], none: str = "") -> str:
    """``a``, ``a and b``, ``a, b and c``; ``none`` if there are no ``parts``."""
    *others, last = list(parts) or [none]
    return f"{', '.join(others)} and {last}" if others else last
