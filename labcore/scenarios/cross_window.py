"""The cross-window attack: an advertisement replaces a password field elsewhere (§3.2)."""

from labcore.actions import Navigate, UserTypes
from labcore.browser import Browser, frame, window
from labcore.scenarios.gadget_hijacking import ATTACKER
from labcore.scenarios.scenario import Scenario, attacker_knows, shows
from labcore.world import World

CROSS_WINDOW = Scenario(
    name="cross-window",
    title="The cross-window attack",
    story=(
        "One window shows a blog with the attacker's advertisement. In another the user logs in "
        "to a bank, whose page holds the password field in a frame. The advertisement navigates "
        "that frame to a copy of it."
    ),
    source="Barth et al. 2008, §3.2",
    start=World(
        Browser.of(
            window(
                "https://blog.example/",
                frame("https://attacker.example/ad", label="ad"),
                label="blog",
            ),
            window(
                "https://bank.example/",
                frame("https://bank.example/login", label="login", name="login"),
                label="bank",
            ),
        ),
        attacker=frozenset({ATTACKER}),
    ),
    plan=(Navigate("ad", "login", "https://attacker.example/login"),),
    user=(UserTypes("login", "the password", location="https://bank.example/"),),
    goal=attacker_knows("the password"),
    honest=(Navigate("bank", "login", "https://bank.example/login?again"),),
    works=shows("login", "https://bank.example/login?again"),
)
