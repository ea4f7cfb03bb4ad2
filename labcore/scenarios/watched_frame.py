"""SMash against frame phishing: watch the frames, and warn the user (§5)."""

from dataclasses import replace

from labcore.actions import Commit, Load, Navigate, TimerFires, UserTypes
from labcore.browser import Browser, frame, window
from labcore.protocols import Posts, Watches
from labcore.scenarios.gadget_hijacking import ATTACKER
from labcore.scenarios.scenario import Goal, Scenario, attacker_knows
from labcore.world import World

INTEGRATOR, LOGIN = "https://integrator.example", "https://login.example"

_HIJACK = Navigate("ad", "login", "https://attacker.example/login")
_TYPES = UserTypes("login", "the password", location=f"{INTEGRATOR}/")
_ALARM = Goal(
    "the page gives up and warns the user",
    lambda world: (run := world.run_of("integrator")) is not None and run.memory == "alarm",
)
_CONNECTED = Goal(
    "the page talks to its gadget",
    lambda world: (run := world.run_of("integrator")) is not None and run.memory == "connected",
)

WATCHED_LATE = Scenario(
    name="watched-late",
    title="Hijacking a watched frame, too late",
    story=(
        "The integrator embeds a login gadget and watches its frame. The advertisement replaces "
        "the gadget after it has reported."
    ),
    source="Barth et al. 2008, §5",
    start=World(
        Browser.of(
            window(
                f"{INTEGRATOR}/",
                frame("https://attacker.example/ad", label="ad"),
                label="integrator",
            )
        ),
        attacker=frozenset({ATTACKER}),
    ),
    scripts=lambda policies: {
        f"{INTEGRATOR}/": Watches(f"{LOGIN}/", "login"),
        f"{LOGIN}/": Posts("ready", INTEGRATOR, "parent"),
    },
    embeds=("login",),
    plan=(_HIJACK,),
    user=(_TYPES,),
    goal=attacker_knows("the password"),
    works=_CONNECTED,
    toggles=("navigation",),
)

WATCHED_EARLY = replace(
    WATCHED_LATE,
    name="watched-early",
    title="Hijacking a watched frame, in time",
    story=(
        "The advertisement replaces the gadget before it has reported. The page knows only that it "
        "has to wait, and waits for 20 seconds. The user is faster."
    ),
    plan=(_HIJACK, Load("login"), _TYPES),
)

FALSE_ALARM = replace(
    WATCHED_LATE,
    name="false-alarm",
    title="A slow network",
    story="Nobody attacks. The network is slow, and the gadget takes longer than 20 seconds.",
    plan=(TimerFires("integrator"), Commit("login")),
    user=(),
    goal=_ALARM,
)

DENIAL_OF_SERVICE = replace(
    WATCHED_LATE,
    name="denial-of-service",
    title="An attacker who only wants to disturb",
    story=(
        "The advertisement replaces the gadget again and again. It learns nothing. But the page "
        "gives up each time."
    ),
    goal=_ALARM,
    user=(),
)
