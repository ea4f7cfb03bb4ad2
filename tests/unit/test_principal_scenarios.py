"""Part V's attacks: every outcome under every setting, as the paper tells it, and the search.

Expected is what Cao et al. 2013 say (§I, §II and Figure 1; the text at hand ends there), and what
follows from the rules that `labcore.principals` gives for the rest. Session integrity is Akhawe et
al.'s (2010): nothing is done in a session on account of a request with the attacker among its
causes.
"""

import itertools
from dataclasses import dataclass, replace

import pytest
from unit.attacks import losing
from unit.questions import everything, verdict

from labcore import PRESETS, SCENARIOS, Browser, Origin, Policies, World, find_attack, frame, step
from labcore import window as tab
from labcore.actions import (
    Call,
    Commit,
    CommRequest,
    Create,
    Deliver,
    Embed,
    Fetch,
    Join,
    Load,
    Navigate,
    PostMessage,
    Script,
    SetDomain,
    SetTimer,
    Submit,
    TimerFires,
    UserClicks,
)
from labcore.arrivals import _fetched
from labcore.http import Jar, Request
from labcore.messages import structured_clone
from labcore.policies import COP, NAVIGATION, cookies
from labcore.policies.toggles import TOGGLES
from labcore.principals import header, label_of
from labcore.protocols import Together
from labcore.scenarios import CARELESS
from labcore.scenarios import principals as part_five
from labcore.scenarios.principals import (
    AT_HOME,
    AT_WORK,
    GAME,
    MERGED,
    OWNER,
    SESSION,
    TOWN,
    WEATHER,
)
from labcore.scenarios.requests import BANK, CONTACTS, MAIL
from labcore.scripts import Answered, Called, Clicked, FragmentRead, Loaded, MessageEvent, TimeIsUp
from labcore.search import Attack, Bound, NoAttack, NothingToFind, Search
from labcore.servers import Site, User, detour

EVIL = "https://attacker.example"
PART_FIVE = {
    name: each
    for name, each in SCENARIOS.items()
    if any(each is x for x in vars(part_five).values()) and "messaging" in each.toggles
}
EARLIER = {name: each for name, each in SCENARIOS.items() if name not in PART_FIVE}
USUAL = {"scripting": "same-origin", "messaging": "target origin", "cors": "Fetch standard"}
ALL_COP = dict.fromkeys(USUAL, "COP")
OLD = CARELESS.but(styles="any type")
"""Careless servers, and a browser that takes anything for a style sheet."""

LOOSE = OLD.but(**ALL_COP)
"""The same with COP: all that protects anybody are principals."""

# --- outcomes under every combination of the toggles ---

OUTCOMES = {
    # scenario: does the attack succeed, do the honest pages work? by the three toggles
    "mail-and-docs": (None, lambda scripting, messaging, cors: scripting == "COP"),
    "two-logins": (None, lambda scripting, messaging, cors: cors == "COP"),
    "hosted-gadgets": (
        lambda scripting, messaging, cors: scripting != "COP",
        lambda scripting, messaging, cors: True,
    ),
    "document-domain": (
        lambda scripting, messaging, cors: scripting == "same-origin-domain",
        lambda scripting, messaging, cors: scripting in ("same-origin-domain", "COP"),
    ),
    "origin-spoofing-merged": (
        lambda scripting, messaging, cors: cors in ("Fetch standard", "no check"),
        lambda scripting, messaging, cors: cors != "same origin only",
    ),
    "origin-spoofing-split": (
        lambda scripting, messaging, cors: messaging != "COP",
        lambda scripting, messaging, cors: True,
    ),
    "origin-spoofing-opaque": (
        lambda scripting, messaging, cors: True,
        lambda scripting, messaging, cors: True,
    ),
    "csrf-principal": (
        lambda scripting, messaging, cors: cors != "COP",
        lambda scripting, messaging, cors: True,
    ),
    "session-integrity": (
        lambda scripting, messaging, cors: cors != "COP",
        lambda scripting, messaging, cors: True,
    ),
    "css-principal": (
        lambda scripting, messaging, cors: cors != "COP",
        lambda scripting, messaging, cors: True,
    ),
    "leaked-id": (
        lambda scripting, messaging, cors: False,
        lambda scripting, messaging, cors: True,
    ),
    "sniffed-id": (
        lambda scripting, messaging, cors: False,
        lambda scripting, messaging, cors: True,
    ),
}


