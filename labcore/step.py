"""`step`: the only place where anything changes.

``step(world, event, policies)`` asks the policies about an attempt and gives back their decision
with the next world: changed if they allow it, the same if they do not. What nobody decides (a
navigation commits, the user types) is asked of the world instead. The function does not know who is
the attacker's and who is honest; only what is learnt, and so what can be said, depends on it.

A navigation takes two steps. It *begins* when a script asks for it, and until it *commits* the old
document lives on. A second navigation of the same frame takes the place of the first. If only the
fragment changes there is nothing to load: the document stays, and has another URL at once.

A message takes two steps as well: it is posted, and later dispatched. A script that hears of
something answers with actions; they stand on the world's agenda, and each is a step of its own.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from labcore.actions import (
    Accepts,
    Asks,
    Call,
    Commit,
    CommRequest,
    Create,
    Deliver,
    Destroy,
    Embed,
    Event,
    Fetch,
    Join,
    Load,
    Message,
    Navigate,
    Open,
    Poll,
    PostMessage,
    Refuses,
    Script,
    SetDomain,
    SetTimer,
    Submit,
    TimerFires,
    Traverse,
    UserClicks,
    UserConfirms,
    UserTypes,
    frames_of,
)
from labcore.arrivals import Arrival, arriving, fetched_in, principals_for, received
from labcore.browser import Box, Browser, fresh_labels
from labcore.http import Request
from labcore.joining import RULE, created, destroyed, joined, ordered
from labcore.messages import ArrayBuffer, parse_target_origin, parts_of
from labcore.origin import Origin, normalize_url, same_origin
from labcore.policies import Decision, Policies, decide
from labcore.policies.cookies import asking_in
from labcore.policies.isolation import (
    KEPT,
    hides_its_windows,
    needs_own_group,
    opens_with,
    reachable,
)
from labcore.policies.sandboxing import runs_script, sandboxing
from labcore.policies.scripting import as_host
from labcore.policies.toggles import GROUPS
from labcore.screen import location_bar
from labcore.scripts import (
    Answered,
    Called,
    Clicked,
    FragmentRead,
    Happened,
    Loaded,
    MessageEvent,
    Page,
    TimeIsUp,
    hears_loads,
    react,
)
from labcore.world import Navigation, Visit, World

Next = tuple[Decision, World]


def step(world: World, event: Event, policies: Policies) -> Next:
    """What becomes of ``event`` under ``policies``: the decision, and the world after it.

    Raises `UnknownName` where the event names a frame that is not there, `InvalidURL` for a URL
    that is none.
    """
    if world.agenda and event == world.agenda[0]:
        world = world.but(agenda=world.agenda[1:])
        if (refusal := in_no_frame(world, event)) is not None:
            return refusal, world
        return _STEPS[type(event)](world, event, policies)
    for label in frames_of(event):
        world.browser.frame(label)
    if world.tainted and not world.agenda:
        world = world.but(tainted=False)
    if isinstance(event, Commit | Load | Poll | Deliver | TimerFires) and world.agenda:
        no = f"{event.target} waits until the script that runs has ended"
        return decide(False, "", no).settled("run to completion", event), world
    if isinstance(event, SetTimer | Asks | Accepts):
        no = "the script of {actor} has not come to that"
        return decide(False, "", no).settled("the page's script", event), world
    if unknown := _must_be_guessed(world, event):
        no = "the attacker does not know {words} and cannot guess it"
        return decide(False, "", no, words=", ".join(unknown)).settled("secrets", event), world
    return _STEPS[type(event)](world, event, policies)


def in_no_frame(world: World, event: Event) -> Decision | None:
    """The refusal of an ``event`` that names a frame which is not there (any more)."""
    gone = next((label for label in frames_of(event) if label not in world.browser), None)
    if gone is None:
        return None
    no = "there is no frame {gone} at this time"
    return decide(False, "", no, gone=gone).settled("no such frame", event)


def _must_be_guessed(world: World, event: Event) -> list[str]:
    """The words of ``event`` that the attacker, whose event it is, has never read."""
    actor = getattr(event, "actor", None)
    if actor is None or not world.is_attackers(actor):
        return []
    return world.unknown_to_attacker(_words_of(event) | world.secrets_in(_asked_by(event)))


def _asked_by(event: Event) -> str:
    """All that is written in the request that ``event`` sends, if it sends one."""
    if isinstance(event, Script) and event.run is not None:
        return _asked_by(event.run)
    return event.request.text if isinstance(event, Fetch | Submit) else ""


def _words_of(event: Event) -> frozenset[object]:
    """What somebody could read of ``event``: a message's parts, those of a fragment as decoded."""
    if isinstance(event, Script):
        return frozenset() if event.run is None else _words_of(event.run)
    if isinstance(event, Navigate | Open | Embed):
        return parts_of(unquote(normalize_url(event.url).partition("#")[2]))
    if isinstance(event, Create | Join):
        return frozenset({event.id})
    return parts_of(getattr(event, "data", ""))


