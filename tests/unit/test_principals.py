"""Principals that pages configure: IDs, headers, creating, joining, destroying, and what follows.

Expected is what the paper says of them (Cao et al. 2013, §I), and the rules of our reconstruction
(`labcore.principals`) where it says nothing.
"""

import hashlib
import inspect
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcore import Browser, Origin, Policies, World, frame, step, window
from labcore.actions import (
    Commit,
    CommRequest,
    Create,
    Deliver,
    Destroy,
    Fetch,
    Join,
    Message,
    Navigate,
    Open,
    PostMessage,
    Script,
    SetDomain,
    Submit,
)
from labcore.arrivals import principals_for
from labcore.errors import ReadersError, UnknownName
from labcore.http import Headers, Jar, Request, Response
from labcore.messages import InvalidTargetOrigin, parse_target_origin
from labcore.origin import InvalidURL, same_origin, same_site
from labcore.policies import COP
from labcore.policies import principals as rules
from labcore.policies.cookies import asking_in
from labcore.policies.toggles import TOGGLES
from labcore.principals import (
    BadPrincipal,
    Order,
    Principal,
    checked_id,
    header,
    is_configured,
    label_of,
    members_of,
    order_in,
)
from labcore.protocols import Listens
from labcore.servers import Site, User
from labcore.small_scope import Scope, browsers, check

MAIL, DOCS, EVIL = "https://mail.example", "https://docs.example", "https://evil.example"
ID, OTHER, NEVER = "id-of-mail-and-docs", "id-of-somebody-else", "id-of-nobody-at-all"
LABEL = label_of(ID)
SOP = Policies()
PARTLY = [COP, *(Policies(**{each: "COP"}) for each in ("scripting", "messaging", "cors"))]
"""Browsers that look at principals for everything, or for one thing only."""


def mail_and_docs(**more):
    """The mail page with the documents in a frame, and a page of somebody else's in another."""
    page = window(f"{MAIL}/", frame(f"{DOCS}/", label="docs"), frame(EVIL, label="evil"),
        label="mail")  # fmt: skip
    return World(Browser.of(page), **more)


def done(world, *events, policies=COP):
    """The world after ``events``, all of which are allowed."""
    for event in events:
        decision, world = step(world, event, policies)
        assert decision, f"{event}: {decision}"
    return world


def refused(world, event, policies=COP):
    """Why ``event`` is refused; it changes nothing then."""
    decision, after = step(world, event, policies)
    assert not decision and after == world
    return decision


def principal_in(world, label):
    return world.browser.document(label).principal


def labels_in(world):
    return {label: principal_in(world, label) for label in world.browser.labels}


ONE = (Create("mail", ID, (DOCS,)), Join("docs", ID))
"""Mail and documents make themselves one principal."""


# --- IDs and members ---


@pytest.mark.parametrize("id", ["a" * 16, "a" * 64, "Az09_-Az09_-Az09", "-" * 16, "_" * 64])
def test_an_id_has_16_to_64_letters_digits_and_dashes(id):
    assert checked_id(id) == id
    assert Create("mail", id).id == Join("mail", id).id == id


@pytest.mark.parametrize(
    "id",
    ["", "a" * 15, "a" * 65, "a" * 15 + " ", "a" * 16 + "\n", "é" * 20, "٣" * 20, "a.b" * 8,
        "a;b=c" * 4, "*" * 16, None, 5, True, b"a" * 16, ["a" * 16], ("a" * 16,), object],
)  # fmt: skip
def test_any_other_id_is_named_in_the_error(id):
    for make in (checked_id, lambda id: Create("mail", id), lambda id: Join("mail", id),
        lambda id: header("create", id)):  # fmt: skip
        with pytest.raises(BadPrincipal, match="16 to 64 letters") as error:
            make(id)
        assert repr(id)[:40] in str(error.value)
        assert isinstance(error.value, ReadersError) and isinstance(error.value, ValueError)


def test_an_id_of_a_megabyte_is_refused_in_a_short_sentence():
    with pytest.raises(BadPrincipal) as error:
        checked_id("a" * 1_000_000)
    assert len(str(error.value)) < 250


@pytest.mark.parametrize(
    ("urls", "origins"),
    [
        ((), []),
        ([DOCS], [DOCS]),
        ([f"{DOCS}:443/letter?x#y", DOCS, "HTTPS://DOCS.example"], [DOCS]),
        ([f"{DOCS}:8443"], [f"{DOCS}:8443"]),
        ({DOCS, MAIL}, [DOCS, MAIL]),
        ((each for each in (DOCS, MAIL)), [DOCS, MAIL]),
    ],
)
def test_members_are_origins_and_of_a_url_only_the_origin_counts(urls, origins):
    assert members_of(urls) == frozenset(map(Origin.of, origins))


@pytest.mark.parametrize(
    ("urls", "kind", "says"),
    [
        (["http://docs.example"], BadPrincipal, "a member is an https: origin, not http://docs"),
        (["data:,x"], BadPrincipal, "not null"),
        (["about:blank"], BadPrincipal, "not null"),
        (["wss://docs.example"], BadPrincipal, "not wss://docs.example"),
        (["principal://3f2a9c"], BadPrincipal, "not null"),
        (["docs.example"], InvalidURL, "did you mean 'https://docs.example'"),
        ([""], InvalidURL, "''"),
        ([None], InvalidURL, "None"),
        ([5], InvalidURL, "5"),
        (["*"], InvalidURL, "'*'"),
        (["https://docs.example", "https://"], InvalidURL, "'https://'"),
        (DOCS, BadPrincipal, "members are a list of origins, not 'https://docs.example'"),
        ("", BadPrincipal, "members are a list of origins"),
        (None, BadPrincipal, "members are a list of origins, not None"),
        (5, BadPrincipal, "members are a list of origins, not 5"),
    ],
)
def test_what_is_no_member_is_named(urls, kind, says):
    for make in (members_of, lambda urls: Create("mail", ID, urls)):
        with pytest.raises(kind) as error:
            make(urls)
        assert says in str(error.value)
        assert isinstance(error.value, ReadersError)


def test_a_list_of_members_may_be_a_list_and_is_a_value_then():
    one, two = Create("mail", ID, [DOCS, EVIL]), Create("mail", ID, (DOCS, EVIL))
    assert one == two and hash(one) == hash(two)
    assert str(one) == f"mail creates the principal {ID}, which {DOCS}, {EVIL} may join"
    assert str(Create("mail", ID)) == f"mail creates the principal {ID}"
    assert str(Join("docs", ID)) == f"docs joins the principal {ID}"
    assert str(Destroy("docs")) == "docs destroys its principal"


def test_members_that_come_one_by_one_are_kept():
    assert Create("mail", ID, (each for each in (DOCS,))).members == (DOCS,)


def test_ten_thousand_members_are_a_list_too():
    many = [f"https://d{number}.example" for number in range(10_000)]
    assert len(members_of(many)) == 10_000


def test_a_principal_admits_its_members_and_nobody_else():
    principal = Principal(ID, members_of([MAIL, DOCS]))
    assert principal.admits(Origin.of(MAIL)) and principal.admits(Origin.of(f"{DOCS}:443/x"))
    for other in (EVIL, "http://mail.example", f"{MAIL}:8443", "https://www.mail.example",
        "data:,x"):  # fmt: skip
        assert not principal.admits(Origin.of(other))
    assert not principal.admits(Origin.opaque("x")) and not principal.admits(LABEL)
    odd = Principal(ID, frozenset({Origin.of("http://mail.example"), Origin.opaque("x")}))
    assert not any(map(odd.admits, odd.members)), "not even when somebody has written it down"


# --- labels ---


@given(st.from_regex(r"[A-Za-z0-9_-]{16,64}", fullmatch=True))
def test_a_label_says_nothing_of_the_id_and_is_the_same_each_time(id):
    label = label_of(id)
    assert str(label) == f"principal://{hashlib.sha256(id.encode()).hexdigest()[:6]}"
    assert id not in str(label) and len(str(label)) < 20 < len(str(label)) + len(id)
    assert label == label_of(id) and is_configured(label) and not label.is_opaque
    assert Principal(id, frozenset()).label == label


