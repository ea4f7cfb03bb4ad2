"""`Quiz`: questions to answer by a click or a key, with a word on every answer.

All of it happens in the page, so a quiz works without a kernel. Where no widget is
shown at all, the same questions stand as text to unfold.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import traitlets as t

from labcore.errors import ReadersError
from labcore.exercises import answered
from labcore.widgets.base import STATIC, Widget, script


class BadQuestion(ReadersError, ValueError):
    """A question that cannot be asked; the message says what is wrong with it."""


@dataclass(frozen=True)
class Question:
    """A question with one right answer.

    ``because`` explains the ``right`` answer, ``wrong`` has each wrong one with the
    reason why it is wrong. ``objective`` is the number of the chapter's objective that
    it is about. Text between `backquotes` is shown as code. Raises `BadQuestion`.
    """

    text: str
    right: str
    because: str
    wrong: Mapping[str, str]
    objective: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.wrong, Mapping) or not self.wrong:
            raise BadQuestion(
                f"{self.text!r} needs wrong answers: wrong={{'answer': 'why not', …}}"
            )
        texts = {"text": self.text, "right answer": self.right, "because": self.because}
        texts |= {f"explanation of {answer!r}": why for answer, why in self.wrong.items()}
        for what, text in (*texts.items(), *(("wrong answer", x) for x in self.wrong)):
            if not isinstance(text, str) or not text.strip():
                raise BadQuestion(f"the {what} of {self.text!r} is empty: {text!r}")
        known = {self.right.strip().casefold()}
        for answer in self.wrong:
            if (folded := answer.strip().casefold()) in known:
                raise BadQuestion(f"{self.text!r} has the answer {answer!r} twice")
            known.add(folded)
        number = self.objective
        if number is not None and (type(number) is not int or number < 1):
            raise BadQuestion(f"an objective is a number from 1 up, not {number!r}")

    @property
    def options(self) -> list[dict[str, Any]]:
        """All answers, shuffled the same way for everybody."""
        right = {"text": self.right, "why": self.because, "right": True}
        wrong = [{"text": x, "why": why, "right": False} for x, why in self.wrong.items()]
        return sorted([right, *wrong], key=lambda each: _digest(self.text, each["text"]))


def _digest(*texts: Any) -> bytes:
    return blake2b("\0".join(texts).encode(), digest_size=8).digest()


class Quiz(Widget):
    """Some questions, one below the other.

    ``answers`` has for each question the options that were chosen, in order, by number.
    With ``chapter`` an objective whose questions are all answered counts as met. Raises
    `BadQuestion` if there is nothing to ask.

    Examples
    --------
    >>> quiz = Quiz(Question("1 + 1?", right="2", because="Count.", wrong={"3": "No."}))
    >>> quiz.answers = [[0]]
    """

    _esm = script("quiz")
    _css = Widget._css + (STATIC / "quiz.css").read_text(encoding="utf-8")

    questions: t.List[dict[str, Any]] = t.List().tag(sync=True)
    answers: t.List[list[int]] = t.List().tag(sync=True)

    def __init__(self, *questions: Question, chapter: str | None = None) -> None:
        for each in questions:
            if not isinstance(each, Question):
                raise BadQuestion(f"a quiz is made of questions: Question(…), not {each!r}")
        if not questions:
            raise BadQuestion("a quiz needs at least one question")
        self.chapter = chapter
        asked = [
            {"text": each.text, "options": each.options, "objective": each.objective}
            for each in questions
        ]
        super().__init__(questions=asked, answers=[[] for _ in asked])

    @property
    def score(self) -> int:
        """How many questions were answered right at the first try."""
        return sum(self._right(i, chosen[:1]) for i, chosen in enumerate(self.answers))

    def _right(self, question: int, chosen: list[int]) -> bool:
        options = self.questions[question]["options"]
        return any(options[each]["right"] for each in chosen)

    @t.validate("answers")
    def _possible(self, proposal: Any) -> list[list[int]]:
        answers = proposal["value"]
        sizes = [len(each["options"]) for each in self.questions]
        if len(answers) != len(sizes) or any(
            type(each) is not int or not 0 <= each < size
            for chosen, size in zip(answers, sizes, strict=False)
            for each in chosen
        ):
            raise t.TraitError(f"answers are a list of options a question, not {answers!r}")
        return list(answers)

    @t.observe("answers")
    def _note(self, _: Any) -> None:
        if self.chapter is None:
            return
        done: dict[int, bool] = {}
        for i, (each, chosen) in enumerate(zip(self.questions, self.answers, strict=True)):
            if (number := each["objective"]) is not None:
                done[number] = done.get(number, True) and self._right(i, chosen)
        for number in (number for number, all_right in done.items() if all_right):
            answered(self.chapter, number)

    def __repr__(self) -> str:
        lines = ["A quiz: run this notebook to answer it."]
        for number, each in enumerate(self.questions, start=1):
            lines.append(f"{number}. {each['text']}")
            options = zip(LETTERS, each["options"], strict=False)
            lines += [f"   {letter}) {option['text']}" for letter, option in options]
        return "\n".join(lines)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        shown: Any = super()._repr_mimebundle_(**options)
        data, metadata = shown if isinstance(shown, tuple) else (shown, {})
        words = {"text/plain": repr(self), "text/html": self._unfolding()}
        return {**data, **words}, metadata

    def _unfolding(self) -> str:
        """For where there is no widget: an answer unfolds to what is said about it."""
        parts = []
        for number, each in enumerate(self.questions, start=1):
            parts.append(f"<p><strong>{number}. {marked(each['text'])}</strong></p>")
            for option in each["options"]:
                why = f"{'✓ Right.' if option['right'] else '✗ No.'} {option['why']}"
                answer = f"<summary>{marked(option['text'])}</summary>"
                parts.append(f"<details>{answer}<p>{marked(why)}</p></details>")
        return "".join(parts)


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def marked(text: str) -> str:
    """``text`` as HTML, with what stands between backquotes as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(text))
