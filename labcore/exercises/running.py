"""Call a function of the reader's, whatever it does, and explain what goes wrong in it.

It may raise, print, never end, answer nonsense, or try to change what it was given. Its
steps are counted by a trace function, which needs neither signals nor threads and so
works on every system; a debugger's own is put back afterwards.
"""

import dis
import inspect
import io
import re
import reprlib
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import FrozenInstanceError, is_dataclass
from itertools import pairwise
from pathlib import Path
from sysconfig import get_path
from types import CodeType, FrameType
from typing import Any

from labcore.browser import Browser
from labcore.errors import ReadersError

BUDGET = 10_000
"""How many lines the reader's function may execute for one answer."""

PRINTED = 1_000
"""How many characters of what it prints are kept."""

WRITTEN = reprlib.Repr()
WRITTEN.maxother = WRITTEN.maxstring = 300

PACKAGE = str(Path(__file__).parents[1])
LIBRARIES = (PACKAGE, get_path("stdlib"), get_path("purelib"), "<frozen")


class Trouble(ReadersError):
    """The reader's function gives no answer; the message explains why.

    ``unfinished`` says that it has not been written yet.
    """

    def __init__(self, message: str, unfinished: bool = False) -> None:
        super().__init__(message)
        self.unfinished = unfinished


class _TooManySteps(BaseException):
    """No ``except Exception`` of the reader's stops this one."""


class Printed(io.TextIOBase):
    """What a function prints: the beginning of it, and how much there was."""

    def __init__(self) -> None:
        self.kept, self.length = "", 0

    def write(self, text: str) -> int:
        """Keep ``text`` as long as there is room."""
        self.kept += text[: PRINTED - len(self.kept)]
        self.length += len(text)
        return len(text)

    def __str__(self) -> str:
        more = self.length - len(self.kept)
        return self.kept.rstrip() + (f"\n… and {more:,} characters more" if more else "")


class Runner:
    """The reader's ``function``, to be called with ``parameters``.

    Raises `Trouble` for what is no function, or one that cannot be called like that.
    """

    def __init__(self, function: Any, parameters: Sequence[str], printed: Printed) -> None:
        self.name = name_of(function)
        self.printed = printed
        self._function = function
        self._seen: dict[int, CodeType] = {}
        self._spinning: set[int] = set()
        defined = f"def {self.name.replace(' ', '_')}"
        wanted = f"{defined}({', '.join(parameters)})"
        if not callable(function):
            raise Trouble(
                f"that is no function but {self.shown(function)}. Write one, {wanted}, "
                "and give it by its name, without parentheses after it."
            )
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):
            return
        try:
            signature.bind(*parameters)
        except TypeError:
            raise Trouble(
                f"it cannot be called with {counted(parameters)}: it is written "
                f"{defined}{signature}, and should be {wanted}"
            ) from None

    def __call__(self, *arguments: Any) -> Any:
        """Its answer. Raises `Trouble` if there is none."""
        with kept(arguments):
            return self._guarded(self._function, *arguments)

    def shown(self, value: object) -> str:
        """``value`` as Python writes it, abbreviated; its type if it will not be."""
        try:
            text = without_address(str(self._guarded(WRITTEN.repr, value)))
            return text if len(text) <= 80 else f"{text[:80]}…"
        except Trouble:
            return f"a {type(value).__name__}"

    def safely(self, text: Callable[[], str]) -> str:
        """A text that the reader's own objects have a part in, or nothing."""
        try:
            return self._guarded(text)  # type: ignore[no-any-return]
        except Trouble:
            return ""

    def _guarded(self, function: Callable[..., Any], *arguments: Any) -> Any:
        before = sys.gettrace()
        steps = 0

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal steps
            if event in ("line", "opcode"):
                steps += 1
                if steps > BUDGET:
                    raise _TooManySteps
            return line

        def call(frame: FrameType, event: str, argument: Any) -> Any:
            code = frame.f_code
            if code.co_filename.startswith(PACKAGE):
                return None
            if id(code) not in self._seen:
                self._seen[id(code)] = code
                if is_readers(code.co_filename) and catches_everything(code):
                    raise Trouble(CATCHES_EVERYTHING)
                if jumps_to_itself(code):
                    self._spinning.add(id(code))
            if id(code) in self._spinning:
                frame.f_trace_opcodes = True
            return line

        try:
            with redirect_stdout(self.printed):
                sys.settrace(call)
                try:
                    return function(*arguments)
                finally:
                    sys.settrace(before)
        except (KeyboardInterrupt, Trouble):
            raise
        except NotImplementedError:
            raise Trouble("it is not written yet", unfinished=True) from None
        except BaseException as error:
            raise Trouble(explained(error)) from error


