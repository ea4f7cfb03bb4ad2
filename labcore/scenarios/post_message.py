"""Messages: stolen on the way, forged, replayed (§4.2; the post on message passing and CORS).

A sender decides for whom a message is meant, a receiver whom it believes, and the browser whether
the one or the other is kept.
"""

from dataclasses import replace

from labcore.actions import Deliver, Navigate, PostMessage
from labcore.browser import Browser, frame, window
from labcore.origin import Origin
from labcore.protocols import Listens, Posts, Together
from labcore.protocols.receiving import no_check
from labcore.scenarios.gadget_hijacking import ATTACKER
from labcore.scenarios.scenario import Goal, Scenario, accepts, attacker_knows
from labcore.world import World

SHOP, PAY, GADGET = "https://shop.example", "https://pay.shop.example", "https://gadget.example"
INTEGRATOR, BANK, LOGIN = (
    "https://integrator.example",
    "https://bank.example",
    "https://login.example",
)
EVIL = "https://attacker.example/hostile"

RECURSIVE_MASHUP = Scenario(
    name="recursive-mashup",
    title="The recursive mashup",
    story=(
        "The attacker frames the integrator. The integrator posts a secret to its gadget. Before "
        "the message is dispatched, the attacker navigates the gadget's frame to a page of its own."
    ),
    source="Barth et al. 2008, §4.2 and Figure 4",
    start=World(
        Browser.of(
            window(
                "https://attacker.example/",
                frame(f"{INTEGRATOR}/", frame(f"{GADGET}/", label="gadget"), label="integrator"),
                label="attacker",
            )
        ),
        pages=(frame(f"{INTEGRATOR}/", frame(f"{GADGET}/", label="gadget")),),
        attacker=frozenset({ATTACKER}),
        secrets=frozenset({"the secret"}),
    ),
    scripts=lambda policies: {
        f"{INTEGRATOR}/": Posts("the secret", GADGET, addressing=policies.chosen("addressing")),
        f"{GADGET}/": Listens(INTEGRATOR, policies.chosen("origin_check")),
    },
    plan=(Navigate("attacker", "gadget", EVIL), Deliver("gadget")),
    goal=attacker_knows("the secret"),
    works=accepts("gadget", "the secret", INTEGRATOR),
    toggles=("addressing", "messaging", "navigation"),
)

COMM_REQUEST = replace(
    RECURSIVE_MASHUP,
    name="comm-request",
    title="The same with CommRequest",
    story=(
        "The attacker frames the integrator and navigates the gadget's frame, as before. But the "
        "integrator has sent its secret to the gadget's origin, not to a frame."
    ),
    source="Barth et al. 2008, §4.2; Wang et al. 2007",
    scripts=lambda policies: {
        f"{INTEGRATOR}/": Posts("the secret", GADGET, to_principal=True),
        f"{GADGET}/": Listens(INTEGRATOR, policies.chosen("origin_check")),
    },
    toggles=("messaging", "navigation"),
)

STOLEN_LOGIN = Scenario(
    name="stolen-login",
    title="A password for anybody",
    story=(
        "The shop has opened a window for the user to log in. That window posts the password back "
        "to the shop. An advertisement on the shop's page takes the shop away before it arrives."
    ),
    source="the post on message passing and CORS; Barth et al. 2008, §4.2",
    start=World(
        Browser.of(
            window(f"{SHOP}/", frame("https://attacker.example/ad", label="ad"), label="shop"),
            window(f"{LOGIN}/", label="login", opener="shop"),
        ),
        attacker=frozenset({ATTACKER}),
        secrets=frozenset({"the password"}),
    ),
    scripts=lambda policies: {
        f"{LOGIN}/": Posts("the password", SHOP, "opener", policies.chosen("addressing")),
        f"{SHOP}/": Listens(LOGIN, policies.chosen("origin_check")),
    },
    plan=(Navigate("ad", "shop", EVIL), Deliver("shop")),
    goal=attacker_knows("the password"),
    works=accepts("shop", "the password", LOGIN),
    toggles=("addressing", "messaging", "top_level"),
)

REPLY_RACE = Scenario(
    name="reply-race",
    title="The reply race",
    story=(
        "The shop asks the bank's frame for the balance, and the bank replies to the window that "
        "asked. An advertisement on the shop's page navigates that window before the reply is "
        "dispatched."
    ),
    source="Barth et al. 2008, §4.2",
    start=World(
        Browser.of(
            window(
                f"{SHOP}/",
                frame(f"{BANK}/", label="bank"),
                frame("https://attacker.example/ad", label="ad"),
                label="shop",
            )
        ),
        attacker=frozenset({ATTACKER}),
        secrets=frozenset({"the balance"}),
    ),
    scripts=lambda policies: {
        f"{SHOP}/": Together((Posts("balance?", BANK), Listens(BANK, frame=0))),
        f"{BANK}/": Listens(SHOP, replies="the balance", addressing=policies.chosen("addressing")),
    },
    plan=(Deliver("bank"), Navigate("ad", "shop", EVIL), Deliver("shop")),
    goal=attacker_knows("the balance"),
    works=accepts("shop", "the balance", BANK),
    toggles=("addressing", "messaging", "top_level"),
)