def test_every_scenario_of_part_five_stands_in_the_table():
    assert list(OUTCOMES) == list(PART_FIVE) and len(PART_FIVE) == 12
    for name, (succeeds, _) in OUTCOMES.items():
        assert {*USUAL} <= {*SCENARIOS[name].toggles}
        assert (SCENARIOS[name].goal is None) is (succeeds is None)


@pytest.mark.parametrize("name", OUTCOMES)
def test_under_all_toggles_at_once_it_is_as_the_paper_tells(name):
    succeeds, works = OUTCOMES[name]
    ways = [[(toggle, value) for value in TOGGLES[toggle]] for toggle in USUAL]
    for chosen in map(dict, itertools.product(*ways)):
        trace = SCENARIOS[name].run(OLD.but(**chosen))
        assert trace.succeeded is (succeeds is not None and succeeds(**chosen)), chosen
        assert trace.page_works is works(**chosen), chosen


WHY = {
    # scenario: which toggle stops it, by which rule, and why
    "hosted-gadgets": (
        "scripting",
        "COP",
        f"game belongs to https://gadgets.example and weather to {label_of(WEATHER)}",
    ),
    "document-domain": ("scripting", "COP", "guest belongs to https://guest.shop.example and pay"),
    "origin-spoofing-merged": (
        "cors",
        "CORS check",
        "Access-Control-Allow-Origin",
    ),
    "origin-spoofing-split": (
        "messaging",
        "COP",
        f"meant for {label_of(WEATHER)}, and gadget belongs to {label_of(GAME)}",
    ),
    "csrf-principal": ("cors", "the server", "bank.example answers 403: Log in, please"),
    "session-integrity": ("cors", "the server", "bank.example answers 403: Log in, please"),
    "css-principal": ("cors", "the server", "mail.example answers 403: Log in, please"),
    "leaked-id": ("cors", "principals", "is not among the origins that may join"),
    "sniffed-id": ("cors", "principals", "only a page that came over HTTPS"),
}


@pytest.mark.parametrize("name", WHY)
@pytest.mark.parametrize("alone", [True, False])
def test_the_reason_is_the_label(name, alone):
    toggle, rule, why = WHY[name]
    trace = SCENARIOS[name].run(OLD.but(**({toggle: "COP"} if alone else ALL_COP)))
    assert trace.turning.decision.rule == rule
    assert why in trace.turning.decision.reason and why in trace.verdict
    assert trace.verdict.startswith("The attack is stopped") and trace.page_works


@pytest.mark.parametrize("name", PART_FIVE)
@pytest.mark.parametrize("browser", PRESETS)
def test_in_no_browser_of_today_is_anything_a_principal(name, browser):
    trace = SCENARIOS[name].run(PRESETS[browser])
    for world in trace.worlds:
        assert world.principals == ()
        assert all(each.document.principal == each.document.origin for each in world.browser.frames)


@pytest.mark.parametrize("name", PART_FIVE)
def test_that_a_legacy_browser_refuses_is_not_the_reason_of_a_verdict(name):
    trace = SCENARIOS[name].run(OLD)
    refused = [each for each in trace.steps if each.decision.rule == "a legacy browser"]
    asked = [each for each in trace.steps if isinstance(each.event, Create | Join)]
    assert refused == asked, "and there each Create and Join is refused"
    assert "knows no principals" not in trace.verdict


# --- what is sent, and what comes of it ---


def run(name, policies=LOOSE, plan=None):
    return SCENARIOS[name].run(policies, plan=plan)


def sent(trace):
    pairs = itertools.pairwise(trace.worlds)
    new = (after.exchanges for before, after in pairs if after.exchanges is not before.exchanges)
    return [each.request for exchanges in new for each in exchanges if not each.is_preflight]


def test_two_origins_of_one_owner_are_one_and_a_stranger_is_not():
    end = run("mail-and-docs").end
    assert {end.browser.document(each).principal for each in ("mail",)} == {label_of(OWNER)}
    assert end.browser.origin("docs") != end.browser.origin("mail")


