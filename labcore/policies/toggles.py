"""`Policies`: a setting for each question that a browser must answer, and its answers."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from labcore.actions import Message, Navigate, Script, SetDomain
from labcore.browser import Browser, Document, Isolation, described
from labcore.errors import WrongType, WrongValue, shown, unknown
from labcore.http import Headers, Jar, Request
from labcore.messages import parse_target_origin
from labcore.origin import Origin, normalize_url
from labcore.policies.cookies import (
    SAME_SITE,
    THIRD_PARTY,
    Asking,
    SameSiteRule,
    ThirdPartyRule,
    asking_in,
)
from labcore.policies.cors import CORS, CorsRule, Remembered, by_principal
from labcore.policies.decision import Decision, Policy, answer_of_rule, ask, decide, name_of
from labcore.policies.fetching import Fetched, Fetching, Rules, Server
from labcore.policies.framing import FRAMING, Framing, FramingRule
from labcore.policies.isolation import ISOLATION, KEPT, NAMES, by_cluster, reachable
from labcore.policies.messaging import MESSAGING, target_origin_honoured
from labcore.policies.navigation import NAVIGATION, propagate
from labcore.policies.principals import cop_messaging, cop_scripting
from labcore.policies.sandboxing import runs_script, sandboxing
from labcore.policies.scripting import SCRIPTING, may_set_domain
from labcore.policies.sniffing import PLUGINS, STYLES, PluginRule, StyleRule
from labcore.policies.top_level import TOP_LEVEL
from labcore.principals import Principal
from labcore.protocols import ADDRESSING, HANDSHAKES, ORIGIN_CHECKS, SOURCE_CHECKS
from labcore.servers.choices import (
    AGENT_CLUSTERS,
    CALLBACK_FILTERS,
    CORS_HEADERS,
    CSRF_TOKENS,
    EMBEDDER_POLICIES,
    FRAMING_HEADERS,
    OPENER_POLICIES,
    REQUEST_CHECKS,
    RESOURCE_POLICIES,
    CallbackFilter,
    CorsHeaders,
    FramingHeaders,
    IsolationHeaders,
    RequestCheck,
    TokenCheck,
    comment_before,
    sends_attachment,
    sends_nosniff,
)
from labcore.servers.site import said
from labcore.worded import Worded

TOGGLES: Mapping[str, Mapping[Any, Callable[..., Any] | None]] = {
    "scripting": {**SCRIPTING, "COP": cop_scripting},
    "navigation": NAVIGATION,
    "origin_propagation": {False: None, True: propagate},
    "top_level": TOP_LEVEL,
    "names": NAMES,
    "messaging": {**MESSAGING, "COP": cop_messaging},
    "handshake": HANDSHAKES,
    "origin_check": ORIGIN_CHECKS,
    "source_check": SOURCE_CHECKS,
    "addressing": ADDRESSING,
    "same_site_default": SAME_SITE,
    "third_party_cookies": THIRD_PARTY,
    "cors": {**CORS, "COP": by_principal},
    "framing": FRAMING,
    "styles": STYLES,
    "plugin": PLUGINS,
    "isolation": ISOLATION,
    "csrf_token": CSRF_TOKENS,
    "request_check": REQUEST_CHECKS,
    "cors_headers": CORS_HEADERS,
    "framing_headers": FRAMING_HEADERS,
    "callback_filter": CALLBACK_FILTERS,
    "callback_prefix": {False: None, True: comment_before},
    "nosniff": {False: None, True: sends_nosniff},
    "attachment": {False: None, True: sends_attachment},
    "opener_policy": OPENER_POLICIES,
    "embedder_policy": EMBEDDER_POLICIES,
    "resource_policy": RESOURCE_POLICIES,
    "agent_cluster": AGENT_CLUSTERS,
}
"""Every toggle, with the values it knows by name and the function behind each.

COP, the configurable origin policy, is one value of three of them (Part V).
"""

SERVER_CHOICES = (
    "csrf_token",
    "request_check",
    "cors_headers",
    "framing_headers",
    "callback_filter",
    "callback_prefix",
    "nosniff",
    "attachment",
    "opener_policy",
    "embedder_policy",
    "resource_policy",
    "agent_cluster",
)
"""The toggles that are a server's to choose."""

