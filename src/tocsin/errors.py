"""One root for every error that Tocsin raises on purpose.

A class says by its type whether trying again can help; its docstring is the message shown to a person, with the
constructor's text appended. Anything that is not a ``TocsinError`` is a defect in Tocsin and is never caught broadly.
"""


class TocsinError(Exception):
    """Something went wrong."""

    def __str__(self) -> str:
        """Return the message a person reads: the class's sentence, then what is particular to this case."""
        detail = super().__str__()
        sentence = (type(self).__doc__ or "").strip().splitlines()[0].rstrip(".")
        return f"{sentence}: {detail}" if detail else f"{sentence}."


class Temporary(TocsinError):
    """This failed for now and may work later."""


class Permanent(TocsinError):
    """This can't work as it stands."""


class WrongUse(Permanent):
    """The command or setting is not right."""


class BadInput(Permanent):
    """The input can't be read."""


class Refused(Permanent):
    """This is not allowed."""
