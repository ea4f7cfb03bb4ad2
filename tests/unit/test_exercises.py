"""Exercises: a right function passes, a wrong one gets the smallest counterexample."""

import itertools
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from labcore import (
    Accepts,
    Browser,
    Deliver,
    Embed,
    Navigate,
    Policies,
    Poll,
    Request,
    UnknownName,
    UserConfirms,
    World,
    decide,
    frame,
    same_origin,
    step,
    window,
)
from labcore.actions import Create, Fetch, Join
from labcore.errors import WrongType
from labcore.exercises import (
    EXERCISES,
    OBJECTIVES,
    answered,
    grade,
    own_page,
    progress,
    reset_progress,
)
from labcore.exercises.causes import requests_of
from labcore.exercises.principals import (
    CARELESS_COP,
    JOINING,
    asking_as,
    joined_by,
    pair_reads,
    reads_alone,
    runs,
    scripted,
    wishes,
)
from labcore.exercises.requests import SITES, TRUSTED, arriving, chains
from labcore.exercises.running import BUDGET
from labcore.exercises.searches import after, commute
from labcore.figures.grades import grade_html, progress_html
from labcore.origin import Origin, same_site
from labcore.policies import COP, NAVIGATION
from labcore.policies.cookies import lax, lax_but_new, strict
from labcore.policies.cookies import none as every_cookie
from labcore.policies.messaging import MESSAGING
from labcore.policies.scripting import same_origin_domain_policy
from labcore.policies.top_level import by_opener
from labcore.protocols import NOT_MINE, Accept, Say, secure_messaging, smash, windows_live
from labcore.scenarios import CARELESS, SCENARIOS
from labcore.scenarios.gadget_hijacking import ATTACKER
from labcore.scenarios.principals import OWNER
from labcore.screen import location_bar, may_paint_over, shows_lock
from labcore.servers import detour
from labcore.servers.choices import (
    everybody,
    everybody_with_cookies,
    fetch_metadata,
    no_cors,
    no_request_check,
    not_another_referer,
    null_too,
    origin_header,
    origin_header_if_sent,
    prefix_match,
    referer_prefix,
    reflected,
    suffix_match,
    trusted_only,
)
from labcore.world import among_members

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture(autouse=True)
def fresh_session():
    reset_progress()
    yield
    reset_progress()


# --- solutions, and what readers write before them ---

PORTS = {"http": 80, "https": 443}


def by_parts(a, b):
    a, b = urlsplit(a), urlsplit(b)
    ports = [each.port or PORTS.get(each.scheme) for each in (a, b)]
    return bool(a.hostname) and (a.scheme, a.hostname, ports[0]) == (
        b.scheme,
        b.hostname,
        ports[1],
    )


def by_host(a, b):
    return urlsplit(a).hostname == urlsplit(b).hostname


def without_default_ports(a, b):
    a, b = urlsplit(a), urlsplit(b)
    return bool(a.hostname) and (a.scheme, a.hostname, a.port) == (
        b.scheme,
        b.hostname,
        b.port,
    )


def by_location(a, b):
    return urlsplit(a)[:2] == urlsplit(b)[:2]


def data_too(a, b):
    a, b = urlsplit(a), urlsplit(b)
    ports = [each.port or PORTS.get(each.scheme) for each in (a, b)]
    return (a.scheme, a.hostname, ports[0]) == (b.scheme, b.hostname, ports[1])


def documents(browser, attempt):
    return browser.document(attempt.actor), browser.document(attempt.target)


def domain_or_host(browser, attempt):
    a, b = documents(browser, attempt)
    return (a.domain or a.origin.host, a.origin.scheme) == (
        b.domain or b.origin.host,
        b.origin.scheme,
    )


def no_domain(browser, attempt):
    a, b = documents(browser, attempt)
    return same_origin(a.origin, b.origin)


def domain_without_scheme(browser, attempt):
    a, b = documents(browser, attempt)
    if a.domain is None and b.domain is None:
        return same_origin(a.origin, b.origin)
    return a.domain == b.domain


def domain_with_port(browser, attempt):
    a, b = documents(browser, attempt)
    return a.domain == b.domain and (a.origin.scheme, a.origin.port) == (
        b.origin.scheme,
        b.origin.port,
    )


def own_url(browser, label):
    return browser.document(label).url


def parents_url(browser, label):
    return browser.document(browser.parent(label) or label).url


def top_only(browser, label):
    return browser.document(label).url.startswith("https:")


def children_only(browser, label):
    return all(shows_lock(browser, each) for each in (label,)) or all(
        browser.document(each).url.startswith("https:")
        for each in (label, *browser.children(label))
    )


def blank_is_insecure(browser, label):
    return all(
        browser.document(each).url.startswith("https:")
        for each in (label, *browser.descendants(label))
    )


def whole_browser(browser, label):
    return all(shows_lock(browser, each) for each in browser.windows)


def children(browser, attempt):
    return browser.parent(attempt.target) == attempt.actor


def two_levels(browser, attempt):
    parent = browser.parent(attempt.target)
    above = browser.parent(parent) if parent else None
    return attempt.actor in (parent, above)


def ancestors_reversed(browser, attempt):
    return attempt.target in browser.ancestors(attempt.actor)


def below_top(browser, attempt):
    return browser.root(attempt.target) == attempt.actor


def siblings(browser, attempt):
    return browser.parent(attempt.actor) == browser.parent(attempt.target)


def siblings_and_family(browser, attempt):
    a, t = attempt.actor, attempt.target
    return (
        browser.parent(a) == browser.parent(t)
        or a in browser.ancestors(t)
        or t in browser.ancestors(a)
    )


def identified(ask):
    if ask("ad", "maps"):
        return "permissive" if ask("ad", "login") else "window"
    return "descendant" if ask("portal", "tiles") else "child"


def never_permissive(ask):
    if ask("ad", "maps"):
        return "window"
    return "descendant" if ask("portal", "tiles") else "child"


def asks_the_wrong_pair(ask):
    if ask("ad", "login"):
        return "permissive"
    if ask("ad", "maps"):
        return "window"
    return "descendant" if ask("portal", "maps") else "child"


def everything(browser, attempt):
    return True


def nothing(browser, attempt):
    return False


def same_host(browser, attempt):
    return browser.origin(attempt.actor) == browser.origin(attempt.target)


def the_opener_itself(browser, attempt):
    target = browser.frame(attempt.target)
    return attempt.target == browser.root(attempt.actor) or target.opener == attempt.actor


def opener_only(browser, attempt):
    opener = browser.frame(attempt.target).opener
    return opener is not None and browser.root(opener) == browser.root(attempt.actor)


def popup_too(browser, attempt):
    mine = browser.frame(browser.root(attempt.actor)).opener
    return bool(by_opener(browser, attempt)) or mine == attempt.target


def propagated(policy, browser, attempt):
    ours = browser.origin(attempt.actor)
    return any(
        same_origin(browser.origin(other), ours)
        and (other == attempt.target or policy(browser, replace(attempt, actor=other)))
        for other in browser.labels
    )


def only_the_policy(policy, browser, attempt):
    return policy(browser, attempt)


def not_the_target_itself(policy, browser, attempt):
    ours = browser.origin(attempt.actor)
    return any(
        same_origin(browser.origin(other), ours)
        and policy(browser, replace(attempt, actor=other)).allowed
        for other in browser.labels
    )


def by_url(policy, browser, attempt):
    ours = browser.document(attempt.actor).url
    return any(
        browser.document(other).url == ours
        and (other == attempt.target or policy(browser, replace(attempt, actor=other)))
        for other in browser.labels
    )


def always_descendant(policy, browser, attempt):
    return propagated(NAVIGATION["descendant"], browser, attempt)


def inside(screen, actor, target):
    over, under = screen[actor], screen[target]
    return (
        over.window == under.window
        and over.left < under.left
        and under.right < over.right
        and over.top < under.top
        and under.bottom < over.bottom
    )


def higher(screen, actor, target):
    return screen[actor].ceiling >= screen[target].floor


def inside_any_window(screen, actor, target):
    over, under = screen[actor], screen[target]
    return over.left < under.left and under.bottom < over.bottom


def same_left_half(screen, actor, target):
    return screen[actor].window == screen[target].window and (
        screen[actor].top < screen[target].top
    )


def contained_by_origin(browser, attempt):
    ours = browser.origin(attempt.actor)
    return any(browser.origin(each) == ours for each in browser.ancestors(attempt.target))


def contained(browser, attempt):
    return attempt.actor in browser.ancestors(attempt.target)


def news_only(browser, attempt):
    return browser.origin(attempt.actor).host == "news.example" or children(browser, attempt)