def test_no_url_has_a_label_for_its_origin():
    for url in (str(LABEL), f"{LABEL}/", f"{LABEL}:443/x"):
        assert Origin.of(url).is_opaque and not is_configured(Origin.of(url))
    assert not any(map(is_configured, (Origin.of(MAIL), Origin.opaque("x"))))
    assert not same_origin(LABEL, label_of(OTHER)) and not same_origin(LABEL, Origin.of(MAIL))


def with_one_label():
    """Two IDs with one label: a label is short, so that one soon finds some."""
    met = {}
    for number in itertools.count():
        id = f"id-number-{number:08d}"
        if (other := met.setdefault(label_of(id), id)) != id:
            return other, id


def test_who_finds_another_id_with_the_same_label_gets_nothing_by_it():
    one, two = with_one_label()
    assert one != two and label_of(one) == label_of(two)
    world = done(mail_and_docs(), Create("mail", one))
    assert "there is a principal" in refused(world, Create("evil", two)).reason
    assert "there is no principal" in refused(world, Join("evil", two)).reason
    assert not COP.may_script(world.browser, "evil", "mail")


@pytest.mark.parametrize("said", [str(LABEL), f"{LABEL}/", "/", "*", DOCS])
def test_a_script_cannot_speak_as_a_label_that_it_does_not_have(said):
    """Whatever target origin it gives, the sender's label is what the browser says."""
    world = done(mail_and_docs(), Create("mail", ID))
    world = done(world, PostMessage("evil", "mail", "hello", said))
    assert world.messages[-1].origin == Origin.of(EVIL)


# --- headers ---


@pytest.mark.parametrize(
    ("value", "order"),
    [
        (f"create; id={ID}", Order("create", ID)),
        (f"join; id={ID}", Order("join", ID)),
        (f"create;id={ID};members={DOCS}", Order("create", ID, members_of([DOCS]))),
        (f" create ; id = {ID} ; members = {DOCS}  {MAIL} ",
            Order("create", ID, members_of([DOCS, MAIL]))),
        (f"create; members={DOCS}; id={ID}", Order("create", ID, members_of([DOCS]))),
        (f"create; id={ID}; members=", Order("create", ID)),
        (f"create; id={ID};", Order("create", ID)),
        (f"join; id={ID}; later=yes", Order("join", ID)),
        ("", None),
        ("create", None),
        ("join", None),
        (ID, None),
        (f"id={ID}", None),
        (f"create {ID}", None),
        ("create; id=short", None),
        (f"create; id=\"{ID}\"", None),
        (f"create; ID={ID}", None),
        (f"Create; id={ID}", None),
        (f"destroy; id={ID}", None),
        (f"create, id={ID}", None),
        (f"create; id={ID}; members=http://docs.example", None),
        (f"create; id={ID}; members=docs.example", None),
        (f"create; id={ID}; members=*", None),
        (f"create; id={ID}; members={DOCS}, {MAIL}",  # a comma may stand in a host's name
            Order("create", ID, members_of([f"{DOCS},", MAIL]))),
        (f"create; id={ID}; members=null", None),
        (f"create; id={ID}; id={OTHER}", None),
        (f"create; id={ID}; members={DOCS}; members={EVIL}", None),
        (f"create; id={'a' * 1_000_000}", None),
        ("create; " * 10_000, None),
    ],
)  # fmt: skip
def test_a_header_that_makes_no_sense_says_nothing(value, order):
    assert order_in(Headers({"Principal": value})) == order
    assert order_in(Headers({"PRINCIPAL": value})) == order


@pytest.mark.parametrize("pair", [*itertools.product(("create", "join"), repeat=2)])
@pytest.mark.parametrize("ids", [(ID, ID), (ID, OTHER), (OTHER, ID)])
def test_two_headers_say_nothing(pair, ids):
    values = [("Principal", f"{kind}; id={id}") for kind, id in zip(pair, ids, strict=True)]
    assert order_in(Headers(values)) is None


def test_no_header_says_nothing():
    assert order_in(Headers()) is None and order_in(Headers({"X-Principal": "join"})) is None


@given(
    st.sampled_from(["create", "join"]),
    st.from_regex(r"[A-Za-z0-9_-]{16,64}", fullmatch=True),
    st.sets(st.sampled_from([MAIL, DOCS, EVIL, f"{DOCS}:8443"])),
)
def test_what_a_server_writes_the_browser_reads(kind, id, members):
    assert order_in(Headers(header(kind, id, members))) == Order(kind, id, members_of(members))


@given(st.text(max_size=60))
def test_no_header_that_can_be_sent_makes_it_fail(text):
    try:
        headers = Headers({"Principal": text})
    except ReadersError:
        return
    assert order_in(headers) is None or re.search("create|join", text)


# --- creating ---


@pytest.mark.parametrize("policies", PARTLY)
def test_who_creates_a_principal_belongs_to_it(policies):
    world = mail_and_docs()
    decision, after = step(world, Create("mail", ID, (DOCS,)), policies)
    assert decision and decision.rule == "principals"
    assert decision.reason == f"mail now belongs to {LABEL}, a principal of its own"
    assert labels_in(after) == {**labels_in(world), "mail": LABEL}
    assert after.principals == (Principal(ID, members_of([MAIL, DOCS])),)
    assert after.principal_of("mail") == after.principals[0] and not after.principal_of("docs")
    assert after.browser.origin("mail") == Origin.of(MAIL), "its origin stays what it is"
    assert after.but(browser=world.browser, principals=()) == world, "nothing else changes"


def test_its_own_origin_may_join_whoever_else_may():
    for members in ((), (DOCS,), (MAIL,)):
        [principal] = done(mail_and_docs(), Create("mail", ID, members)).principals
        assert principal.admits(Origin.of(MAIL))


def test_an_id_that_somebody_has_taken_is_not_created_again():
    world = done(mail_and_docs(), Create("mail", ID, (DOCS,)))
    for again in (Create("mail", ID), Create("docs", ID), Create("evil", ID, (MAIL, DOCS))):
        assert refused(world, again).reason.startswith("there is a principal with this ID")


def test_who_creates_another_one_leaves_the_first():
    world = done(mail_and_docs(), *ONE, Create("mail", OTHER))
    assert principal_in(world, "mail") == label_of(OTHER) and principal_in(world, "docs") == LABEL
    assert not COP.may_script(world.browser, "mail", "docs")
    back = done(world, Join("mail", ID))
    assert COP.may_script(back.browser, "mail", "docs")


# --- joining ---


@pytest.mark.parametrize("policies", PARTLY)
def test_who_is_a_member_joins(policies):
    world = done(mail_and_docs(), Create("mail", ID, (DOCS,)), policies=policies)
    decision, after = step(world, Join("docs", ID), policies)
    assert decision.reason == f"docs now belongs to {LABEL}, which its origin may join"
    assert labels_in(after) == {**labels_in(world), "docs": LABEL}
    assert after.principals == world.principals
    assert done(after, Join("docs", ID)) == after, "to join again changes nothing"


def test_who_is_no_member_does_not_join_though_it_knows_the_id():
    world = done(mail_and_docs(), Create("mail", ID, (DOCS,)))
    no = refused(world, Join("evil", ID))
    assert no.reason == f"{EVIL} is not among the origins that may join {LABEL}"
    assert no.rule == "principals"


def test_nobody_joins_what_nobody_has_created():
    assert refused(mail_and_docs(), Join("mail", ID)).reason == "there is no principal with this ID"
    world = done(mail_and_docs(), Create("mail", ID, (DOCS,)))
    assert refused(world, Join("docs", ID.upper())).reason == "there is no principal with this ID"


def test_a_label_is_no_id():
    world = done(mail_and_docs(), Create("mail", ID, (DOCS,)))
    for said in (str(LABEL), LABEL.host):
        with pytest.raises(BadPrincipal):
            Join("docs", said)
    padded = f"{LABEL.host}".ljust(16, "-")
    assert "there is no principal" in refused(world, Join("docs", padded)).reason


