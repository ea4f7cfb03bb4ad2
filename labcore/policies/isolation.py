"""Isolation: what pages ask for by headers, so that others are kept away from them.

``Cross-Origin-Opener-Policy`` (COOP) says with whom a window shares its browsing context group. Two
windows in different groups cannot reach each other: no name, no opener, no reference leads across.
``Cross-Origin-Embedder-Policy`` (COEP) says what
a page lets into itself, ``Cross-Origin-Resource-Policy`` (CORP) into whom an answer lets itself be
put: both act when the request has long been made. Each function is an algorithm of the HTML
Standard (§7.1.3, §7.1.4) or of the Fetch standard ("cross-origin resource policy check").
"""

import re
from collections.abc import Callable, Iterable, Sequence

from labcore.actions import Attempt, Message, Navigate, Script
from labcore.browser import NOTHING_ASKED, UNSAFE_NONE, Browser, Isolation
from labcore.http import Headers
from labcore.http.cookies import is_trustworthy
from labcore.origin import Origin, same_origin, site_host
from labcore.policies.decision import Decision, Policy, decide

OPENER = (UNSAFE_NONE, "same-origin-allow-popups", "same-origin", "noopener-allow-popups")
EMBEDDER = (UNSAFE_NONE, "credentialless", "require-corp")
RESOURCE = ("same-origin", "same-site", "cross-origin")
ALLOW_POPUPS = ("same-origin-allow-popups", "noopener-allow-popups")


def asked_by(url: str, headers: Headers) -> Isolation:
    """All such headers count, if the page that sends them came over TLS."""
    if not is_trustworthy(url):
        return NOTHING_ASKED
    return Isolation(
        _said(headers, "cross-origin-opener-policy", OPENER) or UNSAFE_NONE,
        _said(headers, "cross-origin-embedder-policy", EMBEDDER) or UNSAFE_NONE,
        _said(headers, "origin-agent-cluster", ("?1", "?0")),
    )


def ignored(url: str, headers: Headers) -> Isolation:
    """No such header counts (until 2020)."""
    return NOTHING_ASKED


def without_noopener(url: str, headers: Headers) -> Isolation:
    """All count but ``noopener-allow-popups``, which is taken for nothing (Firefox 153)."""
    asked = asked_by(url, headers)
    known = asked.opener != "noopener-allow-popups"
    return asked if known else asked._replace(opener=UNSAFE_NONE)


ISOLATION: dict[str, Callable[[str, Headers], Isolation]] = {
    "ignored": ignored,
    "HTML Standard": asked_by,
    "Firefox": without_noopener,
}
"""What a browser makes of the headers of a page that asks to be kept apart."""


def _said(headers: Headers, name: str, known: Iterable[str]) -> str:
    """A header's value, its parameters left out, if it is one of ``known``; else ``""``."""
    value = re.split(r"[ \t]*;", headers.get(name, ""), maxsplit=1)[0]
    return value if value in known else ""


# --- browsing context groups ---


def reachable(browser: Browser, attempt: Attempt | Message) -> Decision:
    """A script reaches frames of its own browsing context group only (HTML Standard, §7.3.2.3)."""
    actor, target = attempt.actor, attempt.target  # type: ignore[union-attr]
    return decide(
        not browser.has_groups or browser.group(actor) == browser.group(target),
        "{actor} and {target} are in one browsing context group",
        "{target} is in another browsing context group, and nothing leads there from {actor}",
    )


Speaker = tuple[str, Origin]
"""An opener policy and the origin of the page that has it."""


def needs_own_group(window: Speaker, answers: Sequence[Speaker], is_new: bool) -> bool:
    """Whether a window changes its group when pages come, redirects included.

    ``window`` is the page that it shows, or for one that ``is_new``, the page that has opened it
    (HTML Standard, "enforce a response's opener policy").
    """
    return any(
        _must_part(before, after, is_new)
        for before, after in zip((window, *answers), answers, strict=False)
    )


def _must_part(before: Speaker, after: Speaker, is_new: bool) -> bool:
    old, new = before[0], after[0]
    if is_new and new == "noopener-allow-popups":
        return True
    if is_new and old in ALLOW_POPUPS and new == UNSAFE_NONE:
        return False
    if UNSAFE_NONE in (old, new):
        return old != new
    return old != new or not same_origin(before[1], after[1])


def opens_with(browser: Browser, actor: str) -> Speaker:
    """The policy that a window begins with which ``actor`` opens.

    It is that of the top around ``actor``, if both are of one origin.
    """
    origin, top = browser.origin(actor), browser.document(browser.root(actor))
    same = same_origin(origin, top.origin)
    return (top.isolation.opener if same else UNSAFE_NONE, origin)


def hides_its_windows(browser: Browser, actor: str) -> bool:
    """Whether a stranger in a frame opens windows without opener there (HTML Standard, §7.3.1.7).

    It does where the page around it has asked for ``same-origin``.
    """
    top = browser.document(browser.root(actor))
    stranger = not same_origin(browser.origin(actor), top.origin)
    return stranger and top.isolation.opener == "same-origin"


