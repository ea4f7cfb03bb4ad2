"""Every decision at once: who may do what to whom, as a matrix.

A page of two thousand frames has four million pairs. Two observations make that quick. First, seen
from a target, the paper's four policies tell only four kinds of actors apart: its parent, the other
frames around it, the rest of its window, and other windows. Second, origin propagation gives all
frames of one origin the same permissions: it is the union of their rows. A policy of the reader's
own is asked about every pair.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from labcore.actions import Navigate
from labcore.browser import Browser, Frame
from labcore.errors import BadPage
from labcore.policies.decision import Policy, ask
from labcore.policies.navigation import is_built_in
from labcore.policies.scripting import SCRIPTING
from labcore.policies.toggles import Policies, label_of, policy_of
from labcore.progress import progress
from labcore.worded import Worded

MANY_FRAMES = 400
"""From here on, asking a reader's policy about every pair takes long enough for a progress bar."""


@dataclass(frozen=True, repr=False)
class Matrix(Worded):
    """Who may act on whom.

    Row ``i`` is a bit set: bit ``j`` says that ``labels[i]`` may act on ``labels[j]``.
    ``unknown`` are the targets whose rule the source does not give.
    """

    labels: tuple[str, ...]
    rows: tuple[int, ...]
    verb: str
    policies: Policies
    browser: Browser
    unknown: frozenset[str] = frozenset()

    def allows(self, actor: str, target: str) -> bool:
        """Whether ``actor`` may act on ``target``.

        Raises `UnknownName`.
        """
        return bool(self.rows[self._at(actor)] >> self._at(target) & 1)

    def targets(self, actor: str) -> tuple[str, ...]:
        """All that ``actor`` may act on, itself left out."""
        row = self.rows[self._at(actor)]
        return tuple(t for j, t in enumerate(self.labels) if row >> j & 1 and t != actor)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every (actor, target) that is allowed, pairs of a frame with itself left out."""
        return ((actor, target) for actor in self.labels for target in self.targets(actor))

    def count(self) -> int:
        """How many such pairs there are."""
        return sum((row & ~(1 << i)).bit_count() for i, row in enumerate(self.rows))

    def __le__(self, other: "Matrix") -> bool:
        """Whether ``other`` allows all that this matrix allows. Raises `BadPage`."""
        self._check_same_frames(other)
        return all(not mine & ~theirs for mine, theirs in zip(self.rows, other.rows, strict=True))

    def __sub__(self, other: "Matrix") -> tuple[tuple[str, str], ...]:
        """The pairs that this matrix allows and ``other`` does not. Raises `BadPage`."""
        self._check_same_frames(other)
        return tuple(pair for pair in self.pairs() if not other.allows(*pair))

    def __str__(self) -> str:
        """One line an actor, with all that it may act on."""
        return "\n".join(
            f"{actor} may {self.verb} {', '.join(self.targets(actor)) or 'nobody else'}"
            for actor in self.labels
        )

    def _check_same_frames(self, other: "Matrix") -> None:
        if not isinstance(other, Matrix) or self.labels != other.labels:
            raise BadPage("only matrices of the same frames can be compared")

    def _at(self, label: str) -> int:
        return self.browser.position(label)


def navigation_matrix(browser: Browser, policies: Policies) -> Matrix:
    """May the one navigate the other to a page of its own, with no click? For every two frames.

    The answers are those of `Policies.may_navigate`; a test holds them against each other.
    """
    rows = _sub_frame_rows(browser, policies)
    if policies.origin_propagation:
        _propagate(browser, rows)
    bits = _bits(browser)
    inside = _insides(browser, bits)
    tops = browser.windows
    top_bits = sum(bits[top] for top in tops)
    for i, each in enumerate(browser.frames):
        rows[i] = rows[i] & ~top_bits | bits[each.label]
        if each.document.sandbox is not None:
            rows[i] &= inside[each.label] | bits[each.label]
        for top in tops:
            if policies.may_navigate(browser, each.label, top, own_page(each)):
                rows[i] |= bits[top]
        if not each.document.scripts_run:
            rows[i] = 0
        if browser.has_groups:
            rows[i] &= sum(
                bits[x] for x in browser.labels if browser.group(x) == browser.group(each.label)
            )
    unknown = frozenset(tops) if policies.top_level == "not given" else frozenset[str]()
    return Matrix(browser.labels, tuple(rows), "navigate", policies, browser, unknown)


def own_page(actor: Frame) -> str:
    """A page of the actor's own: the one that it shows, if that can be navigated to."""
    url = actor.document.url
    return "about:blank" if url.startswith("javascript:") else url