NOTHING = "it returns nothing (is a 'return' missing?)"

CATCHES_EVERYTHING = (
    "it has an 'except:' for everything, which would also catch what stops a function "
    "that never ends. Say which exception you expect, as in 'except KeyError:'."
)


def changes(what: str) -> str:
    """The reader's function spoils what it was given."""
    return (
        f"it changes the {what} that it was given, behind the model's back. Compute the "
        f"answer from the {what}, and leave it as it is."
    )


def explained(error: BaseException) -> str:
    """What happened in the reader's function, and at which line."""
    where = place(error)
    match error:
        case _TooManySteps():
            return f"it does not come to an end: stopped after {BUDGET:,} steps{where}"
        case SystemExit():
            return f"it wants to end Python itself; return an answer instead{where}"
        case RecursionError():
            return f"it calls itself again and again, without an end{where}"
        case FrozenInstanceError():
            what = "it tries to change what it was given"
        case _:
            what = f"it raises {type(error).__name__}"
    try:
        message = without_address(f": {error}"[:300]) if str(error) else ""
    except Exception:
        message = ""
    values = (
        ". Browsers, attempts and requests are values, which nobody can change: compute "
        "the answer from them and return it."
    )
    return f"{what}{message}{where}" + (values if isinstance(error, FrozenInstanceError) else "")


def without_address(text: str) -> str:
    """``text`` without places in memory, which differ each time."""
    return re.sub(" at 0x[0-9a-fA-F]+", "", text)


def place(error: BaseException) -> str:
    """The innermost line of the reader's own code that ``error`` came through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if is_readers(frame.filename) and frame.line:
            return f", at line {frame.lineno}: {frame.line}"
    return ""


def is_readers(filename: str) -> bool:
    """Whether code in this file is the reader's own."""
    return not filename.startswith(LIBRARIES)


def catches_everything(code: CodeType) -> bool:
    """Whether ``code`` has a handler for every exception there is."""
    names = [each.opname for each in dis.get_instructions(code)]
    bare = ("PUSH_EXC_INFO", "POP_TOP") in pairwise(names)
    return bare or "BaseException" in code.co_names


def jumps_to_itself(code: CodeType) -> bool:
    """Whether ``code`` has a loop of one instruction, ``while True: pass``.

    Python tells a trace function of no lines in it.
    """
    return any(
        each.opcode in dis.hasjrel and each.argval == each.offset
        for each in dis.get_instructions(code)
    )


@contextmanager
def kept(values: Sequence[object]) -> Iterator[None]:
    """Put ``values`` back as they were, and say so (`Trouble`), if a function changes them.

    Other cases are about the same values. Browsers are left to `Lent`.
    """
    lent = [
        (each, dict(vars(each)))
        for each in values
        if is_dataclass(each) and hasattr(each, "__dict__") and not isinstance(each, Browser)
    ]
    changed = ""
    try:
        yield
    finally:
        for each, was in lent:
            if vars(each) != was:
                vars(each).clear()
                vars(each).update(was)
                changed = type(each).__name__
    if changed:
        raise Trouble(changes(changed))


class Lent:
    """A browser that the reader's function was given."""

    def __init__(self, browser: Browser) -> None:
        self.it, self.as_it_was = browser, Browser(browser.frames)
        self._hash = hash(browser.frames)

    @property
    def is_untouched(self) -> bool:
        """Whether it still is what it was, its tables for looking up included."""
        kept, now = self.as_it_was, vars(self.it)
        same = (getattr(kept, name, None) == value for name, value in now.items())
        return "frames" in now and all(same) and hash(kept.frames) == self._hash


def name_of(function: object) -> str:
    """What the reader calls it."""
    name = getattr(function, "__name__", "")
    return name if isinstance(name, str) and name.isidentifier() else "your function"


def counted(parameters: Sequence[str]) -> str:
    """``one argument (label)``, ``2 arguments (browser, attempt)``."""
    number = "one argument" if len(parameters) == 1 else f"{len(parameters)} arguments"
    return f"{number} ({', '.join(parameters)})"