@pytest.mark.parametrize("members", [["https://www.docs.example"], [f"{DOCS}:8443"], [MAIL], []])
def test_a_member_is_a_whole_origin(members):
    world = done(mail_and_docs(), Create("mail", ID, tuple(members)))
    assert f"{DOCS} is not among" in refused(world, Join("docs", ID)).reason


def test_one_origin_has_several_principals_and_one_principal_several_origins():
    page = Browser.of(window(MAIL, label="one"), window(MAIL, label="two"),
        window(MAIL, label="three"), window(DOCS, label="docs"))  # fmt: skip
    world = done(World(page), Create("one", ID, (DOCS,)), Join("docs", ID), Create("two", OTHER))
    assert len({principal_in(world, each) for each in ("one", "two", "three")}) == 3
    assert principal_in(world, "one") == principal_in(world, "docs")
    allowed = {
        (a, b)
        for a, b in itertools.permutations(page.labels, 2)
        if COP.may_script(world.browser, a, b)
    }
    assert allowed == {("one", "docs"), ("docs", "one")}


# --- who can have a principal ---

PLACES = {
    "plain http": frame("http://mail.example/", label="x"),
    "data": frame("data:text/html,x", label="x"),
    "sandboxed": frame(f"{MAIL}/x", label="x", sandbox="allow-scripts"),
    "sandboxed blank": frame("about:blank", label="x", sandbox="allow-scripts"),
    "a local file": frame("file:///x", label="x"),
}


@pytest.mark.parametrize("policies", PARTLY)
@pytest.mark.parametrize("place", PLACES)
def test_only_a_page_over_https_with_an_origin_can_have_a_principal(place, policies):
    page = Browser.of(window(MAIL, PLACES[place], label="mail"))
    world = done(World(page), Create("mail", ID, (DOCS,)), policies=policies)
    for event in (Create("x", OTHER), Join("x", ID), Destroy("x")):
        no = refused(world, event, policies)
        assert (
            no.reason == "only a page that came over HTTPS, and has an origin, can have a principal"
        )


@pytest.mark.parametrize("kind", ["about:blank", "about:srcdoc"])
@pytest.mark.parametrize("sandbox", [None, "allow-scripts allow-same-origin"])
def test_a_page_that_speaks_for_its_creator_may_do_as_its_creator(kind, sandbox):
    page = Browser.of(window(MAIL, frame(kind, label="x", sandbox=sandbox), label="mail"))
    world = done(World(page), Create("x", ID), Join("mail", ID))
    assert COP.may_script(world.browser, "mail", "x")


@pytest.mark.parametrize("event", [Create("gone", ID), Join("gone", ID), Destroy("gone")])
def test_a_frame_that_is_not_there_is_named(event):
    with pytest.raises(UnknownName, match="unknown frame 'gone'"):
        step(mail_and_docs(), event, COP)


# --- destroying ---


def test_a_destroyed_principal_leaves_each_of_its_documents_alone():
    world = done(mail_and_docs(), *ONE, Create("evil", OTHER))
    decision, after = step(world, Destroy("docs"), COP)
    assert decision.reason == (
        f"{LABEL} is gone, with its cookies; each of its documents belongs to itself"
    )
    assert after.principals == (Principal(OTHER, members_of([EVIL])),)
    mail, docs = principal_in(after, "mail"), principal_in(after, "docs")
    assert mail.is_opaque and docs.is_opaque and mail != docs
    assert principal_in(after, "evil") == label_of(OTHER), "others stay as they are"
    for one, two in itertools.permutations(("mail", "docs", "evil"), 2):
        assert not COP.may_script(after.browser, one, two)
    assert after.browser.origin("mail") == Origin.of(MAIL)


def test_documents_of_one_origin_do_not_find_each_other_again_once_it_is_destroyed():
    """What they have shared was for the principal, not for the origin."""
    page = Browser.of(window(MAIL, frame(MAIL, label="in"), frame(MAIL, label="out"), label="mail"))
    world = done(World(page), Create("mail", ID), Join("in", ID), Destroy("mail"))
    for one, two in itertools.permutations(world.browser.labels, 2):
        assert not COP.may_script(world.browser, one, two)


def test_a_default_principal_cannot_be_destroyed():
    no = refused(mail_and_docs(), Destroy("mail"))
    assert no.reason == "the default principal of an origin cannot be destroyed"
    gone = done(mail_and_docs(), *ONE, Destroy("mail"))
    assert refused(gone, Destroy("mail")).reason == no.reason


def test_an_id_that_was_destroyed_can_be_joined_no_more():
    gone = done(mail_and_docs(), *ONE, Destroy("mail"))
    assert "there is no principal" in refused(gone, Join("docs", ID)).reason
    again = done(gone, Create("mail", ID))
    assert refused(again, Join("docs", ID)).reason.startswith(DOCS), "and a new one has its own"


def test_only_what_belongs_to_it_goes_with_it():
    """Cookies of other principals, and of the default, stay."""
    jar = Jar().with_cookie("a=1; Path=/", MAIL).with_cookie("b=2; Path=/", MAIL, str(LABEL))
    jar = jar.with_cookie("c=3; Path=/", MAIL, str(label_of(OTHER)))
    gone = done(mail_and_docs(jar=jar), *ONE, Destroy("docs"))
    assert sorted(map(str, gone.jar)) == ["a=1", "c=3"]


# --- a browser that knows nothing of it ---

EVERY = [Create("mail", ID, (DOCS,)), Join("mail", ID), Destroy("mail")]
LEGACY = [SOP, Policies(scripting="same-origin-domain"), Policies(cors="no check"),
    Policies(scripting=lambda browser, attempt: True)]  # fmt: skip


@pytest.mark.parametrize("policies", LEGACY)
@pytest.mark.parametrize("event", EVERY, ids=lambda each: type(each).__name__)
def test_a_legacy_browser_refuses_each_and_nothing_changes(event, policies):
    no = refused(mail_and_docs(), event, policies)
    assert no.rule == "a legacy browser"
    assert no.reason == "this browser knows no principals that pages configure"


def test_there_the_page_goes_on_with_its_default_principal():
    def script(memory, happened):
        page = happened.page
        return 1, [] if memory else [
            Create(page.label, ID), Join(page.label, ID), Destroy(page.label),
            PostMessage(page.label, "docs", "hello", "*"),
        ]  # fmt: skip

    for policies, origin in ((SOP, Origin.of(MAIL)), (COP, None)):
        world = mail_and_docs(scripts=((f"{MAIL}/", script),)).started()
        while world.agenda or not world.messages:
            _, world = step(world, next(world.due()), policies)
        [message] = world.messages
        assert message.origin == origin or (origin is None and message.origin.is_opaque)
        assert world.principals == ()


def server(*, principal="", kind="create", members=(), cookie="", body="page", **more):
    """A server that says on every page to whom the page belongs."""
    said = header(kind, principal, members) if principal else {}
    said |= {"Set-Cookie": cookie} if cookie else {}

    def answers(request):
        return Response(200, {"Content-Type": "text/html", **said, **more}, body)

    return answers


def served(*windows, jar=Jar(), scripts=(), attacker=(), **servers):  # noqa: B008
    """A world with servers: ``mail``, ``docs``, ``evil``."""
    hosts = {"mail": MAIL, "docs": DOCS, "evil": EVIL}
    listed = tuple((Origin.of(hosts[name]), each) for name, each in servers.items())
    return World(
        Browser.of(*windows), servers=listed, jar=jar, scripts=scripts,
        attacker=frozenset(map(Origin.of, attacker)),
    ).started()  # fmt: skip


def visit(world, label, url, policies=COP, by=None):
    """The world once ``label`` shows what the server of ``url`` answers."""
    return done(world, Navigate(by or label, label, url), Commit(label), policies=policies)


TAB = window("about:blank", label="tab")