def _navigate(world: World, event: Navigate, policies: Policies) -> Next:
    decision = policies.may_navigate(
        world.browser, event.actor, event.target, event.url, event.user_activation
    )
    url = normalize_url(event.url)
    if not decision or url.startswith("javascript:"):
        return decision, world
    before = world.browser.document(event.target)
    if "#" in url and url.partition("#")[0] == before.page:
        after = _with_fragment(world, event.target, url)
        after = _told(after, event.target, world.is_tainted(event.actor), FragmentRead)
        again = url == before.url and same_origin(world.browser.origin(event.actor), before.origin)
        return decision, after if again else _visited(after, event.target, before.url)
    return decision, _begun(world, event.actor, event.target, url)


def _begun(
    world: World,
    actor: str,
    target: str,
    url: str,
    traverses: bool = False,
    request: Request | None = None,
) -> World:
    """The world in which a navigation is under way."""
    others = tuple(each for each in world.pending if each.target != target)
    creator, tainted = world.browser.document(actor), world.is_tainted(actor)
    begun = Navigation(target, url, actor, creator, traverses, request, tainted)
    return world.but(pending=(*others, begun))


def _submit(world: World, event: Submit, policies: Policies) -> Next:
    """A form is a navigation that brings its fields along."""
    decision = policies.may_navigate(world.browser, event.actor, event.target, event.request.url)
    if not decision:
        return decision, world
    url = event.request.url
    return decision, _begun(world, event.actor, event.target, url, request=event.request)


def _fetch(world: World, event: Fetch, policies: Policies) -> Next:
    """Ask the server; then the document that has asked gets what it may of the answer."""
    browser, request = world.browser, event.request
    if not request.destination and not (runs := runs_script(browser, event)):
        return runs.settled("sandbox", event), world
    if request.mode == "navigate":
        no = "a page shows the answer to a form: use Submit, or Navigate"
        return decide(False, "", no).settled("Request()", event), world
    asking = asking_in(browser, event.actor, principals_for(world, policies))
    fetched = fetched_in(world, asking, request, policies)
    tainted = world.is_tainted(event.actor)
    world = world.asked(fetched, tainted)
    decision, world, call = received(world, event, fetched, policies)
    if call is not None:
        words = world.secrets_in(call)
        return decision, _heard(world, event.actor, lambda page: Called(page, call), words)
    body = fetched.response.body if fetched.response is not None and fetched.readable else None
    if request.destination or world.is_attackers(event.actor):
        return decision, world

    def heard(page: Page) -> Happened:
        return Answered(page, fetched.url, body)

    tainted |= any(world.attacker_speaks_for(each.request.origin) for each in fetched.exchanges)
    return decision, _heard(world, event.actor, heard, tainted=tainted)


def _with_fragment(world: World, target: str, url: str) -> World:
    return world.but(browser=world.browser.with_fragment(target, url))


