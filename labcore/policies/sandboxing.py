"""Sandboxing: what a ``sandbox`` attribute takes away before any other rule is asked.

The attribute came after the paper. It silences a document's scripts unless it says
``allow-scripts``, and keeps the document's hands off every frame but those inside it (HTML
Standard, "allowed by sandboxing to navigate").
"""

import itertools

from labcore.actions import Attempt, Navigate
from labcore.browser import Browser
from labcore.origin import same_origin
from labcore.policies.decision import Decision, decide


def runs_script(browser: Browser, attempt: Attempt) -> Decision:
    """Only a document whose sandbox, if any, says ``allow-scripts`` can attempt anything."""
    return decide(
        browser.document(attempt.actor).scripts_run,
        "{actor} runs script",
        "{actor} is sandboxed without allow-scripts: no script of it runs",
        witness=attempt.actor,
    )


def sandboxing(browser: Browser, attempt: Navigate) -> Decision:
    """A sandboxed document may navigate frames inside it, and windows that it opened.

    The top of its own window it may navigate only if the sandbox says so, and counts.
    """
    allowed = browser.document(attempt.actor).sandbox
    if allowed is None:
        return decide(True, "{actor} is not sandboxed", "")
    if attempt.target == browser.root(attempt.actor):
        return decide(
            top_navigation_allowed(browser, attempt.actor, attempt.user_activation),
            "the sandbox of {actor} allows it to navigate the top of its window",
            "the sandbox of {actor} does not allow it to navigate the top of its window"
            + ("" if attempt.user_activation else " without a user's click"),
            witness=attempt.actor,
        )
    within = attempt.actor in browser.ancestors(attempt.target)
    opened = browser.frame(attempt.target).opener == attempt.actor
    return decide(
        within or opened,
        "{target} is inside the sandboxed {actor}, or was opened by it",
        "{actor} is sandboxed and may navigate only frames inside it and windows that it opened",
        witness=attempt.actor,
    )


def top_navigation_allowed(browser: Browser, actor: str, user_activation: bool = False) -> bool:
    """Whether a sandbox lets ``actor`` navigate its window's top.

    Without a click it takes an embedder that may do so itself, by its origin or by its own sandbox:
    else any frame could make one that can. Chromium and Firefox see to that; the HTML Standard does
    not.
    """
    allowed, top = browser.document(actor).sandbox, browser.root(actor)
    if allowed is None or actor == top:
        return False
    if user_activation:
        return not allowed.isdisjoint(TOP_NAVIGATION)
    chain = (actor, *browser.ancestors(actor))
    for label, embedder in itertools.pairwise(chain):
        if "allow-top-navigation" not in (browser.document(label).sandbox or ()):
            return False
        if any(
            same_origin(browser.origin(each), browser.origin(top)) for each in (label, embedder)
        ):
            return True
    return False


TOP_NAVIGATION = {"allow-top-navigation", "allow-top-navigation-by-user-activation"}