# 08: whom a check lets in, and a handler of messages

TRIED = [
    "https://attacker.example",
    "https://pay.shop.example.attacker.example",
    "https://evilshop.example",
    "https://payxshop.example",
    "http://pay.shop.example",
    "https://pay.shop",
    "null",
]


def tried(origins):
    def impostor(check, trusted):
        return next((each for each in origins if check(each, trusted)), "nobody")

    return impostor


def the_trusted_one(check, trusted):
    return trusted


def the_shops_own(check, trusted):
    return "https://news.shop.example"


def with_a_path(check, trusted):
    return "https://attacker.example/"


def right_origin(event):
    return event.origin == "https://pay.shop.example"


def right_window(event):
    return event.source == event.page.frames["pay"]


def is_report(event):
    return isinstance(event.data, dict) and isinstance(event.data.get("paid"), int)


def handles(event):
    return right_origin(event) and right_window(event) and is_report(event)


def without_shape(event):
    return right_origin(event) and right_window(event)


def without_window(event):
    return right_origin(event) and is_report(event)


def without_origin(event):
    return right_window(event) and is_report(event)


def by_prefix(event):
    return event.origin.startswith("https://pay.shop.example") and is_report(event)


def by_senders_host(event):
    host = urlsplit(event.origin).hostname
    return host == "pay.shop.example" and right_window(event) and is_report(event)


def any_dict(event):
    return right_origin(event) and right_window(event) and isinstance(event.data, dict)


# 09: the rule of dispatching, and target origins


def as_texts(browser, message):
    there = str(browser.origin(message.target))
    return message.intended is None or there == str(message.intended)


def by_senders_origin(browser, message):
    return message.intended is None or message.origin == message.intended


def by_host_only(browser, message):
    there = browser.origin(message.target)
    return message.intended is None or there.host == message.intended.host


def never_for_anybody(browser, message):
    return browser.origin(message.target) == message.intended


def for_the_receiver(errand):
    if errand.receiver is None:
        return "*"
    if errand.receiver == "null":
        return "do not send" if errand.secret else "*"
    return errand.receiver


def star(errand):
    return "*"


def receiver_or_star(errand):
    return errand.receiver or "*"


def star_unless_secret(errand):
    return errand.receiver if errand.secret else "*"


def host_of_receiver(errand):
    return urlsplit(errand.receiver or "").hostname or "*"


def without_port(errand):
    if errand.receiver == "null":
        return for_the_receiver(errand)
    return (errand.receiver or "*").removesuffix(":8443")


def never_send(errand):
    return "do not send"


# 06 and 07: fragments and handshakes

CONTACTS, INTEGRATOR = "https://contacts.example/", "https://integrator.example/"


def loads(before, after):
    return "#" not in after or before.partition("#")[0] != after.partition("#")[0]


def loads_what_differs(before, after):
    return before != after


def loads_another_page(before, after):
    return before.partition("#")[0] != after.partition("#")[0]


def loads_by_last_hash(before, after):
    return "#" not in after or before.rpartition("#")[0] != after.rpartition("#")[0]


def seen(events):
    now, last, messages = "", "", ""
    for each in events:
        if each != ".":
            now = each
        elif now != last:
            last = now
            messages += now
    return messages


def all_are_seen(events):
    return events.replace(".", "")


def each_poll_sees(events):
    now, messages = "", ""
    for each in events:
        now, messages = (now, messages + now) if each == "." else (each, messages)
    return messages


def first_is_kept(events):
    return "".join(each[:1] for each in events.split(".")[:-1])


def lowe(first, second, name=INTEGRATOR):
    def plan(handshake, order):
        smash = handshake == "SMash"
        return (
            Embed("attacker", CONTACTS),
            Navigate("attacker", "contacts", f"{CONTACTS}#{first[smash]},{name}"),
            Navigate("attacker", "contacts", f"{CONTACTS}#{second[smash]},{order}"),
        )

    return plan


def guesses_the_nonce(handshake, order):
    return lowe(["N_E"] * 2, ["N_C", "N_E"])(handshake, order)[::2]


def repaired(me, message):
    match me.state, message:
        case "idle", ():
            return replace(me, state="opened"), Say((me.nonce, me.uri))
        case "idle", (n, uri):
            me = replace(me, state="answered", theirs=n, peer=uri)
            return me, Say((n, me.nonce, me.uri))
        case "opened", (n, n_b, uri) if n == me.nonce and uri == me.peer:
            return replace(me, state="open"), Say((n_b, me.says))
        case "answered", (n, text) if n == me.nonce:
            return replace(me, state="open"), Accept(text)
    return NOT_MINE


def believes_any_name(me, message):
    match me.state, message:
        case "opened", (n, n_b, _) if n == me.nonce:
            return replace(me, state="open"), Say((n_b, me.says))
    return repaired(me, message)


def believes_any_nonce(me, message):
    match me.state, message:
        case "answered", (_, text):
            return replace(me, state="open"), Accept(text)
    return repaired(me, message)


def refuses_everybody(me, message):
    return (replace(me, state="opened"), Say((me.nonce, me.uri))) if message == () else NOT_MINE


def always(world, one, other, policies):
    return True


def when_of_two_frames(world, one, other, policies):
    return one.target != other.target


def when_both_go_ahead(world, one, other, policies):
    return after(world, (one, other), policies) is not None


def test_events_of_which_neither_order_is_possible_do_not_commute():
    world = World(Browser.of(window("https://a.example/", label="a")))
    assert not commute(world, Deliver("a"), Poll("a"), Policies())


def test_a_handshake_that_the_search_cannot_exhaust_does_not_survive(monkeypatch):
    monkeypatch.setattr("labcore.exercises.searches.MOST_STATES", 50)
    result = grade("survives", repaired)
    assert not result and "nobody can tell whether it survives" in result.trouble


# 11: cookies that go along, and requests that others have made


def get_only(sending):
    return not sending.cross_site or (sending.top_level and sending.method == "GET")


def no_post(sending):
    return not sending.cross_site or (sending.top_level and sending.method != "POST")


def get_anywhere(sending):
    return not sending.cross_site or sending.method == "GET"


def top_level_only(sending):
    return sending.top_level and sending.method == "GET"


def both_headers(request, own):
    headers = request.headers
    return headers.get("Origin") == own and headers.get("Referer", "").startswith(f"{own}/")


def never_by_get(request, own):
    return request.method == "POST" and fetch_metadata(request, own)


def whole_referer(request, own):
    return request.headers.get("Referer", "").startswith(f"{own}/")


def origin_begins(request, own):
    return request.headers.get("Origin", "").startswith(own)


def host_of_origin(request, own):
    return urlsplit(request.headers.get("Origin", "")).hostname == urlsplit(own).hostname


def not_cross_site(request, own):
    return request.headers.get("Sec-Fetch-Site") != "cross-site"


def has_a_session(request, own):
    return "session" in request.cookies


def bank_only(request, own):
    return request.headers.get("Origin") == "https://bank.example"


def login_is_for_everybody(request, own):
    return request.path == "/login" or request.headers.get("Origin") == own


def from_the_account(request, own):
    return request.headers.get("Origin") == own and "account" in request.headers["Referer"]


# 12: CORS, on both sides, and frames

ALLOW_ORIGIN, ALLOW_CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"


def may_read(origin, credentials, response):
    allowed = response.headers.get(ALLOW_ORIGIN)
    if not credentials:
        return allowed in ("*", origin)
    return allowed == origin and response.headers.get(ALLOW_CREDENTIALS) == "true"


def star_for_all(origin, credentials, response):
    return response.headers.get(ALLOW_ORIGIN) in ("*", origin)


def star_with_credentials(origin, credentials, response):
    said = response.headers.get(ALLOW_CREDENTIALS) == "true"
    return star_for_all(origin, credentials, response) and (said or not credentials)


def in_any_case(origin, credentials, response):
    lines = [(name, value.lower()) for name, value in response.headers.items_]
    return may_read(origin, credentials, replace(response, headers=dict(lines)))


def true_in_any_case(origin, credentials, response):
    allowed = response.headers.get(ALLOW_ORIGIN)
    said = response.headers.get(ALLOW_CREDENTIALS, "").lower() == "true"
    return (allowed == origin and said) if credentials else allowed in ("*", origin)


def among_the_lines(origin, credentials, response):
    allowed = response.headers.values_of(ALLOW_ORIGIN)
    if not credentials:
        return origin in allowed or allowed == ["*"]
    return origin in allowed and response.headers.get(ALLOW_CREDENTIALS) == "true"


def among_the_listed(origin, credentials, response):
    allowed = response.headers.get(ALLOW_ORIGIN, "").split(", ")
    return may_read(origin, credentials, response) or (not credentials and origin in allowed)


