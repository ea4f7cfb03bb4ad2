"""Principals that pages choose, and labels that lie (chapters 13 and 14; Cao et al. 2013).

The same events are run in a browser that knows principals and in one that does not: there `Create`
and `Join` are refused, and the page goes on with its default principal.
"""

from dataclasses import replace

from labcore.actions import (
    Create,
    Deliver,
    Fetch,
    Join,
    Navigate,
    PostMessage,
    Script,
    SetDomain,
    Submit,
    UserClicks,
    UserTypes,
)
from labcore.browser import Browser, frame, window
from labcore.http import Jar, Request, Response
from labcore.origin import Origin
from labcore.principals import header, label_of
from labcore.protocols import Fetches, Introduces, Lends, Listens, Sends, Together
from labcore.protocols.receiving import anybody
from labcore.scenarios.requests import (
    _DEEDS,
    _INBOX,
    _STOLEN,
    ALICE,
    BANK,
    CONTACTS,
    CSRF_FORM,
    CSS_THEFT,
    MAIL,
    MALLORY,
    logged_in,
    reads,
    site,
)
from labcore.scenarios.scenario import Goal, Scenario, accepts, attacker_knows, does, shows
from labcore.servers import Site, User
from labcore.world import World

RULES = ("scripting", "messaging", "cors")
"""The toggles that have COP among their values."""

PAPER = "Cao et al. 2013, §I and §II"
DOCS, HOST = "https://docs.example", "https://gadgets.example"
OWNER, WEATHER, GAME = "id-of-mail-and-docs", "id-of-the-weather", "id-of-the-puzzle-game"
AT_WORK, AT_HOME, MERGED = "id-of-alices-login", "id-of-bobs-login", "id-of-a-and-b-merged"


# --- merged and split (chapter 13) ---

_MERGES = (Create("mail", OWNER, (DOCS,)), Join("docs", OWNER, of=MAIL))
_OPENS = Script("mail", "docs", run=Navigate("docs", "docs", f"{DOCS}/letter"))

MAIL_AND_DOCS = Scenario(
    name="mail-and-docs",
    title="Two origins of one owner",
    story=(
        "The mail service and the documents belong to one owner. The mail page holds the documents "
        "in a frame, and wants to open a letter there, as if both were one."
    ),
    source=PAPER,
    start=World(Browser.of(window(f"{MAIL}/", frame(f"{DOCS}/", label="docs"), label="mail"))),
    plan=(*_MERGES, _OPENS),
    honest=(*_MERGES, _OPENS),
    goal=None,
    works=shows("docs", f"{DOCS}/letter"),
    toggles=RULES,
)


def login(label: str, origin: str, name: str, password: str) -> Submit:
    """The user logs in, in the window ``label``."""
    fields = {"user": name, "password": password}
    return Submit(label, label, Request.form("POST", f"{origin}/login", fields))


def _notes(label: str, text: str, token: str) -> Fetch:
    """The page keeps a note."""
    form = Request.form("POST", f"{MAIL}/notes", {"text": text, "token": token})
    return Fetch(label, form.but(mode="cors", destination=""))


_ALICE = replace(ALICE, password="alices-password", principal=AT_WORK)
_BOB = User("bob", "bobs-session", "bobs-token", "bobs-password", principal=AT_HOME)
_TWO = (
    login("work", MAIL, "alice", "alices-password"),
    login("home", MAIL, "bob", "bobs-password"),
    _notes("work", "the report", _ALICE.token),
    _notes("home", "the recipe", _BOB.token),
)

TWO_LOGINS = Scenario(
    name="two-logins",
    title="Two logins at one mail service",
    story=(
        "In one window a user logs in at the mail service as alice, for work, and in another as "
        "bob. Then each window keeps a note."
    ),
    source=PAPER,
    start=World(
        Browser.of(window(f"{MAIL}/", label="work"), window(f"{MAIL}/", label="home")),
        secrets=frozenset({_ALICE.session, _BOB.session, _ALICE.token, _BOB.token}),
    ),
    servers=lambda policies: {MAIL: Site(MAIL, (_ALICE, _BOB), deeds=(("/notes", "keep {text}"),))},
    plan=_TWO,
    honest=_TWO,
    goal=None,
    works=Goal(
        "the report is kept for alice, and the recipe for bob",
        lambda world: (
            {("keep the report", "alice"), ("keep the recipe", "bob")}
            <= {(what, whose) for _, what, whose in world.accepted}
        ),
    ),
    toggles=RULES,
)