def test_two_logins_have_two_principals_and_two_sessions():
    trace = run("two-logins")
    label = {each: trace.end.browser.document(each).principal for each in ("work", "home")}
    assert label == {"work": label_of(AT_WORK), "home": label_of(AT_HOME)}
    assert {each.partition for each in trace.end.jar} == set(map(str, label.values()))
    assert not LOOSE.may_script(trace.end.browser, "work", "home")
    legacy = run("two-logins", OLD)
    assert len(legacy.end.jar) == 1, "the second login takes the place of the first"
    assert {whose for _, _, whose in legacy.end.accepted} == {"bob"}


def test_who_is_served_as_a_principal_by_its_host_is_one():
    trace = run("origin-spoofing-split")
    assert trace.end.browser.document("gadget").principal == label_of(GAME)
    assert TOWN not in trace.end.knowledge
    assert TOWN in run("origin-spoofing-split", OLD).end.knowledge


def test_in_the_opaque_box_no_label_helps():
    trace = run("origin-spoofing-opaque")
    creates = [each for each in trace.steps if isinstance(each.event, Create)]
    assert creates and not any(each.decision for each in creates)
    assert TOWN in trace.end.knowledge


def test_the_merged_pair_asks_under_its_label_and_b_alone_as_b():
    pair, alone = (
        [each.headers["origin"] for each in sent(trace)]
        for trace in (run("origin-spoofing-merged"), part_five._B_ALONE.run(LOOSE))
    )
    assert pair == [str(label_of(MERGED))] and alone == ["https://b.example"]
    assert [each.headers["origin"] for each in sent(run("origin-spoofing-merged", OLD))] == alone


def test_the_forged_form_carries_no_session_where_that_is_a_principals():
    login, forged = sent(run("csrf-principal"))
    assert login.path == "/login" and forged.path == "/pay" and forged.cookies == {}
    assert sent(run("csrf-principal", OLD))[1].cookies == {"session": "alices-session"}


def test_the_inbox_is_no_style_sheet_for_others():
    asked = sent(run("css-principal"))[-1]
    assert asked.destination == "style" and asked.cookies == {}
    assert CONTACTS not in run("css-principal").end.knowledge


def test_the_inbox_that_comes_with_the_common_cookie_is_not_read_either():
    """Where a cookie for all windows is left, the answer still says whose it is."""
    scenario = SCENARIOS["css-principal"]
    left = Jar().with_cookie("session=alices-session; Path=/; Secure", f"{MAIL}/")
    trace = replace(scenario, start=scenario.start.but(jar=left), plan=scenario.plan[1:]).run(LOOSE)
    assert sent(trace)[-1].cookies == {"session": "alices-session"}
    assert not trace.succeeded and trace.turning.decision.rule == "Principals"
    assert "the answer belongs to" in trace.turning.decision.reason


@pytest.mark.parametrize("name", ["leaked-id", "sniffed-id"])
def test_the_one_who_joins_with_a_leaked_id_stays_who_it_is(name):
    trace = run(name)
    page = "attacker" if name == "leaked-id" else "plain"
    assert SESSION in trace.end.knowledge
    assert trace.end.browser.document(page).principal == trace.end.browser.origin(page)
    assert trace.end.browser.document("bank").principal == label_of(SESSION)
    assert not LOOSE.may_script(trace.end.browser, page, "bank")


def test_who_does_not_know_the_id_cannot_even_try():
    scenario = SCENARIOS["leaked-id"]
    start = scenario.start.but(
        knowledge=scenario.start.knowledge - {SESSION},
        secrets=scenario.start.secrets | {SESSION},
    )
    trace = replace(scenario, start=start).run(LOOSE)
    assert trace.turning.decision.rule == "secrets" and SESSION in trace.turning.decision.reason


@pytest.mark.parametrize("name", ["csrf-principal", "session-integrity"])
def test_a_careful_bank_works_in_a_browser_that_knows_principals(name):
    assert SCENARIOS[name].run(COP).page_works


# --- the scenarios of the earlier parts, unchanged ---


def told(trace):
    """All that a trace says but for the names of rules."""
    end = trace.end
    return (
        trace.succeeded,
        trace.page_works,
        [(str(each.event), each.decision.allowed) for each in trace.steps],
        (end.browser, end.knowledge, end.accepted, end.forged, end.jar, end.typed),
    )