@pytest.mark.parametrize("policies", LEGACY)
def test_in_a_legacy_browser_a_header_is_only_a_header(policies):
    plain = visit(served(TAB, mail=server(cookie="s=1; Path=/")), "tab", f"{MAIL}/", policies)
    said = visit(
        served(TAB, mail=server(principal=ID, cookie="s=1; Path=/")), "tab", f"{MAIL}/", policies
    )
    assert said.principals == () and said.browser == plain.browser and said.jar == plain.jar
    decision = policies.fetches(said.browser, "tab", Request("GET", f"{MAIL}/x"),
        server(principal=OTHER, kind="join"))  # fmt: skip
    assert decision.readable, "and an answer that says it is another's is read"


def test_a_server_that_says_nothing_gets_what_it_always_got():
    for policies in (SOP, COP):
        world = visit(served(TAB, mail=server(cookie="s=1; Path=/")), "tab", f"{MAIL}/", policies)
        assert principal_in(world, "tab") == Origin.of(MAIL) and world.principals == ()
        assert [each.partition for each in world.jar] == [""]
        again = visit(world, "tab", f"{MAIL}/again", policies)
        [exchange] = again.exchanges
        assert exchange.request.cookies == {"s": "1"}


# --- what servers say ---


@pytest.mark.parametrize("policies", PARTLY)
def test_a_page_belongs_to_whom_its_server_says(policies):
    world = visit(served(TAB, mail=server(principal=ID, members=[DOCS])), "tab", MAIL, policies)
    assert principal_in(world, "tab") == LABEL
    assert world.principals == (Principal(ID, members_of([MAIL, DOCS])),)


def test_a_second_page_of_it_joins_and_one_of_a_member_too():
    start = served(TAB, window("about:blank", label="two"), window("about:blank", label="three"),
        mail=server(principal=ID, members=[DOCS]), docs=server(principal=ID, kind="join"),
        evil=server(principal=ID, kind="join"))  # fmt: skip
    world = visit(visit(visit(start, "tab", MAIL), "two", MAIL), "three", DOCS)
    assert len(world.principals) == 1
    assert {principal_in(world, each) for each in ("tab", "two", "three")} == {LABEL}
    _, begun = step(world, Navigate("three", "three", EVIL), COP)
    decision, stranger = step(begun, Commit("three"), COP)
    assert not decision and f"{EVIL} is not among" in decision.reason
    assert stranger.browser.document("three").url == f"{EVIL}/", "the page comes all the same"
    assert principal_in(stranger, "three") == Origin.of(EVIL)


def test_a_server_cannot_join_what_is_not_there():
    _, begun = step(served(TAB, docs=server(principal=ID, kind="join")),
        Navigate("tab", "tab", DOCS), COP)  # fmt: skip
    decision, world = step(begun, Commit("tab"), COP)
    assert not decision and decision.reason == "there is no principal with this ID"
    assert principal_in(world, "tab") == Origin.of(DOCS) and world.principals == ()


@pytest.mark.parametrize("value", ["create; id=short", "nonsense", "", f"create; id={ID}; id={ID}"])
def test_a_header_that_makes_no_sense_does_nothing(value):
    world = visit(served(TAB, mail=server(Principal=value)), "tab", MAIL)
    assert principal_in(world, "tab") == Origin.of(MAIL) and world.principals == ()


def test_over_plain_http_and_in_a_sandbox_a_header_does_nothing():
    plain = World(Browser.of(TAB), servers=((Origin.of("http://mail.example"),
        server(principal=ID, cookie="s=1; Path=/")),)).started()  # fmt: skip
    boxed = served(window(DOCS, frame("about:blank", label="tab", sandbox="allow-scripts"),
        label="docs"), mail=server(principal=ID))  # fmt: skip
    for start, url in ((plain, "http://mail.example"), (boxed, MAIL)):
        _, begun = step(start, Navigate("tab", "tab", url), COP)
        decision, world = step(begun, Commit("tab"), COP)
        assert not decision and "only a page that came over HTTPS" in decision.reason
        assert principal_in(world, "tab") == world.browser.origin("tab")
        assert world.principals == () and {each.partition for each in world.jar} <= {""}


def test_a_new_document_has_its_default_principal_again():
    """Reload or navigate: unless the header says so, a script must join again."""
    start = done(mail_and_docs(), *ONE)
    reloaded = visit(start, "docs", f"{DOCS}/")
    assert principal_in(reloaded, "docs") == Origin.of(DOCS)
    assert principal_in(reloaded, "mail") == LABEL and reloaded.principals == start.principals
    assert principal_in(done(reloaded, Join("docs", ID)), "docs") == LABEL
    elsewhere = visit(start, "docs", EVIL)
    assert principal_in(elsewhere, "docs") == Origin.of(EVIL)
    fragment = done(start, Navigate("docs", "docs", f"{DOCS}/#x"))
    assert principal_in(fragment, "docs") == LABEL, "with another fragment it is the same document"


@pytest.mark.parametrize("url", ["about:blank", "about:srcdoc"])
def test_a_page_without_a_url_of_its_own_has_its_creators_principal(url):
    world = visit(done(mail_and_docs(), *ONE), "evil", url, by="mail")
    assert principal_in(world, "evil") == LABEL
    assert COP.may_script(world.browser, "docs", "evil")
    own = visit(done(mail_and_docs(), *ONE), "evil", url)
    assert principal_in(own, "evil") == Origin.of(EVIL), "the one who asked for it, not the parent"


def test_a_window_that_it_opens_has_its_principal_until_its_page_comes():
    world = done(mail_and_docs(), *ONE, Open("docs", "about:blank", "new"))
    assert principal_in(world, "new") == LABEL
    boxed = Browser.of(window(MAIL, frame("about:blank", label="x", sandbox="allow-scripts"),
        label="mail"))  # fmt: skip
    inside = visit(done(World(boxed), Create("mail", ID)), "x", "about:blank", by="mail")
    assert principal_in(inside, "x").is_opaque, "in a sandbox nothing is inherited"


def test_a_javascript_url_runs_only_within_the_principal():
    world = done(mail_and_docs(), *ONE)
    assert COP.may_navigate(world.browser, "mail", "docs", "javascript:x")
    assert not COP.may_navigate(world.browser, "mail", "evil", "javascript:x")
    apart = done(mail_and_docs(), Create("mail", ID))
    twin = Browser.of(window(MAIL, frame(MAIL, label="in"), label="mail"))
    split = done(World(twin), Create("mail", ID))
    assert not COP.may_navigate(split.browser, "in", "mail", "javascript:x")
    assert not COP.may_navigate(apart.browser, "docs", "mail", "javascript:x")


# --- cookies ---

SESSION = "s=1; Path=/; Secure"


def get(url, **how):
    return Request("GET", url, credentials=how.pop("credentials", "include"), **how)


def sends(world, label, url, policies=COP, **how):
    """The cookies that go along when ``label`` fetches ``url``."""
    decision, after = step(world, Fetch(label, get(url, **how)), policies)
    return after.exchanges[-1].request.cookies, decision


def test_cookies_of_an_answer_that_belongs_to_a_principal_are_this_principals():
    world = visit(served(TAB, mail=server(principal=ID, cookie=SESSION)), "tab", MAIL)
    assert [(str(each), each.partition) for each in world.jar] == [("s=1", str(LABEL))]


def test_they_go_along_where_a_page_of_the_principal_asks_a_member_and_nowhere_else():
    start = served(TAB, window("about:blank", label="docs"), window(f"{MAIL}/old", label="default"),
        window(EVIL, label="evil"), mail=server(principal=ID, members=[DOCS], cookie=SESSION),
        docs=server(principal=ID, kind="join"), evil=server())  # fmt: skip
    world = visit(visit(start, "tab", MAIL), "docs", DOCS)
    assert sends(world, "tab", f"{MAIL}/x")[0] == {"s": "1"}
    assert sends(world, "docs", f"{MAIL}/x")[0] == {"s": "1"}, (
        "another origin of the same principal"
    )
    assert sends(world, "default", f"{MAIL}/x")[0] == {}, "its own origin, and not its principal"
    assert sends(world, "evil", f"{MAIL}/x")[0] == {}
    assert sends(world, "tab", EVIL)[0] == {}
    again = visit(world, "tab", f"{MAIL}/again")
    assert again.exchanges[0].request.cookies == {"s": "1"}
    forged = visit(world, "evil", f"{MAIL}/pay")
    assert forged.exchanges[0].request.cookies == {}, "a form or a link of another's"
    by_hand = visit(world, "default", f"{MAIL}/again")
    assert by_hand.exchanges[0].request.cookies == {}