_IMPOSTORS = {
    "attacker": "https://attacker.example/",
    "longer": f"{PAY}.attacker.example/",
    "similar": "https://evilshop.example/",
    "misspelt": "https://payxshop.example/",
}

ORIGIN_CHECK = Scenario(
    name="origin-check",
    title="Who is speaking?",
    story=(
        "The shop sends the goods when the payment page reports a payment. The attacker owns some "
        "hosts with well-chosen names. It frames the shop, and each of its pages reports a payment."
    ),
    source="the post on message passing and CORS",
    start=World(
        Browser.of(
            window(
                _IMPOSTORS["attacker"],
                *(frame(url, label=label) for label, url in list(_IMPOSTORS.items())[1:]),
                frame(f"{SHOP}/", frame(f"{PAY}/", label="pay"), label="shop"),
                label="attacker",
            )
        ),
        attacker=frozenset(map(Origin.of, _IMPOSTORS.values())),
    ),
    scripts=lambda policies: {
        f"{PAY}/": Posts("order 7 is paid", SHOP, "parent"),
        f"{SHOP}/": Listens(PAY, policies.chosen("origin_check"), frame=0),
    },
    plan=tuple(PostMessage(label, "shop", "order 8 is paid", SHOP) for label in _IMPOSTORS),
    goal=accepts("shop", "order 8 is paid", PAY),
    works=accepts("shop", "order 7 is paid", PAY),
    toggles=("origin_check",),
)

SOURCE_CHECK = replace(
    ORIGIN_CHECK,
    name="source-check",
    title="Which window is speaking?",
    story=(
        "The shop checks the origin of every report. An advertisement on its page navigates its "
        "own frame to the payment page, for an order that the attacker has paid elsewhere. The "
        "report comes from the right origin, but not from the right window."
    ),
    start=World(
        Browser.of(
            window(
                f"{SHOP}/",
                frame(f"{PAY}/", label="pay"),
                frame("https://attacker.example/ad", label="ad"),
                label="shop",
            )
        ),
        attacker=frozenset({ATTACKER}),
    ),
    scripts=lambda policies: {
        f"{PAY}/": Posts("order 7 is paid", SHOP, "parent"),
        f"{PAY}/?order=8": Posts("order 8 is paid", SHOP, "parent"),
        f"{SHOP}/": Listens(
            PAY,
            policies.chosen("origin_check"),
            frame=0,
            source_check=policies.chosen("source_check"),
        ),
    },
    plan=(Navigate("ad", "ad", f"{PAY}/?order=8"),),
    toggles=("source_check", "origin_check"),
)

HIDDEN_LISTENER = Scenario(
    name="hidden-listener",
    title="The listener that nobody wrote",
    story=(
        "The blog's author has added no listener. The blog includes a script for chatting, and "
        "that one has: it believes whoever speaks, and runs in the blog's own document."
    ),
    source="the post on message passing and CORS",
    start=World(
        Browser.of(
            window(
                "https://attacker.example/",
                frame(
                    "https://blog.example/",
                    label="blog",
                    scripts=["https://chat.example/chat.js"],
                ),
                label="attacker",
            )
        ),
        attacker=frozenset({ATTACKER}),
    ),
    scripts=lambda policies: {
        "https://blog.example/": Listens("https://chat.example", no_check),
    },
    plan=(PostMessage("attacker", "blog", "show a false login form", "*"),),
    goal=accepts("blog", "show a false login form", "https://chat.example"),
    toggles=("messaging",),
)

REPLAY_BY_RELOAD = Scenario(
    name="replay-by-reload",
    title="Reload to replay",
    story=(
        "A form tells the bank, which holds it in a frame, to transfer some money, as soon as it "
        "has loaded. The attacker frames the bank and reloads the form."
    ),
    source="Barth et al. 2008, §4.2",
    start=World(
        Browser.of(
            window(
                "https://attacker.example/",
                frame(f"{BANK}/", frame("https://form.example/", label="form"), label="bank"),
                label="attacker",
            )
        ),
        attacker=frozenset({ATTACKER}),
    ),
    scripts=lambda policies: {
        "https://form.example/": Posts(
            "transfer 10", BANK, "parent", policies.chosen("addressing")
        ),
        f"{BANK}/": Listens("https://form.example", policies.chosen("origin_check")),
    },
    plan=(Navigate("attacker", "form", "https://form.example/"),),
    goal=Goal(
        "the bank transfers twice what was asked for once",
        lambda world: world.accepted.count(("bank", "transfer 10", "https://form.example")) > 1,
    ),
    works=accepts("bank", "transfer 10", "https://form.example"),
    toggles=("navigation", "addressing"),
)
