"""Part I's outcomes on every small page, found by search, and wrong variants that are caught."""

import pytest

from labcore import SCENARIOS, Browser, Origin, Policies, World
from labcore.policies import NAVIGATION
from labcore.scenarios import attacker_shows_in
from labcore.search import find_plan
from labcore.small_scope import check


def captured(browser: Browser, policies: Policies, victims) -> object:
    """A victim that some origin, turned hostile, comes to hold, with the plan; else ``True``."""
    for hostile in sorted({browser.origin(label) for label in browser.labels}, key=str):
        start = World(browser, attacker=frozenset({hostile}))
        for victim in browser.labels:
            if browser.origin(victim) != hostile and victims(browser, hostile, victim):
                plan = find_plan(start, attacker_shows_in(victim), policies, moves=2)
                if plan is not None:
                    return victim, plan
    return True


def in_another_window(browser: Browser, hostile: Origin, victim: str) -> bool:
    """A sub-frame in a window where the attacker has no frame."""
    mine = {browser.root(label) for label in browser.of_origin(hostile)}
    return not browser.is_top_level(victim) and browser.root(victim) not in mine


def beside_the_attacker(browser: Browser, hostile: Origin, victim: str) -> bool:
    """A sub-frame that no frame of the attacker's contains."""
    around = {browser.origin(label) for label in browser.ancestors(victim)}
    return not browser.is_top_level(victim) and hostile not in around


def strict(navigation: str, propagation: bool = False) -> Policies:
    return Policies(
        navigation=navigation, origin_propagation=propagation, top_level="like sub-frames"
    )


@pytest.mark.claim("B07")
@pytest.mark.parametrize("navigation", NAVIGATION)
def test_only_the_permissive_policy_lets_an_attacker_into_another_window(navigation):
    result = check(
        lambda browser: captured(browser, strict(navigation), in_another_window), frames=4
    )
    assert bool(result) is (navigation != "permissive")
    if not result:
        assert len(result.browser) == 3, "the smallest: the attacker, a bank, its frame"


@pytest.mark.claim("B08", "B09")
@pytest.mark.parametrize("propagation", [False, True])
@pytest.mark.parametrize("navigation", NAVIGATION)
def test_child_and_descendant_protect_neighbours_on_every_small_page(navigation, propagation):
    result = check(
        lambda browser: captured(browser, strict(navigation, propagation), beside_the_attacker),
        frames=4,
    )
    assert bool(result) is (navigation in ("child", "descendant"))


def test_what_the_search_finds_on_the_drawn_page_is_the_papers_plan():
    for name in ("gadget-hijacking", "cross-window", "top-level-redirect"):
        scenario = SCENARIOS[name]
        for navigation in NAVIGATION:
            policies = Policies(navigation=navigation, origin_propagation=False)
            plan = find_plan(scenario.start, scenario.goal, policies, scenario.user)
            assert (plan is not None) == scenario.run(policies).succeeded
            if plan is not None:
                assert scenario.run(policies, plan=plan).succeeded
                assert len(plan) <= len(scenario.plan)


def test_a_goal_that_holds_at_once_needs_no_move():
    scenario = SCENARIOS["gadget-hijacking"]
    assert find_plan(scenario.start, attacker_shows_in("ad"), Policies()) == ()