def credentials_always(origin, credentials, response):
    return may_read(origin, True, response)


def never_null(origin, credentials, response):
    return origin != "null" and may_read(origin, credentials, response)


def opened(origin):
    return {ALLOW_ORIGIN: origin, ALLOW_CREDENTIALS: "true"}


def always_the_partner(origin, trusted):
    return opened(trusted)


def without_cookies(origin, trusted):
    return {ALLOW_ORIGIN: origin} if origin == trusted else {}


def partner_by_host(origin, trusted):
    return opened(origin) if urlsplit(origin).hostname == urlsplit(trusted).hostname else {}


def partner_in_any_case(origin, trusted):
    return opened(origin) if origin.lower() == trusted else {}


def partner_by_pattern(origin, trusted):
    return opened(origin) if re.fullmatch(trusted, origin) else {}


def partner_contains(origin, trusted):
    return opened(origin) if origin in trusted else {}


def star_for_others(origin, trusted):
    return opened(origin) if origin == trusted else {ALLOW_ORIGIN: "*"}


def star_without_origin(origin, trusted):
    return trusted_only(origin, trusted) if origin else {ALLOW_ORIGIN: "*"}


def said_of_frames(framing):
    return framing.headers.get("X-Frame-Options", "").upper()


def strangers(framing):
    own = Origin.of(framing.url)
    return [each != own for each in framing.ancestors]


def every_ancestor(framing):
    said = said_of_frames(framing)
    return said != "DENY" and not (said == "SAMEORIGIN" and any(strangers(framing)))


def nearest_only(framing):
    said = said_of_frames(framing)
    return said != "DENY" and not (said == "SAMEORIGIN" and strangers(framing)[-1])


def both_ends(framing):
    said = said_of_frames(framing)
    around = strangers(framing)
    return said != "DENY" and not (said == "SAMEORIGIN" and (around[0] or around[-1]))


def top_of_the_window(framing):
    said = said_of_frames(framing)
    return said != "DENY" and not (said == "SAMEORIGIN" and strangers(framing)[0])


def one_of_ones_own(framing):
    said = said_of_frames(framing)
    return said != "DENY" and not (said == "SAMEORIGIN" and all(strangers(framing)))


def in_capitals(framing):
    said = framing.headers.get("X-Frame-Options")
    return said != "DENY" and not (said == "SAMEORIGIN" and any(strangers(framing)))


def unknown_forbids(framing):
    said = said_of_frames(framing)
    return said == "" or (said == "SAMEORIGIN" and not any(strangers(framing)))


def of_one_site(framing):
    said, own = said_of_frames(framing), Origin.of(framing.url)
    others = [each for each in framing.ancestors if not same_site(each, own)]
    return said != "DENY" and not (said == "SAMEORIGIN" and others)


def of_one_host(framing):
    said, own = said_of_frames(framing), Origin.of(framing.url)
    others = [each for each in framing.ancestors if each.host != own.host]
    return said != "DENY" and not (said == "SAMEORIGIN" and others)


# 13: principals that pages choose


def has_it_among(principal, document):
    return document.origin in principal.members


def over_https_too(principal, document):
    return document.origin.scheme == "https" and has_it_among(principal, document)


def of_a_members_site(principal, document):
    return any(same_site(document.origin, each) for each in principal.members)


def of_a_members_host(principal, document):
    return document.origin.host in {each.host for each in principal.members}


def without_port_of_a_member(principal, document):
    theirs = {(each.scheme, each.host) for each in principal.members}
    return (document.origin.scheme, document.origin.host) in theirs


def whoever_has_the_id(principal, document):
    return document.origin.scheme == "https"


def nobody_named_is_everybody(principal, document):
    return not principal.members or has_it_among(principal, document)


def by_its_url(principal, document):
    return Origin.of(document.url) in principal.members


def begins_like_a_member(principal, document):
    return any(str(document.origin).startswith(str(each)) for each in principal.members)


def the_first_member_only(principal, document):
    return document.origin in sorted(principal.members, key=str)[-1:]


def grouped(wish, alone=lambda label: f"id-of-{label}-by-itself"):
    ids = {label: alone(label) for label in wish.pages}
    for number, group in enumerate(wish.together):
        ids |= dict.fromkeys(group, f"id-of-the-group-{number}")
    return ids


def one_default_a_host(wish):
    def alone(label):
        hosts = [Origin.of(url) for url in wish.pages.values()]
        first = hosts.index(Origin.of(wish.pages[label])) == [*wish.pages].index(label)
        return None if first else f"id-of-{label}-by-itself"

    return grouped(wish, alone)


def default_if_alone(wish):
    return grouped(wish, lambda label: None)


def one_id_for_those_alone(wish):
    return grouped(wish, lambda label: "id-of-those-alone")


def one_id_for_all_groups(wish):
    return grouped(wish) | {x: "id-of-all-groups" for group in wish.together for x in group}


def never_together(wish):
    return grouped(wish._replace(together=()))


def by_their_origins(wish):
    return {
        label: f"the-id-of-{Origin.of(url).host}".replace(".", "-")
        for label, url in wish.pages.items()
    }


# 14: labels, and causes


def named_exactly(request, partner):
    return request.headers.get("Origin") == partner


def named_in_any_case(request, partner):
    return request.headers.get("Origin", "").lower() == partner


def named_if_sent(request, partner):
    return request.headers.get("Origin", partner) == partner


def begins_like_the_partner(request, partner):
    return request.headers.get("Origin", "").startswith(partner)


def ends_like_the_partner(request, partner):
    return request.headers.get("Origin", "").endswith(partner.removeprefix("https://"))


def is_part_of_the_partner(request, partner):
    return request.headers.get("Origin", "-") in partner


def has_the_partners_host(request, partner):
    return urlsplit(request.headers.get("Origin", "")).hostname == urlsplit(partner).hostname


def from_the_partners_page(request, partner):
    return request.headers.get("Referer", "").startswith(f"{partner}/")


def any_principal_too(request, partner):
    label = request.headers.get("Origin", "")
    return label == partner or label.startswith("principal://")


def chain(request):
    return [request.who, *(cause.who for cause in request.causes)]


def in_session(trace, user):
    return [each for each in trace if each.session == user and each.does]


def keeps_integrity(trace, user):
    return not any("attacker" in chain(each) for each in in_session(trace, user))


def by_recursion(trace, user):
    def innocent(causes):
        return not causes or (causes[0] != "attacker" and innocent(causes[1:]))

    return all(innocent(chain(each)) for each in in_session(trace, user))


def only_who_asks(trace, user):
    return all(each.who != "attacker" for each in in_session(trace, user))


def only_the_first_cause(trace, user):
    return all(chain(each)[-1] != "attacker" for each in in_session(trace, user))


def only_the_nearest_cause(trace, user):
    return not any("attacker" in chain(each)[:2] for each in in_session(trace, user))


def only_the_causes(trace, user):
    return not any("attacker" in chain(each)[1:] for each in in_session(trace, user))


def up_to_the_users_click(trace, user):
    chains = (chain(each) for each in in_session(trace, user))
    return not any("attacker" in each[: [*each, "user"].index("user")] for each in chains)


def excused_by_a_click(trace, user):
    clicked = [each for each in in_session(trace, user) if "user" in chain(each)[1:-1]]
    return keeps_integrity([each for each in trace if each not in clicked], user)


def whosever_session(trace, user):
    return all(keeps_integrity(trace, each.session) for each in trace)


def what_is_only_read_too(trace, user):
    mine = [each for each in trace if each.session == user]
    return not any("attacker" in chain(each) for each in mine)


# --- 15 ---


def takes_its_window(browser, attempt):
    actor = browser.document(attempt.actor)
    if not actor.scripts_run or attempt.actor == attempt.target:
        return actor.scripts_run
    if (sandbox := actor.sandbox) is None:
        return attempt.user_activation or actor.origin == browser.origin(attempt.target)
    by_click = "allow-top-navigation-by-user-activation" in sandbox
    return "allow-top-navigation" in sandbox or (attempt.user_activation and by_click)


def any_click_will_do(browser, attempt):
    return takes_its_window(browser, attempt) or attempt.user_activation


def origins_in_any_sandbox(browser, attempt):
    actor = browser.document(attempt.actor)
    same = actor.author == browser.document(attempt.target).author
    return takes_its_window(browser, attempt) or (actor.scripts_run and same)


def told_by_their_answers(ask):
    if ask("ad", "maps") or not ask("shop", "video") or ask("ad", "shop"):
        return "neither"
    if ask("ad", "shop", "https://pay.shop.example/"):
        return "Chromium"
    return "neither" if ask("pay", "shop") else "Firefox"


