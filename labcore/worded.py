"""Values that a notebook shows in words instead of listing their parts."""

from typing import Any


class Worded:
    """A value whose plain text in a notebook is its ``str()``."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))