def bases(name):
    """The rules under which the scenario was told, all with the same-origin policy."""
    yield Policies()
    yield losing(name)
    yield from (Policies(navigation=each, origin_propagation=False) for each in NAVIGATION)
    yield from (PRESETS[each] for each in ("Chromium", "Firefox", "Safari 3.1", "Firefox 3"))
    for toggle in EARLIER[name].toggles:
        if toggle not in USUAL:
            yield from (losing(name).but(**{toggle: value}) for value in TOGGLES[toggle])


def test_none_of_them_sets_document_domain_or_makes_a_principal():
    for scenario in EARLIER.values():
        for event in (*scenario.plan, *scenario.honest):
            assert not isinstance(event, SetDomain | Create | Join)
            assert not isinstance(getattr(event, "run", None), SetDomain | Create | Join)


@pytest.mark.parametrize("name", EARLIER)
def test_every_scenario_of_the_earlier_parts_goes_as_it_went(name):
    scenario = EARLIER[name]
    for base in bases(name):
        usual = scenario.run(base.but(**USUAL))
        with_cop = scenario.run(base.but(**ALL_COP))
        assert told(with_cop) == told(usual), str(base)
        for toggle in USUAL:
            assert told(scenario.run(base.but(**{**USUAL, toggle: "COP"}))) == told(usual), toggle


def test_document_domain_alone_does_nothing_there():
    """The one thing that COP takes away: a page that wants it has to name its principal."""
    scenario = SCENARIOS["document-domain"]
    without = tuple(each for each in scenario.honest if not isinstance(each, Create | Join))
    bare = replace(scenario, honest=without, plan=scenario.plan[:2], goal=None, user=())
    works = {each: bare.run(OLD.but(scripting=each)).page_works for each in TOGGLES["scripting"]}
    assert works == {"same-origin": False, "same-origin-domain": True, "COP": False}
    shared = World(Browser.of(tab("https://a.shop.example/", frame("https://b.shop.example/",
        label="b"), label="a")))  # fmt: skip
    for label in ("a", "b"):
        _, shared = step(shared, SetDomain(label, "shop.example"), COP)
    assert not COP.may_script(shared.browser, "a", "b")
    one = World(Browser.of(tab(MAIL, frame(MAIL, label="in"), label="mail")))
    _, half = step(one, SetDomain("in", "mail.example"), COP)
    assert COP.may_script(half.browser, "mail", "in"), "nor does it part what is one"


# --- causes ---

ANN = User("ann", "anns-session", "anns-token", "anns-password")
PAYS = Request.form("POST", f"{BANK}/pay", {"x": "1"})
BY_SCRIPT = PAYS.but(mode="cors", destination="")
PAGE, OTHER_PAGE = f"{BANK}/", f"{MAIL}/"


@dataclass(frozen=True)
class On:
    """A page that does something when something of this kind happens, once."""

    kind: type
    does: object = BY_SCRIPT

    def __call__(self, memory, happened):
        label = happened.page.label
        if memory or not isinstance(happened, self.kind):
            return memory, ()
        if isinstance(happened, Loaded) and happened.frame != label:
            return memory, ()
        deed = Fetch(label, self.does) if isinstance(self.does, Request) else self.does(label)
        return 1, (deed,)


def waits(label):
    return SetTimer(label, "a while")


def asks_the_bank(label):
    return PostMessage(label, "bank", "pay", BANK)


def form(label):
    return Submit(label, label, PAYS)


def bank(*scripts, mail=None, inside=()):
    """The bank's page with ``scripts``, the mail page, and the attacker's; ann is logged in."""
    windows = (
        tab(PAGE, label="bank"),
        tab(OTHER_PAGE, label="mail"),
        tab(f"{EVIL}/", *inside, label="evil"),
    )
    site = Site(BANK, (ANN,), deeds=(("/pay", "pay {x}"),), by_get=True)
    told = [(PAGE, Together(scripts) if len(scripts) != 1 else scripts[0])] if scripts else []
    told += [(OTHER_PAGE, mail)] if mail else []
    quiet = World(
        Browser.of(*windows),
        attacker=frozenset({Origin.of(EVIL)}),
        servers=((Origin.of(BANK), site),),
        jar=Jar().with_cookie(ANN.set_cookie, PAGE),
        scripts=tuple(told),
    ).started()
    return quiet.but(running=tuple(replace(each, loading=False) for each in quiet.running))