def chromium_or_firefox(ask):
    return "Chromium" if ask("ad", "shop", "https://pay.shop.example/") else "Firefox"


def isolates(request):
    said = request.headers.get
    if said("Sec-Fetch-Site", "none") in ("none", "same-origin", "same-site"):
        return True
    how = request.method, said("Sec-Fetch-Mode"), said("Sec-Fetch-Dest")
    return how == ("GET", "navigate", "document")


def frames_too(request):
    said = request.headers.get
    return isolates(request) or (request.method, said("Sec-Fetch-Mode")) == ("GET", "navigate")


def forgets_old_browsers(request):
    return isolates(request) and "Sec-Fetch-Site" in request.headers


SOLUTIONS = {
    "same-origin": by_parts,
    "document-domain": same_origin_domain_policy,
    "location-bar": location_bar,
    "lock": shows_lock,
    "descendant": contained,
    "window-repair": NAVIGATION["window"],
    "probe": identified,
    "window-stops-it": NAVIGATION["window"],
    "top-level": by_opener,
    "propagation": propagated,
    "pixels": may_paint_over,
    "own-page": contained_by_origin,
    "reloads": loads,
    "polling": seen,
    "lowe-plan": lowe(["N_I", "N_E"], ["N_C", "N_E"]),
    "repair-smash": secure_messaging,
    "impostors": tried(TRIED),
    "message-handler": handles,
    "dispatch": MESSAGING["target origin"],
    "target-origins": for_the_receiver,
    "commute": commute,
    "survives": repaired,
    "same_site": lax,
    "request_check": origin_header,
    "cors_check": may_read,
    "cors_headers": trusted_only,
    "frame_ancestors": every_ancestor,
    "may_join": over_https_too,
    "assign": grouped,
    "trusts": named_exactly,
    "session_integrity": keeps_integrity,
    "own_window": takes_its_window,
    "which_browser": told_by_their_answers,
    "isolation": isolates,
}
MORE_SOLUTIONS = [
    ("window-stops-it", children),
    ("window-stops-it", NAVIGATION["descendant"]),
    ("pixels", inside),
    ("lowe-plan", lowe(["N_I", "N_I"], ["N_C", "N_I"])),
    ("repair-smash", repaired),
    ("impostors", tried(["https://x.org", *TRIED[1:]])),
    ("target-origins", lambda errand: for_the_receiver(errand).replace("443", "443/any/path")),
    ("same_site", get_only),
    ("request_check", fetch_metadata),
    ("request_check", both_headers),
    ("request_check", never_by_get),
    ("cors_headers", always_the_partner),
    ("may_join", has_it_among),
    ("may_join", among_members),
    ("assign", one_default_a_host),
    ("session_integrity", by_recursion),
]
WRONG = [
    ("same-origin", by_host, 1),
    ("same-origin", without_default_ports, 2),
    ("same-origin", by_location, 2),
    ("same-origin", data_too, 2),
    ("document-domain", no_domain, 2),
    ("document-domain", domain_or_host, 2),
    ("document-domain", domain_without_scheme, 2),
    ("document-domain", domain_with_port, 2),
    ("location-bar", own_url, 2),
    ("location-bar", parents_url, 3),
    ("lock", top_only, 2),
    ("lock", children_only, 3),
    ("lock", blank_is_insecure, 2),
    ("lock", whole_browser, 2),
    ("descendant", children, 3),
    ("descendant", two_levels, 4),
    ("descendant", ancestors_reversed, 2),
    ("descendant", below_top, 3),
    ("descendant", NAVIGATION["window"], 3),
    ("window-repair", siblings, 2),
    ("window-repair", siblings_and_family, 4),
    ("window-repair", NAVIGATION["descendant"], 3),
    ("probe", never_permissive, 6),
    ("probe", asks_the_wrong_pair, 6),
    ("window-stops-it", everything, 3),
    ("window-stops-it", nothing, 2),
    ("window-stops-it", same_host, 2),
    ("top-level", the_opener_itself, 3),
    ("top-level", opener_only, 2),
    ("top-level", popup_too, 2),
    ("top-level", everything, 2),
    ("propagation", only_the_policy, 3),
    ("propagation", not_the_target_itself, 3),
    ("propagation", by_url, 3),
    ("propagation", always_descendant, 3),
    ("pixels", higher, 2),
    ("pixels", inside_any_window, 3),
    ("pixels", same_left_half, 4),
    ("own-page", contained, 7),
    ("own-page", everything, 7),
    ("own-page", news_only, 3),
    ("own-page", nothing, 7),
    ("reloads", loads_what_differs, 0),
    ("reloads", loads_another_page, 0),
    ("reloads", loads_by_last_hash, 0),
    ("polling", all_are_seen, 0),
    ("polling", each_poll_sees, 0),
    ("polling", first_is_kept, 0),
    ("lowe-plan", lowe(["N_E", "N_E"], ["N_C", "N_E"]), 0),
    ("lowe-plan", lowe(["N_I", "N_E"], ["N_C", "N_C"]), 0),
    ("lowe-plan", lowe(["N_I", "N_E"], ["N_C", "N_E"], "https://attacker.example/gadget"), 0),
    ("lowe-plan", guesses_the_nonce, 0),
    ("repair-smash", smash, 0),
    ("repair-smash", windows_live, 0),
    ("repair-smash", believes_any_name, 0),
    ("repair-smash", believes_any_nonce, 0),
    ("repair-smash", refuses_everybody, 0),
    ("impostors", tried(TRIED[:1]), 0),
    ("impostors", tried(TRIED[:4]), 0),
    ("impostors", tried(TRIED[:6]), 0),
    ("impostors", tried(["https://pay.shop.example"]), 0),
    ("impostors", tried([]), 0),
    ("impostors", the_trusted_one, 0),
    ("impostors", the_shops_own, 0),
    ("impostors", with_a_path, 0),
    ("message-handler", right_origin, 2),
    ("message-handler", without_shape, 2),
    ("message-handler", any_dict, 2),
    ("message-handler", without_origin, 2),
    ("message-handler", without_window, 3),
    ("message-handler", by_prefix, 2),
    ("message-handler", by_senders_host, 2),
    ("message-handler", lambda event: False, 2),
    ("dispatch", as_texts, 3),
    ("dispatch", by_senders_origin, 2),
    ("dispatch", by_host_only, 2),
    ("dispatch", never_for_anybody, 2),
    ("dispatch", MESSAGING["any document"], 2),
    ("target-origins", star, 3),
    ("target-origins", receiver_or_star, 3),
    ("target-origins", star_unless_secret, 3),
    ("target-origins", host_of_receiver, 3),
    ("target-origins", without_port, 3),
    ("target-origins", never_send, 3),
    ("commute", always, 3),
    ("commute", when_of_two_frames, 2),
    ("commute", when_both_go_ahead, 3),
    ("survives", secure_messaging, 0),
    ("survives", windows_live, 0),
    ("survives", believes_any_name, 0),
    ("same_site", every_cookie, 0),
    ("same_site", lax_but_new, 0),
    ("same_site", strict, 0),
    ("same_site", no_post, 0),
    ("same_site", get_anywhere, 0),
    ("same_site", top_level_only, 0),
    ("request_check", no_request_check, 0),
    ("request_check", origin_header_if_sent, 0),
    ("request_check", not_another_referer, 0),
    ("request_check", referer_prefix, 0),
    ("request_check", whole_referer, 0),
    ("request_check", origin_begins, 0),
    ("request_check", host_of_origin, 0),
    ("request_check", not_cross_site, 0),
    ("request_check", has_a_session, 0),
    ("request_check", bank_only, 0),
    ("request_check", login_is_for_everybody, 0),
    ("request_check", lambda request, own: False, 0),
    ("cors_check", star_for_all, 0),
    ("cors_check", star_with_credentials, 0),
    ("cors_check", in_any_case, 0),
    ("cors_check", true_in_any_case, 0),
    ("cors_check", among_the_lines, 0),
    ("cors_check", among_the_listed, 0),
    ("cors_check", credentials_always, 0),
    ("cors_check", never_null, 0),
    ("cors_headers", no_cors, 0),
    ("cors_headers", everybody, 0),
    ("cors_headers", everybody_with_cookies, 0),
    ("cors_headers", reflected, 0),
    ("cors_headers", null_too, 0),
    ("cors_headers", suffix_match, 0),
    ("cors_headers", prefix_match, 0),
    ("cors_headers", without_cookies, 0),
    ("cors_headers", partner_by_host, 0),
    ("cors_headers", partner_in_any_case, 0),
    ("cors_headers", partner_by_pattern, 0),
    ("cors_headers", partner_contains, 0),
    ("cors_headers", star_for_others, 0),
    ("cors_headers", star_without_origin, 0),
    ("frame_ancestors", top_of_the_window, 3),
    ("frame_ancestors", nearest_only, 3),
    ("frame_ancestors", both_ends, 4),
    ("frame_ancestors", one_of_ones_own, 3),
    ("frame_ancestors", in_capitals, 2),
    ("frame_ancestors", unknown_forbids, 2),
    ("frame_ancestors", of_one_site, 2),
    ("frame_ancestors", of_one_host, 2),
    ("frame_ancestors", lambda framing: True, 2),
    ("may_join", of_a_members_site, 0),
    ("may_join", of_a_members_host, 0),
    ("may_join", without_port_of_a_member, 0),
    ("may_join", whoever_has_the_id, 0),
    ("may_join", nobody_named_is_everybody, 0),
    ("may_join", by_its_url, 0),
    ("may_join", begins_like_a_member, 0),
    ("may_join", the_first_member_only, 0),
    ("may_join", lambda principal, document: True, 0),
    ("may_join", lambda principal, document: False, 0),
    ("assign", default_if_alone, 2),
    ("assign", one_id_for_those_alone, 2),
    ("assign", one_id_for_all_groups, 4),
    ("assign", never_together, 2),
    ("assign", by_their_origins, 2),
    ("assign", lambda wish: dict.fromkeys(wish.pages), 2),
    ("trusts", named_in_any_case, 0),
    ("trusts", named_if_sent, 0),
    ("trusts", begins_like_the_partner, 0),
    ("trusts", ends_like_the_partner, 0),
    ("trusts", is_part_of_the_partner, 0),
    ("trusts", has_the_partners_host, 0),
    ("trusts", from_the_partners_page, 0),
    ("trusts", any_principal_too, 0),
    ("trusts", lambda request, partner: False, 0),
    ("session_integrity", only_who_asks, 0),
    ("session_integrity", only_the_first_cause, 0),
    ("session_integrity", only_the_nearest_cause, 0),
    ("session_integrity", only_the_causes, 0),
    ("session_integrity", up_to_the_users_click, 0),
    ("session_integrity", excused_by_a_click, 0),
    ("session_integrity", whosever_session, 0),
    ("session_integrity", what_is_only_read_too, 0),
    ("session_integrity", lambda trace, user: True, 0),
    ("session_integrity", lambda trace, user: False, 0),
    ("own_window", any_click_will_do, 2),
    ("own_window", origins_in_any_sandbox, 2),
    ("which_browser", chromium_or_firefox, 6),
    ("which_browser", lambda ask: "neither", 6),
    ("isolation", frames_too, 0),
    ("isolation", forgets_old_browsers, 0),
    ("isolation", lambda request: True, 0),
]