def _visited(world: World, label: str, before: str) -> World:
    """The world with one more line of session history, where that is kept.

    From here on the window has another future.
    """
    if world.past is None:
        return world
    browser = world.browser
    visit = Visit(label, before, browser.document(label).url)
    others = (each for each in world.future if browser.root(each.label) != browser.root(label))
    return world.but(past=(*world.past, visit), future=tuple(others))


def _traverse(world: World, event: Traverse, policies: Policies) -> Next:
    """Any frame goes back and forth for its whole window; no policy but a sandbox is asked."""
    browser, back = world.browser, event.by < 0
    if not (runs := runs_script(browser, event)):
        return runs.settled("sandbox", event), world
    home = browser.root(event.actor)
    line = (world.past or ()) if back else world.future
    last = next((each for each in reversed(line) if browser.root(each.label) == home), None)
    if last is None:
        no = "the session history has nothing further"
        return decide(False, "", no).settled("session history", event), world
    url = last.before if back else last.after
    if not (allowed := sandboxing(browser, Navigate(event.actor, last.label, url))):
        return allowed.settled("sandbox", event), world
    yes = "{label} has {url} again; the session history belongs to the whole window"
    decision = decide(True, yes, "", label=last.label, url=url).settled("session history", event)
    rest = tuple(each for each in line if each is not last)
    other = (*(world.future if back else world.past or ()), last)
    world = world.but(past=rest if back else other, future=other if back else rest)
    if url.partition("#")[0] == browser.document(last.label).page:
        return decision, _with_fragment(world, last.label, url)
    return decision, _begun(world, event.actor, last.label, url, traverses=True)


def _embed(world: World, event: Embed, policies: Policies) -> Next:
    """A new frame shows ``about:blank`` until the page that it is for arrives."""
    if not (runs := runs_script(world.browser, event)):
        return runs.settled("sandbox", event), world
    url = normalize_url(event.url)
    taken = {*world.browser.labels, *world.reserved()}
    label = next(fresh_labels([Box(url, name=event.name)], taken))
    browser = world.browser.grown([Box("about:blank", label=label, name=event.name)], event.actor)
    decision = decide(True, "any page may embed any other", "").settled("embedding", event)
    return decision, _begun(world.but(browser=browser), event.actor, label, url)


def _script(world: World, event: Script, policies: Policies) -> Next:
    """Read the target's document, or act in the target's name."""
    decision = policies.may_script(world.browser, event.actor, event.target)
    if not decision:
        return decision, world
    if event.run is not None:
        told = world
        if world.is_tainted(event.actor):
            told = world.touching(event.target).but(tainted=bool(world.servers))
        decision, after = _STEPS[type(event.run)](told, event.run, policies)
        nothing = after == told and after.exchanges is told.exchanges
        return decision, world if nothing else after
    if not world.is_attackers(event.actor):
        return decision, world
    seen = {secret for label, secret in world.typed if label == event.target}
    world = world.but(knowledge=world.knowledge | seen)
    return decision, world.learnt(parts_of(world.browser.document(event.target).fragment))


def _call(world: World, event: Call, policies: Policies) -> Next:
    decision = policies.may_script(world.browser, event.actor, event.target)
    if not decision:
        return decision, world
    world = _told(world, event.target, world.is_tainted(event.actor), Called)
    return decision, _heard(world, event.target, lambda page: Called(page, event.data))


