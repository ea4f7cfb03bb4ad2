"""The attacks of the book, and the repairs that stop them, as questions to the search."""

from dataclasses import replace

from labcore import SCENARIOS, Browser, Policies, window
from labcore.protocols import ORIGIN_CHECKS

PAPER = Policies(origin_propagation=False)
EVIL = "https://attacker.example/"
LIVE, SMASH, SECURE = "Windows Live Channels", "SMash", "secure messaging"
MASHUP = SCENARIOS["recursive-mashup"]
BEFORE_FRAMING = replace(
    MASHUP,
    name="recursive-mashup, not framed yet",
    start=replace(MASHUP.start, browser=Browser.of(window(EVIL, label="attacker"))),
    plan=(),
    honest_page=MASHUP,
)
"""The attacker's window alone; the integrator's page is on its server."""


def told(name):
    """The scenario of this name, without its plan but for the frame that its user acts in."""
    if name == BEFORE_FRAMING.name:
        return BEFORE_FRAMING
    scenario = SCENARIOS[name]
    return replace(scenario, plan=scenario.plan[:1] if name == "lowe-anomaly" else ())


FOUND = [
    # scenario, settings, how many moves it takes
    ("cross-window", {"navigation": "permissive"}, 1),
    ("gadget-hijacking", {"navigation": "permissive"}, 1),
    ("gadget-hijacking", {"navigation": "window"}, 1),
    *(
        ("recursive-mashup", {"navigation": navigation, "addressing": "*"}, 1)
        for navigation in ("permissive", "window", "descendant")
    ),
    *(
        (BEFORE_FRAMING.name, {"navigation": navigation, "addressing": "*"}, 2)
        for navigation in ("permissive", "window", "descendant")
    ),
    ("recursive-mashup", {"messaging": "any document"}, 1),
    ("reply-race", {"addressing": "*"}, 1),
    ("stolen-login", {"addressing": "*"}, 1),
    ("fragment-overwriting", {"navigation": "permissive"}, 1),
    ("fragment-overwriting", {"navigation": "window"}, 1),
    ("replayed-fragment", {}, 1),
    ("lowe-anomaly", {"handshake": LIVE}, 2),
    ("smash-attack", {"handshake": SMASH}, 2),
    *(("origin-check", {"origin_check": each}, 1) for each in ORIGIN_CHECKS if each != "exact"),
]

STOPPED = [
    # scenario, settings
    *(("cross-window", {"navigation": each}) for each in ("window", "child", "descendant")),
    *(("gadget-hijacking", {"navigation": each}) for each in ("child", "descendant")),
    ("recursive-mashup", {"navigation": "child", "addressing": "*"}),
    (BEFORE_FRAMING.name, {"navigation": "child", "addressing": "*"}),
    ("recursive-mashup", {}),
    ("reply-race", {}),
    ("reply-race", {"addressing": "*", "top_level": "like sub-frames"}),
    ("stolen-login", {}),
    ("stolen-login", {"addressing": "*", "top_level": "like sub-frames"}),
    *(("fragment-overwriting", {"navigation": each}) for each in ("child", "descendant")),
    ("lowe-anomaly", {"handshake": SECURE}),
    ("smash-attack", {"handshake": SECURE}),
    ("origin-check", {"origin_check": "exact"}),
]
