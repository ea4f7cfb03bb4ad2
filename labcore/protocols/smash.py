"""SMash and OpenAjax 1.1: whoever begins is believed (Barth et al. 2008, §4.1)."""

from dataclasses import replace

from labcore.protocols.session import NOT_MINE, Accept, Answer, Say, Session, Words


def smash(me: Session, message: Words) -> Answer:
    """SMash, and OpenAjax 1.1 after it.

    A → B: N, URI_A
    B → A: N
    A → B: N, Message
    """
    match me.state, message:
        case "idle", ():
            return replace(me, state="opened"), Say((me.nonce, me.uri))
        case "idle", (n, uri_a):
            return replace(me, state="answered", theirs=n, peer=uri_a), Say((n,))
        case "opened", (n,) if n == me.nonce:
            return replace(me, state="open"), Say((n, me.says))
        case "answered", (n, text) if n == me.theirs:
            return replace(me, state="open"), Accept(text)
    return NOT_MINE