PAGE_CHOICES = ("handshake", "origin_check", "source_check", "addressing", *SERVER_CHOICES)
"""The toggles that are a page's or its server's to choose, not the browser's."""

REQUEST_RULES = (
    "same_site_default",
    "third_party_cookies",
    "cors",
    "framing",
    "styles",
    "plugin",
    "isolation",
)
"""A browser's rules for requests and what becomes of the answers."""

QUIET = ("names", "messaging", *REQUEST_RULES, *PAGE_CHOICES)
"""The toggles that are not spoken of where they stand as usual."""

NO_COOKIES = Jar()

GROUPS = "browsing context groups"

ITSELF = decide(True, "a frame may do with itself what it likes", "")


@dataclass(frozen=True, repr=False)
class Policies(Worded):
    """A browser's rules, and some choices of pages. Each toggle is a known name or a function.

    ``scripting``: who may script whom. ``navigation``: who may navigate a sub-frame.
    ``origin_propagation``: whether navigation is granted to origins instead of frames.
    ``top_level``: who may navigate a top-level frame. ``names``: which frame of a name is found.
    ``messaging``: which document a message may reach. These
    functions are policies: ``policy(browser, attempt)``.

    ``same_site_default``: which rule holds for a cookie that does not say. ``third_party_cookies``:
    what becomes of cookies in another site's window. ``cors``: who may read another origin's
    answers. ``framing``: what the headers on framing count for. ``styles`` and ``plugin``: what is
    taken for a style sheet, and for a Flash file. ``isolation``: what headers count for that ask
    to be kept apart from others. What these functions take is said where the tables stand, in
    `labcore.policies`.

    The pages of a scenario choose the rest. ``handshake``: how they open a channel over fragments.
    ``origin_check`` and ``source_check``: whom a receiver of messages believes. ``addressing``:
    which target origin a sender gives. What these functions take is said in `labcore.protocols`.
    What servers choose, from ``csrf_token`` on, is said in `labcore.servers.choices`.

    ``name`` is what a preset is called; it makes no difference to what is decided.
    Raises `UnknownName` for a toggle or a value that does not exist.
    """

    scripting: str | Policy = "same-origin"
    navigation: str | Policy = "descendant"
    origin_propagation: bool = True
    top_level: str | Policy = "anyone"
    messaging: str | Policy = "target origin"
    handshake: str | Callable[..., Any] = "secure messaging"
    origin_check: str | Callable[[str, str], bool] = "exact"
    source_check: str | Callable[[str, str], bool] = "expected window"
    addressing: str | Callable[[str], str] = "the receiver's origin"
    same_site_default: str | SameSiteRule = "none"
    third_party_cookies: str | ThirdPartyRule = "sent"
    cors: str | CorsRule = "Fetch standard"
    framing: str | FramingRule = "all ancestors"
    styles: str | StyleRule = "text/css"
    plugin: str | PluginRule = "none"
    names: str | Policy = KEPT
    isolation: str | Callable[[str, Headers], Isolation] = "HTML Standard"
    csrf_token: str | TokenCheck = "the session's"
    request_check: str | RequestCheck = "Origin"
    cors_headers: str | CorsHeaders = "trusted origin"
    framing_headers: str | FramingHeaders = "frame-ancestors 'none'"
    callback_filter: str | CallbackFilter = "50 letters and digits"
    callback_prefix: bool = True
    nosniff: bool = True
    attachment: bool = True
    opener_policy: str | IsolationHeaders = "none"
    embedder_policy: str | IsolationHeaders = "none"
    resource_policy: str | IsolationHeaders = "none"
    agent_cluster: str | IsolationHeaders = "none"
    name: str = field(default="", compare=False, kw_only=True)

    def __new__(cls, *args: object, **toggles: object) -> "Policies":
        """Refuse a misspelt toggle by name."""
        for toggle in toggles:
            if toggle not in TOGGLES and toggle != "name":
                raise unknown("toggle", toggle, TOGGLES)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        for toggle, known in TOGGLES.items():
            value = getattr(self, toggle)
            if set(known) == {True, False}:
                if not isinstance(value, bool):
                    raise WrongValue(f"{toggle} is True or False, not {shown(value)}")
                continue
            if not callable(value) and (not isinstance(value, str | bool) or value not in known):
                raise unknown(f"{toggle.replace('_', ' ')} policy", value, map(str, known))

    def but(self, **toggles: Any) -> "Policies":
        """These policies with some toggles changed."""
        for toggle in toggles:
            if toggle not in TOGGLES:
                raise unknown("toggle", toggle, TOGGLES)
        return replace(self, **toggles, name="")

    # --- the questions ---

    def may_navigate(
        self,
        browser: Browser,
        actor: str,
        target: str,
        url: str = "about:blank",
        user_activation: bool = False,
    ) -> Decision:
        """May a script in ``actor`` navigate ``target`` to ``url``?

        ``user_activation`` says whether the user has just clicked in ``actor``. Raises
        `UnknownName` for a frame that is not there and `InvalidURL`.
        """
        attempt = Navigate(actor, target, normalize_url(url), user_activation)
        checked(browser, actor, target)
        if not (runs := runs_script(browser, attempt)):
            return runs.settled("sandbox", attempt)
        if attempt.url.startswith("javascript:"):
            return self._may_run(browser, attempt)
        if actor == target:
            return ITSELF.settled("itself", attempt)
        if not (reach := reachable(browser, attempt)):
            return reach.settled(GROUPS, attempt)
        if not (sandbox := sandboxing(browser, attempt)):
            return sandbox.settled("sandbox", attempt)
        if browser.is_top_level(target) and self.top_level != "like sub-frames":
            return ask(
                policy_of("top_level", self.top_level), browser, attempt, label_of(self.top_level)
            )
        return self._may_navigate_sub_frame(browser, attempt)

    def _may_navigate_sub_frame(self, browser: Browser, attempt: Navigate) -> Decision:
        policy, rule = policy_of("navigation", self.navigation), label_of(self.navigation)
        if not self.origin_propagation:
            return ask(policy, browser, attempt, rule)
        return propagate(policy, browser, attempt, rule).settled("origin propagation", attempt)

    def _may_run(self, browser: Browser, attempt: Navigate) -> Decision:
        """A ``javascript:`` URL runs in the target, so the scripting policy decides."""
        script = Script(attempt.actor, attempt.target)
        if not (reach := reachable(browser, attempt)):
            return reach.settled(GROUPS, attempt)
        rule = by_cluster(self.scripting, browser, script)
        decision = ask(policy_of("scripting", rule), browser, script)
        text = "a javascript: URL is script, and " + decision.text
        return replace(decision, text=text, rule=label_of(rule), attempt=attempt)

    def may_script(self, browser: Browser, actor: str, target: str) -> Decision:
        """May a script in ``actor`` read and write the document in ``target``?

        Raises `UnknownName`.
        """
        attempt = Script(actor, target)
        checked(browser, actor, target)
        if not (runs := runs_script(browser, attempt)):
            return runs.settled("sandbox", attempt)
        if actor == target:
            return ITSELF.settled("itself", attempt)
        if not (reach := reachable(browser, attempt)):
            return reach.settled(GROUPS, attempt)
        rule = by_cluster(self.scripting, browser, attempt)
        return ask(policy_of("scripting", rule), browser, attempt, label_of(rule))

    def may_set_domain(self, browser: Browser, actor: str, domain: str) -> Decision:
        """May a script in ``actor`` set its ``document.domain``?"""
        attempt = SetDomain(actor, domain)
        checked(browser, actor)
        if not (runs := runs_script(browser, attempt)):
            return runs.settled("sandbox", attempt)
        return may_set_domain(browser, attempt).settled("document.domain", attempt)

    def delivers(
        self, browser: Browser, sender: str, target: str, target_origin: str = "/"
    ) -> Decision:
        """Would a message from ``sender`` be dispatched in ``target``, as things stand now?

        Raises `UnknownName` and, for what is no target origin, `InvalidTargetOrigin`.
        """
        checked(browser, sender, target)
        origin = self.speaker(browser.document(sender))
        intended = parse_target_origin(target_origin, origin)
        return self.delivers_message(browser, Message(sender, target, None, origin, intended))

    def finds(self, browser: Browser, actor: str, target: str, url: str = "about:blank") -> bool:
        """Does ``window.open`` in ``actor`` find ``target`` by its name?

        Raises `UnknownName` for a frame that is not there and `InvalidURL`.
        """
        if self.names == KEPT:
            return bool(self.may_navigate(browser, actor, target, url))
        checked(browser, actor, target)
        attempt, rule = Navigate(actor, target, normalize_url(url)), policy_of("names", self.names)
        return bool(reachable(browser, attempt)) and bool(ask(rule, browser, attempt))

    def asked_by(self, url: str, headers: Headers | None = None) -> Isolation:
        """What the page at ``url`` asks for by its ``headers``, if the browser cares.

        Where no server is asked, they are those that pages choose.
        """
        if headers is None:
            chosen = ("opener_policy", "embedder_policy", "agent_cluster")
            lines = (said(each.replace("_", " "), dict, self.chosen(each)) for each in chosen)
            headers = Headers({name: value for line in lines for name, value in line.items()})
        asked: Isolation = said("isolation rule", Isolation, self.chosen("isolation"), url, headers)
        return asked

    @property
    def forgets_names(self) -> bool:
        """Whether a window that nobody has opened loses its name to a page of another origin."""
        return self.names != KEPT

    def delivers_message(self, browser: Browser, message: Message) -> Decision:
        """May ``message``, now that its turn has come, be dispatched?

        One that is sent to a principal reaches no other, whatever the rule for frames.
        """
        if message.to_principal:
            honoured = cop_messaging if self.messaging == "COP" else target_origin_honoured
            return honoured(browser, message).settled("CommRequest", message)
        if message.actor in browser and not (reach := reachable(browser, message)):
            return reach.settled(GROUPS, message)
        policy, rule = policy_of("messaging", self.messaging), label_of(self.messaging)
        return ask(policy, browser, message, rule)

    def fetches(
        self,
        browser: Browser,
        actor: str,
        request: Request,
        server: Server,
        jar: Jar = NO_COOKIES,
        remembered: tuple[Remembered, ...] = (),
        principals: tuple[Principal, ...] = (),
    ) -> Fetched:
        """What becomes of ``request``, which a script or an element in ``actor`` makes?

        ``server`` answers for every host. ``jar`` are the browser's cookies, ``remembered`` the
        preflights that it remembers, ``principals`` those that pages have created. Raises
        `UnknownName`, `ServerError`, `PolicyError`.
        """
        checked(browser, actor)
        if not isinstance(request, Request):
            raise WrongType(f"make a request first: Request('GET', url), not {shown(request, 60)}")
        if not isinstance(jar, Jar):
            raise WrongType(f"cookies are in a Jar(), not in {shown(jar, 60)}")
        if not isinstance(remembered, tuple) or not all(
            isinstance(each, Remembered) for each in remembered
        ):
            raise WrongType(
                f"preflights are remembered by an earlier fetch, not by {shown(remembered, 60)}"
            )
        counted = principals if self.cors == "COP" else ()
        asking = asking_in(browser, actor, counted)
        return self.fetched(asking, request, server, jar, remembered)

    def fetched(
        self,
        asking: Asking,
        request: Request,
        server: Server,
        jar: Jar = NO_COOKIES,
        remembered: tuple[Remembered, ...] = (),
    ) -> Fetched:
        """The same for whoever asks."""
        rules = Rules(
            self.chosen("same_site_default"),
            self.chosen("third_party_cookies"),
            self.chosen("cors"),
            self.isolation != "ignored",
        )
        return Fetching(request, asking, server, rules, jar, remembered).result()

    def may_frame(
        self,
        ancestors: Sequence[str],
        url: str,
        headers: Headers | Mapping[str, str] | Iterable[tuple[str, str]] = (),
    ) -> Decision:
        """May the page at ``url``, sent with ``headers``, be shown inside ``ancestors``?

        These are URLs, or ``"null"`` for a document of an opaque origin, the outermost first.
        Raises `InvalidURL` and `BadHeader`.
        """
        if isinstance(ancestors, str) or not isinstance(ancestors, Sequence):
            raise WrongType(f"ancestors are a list of URLs, not {shown(ancestors, 60)}")
        around = tuple(Origin.opaque(x) if x == "null" else Origin.of(x) for x in ancestors)
        return self.frames(Framing(normalize_url(url), Headers(headers), around))

    def frames(self, framing: Framing) -> Decision:
        """The same, as a rule for framing is asked."""
        rule = self.chosen("framing")
        if not framing.ancestors:
            return decide(True, "it is in no frame", "").settled_by(label_of(self.framing))
        no = answer_of_rule("framing rule", rule, framing)
        return decide(
            no is None, "nothing forbids {url} to stand here", "{why}", url=framing.url, why=no
        ).settled_by(label_of(self.framing))

    @property
    def by_principal(self) -> bool:
        """Whether the browser looks at principals that pages configure, for anything (COP)."""
        return "COP" in (self.scripting, self.messaging, self.cors)

    def speaker(self, document: Document) -> Origin:
        """Who a message from ``document`` says that it comes from: its origin, or principal."""
        return document.principal if self.messaging == "COP" else document.origin

    def chosen(self, toggle: str) -> Callable[..., Any]:
        """The function that a page has chosen: its handshake, its origin check, its addressing."""
        return policy_of(toggle, getattr(self, toggle))

    @property
    def rules(self) -> "Policies":
        """The browser's rules alone, with every page choosing what is right."""
        return self.but(**{toggle: getattr(Policies, toggle) for toggle in PAGE_CHOICES})

    # --- in words ---

    @property
    def preset(self) -> str | None:
        """The preset that this is, or the first with these very settings, if there is one."""
        from labcore.policies.presets import PRESETS

        same = (name for name, preset in PRESETS.items() if preset == self.rules)
        return self.name or next(same, None)

    def where(self, matter: Collection[str]) -> str:
        """These policies in words; of those about requests the ones that ``matter``."""
        return self._told(lambda toggle, usual: toggle in matter)

    def __str__(self) -> str:
        return self._told(lambda toggle, usual: not usual)

    def _told(self, of_requests: Callable[[str, bool], bool]) -> str:
        """The toggles in words; of those about requests the ones that are asked for."""
        said, standard = [], Policies()
        for toggle in TOGGLES:
            usual = getattr(self, toggle) == getattr(standard, toggle)
            if toggle in (*REQUEST_RULES, *SERVER_CHOICES):
                told = of_requests(toggle, usual)
            else:
                told = toggle not in QUIET or not usual
            if told:
                said.append(f"{toggle.replace('_', ' ')}: {label_of(getattr(self, toggle))}")
        return ", ".join(said)


