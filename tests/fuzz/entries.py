"""Where a reader's input enters labcore, and one law for all of it.

Whatever is given, an *entry* returns a value of its type, or refuses with a `ReadersError` that
names a value that it was given; and what it was given is afterwards as it was before.
"""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from labcore import Browser, Headers, Jar, Origin, Policies, Request, Response
from labcore.actions import Navigate
from labcore.browser import Box, frame, window
from labcore.capture import Capture, load
from labcore.capture.devtools import from_devtools
from labcore.capture.files import FORMAT, VERSION
from labcore.course import KINDS, Exam, exam
from labcore.errors import ReadersError, called
from labcore.exercises import EXERCISES, Grade, grade
from labcore.http.cookies import parse_set_cookie
from labcore.live import why_not
from labcore.messages import parse_target_origin, structured_clone
from labcore.origin import normalize_url, parse_url
from labcore.policies import Decision
from labcore.search import find_attack
from labcore.widgets import Builder, Console, Question, Quiz, Stepper

# --- what readers give ---


class Odd:
    """Has no order, no truth and no hash, as an array of numbers has none."""

    def __repr__(self) -> str:
        return "<Odd>"

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("equal to nothing")

    __hash__ = None

    def __bool__(self) -> bool:
        raise RuntimeError("neither true nor false")


PIECES = (
    *("https://", "http:", "data:", "javascript:", "blob:", "about:blank", "about:srcdoc", "//"),
    *("maps.example", "[::1]", "[", "]", "xn--", "%00", "%", "@", ":", ":99999", "/", "\\", "?"),
    *("#", "..", ".", "null", "*", "\0", "\r\n", "\ud800", "\u202e", "é", "ß", "日本", "﷐", "="),
    *(";", ",", '"', "<", ">", "&", "`", "a", "Domain", "Path", "__Host-", "Expires", "principal:"),
)
texts = st.text(max_size=30) | st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
numbers = st.integers() | st.floats() | st.sampled_from([10**400, -1, 0, 2**63])
plain = st.none() | st.booleans() | numbers | texts | st.binary(max_size=8)
anything = st.recursive(
    plain | st.builds(Odd) | st.sampled_from([object, len, int, ...]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=6,
)
mostly_texts = st.one_of(texts, texts, texts, anything)
urls = st.sampled_from(["https://a.example/", "https://b.example/p?q#f"]) | mostly_texts
KEYS = (
    *("format", "frames", "notes", "complete", "source", "label", "url", "parent", "name"),
    *("sandbox", "opener", "origin", "frameTree", "frameTrees", "targetInfos", "frame", "id"),
    *(
        "childFrames",
        "parentId",
        "result",
        "error",
        "targetId",
        "type",
        "openerId",
        "openerFrameId",
    ),
    *("securityOrigin", "urlFragment"),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS) | texts,
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)
SAVED = (
    *("<!-- saved from url=(0023)https://a.example/ -->", "<iframe src='", "' name='", "' sandbox"),
    *("<frameset>", "<frame src=", "<base href='", "srcdoc='", "&quot;", "'>", "<!--", "-->", "\0"),
    *("<iframe src=a.html>", "<template>", "<noscript>", "</iframe>", "<html>", "<svg>", "\xff"),
)
saved_pages = st.lists(st.sampled_from(SAVED) | texts, max_size=10).map(
    lambda parts: ("<" + "".join(parts)).encode("utf-8", "surrogatepass")
)
OURS = {"format": FORMAT, "version": VERSION, "complete": True, "source": "", "notes": []}
files = st.one_of(
    st.binary(max_size=60),
    saved_pages,
    json_values.map(lambda value: json.dumps(value).encode()),
    st.lists(
        st.fixed_dictionaries(
            {"label": texts, "url": texts},
            optional=dict.fromkeys(("parent", "name", "sandbox", "opener", "origin"), texts),
        ),
        max_size=4,
    ).map(lambda frames: json.dumps(OURS | {"frames": frames}).encode()),
)
labels = st.sampled_from(["a", "b", "integrator", "ad"]) | mostly_texts
sandboxes = st.sampled_from([None, "", "allow-scripts allow-same-origin"]) | mostly_texts

