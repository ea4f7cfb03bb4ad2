"""What the pictures show, in plain sentences: for those who do not see them."""

from collections.abc import Collection
from functools import singledispatch

from labcore.actions import Event
from labcore.browser import Browser, Frame
from labcore.figures.groups import MOST, Condensed, condense
from labcore.figures.matrix import by_origin, rule_of
from labcore.figures.theme import clean, counted
from labcore.figures.tree import host_of, inside_of, notes_of, title_of
from labcore.policies import Decision, Matrix
from labcore.scenarios import Trace
from labcore.screen import shows_lock
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
    count = len(small.windows)
    said = [f"{_number(count, 'window')} with {_number(len(browser), 'frame')}."]
    if condensed.note:
        said = [
            f"{_number(count, 'window')} with {counted(len(browser), 'frame')}, "
            f"told as {len(small)} groups."
        ]
    for root in small.windows:
        for label in (root, *small.descendants(root)):
            children = small.children(label)
            if label == root:
                opener = small.frame(root).opener
                by = f", opened by {_short(opener)}," if opener else ""
                shown = _in_words(condensed, small.frame(root), attackers, f"{by} shows ")
                said.append(f"The window {shown}.")
            if children:
                inside = _listed(
                    [
                        _in_words(condensed, small.frame(child), attackers, " from ")
                        for child in children
                    ]
                )
                said.append(f"{_name(condensed, label)} holds {inside}.")
    return " ".join(said)


@describe.register
def _(world: World, *_: object, **__: object) -> str:
    browser = world.browser
    attackers = [label for label in browser.labels if world.is_attackers(label)]
    said = [describe(browser, attackers=attackers)]
    for root in browser.windows[:MOST]:
        lock = "with a lock" if shows_lock(browser, root) else "without a lock"
        said.append(
            f"The location bar of {_short(root)} says {_short(browser.document(root).url)}, {lock}."
        )
    said += [f"Under way: {_short(each.target)} to {_short(each.url)}." for each in world.pending]
    said += [
        f"Typed into {_short(label)}: {_short(secret)}." for label, secret in sorted(world.typed)
    ]
    known = (
        _listed([_short(each) for each in sorted(world.knowledge)])
        if world.knowledge
        else "nothing yet"
    )
    said.append(f"The attacker knows {known}.")
    return " ".join(said)


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
            targets = matrix.targets(actor)
            whom = _listed([_short(target) for target in targets]) if targets else "none"
            said.append(f"{_short(actor)} may {matrix.verb} {whom}.")
    elif len(matrix.labels) > MOST:
        groups = by_origin(matrix.browser, MOST)
        said.append(
            f"The {counted(len(matrix.labels), 'frame')} have {counted(len(groups), 'origin')}."
        )
    if matrix.unknown:
        unknown = _listed(
            [_short(each) for each in matrix.labels if each in matrix.unknown][:MANY_PAIRS]
        )
        said.append(f"The source does not give the rule for {unknown}.")
    if compare is not None:
        for one, other, which in ((matrix, compare, "this matrix"), (compare, matrix, "the other")):
            pairs = one - other
            some = (
                _listed([f"{_short(a)} to {_short(b)}" for a, b in pairs[:MANY_PAIRS]])
                if pairs
                else "none"
            )
            more = f" and {len(pairs) - MANY_PAIRS:,} more" if len(pairs) > MANY_PAIRS else ""
            said.append(f"Only {which} allows: {some}{more}.")
    return " ".join(said)


@describe.register
def _(decision: Decision, *_: object, **__: object) -> str:
    return clean(str(decision))


@describe.register
def _(trace: Trace, *_: object, **__: object) -> str:
    steps = [
        f"Step {number}: {describe_event(each.event, each.decision)}"
        for number, each in enumerate(trace.steps, start=1)
    ]
    return " ".join([f"{clean(trace.scenario.title)}.", *steps, clean(trace.verdict)])


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


def _listed(parts: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