def after(world, *events, policies=CARELESS):
    """The world after ``events``, with what scripts do in answer."""
    for event in events:
        decision, world = step(world, event, policies)
        assert decision or isinstance(event, Fetch), f"{event}: {decision}"
        while world.agenda:
            _, world = step(world, world.agenda[0], policies)
    return world


PAID = (("bank.example", "pay 1", "ann"),)
TELL = (PostMessage("evil", "bank", "pay", "*"), Deliver("bank"))
COMES = (Commit("bank"), Load("bank"))
CLICK = UserClicks("bank", sees="bank")
FRAMED = frame(PAGE, label="framed")
BY_LINK = Request("GET", f"{BANK}/pay?x=1", credentials="include")
ANYBODY = CARELESS.but(scripting=lambda browser, attempt: True)

FORGED = {
    "its own request": (bank(), Fetch("evil", BY_SCRIPT)),
    "its own form": (bank(), Submit("evil", "evil", PAYS), Commit("evil")),
    "its own image": (bank(), Fetch("evil", Request.image(BY_LINK.url))),
    "a link that it sends another window to": (
        bank(), Navigate("evil", "mail", BY_LINK.url), Commit("mail")),
    "a frame that it embeds": (bank(), Embed("evil", BY_LINK.url, "new"), Commit("new")),
    "a message": (bank(On(MessageEvent)), *TELL),
    "a form in answer to a message": (bank(On(MessageEvent, form)), *TELL, Commit("bank")),
    "a message that an honest page passes on": (
        bank(On(MessageEvent), mail=On(MessageEvent, asks_the_bank)),
        PostMessage("evil", "mail", "pay", "*"), Deliver("mail"), Deliver("bank")),
    "a function that it calls": (bank(On(Called)), Call("evil", "bank", "pay")),
    "a fragment": (
        bank(On(FragmentRead)), Navigate("evil", "bank", f"{PAGE}#pay")),
    "a page that it brings": (
        bank(On(Loaded)), Navigate("evil", "bank", PAGE), *COMES),
    "a page that it brings into a frame of its own": (
        bank(On(Loaded)), Embed("evil", PAGE, "new"), Commit("new"), Load("new")),
    "a click that the user does not see": (
        bank(On(Clicked), inside=[FRAMED]), UserClicks("framed", sees="evil")),
    "a click on a page that it has told something": (
        bank(On(Clicked), On(MessageEvent, waits)), *TELL, CLICK),
    "a timer that was set when it said something": (
        bank(On(MessageEvent, waits), On(TimeIsUp)), *TELL, TimerFires("bank")),
    "an answer to a question that it has had asked": (
        bank(On(MessageEvent, Request("GET", f"{BANK}/form")), On(Answered)), *TELL),
    "a detour over its server": (
        bank(On(Clicked, BY_LINK.but(url=detour(BY_LINK.url, EVIL)))), CLICK),
}  # fmt: skip
"""What has the attacker among its causes."""

OWN = {
    "a click": (bank(On(Clicked)), CLICK),
    "a form after a click": (bank(On(Clicked, form)), CLICK, Commit("bank")),
    "a timer of the page's own": (
        bank(On(Clicked, waits), On(TimeIsUp)), CLICK, TimerFires("bank")),
    "its own load": (bank(On(Loaded)), Navigate("bank", "bank", PAGE), *COMES),
    "a link of an honest page's": (bank(), Navigate("mail", "mail", BY_LINK.url), Commit("mail")),
    "an honest page's message": (
        bank(On(MessageEvent)), PostMessage("mail", "bank", "pay", BANK), Deliver("bank")),
    "a click on a page that is new since": (
        bank(On(Clicked), On(MessageEvent, waits)), *TELL, Navigate("bank", "bank", PAGE), *COMES,
        CLICK),
    "a click on a page that does not listen": (bank(On(Clicked)), CLICK),
    "a click before it says anything": (
        bank(On(Clicked), On(MessageEvent, waits)), CLICK, *TELL),
    "a form that a page sends": (bank(), Submit("bank", "bank", PAYS), Commit("bank")),
}  # fmt: skip
"""What has none."""


@pytest.mark.parametrize("name", FORGED)
def test_what_has_the_attacker_among_its_causes_is_forged(name):
    start, *events = FORGED[name]
    world = after(start, *events, policies=ANYBODY)
    if "fragment" in name:
        world = after(world, *world.due())
    assert world.accepted[-1:] == PAID and world.forged == PAID


