"""`Stepper`: a scenario to step through, and the rules to change while doing so."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import ipywidgets
import traitlets as t

from labcore.actions import Event
from labcore.answers import scenario_of
from labcore.errors import PolicyError
from labcore.policies import Policies
from labcore.policies.toggles import policies_of
from labcore.scenarios import Scenario, Trace
from labcore.widgets import words
from labcore.widgets.stage import Stage
from labcore.widgets.toggles import Own, Toggles


class Stepper(ipywidgets.VBox):  # type: ignore[misc]
    """Picture, log and verdict of a scenario, step by step; below them the rules that matter to it.

    Parameters
    ----------
    scenario
        A `Scenario`, or the name of one in `SCENARIOS`.
    policies
        The rules to begin with: `Policies`, or the name of a browser in `PRESETS`.
    toggles
        The rules that can be changed, the scenario's own if not given. Without any, none show.
    own
        Policies of your own for the menus: ``{"navigation": [my_policy]}``.
    plan
        The attacker's moves, the scenario's own if not given.

    ``policies``, ``stage.index`` and ``toggles.values`` can be read and set, ``trace`` can be read.
    Raises `UnknownName` for a scenario, browser or toggle that does not exist, `WrongType` for what
    is none, and `PolicyError` for a policy that fails.

    Examples
    --------
    >>> stepper = Stepper("gadget-hijacking", "IE 7")
    >>> stepper.toggles.values = {"navigation": "permissive"}
    >>> stepper.stage.verdict["word"]
    'Attack succeeds'
    """

    trace = t.Instance(Trace)

    def __init__(
        self,
        scenario: Scenario | str,
        policies: Policies | str | None = None,
        *,
        toggles: Iterable[str] | None = None,
        own: Own | None = None,
        plan: Iterable[Event] | None = None,
    ) -> None:
        self.scenario = scenario_of(scenario)
        self.plan = None if plan is None else tuple(plan)
        chosen = policies_of(policies)
        self.toggles = Toggles(self.scenario.toggles if toggles is None else toggles, chosen, own)
        trace = self.scenario.run(chosen, self.plan)
        ruled = bool(self.toggles.menus[1:])
        self.stage = Stage(trace, ruled)
        super().__init__([self.stage, self.toggles] if ruled else [self.stage], trace=trace)
        self.toggles.observe(self._choose, "values")

    @property
    def policies(self) -> Policies:
        """The rules in force. Setting them runs the scenario again.

        If a policy fails, the stage says so and everything stays as it was.
        """
        return self.trace.policies

    @policies.setter
    def policies(self, policies: Policies | str) -> None:
        before = self.trace
        try:
            after = self.scenario.run(policies, self.plan)
            place = words.place(before, after, self.stage.index)
            self.stage.show(after, place, words.what_changed(before, after))
            self.trace = after
            self.toggles.show(after.policies)
            self.stage.show_rest()
        except Exception as error:
            self.stage.error = in_words(error)
            self.toggles.show(self.policies)
            raise

    def _choose(self, change: Any) -> None:
        """The reader has changed a rule; what goes wrong stands on the stage."""
        chosen = self.toggles.chosen(change.old, self.policies)
        if chosen == self.policies:
            self.toggles.show(chosen)
            return
        with suppress(Exception):
            self.policies = chosen

    def twin(self) -> Trace:
        """The same steps as pictures, for the next cell: they show where no widget does."""
        return self.trace

    def __repr__(self) -> str:
        return f"A stepper: run this notebook to step through “{self.scenario.title}”."

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return {**super()._repr_mimebundle_(**options), "text/plain": repr(self)}


def in_words(error: Exception) -> str:
    """What went wrong in a reader's policy."""
    return str(error) if isinstance(error, PolicyError) else f"{type(error).__name__}: {error}"