def test_every_exercise_has_a_solution_here_and_two_that_look_like_one():
    assert set(SOLUTIONS) == set(EXERCISES)
    missed = [name for name, _, _ in WRONG]
    assert all(missed.count(name) >= 2 for name in EXERCISES)


@pytest.mark.parametrize(("name", "function"), [*SOLUTIONS.items(), *MORE_SOLUTIONS])
def test_a_solution_passes(name, function):
    result = grade(name, function)
    assert result and result.passed and result.counterexample is None, result
    assert result.count > 0
    assert f"all {result.count:,} " in str(result)


@pytest.mark.parametrize(("name", "function", "size"), WRONG)
def test_a_wrong_function_gets_the_smallest_counterexample(name, function, size):
    result = grade(name, function)
    case = result.counterexample
    assert not result and case is not None and not result.trouble, result
    assert not case.judged(allowed(case.asked_of(function)))
    wrong = [
        each
        for group in EXERCISES[name].cases()
        for each in group
        if not each.judged(allowed(each.asked_of(function)))
    ]
    assert wrong[0].question == case.question and wrong[0].browser == case.browser
    if case.browser is not None:
        assert len(case.browser) == size
        if name != "own-page":
            assert size == min(len(each.browser) for each in wrong)
    because = case.judged(result.yours.value) if case.judge else case.because
    assert because.reason and because.reason in str(result)
    html = grade_html(result)
    assert ("<img alt=" in html) is (case.browser is not None or case.trace() is not None)


def allowed(answer):
    return answer if isinstance(answer, str) else bool(answer)


# --- the two answers, hint and solution ---


def test_a_miss_says_what_was_asked_and_both_answers_with_their_reasons():
    def mine(browser, attempt):
        yes = browser.parent(attempt.target) == attempt.actor
        return decide(yes, "it is a child", "{target} is no child of {actor}")

    text = str(grade("descendant", mine))
    assert text.splitlines() == [
        "✗ descendant: not yet",
        "The smallest browser on which mine is wrong, after 2 on which it is right:",
        "    window: https://a.example/",
        "        frame 1: https://a.example/",
        "            frame 2: https://a.example/",
        "asked: window navigates frame 2 to https://a.example/",
        "yours: refused, because frame 2 is no child of window",
        "should be: allowed, because window contains frame 2",
    ]


def test_hint_after_the_second_miss_and_solution_after_the_third(monkeypatch):
    monkeypatch.chdir(NOTEBOOKS)
    results = [grade("descendant", each) for each in (children, everything, nothing)]
    assert [bool(each.hint) for each in results] == [False, True, True]
    assert [each.solution for each in results] == [
        "",
        "",
        "solutions/03_solutions.ipynb",
    ]
    assert "Hint: browser.ancestors" in str(results[1])
    assert not grade("window-repair", siblings).hint


def test_the_same_function_again_is_no_second_miss():
    assert [grade("descendant", children).misses for _ in range(3)] == [1, 1, 1]


def test_what_has_not_been_written_yet_is_no_miss():
    def later(browser, attempt):
        raise NotImplementedError

    def empty(browser, attempt): ...

    for function in (later, empty):
        result = grade("descendant", function)
        assert not result and result.unfinished and result.misses == 0
        assert "Write the descendant policy" in str(result)
        assert "your turn" in grade_html(result)


def test_a_wrong_name_is_answered_with_the_nearest_right_one():
    with pytest.raises(UnknownName, match="did you mean 'descendant'"):
        grade("decendant", contained)
    with pytest.raises(UnknownName, match="unknown chapter"):
        progress("77")


# --- whatever the function does, the kernel lives on ---


def told(function, exercise="descendant"):
    before = sys.gettrace()
    result = grade(exercise, function)
    assert sys.gettrace() is before
    assert not result
    assert grade_html(result)
    return result


def test_an_exception_is_explained_with_its_line_and_the_smallest_input():
    def broken(browser, attempt):
        if len(browser) < 3:
            return attempt.actor in browser.ancestors(attempt.target)
        return attempt.colour

    result = told(broken)
    assert "it raises AttributeError" in result.trouble
    assert "return attempt.colour" in result.trouble
    assert len(result.counterexample.browser) == 3
    assert "asked: " in str(result)


def loops(browser, attempt):
    while True:
        pass


def calls_a_loop(browser, attempt):
    return any(each for each in iter(lambda: 0, 1))


def catches_what_it_can(browser, attempt):
    while True:
        try:
            attempt.nothing  # noqa: B018
        except Exception:
            continue


def loops_on_one_line():
    names = {}
    exec("def loops(browser, attempt):\n    while True: pass", names)
    return names["loops"]


@pytest.mark.parametrize(
    "function", [loops, calls_a_loop, catches_what_it_can, loops_on_one_line()]
)
def test_a_function_without_an_end_is_stopped_by_its_steps(function):
    result = told(function)
    assert f"it does not come to an end: stopped after {BUDGET:,} steps" in result.trouble


def test_a_handler_for_everything_is_refused_as_it_would_catch_the_stop():
    def stubborn(browser, attempt):
        while True:
            try:  # noqa: SIM105
                attempt.nothing  # noqa: B018
            except:  # noqa: E722
                pass

    assert "'except:' for everything" in told(stubborn).trouble


def test_endless_recursion_is_explained():
    def again(browser, attempt):
        return again(browser, attempt)

    assert "calls itself again and again" in told(again).trouble


def test_what_it_prints_is_shown_afterwards_and_not_without_end(capsys):
    def chatty(browser, attempt):
        print("asked <b>", attempt.actor)
        return attempt.actor in browser.ancestors(attempt.target)

    result = grade("descendant", chatty)
    assert result.passed
    assert "It printed:\n    asked <b> window" in str(result)
    assert "characters more" in str(result)
    assert len(str(result)) < 2500
    assert "asked &lt;b&gt; window" in grade_html(result)
    assert capsys.readouterr().out == ""