def test_the_common_jar_is_not_the_principals():
    jar = Jar().with_cookie("old=1; Path=/", MAIL)
    world = visit(served(TAB, jar=jar, mail=server(principal=ID, cookie=SESSION)), "tab", MAIL)
    assert sends(world, "tab", f"{MAIL}/x")[0] == {"s": "1"}
    legacy = visit(
        served(TAB, jar=jar, mail=server(principal=ID, cookie=SESSION)), "tab", MAIL, SOP
    )
    assert sends(legacy, "tab", f"{MAIL}/x", SOP)[0] == {"old": "1", "s": "1"}


def by_user(request):
    """Two users of one site: each login makes a principal, as the site's pages do later."""
    return TWO(request)


ANN = User("ann", "anns-session", password="anns-password", data="anns-mail", principal=ID)
BEN = User("ben", "bens-session", password="bens-password", data="bens-mail", principal=OTHER)
TWO = Site(MAIL, (ANN, BEN), reads=("/mail",))


def login(label, user):
    fields = {"user": user.name, "password": user.password}
    return Submit(label, label, Request.form("POST", f"{MAIL}/login", fields))


@pytest.mark.parametrize("policies", [COP, Policies(cors="COP"), SOP])
def test_two_logins_at_one_host_have_two_jars(policies):
    start = served(window(MAIL, label="one"), window(MAIL, label="two"), mail=by_user)
    world = done(start, login("one", ANN), Commit("one"), login("two", BEN), Commit("two"),
        policies=policies)  # fmt: skip
    read = {}
    for label in ("one", "two"):
        _, after = step(world, Fetch(label, get(f"{MAIL}/mail")), policies)
        read[label] = after.exchanges[-1].response.body
    both = policies.cors == "COP"
    assert len(world.jar) == (2 if both else 1)
    assert ("anns-mail" in read["one"]) is both and "bens-mail" in read["two"]
    assert bool(policies.may_script(world.browser, "one", "two")) is (policies.scripting != "COP")


def test_when_it_is_destroyed_its_cookies_go():
    start = served(window(MAIL, label="one"), window(MAIL, label="two"), mail=by_user)
    world = done(start, login("one", ANN), Commit("one"), login("two", BEN), Commit("two"),
        Destroy("one"))  # fmt: skip
    assert [each.partition for each in world.jar] == [str(label_of(OTHER))]
    assert sends(world, "one", f"{MAIL}/mail")[0] == {}
    assert sends(world, "two", f"{MAIL}/mail")[0] == {"session": "bens-session"}


@pytest.mark.parametrize("policies", [Policies(scripting="COP"), Policies(messaging="COP")])
def test_where_cop_is_not_for_requests_there_is_one_jar_for_all(policies):
    start = served(TAB, mail=server(principal=ID, cookie=SESSION))
    world = visit(start, "tab", MAIL, policies)
    assert principal_in(world, "tab") == LABEL
    assert [each.partition for each in world.jar] == [""]
    assert principals_for(world, policies) == ()


# --- requests ---


@pytest.mark.parametrize("page", ["tab", "default", "other", "evil"])
@pytest.mark.parametrize("kind", ["create", "join"])
def test_an_answer_that_belongs_to_a_principal_is_read_by_this_principal_only(page, kind):
    start = served(window(f"{MAIL}/", label="tab"), window(MAIL, label="default"),
        window(MAIL, label="other"), window(EVIL, label="evil"),
        mail=server(principal=ID, kind=kind, body="secret"))  # fmt: skip
    world = done(start, Create("tab", ID), Create("other", OTHER))
    decision, _ = step(world, Fetch(page, get(f"{MAIL}/x")), COP)
    assert bool(decision) is (page == "tab")
    if page != "tab":
        assert f"the answer belongs to {LABEL}, and the page to " in decision.reason
        assert decision.rule == "Principals" and decision.reason.startswith("sent, but")


@pytest.mark.parametrize("headers", [{}, {"Access-Control-Allow-Origin": "*"},
    {"Access-Control-Allow-Origin": MAIL, "Access-Control-Allow-Credentials": "true"}])  # fmt: skip
@pytest.mark.parametrize("element", [None, Request.image, Request.script, Request.style,
    Request.plugin])  # fmt: skip
def test_no_page_of_another_principal_includes_it_either(element, headers):
    """Not even its own origin's, and whatever CORS says: so a style sheet steals nothing (C09)."""
    request = element(f"{MAIL}/x") if element else get(f"{MAIL}/x", credentials="omit")
    answers = server(principal=ID, kind="join", **headers)
    for actor in ("mail", "evil"):
        world = done(mail_and_docs(), Create("docs", ID))
        fetched = COP.fetches(world.browser, actor, request, answers, principals=world.principals)
        assert not fetched and fetched.sent and not fetched.readable
        assert Policies(cors="COP").fetches(world.browser, actor, request, answers).response is None
        assert SOP.fetches(world.browser, actor, request, answers) or actor == "evil"


def test_what_a_server_opens_to_a_label_that_principal_reads():
    world = done(mail_and_docs(), Create("mail", ID))
    open_to = server(**{"Access-Control-Allow-Origin": str(LABEL)})
    request = Request("GET", f"{EVIL}/x")
    fetched = COP.fetches(world.browser, "mail", request, open_to, principals=world.principals)
    assert fetched.readable
    assert fetched.exchanges[0].request.headers["origin"] == str(LABEL)
    for reader, opened in (("mail", MAIL), ("mail", str(label_of(OTHER))), ("docs", str(LABEL))):
        closed = server(**{"Access-Control-Allow-Origin": opened})
        assert not COP.fetches(
            world.browser, reader, request, closed, principals=world.principals
        ).readable


def test_a_server_sees_the_label_in_the_place_of_the_origin_wherever_it_sees_one():
    world = done(mail_and_docs(), *ONE)
    for actor, label in (("mail", LABEL), ("docs", LABEL), ("evil", Origin.of(EVIL))):
        for url in (f"{EVIL}/x", f"{MAIL}/x", f"{DOCS}/x"):
            post = Request("POST", url, body="x", mode="no-cors")
            fetched = COP.fetches(world.browser, actor, post, server(), principals=world.principals)
            assert fetched.exchanges[-1].request.headers["origin"] == str(label)
        put = Request("PUT", "https://elsewhere.example/x")
        fetched = COP.fetches(world.browser, actor, put, server(), principals=world.principals)
        assert fetched.preflight.request.headers["origin"] == str(label)


def test_a_form_says_the_label_too():
    start = served(TAB, mail=server(principal=ID), evil=server())
    world = visit(start, "tab", MAIL)
    world = done(world, Submit("tab", "tab", Request.form("POST", EVIL, {"a": "b"})), Commit("tab"))
    assert world.exchanges[0].request.headers["origin"] == str(LABEL)


def test_a_member_that_says_nothing_is_another_origin_as_ever():
    world = done(mail_and_docs(), *ONE)
    for url in (f"{DOCS}/x", f"{MAIL}/x"):
        fetched = COP.fetches(
            world.browser, "mail", get(url), server(), principals=world.principals
        )
        assert fetched.sent and not fetched.readable
        yes = server(principal=ID, kind="join")
        assert COP.fetches(
            world.browser, "mail", get(url), yes, principals=world.principals
        ).readable


def test_asking_names_the_principal_that_was_created_and_only_that():
    world = done(mail_and_docs(), *ONE)
    assert asking_in(world.browser, "docs", world.principals).principal == world.principals[0]
    assert asking_in(world.browser, "docs").principal is None
    assert asking_in(world.browser, "evil", world.principals).principal is None


def through(where):
    """A server that redirects ``/go`` to ``where``, and answers the rest as open to all."""

    def answers(request):
        if request.path == "/go":
            return Response(302, {"Location": where, "Access-Control-Allow-Origin": "*"})
        return Response(200, header("join", ID), "secret")

    return answers


