"""Short pages: a heading and a sentence or two, for what was done or can't be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """A heading, and what follows it."""

    title: str
    paragraphs: tuple[str, ...]


def note(name: str, _: Callable[[str], str]) -> Note:
    """Return the note with a name, in the language of ``_``."""
    return {
        "void link": Note(_("This link does not work"), (_("It may have been cut off, used already, or be too old."),)),
        "erased": Note(
            _("Everything is erased"),
            (
                _("We no longer have your address or anything you told us. Nothing more will come."),
                _("What stays is a code from which your address can’t be read, so that nobody signs you up again."),
            ),
        ),
        "move asked": Note(
            _("Check the inbox of the new address"),
            (_("We have sent a link there. Until it is followed, everything comes to the old address."),),
        ),
        "moved": Note(
            _("Your address is changed"), (_("From now on everything comes to the new one. We have told the old one."),)
        ),
        "taken": Note(
            _("That address has a subscription already"),
            (_("Nothing has changed. You can unsubscribe the old address by the link in any of its mails."),),
        ),
        "link sent": Note(
            _("Check your inbox"),
            (_("If the address gets anything from us, a mail with its links is on its way."),),
        ),
        "nothing here": Note(_("There is nothing here"), (_("The address may be mistyped, or the page is gone."),)),
        "too much": Note(_("That was too much"), (_("What was sent is larger than this page takes."),)),
        "busy": Note(_("Please try again"), (_("We are busy for a moment. Nothing is lost: please try again."),)),
        "no": Note(_("That did not work"), (_("Please go back and try again."),)),
    }[name]


BY_STATUS = {404: "nothing here", 405: "nothing here", 413: "too much", 503: "busy"}
"""The note that goes with a refusal; any other is "no"."""