TOWN = "the-home-town"
_TYPES_TOWN = UserTypes("weather", TOWN)
_ONE_GADGET = (Create("weather", WEATHER), Join("map", WEATHER))
_UPDATES = Script("weather", "map", run=Navigate("map", "map", f"{HOST}/weather/map?zoom"))

HOSTED_GADGETS = Scenario(
    name="hosted-gadgets",
    title="Two gadgets of one host",
    story=(
        "One host serves the gadgets of many authors. A page shows the weather, which consists of "
        "two frames, and a game, whose author is the attacker. All have one origin."
    ),
    source=PAPER,
    start=World(
        Browser.of(
            window(
                "https://integrator.example/",
                frame(
                    f"{HOST}/weather", frame(f"{HOST}/weather/map", label="map"), label="weather"
                ),
                frame(f"{HOST}/game", label="game", scripts=["https://attacker.example/game.js"]),
                label="integrator",
            )
        ),
        attacker=frozenset({Origin.of("https://attacker.example")}),
        secrets=frozenset({TOWN}),
    ),
    plan=(*_ONE_GADGET, _TYPES_TOWN, Script("game", "weather")),
    user=(_TYPES_TOWN,),
    honest=(*_ONE_GADGET, _UPDATES),
    goal=attacker_knows(TOWN),
    works=shows("map", f"{HOST}/weather/map?zoom"),
    toggles=RULES,
)

_SHOP, _PAY, _GUEST = (f"https://{each}.shop.example" for each in ("www", "pay", "guest"))
_TYPES_PASSWORD = UserTypes("pay", "the-password")
_JOINS = (
    SetDomain("shop", "shop.example"),
    SetDomain("pay", "shop.example"),
    Create("shop", "id-of-shop-and-pay", (_PAY,)),
    Join("pay", "id-of-shop-and-pay", of=_SHOP),
)

DOCUMENT_DOMAIN = Scenario(
    name="document-domain",
    title="Whoever else is under the domain",
    story=(
        "The shop and its payment page set document.domain in order to act as one, and make a "
        "principal where the browser knows any. A guest's page, the attacker's, is under the same "
        "domain."
    ),
    source=f"{PAPER}; Jackson and Barth 2008",
    start=World(
        Browser.of(
            window(
                f"{_SHOP}/",
                frame(f"{_PAY}/", label="pay"),
                frame(f"{_GUEST}/", label="guest"),
                label="shop",
            )
        ),
        attacker=frozenset({Origin.of(_GUEST)}),
        secrets=frozenset({"the-password"}),
    ),
    plan=(
        *_JOINS,
        _TYPES_PASSWORD,
        SetDomain("guest", "shop.example"),
        Script("guest", "pay"),
    ),
    user=(_TYPES_PASSWORD,),
    honest=(*_JOINS, Script("shop", "pay", run=Navigate("pay", "pay", f"{_PAY}/paid"))),
    goal=attacker_knows("the-password"),
    works=shows("pay", f"{_PAY}/paid"),
    toggles=(*RULES, "agent_cluster"),
)


# --- labels that lie (chapter 14) ---

A, B, C = (f"https://{each}.example" for each in ("a", "b", "benign"))
_C_SITE = {"reads": ("/contacts",), "trusted": B}

_B_ALONE = Scenario(
    name="b-alone",
    title="B reads what C opens to it",
    story="C lets the pages of B read alice's contacts.",
    source="",
    start=logged_in(C, window(f"{B}/", label="b"), attackers=frozenset()),
    servers=lambda policies: {C: site(C, policies, **_C_SITE)},
    scripts=lambda policies: {f"{B}/": Fetches(f"{C}/contacts")},
    plan=(),
    goal=None,
    works=reads("b", C, CONTACTS),
    toggles=RULES,
)

_MERGED_START = logged_in(
    C,
    window(f"{A}/", frame(f"{B}/", label="b"), label="a"),
    attackers=frozenset({Origin.of(A)}),
)

MERGED_SPOOFING = Scenario(
    name="origin-spoofing-merged",
    title="A pair that speaks as one of the two",
    story=(
        "A and B act as one, over a library: what A asks for, B fetches and hands over. C trusts "
        "B, and does not trust A. The pair still sends its requests as B."
    ),
    source="Cao et al. 2013, §II and Figure 1",
    start=_MERGED_START.but(knowledge=_MERGED_START.knowledge | {MERGED}),
    servers=_B_ALONE.servers,
    scripts=lambda policies: {f"{B}/": Lends(f"{C}/contacts")},
    plan=(
        Create("a", MERGED, (B,)),
        Join("b", MERGED),
        PostMessage("a", "b", "fetch the contacts", "*"),
    ),
    goal=attacker_knows(CONTACTS),
    honest_page=_B_ALONE,
    toggles=RULES,
)


