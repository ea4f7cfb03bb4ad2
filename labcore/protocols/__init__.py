"""What pages do to talk safely, or think they do: handshakes over fragments, checks of messages."""

from labcore.protocols.asking import Fetches, Introduces, Lends, Sends
from labcore.protocols.channel import Channel, Opens, tunnel
from labcore.protocols.fragments import Reads, Writes
from labcore.protocols.receiving import (
    ADDRESSING,
    ORIGIN_CHECKS,
    SOURCE_CHECKS,
    Listens,
    Posts,
    Together,
)
from labcore.protocols.secure import secure_messaging
from labcore.protocols.session import NOT_MINE, Abort, Accept, Handshake, Say, Session
from labcore.protocols.smash import smash
from labcore.protocols.watching import Watches
from labcore.protocols.windows_live import windows_live

HANDSHAKES: dict[str, Handshake] = {
    "Windows Live Channels": windows_live,
    "SMash": smash,
    "secure messaging": secure_messaging,
}
"""The handshakes over the fragment channel (Barth et al. 2008, §4.1)."""

__all__ = [
    "ADDRESSING",
    "HANDSHAKES",
    "NOT_MINE",
    "ORIGIN_CHECKS",
    "SOURCE_CHECKS",
    "Abort",
    "Accept",
    "Channel",
    "Fetches",
    "Handshake",
    "Introduces",
    "Lends",
    "Listens",
    "Opens",
    "Posts",
    "Reads",
    "Say",
    "Sends",
    "Session",
    "Together",
    "Watches",
    "Writes",
    "secure_messaging",
    "smash",
    "tunnel",
    "windows_live",
]
