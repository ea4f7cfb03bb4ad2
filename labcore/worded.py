"""Values that show themselves in words instead of listing their parts."""


class Worded:
    """A value whose ``repr()``, and so its plain text in a notebook, is its ``str()``.

    A dataclass of this kind is made with ``repr=False``.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)