boxes = st.one_of(
    st.just(frame("https://b.example/", label="b")),
    st.just(window("https://b.example/", label="b")),
    anything,
)
toggles = st.sampled_from(sorted(Policies.__dataclass_fields__)) | texts
choices = st.dictionaries(
    toggles, st.sampled_from(["descendant", "same-origin", True, len]) | mostly_texts, max_size=3
)
policies = st.sampled_from([None, "Firefox 2", Policies()]) | mostly_texts
scenarios = st.sampled_from(["gadget-hijacking", "login-csrf"]) | mostly_texts
moves = st.sampled_from([Navigate("ad", "maps", "https://attacker.example/")]) | anything
plans = st.none() | st.lists(moves, max_size=3) | anything
PAGE = Browser.of(window("https://a.example/", frame("https://b.example/", label="b"), label="a"))


# --- functions that a reader hands in ---


def _loops(*given: object) -> bool:
    while True:
        pass


def _recurs(*given: object) -> bool:
    return _recurs(*given)


def _changes(*given: object) -> bool:
    for each in given:
        getattr(each, "__dict__", {}).clear()
    return True


def _ends(*given: object) -> bool:
    raise SystemExit("that is all")


def _prints(*given: object) -> bool:
    print("\x1b[2J", *given)
    return False


def _raises_odd(*given: object) -> bool:
    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    raise Silent


functions = (
    st.sampled_from([_changes, _ends, _loops, _prints, _raises_odd, _recurs, len, int, Odd])
    | anything
    | anything.map(lambda answer: lambda *given: answer)
)


# --- the entries ---


@dataclass(frozen=True)
class Entry:
    """A function that takes a reader's input: what it is given, and what it returns.

    ``refuses`` are the errors that it documents; ``names`` says whether they name the value.
    """

    call: Callable[..., object]
    given: st.SearchStrategy[tuple[Any, ...]]
    returns: type | tuple[type, ...]
    refuses: tuple[type[Exception], ...] = (ReadersError,)
    names: bool = True


