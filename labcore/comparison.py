"""Channels compared: can the attacker read what is sent, or send what is believed?

A channel is *confidential* if the search finds no eavesdropper, and *authenticated* if it finds no
impostor (Barth et al. 2008, Table 1). The attacker frames the integrator, which frames its gadget
and sends it a secret. The channels of Part IV lead from a server to a page; there the attacker
frames the page. Of each channel one can also ask who must take part, and what the sender gains if
it is the attacker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from labcore.answers import Attack
from labcore.browser import Browser, frame, window
from labcore.errors import unknown
from labcore.http import Jar
from labcore.origin import Origin
from labcore.policies import Policies
from labcore.policies.fetching import Server
from labcore.policies.toggles import policies_of
from labcore.protocols import Fetches, Listens, Posts, Reads, Writes
from labcore.scenarios.post_message import GADGET, INTEGRATOR, RECURSIVE_MASHUP
from labcore.scenarios.requests import reads
from labcore.scenarios.scenario import Goal, Scenario, attacker_knows
from labcore.scripts import PageScript
from labcore.search import find_attack
from labcore.servers import Site, User
from labcore.worded import Worded

SECRET, FORGED = "the secret", "forged"

FORGERY = Goal(
    f"the gadget, or a copy of it, accepts “{FORGED}” as from {INTEGRATOR}",
    lambda world: (FORGED, INTEGRATOR) in {(text, peer) for _, text, peer in world.accepted},
    (FORGED,),
)

_LISTENS = Listens(INTEGRATOR)


def _channel(title: str, sender: PageScript, receiver: PageScript) -> Scenario:
    return replace(
        RECURSIVE_MASHUP,
        name=title,
        title=title,
        scripts=lambda policies: {f"{INTEGRATOR}/": sender, f"{GADGET}/": receiver},
        plan=(),
    )


Channel = tuple[Scenario, Mapping[str, str]]
"""A channel as a scenario, with what browser and server must do for it to be that channel."""

CHANNELS: Mapping[str, Channel] = {
    "fragment identifier": (
        _channel("fragment identifier", Writes(f"{GADGET}/", (SECRET,)), Reads(INTEGRATOR)),
        {},
    ),
    "postMessage, as first specified": (
        _channel("postMessage, as first specified", Posts(SECRET, GADGET), _LISTENS),
        {"messaging": "any document"},
    ),
    "postMessage with target origin": (
        _channel("postMessage with target origin", Posts(SECRET, GADGET), _LISTENS),
        {"messaging": "target origin"},
    ),
    "CommRequest": (
        _channel("CommRequest", Posts(SECRET, GADGET, to_principal=True), _LISTENS),
        {},
    ),
}
"""The channels between two pages."""

SERVICE, PAGE = "https://service.example", "https://page.example"

_OWNER = User("alice", "alices-session", data=SECRET)


def _service(policies: Policies, **has: Any) -> Mapping[str, Server]:
    """A server that has a secret for the page of its partner, and only by its user's cookie."""
    headers = policies.chosen("cors_headers")
    return {
        SERVICE: Site(
            SERVICE, (_OWNER,), reads=("/secret",), trusted=PAGE, cors_headers=headers, **has
        )
    }


FORGED_ANSWER = Goal(
    f"the page, or a copy of it, accepts “{FORGED}” as from {SERVICE}",
    lambda world: any(FORGED in str(x) and peer == SERVICE for _, x, peer in world.accepted),
    (FORGED,),
)


def _from_server(title: str, by_script: bool, **has: Any) -> Scenario:
    url = f"{SERVICE}/secret" + ("?callback=show" if by_script else "")
    return replace(
        RECURSIVE_MASHUP,
        name=title,
        title=title,
        start=RECURSIVE_MASHUP.start.but(
            browser=Browser.of(
                window("https://attacker.example/", frame(f"{PAGE}/", label="page"), label="top")
            ),
            pages=(),
            jar=Jar().with_cookie(_OWNER.set_cookie, f"{SERVICE}/"),
        ),
        servers=lambda policies: _service(policies, **has),
        scripts=lambda policies: {f"{PAGE}/": Fetches(url, by_script)},
        plan=(),
        works=reads("page", SERVICE, SECRET),
    )


FROM_SERVERS: Mapping[str, Channel] = {
    "JSONP": (_from_server("JSONP", True, jsonp=("/secret",)), {}),
    "CORS": (_from_server("CORS", False), {"cors_headers": "trusted origin"}),
}
"""The channels from a server to a page."""

ALL: Mapping[str, Channel] = {**CHANNELS, **FROM_SERVERS}

ANALOGUES = {
    (True, False): "public-key encryption",
    (False, True): "public-key signatures",
    (True, True): "a secure channel, like TLS",
    (False, False): "plain text",
}
"""What on a network has the same properties: (confidential, authenticated)."""


