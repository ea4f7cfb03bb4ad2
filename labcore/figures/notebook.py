"""How the model's values show in a notebook: as HTML that needs no style sheet.

The model imports nothing from here. Where IPython is running, `labcore` has it call `show`, so that
matplotlib is imported when the first picture is shown and not before. The plain text of each value
stays what it was.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from labcore.answers import Attack, NoAttack
from labcore.browser import Browser
from labcore.capture import Capture
from labcore.exercises import Grade, Progress
from labcore.figures.cards import CARD, escaped
from labcore.figures.exchanges import fetched_html
from labcore.figures.findings import found_html, network_html, none_html, sweep_html
from labcore.figures.grades import grade_html, progress_html
from labcore.figures.matrix import draw_matrix
from labcore.figures.pictures import Drawing, picture, picture_row, step_pictures
from labcore.figures.screen import draw_screen
from labcore.figures.sequence import draw_sequence
from labcore.figures.story import speaks
from labcore.figures.theme import ALLOWED, INK, MUTED, REFUSED
from labcore.figures.tree import draw_tree
from labcore.figures.words import waiting
from labcore.network import OnTheNetwork
from labcore.policies import Decision, Matrix, Policies
from labcore.policies.fetching import Fetched
from labcore.policies.toggles import PAGE_CHOICES, REQUEST_RULES, SERVER_CHOICES, TOGGLES, label_of
from labcore.scenarios import Trace
from labcore.small_scope import Counterexample
from labcore.sweep import Sweep
from labcore.world import World


def browser_html(browser: Browser) -> str:
    """Screen and tree: side by side for a small browser, else one below the other."""
    if len(browser) <= 12:
        return picture_row([(draw_screen, (browser,), {}), (draw_tree, (browser,), {})]).html
    return picture(draw_screen, browser).html + picture(draw_tree, browser).html


def world_html(world: World) -> str:
    """The screen with all that the world adds to it, the tree, and what the user does not see."""
    attackers = tuple(label for label in world.browser.labels if world.is_attackers(label))
    tree: Drawing = (draw_tree, (world.browser,), {"attackers": attackers})
    unseen = "".join(f"<div>{escaped(each)}</div>" for each in waiting(world))
    note = f'<div style="{CARD}">{unseen}</div>' if unseen else ""
    return picture_row([(draw_screen, (world,), {}), tree]).html + note


def matrix_html(matrix: Matrix) -> str:
    """The picture of a matrix."""
    return picture(draw_matrix, matrix).html


def badge(decision: Decision) -> str:
    """``✓ allowed`` or ``✗ refused``, told apart by sign, word and colour."""
    color, said = (ALLOWED, "✓ allowed") if decision else (REFUSED, "✗ refused")
    look = f"background:#ffffff;color:{color};border:1px solid {color};border-radius:9px"
    return f'<strong style="{look};padding:1px 8px;white-space:nowrap">{said}</strong>'


def reason_html(decision: Decision) -> str:
    """The badge, the rule and the reason of a decision."""
    rule = f' <span style="color:{MUTED}">{escaped(decision.rule)}:</span>' if decision.rule else ""
    return f"{badge(decision)}{rule} {escaped(decision.reason)}"


def decision_html(decision: Decision) -> str:
    """A decision on a card of its own, with the attempt that it is about."""
    attempt = f"<div>{escaped(decision.attempt)}</div>" if decision.attempt is not None else ""
    return f'<div style="{CARD}">{attempt}<div>{reason_html(decision)}</div></div>'


def trace_html(trace: Trace) -> str:
    """The steps of a trace and the picture of its end; of messages, the sequence diagram."""
    steps = "".join(
        f'<li style="margin:6px 0">{escaped(each.event)}<br>{reason_html(each.decision)}</li>'
        for each in trace.steps
    )
    listed = "" if speaks(trace) else f'<ol style="margin:4px 0">{steps}</ol>'
    shown = picture(draw_sequence, trace) if speaks(trace) else step_pictures(trace)[-1]
    works = trace.scenario.goal is not None or trace.page_works
    color = ALLOWED if works and not trace.succeeded else REFUSED
    return (
        f'<div style="{CARD}"><strong>{escaped(trace.scenario.title)}</strong> '
        f'<span style="color:{MUTED}">{escaped(settings_of(trace))}</span>{listed or "<br>"}'
        f'<strong style="color:{color}">{escaped(trace.verdict)}</strong></div>'
        f"{shown.html}"
    )


def settings_of(trace: Trace) -> str:
    """The browser, and what its pages have chosen otherwise than usual."""
    policies, usual, matter = trace.policies, Policies(), trace.scenario.toggles
    chosen = [
        f"{toggle.replace('_', ' ')}: {label_of(getattr(policies, toggle))}"
        for toggle in PAGE_CHOICES
        if toggle not in SERVER_CHOICES and getattr(policies, toggle) != getattr(usual, toggle)
    ]
    chosen += [
        f"{toggle.replace('_', ' ')}: {label_of(getattr(policies, toggle))}"
        for toggle in (*REQUEST_RULES, *SERVER_CHOICES)
        if toggle in matter and (toggle in SERVER_CHOICES or not policies.preset)
    ]
    return ", ".join([policies.preset or policies.rules.where(()), *chosen])


def policies_html(policies: Policies) -> str:
    """A row a toggle; those about requests only where they are not as usual."""
    cell = "text-align:left;background:#fdfdfb"
    value, usual = partial(getattr, policies), partial(getattr, Policies())
    rows = "".join(
        f'<tr><th scope="row" style="{cell};color:{MUTED}">{toggle.replace("_", " ")}</th>'
        f'<td style="{cell};color:{INK}">{escaped(label_of(value(toggle)))}</td></tr>'
        for toggle in TOGGLES
        if toggle not in (*REQUEST_RULES, *SERVER_CHOICES) or value(toggle) != usual(toggle)
    )
    name = policies.preset
    caption = f'<caption style="color:{INK}">{escaped(name)}</caption>' if name else ""
    return f'<div style="{CARD};display:inline-block"><table>{caption}{rows}</table></div>'


def capture_html(capture: Capture) -> str:
    """What was captured in a sentence, what is doubtful about it, and the tree."""
    notes = "".join(f"<li>{escaped(note)}</li>" for note in capture.notes)
    listed = f"<ul>{notes}</ul>" if notes else ""
    summary = f'<div style="{CARD}">{escaped(capture.summary)}{listed}</div>'
    return summary + picture(draw_tree, capture.browser).html


def counterexample_html(found: Counterexample) -> str:
    """What fails, and the browser on which it does."""
    actor, target = found.pair or (None, None)
    tree = picture(draw_tree, found.browser, actor=actor, target=target)
    look = f"{CARD};color:{REFUSED}"
    return f'<div style="{look}"><strong>✗ {escaped(found.sentence)}</strong></div>{tree.html}'


SHOWN: dict[type, Callable[[Any], str]] = {
    Browser: browser_html,
    Capture: capture_html,
    Counterexample: counterexample_html,
    Grade: grade_html,
    Progress: progress_html,
    World: world_html,
    Matrix: matrix_html,
    Decision: decision_html,
    Trace: trace_html,
    Policies: policies_html,
    Fetched: fetched_html,
    Attack: found_html,
    NoAttack: none_html,
    OnTheNetwork: network_html,
    Sweep: sweep_html,
}
"""What each class looks like."""


def show(value: object) -> str:
    """``value`` as HTML. Raises `KeyError` for a class that is not in `SHOWN`."""
    return SHOWN[type(value)](value)