@pytest.mark.parametrize("name", OWN)
def test_what_the_user_and_the_pages_do_themselves_is_not(name):
    start, *events = OWN[name]
    world = after(start, *events)
    assert world.accepted[-1:] == PAID and world.forged == ()


def test_a_login_is_the_users():
    trace = SCENARIOS["session-integrity"].run(LOOSE)
    assert [each for each in trace.end.accepted if each[2] == "alice"] == [
        ("bank.example", "pay 10 to bob", "alice")
    ]
    assert trace.end.forged == () and trace.page_works


def test_what_the_server_refuses_is_no_deed():
    world = after(bank().but(jar=Jar()), Fetch("evil", BY_SCRIPT))
    assert world.exchanges and (world.forged, world.accepted) == ((), ())


def test_where_there_are_no_servers_no_causes_are_kept():
    quiet = bank(On(MessageEvent)).but(servers=())
    world = after(quiet, *TELL)
    assert (world.touched, world.brought, world.tainted) == (frozenset(), frozenset(), False)


def test_to_be_told_is_forgotten_with_the_document():
    told_ = after(bank(On(MessageEvent, waits)), *TELL)
    assert told_.touched == {"bank"}
    brought = after(told_, Navigate("evil", "bank", PAGE), Commit("bank"))
    assert brought.touched == frozenset() and brought.brought == {"bank"}
    again = after(brought, Navigate("bank", "bank", PAGE), Commit("bank"))
    assert again.brought == frozenset()


MISSED = {
    "what it makes a page do": (
        bank(), Script("evil", "bank", run=Fetch("bank", BY_SCRIPT))),
    "a message to whoever speaks for the bank": (
        bank(On(MessageEvent)), CommRequest("evil", BANK, "pay"), Deliver("bank")),
    "what its server answers": (
        bank(On(Clicked, Request("GET", f"{EVIL}/x")), On(Answered)), CLICK),
    "a page that its server has sent on to": (
        bank(On(Loaded)), Navigate("bank", "bank", detour(PAGE, EVIL)), *COMES),
}  # fmt: skip
"""What has the attacker among its causes, too."""


@pytest.mark.parametrize("name", MISSED)
def test_no_cause_is_overlooked(name):
    start, *events = MISSED[name]
    world = after(start, *events, policies=ANYBODY)
    assert world.accepted[-1:] == PAID, "it is done"
    assert world.forged == PAID


# --- session integrity, by search (C11) ---

INTEGRITY = SCENARIOS["session-integrity"]


@pytest.fixture
def fresh():
    """What servers have answered under other rules is forgotten."""
    _fetched.cache_clear()
    yield
    _fetched.cache_clear()


def test_under_the_same_origin_policy_one_move_is_enough():
    found = find_attack(INTEGRITY, OLD)
    assert isinstance(found, Attack) and len(found.moves) == 1
    assert found.run().succeeded and found.run().page_works


def test_under_cop_there_is_no_attack_within_two_moves():
    found = find_attack(INTEGRITY, LOOSE, moves=2)
    assert isinstance(found, NoAttack) and found.exhausted and found.states > 1_000


@pytest.mark.parametrize("attacker", ["gadget", "web"])
@pytest.mark.parametrize("windows", [False, True])
def test_nor_is_there_one_with_windows_and_with_the_id(attacker, windows):
    knows = INTEGRITY.start.but(knowledge=INTEGRITY.start.knowledge | {SESSION})
    for start in (INTEGRITY.start, knows):
        found = find_attack(replace(INTEGRITY, start=start), LOOSE, attacker, moves=1,
            windows=windows)  # fmt: skip
        assert isinstance(found, NoAttack) and found.exhausted


@pytest.mark.parametrize(
    "toggles",
    [
        {},
        {"scripting": "COP"},
        {"messaging": "COP"},
        {"scripting": "COP", "messaging": "COP"},
    ],
)
def test_where_requests_are_not_by_principal_the_attack_is_there(toggles):
    found = find_attack(INTEGRITY, OLD.but(**toggles))
    assert isinstance(found, Attack) and len(found.moves) == 1