def _gadgets(request: Request) -> Response:
    """The host serves each gadget as a principal of its own."""
    ids = {"/weather": WEATHER, "/game": GAME}
    said = header("create", ids[request.path]) if request.path in ids else {}
    return Response(200, {"Content-Type": "text/html", **said}, f"The gadget {request.path}.")


def _three_nested(sandbox: str, attackers: frozenset[Origin]) -> World:
    gadget = frame(f"{HOST}/weather", label="gadget", sandbox=sandbox)
    return World(
        Browser.of(
            window(
                "https://integrator.example/",
                frame("https://attacker.example/", gadget, label="middle"),
                label="integrator",
            )
        ),
        pages=(frame(f"{HOST}/game", scripts=["https://attacker.example/game.js"]),),
        attacker=attackers,
        secrets=frozenset({TOWN}),
    )


_EVIL = frozenset({Origin.of("https://attacker.example")})
_INTEGRATOR = "https://integrator.example"

_GADGET = Together((Introduces(WEATHER, "which town?"), Listens(_INTEGRATOR)))

_ASKED = Scenario(
    name="gadget-asks",
    title="A gadget asks the integrator",
    story="A gadget, two frames down, asks the integrator for the user's town.",
    source="",
    start=_three_nested("allow-scripts allow-same-origin", frozenset()),
    servers=lambda policies: {HOST: _gadgets},
    scripts=lambda policies: {
        f"{_INTEGRATOR}/": Listens(
            str(label_of(WEATHER)) if policies.messaging == "COP" else HOST, replies=TOWN
        ),
        f"{HOST}/weather": _GADGET,
    },
    plan=(),
    goal=None,
    works=accepts("gadget", TOWN, _INTEGRATOR),
    toggles=RULES,
)

SPLIT_SPOOFING = replace(
    _ASKED,
    name="origin-spoofing-split",
    title="The other gadget of the same host",
    story=(
        "A gadget, two frames down, asks the integrator for the user's town. The frame between "
        "them is the attacker's. It navigates the gadget's frame to another gadget of the same "
        "host, of which the attacker is the author. The reply is meant for the host's origin."
    ),
    source="Cao et al. 2013, §II; the source breaks off, the outcome is inferred",
    start=_three_nested("allow-scripts allow-same-origin", _EVIL),
    plan=(Navigate("middle", "gadget", f"{HOST}/game"), Deliver("gadget")),
    goal=attacker_knows(TOWN),
    honest_page=_ASKED,
)

_OPAQUE_ASKED = replace(
    _ASKED,
    name="boxed-gadget-asks",
    start=_three_nested("allow-scripts", frozenset()),
    scripts=lambda policies: {
        f"{_INTEGRATOR}/": Listens("null", replies=TOWN, addressing=anybody),
        f"{HOST}/weather": _GADGET,
    },
)

SPLIT_OPAQUE = replace(
    SPLIT_SPOOFING,
    name="origin-spoofing-opaque",
    title="A gadget that nobody can name",
    story=(
        "As before, but the gadget is in a sandbox without allow-same-origin. Its origin is "
        "opaque, and no target origin names it. The integrator can only reply to anybody."
    ),
    start=_three_nested("allow-scripts", _EVIL),
    scripts=_OPAQUE_ASKED.scripts,
    honest_page=_OPAQUE_ASKED,
)


# --- sessions that are principals (chapter 14) ---

SESSION = "id-of-alices-session"
_CUSTOMER = replace(ALICE, password="alices-password", principal=SESSION)
_LOGS_IN = login("bank", BANK, "alice", "alices-password")
_PAYS = Sends(BANK, "/pay", (("amount", "10"), ("to", "bob")))
_CLICK = UserClicks("bank", sees="bank")

_OWN_PAYMENT = replace(
    CSRF_FORM,
    name="pay-in-a-principal",
    title="Alice logs in, and pays Bob",
    source="",
    start=World(Browser.of(window(f"{BANK}/", label="bank"))),
    servers=lambda policies: {
        BANK: replace(site(BANK, policies, deeds=_DEEDS), users=(_CUSTOMER, MALLORY))
    },
    scripts=lambda policies: {f"{BANK}/login": _PAYS},
    plan=(_LOGS_IN,),
    honest=(_LOGS_IN,),
    user=(_CLICK,),
    goal=None,
    honest_page=None,
    works=does("bank.example", "pay 10 to bob", "alice"),
    toggles=RULES,
)