def test_a_redirect_to_a_stranger_leaves_the_principal():
    world = done(mail_and_docs(), *ONE)
    fetched = COP.fetches(world.browser, "mail", get(f"{MAIL}/go"), through(f"{EVIL}/x"),
        principals=world.principals)  # fmt: skip
    assert not fetched.readable


def fetch_in(world, label, request, answers):
    return COP.fetches(world.browser, label, request, answers, principals=world.principals)


@pytest.mark.parametrize("element", [Request.image, Request.script, Request.style])
@pytest.mark.parametrize("url", [MAIL, DOCS])
def test_what_nobody_owns_a_page_of_a_principal_includes_as_any_page_does(element, url):
    """Images and scripts say nothing of principals: they are there, and cannot be read."""
    world = done(mail_and_docs(), *ONE)
    fetched = fetch_in(world, "mail", element(f"{url}/logo"), server())
    assert fetched and not fetched.readable


@pytest.mark.parametrize("of", ["", MAIL, EVIL])
def test_an_answer_that_means_the_principal_of_one_creator_is_closed_to_that_of_another(of):
    """Somebody took the ID first: the answer is theirs only if it names no creator, or them."""
    world = done(mail_and_docs(), Create("evil", ID, (DOCS,)))

    def answers(request):
        return Response(200, header("join", ID, of=of), "secret")

    fetched = fetch_in(world, "evil", get(f"{DOCS}/x"), answers)
    assert fetched.sent and bool(fetched.readable) is (of != MAIL)


def test_to_name_a_server_a_member_does_not_open_it():
    """Anybody can name anybody. What no form could send, a server is asked about first."""
    world = done(mail_and_docs(), Create("evil", OTHER, (MAIL,)))
    put = Request("PUT", f"{MAIL}/x", {"X-A": "1"})
    fetched = fetch_in(world, "evil", put, server())
    assert fetched.preflight and not fetched.sent


def test_its_own_origin_and_who_answers_for_the_principal_get_it_without():
    world = done(mail_and_docs(), *ONE)
    put = Request("PUT", f"{MAIL}/x", {"X-A": "1"})
    for answers in (server(), server(principal=ID, kind="join")):
        assert fetch_in(world, "mail", put, answers).sent
    assert fetch_in(world, "docs", put, server(principal=ID, kind="join")).readable


def test_after_a_detour_over_a_stranger_nobody_is_named():
    """Else the stranger has C asked in the principal's name (Fetch, "tainted origin")."""

    def answers(request):
        if request.path == "/go":
            return Response(302, {"Location": "https://c.example/", **OPEN_TO_ALL})
        return Response(200, OPEN_TO_ALL)

    world = done(mail_and_docs(), *ONE)
    fetched = fetch_in(world, "mail", Request("GET", f"{EVIL}/go"), answers)
    assert [each.request.headers["origin"] for each in fetched.exchanges] == [str(LABEL), "null"]


OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*"}


def test_who_logs_in_as_another_in_the_same_window_belongs_to_the_other():
    start = served(window(MAIL, label="one"), mail=by_user)
    world = done(start, login("one", ANN), Commit("one"), login("one", BEN), Commit("one"))
    assert principal_in(world, "one") == label_of(OTHER)


@pytest.mark.parametrize("policies", [COP, Policies(cors="COP")])
def test_who_is_left_alone_asks_as_nobody(policies):
    """A destroyed principal's page is no page of its origin's again (C07)."""
    jar = Jar().with_cookie("common=1; Path=/", MAIL)
    world = done(mail_and_docs(jar=jar), *ONE, Destroy("docs"), policies=policies)
    post = Request("POST", f"{MAIL}/x", body="x")
    fetched = policies.fetches(world.browser, "mail", post, server(), world.jar)
    assert fetched.exchanges[-1].request.headers["origin"] == "null" and not fetched.readable


# --- messages ---


def posted(world, sender, target, target_origin="*", policies=COP):
    world = done(world, PostMessage(sender, target, "hello", target_origin), policies=policies)
    return world.messages[-1]


def test_the_origin_of_an_event_is_the_senders_label():
    world = done(mail_and_docs(), *ONE)
    for sender, label in (("mail", LABEL), ("docs", LABEL), ("evil", Origin.of(EVIL))):
        assert (
            posted(world, sender, "mail").origin
            == label
            == COP.speaker(world.browser.document(sender))
        )
        mixed = Policies(scripting="COP", cors="COP")
        assert posted(world, sender, "mail", policies=mixed).origin == world.browser.origin(sender)


@pytest.mark.parametrize(
    ("target_origin", "reaches"),
    [
        ("*", {"mail", "docs", "evil", "twin"}),
        (str(LABEL), {"mail", "docs"}),
        (f"{LABEL}", {"mail", "docs"}),
        ("/", {"mail", "docs"}),
        (MAIL, {"twin"}),  # the default principal of the origin, and not the configured one
        (DOCS, set()),
        (EVIL, {"evil"}),
        (str(label_of(OTHER)), set()),
        ("principal://", set()),
        ("principal://x/y", set()),
    ],
)
def test_a_message_reaches_the_principal_that_it_is_meant_for(target_origin, reaches):
    page = window(f"{MAIL}/", frame(f"{DOCS}/", label="docs"), frame(EVIL, label="evil"),
        frame(f"{MAIL}/twin", label="twin"), label="mail")  # fmt: skip
    world = done(World(Browser.of(page)), *ONE)
    for target in world.browser.labels:
        there = COP.delivers(world.browser, "mail", target, target_origin)
        assert bool(there) is (target in reaches), target
        sent = done(world, PostMessage("mail", target, "hello", target_origin))
        decision, _ = step(sent, Deliver(target), COP)
        assert decision.allowed == there.allowed and decision.reason == there.reason


def test_it_is_compared_when_it_is_dispatched():
    world = done(mail_and_docs(), *ONE, PostMessage("mail", "docs", "secret", "/"))
    assert step(world, Deliver("docs"), COP)[0]
    assert not step(visit(world, "docs", EVIL), Deliver("docs"), COP)[0]
    assert not step(visit(world, "docs", DOCS), Deliver("docs"), COP)[0], "it has not joined yet"
    assert not step(done(world, Destroy("docs")), Deliver("docs"), COP)[0]
    late = done(mail_and_docs(), Create("mail", ID, (DOCS,)),
        PostMessage("mail", "docs", "secret", "/"))  # fmt: skip
    assert not step(late, Deliver("docs"), COP)[0]
    assert step(done(late, Join("docs", ID)), Deliver("docs"), COP)[0]


def test_who_has_posted_before_it_joined_has_posted_as_it_was():
    world = done(mail_and_docs(), PostMessage("docs", "mail", "hello", "*"), *ONE)
    assert world.messages[0].origin == Origin.of(DOCS)


@pytest.mark.parametrize("text", ["principal:", "principal:/x", "nonsense", "", "null"])
def test_a_target_origin_that_is_none_stays_none(text):
    try:
        parsed = parse_target_origin(text, Origin.of(MAIL))
    except InvalidTargetOrigin as error:
        assert repr(text) in str(error)
    else:
        assert parsed.is_opaque


def test_in_a_legacy_browser_a_label_names_nobody():
    world = mail_and_docs()
    for target in world.browser.labels:
        assert not SOP.delivers(world.browser, "mail", target, str(LABEL))


LISTENS = ((f"{MAIL}/", Listens(str(LABEL))), (f"{DOCS}/", Listens(str(LABEL))))


def test_a_comm_request_finds_whoever_has_the_label():
    world = done(mail_and_docs(scripts=LISTENS).started(), *ONE[:1])
    sent = done(world, CommRequest("evil", str(LABEL), "hello"))
    [message] = sent.messages
    assert (message.target, message.origin, message.intended) == ("mail", Origin.of(EVIL), LABEL)
    assert (
        "no frame here speaks for"
        in refused(world, CommRequest("evil", str(label_of(OTHER)), "hello")).reason
    )
    assert "no frame here speaks for" in refused(world, CommRequest("evil", MAIL, "hello")).reason
    assert not step(mail_and_docs(scripts=LISTENS).started(),
        CommRequest("evil", str(LABEL), "hello"), SOP)[0]  # fmt: skip