def loaded(raw: bytes, suffix: str) -> Capture:
    """What `load` makes of a file that holds ``raw``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"page{suffix}")
        path.write_bytes(raw)
        return load(path)


def boxed(make: Callable[..., Box]) -> Callable[..., Box]:
    """``make`` with its parameters in order."""

    return lambda url, inner, named: make(url, *inner, **named)


inner = st.lists(boxes, max_size=2)
ENTRIES = {
    "exam": Entry(
        exam,
        st.tuples(
            st.integers() | anything,
            st.lists(st.sampled_from(list(KINDS)) | texts, max_size=2) | anything,
        ),
        Exam,
    ),
    "Origin.of": Entry(Origin.of, st.tuples(urls), Origin),
    "normalize_url": Entry(normalize_url, st.tuples(urls), str),
    "parse_url": Entry(
        lambda *given: parse_url(*given).href, st.tuples(urls, st.none() | texts), str
    ),
    "parse_target_origin": Entry(
        lambda text: parse_target_origin(text, Origin.of("https://a.example/")),
        st.tuples(urls),
        (Origin, type(None)),
    ),
    "structured_clone": Entry(structured_clone, st.tuples(anything), object),
    "Headers": Entry(
        Headers,
        st.tuples(
            st.dictionaries(texts, mostly_texts, max_size=3)
            | st.lists(st.tuples(mostly_texts, mostly_texts), max_size=3)
            | anything
        ),
        Headers,
    ),
    "Request": Entry(
        Request,
        st.tuples(
            st.sampled_from(["GET", "POST"]) | mostly_texts,
            urls,
            st.dictionaries(texts, texts, max_size=2) | anything,
            mostly_texts,
        ),
        Request,
    ),
    "Request.form": Entry(
        Request.form,
        st.tuples(
            st.sampled_from(["GET", "POST"]) | mostly_texts,
            urls,
            st.dictionaries(texts, mostly_texts, max_size=3) | anything,
        ),
        Request,
    ),
    "Response": Entry(
        Response,
        st.tuples(
            st.sampled_from([200, 404]) | anything,
            st.dictionaries(texts, texts, max_size=2) | anything,
            mostly_texts,
        ),
        Response,
    ),
    "Jar.with_cookie": Entry(Jar().with_cookie, st.tuples(mostly_texts, urls), Jar),
    "parse_set_cookie": Entry(parse_set_cookie, st.tuples(mostly_texts, urls), tuple),
    "frame": Entry(
        boxed(frame),
        st.tuples(
            urls,
            inner,
            st.fixed_dictionaries(
                {},
                optional={
                    "label": labels,
                    "name": labels,
                    "sandbox": sandboxes,
                    "scripts": st.lists(urls, max_size=2) | anything,
                },
            ),
        ),
        Box,
    ),
    "Browser.of(window)": Entry(
        lambda url, inner, named: Browser.of(boxed(window)(url, inner, named)),
        st.tuples(
            urls,
            inner,
            st.fixed_dictionaries(
                {},
                optional={
                    "label": labels,
                    "name": labels,
                    "opener": labels,
                    "group": anything,
                    "scripts": st.lists(urls, max_size=2) | anything,
                },
            ),
        ),
        Browser,
    ),
    "Browser.of": Entry(
        lambda windows: Browser.of(*windows), st.tuples(st.lists(boxes, max_size=3)), Browser
    ),
    "Policies": Entry(lambda chosen: Policies(**chosen), st.tuples(choices), Policies),
    "Policies.but": Entry(lambda chosen: Policies().but(**chosen), st.tuples(choices), Policies),
    "Policies.may_navigate": Entry(
        Policies().may_navigate,
        st.tuples(st.just(PAGE) | anything, labels, labels, urls),
        Decision,
    ),
    "Policies.may_script": Entry(
        Policies().may_script, st.tuples(st.just(PAGE) | anything, labels, labels), Decision
    ),
    "Policies.may_set_domain": Entry(
        Policies().may_set_domain, st.tuples(st.just(PAGE), labels, labels), Decision
    ),
    "Policies.finds": Entry(Policies().finds, st.tuples(st.just(PAGE), labels, labels, urls), bool),
    "capture.load": Entry(
        loaded, st.tuples(files, st.sampled_from(["", ".json", ".html"])), Capture, names=False
    ),
    "from_devtools": Entry(from_devtools, st.tuples(json_values, texts), Capture, names=False),
    "grade": Entry(
        grade,
        st.tuples(st.sampled_from(sorted(EXERCISES)), functions),
        Grade,
    ),
    "grade, an exercise": Entry(lambda name: grade(name, len), st.tuples(mostly_texts), Grade),
    "find_attack": Entry(
        lambda scenario, rules, attacker, bound: find_attack(scenario, rules, attacker, **bound),
        st.tuples(
            scenarios,
            policies,
            st.sampled_from(["gadget", "web"]) | mostly_texts,
            st.dictionaries(st.sampled_from(["moves", "frames"]) | texts, anything, min_size=1),
        ),
        object,
        names=False,
    ),
    "why_not": Entry(why_not, st.tuples(scenarios, plans, policies), (str, type(None))),
    "Question": Entry(
        lambda *given: Question(*given).options,
        st.tuples(
            mostly_texts,
            mostly_texts,
            mostly_texts,
            st.dictionaries(texts, mostly_texts, max_size=3) | anything,
            st.none() | anything,
        ),
        list,
    ),
    "Quiz": Entry(
        lambda asked: Quiz(*asked), st.tuples(st.lists(anything, max_size=2)), Quiz, names=False
    ),
    "Stepper": Entry(
        lambda scenario, rules, toggles: Stepper(scenario, rules, toggles=toggles),
        st.tuples(scenarios, policies, st.none() | st.lists(toggles, max_size=2) | anything),
        Stepper,
    ),
    "Builder": Entry(Builder, st.tuples(st.just(PAGE) | anything, policies), Builder),
    "Console": Entry(
        Console, st.tuples(st.sampled_from(["JSON by PUT"]) | mostly_texts, policies), Console
    ),
}


def obey(entry: Entry, given: tuple[Any, ...]) -> None:
    """The law, for one input."""
    before = repr(given)
    try:
        result = entry.call(*given)
    except entry.refuses as error:
        message = str(error)
        assert message, f"{type(error).__name__} says nothing"
        if entry.names:
            assert is_named(given, message), f"{message!r} names nothing of {before}"
    else:
        assert isinstance(result, entry.returns), f"{type(result).__name__} is none"
    assert repr(given) == before, f"{before} has become {given!r}"


def is_named(value: object, message: str) -> bool:
    """Whether ``message`` shows ``value``, or a part of it, as far as room allows."""
    told = {repr(value)[:40], str(value)[:40]}
    if isinstance(value, Box):
        told = {value.url, repr(value.label)}
    if isinstance(value, Navigate):
        told = {repr(value.actor), repr(value.target)}
    if callable(value):
        told = {called(value)}
    if isinstance(value, str):
        told |= {f"holds {each!r}" for each in value}
    parts = [*value] if isinstance(value, list | tuple | dict) else []
    parts += value.values() if isinstance(value, dict) else []
    return any(each in message for each in told) or any(is_named(each, message) for each in parts)