def changes_kindly(browser, attempt):
    attempt.actor = attempt.target


def empties_the_table(browser, attempt):
    browser._table.clear()
    return False


def forces_a_document(browser, attempt):
    frames = browser.frames[:1]
    object.__setattr__(browser, "frames", frames)
    return False


def test_a_value_cannot_be_changed_and_the_message_says_so():
    trouble = told(changes_kindly).trouble
    assert "tries to change what it was given" in trouble
    assert "values, which nobody can change" in trouble


@pytest.mark.parametrize("function", [empties_the_table, forces_a_document])
def test_a_change_behind_the_models_back_is_found_and_does_not_last(function):
    assert "behind the model's back" in told(function).trouble
    assert grade("descendant", contained)


def test_a_screen_cannot_be_changed_either():
    def erase(screen, actor, target):
        screen.clear()

    assert "it raises AttributeError" in told(erase, "pixels").trouble


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda browser, attempt: "yes",
            "it returns 'yes'. The answer is True or False",
        ),
        (lambda browser, attempt: 1, "it returns 1."),
        (lambda browser, attempt: (yield), "it returns <generator object <lambda>>."),
        (lambda browser: True, "cannot be called with 2 arguments (browser, attempt)"),
        (lambda: True, "def your_function(browser, attempt)"),
        (True, "that is no function but True"),
        (None, "that is no function but None"),
        (lambda browser, attempt: exit(), "it wants to end Python itself"),
        (
            lambda browser, attempt: 1 / 0,
            "it raises ZeroDivisionError: division by zero",
        ),
    ],
)
def test_other_mistakes_are_explained_too(function, message):
    assert message in told(function).trouble


@pytest.mark.parametrize(
    ("handshake", "message"),
    [
        (lambda me, message: 5, "a handshake answers (me, *moves)"),
        (lambda me, message: (me, "hello"), "it cannot answer (Session("),
        (lambda me, message: (me, Say(me.nonce)), "for one word write Say(('N_I',))"),
        (lambda me, message: (me, Say(("a,b",))), "words without commas"),
        (lambda me, message: (replace(me, state=[]),), "a page's script fails with it"),
        (lambda me, message: me.colour, "it raises AttributeError"),
        (
            lambda me, message: (replace(me, peer=me.uri), Say((f"{len(str(message))}",))),
            "its messages have no end: stopped after 300 steps",
        ),
    ],
)
def test_a_handshake_that_cannot_be_run_is_explained(handshake, message):
    assert message in told(handshake, "repair-smash").trouble


def test_a_handshake_that_expects_nothing_is_not_written_yet():
    assert grade("repair-smash", lambda me, message: NOT_MINE).unfinished


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (5, "it returns 5. A plan is a tuple of events."),
        (("hello",), "A plan is a tuple of events."),
        ((Navigate("attacker", "contact", CONTACTS),), "unknown frame 'contact'"),
        ((Accepts("contacts", "hi", INTEGRATOR),), "is not for the attacker to do"),
        ((UserConfirms("contacts", INTEGRATOR),), "the user acts unasked"),
    ],
)
def test_a_plan_that_is_not_the_attackers_is_explained(plan, message):
    assert message in told(lambda handshake, order: plan, "lowe-plan").trouble


def test_a_counterexample_of_an_exchange_shows_its_messages_and_is_drawn():
    result = grade("repair-smash", smash)
    assert "attacker navigates contacts to https://contacts.example/#N_E,delete" in str(result)
    assert "N_E" in grade_html(result) and "<img alt=" in grade_html(result)


@pytest.mark.parametrize(
    ("name", "function", "message"),
    [
        ("impostors", lambda check, trusted: None, "it returns nothing"),
        ("impostors", lambda check, trusted: ["null"], "it returns ['null']. The answer is a text"),
        ("impostors", lambda check, trusted: check(1, 2, 3), "it raises TypeError"),
        ("impostors", lambda check: "null", "2 arguments (check, trusted)"),
        ("message-handler", lambda event: event.data["paid"], "it returns 7. The answer is True"),
        ("message-handler", lambda event: event.data["amount"] == 7, "it raises KeyError"),
        ("dispatch", lambda browser, message: "yes", "it returns 'yes'. The answer is True"),
        ("target-origins", lambda errand: errand.receiver, "it returns nothing"),
        ("target-origins", lambda errand: True, "it returns True. The answer is a text"),
    ],
)
def test_mistakes_with_messages_are_explained(name, function, message):
    assert message in told(function, name).trouble


@pytest.mark.parametrize(
    ("name", "answer", "why"),
    [
        ("impostors", "evil", "'evil' is not a URL"),
        ("impostors", "https://attacker.example/", "a browser writes this origin as"),
        ("impostors", "https://news.shop.example", "this host belongs to the shop"),
        ("impostors", "nobody", "an origin of an attacker's passes"),
        ("target-origins", "login.example", "the call fails: a target origin is"),
        ("target-origins", "https://other.example", "it does not arrive: it is meant for"),
        ("target-origins", "*", "the attacker navigates login to its own page, and reads it"),
        ("target-origins", "do not send", "it can be sent, and safely"),
    ],
)
def test_an_answer_that_is_judged_says_what_is_wrong_with_it_and_gives_nothing_away(
    name, answer, why
):
    result = grade(name, lambda *arguments: answer)
    assert why in str(result) and why.replace("'", "&#x27;") in grade_html(result)
    assert "should be" not in str(result)


# --- requests ---


def test_every_request_of_the_table_comes_to_the_site_with_the_users_cookie():
    for site in SITES:
        for each in arriving(site):
            assert str(each.request.origin) == site
            assert each.request.cookies == {"session": "alices-session"}


def test_the_table_of_requests_holds_what_each_weak_check_forgets():
    sent = [each.request.headers for each in arriving(SITES[0])]
    hostile = [each for each in sent if each["sec-fetch-site"] != "same-origin"]
    assert {"null", "https://attacker.example", None} <= {each.get("origin") for each in hostile}
    assert any("referer" not in each for each in hostile)
    assert any(each.get("referer", "").startswith(f"{SITES[0]}/") for each in hostile)
    assert {each["sec-fetch-site"] for each in sent} == {"same-origin", "same-site", "cross-site"}


def test_chains_are_all_up_to_three_the_shortest_first():
    lengths = [len(each) - 1 for each in chains()]
    assert lengths == sorted(lengths) and len(lengths) == 5 + 5**2 + 5**3
    assert len(set(chains())) == len(lengths)


def test_a_check_that_is_right_about_every_request_of_the_table_can_fail_under_attack():
    result = grade("request_check", login_is_for_everybody)
    assert "does the attacker of 'login-csrf' reach the goal?" in str(result)
    assert "mallorys-password" in str(result) and "<img alt=" in grade_html(result)


def test_a_check_under_which_the_sites_own_page_fails_is_told_so():
    text = str(grade("request_check", from_the_account))
    assert "does the page of 'csrf-form' work?" in text
    assert "It is not so that bank.example does “pay 10 to bob” for alice." in text


def test_a_counterexample_shows_the_headers_by_which_a_server_could_have_told():
    assert str(grade("request_check", not_another_referer)).splitlines()[2:] == [
        "asked: data sends the form POST https://bank.example/pay with amount=100&to=mallory: "
        "should https://bank.example do that?",
        "    the request",
        "    page            data:text/html,hostile",
        "    method          POST",
        "    Origin          null",
        "    Referer         (not sent)",
        "    Sec-Fetch-Site  cross-site",
        "yours: True",
        "should be: False, because it comes from an opaque origin",
    ]


def test_the_shortest_chain_is_shown_with_what_stands_between():
    text = str(grade("frame_ancestors", top_of_the_window))
    assert "        attacker: https://attacker.example/\n            page: " in text
    assert "https://bank.example › https://attacker.example" in text


def elsewhere(answer):
    def check(request, own):
        if request.path == "/login":
            return answer(request)
        return request.headers.get("Origin") == own

    return check


def spins(request):
    while request:
        pass


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda request: None, "it returns nothing"),
        (lambda request: "yes", "it returns 'yes'. The answer is True or False."),
        (lambda request: request.colour, "it raises AttributeError"),
        (spins, "it does not come to an end"),
    ],
)
def test_mistakes_that_show_only_under_attack_are_explained_too(answer, message):
    assert message in told(elsewhere(answer), "request_check").trouble


def renames(request, own):
    request.method = "GET"


def hides_a_header(request, own):
    request.headers.items_ = (("Origin", own),)
    return True


def forces_a_url(request, own):
    object.__setattr__(request, "url", own)
    return True


