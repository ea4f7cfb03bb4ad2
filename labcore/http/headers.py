"""Header lists, and the names and values that the Fetch standard treats apart.

A value is a text in which every letter stands for a byte. Names are compared without regard to
case; a name may occur several times, and whoever asks for it gets all its values, joined by commas.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labcore.errors import ReadersError, shown


class BadHeader(ReadersError, ValueError):
    """A header name or value that no request or response can have (a script gets a TypeError)."""


_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_NO_VALUE = "[\0\n\r\u0100-\U0010ffff]"
WHITESPACE = "\t\n\r "
"""HTTP whitespace, which is stripped from both ends of a value."""


def is_token(text: str) -> bool:
    """Whether ``text`` can be a header's name or a method (RFC 9110, "token")."""
    return re.fullmatch(_TOKEN, text) is not None


def checked_name(name: object) -> str:
    """``name`` if it is a header name. Raises `BadHeader`."""
    if not isinstance(name, str) or not is_token(name):
        raise BadHeader(
            f"{shown(name, 60)} is no header name: letters, digits and !#$%&'*+-.^_`|~ only "
            "(TypeError)"
        )
    return name


def checked_value(name: str, value: object) -> str:
    """``value`` without the whitespace around it. Raises `BadHeader` for one that cannot be sent.

    The bytes 0x00, 0x0A and 0x0D are forbidden, and what is no byte at all.
    """
    name = name if len(name) <= 60 else f"{name[:60]}…"
    if not isinstance(value, str):
        raise BadHeader(f"the value of {name} is a text, not {shown(value, 60)}")
    value = value.strip(WHITESPACE)
    if (found := re.search(_NO_VALUE, value)) is not None:
        bad = found[0]
        what = "stands for no byte" if bad > "\xff" else "would end the line, or the text"
        raise BadHeader(f"the value of {name} holds {bad!r}, which {what} (TypeError)")
    return value


def _pair(each: Any) -> Any:
    """``each``, which may be anything of length two but a text."""
    if isinstance(each, str | bytes):
        raise TypeError
    return each


class Headers(Mapping[str, str]):
    """A header list: what was set, in order, found by name in any case.

    >>> Headers({"Vary": "Origin"})["vary"]
    'Origin'
    """

    __slots__ = ("_hash", "items_")

    def __init__(self, given: "Headers | Mapping[str, str] | Iterable[tuple[str, str]]" = ()):
        """Take a mapping or pairs. Raises `BadHeader`."""
        if isinstance(given, Headers):
            self.items_: tuple[tuple[str, str], ...] = given.items_
        else:
            try:
                pairs = [*(given.items() if isinstance(given, Mapping) else given)]
                named = [(name, value) for name, value in map(_pair, pairs)]
            except (TypeError, ValueError):
                raise BadHeader(
                    f"headers are a dict or pairs, like {{'Accept': '*/*'}}, not {shown(given, 60)}"
                ) from None
            self.items_ = tuple((checked_name(n), checked_value(n, v)) for n, v in named)
        self._hash = hash(self.items_)

    def __getitem__(self, name: str) -> str:
        """The values of ``name``, joined by ``", "`` (Fetch standard, "get")."""
        found = self.values_of(name)
        if not found:
            raise KeyError(name)
        return ", ".join(found)

    def values_of(self, name: str) -> list[str]:
        """Each value of ``name`` by itself."""
        name = name.lower()
        return [value for own, value in self.items_ if own.lower() == name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.lower() for name, _ in self.items_))

    def __len__(self) -> int:
        return len({name.lower() for name, _ in self.items_})

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.values_of(name))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self.items_ == other.items_

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> Any:
        return Headers, (self.items_,)

    def __repr__(self) -> str:
        return f"Headers({list(self.items_)!r})"

    def __str__(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.items_)

    def having(self, name: str, value: str) -> "Headers":
        """These headers with one more line."""
        line = checked_name(name), checked_value(name, value)
        return Headers._of((*self.items_, line))

    def without(self, *names: str) -> "Headers":
        """These headers without any line of ``names``."""
        gone = {name.lower() for name in names}
        return Headers._of(tuple(each for each in self.items_ if each[0].lower() not in gone))

    @classmethod
    def _of(cls, checked: tuple[tuple[str, str], ...]) -> "Headers":
        """Lines that were checked before."""
        headers = cls.__new__(cls)
        headers.items_, headers._hash = checked, hash(checked)
        return headers

    def listed(self, name: str) -> list[str] | None:
        """The value of ``name`` as a list of tokens; ``None`` if it is not one, or not there.

        Fetch standard, "extract header list values", for Access-Control-Allow-Headers and its like.
        """
        if name not in self:
            return []
        parts = [part.strip("\t ") for part in self[name].split(",")]
        parts = [part for part in parts if part]
        return parts if all(map(is_token, parts)) else None


