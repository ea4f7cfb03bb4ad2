"""Presets: the rules of real browsers, in 2008 and today.

For 2008 the paper gives each browser's rule for sub-frames and, for most, who may navigate
top-level frames (Barth et al. 2008, Table 2, §3.1 and §3.5). It does not say which of them
propagated permissions by origin; that toggle is on only where the paper's proposal was deployed.
Opera had the first ``postMessage``, without a target origin (§4.2); where a browser of that time
had none, its rule for messages means nothing. What browsers of 2008 did with requests the paper
does not say: no CORS, no header on framing, style sheets of any type.
``"Chromium"`` and ``"Firefox"`` are the rules that we measured in Chromium 156 and Firefox 153.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labcore.errors import Named
from labcore.policies.toggles import Policies


def _presets(presets: Mapping[str, Policies]) -> Named[Policies]:
    return Named("browser", {name: replace(each, name=name) for name, each in presets.items()})


def _in_2008(navigation: str, top_level: str, **others: Any) -> Policies:
    rules = {"scripting": "same-origin-domain", "origin_propagation": False, **others}
    rules |= {"cors": "same origin only", "framing": "ignored", "styles": "any type"}
    rules |= {"isolation": "ignored"}
    return Policies(navigation=navigation, top_level=top_level, **rules)


TABLE_2 = _presets(
    {
        "IE 6": _in_2008("permissive", "anyone"),
        "IE 6 (optional)": _in_2008("child", "anyone"),
        "IE 7": _in_2008("descendant", "anyone"),
        "IE 7 (optional)": _in_2008("permissive", "anyone"),
        "Firefox 2": _in_2008("window", "by opener"),
        "Safari 3": _in_2008("permissive", "anyone"),
        "Opera 9": _in_2008("child", "not given", messaging="any document"),
    }
)
"""The columns of the paper's Table 2, in its order."""

COP = Policies(scripting="COP", messaging="COP", cors="COP")
"""A browser with the configurable origin policy (Cao et al. 2013), as this book reconstructs it."""

PRESETS = _presets(
    {
        **TABLE_2,
        "IE 7 with Flash": _in_2008("permissive", "anyone", plugin="Flash Player"),
        "Firefox 3": _in_2008("descendant", "by opener", origin_propagation=True),
        "Safari 3.1": _in_2008("descendant", "anyone", origin_propagation=True),
        "Chromium": Policies(
            "same-origin",
            "descendant",
            True,
            "Chromium",
            same_site_default="lax, new ones with POST",
            third_party_cookies="blocked",
        ),
        "Firefox": Policies(
            "same-origin-domain",
            "descendant",
            True,
            "Firefox",
            names="familiar",
            isolation="Firefox",
            third_party_cookies="partitioned",
        ),
    }
)
"""Table 2, what Flash made of Internet Explorer 7 (§3.2), who took up the proposal, and today."""
