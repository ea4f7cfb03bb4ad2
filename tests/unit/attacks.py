"""The attacks of the book, and the repairs that stop them, as questions to the search."""

from dataclasses import replace

from labcore import SCENARIOS, Browser, Policies, window
from labcore.protocols import ORIGIN_CHECKS
from labcore.scenarios import CARELESS, opting_in, requests

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

PART_FOUR = [
    each.name
    for each in SCENARIOS.values()
    if each.goal
    and any(each is one for module in (requests, opting_in) for one in vars(module).values())
]
"""The attacks by requests, in chapters 11 and 12."""

BESIDES = {
    "rosetta-flash": {"plugin": "Flash Player"},
    "css-theft": {"styles": "any type"},
    "cors-misconfigured": {"cors_headers": "reflected origin"},
    "token-theft": {"cors_headers": "reflected origin", "csrf_token": "the session's"},
}
"""What has to be wrong besides `CARELESS` for an attack of Part IV to succeed at all."""


def losing(name):
    """The policies under which the attack of Part IV called ``name`` succeeds."""
    return CARELESS.but(**BESIDES.get(name, {}))


FOUND_BY_ASKING = [
    # scenario, what differs from `losing`, how many moves it takes
    ("csrf-form", {}, 1),
    ("csrf-form", {"same_site_default": "lax, new ones with POST"}, 1),
    ("csrf-form", {"csrf_token": "any that was issued"}, 1),
    ("csrf-form", {"request_check": "Referer, if sent"}, 2),
    ("csrf-image", {}, 1),
    ("csrf-image", {"same_site_default": "lax"}, 1),
    ("csrf-image", {"request_check": "Origin, if sent"}, 1),
    ("login-csrf", {"same_site_default": "strict", "csrf_token": "the session's"}, 1),
    ("jsonp-theft", {}, 1),
    ("jsonp-reflected", {}, 2),
    ("rosetta-flash", {}, 2),
    ("rosetta-flash", {"callback_filter": "letters and digits"}, 2),
    ("css-theft", {}, 1),
    ("xss-forgery", {}, 1),
    ("xss-forgery", {"csrf_token": "the session's", "request_check": "Origin"}, 2),
    ("cors-misconfigured", {}, 1),
    ("cors-misconfigured", {"cors_headers": "suffix match"}, 1),
    ("token-theft", {}, 2),
    ("clickjacking", {"csrf_token": "the session's", "request_check": "Origin"}, 1),
    (
        "nested-clickjacking",
        {
            "csrf_token": "the session's",
            "framing_headers": "X-Frame-Options: SAMEORIGIN",
            "framing": "top only",
        },
        1,
    ),
]

STOPPED_BY_SERVERS = [
    # scenario, what differs from `losing`
    ("csrf-form", {"csrf_token": "the session's"}),
    ("csrf-form", {"request_check": "Origin"}),
    ("csrf-form", {"request_check": "Origin, if sent"}),
    ("csrf-form", {"request_check": "Sec-Fetch-Site"}),
    ("csrf-form", {"same_site_default": "lax"}),
    ("csrf-image", {"csrf_token": "the session's"}),
    ("csrf-image", {"request_check": "Origin"}),
    ("csrf-image", {"same_site_default": "strict"}),
    ("login-csrf", {"request_check": "Origin"}),
    ("jsonp-reflected", {"callback_prefix": True}),
    ("jsonp-reflected", {"nosniff": True}),
    ("rosetta-flash", {"plugin": "none"}),
    *(
        ("rosetta-flash", {measure: value})
        for measure, value in {
            "callback_filter": "50 letters and digits",
            "callback_prefix": True,
            "nosniff": True,
            "attachment": True,
        }.items()
    ),
    ("css-theft", {"styles": "text/css"}),
    ("cors-misconfigured", {"cors_headers": "trusted origin"}),
    ("token-theft", {"cors_headers": "trusted origin"}),
    ("clickjacking", {"csrf_token": "the session's", "framing_headers": "frame-ancestors 'none'"}),
    (
        "nested-clickjacking",
        {"csrf_token": "the session's", "framing_headers": "X-Frame-Options: SAMEORIGIN"},
    ),
]
