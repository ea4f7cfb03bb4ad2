"""Top-level frames: who may take a whole window somewhere else?

They were often exempt from the rule for sub-frames, because the location bar shows where they are (Barth et al.
2008, §3.1). Browsers never agreed on who may navigate them, and do not today.
"""

from labcore.actions import Navigate
from labcore.browser import Browser
from labcore.origin import Origin, same_origin, same_site
from labcore.policies.decision import Decision, decide
from labcore.policies.sandboxing import top_navigation_allowed


def anyone(browser: Browser, attempt: Navigate) -> Decision:
    """Any frame may navigate a top-level frame (Internet Explorer and Safari in 2008)."""
    return decide(True, "{target} is a top-level frame, which anyone may navigate", "")


def by_opener(browser: Browser, attempt: Navigate) -> Decision:
    """Only the frames of its own window, and of the window that opened it (Firefox 2).

    The paper says only that Firefox went by openers and could be got around; this is the plainest such rule.
    """
    opener = browser.frame(attempt.target).opener
    home = browser.root(attempt.actor)
    return decide(
        home == attempt.target or (opener is not None and home == browser.root(opener)),
        "{actor} is in the window of {target}, or in the one that opened it",
        "{actor} is neither in the window of {target} nor in the one that opened it",
        witness=opener,
    )


def not_given(browser: Browser, attempt: Navigate) -> Decision:
    """The source does not say (Opera 9 went by where the frame is at the time): refused, and marked as unknown."""
    return decide(False, "", "the source does not give this browser's rule for top-level frames")


TOP_LEVEL = {
    "anyone": anyone,
    "by opener": by_opener,
    "like sub-frames": None,
    "not given": not_given,
}
"""The rules for top-level frames; ``None`` asks the rule for sub-frames."""