def test_and_reaches_it():
    world = done(mail_and_docs(scripts=LISTENS).started(), *ONE[:1])
    sent = done(world, CommRequest("evil", str(LABEL), "hello"))
    assert step(sent, Deliver("mail"), COP)[0]


# --- C08: with default principals COP decides as the same-origin policy, on every small browser ---


def spelt(browser, urls):
    """``browser`` with other URLs for its hosts, so that schemes and ports differ, too."""
    hosts = sorted({browser.origin(each).host for each in browser.labels})
    named = dict(zip(hosts, urls, strict=False))

    def box(label):
        inner = [box(each) for each in browser.children(label)]
        url = named[browser.origin(label).host]
        if browser.parent(label) is None:
            return window(url if url.startswith("http") else MAIL, *inner, label=label)
        return frame(url, *inner, label=label)

    return Browser.of(*map(box, browser.windows))


SPELLINGS = [
    ("https://a.example/", "https://a.example:8443/", "http://a.example/"),
    ("https://a.example/", "https://www.a.example/", "https://b.example/"),
    ("about:blank", "https://a.example/", "data:text/html,x"),
    ("about:srcdoc", "http://a.example:443/", "https://a.example:80/"),
]
SMALL = [
    *browsers(Scope(frames=4, origins=3, windows=2, same_site=True)),
    *browsers(Scope(frames=3, origins=3, windows=2, openers=True, same_site=True,
        sandboxes=(None, "allow-scripts", "allow-scripts allow-same-origin", ""))),
    *(spelt(each, urls) for urls in SPELLINGS
        for each in browsers(Scope(frames=3, origins=3, windows=2))),
]  # fmt: skip
"""All browsers with up to four frames, with sandboxes, and with ports and schemes that differ."""

LARGER = [
    *browsers(Scope(frames=5, origins=3, windows=2, same_site=True)),
    *browsers(Scope(frames=4, origins=2, windows=1,
        sandboxes=(None, "allow-scripts", "allow-scripts allow-same-origin", ""))),
]  # fmt: skip


def scripting_differs(browser, policy="COP"):
    """A pair for which ``policy`` decides otherwise than the same-origin policy; else ``None``."""
    other = SOP.but(scripting=policy)
    for actor, target in itertools.product(browser.labels, repeat=2):
        if bool(other.may_script(browser, actor, target)) != bool(
            SOP.may_script(browser, actor, target)
        ):
            return actor, target
    return None


def test_scripting_is_decided_as_ever_for_every_pair_of_every_small_browser():
    assert len(SMALL) > 800 and len(LARGER) > 3_000
    assert [each for each in (*SMALL, *LARGER) if scripting_differs(each)] == []


def test_so_it_is_whatever_document_domain_says():
    """COP has no use for it: it decides as the same-origin policy, which does not look at it."""
    for browser in browsers(Scope(frames=3, origins=3, same_site=True)):
        world = World(browser)
        for label in browser.labels:
            domain = ".".join(browser.origin(label).host.split(".")[-2:])
            _, world = step(world, SetDomain(label, domain), COP)
        assert any(world.browser.document(each).domain for each in world.browser.labels)
        assert scripting_differs(world.browser) is None


def javascript_urls(browser, policies):
    return [
        bool(policies.may_navigate(browser, a, b, "javascript:x"))
        for a, b in itertools.product(browser.labels, repeat=2)
    ]


def test_so_are_javascript_urls():
    for browser in SMALL[::3]:
        assert javascript_urls(browser, COP) == javascript_urls(browser, SOP)


def target_origins(browser):
    here = {browser.origin(each) for each in browser.labels}
    return ["*", "/", "https://elsewhere.example", *sorted(
        str(each) for each in here if not each.is_opaque)]  # fmt: skip


def messaging_differs(browser, policy="COP"):
    other = SOP.but(messaging=policy)
    for sender, target in itertools.product(browser.labels, repeat=2):
        for meant in target_origins(browser):
            one, two = (each.delivers(browser, sender, target, meant) for each in (SOP, other))
            if bool(one) != bool(two):
                return sender, target, meant
    return None


def test_a_message_is_delivered_as_ever_for_every_pair_and_every_target_origin():
    assert [each for each in SMALL if messaging_differs(each)] == []


def test_its_sender_is_called_as_ever():
    for browser in SMALL:
        for label in browser.labels:
            document = browser.document(label)
            assert COP.speaker(document) == SOP.speaker(document) == document.origin


def test_a_comm_request_finds_the_same_frame_as_ever():
    for browser in browsers(Scope(frames=3, origins=3, windows=2)):
        scripts = tuple(
            (browser.document(each).page, Listens("https://a.example")) for each in browser.labels
        )
        world = World(browser, scripts=scripts).started()
        for actor in browser.labels:
            for meant in target_origins(browser)[1:]:
                asked = CommRequest(actor, meant, "hello")
                (one, then), (two, after) = (step(world, asked, each) for each in (SOP, COP))
                assert (one, then) == (two, after)


def host(origin):
    return origin.host or str(origin)


WRONG_SCRIPTING = {
    "hosts alone": lambda a, b: host(a.origin) == host(b.origin),
    "a default label without port": lambda a, b: (
        (a.origin.scheme, host(a.origin)) == (b.origin.scheme, host(b.origin))
    ),
    "a default label without scheme": lambda a, b: (
        (host(a.origin), a.origin.port) == (host(b.origin), b.origin.port)
    ),
    "sites": lambda a, b: same_site(a.principal, b.principal),
    "who has written it": lambda a, b: a.author == b.author,
    "the URL": lambda a, b: a.url == b.url,
    "labels as texts": lambda a, b: str(a.principal) == str(b.principal),
    "nobody who is opaque": lambda a, b: a.principal == b.principal and not a.principal.is_opaque,
    "everybody": lambda a, b: True,
    "nobody": lambda a, b: False,
}


@pytest.mark.parametrize("wrong", WRONG_SCRIPTING)
def test_a_wrong_cop_is_caught_by_the_same_check(wrong):
    def policy(browser, attempt):
        actor, target = map(browser.document, (attempt.actor, attempt.target))
        return WRONG_SCRIPTING[wrong](actor, target)

    boxed = [  # two documents of one opaque origin: a blank page that a data: page holds
        Browser.of(window(MAIL, frame("data:text/html,x", frame("about:blank"))))
    ]
    assert any(scripting_differs(each, policy) for each in (*SMALL, *boxed))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda browser, message: True,
        lambda browser, message: message.intended is None,
        lambda browser, message: message.intended == browser.document(message.target).principal,
        lambda browser, message: (
            message.intended is None
            or message.intended.host == browser.document(message.target).principal.host
        ),
        lambda browser, message: (
            message.intended is None
            or str(message.intended) == str(browser.document(message.target).principal)
        ),
        lambda browser, message: (
            message.intended is None
            or message.intended == browser.document(browser.root(message.target)).principal
        ),
    ],
)
def test_a_wrong_rule_for_messages_is_caught_too(wrong):
    assert any(messaging_differs(each, wrong) for each in SMALL)


# --- C08 for requests ---

PARTNER = "https://api.example"
METHODS = [("GET", {}), ("POST", {}), ("PUT", {}), ("GET", {"X-A": "1"})]
HOW = [("cors", "omit"), ("cors", "same-origin"), ("cors", "include"), ("no-cors", "include"),
    ("same-origin", "include")]  # fmt: skip
OPENED = {
    "closed": {},
    "*": {"Access-Control-Allow-Origin": "*"},
    "opened": {
        "Access-Control-Allow-Origin": "{origin}",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "PUT",
        "Access-Control-Allow-Headers": "x-a",
        "Access-Control-Expose-Headers": "x-b",
        "X-B": "2",
    },
    "to another": {"Access-Control-Allow-Origin": EVIL},
    "null": {"Access-Control-Allow-Origin": "null", "Access-Control-Allow-Credentials": "true"},
    "a cookie": {"Set-Cookie": "new=1; Path=/; SameSite=None; Secure"},
}
COOKIES = Jar()
for _url in (MAIL, PARTNER, EVIL):
    COOKIES = COOKIES.with_cookie("sid=1; SameSite=None; Secure; Path=/", _url)
    COOKIES = COOKIES.with_cookie("lax=1; SameSite=Lax; Secure; Path=/", _url)