def grouped(browser: Browser) -> Browser:
    """``browser`` with each window in the group that it is in once all its pages have come.

    A window that nobody has opened has a group of its own if its page has asked for anything.
    """
    groups: dict[str, int] = {}
    while waiting := [each for each in browser.windows if each not in groups]:
        for label in waiting:
            opener, document = browser.frame(label).opener, browser.document(label)
            if opener is not None and browser.root(opener) not in groups:
                continue
            own = (document.isolation.opener, document.origin)
            before = opens_with(browser, opener) if opener is not None else (UNSAFE_NONE, own[1])
            near = browser.group(label) if opener is None else groups[browser.root(opener)]
            parts = needs_own_group(before, [own], opener is not None)
            groups[label] = max((near, *groups.values())) + 1 if parts else near
    return browser.regrouped(groups)


# --- whose answers may be put into a page ---


def resource_policy(
    initiator: Origin | None, embedder: str, url: str, headers: Headers, with_cookies: bool
) -> str | None:
    """Why an answer may not be put into the page that asks; ``None`` if it may.

    The request has been sent. ``embedder`` is the page's embedder policy, ``with_cookies`` whether
    the request could carry them (Fetch standard, "cross-origin resource policy check").
    """
    said, server = headers.get("cross-origin-resource-policy", ""), Origin.of(url)
    said = said if said in RESOURCE else ""
    asks = embedder == "require-corp" or (embedder == "credentialless" and with_cookies)
    policy = said or ("same-origin" if asks else "cross-origin")
    if policy == "cross-origin" or (initiator is not None and same_origin(initiator, server)):
        return None
    if policy == "same-site" and initiator is not None and _on_one_site(initiator, server):
        return None
    if said:
        return f"Cross-Origin-Resource-Policy is {said}, and the page is of {initiator}"
    return f"Cross-Origin-Embedder-Policy is {embedder}, and {server} has opted into nothing"


def _on_one_site(initiator: Origin, server: Origin) -> bool:
    """Whether their sites are one but for the scheme; what TLS brings is for pages over TLS."""
    safe = initiator.scheme == "https" or server.scheme != "https"
    return safe and not initiator.is_opaque and site_host(initiator.host) == site_host(server.host)


def lets_cookies_go(initiator: Origin | None, embedder: str, mode: str, urls: list[str]) -> bool:
    """Whether a page's embedder policy lets a request carry cookies (Fetch standard).

    ``credentialless`` keeps them from what is asked for without CORS, unless it is the page's own.
    """
    own = initiator is not None and all(same_origin(initiator, Origin.of(url)) for url in urls)
    return embedder != "credentialless" or mode != "no-cors" or own


def may_embed(embedder: str, page: Isolation) -> str | None:
    """Why ``page`` may not stand in a frame of one that has ``embedder``; ``None`` if it may.

    Whoever asks for something of what it embeds asks the same of frames (HTML Standard, §7.1.4).
    """
    if embedder == UNSAFE_NONE or page.embedder != UNSAFE_NONE:
        return None
    return f"Cross-Origin-Embedder-Policy around it is {embedder}, and the page itself has none"


# --- document.domain ---


def by_cluster(rule: str | Policy, browser: Browser, attempt: Script) -> str | Policy:
    """The rule for scripting between two pages that ask how they be kept apart.

    By ``rule`` a browser keeps them apart by origin, so that to set ``document.domain`` does
    nothing, or by site; a page may ask for the other (HTML Standard, "origin-keyed agent cluster").
    """
    ends = (browser.document(attempt.actor), browser.document(attempt.target))
    asked = {each.isolation.cluster for each in ends}
    if rule == "same-origin" and asked == {"?0"}:
        return "same-origin-domain"
    return "same-origin" if rule == "same-origin-domain" and "?1" in asked else rule


# --- names ---


def familiar(browser: Browser, attempt: Navigate) -> Decision:
    """A name finds a frame of one's own origin or inside one, one's own top, and their popups.

    That is what became of the paper's descendant rule with origin propagation (HTML Standard,
    "familiar with"; Firefox asks it everywhere).
    """
    actor, target = attempt.actor, attempt.target
    origin = browser.origin(actor)
    near: str | None = target
    alike: str | None = None
    seen: set[str] = set()  # two windows may have opened each other
    while near is not None and near not in seen and alike is None:
        seen.add(near)
        chain = (near, *browser.ancestors(near))
        of_origin = (each for each in chain if same_origin(browser.origin(each), origin))
        alike = near if near == browser.root(actor) else next(of_origin, None)
        near = browser.frame(near).opener
    return decide(
        alike is not None,
        "{actor} is familiar with {target}, through {witness}",
        "{actor} is not familiar with {target}",
        witness=alike,
    )


def own_window_or_familiar(browser: Browser, attempt: Navigate) -> Decision:
    """A name finds any frame of one's own window, and those that one is familiar with.

    Who may then navigate it is not asked (HTML Standard, "find a navigable by target name").
    """
    if browser.root(attempt.actor) == browser.root(attempt.target):
        return decide(True, "{target} is in the window of {actor}", "")
    return familiar(browser, attempt)


KEPT = "whom one may navigate"

NAMES: dict[str, Policy | None] = {
    KEPT: None,
    "familiar": familiar,
    "own window, or familiar": own_window_or_familiar,
}
"""Which frame of a name is found; ``None`` asks who may navigate it, as Chromium does.

With this one, a window keeps its name, whatever it goes to show. By the others, which are of the
HTML Standard and of Firefox, one without an opener loses it to a page of another origin.
"""