# --- names and values that the standard treats apart ---


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORBIDDEN = _words(
    """accept-charset accept-encoding access-control-request-headers access-control-request-method
    connection content-length cookie cookie2 date dnt expect host keep-alive origin referer
    set-cookie te trailer transfer-encoding upgrade via"""
)
FORBIDDEN_METHODS = ("CONNECT", "TRACE", "TRACK")
_OVERRIDES = ("x-http-method", "x-http-method-override", "x-method-override")


def is_forbidden(name: str, value: str = "") -> bool:
    """Whether this header is the browser's own, no script's ("forbidden request-header")."""
    name = name.lower()
    if name in FORBIDDEN or name.startswith(("proxy-", "sec-")):
        return True
    methods = (part.strip("\t ").upper() for part in value.split(","))
    return name in _OVERRIDES and any(method in FORBIDDEN_METHODS for method in methods)


_UNSAFE_BYTES = frozenset('"():<>?@[\\]{}\x7f') | {chr(b) for b in range(0x20) if b != 0x09}
_LANGUAGE = r"[0-9A-Za-z *,\-.;=]*"
_RANGE = r"bytes=[0-9]+-[0-9]*"
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
MOST_SAFE_BYTES, MOST_SAFE_BYTES_IN_ALL = 128, 1024


def why_unsafe(name: str, value: str) -> str | None:
    """Why this header needs a preflight by itself; ``None`` if it is CORS-safelisted."""
    lower = name.lower()
    if lower not in ("accept", "accept-language", "content-language", "content-type", "range"):
        return f"{name} is not among the safelisted names"
    if len(value) > MOST_SAFE_BYTES:
        return f"the value of {name} is longer than {MOST_SAFE_BYTES} bytes"
    if lower in ("accept", "content-type") and (bad := _UNSAFE_BYTES.intersection(value)):
        return f"the value of {name} holds {min(bad)!r}"
    if lower in ("accept-language", "content-language") and not re.fullmatch(_LANGUAGE, value):
        return f"the value of {name} holds a letter that no language tag has"
    if lower == "content-type" and essence_of(value) not in FORM_TYPES:
        return f"a form cannot send the Content-Type {shown(value, 60)}"
    if lower == "range" and not _is_simple_range(value):
        return f"{shown(value, 60)} is not a range from one byte to another"
    return None


def _is_simple_range(value: str) -> bool:
    if not re.fullmatch(_RANGE, value):
        return False
    first, _, last = value.removeprefix("bytes=").partition("-")
    return not last or int(first) <= int(last)


def unsafe_names(headers: Headers) -> list[str]:
    """The names that a preflight must ask for, in lower case, sorted.

    The standard's "CORS-unsafe request-header names". Many safelisted
    headers together are too long as well.
    """
    unsafe, safe, size = set(), set(), 0
    for name, value in headers.items_:
        if why_unsafe(name, value) is not None:
            unsafe.add(name.lower())
        else:
            safe.add(name.lower())
            size += len(value)
    return sorted(unsafe | (safe if size > MOST_SAFE_BYTES_IN_ALL else set()))


NO_CORS_SAFELISTED = ("accept", "accept-language", "content-language", "content-type")


def safe_without_cors(name: str, value: str) -> bool:
    """Whether a script may set this header on a request in mode ``no-cors``."""
    return name.lower() in NO_CORS_SAFELISTED and why_unsafe(name, value) is None


SAFE_TO_READ = _words(
    """cache-control content-language content-length content-type expires last-modified pragma"""
)
"""The response headers that every script may read which may read the body."""

NEVER_READ = frozenset(("set-cookie", "set-cookie2"))


# --- content types ---


def essence_of(value: str) -> str | None:
    """``type/subtype`` in lower case, without parameters; ``None`` if it is none."""
    found = re.fullmatch(f"{_TOKEN}/{_TOKEN}", value.partition(";")[0].strip(WHITESPACE))
    return found[0].lower() if found else None


def content_type(headers: Headers) -> str | None:
    """The type that a response declares: the last that is one (Fetch, "extract a MIME type")."""
    found = None
    for part in (x for value in headers.values_of("content-type") for x in _outside_quotes(value)):
        essence = essence_of(part)
        if essence is not None and essence != "*/*":
            found = essence
    return found


def _outside_quotes(value: str) -> list[str]:
    """``value`` split at the commas that are in no quoted string."""
    return re.findall(r'(?:[^,"]|"(?:\\.|[^"\\])*"?)+', value)


JAVASCRIPT = _words(
    """application/ecmascript application/javascript application/x-ecmascript
    application/x-javascript text/ecmascript text/javascript text/javascript1.0
    text/javascript1.1 text/javascript1.2 text/javascript1.3 text/javascript1.4
    text/javascript1.5 text/jscript text/livescript text/x-ecmascript text/x-javascript"""
)
"""Every name that JavaScript has had as a type (MIME Sniffing, "JavaScript MIME type")."""