def answering(headers, redirect=None):
    def answers(request):
        origin = request.headers.get("origin", "null")
        said = {name: value.format(origin=origin) for name, value in headers.items()}
        if redirect is not None and request.path == "/go":
            return Response(307, {"Location": redirect, **said})
        return Response(200, said, "secret")

    return answers


PAGES = Browser.of(
    window(
        f"{MAIL}/",
        frame(f"{MAIL}/in", label="same"),
        frame(f"{EVIL}/", frame(f"{MAIL}/deep", label="deep"), label="evil"),
        frame("about:blank", label="blank"),
        frame(f"{MAIL}/boxed", label="boxed", sandbox="allow-scripts"),
        frame("http://mail.example/", label="plain"),
        frame(f"{MAIL}:8443/", label="port"),
        label="mail",
    )
)
REQUESTS = [
    *(
        Request(method, f"{to}/x", headers, mode=mode, credentials=credentials)
        for to in (MAIL, PARTNER, "http://mail.example")
        for method, headers in METHODS
        for mode, credentials in HOW
    ),
    *(of(f"{to}/x") for to in (MAIL, PARTNER) for of in (Request.image, Request.script,
        Request.style, Request.plugin)),
    *(
        Request(method, f"{to}/go", mode=mode, credentials="include")
        for to in (MAIL, PARTNER)
        for method in ("GET", "POST")
        for mode in ("cors", "no-cors")
    ),
    Request("GET", "data:,x"),
]  # fmt: skip


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("third", TOGGLES["third_party_cookies"])
def test_a_request_of_a_default_page_is_answered_as_ever(opened, third):
    """What is sent, preflights, cookies, what is readable, and why: all of it is the same."""
    strangers = (Principal(ID, members_of([DOCS])), Principal(OTHER, members_of([MAIL])))
    one, two = (each.but(third_party_cookies=third) for each in (SOP, COP))
    count = 0
    for redirect in (None, f"{MAIL}/x", f"{EVIL}/x"):
        answers = answering(OPENED[opened], redirect)
        for actor, request in itertools.product(PAGES.labels, REQUESTS):
            if redirect is not None and not request.url.endswith("/go"):
                continue
            asked = (PAGES, actor, request, answers, COOKIES)
            usual = one.fetches(*asked)
            assert two.fetches(*asked) == usual, (actor, str(request))
            assert two.fetches(*asked, principals=strangers) == usual
            count += 1
    assert count > 500


WRONG_CORS = {
    "everybody reads": lambda origin, credentials, response: True,
    "nobody reads": lambda origin, credentials, response: False,
    "without cookies": lambda origin, credentials, response: not credentials,
    "any header will do": lambda origin, credentials, response: (
        "access-control-allow-origin" in response.headers
    ),
}


@pytest.mark.parametrize("wrong", WRONG_CORS)
def test_a_wrong_rule_for_reading_is_caught_too(wrong):
    found = False
    for headers in OPENED.values():
        for actor, request in itertools.product(PAGES.labels, REQUESTS):
            asked = (PAGES, actor, request, answering(headers), COOKIES)
            other = SOP.but(cors=WRONG_CORS[wrong]).fetches(*asked)
            found = found or other.readable != SOP.fetches(*asked).readable
    assert found


def test_framing_and_navigation_are_decided_as_ever():
    headers = ({}, {"X-Frame-Options": "DENY"}, {"X-Frame-Options": "SAMEORIGIN"},
        {"Content-Security-Policy": "frame-ancestors 'self'"})  # fmt: skip
    for around, said in itertools.product(([], [MAIL], [EVIL], [MAIL, EVIL], ["null"]), headers):
        one, two = (each.may_frame(around, f"{MAIL}/x", said) for each in (SOP, COP))
        assert (one.allowed, one.reason) == (two.allowed, two.reason)
    for browser in SMALL[::7]:
        for actor, target in itertools.product(browser.labels, repeat=2):
            one, two = (each.may_navigate(browser, actor, target) for each in (SOP, COP))
            assert (one.allowed, one.reason) == (two.allowed, two.reason)


# --- COP on its own labels ---


def test_its_rules_do_not_call_those_of_the_same_origin_policy():
    source = inspect.getsource(rules)
    code = re.sub(r'""".*?"""', "", source, flags=re.DOTALL)
    assert not re.search(r"same_origin|same_site|scripting import|\.origin\b|\.host\b", code)
    assert TOGGLES["scripting"]["COP"] is rules.cop_scripting
    assert not {"same_origin", "same_origin_policy", "target_origin_honoured"} & set(vars(rules))


def test_they_work_where_the_same_origin_policy_fails(monkeypatch):
    def raises(*given):
        raise AssertionError("COP asks the same-origin policy")

    for name in (
        "labcore.origin.same_origin",
        "labcore.policies.scripting.same_origin",
        "labcore.policies.scripting.same_origin_policy",
        "labcore.policies.messaging.target_origin_honoured",
        "labcore.policies.toggles.target_origin_honoured",
    ):
        monkeypatch.setattr(name, raises)
    world = done(mail_and_docs(), *ONE)
    for label, reaches in (("mail", {"docs"}), ("docs", {"mail"}), ("evil", set())):
        others = [each for each in world.browser.labels if each != label]
        assert {each for each in others if COP.may_script(world.browser, label, each)} == reaches
        assert {each for each in others if COP.delivers(world.browser, label, each, "/")} == reaches
    with pytest.raises(ReadersError, match="asks the same-origin policy"):
        Policies(scripting=raises).may_script(world.browser, "mail", "docs")


def test_their_reasons_name_the_labels():
    world = done(mail_and_docs(), *ONE)
    told = {
        (actor, target): COP.may_script(world.browser, actor, target).reason
        for actor, target in itertools.permutations(world.browser.labels, 2)
    }
    assert told["mail", "docs"] == f"mail and docs belong to one principal, {LABEL}"
    assert told["evil", "mail"] == f"evil belongs to {EVIL} and mail to {LABEL}"
    message = Message("mail", "evil", "x", LABEL, LABEL)
    assert COP.delivers_message(world.browser, message).reason == (
        f"it is meant for {LABEL}, and evil belongs to {EVIL}"
    )


def test_a_script_acts_in_the_name_of_whatever_it_controls():
    world = done(mail_and_docs(), *ONE)
    moved = done(world, Script("mail", "docs", run=Navigate("docs", "docs", f"{DOCS}/letter")))
    assert moved.pending[0].url == f"{DOCS}/letter"
    gone = done(world, Script("mail", "docs", run=Destroy("docs")))
    assert gone.principals == ()
    assert not step(world, Script("evil", "docs", run=Destroy("docs")), COP)[0]


def test_one_that_is_forced_to_join_is_so_by_its_own_principal():
    world = done(mail_and_docs(), *ONE, Create("evil", OTHER, (MAIL, DOCS)))
    assert not step(world, Script("evil", "docs", run=Join("docs", OTHER)), COP)[0]
    assert step(world, Script("mail", "docs", run=Join("docs", OTHER)), COP)[0]


def test_the_check_of_small_browsers_says_so_too():
    def as_ever(browser):
        """COP decides as the same-origin policy."""
        return scripting_differs(browser) is None

    assert check(as_ever, frames=4, same_site=True)

    def hosts(browser, attempt):
        actor, target = map(browser.document, (attempt.actor, attempt.target))
        return host(actor.origin) == host(target.origin)

    def as_hosts(browser):
        """So does a rule that compares hosts: no small browser has ports."""
        return scripting_differs(browser, hosts) is None

    assert check(as_hosts, frames=3), "so ports and schemes have to be looked at separately"
    assert any(scripting_differs(each, hosts) for each in SMALL)
