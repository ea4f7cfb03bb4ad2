"""Presets: the rules of real browsers, in 2008 and today.

For 2008 the paper gives each browser's rule for sub-frames and, for most, who may navigate
top-level frames (Barth et al. 2008, Table 2, §3.1 and §3.5). It does not say which of them
propagated permissions by origin; that toggle is on only where the paper's proposal was deployed.
``"Chromium"`` and ``"Firefox"`` are the rules that we measured in Chromium 156 and Firefox 153.
"""

from collections.abc import Mapping
from dataclasses import replace

from labcore.errors import unknown
from labcore.policies.toggles import Policies


class Presets(dict[str, Policies]):
    """Policies by the name of a browser; a wrong name is answered with the nearest right one."""

    def __init__(self, presets: Mapping[str, Policies]) -> None:
        super().__init__({name: replace(each, name=name) for name, each in presets.items()})

    def __missing__(self, name: object) -> Policies:
        raise unknown("browser", name, self)


def _in_2008(navigation: str, top_level: str, origin_propagation: bool = False) -> Policies:
    return Policies(
        scripting="same-origin-domain",
        navigation=navigation,
        origin_propagation=origin_propagation,
        top_level=top_level,
    )


TABLE_2: Mapping[str, Policies] = Presets(
    {
        "IE 6": _in_2008("permissive", "anyone"),
        "IE 6 (optional)": _in_2008("child", "anyone"),
        "IE 7": _in_2008("descendant", "anyone"),
        "IE 7 (optional)": _in_2008("permissive", "anyone"),
        "Firefox 2": _in_2008("window", "by opener"),
        "Safari 3": _in_2008("permissive", "anyone"),
        "Opera 9": _in_2008("child", "not given"),
    }
)
"""The columns of the paper's Table 2, in its order."""

PRESETS: Mapping[str, Policies] = Presets(
    {
        **TABLE_2,
        "IE 7 with Flash": _in_2008("permissive", "anyone"),
        "Firefox 3": _in_2008("descendant", "by opener", origin_propagation=True),
        "Safari 3.1": _in_2008("descendant", "anyone", origin_propagation=True),
        "Chromium": Policies("same-origin", "descendant", True, "Chromium"),
        "Firefox": Policies("same-origin-domain", "descendant", True, "Firefox"),
    }
)
"""Table 2, what Flash made of Internet Explorer 7 (§3.2), who took up the proposal, and today."""