def drops_ancestors(framing):
    object.__setattr__(framing.headers, "items_", ())
    return True


@pytest.mark.parametrize(
    ("name", "function", "message"),
    [
        ("request_check", renames, "it tries to change what it was given"),
        ("request_check", hides_a_header, "behind the model's back"),
        ("request_check", forces_a_url, "behind the model's back"),
        ("frame_ancestors", drops_ancestors, "behind the model's back"),
        ("cors_check", lambda origin, credentials, response: 1, "it returns 1. The answer is True"),
        (
            "cors_check",
            lambda origin, response: True,
            "3 arguments (origin, credentials, response)",
        ),
        ("same_site", lambda sending: sending.url, "it raises AttributeError"),
        ("frame_ancestors", lambda framing: framing.ancestors, "The answer is True or False"),
        ("cors_headers", lambda origin, trusted: [origin], "The answer is a dict of headers"),
        ("cors_headers", lambda origin, trusted: True, "it returns True. The answer is a dict"),
        (
            "cors_headers",
            lambda origin, trusted: opened(origin) | {ALLOW_CREDENTIALS: True},
            "the value of Access-Control-Allow-Credentials is a text, not True",
        ),
        (
            "cors_headers",
            lambda origin, trusted: {"Allow Origin": origin},
            "'Allow Origin' is no header name",
        ),
        (
            "cors_headers",
            lambda origin, trusted: {ALLOW_ORIGIN: f"{origin}\nVary: *"},
            "would end the line",
        ),
        (
            "cors_headers",
            lambda origin, trusted: opened(origin) if origin == trusted else None,
            "For 'https://attacker.example', return {} to say nothing.",
        ),
        (
            "cors_headers",
            lambda origin, trusted: opened(origin) if urlsplit(origin).port + 1 else {},
            "it raises TypeError",
        ),
    ],
)
def test_mistakes_with_requests_and_headers_are_explained(name, function, message):
    assert message in told(function, name).trouble


def test_a_change_of_a_request_does_not_last():
    grade("request_check", hides_a_header)
    grade("request_check", forces_a_url)
    assert grade("request_check", origin_header)


@pytest.mark.parametrize(
    "name",
    [
        *("same_site", "request_check", "cors_check", "cors_headers", "frame_ancestors"),
        *("may_join", "assign", "trusts", "session_integrity"),
    ],
)
def test_a_function_with_nothing_in_it_has_not_been_written_yet(name):
    parameters = EXERCISES[name].parameters
    names = {}
    exec(f"def mine({', '.join(parameters)}): ...", names)
    result = grade(name, names["mine"])
    assert result.unfinished and result.misses == 0 and EXERCISES[name].task in str(result)


# --- principals ---


def test_a_rule_of_ones_own_decides_who_joins_in_the_model():
    strangers = Browser.of(
        window("https://mail.example/", label="mail"),
        window("http://mail.example/", label="plain"),
    )
    _, world = step(World(strangers), Create("mail", OWNER), COP)
    for joins in (among_members, of_a_members_host):
        decision, after = step(world.but(joins=joins), Join("plain", OWNER), COP)
        assert decision.allowed is (joins is of_a_members_host), decision
        principals = {after.browser.document(each).principal for each in after.browser.labels}
        assert (len(principals) == 1) is decision.allowed


def test_no_rule_of_joining_counts_in_a_browser_without_principals():
    asked = []
    world = World(
        Browser.of(window("https://mail.example/", label="mail")),
        joins=lambda *given: asked.append(given),
    )
    decision, after = step(world, Join("mail", OWNER), Policies())
    assert decision.rule == "a legacy browser" and after == world and not asked


def test_a_rule_that_lets_everybody_join_opens_the_leaked_and_the_sniffed_id():
    for name in ("leaked-id", "sniffed-id"):
        assert joined_by(name, lambda principal, document: True).holds
        assert not joined_by(name, over_https_too).holds
    assert joined_by("sniffed-id", of_a_members_host).holds
    assert not joined_by("leaked-id", of_a_members_host).holds


def test_portals_are_all_up_to_four_pages_with_every_wish_the_smallest_first():
    sizes = [len(each.pages) for each in wishes()]
    assert sizes == sorted(sizes)
    partitions_and_hosts = {1: 1 * 1, 2: 2 * 2, 3: 5 * 4, 4: 15 * 8}
    assert {size: sizes.count(size) for size in set(sizes)} == partitions_and_hosts
    assert len({str(each) for each in wishes()}) == len(sizes)


def test_the_smallest_portal_is_shown_with_the_principals_that_came_of_the_ids():
    assert str(grade("assign", default_if_alone)).splitlines()[1:] == [
        "The smallest portal on which default_if_alone is wrong, after 2 on which it is right:",
        "    portal: https://portal.example/portal",
        "        mail: https://portal.example/mail",
        "asked: portal and mail alone: can exactly these script each other?",
        "    page                           its ID  its principal",
        "    https://portal.example/portal  None    https://portal.example",
        "    https://portal.example/mail    None    https://portal.example",
        "yours: False, because portal can script mail, and should not: portal and mail belong to "
        "one principal, https://portal.example",
        "should be: True, because exactly those must reach each other that want to",
    ]


def test_the_pairs_requests_are_the_partners_but_for_their_label():
    for partner in TRUSTED:
        alone, pair, *_ = (each.request.headers for each in asking_as(partner))
        assert alone["Origin"] == partner and pair["Origin"].startswith("principal://")
        assert alone["Referer"] == pair["Referer"] == f"{partner}/"
        assert dict(alone.items_).keys() == dict(pair.items_).keys()
        assert [each.because.allowed for each in asking_as(partner)].count(True) == 1
        labels = {each.request.headers.get("Origin") for each in asking_as(partner)}
        assert {"null", None, partner.upper(), "https://attacker.example"} <= labels


def test_in_the_scenario_the_pair_gets_past_whoever_looks_at_the_page():
    assert pair_reads(from_the_partners_page).holds and pair_reads(any_principal_too).holds
    assert not pair_reads(named_exactly).holds and not pair_reads(begins_like_the_partner).holds
    assert (
        reads_alone(named_exactly).holds and not reads_alone(lambda request, partner: 0 > 1).holds
    )


BROWSERS = (
    CARELESS,
    CARELESS_COP,
    Policies(),
    COP,
    CARELESS.but(same_site_default="lax"),
    CARELESS.but(csrf_token="the session's", cors_headers="reflected origin"),
    CARELESS_COP.but(csrf_token="any that was issued"),
    CARELESS.but(styles="any type", plugin="Flash Player"),
)


@pytest.mark.parametrize("name", [x.name for x in SCENARIOS.values() if x.servers is not None])
def test_the_causes_of_requests_agree_with_what_the_model_calls_forged(name):
    for policies, scenario in itertools.product(
        BROWSERS, (SCENARIOS[name], SCENARIOS[name].honest_page or SCENARIOS[name])
    ):
        trace = scenario.run(policies)
        requests = requests_of(trace)
        done = [(each.does, each.session) for each in requests if each.does]
        for user in ("alice", "bob", "mallory"):
            forged = [each for each in trace.end.forged if each[2] == user]
            assert keeps_integrity(requests, user) is (not forged), (policies, scenario.name)
            theirs = [(what, who) for _, what, who in trace.end.accepted if who == user]
            assert theirs == [each for each in done if each[1] == user]


def test_a_hidden_click_has_a_chain_that_goes_through_the_user_to_the_attacker():
    *_, paid = requests_of(SCENARIOS["clickjacking"].run(CARELESS))
    assert paid.who == "honest page" and paid.session == "alice"
    assert paid.does == "pay 100 to mallory"
    assert [str(each.who) for each in paid.causes] == [
        *("honest page", "user", "attacker", "attacker", "user")
    ]
    assert "embeds" in paid.causes[3].what and "opens" in paid.causes[4].what


def test_a_message_and_what_a_frame_was_brought_by_are_causes_too():
    [paid] = requests_of(scripted().run(CARELESS))
    assert [each.who for each in (paid, *paid.causes)] == ["honest page", "attacker", "user"]
    *_, paid = requests_of(SCENARIOS["nested-clickjacking"].run(CARELESS))
    assert paid.causes[-2].what == "top shows https://attacker.example/ad in a frame"
    assert paid.causes[-2].who == "honest page"


def test_a_detour_over_the_attackers_server_is_a_cause():
    form = SCENARIOS["csrf-image"]
    image = Request.image(detour("https://bank.example/pay?amount=100&to=mallory", str(ATTACKER)))
    trace = form.run(CARELESS, (Fetch("bank", image),))
    there, paid = requests_of(trace)
    assert (there.who, there.session, paid.who, paid.session) == ("user", "", "user", "alice")
    assert paid.causes[0] == ("attacker", "the server of https://attacker.example redirects it")
    assert trace.end.forged and not keeps_integrity([paid], "alice")


