"""`Toggles`: a menu or a switch for each rule, made from the policies' own registry."""

from collections.abc import Iterable, Mapping
from typing import Any

import traitlets as t

from labcore.errors import unknown
from labcore.policies import PRESETS, TOGGLES, Policies, Policy
from labcore.policies.toggles import PAGE_CHOICES, label_of
from labcore.widgets.base import Widget, script

BROWSER = "browser"
OTHER = "none of these"

Own = Mapping[str, Iterable[Policy]]


class Toggles(Widget):
    """The rules as the reader sets them.

    ``values`` says how each stands: a switch's True or False, a menu's label. What an assignment
    leaves out stays as it is, and a function is taken for its label.
    """

    _esm = script("toggles")

    menus: t.List[dict[str, Any]] = t.List().tag(sync=True)
    values = t.Dict().tag(sync=True)

    def __init__(self, toggles: Iterable[str], policies: Policies, own: Own | None = None) -> None:
        own = {} if own is None else own
        for toggle in (*toggles, *own):
            if toggle not in TOGGLES:
                raise unknown("toggle", toggle, TOGGLES)
        self.known: dict[str, dict[str, Any]] = {
            toggle: {label_of(value): value for value in TOGGLES[toggle]}
            for toggle in (*toggles, *own)
        }
        """What each menu offers: its values by their labels."""
        for toggle, theirs in own.items():
            for policy in theirs:
                self._label(toggle, policy)
        super().__init__()
        self.show(policies)
        self.on_msg(self._choose)

    def show(self, policies: Policies) -> None:
        """Set every toggle as ``policies`` has it; a function that its menu lacks is added."""
        browser = self.values.get(BROWSER, OTHER)
        if browser == OTHER or PRESETS[browser] != policies.rules:
            browser = policies.preset or OTHER
        settings = {toggle: getattr(policies, toggle) for toggle in self.known}
        values = {toggle: self._shown(toggle, value) for toggle, value in settings.items()}
        with self.hold_sync():
            self.menus = [
                {
                    "name": BROWSER,
                    "options": [{"label": name, "hint": ""} for name in (*PRESETS, OTHER)],
                },
                *(
                    {"name": toggle, "options": [option(toggle, *each) for each in known.items()]}
                    for toggle, known in self.known.items()
                ),
            ]
            self.values = {BROWSER: browser, **values}

    def _label(self, toggle: str, value: Any) -> str:
        """What ``value`` is called in its menu, to which it is added if need be."""
        known = self.known[toggle]
        label = next((label for label, each in known.items() if each == value), None)
        if label is None:
            label = label_of(value)
            while label in known:
                label += " (yours)"
            known[label] = value
        return label

    def _shown(self, toggle: str, value: Any) -> str | bool:
        """How ``value`` stands in `values`."""
        return value if isinstance(value, bool) else self._label(toggle, value)

    def chosen(self, before: Mapping[str, Any], policies: Policies) -> Policies:
        """``policies``, with what the reader has changed since the values were ``before``."""
        changed = {name for name, value in self.values.items() if value != before.get(name)}
        browser = self.values[BROWSER]
        if BROWSER in changed and browser in PRESETS:
            pages = {choice: getattr(policies, choice) for choice in PAGE_CHOICES}
            policies = PRESETS[browser].but(**pages)
        return policies.but(
            **{
                toggle: known[label_of(self.values[toggle])]
                for toggle, known in self.known.items()
                if toggle in changed
            }
        )

    def _choose(self, _: object, choice: dict[str, Any], buffers: object) -> None:
        """A choice on the page names one rule: how the others stand, it may not know yet."""
        self.values = choice

    @t.validate("values")
    def _complete(self, proposal: Any) -> dict[str, Any]:
        values = dict(self.values)
        for name, value in proposal["value"].items():
            if name == BROWSER:
                if value not in (*PRESETS, OTHER):
                    raise unknown(BROWSER, value, PRESETS)
            elif name not in self.known:
                raise unknown("toggle", name, (BROWSER, *self.known))
            elif callable(value):
                value = self._label(name, value)
            elif label_of(value) not in self.known[name]:
                raise unknown(f"{name.replace('_', ' ')} policy", value, self.known[name])
            values[name] = value
        return values


def option(toggle: str, label: str, value: Any) -> dict[str, str]:
    """A line of a menu, with the first sentence that the policy's own text says about it."""
    policy = value if callable(value) else TOGGLES[toggle][value]
    text = (policy.__doc__ or "").strip() if policy is not None else ""
    return {"label": label, "hint": text.partition("\n")[0].replace("``", "")}
