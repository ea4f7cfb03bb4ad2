"""`step`: the only place where anything changes.

``step(world, event, policies)`` asks the policies about an attempt and gives back their decision
with the next world: changed if they allow it, the same if they do not. What nobody decides (a
navigation commits, the user types) is asked of the world instead. The function does not know who is
the attacker's and who is honest; only what is learnt depends on it.

A navigation takes two steps. It *begins* when a script asks for it, and until it *commits* the old
document lives on. A second navigation of the same frame takes the place of the first.
"""

from dataclasses import replace

from labcore.actions import Commit, Event, Navigate, Open, Script, SetDomain, UserTypes
from labcore.origin import Origin, normalize_url
from labcore.policies import Decision, Policies, decide
from labcore.policies.sandboxing import runs_script
from labcore.policies.scripting import as_host
from labcore.screen import location_bar
from labcore.world import Navigation, World


def step(world: World, event: Event, policies: Policies) -> tuple[Decision, World]:
    """What becomes of ``event`` under ``policies``: the decision, and the world after it.

    Raises `UnknownName` where the event names a frame that is not there, `InvalidURL` for a URL
    that is none.
    """
    match event:
        case Navigate():
            return _navigate(world, event, policies)
        case Script():
            return _script(world, event, policies)
        case Open():
            return _open(world, event, policies)
        case SetDomain():
            return _set_domain(world, event, policies)
        case Commit():
            return _commit(world, event)
        case UserTypes():
            return _type(world, event)
    raise TypeError(
        f"an event is a Navigate, Script, Open, SetDomain, Commit or UserTypes, not {event!r}"
    )


def _navigate(world: World, event: Navigate, policies: Policies) -> tuple[Decision, World]:
    decision = policies.may_navigate(
        world.browser, event.actor, event.target, event.url, event.user_activation
    )
    url = normalize_url(event.url)
    if not decision or url.startswith("javascript:"):
        return decision, world
    others = tuple(each for each in world.pending if each.target != event.target)
    creator = world.browser.document(event.actor)
    begun = Navigation(event.target, url, event.actor, creator)
    return decision, replace(world, pending=(*others, begun))


def _script(world: World, event: Script, policies: Policies) -> tuple[Decision, World]:
    """Read the target's document, or act in the target's name."""
    decision = policies.may_script(world.browser, event.actor, event.target)
    if not decision:
        return decision, world
    if event.run is not None:
        return step(world, event.run, policies)
    if not world.is_attackers(event.actor):
        return decision, world
    seen = {secret for label, secret in world.typed if label == event.target}
    return decision, replace(world, knowledge=world.knowledge | seen)


def _open(world: World, event: Open, policies: Policies) -> tuple[Decision, World]:
    """Find a frame of that name that may be navigated, near ones first; else open a window."""
    browser = world.browser
    home = browser.root(event.actor)
    if not (runs := runs_script(browser, event)):
        return runs.settled("sandbox", event), world
    keywords = {
        "_self": event.actor,
        "_parent": browser.parent(event.actor) or event.actor,
        "_top": home,
    }
    if (target := keywords.get(event.name.lower())) is not None:
        return _navigate(world, Navigate(event.actor, target, event.url), policies)
    name = "" if event.name.lower() == "_blank" else event.name
    found = sorted(browser.named(name), key=lambda label: browser.root(label) != home)
    for target in found:
        attempt = Navigate(event.actor, target, event.url)
        decision, after = _navigate(world, attempt, policies)
        if decision:
            return decision, after
    allowed = browser.document(event.actor).sandbox
    if allowed is not None and "allow-popups" not in allowed:
        refusal = decide(False, "", "the sandbox of {actor} does not allow it to open windows")
        return refusal.settled("sandbox", event), world
    page = world.page_at(normalize_url(event.url))
    new = replace(page, label=None, name=name, opener=event.actor, is_window=True)
    opened = replace(world, browser=browser.grown([new]))
    decision = decide(
        True,
        "no frame named {name!r} may be navigated by {actor}, so a new window opens",
        "",
        name=name,
    ).settled("window.open", event)
    return decision, opened


def _set_domain(world: World, event: SetDomain, policies: Policies) -> tuple[Decision, World]:
    decision = policies.may_set_domain(world.browser, event.actor, event.domain)
    if not decision:
        return decision, world
    return decision, replace(
        world, browser=world.browser.with_domain(event.actor, as_host(event.domain))
    )


def _commit(world: World, event: Commit) -> tuple[Decision, World]:
    """The new document arrives with its frames; what was typed into the old one is gone."""
    world.browser.frame(event.target)
    navigation = world.pending_in(event.target)
    decision = decide(
        navigation is not None,
        "{target} now shows {url}",
        "no navigation is under way in {target}",
        target=event.target,
        url=navigation.url if navigation else None,
    ).settled("commit", event)
    if navigation is None:
        return decision, world
    browser = world.browser
    page = world.page_at(navigation.url)
    after = browser.with_document(event.target, page, navigation.creator)
    gone = {event.target, *browser.descendants(event.target)}
    return decision, replace(
        world,
        browser=after,
        pending=tuple(each for each in world.pending if each.target not in gone),
        typed=frozenset(each for each in world.typed if each[0] not in gone),
    )


def _type(world: World, event: UserTypes) -> tuple[Decision, World]:
    """The user types, after a look at the location bar; whoever wrote the document learns what."""
    shown = Origin.of(location_bar(world.browser, event.target))
    expected = None if event.location is None else Origin.of(event.location)
    decision = decide(
        expected is None or shown == expected,
        "the location bar says {shown}"
        + (", as the user expects" if expected else "; the user does not look at it"),
        "the location bar says {shown}, and the user, who expects {expected}, stops",
        shown=shown,
        expected=expected,
    ).settled("the user", event)
    if not decision:
        return decision, world
    learnt = {event.secret} if world.is_attackers(event.target) else set[str]()
    return decision, replace(
        world,
        typed=world.typed | {(event.target, event.secret)},
        knowledge=world.knowledge | learnt,
    )
