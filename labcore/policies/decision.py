"""Decisions: a yes or a no that explains itself.

A policy is a function ``policy(browser, attempt)``. It answers with a `Decision`, made by `decide`,
or with a plain bool. The explaining sentence is put together only when somebody reads it.
"""

import inspect
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labcore.actions import Attempt, Event, Message, frames_of
from labcore.browser import Browser
from labcore.errors import PolicyError, ReadersError, called, shown
from labcore.worded import Worded


@dataclass(frozen=True, slots=True, repr=False)
class Decision(Worded):
    """Whether an attempt is allowed, by which rule, and why.

    True or false like a bool. ``witness`` is the label of the frame that made the difference,
    where there is one.
    """

    allowed: bool
    text: str
    witness: str | None = None
    rule: str = ""
    attempt: Event | Message | None = None
    words: tuple[tuple[str, object], ...] = ()

    def __bool__(self) -> bool:
        return self.allowed

    def settled(self, rule: str, attempt: Event | Message) -> "Decision":
        """This decision, with the rule that took it and the event that it is about."""
        return Decision(
            self.allowed, self.text, self.witness, self.rule or rule, attempt, self.words
        )

    def settled_by(self, rule: str) -> "Decision":
        """This decision, with the rule that took it."""
        return Decision(self.allowed, self.text, self.witness, rule, self.attempt, self.words)

    @property
    def reason(self) -> str:
        """One sentence that says why."""
        frames = frames_of(self.attempt) if self.attempt is not None else ()
        words = dict(zip(("actor", "target"), frames, strict=False)) | dict(self.words)
        try:
            return self.text.format_map(words | {"witness": self.witness})
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            known = ", ".join(f"{{{word}}}" for word in (*words, "witness"))
            raise PolicyError(
                f"the policy {self.rule!r} gives the reason {self.text!r}, which cannot be filled "
                f"in ({error}); it may hold {known}"
            ) from error

    def __str__(self) -> str:
        rule = f" ({self.rule})" if self.rule else ""
        return f"{'allowed' if self.allowed else 'refused'}{rule}: {self.reason}"


Policy = Callable[[Browser, Any], Decision | bool]
"""``policy(browser, attempt)``: may this attempt go ahead?"""


def decide(
    allowed: bool, yes: str, no: str, witness: str | None = None, **words: object
) -> Decision:
    """A decision with the sentence for a yes and the one for a no.

    The sentences may hold ``{actor}``, ``{target}``, ``{witness}`` and any of ``words``.
    """
    return Decision(bool(allowed), yes if allowed else no, witness, words=tuple(words.items()))


def ask(
    policy: Policy, browser: Browser, attempt: Attempt | Message, rule: str | None = None
) -> Decision:
    """What ``policy`` says of ``attempt``, as a complete `Decision`.

    Raises `PolicyError` if the policy raises, or answers with neither a bool nor a Decision.
    """
    name = rule or name_of(policy)
    try:
        answer = policy(browser, attempt)
    except PolicyError:
        raise
    except Exception as error:
        raise PolicyError(
            f"the policy {name!r} raised {type(error).__name__}: {error} "
            f"(asked whether {attempt}){_place(error)}"
        ) from error
    if isinstance(answer, Decision):
        if not isinstance(answer.allowed, bool) or not isinstance(answer.text, str):
            raise PolicyError(f"the policy {name!r} made a Decision by hand: use decide(…)")
        return answer.settled(name, attempt)
    if inspect.iscoroutine(answer):
        answer.close()
        raise PolicyError(f"the policy {name!r} is an async def: write def, and return")
    if type(answer).__name__ in ("bool", "bool_"):  # numpy's too
        answer = bool(answer)
        said = (("policy", name), ("answer", answer))
        return Decision(answer, "{policy} returned {answer}", None, name, attempt, said)
    hint = " (is a 'return' missing?)" if answer is None else ""
    raise PolicyError(
        f"the policy {name!r} answered {shown(answer)}{hint}: "
        "a policy returns True, False or a Decision"
    )


def answer_of_rule(kind: str, rule: Callable[..., Any], *given: object) -> str | None:
    """Why ``rule`` says no, ``None`` if it says yes; a reader's own may say True or False.

    Raises `PolicyError` if it raises, or answers with anything else.
    """
    try:
        answer = rule(*given)
    except ReadersError:
        raise
    except Exception as error:
        raise PolicyError(
            f"the {kind} {name_of(rule)!r} raised {type(error).__name__}: {error}{_place(error)}"
        ) from error
    if isinstance(answer, bool):
        return None if answer else f"{name_of(rule)} returned False"
    if isinstance(answer, str) or (answer is None and _is_ours(rule)):
        return answer
    hint = " (is a 'return' missing?)" if answer is None else ""
    raise PolicyError(
        f"the {kind} {name_of(rule)!r} answered {shown(answer, 60)}{hint}: "
        "it returns True, False, or why not"
    )


def _is_ours(rule: Callable[..., Any]) -> bool:
    """Whether ``rule`` is one of this package's own, which say ``None`` for yes."""
    return str(getattr(rule, "__module__", "")).startswith("labcore.")


def _place(error: Exception) -> str:
    """The line of the reader's own code that an error came from, where it can be told."""
    package = str(Path(__file__).parents[1])
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith(package) and frame.line:
            return f", at line {frame.lineno}: {frame.line}"
    return ""


def name_of(policy: Policy) -> str:
    """What to call a policy in menus and sentences: its function's name."""
    inner = getattr(policy, "func", policy)  # of a functools.partial
    name = called(inner).replace("_", " ").strip()
    return name or "your policy"
