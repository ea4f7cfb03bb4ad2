"""Opting in: servers say who may read their answers, and who may frame their pages (chapter 12)."""

from dataclasses import replace
from functools import partial

from labcore.actions import Embed, Fetch, UserClicks
from labcore.browser import frame, window
from labcore.http import Request
from labcore.origin import Origin
from labcore.protocols import Fetches, Sends
from labcore.scenarios.requests import (
    _PARTNER,
    _PAYS,
    _STOLEN,
    ALICE,
    BANK,
    CONTACTS,
    CSRF_FORM,
    MAIL,
    logged_in,
    reads,
    site,
)
from labcore.scenarios.scenario import Scenario, attacker_knows, does

PARTNER = "https://partner.example"
_API = partial(site, MAIL, reads=("/contacts",), trusted=PARTNER)

_READS = replace(
    _PARTNER,
    name="cors",
    title="The partner reads the contacts",
    story="The page of partner.example fetches alice's contacts from the mail service.",
    start=logged_in(MAIL, window(f"{PARTNER}/", label="partner"), attackers=frozenset()),
    servers=lambda policies: {MAIL: _API(policies)},
    scripts=lambda policies: {f"{PARTNER}/": Fetches(f"{MAIL}/contacts")},
    works=reads("partner", MAIL, CONTACTS),
    toggles=("cors_headers", "cors", "same_site_default"),
)

_IMPOSTORS = {
    "attacker": "https://attacker.example/",
    "similar": "https://evilpartner.example/",
    "longer": f"{PARTNER}.attacker.example/",
    "boxed": "https://attacker.example/boxed",
}

CORS_MISCONFIGURED = Scenario(
    name="cors-misconfigured",
    title="Who may read?",
    story=(
        "The mail service lets partner.example read alice's contacts. The attacker has some hosts "
        "with well-chosen names, and a sandboxed frame, whose origin is null. Each of its pages "
        "asks for the contacts."
    ),
    source="the post on message passing and CORS; Fetch standard, CORS protocol",
    start=logged_in(
        MAIL,
        window(
            _IMPOSTORS["attacker"],
            frame(_IMPOSTORS["similar"], label="similar"),
            frame(_IMPOSTORS["longer"], label="longer"),
            frame(_IMPOSTORS["boxed"], label="boxed", sandbox="allow-scripts"),
            label="attacker",
        ),
        attackers=frozenset(map(Origin.of, _IMPOSTORS.values())),
    ),
    servers=_READS.servers,
    scripts=_READS.scripts,
    plan=tuple(
        Fetch(label, Request("GET", f"{MAIL}/contacts", credentials="include"))
        for label in _IMPOSTORS
    ),
    goal=attacker_knows(CONTACTS),
    honest_page=_READS,
    toggles=("cors_headers", "cors", "same_site_default"),
)

TOKEN_THEFT = replace(
    CSRF_FORM,
    name="token-theft",
    title="The token that everybody may read",
    story=(
        "The bank's forms hold a token. But the bank lets every origin read its answers, the form "
        "among them. The attacker's page fetches the form, and then sends one with the token in it."
    ),
    source="the post on message passing and CORS; Fetch standard, CORS protocol",
    plan=(
        Fetch("attacker", Request("GET", f"{BANK}/form", credentials="include")),
        Fetch(
            "attacker",
            Request.form("POST", f"{BANK}/pay", {**dict(_STOLEN), "token": ALICE.token}).but(
                mode="no-cors", destination=""
            ),
        ),
    ),
    toggles=("cors_headers", "csrf_token", "same_site_default"),
)

_PAGE = f"{BANK}/pay?amount=100&to=mallory"

_CLICKED = replace(
    _PAYS,
    name="click",
    title="Alice pays mallory, and means to",
    start=logged_in(BANK, window(_PAGE, label="bank"), attackers=frozenset()),
    scripts=lambda policies: {_PAGE: Sends(BANK, "/pay", _STOLEN)},
    works=does("bank.example", "pay 100 to mallory", "alice"),
)

CLICKJACKING = replace(
    CSRF_FORM,
    name="clickjacking",
    title="A click for somebody else",
    story=(
        "The attacker's page frames a page of the bank's that asks for one click. It makes the "
        "frame transparent, and lays it over a button of its own. Alice clicks on the button."
    ),
    source="Barth et al. 2008, §2 (out of scope there); Huang et al. 2012; HTML Standard",
    start=logged_in(BANK, window("https://attacker.example/", label="attacker")),
    scripts=_CLICKED.scripts,
    plan=(Embed("attacker", _PAGE),),
    user=(UserClicks("bank", sees="attacker"),),
    honest_page=_CLICKED,
    toggles=("framing_headers", "framing", "same_site_default", "csrf_token", "request_check"),
)

NESTED_CLICKJACKING = replace(
    CLICKJACKING,
    name="nested-clickjacking",
    title="Framed by its own site, and by another",
    story=(
        "The bank lets only its own pages frame its pages. One of them shows an advertisement. The "
        "advertisement frames the bank again: the top of the window is the bank's, but the frame "
        "around the page is not."
    ),
    start=logged_in(
        BANK,
        window(f"{BANK}/", frame("https://attacker.example/ad", label="ad"), label="top"),
    ),
    plan=(Embed("ad", _PAGE),),
    user=(UserClicks("bank", sees="ad"),),
)