def checked(browser: Browser, *labels: str) -> None:
    """Raise `WrongType` for what is no browser, `UnknownName` for a frame that is not in it."""
    if not isinstance(browser, Browser):
        raise WrongType(
            f"make a browser first: Browser.of(window(url, …)), not {described(browser)}"
        )
    for label in labels:
        browser.frame(label)


def policies_of(value: Policies | str | None) -> Policies:
    """``value`` if it is Policies, the preset if it is a browser's name, the default if it is None.

    Raises `UnknownName` for a wrong name and `WrongType` for anything else.
    """
    from labcore.policies.presets import PRESETS

    if value is None:
        return Policies()
    if isinstance(value, str):
        return PRESETS[value]
    if not isinstance(value, Policies):
        raise WrongType(f"policies are Policies(…) or a browser's name, not {shown(value)}")
    return value


def policy_of(toggle: str, value: Any) -> Policy:
    """The function behind a toggle's value: the reader's own, or the one known by that name."""
    if callable(value):
        return value  # type: ignore[no-any-return]
    policy = TOGGLES[toggle][value]
    assert policy is not None, f"{toggle}={value!r} has no policy of its own"
    return policy


def label_of(value: Any) -> str:
    """How a toggle's value is written in menus and sentences."""
    if callable(value):
        return name_of(value)
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
