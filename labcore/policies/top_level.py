"""Top-level frames: who may take a whole window somewhere else?

They were often exempt from the rule for sub-frames, because the location bar shows where they are
(Barth et al. 2008, §3.1). Browsers never agreed on who may navigate them, and do not today.
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

    The paper says only that Firefox went by openers and could be got around; this is the plainest
    such rule.
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
    """The source does not say (Opera 9 went by where the frame is): refused, marked unknown."""
    return decide(False, "", "the source does not give this browser's rule for top-level frames")


def chromium(browser: Browser, attempt: Navigate) -> Decision:
    """Chromium 156: own window by origin, click or destination; other windows through openers."""
    target, url = browser.origin(attempt.target), Origin.of(attempt.url)
    opener = browser.frame(attempt.target).opener
    if opener is not None and shares_origin_with_chain(browser, attempt.actor, opener):
        return decide(
            True, "{actor} has the origin of {witness}, which opened {target}", "", opener
        )
    if browser.root(attempt.actor) != attempt.target:
        return decide(
            same_origin(browser.origin(attempt.actor), target)
            or browser.frame(attempt.actor).opener == attempt.target,
            "{actor} has the origin of {target}, or was opened by it",
            "{actor} has neither the origin of {target} nor of its opener, nor was it opened by it",
        )
    if same_site(url, target):
        return decide(True, "{url} is on the site of {target}", "", url=url)
    return own_window(browser, attempt)


def firefox(browser: Browser, attempt: Navigate) -> Decision:
    """Firefox 153: own window by origin or click; others by site, or openers."""
    if browser.root(attempt.actor) == attempt.target:
        return own_window(browser, attempt)
    opener = browser.frame(attempt.target).opener
    if same_site(browser.origin(attempt.actor), browser.origin(attempt.target)):
        return decide(True, "{actor} and {target} are on one site", "")
    return decide(
        opener is not None
        and (
            browser.root(attempt.actor) == opener
            or shares_origin_with_chain(browser, attempt.actor, opener)
        ),
        "{actor} is in the window that opened {target}, or has the origin of the opener",
        "{actor} is neither on the site of {target} nor allowed by its opener",
        witness=opener,
    )


def own_window(browser: Browser, attempt: Navigate) -> Decision:
    """Who may take its own window away: the top's origin, a click, a sandbox that says so."""
    actor = browser.document(attempt.actor)
    return decide(
        top_navigation_allowed(browser, attempt.actor, attempt.user_activation)
        or attempt.user_activation
        or same_origin(actor.origin, browser.origin(attempt.target)),
        "{actor} has the origin of {target}, the user's click, or a sandbox that allows it",
        "{actor} has another origin than {target}, and the user has not clicked in it",
    )


def shares_origin_with_chain(browser: Browser, actor: str, label: str) -> bool:
    """Whether ``actor`` has the origin of ``label`` or of a frame around it."""
    ours = browser.origin(actor)
    return any(same_origin(ours, browser.origin(x)) for x in (label, *browser.ancestors(label)))


TOP_LEVEL = {
    "anyone": anyone,
    "by opener": by_opener,
    "like sub-frames": None,
    "not given": not_given,
    "Chromium": chromium,
    "Firefox": firefox,
}
"""The rules for top-level frames; ``None`` asks the rule for sub-frames."""
