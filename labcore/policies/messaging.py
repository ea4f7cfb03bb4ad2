"""Messaging: which document may a message be dispatched to?

A message is sent to a frame, and by the time it is dispatched the frame may show another document.
The first specification did not care. Since 2008 a sender can say for which origin the message is
meant (Barth et al. 2008, §4.2; HTML Standard, "window post message steps").
"""

from labcore.actions import Message
from labcore.browser import Browser
from labcore.policies.decision import Decision, decide


def target_origin_honoured(browser: Browser, message: Message) -> Decision:
    """A message is dispatched only to the origin that it is meant for (HTML 5 since 2008)."""
    there = browser.origin(message.target)
    if message.intended is None:
        return decide(True, "it is meant for anybody, and {target} shows {there}", "", there=there)
    return decide(
        there == message.intended,
        "it is meant for {meant}, which is what {target} shows",
        "it is meant for {meant}, but {target} shows {there}",
        witness=message.target,
        meant=message.intended,
        there=there,
    )


def target_origin_ignored(browser: Browser, message: Message) -> Decision:
    """A message is dispatched to whatever the frame shows by then (as first specified)."""
    there = browser.origin(message.target)
    return decide(True, "whatever {target} shows gets it, now {there}", "", there=there)


MESSAGING = {"target origin": target_origin_honoured, "any document": target_origin_ignored}
"""The rules for dispatching a message."""
