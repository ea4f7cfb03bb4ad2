"""Questions of your own: can this frame hijack that one, can anybody reach a goal at all?"""

from collections.abc import Sequence
from typing import Protocol

from labcore.actions import Navigate, UserConfirms, UserTypes
from labcore.browser import Browser
from labcore.scenarios.scenario import Goal, Scenario, attacker_knows
from labcore.world import World


class Captured(Protocol):
    """A page with all that was captured of it."""

    @property
    def browser(self) -> Browser:
        """Its windows and frames."""


def hijacking(
    page: Browser | Captured, actor: str, target: str, url: str | None = None
) -> Scenario:
    """The scenario in which ``actor`` of a ``page`` turns hostile and navigates ``target``.

    The page is a `Browser` or a capture. ``target`` goes to ``url``, a page of the actor's own if
    not given. The user then types something there, with an eye on the location bar. Raises
    `UnknownName` for a frame that is not in the page.
    """
    browser = page if isinstance(page, Browser) else page.browser
    theirs = browser.document(actor)
    top = browser.document(browser.root(target))
    location = None if top.origin.is_opaque or browser.is_top_level(target) else top.url
    return Scenario(
        name="your-own",
        title=f"{actor} hijacks {target}",
        story=f"{actor} has turned hostile and navigates {target}. The user types a secret there.",
        source="a page of your own",
        start=World(browser, attacker=frozenset({theirs.author})),
        plan=(Navigate(actor, target, theirs.url if url is None else url),),
        user=(UserTypes(target, "a secret", location=location),),
        goal=attacker_knows("a secret"),
    )


def question(start: World, goal: Goal, user: Sequence[UserTypes | UserConfirms] = ()) -> Scenario:
    """Whether the attacker in ``start`` can bring about ``goal``: a scenario without a plan.

    It is for `labcore.find_attack` to answer.
    """
    return Scenario(
        name="question",
        title="A question",
        story=f"Can it come about that {goal.sentence}?",
        source="a question of your own",
        start=start,
        plan=(),
        goal=goal,
        user=tuple(user),
    )
