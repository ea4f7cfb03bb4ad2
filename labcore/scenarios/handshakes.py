"""Handshakes over the fragment channel, at work and under attack (§4.1, Figure 3).

The integrator is the top of its window, which any frame may navigate, so that its gadgets can
answer. The attacker's gadget frames a copy of the honest gadget: the copy has the same cookies, and
no policy keeps its embedder from writing to it.
"""

from dataclasses import replace

from labcore.actions import Embed, Load, Navigate, UserConfirms
from labcore.browser import Browser, frame, window
from labcore.protocols import Channel, Opens, secure_messaging, tunnel
from labcore.scenarios.gadget_hijacking import ATTACKER
from labcore.scenarios.scenario import Goal, Scenario, accepts
from labcore.world import World

INTEGRATOR, CONTACTS = "https://integrator.example", "https://contacts.example"
EVIL = "https://attacker.example/gadget"
ADD, LIST, DELETE = "add Bob", "Ann and Bob", "delete all contacts"

_BOTH = (accepts("contacts", ADD, INTEGRATOR), accepts("integrator", LIST, CONTACTS))

HANDSHAKE = Scenario(
    name="handshake",
    title="A channel between integrator and gadget",
    story=(
        "The integrator opens a channel to the gadget that holds the user's contacts, and asks it "
        "to add one. The gadget asks the user, and then tells the integrator all contacts."
    ),
    source="Barth et al. 2008, §4.1",
    start=World(
        Browser.of(
            window(f"{INTEGRATOR}/", frame(f"{CONTACTS}/", label="contacts"), label="integrator")
        )
    ),
    scripts=lambda policies: {
        f"{INTEGRATOR}/": Channel(
            policies.chosen("handshake"), opens=(Opens(f"{CONTACTS}/", ADD),)
        ),
        f"{CONTACTS}/": Channel(
            policies.chosen("handshake"),
            answers=LIST,
            both_ways=policies.chosen("handshake") is not secure_messaging,
            asks=True,
        ),
    },
    plan=(),
    user=(UserConfirms("contacts", INTEGRATOR),),
    goal=None,
    works=Goal(
        "both messages arrive, each taken to come from whom it comes from",
        lambda world: all(each.holds(world) for each in _BOTH),
    ),
    toggles=("handshake", "top_level"),
)

LOWE_ANOMALY = Scenario(
    name="lowe-anomaly",
    title="The Lowe anomaly",
    story=(
        "The integrator opens a channel to a gadget that is the attacker's. The attacker passes "
        "the first message on to a copy of the contacts gadget, lets the integrator itself decode "
        "the answer, and then speaks in the integrator's name."
    ),
    source="Barth et al. 2008, §4.1 and Figure 3; Lowe 1996",
    start=World(
        Browser.of(window(f"{INTEGRATOR}/", frame(EVIL, label="attacker"), label="integrator")),
        attacker=frozenset({ATTACKER}),
        knowledge=frozenset({"N_E"}),
    ),
    scripts=lambda policies: {
        f"{INTEGRATOR}/": Channel(policies.chosen("handshake"), opens=(Opens(EVIL, "hello"),)),
        f"{CONTACTS}/": Channel(policies.chosen("handshake"), asks=True),
    },
    plan=(
        Embed("attacker", f"{CONTACTS}/"),
        Navigate("attacker", "contacts", f"{CONTACTS}/#N_I,{INTEGRATOR}/"),
        Navigate("attacker", "contacts", f"{CONTACTS}/#N_C,{DELETE}"),
    ),
    user=(UserConfirms("contacts", INTEGRATOR),),
    goal=accepts("contacts", DELETE, INTEGRATOR),
    honest_page=HANDSHAKE,
    toggles=("handshake", "navigation", "top_level"),
)

_SMASH_SCRIPTS = {f"{INTEGRATOR}/tunnel.html": tunnel}

SMASH_CHANNEL = replace(
    HANDSHAKE,
    name="smash-channel",
    title="SMash: the answer comes through a tunnel",
    story=(
        "The integrator makes the gadget's frame itself, with the secret in the URL. The gadget "
        "answers through a frame of its own that shows a page of the integrator's. That page has "
        "the integrator's origin, and calls its script."
    ),
    start=World(Browser.of(window(f"{INTEGRATOR}/", label="integrator"))),
    scripts=lambda policies: {
        f"{INTEGRATOR}/": Channel(
            policies.chosen("handshake"), opens=(Opens(f"{CONTACTS}/", ADD, "contacts"),)
        ),
        f"{CONTACTS}/": Channel(policies.chosen("handshake"), tunnel="/tunnel.html"),
        **_SMASH_SCRIPTS,
    },
    embeds=("contacts", "tunnel"),
    user=(),
    works=accepts("contacts", ADD, INTEGRATOR),
    toggles=("handshake", "scripting", "top_level"),
)

SMASH_ATTACK = replace(
    LOWE_ANOMALY,
    name="smash-attack",
    title="SMash begun by the wrong one",
    story=(
        "The attacker's gadget makes a frame for the contacts gadget, with a secret of its own and "
        "the integrator's URL. Its orders are there before the tunnel has loaded. Then it takes "
        "the tunnel away, and the integrator never hears of it."
    ),
    source="Barth et al. 2008, §4.1",
    scripts=lambda policies: {
        f"{INTEGRATOR}/": Channel(policies.chosen("handshake")),
        f"{CONTACTS}/": Channel(policies.chosen("handshake"), tunnel="/tunnel.html"),
        **_SMASH_SCRIPTS,
    },
    plan=(
        Embed("attacker", f"{CONTACTS}/#N_E,{INTEGRATOR}/"),
        Navigate("attacker", "contacts", f"{CONTACTS}/#N_E,{DELETE}"),
        Navigate("attacker", "tunnel", "https://attacker.example/empty"),
        Load("tunnel"),
    ),
    user=(),
    embeds=("tunnel",),
    honest_page=SMASH_CHANNEL,
    toggles=("handshake", "navigation"),
)