@pytest.mark.parametrize("toggles", [{"cors": "COP"}, {"cors": "COP", "scripting": "COP"}])
def test_for_requests_alone_it_is_enough(toggles):
    found = find_attack(INTEGRITY, OLD.but(**toggles), moves=1)
    assert isinstance(found, NoAttack) and found.exhausted


def with_bank(make):
    """Session integrity at a bank that ``make`` has made of the real one."""

    def servers(policies):
        return {url: make(each) for url, each in INTEGRITY.servers(policies).items()}

    honest = replace(INTEGRITY.honest_page, servers=servers)
    return replace(INTEGRITY, servers=servers, honest_page=honest)


def test_a_bank_that_creates_no_principal_is_not_protected():
    def plain(site):
        return replace(site, users=tuple(replace(each, principal="") for each in site.users))

    found = find_attack(with_bank(plain), LOOSE)
    assert isinstance(found, Attack) and len(found.moves) == 1


@dataclass(frozen=True)
class Generous(Site):
    """A bank whose sessions the attacker's origin may join."""

    def __call__(self, request):
        answer, own = super().__call__(request), header("create", SESSION, [EVIL])
        if "principal" not in answer.headers:
            return answer
        said = answer.headers.without("Principal").having("Principal", own["Principal"])
        return answer.but(headers=said)


def generous(site):
    return Generous(**{name: getattr(site, name) for name in site.__dataclass_fields__})


@pytest.mark.parametrize("leaked", [True, False])
def test_who_lets_the_attackers_origin_join_is_safe_as_long_as_the_id_is(leaked):
    asked = with_bank(generous)
    known = frozenset({SESSION}) if leaked else frozenset()
    start = INTEGRITY.start.but(
        knowledge=INTEGRITY.start.knowledge | known, secrets=INTEGRITY.start.secrets | {SESSION}
    )
    found = find_attack(replace(asked, start=start), LOOSE, moves=2)
    assert isinstance(found, Attack) is leaked
    if leaked:
        assert isinstance(found.moves[0], Join) and len(found.moves) == 2


def test_without_a_jar_of_its_own_a_principal_protects_no_session(monkeypatch, fresh):
    jar_for, stored = cookies.jar_for, cookies.stored

    def one_jar(url, asking, rule):
        return jar_for(url, asking._replace(principal=None), rule)

    def in_one_jar(jar, url, lines, asking, same_site, third, owner=None):
        return stored(jar, url, lines, asking, same_site, third)

    monkeypatch.setattr("labcore.policies.cookies.jar_for", one_jar)
    monkeypatch.setattr("labcore.policies.cookies.stored", in_one_jar)
    found = find_attack(INTEGRITY, LOOSE)
    assert isinstance(found, Attack) and len(found.moves) == 1


def test_without_members_a_leaked_id_is_worth_a_session(monkeypatch, fresh):
    """The rule that an origin must be admitted is what C10 rests on."""
    monkeypatch.setattr("labcore.principals.Principal.admits", lambda self, origin: True)
    found = find_attack("leaked-id", LOOSE, moves=1)
    assert isinstance(found, Attack) and [type(each) for each in found.moves] == [Join]


def obedient(policies):
    """The bank's page pays, too, when it is told to."""
    said = dict(INTEGRITY.scripts(policies))
    [(url, page)] = said.items()

    def obeys(memory, happened):
        if isinstance(happened, MessageEvent):
            return Clicked, page(memory, Clicked(happened.page))[1]
        return page(memory, happened)

    return {url: obeys}


def test_no_principal_helps_a_bank_whose_page_does_what_it_is_told():
    asked = replace(INTEGRITY, scripts=obedient)
    found = find_attack(asked, LOOSE)
    assert isinstance(found, Attack) and [type(each) for each in found.moves] == [PostMessage]
    assert structured_clone(found.moves[0].data) == "anything"


@pytest.mark.parametrize("policies", [OLD, LOOSE])
def test_a_frame_of_the_attackers_that_holds_the_bank_has_no_session_of_a_principal(policies):
    start = SCENARIOS["csrf-principal"]
    plan = [start.plan[0], Embed("attacker", f"{BANK}/form", "framed")]
    framed = sent(start.run(policies, plan=plan))[-1]
    assert framed.path == "/form" and framed.destination == "iframe"
    assert bool(framed.cookies) is (policies is OLD)


# --- an ID that leaks too early, by a Create ---


