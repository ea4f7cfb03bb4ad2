"""Strangers can write anything behind a page's #: no handshake breaks by it."""

import pytest

from labcore import SCENARIOS, Embed, Navigate, Policies
from labcore.protocols import HANDSHAKES, Abort, Say

CONTACTS = "https://contacts.example/"


@pytest.mark.parametrize("handshake", HANDSHAKES)
@pytest.mark.parametrize("text", ["hello", "", ",,,", "N_E", "N_E,{x}", "N_E,N_E,{0}", "a,b,c,d,e"])
def test_whatever_a_stranger_writes_is_ignored_and_breaks_nothing(handshake, text):
    lowe = SCENARIOS["lowe-anomaly"]
    for target, url in (("contacts", CONTACTS), ("integrator", "https://integrator.example/")):
        noise = Navigate("attacker", target, f"{url}#{text}")
        trace = lowe.run(Policies(handshake=handshake), (Embed("attacker", CONTACTS), noise))
        assert not trace.succeeded and not trace.end.accepted


def test_a_reason_may_hold_what_a_stranger_wrote():
    """Braces in it are text, and not names to fill in."""

    def gives_up(me, message):
        return (me, Abort(f"{message} {{x}}")) if message else (me, Say((me.nonce, me.uri)))

    lowe = SCENARIOS["lowe-anomaly"]
    noise = Navigate("attacker", "integrator", "https://integrator.example/#{y},{0}")
    trace = lowe.run(Policies(handshake=gives_up), (Embed("attacker", CONTACTS), noise))
    assert "{y}" in trace.refused.decision.reason and "{x}" in trace.refused.decision.reason