@dataclass(frozen=True, repr=False)
class Security(Worded):
    """What a channel guarantees, with the attacks that show what it does not.

    ``works`` says whether the message arrives when nobody attacks.
    """

    channel: str
    works: bool
    eavesdropper: Attack | None
    impostor: Attack | None

    @property
    def confidential(self) -> bool:
        """Whether no plan of the attacker's reads the message."""
        return self.eavesdropper is None

    @property
    def authenticated(self) -> bool:
        """Whether no plan of the attacker's makes the receiver believe a forged message."""
        return self.impostor is None

    @property
    def analogue(self) -> str:
        """What on a network has the same properties."""
        return ANALOGUES[self.confidential, self.authenticated]

    def __str__(self) -> str:
        if not self.works:
            return f"{self.channel}: nothing arrives"
        kept = {"confidentiality": self.confidential, "authentication": self.authenticated}
        return f"{self.channel}: {' and '.join(name for name in kept if kept[name]) or 'nothing'}"


def security(
    channel: str, policies: Policies | str | None = None, moves: int = 2, embeds: bool = False
) -> Security:
    """Search for an eavesdropper and an impostor who make at most ``moves`` moves.

    With ``embeds`` the attacker may also frame copies of the pages. Raises `UnknownName`.
    """
    if channel not in ALL:
        raise unknown("channel", channel, ALL)
    scenario, needs = ALL[channel]
    forgery = FORGERY if channel in CHANNELS else FORGED_ANSWER
    rules = policies_of(policies).but(**needs)
    works = scenario.page_works(rules)

    def found(goal: Goal) -> Attack | None:
        if not works:
            return None
        wanted = replace(scenario, goal=goal)
        pages = moves if embeds else 0
        result = find_attack(wanted, rules, moves=moves, pages=pages, frames=2 * pages)
        return result if isinstance(result, Attack) else None

    return Security(channel, works, found(attacker_knows(SECRET)), found(forgery))


@dataclass(frozen=True, repr=False)
class Compared(Worded):
    """One channel beside others: ``security``, who must take part, what a hostile sender gains.

    ``parties`` are those without whom nothing arrives. ``takes_over`` is an attack in which a
    sender who is the attacker's has its own script run in the receiver's page.
    """

    security: Security
    parties: tuple[str, ...]
    takes_over: Attack | None

    def __str__(self) -> str:
        power = "its own script in the receiver's page" if self.takes_over else "a message"
        return f"{self.security}; {' and '.join(self.parties)}; a hostile sender gets {power}"


def compared(channel: str, policies: Policies | str | None = None) -> Compared:
    """One row of the comparison of all channels. Raises `UnknownName`."""
    found = security(channel, policies)
    scenario, needs = ALL[channel]
    rules = policies_of(policies).but(**needs)
    kinds = ("sending page", "receiving page") if channel in CHANNELS else ("server", "page")
    sender, receiver = (INTEGRATOR, GADGET) if channel in CHANNELS else (SERVICE, PAGE)
    missing = (_without(scenario, sender), _without(scenario, receiver))
    parties = (
        kind for kind, left in zip(kinds, missing, strict=True) if not left.page_works(rules)
    )
    if not found.works:
        return Compared(found, tuple(parties), None)
    takes_over = find_attack(_by_hostile(scenario, sender, receiver), rules, frames=0, pages=0)
    return Compared(found, tuple(parties), takes_over if isinstance(takes_over, Attack) else None)


def _without(scenario: Scenario, party: str) -> Scenario:
    """The same with ``party`` doing nothing for the channel."""
    scripts, servers = scenario.scripts, scenario.servers
    assert scripts is not None
    others = replace(
        scenario,
        scripts=lambda policies: {u: x for u, x in scripts(policies).items() if u != f"{party}/"},
    )
    if servers is None:
        return others
    plain = {party: Site(party, (_OWNER,), reads=("/secret",))}
    return replace(others, servers=lambda policies: {**servers(policies), **plain})


def _by_hostile(scenario: Scenario, sender: str, receiver: str) -> Scenario:
    """The same where ``sender`` is the attacker's, who wants to be ``receiver``."""
    taken = Origin.of(receiver)
    goal = Goal(
        f"a script of the attacker's runs in a page of {receiver}",
        lambda world: any(
            world.is_attackers(label) and world.browser.origin(label) == taken
            for label in world.browser.labels
        ),
    )
    start = scenario.start.but(attacker=frozenset({Origin.of(sender)}))
    return replace(scenario, start=start, goal=goal, honest_page=scenario)


def comparison(policies: Policies | str | None = None) -> tuple[Compared, ...]:
    """All channels side by side, those between pages and those from a server."""
    return tuple(compared(channel, policies) for channel in ALL)


def table_1(policies: Policies | str | None = None, moves: int = 2) -> tuple[Security, ...]:
    """The paper's Table 1, computed, with CommRequest beside it."""
    return tuple(security(channel, policies, moves) for channel in CHANNELS)