def squatted(scenario):
    """Before alice logs in the attacker creates a principal with the ID, and lets the bank in."""
    return scenario.run(LOOSE, plan=[Create("attacker", SESSION, (BANK,)), scenario.plan[0],
        Fetch("attacker", Request.form("POST", f"{BANK}/pay", {"amount": "100", "to": "mallory"})
        .but(mode="cors", destination=""))])  # fmt: skip


def test_who_creates_the_session_before_the_bank_does_is_not_joined_by_it():
    trace = squatted(SCENARIOS["leaked-id"])
    assert not LOOSE.may_script(trace.end.browser, "attacker", "bank")
    assert trace.end.forged == ()


def test_who_takes_the_id_first_does_not_bring_the_session_into_the_common_jar():
    """Nor does the attacker get the browser to treat the bank as one without a principal."""
    scenario = SCENARIOS["leaked-id"]
    pay = Request.form("POST", f"{BANK}/pay", {"amount": "100", "to": "mallory"})
    leaves = Create("attacker", "another-id-of-evil")
    plan = [
        Create("attacker", SESSION),
        scenario.plan[0],
        leaves,
        Fetch("attacker", pay.but(mode="cors", destination="")),
    ]
    trace = scenario.run(LOOSE, plan=plan)
    assert trace.end.forged == ()
    assert "" not in {each.partition for each in trace.end.jar}


def test_who_takes_the_id_first_is_not_joined_by_those_who_mean_another():
    scenario = SCENARIOS["mail-and-docs"]
    page = tab(f"{MAIL}/", frame("https://docs.example/", label="docs"), label="mail")
    start = scenario.start.but(browser=Browser.of(page, tab(f"{EVIL}/", label="evil")))
    world = start
    for event in (Create("evil", OWNER, ("https://docs.example",)), *scenario.plan[:2]):
        _, world = step(world, event, COP)
    assert not COP.may_script(world.browser, "evil", "docs")


# --- brute force ---


def joins_too(world, words, policies, room=1, windows=False, needs=None):
    """All that the attacker could try at all; and to join whatever it knows, as whoever.

    While a script runs no other one does.
    """
    if world.agenda:
        return
    yield from everything(world, words, policies, room, windows)
    own = [each for each in world.browser.labels if world.is_attackers(each)]
    for actor, id in itertools.product(own, (SESSION, WEATHER, GAME, MERGED)):
        yield Join(actor, id)
        for target in world.browser.labels:
            yield Script(actor, target, run=Join(target, id))


def answer(scenario, policies, **more):
    try:
        return verdict(Search(scenario, policies, **more))
    except NothingToFind as nothing:
        return nothing.in_short


MIXED = [dict(zip(USUAL, each, strict=True)) for each in itertools.product(
    *((usual, "COP") for usual in USUAL.values()))]  # fmt: skip


@pytest.mark.parametrize("chosen", MIXED, ids=lambda each: "-".join(each.values()))
@pytest.mark.parametrize("name", ["hosted-gadgets", "document-domain", "leaked-id"])
def test_trying_everything_in_every_order_gives_the_same_verdict(name, chosen):
    bound, policies = Bound(moves=1, frames=0), OLD.but(origin_propagation=False, **chosen)
    with_all = answer(SCENARIOS[name], policies, bound=bound, reduced=False, tries=joins_too)
    assert answer(SCENARIOS[name], policies, bound=bound) == with_all


@pytest.mark.parametrize("chosen", [MIXED[0], MIXED[-1]], ids=["same-origin", "COP"])
@pytest.mark.parametrize("name", ["session-integrity", "css-principal", "origin-spoofing-merged"])
def test_asking_for_everything_in_every_way_gives_the_same_verdict(name, chosen):
    bound, policies = Bound(moves=1, frames=0), OLD.but(origin_propagation=False, **chosen)
    with_all = answer(SCENARIOS[name], policies, bound=bound, reduced=False, tries=joins_too)
    assert answer(SCENARIOS[name], policies, bound=bound) == with_all


def test_the_scenarios_are_asked_where_they_can_be_attacked():
    """Else the brute force would compare refusals."""
    for name in ("hosted-gadgets", "session-integrity", "css-principal", "origin-spoofing-merged"):
        told_ = answer(SCENARIOS[name], OLD, bound=Bound(moves=1, frames=0))
        assert isinstance(told_, tuple), (name, told_)
