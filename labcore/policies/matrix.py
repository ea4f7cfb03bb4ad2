"""Every decision at once: who may do what to whom, as a matrix.

A page of two thousand frames has four million pairs. Two observations make that quick. First, seen
from a target, the paper's four policies cannot tell two frames of one window apart unless one
contains the target: one answer serves for all that do not. Second, origin propagation gives all
frames of one origin the same permissions: it is the union of their rows. A policy of the reader's
own is asked about every pair.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from labcore.actions import Navigate
from labcore.browser import Browser
from labcore.policies.decision import Policy, ask
from labcore.policies.navigation import NAVIGATION
from labcore.policies.toggles import Policies, label_of, policy_of
from labcore.worded import Worded

MANY_FRAMES = 400
"""From here on, asking a reader's policy about every pair takes long enough for a progress bar."""


@dataclass(frozen=True)
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
        """Whether ``other`` allows all that this matrix allows."""
        return all(not mine & ~theirs for mine, theirs in zip(self.rows, other.rows, strict=True))

    def __sub__(self, other: "Matrix") -> tuple[tuple[str, str], ...]:
        """The pairs that this matrix allows and ``other`` does not."""
        return tuple(pair for pair in self.pairs() if not other.allows(*pair))

    def __str__(self) -> str:
        """One line an actor, with all that it may act on."""
        return "\n".join(
            f"{actor} may {self.verb} {', '.join(self.targets(actor)) or 'nobody else'}"
            for actor in self.labels
        )

    def _at(self, label: str) -> int:
        self.browser.frame(label)
        return self.browser.position(label)


def navigation_matrix(browser: Browser, policies: Policies) -> Matrix:
    """May the one navigate the other to a page of its own, with no click? For every two frames.

    The answers are those of `Policies.may_navigate`; a test holds them against each other.
    """
    rows = _sub_frame_rows(browser, policies)
    if policies.origin_propagation:
        _propagate(browser, rows)
    at = browser.position
    tops = browser.windows
    top_bits = sum(1 << at(top) for top in tops)
    for i, each in enumerate(browser.frames):
        rows[i] = rows[i] & ~top_bits | 1 << i
        if each.document.sandbox is not None:
            inside = sum(1 << at(label) for label in browser.descendants(each.label))
            rows[i] &= inside | 1 << i
        for top in tops:
            if policies.may_navigate(browser, each.label, top, each.document.url):
                rows[i] |= 1 << at(top)
        if not each.document.scripts_run:
            rows[i] = 0
    unknown = frozenset(tops) if policies.top_level == "not given" else frozenset[str]()
    return Matrix(browser.labels, tuple(rows), "navigate", policies, browser, unknown)


def scripting_matrix(browser: Browser, policies: Policies) -> Matrix:
    """For every two frames: may the one script the other?"""
    rows = (
        sum(1 << j for j, t in enumerate(browser.labels) if policies.may_script(browser, actor, t))
        for actor in browser.labels
    )
    return Matrix(browser.labels, tuple(rows), "script", policies, browser)


def _sub_frame_rows(browser: Browser, policies: Policies) -> list[int]:
    """What the policy for sub-frames alone says of each pair, a bit set an actor."""
    policy, rule = policy_of("navigation", policies.navigation), label_of(policies.navigation)
    if policy not in NAVIGATION.values():
        return _ask_every_pair(browser, policy, rule)
    at = browser.position
    in_window = {root: 0 for root in browser.windows}
    for label in browser.labels:
        in_window[browser.root(label)] |= 1 << at(label)
    columns: list[int] = []
    for target in browser.labels:
        containing = list(browser.ancestors(target))
        column = 0
        rest = dict(in_window)
        rest[browser.root(target)] &= ~(
            sum(1 << at(label) for label in containing) | 1 << at(target)
        )
        for bits in [1 << at(label) for label in containing] + list(rest.values()):
            if not bits:
                continue
            some = browser.frames[bits.bit_length() - 1]
            if ask(policy, browser, Navigate(some.label, target, some.document.url), rule):
                column |= bits
        columns.append(column)
    return _transposed(columns)


def _ask_every_pair(browser: Browser, policy: Policy, rule: str) -> list[int]:
    """A row an actor, by asking."""
    from tqdm import tqdm

    rows = []
    for actor in tqdm(browser.frames, desc=rule, unit="frames", disable=len(browser) < MANY_FRAMES):
        attempts = (Navigate(actor.label, target, actor.document.url) for target in browser.labels)
        rows.append(
            sum(1 << j for j, attempt in enumerate(attempts) if ask(policy, browser, attempt, rule))
        )
    return rows


def _propagate(browser: Browser, rows: list[int]) -> None:
    """Give every frame the permissions of all frames of its origin, and those frames themselves."""
    for origin in {each.document.origin for each in browser.frames}:
        alike = [browser.position(label) for label in browser.of_origin(origin)]
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
