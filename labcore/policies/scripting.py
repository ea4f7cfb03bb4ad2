"""Scripting: when may a script in one frame read and write another frame's document?

The browser's most important policy: to script a document is to control it (Barth et al. 2008,
§3.1). Two rules are in use. They differ only for pages that set ``document.domain`` (HTML Standard,
"same origin-domain").
"""

from labcore.actions import Script, SetDomain
from labcore.browser import Browser
from labcore.origin import InvalidURL, is_address, parse_url, public_suffixes, same_origin
from labcore.policies.decision import Decision, decide


def same_origin_policy(browser: Browser, attempt: Script) -> Decision:
    """A frame may script another only if both documents have one origin (Barth et al. §3.1)."""
    actor, target = browser.origin(attempt.actor), browser.origin(attempt.target)
    return decide(
        same_origin(actor, target),
        "{actor} and {target} have one origin, {theirs}",
        "{actor} has the origin {ours}, {target} has {theirs}",
        ours=actor,
        theirs=target,
    )


def same_origin_domain_policy(browser: Browser, attempt: Script) -> Decision:
    """As the same-origin policy, but a shared ``document.domain`` makes two documents alike.

    Scheme and ``document.domain`` are compared, the port is not. If only one of them has set it,
    they are strangers, even with one origin.
    """
    actor, target = browser.document(attempt.actor), browser.document(attempt.target)
    if actor.domain is None and target.domain is None:
        return same_origin_policy(browser, attempt)
    if actor.domain is None or target.domain is None:
        relaxed = attempt.target if actor.domain is None else attempt.actor
        return decide(
            False, "", "only {witness} has set document.domain; both must", witness=relaxed
        )
    return decide(
        actor.domain == target.domain and actor.origin.scheme == target.origin.scheme,
        "{actor} and {target} both set document.domain to {ours!r}",
        "{actor} and {target} differ in document.domain ({ours!r}, {theirs!r}) or in scheme",
        ours=actor.domain,
        theirs=target.domain,
    )


def may_set_domain(browser: Browser, attempt: SetDomain) -> Decision:
    """A page may set ``document.domain`` to its host or a parent of it that is no public suffix."""
    document = browser.document(attempt.actor)
    host, domain = document.origin.host, as_host(attempt.domain)
    if document.sandbox is not None:
        return decide(False, "", "a sandboxed page may not set document.domain")
    if is_address(host):
        no = "{actor} is on an IP address, which has no parent domain"
        return decide(host == domain, "{domain!r} is the host of {actor}", no, domain=domain)
    if not host or not domain or not f".{host}".endswith(f".{domain}"):
        no = "{domain!r} is neither the host of {actor} nor a parent of it"
        return decide(False, "", no, domain=domain)
    return decide(
        host == domain or public_suffixes().privatesuffix(domain) is not None,
        "{domain!r} is the host of {actor} or a parent of it",
        "{domain!r} is a public suffix: anyone can register a name under it",
        domain=domain,
    )


def as_host(domain: str) -> str:
    """``domain`` as the URL parser writes a host; empty if it is none."""
    try:
        return parse_url(f"https://{domain}/").hostname
    except InvalidURL:
        return ""


SCRIPTING = {
    "same-origin": same_origin_policy,
    "same-origin-domain": same_origin_domain_policy,
}
