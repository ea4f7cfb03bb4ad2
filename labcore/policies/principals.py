"""COP: the rules of a browser that looks at principals (Cao et al. 2013).

They compare labels, and never ask the same-origin policy. That with default principals they decide
as it does is checked on every small browser, not built in.
"""

from labcore.actions import Message, Script
from labcore.browser import Browser
from labcore.policies.decision import Decision, decide


def cop_scripting(browser: Browser, attempt: Script) -> Decision:
    """One document may script another exactly when both belong to one principal."""
    actor = browser.document(attempt.actor)
    target = browser.document(attempt.target)
    return decide(
        actor.principal == target.principal,
        "{actor} and {target} belong to one principal, {label}",
        "{actor} belongs to {label} and {target} to {other}",
        label=actor.principal,
        other=target.principal,
    )


def cop_messaging(browser: Browser, message: Message) -> Decision:
    """A message reaches only the principal that it is meant for."""
    now = browser.document(message.target).principal
    if message.intended is None:
        return decide(
            True, "it is meant for anybody, and {target} belongs to {label}", "", label=now
        )
    return decide(
        message.intended == now,
        "it is meant for {label}, to which {target} belongs",
        "it is meant for {intended}, and {target} belongs to {label}",
        label=now,
        intended=message.intended,
    )