def scripting_matrix(browser: Browser, policies: Policies) -> Matrix:
    """For every two frames: may the one script the other?

    The book's own policies look at documents only, so one answer serves for all frames whose
    documents are alike in what they look at; and where not both have set ``document.domain``,
    documents of different origins need not be asked about.
    """
    bits = _bits(browser)
    alike: dict[object, list[str]] = {}
    own = policy_of("scripting", policies.scripting) not in SCRIPTING.values()
    for each in browser.frames:
        document = each.document
        group = browser.group(each.label)
        domain = (document.domain, document.isolation.cluster)
        key = (document.origin, document.principal, domain, document.scripts_run, group)
        alike.setdefault(each.label if own else key, []).append(each.label)
    rows = dict.fromkeys(browser.labels, 0)
    for actors in alike.values():
        row = 0
        actor = browser.document(actors[0])
        for targets in alike.values():
            other = browser.document(targets[0])
            domains = actor.domain is not None and other.domain is not None
            if not (own or domains or actor.origin == other.origin):
                continue
            target = targets[-1]  # another frame than the first of actors, if there is another
            if policies.may_script(browser, actors[0], target):
                row |= sum(bits[each] for each in targets)
        for label in actors:
            rows[label] = row | bits[label] if actor.scripts_run else 0
    return Matrix(browser.labels, tuple(rows.values()), "script", policies, browser)


def _sub_frame_rows(browser: Browser, policies: Policies) -> list[int]:
    """What the policy for sub-frames alone says of each pair, a bit set an actor.

    Seen from a target there are four kinds of actors: its parent, the other frames around it, the
    rest of its window, and other windows. One of each kind is asked.
    """
    policy, rule = policy_of("navigation", policies.navigation), label_of(policies.navigation)
    if not is_built_in(policy):
        return _ask_every_pair(browser, policy, rule)
    bits = _bits(browser)
    everyone = sum(bits.values())
    in_window = dict.fromkeys(browser.windows, 0)
    around: dict[str, int] = {}
    columns: list[int] = []
    for each in browser.frames:
        in_window[browser.root(each.label)] |= bits[each.label]
    for each in browser.frames:
        parent = bits[each.parent] if each.parent is not None else 0
        around[each.label] = parent | (around[each.parent] if each.parent is not None else 0)
        window = in_window[browser.root(each.label)]
        chain = around[each.label]
        kinds = (parent, chain & ~parent, window & ~chain & ~bits[each.label], everyone & ~window)
        column = 0
        for kind in kinds:
            if kind:
                some = browser.frames[kind.bit_length() - 1]
                attempt = Navigate(some.label, each.label, own_page(some))
                column |= kind if ask(policy, browser, attempt, rule) else 0
        columns.append(column)
    return _transposed(columns)


def _bits(browser: Browser) -> dict[str, int]:
    """The bit of each frame."""
    return {label: 1 << i for i, label in enumerate(browser.labels)}


def _insides(browser: Browser, bits: dict[str, int]) -> dict[str, int]:
    """The bits of the frames inside each frame."""
    inside = dict.fromkeys(browser.labels, 0)
    for depth, each in sorted(browser.in_page_order(), key=lambda item: -item[0]):
        if depth and each.parent is not None:
            inside[each.parent] |= inside[each.label] | bits[each.label]
    return inside


def _ask_every_pair(browser: Browser, policy: Policy, rule: str) -> list[int]:
    """A row an actor, by asking."""
    rows = []
    few = len(browser) < MANY_FRAMES
    for actor in progress(browser.frames, desc=rule, unit="frames", disable=few):
        attempts = (Navigate(actor.label, target, own_page(actor)) for target in browser.labels)
        rows.append(
            sum(1 << j for j, attempt in enumerate(attempts) if ask(policy, browser, attempt, rule))
        )
    return rows


def _propagate(browser: Browser, rows: list[int]) -> None:
    """Give every frame the permissions of all frames of its origin, and those frames themselves.

    They are those of its browsing context group.
    """
    together: dict[object, list[int]] = {}
    for i, each in enumerate(browser.frames):
        key = (each.document.origin, browser.group(each.label))
        together.setdefault(key, []).append(i)
    for alike in together.values():
        union = 0
        for i in alike:
            union |= rows[i] | 1 << i
        for i in alike:
            rows[i] = union


def _transposed(columns: list[int]) -> list[int]:
    """The rows of a square bit matrix that is given by its columns."""
    size = len(columns)
    text = [format(column, f"0{size}b")[::-1] for column in columns]
    return [int("".join(bits)[::-1], 2) for bits in zip(*text, strict=True)] if size else []