_TWO_TABS = window(f"{BANK}/", label="bank"), window("https://attacker.example/", label="attacker")

CSRF_PRINCIPAL = replace(
    _OWN_PAYMENT,
    name="csrf-principal",
    title="A forged form, and a session that is a principal",
    story=(
        "Alice logs in. The bank answers with a principal for her session, if the browser knows "
        "what that is. Then the attacker's page sends its form."
    ),
    source="Cao et al. 2013, §I and §V (the text at hand ends before)",
    start=logged_in(BANK, *_TWO_TABS).but(jar=Jar()),
    plan=(
        _LOGS_IN,
        Submit("attacker", "attacker", Request.form("POST", f"{BANK}/pay", dict(_STOLEN))),
    ),
    user=(),
    goal=does("bank.example", "pay 100 to mallory", "alice"),
    honest_page=_OWN_PAYMENT,
)

SESSION_INTEGRITY = replace(
    CSRF_PRINCIPAL,
    name="session-integrity",
    title="Nothing in a session on the attacker's account",
    story=(
        "Alice logs in and pays Bob. The attacker's page is open in another window, and tries "
        "whatever it can to have the bank do anything in her session."
    ),
    source="Cao et al. 2013, §I; Akhawe et al. 2010",
    user=(_CLICK,),
    goal=Goal(
        "the bank does something in alice's session, with the attacker among the causes",
        lambda world: any(whose == "alice" for _, _, whose in world.forged),
        asks=("pay 100 to mallory",),
    ),
)

_READER = replace(ALICE, password="alices-password", principal=SESSION)
_READS_OWN = replace(
    _OWN_PAYMENT,
    name="inbox-in-a-principal",
    title="Alice logs in, and reads her mail",
    start=World(Browser.of(window(f"{MAIL}/", label="mail"))),
    servers=lambda policies: {MAIL: replace(_INBOX(policies), users=(_READER, MALLORY))},
    scripts=lambda policies: {f"{MAIL}/login": Fetches(f"{MAIL}/inbox")},
    plan=(login("mail", MAIL, "alice", "alices-password"),),
    honest=(login("mail", MAIL, "alice", "alices-password"),),
    user=(),
    works=reads("mail", MAIL, CONTACTS),
    toggles=(*RULES, "styles"),
)

CSS_PRINCIPAL = replace(
    CSS_THEFT,
    name="css-principal",
    title="An inbox that belongs to a principal",
    story=(
        "Alice logs in at the mail service, which gives her session a principal of its own. Then "
        "the attacker's page includes her inbox as a style sheet."
    ),
    source="Cao et al. 2013, §I; Huang et al. 2010",
    start=logged_in(
        MAIL,
        window(f"{MAIL}/", label="mail"),
        window("https://attacker.example/", label="attacker"),
    ).but(jar=Jar()),
    servers=_READS_OWN.servers,
    scripts=_READS_OWN.scripts,
    honest=(login("mail", MAIL, "alice", "alices-password"),),
    plan=(
        login("mail", MAIL, "alice", "alices-password"),
        Fetch("attacker", Request.style(f"{MAIL}/inbox")),
    ),
    honest_page=_READS_OWN,
    toggles=(*RULES, "styles"),
)


def _in_the_session(world: World) -> bool:
    inside = label_of(SESSION)
    return any(
        world.is_attackers(label) and world.browser.document(label).principal == inside
        for label in world.browser.labels
    )


LEAKED_ID = replace(
    CSRF_PRINCIPAL,
    name="leaked-id",
    title="An ID that leaks",
    story=(
        "Alice logs in, and somebody makes a mistake: the attacker gets to know the ID of her "
        "session's principal. Its page joins."
    ),
    start=CSRF_PRINCIPAL.start.but(knowledge=CSRF_PRINCIPAL.start.knowledge | {SESSION}),
    plan=(_LOGS_IN, Join("attacker", SESSION)),
    goal=Goal("a page of the attacker's belongs to alice's principal", _in_the_session),
)

SNIFFED_ID = replace(
    LEAKED_ID,
    name="sniffed-id",
    title="An ID that is sniffed",
    story=(
        "The attacker sits on the network, and has the ID. A page of the bank's host that comes "
        "over plain HTTP is the attacker's to write. It joins."
    ),
    start=LEAKED_ID.start.but(
        browser=Browser.of(
            window(f"{BANK}/", label="bank"), window("http://bank.example/", label="plain")
        ),
        attacker=frozenset(),
        on_the_network=True,
    ),
    plan=(_LOGS_IN, Join("plain", SESSION)),
)
