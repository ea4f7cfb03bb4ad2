"""What a response is taken for, against the Fetch and MIME Sniffing standards."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcore.http import Headers, Response
from labcore.policies.sniffing import (
    STYLES,
    blocked_as_script,
    blocked_as_style,
    flash_player,
    has_nosniff,
    is_html,
    no_plugin,
)

NOSNIFF = ("X-Content-Type-Options", "nosniff")


def response(kind: str | None = None, body: str = "", *more: tuple[str, str]) -> Response:
    return Response(200, [*([("Content-Type", kind)] if kind is not None else []), *more], body)


# --- nosniff ---


@pytest.mark.parametrize(
    ("values", "nosniff"),
    [
        ([], False),
        (["nosniff"], True),
        (["NoSniff"], True),
        ([" nosniff\t"], True),
        (["nosniff, x"], True),
        (["nosniff,"], True),
        (["nosniff", "no"], True),
        (["x, nosniff"], False),
        (["", "nosniff"], False),
        (["nosniff; x"], False),
        (["'nosniff'"], False),
        (['"nosniff"'], False),
        (["nosniffer"], False),
    ],
)
def test_nosniff_must_be_the_first_value(values, nosniff):
    headers = [("X-Content-Type-Options", value) for value in values]
    assert has_nosniff(Response(200, headers)) is nosniff


# --- scripts ---

SCRIPT_TYPES = [
    *("application/ecmascript", "application/javascript", "application/x-ecmascript"),
    *("application/x-javascript", "text/ecmascript", "text/javascript", "text/javascript1.0"),
    *("text/javascript1.1", "text/javascript1.2", "text/javascript1.3", "text/javascript1.4"),
    *("text/javascript1.5", "text/jscript", "text/livescript", "text/x-ecmascript"),
    "text/x-javascript",
]


@pytest.mark.parametrize("kind", SCRIPT_TYPES)
def test_every_javascript_type_is_script(kind):
    for written in (kind, kind.upper(), f"{kind}; charset=utf-8", f" {kind} "):
        assert blocked_as_script(response(written, "", NOSNIFF)) is None


@pytest.mark.parametrize(
    ("kind", "blocked", "blocked_with_nosniff"),
    [
        (None, False, True),
        ("", False, True),
        ("text/plain", False, True),
        ("text/html", False, True),
        ("application/json", False, True),
        ("application/octet-stream", False, True),
        ("nonsense", False, True),
        ("text/javascript1.6", False, True),
        ("image/png", True, True),
        ("IMAGE/svg+xml; x", True, True),
        ("audio/mpeg", True, True),
        ("video/mp4", True, True),
        ("text/csv", True, True),
        ("text/csv-schema", False, True),
        ("text/javascript, image/png", True, True),
        ("image/png, text/javascript", False, False),
    ],
)
def test_what_is_run_as_a_script(kind, blocked, blocked_with_nosniff):
    assert (blocked_as_script(response(kind)) is not None) is blocked
    assert (blocked_as_script(response(kind, "", NOSNIFF)) is not None) is blocked_with_nosniff


kinds = st.one_of(
    st.none(),
    st.sampled_from([*SCRIPT_TYPES, "text/html", "image/png", "text/csv", "x/y, */*"]),
    st.text(st.characters(max_codepoint=0xFF, exclude_characters="\0\r\n"), max_size=12),
)


@given(kinds)
def test_nosniff_never_lets_more_run(kind):
    loose, strict = response(kind), response(kind, "", NOSNIFF)
    assert blocked_as_script(loose) is None or blocked_as_script(strict) is not None
    assert all(isinstance(x, str | None) for x in map(blocked_as_script, (loose, strict)))


# --- style sheets ---


@given(st.sampled_from([None, "text/css", "text/html", "application/json"]), st.booleans())
def test_a_stricter_rule_takes_less_for_a_style_sheet(kind, from_elsewhere):
    order = ["text/css", "text/css from elsewhere", "any type"]
    answers = [STYLES[name](kind, from_elsewhere) for name in order]
    assert answers == sorted(answers)
    assert answers[0] == (kind in (None, "text/css")) and answers[2]
    assert answers[1] == (answers[0] or not from_elsewhere)


@pytest.mark.parametrize(
    ("kind", "blocked"),
    [("text/css", False), ("TEXT/CSS; charset=x", False), ("text/html", True), (None, True)],
)
def test_with_nosniff_a_style_sheet_must_be_declared(kind, blocked):
    assert (blocked_as_style(response(kind, "", NOSNIFF)) is not None) is blocked
    assert blocked_as_style(response(kind)) is None


# --- web pages ---

TAGS = [
    *("!DOCTYPE HTML", "HTML", "HEAD", "SCRIPT", "IFRAME", "H1", "DIV", "FONT", "TABLE", "A"),
    *("STYLE", "TITLE", "B", "BODY", "BR", "P", "!--"),
]


@pytest.mark.parametrize("tag", TAGS)
def test_what_begins_with_a_known_tag_looks_like_a_page(tag):
    for written in (tag, tag.lower(), tag.title()):
        for space in ("", " ", "\t\n\x0c\r ", "\n" * 50):
            assert is_html(response(None, f"{space}<{written}>"))
            assert is_html(response(None, f"{space}<{written} x"))
    for other in (f"<{tag}", f"<{tag}x>", f"<{tag}\n>", f"<{tag}/>", f"x<{tag}>", f"< {tag}>"):
        assert not is_html(response(None, other))
    assert not is_html(response(None, f"\xa0<{tag}>"))


@pytest.mark.parametrize("tag", ["ſcript", "ſtyle", "img", "svg", "?xml", "h2", ""])
def test_other_tags_do_not(tag):
    assert not is_html(response(None, f"<{tag}>"))


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (None, True),
        ("*/*", True),
        ("unknown/unknown", True),
        ("Application/Unknown", True),
        ("nonsense", True),
        ("text/html", True),
        ("TEXT/HTML;charset=utf-8", True),
        ("text/plain", False),
        ("application/json", False),
        ("application/octet-stream", False),
        ("image/png", False),
    ],
)
def test_a_page_is_what_is_declared_as_one_or_looks_like_one_where_nothing_is(kind, shown):
    assert is_html(response(kind, "<script>x")) is shown
    undeclared = kind is None or "text/html" not in kind.lower()
    assert is_html(response(kind, "<script>x", NOSNIFF)) is (shown and not undeclared)
    assert is_html(response(kind, "plain text")) is (shown and not undeclared)


@given(kinds, st.text(max_size=10) | st.sampled_from([f"<{tag}>" for tag in TAGS]))
def test_nosniff_never_makes_a_page(kind, body):
    assert is_html(response(kind, body)) or not is_html(response(kind, body, NOSNIFF))


# --- Flash files ---

LONG = "x" * 600


@pytest.mark.parametrize("start", ["CWS", "FWS", "ZWS"])
@pytest.mark.parametrize("kind", [None, "text/javascript", "application/json", "image/png"])
def test_flash_player_looks_at_the_first_letters_and_not_at_the_type(start, kind):
    assert flash_player(response(kind, start + LONG)) is None
    assert flash_player(response(kind, start.lower() + LONG)) is not None
    assert flash_player(response(kind, "/**/" + start + LONG)) is not None
    assert no_plugin(response(kind, start + LONG)) is not None


def test_a_flash_file_is_not_short():
    assert flash_player(response(None, "CWS" + "x" * 100)) is not None


@pytest.mark.parametrize("value", ["attachment", "Attachment; filename=x.txt"])
def test_an_attachment_is_not_played(value):
    assert flash_player(response(None, "CWS" + LONG, ("Content-Disposition", value))) is not None
    inline = ("Content-Disposition", "inline; filename=attachment")
    assert flash_player(response(None, "CWS" + LONG, inline)) is None


def test_with_nosniff_a_flash_file_must_be_declared():
    assert flash_player(response("text/javascript", "CWS" + LONG, NOSNIFF)) is not None
    declared = response("application/x-shockwave-flash", "CWS" + LONG, NOSNIFF)
    assert flash_player(declared) is None


# --- long texts ---


@pytest.mark.parametrize("letter", [" ", "<", "\n", "<a", '"', ",", "/", ";", "CWS"])
def test_a_megabyte_is_taken_for_something_quickly(letter):
    text = letter * (1_000_000 // len(letter))
    begun = time.perf_counter()
    headers = Headers([("Content-Type", text.strip()), ("X-Content-Type-Options", text.strip())])
    for each in (Response(200, headers, text), Response(200, {}, text)):
        is_html(each), blocked_as_script(each), flash_player(each)
    assert time.perf_counter() - begun < 5