def _post(world: World, event: PostMessage, policies: Policies) -> Next:
    """Anybody may post to any window that it can name; the message waits until it is dispatched."""
    if not (runs := runs_script(world.browser, event)):
        return runs.settled("sandbox", event), world
    if not (reach := reachable(world.browser, event)):
        return reach.settled(GROUPS, event), world
    buffers = {each for each in parts_of(event.data) if isinstance(each, ArrayBuffer)}
    gone = {each for each in (*buffers, *event.transfer) if (event.actor, each) in world.moved}
    if gone:
        no = "DataCloneError: {actor} has given away {buffer}"
        refusal = decide(False, "", no, buffer=", ".join(sorted(map(str, gone))))
        return refusal.settled("structured clone", event), world
    origin = policies.speaker(world.browser.document(event.actor))
    intended = parse_target_origin(event.target_origin, origin)
    tainted = world.is_tainted(event.actor)
    message = Message(event.actor, event.target, event.data, origin, intended, tainted=tainted)
    yes = "the message waits until it is dispatched"
    return decide(True, yes, "").settled("postMessage", event), world.but(
        messages=(*world.messages, message),
        moved=world.moved | {(event.actor, each) for each in event.transfer},
    )


def _comm_request(world: World, event: CommRequest, policies: Policies) -> Next:
    """The browser, not the sender, looks for a frame that speaks for the principal."""
    browser = world.browser
    if not (runs := runs_script(browser, event)):
        return runs.settled("sandbox", event), world
    speaks = {label: policies.speaker(browser.document(label)) for label in browser.labels}
    principal = parse_target_origin(event.principal, speaks[event.actor])
    meant = (label for label in browser.labels if speaks[label] == principal)
    target = next((label for label in meant if world.run_of(label)), None)
    decision = decide(
        target is not None,
        "{target} speaks for {principal}",
        "no frame here speaks for {principal}",
        target=target,
        principal=principal,
    ).settled("CommRequest", event)
    if target is None:
        return decision, world
    origin = speaks[event.actor]
    message = Message(
        event.actor,
        target,
        event.data,
        origin,
        principal,
        to_principal=True,
        tainted=world.is_tainted(event.actor),
    )
    return decision, world.but(messages=(*world.messages, message))


def _deliver(world: World, event: Deliver, policies: Policies) -> Next:
    """The browser compares origins now: the document may be another than when it was called."""
    message = next((each for each in world.messages if each.target == event.target), None)
    if message is None:
        no = "no message waits for {target}"
        return decide(False, "", no, target=event.target).settled("postMessage", event), world
    rest = tuple(each for each in world.messages if each is not message)
    world = world.but(messages=rest)
    decision = policies.delivers_message(world.browser, message)
    if not decision:
        return decision, world

    def heard(page: Page) -> Happened:
        return MessageEvent(page, message.data, str(message.origin), message.actor)

    words = parts_of(message.data)
    if world.servers and isinstance(message.data, str):  # it may be what a server has answered
        words |= world.secrets_in(message.data)
    moved = world.moved.difference((event.target, each) for each in words)
    world = _told(world.but(moved=moved), event.target, message.tainted, MessageEvent)
    return decision, _heard(world, event.target, heard, words)


def _poll(world: World, event: Poll, policies: Policies) -> Next:
    """Only what stands there now can be seen: what was overwritten before is lost."""
    run, text = world.run_of(event.target), world.browser.document(event.target).fragment
    decision = decide(
        run is not None and run.seen != text,
        "{target} reads {text!r} after the #",
        "{target} sees nothing new",
        target=event.target,
        text=text,
    ).settled("polling", event)
    if not decision or run is None:
        return decision, world
    world = world.with_run(replace(run, seen=text))
    return decision, _heard(
        world, event.target, lambda page: FragmentRead(page, text), parts_of(text)
    )


def _load(world: World, event: Load, policies: Policies) -> Next:
    """The document and all in it has arrived: its script hears it, then the script around it."""
    run, inner = world.run_of(event.target), world.held_back(event.target)
    decision = decide(
        run is not None and run.loading and inner is None,
        "all of {target} has arrived",
        "{target} waits for {inner}" if inner else "{target} has loaded before",
        target=event.target,
        inner=inner,
    ).settled("load", event)
    if not decision or run is None:
        return decision, world
    world = world.with_run(replace(run, loading=False))
    around = world.browser.parent(event.target)
    for label in (event.target, around):
        if label is not None and hears_loads(world.script_of(label), own=label != around):
            brought = event.target in world.brought
            world = _heard(world, label, lambda page: Loaded(page, event.target), tainted=brought)
    return decision, world


