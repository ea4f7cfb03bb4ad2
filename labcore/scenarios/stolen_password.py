"""The stolen password: a line that the same-origin policy refuses (Barth et al. 2008, §3.1)."""

from dataclasses import replace

from labcore.actions import Navigate, Script, UserTypes
from labcore.browser import Browser, frame, window
from labcore.scenarios.gadget_hijacking import ATTACKER
from labcore.scenarios.scenario import Scenario, attacker_knows, shows
from labcore.world import World

_BANK = window(
    "https://bank.example/",
    frame("https://bank.example/menu", label="menu"),
    label="bank",
    opener="attacker",
)

_OPENED = Navigate("bank", "menu", "https://bank.example/menu?open")

_TYPES = UserTypes("bank", "the password", location="https://bank.example/")

STOLEN_PASSWORD = Scenario(
    name="stolen-password",
    title="The stolen password",
    story=(
        "The attacker's page has opened the bank in a second window, and so holds a reference to "
        "it. The user logs in there. The attacker's script then tries to read the password out of "
        "the bank's document."
    ),
    source="Barth et al. 2008, §3.1",
    start=World(
        Browser.of(window("https://attacker.example/", label="attacker"), _BANK),
        attacker=frozenset({ATTACKER}),
    ),
    plan=(
        _TYPES,
        Script("attacker", "bank"),
    ),
    user=(_TYPES,),
    goal=attacker_knows("the password"),
    honest=(Script("menu", "bank", run=_OPENED),),
    works=shows("menu", _OPENED.url),
    toggles=("scripting",),
)

SCRIPT_INJECTION = replace(
    STOLEN_PASSWORD,
    name="script-injection",
    title="A script in the page itself",
    story=(
        "The bank's page shows a comment that the attacker wrote, and the comment contains a "
        "script. The script runs in the bank's own document."
    ),
    source="the post on message passing and CORS; out of scope in Barth et al. 2008, §2",
    start=World(
        Browser.of(replace(_BANK, opener=None, scripts=("https://attacker.example/comment.js",))),
        attacker=frozenset({ATTACKER}),
    ),
    plan=(
        _TYPES,
        Script("bank", "bank"),
    ),
)
