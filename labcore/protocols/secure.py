"""Secure fragment messaging: the repair (Barth et al. 2008, §4.1, after Lowe 1996)."""

from dataclasses import replace

from labcore.protocols.session import NOT_MINE, Abort, Accept, Answer, Say, Session, Words


def secure_messaging(me: Session, message: Words) -> Answer:
    """Secure fragment messaging: the answer names who answers.

    A → B: N_A, URI_A
    B → A: N_A, N_B, URI_B
    A → B: N_B
    A → B: N_A, N_B, Message
    B → A: N_A, N_B, Message
    """
    match me.state, message:
        case "idle", ():
            return replace(me, state="opened"), Say((me.nonce, me.uri))
        case "idle", (n_a, uri_a):
            me = replace(me, state="answered", theirs=n_a, peer=uri_a)
            return me, Say((n_a, me.nonce, me.uri))
        case "opened", (n_a, n_b, uri_b) if n_a == me.nonce and uri_b != me.peer:
            reason = f"the answer comes from {uri_b}, but the channel was opened to {me.peer}"
            return replace(me, state="aborted"), Abort(reason)
        case "opened", (n_a, n_b, uri_b) if n_a == me.nonce:
            after = replace(me, state="open", theirs=n_b, says="")
            return after, Say((n_b,)), Say((n_a, n_b, me.says), later=True)
        case "answered", (n_b,) if n_b == me.nonce:
            return (replace(me, state="open"),)
        case "open", (n_a, n_b, text) if {n_a, n_b} == {me.nonce, me.theirs}:
            said = (Say((n_a, n_b, me.says)),) if me.says else ()
            return replace(me, says=""), Accept(text), *said
    return NOT_MINE