def _timer_fires(world: World, event: TimerFires, policies: Policies) -> Next:
    run = world.run_of(event.target)
    waits = run.waits if run is not None else ""
    decision = decide(
        bool(waits),
        "{target} has waited {waits}",
        "{target} waits for nothing",
        target=event.target,
        waits=waits,
    ).settled("timer", event)
    if not decision or run is None:
        return decision, world
    return decision, _heard(world.with_run(replace(run, waits="")), event.target, TimeIsUp)


def _told(world: World, label: str, tainted: bool, kind: type) -> World:
    """The world once the attacker, if it is ``tainted``, has told a script something it hears."""
    script = world.script_of(label)
    hears = script is not None and kind in getattr(script, "hears", (kind,))
    return world.touching(label) if tainted and hears else world


def _heard(
    world: World,
    label: str,
    happened: Callable[[Page], Happened],
    words: frozenset[object] = frozenset(),
    tainted: bool = False,
) -> World:
    """The world once the script in ``label`` has heard of something, and the attacker its words.

    It is ``tainted`` if the attacker is the cause of it.
    """
    if world.is_attackers(label):
        return world.learnt(words) if world.browser.document(label).scripts_run else world
    script, run = world.script_of(label), world.run_of(label)
    if script is None or run is None:
        return world
    run, actions = react(script, run, happened(world.page_in(label)))
    caused = bool(world.servers) and bool(actions) and (tainted or label in world.touched)
    return world.with_run(run).but(
        agenda=(*world.agenda, *actions), tainted=world.tainted or caused
    )


def _set_timer(world: World, event: SetTimer, policies: Policies) -> Next:
    run = world.run_of(event.actor)
    decision = decide(run is not None, "{actor} sets it", "no script runs in {actor}")
    after = world if run is None else world.with_run(replace(run, waits=event.wait))
    return decision.settled("timer", event), after


def _ask(world: World, event: Asks, policies: Policies) -> Next:
    """The question stands until the user answers; a new one of the same page replaces it."""
    others = tuple(each for each in world.questions if each.actor != event.actor)
    decision = decide(True, "the user is asked, and sees the name {peer}", "", peer=event.peer)
    return decision.settled("the page", event), world.but(questions=(*others, event))


def _confirm(world: World, event: UserConfirms, policies: Policies) -> Next:
    asked = next((each for each in world.questions if each.actor == event.target), None)
    decision = decide(
        asked is not None and asked.peer == event.peer,
        "{target} names {peer}, whom the user trusts",
        "{target} names {named}, and the user trusts {peer} only" if asked else "nothing is asked",
        target=event.target,
        peer=event.peer,
        named=asked.peer if asked else None,
    ).settled("the user", event)
    if not decision or asked is None:
        return decision, world
    rest = tuple(each for each in world.questions if each is not asked)
    accepts = Accepts(asked.actor, asked.text, asked.peer)
    return decision, world.but(questions=rest, agenda=(*world.agenda, accepts))


def _accept(world: World, event: Accepts, policies: Policies) -> Next:
    decision = decide(True, "it takes it to come from {peer}", "", peer=event.peer)
    accepted = (*world.accepted, (event.actor, event.text, event.peer))
    return decision.settled("the page", event), world.but(accepted=accepted)


def _refuse(world: World, event: Refuses, policies: Policies) -> Next:
    refusal = decide(False, "", "{reason}", reason=event.reason)
    return refusal.settled("the page's script", event), world


