"""Requests that carry the user: forged, read across sites, played as Flash (chapter 11).

The user, alice, is logged in at a site, so that her cookies go along with every request to it. The
attacker has a page of its own open in the same browser, and an account of its own at the same site,
by the name of mallory.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from labcore.actions import Fetch, Navigate, Script, Submit, UserClicks, UserTypes
from labcore.browser import Browser, window
from labcore.http import Jar, Request
from labcore.origin import Origin
from labcore.policies import Policies
from labcore.policies.toggles import SERVER_CHOICES
from labcore.protocols import Fetches, Sends
from labcore.scenarios.gadget_hijacking import ATTACKER
from labcore.scenarios.scenario import Goal, Scenario, attacker_knows, does
from labcore.servers import CALLBACK, FLASH_FILE, SCRIPT_TAG, Site, User
from labcore.world import World

BANK, MAIL, APP = "https://bank.example", "https://mail.example", "https://app.example"
CARD = "the-card-number"
CONTACTS = "alices-contacts"

CARELESS = Policies(
    csrf_token="none",
    request_check="none",
    framing_headers="none",
    callback_filter="none",
    callback_prefix=False,
    nosniff=False,
    attachment=False,
)
"""Servers that do nothing about requests which others have made."""

ALICE = User("alice", "alices-session", "alices-token", data=CONTACTS)
MALLORY = User("mallory", "mallorys-session", "mallorys-token", "mallorys-password")


def site(origin: str, policies: Policies, **has: Any) -> Site:
    """The site at ``origin``, with the choices that ``policies`` hold for servers."""
    choices: dict[str, Any] = {
        toggle: value if isinstance(value := getattr(policies, toggle), bool)
        else policies.chosen(toggle)
        for toggle in SERVER_CHOICES
    }  # fmt: skip
    return Site(origin, (ALICE, MALLORY), **choices, **has)


def logged_in(origin: str, *windows: Any, attackers: frozenset[Origin] | None = None) -> World:
    """A browser where alice is logged in at ``origin``; the attacker knows what is its own."""
    return World(
        Browser.of(*windows),
        attacker=frozenset({ATTACKER}) if attackers is None else attackers,
        jar=Jar().with_cookie(ALICE.set_cookie, f"{origin}/"),
        secrets=frozenset({ALICE.session, ALICE.token, CONTACTS, CARD}),
        knowledge=frozenset({MALLORY.session, MALLORY.token, MALLORY.password}),
    )


_ATTACKER = window("https://attacker.example/", label="attacker")
_BANK = window(f"{BANK}/", label="bank")
_CLICK = UserClicks("bank", sees="bank")
_DEEDS = (("/pay", "pay {amount} to {to}"),)
_STOLEN = (("amount", "100"), ("to", "mallory"))

_PAYS = Scenario(
    name="pay",
    title="Alice pays Bob",
    story="Alice is logged in at her bank. She clicks on the button that pays ten to Bob.",
    source="",
    start=logged_in(BANK, _BANK, attackers=frozenset()),
    servers=lambda policies: {BANK: site(BANK, policies, deeds=_DEEDS)},
    scripts=lambda policies: {
        f"{BANK}/": Sends(BANK, "/pay", (("amount", "10"), ("to", "bob"))),
    },
    plan=(),
    user=(_CLICK,),
    goal=None,
    works=does("bank.example", "pay 10 to bob", "alice"),
    toggles=("same_site_default", "csrf_token", "request_check"),
)

CSRF_FORM = replace(
    _PAYS,
    name="csrf-form",
    title="A forged form",
    story=(
        "Alice is logged in at her bank, and visits the attacker's page in another window. That "
        "page holds a form for the bank, filled in by the attacker, and its script sends it."
    ),
    source="the post on message passing and CORS; Barth, Jackson, Mitchell 2008 (login CSRF)",
    start=logged_in(BANK, _BANK, _ATTACKER),
    plan=(Submit("attacker", "attacker", Request.form("POST", f"{BANK}/pay", dict(_STOLEN))),),
    user=(),
    goal=does("bank.example", "pay 100 to mallory", "alice"),
    honest_page=_PAYS,
)

CSRF_IMAGE = replace(
    CSRF_FORM,
    name="csrf-image",
    title="An image that pays",
    story=(
        "The bank pays on a GET as well. So the attacker's page needs no form: the URL of an image "
        "is enough."
    ),
    servers=lambda policies: {BANK: site(BANK, policies, deeds=_DEEDS, by_get=True)},
    plan=(Fetch("attacker", Request.image(f"{BANK}/pay?amount=100&to=mallory")),),
    toggles=(*CSRF_FORM.toggles, "resource_policy"),
)

_NOTES = (("/cards", "keep {card}"),)

_KEEPS = replace(
    _PAYS,
    name="keep",
    servers=lambda policies: {BANK: site(BANK, policies, deeds=_NOTES)},
    scripts=lambda policies: {f"{BANK}/": Sends(BANK, "/cards", (("card", CARD),))},
    works=does("bank.example", f"keep {CARD}", "alice"),
)

LOGIN_CSRF = replace(
    CSRF_FORM,
    name="login-csrf",
    title="Logged in as somebody else",
    story=(
        "The attacker's page sends the bank's login form, with the attacker's own name and "
        "password. Alice goes on with her work, and has the bank keep her card's number. It keeps "
        "it for mallory."
    ),
    servers=_KEEPS.servers,
    scripts=_KEEPS.scripts,
    plan=(
        Submit(
            "attacker",
            "attacker",
            Request.form(
                "POST", f"{BANK}/login", {"user": MALLORY.name, "password": MALLORY.password}
            ),
        ),
    ),
    user=(_CLICK,),
    goal=does("bank.example", f"keep {CARD}", "mallory"),
    honest_page=_KEEPS,
    toggles=("request_check", "same_site_default", "csrf_token"),
)


# --- reading ---


def reads(label: str, server: str, what: str) -> Goal:
    """The page in ``label`` gets ``what`` from ``server``."""
    return Goal(
        f"{label} gets {what} from {server}",
        lambda world: any(
            who == label and peer == server and what in str(text)
            for who, text, peer in world.accepted
        ),
    )


_JSONP = partial(site, MAIL, reads=("/contacts",), jsonp=("/contacts",))

_PARTNER = Scenario(
    name="jsonp",
    title="A partner reads the contacts",
    story="The page of app.example includes a script from the mail service, which calls it.",
    source="the post on message passing and CORS",
    start=logged_in(MAIL, window(f"{APP}/", label="app"), attackers=frozenset()),
    servers=lambda policies: {MAIL: _JSONP(policies)},
    scripts=lambda policies: {f"{APP}/": Fetches(f"{MAIL}/contacts?callback=show", by_script=True)},
    plan=(),
    goal=None,
    works=reads("app", MAIL, CONTACTS),
    toggles=("same_site_default", "third_party_cookies"),
)

JSONP_THEFT = replace(
    _PARTNER,
    name="jsonp-theft",
    title="Contacts for whoever asks",
    story=(
        "The mail service gives alice's contacts to her partners' pages by JSONP. The attacker's "
        "page includes the same script. Alice's cookies go along, and her contacts call the "
        "attacker's function."
    ),
    start=logged_in(MAIL, _ATTACKER),
    plan=(Fetch("attacker", Request.script(f"{MAIL}/contacts?callback={CALLBACK}")),),
    goal=attacker_knows(CONTACTS),
    honest_page=_PARTNER,
    toggles=(*_PARTNER.toggles, "resource_policy"),
)

_WEATHER = "https://weather.example"

_TRUSTS = replace(
    _PARTNER,
    name="weather",
    source="",
    start=World(Browser.of(window(f"{APP}/", label="app"))),
    servers=lambda policies: {
        _WEATHER: Site(_WEATHER, (), jsonp=("/today",)),
    },
    scripts=lambda policies: {f"{APP}/": Fetches(f"{_WEATHER}/today?callback=show", True)},
    works=reads("app", _WEATHER, "{}"),
)

_TYPES = UserTypes("app", "the password", location=f"{APP}/")

JSONP_PEER = replace(
    _TRUSTS,
    name="jsonp-peer",
    source="the post on message passing and CORS",
    title="A weather report that is a program",
    story=(
        "The page includes the weather by JSONP, which is to include a script. The weather service "
        "answers with another script than the page expects."
    ),
    start=World(
        Browser.of(window(f"{APP}/", label="app")),
        attacker=frozenset({Origin.of(_WEATHER)}),
        secrets=frozenset({"the password"}),
    ),
    servers=lambda policies: {APP: Site(APP, ())},
    plan=(_TYPES, Script("app", "app")),
    user=(_TYPES,),
    goal=attacker_knows("the password"),
    honest_page=_TRUSTS,
    toggles=("scripting", "cors"),
)

_STATUS = partial(site, MAIL, reads=("/contacts",), jsonp=("/status",))
_MEASURES = ("callback_filter", "callback_prefix", "nosniff", "attachment")

_SHOWS_STATUS = replace(
    _PARTNER,
    name="status",
    source="",
    title="A partner shows how the mail service is doing",
    servers=lambda policies: {MAIL: _STATUS(policies)},
    scripts=lambda policies: {f"{APP}/": Fetches(f"{MAIL}/status?callback=show", by_script=True)},
    works=reads("app", MAIL, "{}"),
    toggles=_MEASURES,
)

_SHOWS_UNTYPED_STATUS = replace(
    _SHOWS_STATUS, servers=lambda policies: {MAIL: _STATUS(policies, kind="")}
)

JSONP_REFLECTED = replace(
    JSONP_THEFT,
    name="jsonp-reflected",
    title="A callback that is a web page",
    story=(
        "An endpoint of the mail service tells everybody how the service is doing, by JSONP, and "
        "says nothing about the answer's type. The attacker's page goes there, with a script tag "
        "for a callback. The browser takes the answer for a web page of the mail service."
    ),
    servers=_SHOWS_UNTYPED_STATUS.servers,
    plan=(
        Navigate(
            "attacker",
            "attacker",
            Request.form("GET", f"{MAIL}/status", {"callback": SCRIPT_TAG}).url,
        ),
        Fetch("attacker", Request("GET", f"{MAIL}/contacts")),
    ),
    honest_page=_SHOWS_UNTYPED_STATUS,
    toggles=_MEASURES,
)

ROSETTA_FLASH = replace(
    JSONP_THEFT,
    name="rosetta-flash",
    title="Rosetta Flash",
    story=(
        "An endpoint of the mail service tells everybody how the service is doing, by JSONP. It "
        "takes letters and digits for a callback, and nothing else. The attacker's "
        "callback is all letters and digits, and a Flash file. The plug-in plays the answer as a "
        "file of the mail service, and what it plays asks the mail service for the contacts."
    ),
    source="the post on message passing and CORS; Spagnuolo 2014 (CVE-2014-4671)",
    plan=(
        Fetch("attacker", Request.plugin(f"{MAIL}/status?callback={FLASH_FILE}")),
        Fetch("applet", Request("GET", f"{MAIL}/contacts")),
    ),
    servers=_SHOWS_STATUS.servers,
    scripts=_SHOWS_STATUS.scripts,
    honest_page=_SHOWS_STATUS,
    embeds=("applet",),
    toggles=("plugin", *_MEASURES),
)

_INBOX = partial(
    site, MAIL, reads=("/inbox",), around_data=("{}*{font-family:'", "';}"), kind="text/html"
)

_READS_MAIL = replace(
    _PARTNER,
    name="inbox",
    source="",
    start=logged_in(MAIL, window(f"{MAIL}/", label="mail"), attackers=frozenset()),
    servers=lambda policies: {MAIL: _INBOX(policies)},
    scripts=lambda policies: {f"{MAIL}/": Fetches(f"{MAIL}/inbox")},
    works=reads("mail", MAIL, CONTACTS),
)

CSS_THEFT = replace(
    JSONP_THEFT,
    name="css-theft",
    title="An inbox for a style sheet",
    story=(
        "The attacker has sent alice two letters, one that opens a declaration of CSS and one that "
        "closes it. Her inbox shows them before and after the letter between. The attacker's page "
        "includes her inbox as a style sheet."
    ),
    source="Cao et al., §I; Huang et al. 2010",
    servers=_READS_MAIL.servers,
    scripts=_READS_MAIL.scripts,
    plan=(Fetch("attacker", Request.style(f"{MAIL}/inbox")),),
    honest_page=_READS_MAIL,
    toggles=("styles", "nosniff", "same_site_default", "resource_policy"),
)

XSS_FORGERY = replace(
    CSRF_FORM,
    name="xss-forgery",
    title="A script in the bank's own page",
    story=(
        "The bank's page shows a comment of the attacker's, and the comment holds a script. The "
        "script asks for the form, reads the token, and pays: all of it from the bank's own origin."
    ),
    start=logged_in(
        BANK,
        window(f"{BANK}/", label="bank", scripts=["https://attacker.example/comment.js"]),
    ),
    plan=(
        Fetch("bank", Request("GET", f"{BANK}/form")),
        Fetch(
            "bank",
            Request.form("POST", f"{BANK}/pay", {**dict(_STOLEN), "token": ALICE.token}).but(
                mode="cors", destination=""
            ),
        ),
    ),
    toggles=("same_site_default", "csrf_token", "request_check", "cors"),
)
