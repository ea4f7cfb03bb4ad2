"""Windows Live Channels: a handshake that names one end only (Barth et al. 2008, §4.1)."""

from dataclasses import replace

from labcore.protocols.session import NOT_MINE, Accept, Answer, Say, Session, Words


def windows_live(me: Session, message: Words) -> Answer:
    """Windows Live Channels, which is Needham and Schroeder's protocol of 1978.

    A → B: N_A, URI_A
    B → A: N_A, N_B
    A → B: N_B, Message
    """
    match me.state, message:
        case "idle", ():
            return replace(me, state="opened"), Say((me.nonce, me.uri))
        case "idle", (n_a, uri_a):
            return replace(me, state="answered", theirs=n_a, peer=uri_a), Say((n_a, me.nonce))
        case "opened", (n_a, n_b) if n_a == me.nonce:
            return replace(me, state="open", theirs=n_b), Say((n_b, me.says))
        case "answered", (n_b, text) if n_b == me.nonce:
            return replace(me, state="open"), Accept(text)
    return NOT_MINE