def _open(world: World, event: Open, policies: Policies) -> Next:
    """Find a frame of that name that may be navigated, near ones first; else open a window.

    Whoever finds a window becomes its opener (HTML Standard, window open steps).
    """
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
    for target in () if event.noopener else found:
        if policies.finds(browser, event.actor, target, event.url):
            if browser.is_top_level(target) and target != home:
                world = world.but(browser=browser.with_opener(target, event.actor))
            return _navigate(world, Navigate(event.actor, target, event.url), policies)
    allowed = browser.document(event.actor).sandbox
    if allowed is not None and "allow-popups" not in allowed:
        refusal = decide(False, "", "the sandbox of {actor} does not allow it to open windows")
        return refusal.settled("sandbox", event), world
    url = normalize_url(event.url)
    served = world.server_at(url) is not None
    page = Box("about:blank") if served else world.page_at(url)
    new = replace(page, label=None, name=name, opener=event.actor, is_window=True)
    if served:
        taken = {*browser.labels, *world.reserved()}
        new = replace(new, label=next(fresh_labels([Box(url, name=name)], taken)))
    after = browser.grown([new], reserved=world.reserved())
    label, before = after.labels[len(browser)], opens_with(browser, event.actor)
    own = (page.isolation.opener, after.origin(label))
    alone = event.noopener or hides_its_windows(browser, event.actor)
    if alone or (not served and needs_own_group(before, [own], True)):
        after = after.apart(label)
    elif served:  # its first document, about:blank, goes by the policy of the page around
        first = after.document(label).isolation._replace(opener=before[0])
        after = after.with_isolation(label, first)
    opened = world.but(browser=after).begun(after.labels[len(browser) :])
    if served:
        opened = _begun(opened, event.actor, label, url)
    why = "{actor} finds no frame named {name!r}"
    if event.noopener:
        why = "one without an opener is asked for"
    elif policies.names == KEPT:
        why = "no frame named {name!r} may be navigated by {actor}"
    decision = decide(
        True,
        f"{why}, so a new window opens",
        "",
        name=name,
    ).settled("window.open", event)
    return decision, opened


def _create(world: World, event: Create, policies: Policies) -> Next:
    if not (runs := runs_script(world.browser, event)):
        return runs.settled("sandbox", event), world
    decision, after = created(world, event.actor, event.id, event.members, policies)
    return decision.settled(RULE, event), after


def _join(world: World, event: Join, policies: Policies) -> Next:
    if not (runs := runs_script(world.browser, event)):
        return runs.settled("sandbox", event), world
    of = Origin.of(event.of) if event.of else None
    decision, after = joined(world, event.actor, event.id, policies, of)
    return decision.settled(RULE, event), after


def _destroy(world: World, event: Destroy, policies: Policies) -> Next:
    if not (runs := runs_script(world.browser, event)):
        return runs.settled("sandbox", event), world
    decision, after = destroyed(world, event.actor, policies)
    return decision.settled(RULE, event), after


def _set_domain(world: World, event: SetDomain, policies: Policies) -> Next:
    decision = policies.may_set_domain(world.browser, event.actor, event.domain)
    if not decision:
        return decision, world
    return decision, replace(
        world, browser=world.browser.with_domain(event.actor, as_host(event.domain))
    )


