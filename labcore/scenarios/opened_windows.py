"""Windows that pages open: what an opener can do to them, and they to it.

Nobody needs a name here: ``window.open`` returns a reference, and ``window.opener`` is one. In both
attacks the user has looked at the location bar before, and does not look again.
"""

from labcore.actions import Navigate, Open, Script, UserTypes
from labcore.browser import Browser, window
from labcore.scenarios.gadget_hijacking import ATTACKER
from labcore.scenarios.scenario import Scenario, attacker_knows, shows
from labcore.world import World

_HELP = "https://forum.example/help"
_TURNS_THE_PAGE = Navigate("help", "help", f"{_HELP}?more")

OPENED_WINDOW = Scenario(
    name="opened-window",
    title="The bank in a window of the attacker's making",
    story=(
        "The attacker's page has opened the bank in a window, and has kept the reference. When the "
        "user has seen that it is the bank, the attacker navigates the window to a copy."
    ),
    source="HTML Standard, §7.1.3; Barth et al. 2008, §3.1",
    start=World(
        Browser.of(
            window("https://attacker.example/", label="attacker"),
            window("https://bank.example/", label="bank", opener="attacker"),
        ),
        attacker=frozenset({ATTACKER}),
    ),
    plan=(Navigate("attacker", "bank", "https://attacker.example/bank"),),
    user=(UserTypes("bank", "the password"),),
    goal=attacker_knows("the password"),
    honest=(Navigate("bank", "bank", "https://bank.example/account"),),
    works=shows("bank", "https://bank.example/account"),
    toggles=("top_level", "opener_policy", "isolation"),
)

TABNABBING = Scenario(
    name="tabnabbing",
    title="The page that was left behind",
    story=(
        "A forum's page has opened a link of the attacker's in a window. While the user reads "
        "there, the attacker's page takes the forum's window to a copy of the forum, which asks "
        "for the password again."
    ),
    source="HTML Standard, §7.1.3 and “noopener”; Barth et al. 2008, §3.1",
    start=World(
        Browser.of(
            window("https://forum.example/", label="forum"),
            window("https://attacker.example/post", label="post", opener="forum"),
        ),
        attacker=frozenset({ATTACKER}),
    ),
    plan=(Navigate("post", "forum", "https://attacker.example/forum"),),
    user=(UserTypes("forum", "the password"),),
    goal=attacker_knows("the password"),
    honest=(Open("forum", _HELP, name="help"), Script("forum", "help", run=_TURNS_THE_PAGE)),
    works=shows("help", f"{_HELP}?more"),
    embeds=("help",),
    toggles=("top_level", "opener_policy", "isolation"),
)
