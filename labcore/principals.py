"""Principals that pages configure (Cao et al. 2013, *Configurable Origin Policy*).

Under the configurable origin policy (COP) a browser does not ask which origin a document has, but
which *principal* it belongs to. A principal is an ID. Whoever has never heard of it has the default
one, which is its origin, so that nothing changes. A server says in a header, or a script in a call,
that a document is to create a principal or to join one.

The source leaves open how an ID looks, how it is sent, and who may join. All of that is **our
reconstruction**:

- An *ID* is a secret of 16 to 64 letters. Others see only its *label*, which is computed from it.
- `Principal: create; id=…; members=https://docs.example` in the headers of a document, and
  `Principal: join; id=…; of=https://mail.example`, where ``of`` names the creator. A `fetch` may
  read an answer that says `join` with the page's own ID.
- Who creates a principal says which origins may join; if it says nothing, its own alone. So to know
  an ID is not enough, and a leaked one is worth nothing to other origins.
- Such headers count over HTTPS only, and only in a document with an origin of its own.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from labcore.errors import ReadersError, shown
from labcore.http import Headers
from labcore.origin import InvalidURL, Origin

SCHEME = "principal"
"""What the label of a configured principal begins with: ``principal://3f2a9c``."""

_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


class BadPrincipal(ReadersError, ValueError):
    """An ID or a list of members that is none."""


@dataclass(frozen=True)
class Principal:
    """A principal that somebody has created: its secret ``id``, and the origins that may join.

    ``creator`` is the origin that has created it: no other one can create it again.
    """

    id: str
    members: frozenset[Origin]
    creator: Origin | None = field(default=None, compare=False)

    @property
    def label(self) -> Origin:
        """What others see of it, in the place of an origin."""
        return label_of(self.id)

    def obeys(self, order: "Order", origin: Origin) -> bool:
        """Whether a server at ``origin`` may say so of its answers."""
        if order.kind == "create":
            return self.creator in (None, origin)
        return self.admits(origin) and self.is_of(order.of)

    def is_of(self, creator: Origin | None) -> bool:
        """Whether this is the principal that somebody means who names its ``creator``."""
        return creator is None or self.creator in (None, creator)

    def admits(self, origin: Origin) -> bool:
        """Whether a document of ``origin`` may join."""
        secure = origin.scheme == "https" and not origin.is_opaque
        return secure and origin in self.members


def label_of(id: str) -> Origin:
    """The label of the principal with this ID. Nobody finds the ID from it."""
    return Origin(SCHEME, sha256(id.encode()).hexdigest()[:6])


def is_configured(label: Origin) -> bool:
    """Whether a document's principal is one that somebody has created."""
    return label.scheme == SCHEME


def checked_id(id: object) -> str:
    """``id`` if it can be one. Raises `BadPrincipal`."""
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise BadPrincipal(
            f"an ID has 16 to 64 letters, digits, - and _, so that nobody guesses it: "
            f"{shown(id, 60)} is none"
        )
    return id


def members_of(urls: Iterable[str]) -> frozenset[Origin]:
    """The origins of ``urls``. Raises `InvalidURL`, and `BadPrincipal` for plain HTTP."""
    if isinstance(urls, str) or not isinstance(urls, Iterable):
        raise BadPrincipal(f"members are a list of origins, not {shown(urls, 60)}")
    found = frozenset(map(Origin.of, urls))
    for origin in found:
        if origin.scheme != "https":
            raise BadPrincipal(f"a member is an https: origin, not {origin}")
    return found


@dataclass(frozen=True)
class Order:
    """What a server says in a ``Principal`` header: ``create`` or ``join``.

    ``of`` is the origin whose principal it means to join, ``None`` for anybody's.
    """

    kind: str
    id: str
    members: frozenset[Origin] = frozenset()
    of: Origin | None = None


def order_in(headers: Headers) -> Order | None:
    """The order in ``headers``; ``None`` if there is none, or none that makes sense."""
    if not headers.values_of("principal"):
        return None
    kind, *rest = (part.strip() for part in headers.get("principal", "").split(";"))
    given = {key.strip(): value.strip() for key, _, value in (x.partition("=") for x in rest)}
    once = len(given) == len(rest)  # two headers come as one, and say more than one thing
    if kind not in ("create", "join") or not once or not _ID.fullmatch(given.get("id", "")):
        return None
    try:
        members = members_of(given.get("members", "").split())
        of = Origin.of(given["of"]) if given.get("of") else None
    except (BadPrincipal, InvalidURL):
        return None
    return Order(kind, given["id"], members, of)


def header(kind: str, id: str, members: Iterable[str] = (), of: str = "") -> dict[str, str]:
    """The header in which a server says so."""
    listed = " ".join(map(str, sorted(members_of(members), key=str)))
    more = {"members": listed, "of": str(Origin.of(of)) if of else ""}
    said = "".join(f"; {name}={value}" for name, value in more.items() if value)
    return {"Principal": f"{kind}; id={checked_id(id)}{said}"}