def _commit(world: World, event: Commit, policies: Policies) -> Next:
    """The new document arrives with its frames; what was typed into the old one is gone."""
    world.browser.frame(event.target)
    navigation = world.pending_in(event.target)
    if navigation is None:
        no = "no navigation is under way in {target}"
        return decide(False, "", no, target=event.target).settled("commit", event), world
    asked = world.asked_by(navigation.url)
    arrival = Arrival(
        navigation.url,
        navigation.creator,
        isolation=asked,
        passed=((asked.opener, Origin.of(navigation.url)),),
    )
    if world.server_at(navigation.url):
        world, arrival = arriving(world, navigation, policies)
    if arrival.url is None:
        stays = tuple(each for each in world.pending if each is not navigation)
        refusal = decide(False, "", "{why}", why=arrival.why)
        return refusal.settled(arrival.rule, event), world.but(pending=stays)
    said = ("{why}" if arrival.why else "{target} now shows {url}") + (
        "; {note}" if arrival.note else ""
    )
    words = {"url": arrival.url, "why": arrival.why, "note": arrival.note, "target": event.target}
    decision = decide(not arrival.why, said, said, None, **words)
    decision = decision.settled(arrival.rule, event)
    before = world.browser.document(event.target).url
    page = world.page_at(arrival.url)
    page = page if page.url == arrival.url else replace(page, url=arrival.url)
    page = replace(page, scripts=(*page.scripts, *arrival.scripts), isolation=arrival.isolation)
    inner = set(world.browser.descendants(event.target))
    gone = {event.target, *inner}
    browser = _parted(world.browser, event.target, arrival)
    after = world.but(
        browser=browser.with_document(
            event.target,
            page,
            arrival.creator,
            world.reserved(event.target, arrival.url.partition("#")[0]),
            policies.forgets_names,
        ),
        pending=tuple(each for each in world.pending if each.target not in gone),
        typed=frozenset(each for each in world.typed if each[0] not in gone),
        questions=tuple(each for each in world.questions if each.actor not in gone),
        messages=tuple(each for each in world.messages if each.target not in inner),
        running=tuple(each for each in world.running if each.label not in inner),
        moved=frozenset(each for each in world.moved if each[0] not in gone),
        past=world.past and tuple(each for each in world.past if each.label not in inner),
        future=tuple(each for each in world.future if each.label not in inner),
    )
    after = after.begun((event.target, *after.browser.descendants(event.target)))
    tainted = navigation.tainted or arrival.tainted
    here = {event.target, *after.browser.descendants(event.target)} if tainted else set()
    after = after.but(brought=(after.brought - gone) | here, touched=after.touched - gone)
    if result := ordered(after, event.target, arrival.order, policies):
        told, after = result
        decision = told.settled(RULE, event)
    if navigation.traverses or before == "about:blank":
        return decision, after
    return decision, _visited(after, event.target, before)


def _parted(browser: Browser, target: str, arrival: Arrival) -> Browser:
    """The browser in which the window has another group, if its old page and the new one part."""
    if not browser.is_top_level(target):
        return browser
    old = browser.document(target)
    shown = (old.isolation.opener, old.origin)
    is_new = old.url == "about:blank"
    parts = needs_own_group(shown, arrival.passed, is_new)
    return browser.apart(target) if parts else browser


def _click(world: World, event: UserClicks, policies: Policies) -> Next:
    """The user clicks where the page that is seen has a button; what lies on top gets the click."""
    browser = world.browser
    around = (event.target, *browser.ancestors(event.target))
    unseen = "" if event.sees == event.target else ", which the user does not see"
    decision = decide(
        event.sees in around,
        "{target} gets the click" + unseen,
        "{target} does not lie on {sees}",
        target=event.target,
        sees=event.sees,
    ).settled("the user", event)
    if not decision:
        return decision, world
    tainted = event.sees != event.target and world.is_attackers(event.sees)
    return decision, _heard(world, event.target, Clicked, tainted=tainted)


def _type(world: World, event: UserTypes, policies: Policies) -> Next:
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
    return decision, world.but(
        typed=world.typed | {(event.target, event.secret)},
        knowledge=world.knowledge | learnt,
    )


_STEPS: dict[type, Callable[[World, Any, Policies], Next]] = {
    Navigate: _navigate,
    Traverse: _traverse,
    Embed: _embed,
    Open: _open,
    Script: _script,
    Call: _call,
    SetDomain: _set_domain,
    PostMessage: _post,
    CommRequest: _comm_request,
    Fetch: _fetch,
    Submit: _submit,
    Create: _create,
    Join: _join,
    Destroy: _destroy,
    SetTimer: _set_timer,
    Asks: _ask,
    Accepts: _accept,
    Refuses: _refuse,
    Commit: _commit,
    Load: _load,
    Deliver: _deliver,
    Poll: _poll,
    TimerFires: _timer_fires,
    UserTypes: _type,
    UserConfirms: _confirm,
    UserClicks: _click,
}
