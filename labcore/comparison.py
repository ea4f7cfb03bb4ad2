"""Channels compared: can the attacker read what is sent, or send what is believed?

A channel is *confidential* if the search finds no eavesdropper, and *authenticated* if it finds no
impostor (Barth et al. 2008, Table 1). The attacker frames the integrator, which frames its gadget
and sends it a secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from labcore.answers import Attack
from labcore.errors import unknown
from labcore.policies import Policies
from labcore.policies.toggles import policies_of
from labcore.protocols import Listens, Posts, Reads, Writes
from labcore.scenarios.post_message import GADGET, INTEGRATOR, RECURSIVE_MASHUP
from labcore.scenarios.scenario import Goal, Scenario, attacker_knows
from labcore.scripts import PageScript
from labcore.search import find_attack
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


CHANNELS: Mapping[str, tuple[Scenario, Mapping[str, str]]] = {
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
"""Each channel as a scenario, with what the browser must do for it to be that channel."""

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
        kept = {"confidentiality": self.confidential, "authentication": self.authenticated}
        return f"{self.channel}: {' and '.join(name for name in kept if kept[name]) or 'nothing'}"


def security(
    channel: str, policies: Policies | str | None = None, moves: int = 2, embeds: bool = False
) -> Security:
    """Search for an eavesdropper and an impostor who make at most ``moves`` moves.

    With ``embeds`` the attacker may also frame copies of the pages. Raises `UnknownName`.
    """
    if channel not in CHANNELS:
        raise unknown("channel", channel, CHANNELS)
    scenario, needs = CHANNELS[channel]
    rules = policies_of(policies).but(**needs)
    works = scenario.page_works(rules)

    def found(goal: Goal) -> Attack | None:
        if not works:
            return None
        wanted = replace(scenario, goal=goal)
        pages = moves if embeds else 0
        result = find_attack(wanted, rules, moves=moves, pages=pages, frames=2 * pages)
        return result if isinstance(result, Attack) else None

    return Security(channel, works, found(attacker_knows(SECRET)), found(FORGERY))


def table_1(policies: Policies | str | None = None, moves: int = 2) -> tuple[Security, ...]:
    """The paper's Table 1, computed, with CommRequest beside it."""
    return tuple(security(channel, policies, moves) for channel in CHANNELS)
