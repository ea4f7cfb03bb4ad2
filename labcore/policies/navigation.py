"""Navigation: when may one frame navigate another, that is, replace the document in it?

The paper found four answers in the browsers of 2008 (Barth et al. 2008, §3). They speak of
sub-frames; top-level frames have rules of their own in `labcore.policies.top_level`.
"""

from collections.abc import Iterator
from dataclasses import replace

from labcore.actions import Navigate
from labcore.browser import Browser
from labcore.policies.decision import Decision, Policy, ask, decide


def permissive(browser: Browser, attempt: Navigate) -> Decision:
    """Everybody may navigate everything (Barth et al. 2008, §3.1)."""
    return decide(True, "any frame may navigate any other", "")


def window(browser: Browser, attempt: Navigate) -> Decision:
    """The target must be in the actor's window (Barth et al. 2008, §3.2)."""
    ours, theirs = browser.root(attempt.actor), browser.root(attempt.target)
    return decide(
        ours == theirs,
        "{actor} and {target} are in one window, {witness}",
        "{actor} is in the window {ours}, {target} in {witness}",
        witness=theirs,
        ours=ours,
    )


def child(browser: Browser, attempt: Navigate) -> Decision:
    """The actor must embed the target itself (Barth et al. 2008, §3.4)."""
    parent = browser.parent(attempt.target)
    return decide(
        attempt.actor == parent,
        "{actor} is the parent of {target}",
        "{actor} is not the parent of {target}",
        witness=parent,
    )


def descendant(browser: Browser, attempt: Navigate) -> Decision:
    """The target must lie inside the actor, at any depth (Barth et al. 2008, §3.4)."""
    inside = attempt.actor in browser.ancestors(attempt.target)
    return decide(
        inside,
        "{actor} contains {target}",
        "{actor} does not contain {target}",
        witness=attempt.actor if inside else None,
    )


NAVIGATION = {
    "permissive": permissive,
    "window": window,
    "child": child,
    "descendant": descendant,
}


def is_built_in(policy: Policy) -> bool:
    """Whether ``policy`` is one of the paper's, and no reader's function."""
    return any(policy is own for own in NAVIGATION.values())


def propagate(
    policy: Policy, browser: Browser, attempt: Navigate, rule: str | None = None
) -> Decision:
    """Origin propagation: what any frame of the actor's origin may do, the actor may do (§3.4).

    The permission is given to the origin, not to the frame, since a script could act through the
    other frame anyway.
    """
    own = ask(policy, browser, attempt, rule)
    if own:
        return own
    target, url, clicked = attempt.target, attempt.url, attempt.user_activation
    for other in stand_ins(policy, browser, attempt):
        if other == target:
            return decide(True, "{actor} has the origin of {target} itself", "", witness=other)
        if ask(policy, browser, Navigate(other, target, url, clicked), rule):
            return decide(
                True,
                "{actor} has the origin of {witness}, which may navigate {target}",
                "",
                witness=other,
            )
    return replace(own, text=own.text + ", nor does any frame of its origin help")


def stand_ins(policy: Policy, browser: Browser, attempt: Navigate) -> Iterator[str]:
    """Frames of the actor's origin that could be allowed where the actor is not.

    Seen from the target, the paper's policies cannot tell two frames of one window apart unless one
    of them contains the target. So the target, the frames around it, and one more in its window
    stand for all. A reader's policy is asked about every frame of that origin.
    """
    origin = browser.origin(attempt.actor)
    if not is_built_in(policy):
        group = browser.group(attempt.actor)
        yield from (x for x in browser.of_origin(origin) if browser.group(x) == group)
        return
    for near in (attempt.target, *browser.ancestors(attempt.target)):
        if browser.origin(near) == origin:
            yield near
    beside = browser.of_origin_in(origin, browser.root(attempt.target))
    if beside is not None:
        yield beside
