"""What a stepper says: each step, the verdict, and what another rule changed, in words."""

from itertools import takewhile

from labcore.actions import Accepts, Asks, Attempt, Refuses, SetTimer
from labcore.policies import TOGGLES, Policies
from labcore.policies.toggles import label_of
from labcore.scenarios import Step, Trace

Words = dict[str, str]


def log(trace: Trace) -> list[Words]:
    """The start and every step: what happens, what the policies said, which rule, and why."""
    story = trace.scenario.story
    start = Words(event="The start", outcome="", mood="", rule="", reason=story, spoken=story)
    return [start, *map(entry, trace.steps)]


def entry(step: Step) -> Words:
    """One line of the log. Nobody decides about what is no attempt: it happens, or does not."""
    asked = isinstance(step.event, Attempt) and not isinstance(
        step.event, SetTimer | Asks | Accepts
    )
    yes, no = ("allowed", "refused") if asked else ("happens", "does not happen")
    no = "stops" if isinstance(step.event, Refuses) else no
    outcome = yes if step.decision else no
    reason = step.decision.reason
    return Words(
        event=str(step.event),
        outcome=outcome,
        mood="yes" if step.decision else "no",
        rule=step.decision.rule,
        reason=reason,
        spoken=f"{step.event}: {outcome}, because {reason}",
    )


def verdict(trace: Trace) -> Words:
    """The outcome: its kind, a word or two, and a sentence."""
    if trace.scenario.goal is None:
        if trace.page_works:
            return Words(kind="stopped", word="It works", why=trace.verdict)
        missed = f"It is not so that {trace.scenario.works.sentence}."
        return Words(kind="broken", word="It fails", why=missed)
    goal = trace.scenario.goal.sentence
    yes, no = (
        ("Attack succeeds", "Attack stopped") if trace.scenario.attacked else ("So it is", "Not so")
    )
    if trace.succeeded:
        kind, word, why = "succeeds", yes, f"In the end, {goal}."
    else:
        kind, word, why = "stopped", no, f"In the end it is not so that {goal}."
        if step := trace.turning:
            number, decision = trace.steps.index(step) + 1, step.decision
            why = (
                f"Step {number}: {decision.reason}."
                if decision
                else f"Step {number} is {decision}."
            )
    if not trace.page_works:
        why += " The page's own scripts are refused what they need."
        word += (
            ", and the page is broken too" if trace.succeeded else ", but the page is broken too"
        )
        kind = kind if trace.succeeded else "broken"
    return Words(kind=kind, word=word, why=why)


def what_changed(before: Trace, after: Trace) -> str:
    """Which rules differ between two runs, and what that does to the attack and to the page."""
    settings = "; ".join(
        f"{toggle.replace('_', ' ')}: {old} → {new}"
        for toggle in TOGGLES
        if (old := setting(before.policies, toggle)) != (new := setting(after.policies, toggle))
    )
    return f"{settings}. {what_follows(before, after)}"


def what_follows(before: Trace, after: Trace) -> str:
    """What other rules do to the attack and to the page."""
    if before.scenario.goal is None:
        outcome = {
            (True, False): "Now it fails",
            (False, True): "Now it works",
            (True, True): "It still works",
            (False, False): "It still fails",
        }[before.page_works, after.page_works]
        return f"{outcome}{turning_point(before, after)}."
    attack = {
        (True, False): "The attack no longer succeeds",
        (False, True): "Now the attack succeeds",
        (True, True): "The attack still succeeds",
        (False, False): "The attack is still stopped",
    }
    nobody = {
        (True, False): "It is no longer so",
        (False, True): "Now it is so",
        (True, True): "It is still so",
        (False, False): "It is still not so",
    }
    said = attack if before.scenario.attacked else nobody
    outcome = said[before.succeeded, after.succeeded]
    page = {
        (True, False): " The page no longer works.",
        (False, True): " The page works again.",
    }.get((before.page_works, after.page_works), "")
    return f"{outcome}{turning_point(before, after)}.{page}"


def setting(policies: Policies, toggle: str) -> str:
    """How a toggle is set, in words."""
    return label_of(getattr(policies, toggle))


def turning_point(before: Trace, after: Trace) -> str:
    """The first step that is another one or decided otherwise, else one with another reason.

    Of the latter it is the step that the verdict names, if there is one, else the first.
    """
    reasons = []
    for number, (old, new) in enumerate(zip(before.steps, after.steps, strict=False), start=1):
        if old.event != new.event:
            return f": step {number} is now another: {new.event}"
        said = entry(new)
        if bool(old.decision) != bool(new.decision):
            return f": step {number} {decided(said, 'now')}, because {said['reason']}"
        if entry(old)["reason"] != said["reason"]:
            text = f": step {number} {decided(said, 'still')}, now because {said['reason']}"
            reasons.append((new is not after.turning, number, text))
    return min(reasons)[-1] if reasons else ", for the same reasons"


def decided(said: Words, when: str) -> str:
    """``is now allowed``, ``still happens``."""
    verb = "is " if said["outcome"] in ("allowed", "refused") else ""
    return f"{verb}{when} {said['outcome']}"


def place(before: Trace, after: Trace, index: int) -> int:
    """Where a reader at ``index`` stands in the next run: at its end, or as far as both agree."""
    if index >= len(before.steps):
        return len(after.steps)
    pairs = zip(before.steps[:index], after.steps, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0].event == pair[1].event, pairs))