def test_a_script_that_was_told_something_keeps_its_cause_until_it_is_replaced():
    [read] = requests_of(SCENARIOS["origin-spoofing-merged"].run(CARELESS))
    assert read.session == "alice" and not read.does
    assert keeps_integrity([read], "alice") and "attacker" in chain(read)


def test_runs_are_asked_about_those_with_few_requests_first_and_are_of_both_kinds():
    lengths = [len(requests_of(trace)) for _, trace in runs()]
    assert lengths == sorted(lengths) and len({name for name, _ in runs()}) == len(runs())
    forged = [{whose for *_, whose in trace.end.forged} for _, trace in runs()]
    assert set() in forged and {"alice"} in forged and {"mallory"} in forged


def test_a_counterexample_shows_every_request_with_its_causes():
    result = grade("session_integrity", only_the_causes)
    assert str(result).splitlines()[2:] == [
        "asked: a run of 'csrf-form': is the integrity of alice's session kept?",
        "               who       what                                      session  does",
        "    trace[0]   attacker  POST https://bank.example/pay             alice    "
        "pay 100 to mallory",
        "    causes[0]  user      the user opens https://attacker.example/",
        "yours: True",
        "should be: False, because the server does “pay 100 to mallory”, and the attacker has "
        "asked for it",
    ]
    assert "<img alt=" in grade_html(result)


def adds_a_member(principal, document):
    object.__setattr__(principal, "members", {document.origin})
    return True


def forgets_the_rest(trace, user):
    del trace[1:]
    return keeps_integrity(trace, user)


def spoils_the_wish(wish):
    wish.pages.clear()
    return {}


def never_ends(trace, user):
    while trace:
        pass


@pytest.mark.parametrize(
    ("name", "function", "message"),
    [
        ("may_join", adds_a_member, "behind the model's back"),
        ("may_join", lambda principal, document: principal.member, "it raises AttributeError"),
        ("may_join", lambda principal, document: principal.members, "The answer is True or False"),
        ("may_join", lambda principal: True, "2 arguments (principal, document)"),
        ("assign", spoils_the_wish, "behind the model's back"),
        ("assign", lambda wish: [*wish.pages], "it returns ['portal']. The answer is a dict"),
        ("assign", lambda wish: {}, "it says nothing about 'portal'"),
        ("assign", lambda wish: grouped(wish) | {"advert": None}, "there is no page 'advert'"),
        ("assign", lambda wish: dict.fromkeys(wish.pages, "one"), "'one' is none"),
        ("assign", lambda wish: dict.fromkeys(wish.pages, 7), "what it gives to 'portal' is no ID"),
        ("assign", lambda wish: wish.groups, "it raises AttributeError"),
        ("trusts", lambda request, partner: request.headers["Origin"], "The answer is True"),
        ("trusts", lambda request, partner: request.origin.label, "it raises AttributeError"),
        ("session_integrity", forgets_the_rest, "behind the model's back"),
        ("session_integrity", never_ends, "it does not come to an end"),
        ("session_integrity", lambda trace, user: trace[9].does, "it raises IndexError"),
        ("session_integrity", lambda trace, user: len(trace), "it returns 1. The answer is True"),
    ],
)
def test_mistakes_with_principals_and_causes_are_explained(name, function, message):
    assert message in told(function, name).trouble


@pytest.mark.parametrize(
    ("name", "function", "message"),
    [
        ("may_join", lambda joins: None, "it returns nothing"),
        ("may_join", lambda joins: "yes", "it returns 'yes'. The answer is True or False."),
        ("trusts", lambda trusts: None, "it returns nothing"),
        ("trusts", lambda trusts: 1 // 0, "it raises ZeroDivisionError"),
    ],
)
def test_mistakes_in_the_midst_of_a_scenario_are_explained_too(name, function, message):
    seen = set()

    def later(first, second):
        right = SOLUTIONS[name](first, second)
        table = map(JOINING.document, JOINING.labels) if name == "may_join" else TRUSTED
        known = second in table
        seen.add(known)
        return right if known else function(right)

    assert message in told(later, name).trouble and seen == {True, False}


def test_what_is_printed_is_shown_in_these_exercises_too():
    def prints(wish):
        print("wish", len(wish.pages))
        return grouped(wish)

    result = grade("assign", prints)
    assert result and "wish 1" in str(result)


def test_an_answer_that_cannot_be_shown_is_named_by_its_type():
    class Odd:
        def __repr__(self):
            while True:
                pass

    assert "it returns a Odd" in told(lambda browser, attempt: Odd()).trouble


def test_a_reason_that_cannot_be_read_is_left_out():
    result = grade("descendant", lambda b, a: decide(True, "{nobody} knows", ""))
    assert not result.yours.why and "yours: allowed\n" in str(result)


def test_an_interruption_passes_through_and_leaves_nothing_behind():
    def impatient(browser, attempt):
        raise KeyboardInterrupt

    def tracer(frame, event, argument):
        return None

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        with pytest.raises(KeyboardInterrupt):
            grade("descendant", impatient)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    assert grade("descendant", contained).misses == 0


def test_all_that_comes_from_the_reader_is_escaped():
    def evil(browser, attempt):
        return decide(True, "<script>alert(1)</script>\x1b[31m", "<img src=x>")

    result = grade("descendant", evil)
    assert "<script" not in grade_html(result) and "&lt;" in grade_html(result)
    assert "\x1b" not in str(result) + grade_html(result)


def test_a_grade_is_the_same_each_time():
    first, second = grade("own-page", contained), grade("own-page", contained)
    assert repr(first) == repr(second) and grade_html(first) == grade_html(second)


# --- a page of one's own ---


def test_a_page_of_ones_own_with_its_own_needs():
    page = Browser.of(
        window(
            "https://me.example/",
            frame("https://you.example/", label="you"),
            label="me",
        )
    )
    exercise = own_page(page, honest=[("me", "you")], attacks=[])
    assert grade(exercise, contained)
    result = grade(exercise, nothing)
    assert result.counterexample.browser == page
    with pytest.raises(UnknownName, match="did you mean 'you'"):
        own_page(page, honest=[("me", "yuo")])


# --- progress ---


def test_an_objective_is_met_when_its_exercises_are_passed():
    assert [each.met for each in progress("05").objectives] == [False] * 5
    grade("pixels", inside)
    grade("propagation", only_the_policy)
    met = {each.number: each.met for each in progress(5).objectives}
    assert met == {1: False, 2: False, 3: False, 4: True, 5: False}
    text = str(progress("05"))
    assert text.startswith("Chapter 05: 1 of 5 objectives met")
    assert "(exercise propagation)" in text
    assert "open: exercise propagation" in progress_html(progress("05"))


def test_an_objective_without_exercise_is_met_by_the_quiz():
    answered("05", 1)
    assert progress("05").objectives[0].met
    with pytest.raises(UnknownName, match="unknown objective '9'"):
        answered("05", 9)


def test_what_was_passed_once_stays_passed():
    grade("pixels", inside)
    grade("pixels", higher)
    assert progress("05").objectives[3].met


def test_every_chapter_of_part_one_has_two_exercises_about_objectives_that_exist():
    for chapter, objectives in OBJECTIVES.items():
        own = [each for each in EXERCISES.values() if each.chapter == chapter]
        assert len(own) >= 2, chapter
        assert all(1 <= each.objective <= len(objectives) for each in own)


@pytest.mark.parametrize("chapter", OBJECTIVES)
def test_objectives_are_those_of_the_chapters_first_cell(chapter):
    paths = list(NOTEBOOKS.glob(f"{chapter}_*.ipynb"))
    if not paths:
        pytest.skip(f"chapter {chapter} is not written yet")
    first = "".join(json.loads(paths[0].read_text())["cells"][0]["source"])
    said = re.findall(r"^\d+\. (.*?)[;.]?$", re.sub("[*`]", "", first), re.MULTILINE)
    assert said == list(OBJECTIVES[chapter])


def test_what_a_function_changes_is_put_back_for_the_next():
    def clears(*given):
        for each in given:
            vars(each).clear()
        return ""

    for name in ("isolation", "target-origins", "message-handler"):
        before = grade(name, len).headline
        assert "it changes the" in str(grade(name, clears))
        assert grade(name, len).headline == before


@pytest.mark.parametrize("exercise", [None, 7, ["same-origin"]])
def test_what_is_no_exercise_is_named(exercise):
    with pytest.raises(WrongType, match=re.escape(repr(exercise))):
        grade(exercise, len)
